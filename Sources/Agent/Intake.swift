internal import Faults
internal import Host
internal import Logging
internal import Readings
internal import Residency
internal import SystemPackage
internal import Wire

/// Gather: what programs say becomes events. Every word comes from a tenant: what can not be meant
/// is a violation, everything else the core clamps.
extension Agent {
  func take(_ frame: Frame, from client: Client, rights: [ReceivedDescriptor]) {
    switch client.stage {
    case .visiting: takeFirst(frame, from: client, rights: rights)
    case .introduced(let introduction):
      guard frame.kind == .device else { return violation(client, "\(frame.kind) before device") }
      place(client, introduction, uuidWords: (frame.words[0], frame.words[1]))
    case .held: violation(client, "\(frame.kind) before welcome")
    case .member(let member): take(frame, from: client, member: member)
    case .dead: return
    }
  }

  private func takeFirst(_ frame: Frame, from client: Client, rights: [ReceivedDescriptor]) {
    switch frame.kind {
    case .hello: introduce(client, frame, rights: rights)
    case .statusWanted:
      for other in members.values { passCounters(other) }
      handleEvents()
      answer(client, .status, text: statusText)
    case .launchWanted:
      guard client.processID > 0 else { return refuseUnseen(client) }
      if settings.idleExitMilliseconds != nil, !fault(238),
        let process = try? client.process?.duplicate()
      {
        launches.watch(process, poller)
      }
      answer(client, .launch, text: launchText)
    case .pauseWanted: pause(client, frame.words[0] == 1)
    case .device, .contextWanted, .residueMeasured, .grow, .want, .idle, .busy, .left, .entered,
      .undrained, .unswappable, .returned, .roomWanted, .welcome, .approved, .refused, .enter,
      .leave, .contended, .trim, .waits, .status, .launch:
      violation(client, "\(frame.kind) before hello")
    }
  }

  /// It concerns everybody's programs, so not everybody may.
  private func pause(_ client: Client, _ isPaused: Bool) {
    let isOwner = client.userID == ThisProcess.userID || client.userID == 0
    guard isOwner, !ProcessFacts.isContained(client.processID) else {
      return refuse(client, .notPermitted, text: "only root and the user who started it may do it")
    }
    log.info(isPaused ? "paused" : "resumed", metadata: ["user": "\(client.userID)"])
    recordPause(isPaused)
    for other in members.values { passCounters(other) }
    events.append(.paused(isPaused))
    handleEvents()
    answer(client, .status, text: statusText)
  }

  private func take(_ frame: Frame, from client: Client, member: MemberID) {
    let words = frame.words
    passCounters(client)
    switch frame.kind {
    case .contextWanted:
      client.beginWaiting(at: Agent.now())
      events.append(
        .contextWanted(
          member, request: frame.sequence,
          estimateBytes: words[0] > 0 ? words[0] : estimatedContextBytes(gpu: client.gpu)))
    case .residueMeasured:
      client.hasContext = true
      awaitLook(frame, client)
    case .grow:
      client.beginWaiting(at: Agent.now())
      if core.isOnlyForeignInTheWay(member, footprintBytes: words[0]) {
        awaitLook(frame, client)
      } else {
        events.append(.growWanted(member, request: frame.sequence, footprintBytes: words[0]))
      }
    case .want:
      client.beginWaiting(at: Agent.now())
      events.append(.wanted(member, urgent: words[0] == 1))
    case .idle: events.append(.idle(member))
    case .busy: events.append(.busy(member))
    case .left:
      guard answersOrder(frame, client) else { return }
      client.cause = ""
      figures.switches += 1
      figures.programSystemCalls &+= min(words[4], Bounds.systemCallsPerSwitchMax)
      events.append(
        .left(
          member, copiedBytes: words[1], nanoseconds: words[2], drainNanoseconds: words[3]))
    case .entered:
      guard answersOrder(frame, client) else { return }
      figures.programSystemCalls &+= min(words[3], Bounds.systemCallsPerSwitchMax)
      client.waitsSince = nil
      events.append(.entered(member, copiedBytes: words[1], nanoseconds: words[2]))
    case .undrained:
      guard answersOrder(frame, client) else { return }
      guard let failure = UInt8(exactly: words[0]).flatMap(DrainFailure.init) else {
        return violation(client, "drain failure \(words[0])")
      }
      client.cause = Agent.words(failure, driverCode: words[3])
      events.append(.undrained(member, failure))
    case .unswappable:
      client.cause = Text.read(frame)
      events.append(.becameUnswappable(member))
    case .returned: if words[0] == 1 { doubtBooks() }
    case .roomWanted:
      client.beginWaiting(at: Agent.now())
      doubtBooks()
      awaitLook(frame, client)
    case .hello, .device, .statusWanted, .launchWanted, .pauseWanted, .welcome, .approved,
      .refused, .enter, .leave, .contended, .trim, .waits, .status, .launch:
      violation(client, "\(frame.kind) from a program")
    }
  }

  /// Answers name the order they answer; one that names none we sent is made up.
  private func answersOrder(_ frame: Frame, _ client: Client) -> Bool {
    if frame.replyTo > 0, frame.replyTo <= client.sequence { return true }
    violation(client, "\(frame.kind) answers order \(frame.replyTo), which was not given")
    return false
  }

  /// The program's counters, if they moved since they were last passed on.
  func passCounters(_ client: Client) {
    guard case .member(let member) = client.stage, !fault(232) else { return }
    guard let now = client.page?.programCounters(), now != client.page?.seen else { return }
    client.page?.seen = now
    events.append(.counters(member, now))
  }
}

/// Hello, again hello, and hello after a restart.
extension Agent {
  private func introduce(_ client: Client, _ frame: Frame, rights: [ReceivedDescriptor]) {
    let words = frame.words
    guard let rawClass = UInt8(exactly: words[2]),
      let workloadClass = WorkloadClass(rawValue: rawClass)
    else { return violation(client, "class \(words[2])") }
    if trustsDeclaredProcess { client.trust(declared: words[0]) }
    let options = words[1]
    let isReconnect = options & Frame.Options.reconnect != 0
    guard rights.count == 0 || (isReconnect && rights.count == 2) else {
      return violation(client, "\(rights.count) descriptors with hello")
    }
    var handover: Handover?
    var objection: String?
    if rights.count == 2 {
      do {
        handover = try takeOver(rights, processID: client.processID)
      } catch {
        objection = "page or lease handed over: \(error)"
      }
    }
    let text = Text.read(frame)
    let workload = workloadNumber(client, word: words[6])
    client.workload = (words[6], workload)
    client.stage = .introduced(
      Introduction(
        hello: Hello(
          gpu: 0, workload: workload, workloadClass: workloadClass,
          requestBytes: options & Frame.Options.hasRequest != 0 ? words[3] : 0,
          limitBytes: words[4] == UInt64.max ? nil : words[4],
          isStatic: options & Frame.Options.isStatic != 0,
          promiseAtStart: options & Frame.Options.promiseAtStart != 0),
        name: text.isEmpty ? "process \(client.processID)" : text, handover: handover,
        objection: objection, isReconnect: isReconnect))
  }

  /// Our number for what the program calls its workload: the one its user's other programs of that
  /// name have, else a new one. The word is that user's own and says nothing about anybody else's.
  private func workloadNumber(_ client: Client, word: UInt64) -> UInt64 {
    let other = clients.values.first { other in
      other.workload?.word == word && (other.userID == client.userID || fault(269))
    }
    // 0 names none.
    if word != 0, let known = other?.workload?.number { return known }
    defer { nextWorkloadNumber += 1 }
    return nextWorkloadNumber
  }

  private func takeOver(
    _ rights: [ReceivedDescriptor], processID: Int32
  ) throws(Errno) -> Handover {
    guard let page = rights[0].take(), let lease = rights[1].take() else {
      throw .badFileDescriptor
    }
    return Handover(
      page: try ControlPageView.received(page, processID: processID),
      lease: try LeaseFile.received(lease))
  }

  private func place(_ client: Client, _ introduction: Introduction, uuidWords: (UInt64, UInt64)) {
    let device = devices.first { device in device.uuidWords.map { $0 == uuidWords } ?? false }
    guard let device else { return refuse(client, .deviceUnknown, text: "") }
    if let text = introduction.objection { return refuse(client, .notPermitted, text: text) }
    guard client.processID > 0 || fault(260) else { return refuseUnseen(client) }
    guard hasPlace(for: client) else { return refuse(client, .tooManyPrograms, text: "") }
    if !takeover.isOver, !introduction.isReconnect, !fault(234) {
      client.stage = .held(introduction, gpu: device.index)
      return
    }
    join(client, introduction, gpu: device.index)
  }

  /// The grace is over: those who waited for it come in, in the order they came.
  func admitHeld() {
    for number in clients.keys.sorted() {
      guard let client = clients[number], case .held(let introduction, let gpu) = client.stage
      else { continue }
      join(client, introduction, gpu: gpu)
    }
  }

  /// All whom we cannot see have the same number: any of them would pass for another.
  private func refuseUnseen(_ client: Client) {
    if figures.mayTellViolation(at: Agent.now()) {
      log.warning(
        "a program of other process numbers than ours",
        metadata: metadata(client).merging(["remedy": "\(Agent.unseen)"]) { $1 })
    }
    refuse(client, .notPermitted, text: Agent.unseen)
  }

  static let unseen = "agent sees no process id: run it with --pid=host"

  /// What the core knows of this very process. Its number alone does not say so: it is another's
  /// once a process is dead.
  private func former(of client: Client) -> Client? {
    let former = members.values.first { other in
      other !== client && other.processID == client.processID && other.diedAt == nil
    }
    guard let former, former.process?.hasEnded() ?? true else { return former }
    processDied(former)
    return nil
  }

  private func join(_ client: Client, _ introduction: Introduction, gpu: Int) {
    guard client.process?.hasEnded() == false else { return forget(client) }
    var hello = introduction.hello
    hello.gpu = gpu
    client.gpu = gpu
    client.name = introduction.name
    let former = former(of: client)
    guard former == nil || former?.userID == client.userID || fault(261) else {
      return refuse(client, .notPermitted, text: "this process came as another user before")
    }
    if introduction.isReconnect {
      guard let inherited = inherit(client, introduction, gpu: gpu, from: former) else {
        return refuse(client, .notPermitted, text: "not the page and lease of this process")
      }
      client.isReturning = true
      hello.inherited = inherited
    } else if let former {
      guard retire(former) else {
        return refuse(client, .notPermitted, text: "one connection per process")
      }
    }
    client.workloadClass = hello.workloadClass
    client.limitBytes = hello.limitBytes
    let member = MemberID(nextMemberNumber)
    nextMemberNumber += 1
    client.stage = .member(member)
    members[member] = client
    takeover.returned(processID: client.processID)
    log.info("joined", metadata: metadata(client))
    events.append(.joined(member, hello))
    // After the core knows it: what it holds is foreign until then.
    readBooksIfOlder(thanMilliseconds: 100)
    recordPrograms()
  }

  /// The process that `former` was has replaced itself (`exec`): its context, its mappings and its
  /// socket are gone though its process id is not. False when the driver shows it still there.
  private func retire(_ former: Client) -> Bool {
    var frames = 0
    while former.socket != nil, frames < Bounds.framesPerWindow, receiveOne(former) { frames += 1 }
    guard former.socket == nil, let member = former.member else { return false }
    let listed = use(gpu: former.gpu)?.processes?.first { $0.processID == former.processID }
    // It still has memory: it lost its descriptors, not its context.
    if let listed, listed.usedBytes ?? 1 > 0 { return false }
    unwatchProcess(former)
    former.stage = .dead(member)
    former.closedAt = nil
    former.diedAt = Agent.now()
    former.isBooksFree = true
    events.append(.died(member))
    events.append(.booksShowFree(member))
    return true
  }

  /// What a reconnecting program brings, and its memory moved to its new connection. Nil when it is
  /// not its own.
  private func inherit(
    _ client: Client, _ introduction: Introduction, gpu: Int, from former: Client?
  ) -> Inherited? {
    let handedPage = introduction.handover?.page?.identity
    let handedLease = introduction.handover?.lease?.identity
    if let former {
      let isSame =
        introduction.handover == nil
        || (handedPage == former.page?.identity && handedLease == former.lease?.identity)
      guard isSame, former.page != nil, former.gpu == gpu else { return nil }
      client.page = former.page.take()
      client.lease = former.lease.take()
      // The core orders anew for the new connection.
      client.lease?.targetBytes = nil
      client.lacksDescriptors = introduction.handover == nil
      client.hasContext = former.hasContext
      client.residueBytes = former.residueBytes
      let replaced = former.member
      forget(former)
      return inherited(client, replaces: replaced)
    }
    guard let handover = introduction.handover else { return nil }
    // Who was not here before us has no page of an agent's making.
    guard takeover.mayReturn(processID: client.processID) else { return nil }
    // Nobody hands in what another program holds.
    let isTaken = members.values.contains { other in
      other.page?.identity == handedPage || other.lease?.identity == handedLease
    }
    // Shorter than any we make, it could not be populated as far as the core may need.
    let leaseFits = handover.lease?.memory.byteCount ?? 0 >= leaseFileBytes(gpu: gpu) || fault(242)
    guard !isTaken, leaseFits else {
      return nil
    }
    client.page = handover.page.take()
    client.lease = handover.lease.take()
    let leaseBytes = inheritedLeaseBytes(client)
    figures.inheritedBytes += leaseBytes
    recallResidue(client, gpu: gpu)
    log.info(
      "inherited",
      metadata: metadata(client).merging(["leaseBytes": "\(leaseBytes)"]) { $1 })
    return inherited(client, replaces: nil)
  }

  private func inherited(_ client: Client, replaces: MemberID?) -> Inherited {
    let counters = client.page?.programCounters()
    client.page?.forgetSeen()
    let footprint = counters?.footprintBytes ?? 0
    let use = use(gpu: client.gpu)
    passUse(use, gpu: client.gpu)
    client.seenBytes = use?.bytes(processID: client.processID)
    return Inherited(
      replaces: replaces, creditGrantedBytes: client.page?.creditGrantedBytes ?? 0,
      creditReturnedBytes: counters?.creditReturnedBytes ?? 0,
      footprintApprovedBytes: client.page?.footprintApprovedBytes ?? 0,
      footprintWaivedBytes: counters?.footprintWaivedBytes ?? 0, footprintBytes: footprint,
      leaseBytes: fault(229) ? 0 : inheritedLeaseBytes(client),
      residueBytes: client.residueBytes ?? 0, totalBytes: client.page?.totalBytes ?? 0,
      isWhole: (counters?.residentBytes ?? 0) >= footprint,
      inUseBytes: client.seenBytes,
      foreignBytes: measureForeign(devices[client.gpu], use, joining: client))
  }

  /// What was promised to it and is there. Pages that a program itself put into its lease file are
  /// its own affair.
  private func inheritedLeaseBytes(_ client: Client) -> UInt64 {
    min(UInt64(client.lease?.populatedBytes ?? 0), client.page?.leaseBytes ?? 0)
  }
}

/// Text of frames: from a tenant, so nothing that could move a terminal's cursor.
enum Text {
  static func read(_ frame: Frame) -> String {
    var bytes: [UInt8] = []
    for index in 0..<Frame.textByteCount {
      let byte = frame.text[index]
      if byte == 0 { break }
      bytes.append(byte)
    }
    let decoded = String(decoding: bytes, as: UTF8.self)
    let clean = decoded.unicodeScalars.map { scalar in
      scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
        ? "\u{FFFD}" : scalar
    }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: clean)
    return String(text)
  }

  static func write(_ text: String, into frame: inout Frame) {
    var index = 0
    for byte in text.utf8 where index < Frame.textByteCount {
      frame.text[index] = byte
      index += 1
    }
  }
}
