import Foundation
import Testing

/// What one run of `random-program` printed.
struct Digests: Equatable {
  /// `seed digest calls refusals`, one for each program.
  var programs: [String]
  var calls = 0
  var refusals = 0

  init(_ program: Program) {
    programs = []
    // Besides what Tidelock tells the program's user.
    for line in program.lines where !line.hasPrefix("tidelock: ") {
      let words = line.split(separator: " ")
      if words.count == 4, words[0] == "calls" {
        calls = Int(words[1]) ?? 0
        refusals = Int(words[3]) ?? 0
      } else {
        programs.append(line)
      }
    }
  }
}

extension EndToEnd {
  /// Random programs give the same bytes and codes wherever they run. Program n follows from seed
  /// n; `TIDELOCK_TEST_SEED` is the first, `TIDELOCK_TEST_PROGRAMS` how many.
  @Suite struct DifferentialTests {
    static let first = Products.number("TIDELOCK_TEST_SEED", otherwise: 1000)
    static let count = Products.number("TIDELOCK_TEST_PROGRAMS", otherwise: 200)
    static let budgetMiB = 40

    static func words(_ first: Int, _ count: Int) -> [String] {
      ["\(first)", "\(count)", "120", "\(budgetMiB)"]
    }

    static func direct(
      _ first: Int, _ count: Int, _ gpu: SimulatedGPU, _ more: [String: String] = [:]
    ) -> Program {
      Program(Products.client("random-program"), words(first, count), more, on: gpu)
    }

    static func finished(_ program: Program, seconds: Double, _ what: String) -> Digests {
      let ending = program.finish(within: seconds)
      let tail = program.lines.suffix(5).joined(separator: " | ")
      #expect(ending == .exited(0), "\(what): \(ending) after \(tail)")
      return Digests(program)
    }

    @Test(.enabled(if: Products.haveDriver))
    func sameDigestsTwiceOnTheDriverAlone() {
      let count = 30
      let (one, other) = (SimulatedGPU(memoryMiB: 64), SimulatedGPU(memoryMiB: 96))
      let running = [Self.direct(Self.first, count, one), Self.direct(Self.first, count, other)]
      let digests = running.map { Self.finished($0, seconds: 60, "driver alone") }
      #expect(digests[0].programs.count == count)
      #expect(digests[0].programs == digests[1].programs, "seeds from \(Self.first)")
    }

    @Test(.enabled(if: Products.haveInterposer))
    func sameDigestsPreloadedWithoutAgent() {
      let count = 30
      let (one, other) = (SimulatedGPU(memoryMiB: 64), SimulatedGPU(memoryMiB: 64))
      let preload = [
        "LD_PRELOAD": Products.interposer, "TIDELOCK_LIBCUDA": Products.simulated + "/libcuda.so.1",
      ]
      let running = [
        Self.direct(Self.first, count, one), Self.direct(Self.first, count, other, preload),
      ]
      let digests = running.map { Self.finished($0, seconds: 60, "preloaded") }
      #expect(digests[0].programs.count == count)
      #expect(digests[0].programs == digests[1].programs, "seeds from \(Self.first)")
    }

    /// Two processes at a time under an agent, on a GPU that holds one of them: each is swapped out
    /// at moments that nobody chose, and must not notice.
    @Test(.enabled(if: Products.haveAgent))
    func sameDigestsTwoAtATimeUnderTidelock() {
      let half = Self.count / 2
      let firsts = [Self.first, Self.first + half]
      let gpus = [SimulatedGPU(memoryMiB: 64), SimulatedGPU(memoryMiB: 64)]
      let alone = firsts.indices.map { Self.direct(firsts[$0], half, gpus[$0]) }
      let expected = alone.map { Self.finished($0, seconds: 120, "alone") }

      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: 64), pool: "256Mi")
      let together = firsts.indices.map {
        agent.run("random-\($0)", "random-program", Self.words(firsts[$0], half))
      }
      var swaps: [String: UInt64] = [:]
      _ = poll(240) {
        for workload in agent.status()?.workloads ?? [] { swaps[workload.name] = workload.swapsOut }
        usleep(200_000)
        return together.allSatisfy { !$0.isRunning }
      }
      for index in firsts.indices {
        let digests = Self.finished(together[index], seconds: 5, "under Tidelock")
        #expect(digests.programs.count == half)
        let differing = zip(digests.programs, expected[index].programs).filter { $0 != $1 }
        let sample = "\(differing.prefix(1))"
        #expect(differing.isEmpty, "\(differing.count) of \(half) differ, first \(sample)")
        #expect(digests.calls >= 20 * half, "hardly a call: \(digests.calls)")
        #expect(digests.refusals * 10 <= digests.calls, "more than a tenth of the calls failed")
        let swapped = swaps["random-\(index)", default: 0]
        #expect(swapped >= half / 10, "hardly swapped: \(swaps) in \(half) programs")
      }
      print("differential: \(2 * half) programs from seed \(Self.first), swaps out \(swaps)")
    }
  }
}
