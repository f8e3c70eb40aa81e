internal import Faults

/// Requests for memory that cannot move: contexts, what driver calls take, and room for chunks that
/// the driver refused although there was credit. `Reserve.swift` makes the room for the first two.
extension ResidencyCore {
  static let contextsMaximum = 256
  /// How often the size of a call's memory is doubled. One chunk doubled five times is the
  /// capacity, or two GiB.
  static let doublingsMaximum: UInt64 = 5

  /// A context is about to be made: its residue must fit into the reserve first.
  mutating func wantContext(_ index: Int, _ request: UInt32, _ estimate: Int, at now: Tick) {
    let member = members[index]
    let waiting = Device.ContextRequest(
      member: member.id, request: request, estimateBytes: estimate)
    lineUp(waiting, gpu: member.gpu)
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
      estimateBytes: spare + devices[gpu].largestChunkBytes << Int(doublings), spareBytes: spare)
    lineUp(waiting, gpu: gpu)
  }

  /// Takes a request into its place; where there are too many, the last one is refused.
  private mutating func lineUp(_ waiting: Device.ContextRequest, gpu: Int) {
    guard openRequests(waiting.member) < configuration.requestsPerMemberMaximum else {
      refuseContext(waiting, gpu: gpu)
      return
    }
    devices[gpu].contexts.insert(waiting, at: place(of: waiting, gpu: gpu))
    if devices[gpu].contexts.count > ResidencyCore.contextsMaximum {
      refuseContext(devices[gpu].contexts.removeLast(), gpu: gpu)
    }
  }

  /// Calls come first: their programs are in mid-work, and keep nobody from a context for long.
  /// Contexts are served in rounds, in each one of every member.
  private func place(of waiting: Device.ContextRequest, gpu: Int) -> Int {
    let contexts = devices[gpu].contexts
    let own = round(gpu, waiting, before: contexts.count)
    let next = contexts.indices.first {
      !contexts[$0].isCall && (waiting.isCall || round(gpu, contexts[$0], before: $0) > own)
    }
    return next ?? contexts.count
  }

  /// How many contexts of its member come before a request for one. One that holds up the others
  /// comes after all of them.
  private func round(_ gpu: Int, _ waiting: Device.ContextRequest, before position: Int) -> Int {
    let sooner = devices[gpu].contexts[..<position].count {
      !$0.isCall && $0.member == waiting.member
    }
    let isLast = index(of: waiting.member).map { members[$0].holdsUpContexts } ?? false
    return (fault(406) ? 0 : sooner) + (isLast ? ResidencyCore.contextsMaximum : 0)
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
    members[index].holdsUpContexts = false
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

  /// Longest wait of a request for memory that cannot move, once there is no room for it.
  func patience(_ waiting: Device.ContextRequest) -> UInt64 {
    waiting.isCall ? configuration.roomWaitNanoseconds : configuration.contextWaitNanoseconds
  }

  /// There is no room for a request now. True if there was none for as long as one waits for it.
  mutating func hasLackedRoom(_ gpu: Int, _ position: Int, at now: Tick) -> Bool {
    let waiting = devices[gpu].contexts[position]
    let since = waiting.lackingSince ?? now
    devices[gpu].contexts[position].lackingSince = since
    return !isPaused && now.nanoseconds(since: since) >= patience(waiting)
  }

  /// A context that never came: its maker's next ones come after all others'.
  private mutating func endMaking(_ gpu: Int, by id: MemberID) {
    devices[gpu].contextMaker = nil
    guard let index = index(of: id), !fault(405) else { return }
    members[index].holdsUpContexts = true
    let own = devices[gpu].contexts.filter { $0.member == id && !$0.isCall }
    devices[gpu].contexts.removeAll { $0.member == id && !$0.isCall }
    devices[gpu].contexts += own
  }

  /// Requests that waited too long, holds nobody used, a context that never came.
  mutating func expireRequests(_ gpu: Int, at now: Tick) {
    if let maker = devices[gpu].contextMaker,
      now.nanoseconds(since: maker.since) >= configuration.contextCreationNanoseconds
    {
      endMaking(gpu, by: maker.member)
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
