import Testing

@testable import Residency

/// Many want a context at the same time, and make them one after the other.
@Suite struct Contexts {
  private struct Queue {
    var table = Table(capacity: 16 << 10, reserve: 2048, pool: 16 << 10)
    /// When its context was approved that was measured last.
    var measured: [MemberID: Tick] = [:]
    var approved: [(id: MemberID, at: Tick)] = []
    var refused: [MemberID] = []

    mutating func ask(_ id: MemberID, _ request: UInt32, estimateBytes: UInt64 = 8 << 20) {
      read(table.send(.contextWanted(id, request: request, estimateBytes: estimateBytes)))
    }

    mutating func read(_ effects: [Effect]) {
      for effect in effects {
        if case .approve(let id, _) = effect { approved.append((id, table.now)) }
        if case .refuse(let id, _, _) = effect { refused.append(id) }
      }
    }

    /// A tenth of a second passes. The makers take so long for a context, the others for ever.
    mutating func pass(milliseconds: UInt64, makers: [MemberID]) {
      let mark = table.log.count
      table.wait(milliseconds: 100)
      read(Array(table.log[mark...]))
      for id in makers {
        let latest = approved.last { $0.id == id }
        guard let latest, measured[id] != latest.at,
          table.now.nanoseconds(since: latest.at) >= milliseconds * 1_000_000
        else { continue }
        measured[id] = latest.at
        read(table.send(.residueMeasured(id, bytes: 8 << 20)))
      }
    }
  }

  @Test(arguments: [(8, 1_500), (12, 1_000), (4, 4_000), (30, 3_000)] as [(UInt32, UInt64)])
  func whoQueuesBehindOthersIsNotRefused(programs: UInt32, milliseconds: UInt64) {
    var queue = Queue()
    let ids = (1...programs).map { MemberID($0) }
    for id in ids { _ = queue.table.join(id.number) }
    for id in ids { queue.ask(id, 9) }
    for _ in 0..<UInt64(programs) * milliseconds / 100 + 10 {
      queue.pass(milliseconds: milliseconds, makers: ids)
    }
    #expect(queue.approved.map(\.id) == ids)
    #expect(queue.refused.isEmpty)
  }

  @Test func whoIsStoppedWhileItMakesItsContextHoldsUpTheOthersOnce() {
    var queue = Queue()
    let ids = (1...4 as ClosedRange<UInt32>).map { MemberID($0) }
    for id in ids { _ = queue.table.join(id.number) }
    queue.ask(first, 9)
    queue.ask(first, 10)
    for id in ids.dropFirst() { queue.ask(id, 9) }
    for _ in 0..<140 { queue.pass(milliseconds: 1_000, makers: Array(ids.dropFirst())) }
    #expect(queue.approved.map(\.id) == ids + [first])
    #expect(queue.refused.isEmpty)
  }

  /// It asks for more all the time and never says that a context is made.
  @Test func whoAsksForContextsForEverKeepsNobodyFromOne() {
    var queue = Queue()
    _ = queue.table.join(1)
    _ = queue.table.join(2)
    var asked: Tick?
    var waits: [UInt64] = []
    for step in 0..<900 as Range<UInt32> {
      if step % 7 == 0 { queue.ask(first, step + 1, estimateBytes: 1) }
      if asked == nil, step % 100 == 50 {
        asked = queue.table.now
        queue.ask(second, step + 1)
      }
      queue.pass(milliseconds: 1_000, makers: [second])
      guard let since = asked, let last = queue.approved.last(where: { $0.id == second }),
        last.at >= since
      else { continue }
      waits.append(last.at.nanoseconds(since: since) / 1_000_000_000)
      asked = nil
    }
    #expect(waits.count >= 4)
    #expect(waits.allSatisfy { $0 <= 10 })
    #expect(!queue.refused.contains(second))
  }

  @Test func contextsAreMadeInRounds() {
    var queue = Queue()
    for number in 1...3 as ClosedRange<UInt32> { _ = queue.table.join(number) }
    for request in 1...5 as ClosedRange<UInt32> { queue.ask(first, request) }
    queue.ask(second, 1)
    queue.ask(second, 2)
    queue.ask(third, 1)
    for _ in 0..<50 { queue.pass(milliseconds: 300, makers: [first, second, third]) }
    let order = queue.approved.map(\.id)
    #expect(order == [first, first, second, third, first, second, first, first])
  }

  /// Small ones that fit go on meanwhile; that must not keep it waiting without end.
  @Test func whoLacksRoomIsRefusedInTimeThoughOthersMakeTheirs() {
    var queue = Queue()
    for number in 1...2 as ClosedRange<UInt32> { _ = queue.table.join(number) }
    #expect(queue.table.grow(1, 14 << 10) == nil)
    queue.ask(second, 1, estimateBytes: 3 << 30)
    for step in 0..<120 as Range<UInt32> {
      if step % 5 == 0 { queue.ask(first, step + 2) }
      queue.pass(milliseconds: 400, makers: [first])
    }
    #expect(queue.refused == [second])
  }
}
