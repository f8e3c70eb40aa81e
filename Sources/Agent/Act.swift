internal import Faults
internal import Host
internal import Logging
internal import Readings
internal import Residency
internal import SystemPackage
internal import Wire

/// Act: performs what the core decided. It has booked everything already; what fails here goes back
/// to it as an event.
extension Agent {
  func perform(_ effect: Effect) {
    switch effect {
    case .welcome(let member, let welcome): perform(member) { self.welcome($0, welcome) }
    case .refuseHello(let member, let refusal): perform(member) { refuseHello($0, refusal) }
    case .approve(let member, let request):
      perform(member) { reply(Frame(.approved, replyTo: request), to: $0) }
    case .refuse(let member, let request, let refusal):
      perform(member) { reply(Agent.frame(refusal, replyTo: request), to: $0) }
    case .setCounters(let member, let granted, let approved):
      perform(member) { client in
        if fault(227) { return }
        client.page?.set(creditGrantedBytes: granted, footprintApprovedBytes: approved)
        client.needsWake = true
      }
    case .populateLease(let member, let bytes):
      perform(member) { populateLease($0, member, bytes) }
    case .setLease(let member, let bytes):
      perform(member) { client in
        precondition(
          Int64(clamping: bytes) <= client.lease?.populatedBytes ?? 0,
          "a lease is promised beyond its populated bytes")
        client.page?.set(leaseBytes: bytes)
        client.needsWake = true
      }
    case .releaseLease(let member):
      guard let client = members[member] else {
        // Refused before it was welcomed: its lease went with it.
        events.append(.leaseReleased(member))
        return
      }
      releaseLease(client, member)
    case .tellEnter(let member): perform(member) { send(Frame(.enter), to: $0) }
    case .tellLeave(let member, let target): perform(member) { send(.leave, target, to: $0) }
    case .tellContended(let member, let isContended):
      perform(member) { send(.contended, isContended ? 1 : 0, to: $0) }
    case .tellTrim(let member, let target): perform(member) { send(.trim, target, to: $0) }
    case .kill(let member): perform(member) { kill($0) }
    case .note(let note): tell(note)
    }
  }

  private func perform(_ member: MemberID, _ action: (Client) -> Void) {
    if let client = members[member] { action(client) }
  }

  private func reply(_ frame: Frame, to client: Client) {
    client.waitsSince = nil
    send(frame, to: client)
  }

  private func welcome(_ client: Client, _ welcome: Welcome) {
    var rights: [Int32] = []
    do {
      let isNew = client.page == nil
      if isNew {
        client.page = try ControlPageView()
        try ensureLease(client)
      }
      if isNew || client.lacksDescriptors {
        client.lacksDescriptors = false
        rights = [client.page?.memory.descriptor.number, client.lease?.memory.descriptor.number]
          .compactMap(\.self)
      }
    } catch {
      log.error("no memory for a program", metadata: ["error": "\(error)"])
      return refuse(client, .poolExhausted, text: "\(error)")
    }
    client.page?.totalBytes = welcome.totalBytes
    client.page?.introduce(processID: client.processID, totalBytes: welcome.totalBytes)
    var frame = Frame(.welcome)
    frame.words[0] = welcome.totalBytes
    frame.words[1] = welcome.largestChunkBytes
    frame.words[2] = UInt64(client.lease?.memory.byteCount ?? 0)
    frame.words[3] = UInt64(UInt32(bitPattern: ThisProcess.id))
    frame.words[4] = Bounds.drainMilliseconds
    frame.words[5] = Bounds.queueWindowMilliseconds
    send(frame, to: client, rights: rights)
  }

  /// As large as the device, which no lease exceeds: it may be needed before the size that the
  /// program is shown is known, and costs nothing until it is populated.
  private func ensureLease(_ client: Client) throws(Errno) {
    guard client.lease == nil else { return }
    client.lease = try LeaseFile(capacityBytes: leaseFileBytes(gpu: client.gpu))
  }

  func leaseFileBytes(gpu: Int) -> Int64 {
    let page = Bounds.leaseBytesMin
    let bytes = min(Int64(clamping: devices[gpu].deviceBytes), Bounds.leaseBytesMax)
    return max(page, (bytes + page - 1) / page * page)
  }

  private func populateLease(_ client: Client, _ member: MemberID, _ bytes: UInt64) {
    do {
      try ensureLease(client)
      client.lease?.targetBytes = Int64(clamping: bytes)
    } catch {
      log.error("no file for a lease", metadata: ["error": "\(error)"])
      events.append(.leaseFailed(member, populatedBytes: 0))
    }
  }

  private func refuseHello(_ client: Client, _ refusal: Refusal) {
    log.warning(
      "refused",
      metadata: metadata(client).merging([
        "reason": "\(refusal.reason)", "wantedBytes": "\(refusal.wantedBytes)",
        "availableBytes": "\(refusal.availableBytes)",
      ]) { $1 })
    send(Agent.frame(refusal, replyTo: 0), to: client)
    // What it may hold is nobody's now: the next look at the books finds it foreign.
    if client.page != nil { doubtBooks() }
    if client.isReturning && !fault(416) { takeover.turnedAway(processID: client.processID) }
    forget(client)
    recordPrograms()
  }

  /// Turns a program away before the core knows it, or for a reason of the machine.
  func refuse(_ client: Client, _ reason: Frame.Refusal, text: String) {
    var frame = Frame(.refused)
    frame.words[0] = reason.rawValue
    Text.write(text, into: &frame)
    send(frame, to: client)
    connectionClosed(client)
  }

  private static func frame(_ refusal: Refusal, replyTo: UInt32) -> Frame {
    var frame = Frame(.refused, replyTo: replyTo)
    frame.words[0] = UInt64(refusal.reason.rawValue)
    frame.words[1] = refusal.wantedBytes
    frame.words[2] = refusal.availableBytes
    frame.words[3] = refusal.limitBytes
    return frame
  }

  private func releaseLease(_ client: Client, _ member: MemberID) {
    do {
      try client.lease?.memory.punch()
    } catch {
      log.error("a lease was not freed", metadata: ["error": "\(error)"])
    }
    client.lease = nil
    client.page = nil
    client.isLeaseReleased = true
    events.append(.leaseReleased(member))
    forgetIfSettled(client)
  }

  private func kill(_ client: Client) {
    log.warning("killed: it does not answer", metadata: metadata(client))
    do {
      try client.process?.killProcess()
    } catch {
      log.error("it could not be killed", metadata: ["error": "\(error)"])
    }
  }

  /// Says once what the program waits for; a person may be looking at it.
  func tellWaits(_ client: Client, _ member: MemberID) {
    client.wasToldToWait = true
    let all = core.snapshot.members
    guard let waiter = all.first(where: { $0.id == member }) else { return }
    var reason = Frame.WaitReason.turn
    var holder = all.filter { $0.gpu == waiter.gpu && $0.id != member }
      .max { ($0.residentBytes, $1.id) < ($1.residentBytes, $0.id) }?.id
    switch waiter.obstacle {
    case nil: break
    case .holder(let named): (reason, holder) = (.holder, named)
    case .room: (reason, holder) = (.room, nil)
    case .paused: reason = .paused
    }
    var frame = Frame(.waits)
    frame.words[0] = reason.rawValue
    Text.write(holder.flatMap { members[$0]?.name } ?? "", into: &frame)
    send(frame, to: client)
  }

  func wake(_ client: Client) {
    client.needsWake = false
    try? client.page?.wake()
  }

  private func send(_ kind: Frame.Kind, _ word: UInt64, to client: Client) {
    var frame = Frame(kind)
    frame.words[0] = word
    send(frame, to: client)
  }

  /// Sends now, or keeps the frame until the socket has room. A program that lets `outboxMax`
  /// frames lie is disconnected: it may come back.
  func send(_ frame: Frame, to client: Client, rights: [Int32] = []) {
    guard client.socket != nil else { return }
    var frame = frame
    client.sequence &+= 1
    frame.sequence = client.sequence
    if client.outbox.isEmpty, deliver(frame, to: client, rights: rights) { return }
    guard client.socket != nil else { return }
    guard client.outbox.count < Bounds.outboxMax, rights.isEmpty else {
      log.warning("does not read, disconnected", metadata: metadata(client))
      return connectionClosed(client)
    }
    client.outbox.append(frame)
    watchWritable(client)
  }

  /// False when the socket is full, or gone.
  private func deliver(_ frame: Frame, to client: Client, rights: [Int32]) -> Bool {
    frame.encode(into: sendBuffer)
    do {
      try client.socket?.send(UnsafeRawBufferPointer(sendBuffer), rights: rights)
      return true
    } catch .resourceTemporarilyUnavailable {
      return false
    } catch {
      // Closed by the other side: its end is read, and handled, at the next turn.
      return true
    }
  }

  func flush(_ client: Client) {
    while let frame = client.outbox.first, deliver(frame, to: client, rights: []) {
      client.outbox.removeFirst()
    }
    watchWritable(client)
  }

  func watchWritable(_ client: Client) {
    guard let number = client.socket?.descriptor.number, !client.isPaused else { return }
    guard client.isWatchingWritable != !client.outbox.isEmpty else { return }
    client.isWatchingWritable = !client.outbox.isEmpty
    try? poller.watchWritable(
      client.isWatchingWritable, number: number, token: Agent.connectionToken | client.number)
  }
}

/// The pool: memory gets behind leases in small steps between two looks at the sockets, before
/// anything is promised.
extension Agent {
  var populatedBytes: Int64 {
    members.values.reduce(0) { $0 + ($1.lease?.populatedBytes ?? 0) }
  }

  /// Something is to be populated and may be: never before inherited memory was counted.
  var mayPopulate: Bool {
    takeover.isOver && members.values.contains { $0.isPopulating }
  }

  func populateStep() {
    guard mayPopulate else { return }
    let waiting = members.filter { $0.value.isPopulating }
    guard let (member, client) = waiting.min(by: { $0.key < $1.key }) else { return }
    let before = client.lease?.populatedBytes ?? 0
    do {
      if client.lease?.spareWatch.isDue(at: before) ?? false { try checkSpare() }
      try client.lease?.populateStep()
    } catch {
      log.error(
        "the machine has no memory for the pool",
        metadata: metadata(client).merging([
          "error": "\(error)", "populatedBytes": "\(populatedBytes)",
        ]) { $1 })
      client.lease?.targetBytes = nil
      events.append(.leaseFailed(member, populatedBytes: UInt64(before)))
      return
    }
    let after = client.lease?.populatedBytes ?? 0
    if after >= client.lease?.targetBytes ?? 0 {
      client.lease?.targetBytes = nil
      events.append(.leasePopulated(member, bytes: UInt64(after)))
    } else if after == before {
      client.lease?.targetBytes = nil
      events.append(.leaseFailed(member, populatedBytes: UInt64(after)))
    }
  }

  /// Taking the machine's last memory would have the kernel kill somebody.
  private func checkSpare() throws(Errno) {
    if let usable = Machine.usableBytes(), usable < Bounds.spareBytes { throw .noMemory }
  }
}
