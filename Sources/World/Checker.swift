import Residency

/// A second model that knows the rules and none of the core's reasons: it keeps its own books from
/// events and effects, and refuses effects that are illegal by them.
struct Checker {
  enum Standing: Equatable { case whole, leaving, out, entering, dead }

  struct Entry {
    var gpu: Int
    var hello: Hello
    var standing = Standing.whole
    /// Its page's counters of what it gave back when it came; those here count from there.
    var creditBase: UInt64 = 0
    var footprintBase: UInt64 = 0
    var granted = 0
    /// Less than this it cannot have: what an earlier agent's page claims beyond may be cut.
    var grantedSurely = 0
    var approved = 0
    /// Taken off `granted` when a claim was cut: what it gives back beyond its credit it had.
    var cut = 0
    var returned = 0
    var waived = 0
    var used = 0
    var resident = 0
    var populated = 0
    var populating = 0
    /// It could not be populated once.
    var leaseFailed = false
    var isReleased = false
    var isFree = false
    var isPinned = false
    var isIdle = false
    var hasConnection = true
    var total = 0
    var residue = 0
    var wholeSince = Tick(nanoseconds: 0)
    var requests: [UInt32: Int] = [:]
    var contexts: [UInt32: Int] = [:]
    var askedAt: [UInt32: Tick] = [:]

    var credit: Int { granted - returned }
    var footprint: Int { approved - waived }
    var lives: Bool { standing != .dead }
    var pinnedBytes: Int { max(footprint, hello.isStatic ? total : 0) }
  }

  /// Foreign memory of late: what it is, since when, and the least before it grew.
  struct Lately {
    var bytes = 0
    var leastBytes = 0
    var grewAt: Tick?
  }

  let scenario: Scenario
  var entries: [MemberID: Entry] = [:]
  var order: [MemberID] = []
  var foreign: [Int]
  var hasRestarted = false
  var isPaused = false
  /// Members whose frames say nothing about where they are: orders to them are not judged by it.
  var liars: Set<MemberID> = []
  private var grantedOn: [Bool]
  private var lately: [Lately]
  /// When something was last approved, per GPU: room for a call is kept free for a while after.
  private var approvedAt: [Tick?]
  private var contextMaker: [(member: MemberID, since: Tick)?]

  init(_ scenario: Scenario) {
    self.scenario = scenario
    foreign = scenario.configuration.gpus.map { _ in 0 }
    grantedOn = foreign.map { _ in false }
    lately = foreign.map { _ in Lately() }
    approvedAt = foreign.map { _ in nil }
    contextMaker = foreign.map { _ in nil }
  }

  mutating func restart() {
    entries = [:]
    order = []
    foreign = foreign.map { _ in 0 }
    lately = foreign.map { _ in Lately() }
    contextMaker = foreign.map { _ in nil }
    hasRestarted = true
    isPaused = false
  }

  /// Returns what is wrong, nil if nothing is.
  mutating func judge(
    _ event: Event, _ effects: Effects, _ snapshot: Snapshot, at now: Tick
  ) -> String? {
    for gpu in grantedOn.indices { grantedOn[gpu] = false }
    book(event, at: now)
    for gpu in foreign.indices { follow(gpu, at: now) }
    for effect in effects.list {
      if let text = judge(effect, snapshot, at: now) { return text }
    }
    for gpu in foreign.indices {
      if let text = judgeLedger(gpu, snapshot) { return text }
      if let text = judgeLeases(gpu, snapshot) { return text }
      if let text = judgePause(gpu, snapshot, at: now) { return text }
    }
    return judgePool()
  }

  // MARK: Events

  private mutating func book(_ event: Event, at now: Tick) {
    switch event {
    case .joined(let id, let hello): bookJoin(id, hello, at: now)
    case .died(let id):
      entries[id]?.standing = .dead
      entries[id]?.requests = [:]
      entries[id]?.contexts = [:]
      endMaking(id)
    case .disconnected(let id):
      guard entries[id]?.lives == true else { return }
      entries[id]?.requests = [:]
      entries[id]?.contexts = [:]
      entries[id]?.hasConnection = false
      endMaking(id)
    case .booksShowFree(let id):
      guard let entry = entries[id], !entry.lives else { return }
      entries[id]?.returned = entry.granted
      entries[id]?.residue = 0
      entries[id]?.isFree = true
    case .leaseReleased(let id):
      if entries[id]?.lives == false { entries[id]?.isReleased = true }
    case .leasePopulated(let id, let bytes), .leaseFailed(let id, let bytes):
      guard let entry = entries[id] else { return }
      entries[id]?.populated = max(entry.populated, Int(bytes))
      entries[id]?.populating = 0
      if case .leaseFailed = event { entries[id]?.leaseFailed = true }
    case .growWanted(let id, let request, let bytes):
      bookRequest(id, request, Int(clamping: bytes), at: now)
    case .roomWanted(let id, let request, _), .driverMemoryWanted(let id, let request, _):
      bookRequest(id, request, 0, at: now)
    case .contextWanted(let id, let request, let estimate):
      bookRequest(id, request, 0, at: now)
      entries[id]?.contexts[request] = Int(clamping: min(estimate, 1 << 50))
    case .residueMeasured(let id, let bytes): bookResidue(id, bytes)
    case .counters(let id, let counters): bookCounters(id, counters)
    case .wanted(let id, _): if entries[id]?.standing == .whole { entries[id]?.standing = .out }
    case .idle(let id): entries[id]?.isIdle = true
    case .busy(let id): entries[id]?.isIdle = false
    case .left(let id, _, _, _):
      guard let entry = entries[id], entry.standing == .leaving else { return }
      entries[id]?.standing = entry.resident >= entry.used ? .whole : .out
    case .undrained(let id, _):
      guard let entry = entries[id], entry.standing == .leaving else { return }
      entries[id]?.standing = entry.resident >= entry.used ? .whole : .out
    case .entered(let id, _, _):
      guard entries[id]?.standing == .entering else { return }
      entries[id]?.standing = .whole
      entries[id]?.isIdle = false
      entries[id]?.wholeSince = now
    case .becameUnswappable(let id): entries[id]?.isPinned = true
    case .useMeasured(let id, let bytes):
      guard let entry = entries[id] else { return }
      entries[id]?.grantedSurely = max(
        entry.grantedSurely, min(entry.granted, entry.returned + Int(clamping: bytes)))
    case .foreignMeasured(let gpu, let bytes): foreign[gpu] = Int(clamping: bytes)
    case .paused(let wanted): isPaused = wanted
    case .gathered, .woke: return
    }
  }

  /// Nobody waits for the answer to what was asked over a connection that is lost.
  private mutating func bookRequest(
    _ id: MemberID, _ request: UInt32, _ bytes: Int, at now: Tick
  ) {
    guard entries[id]?.hasConnection == true else { return }
    entries[id]?.requests[request] = bytes
    entries[id]?.askedAt[request] = now
  }

  private mutating func follow(_ gpu: Int, at now: Tick) {
    let wait = scenario.configuration.roomWaitNanoseconds
    let last = lately[gpu]
    if foreign[gpu] > last.bytes {
      let isOld = last.grewAt.map { now.nanoseconds(since: $0) >= wait } ?? true
      if isOld { lately[gpu].leastBytes = last.bytes }
      lately[gpu].grewAt = now
    }
    lately[gpu].leastBytes = min(lately[gpu].leastBytes, foreign[gpu])
    lately[gpu].bytes = foreign[gpu]
  }

  private mutating func endMaking(_ id: MemberID) {
    for gpu in contextMaker.indices where contextMaker[gpu]?.member == id {
      contextMaker[gpu] = nil
    }
  }

  /// It is here again under another name.
  private mutating func forget(_ id: MemberID) {
    entries[id] = nil
    order.removeAll { $0 == id }
    endMaking(id)
  }

  private mutating func bookJoin(_ id: MemberID, _ hello: Hello, at now: Tick) {
    var entry = Entry(gpu: hello.gpu, hello: hello)
    entry.isPinned = hello.isStatic
    entry.wholeSince = now
    if let inherited = hello.inherited {
      if let old = inherited.replaces, let known = entries[old] {
        forget(old)
        return bookReturn(id, known, inherited)
      }
      entry.creditBase = inherited.creditReturnedBytes
      entry.footprintBase = inherited.footprintWaivedBytes
      entry.granted = Int(truncatingIfNeeded: inherited.creditGrantedBytes &- entry.creditBase)
      entry.grantedSurely = min(entry.granted, inherited.inUseBytes.map { Int($0) } ?? Int.max)
      entry.approved = Int(
        truncatingIfNeeded: inherited.footprintApprovedBytes &- entry.footprintBase)
      entry.populated = Int(inherited.leaseBytes)
      entry.residue = Int(inherited.residueBytes)
      entry.total = Int(clamping: min(inherited.totalBytes, 1 << 50))
      entry.standing = inherited.isWhole ? .whole : .out
    }
    entries[id] = entry
    order.append(id)
  }

  /// It is back over another connection: nothing that was known of it is forgotten.
  private mutating func bookReturn(_ id: MemberID, _ known: Entry, _ inherited: Inherited) {
    var entry = known
    entry.standing = inherited.isWhole ? .whole : .out
    entry.residue = Int(inherited.residueBytes)
    entry.requests = [:]
    entry.contexts = [:]
    entry.populating = 0
    entry.isIdle = false
    entry.hasConnection = true
    entries[id] = entry
    order.append(id)
    bookCounters(
      id,
      ProgramCounters(
        creditReturnedBytes: inherited.creditReturnedBytes,
        footprintWaivedBytes: inherited.footprintWaivedBytes,
        footprintBytes: inherited.footprintBytes, residentBytes: inherited.footprintBytes))
  }

  private mutating func bookResidue(_ id: MemberID, _ bytes: UInt64) {
    guard let entry = entries[id], entry.lives else { return }
    entries[id]?.residue = Int(clamping: min(bytes, 1 << 50))
    if contextMaker[entry.gpu]?.member == id { contextMaker[entry.gpu] = nil }
  }

  private mutating func bookCounters(_ id: MemberID, _ counters: ProgramCounters) {
    guard let entry = entries[id], entry.lives else { return }
    /// How far a counter is ahead of where it was, at least 0 and at most as given.
    func moved(_ said: UInt64, from base: UInt64, _ old: Int, most: Int) -> Int {
      min(max(Int(truncatingIfNeeded: said &- base &- UInt64(old)), 0), most)
    }
    let said = counters.creditReturnedBytes
    let restored = moved(said, from: entry.creditBase, entry.granted, most: entry.cut)
    entries[id]?.granted += restored
    entries[id]?.cut -= restored
    entries[id]?.returned += moved(
      said, from: entry.creditBase, entry.returned, most: entry.credit + restored)
    entries[id]?.waived += moved(
      counters.footprintWaivedBytes, from: entry.footprintBase, entry.waived,
      most: entry.footprint)
    let footprint = entries[id]?.footprint ?? 0
    let credit = entries[id]?.credit ?? 0
    entries[id]?.used = min(Int(clamping: counters.footprintBytes), footprint)
    entries[id]?.resident = min(Int(clamping: counters.residentBytes), credit)
  }

  // MARK: Effects

  private mutating func judge(_ effect: Effect, _ snapshot: Snapshot, at now: Tick) -> String? {
    switch effect {
    case .welcome(let id, let welcome):
      entries[id]?.total = Int(welcome.totalBytes)
      return entries[id] == nil ? "welcome of nobody" : nil
    case .refuseHello(let id, _):
      entries[id]?.standing = .dead
      entries[id]?.residue = 0
      if let entry = entries[id] { entries[id]?.returned = entry.granted }
      entries[id]?.isFree = true
      return nil
    case .approve(let id, let request): return judgeApproval(id, request, snapshot, at: now)
    case .refuse(let id, let request, let refusal):
      return judgeRefusal(id, request, refusal, at: now)
    case .setCounters(let id, let credit, let footprint):
      return judgeGrant(id, (credit, footprint))
    case .populateLease(let id, let bytes):
      guard let entry = entries[id], entry.lives, entry.populating == 0 else {
        return "populate out of turn"
      }
      entries[id]?.populating = Int(bytes)
      return nil
    case .setLease(let id, let bytes):
      guard let entry = entries[id], Int(bytes) <= entry.populated else {
        return "lease beyond what is populated"
      }
      return nil
    case .releaseLease(let id):
      return entries[id]?.lives == false ? nil : "lease of a living member released"
    case .tellEnter(let id):
      guard entries[id]?.standing == .out || liars.contains(id) else {
        return "enter to one that is not out"
      }
      entries[id]?.standing = .entering
      return nil
    case .tellLeave(let id, let target): return judgeLeave(id, Int(target), at: now)
    case .tellTrim(let id, _):
      return entries[id]?.standing == .whole || liars.contains(id)
        ? nil : "trim of one that is not whole"
    case .tellContended(let id, _), .kill(let id):
      return entries[id]?.lives == true ? nil : "word to the dead"
    case .note: return nil
    }
  }

  private mutating func judgeApproval(
    _ id: MemberID, _ request: UInt32, _ snapshot: Snapshot, at now: Tick
  ) -> String? {
    guard let entry = entries[id], entry.lives, let bytes = entry.requests[request] else {
      return "approval that nobody asked for"
    }
    entries[id]?.requests[request] = nil
    approvedAt[entry.gpu] = now
    if let text = judgeContext(id, entry, request, snapshot, at: now) { return text }
    if entry.footprint < bytes { return "approval without footprint" }
    if liars.contains(id) { return nil }
    if entry.standing == .whole && entry.credit < bytes { return "approval without credit" }
    if entry.standing == .leaving && bytes > 0 { return "approval on the way out" }
    return nil
  }

  /// A context takes what the reserve has left, and nothing where chunks lie in that.
  private mutating func judgeContext(
    _ id: MemberID, _ entry: Entry, _ request: UInt32, _ snapshot: Snapshot, at now: Tick
  ) -> String? {
    if let estimate = entry.contexts[request] {
      entries[id]?.contexts[request] = nil
      let reserve = Int(snapshot.gpus[entry.gpu].reserveBytes)
      var residue = 0
      var granted = 0
      for other in entries.values where other.gpu == entry.gpu {
        residue += other.residue
        granted += other.credit
      }
      let capacity = Int(scenario.configuration.gpus[entry.gpu].capacityBytes)
      let overlap = max(0, granted - (capacity - foreign[entry.gpu] - reserve))
      if residue + estimate > reserve - overlap {
        return "context beyond the reserve: \(residue) + \(estimate) of \(reserve) - \(overlap)"
      }
      let creation = scenario.configuration.contextCreationNanoseconds
      if let maker = contextMaker[entry.gpu], now.nanoseconds(since: maker.since) < creation {
        return "two contexts at a time"
      }
      contextMaker[entry.gpu] = (id, now)
    }
    return nil
  }

  private mutating func judgeRefusal(
    _ id: MemberID, _ request: UInt32, _ refusal: Refusal, at now: Tick
  ) -> String? {
    guard let entry = entries[id], entry.requests[request] != nil else {
      return "refusal that nobody asked for"
    }
    if isHasty(entry, request, refusal, at: now) {
      return "refused for foreign memory that came a moment ago"
    }
    entries[id]?.requests[request] = nil
    entries[id]?.contexts[request] = nil
    // With several processes in a promised workload the promise moves between leases that never
    // shrink, and may be refused for want of pool.
    var workloads = Set<UInt64>()
    let isAlone = order.allSatisfy { workloads.insert(entries[$0]?.hello.workload ?? 0).inserted }
    if entry.hello.promiseAtStart && isAlone && refusal.reason == .poolExhausted
      && scenario.isStrict && scenario.leaseFailurePercent == 0
      && scenario.unswappablePercent == 0
    {
      return "a promise made at the start was broken"
    }
    return nil
  }

  /// A growth that would fit without what foreign memory took within the time that is waited for
  /// it to go. Judged where nothing else can be the reason.
  private func isHasty(
    _ entry: Entry, _ request: UInt32, _ refusal: Refusal, at now: Tick
  ) -> Bool {
    guard refusal.reason == .overCapacity, scenario.hostilePercent == 0, scenario.loadPercent == 0,
      scenario.residueOverrunPercent == 0, scenario.leaseFailurePercent == 0,
      scenario.staticPercent == 0, scenario.unswappablePercent == 0, !hasRestarted,
      let wanted = entry.requests[request], let askedAt = entry.askedAt[request],
      let grewAt = lately[entry.gpu].grewAt
    else { return false }
    let waited = now.nanoseconds(since: min(askedAt, grewAt))
    guard waited < scenario.configuration.roomWaitNanoseconds else { return false }
    let mostLeased = entries.values.reduce(0) {
      $0 + ($1.isReleased ? 0 : max($1.populated, $1.populating, $1.lives ? $1.total : 0))
    }
    guard mostLeased <= Int(scenario.configuration.poolSizeBytes),
      entries.values.allSatisfy({ $0.lives || $0.credit == 0 })
    else { return false }
    let limit = Int(refusal.limitBytes)
    let mayGo = lately[entry.gpu].bytes - lately[entry.gpu].leastBytes
    return wanted > limit && limit > 0 && wanted <= min(limit + mayGo, entry.total)
  }

  private mutating func judgeGrant(_ id: MemberID, _ page: (UInt64, UInt64)) -> String? {
    guard let entry = entries[id], entry.lives else { return "grant to the dead" }
    let credit = Int(truncatingIfNeeded: page.0 &- entry.creditBase)
    let footprint = Int(truncatingIfNeeded: page.1 &- entry.footprintBase)
    if credit < entry.grantedSurely || footprint < entry.approved { return "a counter went back" }
    if credit > entry.granted {
      entries[id]?.grantedSurely = credit
      grantedOn[entry.gpu] = true
      let isOutside = entry.standing == .leaving || entry.standing == .out
      if isOutside && !liars.contains(id) { return "grant to one outside" }
    }
    entries[id]?.cut += max(0, entry.granted - credit)
    entries[id]?.granted = credit
    entries[id]?.approved = footprint
    return nil
  }

  private mutating func judgeLeave(_ id: MemberID, _ target: Int, at now: Tick) -> String? {
    guard let entry = entries[id], entry.lives else { return "leave to the dead" }
    if entry.standing == .leaving && !liars.contains(id) { return "leave to one that is leaving" }
    // One that was called back while it came in may keep all that it has.
    let isRecall = entry.standing == .entering || liars.contains(id)
    if target > entry.credit || target == entry.credit && !isRecall {
      return "leave that asks for nothing"
    }
    if entry.isPinned { return "leave to a pinned member" }
    let isBlocked = order.contains {
      entries[$0]?.gpu == entry.gpu && entries[$0]?.hello.isStatic == true
        && entries[$0]?.lives == true && entries[$0]?.total ?? 0 > 0
    }
    if isBlocked { return "swap beside a static workload" }
    if isPaused && entry.standing != .entering && scenario.isStrict {
      return "leave to one that stays while paused"
    }
    let held = now.nanoseconds(since: entry.wholeSince)
    if entry.standing == .whole && held < scenario.configuration.quantumMinimumNanoseconds
      && scenario.isStrict
    {
      return "a turn of \(held) ns"
    }
    entries[id]?.standing = .leaving
    entries[id]?.isIdle = false
    return nil
  }

  // MARK: Invariants

  private func judgeLedger(_ gpu: Int, _ snapshot: Snapshot) -> String? {
    var granted = 0
    var largest = 0
    var pinned = 0
    for id in order {
      guard let entry = entries[id], entry.gpu == gpu else { continue }
      granted += entry.credit
      guard entry.lives else { continue }
      if entry.isPinned {
        pinned += entry.pinnedBytes
      } else {
        largest = max(largest, entry.footprint)
      }
    }
    let config = scenario.configuration.gpus[gpu]
    let reserve = Int(snapshot.gpus[gpu].reserveBytes)
    if reserve < Int(config.reserveFloorBytes) { return "reserve below its floor" }
    let room = Int(config.capacityBytes) - foreign[gpu] - reserve
    if granted > room && (scenario.isStrict || grantedOn[gpu]) {
      return "granted \(granted) of \(room)"
    }
    if largest + pinned > room && scenario.isStrict && scenario.unswappablePercent == 0 {
      return "a footprint of \(largest) can never be whole in \(room - pinned)"
    }
    return nil
  }

  /// Invariant 4.
  private func judgeLeases(_ gpu: Int, _ snapshot: Snapshot) -> String? {
    guard scenario.isStrict else { return nil }
    let config = scenario.configuration.gpus[gpu]
    var excess = Int(snapshot.gpus[gpu].reserveBytes) - Int(config.capacityBytes)
    for id in order {
      guard let entry = entries[id], entry.gpu == gpu, entry.lives else { continue }
      excess += entry.isPinned ? entry.pinnedBytes : entry.footprint
    }
    guard excess > 0 else { return nil }
    let chunk = Int(Configuration.largestChunkBytes(capacityBytes: config.capacityBytes))
    var short: [Entry] = []
    for id in order {
      guard let entry = entries[id], entry.gpu == gpu, entry.lives, !entry.isPinned
      else { continue }
      let need = min(entry.footprint, excess + chunk)
      if entry.populated >= need { continue }
      guard entry.leaseFailed else {
        return "\(id) holds a lease of \(entry.populated), not \(need)"
      }
      short.append(entry)
    }
    let room = Int(config.capacityBytes) - Int(snapshot.gpus[gpu].reserveBytes)
    return short.isEmpty ? nil : judgeShortLeases(gpu, short, room: room, chunk: chunk)
  }

  /// Everybody can be whole beside what stays for want of a lease; but for those who find out later
  /// that they cannot be swapped, which nobody can foresee.
  private func judgeShortLeases(
    _ gpu: Int, _ short: [Entry], room: Int, chunk: Int
  ) -> String? {
    func moving(_ entry: Entry) -> Int { min(entry.footprint, max(0, entry.populated - chunk)) }
    let kept = short.reduce(0) { $0 + $1.footprint - moving($1) }
    var pinned = 0
    var largest = short.reduce(0) { max($0, moving($1)) }
    for id in order {
      guard let entry = entries[id], entry.gpu == gpu, entry.lives else { continue }
      if entry.isPinned { pinned += entry.pinnedBytes }
      let isShort = short.contains { $0.hello.workload == entry.hello.workload }
      if !entry.isPinned && !isShort { largest = max(largest, entry.footprint) }
    }
    let sum = kept + pinned + largest
    return sum > room && scenario.unswappablePercent == 0
      ? "\(sum) of \(room) are to be whole beside short leases" : nil
  }

  /// While paused nobody stays outside who would find room beside those on their way in.
  private func judgePause(_ gpu: Int, _ snapshot: Snapshot, at now: Tick) -> String? {
    guard isPaused, scenario.isStrict, snapshot.gpus[gpu].waiting == 0 else { return nil }
    let hold = scenario.configuration.roomHoldNanoseconds
    if let last = approvedAt[gpu], now.nanoseconds(since: last) < hold { return nil }
    let config = scenario.configuration.gpus[gpu]
    var free = Int(config.capacityBytes) - foreign[gpu] - Int(snapshot.gpus[gpu].reserveBytes)
    for member in snapshot.members where member.gpu == gpu { free -= Int(member.creditBytes) }
    for member in snapshot.members where member.gpu == gpu && member.state == .swappedOut {
      let lack = Int(member.approvedBytes) - Int(member.creditBytes)
      if lack <= free { return "\(member.id) fits and stays out while paused" }
    }
    return nil
  }

  private func judgePool() -> String? {
    guard !hasRestarted, scenario.hostilePercent == 0, scenario.disconnectPercent == 0 else {
      return nil
    }
    var leased = 0
    for id in order {
      guard let entry = entries[id], !entry.isReleased else { continue }
      leased += max(entry.populated, entry.populating)
    }
    let pool = Int(scenario.configuration.poolSizeBytes)
    return leased > pool ? "leased \(leased) of \(pool)" : nil
  }
}
