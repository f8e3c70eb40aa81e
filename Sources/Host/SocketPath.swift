internal import CPlatform
internal import Faults
internal import Glibc
public import SystemPackage

/// Why a socket path can not be served. Each has what a person needs to go on.
public enum SocketPathFault: Error, Equatable, Sendable {
  /// Longer than a socket address holds (107 bytes).
  case tooLong(byteCount: Int)
  case directoryMissing(String)
  /// The directory belongs to somebody else who could replace the socket.
  case directoryNotOurs(String, ownerUserID: UInt32)
  case notASocket(String)
  case notOurs(String, ownerUserID: UInt32)
  /// Somebody has it locked and does not let go.
  case directoryBusy(String)
  /// An agent answers there.
  case inUse(String, processID: Int32, userID: UInt32)
  case kernel(Errno, step: String)
}

extension SocketPathFault: CustomStringConvertible {
  public var description: String {
    switch self {
    case .tooLong(let byteCount):
      "the socket path has \(byteCount) bytes, a socket address holds 107; choose a shorter one"
        + " with --socket"
    case .directoryMissing(let path):
      "the directory \(path) does not exist and its parent does neither; create it or choose"
        + " another with --socket"
    case .directoryNotOurs(let path, let owner):
      "the directory \(path) can be written by others (owner: user \(owner)); choose another with"
        + " --socket"
    case .directoryBusy(let path):
      "another process has locked \(path) for more than five seconds; see who: fuser \(path)"
    case .notASocket(let path):
      "\(path) exists and is not a socket; it is left alone, choose another with --socket"
    case .notOurs(let path, let owner):
      "\(path) is a socket of user \(owner); it is left alone, choose another with --socket"
    case .inUse(let path, let processID, let userID):
      "an agent already listens at \(path): process \(processID) of user \(userID); use that one,"
        + " or stop it first"
    case .kernel(let error, let step):
      "\(step): \(error.description)"
    }
  }
}

/// Where programs meet the agent.
public enum SocketPath {
  /// Longest path a socket address holds.
  public static let byteCountMax = 107

  /// Makes `path` free to bind: removes a socket of ours nobody listens at, and refuses everything
  /// else untouched.
  static func claim(_ path: FilePath) throws(SocketPathFault) {
    var status = stat()
    guard path.withPlatformString({ lstat($0, &status) }) == 0 else {
      guard errno == ENOENT else { throw .kernel(Errno(rawValue: errno), step: "look at \(path)") }
      return
    }
    guard status.st_mode & S_IFMT == S_IFSOCK else {
      if fault(224) {
        _ = path.withPlatformString { unlink($0) }
        return
      }
      throw .notASocket(path.string)
    }
    guard status.st_uid == geteuid() else {
      throw .notOurs(path.string, ownerUserID: status.st_uid)
    }
    if let peer = answering(at: path) {
      throw .inUse(path.string, processID: peer.processID, userID: peer.userID)
    }
    guard path.withPlatformString({ unlink($0) }) == 0 else {
      throw .kernel(Errno(rawValue: errno), step: "remove the stale socket \(path)")
    }
  }

  /// Process and user of the agent that answers at `path`, nil when none does.
  public static func answering(at path: FilePath) -> (processID: Int32, userID: UInt32)? {
    do {
      let socket = try PacketSocket.connected(to: path)
      return try socket.credentials()
    } catch .resourceTemporarilyUnavailable {
      return (0, geteuid())  // A full backlog: somebody listens, too busy to say who.
    } catch {
      return nil
    }
  }

  /// The directory in which `path` can be bound: made if it is missing, one level; refused if
  /// others could replace what is in it. One that is there is left as it is: somebody may be served
  /// in it.
  public static func claimDirectory(
    of path: FilePath, admitting admission: Admission = .owner
  ) throws(SocketPathFault) {
    let byteCount = path.length
    guard byteCount <= byteCountMax else { throw .tooLong(byteCount: byteCount) }
    let given = path.removingLastComponent()
    let directory: FilePath = given.isEmpty ? "." : given
    let mode = admission.directoryMode(of: path)
    // Whoever may enter is decided here, not by the umask.
    if directory.withPlatformString({ mkdir($0, 0o700) == 0 ? chmod($0, mode) : -1 }) != 0 {
      switch errno {
      case EEXIST: break
      case ENOENT: throw .directoryMissing(directory.string)
      default: throw .kernel(Errno(rawValue: errno), step: "create the directory \(directory)")
      }
    }
    var status = stat()
    guard directory.withPlatformString({ stat($0, &status) }) == 0 else {
      throw .kernel(Errno(rawValue: errno), step: "look at the directory \(directory)")
    }
    guard status.st_mode & S_IFMT == S_IFDIR else {
      throw .kernel(.notDirectory, step: "use \(directory)")
    }
    let othersMayReplace = status.st_mode & 0o022 != 0 && status.st_mode & S_ISVTX == 0
    let isTrusted = status.st_uid == geteuid() || status.st_uid == 0
    guard isTrusted, !othersMayReplace else {
      throw .directoryNotOurs(directory.string, ownerUserID: status.st_uid)
    }
  }
}
