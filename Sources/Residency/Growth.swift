internal import Faults

extension ResidencyCore {
  /// A program wants a footprint of `wanted` bytes in all.
  mutating func grow(_ index: Int, _ request: UInt32, _ wanted: Int, at now: Tick) {
    let member = members[index]
    guard openRequests(member.id) < configuration.requestsPerMemberMaximum else {
      let maximum = configuration.requestsPerMemberMaximum
      effects.append(
        .refuse(
          member.id, request: request, Refusal(.notPermitted, wanted: wanted, limit: maximum)))
      return
    }
    let growth = Growth(member: member.id, request: request, wantedBytes: wanted, since: now)
    admitGrowth(index, growth, at: now)
  }

  /// Plans for it, approves it, refuses it, or lets it wait for foreign memory to go.
  mutating func admitGrowth(_ index: Int, _ growth: Growth, at now: Tick) {
    let member = members[index]
    if case .out = member.phase, growth.wantedBytes <= member.approved {
      approveGrowth(index, growth.request, footprintBytes: growth.wantedBytes, at: now)
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

  /// The footprint to plan for: what is wanted, with slack where that costs nobody anything, and
  /// for a program that others keep leaving for, with as much again as they left for already.
  private func admittedFootprint(_ index: Int, _ wanted: Int) throws(Refusal) -> Int {
    let member = members[index]
    if wanted <= member.plannedBytes { return wanted }
    try checkFootprint(index, wanted)
    guard case .resident = member.phase else { return wanted }
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
  }

  /// Goes on with whatever waited for leases that now exist. A growth of a program that is on its
  /// way in or out waits until it has arrived.
  mutating func completeAdmissions(_ gpu: Int, at now: Tick) {
    guard admissions.contains(where: { $0.gpu == gpu }) else { return }
    guard leasesExist(gpu) else {
      if !hasLeaseUnderWay(gpu) && devices[gpu].leaseRetryAt == nil {
        refuseAdmissions(gpu, mayWait: !fault(356), at: now)
      }
      return
    }
    let ready = admissions.filter { $0.gpu == gpu && isSettled($0.member) }
    admissions = admissions.filter { $0.gpu != gpu || !isSettled($0.member) }
    for admission in ready {
      guard let index = index(of: admission.member) else { continue }
      switch admission.kind {
      case .hello: welcome(index, at: now)
      case .growth(let growth, let granted):
        finishGrowth(index, growth.request, growth.wantedBytes, granted, at: now)
      }
    }
  }

  private func isSettled(_ id: MemberID) -> Bool {
    guard let index = index(of: id) else { return true }
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
    if footprintBytes > member.approved {
      members[index].footprintApproved = member.footprintWaived + footprintBytes
    }
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
