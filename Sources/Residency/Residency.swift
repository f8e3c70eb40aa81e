internal import Faults

/// The whole policy of who is on the GPU, as one value: no clock, no descriptor, no lock, no
/// randomness. The agent and the simulated world run the same code.
///
///                    welcome                 leave                  left
///     admitting ───────────────▶ resident ───────────▶ leaving ───────────▶ out
///                                  ▲   ▲                │   ▲                │
///                                  │   └────────────────┘   └──────┐         │ enter
///                                  │   undrained, still whole      │ recall  ▼
///                                  └────────────────────────────────────── entering
///                                               entered
///
/// Rules, in the order in which they bind:
///
/// 1. *Ledger.* Per GPU, credit outstanding never exceeds capacity less foreign memory less the
///    reserve. Foreign memory is measured: when it grows, members give way at once.
/// 2. *Leases.* With F the sum of swappable footprints and E = F - room, every member holds a lease
///    of min(footprint, E + largest chunk). A footprint, newcomer or reserve that would enlarge
///    leases is admitted only after all of them are populated, so an exchange can always finish.
/// 3. *Turns.* Who waits is served first come, first served: room that is free, then unused credit,
///    then members that are not running, then idle ones, then those whose quantum has passed, the
///    largest first. A victim gives only what the newcomer lacks.
///    While *paused* nobody leaves for another's sake: what has room comes back, asked or not, and
///    whoever lacks room waits and is told why. Foreign memory that grows is given way to even so.
/// 4. *Those who cannot give way* (unswappable, undrainable, stuck) are named to whoever waits for
///    them; a waiter that needs their room does not keep later ones from running.
public struct ResidencyCore: Sendable {
  public let configuration: Configuration
  let poolBytes: Int
  var devices: [Device]
  /// Sorted by id.
  var members: [Member] = []
  /// In order of arrival.
  var admissions: [Admission] = []
  var effects = Effects()
  var poolWasNearlyFull = false
  /// The operator wants no swap-outs.
  public internal(set) var isPaused = false
  /// When the first programs of an earlier agent are all expected to be back.
  var rejoinedAt: Tick?
  /// What would promise more before that; bounded by members and their requests.
  var deferred: [Event] = []

  public init(_ configuration: Configuration) {
    self.configuration = configuration
    poolBytes = Quantity.bounded(configuration.poolSizeBytes)
    devices = configuration.gpus.map {
      Device($0, slackMaximumBytes: configuration.slackMaximumBytes)
    }
  }

  /// Takes one event and says what to do. Never fails; never blocks; the same events at the same
  /// ticks give the same effects. Ticks must not go back.
  public mutating func step(_ event: Event, at now: Tick) -> Effects {
    effects = Effects()
    if rejoinedAt == nil {
      rejoinedAt = now.advanced(byNanoseconds: configuration.rejoinNanoseconds)
    }
    let gpu = isEarly(event, at: now) ? deferEvent(event) : take(event, at: now)
    let isDue = !deferred.isEmpty && now >= rejoinedAt ?? now
    if isDue {
      let due = deferred
      deferred = []
      for event in due { _ = take(event, at: now) }
    }
    if let gpu, !isDue {
      settle(gpu, at: now)
    } else {
      for index in devices.indices { settle(index, at: now) }
    }
    askAgainForUnusedCredit(at: now)
    assertDecisions()
    effects.wakeAt = nextWake(after: now)
    return effects
  }

  /// Promises made before every old program is back could not be kept beside its own, nor is the
  /// room free that credit would be given from.
  private func isEarly(_ event: Event, at now: Tick) -> Bool {
    guard isGathering(at: now), !fault(251) else { return false }
    switch event {
    case .growWanted(let id, _, let bytes):
      guard let index = index(of: id), members[index].isMember, !members[index].isDisconnected
      else { return false }
      let wanted = Quantity.bounded(bytes)
      return wanted > members[index].approved || needsCredit(index, footprintBytes: wanted)
    case .joined(_, let hello):
      return hello.inherited == nil && (hello.isStatic || hello.promiseAtStart)
    case .died, .disconnected, .booksShowFree, .contextWanted, .residueMeasured, .roomWanted,
      .driverMemoryWanted, .counters, .wanted, .idle, .busy, .left, .undrained, .entered,
      .becameUnswappable, .leasePopulated, .leaseFailed, .leaseReleased, .useMeasured,
      .foreignMeasured, .gathered, .paused, .woke:
      return false
    }
  }

  /// Programs of an earlier agent are still expected, so nobody knows what is free.
  func isGathering(at now: Tick) -> Bool { rejoinedAt.map { now < $0 } ?? false }

  /// Keeps it until they are back, or refuses it where too many wait already.
  private mutating func deferEvent(_ event: Event) -> Int? {
    if case .growWanted(let id, let request, let bytes) = event {
      guard mayGrow(id, request, Quantity.bounded(bytes)) else { return 0 }
    } else if case .joined(let id, _) = event {
      let waiting = deferred.count { if case .joined = $0 { true } else { false } }
      guard members.count + waiting < configuration.membersMaximum else {
        effects.append(.refuseHello(id, tooManyPrograms(waiting: waiting)))
        return 0
      }
    }
    deferred.append(event)
    return 0
  }

  /// Books one event. Returns the GPU it concerns, nil for all of them.
  private mutating func take(_ event: Event, at now: Tick) -> Int? {
    switch event {
    case .joined(let id, let hello): return join(id, hello, at: now)
    case .foreignMeasured(let gpu, let bytes): return measureForeign(gpu, bytes, at: now)
    case .woke: return nil
    case .gathered:
      rejoinedAt = min(rejoinedAt ?? now, now)
      return nil
    case .paused(let isPaused):
      pause(isPaused, at: now)
      return nil
    case .died(let id):
      deferred.removeAll { $0.asker == id }
      return with(id) { $0.bury($1, at: now) }
    case .disconnected(let id):
      deferred.removeAll { $0.asker == id }
      return with(id) { $0.disconnect($1) }
    case .booksShowFree(let id): return with(id) { $0.clearBooks($1) }
    case .leasePopulated(let id, let bytes):
      return with(id) { $0.leaseGrew($1, bytes, failed: false, at: now) }
    case .leaseFailed(let id, let bytes):
      return with(id) { $0.leaseGrew($1, bytes, failed: true, at: now) }
    case .leaseReleased(let id): return with(id) { $0.clearLease($1) }
    case .growWanted(let id, let request, let bytes):
      return heard(id, now) { $0.grow($1, request, Quantity.bounded(bytes), at: now) }
    case .contextWanted(let id, let request, let bytes):
      return heard(id, now) { $0.wantContext($1, request, Quantity.bounded(bytes), at: now) }
    case .residueMeasured(let id, let bytes):
      return seen(id, now) { $0.measureResidue($1, Quantity.bounded(bytes)) }
    case .roomWanted(let id, let request, let bytes):
      return heard(id, now) { $0.wantRoom($1, request, Quantity.bounded(bytes), at: now) }
    case .driverMemoryWanted(let id, let request, let attempts):
      return heard(id, now) { $0.wantDriverMemory($1, request, attempts: attempts, at: now) }
    case .useMeasured(let id, let bytes):
      return seen(id, now) { $0.measureUse($1, Quantity.bounded(bytes)) }
    case .counters(let id, let counters):
      return seen(id, now) { $0.readCounters($1, counters, at: now) }
    case .wanted(let id, let urgent): return heard(id, now) { $0.want($1, urgent, at: now) }
    case .idle(let id): return heard(id, now) { $0.setIdle($1, true, at: now) }
    case .busy(let id): return heard(id, now) { $0.setIdle($1, false, at: now) }
    case .left(let id, _, _, _): return heard(id, now) { $0.leaveDone($1, at: now) }
    case .undrained(let id, let failure):
      return heard(id, now) { $0.leaveFailed($1, failure, at: now) }
    case .entered(let id, _, _): return heard(id, now) { $0.enterDone($1, at: now) }
    case .becameUnswappable(let id): return heard(id, now) { $0.pin($1) }
    }
  }

  /// Runs `body` on a known member; an unknown one concerns no decision.
  private mutating func with(_ id: MemberID, _ body: (inout Self, Int) -> Void) -> Int? {
    guard let index = index(of: id) else { return 0 }
    let gpu = members[index].gpu
    body(&self, index)
    return gpu
  }

  /// As `with`, for what the program said over its connection. What arrives after that is lost is
  /// void: nobody could be answered, and on its next connection the program says it again.
  private mutating func heard(
    _ id: MemberID, _ now: Tick, _ body: (inout Self, Int) -> Void
  ) -> Int? {
    guard let index = index(of: id), !members[index].isDisconnected || fault(122) else { return 0 }
    return seen(id, now, body)
  }

  /// As `with`, for what the program's page or the driver's books show: a sign of life.
  private mutating func seen(
    _ id: MemberID, _ now: Tick, _ body: (inout Self, Int) -> Void
  ) -> Int? {
    guard let index = index(of: id), members[index].isMember else { return 0 }
    members[index].lastHeard = now
    if members[index].isStuck && !members[index].isDisconnected {
      members[index].isStuck = false
      effects.append(.note(.unstuck(id)))
    }
    let gpu = members[index].gpu
    body(&self, index)
    return gpu
  }

  /// Everything that may follow from a changed ledger, queue or clock.
  private mutating func settle(_ gpu: Int, at now: Tick) {
    guard devices.indices.contains(gpu) else { return }
    noteOverrun(gpu)
    followTaken(gpu, at: now)
    expire(gpu, at: now)
    retryGrowths(gpu, at: now)
    prepareLeases(gpu, at: now)
    completeAdmissions(gpu, at: now)
    var reserve: Int
    repeat {
      reserve = devices[gpu].reserveBytes
      if isGathering(at: now), !fault(259) { break }
      serveContexts(gpu, at: now)
      plan(gpu, at: now)
      distribute(gpu, at: now)
    } while devices[gpu].reserveBytes != reserve
    tellContended(gpu)
  }

  /// A program keeps its unused credit while a request of its own is open. Once that is answered,
  /// a trim is no longer in vain.
  private mutating func askAgainForUnusedCredit(at now: Tick) {
    var position = 0
    while position < effects.list.count {
      let effect = effects.list[position]
      position += 1
      let answered: MemberID
      if case .approve(let id, _) = effect {
        answered = id
      } else if case .refuse(let id, _, _) = effect {
        answered = id
      } else {
        continue
      }
      guard let index = index(of: answered), members[index].trimIsVain, !fault(252) else {
        continue
      }
      members[index].trimIsVain = false
      settle(members[index].gpu, at: now)
    }
  }

  func index(of id: MemberID) -> Int? {
    var low = 0
    var high = members.count
    while low < high {
      let middle = (low + high) / 2
      if members[middle].id < id { low = middle + 1 } else { high = middle }
    }
    return low < members.count && members[low].id == id ? low : nil
  }

  /// Raises the page's counters. What the agent itself grants is asserted, in release too.
  mutating func grant(_ index: Int, creditBytes: Int, at now: Tick) {
    precondition(creditBytes >= 0 && creditBytes <= freeBytes(members[index].gpu))
    members[index].creditCounters.give(creditBytes)
    if fault(100) { members[index].creditCounters.give(creditBytes) }
    members[index].lastMoved = now
    members[index].claimedBytes = 0
    publishCounters(index)
  }

  mutating func publishCounters(_ index: Int) {
    let member = members[index]
    effects.append(
      .setCounters(
        member.id, creditGrantedBytes: member.creditCounters.givenBytes,
        footprintApprovedBytes: member.footprintCounters.givenBytes))
  }

  /// Credit outstanding on a GPU, the dead included until the books show them free.
  func grantedBytes(_ gpu: Int) -> Int {
    var sum = 0
    for member in members where member.gpu == gpu { sum += member.credit }
    return sum
  }

  /// Room that nobody holds; negative when foreign memory took what was granted.
  func freeBytes(_ gpu: Int) -> Int {
    devices[gpu].roomBytes - devices[gpu].heldBytes - grantedBytes(gpu)
  }

  func residueBytes(_ gpu: Int) -> Int {
    var sum = 0
    for member in members where member.gpu == gpu { sum += member.residueBytes }
    return sum
  }

  /// Only what the core itself decides: counters run forward, states and queues agree.
  private func assertDecisions() {
    for member in members {
      precondition(member.credit >= 0 && member.approved >= 0)
      precondition(member.plannedBytes >= member.approved || member.isDead)
    }
    for device in devices {
      precondition(device.reserveBytes >= device.reserveFloorBytes)
    }
    precondition(members.count <= configuration.membersMaximum)
  }
}
