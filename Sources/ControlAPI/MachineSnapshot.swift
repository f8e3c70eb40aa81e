/// What was seen of a machine, as plain values: the doctor judges these and nothing else, so every
/// judgement can be tested on a machine that was made up. nil always means that it is not known.
public struct MachineSnapshot: Equatable, Sendable {
  // The kernel and what it lets this process do.

  /// Like `6.1.0-18-amd64`.
  public var kernelRelease: String?
  /// glibc's, like `2.36`.
  public var libcVersion: String
  /// `/dev/dxg`: the GPU is reached by way of Windows.
  public var hasWindowsGPU = false
  public var hasMembarrier = true
  public var hasPidfd = true
  /// Why sealed memory files cannot be made and populated.
  public var sealedMemoryFault: String?
  /// A seccomp filter is on this process.
  public var isFiltered = false
  /// What tells that this is a container, like `/.dockerenv`.
  public var containerMark: String?

  // Memory.

  public var totalBytes: UInt64?
  /// What the agent may count on: available, or less by the cgroup's limit.
  public var usableBytes: UInt64?
  /// Pages of 2 MiB that are free, and how many there are.
  public var freeHugePages: UInt64?
  public var hugePages: UInt64?
  /// `RLIMIT_MEMLOCK`; `UInt64.max` for none.
  public var lockableBytes: UInt64 = .max

  // GPUs.

  /// PCI vendors of display and compute controllers, like 0x10DE.
  public var displayVendors: [UInt32] = []
  public var driver: DriverReading
  public var management: ManagementReading

  // Tidelock.

  public var parts: [PartReading] = []
  public var agent: AgentReading

  public init(
    kernelRelease: String?, libcVersion: String, driver: DriverReading,
    management: ManagementReading, agent: AgentReading
  ) {
    self.kernelRelease = kernelRelease
    self.libcVersion = libcVersion
    self.driver = driver
    self.management = management
    self.agent = agent
  }
}

/// The `libcuda.so.1` a program would get, asked without making a context.
public enum DriverReading: Equatable, Sendable {
  /// With the loader's reason.
  case absent(String)
  case present(Library)

  public struct Library: Equatable, Sendable {
    /// The file the loader chose.
    public var path: String
    /// What `cuInit` answered; nil: there is no `cuInit` in it.
    public var initialisation: Int32?
    /// As `cuDriverGetVersion` gives it: 12040 for 12.4.
    public var version: Int32?
    public var devices: [Device] = []

    public init(path: String, initialisation: Int32?) {
      self.path = path
      self.initialisation = initialisation
    }
  }

  public struct Device: Equatable, Sendable {
    public var name: String
    /// Device attribute 102: memory can be mapped and unmapped in place.
    public var hasVirtualMemory: Bool?
    /// Attribute 18: the GPU has no memory of its own.
    public var isIntegrated: Bool?
    /// Attribute 100: it reads the CPU's page tables, so each reaches the other's memory.
    public var usesHostPageTables: Bool?

    public init(
      name: String, hasVirtualMemory: Bool? = true, isIntegrated: Bool? = false,
      usesHostPageTables: Bool? = false
    ) {
      self.name = name
      self.hasVirtualMemory = hasVirtualMemory
      self.isIntegrated = isIntegrated
      self.usesHostPageTables = usesHostPageTables
    }
  }
}

/// What the driver's management library (NVML) tells.
public enum ManagementReading: Equatable, Sendable {
  case absent(String)
  case present(driverVersion: String?, devices: [Device])

  public struct Device: Equatable, Sendable {
    public var uuid: String
    public var totalBytes: UInt64
    /// MIG is on: programs get instances.
    public var isSplit: Bool?
    /// The processes that use it can be seen.
    public var showsProcesses: Bool

    public init(
      uuid: String, totalBytes: UInt64, isSplit: Bool? = false, showsProcesses: Bool = true
    ) {
      self.uuid = uuid
      self.totalBytes = totalBytes
      self.isSplit = isSplit
      self.showsProcesses = showsProcesses
    }
  }
}

/// One file of this installation.
public struct PartReading: Equatable, Sendable {
  public var name: String
  public var path: String
  public var exists: Bool
  /// Tidelock can do nothing without it.
  public var isNeeded: Bool

  public init(name: String, path: String, exists: Bool, isNeeded: Bool) {
    self.name = name
    self.path = path
    self.exists = exists
    self.isNeeded = isNeeded
  }
}

public enum AgentReading: Equatable, Sendable {
  /// There is no place for its socket, for this reason.
  case nowhere(String)
  /// `isNamed`: by an option or a variable, so that no agent is started there by itself.
  case absent(socket: String, isNamed: Bool)
  case present(socket: String, processID: Int32?, workloads: Int)
}
