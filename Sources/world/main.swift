import Glibc
import World

/// `world --seeds N [--seed S] [--trace]`: runs N worlds from seed S on (default 1), stops at the
/// first that fails, and says how to see it again.
struct Arguments {
  var seeds: UInt64 = 1000
  var seed: UInt64 = 1
  var showsTrace = false

  init?(_ words: [String]) {
    var index = 0
    while index < words.count {
      switch words[index] {
      case "--trace": showsTrace = true
      case "--seeds", "--seed":
        guard index + 1 < words.count, let number = UInt64(words[index + 1]) else { return nil }
        if words[index] == "--seeds" { seeds = number } else { seed = number }
        index += 1
      default: return nil
      }
      index += 1
    }
  }
}

func main() -> Int32 {
  guard let arguments = Arguments(Array(CommandLine.arguments.dropFirst())) else {
    print("usage: world [--seeds N] [--seed S] [--trace]")
    return 2
  }
  var steps = 0
  var swaps = 0
  var calls = (failed: 0, cured: 0)
  for seed in arguments.seed..<(arguments.seed + arguments.seeds) {
    var world = World(seed: seed)
    world.keepsTrace = arguments.showsTrace
    do {
      let report = try world.run()
      steps += report.steps
      swaps += report.swapsOut + report.swapsIn
      calls.failed += report.callsFailed
      calls.cured += report.callsCured
      if arguments.showsTrace { for line in world.trace { print(line) } }
    } catch {
      for line in world.trace.suffix(400) { print(line) }
      print("violation: \(error)")
      print("again: world --seeds 1 --seed \(seed) --trace")
      return 1
    }
  }
  print(
    "\(arguments.seeds) worlds held: \(steps) steps, \(swaps) chunks moved,"
      + " \(calls.cured) of \(calls.failed) calls out of memory cured")
  return 0
}

exit(main())
