import Foundation

/// A `promise` client under an agent, and the steps that it waits for.
final class Promise {
  let program: Program
  let name: String
  private let agent: TestAgent
  private let steps: String
  private var taken: [Int] = []

  /// `fault`: an error that the simulated driver gives this program, as in `cuLaunchKernel:1:2`.
  /// `driver`: another setting of its driver.
  init(
    _ agent: TestAgent, _ act: String, of client: String = "promise", mib: Int = 40,
    options: [String] = [], fault: String? = nil, driver: String? = nil
  ) {
    self.agent = agent
    name = "\(act)-\(UUID().uuidString.prefix(4))"
    steps = Products.scratch + "/tidelock-steps-\(UUID().uuidString)"
    var command = [Products.client(client), act, steps, "\(mib)"]
    if let setting = fault.map({ "fault=\($0)" }) ?? driver {
      command = ["/usr/bin/env", "TIDELOCK_SIMULATED_GPU=\(agent.gpu.path),\(setting)"] + command
    }
    program = Program(
      Products.tidelock,
      ["run", "--socket", agent.socket, "--name", name] + options + ["--"] + command)
  }
  deinit { for step in taken { unlink("\(steps).\(step)") } }

  func isAt(_ step: Int, within seconds: Double = 15) -> Bool {
    program.says(within: seconds) { $0 == "at \(step)" }
  }

  func go(_ step: Int) {
    taken.append(step)
    _ = FileManager.default.createFile(atPath: "\(steps).\(step)", contents: nil)
  }

  var status: NodeStatus.Workload? { agent.status()?.workload(name) }

  var residentMiB: UInt64 { (status?.residentBytes ?? 0) >> 20 }

  func comesTo(_ state: String, within seconds: Double = 15) -> Bool {
    poll(seconds) { self.status?.state == state }
  }

  /// The number after `word`, once it was said.
  func number(_ word: String, within seconds: Double = 15) -> Int? {
    guard program.says(within: seconds, { $0.hasPrefix(word + " ") }) else { return nil }
    return program.lines.last { $0.hasPrefix(word + " ") }
      .flatMap { Int($0.dropFirst(word.count + 1)) }
  }

  var lines: [String] { program.lines }

  /// Of a program that takes turns.
  func took(_ turn: Int) -> Bool { lines.contains { $0.hasPrefix("turn \(turn) ") } }
}

extension TestAgent {
  /// A program that keeps this much for itself as long as it gets it.
  func rival(mib: Int = 56, rounds: Int = 1_000_000, options: [String] = []) -> Program {
    run("rival", options: options, "worker", ["memory=\(mib)", "rounds=\(rounds)", "check=50"])
  }

  /// What `tidelock status` shows a person.
  var shown: String {
    let asked = Program(Products.tidelock, ["status", "--socket", socket])
    return asked.finish(within: 5) == .exited(0) ? asked.output : ""
  }
}
