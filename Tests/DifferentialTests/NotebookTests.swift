import Foundation
import Testing

extension EndToEnd {
  /// Real Jupyter kernels on one GPU. `Notebooks/notebooks.py` plays the person in front of them.
  @Suite(.enabled(if: Products.haveAgent)) struct NotebookTests {
    static let python = Products.root + "/.venv/bin/python"
    static let script = Products.root + "/Tests/DifferentialTests/Notebooks/notebooks.py"

    static func environment(_ agent: TestAgent) -> [String: String] {
      [
        "TIDELOCK_SOCKET": agent.socket, "TIDELOCK_COMMAND": Products.tidelock,
        "TIDELOCK_WORKER": Products.client("worker"), "PYTHONPATH": Products.root + "/python",
        "VIRTUAL_ENV": Products.root + "/.venv", "JPY_SESSION_NAME": "folder/study.ipynb",
      ]
    }

    /// Plays one scenario, by way of `tidelock run` if that makes it one workload.
    static func play(
      _ scenario: String, memoryMiB: Int = 96, link: String? = nil, context: String? = nil,
      asOneWorkload: Bool = false
    ) {
      let gpu = SimulatedGPU(
        memoryMiB: memoryMiB, link: link, more: context.map { ["context=\($0)"] } ?? [])
      let agent = TestAgent(gpu: gpu, pool: "\(memoryMiB * 3)Mi")
      var words = [python, script, scenario]
      if asOneWorkload { words = [Products.tidelock, "run", "--"] + words }
      let program = Program(words[0], Array(words.dropFirst()), environment(agent))
      let ending = program.finish(within: 30)
      #expect(ending == .exited(0), "\(scenario): \(program.startFailure ?? program.output)")
      #expect(program.lines.last == "as it must be", "\(program.output)")
      for line in program.lines where line.contains(" s ") { print("\(scenario): \(line)") }
    }

    @Test func twoKernelsThatNeedNearlyAllTakeTurns() { Self.play("turns") }
    @Test func aCellThatWaitsIsInterrupted() { Self.play("interrupt", link: "400MB/s") }
    @Test func aKernelThatWaitsIsRestarted() { Self.play("restart", link: "400MB/s") }
    @Test func aCellBringsBackItsKernelAlone() {
      Self.play("workload", memoryMiB: 256, context: "1MiB", asOneWorkload: true)
    }
  }
}
