internal import Faults
internal import Host
internal import Readings
internal import Residency
internal import SystemPackage

/// One GPU the agent keeps books for.
struct DeviceBook {
  let index: Int
  let uuid: String
  let uuidWords: (UInt64, UInt64)?
  /// What the driver reports.
  let deviceBytes: UInt64
  /// What the ledger may use of it.
  let capacityBytes: UInt64
  let reserveBytes: UInt64

  static let reserveDefaultMaxBytes: UInt64 = 2 << 30
  static let reserveDefaultPart: UInt64 = 16

  static func open(
    readings: any GPUReadings, settings: AgentSettings
  ) throws(AgentFault) -> [DeviceBook] {
    let devices = readings.devices
    guard !devices.isEmpty else { throw .noGPU }
    var books: [DeviceBook] = []
    for (index, device) in devices.enumerated() {
      let capacity = settings.capacityBytes ?? device.totalBytes
      guard capacity <= device.totalBytes else {
        throw .capacityAboveDevice(
          capacityBytes: capacity, uuid: device.uuid, totalBytes: device.totalBytes)
      }
      let reserve =
        settings.reserveBytes ?? min(reserveDefaultMaxBytes, capacity / reserveDefaultPart)
      guard reserve < capacity else {
        throw .reserveTooLarge(reserveBytes: reserve, capacityBytes: capacity)
      }
      books.append(
        DeviceBook(
          index: index, uuid: device.uuid, uuidWords: device.uuidWords,
          deviceBytes: device.totalBytes, capacityBytes: capacity, reserveBytes: reserve))
    }
    return books
  }
}

/// "The agent of this GPU", held for as long as the agent lives.
final class GPULock {
  let path: FilePath
  private let lock: OwnershipLock
  let predecessor: OwnershipRecord?
  /// Where a directory is now that lay in its place.
  var setAside: FilePath? { lock.setAside }
  /// An agent of ours may have been here before, whether or not its record can be believed.
  var wasThere: Bool { lock.wasThere }

  private init(path: FilePath) throws(OwnershipFault) {
    self.path = path
    lock = try OwnershipLock(path: path)
    predecessor = lock.predecessor
  }

  /// One lock per distinct file: simulated GPUs of one file share theirs.
  static func take(
    devices: [DeviceBook], settings: AgentSettings
  ) throws(AgentFault) -> [GPULock] {
    var paths: [FilePath] = []
    var locks: [GPULock] = []
    for device in devices {
      let path = settings.lockPath(device.uuid)
      if paths.contains(path) { continue }
      paths.append(path)
      do {
        locks.append(try GPULock(path: path))
      } catch {
        switch error {
        case .held(let record):
          throw .gpuTaken(
            uuid: device.uuid, processID: record?.processID, userID: record?.userID,
            socket: record?.socket)
        case .obstructed(let what, let owner):
          throw .lockObstructed(path.string, what: what, ownerUserID: owner, uuid: device.uuid)
        case .kernel(let cause): throw .kernel(cause, step: "lock \(path)")
        }
      }
    }
    return locks
  }

  func write(_ record: OwnershipRecord) throws(Errno) { try lock.write(record) }
}

/// The programs an earlier agent left behind. Until they are back or the grace is over, nobody new
/// is admitted and nothing is populated: what they hold counts first.
struct Takeover {
  /// Alive when we started and not back yet.
  private(set) var expected: Set<Int32>
  private(set) var graceEndsAt: Tick?
  /// An agent was here before us, and whom it had is not known.
  private let isBlind: Bool
  /// The pool of the agent before us, when programs of it live.
  let poolSizeBytes: UInt64?
  let inheritedEstimateBytes: UInt64

  /// - Parameter wasThere: an agent may have been here before us.
  init(predecessor: OwnershipRecord?, wasThere: Bool, graceMilliseconds: UInt64) {
    let alive = predecessor?.programs.filter { Machine.isAlive(processID: $0) } ?? []
    expected = Set(alive)
    isBlind = predecessor == nil && wasThere
    // A machine may have less memory than it had.
    poolSizeBytes =
      alive.isEmpty
      ? nil
      : predecessor?.poolSizeBytes.flatMap { pool in
        Machine.totalBytes().map { min(pool, $0) }
      }
    inheritedEstimateBytes = poolSizeBytes ?? 0
    graceEndsAt =
      alive.isEmpty && !isBlind
      ? nil : Agent.now().advanced(byNanoseconds: graceMilliseconds * 1_000_000)
  }

  var isOver: Bool { graceEndsAt == nil }

  /// Nothing may be written down yet that a later agent would take for all who were here.
  var isUnrecordable: Bool { isBlind && !isOver }

  /// It was here before us: written down, turned away by us or, where the record is lost, within
  /// the grace.
  func mayReturn(processID: Int32) -> Bool {
    isBlind && !isOver || expected.contains(processID) || fault(415)
  }

  mutating func returned(processID: Int32) {
    expected.remove(processID)
    if expected.isEmpty, !isBlind { graceEndsAt = nil }
  }

  /// There was no room for what it brought. It keeps that, and may come again: to us once others
  /// have gone, or to a later agent.
  mutating func turnedAway(processID: Int32) { expected.insert(processID) }

  /// Forgets the dead and, when the time is over, the rest. True when this ended the grace.
  mutating func tend(at now: Tick) -> Bool {
    guard let graceEndsAt else { return false }
    expected = expected.filter { Machine.isAlive(processID: $0) }
    guard expected.isEmpty && !isBlind || graceEndsAt <= now else { return false }
    self.graceEndsAt = nil
    return true
  }
}
