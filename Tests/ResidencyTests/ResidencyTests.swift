import Testing

@testable import Residency

@Suite struct Turns {
  private func full() -> Table {
    var table = Table(capacity: 1024, pool: 4096)
    _ = table.join(1)
    _ = table.join(2)
    #expect(table.grow(1, 900) == nil)
    return table
  }

  @Test func threeThatFitRunTogether() {
    var table = Table(capacity: 1024, pool: 0)
    for number: UInt32 in 1...3 {
      _ = table.join(number)
      #expect(table.grow(number, 300) == nil)
    }
    for id in [first, second, third] { #expect(table.state(id) == .resident) }
    #expect(!table.log.contains { if case .tellLeave = $0 { true } else { false } })
  }

  @Test func twoThatDoNotFitTakeTurnsAndGiveOnlyWhatIsLacking() {
    var table = full()
    _ = table.grow(2, 800)
    #expect(table.state(second) == .starting)
    table.wait(milliseconds: 60_000)
    #expect(table.state(second) == .resident)
    #expect(table.credit(first) == 224 * mebibyte)
    table.send(.wanted(first, urgent: false))
    #expect(table.state(first) == .waiting)
    table.wait(milliseconds: 60_000)
    #expect(table.state(first) == .resident)
    #expect(table.credit(second) == 124 * mebibyte)
  }

  @Test func pausedNobodyLeavesAndWhatFitsComesBack() {
    var table = full()
    _ = table.join(3)
    _ = table.join(4)
    #expect(table.grow(3, 60) == nil)
    table.wait(milliseconds: 60_000)
    #expect(table.grow(2, 800) == nil)
    #expect(table.state(first) == .swappedOut && table.state(second) == .resident)
    table.send(.paused(true))
    table.send(.died(third))
    table.send(.booksShowFree(third))
    #expect(table.state(first) == .swappedOut, "900 MiB do not fit beside 800")
    table.send(.wanted(first, urgent: false))
    table.wait(milliseconds: 600_000)
    #expect(table.state(first) == .waiting && table.state(second) == .resident)
    #expect(table.obstacle(first) == .paused)
    #expect(table.grow(4, 50) == nil)
    #expect(table.state(MemberID(4)) == .resident, "who fits does not wait behind who does not")
    table.send(.paused(false))
    table.wait(milliseconds: 60_000)
    #expect(table.state(first) == .resident && table.obstacle(first) == nil)
  }

  @Test func pausedBringsBackWhoDidNotAsk() {
    var table = full()
    table.wait(milliseconds: 60_000)
    _ = table.grow(2, 800)
    table.send(.died(second))
    table.send(.booksShowFree(second))
    #expect(table.state(first) == .swappedOut)
    table.send(.paused(true))
    #expect(table.state(first) == .resident)
  }

  @Test func pausedRequestsDoNotExpire() {
    var table = full()
    #expect(table.grow(2, 100) == nil)
    table.send(.paused(true))
    table.send(.contextWanted(second, request: 9, estimateBytes: 100 * mebibyte))
    table.wait(milliseconds: 60_000)
    #expect(!table.log.contains { if case .refuse = $0 { true } else { false } })
    table.send(.paused(false))
    #expect(!table.log.contains { if case .refuse = $0 { true } else { false } })
    table.wait(milliseconds: 60_000)
    #expect(table.log.contains { if case .approve(second, 9) = $0 { true } else { false } })
  }

  /// Who is out gives the rest that it kept before anybody is stopped for it, and so is seen to
  /// leave again; with nothing left it is told nothing.
  @Test func whoIsOutGivesTheRestThatItKept() {
    var table = Table(capacity: 1024, pool: 8192)
    for number: UInt32 in 1...3 { _ = table.join(number) }
    _ = table.grow(1, 600)
    _ = table.grow(2, 800)
    table.wait(milliseconds: 60_000)
    #expect(table.state(first) == .swappedOut && table.credit(first) == 224 << 20)
    var targets: [MemberID: [UInt64]] = [:]
    for footprint in [100, 224, 300] as [UInt64] {
      let mark = table.log.count
      #expect(table.grow(3, footprint) == nil)
      table.wait(milliseconds: 60_000)
      for effect in table.log[mark...] {
        if case .tellLeave(let id, let target) = effect { targets[id, default: []].append(target) }
      }
    }
    #expect(targets[first] == [124 << 20, 0])
    #expect(targets[second]?.count == 1)
  }

  @Test func idleGivesWayAtOnce() {
    var table = full()
    _ = table.grow(2, 800)
    table.now = table.now.advanced(byNanoseconds: 20_000_000)
    table.send(.idle(first))
    #expect(table.state(second) == .resident)
    #expect(table.state(first) == .swappedOut)
  }

  @Test func idleGoesBeforeTheLargest() {
    var table = Table(capacity: 1024, pool: 4096)
    for number: UInt32 in 1...3 { _ = table.join(number) }
    _ = table.grow(1, 600)
    _ = table.grow(2, 300)
    table.now = table.now.advanced(byNanoseconds: 60_000_000_000)
    table.answersOrders = false
    table.send(.idle(second))
    table.send(.growWanted(third, request: 1, footprintBytes: 300 * mebibyte))
    #expect(table.state(second) == .swappingOut)
    #expect(table.state(first) == .resident)
  }

  @Test func urgentGoesFirstOnce() {
    var table = Table(capacity: 1024, pool: 8192)
    for number: UInt32 in 1...4 {
      _ = table.join(number, class: .training)
      table.wait(milliseconds: 60_000)
      _ = table.grow(number, 1000)
    }
    #expect(table.state(MemberID(4)) == .resident)
    table.send(.wanted(first, urgent: false))
    table.send(.wanted(second, urgent: true))
    table.wait(milliseconds: 60_000)
    #expect(table.state(second) == .resident)
    #expect(table.state(first) == .waiting)
    table.send(.wanted(MemberID(4), urgent: false))
    table.wait(milliseconds: 60_000)
    table.send(.wanted(second, urgent: true))
    #expect(table.state(first) == .resident)
    table.wait(milliseconds: 60_000)
    #expect(table.state(MemberID(4)) == .resident)
  }

  @Test func contendedHoldersAreTold() {
    var table = full()
    _ = table.grow(2, 800)
    #expect(table.log.contains(.tellContended(first, true)))
  }

  @Test(arguments: [
    (WorkloadClass.training, UInt64(1_000_000_000), UInt64(19_000_000_000)),
    (.interactive, 1_000_000_000, 4_000_000_000), (.inference, 3_000_000_000, 7_000_000_000),
    (.training, 10_000_000_000, 60_000_000_000), (.inference, 1_000_000, 20_000_000),
  ])
  func quantumIsTheExchangeOverItsShare(
    row: (workloadClass: WorkloadClass, exchange: UInt64, quantum: UInt64)
  ) {
    let configuration = Configuration(gpus: [], poolSizeBytes: 0)
    #expect(
      ResidencyCore.quantumNanoseconds(
        exchangeNanoseconds: row.exchange, overheadPercent: row.workloadClass.overheadPercent,
        configuration: configuration) == row.quantum)
  }

  @Test func growthWaitsUntilTheQuantumIsOver() {
    var table = full()
    _ = table.grow(2, 800)
    table.wait(milliseconds: 100)
    #expect(table.state(first) == .resident)
    #expect(table.credit(second) == 0)
  }
}

@Suite struct Leases {
  /// Two of 900 on 1024: excess 776; with one chunk of slack each needs 808.
  @Test func refusalNamesPoolAndSizes() {
    var table = Table(capacity: 1024, pool: 1600)
    _ = table.join(1)
    _ = table.join(2)
    #expect(table.grow(1, 900) == nil)
    let refusal = table.grow(2, 900)
    #expect(
      refusal
        == Refusal(
          .poolExhausted, wanted: 2 * 808 << 20, available: 1600 << 20, limit: 1600 << 20))
    #expect(table.grow(2, 100) == nil)
  }

  @Test func enoughPoolIsLeasedBeforeTheApproval() {
    var table = Table(capacity: 1024, pool: 1616)
    _ = table.join(1)
    _ = table.join(2)
    #expect(table.grow(1, 900) == nil)
    let before = table.log.count
    _ = table.grow(2, 900)
    #expect(table.log[before...].contains(.populateLease(first, bytes: 808 << 20)))
    table.wait(milliseconds: 60_000)
    #expect(table.core.snapshot.poolLeasedBytes == 1616 << 20)
    #expect(table.state(second) == .resident)
  }

  /// Sum of footprints = capacity + pool, the state from which no exchange could start, is refused.
  /// Of several that wait for the same pages only those are refused that cannot be had without.
  @Test func pagesThatAreNotThereStopOnlyWhatNeedsThem() {
    var table = Table(capacity: 1024, pool: 4096)
    for number: UInt32 in 1...3 { _ = table.join(number) }
    #expect(table.grow(1, 900) == nil)
    table.populatesLeases = false
    #expect(table.grow(2, 800) == nil)
    #expect(table.grow(3, 100) == nil)
    #expect(table.approved[third] == 0)
    let effects = table.send(.leaseFailed(first, populatedBytes: 16 << 20))
    #expect(
      effects.contains(
        .refuse(
          second, request: 1,
          Refusal(.poolExhausted, wanted: 692 << 20, available: 0, limit: 4096 << 20))))
    #expect(effects.contains(.approve(third, request: 1)))
    #expect(table.state(third) == .resident)
  }

  @Test func captureAtChunkZeroIsNotAdmitted() {
    var table = Table(capacity: 1024, pool: 512)
    _ = table.join(1)
    _ = table.join(2)
    #expect(table.grow(1, 1024) == nil)
    #expect(table.grow(2, 512)?.reason == .poolExhausted)
  }

  @Test func promiseAtStartIsReservedOrRefused() {
    var table = Table(capacity: 1024, pool: 1616)
    #expect(!table.join(1, limit: 900, atStart: true).isEmpty)
    let welcome = table.join(2, limit: 900, atStart: true)
    #expect(welcome.contains { if case .welcome = $0 { true } else { false } })
    let refusal = table.join(3, limit: 300, atStart: true)
    guard case .refuseHello(third, let reason)? = refusal.first else {
      Issue.record("not refused: \(refusal)")
      return
    }
    #expect(reason.reason == .poolExhausted)
    #expect(reason.limitBytes == 1616 << 20)
    #expect(table.grow(1, 900) == nil)
    #expect(table.grow(2, 900) == nil)
  }

  @Test func inheritedLeasesAreCountedFirst() {
    var table = Table(capacity: 1024, pool: 1616)
    var hello = Hello(gpu: 0, workload: 1)
    hello.inherited = Inherited(
      creditGrantedBytes: 900 << 20, creditReturnedBytes: 0, footprintApprovedBytes: 900 << 20,
      footprintWaivedBytes: 0, footprintBytes: 900 << 20, leaseBytes: 900 << 20, residueBytes: 0,
      totalBytes: 1024 << 20, isWhole: true)
    table.send(.joined(first, hello))
    #expect(table.state(first) == .resident)
    #expect(table.core.snapshot.poolLeasedBytes == 900 << 20)
    _ = table.join(2)
    #expect(table.grow(2, 900)?.reason == .poolExhausted)
  }

  @Test func nothingIsPromisedBeforeTheOldProgramsAreBack() {
    var table = Table(capacity: 1024, pool: 1616)
    var configuration = table.core.configuration
    configuration.rejoinNanoseconds = 2_000_000_000
    table.core = ResidencyCore(configuration)
    _ = table.join(2)
    let early = table.send(.growWanted(second, request: 1, footprintBytes: 900 << 20))
    #expect(early.isEmpty)
    var hello = Hello(gpu: 0, workload: 1)
    hello.inherited = Inherited(
      creditGrantedBytes: 900 << 20, creditReturnedBytes: 0, footprintApprovedBytes: 900 << 20,
      footprintWaivedBytes: 0, footprintBytes: 900 << 20, leaseBytes: 900 << 20, residueBytes: 0,
      totalBytes: 1024 << 20, isWhole: true)
    table.send(.joined(first, hello))
    let before = table.log.count
    table.wait(milliseconds: 2_000)
    let isRefused = table.log[before...].contains {
      if case .refuse(second, request: 1, let refusal) = $0 {
        refusal.reason == .poolExhausted
      } else {
        false
      }
    }
    #expect(isRefused)
  }

  @Test func theDeadStayChargedUntilTheBooksShowIt() {
    var table = Table(capacity: 1024, pool: 4096)
    _ = table.join(1)
    _ = table.grow(1, 900)
    _ = table.core.step(.died(first), at: table.now)
    #expect(table.core.snapshot.gpus[0].grantedBytes == 900 << 20)
    table.send(.booksShowFree(first))
    #expect(table.core.snapshot.gpus[0].grantedBytes == 0)
  }
}

@Suite struct Bounds {
  @Test func staticBlocksTheGPU() {
    var table = Table(capacity: 1024, pool: 4096)
    _ = table.join(1, limit: 512, isStatic: true)
    _ = table.join(2)
    _ = table.join(3)
    #expect(table.grow(2, 400) == nil)
    #expect(table.grow(3, 200)?.reason == .overCapacity)
    #expect(table.grow(3, 112) == nil)
    #expect(table.grow(1, 512) == nil)
    #expect(!table.log.contains { if case .tellLeave = $0 { true } else { false } })
  }

  @Test func requestsBeyondTheGPUAreRefused() {
    var table = Table(capacity: 1024, pool: 8192)
    _ = table.join(1, limit: 1024, request: 600, atStart: true)
    let refusal = table.join(2, limit: 1024, request: 600, atStart: true)
    #expect(
      refusal.first
        == .refuseHello(
          second,
          Refusal(
            .requestsExceedCapacity, wanted: 600 << 20, available: 424 << 20, limit: 1024 << 20)))
  }

  @Test func limitAndCapacityBoundTheFootprint() {
    var table = Table(capacity: 1024, reserve: 64, pool: 8192)
    _ = table.join(1, limit: 500)
    _ = table.join(2)
    #expect(table.grow(1, 501)?.reason == .overLimit)
    #expect(table.grow(2, 961)?.reason == .overCapacity)
    #expect(table.grow(2, 960) == nil)
  }

  /// A lone job takes what it was shown; six contexts of half a GiB come. As many start as the
  /// reserve holds, the others wait and are told why, and the job can always be whole.
  @Test func sixNotebooksDoNotStarveTheLargeJob() {
    var table = Table(capacity: 137 << 10, reserve: 2048, pool: 512 << 10)
    _ = table.join(1)
    table.send(.contextWanted(first, request: 9, estimateBytes: 512 << 20))
    table.send(.residueMeasured(first, bytes: 512 << 20))
    #expect(table.grow(1, 135 << 10) == nil)
    var started = 0
    for number: UInt32 in 2...7 {
      _ = table.join(number)
      let id = MemberID(number)
      let effects = table.send(.contextWanted(id, request: 9, estimateBytes: 512 << 20))
      guard effects.contains(.approve(id, request: 9)) else { continue }
      started += 1
      table.send(.residueMeasured(id, bytes: 512 << 20))
    }
    #expect(started == 3)
    let before = table.log.count
    table.wait(milliseconds: 10_000)
    let refused = table.log[before...].compactMap { effect -> Refusal? in
      if case .refuse(_, _, let refusal) = effect { refusal } else { nil }
    }
    #expect(refused.count == 3)
    #expect(
      refused.allSatisfy {
        $0 == Refusal(.reserveExhausted, wanted: 512 << 20, available: 0, limit: 2048 << 20)
      })
    #expect(table.core.snapshot.gpus[0].reserveBytes == 2048 << 20)
  }

  @Test func theReserveRisesWhileTheLargestStillFits() {
    var table = Table(capacity: 1024, reserve: 64, pool: 4096)
    _ = table.join(1)
    _ = table.grow(1, 500)
    let effects = table.send(.contextWanted(first, request: 9, estimateBytes: 200 << 20))
    #expect(effects.contains(.approve(first, request: 9)))
    #expect(table.core.snapshot.gpus[0].reserveBytes == 200 << 20)
  }

  @Test func contextsAreMadeOneAtATime() {
    var table = Table(capacity: 1024, reserve: 64, pool: 4096)
    _ = table.join(1)
    _ = table.join(2)
    table.send(.contextWanted(first, request: 9, estimateBytes: 8 << 20))
    let effects = table.send(.contextWanted(second, request: 9, estimateBytes: 8 << 20))
    #expect(!effects.contains(.approve(second, request: 9)))
    let next = table.send(.residueMeasured(first, bytes: 8 << 20))
    #expect(next.contains(.approve(second, request: 9)))
  }

  /// Foreign memory came, and what it took of the room is still in use: it lies in the reserve.
  @Test func aContextIsNotMadeWhereChunksLie() {
    var table = Table(capacity: 64, reserve: 8, pool: 256)
    _ = table.join(1)
    #expect(table.grow(1, 56) == nil)
    table.answersOrders = false
    table.send(.foreignMeasured(gpu: 0, bytes: 4 << 20))
    #expect(table.state(first) == .swappingOut)
    let asked = table.send(.contextWanted(first, request: 9, estimateBytes: 6 << 20))
    #expect(!asked.contains(.approve(first, request: 9)))
    #expect(!table.log.contains { if case .note(.reserveRaised) = $0 { true } else { false } })
    table.returned[first] = 4 << 20
    #expect(table.send(table.page(first)).contains(.approve(first, request: 9)))
  }

  /// Frames may still arrive when the loss of their connection is known. Nobody hears an answer:
  /// approved, a context would keep the others' waiting until its time is over.
  @Test func aLostConnectionAsksForNothing() {
    var table = Table(capacity: 1024, reserve: 64, pool: 4096)
    _ = table.join(1)
    _ = table.join(2)
    table.send(.disconnected(first))
    let late = table.send(.contextWanted(first, request: 9, estimateBytes: 8 << 20))
    #expect(late.isEmpty)
    #expect(table.send(.growWanted(first, request: 10, footprintBytes: 8 << 20)).isEmpty)
    let effects = table.send(.contextWanted(second, request: 9, estimateBytes: 8 << 20))
    #expect(effects.contains(.approve(second, request: 9)))
  }

  @Test func foreignMemoryIsFollowedAtOnce() {
    var table = Table(capacity: 1024, pool: 4096)
    _ = table.join(1)
    _ = table.join(2)
    _ = table.grow(1, 500)
    _ = table.grow(2, 500)
    table.send(.foreignMeasured(gpu: 0, bytes: 224 << 20))
    #expect(table.core.snapshot.gpus[0].grantedBytes <= 800 << 20)
  }

  @Test(arguments: [UInt64.max, 1 << 62, 1 << 50, 4096])
  func hostileValuesAreClamped(value: UInt64) {
    var table = Table(capacity: 1024, pool: 4096)
    _ = table.join(1)
    _ = table.grow(1, 100)
    let counters = ProgramCounters(
      creditReturnedBytes: value, footprintWaivedBytes: value, footprintBytes: value,
      residentBytes: value)
    table.send(.counters(first, counters))
    table.send(.growWanted(first, request: 3, footprintBytes: value))
    table.send(.contextWanted(first, request: 4, estimateBytes: value))
    table.send(.roomWanted(first, request: 5, bytes: value))
    table.send(.residueMeasured(first, bytes: value))
    table.send(.entered(first, copiedBytes: value, nanoseconds: value))
    #expect(table.core.snapshot.gpus[0].grantedBytes <= 1024 << 20)
  }
}

@Suite struct Failures {
  /// The first holds what the second needs, and was ordered to leave.
  private func orderedOut() -> Table {
    var table = Table(capacity: 1024, pool: 4096)
    _ = table.join(1)
    _ = table.join(2)
    _ = table.grow(1, 900)
    table.answersOrders = false
    _ = table.grow(2, 800)
    table.wait(milliseconds: 60_000)
    return table
  }

  /// A program keeps its unused credit while a request of its own is open.
  @Test func unusedCreditIsAskedForAgainOnceItsHolderWasAnswered() {
    var table = Table(capacity: 1024, pool: 4096)
    _ = table.join(2)
    _ = table.grow(2, 500)
    _ = table.join(1)
    _ = table.grow(1, 900)
    table.wait(milliseconds: 60_000)
    #expect(table.credit(first) == 900 << 20)
    table.send(.becameUnswappable(first))
    // It freed most of it and keeps the credit.
    table.send(
      .counters(
        first,
        ProgramCounters(
          creditReturnedBytes: 0, footprintWaivedBytes: 600 << 20, footprintBytes: 300 << 20,
          residentBytes: 300 << 20)))
    table.send(.contextWanted(first, request: 7, estimateBytes: 400 << 20))
    func trims() -> Int {
      table.log.count { if case .tellTrim(first, _) = $0 { true } else { false } }
    }
    table.send(.wanted(second, urgent: false))
    #expect(trims() == 1)
    table.wait(milliseconds: 2_000)
    #expect(trims() == 1)
    #expect(table.obstacle(second) == .holder(first))
    table.wait(milliseconds: 10_000)
    #expect(table.log.contains { if case .refuse(first, 7, _) = $0 { true } else { false } })
    #expect(trims() == 2)
  }

  /// A static workload came back while the holder was leaving for it: nothing is swapped any more.
  @Test func whoIsOnItsWayInIsToldWhoKeepsItOut() {
    var table = Table(capacity: 1024, pool: 8192)
    _ = table.join(1)
    _ = table.join(2)
    _ = table.grow(1, 600)
    _ = table.grow(2, 800)
    table.wait(milliseconds: 60_000)
    #expect(table.state(first) == .swappedOut)
    table.answersOrders = false
    table.send(.wanted(first, urgent: false))
    table.wait(milliseconds: 60_000)
    #expect(table.state(first) == .swappingIn && table.state(second) == .swappingOut)
    var hello = Hello(gpu: 0, workload: 3, limitBytes: 10 << 20, isStatic: true)
    hello.inherited = Inherited(
      creditGrantedBytes: 10 << 20, creditReturnedBytes: 0, footprintApprovedBytes: 10 << 20,
      footprintWaivedBytes: 0, footprintBytes: 10 << 20, leaseBytes: 0, residueBytes: 0,
      totalBytes: 10 << 20, isWhole: true)
    table.send(.joined(third, hello))
    table.send(.undrained(second, .noProgress))
    #expect(table.state(first) == .swappingIn && table.obstacle(first) == .holder(third))
    table.answersOrders = true
    table.send(.died(third))
    table.send(.booksShowFree(third))
    table.wait(milliseconds: 4_000)
    #expect(table.state(first) == .resident && table.obstacle(first) == nil)
  }

  @Test func threeFailedDrainsMakeAHolderUndrainable() {
    var table = orderedOut()
    for _ in 1...3 {
      #expect(table.state(first) == .swappingOut)
      table.send(.undrained(first, .capture))
      table.wait(milliseconds: 200)
    }
    #expect(table.state(first) == .undrainable)
    #expect(table.log.contains(.note(.undrainable(first, .capture, failures: 3))))
    #expect(table.log.contains(.note(.blocked(waiter: second, holder: first))))
  }

  /// Ten seconds of queued kernels show no progress either, and end.
  @Test func longWorkIsNotCalledUndrainableAndIsAskedForWhenItIsComplete() {
    var table = orderedOut()
    #expect(table.state(first) == .swappingOut)
    table.send(.undrained(first, .noProgress))
    for _ in 1...3 {
      table.wait(milliseconds: 1_000)
      #expect(table.state(first) == .resident, "it is left alone")
    }
    table.send(.busy(first))
    #expect(table.state(first) == .swappingOut, "what was in the way is complete")
    #expect(!table.log.contains { if case .note(.undrainable) = $0 { true } else { false } })
    // One that never says so is asked again all the same.
    table.send(.undrained(first, .noProgress))
    table.wait(milliseconds: 4_000)
    #expect(table.state(first) == .swappingOut)
    table.send(.undrained(first, .noProgress))
    #expect(table.state(first) == .undrainable)
    let waiter = table.core.snapshot.members.first { $0.id == second }
    #expect(waiter?.obstacle == .holder(first))
  }

  @Test func anImpossibleCounterIsReportedOnce() {
    var table = Table(capacity: 1024, pool: 4096)
    _ = table.join(1)
    _ = table.grow(1, 100)
    for value in [UInt64.max, 1 << 62, 0, UInt64.max] {
      table.send(
        .counters(
          first,
          ProgramCounters(
            creditReturnedBytes: value, footprintWaivedBytes: value, footprintBytes: value,
            residentBytes: value)))
    }
    #expect(table.log.count { $0 == .note(.counterClamped(first)) } == 1)
  }

  @Test func silenceIsNamedAndKilledIfSoConfigured() {
    var table = Table(capacity: 1024, pool: 4096)
    var configuration = table.core.configuration
    configuration.unresponsive = .kill
    table.core = ResidencyCore(configuration)
    _ = table.join(1)
    _ = table.join(2)
    _ = table.grow(1, 900)
    table.answersOrders = false
    _ = table.grow(2, 800)
    table.wait(milliseconds: 60_000)
    table.wait(milliseconds: 10_000)
    #expect(table.state(first) == .stuck)
    #expect(table.log.contains(.kill(first)))
  }

  @Test func creditFollowsAsTheVictimReturnsIt() {
    var table = Table(capacity: 1024, pool: 8192)
    _ = table.join(1)
    _ = table.join(2)
    _ = table.grow(1, 1000)
    _ = table.grow(2, 1000)
    table.wait(milliseconds: 60_000)
    #expect(table.state(second) == .resident)
    table.answersOrders = false
    table.send(.wanted(first, urgent: false))
    table.wait(milliseconds: 60_000)
    #expect(table.state(first) == .swappingIn)
    #expect(table.state(second) == .swappingOut)
    let before = table.credit(first)
    table.returned[second, default: 0] += 64 << 20
    table.send(table.page(second))
    #expect(table.credit(first) == before + 64 << 20)
  }
}
