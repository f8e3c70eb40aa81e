// The mover: one thread that makes the driver calls of moving. The listener orders, waits with a
// deadline and may give up on it; it never holds up the listener.

internal import CInterposer
internal import Faults
internal import Shadow
internal import Wire

nonisolated(unsafe) private var stream: UnsafeMutableRawPointer? = nil
nonisolated(unsafe) private var allocationStream: UnsafeMutableRawPointer? = nil
nonisolated(unsafe) private var events: UnsafeMutablePointer<UnsafeMutableRawPointer?>? = nil
/// One marker event per place in `Contexts`.
nonisolated(unsafe) private var markers: UnsafeMutablePointer<UnsafeMutableRawPointer?>? = nil
nonisolated(unsafe) private var hasRecordEvent = false
nonisolated(unsafe) private var orderArgument: UInt64 = 0
nonisolated(unsafe) private var isWatching = false
nonisolated(unsafe) private var pinAgainAt: UInt64 = 0

enum Mover {
  enum Command: UInt64 {
    case none = 0
    case drain = 1
    case leave = 2
    case enter = 3
  }

  // MARK: the other threads' side

  static var isBusy: Bool { Words.moverCommand.value != 0 }

  static func start(_ command: Command, _ argument: UInt64) {
    orderArgument = argument
    Words.moverAbandoned.value = 0
    Words.moverFailure.value = 0
    Words.moverBytes.value = 0
    Words.moverCommand.value = command.rawValue
    ring()
  }

  private static func ring() {
    Words.moverBell.add(1)
    Futex.wakeAll(Words.moverBell.futex, waiters: Words.bellWaiters)
  }

  static func waitDone(milliseconds: UInt64) {
    let seen = UInt32(truncatingIfNeeded: Words.moverCommand.value)
    if seen != 0 { Futex.wait(Words.moverCommand.futex, while: seen, milliseconds: milliseconds) }
  }

  /// What is begun is brought to its end, nothing new is begun.
  static func abandon() { Words.moverAbandoned.value = 1 }

  /// While others wait and this program is resident, the mover keeps seeing how far the GPU is.
  static func watch(_ on: Bool) {
    if isWatching == on { return }
    isWatching = on
    if on { ring() }
  }

  /// As `watch(true)`, from the end of the next command on.
  static func watchNext() { isWatching = true }

  /// There may be something to keep house about. Costs nothing while the mover knows already.
  static func noteHousework() {
    if Words.moverSleeps.value != 0 && Words.moverSleeps.exchange(1, for: 0) { ring() }
  }

  /// Once in a while, for work that arises without a call of the program: the lease grew, or this
  /// program came in with freed memory.
  static func lookAround() {
    if Words.moverSleeps.value != 0 && hasHousework { noteHousework() }
  }

  /// How a wait for submitted work ended.
  enum Completion {
    case complete
    /// It takes longer, or cannot be seen while something captures, or the process ends.
    case late
    /// This program began to move: nothing is known of the work.
    case moving
    /// A marker could not be made or failed.
    case failed
  }

  /// Waits until so much of what was submitted was seen complete. Unlike waiting in the driver it
  /// can be given up.
  static func awaitComplete(_ submissions: UInt64, milliseconds: UInt64) -> Completion {
    let begin = Clock.nanoseconds()
    let failures = Words.marksFailed.value
    while Words.completedSubmissions.value < submissions {
      let waited = (Clock.nanoseconds() &- begin) / 1_000_000
      if waited >= milliseconds || Words.exiting.value != 0 { return .late }
      if Words.residency.value != Residence.resident { return .moving }
      if Words.marksFailed.value != failures { return .failed }
      let seen = UInt32(truncatingIfNeeded: Words.marks.value)
      Words.marksWanted.value = 1
      ring()
      Futex.wait(
        Words.marks.futex, while: seen, milliseconds: min(milliseconds &- waited, 500),
        waiters: Words.markWaiters)
    }
    return .complete
  }

  /// `trim`: unused credit goes back; dead chunks are given up if that is not enough.
  static func trim(targetBytes: UInt64, replyTo: UInt32) {
    Memory.returnUnused(keepBytes: targetBytes)
    Link.tell(.returned, replyTo: replyTo)
  }

  /// For the end of the process: false when the mover is still in the driver after this long.
  static func awaitOutside(milliseconds: UInt64) -> Bool {
    let begin = Clock.nanoseconds()
    while Words.moverInside.value != 0 {
      if Clock.nanoseconds() &- begin > milliseconds &* 1_000_000 { return false }
      Clock.sleep(microseconds: 100)
    }
    return true
  }

  // MARK: the thread

  static func run() {
    guard let memory = System.map(byteCount: 4096) else { return }
    let slots = memory.bindMemory(to: UnsafeMutableRawPointer?.self, capacity: 64)
    events = slots
    markers = slots + RealDriver.eventCount
    var version: Int32 = 0
    _ = real_cuDriverGetVersion(&version)
    hasRecordEvent = version >= 12050
    var mode: Int32 = 2
    _ = real_cuThreadExchangeStreamCaptureMode(&mode)
    while Words.exiting.value == 0 {
      let rung = UInt32(truncatingIfNeeded: Words.moverBell.value)
      let command = Words.moverCommand.value
      if command == 0 {
        rest(rung)
        continue
      }
      inDriver { perform(Command(rawValue: command) ?? .none) }
      // Nothing holds this thread any more: from here on it sees how far the GPU is.
      Words.moverAbandoned.value = 0
      Words.moverCommand.value = 0
      Futex.wakeAll(Words.moverCommand.futex)
    }
  }

  /// The end of the process waits for what is done in here, and nothing begins after it.
  private static func inDriver(_ body: () -> Void) {
    Words.moverInside.set(1)
    if Words.exiting.value == 0 { body() }
    Words.moverInside.set(0)
  }

  private static func perform(_ command: Command) {
    if command == .drain {
      Words.moverFailure.value = UInt64(UInt32(bitPattern: mark()))
      return
    }
    let home = Contexts.enterHome()
    guard home >= 0 else {
      if command == .leave { Memory.returnUnused() }
      return
    }
    defer { Contexts.leave(home) }
    guard prepare(home) else {
      if command == .leave { Memory.returnUnused() }
      return
    }
    switch command {
    case .none, .drain: break
    case .leave: leave(targetBytes: orderArgument)
    case .enter: enter(home)
    }
  }

  /// Coming in waits for others, and the end of a context must not: then the rest comes in in the
  /// next one.
  private static func mustStop(_ home: Int) -> Bool {
    Words.moverAbandoned.value != 0 || Contexts.isEnding(home)
  }

  /// Without an order: watch, or keep house, or sleep. `rung`: the bell before it was looked.
  private static func rest(_ rung: UInt32) {
    if isWatching || Words.marksWanted.value != 0 {
      observe(rung)
      return
    }
    Words.moverSleeps.set(1)
    let housework = hasHousework
    if housework { Words.moverSleeps.set(0) }
    // Freed memory rests a little: much of it is wanted again at once.
    let answer = Futex.wait(
      Words.moverBell.futex, while: rung,
      milliseconds: housework ? Limits.houseworkMilliseconds : nil, waiters: Words.bellWaiters)
    Words.moverSleeps.set(0)
    if housework && answer == Futex.timedOut { inDriver { keepHouse() } }
  }

  /// Marks what is submitted, waits for it and says how far that was.
  private static func observe(_ rung: UInt32) {
    let isWanted = Words.marksWanted.value != 0
    Words.marksWanted.set(0)
    let submissions = Gate.submissions()
    let before = Words.completedSubmissions.value
    if submissions == before || Words.openCaptures.value > 0 {
      if isWanted { countMark(failed: Words.openCaptures.value > 0) }
      if isWatching {
        Futex.wait(
          Words.moverBell.futex, while: rung, milliseconds: Limits.observeMilliseconds,
          waiters: Words.bellWaiters)
      }
      return
    }
    let begin = Clock.nanoseconds()
    var isComplete = false
    inDriver { isComplete = Contexts.count > 0 && mark() == 0 }
    if isComplete {
      Words.completedSubmissions.value = submissions
      Futex.wakeAll(Words.completedSubmissions.futex, waiters: Words.completionWaiters)
      Memory.observe(completed: submissions)
      Window.adapt(
        submissions: submissions &- before, nanoseconds: Clock.nanoseconds() &- begin)
    } else if isWatching && Words.exiting.value == 0 {
      Futex.wait(
        Words.moverBell.futex, while: rung, milliseconds: Limits.observeMilliseconds,
        waiters: Words.bellWaiters)
    }
    if isWanted { countMark(failed: !isComplete) }
  }

  private static func countMark(failed: Bool) {
    if failed { Words.marksFailed.add(1) }
    Words.marks.add(1)
    Futex.wakeAll(Words.marks.futex, waiters: Words.markWaiters)
  }

  /// Resident and undisturbed, with memory that was freed or a lease that is not all pinned.
  private static var hasHousework: Bool {
    guard Words.residency.value == Residence.resident, Contexts.count > 0 else { return false }
    let freed = Memory.with { $0.quarantinedBytes &+ $0.deadBytes } ?? 0
    return freed > 0 || mayPin
  }

  /// Rested memory is given back, the lease is pinned a step further.
  private static func keepHouse() {
    guard Words.moverCommand.value == 0, Words.residency.value == Residence.resident else { return }
    if Words.openCaptures.value == 0, Memory.with({ $0.quarantinedBytes }) ?? 0 > 0 {
      let submissions = Gate.submissions()
      if mark() == 0 { Memory.observe(completed: submissions) }
    }
    if Words.moverCommand.value != 0 { return }
    let home = Contexts.enterHome()
    guard home >= 0 else { return }
    defer { Contexts.leave(home) }
    guard prepare(home) else { return }
    trimDead(keepBytes: 0)
    pinStep()
  }

  // MARK: context, streams, markers

  /// Makes the home context current on this thread and sees that our stream and events exist.
  private static func prepare(_ home: Int) -> Bool {
    guard let events = events, Contexts.makeCurrent(home) else { return false }
    if stream == nil, real_cuStreamCreate(&stream, 1) != 0 { return false }
    var index = 0
    while index < RealDriver.eventCount {
      if events[index] == nil, real_cuEventCreate(events + index, 2) != 0 { return false }
      index &+= 1
    }
    return true
  }

  /// The stream on which allocating threads clear new memory. The home context is current and in
  /// use.
  static func clearingStream() -> UnsafeMutableRawPointer? {
    Mutex.lock(Words.streamLock)
    defer { Mutex.unlock(Words.streamLock) }
    if allocationStream == nil { _ = real_cuStreamCreate(&allocationStream, 1) }
    return allocationStream
  }

  /// A context has ended, without users: what of ours lived in it went with it.
  static func forget(_ place: Int, isHome: Bool) {
    guard let events = events, let markers = markers else { return }
    markers[place] = nil
    guard isHome else { return }
    stream = nil
    allocationStream = nil
    Words.pinnedBytes.value = 0
    var index = 0
    while index < RealDriver.eventCount {
      events[index] = nil
      index &+= 1
    }
  }

  /// Nothing was marked: a capture is open, or the process ends.
  private static let unmarked: Int32 = -1

  /// Waits until everything submitted in every context so far is complete: 0, or what the driver
  /// said, or `unmarked`. The wait is the driver's and holds this thread alone: the listener
  /// gives it up after a while, and other threads need nothing that it has.
  private static func mark() -> Int32 {
    var place = 0
    while place < Limits.contexts {
      if let context = Contexts.enter(place) {
        defer { Contexts.leave(place) }
        var code = real_cuCtxSetCurrent(context)
        if code == 0 {
          code =
            hasRecordEvent
            ? markByEvent(context, place)
            : Captures.unlessOpen { real_cuCtxSynchronize() } ?? unmarked
        }
        if code != 0 { return code }
        Words.drainProgress.add(1)
      }
      place &+= 1
    }
    return Words.exiting.value == 0 ? 0 : unmarked
  }

  private static func markByEvent(_ context: UnsafeMutableRawPointer, _ place: Int) -> Int32 {
    guard let markers = markers else { return unmarked }
    // Without timing, and blocking: the wait must not burn the program's processor.
    if markers[place] == nil {
      let code = real_cuEventCreate(markers + place, 3)
      if code != 0 { return code }
    }
    let event = markers[place]
    let code = Captures.unlessOpen { real_cuCtxRecordEvent(context, event) } ?? unmarked
    return code != 0 ? code : real_cuEventSynchronize(event)
  }

  private static func driver() -> RealDriver {
    RealDriver(
      device: Start.device, lease: Link.leaseBase, pinUnitBytes: Memory.chunkBytes,
      stream: stream, events: events)
  }

  // MARK: moving

  private static func leave(targetBytes: UInt64) {
    var driver = driver()
    guard var motion = Memory.with({ $0.beginLeave(targetResidentBytes: targetBytes) }) else {
      Memory.returnUnused()
      return
    }
    let before = Memory.residentBytes
    let toMove = before > targetBytes ? before &- targetBytes : 0
    let pokeBytes = min(
      max(Limits.progressFrameBytesMin, toMove / 2), Limits.progressFrameBytes)
    var poked: UInt64 = 0
    Memory.returnUnused(keepBytes: targetBytes)
    var failures = 0
    while true {
      if Words.exiting.value != 0 { motion.stop() }
      let leaseBytes = min(Link.read(ControlPage.Offset.leaseBytes), Link.leaseFileBytes)
      let step =
        Memory.with {
          $0.setLease(bytes: fault(186) ? 0 : leaseBytes)
          return $0.next(&motion, residentBytesMax: 0)
        } ?? .finished
      if step.isCall {
        let outcome = step.perform(on: &driver)
        Memory.with { $0.settle(&motion, outcome) }
        if !fault(177) { Memory.returnUnused(keepBytes: targetBytes) }
        if motion.returnedBytes &- poked >= pokeBytes {
          poked = motion.returnedBytes
          Link.tell(.returned)
        }
        continue
      }
      if case .finished = step { break }
      // The lease is shorter than promised, or a copy failed: tried again, then left as it is.
      failures &+= 1
      if failures > 50 { motion.stop() }
      Clock.sleep(microseconds: 1000)
    }
    account(out: motion.copiedBytes)
  }

  private static func account(out bytes: UInt64) {
    Words.moverBytes.value = bytes
    Memory.returnUnused()
    if bytes == 0 { return }
    bump(ControlPage.Offset.swapsOut, 1)
    bump(ControlPage.Offset.bytesOut, bytes)
  }

  private static func enter(_ home: Int) {
    var driver = driver()
    var copied: UInt64 = 0
    while !mustStop(home), !Memory.isWhole {
      guard var motion = Memory.with({ $0.beginEnter() }) else { break }
      let ended = bringIn(&motion, &driver, home)
      copied &+= motion.copiedBytes
      if !ended { break }
    }
    Words.moverBytes.value = copied
    Memory.with { Memory.publish(&$0) }
    if copied == 0 { return }
    bump(ControlPage.Offset.swapsIn, 1)
    bump(ControlPage.Offset.bytesIn, copied)
  }

  /// Brings in what is missing, waiting for credit as others leave. False: it cannot go on.
  private static func bringIn(
    _ motion: inout Motion, _ driver: inout RealDriver, _ home: Int
  ) -> Bool {
    var failures = 0
    var shortages = 0
    while true {
      if mustStop(home) { motion.stop() }
      let wake = Link.agentWake
      let step =
        Memory.with { $0.next(&motion, residentBytesMax: Link.creditBytes) } ?? .finished
      if step.isCall {
        let outcome = step.perform(on: &driver)
        Memory.with {
          $0.settle(&motion, outcome)
          Memory.publish(&$0)
        }
        continue
      }
      switch step {
      case .finished: return true
      case .needsCredit: Link.waitForAgent(seen: wake, milliseconds: 20)
      case .outOfMemory:
        // Credit without memory: a release is not finished, or others took the room, which the
        // agent sees in the driver's books and makes good. It is told to look, at first and while
        // that lasts.
        if shortages % 256 == 32 { Link.tell(.returned, 1) }
        shortages &+= 1
        Clock.sleep(microseconds: 500)
      case .failed:
        failures &+= 1
        if failures > 100 { return false }
        Clock.sleep(microseconds: 1000)
      case .needsLease: return false
      case .create, .map, .setAccess, .copyOut, .copyIn, .clear, .finish, .unmap, .release: break
      }
    }
  }

  private static func bump(_ offset: Int, _ amount: UInt64) {
    Link.write(offset, Link.read(offset) &+ amount)
  }

  /// Gives up dead chunks beyond `keepBytes`, from any thread. It only unmaps and releases, which
  /// takes no stream of ours.
  static func trimDead(keepBytes: UInt64) {
    guard Memory.with({ $0.deadBytes }) ?? 0 > keepBytes,
      var motion = Memory.with({ $0.beginTrim(targetDeadBytes: keepBytes) })
    else { return }
    var driver = driver()
    while true {
      let step = Memory.with { $0.next(&motion, residentBytesMax: 0) } ?? .finished
      if !step.isCall { break }
      let outcome = step.perform(on: &driver)
      Memory.with { $0.settle(&motion, outcome) }
    }
    Memory.returnSurplus()
    Link.tell(.returned)
  }

  // MARK: pinning

  private static var mayPin: Bool {
    Link.leaseBase != nil
      && Words.pinnedBytes.value &+ Memory.chunkBytes
        <= Link.read(ControlPage.Offset.leaseBytes)
  }

  /// Registers one more unit of the populated lease, at most a tenth of the time. Copies to a part
  /// that is not registered yet work too, through the driver's own staging.
  private static func pinStep() {
    let now = Clock.nanoseconds()
    guard now >= (pinAgainAt), mayPin, let lease = Link.leaseBase else { return }
    let unit = Memory.chunkBytes
    let at = lease + Int(truncatingIfNeeded: Words.pinnedBytes.value)
    _ = real_cuMemHostRegister(at, Int(truncatingIfNeeded: unit), 1)
    // A refused unit is not asked for again: copies there are staged by the driver.
    Words.pinnedBytes.add(unit)
    let took = Clock.nanoseconds() &- now
    pinAgainAt = now &+ took &* 10
  }
}
