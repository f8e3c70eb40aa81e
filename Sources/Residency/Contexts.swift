internal import Faults

/// Requests for memory that cannot move: contexts, what driver calls take, and room for chunks that
/// the driver refused although there was credit. `Reserve.swift` makes the room for the first two.
extension ResidencyCore {
  static let contextsMaximum = 64
  /// How often the size of a call's memory is doubled. One chunk doubled five times is the
  /// capacity, or two GiB.
  static let doublingsMaximum: UInt64 = 5

  /// A context is about to be made: its residue must fit into the reserve first.
  mutating func wantContext(_ index: Int, _ request: UInt32, _ estimate: Int, at now: Tick) {
    let member = members[index]
    let waiting = Device.ContextRequest(
      member: member.id, request: request, estimateBytes: estimate, since: now)
    guard mayWait(waiting, gpu: member.gpu) else { return }
    devices[member.gpu].contexts.append(waiting)
  }

  /// The driver ran out of memory inside a call, for memory of its own: a module, a kernel loaded
  /// at its first launch, a graph, a context. Nobody knows how much it lacks, only that all that
  /// the reserve had left is not enough; each time it fails again it is given twice as much more.
  mutating func wantDriverMemory(
    _ index: Int, _ request: UInt32, attempts: UInt64, at now: Tick
  ) {
    let member = members[index]
    let gpu = member.gpu
    devices[gpu].charges.removeAll { $0.member == member.id }
    let doublings = fault(123) ? 0 : min(attempts, ResidencyCore.doublingsMaximum)
    let spare = max(0, devices[gpu].reserveBytes - chargedBytes(gpu))
    let waiting = Device.ContextRequest(
      member: member.id, request: request,
      estimateBytes: spare + devices[gpu].largestChunkBytes << Int(doublings), since: now,
      spareBytes: spare)
    guard mayWait(waiting, gpu: gpu) else { return }
    // Its program is in mid-work, and nobody else is kept from a context by it for long.
    let position = devices[gpu].contexts.firstIndex { !$0.isCall } ?? devices[gpu].contexts.count
    devices[gpu].contexts.insert(waiting, at: position)
  }

  private mutating func mayWait(_ waiting: Device.ContextRequest, gpu: Int) -> Bool {
    if devices[gpu].contexts.count < ResidencyCore.contextsMaximum,
      openRequests(waiting.member) < configuration.requestsPerMemberMaximum
    {
      return true
    }
    refuseContext(waiting, gpu: gpu)
    return false
  }

  mutating func refuseContext(_ waiting: Device.ContextRequest, gpu: Int) {
    let reserve = devices[gpu].reserveBytes
    effects.append(
      .refuse(
        waiting.member, request: waiting.request,
        Refusal(
          .reserveExhausted, wanted: waiting.estimateBytes,
          available: reserve - chargedBytes(gpu), limit: reserve)))
  }

  mutating func approveContext(_ gpu: Int, _ waiting: Device.ContextRequest, at now: Tick) {
    if waiting.isCall {
      // Kept free until the driver's books show what the call took, if it took anything.
      devices[gpu].charges.append(
        Device.Hold(
          member: waiting.member, bytes: waiting.estimateBytes,
          until: now.advanced(byNanoseconds: configuration.contextCreationNanoseconds)))
    } else {
      devices[gpu].contextMaker = (waiting.member, now)
      // Charged until it is measured, however long the program takes.
      if let index = index(of: waiting.member) {
        members[index].residueBytes += waiting.estimateBytes
      }
    }
    effects.append(.approve(waiting.member, request: waiting.request))
  }

  mutating func measureResidue(_ index: Int, _ bytes: Int) {
    let member = members[index]
    let gpu = member.gpu
    members[index].residueBytes = min(bytes, devices[gpu].capacityBytes)
    devices[gpu].holds.removeAll { $0.member == member.id }
    devices[gpu].charges.removeAll { $0.member == member.id }
    if devices[gpu].contextMaker?.member == member.id { devices[gpu].contextMaker = nil }
    let residue = residueBytes(gpu)
    let reserve = devices[gpu].reserveBytes
    if residue > reserve && members[index].residueBytes > member.residueBytes {
      effects.append(
        .note(
          .reserveExceeded(
            gpu: gpu, grower: member.id, residueBytes: UInt64(residue),
            reserveBytes: UInt64(reserve))))
    }
    lowerReserve(gpu)
  }

  /// The driver could not make a chunk although there is credit for it; unknown sizes count as one
  /// of the largest.
  mutating func wantRoom(_ index: Int, _ request: UInt32, _ bytes: Int, at now: Tick) {
    let member = members[index]
    let wanted = bytes == 0 ? devices[member.gpu].largestChunkBytes : bytes
    let isOpen = devices[member.gpu].queue.contains { $0.isRoom && $0.member == member.id }
    if isOpen {
      effects.append(.refuse(member.id, request: request, Refusal(.notPermitted, wanted: wanted)))
      return
    }
    enqueue(
      Demand(
        member: member.id, kind: .room(request: request, bytes: wanted), since: now,
        isFirst: true), gpu: member.gpu)
  }

  mutating func refuseRoom(_ gpu: Int, _ position: Int) {
    let demand = devices[gpu].queue.remove(at: position)
    guard case .room(let request, let bytes) = demand.kind else { return }
    effects.append(
      .refuse(
        demand.member, request: request,
        Refusal(
          .reserveExhausted, wanted: bytes, available: freeBytes(gpu),
          limit: devices[gpu].reserveBytes)))
  }

  /// Longest wait of a request for memory that cannot move.
  func patience(_ waiting: Device.ContextRequest) -> UInt64 {
    waiting.isCall ? configuration.roomWaitNanoseconds : configuration.contextWaitNanoseconds
  }

  /// Requests that waited too long, holds nobody used, a context that never came.
  mutating func expireRequests(_ gpu: Int, at now: Tick) {
    let late = devices[gpu].contexts.filter { now.nanoseconds(since: $0.since) >= patience($0) }
    for waiting in isPaused ? [] : late {
      devices[gpu].contexts.removeAll {
        $0.member == waiting.member && $0.request == waiting.request
      }
      refuseContext(waiting, gpu: gpu)
    }
    if let maker = devices[gpu].contextMaker,
      now.nanoseconds(since: maker.since) >= configuration.contextCreationNanoseconds
    {
      devices[gpu].contextMaker = nil
    }
    devices[gpu].holds.removeAll { $0.until <= now }
    if devices[gpu].charges.contains(where: { $0.until <= now }) {
      devices[gpu].charges.removeAll { $0.until <= now }
      lowerReserve(gpu)
    }
    var position = 0
    while position < devices[gpu].queue.count {
      let demand = devices[gpu].queue[position]
      let waited = now.nanoseconds(since: demand.since)
      if demand.isRoom && !isPaused && waited >= configuration.roomWaitNanoseconds {
        refuseRoom(gpu, position)
      } else {
        position += 1
      }
    }
  }
}
