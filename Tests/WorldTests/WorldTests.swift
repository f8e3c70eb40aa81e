import Testing
import World

/// A thousand worlds in eight parts; a violation names the seed that replays it.
@Test(arguments: 0..<8)
func worldsHold(part: Int) throws {
  var swaps = 0
  for seed in UInt64(part * 125 + 1)...UInt64(part * 125 + 125) {
    var world = World(seed: seed)
    let report = try world.run()
    swaps += report.swapsOut
  }
  #expect(swaps > 1000)
}

@Test(arguments: [3, 17, 88] as [UInt64])
func oneSeedIsOneRun(seed: UInt64) throws {
  var first = World(seed: seed)
  var second = World(seed: seed)
  let report = try first.run()
  #expect(try second.run() == report)
  var other = World(seed: seed + 1)
  #expect(try other.run().traceHash != report.traceHash)
}
