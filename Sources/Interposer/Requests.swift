// Questions to the agent that a program's thread waits for: may I grow, may I make a context, can
// room be made. The listener delivers the answers; after an agent's restart it asks again.

internal import CInterposer
internal import Faults
internal import Wire

/// The answer to a request.
enum Reply {
  case approved(words: InlineArray<8, UInt64>)
  case refused(Frame.Refusal?, words: InlineArray<8, UInt64>)
  /// The process is exiting, or a caller who asks while resident is to leave.
  case unavailable

  var isApproved: Bool {
    switch self {
    case .approved: return true
    case .refused, .unavailable: return false
    }
  }
}

private enum EntryState {
  static let free: UInt32 = 0
  static let waiting: UInt32 = 1
  static let approved: UInt32 = 2
  static let refused: UInt32 = 3
}

private struct Entry {
  var state: UInt32
  var question: Frame
  var answer: Frame
}

nonisolated(unsafe) private var entries: UnsafeMutablePointer<Entry>? = nil

enum Requests {
  static func prepare() -> Bool {
    let bytes = Limits.requests &* MemoryLayout<Entry>.stride
    guard let memory = System.map(byteCount: bytes) else { return false }
    let table = memory.bindMemory(to: Entry.self, capacity: Limits.requests)
    var index = 0
    while index < Limits.requests {
      let blank = Entry(state: 0, question: Frame(.grow), answer: Frame(.approved))
      (table + index).initialize(to: blank)
      index &+= 1
    }
    entries = table
    return true
  }

  private static func stateWord(_ index: Int) -> UnsafeMutablePointer<UInt32>? {
    guard let entries = entries else { return nil }
    return UnsafeMutableRawPointer(entries + index).assumingMemoryBound(to: UInt32.self)
  }

  /// Asks and waits for the answer, however long the agent needs (it may have to make others leave
  /// first). The caller holds no lock and is outside the gate.
  /// - Parameter whileResident: for a caller that this program's leaving waits for; there is no
  ///   answer then.
  static func ask(
    _ kind: Frame.Kind, _ word: UInt64, _ second: UInt64 = 0, whileResident: Bool = false
  ) -> Reply {
    guard let entries = entries else { return .unavailable }
    var question = Frame(kind)
    question.words[unchecked: 0] = word
    question.words[unchecked: 1] = second
    question.sequence = Link.nextSequence()
    let index = place(entries, whileResident: whileResident)
    guard index >= 0, let state = stateWord(index) else { return .unavailable }
    entries[index].question = question
    tidelock_store32(state, EntryState.waiting)
    Mutex.unlock(Words.requestLock)

    let begin = Clock.nanoseconds()
    Link.send(&question)
    while tidelock_load32(state) == EntryState.waiting {
      if Words.exiting.value != 0 { break }
      if whileResident && Words.residency.value != Residence.resident { break }
      Futex.wait(state, while: EntryState.waiting, milliseconds: whileResident ? 20 : 500)
    }
    Link.addWait(nanoseconds: Clock.nanoseconds() &- begin)

    Mutex.lock(Words.requestLock)
    defer { Mutex.unlock(Words.requestLock) }
    let outcome = tidelock_load32(state)
    let words = entries[index].answer.words
    tidelock_store32(state, EntryState.free)
    if outcome == EntryState.approved { return .approved(words: words) }
    if outcome == EntryState.refused {
      return .refused(Frame.Refusal(rawValue: words[unchecked: 0]), words: words)
    }
    return .unavailable
  }

  /// A free place, the lock held; waits for one while all are taken. -1, not held: exiting, or no
  /// longer resident.
  private static func place(
    _ entries: UnsafeMutablePointer<Entry>, whileResident: Bool
  ) -> Int {
    while Words.exiting.value == 0 {
      if whileResident && Words.residency.value != Residence.resident { return -1 }
      Mutex.lock(Words.requestLock)
      var index = 0
      while index < Limits.requests && entries[index].state != EntryState.free { index &+= 1 }
      if index < Limits.requests { return index }
      Mutex.unlock(Words.requestLock)
      if fault(208) { return -1 }
      Clock.sleep(microseconds: 1000)
    }
    return -1
  }

  /// Listener: an answer arrived.
  static func deliver(_ answer: Frame) {
    guard let entries = entries else { return }
    Mutex.lock(Words.requestLock)
    defer { Mutex.unlock(Words.requestLock) }
    var index = 0
    while index < Limits.requests {
      if let state = stateWord(index), tidelock_load32(state) == EntryState.waiting,
        entries[index].question.sequence == answer.replyTo
      {
        entries[index].answer = answer
        tidelock_store32(
          state, answer.kind == .approved ? EntryState.approved : EntryState.refused)
        Futex.wakeAll(state)
        return
      }
      index &+= 1
    }
  }

  /// Listener, after reconnecting: everything unanswered is asked again.
  static func repeatAll() {
    guard let entries = entries else { return }
    var index = 0
    while index < Limits.requests {
      if let state = stateWord(index), tidelock_load32(state) == EntryState.waiting {
        var question = entries[index].question
        Link.send(&question)
      }
      index &+= 1
    }
  }
}
