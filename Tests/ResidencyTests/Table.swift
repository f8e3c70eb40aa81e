import Testing

@testable import Residency

let mebibyte: UInt64 = 1 << 20

/// Programs that answer every order at once, so that a test reads as a table of turns.
struct Table {
  var core: ResidencyCore
  var now = Tick(nanoseconds: 1_000_000_000)
  var granted: [MemberID: UInt64] = [:]
  var approved: [MemberID: UInt64] = [:]
  var returned: [MemberID: UInt64] = [:]
  var waived: [MemberID: UInt64] = [:]
  var answersOrders = true
  var populatesLeases = true
  /// Whose leases get no pages.
  var unpopulated: [MemberID] = []
  var log: [Effect] = []

  init(capacity: UInt64, reserve: UInt64 = 0, pool: UInt64) {
    var configuration = Configuration(
      gpus: [.init(capacityBytes: capacity * mebibyte, reserveFloorBytes: reserve * mebibyte)],
      poolSizeBytes: pool * mebibyte)
    configuration.slackMaximumBytes = 0
    core = ResidencyCore(configuration)
  }

  func credit(_ id: MemberID) -> UInt64 { (granted[id] ?? 0) &- (returned[id] ?? 0) }
  func footprint(_ id: MemberID) -> UInt64 { (approved[id] ?? 0) &- (waived[id] ?? 0) }
  func obstacle(_ id: MemberID) -> Obstacle? {
    core.snapshot.members.first { $0.id == id }?.obstacle
  }
  func state(_ id: MemberID) -> State? { core.snapshot.members.first { $0.id == id }?.state }

  mutating func wait(milliseconds: UInt64) {
    now = now.advanced(byNanoseconds: milliseconds * 1_000_000)
    send(.woke)
  }

  @discardableResult
  mutating func send(_ event: Event) -> [Effect] {
    var all: [Effect] = []
    var pending = [event]
    while !pending.isEmpty {
      let effects = core.step(pending.removeFirst(), at: now).list
      all += effects
      for effect in effects { pending += answers(effect) }
    }
    log += all
    return all
  }

  private mutating func answers(_ effect: Effect) -> [Event] {
    switch effect {
    case .setCounters(let id, let credit, let footprint):
      granted[id] = credit
      approved[id] = footprint
      return answersOrders && state(id) == .swappingIn && self.credit(id) >= self.footprint(id)
        ? [page(id), .entered(id, copiedBytes: 0, nanoseconds: 0)] : []
    case .populateLease(let id, let bytes):
      if unpopulated.contains(id) { return [.leaseFailed(id, populatedBytes: 0)] }
      return populatesLeases ? [.leasePopulated(id, bytes: bytes)] : []
    case .releaseLease(let id): return [.leaseReleased(id)]
    case .tellLeave(let id, let target):
      guard answersOrders else { return [] }
      returned[id] = (granted[id] ?? 0) &- target
      return [
        page(id), .left(id, copiedBytes: 0, nanoseconds: 0, drainNanoseconds: 0),
      ]
    case .welcome, .refuseHello, .approve, .refuse, .setLease, .tellEnter, .tellContended,
      .tellTrim,
      .kill, .note:
      return []
    }
  }

  func page(_ id: MemberID) -> Event {
    .counters(
      id,
      ProgramCounters(
        creditReturnedBytes: returned[id] ?? 0, footprintWaivedBytes: waived[id] ?? 0,
        footprintBytes: footprint(id), residentBytes: credit(id)))
  }

  mutating func join(
    _ number: UInt32, class workloadClass: WorkloadClass = .inference, limit: UInt64? = nil,
    request: UInt64 = 0, atStart: Bool = false, isStatic: Bool = false
  ) -> [Effect] {
    send(
      .joined(
        MemberID(number),
        Hello(
          gpu: 0, workload: UInt64(number), workloadClass: workloadClass,
          requestBytes: request * mebibyte, limitBytes: limit.map { $0 * mebibyte },
          isStatic: isStatic, promiseAtStart: atStart)))
  }

  /// Asks for a footprint of so many MiB in all.
  mutating func grow(_ number: UInt32, _ footprint: UInt64) -> Refusal? {
    let effects = send(
      .growWanted(MemberID(number), request: 1, footprintBytes: footprint * mebibyte))
    send(page(MemberID(number)))
    for effect in effects {
      if case .refuse(_, _, let refusal) = effect { return refusal }
    }
    return nil
  }
}

let first = MemberID(1)
let second = MemberID(2)
let third = MemberID(3)
