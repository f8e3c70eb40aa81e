import Testing

@testable import Residency

/// Programs that have taken and given back so much in their life that their page's counters pass a
/// bound of some number type.
@Suite struct Counters {
  static let bounds: [UInt64] = [1 << 50, 1 << 53, 1 << 62, 1 << 63, 0]

  private let gibibyte: UInt64 = 1 << 30

  /// Programs that an earlier agent left holding nothing, 25 GiB before their counters' bound.
  private func old(_ bound: UInt64, _ ids: [MemberID]) -> Table {
    var table = Table(capacity: 80 << 10, pool: 256 << 10)
    let counter = bound &- 25 * gibibyte
    for id in ids {
      var hello = Hello(gpu: 0, workload: UInt64(id.number))
      hello.inherited = Inherited(
        creditGrantedBytes: counter, creditReturnedBytes: counter,
        footprintApprovedBytes: counter, footprintWaivedBytes: counter, footprintBytes: 0,
        leaseBytes: 0, residueBytes: 0, totalBytes: 80 * gibibyte, isWhole: true)
      table.granted[id] = counter
      table.returned[id] = counter
      table.approved[id] = counter
      table.waived[id] = counter
      let effects = table.send(.joined(id, hello))
      #expect(effects.contains { if case .welcome = $0 { true } else { false } })
    }
    return table
  }

  @Test(arguments: bounds) func allocatingAndGivingBackHasNoEnd(bound: UInt64) {
    var table = old(bound, [first])
    for _ in 1...8 {
      #expect(table.grow(1, 10 << 10) == nil)
      #expect(table.credit(first) == 10 * gibibyte)
      #expect(table.footprint(first) == 10 * gibibyte)
      table.returned[first] = table.granted[first]
      table.waived[first] = table.approved[first]
      table.send(table.page(first))
      #expect(table.core.snapshot.members[0].creditBytes == 0)
      #expect(table.core.snapshot.members[0].approvedBytes == 0)
    }
    #expect(!table.log.contains(.note(.counterClamped(first))))
  }

  /// Two of 70 GiB take turns on 80, as in the second week of a training beside another.
  @Test(arguments: bounds) func takingTurnsHasNoEnd(bound: UInt64) {
    var table = old(bound, [first, second])
    for number in 1...2 as ClosedRange<UInt32> {
      _ = table.grow(number, 70 << 10)
      table.wait(milliseconds: 60_000)
    }
    for turn in 0..<8 as Range<UInt32> {
      let id = MemberID(turn % 2 + 1)
      table.send(.wanted(id, urgent: false))
      table.wait(milliseconds: 60_000)
      #expect(table.state(id) == .resident)
      #expect(table.credit(id) == 70 * gibibyte)
    }
  }

  @Test func counterThatGoesBackIsNotBelieved() {
    var table = old(1 << 62, [first])
    #expect(table.grow(1, 10 << 10) == nil)
    let returned = table.returned[first] ?? 0
    for said in [returned &- 1, 0, returned &+ (1 << 63)] {
      table.returned[first] = said
      table.send(table.page(first))
      #expect(table.core.snapshot.members[0].creditBytes == 10 * gibibyte)
    }
  }

  @Test func counterBeyondWhatWasGivenEndsThere() {
    var table = old(0, [first])
    #expect(table.grow(1, 10 << 10) == nil)
    table.returned[first] = (table.granted[first] ?? 0) &+ 1
    table.send(table.page(first))
    #expect(table.core.snapshot.members[0].creditBytes == 0)
    #expect(table.log.contains(.note(.counterClamped(first))))
  }

  @Test func moreThanTheGPUHasIsMalformed() {
    var table = Table(capacity: 1024, pool: 4096)
    var hello = Hello(gpu: 0, workload: 1)
    hello.inherited = Inherited(
      creditGrantedBytes: 5, creditReturnedBytes: 6, footprintApprovedBytes: 0,
      footprintWaivedBytes: 0, footprintBytes: 0, leaseBytes: 0, residueBytes: 0, totalBytes: 0,
      isWhole: true)
    guard case .refuseHello(_, let refusal)? = table.send(.joined(first, hello)).first else {
      Issue.record("believed")
      return
    }
    #expect(refusal.reason == .malformed)
  }
}
