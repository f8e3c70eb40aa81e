import Testing

@testable import Residency

/// Programs that load while others hold the room. On 1 GiB the largest chunk is 32 MiB.
@Suite struct Growing {
  /// Orders to leave, and the bytes they were for.
  private func orders(_ table: Table, since mark: Int) -> [UInt64] {
    var held: [MemberID: UInt64] = [first: 900 << 20]
    return table.log[mark...].compactMap { effect -> UInt64? in
      guard case .tellLeave(let id, let target) = effect else { return nil }
      defer { held[id] = target }
      return (held[id] ?? 0) - min(target, held[id] ?? 0)
    }
  }

  /// It takes 8 MiB at a time, as a framework does that loads a model.
  @Test func aLoadingProgramIsMadeRoomForInBatches() {
    var table = Table(capacity: 1024, pool: 4096)
    _ = table.join(1)
    _ = table.join(2)
    #expect(table.grow(1, 900) == nil)
    let mark = table.log.count
    for step: UInt64 in 1...50 {
      #expect(table.grow(2, 8 * step) == nil)
      table.wait(milliseconds: 60_000)
      #expect(table.approved[second] ?? 0 >= 8 * step * mebibyte)
    }
    let orders = orders(table, since: mark)
    #expect(orders.count <= 8, "\(orders)")
    let lack = UInt64(400 - 124) << 20
    #expect(orders.reduce(0, +) < lack + 128 << 20, "\(orders)")
  }

  /// One that takes once what it needs gets that and no more.
  @Test func aSingleGrowthIsMadeRoomForExactly() {
    var table = Table(capacity: 1024, pool: 4096)
    _ = table.join(1)
    _ = table.join(2)
    #expect(table.grow(1, 900) == nil)
    let mark = table.log.count
    #expect(table.grow(2, 400) == nil)
    table.wait(milliseconds: 60_000)
    #expect(orders(table, since: mark) == [276 << 20])
  }
}
