internal import ArgumentParser
internal import ControlAPI
internal import Glibc
internal import Host
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

  @OptionGroup var place: SocketOption

  func run() throws {
    let socket = try place.path()
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
    let waiting = status.workloads.filter { $0.state == .waiting }.map(\.name)
    let names = waiting.joined(separator: ", ")
    Environment.emit(names.isEmpty ? "paused\n" : "paused; until tidelock resume wait: \(names)\n")
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
}
