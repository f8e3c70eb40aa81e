import Glibc
import SystemPackage
import Testing

@testable import Host

@Suite struct LockTests {
  @Test func theSecondLearnsOfTheFirstAndInheritsItsRecord() throws {
    let scratch = Scratch("lock")
    let path = scratch.path.appending("lock")
    let record = OwnershipRecord(
      processID: getpid(), userID: geteuid(), socket: "/a b/c", poolSizeBytes: 56,
      programs: [7, 8])
    do {
      let lock = try OwnershipLock(path: path)
      #expect(lock.predecessor == nil && !lock.wasThere)
      try lock.write(
        OwnershipRecord(
          processID: 1, userID: 1, socket: String(repeating: "long", count: 50)))
      try lock.write(record)
      let fault = #expect(throws: OwnershipFault.self) { _ = try OwnershipLock(path: path) }
      guard case .held(let holder)? = fault else {
        Issue.record("not held")
        return
      }
      #expect(holder == record)
    }
    let next = try OwnershipLock(path: path)
    #expect(next.predecessor == record && next.wasThere)
  }

  /// Whoever dies while writing leaves the old record or the new one: nothing is cut off before.
  @Test func thereIsARecordAtEveryMoment() throws {
    let old = OwnershipRecord(
      processID: 1, userID: 1, socket: String(repeating: "long", count: 50), programs: [7])
    let new = OwnershipRecord(processID: 2, userID: 1, socket: "/a", programs: [7, 8])
    // One that nobody can cut off.
    let file = Descriptor(owning: try #require(foreignMemory(seals: 2)))
    for record in [old, new] {
      #expect(OwnershipLock.put(record, into: file) > 0)
      var bytes = [UInt8](repeating: 0, count: 4096)
      #expect(pread(file.number, &bytes, bytes.count, 0) == bytes.count)
      #expect(OwnershipRecord(text: String(decoding: bytes, as: UTF8.self)) == record)
    }
  }

  @Test func nonsenseInTheFileIsNoRecord() throws {
    #expect(OwnershipRecord(text: "") == nil)
    #expect(OwnershipRecord(text: "process x\nuser 1\nsocket /a\n") == nil)
    #expect(OwnershipRecord(text: "process 1\nuser 1\nsocket /a\nshoe 3\n") == nil)
    let many = String(repeating: "program 1\n", count: OwnershipRecord.programsMax + 1)
    #expect(OwnershipRecord(text: "process 1\nuser 1\nsocket /a\n" + many) == nil)
  }

  /// Also after an agent with a mask that lets nobody else read.
  @Test func everybodyMayReadIt() async throws {
    let scratch = Scratch("mask")
    let path: String = scratch.path.appending("lock").string
    await #expect(processExitsWith: .exitCode(0)) { [path = path as String] in
      umask(0o077)
      _ = try OwnershipLock(path: FilePath(path))
    }
    var status = stat()
    #expect(stat(path, &status) == 0)
    #expect(status.st_mode & 0o777 == 0o644)
  }

  /// What another user wrote, who could write it again, is neither believed nor kept.
  @Test(.enabled(if: geteuid() == 0, "needs a second user"))
  func anotherUsersRecordIsNotBelieved() throws {
    let scratch = Scratch("others")
    let path = scratch.path.appending("lock")
    write("process 1\nuser 0\nsocket /a\npool 4611686018427387904\n", to: path)
    _ = path.withPlatformString { chown($0, 54_322, 54_322) }
    let record = OwnershipRecord(processID: getpid(), userID: 0, socket: "/b")
    do {
      let lock = try OwnershipLock(path: path)
      #expect(lock.predecessor == nil && !lock.wasThere)
      #expect(throws: OwnershipFault.self) { _ = try OwnershipLock(path: path) }
      try lock.write(record)
    }
    #expect(try OwnershipLock(path: path).predecessor == record)
    var status = stat()
    _ = path.withPlatformString { stat($0, &status) }
    #expect(status.st_uid == 0)
  }

  /// What somebody moved there is not written into.
  @Test func whatIsNoRecordIsReplaced() throws {
    let scratch = Scratch("moved")
    let path = scratch.path.appending("lock")
    write("precious", to: path)
    let moved = open(path.string, O_RDONLY)
    defer { close(moved) }
    let lock = try OwnershipLock(path: path)
    try lock.write(OwnershipRecord(processID: getpid(), userID: 0, socket: "/a"))
    var bytes = [UInt8](repeating: 0, count: 16)
    #expect(pread(moved, &bytes, 16, 0) == 8)
    #expect(throws: OwnershipFault.self) { _ = try OwnershipLock(path: path) }
  }

  /// The file may name anybody: it is the kernel that knows who has it.
  @Test func theHolderIsWhoTheKernelSays() throws {
    let scratch = Scratch("holder")
    let path = scratch.path.appending("lock")
    let lock = try OwnershipLock(path: path)
    try lock.write(OwnershipRecord(processID: 1, userID: 0, socket: "/a"))
    let fault = #expect(throws: OwnershipFault.self) { _ = try OwnershipLock(path: path) }
    guard case .held(let holder)? = fault else {
      Issue.record("not held")
      return
    }
    #expect(holder?.processID == getpid() && holder?.userID == geteuid())
  }

  /// What another put in its place keeps root's agent neither out nor waiting, and nothing behind
  /// it is touched.
  @Test(.enabled(if: geteuid() == 0, "only root may"), arguments: Plant.allCases)
  func rootClearsItsPlace(plant: Plant) throws {
    let scratch = Scratch("root-\(plant)")
    let precious = scratch.path.appending("file")
    write("precious", to: precious)
    let path = scratch.path.appending("lock")
    #expect(plant.put(at: path, precious: precious) == 0)
    _ = path.withPlatformString { lchown($0, 54_322, 54_322) }
    do {
      let lock = try OwnershipLock(path: path)
      #expect(lock.predecessor == nil)
      try lock.write(OwnershipRecord(processID: getpid(), userID: 0, socket: "/a"))
      #expect(throws: OwnershipFault.self) { _ = try OwnershipLock(path: path) }
      #expect((lock.setAside != nil) == (plant == .directoryWithAFile))
      if let kept = lock.setAside {
        #expect(text(of: kept.appending("kept")) == "kept")
        _ = kept.appending("kept").withPlatformString { unlink($0) }
        _ = kept.withPlatformString { rmdir($0) }
      }
    }
    #expect(try OwnershipLock(path: path).predecessor?.socket == "/a")
    #expect(text(of: precious) == "precious")
    #expect(names(in: scratch.path) == ["file", "lock"])
  }

  /// An ordinary user is told what it is and whose, and leaves it alone.
  @Test(.enabled(if: geteuid() == 0, "needs a second user"))
  func anOrdinaryUserIsToldWhatIsInItsPlace() async throws {
    let scratch = Scratch("ordinary")
    let precious = scratch.path.appending("file")
    write("precious", to: precious)
    for plant in Plant.allCases {
      let path = scratch.path.appending("\(plant)")
      #expect(plant.put(at: path, precious: precious) == 0)
    }
    _ = scratch.path.withPlatformString { chmod($0, 0o1777) }
    let plain = scratch.path.appending("plain")
    write("another's", to: plain)
    let before = names(in: scratch.path)
    let directory = scratch.path.string
    await #expect(processExitsWith: .exitCode(0)) { [directory = directory as String] in
      guard chdir(directory) == 0, setgid(54_322) == 0, setuid(54_322) == 0 else { exit(1) }
      for plant in Plant.allCases {
        do throws(OwnershipFault) {
          _ = try OwnershipLock(path: FilePath("\(plant)"))
          exit(2)
        } catch .obstructed(let what, let owner) where what == plant.words && owner == 0 {
        } catch { exit(3) }
      }
      // A plain file of another's has to do, but nothing is written there.
      let lock = try OwnershipLock(path: "plain")
      do throws(Errno) {
        try lock.write(OwnershipRecord(processID: 1, userID: 0, socket: "/a"))
        exit(4)
      } catch { exit(error == .notPermitted ? 0 : 5) }
    }
    #expect(names(in: scratch.path) == before)
    #expect(text(of: precious) == "precious" && text(of: plain) == "another's")
    _ = plain.withPlatformString { unlink($0) }
    for plant in Plant.allCases { plant.remove(scratch.path.appending("\(plant)")) }
  }

  /// Between the look and the replacement an agent may have put its lock there.
  @Test func whatIsLockedMeanwhileIsPutBack() throws {
    let scratch = Scratch("meanwhile")
    let path = scratch.path.appending("lock")
    let lock = try OwnershipLock(path: path)
    try lock.write(OwnershipRecord(processID: getpid(), userID: geteuid(), socket: "/a"))
    let isReplaced = try LockPlace(path).replace(lockedByUs: nil) != nil
    #expect(!isReplaced)
    #expect(text(of: path).contains("socket /a"))
    #expect(throws: OwnershipFault.self) { _ = try OwnershipLock(path: path) }
    #expect(names(in: scratch.path) == ["lock"])
  }

  /// Half a record would name programs that never were.
  @Test func whatDoesNotFitIsNoRecord() async throws {
    let scratch = Scratch("full")
    let path = scratch.path.appending("lock").string
    await #expect(processExitsWith: .exitCode(0)) { [path = path as String] in
      let lock = try OwnershipLock(path: FilePath(path))
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 30, rlim_max: rlim_t.max)
      guard setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0 else { exit(1) }
      do throws(Errno) {
        try lock.write(
          OwnershipRecord(processID: 1, userID: 0, socket: "/a", programs: Array(1...100)))
        exit(2)
      } catch { exit(error == .noSpace ? 0 : 3) }
    }
    #expect(text(of: FilePath(path)) == "")
  }

  private func text(of path: FilePath) -> String {
    let number = path.withPlatformString { open($0, O_RDONLY) }
    defer { close(number) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = read(number, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }

  private func names(in directory: FilePath) -> [String] {
    guard let folder = directory.withPlatformString({ opendir($0) }) else { return [] }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted()
  }

  private func write(_ text: String, to path: FilePath) {
    let number = path.withPlatformString { open($0, O_CREAT | O_WRONLY | O_TRUNC, 0o644) }
    _ = text.withCString { Glibc.write(number, $0, strlen($0)) }
    close(number)
  }
}

/// What somebody may put where a lock file belongs.
enum Plant: CaseIterable {
  case secondName
  case link
  case danglingLink
  case fifo
  case fifoToRead
  case socket
  case directory
  case directoryWithAFile

  var words: String {
    switch self {
    case .secondName: "a file of 2 names"
    case .link, .danglingLink: "a symbolic link"
    case .fifo, .fifoToRead: "a FIFO"
    case .socket: "a socket"
    case .directory, .directoryWithAFile: "a directory"
    }
  }

  func put(at path: FilePath, precious: FilePath) -> Int32 {
    path.withPlatformString { name in
      switch self {
      case .secondName: precious.withPlatformString { Glibc.link($0, name) }
      case .link: precious.withPlatformString { symlink($0, name) }
      case .danglingLink: symlink("/no/such/file", name)
      case .fifo: mkfifo(name, 0o666)
      case .fifoToRead: mkfifo(name, 0o444)
      case .socket: mknod(name, S_IFSOCK | 0o666, 0)
      case .directory: mkdir(name, 0o755)
      case .directoryWithAFile:
        mkdir(name, 0o755) == 0
          ? path.appending("kept").withPlatformString { file in
            let number = open(file, O_CREAT | O_WRONLY, 0o644)
            defer { close(number) }
            return Glibc.write(number, "kept", 4) == 4 ? 0 : -1
          } : -1
      }
    }
  }

  func remove(_ path: FilePath) {
    _ = path.appending("kept").withPlatformString { unlink($0) }
    _ = path.withPlatformString { unlink($0) == 0 ? 0 : rmdir($0) }
  }
}

@Suite struct PauseRecordTests {
  @Test func itStaysUntilItIsTakenBack() throws {
    let scratch = Scratch("pause")
    let socket = scratch.path.appending("socket")
    #expect(!PauseRecord(beside: socket).read())
    for _ in 0..<2 { try PauseRecord(beside: socket).write(true) }
    #expect(PauseRecord(beside: socket).read())
    for _ in 0..<2 { try PauseRecord(beside: socket).write(false) }
    #expect(!PauseRecord(beside: socket).read())
  }

  /// A name in a directory that others may write could be anybody's.
  @Test func nothingElseIsTakenForIt() throws {
    let scratch = Scratch("planted")
    let socket = scratch.path.appending("socket")
    let path = socket.string + ".paused"
    let record = PauseRecord(beside: socket)
    try record.write(true)
    chmod(path, 0o602)
    #expect(!record.read())
    chmod(path, 0o600)
    #expect(record.read())
    let aside = scratch.path.appending("file").string
    rename(path, aside)
    symlink(aside, path)
    #expect(!record.read())
    try record.write(false)
    for text in ["", "paused", "paused\n\n", "resumed\n"] {
      let number = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0o600)
      _ = text.withCString { Glibc.write(number, $0, strlen($0)) }
      close(number)
      #expect(!record.read(), "\(text)")
    }
    unlink(path)
    mkdir(path, 0o700)
    defer { rmdir(path) }
    #expect(!record.read())
    #expect(throws: Errno.self) { try record.write(true) }
  }
}
