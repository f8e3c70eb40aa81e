internal import CPlatform
internal import Faults
internal import Glibc
public import SystemPackage

/// Who is at the other end of a socket.
public struct Peer: ~Copyable, Sendable {
  /// In this process's own namespace; 0 when the peer lives where we cannot see it.
  public let processID: Int32
  public let userID: UInt32
  /// Readable once the process is dead. The only sign of death we believe.
  public let process: Descriptor

  public init(processID: Int32, userID: UInt32, process: consuming Descriptor) {
    self.processID = processID
    self.userID = userID
    self.process = process
  }

  /// Splits the peer: the handle needs an owner of its own.
  public consuming func handle() -> Descriptor { process }
}

extension Descriptor {
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

  /// The process at the other end as it was when it connected.
  public borrowing func peer() throws(Errno) -> Peer {
    var processID: Int32 = 0
    var userID: UInt32 = 0
    try Kernel.call(tidelock_peer_credentials(descriptor.number, &processID, &userID))
    let direct = tidelock_peer_pidfd(descriptor.number)
    if direct >= 0 {
      return Peer(
        processID: processID, userID: userID,
        process: Descriptor(owning: try Kernel.call(direct)))
    }
    // Linux before 6.5: the id is right as long as the peer has not died since it connected, which
    // the socket's still being open makes likely and a wrong pidfd only delays.
    let opened = try Kernel.call(tidelock_pidfd_open(processID))
    return Peer(processID: processID, userID: userID, process: Descriptor(owning: opened))
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
