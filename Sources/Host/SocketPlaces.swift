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
    for directory in [runtimeDirectory, "/run/user/\(userID)"] {
      guard let directory, directory.hasPrefix("/"),
        let facts = DirectoryFacts(FilePath(directory)), facts.isWritten(onlyBy: userID)
      else { continue }
      return FilePath(directory).appending("tidelock").appending("agent.sock")
    }
    let directory = FilePath("/tmp/tidelock-\(userID)")
    if let facts = DirectoryFacts(directory), !facts.isPrivate(to: userID) {
      throw .directoryNotOurs(directory.string, ownerUserID: facts.ownerUserID)
    }
    return directory.appending("agent.sock")
  }

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
