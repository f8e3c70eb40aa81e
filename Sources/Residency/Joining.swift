internal import Faults

extension ResidencyCore {
  /// A program says hello: it is refused, welcomed, or welcomed once its leases exist.
  mutating func join(_ id: MemberID, _ hello: Hello, at now: Tick) -> Int? {
    let former = hello.inherited?.replaces.flatMap { drop($0) }
    do throws(Refusal) {
      guard index(of: id) == nil else { throw Refusal(.malformed) }
      guard members.count < configuration.membersMaximum else {
        throw tooManyPrograms(waiting: 0)
      }
      guard devices.indices.contains(hello.gpu) else {
        throw Refusal(.deviceUnknown, wanted: hello.gpu, limit: devices.count)
      }
      if let inherited = hello.inherited {
        if let bytes = inherited.foreignBytes { _ = measureForeign(hello.gpu, bytes, at: now) }
        if let former, former.gpu == hello.gpu {
          resume(former, as: id, inherited, at: now)
        } else {
          try rejoin(id, hello, inherited, at: now)
        }
      } else {
        try admit(id, hello, at: now)
      }
    } catch {
      effects.append(.refuseHello(id, error))
      return devices.indices.contains(hello.gpu) ? hello.gpu : 0
    }
    return hello.gpu
  }

  func tooManyPrograms(waiting: Int) -> Refusal {
    Refusal(
      .tooManyPrograms, wanted: members.count + waiting + 1, limit: configuration.membersMaximum)
  }

  private mutating func insert(_ member: Member) -> Int {
    let position = members.firstIndex { member.id < $0.id } ?? members.count
    members.insert(member, at: position)
    recount(member.gpu)
    return position
  }

  /// What every decision would otherwise count again.
  private mutating func recount(_ gpu: Int) {
    var living: [UInt64] = []
    var statics = 0
    for member in members where member.gpu == gpu && !member.isDead {
      if member.hello.isStatic { statics += 1 } else { living.append(member.hello.workload) }
    }
    devices[gpu].statics = statics
    for index in members.indices where members[index].gpu == gpu {
      let workload = members[index].hello.workload
      members[index].hasPeers = living.count { $0 == workload } > 1
    }
  }

  private mutating func admit(_ id: MemberID, _ hello: Hello, at now: Tick) throws(Refusal) {
    let gpu = hello.gpu
    let room = devices[gpu].plannedRoomBytes - pinnedBytes(gpu)
    let limit = hello.limitBytes.map(Quantity.bounded) ?? Int.max
    let request = Quantity.bounded(hello.requestBytes)
    try checkRequests(hello, request)
    var member = Member(
      id: id, hello: hello, totalBytes: max(0, min(limit, room)), phase: .admitting, now: now)
    if hello.isStatic {
      try checkStatic(hello, bytes: hello.limitBytes == nil ? request : limit)
      member.totalBytes = hello.limitBytes == nil ? request : limit
      member.isPinned = true
      member.reservedBytes = member.totalBytes
    } else if hello.promiseAtStart {
      member.reservedBytes = max(member.totalBytes, min(request, member.totalBytes))
    } else {
      member.reservedBytes = min(request, member.totalBytes)
    }
    let index = insert(member)
    do throws(Refusal) {
      if hasStatic(gpu) && !hello.isStatic { try checkBeside(gpu) }
      try checkPool(Proposal(gpu: gpu))
    } catch {
      if !fault(107) {
        members.remove(at: index)
        recount(gpu)
        throw error
      }
    }
    admissions.append(Admission(member: id, gpu: gpu, kind: .hello))
  }

  /// The sum of requests, each workload counted once, fits beside the reserve.
  private func checkRequests(_ hello: Hello, _ request: Int) throws(Refusal) {
    var sum = 0
    for index in members.indices where members[index].gpu == hello.gpu {
      let other = members[index]
      guard !other.isDead, other.hello.workload != hello.workload else { continue }
      let isFirst = !members.contains {
        $0.gpu == other.gpu && $0.id < other.id && $0.hello.workload == other.hello.workload
          && !$0.isDead
      }
      if isFirst { sum += requested(other) }
    }
    let room = devices[hello.gpu].plannedRoomBytes
    let own = hello.isStatic ? hello.limitBytes.map(Quantity.bounded) ?? request : request
    guard sum + own <= room || own == 0 else {
      throw Refusal(.requestsExceedCapacity, wanted: own, available: room - sum, limit: room)
    }
  }

  private func requested(_ member: Member) -> Int {
    member.hello.isStatic ? member.totalBytes : Quantity.bounded(member.hello.requestBytes)
  }

  /// Nothing is swapped beside a static workload, so everything planned must fit with it.
  private func checkStatic(_ hello: Hello, bytes: Int) throws(Refusal) {
    var others = 0
    for index in members.indices where members[index].gpu == hello.gpu {
      others += members[index].isDead ? members[index].credit : plannedBytes(index)
    }
    let room = devices[hello.gpu].plannedRoomBytes
    guard others + bytes <= room else {
      throw Refusal(.overCapacity, wanted: bytes, available: room - others, limit: room)
    }
  }

  private func checkBeside(_ gpu: Int) throws(Refusal) {
    let excess = excessBytes(Proposal(gpu: gpu))
    guard excess <= 0 else {
      throw Refusal(
        .overCapacity, wanted: excess, available: 0, limit: devices[gpu].plannedRoomBytes)
    }
  }

  mutating func welcome(_ index: Int, at now: Tick) {
    members[index].phase = .resident(since: now)
    greet(index)
  }

  private mutating func greet(_ index: Int) {
    let member = members[index]
    effects.append(
      .welcome(
        member.id,
        Welcome(
          totalBytes: UInt64(member.totalBytes),
          largestChunkBytes: UInt64(devices[member.gpu].largestChunkBytes),
          leaseCapacityBytes: UInt64(Quantity.roundedUp(member.totalBytes)))))
    publishLease(index)
    publishCounters(index)
  }

  /// A program that was here before brings what it holds: a fact, not a request.
  private mutating func rejoin(
    _ id: MemberID, _ hello: Hello, _ inherited: Inherited, at now: Tick
  ) throws(Refusal) {
    let capacity = devices[hello.gpu].capacityBytes
    let credit = CounterPair(
      givenBytes: inherited.creditGrantedBytes, returnedBytes: inherited.creditReturnedBytes,
      mostBytes: capacity)
    let footprint = CounterPair(
      givenBytes: inherited.footprintApprovedBytes, returnedBytes: inherited.footprintWaivedBytes,
      mostBytes: capacity)
    guard let credit, let footprint, inherited.leaseBytes < UInt64(Quantity.largestBytes) else {
      throw Refusal(.malformed, limit: capacity)
    }
    var member = Member(
      id: id, hello: hello,
      totalBytes: min(Quantity.bounded(inherited.totalBytes), fault(258) ? Int.max : capacity),
      phase: inherited.isWhole ? .resident(since: now) : .out, now: now)
    member.creditCounters = credit
    member.footprintCounters = footprint
    member.usedBytes = min(Quantity.bounded(inherited.footprintBytes), member.approved)
    member.residentBytes = min(member.usedBytes, member.credit)
    member.plannedBytes = member.approved
    member.leasePopulated = Int(inherited.leaseBytes)
    if fault(108) { member.leasePopulated = 0 }
    member.residueBytes = min(Quantity.bounded(inherited.residueBytes), capacity)
    member.isPinned = hello.isStatic
    if hello.isStatic || hello.promiseAtStart {
      member.reservedBytes = member.totalBytes
    } else {
      member.reservedBytes = min(Quantity.bounded(hello.requestBytes), member.totalBytes)
    }
    if let inUse = inherited.inUseBytes {
      member.claimedBytes = max(0, member.credit - Quantity.bounded(inUse))
    }
    let index = insert(member)
    cutClaims(hello.gpu)
    greet(index)
  }

  /// The same process over a new connection. What this agent knows of it stays: neither what it
  /// says now nor its page may lift what bound it, nor begin its turn anew. What its page says is
  /// read as at any other time; orders and requests of the old connection are void.
  private mutating func resume(
    _ former: Member, as id: MemberID, _ inherited: Inherited, at now: Tick
  ) {
    var member = Member(
      id: id, hello: former.hello, totalBytes: former.totalBytes, phase: .out, now: now)
    if inherited.isWhole {
      member.phase = .resident(since: fault(255) ? now : former.wholeSince ?? now)
    }
    member.creditCounters = former.creditCounters
    member.footprintCounters = former.footprintCounters
    member.usedBytes = former.usedBytes
    member.reservedBytes = former.reservedBytes
    member.leasePopulated = former.leasePopulated
    member.leaseIsShort = former.leaseIsShort
    member.leaseRetryAt = former.leaseRetryAt
    member.residueBytes = min(
      Quantity.bounded(inherited.residueBytes), devices[former.gpu].capacityBytes)
    member.claimedBytes = former.claimedBytes
    member.cutBytes = former.cutBytes
    member.isPinned = former.isPinned
    member.urgencySpent = former.urgencySpent && !fault(256)
    member.wasKilled = former.wasKilled
    member.wasClamped = former.wasClamped
    member.holdsUpContexts = former.holdsUpContexts
    member.drainFailures = former.drainFailures
    member.firstDrainFailure = former.firstDrainFailure
    member.isUndrainable = former.isUndrainable
    member.retryAt = former.retryAt
    let index = insert(member)
    for position in devices[former.gpu].timings.indices {
      devices[former.gpu].timings[position].rename(former.id, to: id)
    }
    let counters = ProgramCounters(
      creditReturnedBytes: inherited.creditReturnedBytes,
      footprintWaivedBytes: inherited.footprintWaivedBytes,
      footprintBytes: inherited.footprintBytes, residentBytes: inherited.footprintBytes)
    readCounters(index, counters, at: now)
    members[index].plannedBytes = members[index].approved
    greet(index)
  }

  /// What a claim said would come in has come in.
  mutating func measureUse(_ index: Int, _ bytes: Int) {
    if fault(254) { return }
    members[index].claimedBytes = min(
      members[index].claimedBytes, max(0, members[index].credit - bytes))
  }

  /// Pages are memory that tenants may write to. All of them together cannot have been granted more
  /// than there is: what is too much is taken from the largest claims that nobody sees in use.
  private mutating func cutClaims(_ gpu: Int) {
    while freeBytes(gpu) < 0, !fault(127) {
      // What a dead one claimed comes back with the rest of it, and nobody reads its page.
      let index = members.indices.filter { members[$0].gpu == gpu && !members[$0].isDead }
        .max { members[$0].claimedBytes < members[$1].claimedBytes }
      guard let index, members[index].claimedBytes > 0 else { return }
      let bytes = min(members[index].claimedBytes, -freeBytes(gpu))
      members[index].claimedBytes = 0
      members[index].creditCounters.takeBack(bytes)
      members[index].cutBytes += bytes
      members[index].residentBytes = min(members[index].residentBytes, members[index].credit)
      publishCounters(index)
      effects.append(.note(.claimCut(members[index].id, bytes: UInt64(bytes))))
    }
  }

  // MARK: Ends

  /// The process is gone: no request of it is answered, no order awaited.
  mutating func bury(_ index: Int, at now: Tick) {
    let id = members[index].id
    if members[index].isDead { return }
    forget(id, gpu: members[index].gpu)
    members[index].phase = .dead(since: now)
    members[index].plannedBytes = 0
    recount(members[index].gpu)
    effects.append(.releaseLease(id))
    if fault(109) { members[index].creditCounters.returnAll() }
  }

  /// Refused while its leases were being populated: what was populated goes back.
  mutating func forgetUnwelcomed(_ index: Int, at now: Tick) {
    bury(index, at: now)
    members[index].booksFree = true
  }

  /// The process lives but hears nothing: it keeps what it has until it comes back or dies.
  mutating func disconnect(_ index: Int) {
    guard members[index].isMember else { return }
    let id = members[index].id
    forget(id, gpu: members[index].gpu)
    members[index].plannedBytes = members[index].approved
    members[index].isDisconnected = true
    members[index].isStuck = true
    effects.append(.note(.stuck(id)))
  }

  /// Takes a member out of every queue.
  private mutating func forget(_ id: MemberID, gpu: Int) {
    devices[gpu].queue.removeAll { $0.member == id }
    devices[gpu].growths.removeAll { $0.member == id }
    devices[gpu].contexts.removeAll { $0.member == id }
    devices[gpu].holds.removeAll { $0.member == id }
    devices[gpu].charges.removeAll { $0.member == id }
    if devices[gpu].contextMaker?.member == id { devices[gpu].contextMaker = nil }
    devices[gpu].plannedReserveBytes = devices[gpu].reserveBytes
    admissions.removeAll { $0.member == id }
  }

  mutating func clearBooks(_ index: Int) {
    guard members[index].isDead else { return }
    members[index].booksFree = true
    members[index].creditCounters.returnAll()
    members[index].residueBytes = 0
    removeIfGone(index)
  }

  mutating func clearLease(_ index: Int) {
    guard members[index].isDead else { return }
    members[index].leaseReleased = true
    removeIfGone(index)
  }

  private mutating func removeIfGone(_ index: Int) {
    let member = members[index]
    guard member.booksFree, member.leaseReleased else { return }
    members.remove(at: index)
    for position in devices[member.gpu].timings.indices.reversed() {
      let timing = devices[member.gpu].timings[position]
      if timing.giver == member.id || timing.taker == member.id {
        devices[member.gpu].timings.remove(at: position)
      }
    }
    lowerReserve(member.gpu)
  }

  /// The same process under a new name: the old entry's holdings come back with the new one.
  private mutating func drop(_ id: MemberID) -> Member? {
    guard let index = index(of: id), !members[index].isDead else { return nil }
    let gpu = members[index].gpu
    forget(id, gpu: gpu)
    deferred.removeAll { $0.asker == id }
    let former = members.remove(at: index)
    recount(gpu)
    return former.isMember ? former : nil
  }
}
