internal import ArgumentParser
internal import ControlAPI

/// The command line: each verb is a file of its own.
@main
struct Tidelock: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tidelock",
    abstract: "Programs that need more GPU memory than there is, together on one GPU.",
    version: Version.text,
    subcommands: [
      AgentCommand.self, RunCommand.self, EnvCommand.self, CDICommand.self, StatusCommand.self,
      PauseCommand.self, ResumeCommand.self, JupyterCommand.self, DoctorCommand.self,
    ])
}

/// A failure in words for the person at the terminal. Commands throw nothing else of their own.
struct CommandFault: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
