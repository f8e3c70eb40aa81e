internal import CPlatform
internal import Faults
internal import Glibc
public import SystemPackage

/// Who is at the other end of a socket.
public struct Peer: ~Copyable, Sendable {
  /// In this process's own namespace; 0 when the peer lives where we cannot see it, as all such
  /// peers do: it names nobody.
  public let processID: Int32
  public let userID: UInt32
  /// Readable once the process is dead. The only sign of death we believe. Nil without a number.
  public let process: Descriptor?

  public init(processID: Int32, userID: UInt32, process: consuming Descriptor?) {
    self.processID = processID
    self.userID = userID
    self.process = process
  }

  /// Splits the peer: the handle needs an owner of its own.
  public consuming func handle() -> Descriptor? { process }
}

extension Descriptor {
  /// Whether the process this pidfd names has ended. While it has not, nobody else has its number.
  public borrowing func hasEnded() -> Bool {
    var one = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
    return poll(&one, 1, 0) > 0
  }

  /// Ends the process this pidfd names. A process that is dead already is no error.
  public borrowing func killProcess() throws(Errno) {
    do {
      try Kernel.call(tidelock_process_kill(number))
    } catch .noSuchProcess {
      return
    }
  }
}

/// What one receive found.
public enum Arrival: Equatable {
  /// A datagram of so many bytes, whole.
  case datagram(byteCount: Int)
  /// A datagram or descriptors that did not fit: hostile or foreign.
  case oversized
  case nothingYet
  /// No more will come. Says nothing about the process: a forked child may hold the socket.
  case closed
}

/// A Unix socket of sequenced datagrams that carry descriptors. Never waits, never raises SIGPIPE.
public struct PacketSocket: ~Copyable, Sendable {
  public let descriptor: Descriptor

  public init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

  /// - Throws: `.connectionRefused` when nobody listens, `.noSuchFileOrDirectory` without a socket.
  public static func connected(to path: FilePath) throws(Errno) -> PacketSocket {
    let descriptor = Descriptor(owning: try Kernel.call(tidelock_socket()))
    let number = descriptor.number
    let result = path.withPlatformString { tidelock_connect(number, $0) }
    try Kernel.call(result)
    return PacketSocket(descriptor)
  }

  /// Binds and listens. `path` must not exist (`SocketClaim` sees to it).
  public static func listening(
    at path: FilePath, backlog: Int32, admitting admission: Admission = .owner
  ) throws(Errno) -> PacketSocket {
    let descriptor = Descriptor(owning: try Kernel.call(tidelock_socket()))
    let number = descriptor.number
    let result = path.withPlatformString { tidelock_bind(number, $0) }
    try Kernel.call(result)
    // Nobody can connect before it listens, so nobody sees it with another mode.
    if case .group(let id) = admission {
      try Kernel.call(path.withPlatformString { chown($0, uid_t.max, id) < 0 ? -errno : 0 })
    }
    let mode = admission.socketMode
    try Kernel.call(path.withPlatformString { chmod($0, mode) < 0 ? -errno : 0 })
    try Kernel.call(tidelock_listen(number, backlog))
    return PacketSocket(descriptor)
  }

  /// The next waiting connection, nil when none waits.
  public borrowing func accept() throws(Errno) -> PacketSocket? {
    do {
      return PacketSocket(Descriptor(owning: try Kernel.call(tidelock_accept(descriptor.number))))
    } catch .resourceTemporarilyUnavailable {
      return nil
    } catch .connectionAbort {
      return nil
    }
  }

  /// Process and user at the other end as they were when it connected, or began to listen. The
  /// process may be dead, and its number another's.
  public borrowing func credentials() throws(Errno) -> (processID: Int32, userID: UInt32) {
    var processID: Int32 = 0
    var userID: UInt32 = 0
    try Kernel.call(tidelock_peer_credentials(descriptor.number, &processID, &userID))
    return (max(0, processID), userID)
  }

  /// The process at the other end as it was when it connected.
  /// - Throws: `.noSuchProcess` and others when it is dead and the kernel hands out none that is;
  ///   `.notPermitted` when `/proc` hides whose it is and the kernel is too old to do without.
  public borrowing func peer() throws(Errno) -> Peer {
    let (processID, userID) = try credentials()
    guard processID > 0 else { return Peer(processID: 0, userID: userID, process: nil) }
    let process = try PacketSocket.process(
      direct: tidelock_peer_pidfd(descriptor.number), processID: processID, userID: userID)
    return Peer(processID: processID, userID: userID, process: process)
  }

  /// - Parameter direct: what the kernel answered when asked for the peer's pidfd.
  static func process(
    direct: Int32, processID: Int32, userID: UInt32
  ) throws(Errno) -> Descriptor {
    // Linux 6.5 to 6.15 says this of a peer that is dead and reaped, later ones ESRCH.
    if direct == -EINVAL, !fault(410) { throw .noSuchProcess }
    if direct != -ENOPROTOOPT, !(direct < 0 && fault(262)) {
      return Descriptor(owning: try Kernel.call(direct))
    }
    // Linux before 6.5 has only the number, which is another's if the peer died since it connected.
    // One of the same user is let pass for it: they can do to each other what they like anyway.
    let result = tidelock_pidfd_open(processID)
    // By now the number is a thread's of another process.
    if result == -EINVAL || result == -ENOENT { throw .noSuchProcess }
    let opened = Descriptor(owning: try Kernel.call(result))
    // Asked in this order: what is alive afterwards had the number, and the user, before.
    let owner = ProcessFacts.userID(of: processID)
    guard !opened.hasEnded() else { throw .noSuchProcess }
    guard let owner else { throw .notPermitted }
    guard owner == userID || fault(263) else { throw .noSuchProcess }
    return opened
  }

  /// - Throws: `.resourceTemporarilyUnavailable` when the receiver's queue is full: nothing was
  ///   sent.
  public borrowing func send(
    _ bytes: UnsafeRawBufferPointer, rights: [Int32] = []
  ) throws(Errno) {
    let number = descriptor.number
    let result = rights.withUnsafeBufferPointer {
      tidelock_send(number, bytes.baseAddress, bytes.count, $0.baseAddress, Int32($0.count))
    }
    try Kernel.call(result)
  }

  /// Takes one datagram into `bytes`. Descriptors that came with it are appended to `rights`, whose
  /// owner must take each (`Descriptor(owning:)`); at most `TIDELOCK_RIGHTS_MAX` come.
  public borrowing func receive(
    into bytes: UnsafeMutableRawBufferPointer, rights: inout [Int32]
  ) throws(Errno) -> Arrival {
    var numbers: InlineArray<4, Int32> = InlineArray(repeating: -1)
    var count: Int32 = 0
    var truncated: Int32 = 0
    let number = descriptor.number
    var span = numbers.mutableSpan
    let result = span.withUnsafeMutableBufferPointer {
      tidelock_receive(
        number, bytes.baseAddress, bytes.count, $0.baseAddress, Int32($0.count), &count,
        &truncated)
    }
    for index in 0..<Int(count) { rights.append(numbers[index]) }
    let length: Int
    do {
      length = try Kernel.call(result)
    } catch .resourceTemporarilyUnavailable {
      return .nothingYet
    } catch .connectionReset {
      return .closed
    }
    if fault(220) { return .datagram(byteCount: length) }
    if truncated != 0 { return .oversized }
    return length == 0 ? .closed : .datagram(byteCount: length)
  }
}
