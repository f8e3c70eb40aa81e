/// What can be measured about GPUs. Every figure may be missing, and a missing one is nil, never
/// zero: a driver in a container often shows no processes, an old one no reserved bytes.
public protocol GPUReadings: AnyObject {
  /// The GPUs there are, in the driver's order. Fixed while the agent runs.
  var devices: [GPUDevice] { get }
  /// Total and used bytes of one device now.
  func memory(device: Int) -> GPUMemory?
  /// Bytes per process on one device now; nil when the driver does not say.
  func processes(device: Int) -> [GPUProcess]?
}

/// One GPU as the driver describes it.
public struct GPUDevice: Equatable, Sendable {
  /// Like `GPU-01234567-89ab-cdef-0123-456789abcdef`.
  public var uuid: String
  /// Bytes programs can use: what the driver reports less what it keeps for itself.
  public var totalBytes: UInt64

  public init(uuid: String, totalBytes: UInt64) {
    self.uuid = uuid
    self.totalBytes = totalBytes
  }

  /// The 16 bytes that `uuid` spells as two words, first byte lowest; nil when it spells none.
  public var uuidWords: (UInt64, UInt64)? {
    let digits = uuid.drop { $0 != "-" }.filter { $0 != "-" }
    guard digits.utf8.count == 32 else { return nil }
    var words: (UInt64, UInt64) = (0, 0)
    var rest = digits[...]
    for index in 0..<16 {
      guard let byte = UInt64(rest.prefix(2), radix: 16) else { return nil }
      rest = rest.dropFirst(2)
      if index < 8 { words.0 |= byte << UInt64(8 * index) }
      if index >= 8 { words.1 |= byte << UInt64(8 * (index - 8)) }
    }
    return words
  }
}

public struct GPUMemory: Equatable, Sendable {
  public var totalBytes: UInt64
  /// By all processes together, without what the driver keeps for itself where it tells that apart.
  public var usedBytes: UInt64

  public init(totalBytes: UInt64, usedBytes: UInt64) {
    self.totalBytes = totalBytes
    self.usedBytes = usedBytes
  }
}

public struct GPUProcess: Equatable, Sendable {
  public var processID: Int32
  /// nil when the driver lists the process and not its use.
  public var usedBytes: UInt64?

  public init(processID: Int32, usedBytes: UInt64?) {
    self.processID = processID
    self.usedBytes = usedBytes
  }
}

/// One consistent look at a device: who uses how much.
public struct GPUUse: Equatable, Sendable {
  public var usedBytes: UInt64
  /// Sorted by process id; nil when the driver does not say.
  public var processes: [GPUProcess]?

  public init(usedBytes: UInt64, processes: [GPUProcess]?) {
    self.usedBytes = usedBytes
    self.processes = processes
  }

  /// Bytes of one process, 0 when it has none; nil when the driver does not say.
  public func bytes(processID: Int32) -> UInt64? {
    guard let processes else { return nil }
    guard let process = processes.first(where: { $0.processID == processID }) else { return 0 }
    return process.usedBytes
  }

  /// Bytes of the processes that `isOurs` does not claim; nil when that can not be told.
  public func foreignBytes(isOurs: (Int32) -> Bool) -> UInt64? {
    guard let processes else { return nil }
    var ours: UInt64 = 0
    for process in processes where isOurs(process.processID) {
      guard let bytes = process.usedBytes else { return nil }
      ours += min(bytes, usedBytes)
    }
    return usedBytes - min(usedBytes, ours)
  }
}

extension GPUReadings {
  /// Looks until total and processes were read without a change in between, at most three times:
  /// a program that grows between two readings would otherwise look like foreign memory.
  /// - Returns: nil when nothing can be read or it never held still.
  public func use(device: Int) -> GPUUse? {
    for _ in 0..<3 {
      let before = processes(device: device)
      guard let memory = memory(device: device) else { return nil }
      guard let before else { return GPUUse(usedBytes: memory.usedBytes, processes: nil) }
      let sorted = before.sorted { $0.processID < $1.processID }
      let after = processes(device: device)?.sorted { $0.processID < $1.processID }
      if after == sorted { return GPUUse(usedBytes: memory.usedBytes, processes: sorted) }
    }
    return nil
  }
}
