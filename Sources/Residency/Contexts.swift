internal import Faults

extension ResidencyCore {
  static let contextsMaximum = 64

  /// A context is about to be made: its residue must fit into the reserve first.
  mutating func wantContext(_ index: Int, _ request: UInt32, _ estimate: Int, at now: Tick) {
    let member = members[index]
    guard devices[member.gpu].contexts.count < ResidencyCore.contextsMaximum else {
      refuseContext(member.id, request, estimate, gpu: member.gpu)
      return
    }
    devices[member.gpu].contexts.append(
      Device.ContextRequest(
        member: member.id, request: request, estimateBytes: estimate, since: now))
  }

  private mutating func refuseContext(
    _ id: MemberID, _ request: UInt32, _ estimate: Int, gpu: Int
  ) {
    let reserve = devices[gpu].reserveBytes
    effects.append(
      .refuse(
        id, request: request,
        Refusal(
          .reserveExhausted, wanted: estimate, available: reserve - residueBytes(gpu),
          limit: reserve)))
  }

  /// One context at a time: the next is judged by what the last one was measured to take.
  mutating func serveContexts(_ gpu: Int, at now: Tick) {
    guard devices[gpu].contextMaker == nil || fault(110) else { return }
    if let rejoinedAt, now < rejoinedAt { return }
    guard let head = devices[gpu].contexts.first else { return }
    let need = residueBytes(gpu) + head.estimateBytes
    if need <= devices[gpu].reserveBytes {
      devices[gpu].contexts.removeFirst()
      devices[gpu].queue.removeAll(where: \.isReserve)
      approveContext(gpu, head, at: now)
      return
    }
    let reserve = Quantity.roundedUp(need)
    guard canRaiseReserve(gpu, to: reserve) else {
      devices[gpu].plannedReserveBytes = devices[gpu].reserveBytes
      devices[gpu].queue.removeAll(where: \.isReserve)
      return
    }
    if reserve != devices[gpu].plannedReserveBytes {
      devices[gpu].queue.removeAll(where: \.isReserve)
    }
    devices[gpu].plannedReserveBytes = reserve
    prepareLeases(gpu, at: now)
    guard leasesExist(gpu), !devices[gpu].queue.contains(where: \.isReserve) else { return }
    enqueue(
      Demand(
        member: head.member, kind: .reserve(request: head.request, reserveBytes: reserve),
        since: now, isFirst: false), gpu: gpu)
  }

  private mutating func approveContext(
    _ gpu: Int, _ request: Device.ContextRequest, at now: Tick
  ) {
    devices[gpu].contextMaker = (request.member, now)
    // Charged until it is measured, however long the program takes.
    if let index = index(of: request.member) {
      members[index].residueBytes += request.estimateBytes
    }
    effects.append(.approve(request.member, request: request.request))
  }

  /// The reserve rises only as far as the largest footprint, or promised total, still fits, all
  /// requests do, and the pool can take what must then leave.
  private func canRaiseReserve(_ gpu: Int, to reserve: Int) -> Bool {
    let room = devices[gpu].capacityBytes - devices[gpu].foreignBytes - reserve
    if fault(111) { return room > 0 }
    guard pinnedBytes(gpu) + largestSwappableBytes(gpu) <= room else { return false }
    var requests = 0
    for member in members where member.gpu == gpu && !member.isDead && !member.isPinned {
      requests += min(member.reservedBytes, Quantity.bounded(member.hello.requestBytes))
    }
    guard pinnedBytes(gpu) + requests <= room else { return false }
    let proposal = Proposal(gpu: gpu, reserveBytes: reserve)
    if hasStatic(gpu) && excessBytes(proposal) > 0 { return false }
    return poolNeed(proposal) <= poolBytes
  }

  /// The room for a larger reserve is free.
  mutating func raiseReserve(_ gpu: Int, _ demand: Demand, to reserve: Int, at now: Tick) {
    guard reserve == devices[gpu].plannedReserveBytes, leasesExist(gpu) else { return }
    precondition(reserve - devices[gpu].reserveBytes <= freeBytes(gpu))
    devices[gpu].reserveBytes = reserve
    devices[gpu].plannedReserveBytes = reserve
    effects.append(.note(.reserveRaised(gpu: gpu, bytes: UInt64(reserve))))
    guard let head = devices[gpu].contexts.first, head.member == demand.member else { return }
    guard residueBytes(gpu) + head.estimateBytes <= reserve else { return }
    devices[gpu].contexts.removeFirst()
    approveContext(gpu, head, at: now)
  }

  /// Leases for a larger reserve could not be populated.
  mutating func refuseReserve(_ gpu: Int) {
    guard devices[gpu].plannedReserveBytes > devices[gpu].reserveBytes else { return }
    devices[gpu].plannedReserveBytes = devices[gpu].reserveBytes
    devices[gpu].queue.removeAll(where: \.isReserve)
    guard let head = devices[gpu].contexts.first else { return }
    devices[gpu].contexts.removeFirst()
    refuseContext(head.member, head.request, head.estimateBytes, gpu: gpu)
  }

  /// After a member is gone: back to what is measured, never below the floor.
  mutating func lowerReserve(_ gpu: Int) {
    let device = devices[gpu]
    guard device.plannedReserveBytes == device.reserveBytes else { return }
    let reserve = max(
      device.reserveFloorBytes,
      min(device.reserveBytes, Quantity.roundedUp(residueBytes(gpu))))
    devices[gpu].reserveBytes = reserve
    devices[gpu].plannedReserveBytes = reserve
  }

  mutating func measureResidue(_ index: Int, _ bytes: Int) {
    let member = members[index]
    let gpu = member.gpu
    members[index].residueBytes = min(bytes, devices[gpu].capacityBytes)
    devices[gpu].holds.removeAll { $0.member == member.id }
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
  }

  /// The driver itself ran out of memory inside a call; unknown sizes count as one chunk.
  mutating func wantRoom(_ index: Int, _ request: UInt32, _ bytes: Int, at now: Tick) {
    let member = members[index]
    let wanted = bytes == 0 ? devices[member.gpu].largestChunkBytes : bytes
    let isOpen = devices[member.gpu].queue.contains {
      if case .room = $0.kind { $0.member == member.id } else { false }
    }
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

  /// Requests that waited too long, holds nobody used, a context that never came.
  mutating func expireRequests(_ gpu: Int, at now: Tick) {
    let wait = configuration.contextWaitNanoseconds
    while !isPaused, let head = devices[gpu].contexts.first,
      now.nanoseconds(since: head.since) >= wait
    {
      devices[gpu].contexts.removeFirst()
      devices[gpu].plannedReserveBytes = devices[gpu].reserveBytes
      devices[gpu].queue.removeAll(where: \.isReserve)
      refuseContext(head.member, head.request, head.estimateBytes, gpu: gpu)
    }
    if let maker = devices[gpu].contextMaker,
      now.nanoseconds(since: maker.since) >= configuration.contextCreationNanoseconds
    {
      devices[gpu].contextMaker = nil
    }
    devices[gpu].holds.removeAll { $0.until <= now }
    var position = 0
    while position < devices[gpu].queue.count {
      let demand = devices[gpu].queue[position]
      if case .room = demand.kind, !isPaused,
        now.nanoseconds(since: demand.since) >= configuration.roomWaitNanoseconds
      {
        refuseRoom(gpu, position)
      } else {
        position += 1
      }
    }
  }
}
