internal import Faults

extension ResidencyCore {
  /// A footprint, reserve or newcomer that is only being considered.
  struct Proposal {
    var gpu: Int
    /// A member's planned footprint.
    var planned: (index: Int, bytes: Int)?
    var reserveBytes: Int?
  }

  /// What a member counts for in F: approved or on its way, and what its workload was promised
  /// beyond what its members hold (counted with the workload's first living member).
  func plannedBytes(_ index: Int, _ proposal: Proposal? = nil) -> Int {
    func own(_ index: Int) -> Int {
      if let change = proposal?.planned, change.index == index { return change.bytes }
      return members[index].plannedBytes
    }
    if members[index].isDead { return 0 }
    if members[index].hello.isStatic { return max(own(index), members[index].reservedBytes) }
    if !members[index].hasPeers {
      return max(own(index), members[index].reservedBytes)
    }
    let gpu = members[index].gpu
    let workload = members[index].hello.workload
    var reserved = 0
    var sum = 0
    for other in members.indices {
      guard members[other].hello.workload == workload, members[other].gpu == gpu,
        !members[other].isDead, !members[other].hello.isStatic
      else { continue }
      if other < index { return own(index) }
      reserved = max(reserved, members[other].reservedBytes)
      sum += own(other)
    }
    return own(index) + max(0, reserved - sum)
  }

  /// Bytes of pinned members: theirs for life, whether granted yet or not.
  func pinnedBytes(_ gpu: Int, except skipped: Int? = nil) -> Int {
    var sum = 0
    for index in members.indices where index != skipped {
      let member = members[index]
      guard member.gpu == gpu, member.isPinned, !member.isDead else { continue }
      sum += pinnedBytes(member: index)
    }
    return sum
  }

  /// Unused credit can be had back even from these, unless the program keeps it.
  func pinnedBytes(member index: Int, _ proposal: Proposal? = nil) -> Int {
    let planned = plannedBytes(index, proposal)
    return members[index].trimIsVain ? max(planned, members[index].credit) : planned
  }

  /// F less the room for swappable members: how much must be able to be swapped out at a time.
  func excessBytes(_ proposal: Proposal) -> Int {
    let device = devices[proposal.gpu]
    var sum = 0
    for index in members.indices where members[index].gpu == proposal.gpu {
      if members[index].isDead { continue }
      sum += plannedBytes(index, proposal)
    }
    let proposed = proposal.reserveBytes.map {
      device.capacityBytes - device.foreignBytes - $0
    }
    return sum - min(device.plannedRoomBytes, proposed ?? device.plannedRoomBytes)
  }

  /// The lease a member must have, by invariant 4.
  func leaseNeed(_ index: Int, excess: Int, _ proposal: Proposal) -> Int {
    let member = members[index]
    guard excess > 0, !member.isPinned, !member.isDead else { return 0 }
    let planned = plannedBytes(index, proposal)
    var need = min(planned, excess + devices[proposal.gpu].largestChunkBytes)
    if fault(101) { need = min(planned, excess / 2) }
    return Quantity.roundedUp(need)
  }

  /// Pool bytes that are leased now, in release and being populated included.
  var poolLeasedBytes: Int {
    var sum = 0
    for member in members where !member.leaseReleased { sum += member.leaseHeld }
    return sum
  }

  /// Pool bytes that all members would hold under a proposal.
  func poolNeed(_ proposal: Proposal) -> Int {
    var sum = 0
    var excesses = devices.indices.map { excessBytes(Proposal(gpu: $0)) }
    excesses[proposal.gpu] = excessBytes(proposal)
    for index in members.indices where !members[index].leaseReleased {
      let gpu = members[index].gpu
      let basis = gpu == proposal.gpu ? proposal : Proposal(gpu: gpu)
      sum += max(members[index].leaseHeld, leaseNeed(index, excess: excesses[gpu], basis))
    }
    return sum
  }

  func checkPool(_ proposal: Proposal) throws(Refusal) {
    let need = poolNeed(proposal)
    if fault(102) { return }
    guard need <= poolBytes else {
      let held = poolLeasedBytes
      throw Refusal(
        .poolExhausted, wanted: need - held, available: poolBytes - held, limit: poolBytes)
    }
  }

  /// All leases that the present plans need are populated.
  func leasesExist(_ gpu: Int) -> Bool {
    let proposal = Proposal(gpu: gpu)
    let excess = excessBytes(proposal)
    guard excess > 0 else { return true }
    if fault(103) { return true }
    let isSpared = fitsBesideShortLeases(gpu)
    for index in members.indices where members[index].gpu == gpu {
      if isSpared && members[index].leaseIsShort { continue }
      if members[index].leasePopulated < leaseNeed(index, excess: excess, proposal) {
        return false
      }
    }
    return true
  }

  /// Whom the agent could not populate a lease for keeps on the GPU what has no place in it. True
  /// if even so everybody can be whole at its time: then the others' plans need not wait for those
  /// leases. Else one program whose file takes no pages would stop the growth of all.
  private func fitsBesideShortLeases(_ gpu: Int) -> Bool {
    let chunk = devices[gpu].largestChunkBytes
    var kept = 0
    var largestMoving = 0
    for index in members.indices where members[index].gpu == gpu {
      let member = members[index]
      if member.isPinned || member.isDead { continue }
      let planned = plannedBytes(index)
      let moving =
        member.leaseIsShort ? min(planned, max(0, member.leasePopulated - chunk)) : planned
      kept += planned - moving
      largestMoving = max(largestMoving, moving)
    }
    return kept + largestMoving + pinnedBytes(gpu) <= devices[gpu].plannedRoomBytes && !fault(403)
  }

  func hasShortLease(_ gpu: Int) -> Bool {
    members.contains { $0.gpu == gpu && $0.leaseIsShort && !$0.isDead }
  }

  func hasLeaseUnderWay(_ gpu: Int) -> Bool {
    members.contains { $0.gpu == gpu && $0.leasePopulating != nil }
  }

  func hasLeaseToRetry(_ gpu: Int) -> Bool {
    members.contains { $0.gpu == gpu && $0.leaseRetryAt != nil && !$0.isDead }
  }

  /// Orders what is needed and not there. Admission made sure that the pool holds it; only foreign
  /// memory, measured, can ask for more than there is.
  mutating func prepareLeases(_ gpu: Int, at now: Tick) {
    let proposal = Proposal(gpu: gpu)
    let excess = excessBytes(proposal)
    var leased = poolLeasedBytes
    for index in members.indices where members[index].gpu == gpu {
      let need = leaseNeed(index, excess: excess, proposal)
      let held = members[index].leaseHeld
      if need <= members[index].leasePopulated { members[index].leaseIsShort = false }
      if let retryAt = members[index].leaseRetryAt, now < retryAt { continue }
      members[index].leaseRetryAt = nil
      guard need > held, members[index].leasePopulating == nil else { continue }
      guard leased + need - held <= poolBytes else {
        noteLeasesShort(gpu, wanted: leased + need - held)
        continue
      }
      leased += need - held
      members[index].leasePopulating = need
      effects.append(.populateLease(members[index].id, bytes: UInt64(need)))
    }
    if excess > 0 { notePoolLevel(leased) }
  }

  private mutating func noteLeasesShort(_ gpu: Int, wanted: Int) {
    guard !devices[gpu].leasesShortNoted else { return }
    devices[gpu].leasesShortNoted = true
    effects.append(
      .note(.leasesShort(gpu: gpu, wantedBytes: UInt64(wanted), poolBytes: UInt64(poolBytes))))
  }

  private mutating func notePoolLevel(_ leased: Int) {
    let isNearlyFull = leased > poolBytes - poolBytes / 10
    if isNearlyFull && !poolWasNearlyFull {
      effects.append(
        .note(.poolNearlyFull(leasedBytes: UInt64(leased), sizeBytes: UInt64(poolBytes))))
    }
    poolWasNearlyFull = isNearlyFull
  }

  /// The agent's answer to `populateLease`.
  mutating func leaseGrew(_ index: Int, _ bytes: UInt64, failed: Bool, at now: Tick) {
    guard let wanted = members[index].leasePopulating else { return }
    let populated = min(Quantity.bounded(bytes), wanted)
    // The answer to an order of before its program connected again: the present one is under way.
    if !failed && populated < wanted && !fault(257) { return }
    members[index].leasePopulated = max(members[index].leasePopulated, populated)
    members[index].leasePopulating = nil
    if members[index].isDead { return }
    if members[index].isMember { publishLease(index) }
    if failed {
      members[index].leaseIsShort = true
      members[index].leaseRetryAt = now.advanced(byNanoseconds: 1_000_000_000)
      refuseAdmissions(members[index].gpu, mayWait: false, at: now)
    }
  }

  mutating func publishLease(_ index: Int) {
    guard members[index].leasePopulated > 0 else { return }
    effects.append(.setLease(members[index].id, bytes: UInt64(members[index].leasePopulated)))
  }

  /// The pages are not there although the pool has room for them on paper. What the leases that are
  /// held suffice for, beside all that came before it, goes on; the rest is refused, each with the
  /// lease bytes that it lacked, or waits if only foreign memory asks for so much and `mayWait`.
  mutating func refuseAdmissions(_ gpu: Int, mayWait: Bool, at now: Tick) {
    forgoSlack(gpu)
    let waiting = admissions.filter { $0.gpu == gpu }
    var kept = self
    kept.devices[gpu].plannedReserveBytes = devices[gpu].reserveBytes
    for admission in waiting { kept.withdraw(admission) }
    var refused: [(admission: Admission, lackingBytes: Int)] = []
    for admission in waiting {
      var proposed = kept
      proposed.restore(admission, as: self)
      let lackingBytes = proposed.lackingLeaseBytes(gpu)
      if lackingBytes > 0 || fault(125) {
        refused.append((admission, lackingBytes))
      } else {
        kept = proposed
      }
    }
    for (admission, lackingBytes) in refused {
      refuseAdmission(admission, lackingBytes: lackingBytes, mayWait: mayWait, at: now)
    }
    if lackingLeaseBytes(gpu) > 0 { refuseReserve(gpu) }
  }

  /// Where pages are missing, nobody gets more than it asked for.
  private mutating func forgoSlack(_ gpu: Int) {
    for position in admissions.indices where admissions[position].gpu == gpu {
      guard case .growth(let growth, _) = admissions[position].kind,
        let index = index(of: growth.member)
      else { continue }
      admissions[position].kind = .growth(growth, grantedBytes: growth.wantedBytes)
      members[index].plannedBytes = stillPlanned(index)
    }
  }

  /// Lease bytes that the present plans need and that are neither populated nor on their way.
  private func lackingLeaseBytes(_ gpu: Int) -> Int {
    let proposal = Proposal(gpu: gpu)
    let excess = excessBytes(proposal)
    let isSpared = fitsBesideShortLeases(gpu)
    var sum = 0
    for index in members.indices where members[index].gpu == gpu {
      if isSpared && members[index].leaseIsShort { continue }
      let need = leaseNeed(index, excess: excess, proposal)
      sum += max(0, need - members[index].leaseHeld)
    }
    return sum
  }

  private mutating func withdraw(_ admission: Admission) {
    guard let index = index(of: admission.member) else { return }
    admissions.removeAll { $0 == admission }
    switch admission.kind {
    case .hello: members[index].reservedBytes = 0
    case .growth: members[index].plannedBytes = stillPlanned(index)
    }
  }

  private mutating func restore(_ admission: Admission, as original: ResidencyCore) {
    guard let index = index(of: admission.member) else { return }
    admissions.append(admission)
    switch admission.kind {
    case .hello: members[index].reservedBytes = original.members[index].reservedBytes
    case .growth: members[index].plannedBytes = stillPlanned(index)
    }
  }

  private mutating func refuseAdmission(
    _ admission: Admission, lackingBytes: Int, mayWait: Bool, at now: Tick
  ) {
    admissions.removeAll { $0 == admission }
    guard let index = index(of: admission.member) else { return }
    let refusal = Refusal(
      .poolExhausted, wanted: lackingBytes, available: 0, limit: poolBytes)
    switch admission.kind {
    case .hello:
      effects.append(.refuseHello(admission.member, refusal))
      forgetUnwelcomed(index, at: now)
    case .growth(let growth, _):
      members[index].plannedBytes = stillPlanned(index)
      if mayWait {
        refuse(index, growth, refusal, at: now)
      } else {
        effects.append(.refuse(admission.member, request: growth.request, refusal))
      }
    }
  }

  /// What is approved or still asked for after a request was settled.
  func stillPlanned(_ index: Int) -> Int {
    let member = members[index]
    var planned = member.approved
    for admission in admissions where admission.member == member.id {
      if case .growth(_, let granted) = admission.kind { planned = max(planned, granted) }
    }
    for demand in devices[member.gpu].queue where demand.member == member.id {
      if case .growth(_, let bytes) = demand.kind {
        planned = max(planned, bytes + demand.batchBytes + demand.extraBytes)
      }
    }
    return planned
  }
}
