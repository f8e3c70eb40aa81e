/// All that can happen to the core. Byte counts inside may come from a tenant and be any value:
/// they are clamped, never trusted. `request` is the number of the frame to answer.
///
/// An event about a member that the core does not know (it died, it was refused) is ignored.
public enum Event: Sendable, Hashable {
  /// A program introduced itself. Answered by `welcome` or `refuseHello`, perhaps later.
  case joined(MemberID, Hello)
  /// The pidfd fired. Its memory stays charged until `booksShowFree`, its lease until
  /// `leaseReleased`.
  case died(MemberID)
  /// The connection ended but the process lives: it may still hold what it was granted.
  case disconnected(MemberID)
  /// The driver's books no longer show any memory of this dead member.
  case booksShowFree(MemberID)

  /// The footprint shall be `footprintBytes` in all. Answered by `approve` or `refuse`.
  case growWanted(MemberID, request: UInt32, footprintBytes: UInt64)
  /// A context is about to be made. Answered by `approve` or `refuse`.
  case contextWanted(MemberID, request: UInt32, estimateBytes: UInt64)
  /// The context exists and memory that cannot move was measured.
  case residueMeasured(MemberID, bytes: UInt64)
  /// The driver was out of memory for a chunk, although there was credit. Answered by `approve`
  /// or `refuse`.
  case roomWanted(MemberID, request: UInt32, bytes: UInt64)
  /// The driver was out of memory inside a call that takes memory of the driver's own; the same
  /// call had failed `attempts` times before. Answered by `approve` (try again) or `refuse`.
  case driverMemoryWanted(MemberID, request: UInt32, attempts: UInt64)
  /// Absolute values read from the control page after a `returned`, `left`, `entered`, `undrained`
  /// frame, or by a poll. Pass this before the frame's own event.
  case counters(MemberID, ProgramCounters)

  /// A thread waits at the closed gate.
  case wanted(MemberID, urgent: Bool)
  case idle(MemberID)
  case busy(MemberID)
  /// Order `leave` fulfilled. Nanoseconds: from the order to here, and the part spent draining.
  case left(MemberID, copiedBytes: UInt64, nanoseconds: UInt64, drainNanoseconds: UInt64)
  /// Order `leave` failed for now; the program keeps what it has.
  case undrained(MemberID, DrainFailure)
  /// Order `enter` fulfilled: whole, gate open.
  case entered(MemberID, copiedBytes: UInt64, nanoseconds: UInt64)
  /// Its memory can no longer move, for life.
  case becameUnswappable(MemberID)

  /// The member's lease is populated this far, from its start (answer to `populateLease`).
  case leasePopulated(MemberID, bytes: UInt64)
  /// `populateLease` could not be fulfilled; this much is there.
  case leaseFailed(MemberID, populatedBytes: UInt64)
  /// The lease's pages are free again (answer to `releaseLease`).
  case leaseReleased(MemberID)

  /// Device memory that the driver's books show for a member: so much of what its page claimed when
  /// it came back is really there.
  case useMeasured(MemberID, bytes: UInt64)
  /// Device memory in use by others than our members, as measured.
  case foreignMeasured(gpu: Int, bytes: UInt64)
  /// All programs of an earlier agent are back, gone, or no longer waited for, and what is foreign
  /// was measured since: `Configuration.rejoinNanoseconds` need not pass.
  case gathered
  /// From now on nobody leaves for another's sake, and what has room comes back; or no longer so.
  case paused(Bool)
  /// `Effects.wakeAt` came; also harmless at any other time.
  case woke
}

extension Event {
  /// Who asks for more with this event.
  var asker: MemberID? {
    switch self {
    case .growWanted(let id, _, _), .joined(let id, _): id
    case .died, .disconnected, .booksShowFree, .contextWanted, .residueMeasured, .roomWanted,
      .driverMemoryWanted, .counters, .wanted, .idle, .busy, .left, .undrained, .entered,
      .becameUnswappable, .leasePopulated, .leaseFailed, .leaseReleased, .useMeasured,
      .foreignMeasured, .gathered, .paused, .woke:
      nil
    }
  }
}

/// What a program says of itself when it joins, as far as policy cares.
public struct Hello: Sendable, Hashable {
  public var gpu: Int
  /// Same number for all processes of one workload.
  public var workload: UInt64
  public var workloadClass: WorkloadClass
  /// Guaranteed bytes, 0 if none were asked.
  public var requestBytes: UInt64
  /// Most bytes, nil if none was said.
  public var limitBytes: UInt64?
  /// Never swapped; `limitBytes` says how much.
  public var isStatic: Bool
  /// Room for the whole limit is reserved before the program starts.
  public var promiseAtStart: Bool
  /// Set when the program was here before: with this agent (`replaces`) or an earlier one.
  public var inherited: Inherited?

  public init(
    gpu: Int, workload: UInt64, workloadClass: WorkloadClass = .inference,
    requestBytes: UInt64 = 0, limitBytes: UInt64? = nil, isStatic: Bool = false,
    promiseAtStart: Bool = false, inherited: Inherited? = nil
  ) {
    self.gpu = gpu
    self.workload = workload
    self.workloadClass = workloadClass
    self.requestBytes = requestBytes
    self.limitBytes = limitBytes
    self.isStatic = isStatic
    self.promiseAtStart = promiseAtStart
    self.inherited = inherited
  }
}

/// What a reconnecting program brings: its page's counters, its lease as the agent measured it, its
/// residue. These bytes are counted before anything else is promised.
public struct Inherited: Sendable, Hashable {
  /// The member it was under this same agent, if any; that entry is dropped.
  public var replaces: MemberID?
  public var creditGrantedBytes: UInt64
  public var creditReturnedBytes: UInt64
  public var footprintApprovedBytes: UInt64
  public var footprintWaivedBytes: UInt64
  public var footprintBytes: UInt64
  public var leaseBytes: UInt64
  public var residueBytes: UInt64
  /// The view it was shown by the first agent.
  public var totalBytes: UInt64
  /// All its chunks are resident.
  public var isWhole: Bool
  /// Device memory that the driver's books show for it, nil if they say nothing about processes.
  public var inUseBytes: UInt64?
  /// As `Event.foreignMeasured`, this program counted as ours: it was foreign until now, and told
  /// apart from its joining it would count twice or not at all. Nil if nothing was measured.
  public var foreignBytes: UInt64?

  public init(
    replaces: MemberID? = nil, creditGrantedBytes: UInt64, creditReturnedBytes: UInt64,
    footprintApprovedBytes: UInt64, footprintWaivedBytes: UInt64, footprintBytes: UInt64,
    leaseBytes: UInt64, residueBytes: UInt64, totalBytes: UInt64, isWhole: Bool,
    inUseBytes: UInt64? = nil, foreignBytes: UInt64? = nil
  ) {
    self.replaces = replaces
    self.creditGrantedBytes = creditGrantedBytes
    self.creditReturnedBytes = creditReturnedBytes
    self.footprintApprovedBytes = footprintApprovedBytes
    self.footprintWaivedBytes = footprintWaivedBytes
    self.footprintBytes = footprintBytes
    self.leaseBytes = leaseBytes
    self.residueBytes = residueBytes
    self.totalBytes = totalBytes
    self.isWhole = isWhole
    self.inUseBytes = inUseBytes
    self.foreignBytes = foreignBytes
  }
}

/// The program's half of the control page, absolute.
public struct ProgramCounters: Sendable, Hashable {
  public var creditReturnedBytes: UInt64
  public var footprintWaivedBytes: UInt64
  /// Allocated now; resident now.
  public var footprintBytes: UInt64
  public var residentBytes: UInt64

  public init(
    creditReturnedBytes: UInt64, footprintWaivedBytes: UInt64, footprintBytes: UInt64,
    residentBytes: UInt64
  ) {
    self.creditReturnedBytes = creditReturnedBytes
    self.footprintWaivedBytes = footprintWaivedBytes
    self.footprintBytes = footprintBytes
    self.residentBytes = residentBytes
  }
}

/// Why a drain failed.
public enum DrainFailure: UInt8, Sendable, Hashable {
  case noProgress = 1
  case capture = 2
  case callInside = 3
  case driverError = 4
}
