internal import Faults

extension ResidencyCore {
  /// Everything that fell due.
  mutating func expire(_ gpu: Int, at now: Tick) {
    expireRequests(gpu, at: now)
    expireOrders(gpu, at: now)
  }

  /// The next moment at which something may fall due without an event.
  func nextWake(after now: Tick) -> Tick? {
    var next: Tick?
    func consider(_ tick: Tick?) {
      guard let tick, tick > now else { return }
      next = min(next ?? tick, tick)
    }
    for (gpu, device) in devices.enumerated() {
      let starved = device.growths.map(\.since) + device.queue.compactMap(\.withoutRoomSince)
      for since in fault(351) ? [] : starved { consider(takenMayGoUntil(gpu, since: since)) }
      consider(device.nextTurnAt)
      for hold in device.holds + device.charges { consider(hold.until) }
      for waiting in device.contexts {
        consider(waiting.lackingSince?.advanced(byNanoseconds: patience(waiting)))
      }
      consider(
        device.contextMaker?.since.advanced(
          byNanoseconds: configuration.contextCreationNanoseconds))
      for demand in device.queue where demand.isRoom {
        consider(demand.since.advanced(byNanoseconds: configuration.roomWaitNanoseconds))
      }
    }
    consider(rejoinedAt)
    for index in members.indices { considerMember(index, consider) }
    return next
  }

  private func considerMember(_ index: Int, _ consider: (Tick?) -> Void) {
    consider(silenceEnds(index))
    consider(members[index].leaseRetryAt)
    consider(
      members[index].trimmingSince?.advanced(byNanoseconds: configuration.trimNanoseconds))
    if case .dead(let since) = members[index].phase {
      consider(since.advanced(byNanoseconds: configuration.deathReleaseNanoseconds))
    }
    if let retryAt = members[index].retryAt, !devices[members[index].gpu].queue.isEmpty {
      consider(retryAt)
    }
  }

  /// A copy of what is known, for status and metrics.
  public var snapshot: Snapshot {
    Snapshot(
      gpus: devices.indices.map { gpu in
        Snapshot.GPU(
          capacityBytes: UInt64(devices[gpu].capacityBytes),
          reserveBytes: UInt64(devices[gpu].reserveBytes),
          foreignBytes: UInt64(devices[gpu].foreignBytes),
          grantedBytes: UInt64(grantedBytes(gpu)), residueBytes: UInt64(residueBytes(gpu)),
          waiting: devices[gpu].queue.count)
      }, members: members.indices.map(view), poolSizeBytes: UInt64(poolBytes),
      poolLeasedBytes: UInt64(poolLeasedBytes))
  }

  private func view(_ index: Int) -> Snapshot.Member {
    let member = members[index]
    let demand = devices[member.gpu].queue.first { $0.member == member.id }
    let growth = devices[member.gpu].growths.first { $0.member == member.id }
    return Snapshot.Member(
      id: member.id, gpu: member.gpu, workload: member.hello.workload,
      workloadClass: member.hello.workloadClass, state: state(member, isWaiting: demand != nil),
      footprintBytes: UInt64(member.usedBytes), residentBytes: UInt64(member.residentBytes),
      approvedBytes: UInt64(member.approved), creditBytes: UInt64(member.credit),
      leaseBytes: UInt64(member.leasePopulated), totalBytes: UInt64(member.totalBytes),
      residueBytes: UInt64(member.residueBytes), isIdle: member.isIdle,
      waitingSince: demand?.since ?? growth?.since,
      obstacle: demand?.obstacle ?? growth.flatMap { obstacle(index, $0) })
  }

  private func state(_ member: Member, isWaiting: Bool) -> State {
    if member.isDead { return .dead }
    if member.isStuck { return .stuck }
    if member.isUndrainable { return .undrainable }
    switch member.phase {
    case .admitting: return .starting
    case .leaving: return .swappingOut
    case .entering: return .swappingIn
    case .out: return isWaiting ? .waiting : .swappedOut
    case .resident:
      if member.isPinned { return .unswappable }
      return member.approved == 0 && member.credit == 0 ? .starting : .resident
    case .dead: return .dead
    }
  }
}
