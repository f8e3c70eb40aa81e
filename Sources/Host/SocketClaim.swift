internal import CPlatform
internal import Faults
internal import Glibc
public import SystemPackage

/// Whose programs may connect. The kernel enforces it by the socket's mode.
public enum Admission: Equatable, Sendable {
  /// The agent's own user, and root.
  case owner
  /// These users as well: a group's id.
  case group(UInt32)
  case everybody

  var socketMode: mode_t {
    switch self {
    case .owner: 0o600
    case .group: 0o660
    case .everybody: 0o666
    }
  }

  /// Others may pass through the directory, but not open it: who can open it could lock it. Through
  /// the machine's own everybody may pass, so that whoever the agent does not admit is told so by
  /// the socket, which goes with the agent.
  func directoryMode(of path: FilePath) -> mode_t {
    self == .owner && (path != SocketPlaces.system || fault(264)) ? 0o700 : 0o711
  }
}

/// A socket path that is ours to bind. Two agents that start at once meet here: the second waits
/// until the first listens, or gave up, and then sees it.
public struct SocketClaim: ~Copyable {
  private let path: FilePath
  private let admission: Admission
  /// Holds the lock on the directory.
  private let directory: Descriptor

  /// Longest wait for another agent that is just starting.
  private static let waitMilliseconds: UInt64 = 5_000
  private static let lookMicroseconds: UInt32 = 10_000

  /// Creates the directory, one level, if it is missing; removes a socket of ours nobody listens
  /// at, and refuses everything else untouched.
  public init(_ path: FilePath, admitting admission: Admission = .owner) throws(SocketPathFault) {
    try SocketPath.claimDirectory(of: path, admitting: admission)
    let directory = try SocketClaim.lock(path.removingLastComponent())
    try SocketPath.claim(path)
    // Not before nobody else is known to serve here. Without effect where it is another's.
    if path == SocketPlaces.system {
      _ = fchmod(directory.number, admission.directoryMode(of: path))
    }
    self.path = path
    self.admission = admission
    self.directory = directory
  }

  /// Binds and listens; from here on others find an agent.
  public consuming func listen(backlog: Int32) throws(Errno) -> PacketSocket {
    try PacketSocket.listening(at: path, backlog: backlog, admitting: admission)
  }

  private static func lock(_ given: FilePath) throws(SocketPathFault) -> Descriptor {
    let path: FilePath = given.isEmpty ? "." : given
    let number = path.withPlatformString { open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard number >= 0 else {
      throw .kernel(Errno(rawValue: errno), step: "open the directory \(path)")
    }
    let directory = Descriptor(owning: number)
    let deadline = MonotonicClock.nanoseconds() + waitMilliseconds * 1_000_000
    while tidelock_lock(directory.number) != 0 {
      guard MonotonicClock.nanoseconds() < deadline else { throw .directoryBusy(path.string) }
      usleep(lookMicroseconds)
    }
    return directory
  }
}
