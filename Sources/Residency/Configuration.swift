/// What an operator may set, and every named bound of the core. All of it is fixed while the agent
/// runs.
public struct Configuration: Sendable, Hashable {
  /// One device as it was found at the start.
  public struct GPU: Sendable, Hashable {
    /// Bytes the ledger may use: what the driver reports, or less if the operator said so.
    public var capacityBytes: UInt64
    /// Least budget for memory that cannot move (contexts, modules). The budget itself may rise.
    public var reserveFloorBytes: UInt64

    public init(capacityBytes: UInt64, reserveFloorBytes: UInt64) {
      self.capacityBytes = capacityBytes
      self.reserveFloorBytes = reserveFloorBytes
    }
  }

  /// What becomes of a program that owes an answer and gives none.
  public enum Unresponsive: Sendable, Hashable { case wait, kill }

  public var gpus: [GPU]
  /// Host memory for swapped-out bytes, for all GPUs together; leases never exceed it.
  public var poolSizeBytes: UInt64
  public var unresponsive: Unresponsive
  /// Rate each way used until an exchange was measured.
  public var assumedLinkBytesPerSecond: UInt64

  public var quantumMinimumNanoseconds: UInt64
  public var quantumMaximumNanoseconds: UInt64
  /// Silence after an order that makes a program `stuck`.
  public var unresponsiveNanoseconds: UInt64
  /// Failed drains in a row, or time spent draining, that make a holder `undrainable`.
  public var drainFailuresMaximum: Int
  public var drainMaximumNanoseconds: UInt64
  /// Pause before a failed drain is ordered again, and before an undrainable holder is asked again.
  public var drainRetryNanoseconds: UInt64
  /// The first of these when the GPU showed no progress, unless the program says sooner that the
  /// work is complete.
  public var drainStallNanoseconds: UInt64
  public var undrainableRetryNanoseconds: UInt64
  /// Longest wait for a new context's residue, and for room outside chunks, before it is refused.
  public var contextWaitNanoseconds: UInt64
  public var roomWaitNanoseconds: UInt64
  /// How long room made outside chunks is kept free for the one who asked.
  public var roomHoldNanoseconds: UInt64
  /// Longest time one context creation keeps the next ones waiting.
  public var contextCreationNanoseconds: UInt64
  /// How long the memory of a dead program is expected back before others are asked instead.
  public var deathReleaseNanoseconds: UInt64
  /// Longest wait for an answer to `trim`.
  public var trimNanoseconds: UInt64

  /// For this long after its first step, or until `Event.gathered`, the core grants nothing and
  /// promises nothing new (turns, contexts, footprints, reserved starts wait): programs of an agent
  /// that died are still coming back, and what they hold must be known first. 0 where no agent was
  /// before.
  public var rejoinNanoseconds: UInt64

  /// Programs at a time, all GPUs together.
  public var membersMaximum: Int
  /// Unanswered requests of one program.
  public var requestsPerMemberMaximum: Int
  /// Largest credit handed out beyond what was asked, so that small allocations need no answer.
  public var slackMaximumBytes: UInt64

  public init(gpus: [GPU], poolSizeBytes: UInt64) {
    self.gpus = gpus
    self.poolSizeBytes = poolSizeBytes
    unresponsive = .wait
    assumedLinkBytesPerSecond = 8 << 30
    quantumMinimumNanoseconds = 20_000_000
    quantumMaximumNanoseconds = 60_000_000_000
    unresponsiveNanoseconds = 10_000_000_000
    drainFailuresMaximum = 3
    drainMaximumNanoseconds = 30_000_000_000
    drainRetryNanoseconds = 100_000_000
    drainStallNanoseconds = 4_000_000_000
    undrainableRetryNanoseconds = 30_000_000_000
    contextWaitNanoseconds = 10_000_000_000
    roomWaitNanoseconds = 10_000_000_000
    roomHoldNanoseconds = 1_000_000_000
    contextCreationNanoseconds = 10_000_000_000
    deathReleaseNanoseconds = 5_000_000_000
    trimNanoseconds = 1_000_000_000
    rejoinNanoseconds = 0
    membersMaximum = 256
    requestsPerMemberMaximum = 16
    slackMaximumBytes = 256 << 20
  }

  /// Largest chunk a program on this GPU makes: a power of two from 2 to 64 MiB, at most a 32nd of
  /// the capacity. Eviction is by whole chunks, so leases carry one of slack.
  public static func largestChunkBytes(capacityBytes: UInt64) -> UInt64 {
    var bytes: UInt64 = 64 << 20
    while bytes > 2 << 20 && bytes > capacityBytes / 32 { bytes /= 2 }
    return bytes
  }
}

/// What a workload is for; decides how much of the time exchanges may cost it.
public enum WorkloadClass: UInt8, Sendable, Hashable {
  case interactive = 0
  case inference = 1
  case training = 2

  /// Largest share of the time spent exchanging, in percent.
  public var overheadPercent: UInt64 {
    switch self {
    case .interactive: 20
    case .inference: 30
    case .training: 5
    }
  }
}
