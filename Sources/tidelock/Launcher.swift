internal import CPlatform
internal import Glibc
internal import Host
internal import SystemPackage

/// An agent in the background, seen from inside: the process that started it waits for one word
/// about how it went, and this one has a session, a log and nothing else of the caller's.
final class Launcher {
  /// The word for success.
  static let ready = "+"

  private var report: Descriptor?

  private init(_ report: consuming Descriptor) { self.report = consume report }

  /// Returns in the agent only. The caller's process ends in here, with 0 once the agent serves, or
  /// with what it says against it and 1.
  static func detach(beside socket: FilePath) throws -> Launcher {
    let log = try Log(beside: socket)
    let path = log.path
    var report: Int32 = -1
    // The child's numbers are new ones: nothing here may close an old one in it.
    let child = tidelock_detach(log.release(), &report)
    guard child >= 0 else {
      throw CommandFault(
        "no process could be made for the agent: \(Errno(rawValue: -child).description)")
    }
    guard child > 0 else { return Launcher(Descriptor(owning: report)) }
    let text = AutomaticAgent.read(Descriptor(owning: report))
    if text == ready { exit(0) }
    Environment.complain(text.isEmpty ? "the agent ended without a word; see \(path)" : text)
    exit(ExitStatus.failure)
  }

  /// How it went: `ready`, or what is to be told to the caller. Once; then nobody listens any more.
  func say(_ text: String) {
    guard let report = report.take() else { return }
    Environment.put(text, to: report.number)
  }
}

/// Where an agent in the background writes to.
private struct Log: ~Copyable {
  private static let byteCountMax: Int64 = 1 << 20

  let file: Descriptor
  let path: FilePath

  /// In the state directory of the user; for one without a home, beside the socket. What grew large
  /// is put aside first, once.
  init(beside socket: FilePath) throws {
    for directory in try Log.directories(beside: socket) {
      let path = directory.appending("agent.log")
      var status = stat()
      if path.withPlatformString({ stat($0, &status) }) == 0, status.st_size > Log.byteCountMax {
        _ = path.withPlatformString { old in
          directory.appending("agent.log.1").withPlatformString { rename(old, $0) }
        }
      }
      let flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW
      let number = path.withPlatformString { open($0, flags, 0o600) }
      guard number >= 0 else { continue }
      file = Descriptor(owning: number)
      self.path = path
      return
    }
    throw CommandFault(
      "no place for the agent's log; set XDG_STATE_HOME to a directory you can write")
  }

  consuming func release() -> Int32 { file.release() }

  private static func directories(beside socket: FilePath) throws -> [FilePath] {
    var directories: [FilePath] = []
    let home = Environment.value("HOME").map { FilePath($0).appending(".local/state") }
    let state = Environment.value("XDG_STATE_HOME").map { FilePath($0) } ?? home
    if let state, state.isAbsolute, makeDirectories(state.appending("tidelock")) {
      directories.append(state.appending("tidelock"))
    }
    do {
      try SocketPath.claimDirectory(of: socket)
    } catch {
      throw CommandFault(error.description)
    }
    directories.append(socket.removingLastComponent())
    return directories
  }

  /// True when it is there afterwards. A home that does not exist is not made.
  private static func makeDirectories(_ path: FilePath) -> Bool {
    if Installation.exists(path) { return true }
    let parent = path.removingLastComponent()
    if Environment.value("HOME") == parent.string, !Installation.exists(parent) { return false }
    guard parent.string != "/", makeDirectories(parent) else { return false }
    return path.withPlatformString { mkdir($0, 0o700) } == 0 || errno == EEXIST
  }
}
