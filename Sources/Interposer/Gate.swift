// The gate in front of every call that may touch device memory.
//
//   thread                                   listener
//   ------                                   --------
//   counter += 1        (odd: inside)        word = closed
//   load word           open -> call         membarrier: every thread has passed a fence
//   ...driver...                             read counters: even = outside, now and until reopened
//   counter += 1        (even: outside)
//
// The fast path is in the generated trampolines; this file is everything else. The page and the
// slots are wiped in a forked child, so a child finds gate word 0 and takes the slow path.

internal import CInterposer
internal import Faults
internal import Synchronization
internal import Wire

/// What the slow path tells its trampoline (`gate.h`).
enum GateAnswer {
  static let tryAgain: UInt32 = 0
  static let goStraight: UInt32 = 1
  static func fail(_ result: Int32) -> UInt32 { 0x100 &+ UInt32(bitPattern: result) }
}

nonisolated(unsafe) private var slots: UnsafeMutablePointer<tidelock_slot>? = nil
/// Where membarrier is refused the open gate is `WINDOWED`: every call then takes the slow path,
/// whose entry has a fence.
nonisolated(unsafe) private var hasMembarrier = false
nonisolated(unsafe) private var isWindowed = false
nonisolated(unsafe) private var queueNanoseconds: UInt64 = 100_000_000

enum Gate {
  @inline(__always)
  private static func counter(_ index: Int) -> UnsafeMutablePointer<Atomic<UInt64>>? {
    guard let slots = slots else { return nil }
    return UnsafeMutablePointer(OpaquePointer(slots + index))
  }

  /// Sets the gate up in the state `UNSET`; false when memory is refused. Once per process.
  static func prepare() -> Bool {
    let bytes = Int(TIDELOCK_SLOTS_MAX) &* MemoryLayout<tidelock_slot>.stride
    guard let memory = System.map(byteCount: bytes) else { return false }
    guard System.advise(memory, byteCount: bytes, System.Advice.wipeOnFork) else { return false }
    guard let page = UnsafeMutableRawPointer(tidelock_gate_address()),
      System.advise(page, byteCount: 4096, System.Advice.wipeOnFork)
    else { return false }
    slots = memory.assumingMemoryBound(to: tidelock_slot.self)
    hasMembarrier = System.call(TIDELOCK_SYS_MEMBARRIER, 16, 0, 0) == 0
    return true
  }

  // MARK: the listener's side

  static func open(windowed: Bool) {
    isWindowed = windowed
    let word =
      windowed || !hasMembarrier ? TIDELOCK_GATE_WINDOWED : TIDELOCK_GATE_OPEN
    Words.wanted.value = 0
    tidelock_gate_set(0, UInt32(word))
    tidelock_gate_set(1, UInt32(word))
    tidelock_gate_set_alive(1)
    Futex.wakeAll(tidelock_gate_word(0), waiters: Words.gateWaiters(0))
    Futex.wakeAll(tidelock_gate_word(1), waiters: Words.gateWaiters(1))
  }

  /// Opens copies again after they were closed too early.
  static func reopenCopies() {
    let isPaced = isWindowed || !hasMembarrier
    tidelock_gate_set(1, UInt32(isPaced ? TIDELOCK_GATE_WINDOWED : TIDELOCK_GATE_OPEN))
    Futex.wakeAll(tidelock_gate_word(1), waiters: Words.gateWaiters(1))
  }

  /// Closes one class, or both (nil); after it returns, a thread that is outside stays outside.
  static func close(_ callClass: UInt32?) {
    if fault(170) { return }
    let closed = UInt32(TIDELOCK_GATE_CLOSED)
    if callClass != UInt32(TIDELOCK_CLASS_COPY) { tidelock_gate_set(0, closed) }
    if callClass != UInt32(TIDELOCK_CLASS_KERNEL) { tidelock_gate_set(1, closed) }
    if !hasMembarrier { return }
    if System.call(TIDELOCK_SYS_MEMBARRIER, 8, 0, 0) == 0 { return }
    // Denied since (seccomp): a store is long out of its buffer after this, and from the next
    // opening on every call has a fence of its own.
    hasMembarrier = false
    Clock.sleep(microseconds: 5000)
  }

  /// Whether a thread is inside a call of this class (nil: of any class). `checkDeath` also asks
  /// the kernel whether a thread that seems inside still exists; a dead one counts as outside.
  static func someoneInside(_ callClass: UInt32?, checkDeath: Bool) -> Bool {
    guard let slots = slots else { return false }
    var index = 0
    let used = Int(truncatingIfNeeded: Words.slotsUsed.value)
    while index < used {
      let slot = slots + index
      if let counter = counter(index), counter.pointee.load(ordering: .acquiring) & 1 == 1,
        callClass == nil || slot.pointee.call_class == callClass
      {
        let thread = slot.pointee.tid
        if !checkDeath || fault(187) || System.threadLives(thread) { return true }
        counter.pointee.wrappingAdd(1, ordering: .acquiringAndReleasing)
      }
      index &+= 1
    }
    return false
  }

  /// Gated calls that have returned, over all threads that ever were. Grows only: a slot handed to
  /// another thread keeps its counter.
  static func submissions() -> UInt64 {
    var sum: UInt64 = 0
    var index = 0
    let used = Int(truncatingIfNeeded: Words.slotsUsed.value)
    while index < used {
      if let counter = counter(index) { sum &+= counter.pointee.load(ordering: .acquiring) >> 1 }
      index &+= 1
    }
    return sum
  }

  // MARK: the threads' side

  /// Gives the calling thread a slot: a free one, else one whose thread is gone.
  private static func claim() -> Bool {
    guard let slots = slots else { return false }
    let thread = System.threadId
    Mutex.lock(Words.slotLock)
    defer { Mutex.unlock(Words.slotLock) }
    let used = Int(truncatingIfNeeded: Words.slotsUsed.value)
    var index = 0
    var found = -1
    // This thread's number in a slot means that its owner is gone.
    while index < used && found < 0 {
      if slots[index].tid == thread { found = index }
      index &+= 1
    }
    index = 0
    // Dead threads are looked for before the table grows past each power of two: bounded work.
    if found < 0 && used >= 64 && used & (used &- 1) == 0 {
      while index < used && found < 0 {
        if !System.threadLives(slots[index].tid) { found = index }
        index &+= 1
      }
    }
    if found < 0 {
      guard used < Int(TIDELOCK_SLOTS_MAX) else { return false }
      found = used
    }
    let slot = slots + found
    if let counter = counter(found), counter.pointee.load(ordering: .acquiring) & 1 == 1 {
      counter.pointee.wrappingAdd(1, ordering: .acquiringAndReleasing)
    }
    slot.pointee.tid = thread
    if found == used { Words.slotsUsed.value = UInt64(truncatingIfNeeded: used &+ 1) }
    tidelock_slot_set(slot)
    return true
  }

  static func slow(entry: UInt32, callClass: UInt32, stackPointer: UInt64) -> UInt32 {
    if tidelock_gate_alive() == 0 { return whileNotAlive() }
    guard let slot = tidelock_slot_get() else {
      return claim() ? GateAnswer.tryAgain : GateAnswer.fail(CudaResult.systemNotReady)
    }
    let counter = UnsafeMutablePointer<Atomic<UInt64>>(OpaquePointer(slot))
    if counter.pointee.load(ordering: .acquiring) & 1 == 1 {
      // Deeper on the same stack: a nested call, already inside. Otherwise the outer call was
      // abandoned (longjmp, cancellation) and its mark is stale.
      if stackPointer < slot.pointee.entry_stack || fault(188) { return GateAnswer.goStraight }
      counter.pointee.wrappingAdd(1, ordering: .acquiringAndReleasing)
      return GateAnswer.tryAgain
    }
    let word = tidelock_gate_get(callClass)
    if word == UInt32(TIDELOCK_GATE_OPEN) { return GateAnswer.tryAgain }
    if word == UInt32(TIDELOCK_GATE_WINDOWED) {
      if callClass == UInt32(TIDELOCK_CLASS_KERNEL) { Window.pace() }
      return GateAnswer.tryAgain
    }
    return wait(callClass, entry)
  }

  /// A process that has not called `cuInit` yet goes to the driver, which says so itself; a forked
  /// child of one that has may not use CUDA.
  private static func whileNotAlive() -> UInt32 {
    if Words.startState.value != 0 && Words.startedProcess.value != System.processId {
      return GateAnswer.fail(CudaResult.notInitialized)
    }
    let loaded = tidelock_driver_load()
    return loaded == 0 ? GateAnswer.goStraight : GateAnswer.fail(loaded)
  }

  /// For a call that passes no gate and has just pinned this process: waits until it is resident.
  static func waitUntilResident() -> UInt32 {
    while true {
      let residence = Words.residency.value
      if residence == Residence.resident { return 0 }
      if Words.exiting.value != 0 { return GateAnswer.fail(CudaResult.deinitialized) }
      if Words.wanted.exchange(0, for: 1) { Link.sendWant(urgent: false) }
      Futex.wait(
        Words.residency.futex, while: UInt32(truncatingIfNeeded: residence), milliseconds: 500,
        waiters: Words.residencyWaiters)
    }
  }

  /// For the end of the process: who waits fails, and so does who would.
  static func end() {
    tidelock_gate_set(0, UInt32(TIDELOCK_GATE_ENDED))
    tidelock_gate_set(1, UInt32(TIDELOCK_GATE_ENDED))
    Futex.wakeAll(tidelock_gate_word(0))
    Futex.wakeAll(tidelock_gate_word(1))
  }

  /// Sleeps until the gate's word changes, having told the agent once that someone waits. SIGTERM
  /// or SIGINT makes the wait urgent: the program may want to checkpoint and leave.
  private static func wait(_ callClass: UInt32, _ entry: UInt32) -> UInt32 {
    let closed = UInt32(TIDELOCK_GATE_CLOSED)
    let begin = Clock.nanoseconds()
    var saidUrgent = false
    while true {
      if Words.exiting.value != 0 { return GateAnswer.fail(CudaResult.deinitialized) }
      if tidelock_gate_get(callClass) != closed { break }
      // Nothing can come in without a context, and no call would succeed.
      if Contexts.count == 0 && !Calls.ours(Int(truncatingIfNeeded: entry)) {
        return GateAnswer.fail(CudaResult.invalidContext)
      }
      // While an order to leave is unanswered the listener asks, after the answer.
      if Words.wanted.exchange(0, for: 1), Words.unanswered.value == 0 {
        Link.sendWant(urgent: false)
      }
      let answer = Futex.wait(
        tidelock_gate_word(callClass), while: closed,
        milliseconds: EndingSignals.interrupt ? nil : 500,
        waiters: Words.gateWaiters(callClass))
      if answer == Futex.interrupted && !saidUrgent
        && (EndingSignals.areHandled || fault(171))
      {
        saidUrgent = true
        Link.sendWant(urgent: !fault(194))
      }
    }
    Link.addWait(nanoseconds: Clock.nanoseconds() &- begin)
    return GateAnswer.tryAgain
  }
}

/// While others wait for the GPU, what this program may have queued is bounded: a launch beyond the
/// window waits until the mover has seen enough of the earlier ones complete.
enum Window {
  /// How long the work in the queue may take, as the agent said in `welcome`.
  static func prepare(queueMilliseconds milliseconds: UInt64) {
    queueNanoseconds = min(max(milliseconds, 1), 10_000) &* 1_000_000
  }

  static func pace() {
    guard isWindowed && !fault(196) else { return }
    var rounds = 0
    while rounds < 1000 {
      let completed = Words.completedSubmissions.value
      let window = Words.windowSubmissions.value
      if Gate.submissions() &- completed < window { return }
      if tidelock_gate_get(0) != UInt32(TIDELOCK_GATE_WINDOWED) { return }
      // A capturing thread queues nothing; the mover cannot see completions then either.
      if Words.openCaptures.value > 0 { return }
      // Nor while it is held by work that a drain gave up on. That may end only with what comes
      // now, so it may pass; not at once, for the mover may be about to come back.
      if rounds >= 5 && Words.moverAbandoned.value != 0 { return }
      Futex.wait(
        Words.completedSubmissions.futex, while: UInt32(truncatingIfNeeded: completed),
        milliseconds: 10, waiters: Words.completionWaiters)
      rounds &+= 1
    }
  }

  /// One marker took `nanoseconds` for `submissions`: adapts the window towards what the agent
  /// allows.
  static func adapt(submissions: UInt64, nanoseconds: UInt64) {
    let window = Words.windowSubmissions.value
    if nanoseconds > (queueNanoseconds) {
      Words.windowSubmissions.value = max(Limits.windowSubmissionsMin, window / 2)
    } else if nanoseconds < (queueNanoseconds) / 4 && submissions >= window / 2 {
      Words.windowSubmissions.value = min(Limits.windowSubmissionsMax, window &* 2)
    }
  }
}

#if hasFeature(Embedded)
  @c(tidelock_gate_slow)
  public func gateSlow(entry: UInt32, callClass: UInt32, stackPointer: UInt64) -> UInt32 {
    Gate.slow(entry: entry, callClass: callClass, stackPointer: stackPointer)
  }
#endif
