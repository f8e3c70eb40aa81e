import Testing

@testable import Residency

/// Foreign memory is seen a moment late, so what has just come may be gone already.
@Suite struct ForeignMemory {
  /// One program beside foreign memory that has just come.
  private func beside(foreign: UInt64, pool: UInt64 = 4096) -> Table {
    var table = Table(capacity: 1024, pool: pool)
    _ = table.join(1)
    table.send(.foreignMeasured(gpu: 0, bytes: foreign << 20))
    return table
  }

  private func refusals(_ table: Table) -> [Refusal] {
    table.log.compactMap { if case .refuse(_, _, let refusal) = $0 { refusal } else { nil } }
  }

  private func isApproved(_ table: Table, _ id: MemberID) -> Bool {
    table.log.contains(.approve(id, request: 1))
  }

  @Test func growthWaitsUntilItIsGone() {
    var table = beside(foreign: 600)
    #expect(table.grow(1, 900) == nil)
    table.wait(milliseconds: 5_000)
    #expect(!isApproved(table, first))
    #expect(table.obstacle(first) == .room(wantedBytes: 900 << 20, availableBytes: 424 << 20))
    table.send(.foreignMeasured(gpu: 0, bytes: 0))
    #expect(isApproved(table, first) && refusals(table).isEmpty)
    #expect(table.credit(first) == 900 << 20)
    #expect(table.obstacle(first) == nil)
  }

  @Test func theWaitEndsByItself() {
    var table = beside(foreign: 600)
    table.wait(milliseconds: 4_000)
    #expect(table.grow(1, 900) == nil)
    let end = table.now.advanced(byNanoseconds: 6_000_000_000)
    #expect(table.core.step(.woke, at: table.now).wakeAt == end)
    table.wait(milliseconds: 5_999)
    #expect(refusals(table).isEmpty)
    table.wait(milliseconds: 1)
    #expect(
      refusals(table) == [
        Refusal(.overCapacity, wanted: 900 << 20, available: 424 << 20, limit: 424 << 20)
      ])
  }

  @Test func whatNeverFitsDoesNotWait() {
    var table = beside(foreign: 600)
    #expect(table.grow(1, 1025)?.reason == .overCapacity)
  }

  @Test func whatWasThereBeforeIsNotWaitedFor() {
    var table = beside(foreign: 600)
    table.wait(milliseconds: 11_000)
    table.send(.foreignMeasured(gpu: 0, bytes: 620 << 20))
    #expect(table.grow(1, 425)?.limitBytes == 404 << 20)
    #expect(table.grow(1, 424) == nil)
    #expect(!isApproved(table, first))
    table.send(.foreignMeasured(gpu: 0, bytes: 600 << 20))
    #expect(isApproved(table, first))
  }

  /// A desktop's few MiB come and go all the time.
  @Test func growthOfItDuringTheWaitMakesNobodyWaitLonger() {
    var table = beside(foreign: 600)
    #expect(table.grow(1, 900) == nil)
    for second in 1...10 as ClosedRange<UInt64> {
      #expect(refusals(table).isEmpty)
      table.wait(milliseconds: 1_000)
      table.send(.foreignMeasured(gpu: 0, bytes: (600 + second % 2) << 20))
    }
    #expect(refusals(table).count == 1)
  }

  @Test func whoDiesWaitsForNothing() {
    var table = beside(foreign: 600)
    #expect(table.grow(1, 900) == nil)
    table.send(.died(first))
    table.send(.foreignMeasured(gpu: 0, bytes: 0))
    #expect(!isApproved(table, first) && refusals(table).isEmpty)
  }

  /// What contexts take beyond the reserve is measured as late as foreign memory.
  @Test func residueThatHasJustComeIsWaitedForToo() {
    var table = Table(capacity: 1024, reserve: 64, pool: 4096)
    _ = table.join(1)
    _ = table.join(2)
    table.send(.residueMeasured(first, bytes: 700 << 20))
    #expect(table.grow(2, 500) == nil)
    #expect(!isApproved(table, second))
    table.send(.residueMeasured(first, bytes: 60 << 20))
    #expect(isApproved(table, second))
  }

  /// It was admitted and waits for its turn when foreign memory takes its room.
  @Test func growthInTheQueueWaitsOn() {
    var table = Table(capacity: 1024, pool: 4096)
    for number in [1, 2] as [UInt32] { _ = table.join(number) }
    #expect(table.grow(1, 900) == nil)
    #expect(table.grow(2, 800) == nil)
    table.wait(milliseconds: 60_000)
    #expect(isApproved(table, second))
    table.send(.wanted(first, urgent: false))
    table.wait(milliseconds: 60_000)
    _ = table.join(3)
    #expect(table.grow(3, 800) == nil)
    #expect(!isApproved(table, third))
    table.send(.foreignMeasured(gpu: 0, bytes: 300 << 20))
    #expect(refusals(table).isEmpty)
    #expect(table.obstacle(third) == .room(wantedBytes: 800 << 20, availableBytes: 724 << 20))
    table.wait(milliseconds: 9_000)
    table.send(.foreignMeasured(gpu: 0, bytes: 0))
    table.wait(milliseconds: 60_000)
    #expect(refusals(table).isEmpty && isApproved(table, third))
  }

  @Test func growthInTheQueueIsRefusedInTheEnd() {
    var table = Table(capacity: 1024, pool: 4096)
    for number in [1, 2] as [UInt32] { _ = table.join(number) }
    #expect(table.grow(1, 900) == nil)
    #expect(table.grow(2, 800) == nil)
    table.send(.foreignMeasured(gpu: 0, bytes: 300 << 20))
    #expect(refusals(table).isEmpty)
    table.wait(milliseconds: 10_000)
    #expect(refusals(table).map(\.limitBytes) == [724 << 20])
  }

  /// Foreign memory comes while the leases are being populated, and asks for more of them than the
  /// pool holds.
  @Test func wantOfPoolThatItMakesIsWaitedForToo() {
    var table = Table(capacity: 1024, pool: 500)
    for number in [1, 2] as [UInt32] { _ = table.join(number) }
    #expect(table.grow(1, 600) == nil)
    table.populatesLeases = false
    #expect(table.grow(2, 600) == nil)
    table.send(.foreignMeasured(gpu: 0, bytes: 100 << 20))
    for id in [first, second] { table.send(.leasePopulated(id, bytes: 208 << 20)) }
    #expect(refusals(table).isEmpty)
    table.populatesLeases = true
    table.send(.foreignMeasured(gpu: 0, bytes: 0))
    table.wait(milliseconds: 60_000)
    #expect(refusals(table).isEmpty && isApproved(table, second))
  }
}
