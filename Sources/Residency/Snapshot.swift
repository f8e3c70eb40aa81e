/// A copy of what the core knows, for status and metrics.
public struct Snapshot: Sendable, Hashable {
  public struct GPU: Sendable, Hashable {
    public var capacityBytes: UInt64
    public var reserveBytes: UInt64
    public var foreignBytes: UInt64
    /// Credit outstanding; what members hold or may take.
    public var grantedBytes: UInt64
    /// Measured memory that cannot move.
    public var residueBytes: UInt64
    public var waiting: Int
  }

  public struct Member: Sendable, Hashable {
    public var id: MemberID
    public var gpu: Int
    public var workload: UInt64
    public var workloadClass: WorkloadClass
    public var state: State
    /// Allocated, as far as approved.
    public var footprintBytes: UInt64
    /// With device memory, as the program reports.
    public var residentBytes: UInt64
    public var approvedBytes: UInt64
    public var creditBytes: UInt64
    public var leaseBytes: UInt64
    /// The view it was shown.
    public var totalBytes: UInt64
    public var residueBytes: UInt64
    public var isIdle: Bool
    public var waitingSince: Tick?
    /// What it waits for besides its turn.
    public var obstacle: Obstacle?
  }

  public var gpus: [GPU]
  public var members: [Member]
  public var poolSizeBytes: UInt64
  public var poolLeasedBytes: UInt64
}

/// Why a member that waits can not be served by anybody's giving way.
public enum Obstacle: Sendable, Hashable {
  /// This one holds the room and does not give way.
  case holder(MemberID)
  /// Foreign and unswappable memory leave it only so much.
  case room(wantedBytes: UInt64, availableBytes: UInt64)
  /// Others hold the room and were told to keep it.
  case paused
}

/// Where a member is, as an operator sees it.
public enum State: String, Sendable, Hashable {
  case starting
  case resident
  case swappingOut = "swapping-out"
  case swappedOut = "swapped-out"
  case swappingIn = "swapping-in"
  case waiting
  case stuck
  case undrainable
  case unswappable
  case dead
}
