internal import ArgumentParser
internal import ControlAPI

/// `tidelock doctor`: what this machine has and lacks, what follows, and what to do; with a
/// command, the same of a program.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "What this machine, or a program, has and lacks, and what follows from it.",
    usage: "tidelock doctor [--socket <path>] [--json] [-- CMD …]",
    discussion: """
      Exit status: 0 when Tidelock can work here (warnings may tell what it lacks), 1 when \
      something is lacking that it can not do without.

      With a command it is run as tidelock run does, brought to rest twice a second as if others \
      wanted the GPU, and told of at its end on standard error: what share of its memory can be \
      swapped, which calls keep the rest where it is, and when it could not come to rest. Exit \
      status: the program's own.
      """)

  @OptionGroup var place: SocketOption

  @Flag(help: "Print JSON.")
  var json = false

  @Argument(parsing: .postTerminator, help: "A program to look at, and its arguments.")
  var command: [String] = []

  func run() throws {
    if !command.isEmpty { return try lookAt(command) }
    let machine = Patience.during("looking at the driver") { MachineSnapshot.taken(place) }
    let report = DoctorReport(machine)
    Environment.emit(json ? report.json.encoded(indented: true) + "\n" : report.text)
    if !report.isUsable { throw ExitCode(ExitStatus.failure) }
  }

  /// Standard output is the program's.
  private func lookAt(_ command: [String]) throws {
    let (findings, status) = try ProgramDoctor().run(command, place)
    // Who could not start it said why.
    if status != ExitStatus.runFailed || findings.processCount > 0 {
      Environment.put(json ? findings.json.encoded(indented: true) + "\n" : findings.text, to: 2)
    }
    if status != 0 { throw ExitCode(status) }
  }
}
