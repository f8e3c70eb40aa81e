// The listener: one thread that hears the agent, opens and closes the gate and keeps the deadlines.
// It never enters libcuda, so nothing the driver does can keep it from answering.
//
//            enter                              leave
//   away ------------> entering ----> resident --------> leaving ----> away
//     ^                    | leave        ^                 | no progress
//     +--------------------+              +-----------------+

internal import CInterposer
internal import Faults
internal import Wire

/// Where this process's memory is, as the listener last decided. In `Words.residency`.
enum Residence {
  static let unset: UInt64 = 0
  static let resident: UInt64 = 1
  static let leaving: UInt64 = 2
  static let away: UInt64 = 3
  static let entering: UInt64 = 4
}

nonisolated(unsafe) private var nextOrder: Frame? = nil
nonisolated(unsafe) private var lastSubmissions: UInt64 = 0
nonisolated(unsafe) private var quietSince: UInt64 = 0
nonisolated(unsafe) private var saidIdle = false
nonisolated(unsafe) private var drainFailures: UInt64 = 0
nonisolated(unsafe) private var reconnectMilliseconds = Limits.reconnectMilliseconds
nonisolated(unsafe) private var drainMilliseconds: UInt64 = 2000
/// `TIDELOCK_QUIET` is set.
nonisolated(unsafe) private var isQuiet = false
/// The refusal of the next agent was told.
nonisolated(unsafe) private var hasToldRefusal = false
/// A drain saw no progress; the mover still waits for what was submitted then.
nonisolated(unsafe) private var isStalled = false

enum Listener {
  static func prepare(drainMilliseconds milliseconds: UInt64) {
    drainMilliseconds = min(max(milliseconds, 100), 60_000)
    isQuiet = System.environment("TIDELOCK_QUIET") != nil
  }

  /// The thread. Returns only when the process exits.
  static func run() {
    var silence = 0
    while Words.exiting.value == 0 {
      if !Link.isUp {
        reconnect()
        continue
      }
      let watches = isContended && Words.residency.value == Residence.resident
      let timeout = watches ? Limits.contendedPollMilliseconds : patienceMilliseconds
      silence = pump(milliseconds: timeout) ? 0 : silence &+ timeout
      if silence >= Limits.silenceMilliseconds {
        silence = 0
        // The number may mean a file of the program's by now, which never says anything to us. A
        // long wait looks before it begins.
        if watches && !Link.isOurs { Link.disconnect() }
        Mover.lookAround()
      }
      if let order = nextOrder {
        nextOrder = nil
        obey(order)
      }
      if isContended { watchIdleness() }
      if Reporting.isRehearsalDue() { rehearse() }
    }
  }

  private static var patienceMilliseconds: Int {
    Reporting.isOn ? Reporting.rehearsalMilliseconds : Limits.receiveMilliseconds
  }

  /// For the doctor: comes to rest as for an order to leave, and goes on.
  private static func rehearse() {
    guard Words.residency.value == Residence.resident, Words.unswappable.value == 0 else { return }
    let begin = Clock.nanoseconds()
    Words.unanswered.value = 1
    Mover.watch(false)
    Memory.beginLeaving()
    let failure = drain()
    Words.unanswered.value = 0
    isStalled = failure == .noProgress
    reopen()
    Reporting.rehearsed(failure, nanoseconds: Clock.nanoseconds() &- begin)
  }

  /// Takes one frame if there is one: answers go to their waiters, orders are kept for the loop.
  /// False when there is none.
  @discardableResult
  private static func pump(milliseconds: Int) -> Bool {
    switch Link.receive(milliseconds: milliseconds) {
    case .nothing: return false
    case .lost: Link.disconnect()
    case .frame(let frame): sort(frame)
    }
    return true
  }

  /// A millisecond, hearing the agent if it is there.
  private static func linger() {
    if Link.isUp { pump(milliseconds: 1) } else { Clock.sleep(microseconds: 1000) }
  }

  private static func sort(_ frame: Frame) {
    switch frame.kind {
    case .approved, .refused:
      if isReturning && frame.kind == .refused { tellRefusal(frame) }
      Requests.deliver(frame)
    case .enter, .leave: nextOrder = frame
    case .contended: contend(frame.words[unchecked: 0] != 0)
    case .trim: Mover.trim(targetBytes: frame.words[unchecked: 0], replyTo: frame.sequence)
    case .waits: if !isQuiet && System.errorIsTerminal { tellWait(frame) }
    case .welcome:
      reconnectMilliseconds = Limits.reconnectMilliseconds
      hasToldRefusal = false
    case .hello, .device, .contextWanted, .residueMeasured, .grow, .want, .idle, .busy, .left,
      .entered, .undrained, .unswappable, .returned, .roomWanted, .statusWanted, .launchWanted,
      .pauseWanted, .status, .launch:
      break
    }
  }

  /// For a person who wonders why nothing happens; files and pipes get nothing that the program did
  /// not write.
  private static func tellWait(_ frame: Frame) {
    var line = Line()
    line.add("tidelock: ")
    line.addWait(frame)
    line.say()
  }

  /// Connected to the next agent, which has not answered yet.
  private static var isReturning: Bool { reconnectMilliseconds > Limits.reconnectMilliseconds }

  /// The next agent does not take this program back. It may yet, once it is configured as the one
  /// before was: said once, and asked again.
  private static func tellRefusal(_ frame: Frame) {
    if hasToldRefusal { return }
    hasToldRefusal = true
    var line = Line()
    line.add("tidelock: the new agent does not take this program back, which waits: ")
    line.addRefusal(frame)
    line.say()
  }

  private static func obey(_ order: Frame) {
    if order.kind == .enter { enter(order) } else { leave(order) }
  }

  // MARK: contention

  private static var isContended: Bool { Words.contended.value != 0 }

  private static func contend(_ contended: Bool) {
    if isContended == contended { return }
    Words.contended.value = contended ? 1 : 0
    saidIdle = false
    quietSince = Clock.nanoseconds()
    lastSubmissions = Gate.submissions()
    // Starts narrow, for kernels may be long; short ones widen it within a few markers.
    if contended { Words.windowSubmissions.value = Limits.windowSubmissionsFirst }
    if contended && Memory.hasSurplus {
      Memory.returnSurplus()
      Link.tell(.returned)
    }
    if Words.residency.value == Residence.resident { Gate.open(windowed: contended) }
    Mover.watch(contended && Words.residency.value == Residence.resident)
  }

  /// Idle: no thread inside, nothing submitted for a while, everything submitted seen complete.
  private static func watchIdleness() {
    guard Words.residency.value == Residence.resident else { return }
    let submissions = Gate.submissions()
    let now = Clock.nanoseconds()
    if isStalled && !Mover.isBusy && !fault(206) {
      isStalled = false
      saidIdle = false
      Link.tell(.busy)
    }
    let isQuiet =
      submissions == (lastSubmissions)
      && !Gate.someoneInside(nil, checkDeath: false)
      && Words.completedSubmissions.value >= submissions
    if !isQuiet {
      lastSubmissions = submissions
      quietSince = now
      if saidIdle {
        saidIdle = false
        Link.tell(.busy)
      }
      return
    }
    if !saidIdle && now &- quietSince >= Limits.idleMilliseconds &* 1_000_000 {
      saidIdle = true
      if !fault(201) { Link.tell(.idle) }
    }
  }

  // MARK: leaving

  private static func leave(_ order: Frame) {
    let begin = Clock.nanoseconds()
    let callsBefore = System.callCount &- Link.receptionCalls
    let target = order.words[unchecked: 0]
    Words.unanswered.value = 1
    if Words.residency.value == Residence.resident {
      Mover.watch(false)
      Memory.beginLeaving()
      // A call that pinned this process looks at the residence after it said so, we the other way
      // round: one of us sees the other.
      if let failure = Words.unswappable.value == 0 ? drain() : .callInside {
        drainFailures &+= 1
        Words.unanswered.value = 0
        isStalled = failure == .noProgress
        if !fault(218) { reopen() }
        Link.tell(
          .undrained, replyTo: order.sequence, failure.rawValue, drainFailures,
          Clock.nanoseconds() &- begin,
          failure == .driverError ? Words.moverFailure.value : 0)
        return
      }
      drainFailures = 0
      isStalled = false
    }
    let drained = Clock.nanoseconds()
    settle(Residence.away)
    Mover.start(.leave, target)
    while Mover.isBusy { awaitMover() }
    let bytes = Words.moverBytes.value
    if Memory.becomeResidentIfWhole() { reopen() }
    Link.tell(
      .left, replyTo: order.sequence, Memory.residentBytes, bytes,
      Clock.nanoseconds() &- begin, drained &- begin, callsSince(callsBefore))
    askIfWanted()
  }

  /// The answer's own calls included.
  private static func callsSince(_ before: UInt64) -> UInt64 {
    System.callCount &- before &+ Link.callsPerFrame
  }

  /// Ends a residence that threads wait out.
  private static func settle(_ residence: UInt64) {
    Words.residency.value = residence
    Futex.wakeAll(Words.residency.futex, waiters: Words.residencyWaiters)
  }

  private static func reopen() {
    saidIdle = false
    quietSince = Clock.nanoseconds()
    settle(Residence.resident)
    Gate.open(windowed: isContended)
    Mover.watch(isContended)
  }

  /// Nobody is inside, and everything submitted was seen complete.
  private static var isAtRest: Bool {
    Words.completedSubmissions.value >= Gate.submissions() && Words.openCaptures.value == 0
      && Words.inFlightAllocations.value == 0 && !Gate.someoneInside(nil, checkDeath: false)
  }

  /// Closes kernels, then copies, and sees all submitted work finished. Nil: drained, gate closed.
  private static func drain() -> Frame.DrainFailure? {
    if !awaitAbandoned() { return .noProgress }
    // A program at rest is closed at one stroke; if it was not, copies are let through again while
    // kernels are drained.
    if isAtRest {
      Gate.close(nil)
      if isAtRest {
        Memory.observe(completed: Words.completedSubmissions.value)
        return nil
      }
      Gate.reopenCopies()
    }
    Gate.close(UInt32(TIDELOCK_CLASS_KERNEL))
    if !waitOutside(UInt32(TIDELOCK_CLASS_KERNEL)) { return .callInside }
    let beforeCopies = Gate.submissions()
    // Nothing was submitted since the mover saw all of it complete: nothing to see.
    let isComplete =
      Words.completedSubmissions.value >= beforeCopies && Words.openCaptures.value == 0
    if !isComplete, let failure = synchronize() { return failure }
    if !fault(179) { Gate.close(UInt32(TIDELOCK_CLASS_COPY)) }
    if !waitOutside(nil) { return .callInside }
    let submissions = Gate.submissions()
    // Copies went on while kernels drained; without one the first look was the last.
    if submissions != beforeCopies && !fault(203), let failure = synchronize() { return failure }
    Words.completedSubmissions.value = submissions
    Memory.observe(completed: submissions)
    return nil
  }

  /// Waits until no thread is inside (nil: of any class) and no allocation is half done. False
  /// after `drainMilliseconds` in which no call returned.
  private static func waitOutside(_ callClass: UInt32?) -> Bool {
    var submissions = Gate.submissions()
    var since = Clock.nanoseconds()
    var rounds: UInt64 = 0
    while Gate.someoneInside(callClass, checkDeath: rounds & 15 == 15)
      || (callClass == nil && Words.inFlightAllocations.value > 0)
    {
      let now = Clock.nanoseconds()
      let current = Gate.submissions()
      if current != submissions {
        submissions = current
        since = now
      }
      if now &- since > (drainMilliseconds) &* 1_000_000 { return false }
      if rounds < 3 { Clock.sleep(microseconds: 20 &<< (rounds &* 2)) } else { linger() }
      rounds &+= 1
    }
    return true
  }

  /// The drain before was given up, but the mover may still wait in the driver for the same work:
  /// that is given as long as any drain. False when it takes longer.
  private static func awaitAbandoned() -> Bool {
    let begin = Clock.nanoseconds()
    while Mover.isBusy {
      if Clock.nanoseconds() &- begin > drainMilliseconds &* 1_000_000 { return false }
      pump(milliseconds: 0)
      Mover.waitDone(milliseconds: 20)
    }
    return true
  }

  /// Has the mover see every context's work finished.
  private static func synchronize() -> Frame.DrainFailure? {
    if fault(180) { return nil }
    let begin = Clock.nanoseconds()
    while Words.openCaptures.value > 0 {
      if Clock.nanoseconds() &- begin > Limits.captureMilliseconds &* 1_000_000 { return .capture }
      linger()
    }
    Mover.start(.drain, 0)
    var seen = Words.drainProgress.value
    var since = Clock.nanoseconds()
    while Mover.isBusy {
      awaitMover()
      let now = Clock.nanoseconds()
      let progress = Words.drainProgress.value
      if progress != seen {
        seen = progress
        since = now
      }
      if now &- since > (drainMilliseconds) &* 1_000_000 {
        Mover.abandon()
        return fault(200) ? nil : .noProgress
      }
    }
    if Words.moverFailure.value == 0 { return nil }
    return Words.openCaptures.value > 0 ? .capture : .driverError
  }

  /// Waits for the mover and hears the agent, which comes second: most commands are done by then.
  private static func awaitMover() {
    Mover.waitDone(milliseconds: 20)
    if Mover.isBusy { pump(milliseconds: 0) }
  }

  // MARK: entering

  private static func enter(_ order: Frame) {
    if Words.residency.value == Residence.resident {
      Link.tell(.entered, replyTo: order.sequence, Memory.residentBytes, 0, 0)
      return
    }
    let begin = Clock.nanoseconds()
    let callsBefore = System.callCount &- Link.receptionCalls
    Words.residency.value = Residence.entering
    if isContended { Mover.watchNext() }
    Mover.start(.enter, 0)
    if fault(172) { Gate.open(windowed: false) }
    while Mover.isBusy {
      awaitMover()
      // Without an agent no more credit will come: only the listener can find the next one.
      let isRecalled = if let order = nextOrder { order.kind == .leave } else { !Link.isUp }
      if isRecalled && !fault(210) { Mover.abandon() }
    }
    guard Memory.isWhole else {
      // Recalled: the order to leave is next. The agent is gone: the next one orders anew.
      // Otherwise the driver failed: the order stands.
      Mover.watch(false)
      settle(Residence.away)
      if Contexts.count == 0 {
        renounce(order)
      } else if nextOrder == nil && Link.isUp {
        Clock.sleep(microseconds: 100_000)
        nextOrder = order
      }
      return
    }
    reopen()
    Link.tell(
      .entered, replyTo: order.sequence, Memory.residentBytes, Words.moverBytes.value,
      Clock.nanoseconds() &- begin, callsSince(callsBefore))
  }

  /// The last context ended before all was in: nothing can come in, and nobody can use it. Others
  /// may have the room; whoever comes with another context asks anew.
  private static func renounce(_ order: Frame) {
    Words.unanswered.value = 1
    Words.wanted.value = 0
    Memory.returnUnused()
    Link.tell(.entered, replyTo: order.sequence, Memory.residentBytes, Words.moverBytes.value)
    askIfWanted()
  }

  /// Whoever came to the closed gate meanwhile left the asking to this thread: before the answer
  /// it would have been for the old residence.
  private static func askIfWanted() {
    Words.unanswered.set(0)
    if Words.residency.value == Residence.away && Words.wanted.value != 0 && !fault(205) {
      Link.sendWant(urgent: false)
    }
  }

  // MARK: the agent comes and goes

  /// A resident program goes on; one that is swapped out waits for the next agent. One that does
  /// not take this program back is asked ever more seldom.
  private static func reconnect() {
    nextOrder = nil
    contend(false)
    Clock.sleep(microseconds: UInt64(truncatingIfNeeded: reconnectMilliseconds) &* 1000)
    guard Link.connect(Start.introduction(), reconnect: true) else {
      Link.disconnect()
      return
    }
    reconnectMilliseconds = min(reconnectMilliseconds &* 2, Limits.reconnectMillisecondsMax)
    if !fault(211) { Calls.sayUnswappable() }
    if !fault(185) { Requests.repeatAll() }
    if Words.residency.value == Residence.away && Words.wanted.value != 0 && !fault(184) {
      Link.sendWant(urgent: false)
    }
  }
}
