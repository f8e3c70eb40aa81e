internal import Faults
internal import Host
internal import Logging
internal import Residency
internal import SystemPackage
internal import Wire

/// Gather: connections speak, fall silent, die. How they come: `Door`.
extension Agent {
  /// Takes one frame of the program and sends what waits for it.
  func serve(_ client: Client, canSend: Bool) {
    if canSend { flush(client) }
    let now = Agent.now()
    let window = Bounds.frameWindowMilliseconds * 1_000_000
    if now.nanoseconds(since: client.windowBegan) >= window {
      client.windowBegan = now
      client.frameCount = 0
    }
    if client.frameCount >= Bounds.framesPerWindow, !fault(233) {
      pause(client)
      return
    }
    // One frame per turn: programs take turns, and no call is spent on finding the socket empty.
    if client.socket != nil, receiveOne(client) { client.frameCount += 1 }
  }

  /// True when there may be more.
  func receiveOne(_ client: Client) -> Bool {
    var rights: [Int32] = []
    let arrival: Arrival
    do {
      arrival = try client.socket?.receive(into: receiveBuffer, rights: &rights) ?? .nothingYet
    } catch {
      arrival = .closed
    }
    let received = rights.map { ReceivedDescriptor($0) }
    switch arrival {
    case .nothingYet: return false
    case .closed:
      connectionClosed(client)
      return false
    case .oversized: violation(client, "a datagram larger than a frame")
    case .datagram(let byteCount):
      do {
        let bytes = UnsafeRawBufferPointer(rebasing: receiveBuffer[..<byteCount])
        take(try Frame(decoding: bytes), from: client, rights: received)
      } catch {
        violation(client, "no frame: \(error)")
      }
    }
    return client.socket != nil
  }

  /// A program that talks too fast waits; its frames stay in its own socket.
  private func pause(_ client: Client) {
    guard !client.isPaused, let socket = client.socket?.descriptor.number else { return }
    client.isPaused = true
    try? poller.remove(number: socket)
  }

  private func resume(_ client: Client) {
    client.isPaused = false
    client.frameCount = 0
    guard let number = client.socket?.descriptor.number else { return }
    try? poller.add(number: number, token: Agent.connectionToken | client.number)
    watchWritable(client)
  }

  /// The other end is closed. Says nothing about the process: it stays charged with all it holds.
  func connectionClosed(_ client: Client) {
    closeSocket(client)
    switch client.stage {
    case .visiting, .introduced, .held: forget(client)
    case .dead: return
    case .member(let member):
      // A process that ends closes its socket a moment before it is dead: that moment is waited.
      client.closedAt = Agent.now()
      if fault(226) { events.append(.died(member)) }
    }
  }

  private func tellDisconnected(_ client: Client, _ member: MemberID) {
    client.closedAt = nil
    log.info("disconnected, still charged", metadata: metadata(client))
    events.append(.disconnected(member))
  }

  func closeSocket(_ client: Client) {
    if let number = client.socket?.descriptor.number, !client.isPaused {
      try? poller.remove(number: number)
    }
    client.socket = nil
    client.outbox = []
    client.isPaused = false
  }

  /// The pidfd fired: the only death there is.
  func processDied(_ client: Client) {
    unwatchProcess(client)
    closeSocket(client)
    switch client.stage {
    case .visiting, .introduced, .held: forget(client)
    case .dead: return
    case .member(let member):
      client.stage = .dead(member)
      client.closedAt = nil
      client.diedAt = Agent.now()
      log.info("ended", metadata: metadata(client))
      events.append(.died(member))
      recordPrograms()
      if fault(230) {
        client.isBooksFree = true
        events.append(.booksShowFree(member))
      }
    }
  }

  func unwatchProcess(_ client: Client) {
    if let number = client.processNumber { try? poller.remove(number: number) }
  }

  /// Drops a client and everything it holds here.
  func forget(_ client: Client) {
    closeSocket(client)
    unwatchProcess(client)
    clients[client.number] = nil
    if let member = client.member { members[member] = nil }
  }

  /// A dead program is forgotten once its device memory and its lease are both free.
  func forgetIfSettled(_ client: Client) {
    if client.isBooksFree, client.isLeaseReleased { forget(client) }
  }

  /// Somebody sent what no interposer sends: refused, disconnected, everybody else untouched.
  func violation(_ client: Client, _ what: String) {
    figures.violations += 1
    if figures.mayTellViolation(at: Agent.now()) {
      log.warning("malformed", metadata: metadata(client).merging(["what": "\(what)"]) { $1 })
    }
    if fault(235) { return }
    var frame = Frame(.refused)
    frame.words[0] = Frame.Refusal.malformed.rawValue
    send(frame, to: client)
    connectionClosed(client)
  }

  /// Periodic duties: late visitors, paused programs, the end of the grace.
  func tend(at now: Tick) {
    for client in clients.values {
      let age = now.nanoseconds(since: client.arrivedAt)
      switch client.stage {
      case .visiting, .introduced:
        if age > Bounds.visitMilliseconds * 1_000_000 { forget(client) }
      case .member(let member):
        let closed = client.closedAt.map { now.nanoseconds(since: $0) } ?? 0
        if closed > Bounds.endingMilliseconds * 1_000_000 { tellDisconnected(client, member) }
        if let since = client.waitsSince, !client.wasToldToWait,
          now.nanoseconds(since: since) >= Bounds.waitToldMilliseconds * 1_000_000
        {
          tellWaits(client, member)
        }
      case .held, .dead: break
      }
      let window = now.nanoseconds(since: client.windowBegan)
      if client.isPaused, window >= Bounds.frameWindowMilliseconds * 1_000_000 { resume(client) }
    }
    if takeover.tend(at: now) {
      log.info("grace over", metadata: ["missing": "\(takeover.expected.count)"])
      recordPrograms()
    }
    if takeover.isOver {
      gather(at: now)
      admitHeld()
    }
    if door.isDue(at: now) { openDoor() }
    if now.nanoseconds(since: recordedAt) >= Bounds.recordMilliseconds * 1_000_000 {
      recordPrograms()
    }
  }

  /// Who is not back by now is foreign, and the core hears of it before it grants anything.
  private func gather(at now: Tick) {
    guard !isGathered else { return }
    isGathered = true
    readBooks(at: now)
    events.append(.gathered)
  }

  /// When `tend` has something to do next; nil when nothing is pending.
  func nextTending(now: Tick) -> Tick? {
    var milliseconds: UInt64?
    let isVisited = clients.values.contains { $0.isVisitor }
    let isAwaited = clients.values.contains { $0.waitsSince != nil && !$0.wasToldToWait }
    if isVisited || isAwaited { milliseconds = 500 }
    let isHalting = clients.values.contains { $0.isPaused || $0.closedAt != nil }
    if isHalting || !takeover.isOver || door.isShut { milliseconds = 20 }
    return milliseconds.map { now.advanced(byNanoseconds: $0 * 1_000_000) }
  }
}

/// A descriptor that came with a frame: whoever wants it takes it, otherwise it closes.
final class ReceivedDescriptor {
  private var descriptor: Descriptor?

  init(_ number: Int32) { descriptor = Descriptor(owning: number) }

  func take() -> Descriptor? { descriptor.take() }
}
