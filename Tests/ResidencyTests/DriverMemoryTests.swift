import Testing

@testable import Residency

/// Memory of the driver's own that a call finds missing: modules, kernels loaded at their first
/// launch, graphs. On 64 MiB the largest chunk is 2 MiB.
@Suite struct DriverMemory {
  /// Two programs that just fit, so that there are no leases; 2 MiB of the reserve are spare.
  private func pair(_ small: UInt64 = 12, _ large: UInt64 = 44, pool: UInt64 = 256) -> Table {
    var table = Table(capacity: 64, reserve: 8, pool: pool)
    for (number, bytes) in [(1, small), (2, large)] as [(UInt32, UInt64)] {
      _ = table.join(number)
      table.send(.contextWanted(MemberID(number), request: 9, estimateBytes: 3 << 20))
      table.send(.residueMeasured(MemberID(number), bytes: 3 << 20))
      #expect(table.grow(number, bytes) == nil)
      table.wait(milliseconds: 2_000)
      #expect(table.state(MemberID(number)) == .resident)
    }
    return table
  }

  private func wants(
    _ table: inout Table, _ id: MemberID, attempts: UInt64, request: UInt32 = 50
  ) -> [Effect] {
    let mark = table.log.count
    table.send(.driverMemoryWanted(id, request: request, attempts: attempts))
    table.wait(milliseconds: 2_000)
    return Array(table.log[mark...])
  }

  private func refusals(_ effects: [Effect]) -> [Refusal] {
    effects.compactMap { if case .refuse(_, _, let refusal) = $0 { refusal } else { nil } }
  }

  @Test func aNeighbourThatFittedLeavesForIt() {
    var table = pair()
    let effects = wants(&table, first, attempts: 0)
    #expect(effects.contains(.approve(first, request: 50)))
    #expect(effects.contains(.tellLeave(second, targetResidentBytes: 42 << 20)))
    #expect(table.core.snapshot.gpus[0].reserveBytes == 10 << 20)
  }

  @Test func eachAttemptGetsTwiceAsMuchMore() {
    var table = pair()
    var reserves: [UInt64] = []
    for attempt in 0..<3 as Range<UInt64> {
      #expect(wants(&table, first, attempts: attempt).contains(.approve(first, request: 50)))
      reserves.append(table.core.snapshot.gpus[0].reserveBytes >> 20)
    }
    #expect(reserves == [10, 14, 20], "the third is all that leaves the largest its room")
    table.send(.residueMeasured(first, bytes: 13 << 20))
    #expect(table.core.snapshot.gpus[0].reserveBytes == 16 << 20, "what it took and no more")
  }

  @Test func whatNoCallTookGoesBackToTheChunks() {
    var table = pair()
    #expect(wants(&table, first, attempts: 1).contains(.approve(first, request: 50)))
    #expect(table.core.snapshot.gpus[0].reserveBytes == 12 << 20)
    table.wait(milliseconds: 10_000)
    #expect(table.core.snapshot.gpus[0].reserveBytes == 8 << 20)
  }

  /// Waiting for it stops nobody; the end of the other serves it.
  @Test func theLargestFootprintKeepsItsRoom() {
    var table = pair(8, 56)
    let mark = table.log.count
    #expect(!wants(&table, first, attempts: 0).contains(.approve(first, request: 50)))
    table.send(.wanted(first, urgent: false))
    table.wait(milliseconds: 1_000)
    #expect(table.state(first) == .resident)
    table.wait(milliseconds: 8_000)
    let refused = refusals(Array(table.log[mark...]))
    #expect(
      refused == [Refusal(.reserveExhausted, wanted: 4 << 20, available: 2 << 20, limit: 8 << 20)])
    #expect(!wants(&table, first, attempts: 0).contains(.approve(first, request: 50)))
    table.send(.died(second))
    let end = table.send(.booksShowFree(second))
    #expect(end.contains(.approve(first, request: 50)))
  }

  /// Its own context is being made, so it must not wait for that.
  @Test func aContextThatFindsNoMemoryIsHelped() {
    var table = pair()
    _ = table.join(3)
    let asked = table.send(.contextWanted(third, request: 9, estimateBytes: 1 << 20))
    #expect(asked.contains(.approve(third, request: 9)))
    let effects = wants(&table, third, attempts: 0)
    #expect(effects.contains(.approve(third, request: 50)))
    #expect(table.core.snapshot.gpus[0].reserveBytes == 10 << 20)
  }

  @Test func withoutPoolItIsRefused() {
    var table = pair(pool: 2)
    let mark = table.log.count
    _ = wants(&table, first, attempts: 0)
    table.wait(milliseconds: 10_000)
    #expect(refusals(Array(table.log[mark...])).count == 1)
    #expect(!table.log.contains { if case .tellLeave = $0 { true } else { false } })
  }

  /// It was there to be had, so nobody was asked; room for chunks is what is left.
  @Test func residueBeyondTheReserveTakesRoom() {
    var table = pair(12, 30)
    table.send(.residueMeasured(first, bytes: 15 << 20))
    #expect(table.grow(2, 44) == nil)
    table.wait(milliseconds: 2_000)
    #expect(table.core.snapshot.gpus[0].grantedBytes <= 46 << 20)
    table.wait(milliseconds: 10_000)
    #expect(table.grow(1, 48)?.limitBytes == 46 << 20)
  }

  @Test func aContextThatCannotBeHadKeepsNoSmallerOneWaiting() {
    var table = pair(8, 48)
    _ = table.join(3)
    table.send(.contextWanted(third, request: 9, estimateBytes: 40 << 20))
    let effects = table.send(.contextWanted(second, request: 9, estimateBytes: 1 << 20))
    #expect(effects.contains(.approve(second, request: 9)))
  }

  /// The operator's pause keeps those waiting whose room others have, and nobody else.
  @Test func whilePausedARaiseThatMustWaitKeepsNoOtherContextWaiting() {
    var table = pair()
    table.send(.paused(true))
    table.send(.driverMemoryWanted(first, request: 50, attempts: 0))
    _ = table.join(3)
    let effects = table.send(.contextWanted(third, request: 9, estimateBytes: 1 << 20))
    #expect(effects.contains(.approve(third, request: 9)))
    table.wait(milliseconds: 60_000)
    #expect(!table.log.contains(.approve(first, request: 50)))
    #expect(table.send(.paused(false)).contains(.approve(first, request: 50)))
  }

  /// Residue takes room from a growth that was admitted, and the larger leases that this needs are
  /// only being populated.
  @Test func leasesOnTheirWayRefuseNoGrowth() {
    var table = Table(capacity: 64, reserve: 8, pool: 256)
    for number in [1, 2] as [UInt32] { _ = table.join(number) }
    #expect(table.grow(1, 30) == nil)
    #expect(table.grow(2, 40) == nil)
    #expect(table.approved[second] ?? 0 == 0, "it waits for the turn of the first")
    table.populatesLeases = false
    let effects = table.send(.residueMeasured(first, bytes: 12 << 20))
    #expect(refusals(effects).isEmpty)
    for effect in effects {
      if case .populateLease(let id, let bytes) = effect {
        table.send(.leasePopulated(id, bytes: bytes))
      }
    }
    table.wait(milliseconds: 60_000)
    #expect(table.log.contains(.approve(second, request: 1)))
  }
}
