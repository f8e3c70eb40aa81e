internal import ArgumentParser
internal import ControlAPI
internal import Glibc
internal import Host
internal import SystemPackage
internal import Wire

/// `tidelock pause`: returns once all that fits is back on the GPU and nothing moves any more.
struct PauseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause", abstract: "Swap nobody out any more, until tidelock resume.",
    discussion: """
      What has room on the GPU comes back to it first; what has none waits, and tidelock status says
      so. Only memory taken by programs outside Tidelock still makes a program give way. An agent
      that is started again stays paused. For the agent's own user and root.
      """)

  @Flag(help: "Fail, and resume, unless every program is back with all it has; before an end.")
  var all = false

  @OptionGroup var place: SocketOption

  func run() throws {
    let socket = try place.path()
    let wasPaused = try all && Question.status(at: socket).agent?.isPaused == true
    let status: Status
    do {
      status = try settled(at: socket)
      if all { try check(status) }
    } catch {
      // As before, and paused by somebody before it stays.
      if all, !wasPaused { _ = try? Question.pause(false, at: socket) }
      throw error
    }
    let waiting = status.workloads.filter { $0.state == .waiting }.map(\.name)
    let names = waiting.joined(separator: ", ")
    Environment.emit(names.isEmpty ? "paused\n" : "paused; until tidelock resume wait: \(names)\n")
  }

  /// The status once nothing moves any more.
  private func settled(at socket: FilePath) throws -> Status {
    var status = try Question.pause(true, at: socket)
    var patience = Patience("paused; waiting for what is on its way")
    while status.workloads.contains(where: \.isMoving) {
      patience.tick()
      usleep(StatusCommand.lookMicroseconds)
      status = try Question.status(at: socket)
      guard status.agent?.isPaused == true else {
        throw CommandFault("somebody else resumed")
      }
    }
    return status
  }

  private func check(_ status: Status) throws {
    let away = status.workloads.filter(\.needsAgent)
    guard !away.isEmpty else { return }
    let names = away.map { "\($0.name) (process \($0.pid))" }.joined(separator: ", ")
    throw CommandFault(
      "not all memory has room on the GPU: without an agent \(names) would wait for the next one;"
        + " let them end, or end them, and try again")
  }
}

/// `tidelock resume`: ends a pause.
struct ResumeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Let programs take turns again after tidelock pause.")

  @OptionGroup var place: SocketOption

  func run() throws {
    _ = try Question.pause(false, at: try place.path())
    Environment.emit("resumed\n")
  }
}

extension WorkloadStatus {
  /// Its memory is under way between GPU and CPU.
  var isMoving: Bool { state == .swappingIn || state == .swappingOut }

  /// It cannot go on by itself.
  var needsAgent: Bool {
    switch state {
    case .swappingOut, .swappedOut, .swappingIn, .waiting: true
    case .starting, .resident, .stuck, .undrainable, .unswappable: false
    }
  }
}
