// Waiting, time and memory, straight from the kernel.

internal import CInterposer
internal import Faults

/// Bounds of the runtime. Each is a promise to the program it sits in.
enum Limits {
  /// Fewer than the agent takes of one program at a time; more threads than these take turns.
  static let requests = 8
  static let forever = UInt64.max
  static let settles = 32
  static let contexts = 16
  static let captures = 64
  /// Memory pools that are ours at a time; those beyond are the driver's, and pin.
  static let pools = 64
  /// Handles of the program's own memory, and reservations of addresses, at a time.
  static let handles = 1 << 16
  static let reservations = 1024
  /// Nodes of graphs that allocate or free, the blocks they allocate and the instances of their
  /// graphs, at a time; nodes beyond are the driver's, and pin.
  static let graphNodes = 1 << 16
  static let graphBlocks = 1 << 14
  static let graphInstances = 1 << 12
  /// What streams freed and may have back; a power of two.
  static let rested = 256
  static let highDescriptor = 960
  static let replyMilliseconds: UInt64 = 30_000
  /// A person is told after so long that the agent is waited for.
  static let toldMilliseconds: UInt64 = 2_000
  static let createRetryMilliseconds: UInt64 = 10_000
  /// What waits for memory holds up its program's leaving for so long, less than a drain waits.
  static let leaveGraceMilliseconds: UInt64 = 500
  /// Two tries lie at most this apart.
  static let createPauseMicroseconds: UInt64 = 100_000
  /// The agent makes twice as much room each time: the last is for the whole device, or 2 GiB.
  static let outOfMemoryAttempts: UInt32 = 6
  static let idleMilliseconds: UInt64 = 25
  static let contendedPollMilliseconds: Int = 10
  /// While others wait, how often the mover looks whether anything new was submitted.
  static let observeMilliseconds: UInt64 = 5
  /// Credit and approval that a program keeps beyond its memory while nobody waits, so that small
  /// allocations need no agent: at most this, and at most one 64th of the device.
  static let slackBytes: UInt64 = 256 << 20
  /// How long freed memory rests before it is given back.
  static let houseworkMilliseconds: UInt64 = 100
  /// How long an allocation waits for freed memory before it asks the agent for more.
  static let settleMilliseconds: UInt64 = 200
  /// How long the program's `cuMemUnmap` and `cuMemRelease` wait, for work that may use the memory
  /// and for a motion that has it.
  static let endMilliseconds: UInt64 = 2_000
  static let windowSubmissionsMin: UInt64 = 2
  static let windowSubmissionsFirst: UInt64 = 8
  static let windowSubmissionsMax: UInt64 = 4096
  static let silenceMilliseconds = 1_000
  /// The longest wait for a frame in one call, set on the socket.
  static let receiveMilliseconds = 1_000
  static let reconnectMilliseconds = 100
  static let reconnectMillisecondsMax = 2_000
  static let exitMilliseconds: UInt64 = 2_000
  static let captureMilliseconds: UInt64 = 1_000
  /// A leaving program says how far it is at half of the way, within these: earlier is not worth
  /// the calls, later keeps the newcomer waiting.
  static let progressFrameBytesMin: UInt64 = 64 << 20
  static let progressFrameBytes: UInt64 = 512 << 20
}

/// The C library's clock_gettime, which needs no system call; nil until `Clock.prepare`.
nonisolated(unsafe) private var clockFunction: UnsafeMutableRawPointer? = nil

enum Clock {
  static func prepare() { clockFunction = System.libc("clock_gettime") }

  static func nanoseconds() -> UInt64 {
    var time = tidelock_timespec(seconds: 0, nanoseconds: 0)
    withUnsafeMutablePointer(to: &time) { pointer in
      if let clockFunction {
        _ = tidelock_call(clockFunction, 1, System.address(pointer), 0, 0)
      } else {
        _ = System.call(TIDELOCK_SYS_CLOCK_GETTIME, 1, System.address(pointer))
      }
    }
    return UInt64(truncatingIfNeeded: time.seconds) &* 1_000_000_000
      &+ UInt64(truncatingIfNeeded: time.nanoseconds)
  }

  static func sleep(microseconds: UInt64) {
    var time = tidelock_timespec(
      seconds: Int64(truncatingIfNeeded: microseconds / 1_000_000),
      nanoseconds: Int64(truncatingIfNeeded: microseconds % 1_000_000) &* 1000)
    withUnsafeMutablePointer(to: &time) { pointer in
      _ = System.call(TIDELOCK_SYS_NANOSLEEP, System.address(pointer), 0)
    }
  }
}

/// A wait with an end, counted from the first look.
struct Patience {
  private var endsAt: UInt64 = 0

  mutating func isOver(milliseconds: UInt64) -> Bool {
    let now = Clock.nanoseconds()
    if endsAt == 0 { endsAt = now &+ milliseconds &* 1_000_000 }
    return now > endsAt
  }
}

enum System {
  @inline(__always)
  static func address<T>(_ pointer: UnsafeMutablePointer<T>) -> Int { Int(bitPattern: pointer) }

  @inline(__always) @discardableResult
  static func call(
    _ number: some BinaryInteger, _ a: Int = 0, _ b: Int = 0, _ c: Int = 0, _ d: Int = 0,
    _ e: Int = 0, _ f: Int = 0
  ) -> Int {
    tidelock_syscall(Int(truncatingIfNeeded: number), a, b, c, d, e, f)
  }

  /// System calls made by this object so far, all threads together.
  static var callCount: UInt64 { tidelock_load64(tidelock_system_calls_place()) }

  /// Anonymous zeroed pages, touched lazily; nil when the kernel refuses.
  static func map(byteCount: Int) -> UnsafeMutableRawPointer? {
    let result = call(TIDELOCK_SYS_MMAP, 0, byteCount, 3, 0x4022, -1, 0)
    return result < 0 && result > -4096 ? nil : UnsafeMutableRawPointer(bitPattern: result)
  }

  static func mapShared(descriptor: Int32, byteCount: Int) -> UnsafeMutableRawPointer? {
    let result = call(TIDELOCK_SYS_MMAP, 0, byteCount, 3, 0x4001, Int(descriptor), 0)
    return result < 0 && result > -4096 ? nil : UnsafeMutableRawPointer(bitPattern: result)
  }

  enum Advice {
    static let dontFork = 10
    static let dontDump = 16
    static let wipeOnFork = 18
  }

  @discardableResult
  static func advise(_ pointer: UnsafeMutableRawPointer, byteCount: Int, _ advice: Int) -> Bool {
    call(TIDELOCK_SYS_MADVISE, Int(bitPattern: pointer), byteCount, advice) == 0
  }

  static var processId: UInt64 { UInt64(truncatingIfNeeded: call(TIDELOCK_SYS_GETPID)) }
  static var threadId: UInt32 { UInt32(truncatingIfNeeded: call(TIDELOCK_SYS_GETTID)) }

  /// False once the thread is gone (ESRCH).
  static func threadLives(_ thread: UInt32) -> Bool {
    call(TIDELOCK_SYS_TGKILL, Int(truncatingIfNeeded: processId), Int(thread), 0) != -3
  }

  /// Whether an object whose path has `part` in it is loaded into this process.
  @inline(__always)
  static func hasObject(_ part: StaticString) -> Bool {
    tidelock_has_object(UnsafeRawPointer(part.utf8Start).assumingMemoryBound(to: CChar.self)) != 0
  }

  /// A pointer-sized libc function by name, nil where the process has none.
  @inline(__always)
  static func libc(_ name: StaticString) -> UnsafeMutableRawPointer? {
    UnsafeMutableRawPointer(
      tidelock_find_libc(UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)))
  }

  /// Value of an environment variable as the program's libc sees it now.
  @inline(__always)
  static func environment(_ name: StaticString) -> UnsafePointer<CChar>? {
    environment(UnsafeRawPointer(name.utf8Start))
  }

  /// A decimal number from the environment; nil when absent or not a number.
  @inline(__always)
  static func environmentNumber(_ name: StaticString) -> UInt64? {
    number(environment(UnsafeRawPointer(name.utf8Start)))
  }

  private static func environment(_ name: UnsafeRawPointer) -> UnsafePointer<CChar>? {
    guard let function = libc("getenv") else { return nil }
    return UnsafePointer(
      bitPattern: tidelock_call(function, Int(bitPattern: name), 0, 0, 0))
  }

  private static func number(_ text: UnsafePointer<CChar>?) -> UInt64? {
    guard let text else { return nil }
    var value: UInt64 = 0
    var index = 0
    while text[index] != 0 {
      let digit = UInt64(truncatingIfNeeded: Int(text[index]) &- 48)
      guard digit < 10, index < 20 else { return nil }
      value = value &* 10 &+ digit
      index &+= 1
    }
    return index == 0 ? nil : value
  }

  /// Whether somebody sits at the other end of standard error.
  static var errorIsTerminal: Bool {
    let getAttributes = 0x5401
    var attributes = InlineArray<64, UInt8>(repeating: 0)
    return withUnsafeMutablePointer(to: &attributes) { pointer in
      call(TIDELOCK_SYS_IOCTL, 2, getAttributes, address(pointer)) == 0
    }
  }

  /// One line on standard error, written in one call so that lines of several threads do not mix.
  @inline(__always)
  static func say(_ text: StaticString) {
    _ = call(TIDELOCK_SYS_WRITE, 2, Int(bitPattern: text.utf8Start), text.utf8CodeUnitCount)
  }
}

enum Futex {
  static let timedOut = -110
  static let interrupted = -4

  /// Sleeps while `*word == value`. Returns the kernel's answer: 0 woken, -11 changed, `timedOut`,
  /// or `interrupted` by a signal handler: any handler if there is a time, only one without
  /// SA_RESTART if there is none (nil).
  @discardableResult
  static func wait(
    _ word: UnsafeMutablePointer<UInt32>, while value: UInt32, milliseconds: UInt64?,
    shared: Bool = false
  ) -> Int {
    guard let milliseconds else {
      return System.call(
        TIDELOCK_SYS_FUTEX, System.address(word), shared ? 0 : 128, Int(value), 0)
    }
    var time = tidelock_timespec(
      seconds: Int64(truncatingIfNeeded: milliseconds / 1000),
      nanoseconds: Int64(truncatingIfNeeded: milliseconds % 1000) &* 1_000_000)
    return withUnsafeMutablePointer(to: &time) { pointer in
      System.call(
        TIDELOCK_SYS_FUTEX, System.address(word), shared ? 0 : 128, Int(value),
        System.address(pointer))
    }
  }

  /// `wait` by a thread that counts itself among the waiters meanwhile.
  @discardableResult
  static func wait(
    _ word: UnsafeMutablePointer<UInt32>, while value: UInt32, milliseconds: UInt64?,
    waiters: Word
  ) -> Int {
    waiters.add(1)
    let answer = wait(word, while: value, milliseconds: milliseconds)
    waiters.subtract(1)
    return answer
  }

  /// Wakes who waits on a word just written, without a system call when nobody does: a thread
  /// counts itself before the kernel compares the word, and the count is read after the write.
  static func wakeAll(_ word: UnsafeMutablePointer<UInt32>, waiters: Word) {
    if waiters.add(0) != 0 && !fault(204) { wakeAll(word) }
  }

  static func wakeAll(_ word: UnsafeMutablePointer<UInt32>, shared: Bool = false) {
    System.call(TIDELOCK_SYS_FUTEX, System.address(word), shared ? 1 : 129, Int(Int32.max))
  }
}

/// A futex mutex on a word: 0 free, 1 held, 2 held with waiters. Never taken on the gate's fast
/// path.
enum Mutex {
  static func lock(_ word: Word) {
    if word.exchange(0, for: 1) { return }
    while true {
      if word.value == 2 || word.exchange(1, for: 2) {
        Futex.wait(word.futex, while: 2, milliseconds: 1000)
      }
      if word.exchange(0, for: 2) { return }
    }
  }

  static func unlock(_ word: Word) {
    if word.exchange(1, for: 0) { return }
    word.value = 0
    Futex.wakeAll(word.futex)
  }
}
