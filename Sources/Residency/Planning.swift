internal import Faults

extension ResidencyCore {
  /// Serves the queue in order: whoever's room is free, on its way, or can be asked for now. The
  /// first that must wait for somebody's quantum keeps later ones waiting; one that no drainable
  /// member can help is named and passed over.
  mutating func plan(_ gpu: Int, at now: Tick) {
    devices[gpu].nextTurnAt = nil
    var available = freeBytes(gpu) + incomingBytes(gpu, at: now) - claimedBytes(gpu)
    if available < 0 { available += cover(gpu, shortBytes: -available, at: now) }
    nameWhoKeepsOut(gpu, isShort: available < 0, at: now)
    defer { if isPaused { bringBack(gpu, availableBytes: available, at: now) } }
    guard devices[gpu].queue.contains(where: { !$0.isActive }) else { return }
    let floor = floorBytes(gpu, at: now)
    var position = 0
    while position < devices[gpu].queue.count {
      let demand = devices[gpu].queue[position]
      guard !demand.isActive, isReady(demand), let index = index(of: demand.member) else {
        position += 1
        continue
      }
      let lack = lackBytes(demand)
      guard fitsEver(demand, index, floorBytes: floor, at: now) else {
        if nameBlocker(gpu, position, lack: lack, at: now) { position += 1 }
        continue
      }
      devices[gpu].queue[position].withoutRoomSince = nil
      var orders = Orders(extraBytesMax: demand.batchBytes)
      if lack > available {
        let made = makeRoom(
          gpu, need: lack - available, taker: index, isForced: false, orders: &orders, at: now)
        if made == nil, isPaused {
          devices[gpu].queue[position].obstacle = .paused
          position += 1
          continue
        }
        guard let made else { return }
        available += made
      }
      available -= lack
      activate(gpu, position, index, lack: lack, orders: orders, at: now)
      position += 1
    }
  }

  /// What a demand still lacks.
  func lackBytes(_ demand: Demand) -> Int {
    guard let index = index(of: demand.member) else { return 0 }
    let member = members[index]
    switch demand.kind {
    case .enter: return member.isStuck ? 0 : max(0, member.approved - member.credit)
    case .growth(_, let bytes): return max(0, bytes + demand.extraBytes - member.credit)
    case .room(_, let bytes): return bytes
    case .reserve(_, let bytes):
      let device = devices[member.gpu]
      return max(0, bytes - device.reserveBytes - device.overrunBytes)
    }
  }

  /// Room that demands being served still wait for.
  func claimedBytes(_ gpu: Int) -> Int {
    var sum = 0
    for demand in devices[gpu].queue where demand.isActive { sum += lackBytes(demand) }
    return sum
  }

  /// Credit on its way back.
  func incomingBytes(_ gpu: Int, at now: Tick) -> Int {
    var sum = 0
    for index in members.indices where members[index].gpu == gpu {
      if members[index].trimmingSince != nil {
        sum += min(members[index].trimBytes, members[index].unusedCredit)
      }
      switch members[index].phase {
      case .leaving(let departure):
        if members[index].isStuck { continue }
        sum += max(0, members[index].credit - departure.targetBytes)
      case .dead(let since): if isReleasing(since, now) { sum += members[index].credit }
      case .admitting, .resident, .out, .entering: continue
      }
    }
    return sum
  }

  private func isReleasing(_ since: Tick, _ now: Tick) -> Bool {
    now.nanoseconds(since: since) < configuration.deathReleaseNanoseconds
  }

  /// Bytes that no order frees, per GPU: immovable members', short leases', the unreleased dead's.
  private func floorBytes(_ gpu: Int, at now: Tick) -> Int {
    var sum = devices[gpu].heldBytes
    for index in members.indices where members[index].gpu == gpu {
      sum += floorBytes(member: index, at: now)
    }
    return sum
  }

  private func floorBytes(member index: Int, at now: Tick) -> Int {
    if members[index].isPinned && !members[index].isDead { return pinnedBytes(member: index) }
    if case .dead(let since) = members[index].phase {
      return isReleasing(since, now) ? 0 : members[index].credit
    }
    if members[index].isImmovable || hasStatic(members[index].gpu) {
      return members[index].credit - trimmableBytes(index)
    }
    let chunk = devices[members[index].gpu].largestChunkBytes
    return min(members[index].credit, members[index].leastResident(largestChunk: chunk))
  }

  /// A demand that can be met once everybody who can give way has.
  private func fitsEver(
    _ demand: Demand, _ index: Int, floorBytes: Int, at now: Tick
  ) -> Bool {
    let gpu = members[index].gpu
    let others = floorBytes - self.floorBytes(member: index, at: now)
    let room = devices[gpu].roomBytes - others
    switch demand.kind {
    case .enter: return max(members[index].approved, members[index].credit) <= room
    case .growth(_, let bytes): return bytes <= room
    case .room, .reserve: return lackBytes(demand) + members[index].credit <= room
    }
  }

  private func isReady(_ demand: Demand) -> Bool {
    guard let index = index(of: demand.member), !members[index].isStuck else { return false }
    switch (demand.kind, members[index].phase) {
    case (.enter, .out), (.growth, .resident), (.room, _), (.reserve, _): return true
    case (.enter, _), (.growth, _): return false
    }
  }

  /// Whoever was told to come in may find that those who were to leave for it no longer can.
  private mutating func nameWhoKeepsOut(_ gpu: Int, isShort: Bool, at now: Tick) {
    for position in devices[gpu].queue.indices {
      let demand = devices[gpu].queue[position]
      guard demand.isActive, demand.kind == .enter, let index = index(of: demand.member) else {
        continue
      }
      let isHopeless =
        isShort && !fault(358)
        && !fitsEver(demand, index, floorBytes: floorBytes(gpu, at: now), at: now)
      if isHopeless {
        _ = nameBlocker(gpu, position, lack: lackBytes(demand), at: now)
      } else {
        devices[gpu].queue[position].obstacle = nil
      }
    }
  }

  /// Says once why a demand waits without bound; asks an undrainable holder again when it is time.
  /// Returns false when the demand was refused and is gone.
  private mutating func nameBlocker(
    _ gpu: Int, _ position: Int, lack: Int, at now: Tick
  ) -> Bool {
    let demand = devices[gpu].queue[position]
    var blocker: Int?
    for index in members.indices where members[index].gpu == gpu {
      let member = members[index]
      guard member.isImmovable, member.credit > 0, member.id != demand.member, !member.isDead
      else { continue }
      if blocker == nil { blocker = index }
      guard member.isUndrainable, !member.isStuck, !member.isPinned, let retryAt = member.retryAt
      else { continue }
      let least = member.leastResident(largestChunk: devices[gpu].largestChunkBytes)
      let bytes = min(member.credit - least, max(lack, 1))
      if retryAt <= now, bytes > 0, !hasStatic(gpu), !isPaused, case .resident = member.phase {
        orderLeave(index, giving: bytes, at: now)
      }
    }
    if case .room = demand.kind {
      refuseRoom(gpu, position)
      return false
    }
    let mayRecover = blocker.map { !members[$0].isPinned } ?? false
    if case .growth(let request, let bytes) = demand.kind, !mayRecover {
      // What keeps others from giving way may be a lease that is only on its way, and what is held
      // for a call is held for a moment.
      if hasLeaseUnderWay(gpu) || devices[gpu].heldBytes > 0 && !fault(349) { return true }
      if awaitsForeign(gpu, position, bytes, at: now) { return true }
      refuseGrowth(gpu, position, request, bytes)
      return false
    }
    noteObstacle(gpu, position, blocker: blocker, at: now)
    return true
  }

  /// Says it once, and again after foreign memory changed; status shows it for as long as it lasts.
  private mutating func noteObstacle(_ gpu: Int, _ position: Int, blocker: Int?, at now: Tick) {
    let demand = devices[gpu].queue[position]
    if let blocker {
      devices[gpu].queue[position].obstacle = .holder(members[blocker].id)
      guard demand.obstacle == nil else { return }
      effects.append(.note(.blocked(waiter: demand.member, holder: members[blocker].id)))
    } else if let index = index(of: demand.member) {
      let others = floorBytes(gpu, at: now) - floorBytes(member: index, at: now)
      let available = UInt64(max(0, devices[gpu].roomBytes - others))
      devices[gpu].queue[position].obstacle = .room(
        wantedBytes: UInt64(members[index].approved), availableBytes: available)
      guard demand.obstacle == nil else { return }
      effects.append(
        .note(
          .doesNotFit(
            demand.member, footprintBytes: UInt64(members[index].approved),
            availableBytes: available)))
    }
  }

  /// The footprint would fit without what foreign memory took lately, and that may yet go.
  private mutating func awaitsForeign(
    _ gpu: Int, _ position: Int, _ bytes: Int, at now: Tick
  ) -> Bool {
    let demand = devices[gpu].queue[position]
    guard let index = index(of: demand.member), !fault(355) else { return false }
    let since = demand.withoutRoomSince ?? now
    let others = floorBytes(gpu, at: now) - floorBytes(member: index, at: now)
    let room = devices[gpu].roomBytes - others
    guard bytes <= room + mayGoBytes(gpu, since: since, at: now) else { return false }
    devices[gpu].queue[position].withoutRoomSince = since
    devices[gpu].queue[position].obstacle = .room(
      wantedBytes: UInt64(bytes), availableBytes: UInt64(max(0, room)))
    return true
  }

  /// Foreign or unswappable memory has taken for good what the footprint was admitted for.
  private mutating func refuseGrowth(
    _ gpu: Int, _ position: Int, _ request: UInt32, _ bytes: Int
  ) {
    let demand = devices[gpu].queue.remove(at: position)
    guard let index = index(of: demand.member) else { return }
    members[index].plannedBytes = stillPlanned(index)
    effects.append(
      .refuse(
        demand.member, request: request,
        Refusal(
          .overCapacity, wanted: bytes - members[index].credit, available: freeBytes(gpu),
          limit: devices[gpu].roomBytes)))
  }

  mutating func activate(
    _ gpu: Int, _ position: Int, _ index: Int, lack: Int, orders: Orders, at now: Tick
  ) {
    devices[gpu].queue[position].isActive = true
    devices[gpu].queue[position].obstacle = nil
    takeBatch(gpu, position, index, extraBytes: orders.extraBytes)
    guard devices[gpu].queue[position].kind == .enter else { return }
    members[index].phase = .entering(
      Member.Arrival(
        since: now, lackBytes: lack,
        givers: Array(orders.givers.prefix(Member.Arrival.giversMaximum))))
    members[index].lastMoved = now
    members[index].mostResident = 0
    effects.append(.tellEnter(members[index].id))
  }

  /// What comes beyond what was asked, 0 if nothing: then the leases need not cover it any more.
  private mutating func takeBatch(_ gpu: Int, _ position: Int, _ index: Int, extraBytes: Int) {
    guard devices[gpu].queue[position].isGrowth else { return }
    devices[gpu].queue[position].batchBytes = 0
    devices[gpu].queue[position].extraBytes = extraBytes
    members[index].plannedBytes = stillPlanned(index)
  }

  /// A demand that nothing comes for any more waits again, for no more than was asked.
  private mutating func deactivate(_ gpu: Int, _ position: Int) {
    devices[gpu].queue[position].isActive = false
    guard let index = index(of: devices[gpu].queue[position].member) else { return }
    takeBatch(gpu, position, index, extraBytes: 0)
  }

  /// Room already given away is not there: foreign memory grew, or a giver failed or died. What
  /// foreign memory took is fetched at once, the rest as turns allow. Returns what will come.
  private mutating func cover(_ gpu: Int, shortBytes: Int, at now: Tick) -> Int {
    var made = 0
    var ignored = Orders()
    let overdue = -(freeBytes(gpu) + incomingBytes(gpu, at: now))
    if overdue > 0 {
      made +=
        makeRoom(
          gpu, need: overdue, taker: nil, isForced: true, orders: &ignored, at: now) ?? 0
    }
    guard made < shortBytes else { return made }
    if movableBytes(gpu) < shortBytes - made { made += postpone(gpu) }
    guard made < shortBytes else { return made }
    let served = devices[gpu].queue.first { $0.isActive }.flatMap { index(of: $0.member) }
    let rest = shortBytes - made
    let more = makeRoom(
      gpu, need: rest, taker: served, isForced: false, orders: &ignored, at: now)
    if let more { return made + more }
    if movableBytes(gpu) < rest { made += recall(gpu, shortBytes: rest, at: now) }
    return made
  }

  /// Demands that nothing was begun for can wait again. Returns what they no longer claim.
  private mutating func postpone(_ gpu: Int) -> Int {
    var freed = 0
    for position in devices[gpu].queue.indices {
      let demand = devices[gpu].queue[position]
      guard demand.isActive, demand.kind != .enter else { continue }
      freed += lackBytes(demand)
      deactivate(gpu, position)
    }
    return freed
  }

  /// What members that are not being served themselves could still give.
  private func movableBytes(_ gpu: Int) -> Int {
    var sum = 0
    for index in members.indices where members[index].gpu == gpu {
      let id = members[index].id
      if devices[gpu].queue.contains(where: { $0.isActive && $0.member == id }) { continue }
      switch members[index].phase {
      case .resident, .out: sum += givableBytes(index)
      case .leaving(let departure):
        let least = members[index].leastResident(largestChunk: devices[gpu].largestChunkBytes)
        if !members[index].isImmovable { sum += max(0, departure.targetBytes - least) }
      case .admitting, .entering, .dead: continue
      }
    }
    return sum
  }

  /// Two members came in for room that only one can have: the later one goes back.
  private mutating func recall(_ gpu: Int, shortBytes: Int, at now: Tick) -> Int {
    let active = devices[gpu].queue.indices.filter {
      devices[gpu].queue[$0].isActive && devices[gpu].queue[$0].kind == .enter
    }
    guard let last = active.last, let index = index(of: devices[gpu].queue[last].member),
      case .entering = members[index].phase, !members[index].isImmovable, !hasStatic(gpu)
    else { return 0 }
    let lack = lackBytes(devices[gpu].queue[last])
    let fits =
      max(members[index].approved, members[index].credit)
      <= devices[gpu].roomBytes - floorBytes(gpu, at: now) + floorBytes(member: index, at: now)
    guard active.count > 1 || !fits else { return 0 }
    devices[gpu].queue[last].isActive = false
    let give = min(givableBytes(index), max(0, shortBytes - lack))
    orderLeave(index, giving: give, at: now)
    return lack + give
  }

  // MARK: Asking for room

  private struct Giver {
    var index: Int
    /// What leaving can bring, unused credit included.
    var bytes: Int
    /// 0 not running, 1 idle, 2 running.
    var rank: Int
    var eligibleAt: Tick
    var id: MemberID
  }

  /// What `makeRoom` ordered.
  struct Orders {
    var givers: [MemberID] = []
    /// Those who leave anyway may give so much more.
    var extraBytesMax = 0
    var extraBytes = 0
  }

  /// What an order to leave can bring.
  private func givableBytes(_ index: Int) -> Int {
    if members[index].isImmovable || hasStatic(members[index].gpu) { return 0 }
    let chunk = devices[members[index].gpu].largestChunkBytes
    return max(0, members[index].credit - members[index].leastResident(largestChunk: chunk))
  }

  /// Orders room for `taker`, or nothing at all: returns nil when those who may be asked now do not
  /// have enough, after noting when the next one may be. `isForced` ignores quanta and takes what
  /// there is.
  private mutating func makeRoom(
    _ gpu: Int, need: Int, taker: Int?, isForced: Bool, orders: inout Orders, at now: Tick
  ) -> Int? {
    var candidates = givingMembers(gpu, taker: taker, isForced: isForced, at: now)
    candidates.sort {
      ($0.rank, -$0.bytes, $0.eligibleAt, $0.id) < ($1.rank, -$1.bytes, $1.eligibleAt, $1.id)
    }
    var missing = need
    var trims: [(index: Int, bytes: Int)] = []
    for index in members.indices where missing > 0 && index != taker {
      let bytes = members[index].gpu == gpu ? trimmableBytes(index) : 0
      guard bytes > 0 else { continue }
      trims.append((index, min(bytes, missing)))
      missing -= min(bytes, missing)
    }
    var leavers: [(index: Int, bytes: Int)] = []
    for candidate in candidates where missing > 0 {
      guard candidate.eligibleAt <= now || isForced else {
        let next = devices[gpu].nextTurnAt ?? candidate.eligibleAt
        devices[gpu].nextTurnAt = min(next, candidate.eligibleAt)
        continue
      }
      let trimmed = trims.first { $0.index == candidate.index }?.bytes ?? 0
      let bytes = min(candidate.bytes - trimmed, missing)
      guard bytes > 0 else { continue }
      leavers.append((candidate.index, bytes + trimmed))
      missing -= bytes
    }
    guard missing <= 0 || isForced else { return nil }
    for trim in trims where !leavers.contains(where: { $0.index == trim.index }) {
      orderTrim(trim.index, giving: trim.bytes, at: now)
    }
    for leaver in leavers {
      orders.givers.append(members[leaver.index].id)
      let extra = min(
        orders.extraBytesMax - orders.extraBytes, givableBytes(leaver.index) - leaver.bytes)
      orders.extraBytes += extra
      orderLeave(leaver.index, giving: leaver.bytes + extra, at: now)
    }
    return need - missing
  }

  private func trimmableBytes(_ index: Int) -> Int {
    guard case .resident = members[index].phase, members[index].trimmingSince == nil,
      !members[index].trimIsVain, !members[index].isStuck
    else { return 0 }
    let id = members[index].id
    if devices[members[index].gpu].queue.contains(where: { $0.member == id && $0.isGrowth }) {
      return 0
    }
    return members[index].unusedCredit
  }

  private func givingMembers(
    _ gpu: Int, taker: Int?, isForced: Bool, at now: Tick
  ) -> [Giver] {
    var givers: [Giver] = []
    if isPaused, !isForced, !fault(128) { return givers }
    let takerID = taker.map { members[$0].id }
    for index in members.indices where members[index].gpu == gpu && index != taker {
      let bytes = givableBytes(index)
      guard bytes > 0 else { continue }
      var rank = 0
      var eligibleAt = members[index].retryAt ?? now
      switch members[index].phase {
      case .out: break
      case .resident(let since):
        let least = since.advanced(byNanoseconds: configuration.quantumMinimumNanoseconds)
        rank = members[index].isIdle ? 1 : 2
        if fault(118) { rank = members[index].isIdle ? 2 : 1 }
        let end =
          members[index].isIdle && !fault(119)
          ? least : quantumEnd(index, since: since, taker: takerID)
        eligibleAt = max(eligibleAt, callEnds(index, quantumEnd: end))
      case .admitting, .leaving, .entering, .dead: continue
      }
      if isForced { eligibleAt = now }
      givers.append(
        Giver(
          index: index, bytes: bytes, rank: rank, eligibleAt: eligibleAt, id: members[index].id))
    }
    return givers
  }

  /// A member inside a call that others make room for is spared for as long as that may take, once
  /// its quantum is over: it could not drain, or would come back to the same call with nothing won.
  private func callEnds(_ index: Int, quantumEnd: Tick) -> Tick {
    let id = members[index].id
    let since = devices[members[index].gpu].queue.first {
      $0.member == id && ($0.isRoom || ($0.isReserve && $0.isFirst))
    }?.since
    guard let since else { return quantumEnd }
    return max(
      quantumEnd,
      min(
        since.advanced(byNanoseconds: configuration.roomWaitNanoseconds),
        quantumEnd.advanced(byNanoseconds: configuration.roomWaitNanoseconds)))
  }

  private mutating func orderLeave(_ index: Int, giving bytes: Int, at now: Tick) {
    var wholeSince: Tick?
    if case .resident(let since) = members[index].phase { wholeSince = since }
    let gpu = members[index].gpu
    var target = max(0, members[index].credit - bytes)
    if fault(120) { target = 0 }
    members[index].phase = .leaving(
      Member.Departure(since: now, targetBytes: target, wholeSince: wholeSince))
    members[index].lastMoved = now
    members[index].trimmingSince = nil
    members[index].burstBytes = 0
    for position in devices[gpu].queue.indices where devices[gpu].queue[position].isGrowth {
      if devices[gpu].queue[position].member == members[index].id { deactivate(gpu, position) }
    }
    effects.append(.tellLeave(members[index].id, targetResidentBytes: UInt64(target)))
  }

  private mutating func orderTrim(_ index: Int, giving bytes: Int, at now: Tick) {
    members[index].trimmingSince = now
    members[index].trimBytes = bytes
    effects.append(
      .tellTrim(
        members[index].id, targetResidentBytes: UInt64(max(0, members[index].credit - bytes))))
  }

  // MARK: Handing out

  /// Gives free room to the demands being served, in order. A member on its way in takes what there
  /// is, so that its copies overlap with those who leave; the others need all of it at once.
  mutating func distribute(_ gpu: Int, at now: Tick) {
    var free = freeBytes(gpu)
    var position = 0
    while position < devices[gpu].queue.count {
      let demand = devices[gpu].queue[position]
      guard demand.isActive, let index = index(of: demand.member) else {
        position += 1
        continue
      }
      let lack = lackBytes(demand)
      let available = max(0, free)
      if demand.kind == .enter {
        let bytes = min(lack, available)
        if bytes > 0 { grant(index, creditBytes: bytes, at: now) }
        free -= bytes
        position += 1
        continue
      }
      guard lack <= available else {
        free -= available
        position += 1
        continue
      }
      free -= lack
      devices[gpu].queue.remove(at: position)
      fulfil(gpu, demand, index, at: now)
    }
  }

  private mutating func fulfil(_ gpu: Int, _ demand: Demand, _ index: Int, at now: Tick) {
    switch demand.kind {
    case .enter: return
    case .growth(let request, _): fulfilGrowth(index, request, demand, at: now)
    case .room(let request, let bytes):
      devices[gpu].holds.removeAll { $0.member == demand.member }
      devices[gpu].holds.append(
        Device.Hold(
          member: demand.member, bytes: bytes,
          until: now.advanced(byNanoseconds: configuration.roomHoldNanoseconds)))
      effects.append(.approve(demand.member, request: request))
    case .reserve(_, let reserve): raiseReserve(gpu, to: reserve)
    }
  }

  /// Tells holders whether somebody else waits, so that they report idleness and bound their queue.
  mutating func tellContended(_ gpu: Int) {
    // Who keeps the GPU in any case need not pace itself.
    let first = isPaused ? nil : devices[gpu].queue.first?.member
    let isMixed = devices[gpu].queue.contains { $0.member != first }
    for index in members.indices where members[index].gpu == gpu {
      guard case .resident = members[index].phase else { continue }
      let isContended = first != nil && (isMixed || first != members[index].id)
      guard members[index].isContended != isContended else { continue }
      if isContended && members[index].credit == 0 { continue }
      if fault(121) { continue }
      members[index].isContended = isContended
      if !isContended { members[index].isIdle = false }
      effects.append(.tellContended(members[index].id, isContended))
    }
  }
}
