internal import Faults

/// Chunks that move together: neighbours, so that access and unmapping take one call.
struct Batch {
  var first: UInt32
  var end: UInt32
  /// Of its last copy; everything before it is finished with it.
  var token: UInt64
  var hasToken: Bool
  /// `CUresult` of the call that failed, else 0.
  var failure: Int32

  init() {
    first = 0
    end = 0
    token = 0
    hasToken = false
    failure = 0
  }
}

/// One movement of chunks under way: out (`beginLeave`, `beginTrim`) or in (`beginEnter`,
/// `beginBacking`). The caller loops: `next` (lock held) says the step; if it is a call,
/// `Step.perform` (no lock), then `settle` (lock held) with the outcome; until `finished`. A motion
/// must be brought to `finished`, except that one waiting for credit, lease or memory may be
/// dropped. `stop` brings it there early.
public struct Motion: ~Copyable {
  /// Batches whose copies are queued before the oldest is waited for.
  public static let batchCountMax = 3

  enum Kind { case leave, trim, enter, backing }

  enum Phase {
    case choose
    case create, map, unmake, access, fill
    case copy
    case finish
    case unmap, release
  }

  let kind: Kind
  let targetBytes: UInt64
  /// Pages concerned.
  let rangeFirst: UInt32
  let rangeEnd: UInt32
  var cursor: UInt32
  var phase: Phase = .choose
  var ring = InlineArray<3, Batch>(repeating: Batch())
  var ringFirst = 0
  var ringCount = 0
  /// The batch being worked on, and how far.
  var work = Batch()
  var at: UInt32 = 0
  /// Pages of the copy in `at`'s step.
  var runPages: UInt32 = 0
  var handle: UInt64 = 0
  var wantedBytes: UInt64 = 0
  var lacksLease = false
  var lacksMemory = false
  var isStopping = false
  var failure: Int32 = 0

  /// Bytes of finished copies.
  public internal(set) var copiedBytes: UInt64 = 0
  /// Device memory given back so far: the caller adds it to the credit returned.
  public internal(set) var returnedBytes: UInt64 = 0

  init(_ kind: Kind, targetBytes: UInt64, first: UInt32, end: UInt32) {
    self.kind = kind
    self.targetBytes = targetBytes
    rangeFirst = first
    rangeEnd = end
    switch kind {
    case .leave, .trim: cursor = end
    case .enter, .backing: cursor = first
    }
  }

  /// No new chunk is begun; what is in flight is brought to its end.
  public mutating func stop() { isStopping = true }

  mutating func push() {
    let slot = ringFirst &+ ringCount
    ring[unchecked: slot >= 3 ? slot &- 3 : slot] = work
    ringCount &+= 1
    work = Batch()
    phase = .choose
  }

  mutating func pop() {
    work = ring[unchecked: ringFirst]
    ringFirst = ringFirst == 2 ? 0 : ringFirst &+ 1
    ringCount &-= 1
  }
}

extension Shadow {
  // MARK: Begin

  /// Gives up chunks, cheapest first, until at most so many bytes are resident: dead ones, then
  /// live ones from the highest address down. Everything submitted must be complete (drained) and
  /// the gate closed, so all quarantine ends here. It may finish above the target: when dead chunks
  /// were allocated again behind it, or another motion holds chunks. Then begin another.
  public mutating func beginLeave(targetResidentBytes: UInt64) -> Motion {
    observe(completedSubmissions: lastStamp)
    return Motion(.leave, targetBytes: targetResidentBytes, first: 0, end: highPage)
  }

  /// Gives up dead chunks until at most so many bytes are dead. Moves nothing; the gate may be
  /// open.
  public func beginTrim(targetDeadBytes: UInt64) -> Motion {
    Motion(.trim, targetBytes: targetDeadBytes, first: 0, end: highPage)
  }

  /// Makes every chunk resident, from the lowest address up, as credit allows. The gate is closed.
  public func beginEnter() -> Motion {
    Motion(.enter, targetBytes: 0, first: 0, end: highPage)
  }

  /// Makes the chunks of a plan resident. They are cleared first. Afterwards `commit` or `cancel`.
  public func beginBacking(_ plan: borrowing Plan) -> Motion {
    let entry = block(plan.block)
    let first = entry.pointee.page
    return Motion(
      .backing, targetBytes: 0, first: first, end: first &+ max(entry.pointee.pages, 1))
  }

  // MARK: Step

  /// The next step. Lock held.
  /// - Parameter residentBytesMax: credit: device memory the program may hold just now. Only
  ///   motions inwards look at it.
  public mutating func next(_ motion: inout Motion, residentBytesMax: UInt64) -> Step {
    while true {
      switch motion.phase {
      case .choose:
        if let step = choose(&motion, residentBytesMax) { return step }
      case .create:
        if extendArrival(&motion, residentBytesMax) {
          return .create(bytes: chunkBytes(motion.work.end))
        }
      case .map:
        let head = motion.work.end
        return .map(
          handle: motion.handle, address: address(ofPage: head), bytes: chunkBytes(head))
      case .unmake: return .release(handle: motion.handle)
      case .access:
        let first = motion.work.first
        if fault(151) {
          return .setAccess(address: address(ofPage: first), bytes: chunkBytes(first))
        }
        return .setAccess(
          address: address(ofPage: first), bytes: UInt64(motion.work.end &- first) &<< 21)
      case .fill: if let step = fill(&motion) { return step }
      case .copy: if let step = copy(&motion) { return step }
      case .finish:
        if motion.work.hasToken { return .finish(token: motion.work.token) }
        finished(&motion)
      case .unmap:
        let first = motion.work.first
        return .unmap(
          address: address(ofPage: first), bytes: UInt64(motion.work.end &- first) &<< 21)
      case .release:
        if motion.at < motion.work.end {
          return .release(handle: page(motion.at).pointee.handle)
        }
        motion.work = Batch()
        motion.phase = .choose
      }
    }
  }

  /// Tells how the call of the last step ended. Lock held.
  public mutating func settle(_ motion: inout Motion, _ outcome: Outcome) {
    switch outcome {
    case .done(let value): settleDone(&motion, value)
    case .failed(let code): settleFailed(&motion, code == 0 ? -1 : code)
    }
  }

  private mutating func settleDone(_ motion: inout Motion, _ value: UInt64) {
    switch motion.phase {
    case .create:
      motion.handle = value
      motion.phase = .map
    case .map:
      let head = motion.work.end
      page(head).pointee.handle = motion.handle
      motion.work.end = head &+ page(head).pointee.pages
      motion.cursor = motion.work.end
      motion.phase = .create
    case .unmake: unmade(&motion)
    case .access:
      motion.at = motion.work.first
      motion.phase = .fill
    case .fill, .copy:
      motion.work.token = value
      motion.work.hasToken = true
      motion.at &+= motion.runPages
    case .finish: finished(&motion)
    case .unmap:
      if fault(149) { motion.returnedBytes &+= chunkBytes(motion.work.first) }
      motion.at = motion.work.first
      motion.phase = .release
    case .release: released(&motion, succeeded: true)
    case .choose: break
    }
  }

  private mutating func settleFailed(_ motion: inout Motion, _ code: Int32) {
    switch motion.phase {
    case .create:
      if !fault(145) { settleAway(motion.work.end) }
      if code == DriverFault.outOfMemory {
        motion.lacksMemory = true
      } else {
        motion.failure = code
      }
      endArrival(&motion)
    case .map:
      motion.failure = code
      motion.phase = .unmake
    case .unmake:
      lostBytes &+= chunkBytes(motion.work.end)
      unmade(&motion)
    case .access:
      motion.work.failure = code
      motion.push()
    case .fill:
      motion.work.failure = code
      motion.push()
    case .copy:
      motion.work.failure = code
      motion.push()
    case .finish:
      motion.work.failure = code
      finished(&motion)
    case .unmap: unmapFailed(&motion, code)
    case .release: released(&motion, succeeded: false)
    case .choose: break
    }
  }

  // MARK: Choose

  private mutating func choose(_ motion: inout Motion, _ residentBytesMax: UInt64) -> Step? {
    let mayBegin =
      !motion.isStopping && motion.failure == 0 && !motion.lacksMemory && !motion.lacksLease
    switch motion.kind {
    case .leave, .trim:
      if mayBegin, chooseDead(&motion) { return nil }
      if motion.ringCount == Motion.batchCountMax { return popOldest(&motion) }
      if mayBegin, motion.kind == .leave, chooseLive(&motion) { return nil }
    case .enter, .backing:
      if motion.ringCount == Motion.batchCountMax { return popOldest(&motion) }
      if mayBegin, chooseMissing(&motion, residentBytesMax) { return nil }
    }
    if motion.ringCount > 0 { return popOldest(&motion) }
    return rest(&motion)
  }

  private func popOldest(_ motion: inout Motion) -> Step? {
    motion.pop()
    motion.phase = .finish
    return nil
  }

  /// Nothing is in flight and nothing can be begun: says why, and forgets it, so that asking again
  /// tries again.
  private func rest(_ motion: inout Motion) -> Step {
    let wanted = motion.wantedBytes
    motion.wantedBytes = 0
    if motion.failure != 0 {
      let code = motion.failure
      motion.failure = 0
      if !fault(158) { rewind(&motion) }
      return .failed(code: code)
    }
    if motion.isStopping { return .finished }
    if motion.lacksMemory {
      motion.lacksMemory = false
      return .outOfMemory
    }
    if motion.lacksLease {
      motion.lacksLease = false
      return .needsLease(bytes: wanted)
    }
    return wanted > 0 ? .needsCredit(bytes: wanted) : .finished
  }

  func rewind(_ motion: inout Motion) {
    switch motion.kind {
    case .leave, .trim: motion.cursor = motion.rangeEnd
    case .enter, .backing: motion.cursor = motion.rangeFirst
    }
  }

  // MARK: Ends

  /// The oldest batch's copies are over, well or not.
  private mutating func finished(_ motion: inout Motion) {
    if motion.work.failure != 0 { motion.failure = motion.work.failure }
    switch motion.kind {
    case .leave, .trim:
      if motion.work.failure != 0, !fault(148) {
        stay(&motion)
      } else {
        motion.copiedBytes &+= UInt64(motion.work.end &- motion.work.first) &<< 21
        motion.phase = .unmap
      }
    case .enter, .backing:
      if motion.work.failure != 0 {
        motion.phase = .unmap
      } else {
        arrived(&motion)
      }
    }
  }

  /// Chunks that were to leave stay: their device memory still counts.
  mutating func stay(_ motion: inout Motion) {
    var index = motion.work.first
    while index < motion.work.end {
      let length = page(index).pointee.pages
      freeSlots(ofChunk: index)
      settleHere(index)
      index &+= length
    }
    motion.work = Batch()
    motion.phase = .choose
  }

  private mutating func arrived(_ motion: inout Motion) {
    var index = motion.work.first
    while index < motion.work.end {
      let length = page(index).pointee.pages
      if page(index).pointee.slot != 0 { motion.copiedBytes &+= chunkBytes(index) }
      freeSlots(ofChunk: index)
      settleHere(index)
      index &+= length
    }
    motion.work = Batch()
    motion.phase = .choose
  }

  /// Unmapping failed, so the chunks still have their memory. On the way out they stay; on the way
  /// in they are not whole and never will be: the driver is beyond use, they count as held.
  private mutating func unmapFailed(_ motion: inout Motion, _ code: Int32) {
    motion.failure = code
    switch motion.kind {
    case .leave, .trim: stay(&motion)
    case .enter, .backing:
      motion.work = Batch()
      motion.phase = .choose
    }
  }

  private mutating func released(_ motion: inout Motion, succeeded: Bool) {
    let head = motion.at
    let bytes = chunkBytes(head)
    motion.at = head &+ page(head).pointee.pages
    page(head).pointee.handle = 0
    if succeeded { motion.returnedBytes &+= bytes } else { lostBytes &+= bytes }
    settleAway(head)
  }

  private mutating func unmade(_ motion: inout Motion) {
    settleAway(motion.work.end)
    endArrival(&motion)
  }

  /// A chunk has whole device memory and nothing else.
  mutating func settleHere(_ head: UInt32) {
    if page(head).pointee.isDoomed {
      page(head).pointee.isDoomed = false
      page(head).pointee.isSlab = false
      setState(head, .dead)
      addDead(head, page(head).pointee.pages)
    } else {
      setState(head, .resident)
    }
  }

  /// A chunk has no device memory (any more).
  mutating func settleAway(_ head: UInt32) {
    let entry = page(head)
    if entry.pointee.isDoomed, !fault(152) {
      freeSlots(ofChunk: head)
      dissolve(head)
      return
    }
    if entry.pointee.isSlab {
      let isPlanned = !slab(entry.pointee.owner).pointee.isOpen
      setState(head, entry.pointee.slot != 0 ? .swappedOut : isPlanned ? .reserved : .blank)
      return
    }
    switch block(entry.pointee.owner).pointee.state {
    case .quarantined:
      freeSlots(ofChunk: head)
      setState(head, .vacant)
    case .planned: setState(head, entry.pointee.slot != 0 ? .swappedOut : .reserved)
    case .live, .free, .unused: setState(head, entry.pointee.slot != 0 ? .swappedOut : .blank)
    }
  }
}
