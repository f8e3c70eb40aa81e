import Testing

@testable import Shadow

@Suite struct ShadowPropertyTests {
  /// Random programs: whatever happens in whatever order, bytes and addresses stay and sums hold.
  @Test(arguments: 1...40 as ClosedRange<UInt64>)
  func bytesAndSumsHold(seed: UInt64) {
    var random = SplitMix64(state: seed)
    let chunk = [1, 2, 8, 32][random.below(4)]
    let program = Program(
      arenaPages: 160, memoryPages: 40, chunkPagesMax: chunk, leasePages: random.below(60),
      seed: seed)
    program.driver.createFailPercent = random.chance(50) ? 10 : 0
    program.driver.copyFailPercent = random.chance(50) ? 10 : 0
    program.driver.finishFailPercent = random.chance(30) ? 10 : 0
    program.driver.accessFailPercent = random.chance(30) ? 10 : 0
    for round in 0..<60 where program.wrong.isEmpty {
      for _ in 0..<15 { resident(program, &random) }
      if random.chance(50) { program.meanwhile = { meddle($0) } }
      out(program, &random)
      program.meanwhile = nil
      let drip = UInt64(1 + random.below(20)) * mebibytes2
      while !program.shadow.pointee.isWhole, program.wrong.isEmpty {
        if !program.enter(drip: drip) { program.note("round \(round): enter ended early") }
      }
      program.credit = 40 * mebibytes2
      program.compare()
      program.check()
    }
    program.tearDown()
    #expect(program.driver.copiedOutBytes > 100 * mebibytes2, "seed \(seed): too little moved")
    #expect(program.wrong == [], "seed \(seed)")
  }

  private func size(_ random: inout SplitMix64) -> UInt64 {
    switch random.below(6) {
    case 0, 1: return UInt64(1 + random.below(4000))
    case 2: return UInt64(1 + random.below(2 << 20))
    case 3: return mebibytes2
    case 4: return UInt64(1 + random.below(8)) * mebibytes2
    default: return UInt64(1 + random.below(12 << 20))
    }
  }

  private func resident(_ program: Program, _ random: inout SplitMix64) {
    switch random.below(10) {
    case 0...4:
      if let address = program.allocate(size(&random)) { program.fill(address) }
    case 5, 6:
      if let address = pick(program.live.keys.sorted(), &random) { program.free(address) }
    case 7:
      program.observe(program.submissions - min(program.submissions, UInt64(random.below(9))))
    case 8:
      if let address = pick(program.freed.map(\.address).sorted(), &random),
        let rested = program.freed.first(where: { $0.address == address })
      {
        _ = program.revive(address, bytes: rested.bytes)
      }
      if random.chance(50) { program.trim(to: UInt64(random.below(8)) * mebibytes2) }
    default:
      if let address = pick(program.live.keys.sorted(), &random) { program.fill(address) }
    }
    program.check()
  }

  /// Leaves, does what a swapped-out program can do, and comes back in with little credit.
  private func out(_ program: Program, _ random: inout SplitMix64) {
    let resident = Int(program.shadow.pointee.residentBytes / mebibytes2)
    let target = random.chance(40) ? 0 : UInt64(random.below(resident + 1)) * mebibytes2
    if !program.leave(to: target) { program.note("leave ended early") }
    if program.meanwhile == nil, program.shadow.pointee.residentBytes > target {
      program.note("left \(program.shadow.pointee.residentBytes), target \(target)")
    }
    program.check()
    for _ in 0..<random.below(6) { meddle(program) }
    program.check()
    program.credit = program.shadow.pointee.residentBytes
  }

  private func pick(_ all: [UInt64], _ random: inout SplitMix64) -> UInt64? {
    all.isEmpty ? nil : all[random.below(all.count)]
  }
}

/// What other threads do while chunks move or are out: allocate without backing, free, observe.
/// The live set stays below the device's memory, so that it can come back whole.
func meddle(_ program: Program) {
  switch program.random.below(8) {
  case 0:
    let bytes = UInt64(1 + program.random.below(5 << 20))
    let room = 40 * mebibytes2 - min(program.shadow.pointee.footprintBytes, 40 * mebibytes2)
    if bytes + 2 * mebibytes2 < room { _ = program.allocate(bytes, isBacked: false) }
  case 1:
    let all = program.live.keys.sorted()
    if !all.isEmpty { program.free(all[program.random.below(all.count)]) }
  case 2: program.observe(program.submissions)
  case 3: program.grow(leasePages: program.driver.leaseSlots + 1)
  default: break
  }
}
