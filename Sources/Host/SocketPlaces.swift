internal import Glibc
public import SystemPackage

/// Where an agent listens, and is looked for, when nobody says.
public enum SocketPlaces {
  /// The agent of the whole machine. Its directory is root's.
  public static let system: FilePath = "/run/tidelock/agent.sock"

  /// Where this user's own agent listens: root's is the machine's. For others the first of
  /// `runtimeDirectory` ($XDG_RUNTIME_DIR) and `/run/user/ID` that is a directory of theirs which
  /// nobody else may write; where there is none (containers, su, cron) `/tmp/tidelock-ID`, which
  /// the agent makes for itself.
  /// - Throws: `.directoryNotOurs` when that last one exists and others own or can enter it.
  public static func own(
    userID: UInt32, runtimeDirectory: String?
  ) throws(SocketPathFault) -> FilePath {
    if userID == 0 { return system }
    if let directory = runtime(userID, runtimeDirectory) {
      return directory.appending("agent.sock")
    }
    let directory = shared(userID)
    if let facts = DirectoryFacts(directory), !facts.isPrivate(to: userID) {
      throw .directoryNotOurs(directory.string, ownerUserID: facts.ownerUserID)
    }
    return directory.appending("agent.sock")
  }

  /// A directory for objects that this user's programs load while they run, in the same place:
  /// made if need be, for the owner alone. Root's may be passed through, for its programs become
  /// other users.
  /// - Throws: `.notPermitted` when others own it or can write to it.
  public static func objectDirectory(
    userID: UInt32, runtimeDirectory: String?
  ) throws(Errno) -> FilePath {
    let directory =
      runtime(userID, runtimeDirectory)
      ?? (userID == 0 ? system.removingLastComponent() : shared(userID))
    let mode: mode_t = userID == 0 ? 0o711 : 0o700
    // The umask decides nothing here.
    if directory.withPlatformString({ mkdir($0, 0o700) == 0 ? chmod($0, mode) : -1 }) != 0,
      errno != EEXIST
    {
      throw Errno(rawValue: errno)
    }
    guard let facts = DirectoryFacts(directory), facts.isWritten(onlyBy: userID) else {
      throw .notPermitted
    }
    return directory
  }

  /// `tidelock` in the first of both that is a directory of this user's and only it may write.
  private static func runtime(_ userID: UInt32, _ said: String?) -> FilePath? {
    [said, "/run/user/\(userID)"].compactMap(\.self)
      .filter { $0.hasPrefix("/") }.map { FilePath($0) }
      .first { DirectoryFacts($0)?.isWritten(onlyBy: userID) ?? false }?.appending("tidelock")
  }

  private static func shared(_ userID: UInt32) -> FilePath { FilePath("/tmp/tidelock-\(userID)") }

  /// The machine's agent may be there: its directory is, and only root can have put it there.
  public static var mayHaveSystemAgent: Bool {
    DirectoryFacts(system.removingLastComponent())?.isWritten(onlyBy: 0) ?? false
  }
}

/// Whose a directory is. A link is none.
struct DirectoryFacts {
  let ownerUserID: UInt32
  private let mode: mode_t

  /// nil when nothing is there.
  init?(_ path: FilePath) {
    var status = stat()
    guard path.withPlatformString({ lstat($0, &status) }) == 0 else { return nil }
    ownerUserID = status.st_uid
    mode = status.st_mode
  }

  private var isDirectory: Bool { mode & S_IFMT == S_IFDIR }

  func isWritten(onlyBy userID: UInt32) -> Bool {
    isDirectory && ownerUserID == userID && mode & 0o022 == 0
  }

  func isPrivate(to userID: UInt32) -> Bool {
    isDirectory && ownerUserID == userID && mode & 0o077 == 0
  }
}
