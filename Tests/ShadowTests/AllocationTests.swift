import Testing

@testable import Shadow

@Suite struct ShadowAllocationTests {
  @Test func zeroBytesAndTooManyAreRefused() {
    let program = Program()
    #expect(throws: ShadowFault.invalidValue) { _ = try planAddress(program, 0) }
    #expect(throws: ShadowFault.addressesExhausted) { _ = try planAddress(program, UInt64.max) }
    #expect(throws: ShadowFault.addressesExhausted) {
      _ = try planAddress(program, 129 * mebibytes2)
    }
    program.tearDown()
    #expect(program.wrong == [])
  }

  private func planAddress(_ program: Program, _ bytes: UInt64) throws(ShadowFault) -> UInt64 {
    let plan = try program.shadow.pointee.plan(bytes: bytes)
    let address = plan.address
    program.shadow.pointee.cancel(plan)
    return address
  }

  @Test func onlyTheStartOfALiveAllocationCanBeFreed() throws {
    let program = Program()
    let small = try #require(program.allocate(1000))
    let large = try #require(program.allocate(20 * mebibytes2))
    let before = program.counts.usedBytes
    for bad in [
      small + 256, small + 1, small + 1024, large + 1, large + mebibytes2, large + 8 * mebibytes2,
      large + 100 * mebibytes2, 0, 1, UInt64.max,
    ] {
      #expect(throws: ShadowFault.invalidValue) { try program.shadow.pointee.free(bad, stamp: 1) }
    }
    #expect(program.counts.usedBytes == before)
    program.free(small)
    program.free(large)
    for again in [small, large] {
      #expect(throws: ShadowFault.invalidValue) { try program.shadow.pointee.free(again, stamp: 1) }
    }
    program.observe(1)
    for again in [small, large] {
      #expect(throws: ShadowFault.invalidValue) { try program.shadow.pointee.free(again, stamp: 1) }
    }
    program.tearDown()
    #expect(program.wrong == [])
  }

  /// What rests can be the program's again, with its bytes, if it is asked for as it was.
  @Test func whatRestsCanBeRevived() throws {
    let program = Program()
    let sizes: [UInt64] = [1000, 700, 3 * mebibytes2 + 5, 4 * mebibytes2]
    let addresses = try sizes.map { try #require(program.allocate($0)) }
    for address in addresses { program.fill(address) }
    let words = addresses.map { program.live[$0]?.words ?? [:] }
    for address in addresses { program.free(address) }
    #expect(!program.revive(addresses[0], bytes: 1025), "one unit more")
    #expect(!program.revive(addresses[0], bytes: 2 * mebibytes2))
    #expect(!program.revive(addresses[2], bytes: 3 * mebibytes2), "a page less")
    #expect(!program.revive(addresses[3] + mebibytes2, bytes: 4 * mebibytes2))
    // The middle, the last, the first: whatever is left of the queue stays in order.
    for index in [1, 3, 0] {
      #expect(program.revive(addresses[index], bytes: sizes[index], words: words[index]))
      #expect(program.audit() == [])
    }
    #expect(!program.revive(addresses[1], bytes: 700), "it rests no longer")
    program.compare()
    program.free(addresses[1])
    program.observe(program.submissions)
    #expect(program.counts.quarantinedBytes == 0)
    #expect(!program.revive(addresses[2], bytes: sizes[2]), "its rest is over")
    program.compare()
    program.tearDown()
    #expect(program.wrong == [])
  }

  @Test func allOfATagEndTogether() throws {
    let program = Program()
    let addresses = try (0..<6).map { index in
      try #require(program.allocate(index < 3 ? 1000 : 3 * mebibytes2, tag: UInt16(index % 2 + 1)))
    }
    #expect(program.find(addresses[1])?.tag == 2)
    program.freeAll(tag: 2)
    #expect(addresses.map { program.find($0) != nil } == [true, false, true, false, true, false])
    program.tearDown()
    #expect(program.wrong == [])
  }

  @Test func rangesAreAsAskedFor() throws {
    let program = Program()
    let small = try #require(program.allocate(1000))
    let other = try #require(program.allocate(300))
    let large = try #require(program.allocate(3 * mebibytes2 + 5))
    for (address, bytes) in [(small, UInt64(1000)), (other, 300), (large, 3 * mebibytes2 + 5)] {
      for offset in [0, 1, bytes / 2, bytes - 1] {
        let found = program.find(address + offset)
        #expect(found?.address == address && found?.bytes == bytes)
      }
      #expect(program.find(address + bytes) == nil)
    }
    #expect(program.counts.usedBytes == 1024 + 512 + 4 * mebibytes2)
    program.tearDown()
    #expect(program.wrong == [])
  }

  @Test func quarantineHoldsAddressesUntilTheWorkIsDone() throws {
    let program = Program()
    let small = try #require(program.allocate(4096))
    let keep = try #require(program.allocate(4096))
    let large = try #require(program.allocate(4 * mebibytes2))
    program.submissions = 10
    program.free(small)
    program.free(large)
    #expect(program.counts.usedBytes == 4096)
    #expect(program.counts.quarantinedBytes == 4 * mebibytes2 + 4096)
    #expect(program.counts.residentBytes == 5 * mebibytes2)
    #expect(program.find(large) == nil)
    program.observe(9)
    #expect(program.counts.quarantinedBytes == 4 * mebibytes2 + 4096)
    let another = try #require(program.allocate(4096))
    #expect(another != small)
    program.observe(10)
    #expect(program.counts.quarantinedBytes == 0)
    #expect(program.counts.deadBytes == 4 * mebibytes2)
    #expect(try #require(program.allocate(4096)) == small)
    // Dead chunks are used again without a call of the driver.
    let creates = program.driver.calls["create"]
    #expect(try #require(program.allocate(4 * mebibytes2)) == large)
    #expect(program.driver.calls["create"] == creates)
    #expect(program.live[keep] != nil)
    program.tearDown()
    #expect(program.wrong == [])
  }

  @Test func aNewSlabServesNobodyElseBeforeItIsBacked() throws {
    let program = Program()
    let first = try program.shadow.pointee.plan(bytes: 512)
    let second = try program.shadow.pointee.plan(bytes: 512)
    let bytes = (first.newBytes, second.newBytes)
    let pages = (first.address >> 21, second.address >> 21)
    #expect(bytes == (mebibytes2, mebibytes2))
    #expect(pages.0 != pages.1)
    program.shadow.pointee.cancel(first)
    _ = program.shadow.pointee.commit(second)
    let third = try program.shadow.pointee.plan(bytes: 512)
    let newBytes = third.newBytes
    #expect(newBytes == 0)
    program.shadow.pointee.cancel(third)
    #expect(program.audit() == [])
  }

  @Test func cancellingGivesEverythingBack() throws {
    let program = Program(memoryPages: 16)
    let plan = try program.shadow.pointee.plan(bytes: 20 * mebibytes2)
    let newBytes = plan.newBytes
    #expect(newBytes == 20 * mebibytes2)
    var motion = program.shadow.pointee.beginBacking(plan)
    program.credit = 64 * mebibytes2
    var waits = 0
    let isDone = program.run(&motion) { step in
      guard case .outOfMemory = step else { return true }
      waits += 1
      return waits < 3
    }
    #expect(!isDone)
    #expect(waits == 3)
    #expect(program.counts.residentBytes == program.driver.heldBytes)
    #expect(program.counts.residentBytes > 0)
    program.shadow.pointee.cancel(plan)
    #expect(program.counts.deadBytes == program.driver.heldBytes)
    program.tearDown()
    #expect(program.wrong == [])
  }

  @Test func freedNeighboursJoinAndEmptySlabsGo() throws {
    let program = Program()
    var addresses: [UInt64] = []
    for _ in 0..<3000 { addresses.append(try #require(program.allocate(1024))) }
    #expect(program.counts.residentBytes == 2 * mebibytes2)
    for address in addresses where address & 1024 == 0 { program.free(address) }
    program.observe(program.submissions)
    program.check()
    for address in addresses where address & 1024 != 0 { program.free(address) }
    program.observe(program.submissions)
    program.check()
    #expect(program.counts.deadBytes == 2 * mebibytes2)
    program.tearDown()
    #expect(program.wrong == [])
  }

  @Test func bytesNeverOverlapAtOddSizes() throws {
    let program = Program()
    for bytes: UInt64 in [1, 255, 257, 300, 511, 513, 5000, 70_001, mebibytes2 - 1] {
      let address = try #require(program.allocate(bytes))
      program.fill(address)
    }
    program.compare()
    program.tearDown()
    #expect(program.wrong == [])
  }

  @Test func theBoundOnAllocationsIsAnError() throws {
    let program = Program(arenaPages: 8)
    var count = 0
    while let plan = try? program.shadow.pointee.plan(bytes: 256) {
      _ = program.shadow.pointee.commit(plan)
      count += 1
      if count > 100_000 { break }
    }
    #expect(count > 4000 && count < 100_000)
    #expect(program.audit() == [])
    program.shadow.pointee.freeAll(tag: 0, mask: .max, stamp: 0)
    #expect(program.counts.footprintBytes == 0)
    #expect(program.audit() == [])
  }
}
