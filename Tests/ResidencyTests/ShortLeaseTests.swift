import Testing

@testable import Residency

extension Leases {
  /// Such a file can be handed over at will, and its program would stop everybody's growth.
  @Test func aLeaseThatNeverGetsItsPagesStopsOnlyWhomItMust() {
    var table = Table(capacity: 1024, pool: 8192)
    for number: UInt32 in 1...3 { _ = table.join(number) }
    #expect(table.grow(1, 100) == nil)
    #expect(table.grow(2, 600) == nil)
    table.unpopulated = [first]
    #expect(table.grow(3, 600) == nil)
    table.wait(milliseconds: 60_000)
    #expect(table.state(third) == .resident)
    #expect(table.state(first) == .resident, "its memory has no other place")
    for footprint in [700, 800, 900] as [UInt64] {
      #expect(table.grow(3, footprint) == nil)
      table.wait(milliseconds: 60_000)
      #expect(table.approved[third] ?? 0 >= footprint << 20)
    }
    let mark = table.log.count
    #expect(table.grow(3, 950) == nil)
    table.wait(milliseconds: 1_000)
    let isRefused = table.log[mark...].contains {
      guard case .refuse(third, _, let refusal) = $0 else { return false }
      return refusal.reason == .poolExhausted
    }
    #expect(isRefused, "beside it this is never whole")
    for turn in 0..<4 as Range<UInt32> {
      let id = MemberID(2 + turn % 2)
      table.send(.wanted(id, urgent: false))
      table.wait(milliseconds: 60_000)
      #expect(table.state(id) == .resident)
    }
  }
}
