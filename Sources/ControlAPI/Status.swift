/// What an operator sees of a node: GPUs, workloads, swap pool. The agent fills it, `tidelock
/// status` prints it, as JSON with exactly these field names or as a table. A missing reading is
/// nil and stays nil (`null`): missing is not zero.
public struct Status: Equatable, Sendable {
  public var gpus: [GPUStatus]
  public var workloads: [WorkloadStatus]
  public var pool: PoolStatus
  /// Figures about the agent itself; nil when none were given.
  public var agent: AgentStatus?

  public init(
    gpus: [GPUStatus], workloads: [WorkloadStatus], pool: PoolStatus, agent: AgentStatus? = nil
  ) {
    self.gpus = gpus
    self.workloads = workloads
    self.pool = pool
    self.agent = agent
  }
}

public struct GPUStatus: Equatable, Sendable {
  public var uuid: String
  /// What Tidelock may use, foreign memory included: the device's or `--capacity`.
  public var capacityBytes: UInt64
  /// The budget for contexts and modules, which can not be swapped.
  public var reservedBytes: UInt64
  /// Used by programs outside Tidelock; nil when the driver does not say.
  public var foreignBytes: UInt64?
  /// Chunks of all workloads that have device memory now.
  public var residentBytes: UInt64

  public init(
    uuid: String, capacityBytes: UInt64, reservedBytes: UInt64, foreignBytes: UInt64?,
    residentBytes: UInt64
  ) {
    self.uuid = uuid
    self.capacityBytes = capacityBytes
    self.reservedBytes = reservedBytes
    self.foreignBytes = foreignBytes
    self.residentBytes = residentBytes
  }
}

/// Where a workload stands; the raw values are the words of the JSON.
public enum WorkloadState: String, CaseIterable, Sendable {
  case starting
  case resident
  case swappingOut = "swapping-out"
  case swappedOut = "swapped-out"
  case swappingIn = "swapping-in"
  /// Has calls at the closed gate and a place in the queue.
  case waiting
  /// Was told to leave and does not answer.
  case stuck
  /// Can not drain its submitted work.
  case undrainable
  /// Used something Tidelock can not move; resident for life.
  case unswappable
}

public struct WorkloadStatus: Equatable, Sendable {
  public var name: String
  public var pid: Int32
  /// `interactive`, `inference` or `training`.
  public var workloadClass: String
  public var state: WorkloadState
  public var footprintBytes: UInt64
  public var residentBytes: UInt64
  public var swappedBytes: UInt64
  /// The most it may allocate; nil when it was given no limit and has not met the GPU's own.
  public var limitBytes: UInt64?
  public var swapsOut: UInt64
  public var swapsIn: UInt64
  /// Time its calls spent at the closed gate, in milliseconds; the JSON has it as `waitSeconds`.
  public var waitMilliseconds: UInt64
  /// Bytes moved so far.
  public var bytesOut: UInt64
  public var bytesIn: UInt64
  /// What it holds of the GPU besides its allocations, contexts and modules above all; nil: not
  /// measured.
  public var residueBytes: UInt64?
  /// Why it did not give way when last asked, or what it waits for besides its turn; empty
  /// otherwise.
  public var cause: String

  public init(
    name: String, pid: Int32, workloadClass: String, state: WorkloadState,
    footprintBytes: UInt64, residentBytes: UInt64, swappedBytes: UInt64, limitBytes: UInt64?,
    swapsOut: UInt64, swapsIn: UInt64, waitMilliseconds: UInt64, bytesOut: UInt64 = 0,
    bytesIn: UInt64 = 0, residueBytes: UInt64? = nil, cause: String = ""
  ) {
    self.name = name
    self.pid = pid
    self.workloadClass = workloadClass
    self.state = state
    self.footprintBytes = footprintBytes
    self.residentBytes = residentBytes
    self.swappedBytes = swappedBytes
    self.limitBytes = limitBytes
    self.swapsOut = swapsOut
    self.swapsIn = swapsIn
    self.waitMilliseconds = waitMilliseconds
    self.bytesOut = bytesOut
    self.bytesIn = bytesIn
    self.residueBytes = residueBytes
    self.cause = cause
  }
}

public struct PoolStatus: Equatable, Sendable {
  public var sizeBytes: UInt64
  /// Promised to processes, whether or not they use it now.
  public var leasedBytes: UInt64

  public init(sizeBytes: UInt64, leasedBytes: UInt64) {
    self.sizeBytes = sizeBytes
    self.leasedBytes = leasedBytes
  }
}

/// What the agent knows about itself.
public struct AgentStatus: Equatable, Sendable {
  public var pid: Int32
  /// Pool bytes that have memory behind them.
  public var populatedBytes: UInt64
  /// Pool bytes that living programs brought along from the agent before this one.
  public var inheritedBytes: UInt64
  /// System calls of the agent's own code since it started.
  public var systemCalls: UInt64
  /// System calls of Tidelock's code inside programs between orders and their answers, as they say.
  public var programSystemCalls: UInt64
  /// Swap-outs finished since it started.
  public var switches: UInt64
  /// Programs disconnected for what they sent.
  public var violations: UInt64
  /// Nobody leaves the GPU for another's sake.
  public var isPaused: Bool
  /// Files it cannot write for an agent that is started after it, and why; empty when none.
  public var unrecorded: String

  public init(
    pid: Int32, populatedBytes: UInt64, inheritedBytes: UInt64, systemCalls: UInt64,
    programSystemCalls: UInt64, switches: UInt64, violations: UInt64, isPaused: Bool = false,
    unrecorded: String = ""
  ) {
    self.pid = pid
    self.populatedBytes = populatedBytes
    self.inheritedBytes = inheritedBytes
    self.systemCalls = systemCalls
    self.programSystemCalls = programSystemCalls
    self.switches = switches
    self.violations = violations
    self.isPaused = isPaused
    self.unrecorded = unrecorded
  }
}
