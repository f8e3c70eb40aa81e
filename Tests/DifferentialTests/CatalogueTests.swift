import Foundation
import Testing

/// A row of `Catalogue/entry-points.csv`, as far as these tests look at it.
private struct EntryPoint {
  let name: String
  let isGated: Bool

  static let all: [EntryPoint] = {
    let path = Products.root + "/Catalogue/entry-points.csv"
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").dropFirst().map { line in
      let columns = line.split(separator: ",")
      return EntryPoint(name: String(columns[0]), isGated: columns[2] == "yes")
    }
  }()
}

/// What `catalogue-program` printed: every operation with the digest up to it, and how often each
/// entry point was called, with success, and while the program was swapped out.
private struct Account {
  struct Count {
    var calls = 0
    var successes = 0
    var swapped = 0
  }
  var operations: [String] = []
  var counts: [String: Count] = [:]

  init(_ programs: [Program]) {
    for program in programs { add(program.lines) }
  }

  private mutating func add(_ lines: [String]) {
    for line in lines {
      let words = line.split(separator: " ").map { String($0) }
      if words.first == "op" {
        operations.append(line)
      } else if words.first == "row", words.count == 5 {
        counts[words[1], default: Count()].calls += Int(words[2]) ?? 0
        counts[words[1], default: Count()].successes += Int(words[3]) ?? 0
        counts[words[1], default: Count()].swapped += Int(words[4]) ?? 0
      }
    }
  }

  var calls: Int { counts.values.reduce(0) { $0 + $1.calls } }
  var successes: Int { counts.values.reduce(0) { $0 + $1.successes } }
}

extension EndToEnd {
  /// Every entry point of the catalogue, called by programs that are swapped out at that moment,
  /// answers and does what it does without Tidelock. `TIDELOCK_TEST_SEED` is the first seed,
  /// `TIDELOCK_TEST_CATALOGUE` how many each program runs.
  @Suite(.enabled(if: Products.haveAgent)) struct CatalogueTests {
    static let first = Products.number("TIDELOCK_TEST_SEED", otherwise: 1)
    static let seeds = Products.number("TIDELOCK_TEST_CATALOGUE", otherwise: isShort ? 1 : 2)
    /// Waiting for turns takes most of the time, so some pairs go on side by side.
    static let pairs = isShort ? 1 : 6
    /// A planted fault must show at once, or need not show here.
    static let isShort = Products.environment["TIDELOCK_MUTANT"] != nil
    static let catalogue = Products.root + "/Catalogue/entry-points.csv"
    /// Room for one of a pair, and little more.
    static let memoryMiB = 72
    static let leastSwapped = 20
    /// How often each program must have been seen to be swapped out: where both fitted, taking
    /// turns would show nothing.
    static let leastSwapsOut: UInt64 = 5

    static func words(_ first: Int, _ more: [String] = []) -> [String] {
      [catalogue, "\(first)", "\(seeds)"] + more
    }

    private static func alone(_ words: [String]) -> Program {
      Program(Products.client("catalogue-program"), words, on: SimulatedGPU(memoryMiB: 96))
    }

    /// Entry points that no program here calls, with the reason: a name, or its beginning and `*`.
    static func exempt() -> [(name: String, reason: String)] {
      let path = Products.root + "/Catalogue/never-called.txt"
      let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
      return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
        let columns = line.split(separator: "|", maxSplits: 1)
        let parts = columns.map { $0.trimmingCharacters(in: .whitespaces) }
        return (parts[0], parts.count > 1 ? parts[1] : "")
      }
    }

    static func matches(_ name: String, _ pattern: String) -> Bool {
      pattern.hasSuffix("*") ? name.hasPrefix(pattern.dropLast()) : name == pattern
    }

    /// Two programs on one GPU that hand each other the turn through two pipes.
    private final class Pair {
      let agent: TestAgent
      let programs: [Program]
      private let pipes: [String]

      init(_ firsts: [Int]) {
        agent = TestAgent(gpu: SimulatedGPU(memoryMiB: CatalogueTests.memoryMiB))
        pipes = firsts.map { "\(Products.scratch)/tidelock-turn-\(getpid())-\($0)" }
        for pipe in pipes { mkfifo(pipe, 0o600) }
        let ways = [[pipes[0], pipes[1], "first"], [pipes[1], pipes[0], "second"]]
        var programs: [Program] = []
        for index in 0..<2 {
          let words = CatalogueTests.words(firsts[index], ways[index])
          programs.append(agent.run("turn-\(index)", "catalogue-program", words))
        }
        self.programs = programs
      }

      /// The agent says that both were swapped out often enough; asked until it does.
      private var haveMoved = false

      func bothMove() -> Bool {
        if !haveMoved {
          let swaps = agent.status()?.workloads.map(\.swapsOut) ?? []
          haveMoved = swaps.count { $0 >= CatalogueTests.leastSwapsOut } == 2
        }
        return haveMoved
      }

      deinit { for pipe in pipes { unlink(pipe) } }
    }

    private static func finished(
      _ programs: [Program], seconds: Double, _ what: String
    ) -> Account {
      for program in programs {
        let ending = program.finish(within: seconds)
        let tail = program.lines.suffix(3).joined(separator: " | ")
        #expect(ending == .exited(0), "\(what): \(ending) after \(tail)")
      }
      return Account(programs)
    }

    private static func compare(_ found: Account, _ expected: Account) {
      let differing = zip(found.operations, expected.operations).first { $0 != $1 }
      #expect(differing == nil, "differs from here on: \(String(describing: differing))")
      #expect(found.operations.count == expected.operations.count)
      #expect(found.successes * 10 >= found.calls * 9, "more than a tenth of the calls failed")
    }

    @Test(.timeLimit(.minutes(240)))
    func everyEntryPointBehavesTheSameWhileSwappedOut() {
      let firsts = (0..<2 * Self.pairs).map { Self.first + $0 * Self.seeds }
      let pairs = (0..<Self.pairs).map { Pair([firsts[2 * $0], firsts[2 * $0 + 1]]) }
      let seconds = 30 + 20 * Double(Self.seeds)
      let together = withExtendedLifetime(pairs) {
        let programs = pairs.flatMap { $0.programs }
        let move = poll(seconds) {
          pairs.allSatisfy { $0.bothMove() } || !programs.contains { $0.isRunning }
        }
        #expect(move && pairs.allSatisfy { $0.bothMove() }, "they were not swapped out")
        return Self.finished(programs, seconds: seconds, "taking turns")
      }
      let alone = Self.finished(firsts.map { Self.alone(Self.words($0)) }, seconds: 60, "alone")
      Self.compare(together, alone)
      if Self.isShort { return }

      let pinned = TestAgent(gpu: SimulatedGPU(memoryMiB: 96))
      let pinning = Self.words(Self.first, ["pinning"])
      let managed = withExtendedLifetime(pinned) {
        Self.finished(
          [pinned.run("pinning", "catalogue-program", pinning)], seconds: 60, "pinning")
      }
      #expect(
        managed.operations == Self.finished([Self.alone(pinning)], seconds: 60, "").operations)

      Self.checkCoverage(together, managed)
      let last = Self.first + firsts.count * Self.seeds - 1
      print(
        "catalogue: \(together.counts.count) of \(EntryPoint.all.count) entry points called,",
        "\(together.calls) calls, seeds \(Self.first) to \(last)")
    }

    /// What pins is what status and doctor name.
    @Test(arguments: ["cuMemAllocManaged", "cuGraphAddNode"])
    func whatPinsIsNamed(entry: String) {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: CatalogueTests.memoryMiB))
      let words = [Self.catalogue, "1", "1", "pinning", entry]
      let program = agent.run("pinning", "catalogue-program", words)
      #expect(program.finish(within: 20) == .exited(0), "\(program.lines.suffix(2))")
      let said = agent.program.lines.filter { $0.contains("unswappable from now on") }
      #expect(said.count == 1 && said[0].contains("cause=\(entry) "), "\(said)")
    }

    private static func checkCoverage(_ together: Account, _ managed: Account) {
      let rows = EntryPoint.all
      let exempt = Self.exempt()
      for pattern in exempt {
        #expect(!pattern.reason.isEmpty, "\(pattern.name): no reason given")
        #expect(rows.contains { Self.matches($0.name, pattern.name) }, "\(pattern.name): no such")
      }
      for row in rows {
        let isExempt = exempt.contains { Self.matches(row.name, $0.name) }
        let calls = together.counts[row.name]?.calls ?? managed.counts[row.name]?.calls ?? 0
        let swapped = together.counts[row.name]?.swapped ?? 0
        #expect(isExempt == (calls == 0), "\(row.name): called \(calls) times, exempt \(isExempt)")
        if row.isGated && calls > 0 {
          #expect(swapped >= Self.leastSwapped, "\(row.name): \(swapped) times while swapped out")
        }
      }
    }
  }
}
