// The program's contexts on our device. Whoever calls the driver inside one is counted as its user
// meanwhile, and one ends only when it has no user. So nothing is locked while the driver waits: a
// kernel that never ends holds up the end of its own context, which would wait for it anyway, and
// nobody else.
//
//   add ----> there ----> ending ----> (nothing)
//            enter/leave     |  no new user; until the last has left. Then the driver is told, and
//               ^            |  another thread may get the handle anew: `add` waits
//               +------------+  the driver kept it (a primary context that others hold too)

internal import CInterposer
internal import Faults
internal import Wire

enum Contexts {
  /// Set in a place's users while it is about to end.
  private static let ending: UInt64 = 1 << 32
  /// Set besides once the last user has left, until it is booked what the driver did.
  private static let told: UInt64 = 1 << 33

  /// Known contexts. Read without the lock by who only wants to know whether there is one.
  static var count: Int { Int(truncatingIfNeeded: Words.contextCount.value) }

  /// The context in which our streams and events are; 0 when there is none yet. Only to be shown.
  static var homeHandle: UnsafeMutableRawPointer? {
    Mutex.lock(Words.contextLock)
    defer { Mutex.unlock(Words.contextLock) }
    let place = homePlace()
    return place < 0 ? nil : handle(place)
  }

  private static func handle(_ place: Int) -> UnsafeMutableRawPointer? {
    UnsafeMutableRawPointer(
      bitPattern: UInt(truncatingIfNeeded: Words.context(place).value))
  }

  private static func place(of context: UnsafeMutableRawPointer) -> Int {
    let key = UInt64(UInt(bitPattern: context))
    var place = 0
    while place < Limits.contexts {
      if Words.context(place).value == key { return place }
      place &+= 1
    }
    return -1
  }

  /// Its number, from 1 on, while it lives, and then another's; nil: not known. Needs no lock: a
  /// context in use by its own thread is not being removed.
  static func number(of context: UnsafeMutableRawPointer) -> UInt16? {
    let place = place(of: context)
    return place < 0 ? nil : number(place)
  }

  static func number(_ place: Int) -> UInt16 { UInt16(truncatingIfNeeded: place &+ 1) }

  /// The context that has this number; nil: it is gone, or the number is 0.
  static func numbered(_ number: UInt16) -> UnsafeMutableRawPointer? {
    number == 0 || Int(number) > Limits.contexts ? nil : handle(Int(number) &- 1)
  }

  /// Whether it is known. Needs no lock: a context in use by its own thread is not being removed.
  static func contains(_ context: UnsafeMutableRawPointer) -> Bool { place(of: context) >= 0 }

  /// False when the table is full: such a process can no longer be drained whole.
  static func add(_ context: UnsafeMutableRawPointer) -> Bool {
    Mutex.lock(Words.contextLock)
    defer { Mutex.unlock(Words.contextLock) }
    while true {
      let known = place(of: context)
      if known < 0 { break }
      if Words.contextUsers(known).value & told == 0 { return true }
      awaitChange()
      Mutex.lock(Words.contextLock)
    }
    var free = 0
    while free < Limits.contexts && Words.context(free).value != 0 { free &+= 1 }
    guard free < Limits.contexts else { return false }
    Words.contextUsers(free).value = 0
    Words.context(free).value = UInt64(UInt(bitPattern: context))
    Words.contextCount.add(1)
    return true
  }

  // MARK: use

  /// Makes the calling thread a user of the context in `place`, until `leave(place)`. Nil: there is
  /// none. One that is about to end is waited for: it ends, or stays after all.
  static func enter(_ place: Int) -> UnsafeMutableRawPointer? {
    while Words.exiting.value == 0 {
      Mutex.lock(Words.contextLock)
      guard let context = handle(place) else {
        Mutex.unlock(Words.contextLock)
        return nil
      }
      if enterHeld(place) { return context }
    }
    return nil
  }

  /// The same for the home context, the first that there is; -1 when there is none.
  static func enterHome() -> Int {
    while Words.exiting.value == 0 {
      Mutex.lock(Words.contextLock)
      let place = homePlace()
      if place < 0 {
        Mutex.unlock(Words.contextLock)
        return -1
      }
      if enterHeld(place) { return place }
    }
    return -1
  }

  /// Lets the lock go. False after a wait for the end of the context.
  private static func enterHeld(_ place: Int) -> Bool {
    let users = Words.contextUsers(place)
    if users.value & ending == 0 {
      users.add(1)
      Mutex.unlock(Words.contextLock)
      return true
    }
    awaitChange()
    return false
  }

  static func leave(_ place: Int) {
    Mutex.lock(Words.contextLock)
    let isAwaited = Words.contextUsers(place).subtract(1) == ending
    if isAwaited { Words.contextChange.add(1) }
    Mutex.unlock(Words.contextLock)
    if isAwaited { Futex.wakeAll(Words.contextChange.futex) }
  }

  /// Makes a context that `enterHome` gave current on the calling thread.
  static func makeCurrent(_ place: Int) -> Bool {
    guard let context = handle(place) else { return false }
    return real_cuCtxSetCurrent(context) == 0
  }

  private static func homePlace() -> Int {
    let known = Int(truncatingIfNeeded: Words.homeContext.value) &- 1
    if known >= 0 { return known }
    var place = 0
    while place < Limits.contexts {
      if Words.context(place).value != 0 {
        Words.homeContext.value = UInt64(truncatingIfNeeded: place &+ 1)
        return place
      }
      place &+= 1
    }
    return -1
  }

  /// Lets the lock go and waits until a context ended, stayed after all, or lost its last user.
  private static func awaitChange() {
    let seen = UInt32(truncatingIfNeeded: Words.contextChange.value)
    Mutex.unlock(Words.contextLock)
    Futex.wait(Words.contextChange.futex, while: seen, milliseconds: 500)
  }

  // MARK: end

  /// Keeps new users out of a context and waits for those inside. -1 when it is not known; else
  /// `ended` or `stays` must follow.
  static func beginEnd(_ context: UnsafeMutableRawPointer) -> Int {
    while true {
      Mutex.lock(Words.contextLock)
      let place = place(of: context)
      guard place >= 0 else {
        Mutex.unlock(Words.contextLock)
        return -1
      }
      let users = Words.contextUsers(place)
      // Two threads may end the same context; the second finds it gone, or begins.
      if users.value & ending != 0 {
        awaitChange()
        continue
      }
      users.add(ending)
      while users.value != ending {
        awaitChange()
        Mutex.lock(Words.contextLock)
      }
      users.add(told)
      Mutex.unlock(Words.contextLock)
      return place
    }
  }

  /// Whether somebody waits for its users to leave. Needs no lock.
  static func isEnding(_ place: Int) -> Bool {
    Words.contextUsers(place).value & ending != 0 && !fault(293)
  }

  /// The driver has ended it. All that went with it is forgotten before its place and its handle
  /// can be another's.
  static func ended(_ place: Int) {
    if fault(294) {
      stays(place)
      Clock.sleep(microseconds: 100_000)
    }
    Mutex.lock(Words.contextLock)
    let isHome = Words.homeContext.value == UInt64(truncatingIfNeeded: place &+ 1)
    Mover.forget(place, isHome: isHome)
    if isHome { Words.homeContext.value = 0 }
    Words.context(place).value = 0
    let isLast = Words.contextCount.subtract(1) == 0
    Captures.endContext(number(place), isLast: isLast)
    // In this order: an allocation that sees the context still there is freed with it.
    Memory.endContext(number(place), isLast: isLast)
    Words.contextUsers(place).value = 0
    Words.contextChange.add(1)
    Mutex.unlock(Words.contextLock)
    Futex.wakeAll(Words.contextChange.futex)
    Mover.noteHousework()
  }

  /// The driver has kept it.
  static func stays(_ place: Int) {
    Mutex.lock(Words.contextLock)
    Words.contextUsers(place).subtract(ending | told)
    Words.contextChange.add(1)
    Mutex.unlock(Words.contextLock)
    Futex.wakeAll(Words.contextChange.futex)
  }
}
