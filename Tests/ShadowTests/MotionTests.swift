import Testing

@testable import Shadow

@Suite struct ShadowMotionTests {
  @Test func leavingReturnsExactlyWhatItReleases() throws {
    let program = Program()
    let kept = try #require(program.allocate(24 * mebibytes2))
    let freed = try #require(program.allocate(6 * mebibytes2))
    program.fill(kept)
    program.free(freed)
    program.observe(program.submissions)
    let before = program.driver.heldBytes
    var motion = program.shadow.pointee.beginLeave(targetResidentBytes: 12 * mebibytes2)
    var isOrdered = true
    program.meanwhile = { _ in }
    while true {
      let step = program.shadow.pointee.next(&motion, residentBytesMax: 0)
      if case .finished = step { break }
      program.shadow.pointee.settle(&motion, step.perform(on: &program.driver))
      // Credit is never returned before the driver has the memory.
      isOrdered = isOrdered && before - program.driver.heldBytes >= motion.returnedBytes
    }
    #expect(isOrdered)
    let (returned, copied) = (motion.returnedBytes, motion.copiedBytes)
    #expect(returned == before - program.driver.heldBytes)
    #expect(program.counts.residentBytes <= 12 * mebibytes2)
    // Dead chunks went first and were not copied.
    #expect(program.counts.deadBytes == 0)
    #expect(copied == program.counts.swappedOutBytes)
    #expect(program.driver.copiedOutBytes == program.counts.hostBytes)
    #expect(!program.counts.isWhole)
    #expect(program.enter())
    program.compare()
    program.check()
    program.tearDown()
    #expect(program.wrong == [])
  }

  @Test func copiesOverlapWithGivingBack() throws {
    let program = Program()
    let address = try #require(program.allocate(40 * mebibytes2))
    program.fill(address)
    program.driver.mostQueuedBytes = 0
    #expect(program.leave(to: 0))
    // Three batches of the largest chunk, no more.
    #expect(program.driver.mostQueuedBytes == 24 * mebibytes2)
    #expect(program.enter())
    program.compare()
    program.tearDown()
    #expect(program.wrong == [])
  }

  @Test func oneAccessCallForARunOfChunks() throws {
    let program = Program(chunkPagesMax: 8)
    var addresses: [UInt64] = []
    for _ in 0..<16 { addresses.append(try #require(program.allocate(mebibytes2))) }
    for address in addresses { program.fill(address) }
    #expect(program.leave(to: 0))
    program.driver.calls = [:]
    #expect(program.enter())
    #expect(program.driver.calls["create"] == 16)
    #expect(program.driver.calls["setAccess"] == 2)
    #expect(program.driver.calls["copyIn"] == 2)
    program.compare()
    program.tearDown()
    #expect(program.wrong == [])
  }

  @Test func anAllocationWhileOutOnlyReservesAndIsClearedOnArrival() throws {
    let program = Program()
    let address = try #require(program.allocate(8 * mebibytes2))
    program.fill(address)
    #expect(program.leave(to: 0))
    let late = try #require(program.allocate(8 * mebibytes2, isBacked: false))
    #expect(program.driver.heldBytes == 0)
    #expect(program.counts.blankBytes == 8 * mebibytes2)
    #expect(program.enter())
    program.live[late]?.isClear = true
    program.compare()
    program.check()
    program.tearDown()
    #expect(program.wrong == [])
  }

  @Test func freeingWhatIsOutDropsItsHostCopy() throws {
    let program = Program()
    let address = try #require(program.allocate(8 * mebibytes2))
    program.fill(address)
    #expect(program.leave(to: 0))
    #expect(program.counts.hostBytes == 8 * mebibytes2)
    program.submissions += 1
    program.free(address)
    #expect(program.counts.hostBytes == 0)
    #expect(program.counts.footprintBytes == 0)
    #expect(program.counts.isWhole)
    // The addresses are held until quarantine ends.
    #expect(try #require(program.allocate(8 * mebibytes2, isBacked: false)) != address)
    program.tearDown()
    #expect(program.wrong == [])
  }

  @Test(arguments: [1, 2, 3, 5, 8, 13])
  func freeingWhatMovesLeavesNothingBehind(calls: Int) throws {
    let program = Program()
    let address = try #require(program.allocate(24 * mebibytes2))
    let other = try #require(program.allocate(4 * mebibytes2))
    program.fill(address)
    program.fill(other)
    program.submissions += 5
    var count = 0
    program.meanwhile = { program in
      count += 1
      if count == calls {
        program.free(address)
        program.observe(program.submissions)
      }
    }
    #expect(program.leave(to: 0))
    program.meanwhile = nil
    if count < calls { program.free(address) }
    program.check()
    #expect(program.counts.hostBytes <= 4 * mebibytes2 + (count < calls ? 24 : 0) * mebibytes2)
    #expect(program.enter())
    program.compare()
    program.tearDown()
    #expect(program.wrong == [])
  }

  @Test func aFailedCopyKeepsTheChunkAndLosesNoByte() throws {
    let program = Program()
    let address = try #require(program.allocate(32 * mebibytes2))
    program.fill(address)
    program.driver.copyFailPercent = 100
    var motion = program.shadow.pointee.beginLeave(targetResidentBytes: 0)
    var failures = 0
    _ = program.run(&motion) { step in
      if case .failed(let code) = step, code == 719 { failures += 1 }
      return failures < 3
    }
    #expect(failures == 3)
    program.driver.copyFailPercent = 0
    #expect(program.counts.isWhole)
    #expect(program.counts.hostBytes == 0)
    program.check()
    program.compare()
    program.driver.finishFailPercent = 50
    #expect(program.leave(to: 0))
    program.check()
    #expect(program.counts.residentBytes == 0)
    #expect(program.enter())
    program.compare()
    program.tearDown()
    #expect(program.wrong == [])
  }

  @Test func aShortLeaseIsSaidAndItsGrowthUsed() throws {
    let program = Program(leasePages: 10)
    let address = try #require(program.allocate(32 * mebibytes2))
    program.fill(address)
    var motion = program.shadow.pointee.beginLeave(targetResidentBytes: 0)
    var wanted: [UInt64] = []
    let isDone = program.run(&motion) { step in
      guard case .needsLease(let bytes) = step else { return false }
      wanted.append(bytes)
      program.grow(leasePages: program.driver.leaseSlots + Int(bytes / mebibytes2))
      return true
    }
    #expect(isDone)
    #expect(wanted.first == 6 * mebibytes2)
    #expect(program.counts.residentBytes == 0)
    #expect(program.enter())
    program.compare()
    program.tearDown()
    #expect(program.wrong == [])
  }

  @Test func arrivalKeepsToItsCredit() throws {
    let program = Program()
    let address = try #require(program.allocate(32 * mebibytes2))
    program.fill(address)
    #expect(program.leave(to: 0))
    program.credit = 0
    var motion = program.shadow.pointee.beginEnter()
    var asked = 0
    let isDone = program.run(&motion) { step in
      guard case .needsCredit(let bytes) = step else { return false }
      if program.driver.heldBytes > program.credit { program.note("more than credit") }
      if bytes > 8 * mebibytes2 { program.note("asks for \(bytes)") }
      asked += 1
      program.credit += 2 * mebibytes2
      return true
    }
    #expect(isDone)
    #expect(asked == 16)
    #expect(program.counts.isWhole)
    let copied = motion.copiedBytes
    #expect(copied == 32 * mebibytes2)
    program.compare()
    program.tearDown()
    #expect(program.wrong == [])
  }

  @Test func stoppingEndsEarlyAndWhole() throws {
    let program = Program()
    let address = try #require(program.allocate(40 * mebibytes2))
    program.fill(address)
    var motion = program.shadow.pointee.beginLeave(targetResidentBytes: 0)
    for _ in 0..<3 {
      let step = program.shadow.pointee.next(&motion, residentBytesMax: 0)
      program.shadow.pointee.settle(&motion, step.perform(on: &program.driver))
    }
    motion.stop()
    let isDone = program.run(&motion)
    #expect(isDone)
    program.check()
    #expect(program.counts.residentBytes > 0)
    #expect(program.enter())
    program.compare()
    program.tearDown()
    #expect(program.wrong == [])
  }

  @Test func aFailedUnmapKeepsTheChunksAndTheCredit() throws {
    let program = Program()
    let address = try #require(program.allocate(24 * mebibytes2))
    program.fill(address)
    program.driver.unmapFailures = 2
    let isDone = program.leave(to: 0)
    #expect(isDone)
    program.check()
    #expect(program.enter())
    program.compare()
    program.tearDown()
    #expect(program.wrong == [])
  }

  @Test func creditForWhatCouldNotBeReleasedIsNotReturned() throws {
    let program = Program()
    let address = try #require(program.allocate(24 * mebibytes2))
    program.fill(address)
    program.driver.releaseFailures = 1
    var motion = program.shadow.pointee.beginLeave(targetResidentBytes: 0)
    let isDone = program.run(&motion)
    let returned = motion.returnedBytes
    #expect(isDone)
    #expect(returned == 16 * mebibytes2)
    #expect(program.counts.residentBytes == 8 * mebibytes2)
    program.check()
    #expect(program.enter())
    program.compare()
    program.check()
    #expect(program.wrong == [])
  }

  /// Two threads allocate at once: their motions take turns at any step.
  @Test(arguments: 1...20 as ClosedRange<UInt64>)
  func motionsOfTwoThreadsDoNotDisturbEachOther(seed: UInt64) throws {
    let program = Program(seed: seed)
    program.credit = 20 * mebibytes2
    let first = try program.shadow.pointee.plan(bytes: 9 * mebibytes2)
    let second = try program.shadow.pointee.plan(bytes: 11 * mebibytes2)
    var one = program.shadow.pointee.beginBacking(first)
    var two = program.shadow.pointee.beginBacking(second)
    var random = SplitMix64(state: seed)
    var over = (false, false)
    while !over.0 || !over.1, program.driver.heldBytes <= program.credit {
      if random.chance(50) {
        over.0 = advance(program, &one) || over.0
      } else {
        over.1 = advance(program, &two) || over.1
      }
    }
    #expect(program.driver.heldBytes == 20 * mebibytes2)
    for address in [program.shadow.pointee.commit(first), program.shadow.pointee.commit(second)] {
      let bytes = program.find(address)?.bytes ?? 0
      program.live[address] = Program.Live(bytes: bytes, isClear: true)
    }
    #expect(program.counts.isWhole)
    program.compare()
    program.check()
    program.tearDown()
    #expect(program.wrong == [], "seed \(seed)")
  }

  private func advance(_ program: Program, _ motion: inout Motion) -> Bool {
    let step = program.shadow.pointee.next(&motion, residentBytesMax: program.credit)
    if case .finished = step { return true }
    if !step.isCall { program.note("waits at \(step)") }
    program.shadow.pointee.settle(&motion, step.perform(on: &program.driver))
    return false
  }
}
