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
nonisolated(unsafe) private var pinnedBytes: UInt64 = 0
nonisolated(unsafe) private var pinAgainAt: UInt64 = 0

enum Mover {
  enum Command: UInt64 {
    case none = 0
    case drain = 1
    case leave = 2
    case enter = 3
  }

  // MARK: the listener's side

  static var isBusy: Bool { Words.moverCommand.value != 0 }

  static func start(_ command: Command, _ argument: UInt64) {
    orderArgument = argument
    Words.moverAbandoned.value = 0
    Words.moverFailure.value = 0
    Words.moverBytes.value = 0
    Words.moverCommand.value = command.rawValue
    Futex.wakeAll(Words.moverCommand.futex)
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
    if on { Futex.wakeAll(Words.moverCommand.futex) }
  }

  /// As `watch(true)`, from the end of the next command on.
  static func watchNext() { isWatching = true }

  /// `trim`: unused credit goes back; dead chunks are given up if that is not enough.
  static func trim(targetBytes: UInt64, replyTo: UInt32) {
    Memory.returnUnused(keepBytes: targetBytes)
    Link.tell(.returned, replyTo: replyTo)
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
      let command = Words.moverCommand.value
      if command == 0 {
        rest()
        continue
      }
      Mutex.lock(Words.driverLock)
      if Words.exiting.value == 0 { perform(Command(rawValue: command)) }
      Mutex.unlock(Words.driverLock)
      // Nothing holds this thread any more: from here on it sees how far the GPU is.
      Words.moverAbandoned.value = 0
      Words.moverCommand.value = 0
      Futex.wakeAll(Words.moverCommand.futex)
    }
  }

  private static func perform(_ command: Command?) {
    guard let command else { return }
    guard Contexts.count > 0, enterContext() else {
      if command == .leave { Memory.returnUnused() }
      return
    }
    switch command {
    case .none: break
    case .drain: Words.moverFailure.value = mark() ? 0 : 1
    case .leave: leave(targetBytes: orderArgument)
    case .enter: enter()
    }
  }

  /// Without an order: watch, or keep house, or sleep.
  private static func rest() {
    if isWatching {
      observe()
      return
    }
    Futex.wait(Words.moverCommand.futex, while: 0, milliseconds: 100)
    guard Words.moverCommand.value == 0, Words.residency.value == Residence.resident else { return }
    guard Words.exiting.value == 0, Mutex.lock(Words.driverLock, milliseconds: 1) else { return }
    defer { Mutex.unlock(Words.driverLock) }
    guard Contexts.count > 0, enterContext() else { return }
    keepHouse()
  }

  /// Marks what is submitted, waits for it and says how far that was.
  private static func observe() {
    let submissions = Gate.submissions()
    if submissions == Words.completedSubmissions.value || Words.openCaptures.value > 0 {
      Futex.wait(
        Words.moverCommand.futex, while: 0, milliseconds: Limits.observeMilliseconds)
      return
    }
    guard Mutex.lock(Words.driverLock, milliseconds: 1) else { return }
    defer { Mutex.unlock(Words.driverLock) }
    guard Contexts.count > 0, enterContext() else { return }
    let begin = Clock.nanoseconds()
    let before = Words.completedSubmissions.value
    guard Words.exiting.value == 0, mark() else { return }
    Words.completedSubmissions.value = submissions
    Futex.wakeAll(Words.completedSubmissions.futex, waiters: Words.completionWaiters)
    Memory.observe(completed: submissions)
    Window.adapt(
      submissions: submissions &- before, nanoseconds: Clock.nanoseconds() &- begin)
  }

  /// Resident and undisturbed: rested memory is given back, the lease is pinned a step further.
  private static func keepHouse() {
    if Words.openCaptures.value == 0, Memory.with({ $0.quarantinedBytes }) ?? 0 > 0 {
      let submissions = Gate.submissions()
      if mark() { Memory.observe(completed: submissions) }
    }
    trimDeadHeld(keepBytes: 0)
    pinStep()
  }

  // MARK: context, streams, markers

  /// Makes the first context current on this thread and sees that our stream and events exist.
  private static func enterContext() -> Bool {
    guard let context = Contexts.at(0), real_cuCtxSetCurrent(context) == 0 else { return false }
    guard let events = events else { return false }
    if stream == nil, real_cuStreamCreate(&stream, 1) != 0 { return false }
    var index = 0
    while index < RealDriver.eventCount {
      if events[index] == nil, real_cuEventCreate(events + index, 2) != 0 { return false }
      index &+= 1
    }
    return true
  }

  /// The stream on which allocating threads clear new memory. The first context is current.
  static func clearingStream() -> UnsafeMutableRawPointer? {
    Mutex.lock(Words.streamLock)
    defer { Mutex.unlock(Words.streamLock) }
    if allocationStream == nil { _ = real_cuStreamCreate(&allocationStream, 1) }
    return allocationStream
  }

  /// A context is about to be destroyed: what of ours lives in it goes with it. Driver lock held.
  static func forget() {
    stream = nil
    allocationStream = nil
    pinnedBytes = 0
    var index = 0
    while index < 64 {
      if let events = events { events[index] = nil }
      index &+= 1
    }
  }

  /// Waits until everything submitted in every context so far is complete. False: the driver
  /// failed or a capture is open. The wait is the driver's: a GPU that never gets there holds this
  /// thread, not the listener, which reopens the gate and asks again once this thread is back.
  private static func mark() -> Bool {
    let count = Contexts.count
    var index = 0
    while index < count {
      guard let context = Contexts.at(index) else { return false }
      if real_cuCtxSetCurrent(context) != 0 { return false }
      let isDone =
        hasRecordEvent
        ? markByEvent(context, index) : Captures.unlessOpen { real_cuCtxSynchronize() } == 0
      if !isDone { return false }
      Words.drainProgress.add(1)
      index &+= 1
    }
    return real_cuCtxSetCurrent(Contexts.at(0)) == 0
  }

  private static func markByEvent(_ context: UnsafeMutableRawPointer, _ index: Int) -> Bool {
    guard let markers = markers else { return false }
    // Without timing, and blocking: the wait must not burn the program's processor.
    if markers[index] == nil, real_cuEventCreate(markers + index, 3) != 0 { return false }
    let event = markers[index]
    if Captures.unlessOpen({ real_cuCtxRecordEvent(context, event) }) != 0 { return false }
    return real_cuEventSynchronize(event) == 0
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

  private static func enter() {
    var driver = driver()
    var copied: UInt64 = 0
    while Words.moverAbandoned.value == 0, !Memory.isWhole {
      guard var motion = Memory.with({ $0.beginEnter() }) else { break }
      let ended = bringIn(&motion, &driver)
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
  private static func bringIn(_ motion: inout Motion, _ driver: inout RealDriver) -> Bool {
    var failures = 0
    while true {
      if Words.moverAbandoned.value != 0 { motion.stop() }
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
        // agent sees in the driver's books and makes good.
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

  /// Gives up dead chunks beyond `keepBytes`, from any thread.
  static func trimDead(keepBytes: UInt64) {
    Mutex.lock(Words.driverLock)
    defer { Mutex.unlock(Words.driverLock) }
    trimDeadHeld(keepBytes: keepBytes)
  }

  private static func trimDeadHeld(keepBytes: UInt64) {
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
    // Credit that an allocation on another thread is about to use stays.
    if Words.inFlightAllocations.value == 0 { Memory.returnUnused() }
    Link.tell(.returned)
  }

  // MARK: pinning

  /// Registers one more unit of the populated lease, at most a tenth of the time. Copies to a part
  /// that is not registered yet work too, through the driver's own staging.
  private static func pinStep() {
    let unit = Memory.chunkBytes
    guard let lease = Link.leaseBase else { return }
    let now = Clock.nanoseconds()
    guard now >= (pinAgainAt) else { return }
    guard pinnedBytes &+ unit <= Link.read(ControlPage.Offset.leaseBytes) else { return }
    let at = lease + Int(truncatingIfNeeded: pinnedBytes)
    _ = real_cuMemHostRegister(at, Int(truncatingIfNeeded: unit), 1)
    // A refused unit is not asked for again: copies there are staged by the driver.
    pinnedBytes &+= unit
    let took = Clock.nanoseconds() &- now
    pinAgainAt = now &+ took &* 10
  }
}
