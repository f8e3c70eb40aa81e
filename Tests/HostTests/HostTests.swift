import Glibc
import SystemPackage
import Testing

@testable import Host

/// A directory that goes away with the test.
final class Scratch {
  let path: FilePath

  init(_ name: String) {
    let place = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    path = FilePath("\(place)/tidelock-host-\(name)-\(getpid())")
    _ = path.withPlatformString { mkdir($0, 0o700) }
  }

  deinit {
    for name in ["socket", "lock", "file", "link"] {
      _ = path.appending(name).withPlatformString { unlink($0) }
    }
    _ = path.withPlatformString { rmdir($0) }
  }
}

/// A connected pair: what the agent holds, and what the program holds.
final class Pair {
  let listener: PacketSocket
  let near: PacketSocket
  let far: PacketSocket

  init(_ scratch: Scratch) throws {
    listener = try PacketSocket.listening(at: scratch.path.appending("socket"), backlog: 4)
    far = try PacketSocket.connected(to: scratch.path.appending("socket"))
    guard let accepted = try listener.accept() else { throw Errno.socketNotConnected }
    near = accepted
  }

  func receive(_ capacity: Int, rights: inout [Int32]) throws -> Arrival {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 8)
    defer { buffer.deallocate() }
    return try near.receive(into: buffer, rights: &rights)
  }
}

@Suite struct SocketTests {
  @Test func datagramsArriveWholeAndInOrder() throws {
    let scratch = Scratch("order")
    let pair = try Pair(scratch)
    var rights: [Int32] = []
    #expect(try pair.receive(64, rights: &rights) == .nothingYet)
    for length in [1, 64, 7] {
      try [UInt8](repeating: 1, count: length).withUnsafeBytes { try pair.far.send($0) }
    }
    #expect(try pair.receive(64, rights: &rights) == .datagram(byteCount: 1))
    #expect(try pair.receive(64, rights: &rights) == .datagram(byteCount: 64))
    #expect(try pair.receive(64, rights: &rights) == .datagram(byteCount: 7))
    try [UInt8](repeating: 1, count: 65).withUnsafeBytes { try pair.far.send($0) }
    #expect(try pair.receive(64, rights: &rights) == .oversized)
  }

  @Test func descriptorsTravelAndTheSurplusIsClosed() throws {
    let scratch = Scratch("rights")
    let pair = try Pair(scratch)
    let memory = try SealedMemory(name: "test", byteCount: 4096)
    let number = memory.descriptor.number
    try [UInt8(1)].withUnsafeBytes { try pair.far.send($0, rights: [number, number]) }
    var rights: [Int32] = []
    #expect(try pair.receive(64, rights: &rights) == .datagram(byteCount: 1))
    #expect(rights.count == 2)
    let first = Descriptor(owning: rights[0])
    let second = Descriptor(owning: rights[1])
    #expect(try first.facts().identity == memory.descriptor.facts().identity)
    #expect(fcntl(second.number, F_GETFD) & FD_CLOEXEC != 0)
    #expect(throws: Errno.invalidArgument) {
      try [UInt8(1)].withUnsafeBytes {
        try pair.far.send($0, rights: Array(repeating: number, count: 5))
      }
    }
  }

  @Test func aFullSocketSaysSoInsteadOfWaiting() throws {
    let scratch = Scratch("full")
    let pair = try Pair(scratch)
    let bytes = [UInt8](repeating: 1, count: 128)
    #expect(throws: Errno.resourceTemporarilyUnavailable) {
      for _ in 0..<100_000 { try bytes.withUnsafeBytes { try pair.far.send($0) } }
    }
  }

  @Test func thePeerIsKnownAndItsDeathIsThePidfd() async throws {
    let scratch = Scratch("peer")
    let listener = try PacketSocket.listening(at: scratch.path.appending("socket"), backlog: 4)
    let path: String = scratch.path.appending("socket").string
    await #expect(processExitsWith: .exitCode(7)) { [path = path as String] in
      _ = try PacketSocket.connected(to: FilePath(path))
      exit(7)
    }
    guard let accepted = try listener.accept() else {
      Issue.record("nobody connected")
      return
    }
    // The process is gone already: it is known all the same, and known to be dead.
    let peer = try accepted.peer()
    #expect(peer.userID == geteuid())
    #expect(peer.processID > 0 && peer.processID != getpid())
    let poller = try Poller()
    guard let handle = peer.handle() else {
      Issue.record("no handle")
      return
    }
    try poller.add(handle, token: 5)
    let ready = try poller.wait(milliseconds: 20_000)
    #expect(ready.first?.token == 5)
    // A living one is not ready.
    let pair = try Pair(Scratch("alive"))
    let living = try pair.near.peer()
    #expect(living.processID == getpid())
    let hasEnded = living.handle()?.hasEnded()
    #expect(hasEnded == false)
  }

  /// The kernel does not hand out the dead; their number may be somebody else's by now.
  /// As the kernels since Linux 6.16 say it, and those from 6.5 on.
  @Test(arguments: [-ESRCH, -EINVAL])
  func aDeadPeerIsNobodyElse(answer: Int32) throws {
    #expect(throws: Errno.noSuchProcess) {
      _ = try PacketSocket.process(direct: answer, processID: getpid(), userID: geteuid())
    }
  }

  /// As Linux before 6.5 has it.
  @Test func aNumberAloneIsChecked() throws {
    let own = try PacketSocket.process(
      direct: -ENOPROTOOPT, processID: getpid(), userID: geteuid())
    let hasEnded = own.hasEnded()
    #expect(!hasEnded)
    #expect(throws: Errno.noSuchProcess) {
      _ = try PacketSocket.process(
        direct: -ENOPROTOOPT, processID: getpid(), userID: geteuid() + 1)
    }
    // Ended, and its number still taken.
    var child: pid_t = 0
    var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("true"), nil]
    defer { free(arguments[0]) }
    try #require(posix_spawn(&child, "/bin/true", nil, nil, &arguments, nil) == 0)
    var information = siginfo_t()
    _ = waitid(P_PID, id_t(child), &information, WEXITED | WNOWAIT)
    #expect(throws: Errno.noSuchProcess) {
      _ = try PacketSocket.process(direct: -ENOPROTOOPT, processID: child, userID: geteuid())
    }
    var status: Int32 = 0
    waitpid(child, &status, 0)
  }
}

@Suite struct SignalTests {
  /// The agent's log may go to a reader that leaves.
  @Test func aReaderThatLeavesEndsNobody() async {
    await #expect(processExitsWith: .exitCode(EXIT_SUCCESS)) {
      let watch = try SignalWatch()
      var ends: [Int32] = [-1, -1]
      guard pipe(&ends) == 0, close(ends[0]) == 0 else { exit(2) }
      guard write(ends[1], "log", 3) == -1, errno == EPIPE else { exit(3) }
      guard try watch.next() == nil else { exit(4) }
    }
  }
}

@Suite struct MemoryTests {
  @Test func nobodyChangesTheSize() throws {
    let memory = try SealedMemory(name: "test", byteCount: 8192)
    #expect(ftruncate(memory.descriptor.number, 4096) == -1)
    #expect(ftruncate(memory.descriptor.number, 16_384) == -1)
    let copy = try memory.descriptor.duplicate()
    let checked = try SealedMemory(checking: copy, sizeIn: 8192...8192)
    #expect(checked.byteCount == 8192)
  }

  @Test func unsealedOrOddSizedIsNotBelieved() throws {
    let scratch = Scratch("unsealed")
    let path = scratch.path.appending("file")
    let number = path.withPlatformString { open($0, O_CREAT | O_RDWR, 0o600) }
    ftruncate(number, 4096)
    #expect(throws: Errno.self) {
      _ = try SealedMemory(checking: Descriptor(owning: number), sizeIn: 4096...4096)
    }
    let loose = looseMemory()
    ftruncate(loose, 4096)
    #expect(throws: Errno.notPermitted) {
      _ = try SealedMemory(checking: Descriptor(owning: loose), sizeIn: 4096...4096)
    }
    let small = try SealedMemory(name: "test", byteCount: 4096)
    #expect(throws: Errno.invalidArgument) {
      let copy = try small.descriptor.duplicate()
      _ = try SealedMemory(checking: copy, sizeIn: 8192...8192)
    }
  }

  private func isBelieved(_ number: Int32) -> Bool {
    let size = Int64(2 << 20)
    do throws(Errno) {
      _ = try SealedMemory(checking: Descriptor(owning: number), sizeIn: size...size)
      return true
    } catch {
      #expect(error == .notPermitted)
      return false
    }
  }

  /// Whose owner could forbid writing later, also to him who empties it.
  @Test func whatCanStillBeSealedIsNotBelieved() throws {
    #expect(isBelieved(try #require(foreignMemory(seals: allSeals))))
    for missing in [1, 2, 4] as [Int32] {
      #expect(!isBelieved(try #require(foreignMemory(seals: allSeals & ~missing))))
    }
  }

  /// Of which the machine has as many as were set aside for others, mostly none.
  @Test(.enabled(if: foreignMemory(isHuge: true, seals: allSeals) != nil, "no huge pages here"))
  func hugePagesAreNotBelieved() throws {
    #expect(!isBelieved(try #require(foreignMemory(isHuge: true, seals: allSeals))))
  }

  @Test func populatedBytesAreThereAndPunchedOnesGone() throws {
    let memory = try SealedMemory(name: "test", byteCount: 8 << 20)
    #expect(try memory.descriptor.facts().populatedBytes == 0)
    try memory.populate(0..<(2 << 20))
    try memory.populate((2 << 20)..<(4 << 20))
    #expect(try memory.descriptor.facts().populatedBytes == 4 << 20)
    let mapping = try memory.map()
    mapping.store64(42, at: 1 << 20)
    let other = try memory.map()
    #expect(other.load64(at: 1 << 20) == 42)
    try memory.punch()
    #expect(try memory.descriptor.facts().populatedBytes == 0)
    #expect(other.load64(at: 1 << 20) == 0)
  }

  @Test func aMappingIsNotForked() throws {
    let memory = try SealedMemory(name: "test", byteCount: 4096)
    let mapping = try memory.map()
    let address = UInt(bitPattern: mapping.address)
    let flags = try #require(mappingFlags(address))
    #expect(flags.contains("dc"), "not copied on fork")
    #expect(flags.contains("dd"), "not dumped")
  }

  @Test func aSleeperIsWokenByTheCounter() throws {
    let memory = try SealedMemory(name: "test", byteCount: 4096)
    let mapping = try memory.map()
    let sleeper = Sleeper(UInt(bitPattern: mapping.address) + 88)
    sleeper.start()
    // Only a wake ends its sleep early; raising the word alone does not.
    #expect(sleeper.isAsleepSoon())
    try mapping.raiseAndWake(at: 88)
    #expect(sleeper.join() < 15_000)
    #expect(mapping.load32(at: 88) == 1)
  }
}

@Suite struct PathTests {
  /// What root's command names to others must go on naming the same.
  @Test func onlyRootChangesIt() throws {
    #expect(RootsPath.isExclusive("/usr/share") && RootsPath.isExclusive("/"))
    #expect(RootsPath.isExclusive("/usr/share/tidelock-nowhere/deeper"))
    for path in [
      // Sticky, relative, through somebody's, no directory.
      "/tmp", "/tmp/new", "usr/share", "/usr/share/../../tmp", "/etc/passwd", "/etc/passwd/new",
    ] {
      #expect(!RootsPath.isExclusive(FilePath(path)), "\(path)")
    }
    // Links of root's, to directories of root's.
    let links = ["/bin", "/lib", "/var/run"].filter(isLink)
    try #require(!links.isEmpty)
    for link in links {
      #expect(!RootsPath.isExclusive(FilePath(link)), "\(link)")
      #expect(!RootsPath.isExclusive(FilePath(link + "/new")), "\(link)/new")
    }
  }

  @Test func whatIsNotOursIsLeftAlone() throws {
    let scratch = Scratch("path")
    let file = scratch.path.appending("file")
    close(file.withPlatformString { open($0, O_CREAT | O_WRONLY, 0o600) })
    #expect(throws: SocketPathFault.notASocket(file.string)) { _ = try SocketClaim(file) }
    #expect(file.withPlatformString { access($0, F_OK) } == 0)
    let link = scratch.path.appending("link")
    _ = file.withPlatformString { target in
      link.withPlatformString { symlink(target, $0) }
    }
    #expect(throws: SocketPathFault.notASocket(link.string)) { _ = try SocketClaim(link) }
    let long = FilePath("/tmp/" + String(repeating: "x", count: 110))
    #expect(throws: SocketPathFault.tooLong(byteCount: 115)) { _ = try SocketClaim(long) }
    let missing = FilePath("/tmp/tidelock-missing-\(getpid())/deeper/socket")
    #expect(throws: SocketPathFault.directoryMissing(missing.removingLastComponent().string)) {
      _ = try SocketClaim(missing)
    }
  }

  @Test func aDirectoryOthersCanWriteIsRefused() throws {
    let scratch = Scratch("open")
    _ = scratch.path.withPlatformString { chmod($0, 0o777) }
    #expect(
      throws: SocketPathFault.directoryNotOurs(scratch.path.string, ownerUserID: geteuid())
    ) {
      _ = try SocketClaim(scratch.path.appending("socket"))
    }
  }

  @Test func aLivingSocketIsInUseAndADeadOneIsReplaced() throws {
    let scratch = Scratch("live")
    let path = scratch.path.appending("socket")
    do {
      let listener = try PacketSocket.listening(at: path, backlog: 4)
      #expect(
        throws: SocketPathFault.inUse(path.string, processID: getpid(), userID: geteuid())
      ) {
        _ = try SocketClaim(path)
      }
      _ = listener.descriptor.number
    }
    _ = try SocketClaim(path)
    #expect(path.withPlatformString { access($0, F_OK) } == -1)
  }

  @Test func standardPlaces() throws {
    let scratch = Scratch("places")
    let own = { try SocketPlaces.own(userID: $0, runtimeDirectory: scratch.path.string) }
    #expect(try own(0) == "/run/tidelock/agent.sock")
    // Somebody else's directory, as `su` may leave it in the environment, is not used.
    let stranger: UInt32 = 3_999_999_999
    #expect(try own(stranger) == FilePath("/tmp/tidelock-\(stranger)/agent.sock"))
    _ = scratch.path.withPlatformString { chown($0, stranger, gid_t.max) }
    if DirectoryFacts(scratch.path)?.ownerUserID == stranger {
      #expect(try own(stranger) == scratch.path.appending("tidelock").appending("agent.sock"))
      _ = scratch.path.withPlatformString { chmod($0, 0o770) }
      #expect(try own(stranger) == FilePath("/tmp/tidelock-\(stranger)/agent.sock"))
    }
  }

  /// What lies in the shared directory under our name and is not ours is refused, not entered.
  @Test func aPlantedDirectoryIsRefused() {
    let stranger: UInt32 = 3_999_999_998
    let planted = FilePath("/tmp/tidelock-\(stranger)")
    _ = planted.withPlatformString { mkdir($0, 0o700) }
    defer { _ = planted.withPlatformString { rmdir($0) } }
    #expect(
      throws: SocketPathFault.directoryNotOurs(planted.string, ownerUserID: geteuid())
    ) {
      _ = try SocketPlaces.own(userID: stranger, runtimeDirectory: nil)
    }
  }

  /// What lies there is loaded into programs: only where nobody else can have put it.
  @Test func objectsLieWhereNobodyElseWrites() throws {
    let scratch = Scratch("objects")
    let user = geteuid()
    func directory(_ runtime: FilePath) throws -> FilePath {
      try SocketPlaces.objectDirectory(userID: user, runtimeDirectory: runtime.string)
    }
    func mode(_ path: FilePath) -> mode_t {
      var status = stat()
      return path.withPlatformString { stat($0, &status) } == 0 ? status.st_mode & 0o777 : 0
    }
    let made = try directory(scratch.path)
    defer { _ = made.withPlatformString { rmdir($0) } }
    #expect(made == scratch.path.appending("tidelock"))
    #expect(mode(made) == (user == 0 ? 0o711 : 0o700))
    #expect(try directory(scratch.path) == made)
    _ = made.withPlatformString { chmod($0, 0o770) }
    #expect(throws: Errno.notPermitted) { _ = try directory(scratch.path) }
    // The variable alone says nothing: others may write to what it names.
    _ = made.withPlatformString { chmod($0, 0o700) }
    _ = scratch.path.withPlatformString { chmod($0, 0o777) }
    let stranger: UInt32 = 3_999_999_997
    let planted = FilePath("/tmp/tidelock-\(stranger)")
    _ = planted.withPlatformString { mkdir($0, 0o700) }
    defer { _ = planted.withPlatformString { rmdir($0) } }
    #expect(throws: Errno.notPermitted) {
      _ = try SocketPlaces.objectDirectory(
        userID: stranger, runtimeDirectory: scratch.path.string)
    }
  }

  @Test(arguments: [Admission.owner, .group(4), .everybody])
  func whoMayConnectIsInTheModes(admission: Admission) throws {
    let scratch = Scratch("modes-\(admission.socketMode)")
    let directory = scratch.path.appending("made")
    let path = directory.appending("socket")
    defer {
      _ = path.withPlatformString { unlink($0) }
      _ = directory.withPlatformString { rmdir($0) }
    }
    let socket: PacketSocket
    do {
      socket = try SocketClaim(path, admitting: admission).listen(backlog: 4)
    } catch Errno.notPermitted where geteuid() != 0 {
      return  // Only root gives a socket to a group it is not in.
    }
    func mode(_ path: FilePath) -> mode_t {
      var status = stat()
      return path.withPlatformString { stat($0, &status) } == 0 ? status.st_mode & 0o777 : 0
    }
    #expect(mode(path) == admission.socketMode)
    #expect(mode(directory) == admission.directoryMode(of: path))
    _ = socket.descriptor.number
  }

  /// Whoever it does not admit is told so by the socket: a closed directory outlives the agent.
  @Test func theMachinesDirectoryIsOpenToAll() {
    for admission in [Admission.owner, .group(4), .everybody] {
      #expect(admission.directoryMode(of: SocketPlaces.system) == 0o711)
    }
    #expect(Admission.owner.directoryMode(of: "/tmp/tidelock-7/agent.sock") == 0o700)
  }

  /// Somebody may be served in it.
  @Test func aDirectoryThatIsThereIsLeftAsItIs() throws {
    let scratch = Scratch("kept")
    _ = scratch.path.withPlatformString { chmod($0, 0o750) }
    _ = try SocketClaim(scratch.path.appending("socket"), admitting: .everybody)
    var status = stat()
    _ = scratch.path.withPlatformString { stat($0, &status) }
    #expect(status.st_mode & 0o777 == 0o750)
  }

  /// Whoever comes second while the first is starting waits, and then finds it.
  @Test func twoClaimsAtOnceAreOneAgent() throws {
    let scratch = Scratch("race")
    let path = scratch.path.appending("socket")
    let starters = (0..<4).map { _ in Starter(path) }
    defer { withExtendedLifetime(starters) {} }
    for starter in starters { starter.start() }
    let listening = starters.compactMap { $0.finish() }
    #expect(listening.count == 1)
    #expect(SocketPath.answering(at: path) != nil)
  }

  /// One that wants to listen at a path, on a thread of its own.
  private final class Starter: @unchecked Sendable {
    private let path: FilePath
    private var thread = pthread_t()

    init(_ path: FilePath) { self.path = path }

    func start() {
      pthread_create(
        &thread, nil,
        { argument in
          guard let argument else { return nil }
          Unmanaged<Starter>.fromOpaque(argument).takeUnretainedValue().listen()
          return nil
        }, Unmanaged.passUnretained(self).toOpaque())
    }

    private var socket: Int32 = -1

    private func listen() {
      guard let claim = try? SocketClaim(path), let made = try? claim.listen(backlog: 4) else {
        return
      }
      socket = dup(made.descriptor.number)
    }

    /// The socket it listens at, nil when another one does.
    func finish() -> Int32? {
      pthread_join(thread, nil)
      return socket < 0 ? nil : socket
    }

    deinit { if socket >= 0 { close(socket) } }
  }
}

@Suite struct ActivationTests {
  @Test func aListeningSocketIsServedUnderItsPath() throws {
    let scratch = Scratch("activated")
    let path = scratch.path.appending("socket")
    let given = try PacketSocket.listening(at: path, backlog: 4).descriptor.duplicate()
    let number = given.number
    // As a service manager passes it.
    _ = fcntl(number, F_SETFD, 0)
    _ = fcntl(number, F_SETFL, 0)
    let activated = try ActivatedSocket.adopt(given)
    #expect(activated.path == path)
    #expect(fcntl(number, F_GETFD) == FD_CLOEXEC)
    #expect(fcntl(number, F_GETFL) & O_NONBLOCK != 0)
    let listener = try activated.listener()
    let visitor = try PacketSocket.connected(to: path)
    #expect(try listener.accept() != nil)
    _ = consume visitor
  }

  @Test func whatIsNoListenerIsRefused() throws {
    func refusal(_ number: Int32) -> ActivationFault? {
      #expect(throws: ActivationFault.self) {
        _ = try ActivatedSocket.adopt(Descriptor(owning: number))
      }
    }
    let wrongKind = ActivationFault.unusable(.protocolWrongTypeForSocket)
    #expect(refusal(socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0)) == wrongKind)
    #expect(refusal(looseMemory()) == wrongKind)
    let stream = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    // Without a name the kernel gives it one outside the file system.
    var name = sockaddr(sa_family: sa_family_t(AF_UNIX), sa_data: sockaddr().sa_data)
    #expect(bind(stream, &name, 2) == 0 && listen(stream, 1) == 0)
    #expect(refusal(stream) == wrongKind)
    let nameless = socket(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0)
    #expect(bind(nameless, &name, 2) == 0 && listen(nameless, 1) == 0)
    #expect(refusal(nameless) == .unusable(.addressNotAvailable))
  }

  @Test func withoutTheVariablesThereIsNone() throws {
    #expect(try ActivatedSocket.take() == nil)
    // Meant for the process that started us.
    setenv("LISTEN_PID", "1", 1)
    setenv("LISTEN_FDS", "1", 1)
    #expect(try ActivatedSocket.take() == nil)
    #expect(getenv("LISTEN_PID") == nil && getenv("LISTEN_FDS") == nil)
  }
}
