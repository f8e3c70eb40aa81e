internal import ArgumentParser
internal import ControlAPI

/// `tidelock doctor`: what this machine has and lacks, what follows, and what to do.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "What this machine has and lacks, what follows from it, and what to do.",
    discussion: """
      Exit status: 0 when Tidelock can work here (warnings may tell what it lacks), 1 when \
      something is lacking that it can not do without.
      """)

  @OptionGroup var place: SocketOption

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let machine = Patience.during("looking at the driver") { MachineSnapshot.taken(place) }
    let report = DoctorReport(machine)
    Environment.emit(json ? report.json.encoded(indented: true) + "\n" : report.text)
    if !report.isUsable { throw ExitCode(ExitStatus.failure) }
  }
}
