internal import Faults

extension ResidencyCore {
  /// Believes a page's counters only forwards and only up to what was granted.
  mutating func readCounters(_ index: Int, _ counters: ProgramCounters, at now: Tick) {
    let said = counters.creditReturnedBytes
    restoreCut(index, returned: said)
    let old = members[index]
    let isCreditTrue = members[index].creditCounters.read(returned: said)
    let isFootprintTrue = members[index].footprintCounters.read(
      returned: counters.footprintWaivedBytes)
    if !(isCreditTrue && isFootprintTrue) && !old.wasClamped {
      members[index].wasClamped = true
      effects.append(.note(.counterClamped(old.id)))
    }
    if fault(112) { _ = members[index].creditCounters.read(returned: said &+ 4096) }
    let returned = old.credit - members[index].credit
    let approved = members[index].approved
    members[index].usedBytes = min(Quantity.bounded(counters.footprintBytes), approved)
    members[index].residentBytes = min(
      Quantity.bounded(counters.residentBytes), members[index].credit)
    if members[index].usedBytes != old.usedBytes { members[index].trimIsVain = false }
    if approved != old.approved { members[index].plannedBytes = stillPlanned(index) }
    if returned > 0 {
      members[index].claimedBytes = max(0, old.claimedBytes - returned)
      members[index].lastMoved = now
      members[index].trimmingSince = nil
      members[index].trimIsVain = false
    }
    if case .entering = old.phase, members[index].residentBytes > old.mostResident {
      members[index].mostResident = members[index].residentBytes
      members[index].lastMoved = now
    }
  }

  /// A program gave back more than was left of its claim, before it could see the cut: that much it
  /// had. Else the two of us would count its credit differently for ever.
  private mutating func restoreCut(_ index: Int, returned: UInt64) {
    let member = members[index]
    let bytes = min(member.creditCounters.excessBytes(returned: returned), member.cutBytes)
    guard bytes > 0, !fault(253) else { return }
    members[index].creditCounters.give(bytes)
    members[index].cutBytes -= bytes
    publishCounters(index)
  }

  /// A program that failed to drain says `busy` once the work that was in the way is complete:
  /// there is no reason to wait longer before it is ordered again.
  mutating func setIdle(_ index: Int, _ isIdle: Bool, at now: Tick) {
    guard case .resident = members[index].phase else { return }
    members[index].isIdle = isIdle
    if members[index].drainFailures > 0 && members[index].retryAt ?? now > now && !fault(250) {
      members[index].retryAt = now
    }
  }

  mutating func pin(_ index: Int) {
    guard !members[index].isPinned else { return }
    members[index].isPinned = true
    effects.append(.note(.unswappable(members[index].id)))
  }

  /// A thread waits at a closed gate. The program knows its gate best: one that was thought whole
  /// and waits is not.
  mutating func want(_ index: Int, _ urgent: Bool, at now: Tick) {
    let member = members[index]
    members[index].askedOutside = false
    switch member.phase {
    case .resident:
      members[index].phase = .out
      approveWaitingGrowth(index, at: now)
    case .out, .leaving: break
    case .admitting, .entering, .dead: return
    }
    let goesFirst = urgent && !member.urgencySpent
    if goesFirst { members[index].urgencySpent = true }
    let position = devices[member.gpu].queue.firstIndex {
      $0.member == member.id && $0.kind == .enter
    }
    var demand = Demand(member: member.id, kind: .enter, since: now, isFirst: goesFirst)
    if let position {
      guard goesFirst, !devices[member.gpu].queue[position].isActive else { return }
      demand.since = devices[member.gpu].queue.remove(at: position).since
    }
    if fault(113) { demand.isFirst = false }
    enqueue(demand, gpu: member.gpu)
  }

  /// Order of arrival, the favoured ones before all others that are not served yet.
  mutating func enqueue(_ demand: Demand, gpu: Int) {
    guard demand.isFirst else {
      devices[gpu].queue.append(demand)
      return
    }
    let position =
      devices[gpu].queue.firstIndex { !$0.isFirst && !$0.isActive } ?? devices[gpu].queue.count
    devices[gpu].queue.insert(demand, at: position)
  }

  private mutating func dropEnter(_ index: Int) {
    let id = members[index].id
    devices[members[index].gpu].queue.removeAll { $0.member == id && $0.kind == .enter }
  }

  /// A member that left needs no credit for a larger footprint, only the approval.
  private mutating func approveWaitingGrowth(_ index: Int, at now: Tick) {
    let id = members[index].id
    let gpu = members[index].gpu
    let waiting = devices[gpu].queue.filter { $0.member == id }
    for demand in waiting {
      guard case .growth(let request, let bytes) = demand.kind else { continue }
      devices[gpu].queue.removeAll { $0.member == id && $0.kind == demand.kind }
      approveGrowth(index, request, footprintBytes: bytes, at: now)
    }
  }

  mutating func leaveDone(_ index: Int, at now: Tick) {
    guard case .leaving(let departure) = members[index].phase else { return }
    members[index].isIdle = false
    members[index].trimmingSince = nil
    members[index].askedOutside = false
    let member = members[index]
    if member.residentBytes >= member.usedBytes {
      members[index].phase = .resident(since: departure.wholeSince ?? now)
      dropEnter(index)
    } else {
      members[index].phase = .out
      approveWaitingGrowth(index, at: now)
    }
    if member.credit > departure.targetBytes {
      countFailure(index, .driverError, at: now)
      return
    }
    members[index].drainFailures = 0
    members[index].firstDrainFailure = nil
    members[index].retryAt = nil
    if member.isUndrainable {
      members[index].isUndrainable = false
      effects.append(.note(.drainable(member.id)))
    }
  }

  mutating func leaveFailed(_ index: Int, _ failure: DrainFailure, at now: Tick) {
    guard case .leaving(let departure) = members[index].phase else { return }
    if let since = departure.wholeSince {
      members[index].phase = .resident(since: since)
      dropEnter(index)
    } else {
      members[index].phase = .out
    }
    members[index].isIdle = false
    countFailure(index, failure, at: now)
  }

  private mutating func countFailure(_ index: Int, _ failure: DrainFailure, at now: Tick) {
    members[index].drainFailures += 1
    let first = members[index].firstDrainFailure ?? now
    members[index].firstDrainFailure = first
    let failures = members[index].drainFailures
    let isHopeless =
      failures >= configuration.drainFailuresMaximum
      || now.nanoseconds(since: first) >= configuration.drainMaximumNanoseconds
    // Work that is merely long ends some day, and its program says when: asking again meanwhile
    // would only stop it from submitting, and call it undrainable.
    let pause =
      isHopeless
      ? configuration.undrainableRetryNanoseconds
      : failure == .noProgress
        ? configuration.drainStallNanoseconds : configuration.drainRetryNanoseconds
    members[index].retryAt = now.advanced(byNanoseconds: pause)
    if isHopeless && !members[index].isUndrainable && !fault(114) {
      members[index].isUndrainable = true
      effects.append(.note(.undrainable(members[index].id, failure, failures: failures)))
    }
  }

  mutating func enterDone(_ index: Int, at now: Tick) {
    if case .leaving(var departure) = members[index].phase, departure.wholeSince == nil {
      // It was whole before the recall reached it.
      departure.wholeSince = now
      members[index].phase = .leaving(departure)
      dropEnter(index)
    }
    guard case .entering(let arrival) = members[index].phase else { return }
    let id = members[index].id
    members[index].phase = .resident(since: now)
    members[index].isIdle = false
    dropEnter(index)
    let nanoseconds = now.nanoseconds(since: arrival.since)
    effects.append(
      .note(.exchanged(id, nanoseconds: nanoseconds, bytes: UInt64(arrival.lackBytes))))
    for giver in arrival.givers {
      remember(
        Device.Timing(
          giver: giver, taker: id, nanoseconds: nanoseconds, bytes: arrival.lackBytes),
        gpu: members[index].gpu)
    }
  }

  /// Programs that owe an answer and do not move.
  mutating func expireOrders(_ gpu: Int, at now: Tick) {
    for index in members.indices where members[index].gpu == gpu {
      if let since = members[index].trimmingSince,
        now.nanoseconds(since: since) >= configuration.trimNanoseconds
      {
        members[index].trimmingSince = nil
        members[index].trimIsVain = true
      }
      guard let due = silenceEnds(index), due <= now else { continue }
      if fault(115) { continue }
      let id = members[index].id
      members[index].isStuck = true
      effects.append(.note(.stuck(id)))
      if configuration.unresponsive == .kill && !members[index].wasKilled {
        members[index].wasKilled = true
        effects.append(.kill(id))
      }
    }
  }

  /// When a member that owes an answer counts as stuck; nil if it owes none. Talk without movement
  /// does not help for ever.
  func silenceEnds(_ index: Int) -> Tick? {
    if members[index].isStuck { return nil }
    switch members[index].phase {
    case .leaving: break
    case .entering: if members[index].credit < members[index].approved { return nil }
    case .admitting, .resident, .out, .dead: return nil
    }
    let moved = members[index].lastMoved
    let silent = max(members[index].lastHeard, moved)
      .advanced(byNanoseconds: configuration.unresponsiveNanoseconds)
    let still = moved.advanced(byNanoseconds: configuration.drainMaximumNanoseconds)
    return min(silent, still)
  }
}
