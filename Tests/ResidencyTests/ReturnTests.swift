import Testing

@testable import Residency

/// Programs that lose their connection, or their agent, and come back.
@Suite struct Returns {
  private func inherited(
    _ footprint: UInt64, replaces: MemberID? = nil, returned: UInt64 = 0, total: UInt64 = 1024,
    isWhole: Bool = true
  ) -> Inherited {
    Inherited(
      replaces: replaces, creditGrantedBytes: footprint << 20, creditReturnedBytes: returned << 20,
      footprintApprovedBytes: footprint << 20, footprintWaivedBytes: 0,
      footprintBytes: footprint << 20, leaseBytes: 0, residueBytes: 0, totalBytes: total << 20,
      isWhole: isWhole)
  }

  /// Connects again as `number`, in the place of `old`.
  private func again(
    _ table: inout Table, _ number: UInt32, for old: MemberID, _ footprint: UInt64,
    change: (inout Hello) -> Void = { _ in }
  ) {
    var hello = Hello(gpu: 0, workload: UInt64(old.number))
    hello.inherited = inherited(
      footprint, replaces: old, returned: (table.returned[old] ?? 0) >> 20)
    table.granted[MemberID(number)] = table.granted[old]
    table.returned[MemberID(number)] = table.returned[old]
    change(&hello)
    table.send(.joined(MemberID(number), hello))
  }

  @Test func connectingAgainBeginsNoNewTurn() {
    var table = Table(capacity: 1024, pool: 8192)
    _ = table.join(1)
    _ = table.join(2)
    _ = table.grow(2, 700)
    _ = table.grow(1, 700)
    table.wait(milliseconds: 3_000)
    #expect(table.credit(first) == 700 << 20)
    table.send(.wanted(second, urgent: false))
    var name = first
    for number in 10..<400 as Range<UInt32> where table.state(second) != .resident {
      table.wait(milliseconds: 10)
      again(&table, number, for: name, 700)
      name = MemberID(number)
    }
    #expect(table.state(second) == .resident)
  }

  @Test func urgencyIsHadOnceHoweverOftenItConnects() {
    var table = Table(capacity: 1024, pool: 8192)
    for number in 1...3 as ClosedRange<UInt32> {
      _ = table.join(number)
      table.wait(milliseconds: 3_000)
      _ = table.grow(number, 700)
    }
    #expect(table.state(third) == .resident)
    table.send(.wanted(second, urgent: true))
    again(&table, 4, for: second, 700) { $0.inherited?.isWhole = false }
    table.send(.wanted(first, urgent: false))
    table.send(.wanted(MemberID(4), urgent: true))
    #expect(table.core.devices[0].queue.map(\.member) == [first, MemberID(4)])
  }

  @Test func whatItSaysThenLiftsNothing() {
    var table = Table(capacity: 1024, pool: 8192)
    _ = table.join(1, limit: 300)
    _ = table.grow(1, 300)
    table.returned[first] = 200 << 20
    table.send(table.page(first))
    again(&table, 4, for: first, 300) { hello in
      hello.isStatic = true
      hello.promiseAtStart = true
      hello.limitBytes = nil
      hello.inherited?.creditReturnedBytes = 0
      hello.inherited?.creditGrantedBytes = 1024 << 20
      hello.inherited?.footprintApprovedBytes = 1024 << 20
    }
    let member = table.core.snapshot.members.first { $0.id == MemberID(4) }
    #expect(member?.creditBytes == 100 << 20)
    #expect(member?.approvedBytes == 300 << 20)
    #expect(member?.state == .resident)
    #expect(!table.core.hasStatic(0))
    #expect(table.grow(4, 400)?.reason == .overLimit)
  }

  /// The agent was still populating for the connection that was lost.
  @Test func anAnswerToAnOlderOrderIsNoAnswer() {
    var table = Table(capacity: 1024, pool: 8192)
    table.populatesLeases = false
    _ = table.join(1)
    _ = table.join(2)
    _ = table.grow(1, 700)
    _ = table.grow(2, 700)
    table.send(.leasePopulated(first, bytes: 64 << 20))
    #expect(!table.log.contains { if case .setLease = $0 { true } else { false } })
    let ordered = table.core.members[0].leasePopulating ?? 0
    #expect(ordered > 64 << 20)
    table.send(.leasePopulated(first, bytes: UInt64(ordered)))
    #expect(table.log.contains(.setLease(first, bytes: UInt64(ordered))))
  }

  @Test func aPromiseBeyondTheGPUIsNotBelieved() {
    var table = Table(capacity: 1024, pool: 1 << 20)
    _ = table.join(2)
    _ = table.grow(2, 700)
    var hello = Hello(gpu: 0, workload: 1, promiseAtStart: true)
    hello.inherited = inherited(100, total: 1 << 29)
    table.send(.joined(first, hello))
    _ = table.grow(2, 800)
    #expect(table.core.snapshot.poolLeasedBytes <= 2 * 1024 << 20)
    #expect(table.core.snapshot.members.allSatisfy { $0.totalBytes <= 1024 << 20 })
  }

  @Test func nothingIsGrantedBeforeTheOldProgramsAreBack() {
    var table = Table(capacity: 1024, pool: 8192)
    var configuration = table.core.configuration
    configuration.rejoinNanoseconds = 3_000_000_000
    table.core = ResidencyCore(configuration)
    var hello = Hello(gpu: 0, workload: 1)
    hello.inherited = inherited(700, returned: 700, isWhole: false)
    hello.inherited?.leaseBytes = 700 << 20
    table.granted[first] = 700 << 20
    table.returned[first] = 700 << 20
    table.send(.joined(first, hello))
    table.send(.wanted(first, urgent: false))
    table.wait(milliseconds: 1_000)
    #expect(table.credit(first) == 0)
    hello = Hello(gpu: 0, workload: 2)
    hello.inherited = inherited(600)
    table.send(.joined(second, hello))
    table.send(.gathered)
    #expect(table.credit(first) + table.credit(second) <= 1024 << 20)
    // Nothing else is waited for: turns go on.
    table.send(.leasePopulated(second, bytes: 600 << 20))
    table.wait(milliseconds: 1_900)
    #expect(table.state(first) == .resident)
  }

  /// A program comes back first, with so much of its footprint on the GPU. The others are still to
  /// come.
  private func gathering(_ footprint: UInt64, credit: UInt64) -> Table {
    var table = Table(capacity: 1024, pool: 8192)
    var configuration = table.core.configuration
    configuration.rejoinNanoseconds = 3_000_000_000
    table.core = ResidencyCore(configuration)
    var hello = Hello(gpu: 0, workload: 1)
    hello.inherited = inherited(footprint, returned: footprint - credit)
    hello.inherited?.footprintBytes = credit << 20
    table.granted[first] = footprint << 20
    table.returned[first] = (footprint - credit) << 20
    table.send(.joined(first, hello))
    return table
  }

  /// After all that `first` asked for, 900 MiB that were never given away come back.
  private func comesBackWhole(_ table: inout Table) {
    #expect(table.credit(first) == 100 << 20)
    var hello = Hello(gpu: 0, workload: 2)
    hello.inherited = inherited(900)
    table.granted[second] = 900 << 20
    table.send(.joined(second, hello))
    #expect(table.core.snapshot.gpus[0].grantedBytes == 1000 << 20)
    table.send(.gathered)
    #expect(table.core.snapshot.gpus[0].grantedBytes <= 1024 << 20)
  }

  @Test func whatIsApprovedAlreadyGetsNoCreditBeforeTheOldProgramsAreBack() {
    var table = gathering(1000, credit: 100)
    table.send(.growWanted(first, request: 1, footprintBytes: 1000 << 20))
    comesBackWhole(&table)
    table.wait(milliseconds: 60_000)
    #expect(table.log.contains(.approve(first, request: 1)), "its turn came")
  }

  @Test func askingMoreOftenThanIsKeptGetsNoCreditEither() {
    var table = gathering(100, credit: 100)
    for request in 1...17 as ClosedRange<UInt32> {
      table.send(.growWanted(first, request: request, footprintBytes: 1000 << 20))
    }
    let refused = table.log.filter { if case .refuse = $0 { true } else { false } }
    #expect(
      refused == [
        .refuse(first, request: 17, Refusal(.notPermitted, wanted: 1000 << 20, limit: 16))
      ])
    comesBackWhole(&table)
  }

  /// It was approved while it had its credit, and gave that back while its lease was on its way.
  @Test func creditGivenBackMeanwhileIsNotGivenAgain() {
    var table = gathering(600, credit: 600)
    table.populatesLeases = false
    var hello = Hello(gpu: 0, workload: 2)
    hello.inherited = inherited(600, returned: 600, isWhole: false)
    table.send(.joined(second, hello))
    table.send(.growWanted(first, request: 1, footprintBytes: 600 << 20))
    table.returned[first] = 500 << 20
    table.send(table.page(first))
    for member in table.core.members {
      guard let bytes = member.leasePopulating else { continue }
      table.send(.leasePopulated(member.id, bytes: UInt64(bytes)))
    }
    #expect(table.credit(first) == 100 << 20)
  }

  /// Its page was read between two of its stores, or while memory was on its way: it looked as if a
  /// part were missing. Nothing waits at its gate, so it never says that it wants in.
  @Test func aProgramTakenToBeOutThoughItsGateIsOpenGetsCredit() {
    var table = Table(capacity: 1024, pool: 8192)
    var hello = Hello(gpu: 0, workload: 1)
    hello.inherited = inherited(500, returned: 100, isWhole: false)
    table.granted[first] = 500 << 20
    table.returned[first] = 100 << 20
    table.approved[first] = 500 << 20
    table.send(.joined(first, hello))
    var asked = 0
    for request in 1...5 as ClosedRange<UInt32> where table.credit(first) < 500 << 20 {
      asked += 1
      let answer = table.send(.growWanted(first, request: request, footprintBytes: 500 << 20))
      #expect(answer.contains(.approve(first, request: request)))
    }
    #expect(asked == 2)
    #expect(table.state(first) == .resident)
  }

  /// Where others hold the room it has its turn like anybody, and is not told to try again at once.
  @Test func untilItsTurnSuchAProgramIsNotAnswered() {
    var table = Table(capacity: 1024, pool: 8192)
    _ = table.join(2)
    _ = table.grow(2, 900)
    var hello = Hello(gpu: 0, workload: 1)
    hello.inherited = inherited(500, returned: 400, isWhole: false)
    table.granted[first] = 500 << 20
    table.returned[first] = 400 << 20
    table.approved[first] = 500 << 20
    table.send(.joined(first, hello))
    for request in 1...2 as ClosedRange<UInt32> {
      table.send(.growWanted(first, request: request, footprintBytes: 500 << 20))
    }
    #expect(table.log.contains(.approve(first, request: 1)))
    #expect(!table.log.contains(.approve(first, request: 2)))
    table.wait(milliseconds: 60_000)
    #expect(table.log.contains(.approve(first, request: 2)))
    #expect(table.credit(first) == 500 << 20)
  }
}
