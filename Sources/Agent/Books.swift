internal import Faults
internal import Host
internal import Readings
internal import Residency
internal import Wire

/// When the driver's books were read and what they said.
struct Books {
  /// What one device's books said at a time.
  struct Look {
    let at: Tick
    let use: GPUUse?
  }

  private(set) var readAt: Tick?
  /// The last look per device, alone or with all of them.
  var looks: [Look?]
  /// Programs with questions that can be answered only from books read after they came.
  var asking: [Client] = []
  /// Every look for the sake of questions is paid for with some time, from here on.
  private var paidUntil = Tick(nanoseconds: 0)
  /// Least time from one look to the next: the longer they take, the longer.
  private var spacingNanoseconds = Bounds.lookMilliseconds * 1_000_000
  /// A program found less memory than they had said: until then they are read often.
  private var doubtedUntil: Tick?
  /// Before this nobody's doubt has them read often again.
  private var doubtRestsUntil: Tick?
  /// Somebody doubted meanwhile.
  private var isDoubtPending = false
  /// Memory of programs outside Tidelock per device, nil until it could be told.
  var foreignBytes: [UInt64?]
  /// What the core was told last, per device.
  var toldBytes: [UInt64?]
  /// They named processes before, per device.
  var listProcesses: [Bool]

  init(deviceCount: Int) {
    foreignBytes = Array(repeating: nil, count: deviceCount)
    toldBytes = Array(repeating: nil, count: deviceCount)
    looks = Array(repeating: nil, count: deviceCount)
    listProcesses = Array(repeating: false, count: deviceCount)
  }

  mutating func wereRead(from began: Tick, to now: Tick) {
    readAt = now
    let wanted = now.nanoseconds(since: began) * (Bounds.lookPart - 1)
    spacingNanoseconds = min(
      max(wanted, Bounds.lookMilliseconds * 1_000_000), Bounds.lookMillisecondsMax * 1_000_000)
    if isDoubtPending { areDoubted(at: now) }
  }

  /// Who asked; from here on they are answered.
  mutating func takeAsking(at now: Tick) -> [Client] {
    defer { asking = [] }
    if !asking.isEmpty {
      paidUntil = max(paidUntil, now)
        .advanced(byNanoseconds: Bounds.answerMilliseconds * 1_000_000)
    }
    return asking
  }

  /// When the next look for the sake of a question may be: programs ask as often as they like, the
  /// driver is asked no more often for it, but for a few times at once after a rest.
  private func answerAt(now: Tick) -> Tick {
    let credit = Bounds.answersAtOnce * Bounds.answerMilliseconds * 1_000_000
    let paid = Tick(nanoseconds: paidUntil.nanoseconds(since: Tick(nanoseconds: credit)))
    let spaced = readAt?.advanced(byNanoseconds: spacingNanoseconds)
    return max(paid, spaced ?? now)
  }

  func mayAnswer(at now: Tick) -> Bool { answerAt(now: now) <= now }

  /// The last look at one device if it is recent enough to do.
  func recent(gpu: Int, at now: Tick) -> Look? {
    looks[gpu].flatMap { now.nanoseconds(since: $0.at) < spacingNanoseconds ? $0 : nil }
  }

  /// Not again and again: what came of it shows in the ordinary looks as well.
  mutating func areDoubted(at now: Tick) {
    isDoubtPending = doubtRestsUntil.map { now < $0 } ?? false
    if isDoubtPending, !fault(363) { return }
    doubtedUntil = now.advanced(byNanoseconds: Bounds.doubtMilliseconds * 1_000_000)
    doubtRestsUntil = now.advanced(byNanoseconds: Bounds.doubtRestMilliseconds * 1_000_000)
  }

  /// Whether a process that has been dead for so long has given its memory back.
  func showFree(
    _ processID: Int32, _ use: GPUUse?, gpu: Int, deadNanoseconds: UInt64
  ) -> Bool {
    if let processes = use?.processes {
      return !processes.contains { $0.processID == processID }
    }
    // What could not be read this time says nothing; a driver that never names processes will not.
    guard use != nil && !listProcesses[gpu] || fault(414) else { return false }
    return deadNanoseconds >= Bounds.blindDeathMilliseconds * 1_000_000
  }

  /// Often while a death is awaited or they are doubted, seldom while nobody is here.
  func nextReadingAt(
    now: Tick, settings: AgentSettings, hasPrograms: Bool, awaitsDeath: Bool
  ) -> Tick {
    guard let readAt else { return now }
    let isDoubted = doubtedUntil.map { now < $0 } ?? false
    let milliseconds =
      awaitsDeath || isDoubted
      ? settings.deathReadingMilliseconds
      : hasPrograms ? settings.readingMilliseconds : 5 * settings.readingMilliseconds
    var due = readAt.advanced(byNanoseconds: milliseconds * 1_000_000)
    if isDoubtPending, let doubtRestsUntil { due = min(due, doubtRestsUntil) }
    if !asking.isEmpty { due = min(due, answerAt(now: now)) }
    return max(due, readAt.advanced(byNanoseconds: spacingNanoseconds))
  }
}

/// Gather: what the driver's books say about foreign memory, residue and the dead.
extension Agent {
  /// A program could not make what it has credit for: somebody holds more than we know. The next
  /// looks come soon after each other, so that what holds still is seen to.
  func doubtBooks() { if !fault(236) { books.areDoubted(at: Agent.now()) } }

  func readBooksIfDue(at now: Tick) {
    let due = books.nextReadingAt(
      now: now, settings: settings, hasPrograms: !members.isEmpty,
      awaitsDeath: members.values.contains { $0.diedAt != nil })
    if due <= now { readBooks(at: now) }
  }

  func readBooksIfOlder(thanMilliseconds milliseconds: UInt64) {
    let now = Agent.now()
    let age = books.readAt.map { now.nanoseconds(since: $0) } ?? UInt64.max
    if age >= milliseconds * 1_000_000 { readBooks(at: now) }
  }

  func readBooks(at now: Tick) {
    for client in members.values { passCounters(client) }
    for device in devices {
      books.looks[device.index] = Books.Look(at: now, use: readings.use(device: device.index))
    }
    books.wereRead(from: now, to: Agent.now())
    for device in devices {
      let use = books.looks[device.index]?.use
      if use?.processes != nil { books.listProcesses[device.index] = true }
      readForeign(device, use)
      for (member, client) in members where client.gpu == device.index {
        readDeath(member, client, use, now: now)
        readResidue(member, client, use)
      }
    }
    answerQuestions()
  }

  /// One device's books, as of now or a moment before.
  func use(gpu: Int) -> GPUUse? {
    let now = Agent.now()
    if let recent = books.recent(gpu: gpu, at: now) { return recent.use }
    let use = readings.use(device: gpu)
    books.looks[gpu] = Books.Look(at: now, use: use)
    return use
  }

  /// Answers the frame from books read after it came: now if that may be, otherwise soon.
  func awaitLook(_ frame: Frame, _ client: Client) {
    let isFirst = client.questions.isEmpty
    guard client.ask(frame) else {
      var refusal = Frame(.refused, replyTo: frame.sequence)
      refusal.words[0] = Frame.Refusal.notPermitted.rawValue
      return send(refusal, to: client)
    }
    if isFirst { books.asking.append(client) }
    let now = Agent.now()
    if books.mayAnswer(at: now) || fault(268) { readBooks(at: now) }
  }

  private func answerQuestions() {
    for client in books.takeAsking(at: Agent.now()) {
      let questions = client.questions
      client.questions = []
      guard case .member(let member) = client.stage, members[member] === client else { continue }
      for question in questions { answer(question, client, member) }
    }
  }

  private func answer(_ question: Frame, _ client: Client, _ member: MemberID) {
    let words = question.words
    if question.kind == .residueMeasured {
      measureResidue(member, client, saidBytes: words[0])
    } else if question.kind == .grow {
      events.append(.growWanted(member, request: question.sequence, footprintBytes: words[0]))
    } else if words[0] == 0 {
      events.append(.driverMemoryWanted(member, request: question.sequence, attempts: words[1]))
    } else {
      events.append(.roomWanted(member, request: question.sequence, bytes: words[0]))
    }
  }

  private func readForeign(_ device: DeviceBook, _ use: GPUUse?) {
    let toldBytes = books.toldBytes[device.index]
    guard let felt = measureForeign(device, use), felt != toldBytes else { return }
    events.append(.foreignMeasured(gpu: device.index, bytes: felt))
  }

  /// What is neither a member's nor that of the one about to be, as far as the core must know of
  /// it; the caller tells it. Nil if nothing can be said.
  func measureForeign(
    _ device: DeviceBook, _ use: GPUUse?, joining newcomer: Client? = nil
  ) -> UInt64? {
    // Programs of the agent before us are ours though we do not know them yet.
    guard let use, takeover.isOver else { return nil }
    var ours = members.values.filter { $0.gpu == device.index }
    if let newcomer { ours.append(newcomer) }
    let processes = Set(members.values.map(\.processID) + ours.map(\.processID))
    let foreign =
      use.foreignBytes { processes.contains($0) } ?? estimatedForeign(device, use, ours)
    books.foreignBytes[device.index] = foreign
    // With --capacity the part of the device left to others is theirs before ours shrinks.
    let theirs = device.deviceBytes - device.capacityBytes
    let felt = fault(231) ? 0 : foreign - min(foreign, theirs)
    books.toldBytes[device.index] = felt
    return felt
  }

  /// Without figures per process: what is used beyond all that our programs say they hold.
  private func estimatedForeign(_ device: DeviceBook, _ use: GPUUse, _ ours: [Client]) -> UInt64 {
    var held: UInt64 = 0
    for client in ours {
      let page = client.page?.programCounters().residentBytes ?? 0
      held += min(page, device.deviceBytes) + min(client.residueBytes ?? 0, device.deviceBytes)
    }
    return use.usedBytes - min(use.usedBytes, held)
  }

  /// How much of what those who came back claim has come in since.
  func passUse(_ use: GPUUse?, gpu: Int) {
    for (member, client) in members where client.gpu == gpu && client.diedAt == nil {
      guard let seen = client.seenBytes, let now = use?.bytes(processID: client.processID),
        now > seen
      else { continue }
      client.seenBytes = now
      events.append(.useMeasured(member, bytes: now))
    }
  }

  /// The dead stay charged until the driver has their memory back.
  private func readDeath(_ member: MemberID, _ client: Client, _ use: GPUUse?, now: Tick) {
    guard let diedAt = client.diedAt, !client.isBooksFree else { return }
    let dead = now.nanoseconds(since: diedAt)
    guard books.showFree(client.processID, use, gpu: client.gpu, deadNanoseconds: dead) else {
      return
    }
    client.isBooksFree = true
    events.append(.booksShowFree(member))
    forgetIfSettled(client)
  }

  /// What a context takes that nobody has measured yet: the most one of ours was seen to take, else
  /// a quarter of the reserve.
  func estimatedContextBytes(gpu: Int) -> UInt64 {
    let seen = members.values.filter { $0.gpu == gpu }.compactMap(\.residueBytes).max() ?? 0
    return seen > 0 ? seen : devices[gpu].reserveBytes / 4
  }

  /// The most a program can hold in chunks: its credit. Its own count of what is resident rises
  /// only after the memory is there; one preempted in between would seem to hold residue.
  private func mostChunkBytes(_ client: Client) -> UInt64 {
    guard let counters = client.page?.programCounters(),
      let granted = client.page?.creditGrantedBytes
    else { return 0 }
    let credit = granted - min(granted, counters.creditReturnedBytes)
    return fault(240) ? counters.residentBytes : max(credit, counters.residentBytes)
  }

  /// A context was made. A program cannot see its own residue; the driver's books can.
  func measureResidue(_ member: MemberID, _ client: Client, saidBytes: UInt64) {
    let process = books.looks[client.gpu]?.use?.processes?.first {
      $0.processID == client.processID
    }
    let chunkBytes = mostChunkBytes(client)
    let measured = process?.usedBytes.map { $0 - min($0, chunkBytes) }
    let residue = measured ?? (saidBytes > 0 ? saidBytes : estimatedContextBytes(gpu: client.gpu))
    client.residueBytes = residue
    events.append(.residueMeasured(member, bytes: residue))
  }

  /// A program of the agent before us made its context under that one: the driver's books alone
  /// know of it. Nothing moves just now, so what it counts as resident is what it holds in chunks.
  func recallResidue(_ client: Client, gpu: Int) {
    let process = use(gpu: gpu)?.processes?.first { $0.processID == client.processID }
    guard let process, !fault(237) else { return }
    client.hasContext = true
    let chunkBytes = client.page?.programCounters().residentBytes ?? 0
    client.residueBytes = process.usedBytes.map { $0 - min($0, chunkBytes) }
  }

  /// What a program uses beyond its chunks, while it neither moves nor grows.
  private func readResidue(_ member: MemberID, _ client: Client, _ use: GPUUse?) {
    guard client.hasContext, client.diedAt == nil, let page = client.page?.programCounters(),
      let process = use?.processes?.first(where: { $0.processID == client.processID }),
      let usedBytes = process.usedBytes
    else { return }
    let residue = usedBytes - min(usedBytes, mostChunkBytes(client))
    defer { client.lastLook = Client.Look(usedBytes: usedBytes, counters: page) }
    guard client.lastLook == Client.Look(usedBytes: usedBytes, counters: page),
      residue != client.residueBytes
    else { return }
    // With credit that is not used up some of what is left out may be residue after all.
    if mostChunkBytes(client) > page.residentBytes, residue < client.residueBytes ?? 0 { return }
    client.residueBytes = residue
    events.append(.residueMeasured(member, bytes: residue))
  }
}
