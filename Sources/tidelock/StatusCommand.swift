internal import ArgumentParser
internal import ControlAPI
internal import Glibc
internal import Host
internal import SystemPackage

/// `tidelock status`: one look, or with `--watch` a live view until interrupted.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Who is resident, swapped out or waiting.")

  @OptionGroup var place: SocketOption

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Keep looking: live on a terminal, a line per change otherwise.")
  var watch = false

  static let lookMicroseconds: UInt32 = 250_000
  /// Without a change a line is printed this often.
  static let quietLooks = 20

  func run() throws {
    let socket = try place.path()
    if !watch {
      Environment.emit(show(try Question.status(at: socket)))
      return
    }
    var before: (status: Status, at: UInt64)?
    let began = MonotonicClock.nanoseconds()
    var lastLine = ""
    var quiet = 0
    while true {
      let status = try Question.status(at: socket)
      let now = MonotonicClock.nanoseconds()
      let rates =
        before.map { StatusCommand.rates(from: $0.status, to: status, now - $0.at) } ?? [:]
      before = (status, now)
      if json {
        Environment.emit(status.json.encoded() + "\n")
      } else if Environment.isTerminal(1) {
        // Home, text, clear the rest: no flicker.
        let text = StatusTable(usesColour: usesColour).text(status, rates: rates)
        Environment.emit(
          "\u{1B}[H"
            + text.split(separator: "\n", omittingEmptySubsequences: false)
            .joined(separator: "\u{1B}[K\n") + "\u{1B}[J")
      } else {
        let line = status.line(rates: rates)
        quiet += 1
        if line != lastLine || quiet >= StatusCommand.quietLooks {
          Environment.emit("\(StatusTable.seconds((now - began) / 1_000_000)): \(line)\n")
          lastLine = line
          quiet = 0
        }
      }
      usleep(StatusCommand.lookMicroseconds)
    }
  }

  private func show(_ status: Status) -> String {
    json
      ? status.json.encoded(indented: true) + "\n"
      : StatusTable(usesColour: usesColour).text(status)
  }

  private var usesColour: Bool {
    Environment.isTerminal(1) && (Environment.value("NO_COLOR") ?? "").isEmpty
  }

  private static func rates(
    from earlier: Status, to later: Status, _ nanoseconds: UInt64
  ) -> [Int32: TransferRate] {
    var rates: [Int32: TransferRate] = [:]
    for workload in later.workloads {
      guard let former = earlier.workloads.first(where: { $0.pid == workload.pid }) else {
        continue
      }
      rates[workload.pid] = TransferRate(
        from: former, to: workload, milliseconds: nanoseconds / 1_000_000)
    }
    return rates
  }
}
