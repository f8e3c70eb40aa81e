/// What the agent has to do, in this order. The core has already booked all of it.
public enum Effect: Sendable, Hashable {
  case welcome(MemberID, Welcome)
  /// The program runs without us, or not at all. The member is forgotten.
  case refuseHello(MemberID, Refusal)

  /// Answer to request number `request`; the counters were set before.
  case approve(MemberID, request: UInt32)
  case refuse(MemberID, request: UInt32, Refusal)
  /// Absolute values for the control page; then raise and wake its futex word.
  case setCounters(MemberID, creditGrantedBytes: UInt64, footprintApprovedBytes: UInt64)

  /// Populate the member's lease up to this many bytes from its start; answer `leasePopulated` or
  /// `leaseFailed`. Only one is under way per member.
  case populateLease(MemberID, bytes: UInt64)
  /// Publish the populated prefix in the control page.
  case setLease(MemberID, bytes: UInt64)
  /// The owner is dead: free its lease for good; answer `leaseReleased`.
  case releaseLease(MemberID)

  case tellEnter(MemberID)
  /// Also recalls a program that is still entering: it gives up the entry and answers `left`.
  case tellLeave(MemberID, targetResidentBytes: UInt64)
  case tellContended(MemberID, Bool)
  /// Give back unused credit above the target. A program with an unanswered `grow` gives back
  /// nothing: the credit it sees may be the answer, ahead of its frame.
  case tellTrim(MemberID, targetResidentBytes: UInt64)

  /// Send SIGKILL (`unresponsive: kill`).
  case kill(MemberID)
  /// For the event log; no action.
  case note(Note)
}

/// The outcome of one step.
public struct Effects: Sendable, Hashable {
  public internal(set) var list: [Effect] = []
  /// Call `step(.woke)` at this moment at the latest; nil: nothing is due.
  public internal(set) var wakeAt: Tick?

  mutating func append(_ effect: Effect) { list.append(effect) }
}

public struct Welcome: Sendable, Hashable {
  /// Device memory the program is shown, for life.
  public var totalBytes: UInt64
  public var largestChunkBytes: UInt64
  /// Size of the lease's memfd; it is populated as far as `setLease` says.
  public var leaseCapacityBytes: UInt64
}

/// Why not, with the numbers a person needs.
public struct Refusal: Error, Sendable, Hashable {
  /// Raw values are those of the wire.
  public enum Reason: UInt8, Sendable, Hashable {
    case overLimit = 1
    case overCapacity = 2
    case poolExhausted = 3
    case reserveExhausted = 4
    case requestsExceedCapacity = 5
    case tooManyPrograms = 6
    case deviceUnknown = 8
    case malformed = 9
    case notPermitted = 10
  }

  public var reason: Reason
  public var wantedBytes: UInt64
  public var availableBytes: UInt64
  /// The bound that was met.
  public var limitBytes: UInt64

  init(_ reason: Reason, wanted: Int = 0, available: Int = 0, limit: Int = 0) {
    self.reason = reason
    wantedBytes = UInt64(max(0, wanted))
    availableBytes = UInt64(max(0, available))
    limitBytes = UInt64(max(0, limit))
  }
}

/// Lines of the event log.
public enum Note: Sendable, Hashable {
  /// Measured residue is above the reserve; no new contexts. `grower` was measured last.
  case reserveExceeded(gpu: Int, grower: MemberID, residueBytes: UInt64, reserveBytes: UInt64)
  case reserveRaised(gpu: Int, bytes: UInt64)
  /// Memory of others than our members takes what was granted; `shortBytes` must be given up.
  case foreignGrew(gpu: Int, foreignBytes: UInt64, shortBytes: UInt64)
  /// The pool cannot hold what leaving would take after foreign memory grew.
  case leasesShort(gpu: Int, wantedBytes: UInt64, poolBytes: UInt64)
  /// The pool is this full (said once when nine tenths are leased).
  case poolNearlyFull(leasedBytes: UInt64, sizeBytes: UInt64)
  case undrainable(MemberID, DrainFailure, failures: Int)
  case drainable(MemberID)
  case stuck(MemberID)
  case unstuck(MemberID)
  case unswappable(MemberID)
  /// `waiter` cannot run before `holder` gives way, and it does not.
  case blocked(waiter: MemberID, holder: MemberID)
  /// No eviction can make this member whole: foreign or unswappable memory has taken the room.
  case doesNotFit(MemberID, footprintBytes: UInt64, availableBytes: UInt64)
  /// An exchange is done: the newcomer is whole.
  case exchanged(MemberID, nanoseconds: UInt64, bytes: UInt64)
  /// A program's counter went back or beyond what was granted; it was clamped. Said once each.
  case counterClamped(MemberID)
  /// A page handed over claims so much credit that the GPU has not, and that the driver's books do
  /// not show in use; it was taken back.
  case claimCut(MemberID, bytes: UInt64)
}
