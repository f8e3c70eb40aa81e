/// One program on one GPU: the gang of this version.
struct Member: Sendable {
  /// Where its chunks are. Each case names its exits; death leads from every case to `dead`.
  enum Phase: Sendable, Hashable {
    /// Its leases are being populated. Exits: `resident` (welcome), forgotten (refused).
    case admitting
    /// Whole, gate open; also a program that owns nothing yet. Exits: `leaving`, and `out` when it
    /// says that it waits at its gate.
    case resident(since: Tick)
    /// Ordered to give up chunks. Exits: `out`, or `resident` when it failed or stayed whole.
    case leaving(Departure)
    /// Not whole, gate closed. Exits: `entering`, `leaving` (gives more).
    case out
    /// Ordered to come in. Exits: `resident`, `leaving` (recalled).
    case entering(Arrival)
    /// The process is gone. Exit: forgotten, once the books and the pool show it.
    case dead(since: Tick)
  }

  struct Departure: Sendable, Hashable {
    var since: Tick
    var targetBytes: Int
    /// It was whole since then when ordered, nil if it was not.
    var wholeSince: Tick?
  }

  struct Arrival: Sendable, Hashable {
    var since: Tick
    var lackBytes: Int
    /// Who gave way for it, at most `giversMaximum`.
    var givers: [MemberID]
    static let giversMaximum = 8
  }

  let id: MemberID
  let gpu: Int
  let hello: Hello
  var totalBytes: Int
  /// Promised whether allocated or not: request, static size, or the whole view at the start.
  var reservedBytes: Int
  var phase: Phase

  // The counters of its control page: granted and returned, approved and waived.
  var creditCounters = CounterPair()
  var footprintCounters = CounterPair()
  /// As the program reports, clamped.
  var usedBytes = 0
  var residentBytes = 0
  /// Approved, and what is on its way to be.
  var plannedBytes = 0

  var leasePopulated = 0
  var leasePopulating: Int?
  var leaseReleased = false
  /// Its lease could not be populated as far as it must be, and is tried again then.
  var leaseIsShort = false
  var leaseRetryAt: Tick?
  var residueBytes = 0
  var booksFree = false

  /// Another living process of its workload is on the same GPU.
  var hasPeers = false
  var isPinned = false
  var isIdle = false
  var isContended = false
  var urgencySpent = false
  var isStuck = false
  var isDisconnected = false
  var wasKilled = false

  var drainFailures = 0
  var firstDrainFailure: Tick?
  var isUndrainable = false
  var retryAt: Tick?
  var trimmingSince: Tick?
  var trimBytes = 0
  /// The last trim brought nothing; not asked again before its counters move.
  var trimIsVain = false
  var lastHeard: Tick
  /// An order, a grant, or bytes that moved under an order.
  var lastMoved: Tick
  /// Credit that only its page claims: neither granted by this agent nor in use by the driver's
  /// books.
  var claimedBytes = 0
  /// What was taken off such a claim. It comes back as far as the program turns out to have had it.
  var cutBytes = 0
  /// What others left for while it grew, since it last left itself.
  var burstBytes = 0
  /// Most resident bytes since the order to enter.
  var mostResident = 0
  /// A context of its making took so long that the others' went on without it.
  var holdsUpContexts = false
  /// An impossible counter of its page was reported; more of them are clamped in silence.
  var wasClamped = false
  /// Since it is out it asked for what it was approved already, and was told so.
  var askedOutside = false

  init(id: MemberID, hello: Hello, totalBytes: Int, phase: Phase, now: Tick) {
    self.id = id
    gpu = hello.gpu
    self.hello = hello
    self.totalBytes = totalBytes
    reservedBytes = 0
    self.phase = phase
    lastHeard = now
    lastMoved = now
  }

  var credit: Int { creditCounters.heldBytes }
  var approved: Int { footprintCounters.heldBytes }
  var leaseHeld: Int { max(leasePopulated, leasePopulating ?? 0) }
  /// Credit that no chunk uses, as far as the program's report goes.
  var unusedCredit: Int { max(0, credit - usedBytes) }

  var isDead: Bool {
    if case .dead = phase { true } else { false }
  }
  /// Lives and has been welcomed.
  var isMember: Bool {
    switch phase {
    case .admitting, .dead: false
    case .resident, .leaving, .out, .entering: true
    }
  }
  /// Since when its turn counts, should it be whole now; nil: from now on. One that was told to
  /// come in has not had its turn; one that was out can be whole only with what it kept.
  var wholeSince: Tick? {
    switch phase {
    case .resident(let since): since
    case .leaving(let departure): departure.wholeSince ?? lastMoved
    case .out: lastMoved
    case .admitting, .entering, .dead: nil
    }
  }
  /// No order can bring its memory back.
  var isImmovable: Bool { isPinned || isUndrainable || isStuck || isDisconnected }

  /// Least bytes that stay resident when it leaves: what its lease cannot take. A program goes one
  /// chunk below its target, so that much of a short lease is kept free.
  func leastResident(largestChunk: Int) -> Int {
    if leasePopulated >= approved { return 0 }
    return approved - max(0, leasePopulated - largestChunk)
  }
}

/// Somebody waits for room on a GPU.
struct Demand: Sendable {
  enum Kind: Sendable, Hashable {
    /// All chunks of a swapped-out member. Active: `enter` was told.
    case enter
    /// Credit for a resident member's larger footprint.
    case growth(request: UInt32, footprintBytes: Int)
    /// Room outside chunks for a call under way.
    case room(request: UInt32, bytes: Int)
    /// A larger reserve, for a context about to be made or a call that failed.
    case reserve(request: UInt32, reserveBytes: Int)
  }

  var member: MemberID
  var kind: Kind
  var since: Tick
  /// Goes before those who only waited longer.
  var isFirst: Bool
  /// Others were already asked to make its room.
  var isActive = false
  /// For a growth, what it would take beyond if those who leave have it: more of them is to come.
  var batchBytes = 0
  /// The part of the batch that is on its way.
  var extraBytes = 0
  /// For a growth, since when foreign memory has its room.
  var withoutRoomSince: Tick?
  /// Why nothing that may be ordered now can meet it; nil when turns alone decide.
  var obstacle: Obstacle?

  var isGrowth: Bool {
    if case .growth = kind { true } else { false }
  }
  var isRoom: Bool {
    if case .room = kind { true } else { false }
  }
  var isReserve: Bool {
    if case .reserve = kind { true } else { false }
  }
}

/// A program asked for a footprint and has no answer yet.
struct Growth: Sendable, Hashable {
  var member: MemberID
  var request: UInt32
  var wantedBytes: Int
  var since: Tick
}

/// A footprint, newcomer or reserve whose leases are being populated.
struct Admission: Sendable, Hashable {
  enum Kind: Sendable, Hashable {
    case hello
    case growth(Growth, grantedBytes: Int)
  }

  var member: MemberID
  var gpu: Int
  var kind: Kind
}

/// One GPU's ledger and queue.
struct Device: Sendable {
  /// Memory that cannot move is about to be taken: by a new context, or by a call that failed.
  struct ContextRequest: Sendable {
    var member: MemberID
    var request: UInt32
    var estimateBytes: Int
    /// Since when it has no room though it could be served: nobody makes a context just then.
    var lackingSince: Tick?
    /// For a call: what the reserve had left when it failed, which was not enough.
    var spareBytes = -1

    var isCall: Bool { spareBytes >= 0 }
  }

  struct Hold: Sendable {
    var member: MemberID
    var bytes: Int
    var until: Tick
  }

  /// What `takenBytes` was lately.
  struct Taken: Sendable {
    var bytes = 0
    /// The least since it began to grow.
    var leastBytes = 0
    var grewAt: Tick?
  }

  /// Measured length of an exchange between two members.
  struct Timing: Sendable {
    var giver: MemberID
    var taker: MemberID
    var nanoseconds: UInt64
    var bytes: Int
    static let maximum = 64

    /// The same process over a new connection.
    mutating func rename(_ old: MemberID, to new: MemberID) {
      if giver == old { giver = new }
      if taker == old { taker = new }
    }
  }

  let capacityBytes: Int
  let reserveFloorBytes: Int
  let largestChunkBytes: Int
  let slackBytes: Int
  /// Most that leaves for a growth beyond what was asked.
  let batchBytes: Int
  var foreignBytes = 0
  /// Living static members.
  var statics = 0
  var reserveBytes: Int
  /// The reserve that leases are being prepared for; equals `reserveBytes` otherwise.
  var plannedReserveBytes: Int
  /// Residue beyond the reserve.
  var overrunBytes = 0
  var recentlyTaken = Taken()
  /// Wait for foreign memory to go, in order of arrival; bounded by members and their requests.
  var growths: [Growth] = []
  var queue: [Demand] = []
  var contexts: [ContextRequest] = []
  /// Whose context is being made since when; the next waits.
  var contextMaker: (member: MemberID, since: Tick)?
  var holds: [Hold] = []
  /// What the reserve keeps free for calls that are being tried again.
  var charges: [Hold] = []
  var timings: [Timing] = []
  var leasesShortNoted = false
  /// When the next holder becomes eligible to give way, if somebody waits for that.
  var nextTurnAt: Tick?

  init(_ gpu: Configuration.GPU, slackMaximumBytes: UInt64) {
    capacityBytes = Quantity.bounded(gpu.capacityBytes)
    reserveFloorBytes = min(Quantity.bounded(gpu.reserveFloorBytes), capacityBytes)
    largestChunkBytes = Int(Configuration.largestChunkBytes(capacityBytes: gpu.capacityBytes))
    slackBytes = min(
      Quantity.bounded(slackMaximumBytes),
      capacityBytes / 64 / Quantity.pageBytes * Quantity.pageBytes)
    batchBytes = max(slackBytes, 4 * largestChunkBytes)
    reserveBytes = reserveFloorBytes
    plannedReserveBytes = reserveFloorBytes
  }

  /// What nobody can be ordered to give back.
  var takenBytes: Int { foreignBytes + overrunBytes }
  /// What members may hold.
  var roomBytes: Int { capacityBytes - foreignBytes - reserveBytes - overrunBytes }
  /// As `roomBytes`, once the reserve is as large as it is about to be.
  var plannedRoomBytes: Int {
    capacityBytes - foreignBytes - max(plannedReserveBytes, reserveBytes + overrunBytes)
  }
  var heldBytes: Int { holds.reduce(0) { $0 + $1.bytes } }
}
