internal import Faults
internal import Host
internal import Residency
internal import SystemPackage
internal import Wire

/// One connection and, once it introduced itself, the program behind it. A program outlives its
/// connection: only its pidfd ends it.
///
///     visiting --hello--> introduced --device--> held (grace) --> member --+-- pidfd --> dead
///         |                   |                                   |   ^    |
///         +---- anything else, too late: dropped            close |   | hello again, same process
///                                                                 v   |
///                                                              (disconnected member)
final class Client {
  enum Stage {
    /// Nothing said yet. Exits: introduced, or dropped.
    case visiting
    /// `hello` came. Exits: held, member, or dropped.
    case introduced(Introduction)
    /// Complete, waits until the programs of the agent before us are back. Exit: member.
    case held(Introduction, gpu: Int)
    /// The core knows it. Exits: dead, or replaced by its own reconnection.
    case member(MemberID)
    /// The process is gone; memory and lease are still charged. Exit: forgotten.
    case dead(MemberID)
  }

  let number: UInt64
  /// As the kernel says, or, where the agent trusts it, as the program says.
  private(set) var processID: Int32
  private(set) var userID: UInt32
  /// Readable once the process is dead. Nil for one whose number we cannot see: no program of ours.
  let process: Descriptor?
  let arrivedAt: Tick
  var socket: PacketSocket?
  var stage = Stage.visiting

  var sequence: UInt32 = 0
  var outbox: [Frame] = []
  /// Frames in the current window, and when it began.
  var frameCount = 0
  var windowBegan = Tick(nanoseconds: 0)
  var isPaused = false
  var isWatchingWritable = false
  /// What it asked and the driver's books will answer.
  var questions: [Frame] = []

  var name = ""
  var workloadClass = WorkloadClass.inference
  /// What it calls its workload, and our number for it.
  var workload: (word: UInt64, number: UInt64)?
  var gpu = 0
  var limitBytes: UInt64?
  var page: ControlPageView?
  var lease: LeaseFile?
  /// Device memory that the driver's books last showed for one that came back, nil for others.
  var seenBytes: UInt64?
  /// Why it is stuck, undrainable or unswappable, as far as it said.
  var cause = ""
  var needsWake = false

  /// When a thread of it came to its closed gate or asked for something; nil once it has what it
  /// needs.
  var waitsSince: Tick?
  /// It was told that it waits, which happens once.
  var wasToldToWait = false

  /// When its socket closed, until the core is told.
  var closedAt: Tick?
  var diedAt: Tick?
  var isBooksFree = false
  var isLeaseReleased = false
  /// A context exists: what the driver's books show beyond chunks is residue.
  var hasContext = false
  /// It came with a page and a lease of an agent's making.
  var isReturning = false
  /// It came back without its page and lease (it closed them), which are still mapped in it.
  var lacksDescriptors = false
  var residueBytes: UInt64?
  /// What the books and the page said at the last look; equal twice means it holds still.
  struct Look: Equatable {
    var usedBytes: UInt64
    var counters: ProgramCounters
  }
  var lastLook: Look?

  init(
    number: UInt64, socket: consuming PacketSocket, peer: consuming Peer, processID: Int32,
    arrivedAt: Tick
  ) {
    self.number = number
    self.processID = processID
    userID = peer.userID
    process = peer.handle()
    self.arrivedAt = arrivedAt
    self.socket = consume socket
  }

  var member: MemberID? {
    switch stage {
    case .member(let member), .dead(let member): member
    case .visiting, .introduced, .held: nil
    }
  }

  /// The number of `process`, for a call.
  var processNumber: Int32? {
    switch process {
    case .some(let process): process.number
    case .none: nil
    }
  }

  var isVisitor: Bool { member == nil }

  var isPopulating: Bool { lease?.targetBytes != nil }

  /// False when it has too many open already.
  func ask(_ question: Frame) -> Bool {
    // It is about the same books, and nobody waits for its answer.
    let same = questions.firstIndex { $0.kind == .residueMeasured && question.kind == $0.kind }
    if let same {
      questions[same] = question
      return true
    }
    guard questions.count < Bounds.questionsMax || fault(364) else { return false }
    questions.append(question)
    return true
  }

  func beginWaiting(at now: Tick) { if waitsSince == nil { waitsSince = now } }

  /// Counts among the programs, as it did or will.
  var isProgram: Bool {
    switch stage {
    case .held, .member, .dead: true
    case .visiting, .introduced: false
    }
  }

  /// For tests, where programs of several users live in one process: the process id, and above it
  /// the distance of the user's from the real one.
  func trust(declared word: UInt64) {
    processID = Int32(truncatingIfNeeded: word)
    userID &+= UInt32(truncatingIfNeeded: word >> 32)
  }
}

/// What `hello` said, checked.
struct Introduction {
  var hello: Hello
  var name: String
  /// The memory a reconnecting program brought along; nil when it brought none.
  var handover: Handover?
  /// Why it is to be turned away, once it has said all: it may not hear it before.
  var objection: String?
  var isReconnect: Bool
}

/// Control page and lease of a program that was here before. A class: it waits in enum payloads.
final class Handover {
  var page: ControlPageView?
  var lease: LeaseFile?

  init(page: consuming ControlPageView, lease: consuming LeaseFile) {
    self.page = consume page
    self.lease = consume lease
  }
}

/// The agent's side of one control page. It remembers what it wrote, so that nothing a program
/// scribbles over the agent's half is ever believed.
struct ControlPageView: ~Copyable {
  let memory: SealedMemory
  let identity: FileIdentity
  private let mapping: Mapping
  private(set) var creditGrantedBytes: UInt64 = 0
  private(set) var footprintApprovedBytes: UInt64 = 0
  private(set) var leaseBytes: UInt64 = 0
  var totalBytes: UInt64 = 0
  /// The program's counters when last passed on.
  var seen = ProgramCounters(
    creditReturnedBytes: 0, footprintWaivedBytes: 0, footprintBytes: 0, residentBytes: 0)

  private init(memory: consuming SealedMemory) throws(Errno) {
    let identity = try memory.descriptor.facts().identity
    let mapping = try memory.map()
    self.memory = memory
    self.identity = identity
    self.mapping = mapping
  }

  init() throws(Errno) {
    try self.init(
      memory: SealedMemory(name: "tidelock-page", byteCount: Int64(ControlPage.byteCount)))
  }

  /// Takes a page that a program handed back, if it is one.
  static func received(
    _ descriptor: consuming Descriptor, processID: Int32
  ) throws(Errno) -> ControlPageView {
    let size = Int64(ControlPage.byteCount)
    let memory = try SealedMemory(checking: descriptor, sizeIn: size...size)
    var page = try ControlPageView(memory: memory)
    try page.adopt(processID: processID)
    return page
  }

  /// Believes what an earlier agent wrote, as far as the page still says so.
  private mutating func adopt(processID: Int32) throws(Errno) {
    guard mapping.load32(at: ControlPage.Offset.magic) == ControlPage.magic,
      mapping.load32(at: ControlPage.Offset.version) == ControlPage.version,
      Int32(bitPattern: mapping.load32(at: ControlPage.Offset.processID)) == processID
    else { throw .invalidArgument }
    creditGrantedBytes = mapping.load64(at: ControlPage.Offset.creditGrantedBytes)
    footprintApprovedBytes = mapping.load64(at: ControlPage.Offset.footprintApprovedBytes)
    leaseBytes = mapping.load64(at: ControlPage.Offset.leaseBytes)
    totalBytes = mapping.load64(at: ControlPage.Offset.totalBytes)
  }

  borrowing func introduce(processID: Int32, totalBytes: UInt64) {
    mapping.store64(totalBytes, at: ControlPage.Offset.totalBytes)
    mapping.store32(UInt32(bitPattern: processID), at: ControlPage.Offset.processID)
    mapping.store32(ControlPage.version, at: ControlPage.Offset.version)
    mapping.store32(ControlPage.magic, at: ControlPage.Offset.magic)
  }

  mutating func set(creditGrantedBytes: UInt64, footprintApprovedBytes: UInt64) {
    self.creditGrantedBytes = creditGrantedBytes
    self.footprintApprovedBytes = footprintApprovedBytes
    mapping.store64(footprintApprovedBytes, at: ControlPage.Offset.footprintApprovedBytes)
    mapping.store64(creditGrantedBytes, at: ControlPage.Offset.creditGrantedBytes)
  }

  mutating func set(leaseBytes: UInt64) {
    self.leaseBytes = leaseBytes
    mapping.store64(leaseBytes, at: ControlPage.Offset.leaseBytes)
  }

  borrowing func wake() throws(Errno) {
    try mapping.raiseAndWake(at: ControlPage.Offset.agentWake)
  }

  /// The program's counters as they are now: any value at all.
  borrowing func programCounters() -> ProgramCounters {
    ProgramCounters(
      creditReturnedBytes: mapping.load64(at: ControlPage.Offset.creditReturnedBytes),
      footprintWaivedBytes: mapping.load64(at: ControlPage.Offset.footprintWaivedBytes),
      footprintBytes: mapping.load64(at: ControlPage.Offset.footprintBytes),
      residentBytes: mapping.load64(at: ControlPage.Offset.residentBytes))
  }

  /// The next look passes the counters on whatever they are.
  mutating func forgetSeen() {
    seen = ProgramCounters(
      creditReturnedBytes: UInt64.max, footprintWaivedBytes: 0, footprintBytes: 0,
      residentBytes: 0)
  }

  borrowing func programFigure(at offset: Int) -> UInt64 { mapping.load64(at: offset) }
}

/// When to look how much RAM is left while a lease gets memory: as that begins, at whatever size,
/// and every so often after it.
struct SpareWatch {
  private var lookedAtBytes: Int64?

  /// True if a look is due; it counts as taken.
  mutating func isDue(at populatedBytes: Int64) -> Bool {
    if fault(412) { return populatedBytes % Bounds.spareCheckBytes == 0 }
    if let lookedAtBytes, populatedBytes - lookedAtBytes < Bounds.spareCheckBytes { return false }
    lookedAtBytes = populatedBytes
    return true
  }
}

/// One process's share of the pool: its own file, never another's.
struct LeaseFile: ~Copyable {
  let memory: SealedMemory
  let identity: FileIdentity
  /// Memory behind the file, from its start.
  private(set) var populatedBytes: Int64
  /// Asked for by the core and not yet there.
  var targetBytes: Int64? {
    didSet { spareWatch = SpareWatch() }
  }
  var spareWatch = SpareWatch()

  private init(memory: consuming SealedMemory, populatedBytes: Int64) throws(Errno) {
    let identity = try memory.descriptor.facts().identity
    self.memory = memory
    self.identity = identity
    self.populatedBytes = populatedBytes
  }

  init(capacityBytes: Int64) throws(Errno) {
    try self.init(
      memory: SealedMemory(name: "tidelock-lease", byteCount: capacityBytes), populatedBytes: 0)
  }

  /// Takes a lease that a program handed back, if it is one; measures what is behind it.
  static func received(_ descriptor: consuming Descriptor) throws(Errno) -> LeaseFile {
    let facts = try descriptor.facts()
    let memory = try SealedMemory(checking: descriptor, sizeIn: 1...Bounds.leaseBytesMax)
    return try LeaseFile(
      memory: memory, populatedBytes: min(facts.populatedBytes, facts.sizeBytes))
  }

  /// Populates the next step towards the target.
  mutating func populateStep() throws(Errno) {
    guard let targetBytes, populatedBytes < targetBytes else { return }
    let end = min(targetBytes, populatedBytes + Bounds.populateStepBytes, memory.byteCount)
    try memory.populate(populatedBytes..<end)
    populatedBytes = end
  }
}
