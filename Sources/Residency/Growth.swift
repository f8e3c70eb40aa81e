internal import Faults

extension ResidencyCore {
  /// A program wants a footprint of `wanted` bytes in all.
  mutating func grow(_ index: Int, _ request: UInt32, _ wanted: Int, at now: Tick) {
    let member = members[index]
    guard mayGrow(member.id, request, wanted) else { return }
    let growth = Growth(member: member.id, request: request, wantedBytes: wanted, since: now)
    admitGrowth(index, growth, at: now)
  }

  /// Plans for it, approves it, refuses it, or lets it wait for foreign memory to go.
  mutating func admitGrowth(_ index: Int, _ growth: Growth, at now: Tick) {
    let member = members[index]
    if case .out = member.phase, growth.wantedBytes <= member.approved {
      answerOutside(index, growth.request, footprintBytes: growth.wantedBytes, at: now)
      return
    }
    do throws(Refusal) {
      let granted = try admittedFootprint(index, growth.wantedBytes)
      members[index].plannedBytes = max(members[index].plannedBytes, granted)
      admissions.append(
        Admission(
          member: member.id, gpu: member.gpu, kind: .growth(growth, grantedBytes: granted)))
    } catch {
      refuse(index, growth, error, at: now)
    }
  }

  /// Whether a program may have one more request open; if not, this one is refused.
  mutating func mayGrow(_ id: MemberID, _ request: UInt32, _ wanted: Int) -> Bool {
    let maximum = configuration.requestsPerMemberMaximum
    if openRequests(id) < maximum || fault(402) { return true }
    effects.append(
      .refuse(id, request: request, Refusal(.notPermitted, wanted: wanted, limit: maximum)))
    return false
  }

  /// One that is out needs no credit, only the approval. If it has that, was told so and asks
  /// again, then it lacks credit: its gate is open, whatever its page said when it was read.
  /// It is let in like one that waits at its gate, and has its answer then.
  private mutating func answerOutside(
    _ index: Int, _ request: UInt32, footprintBytes: Int, at now: Tick
  ) {
    let member = members[index]
    let own = devices[member.gpu].queue.filter { $0.member == member.id }
    let isAtItsGate = own.contains { $0.kind == .enter } && !own.contains(where: \.isGrowth)
    guard footprintBytes > member.credit, !isAtItsGate, member.askedOutside, !fault(404) else {
      members[index].askedOutside = footprintBytes > member.credit
      approveGrowth(index, request, footprintBytes: footprintBytes, at: now)
      return
    }
    let growth = Demand.Kind.growth(request: request, footprintBytes: footprintBytes)
    enqueue(Demand(member: member.id, kind: growth, since: now, isFirst: false), gpu: member.gpu)
    want(index, false, at: now)
  }

  /// The footprint comes with credit that the member does not have yet.
  func needsCredit(_ index: Int, footprintBytes: Int) -> Bool {
    switch members[index].phase {
    case .admitting, .out, .dead: false
    case .resident, .leaving, .entering: footprintBytes > members[index].credit && !fault(401)
    }
  }

  /// The footprint to plan for: what is wanted, with slack where that costs nobody anything, and
  /// for a program that others keep leaving for, with as much again as they left for already.
  private func admittedFootprint(_ index: Int, _ wanted: Int) throws(Refusal) -> Int {
    let member = members[index]
    if wanted <= member.plannedBytes { return wanted }
    try checkFootprint(index, wanted)
    guard case .resident = member.phase, !hasShortLease(member.gpu) else { return wanted }
    let device = devices[member.gpu]
    let rounded = Quantity.roundedUp(wanted)
    var generous = wanted
    if device.queue.isEmpty, rounded + device.slackBytes - member.credit <= freeBytes(member.gpu) {
      generous = rounded + device.slackBytes
    } else if member.burstBytes > 0 && !fault(126) {
      generous = rounded + min(member.burstBytes, device.batchBytes)
    }
    generous = min(generous, member.totalBytes)
    guard generous > wanted, (try? checkFootprint(index, generous)) != nil else { return wanted }
    return generous
  }

  /// Every reason to refuse a footprint, the nearest bound first.
  func checkFootprint(_ index: Int, _ wanted: Int) throws(Refusal) {
    let member = members[index]
    let gpu = member.gpu
    let limit = member.hello.limitBytes.map(Quantity.bounded) ?? Int.max
    let peers = workloadBytes(index)
    if wanted + peers > limit {
      throw Refusal(
        .overLimit, wanted: wanted - member.approved, available: limit - peers - member.approved,
        limit: limit)
    }
    let ceiling = ceilingBytes(index)
    if wanted > ceiling {
      throw Refusal(
        .overCapacity, wanted: wanted - member.approved, available: ceiling - member.approved,
        limit: max(0, ceiling))
    }
    try checkPool(Proposal(gpu: gpu, planned: (index, wanted)))
  }

  /// The largest footprint that can ever be whole.
  func ceilingBytes(_ index: Int) -> Int {
    let member = members[index]
    let gpu = member.gpu
    let room = devices[gpu].plannedRoomBytes
    var ceiling = room - pinnedBytes(gpu, except: index)
    if member.isPinned { ceiling -= largestSwappableBytes(gpu) }
    ceiling = min(ceiling, member.totalBytes)
    if fault(105) { ceiling = Int.max }
    if hasStatic(gpu) {
      let others = members.indices.reduce(0) { sum, other in
        members[other].gpu == gpu && other != index ? sum + plannedBytes(other) : sum
      }
      ceiling = min(ceiling, room - others)
    }
    return ceiling
  }

  /// Planned bytes of the other members of a member's workload on the same GPU.
  private func workloadBytes(_ index: Int) -> Int {
    let member = members[index]
    var sum = 0
    for other in members where other.gpu == member.gpu && other.id != member.id {
      if other.hello.workload == member.hello.workload && !other.isDead {
        sum += other.plannedBytes
      }
    }
    return sum
  }

  func largestSwappableBytes(_ gpu: Int) -> Int {
    var largest = 0
    for index in members.indices where members[index].gpu == gpu {
      if members[index].isPinned || members[index].isDead { continue }
      largest = max(largest, plannedBytes(index))
    }
    return largest
  }

  /// A static workload is on this GPU: nothing there is swapped.
  func hasStatic(_ gpu: Int) -> Bool {
    if fault(106) { return false }
    return devices[gpu].statics > 0
  }

  func openRequests(_ id: MemberID) -> Int {
    guard let index = index(of: id) else { return 0 }
    let device = devices[members[index].gpu]
    let waiting = device.queue.count { $0.member == id && $0.kind != .enter }
    return waiting + admissions.count { $0.member == id }
      + device.growths.count { $0.member == id } + device.contexts.count { $0.member == id }
      + deferred.count { $0.asker == id }
  }

  /// Goes on with whatever waited for leases that now exist. A growth of a program that is on its
  /// way in or out waits until it has arrived, and one that needs credit until all are back who
  /// are still expected.
  mutating func completeAdmissions(_ gpu: Int, at now: Tick) {
    guard admissions.contains(where: { $0.gpu == gpu }) else { return }
    guard leasesExist(gpu) else {
      if !hasLeaseUnderWay(gpu) && !hasLeaseToRetry(gpu) {
        refuseAdmissions(gpu, mayWait: !fault(356), at: now)
      }
      return
    }
    let ready = admissions.filter { $0.gpu == gpu && isReady($0, at: now) }
    admissions.removeAll { $0.gpu == gpu && ready.contains($0) }
    for admission in ready {
      guard let index = index(of: admission.member) else { continue }
      switch admission.kind {
      case .hello: welcome(index, at: now)
      case .growth(let growth, let granted):
        finishGrowth(index, growth.request, growth.wantedBytes, granted, at: now)
      }
    }
  }

  private func isReady(_ admission: Admission, at now: Tick) -> Bool {
    guard let index = index(of: admission.member) else { return true }
    if case .growth(let growth, _) = admission.kind, isGathering(at: now),
      needsCredit(index, footprintBytes: growth.wantedBytes)
    {
      return false
    }
    switch members[index].phase {
    case .admitting, .resident, .out, .dead: return true
    case .leaving, .entering: return false
    }
  }

  /// The leases exist. Swapped out, a footprint is only approved; resident, it comes with credit.
  private mutating func finishGrowth(
    _ index: Int, _ request: UInt32, _ wanted: Int, _ granted: Int, at now: Tick
  ) {
    let member = members[index]
    guard case .resident(let since) = member.phase else {
      approveGrowth(index, request, footprintBytes: max(wanted, granted), at: now)
      return
    }
    let free = max(0, freeBytes(member.gpu) - claimedBytes(member.gpu))
    let isContended = !devices[member.gpu].queue.isEmpty
    for footprint in isContended ? [wanted] : [granted, wanted]
    where footprint - member.credit <= free {
      approveGrowth(index, request, footprintBytes: footprint, at: now)
      members[index].usedBytes = min(wanted, members[index].approved)
      return
    }
    let inTurn = now < quantumEnd(index, since: since, taker: firstWaiting(member.gpu))
    var demand = Demand(
      member: member.id, kind: .growth(request: request, footprintBytes: wanted), since: now,
      isFirst: inTurn)
    demand.batchBytes = max(0, granted - wanted)
    enqueue(demand, gpu: member.gpu)
    members[index].plannedBytes = stillPlanned(index)
  }

  /// Those who leave for a growth have left: it gets what it asked for and the batch.
  mutating func fulfilGrowth(_ index: Int, _ request: UInt32, _ demand: Demand, at now: Tick) {
    guard case .growth(_, let bytes) = demand.kind else { return }
    let member = members[index]
    let used = max(member.usedBytes, bytes)
    members[index].burstBytes += max(0, bytes + demand.extraBytes - member.credit)
    approveGrowth(index, request, footprintBytes: bytes + demand.extraBytes, at: now)
    members[index].usedBytes = min(used, members[index].approved)
  }

  /// Raises the footprint, and the credit with it when the member is resident; then answers.
  mutating func approveGrowth(
    _ index: Int, _ request: UInt32, footprintBytes: Int, at now: Tick
  ) {
    let member = members[index]
    let more = footprintBytes - member.approved
    if more > 0 { members[index].footprintCounters.give(more) }
    members[index].plannedBytes = max(stillPlanned(index), members[index].approved)
    // Until its page says otherwise, it uses what it asked for.
    members[index].usedBytes = max(member.usedBytes, footprintBytes)
    if case .resident = member.phase, footprintBytes > member.credit {
      if member.credit == 0 { members[index].phase = .resident(since: now) }
      grant(index, creditBytes: footprintBytes - member.credit, at: now)
    } else {
      publishCounters(index)
    }
    effects.append(.approve(member.id, request: request))
  }
}
