internal import CPlatform
internal import Glibc
public import SystemPackage

/// A socket that somebody else listens at on our behalf and hands over: systemd's socket activation
/// (sd_listen_fds(3)). The giver owns the path; it stays when we end, and who connects meanwhile
/// waits for the next of us.
public final class ActivatedSocket: Sendable {
  private let descriptor: Descriptor
  public let path: FilePath

  /// The first descriptor after standard input, output and errors.
  private static let firstNumber: Int32 = 3

  /// The socket this process was given, nil when it was started without one. Takes the variables
  /// that say so out of the environment. Call it once, before other threads start.
  public static func take() throws(ActivationFault) -> ActivatedSocket? {
    let process = value("LISTEN_PID")
    let count = value("LISTEN_FDS")
    for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) }
    // Meant for another process: somebody between us and systemd started us.
    guard let process, process == getpid(), let count, count > 0 else { return nil }
    let first = Descriptor(owning: firstNumber)
    for number in 1..<min(count, 1024) { close(firstNumber + number) }
    guard count == 1 else { throw .several(count) }
    return try adopt(first)
  }

  /// - Throws: when it is not a Unix socket of sequenced packets that is being listened at.
  static func adopt(_ descriptor: consuming Descriptor) throws(ActivationFault) -> ActivatedSocket {
    let number = descriptor.number
    var length = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: SocketPath.byteCountMax + 1) { buffer, count in
      length = tidelock_listener_path(number, buffer.baseAddress, buffer.count)
      count = max(0, length)
    }
    guard length > 0 else { throw .unusable(Errno(rawValue: CInt(-length))) }
    return ActivatedSocket(
      descriptor: descriptor, path: FilePath(String(decoding: bytes, as: UTF8.self)))
  }

  private static func value(_ name: String) -> Int32? {
    getenv(name).flatMap { Int32(String(cString: $0)) }
  }

  private init(descriptor: consuming Descriptor, path: FilePath) {
    self.descriptor = descriptor
    self.path = path
  }

  /// For whoever serves it.
  public func listener() throws(Errno) -> PacketSocket { PacketSocket(try descriptor.duplicate()) }
}

/// Why a socket that was handed over cannot be served.
public enum ActivationFault: Error, Equatable, Sendable, CustomStringConvertible {
  case several(Int32)
  case unusable(Errno)

  public var description: String {
    switch self {
    case .several(let count):
      "\(count) sockets were passed by the service manager; the agent serves one: leave one Listen"
        + " line in its socket unit"
    case .unusable(let error):
      "the socket passed by the service manager cannot be served (\(error.description)); its unit"
        + " needs ListenSequentialPacket= and the path of a file"
    }
  }
}
