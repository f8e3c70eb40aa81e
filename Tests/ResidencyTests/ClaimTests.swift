import Testing

@testable import Residency

/// What programs hand over after a restart of the agent is in pages that they may write to.
@Suite struct Claims {
  private func comesBack(
    _ table: inout Table, _ number: UInt32, claims: UInt64, inUse: UInt64?, foreign: UInt64? = nil
  ) {
    var hello = Hello(gpu: 0, workload: UInt64(number))
    hello.inherited = Inherited(
      creditGrantedBytes: claims << 20, creditReturnedBytes: 0,
      footprintApprovedBytes: claims << 20, footprintWaivedBytes: 0, footprintBytes: claims << 20,
      leaseBytes: 0, residueBytes: 0, totalBytes: 1024 << 20, isWhole: true,
      inUseBytes: inUse.map { $0 << 20 }, foreignBytes: foreign.map { $0 << 20 })
    table.send(.joined(MemberID(number), hello))
  }

  private func ordered(_ table: Table, _ id: MemberID) -> Bool {
    table.log.contains { if case .tellLeave(id, _) = $0 { true } else { false } }
  }

  @Test(arguments: [true, false])
  func whoClaimsTooMuchHarmsNobodyElse(liarFirst: Bool) {
    var table = Table(capacity: 1024, pool: 8192)
    if !liarFirst { comesBack(&table, 2, claims: 600, inUse: 610) }
    comesBack(&table, 1, claims: 1024, inUse: 20)
    if liarFirst { comesBack(&table, 2, claims: 600, inUse: 610) }
    #expect(!ordered(table, second))
    #expect(table.state(second) == .resident)
    #expect(table.credit(second) == 600 << 20)
    #expect(table.credit(first) == 424 << 20)
    #expect(table.log.contains(.note(.claimCut(first, bytes: 600 << 20))))
  }

  /// It gave back what it claimed before it could see that the claim was cut: its credit is what it
  /// reckons, so that it can come in whole again.
  @Test func whatWasCutAndCameBackCounts() {
    var table = Table(capacity: 1024, pool: 8192)
    comesBack(&table, 2, claims: 600, inUse: 610)
    comesBack(&table, 1, claims: 1024, inUse: 20)
    table.send(
      .counters(
        first,
        ProgramCounters(
          creditReturnedBytes: 1000 << 20, footprintWaivedBytes: 0, footprintBytes: 24 << 20,
          residentBytes: 24 << 20)))
    #expect(table.core.snapshot.members.first { $0.id == first }?.creditBytes == 0)
    #expect(!table.log.contains(.note(.counterClamped(first))))
    #expect(
      table.log.contains(
        .setCounters(
          first, creditGrantedBytes: 1000 << 20, footprintApprovedBytes: 1024 << 20)))
  }

  /// A claim that came in since is no claim any more: another's return does not cut it.
  @Test func whatCameInIsNotCut() {
    var table = Table(capacity: 1024, pool: 8192)
    comesBack(&table, 2, claims: 600, inUse: 10)
    table.send(.useMeasured(second, bytes: 610 << 20))
    comesBack(&table, 1, claims: 700, inUse: 200)
    #expect(table.credit(second) == 600 << 20)
    #expect(table.log.contains(.note(.claimCut(first, bytes: 276 << 20))))
  }

  /// A program that comes back was foreign until then; what it holds is there once throughout, and
  /// nobody's claim is cut for it.
  @Test func whoComesBackIsNotForeignToo() {
    var table = Table(capacity: 1024, pool: 8192)
    comesBack(&table, 2, claims: 300, inUse: 0)
    table.send(.foreignMeasured(gpu: 0, bytes: 600 << 20))
    comesBack(&table, 1, claims: 600, inUse: 600, foreign: 0)
    #expect(table.credit(second) == 300 << 20)
    #expect(table.credit(first) == 600 << 20)
  }

  @Test func aDeadOnesClaimIsNotCut() {
    var table = Table(capacity: 1024, pool: 8192)
    comesBack(&table, 2, claims: 600, inUse: 10)
    table.send(.died(second))
    let before = table.log.count
    comesBack(&table, 1, claims: 700, inUse: 700)
    #expect(
      !table.log[before...].contains {
        if case .setCounters(second, _, _) = $0 { true } else { false }
      })
    table.send(.booksShowFree(second))
    #expect(table.credit(first) == 700 << 20)
    #expect(table.state(first) == .resident)
  }

  /// What fits is believed: it may be on its way in.
  @Test func unusedCreditThatFitsIsKept() {
    var table = Table(capacity: 1024, pool: 8192)
    comesBack(&table, 1, claims: 400, inUse: 20)
    comesBack(&table, 2, claims: 600, inUse: 610)
    #expect(table.credit(first) == 400 << 20)
    #expect(table.credit(second) == 600 << 20)
  }
}
