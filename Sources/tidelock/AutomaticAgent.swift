internal import CPlatform
internal import ControlAPI
internal import Glibc
internal import Host
internal import SystemPackage
internal import Wire

/// The agent that `tidelock run` starts for its user when none answers and nobody said where one
/// should be. It ends by itself when nobody has needed it for ten minutes: no program, no process
/// launched under it, and none that these left behind and that would start programs under it.
enum AutomaticAgent {
  static let idleExitSeconds = 600
  /// Longest wait for an agent that somebody else is starting at the same moment.
  private static let otherMilliseconds: UInt64 = 2_000
  private static let lookMicroseconds: UInt32 = 50_000
  private static let reportBytesMax = 16_384

  /// What the agent at the best place says to a program about to start; starts one if none answers.
  /// - Throws: `CommandFault` with the agent's own words when it does not start.
  static func launchAnswer() throws -> (socket: FilePath, answer: Answer) {
    var closed: CommandFault?
    if let found = try ask(SocketOption.placesOfOthers(), closed: &closed) { return found }
    // The machine's agent may have another GPU, or a simulated one: that it is not for everybody is
    // no reason not to have an own one. If it has the GPU, the own one says so.
    let own = try SocketOption.own()
    if let found = try ask([own], closed: &closed) { return found }
    var failure: String?
    // Twice: the first time an agent may have been there that was about to end.
    for _ in 0..<2 {
      failure = try start(at: own)
      // Even if it failed: another `tidelock run` may have been faster.
      let deadline = MonotonicClock.nanoseconds() + otherMilliseconds * 1_000_000
      repeat {
        if let found = try ask([own], closed: &closed) { return found }
        usleep(lookMicroseconds)
      } while failure != nil && isAnswering(own) && MonotonicClock.nanoseconds() < deadline
    }
    let text = failure ?? "the agent that was started does not answer at \(own)"
    throw CommandFault((closed.map { "\($0); no agent of yours starts: " } ?? "") + text)
  }

  private static func isAnswering(_ place: FilePath) -> Bool {
    SocketPath.answering(at: place) != nil
  }

  /// nil when nobody serves there, or no longer.
  /// - Parameter closed: becomes what is to be said of a place that does not admit this user.
  private static func ask(
    _ places: [FilePath], closed: inout CommandFault?
  ) throws -> (socket: FilePath, answer: Answer)? {
    for place in places {
      do {
        _ = try PacketSocket.connected(to: place)
      } catch .permissionDenied {
        closed = Question.notAdmitted(at: place)
        continue
      } catch {
        continue
      }
      if let answer = try? Question.ask(.launchWanted, at: place) { return (place, answer) }
    }
    return nil
  }

  /// Runs `tidelock agent --background`. nil when it serves, else what it says against it.
  private static func start(at place: FilePath) throws -> String? {
    var words = [
      "agent", "--background", "--idle-exit", String(idleExitSeconds), "--admit", "owner",
      "--socket", place.string,
    ]
    if let wish = Environment.value("TIDELOCK_SIMULATED_GPU") {
      words += ["--simulated-gpu", SimulatedGPUChoice.text(fromEnvironment: wish)]
    }
    return try spawn(Installation.executable(), words)
  }

  /// What it gets of its starter's environment. It lives longer than whoever started it, and serves
  /// others: what their programs load, and what is secret, is not for it.
  private static let variables = [
    "HOME", "USER", "LOGNAME", "PATH", "LANG", "LC_ALL", "TZ", "XDG_RUNTIME_DIR", "XDG_STATE_HOME",
  ]

  private static func spawn(_ executable: FilePath, _ words: [String]) throws -> String? {
    var arguments = pointers(["tidelock"] + words)
    var environment = pointers(
      variables.compactMap { name in Environment.value(name).map { "\(name)=\($0)" } })
    defer { for text in arguments + environment { free(text) } }
    var report: Int32 = -1
    let child = executable.withPlatformString {
      tidelock_spawn($0, &arguments, &environment, &report)
    }
    guard child > 0 else {
      throw CommandFault("\(executable) cannot be run: \(Errno(rawValue: -child).description)")
    }
    let text = read(Descriptor(owning: report))
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 && errno == EINTR {}
    if status == 0 { return nil }
    let prefix = "tidelock: "
    let plain = text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text
    return plain.isEmpty ? "the agent could not be started (status \(status))" : plain
  }

  private static func pointers(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
    texts.map { strdup($0) } + [nil]
  }

  /// All that comes, to its end, without the last line's end.
  static func read(_ file: consuming Descriptor) -> String {
    var patience = Patience("starting an agent for this user")
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1024)
    while bytes.count < reportBytesMax {
      var one = pollfd(fd: file.number, events: Int16(POLLIN), revents: 0)
      let step = patience.silentMilliseconds.map { Int32($0) + 1 } ?? -1
      if poll(&one, 1, step) <= 0 {
        patience.tick()
        continue
      }
      let count = Glibc.read(file.number, &buffer, buffer.count)
      guard count > 0 else { break }
      bytes += buffer[..<count]
    }
    while bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
  }
}
