internal import ControlAPI
public import Host
public import SystemPackage

/// What an operator chose, and what was found.
public struct AgentSettings: Sendable {
  public var socket: FilePath
  /// Somebody listens at `socket` already and handed it to us; nil: we make it.
  public var activated: ActivatedSocket?
  /// Part of each device the ledger may use; nil: all of it.
  public var capacityBytes: UInt64?
  /// Least budget for memory that can not move; nil: a sixteenth of the capacity, at most 2 GiB.
  public var reserveBytes: UInt64?
  /// Host memory for swapped-out bytes; nil: half of the available RAM.
  public var poolSizeBytes: UInt64?
  /// What `TIDELOCK_SIMULATED_GPU` must say for programs of this agent; nil on a real GPU.
  public var simulatedGPU: String?
  /// The file whose lock means "the agent of this GPU", from the GPU's identity.
  public var lockPath: @Sendable (_ uuid: String) -> FilePath
  /// Longest wait for programs of a previous agent before new ones are admitted.
  public var graceMilliseconds: UInt64 = 3_000
  /// Time between two looks at the driver's books.
  public var readingMilliseconds: UInt64 = 1_000
  /// The same while the memory of a dead program is awaited.
  public var deathReadingMilliseconds: UInt64 = 20

  /// Who may connect; without effect on a socket somebody else made.
  public var admission = Admission.owner
  /// The agent ends when nobody has needed it for so long; nil: never.
  public var idleExitMilliseconds: UInt64?
  /// At its end the socket's directory goes, too, if it is empty.
  public var removesDirectory = false

  public init(socket: FilePath, lockPath: @escaping @Sendable (_ uuid: String) -> FilePath) {
    self.socket = socket
    self.lockPath = lockPath
  }
}

/// Every bound of the agent's tables, queues and waits.
enum Bounds {
  /// What is believed of a program's own count of system calls per order.
  static let systemCallsPerSwitchMax: UInt64 = 1_000_000
  /// Connections that have not become programs.
  static let visitorsMax = 64
  /// Programs in all, and of one user, be it root: in containers most are.
  static let programsMax = 256
  static let programsPerUserMax = 192
  /// Connections let in between two turns of everybody else.
  static let acceptsPerPass = 16
  /// Without descriptors for newcomers none is let in for so long.
  static let doorMilliseconds: UInt64 = 100
  /// The lock file is written so often at least: what nobody touches for days is cleared away.
  static let recordMilliseconds: UInt64 = 3_600_000
  /// Programs launched and not seen yet that an agent stays for.
  static let launchesMax = 256
  static let backlog: Int32 = 64
  /// Time a visitor has to say who it is.
  static let visitMilliseconds: UInt64 = 5_000
  /// Time between the close of a socket and the death that usually follows.
  static let endingMilliseconds: UInt64 = 100
  /// Frames of one program within `frameWindowMilliseconds`; then it has to wait for the next one.
  static let framesPerWindow = 2_000
  static let frameWindowMilliseconds: UInt64 = 100
  /// Lines about malformed frames within `violationWindowMilliseconds`; the rest is only counted.
  static let violationsToldMax = 20
  static let violationWindowMilliseconds: UInt64 = 1_000
  /// Frames kept for a program that does not read, beyond what its socket holds.
  static let outboxMax = 64
  /// Memory populated between two looks at the sockets.
  static let populateStepBytes: Int64 = 4 << 20
  /// RAM that populating leaves to everybody else.
  static let spareBytes: UInt64 = 128 << 20
  /// Populated bytes between two looks at how much RAM is left.
  static let spareCheckBytes: Int64 = 64 << 20
  /// Smallest lease file, so that even a program that never leaves has one to map.
  static let leaseBytesMin: Int64 = 2 << 20
  /// Largest lease file believed from a reconnecting program.
  static let leaseBytesMax: Int64 = 1 << 44
  /// Where the driver shows no processes: how long after a death memory counts as free.
  static let blindDeathMilliseconds: UInt64 = 2_000
  /// Least time between two looks at the driver's books, whoever asks; and they take at most one
  /// part in so many of the agent's time.
  static let lookMilliseconds: UInt64 = 5
  static let lookPart: UInt64 = 5
  static let lookMillisecondsMax: UInt64 = 200
  /// Least time between two looks for the sake of questions in the long run, whoever asks and how
  /// many do; and how many may come at once after a rest, as when several programs start.
  static let answerMilliseconds: UInt64 = 200
  static let answersAtOnce: UInt64 = 8
  /// Questions of one program that wait for a look; no interposer has more open.
  static let questionsMax = 16
  /// After a program found less memory than the books had said, they are read often for so long,
  /// and not again before so long after.
  static let doubtMilliseconds: UInt64 = 200
  static let doubtRestMilliseconds: UInt64 = 2_000
  /// Time without progress after which a program gives a drain up.
  static let drainMilliseconds: UInt64 = 2_000
  /// A program's first wait of this length is told to whoever sits before it.
  static let waitToldMilliseconds: UInt64 = 1_000
  /// Work a program may have queued while others wait.
  static let queueWindowMilliseconds: UInt64 = 100
  /// Events handled in a row before the sockets are looked at again.
  static let eventsPerPass = 4_096
}

/// Why an agent does not start. Each names what a person can do.
public enum AgentFault: Error, CustomStringConvertible {
  case noGPU
  case capacityAboveDevice(capacityBytes: UInt64, uuid: String, totalBytes: UInt64)
  case reserveTooLarge(reserveBytes: UInt64, capacityBytes: UInt64)
  case poolUnknown
  case poolTooLarge(poolBytes: UInt64, usableBytes: UInt64)
  case gpuTaken(uuid: String, processID: Int32?, userID: UInt32?, socket: String?)
  /// The GPU's lock file cannot be where something else is that is not ours to remove.
  case lockObstructed(String, what: String, ownerUserID: UInt32, uuid: String)
  case socket(String)
  case kernel(Errno, step: String)

  public var description: String {
    switch self {
    case .noGPU:
      "the driver shows no GPU; to try Tidelock without one: tidelock agent --simulated-gpu"
        + " memory=96MiB"
    case .capacityAboveDevice(let capacity, let uuid, let total):
      "--capacity \(Quantity.binary(capacity)) is more than \(uuid) has"
        + " (\(Quantity.binary(total))); choose less"
    case .reserveTooLarge(let reserve, let capacity):
      "--reserve \(Quantity.binary(reserve)) leaves nothing of a capacity of"
        + " \(Quantity.binary(capacity)); choose less"
    case .poolUnknown:
      "this machine does not say how much RAM is available; say --pool-size"
    case .poolTooLarge(let pool, let usable):
      "--pool-size \(Quantity.binary(pool)) is more RAM than can be had"
        + " (\(Quantity.binary(usable)) available); choose less"
    case .gpuTaken(let uuid, let processID, let userID, let socket):
      "\(uuid) already has an agent: "
        + (processID.map { "process \($0)" } ?? "process unknown") + " of "
        + (userID.map { "user \($0)" } ?? "an unknown user") + ", socket "
        + (socket ?? "unknown") + "; use that one, or stop it first"
    case .lockObstructed(let path, let what, let owner, let uuid):
      "\(path), the lock file of \(uuid), is \(what) of user \(owner); as that user or as root"
        + " remove it: rm -r '\(path)'"
    case .socket(let text): text
    case .kernel(let error, let step): "\(step): \(error.description)"
    }
  }
}
