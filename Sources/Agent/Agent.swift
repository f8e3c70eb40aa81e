/// The node agent: one thread, one loop.
///
///     gather (poller, books, pool) -> decide (Residency.step) -> act -> tell (status, log)
///
/// It holds no CUDA context and none of a tenant's data, so it can be killed and started again
/// without losing a byte. Nothing a program sends ends it: frames are checked, counters clamped by
/// the core, rates bounded.
internal import Faults
internal import Glibc
public import Host
public import Logging
public import Readings
internal import Residency
internal import Synchronization
internal import SystemPackage
internal import Wire

/// Ends an agent's loop from another thread.
public final class AgentStop: Sendable {
  private let wanted = Atomic<Bool>(false)

  public init() {}

  /// The loop ends at its next pass, within `AgentSettings.readingMilliseconds`.
  public func request() { wanted.store(true, ordering: .releasing) }

  public var isRequested: Bool { wanted.load(ordering: .acquiring) }
}

/// See the top of this file. Not thread-safe: make it, run it and drop it on one thread.
public final class Agent {
  let settings: AgentSettings
  let log: Logger
  let readings: any GPUReadings
  let devices: [DeviceBook]
  let poolSizeBytes: UInt64
  let locks: [GPULock]
  let listener: PacketSocket
  let poller: Poller

  /// Twice a frame, so that a longer datagram is seen to be longer.
  let receiveBuffer = UnsafeMutableRawBufferPointer.allocate(
    byteCount: 2 * Frame.byteCount, alignment: 8)
  let sendBuffer = UnsafeMutableRawBufferPointer.allocate(
    byteCount: Frame.byteCount, alignment: 8)

  var core: ResidencyCore
  var events = EventQueue()
  var wakeAt: Tick?

  var clients: [UInt64: Client] = [:]
  var members: [MemberID: Client] = [:]
  var nextClientNumber: UInt64 = 1
  var nextMemberNumber: UInt32 = 1
  var nextWorkloadNumber: UInt64 = 1

  var takeover: Takeover
  /// The core knows that the takeover is over.
  var isGathered: Bool
  var books: Books
  var figures = Figures()
  var launches = Launches()
  var door = Door()
  /// When the lock file was written last.
  var recordedAt = Tick(nanoseconds: 0)
  let pauseRecord: PauseRecord
  var records = Records()
  private var idleSince: Tick?
  /// Tests have several programs in one process; then a program is who it says it is.
  let trustsDeclaredProcess: Bool

  static let listenerToken: UInt64 = 1 << 56
  static let signalToken: UInt64 = 2 << 56
  static let connectionToken: UInt64 = 3 << 56
  static let processToken: UInt64 = 4 << 56
  static let launchToken: UInt64 = 5 << 56
  static let tokenMask: UInt64 = 0xFF << 56

  /// Finds the GPUs, takes their locks and the socket. Nothing is served until `run`.
  public convenience init(
    settings: AgentSettings, readings: any GPUReadings, log: Logger
  ) throws(AgentFault) {
    try self.init(
      settings: settings, readings: readings, log: log, trustsDeclaredProcess: false)
  }

  init(
    settings: AgentSettings, readings: any GPUReadings, log: Logger, trustsDeclaredProcess: Bool
  ) throws(AgentFault) {
    self.settings = settings
    self.readings = readings
    self.log = log
    self.trustsDeclaredProcess = trustsDeclaredProcess
    pauseRecord = PauseRecord(beside: settings.socket)
    ThisProcess.raiseOpenFileLimit()
    devices = try DeviceBook.open(readings: readings, settings: settings)
    // The socket first: two agents on one socket are told of the socket, not of the GPU.
    var claim: SocketClaim?
    do {
      if settings.activated == nil {
        claim = try SocketClaim(settings.socket, admitting: settings.admission)
      }
    } catch {
      throw .socket(error.description)
    }
    locks = try GPULock.take(devices: devices, settings: settings)
    takeover = Takeover(
      predecessor: locks.lazy.compactMap(\.predecessor).first,
      wasThere: locks.contains(where: \.wasThere), graceMilliseconds: settings.graceMilliseconds)
    isGathered = takeover.isOver
    poolSizeBytes = try Agent.poolSize(settings: settings, takeover: takeover)
    do throws(Errno) {
      if let activated = settings.activated {
        listener = try activated.listener()
      } else if let claim = claim.take() {
        listener = try claim.listen(backlog: Bounds.backlog)
      } else {
        throw .badFileDescriptor
      }
      poller = try Poller()
      try poller.add(listener.descriptor, token: Agent.listenerToken)
    } catch {
      throw .kernel(error, step: "listen on \(settings.socket)")
    }
    books = Books(deviceCount: devices.count)
    var configuration = Configuration(
      gpus: devices.map {
        Configuration.GPU(capacityBytes: $0.capacityBytes, reserveFloorBytes: $0.reserveBytes)
      }, poolSizeBytes: poolSizeBytes)
    configuration.membersMaximum = Bounds.programsMax
    if !takeover.isOver {
      configuration.rejoinNanoseconds = settings.graceMilliseconds * 1_000_000
    }
    core = ResidencyCore(configuration)
    for lock in locks {
      guard let setAside = lock.setAside else { continue }
      log.warning(
        "a directory lay where the GPU's lock file belongs",
        metadata: ["file": "\(lock.path)", "moved": "\(setAside)"])
    }
    recordPrograms()
    if pauseRecord.read(), !fault(270) {
      log.notice("paused, as the agent before was", metadata: ["until": "tidelock resume"])
      events.append(.paused(true))
    }
  }

  deinit {
    receiveBuffer.deallocate()
    sendBuffer.deallocate()
  }

  static func now() -> Tick { Tick(nanoseconds: MonotonicClock.nanoseconds()) }

  /// Removes the socket: who comes from now on finds no agent. Not for a socket of somebody else's
  /// making, which stays for the agent after this one.
  public func withdraw() {
    guard settings.activated == nil else { return }
    _ = settings.socket.withPlatformString { unlink($0) }
    if settings.removesDirectory {
      _ = settings.socket.removingLastComponent().withPlatformString { rmdir($0) }
    }
  }

  /// Serves until a signal or `stop` asks it to end, or nobody has needed it for as long as the
  /// settings say. Programs keep their data and go on.
  /// - Throws: only when the poller itself fails.
  public func run(stop: AgentStop, signals: SignalWatch?) throws(AgentFault) {
    do {
      if let number = signals?.descriptor.number {
        try poller.add(number: number, token: Agent.signalToken)
      }
      while !stop.isRequested {
        if try pass(signals: signals) { return }
      }
    } catch {
      throw .kernel(error, step: "wait for programs")
    }
  }

  /// One turn of the loop. True when a signal asked to end.
  private func pass(signals: SignalWatch?) throws(Errno) -> Bool {
    let ready = try poller.wait(milliseconds: waitMilliseconds())
    for one in ready {
      let number = one.token & ~Agent.tokenMask
      switch one.token & Agent.tokenMask {
      case Agent.listenerToken: acceptSome()
      case Agent.signalToken:
        if try signals?.next() ?? nil != nil { return true }
      case Agent.connectionToken:
        if let client = clients[number] { serve(client, canSend: one.isWritable) }
      case Agent.processToken:
        if let client = clients[number] { processDied(client) }
      case Agent.launchToken: launches.ended(number, poller)
      default: break
      }
    }
    let now = Agent.now()
    if let due = wakeAt, due <= now {
      wakeAt = nil
      events.append(.woke)
    }
    tend(at: now)
    readBooksIfDue(at: now)
    populateStep()
    handleEvents()
    return isUnneeded(at: now)
  }

  /// Nobody is here, and nobody who was launched or was left behind by one who was lives, for as
  /// long as the settings say.
  private func isUnneeded(at now: Tick) -> Bool {
    guard let limit = settings.idleExitMilliseconds else { return false }
    let isNeeded = !members.isEmpty || !launches.isEmpty || !takeover.isOver
    if isNeeded || idleSince == nil { idleSince = now }
    let idle = idleSince.map { now.nanoseconds(since: $0) } ?? 0
    guard !isNeeded, idle >= limit * 1_000_000 else { return false }
    // A daemon (tmux, a notebook server) starts programs long after the end of who was launched.
    let userID = settings.admission == .owner ? ThisProcess.userID : nil
    if !fault(275),
      ProcessTable.anyHas(setting: "TIDELOCK_SOCKET=\(settings.socket)", userID: userID)
    {
      idleSince = now
      return false
    }
    log.info("nobody needs it any more", metadata: ["milliseconds": "\(limit)"])
    return true
  }

  /// How long nothing can be due.
  private func waitMilliseconds() -> Int32 {
    if !events.isEmpty || mayPopulate { return 0 }
    let now = Agent.now()
    var due = books.nextReadingAt(
      now: now, settings: settings, hasPrograms: !members.isEmpty,
      awaitsDeath: members.values.contains { $0.diedAt != nil })
    if let wakeAt { due = min(due, wakeAt) }
    if let tending = nextTending(now: now) { due = min(due, tending) }
    if let limit = settings.idleExitMilliseconds, let idleSince {
      due = min(due, max(now, idleSince.advanced(byNanoseconds: limit * 1_000_000)))
    }
    let nanoseconds = due.nanoseconds(since: now)
    return Int32(min((nanoseconds + 999_999) / 1_000_000, 10_000))
  }

  /// Feeds everything that happened to the core, in order, and performs what it says.
  func handleEvents() {
    var handled = 0
    while handled < Bounds.eventsPerPass, let event = events.popFirst() {
      let effects = core.step(event, at: Agent.now())
      wakeAt = effects.wakeAt
      for effect in effects.list {
        log.trace("decided", metadata: ["event": "\(event)", "effect": "\(effect)"])
        perform(effect)
      }
      handled += 1
    }
    for client in members.values where client.needsWake { wake(client) }
  }

  private static func poolSize(
    settings: AgentSettings, takeover: Takeover
  ) throws(AgentFault) -> UInt64 {
    let usable = Machine.usableBytes()
    if let chosen = settings.poolSizeBytes {
      // What programs of the agent before us hold is part of the pool and no longer available.
      let reachable = usable.map { $0 &+ takeover.inheritedEstimateBytes }
      if let reachable, chosen > reachable {
        throw .poolTooLarge(poolBytes: chosen, usableBytes: reachable)
      }
      return chosen
    }
    if let before = takeover.poolSizeBytes { return before }
    guard let usable else { throw .poolUnknown }
    return usable / 2
  }
}

/// Events in order of arrival. A program's part in it is bounded by the frames taken from it.
struct EventQueue {
  private var list: [Event] = []
  private var head = 0

  var isEmpty: Bool { head == list.count }

  mutating func append(_ event: Event) { list.append(event) }

  mutating func popFirst() -> Event? {
    guard head < list.count else {
      list.removeAll(keepingCapacity: true)
      head = 0
      return nil
    }
    defer { head += 1 }
    return list[head]
  }
}

/// What the agent counts about itself.
struct Figures {
  var switches: UInt64 = 0
  var programSystemCalls: UInt64 = 0
  var violations: UInt64 = 0
  private var violationsTold = 0
  private var violationWindowBegan = Tick(nanoseconds: 0)
  var inheritedBytes: UInt64 = 0

  /// Who sends garbage in a loop does not fill the disk with our complaints.
  mutating func mayTellViolation(at now: Tick) -> Bool {
    let window = Bounds.violationWindowMilliseconds * 1_000_000
    if now.nanoseconds(since: violationWindowBegan) >= window {
      violationWindowBegan = now
      violationsTold = 0
    }
    violationsTold += 1
    return violationsTold <= Bounds.violationsToldMax
  }
}
