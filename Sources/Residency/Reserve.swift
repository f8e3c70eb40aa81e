internal import Faults

/// The reserve: what is kept from chunks for memory that cannot move. It rises for who asks first,
/// once the leases exist with which others leave, and falls back to what was measured.
extension ResidencyCore {
  /// What the reserve must hold: residue as measured or charged, and what calls under way may take.
  func chargedBytes(_ gpu: Int) -> Int {
    devices[gpu].charges.reduce(residueBytes(gpu)) { $0 + $1.bytes }
  }

  /// What of the reserve is there to be taken. Where credit exceeds the room, because that has just
  /// shrunk, the rest is chunks until their holders have given way.
  private func takeableReserve(_ gpu: Int) -> Int {
    devices[gpu].reserveBytes + (fault(353) ? 0 : min(0, freeBytes(gpu)))
  }

  /// Approves what fits, in order, and begins to raise the reserve for the first that does not. Who
  /// cannot be helped now is passed over; so is, while paused, who needs a raise, for it may need
  /// others to leave. Contexts are made one at a time: the next is judged by what the last one was
  /// measured to take, and its patience begins only then.
  mutating func serveContexts(_ gpu: Int, at now: Tick) {
    var position = 0
    var isRaising = false
    while position < devices[gpu].contexts.count {
      let waiting = devices[gpu].contexts[position]
      let needed = chargedBytes(gpu) + waiting.estimateBytes
      if mustWaitForMaker(gpu, waiting) {
        position += 1
      } else if needed <= takeableReserve(gpu) {
        devices[gpu].contexts.remove(at: position)
        approveContext(gpu, waiting, at: now)
        position = 0
        isRaising = false
      } else if hasLackedRoom(gpu, position, at: now) {
        devices[gpu].contexts.remove(at: position)
        refuseContext(waiting, gpu: gpu)
      } else if !isRaising, needed > devices[gpu].reserveBytes,
        let reserve = reachableReserve(gpu, for: waiting)
      {
        planRaise(gpu, to: reserve, for: waiting, at: now)
        guard isPaused else { return beginPatience(gpu, at: now) }
        isRaising = true
        position += 1
      } else {
        position += 1
      }
    }
    if !isRaising { abandonRaise(gpu) }
  }

  private func mustWaitForMaker(_ gpu: Int, _ waiting: Device.ContextRequest) -> Bool {
    !waiting.isCall && devices[gpu].contextMaker != nil && !fault(110)
  }

  /// Who waits behind one for whom the reserve rises lacks room as well.
  private mutating func beginPatience(_ gpu: Int, at now: Tick) {
    for position in devices[gpu].contexts.indices {
      if mustWaitForMaker(gpu, devices[gpu].contexts[position]) { continue }
      _ = hasLackedRoom(gpu, position, at: now)
    }
  }

  /// The reserve that serves a request, nil if it cannot rise so far. As nobody knows how much a
  /// call lacks, it is also given what there is, if that is more than it had when it failed.
  private mutating func reachableReserve(
    _ gpu: Int, for waiting: Device.ContextRequest
  ) -> Int? {
    let charged = chargedBytes(gpu)
    let reserve = devices[gpu].reserveBytes
    let wanted = max(reserve, Quantity.roundedUp(charged + waiting.estimateBytes))
    if canRaiseReserve(gpu, to: wanted) { return wanted }
    let highest = highestReserve(gpu)
    // Foreign memory may have left less than the reserve has already; that is no raise.
    guard waiting.isCall, highest < wanted, highest >= reserve,
      highest - charged >= waiting.spareBytes + Quantity.pageBytes,
      canRaiseReserve(gpu, to: highest)
    else { return nil }
    let position = devices[gpu].contexts.firstIndex {
      $0.member == waiting.member && $0.request == waiting.request
    }
    if let position { devices[gpu].contexts[position].estimateBytes = highest - charged }
    return highest
  }

  /// Leases first, then the demand that makes the neighbours leave.
  private mutating func planRaise(
    _ gpu: Int, to reserve: Int, for waiting: Device.ContextRequest, at now: Tick
  ) {
    let demand = Demand(
      member: waiting.member, kind: .reserve(request: waiting.request, reserveBytes: reserve),
      since: now, isFirst: waiting.isCall)
    devices[gpu].queue.removeAll {
      $0.isReserve && ($0.kind != demand.kind || $0.member != demand.member)
    }
    devices[gpu].plannedReserveBytes = reserve
    prepareLeases(gpu, at: now)
    guard leasesExist(gpu), !devices[gpu].queue.contains(where: \.isReserve) else { return }
    enqueue(demand, gpu: gpu)
  }

  private mutating func abandonRaise(_ gpu: Int) {
    devices[gpu].plannedReserveBytes = devices[gpu].reserveBytes
    devices[gpu].queue.removeAll(where: \.isReserve)
  }

  /// What must stay for chunks: the largest footprint or promised total beside what is pinned, and
  /// all requests.
  private func leastRoom(_ gpu: Int) -> Int {
    var requests = 0
    for member in members where member.gpu == gpu && !member.isDead && !member.isPinned {
      requests += min(member.reservedBytes, Quantity.bounded(member.hello.requestBytes))
    }
    return pinnedBytes(gpu) + max(largestSwappableBytes(gpu), requests)
  }

  /// The highest reserve that leaves room enough, in whole pages.
  private func highestReserve(_ gpu: Int) -> Int {
    let bytes = devices[gpu].capacityBytes - devices[gpu].foreignBytes - leastRoom(gpu)
    return max(0, bytes) / Quantity.pageBytes * Quantity.pageBytes
  }

  /// The reserve rises only as far as the room that must stay, and what the pool can take of those
  /// who must then leave.
  private func canRaiseReserve(_ gpu: Int, to reserve: Int) -> Bool {
    let room = devices[gpu].capacityBytes - devices[gpu].foreignBytes - reserve
    if fault(111) { return room > 0 }
    guard leastRoom(gpu) <= room else { return false }
    let proposal = Proposal(gpu: gpu, reserveBytes: reserve)
    if hasStatic(gpu) && excessBytes(proposal) > 0 { return false }
    return poolNeed(proposal) <= poolBytes
  }

  /// The room for a larger reserve is free.
  mutating func raiseReserve(_ gpu: Int, to reserve: Int) {
    guard reserve == devices[gpu].plannedReserveBytes, leasesExist(gpu) else { return }
    let lack = reserve - devices[gpu].reserveBytes - devices[gpu].overrunBytes
    precondition(lack <= max(0, freeBytes(gpu)))
    devices[gpu].reserveBytes = reserve
    noteOverrun(gpu)
    effects.append(.note(.reserveRaised(gpu: gpu, bytes: UInt64(reserve))))
  }

  /// Leases for a larger reserve could not be populated.
  mutating func refuseReserve(_ gpu: Int) {
    let device = devices[gpu]
    guard device.plannedReserveBytes > device.reserveBytes else { return }
    let first = device.contexts.first {
      let needed = chargedBytes(gpu) + $0.estimateBytes
      return needed > device.reserveBytes && needed <= device.plannedReserveBytes
        && ($0.isCall || device.contextMaker == nil)
    }
    abandonRaise(gpu)
    guard let first else { return }
    devices[gpu].contexts.removeAll { $0.member == first.member && $0.request == first.request }
    refuseContext(first, gpu: gpu)
  }

  /// Back to what is measured and charged, never below the floor.
  mutating func lowerReserve(_ gpu: Int) {
    let device = devices[gpu]
    guard device.plannedReserveBytes == device.reserveBytes else { return }
    let reserve = max(
      device.reserveFloorBytes,
      min(device.reserveBytes, Quantity.roundedUp(chargedBytes(gpu))))
    devices[gpu].reserveBytes = reserve
    devices[gpu].plannedReserveBytes = reserve
    noteOverrun(gpu)
  }

  /// Residue beyond the reserve takes room from chunks, whether the reserve may rise or not.
  mutating func noteOverrun(_ gpu: Int) {
    let overrun = max(0, residueBytes(gpu) - devices[gpu].reserveBytes)
    devices[gpu].overrunBytes = fault(124) ? 0 : overrun
  }
}
