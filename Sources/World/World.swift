import Residency

/// The policy core under a virtual clock: simulated programs that follow the protocol, an agent
/// that carries out effects, faults at any point, and a checker that knows the rules but not the
/// core. First everything may go wrong (safety), then nothing does any more and everybody who asks
/// must run (liveness). One seed is one run.
public struct World {
  public let seed: UInt64
  public let scenario: Scenario
  public internal(set) var report = Report()
  /// Lines of what happened, if asked for.
  public internal(set) var trace: [String] = []
  public var keepsTrace = false

  var random: Random
  /// Decides when the operator pauses and resumes.
  var freezes: Random
  /// Decides how and when the agent comes to know.
  var ways: Random
  /// Decides how much programs took and gave back before the present agent.
  var histories: Random
  var core: ResidencyCore
  var checker: Checker
  var agenda = Agenda()
  var now = Tick(nanoseconds: 1_000_000)
  var programs: [Program] = []
  var owner: [MemberID: Int] = [:]
  var nextMember: UInt32 = 1
  var foreign: [Int]
  var dying: [(member: MemberID, gpu: Int, bytes: Int, isKnown: Bool)] = []
  var wakeAt: Tick?
  var isLive = false
  /// Programs that the present agent's grace waits for; nil: it is over.
  var expected: Set<Int>?
  var agents = 0
  var gatheredAt = Tick(nanoseconds: 0)
  let livenessAt: Tick
  let closingAt: Tick

  public init(seed: UInt64, scenario: Scenario? = nil) {
    self.seed = seed
    let scenario = scenario ?? Scenario.chosen(bySeed: seed)
    self.scenario = scenario
    random = Random(seed: seed)
    freezes = Random(seed: ~seed)
    ways = Random(seed: seed &* 3)
    histories = Random(seed: seed &* 5)
    core = ResidencyCore(scenario.configuration)
    checker = Checker(scenario)
    foreign = scenario.configuration.gpus.map { _ in 0 }
    livenessAt = now.advanced(byNanoseconds: UInt64(scenario.safetyMilliseconds) * 1_000_000)
    closingAt = livenessAt.advanced(
      byNanoseconds: UInt64(scenario.livenessMilliseconds) * 1_000_000)
  }

  static let stepsMaximum = 400_000
  /// The longest that anybody's wait may outlast the closing, whatever its bound.
  static let patienceNanoseconds: UInt64 = 300_000_000_000

  /// Who waits, for a person to read.
  private var waiters: String {
    var text = ""
    for program in programs where program.isAlive {
      guard program.waitsSince != nil || program.request != nil else { continue }
      let view = core.snapshot.members.first { $0.id == program.member }
      text += " program \(program.index) request \(String(describing: program.request))"
      text += " credit \(program.credit) resident \(program.resident) of \(program.used)"
      text += " copying \(program.isCopying) stopped \(String(describing: program.pausedUntil))"
      text += " order \(String(describing: program.order)) \(String(describing: view))"
    }
    return text
  }

  /// Runs the world to its end.
  public mutating func run() throws(Violation) -> Report {
    for _ in 0..<scenario.programs { addProgram() }
    agenda.add(.mischief, at: after(50))
    if scenario.readingMilliseconds > 0 {
      agenda.add(.books, at: after(scenario.readingMilliseconds))
    }
    while let (tick, what) = agenda.removeFirst() {
      now = tick
      if !isLive && now >= livenessAt { try endFaults() }
      try handle(what)
      try checkWaits()
      if now > closingAt && !somebodyWaits { break }
      guard report.steps < World.stepsMaximum,
        now < closingAt.advanced(byNanoseconds: World.patienceNanoseconds)
      else { throw violation("the core does not settle: \(waiters)") }
    }
    if somebodyWaits { throw violation("nothing is due: \(waiters)") }
    return report
  }

  func violation(_ text: String) -> Violation {
    Violation(seed: seed, step: report.steps, tick: now, text: text)
  }

  func after(_ milliseconds: Int) -> Tick {
    now.advanced(byNanoseconds: UInt64(milliseconds) * 1_000_000)
  }

  mutating func soon() -> Tick {
    now.advanced(byNanoseconds: UInt64(random.within(20_000...200_000)))
  }

  mutating func note(_ line: @autoclosure () -> String) {
    if keepsTrace { trace.append("\(now.nanoseconds / 1000) \(line())") }
  }

  // MARK: The agent

  mutating func handle(_ what: Happening) throws(Violation) {
    switch what {
    case .join(let index): try join(index)
    case .frame(let index, let member, let events):
      guard programs[index].isAlive, programs[index].member == member else { return }
      for event in events {
        if case .counters = event, scenario.readsLate {
          try feed(.counters(member, programs[index].page))
        } else {
          try feed(event)
        }
      }
    case .delivery(let index, let member, let delivery):
      guard programs[index].isAlive, programs[index].member == member else { return }
      if programs[index].pausedUntil != nil {
        programs[index].missed.append(delivery)
      } else {
        try deliver(index, delivery)
      }
    case .agent(let event): try feed(event)
    case .wake:
      guard let due = wakeAt, due <= now else { return }
      wakeAt = nil
      try feed(.woke)
    case .mischief: try makeMischief()
    case .books: try readBooks()
    case .graceOver(let agent): if agent == agents { try gather() }
    case .resume(let index): try resume(index)
    case .freed(let member, let gpu, _):
      dying.removeAll { $0.member == member }
      try feed(.booksShowFree(member))
      try measureForeign(gpu)
    case .script(let index): try script(index)
    case .kernelDone(let index): try kernelDone(index)
    case .drained, .drainFailed, .chunkOut, .chunkIn: try work(what)
    }
  }

  /// One step of the core, checked, and its effects carried out.
  mutating func feed(_ event: Event) throws(Violation) {
    let effects = core.step(event, at: now)
    report.steps += 1
    note("event \(event)")
    for effect in effects.list { note("  effect \(effect)") }
    hash(event, effects)
    let text = checker.judge(event, effects, core.snapshot, at: now)
    if let text { throw violation("\(text) after \(event): \(effects.list)") }
    for effect in effects.list { try perform(effect) }
    if let due = effects.wakeAt {
      guard due > now else { throw violation("a wake in the past") }
      if wakeAt == nil || due < wakeAt ?? due {
        wakeAt = due
        let late = scenario.lateMicroseconds > 0 ? ways.below(scenario.lateMicroseconds) : 0
        agenda.add(.wake, at: due.advanced(byNanoseconds: UInt64(late) * 1_000))
      }
    }
  }

  private mutating func hash(_ event: Event, _ effects: Effects) {
    func mix(_ value: UInt64) {
      report.traceHash = (report.traceHash ^ value) &* 0x100_0000_01B3
    }
    mix(now.nanoseconds)
    mix(UInt64(effects.list.count))
    for effect in effects.list {
      switch effect {
      case .setCounters(let member, let credit, let footprint):
        mix(UInt64(member.number))
        mix(credit)
        mix(footprint)
      case .tellLeave(let member, let target):
        mix(UInt64(member.number) &+ 1 << 32)
        mix(target)
      case .tellEnter(let member): mix(UInt64(member.number) &+ 2 << 32)
      case .welcome, .refuseHello, .approve, .refuse, .populateLease, .setLease, .releaseLease,
        .tellContended, .tellTrim, .kill, .note:
        mix(3)
      }
    }
  }

  private mutating func perform(_ effect: Effect) throws(Violation) {
    switch effect {
    case .welcome(let member, let welcome): send(member, .welcome(welcome))
    case .refuseHello(let member, _):
      report.refusals += 1
      send(member, .refuseHello)
    case .approve(let member, let request): send(member, .approve(request))
    case .refuse(let member, let request, _):
      report.refusals += 1
      send(member, .refuse(request))
    case .setCounters(let member, let credit, let footprint):
      guard let index = owner[member], programs[index].member == member else { return }
      let history = programs[index].history
      programs[index].granted = Int(truncatingIfNeeded: credit &- history.creditBytes)
      programs[index].approved = Int(truncatingIfNeeded: footprint &- history.footprintBytes)
      if programs[index].isAlive && programs[index].pausedUntil == nil { try copyIn(index) }
    case .setLease(let member, let bytes):
      guard let index = owner[member], programs[index].member == member else { return }
      programs[index].lease = Int(bytes)
    case .populateLease(let member, let bytes): populate(member, bytes)
    case .releaseLease(let member):
      agenda.add(.agent(.leaseReleased(member)), at: after(random.within(1...20)))
    case .tellEnter(let member): send(member, .enter)
    case .tellLeave(let member, let target): send(member, .leave(target: Int(target)))
    case .tellContended(let member, let isContended): send(member, .contended(isContended))
    case .tellTrim(let member, let target): send(member, .trim(target: Int(target)))
    case .kill(let member):
      if let index = owner[member], programs[index].member == member { kill(index) }
    case .note: return
    }
  }

  private mutating func populate(_ member: MemberID, _ bytes: UInt64) {
    let tick = after(random.within(1...20))
    if !isLive && random.chance(scenario.leaseFailurePercent) {
      agenda.add(.agent(.leaseFailed(member, populatedBytes: bytes / 2)), at: tick)
    } else {
      agenda.add(.agent(.leasePopulated(member, bytes: bytes)), at: tick)
    }
  }

  private mutating func send(_ member: MemberID, _ delivery: Delivery) {
    guard let index = owner[member], programs[index].member == member,
      !programs[index].isDisconnected
    else { return }
    let tick = max(programs[index].receivesAt, soon())
    programs[index].receivesAt = tick
    agenda.add(.delivery(index, member, delivery), at: tick)
  }

  /// Frames of a program, in order, its page read with each.
  mutating func say(_ index: Int, _ events: [Event]) {
    guard let member = programs[index].member, !programs[index].isDisconnected else { return }
    var all = events
    all.insert(.counters(member, programs[index].page), at: 0)
    let tick = max(programs[index].sendsAt, soon())
    programs[index].sendsAt = tick
    agenda.add(.frame(index, member, all), at: tick)
  }

  /// What the agent measures as not ours: foreign programs, and ours that it does not know yet.
  mutating func measureForeign(_ gpu: Int) throws(Violation) {
    if expected != nil { return }
    let bytes = foreignNow(gpu)
    if checker.foreign[gpu] != bytes {
      checker.foreign[gpu] = bytes
      try feed(.foreignMeasured(gpu: gpu, bytes: UInt64(bytes)))
    }
  }

  func foreignNow(_ gpu: Int) -> Int {
    var bytes = foreign[gpu]
    for entry in dying where entry.gpu == gpu && !entry.isKnown { bytes += entry.bytes }
    for program in programs where program.hello.gpu == gpu && program.isAlive {
      if program.member == nil { bytes += program.resident + program.residue }
    }
    return bytes
  }

  /// The driver's books of those that came back, read whenever another does.
  mutating func measureUse(_ gpu: Int) throws(Violation) {
    for program in programs where program.hello.gpu == gpu && program.isAlive {
      guard let member = program.member, program.hasHistory, !program.isDisconnected
      else { continue }
      try feed(.useMeasured(member, bytes: UInt64(program.resident + program.residue)))
    }
  }

  /// A look at all pages and at the driver's books.
  private mutating func readBooks() throws(Violation) {
    if !isLive { agenda.add(.books, at: after(scenario.readingMilliseconds)) }
    for index in programs.indices where programs[index].isAlive && programs[index].isWelcome {
      guard let member = programs[index].member else { continue }
      try feed(.counters(member, programs[index].page))
      guard programs[index].residue != programs[index].toldResidue else { continue }
      programs[index].toldResidue = programs[index].residue
      try feed(.residueMeasured(member, bytes: UInt64(programs[index].residue)))
    }
    for gpu in foreign.indices { try measureForeign(gpu) }
  }

  /// Nobody of before is waited for any more: what the others hold is foreign.
  mutating func gather() throws(Violation) {
    guard expected != nil else { return }
    expected = nil
    gatheredAt = now
    for gpu in foreign.indices { try measureForeign(gpu) }
    try feed(.gathered)
  }

  /// Device memory in use, as the driver sees it.
  func usedMemory(_ gpu: Int) -> Int {
    var sum = foreign[gpu]
    for entry in dying where entry.gpu == gpu { sum += entry.bytes }
    for program in programs where program.isAlive && program.hello.gpu == gpu {
      sum += program.resident + program.residue
    }
    return sum
  }

  func checkMemory(_ index: Int) throws(Violation) {
    let gpu = programs[index].hello.gpu
    // What died while no agent looked is foreign to the next one, beside what was granted before.
    guard scenario.isCounted, checker.foreign[gpu] == 0 else { return }
    let capacity = Int(scenario.configuration.gpus[gpu].capacityBytes)
    let used = usedMemory(gpu)
    if used > capacity { throw violation("credit without memory: \(used) of \(capacity)") }
  }

  // MARK: Waiting

  /// Somebody waits since before the closing and could be helped.
  var somebodyWaits: Bool {
    programs.contains { program in
      guard program.isAlive, program.isWelcome, !program.isHostile else { return false }
      let isRequest = program.request != nil
      if let since = program.waitsSince, since < closingAt { return isHelpable(program) }
      return isRequest && isHelpable(program)
    }
  }

  /// Unswappable memory may have taken the room of others for good.
  func isHelpable(_ program: Program) -> Bool {
    let gpu = program.hello.gpu
    if program.isDisconnected { return false }
    if programs.contains(where: { $0.isAlive && $0.isUnswappable && $0.hello.gpu == gpu }) {
      return false
    }
    // What cannot move, and was taken without asking or came back when nobody expected it, may
    // leave it too little for good, or more to leave than the pool holds; then the core must have
    // said so.
    if scenario.loadPercent > 0 || scenario.residueOverrunPercent > 0 || scenario.hasLateComers,
      core.snapshot.members.first(where: { $0.id == program.member })?.obstacle != nil
    {
      return false
    }
    return !core.snapshot.members.contains {
      $0.gpu == gpu && ($0.state == .stuck || $0.state == .undrainable) && $0.id != program.member
    }
  }

  func checkWaits() throws(Violation) {
    guard isLive else { return }
    for program in programs where program.isAlive && !program.isHostile {
      guard let since = program.waitsSince, program.waitBound > 0, isHelpable(program)
      else { continue }
      if expected != nil { continue }
      let from = max(since, livenessAt, gatheredAt)
      let config = scenario.configuration
      var bound = program.waitBound
      if since < livenessAt {
        bound += config.undrainableRetryNanoseconds + config.unresponsiveNanoseconds
      }
      if now.nanoseconds(since: from) > bound {
        throw violation(
          "program \(program.index) (\(String(describing: program.member))) waits longer than"
            + " its bound of \(bound / 1_000_000) ms")
      }
    }
  }
}
