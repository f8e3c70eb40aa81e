import Foundation
import Testing

extension EndToEnd {
  /// What gpu-check does with programs of frameworks, tried where no GPU is: with those that the
  /// simulated one can run, and with ones that go wrong in every way there is a name for.
  @Suite(.enabled(if: Products.haveAgent)) struct WorkloadTests {
    static let python = Products.root + "/.venv/bin/python"
    static let script = Products.root + "/Tests/DifferentialTests/Workloads/ends.py"

    /// `NAME: END (…)`, a line each.
    static func ends(_ what: String) -> [String] {
      let gpu = SimulatedGPU(memoryMiB: 512)
      let run = Program(
        Self.python, [Self.script, Products.build, gpu.path, what],
        ["PYTHONDONTWRITEBYTECODE": "1", "TMPDIR": Products.scratch])
      #expect(run.finish(within: 60) == .exited(0), "\(run.lines)")
      withExtendedLifetime(gpu) {}
      return run.lines
    }

    @Test func whatTheSimulatedGPURunsTakesTurns() {
      let lines = Self.ends("sharing")
      #expect(lines.count == 3)
      for line in lines {
        #expect(line.contains(": same ("), "\(line)")
        print("workloads: \(line)")
      }
    }

    @Test func everyWayToGoWrongIsNamed() {
      let lines = Self.ends("misbehaving")
      let expected = [
        "needs what is not there: not installed (a_framework_that_nobody_has;",
        "needs what is broken: fails without Tidelock (status 1: ",
        "finds no driver under Tidelock: failed (nothing 1.0, swapped out 0 and 0 times, "
          + "seed-1, status 77: not installed: a driver;",
        "crashes: failed (nothing 1.0, swapped out 0 and 0 times, seed-1, signal 11: ",
        "differs: differs (nothing 1.0, swapped out 0 and 0 times, seed 1, from check 2 of ",
        "never repeats itself: not comparable (",
        "ignores its seed: fails without Tidelock (two seeds give the same: nothing is compared;",
        "behaves and needs no GPU: not swapped (",
        "hangs: failed (nothing 1.0, swapped out 0 and 0 times, seed-1 did not end in time, ",
        "hangs: not run (no time was left;",
        "compiled kernels: not run (brings compiled kernels: needs a real GPU;",
      ]
      #expect(lines.count == expected.count, "\(lines)")
      for (line, start) in zip(lines, expected) {
        #expect(line.hasPrefix(start), "\(line)")
      }
    }

    /// The table, and what the README would say; a failure and what was not run stand there too.
    @Test func endsAreReportedAsTheyAre() {
      let lines = Self.ends("report")
      for line in [
        "A: same (a 1.0, 12 checks equal, swapped out 4 and 5 times; 9.5 s)",
        "B: not installed (b; 0.5 s)",
        "| A (a 1.0) | same | 12 | 4 and 5 |",
        "| B | not installed: b |  |  |",
        "| C (c 3) | failed: signal 11: x / y |  | 1 and 0 |",
        "| copy | 12.5 GB/s |",
        "Failed: C: failed: signal 11.",
      ] {
        #expect(lines.contains(line), "no \(line) in \(lines)")
      }
    }
  }
}
