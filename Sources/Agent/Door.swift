internal import Faults
internal import Host
internal import Logging
internal import Residency
internal import SystemPackage
internal import Wire

/// Whether who knocks is let in just now: not while the process has no descriptors left.
struct Door {
  private var opensAt: Tick?
  private var wasTold = false

  var isShut: Bool { opensAt != nil }

  func isDue(at now: Tick) -> Bool { opensAt.map { $0 <= now } ?? false }

  /// True the first time since somebody came in.
  mutating func shut(at now: Tick) -> Bool {
    opensAt = now.advanced(byNanoseconds: Bounds.doorMilliseconds * 1_000_000)
    defer { wasTold = true }
    return !wasTold
  }

  mutating func open() { opensAt = nil }

  mutating func somebodyCameIn() { wasTold = false }

  /// What helps when this machine has nothing left to let somebody in with; nil for other errors.
  static func remedy(for error: Errno) -> String? {
    switch error {
    case .tooManyOpenFiles, .tooManyOpenFilesInSystem: "a higher limit of open files"
    case .noSpace: "a higher fs.epoll.max_user_watches"
    case .noMemory, .noBufferSpace: "more free memory"
    default: nil
    }
  }
}

/// Gather: connections come. Whoever may connect may do so as often as they like, so nobody's
/// coming may keep others from being served, or out.
extension Agent {
  /// Lets in some of those who knock; the others after everybody else had a turn.
  func acceptSome() {
    for _ in 0..<(fault(272) ? Int.max : Bounds.acceptsPerPass) {
      let socket: PacketSocket
      do throws(Errno) {
        guard let next = try listener.accept() else { return }
        socket = next
      } catch {
        return shutDoor(error)
      }
      do throws(Errno) {
        try admit(socket)
        door.somebodyCameIn()
      } catch {
        notLetIn(error)
        if door.isShut { return }
      }
    }
  }

  /// What we lack is lacking for the next ones too; anything else is this connection's own affair.
  func notLetIn(_ error: Errno) {
    if Door.remedy(for: error) != nil || fault(411) { return shutDoor(error) }
    if figures.mayTellViolation(at: Agent.now()) {
      log.warning("a connection was not let in", metadata: ["error": "\(error)"])
    }
  }

  /// They would knock on, and we look, without end.
  private func shutDoor(_ error: Errno) {
    if door.shut(at: Agent.now()) {
      log.error(
        "nobody more can be let in for now",
        metadata: [
          "error": "\(error)", "remedy": "\(Door.remedy(for: error) ?? "start the agent again")",
        ])
    }
    letGoVisitor()
    if !fault(273) { try? poller.remove(listener.descriptor) }
  }

  func openDoor() {
    door.open()
    try? poller.add(listener.descriptor, token: Agent.listenerToken)
  }

  private func admit(_ socket: consuming PacketSocket) throws(Errno) {
    if clients.values.count(where: { !$0.isProgram }) >= Bounds.visitorsMax { letGoVisitor() }
    do throws(Errno) {
      let peer = try socket.peer()
      let processID = peer.processID
      let client = Client(
        number: nextClientNumber, socket: socket, peer: peer, processID: processID,
        arrivedAt: Agent.now())
      nextClientNumber += 1
      try watch(client)
      clients[client.number] = client
    } catch .noSuchProcess {
      // Dead before it was let in.
    } catch .notPermitted {
      if figures.mayTellViolation(at: Agent.now()) {
        log.warning(
          "a program could not be identified",
          metadata: ["cause": "/proc hides it", "remedy": "/proc without hidepid for the agent"])
      }
    }
  }

  /// Not half: one whose death is not seen would be charged for ever.
  private func watch(_ client: Client) throws(Errno) {
    if let number = client.socket?.descriptor.number {
      try poller.add(number: number, token: Agent.connectionToken | client.number)
    }
    if let number = client.processNumber {
      try poller.add(number: number, token: Agent.processToken | client.number)
    }
  }

  /// Programs introduce themselves at once, so one that has said nothing yet is not missed.
  private func letGoVisitor() {
    let visitors = clients.values.filter { !$0.isProgram }
    let number = Agent.mostDispensable(visitors.map { ($0.userID, $0.number) })
    if let number, let visitor = clients[number], !fault(241) { forget(visitor) }
  }

  /// Of the user who has most visitors the one let in first, so that nobody's crowd costs another
  /// user theirs.
  static func mostDispensable(_ visitors: [(userID: UInt32, number: UInt64)]) -> UInt64? {
    let crowds = Dictionary(grouping: visitors, by: \.userID).values.map { crowd in
      (size: fault(274) ? 1 : crowd.count, first: crowd.map(\.number).min() ?? 0)
    }
    return crowds.max { ($0.size, $1.first) < ($1.size, $0.first) }?.first
  }

  /// Whether one more program of this user is served, beside all and beside theirs.
  func hasPlace(for client: Client) -> Bool {
    let programs = clients.values.filter { other in
      // Whose place it takes if it may.
      if case .member = other.stage, other.processID == client.processID { return false }
      return other.isProgram && other !== client
    }
    guard programs.count < Bounds.programsMax else { return false }
    let theirs = programs.count { $0.userID == client.userID }
    return theirs < Bounds.programsPerUserMax || fault(271)
  }
}
