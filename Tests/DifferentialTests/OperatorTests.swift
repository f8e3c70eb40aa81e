import Foundation
import Testing

extension EndToEnd {
  /// A framework computes what numpy does while its memory goes out and comes in, in the middle:
  /// two at a time on a GPU that holds one, bytes as without Tidelock.
  @Suite(.enabled(if: Products.haveAgent)) struct OperatorTests {
    static let python = Products.root + "/.venv/bin/python"
    static let script = Products.root + "/Tests/DifferentialTests/Operators/operators.py"
    /// Kernels are compiled anew every time.
    static let environment = [
      "DEV": "CUDA:PTX", "CACHELEVEL": "0", "PYTHONDONTWRITEBYTECODE": "1",
    ]

    @Test func operatorsComputeTheSameWhileTheirMemoryMoves() {
      let seeds = ["1", "2"]
      let alone = seeds.map {
        Program(Self.python, [Self.script, $0], Self.environment, on: SimulatedGPU(memoryMiB: 128))
      }
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: 128))
      let together = seeds.map { seed in
        Program(
          Products.tidelock,
          ["run", "--socket", agent.socket, "--name", "operators-\(seed)", "--"]
            + [Self.python, Self.script, seed], Self.environment)
      }
      var swaps: [String: UInt64] = [:]
      _ = poll(60) {
        for workload in agent.status()?.workloads ?? [] { swaps[workload.name] = workload.swapsOut }
        usleep(200_000)
        return together.allSatisfy { !$0.isRunning }
      }
      for index in seeds.indices {
        for program in [alone[index], together[index]] {
          let ending = program.finish(within: 60)
          #expect(ending == .exited(0), "\(program.lines.filter { $0.hasPrefix("wrong") })")
        }
        let cases = [alone[index], together[index]].map { program in
          program.lines.filter { $0.hasPrefix("case ") }
        }
        #expect(cases[0].count >= 200)
        #expect(cases[0] == cases[1], "seed \(seeds[index])")
        #expect(swaps["operators-\(seeds[index])", default: 0] >= 5, "hardly swapped: \(swaps)")
      }
      print("operators: swaps out \(swaps)")
    }
  }
}
