// The runtime's shared words. They live in one zeroed C array because Embedded Swift would guard
// ordinary globals of non-trivial type with a lazy initialiser, which may not run under the loader.

internal import CInterposer
internal import Faults
internal import Synchronization

/// A 64-bit word shared between threads of this process.
struct Word {
  let index: Int

  @inline(__always)
  private var atomic: UnsafeMutablePointer<Atomic<UInt64>> {
    UnsafeMutablePointer(OpaquePointer(wordsBase + index))
  }

  @inline(__always) var value: UInt64 {
    get { atomic.pointee.load(ordering: .acquiring) }
    nonmutating set { atomic.pointee.store(newValue, ordering: .releasing) }
  }

  /// Sets it; what this thread reads afterwards was read afterwards.
  @inline(__always)
  func set(_ value: UInt64) {
    _ = atomic.pointee.exchange(value, ordering: .sequentiallyConsistent)
  }

  /// Adds and returns the new value.
  @inline(__always) @discardableResult
  func add(_ amount: UInt64) -> UInt64 {
    atomic.pointee.wrappingAdd(amount, ordering: .acquiringAndReleasing).newValue
  }

  @inline(__always) @discardableResult
  func subtract(_ amount: UInt64) -> UInt64 {
    atomic.pointee.wrappingSubtract(amount, ordering: .acquiringAndReleasing).newValue
  }

  /// True when the value was `expected` and is now `desired`.
  @inline(__always)
  func exchange(_ expected: UInt64, for desired: UInt64) -> Bool {
    atomic.pointee.compareExchange(
      expected: expected, desired: desired, ordering: .acquiringAndReleasing
    ).exchanged
  }

  /// The address of the low half, for a futex.
  @inline(__always) var futex: UnsafeMutablePointer<UInt32> {
    UnsafeMutableRawPointer(wordsBase + index).assumingMemoryBound(to: UInt32.self)
  }
}

@inline(__always)
private var wordsBase: UnsafeMutablePointer<UInt64> {
  UnsafeMutableRawPointer(tidelock_words_base()).assumingMemoryBound(to: UInt64.self)
}

/// Which word is what. Words used by hot waiters stand a cache line apart.
enum Words {
  static let startState = Word(index: 0)  // Start.State
  static let startedProcess = Word(index: 1)  // pid that started, to know a forked child
  static let startLock = Word(index: 2)  // Mutex: binding to a device
  static let memoryLock = Word(index: 8)  // Mutex: the shadow and everything around it
  static let streamLock = Word(index: 9)  // Mutex: making the stream that clears
  static let arenaLock = Word(index: 10)  // Mutex: reserving the arena
  static let contextLock = Word(index: 16)  // Mutex: the list of contexts, never for long
  static let primaryLock = Word(index: 17)  // Mutex: taking and letting go of the primary context
  static let linkLock = Word(index: 24)  // Mutex: writers of the socket
  static let requestLock = Word(index: 32)  // Mutex: the request table
  static let slotLock = Word(index: 40)  // Mutex: claiming slots
  static let moverCommand = Word(index: 48)  // futex: Mover.Command
  static let moverBell = Word(index: 56)  // futex: rises when the mover has something to look at
  static let moverSleeps = Word(index: 57)  // it has no work, and nothing but the bell wakes it
  static let moverInside = Word(index: 58)  // it may be in the driver
  static let completedSubmissions = Word(index: 64)  // futex: seen complete by the mover
  static let residency = Word(index: 72)  // futex: Residence
  static let inFlightAllocations = Word(index: 80)
  static let openCaptures = Word(index: 81)
  static let wanted = Word(index: 82)  // a `want` frame was sent for this closure
  static let unswappable = Word(index: 83)
  static let contended = Word(index: 112)  // others wait for the GPU
  static let windowSubmissions = Word(index: 84)  // how many may be queued while contended
  static let exiting = Word(index: 86)
  static let sequence = Word(index: 87)
  static let moverAbandoned = Word(index: 88)
  static let contextCount = Word(index: 89)
  static let slotsUsed = Word(index: 90)
  static let moverFailure = Word(index: 91)
  static let moverBytes = Word(index: 92)
  static let drainProgress = Word(index: 93)  // contexts seen finished
  static let markers = Word(index: 94)  // calls under way that would spoil a capture
  static let attachments = Word(index: 95)  // cuCtxAttach without cuCtxDetach yet
  static let marksWanted = Word(index: 96)  // a thread waits for the mover to mark
  static let marks = Word(index: 97)  // futex: counts the mover's marks, failed ones too
  static let marksFailed = Word(index: 98)
  static let homeContext = Word(index: 99)  // place of the context with our streams, plus one
  static let contextChange = Word(index: 100)  // futex: a context ended, stayed, lost its last user
  static let primaryHolders = Word(index: 101)  // retained and not released, as far as we saw
  static let pinnedBytes = Word(index: 102)  // of the lease, registered with the driver
  static let signalsSeenAt = Word(index: 103)  // when `EndingSignals` looked
  static let signalsInterrupt = Word(index: 111)  // what it found
  static let unanswered = Word(index: 104)  // an order to leave is; a `want` waits for its answer
  static let graphMemory = Word(index: 114)  // a graph has had memory of ours
  static let foreignAddresses = Word(index: 113)  // the program has some that are not of our arena
  static let residencyWaiters = Word(index: 105)  // threads asleep on `residency`, or about to be
  static let completionWaiters = Word(index: 106)  // the same, on `completedSubmissions`
  static let bellWaiters = Word(index: 107)  // the same, on `moverBell`

  /// In a forked child: the threads that held them are not there.
  static func openLocks() {
    let locks: InlineArray<9, Word> = [
      startLock, memoryLock, streamLock, arenaLock, contextLock, primaryLock, linkLock,
      requestLock, slotLock,
    ]
    var index = 0
    while index < 9 {
      locks[unchecked: index].value = fault(346) ? 2 : 0
      index &+= 1
    }
  }

  /// Threads asleep on a class's gate word, or about to be.
  static func gateWaiters(_ callClass: UInt32) -> Word {
    Word(index: 108 &+ Int(truncatingIfNeeded: callClass & 1))
  }

  static let markWaiters = Word(index: 110)  // the same, on `marks`
  static let captures = Word(index: 128)  // `Limits.captures` words: streams that capture
  static let captureContexts = Word(index: 256)  // the contexts these are in, by number
  static let captureGraphs = Word(index: 320)  // the graphs they write, see `Captures`

  /// Contexts and their users, by place; `Limits.contexts` of each.
  static func context(_ place: Int) -> Word { Word(index: 192 &+ place) }
  static func contextUsers(_ place: Int) -> Word { Word(index: 208 &+ place) }
}
