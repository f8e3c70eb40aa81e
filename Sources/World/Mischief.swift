import Residency

/// What goes wrong, and who comes and goes.
extension World {
  mutating func addProgram() {
    let gpu = random.below(scenario.configuration.gpus.count)
    let capacity = Int(scenario.configuration.gpus[gpu].capacityBytes)
    let index = programs.count
    var hello = Hello(
      gpu: gpu, workload: UInt64(random.chance(85) ? index + 100 : random.below(3)),
      workloadClass: [.interactive, .inference, .training][random.below(3)])
    if random.chance(scenario.staticPercent) {
      hello.isStatic = true
      hello.limitBytes = UInt64(evenly(random.within(1...capacity / 3)))
      hello.promiseAtStart = true
    } else if random.chance(scenario.promisePercent) {
      hello.promiseAtStart = true
      hello.limitBytes = UInt64(evenly(random.within(capacity / 8...capacity)))
      if random.chance(30) { hello.requestBytes = (hello.limitBytes ?? 0) / 4 }
    }
    programs.append(Program(index: index, hello: hello))
    programs[index].isHostile = random.chance(scenario.hostilePercent)
    agenda.add(.join(index), at: after(random.within(0...500)))
  }

  mutating func join(_ index: Int) throws(Violation) {
    guard programs[index].isAlive, programs[index].member == nil || programs[index].isDisconnected
    else { return }
    if let until = programs[index].pausedUntil {
      agenda.add(.join(index), at: until.advanced(byNanoseconds: 1))
      return
    }
    let member = MemberID(nextMember)
    nextMember += 1
    var hello = programs[index].hello
    if programs[index].hasHistory {
      let program = programs[index]
      let page = program.page
      hello.inherited = Inherited(
        replaces: program.isDisconnected ? program.member : nil,
        creditGrantedBytes: program.history.creditBytes &+ UInt64(program.granted),
        creditReturnedBytes: page.creditReturnedBytes,
        footprintApprovedBytes: program.history.footprintBytes &+ UInt64(program.approved),
        footprintWaivedBytes: page.footprintWaivedBytes, footprintBytes: page.footprintBytes,
        leaseBytes: UInt64(program.lease), residueBytes: UInt64(program.residue),
        totalBytes: UInt64(program.total), isWhole: program.gateIsOpen,
        inUseBytes: UInt64(program.resident + program.residue))
      try measureUse(hello.gpu)
      if program.isHostile { lie(in: &hello, program) }
    }
    programs[index].member = member
    programs[index].isDisconnected = false
    owner[member] = index
    if programs[index].isHostile { checker.liars.insert(member) }
    programs[index].sendsAt = now
    programs[index].receivesAt = now
    if hello.inherited != nil, expected == nil {
      checker.foreign[hello.gpu] = foreignNow(hello.gpu)
      hello.inherited?.foreignBytes = UInt64(checker.foreign[hello.gpu])
    }
    try feed(.joined(member, hello))
    try measureForeign(hello.gpu)
    try isBackOrGone(index)
  }

  /// What no honest program says when it comes back.
  private mutating func lie(in hello: inout Hello, _ program: Program) {
    let capacity = Int(scenario.configuration.gpus[hello.gpu].capacityBytes)
    let history = program.history
    if !program.isDisconnected && random.chance(50) {
      hello.inherited?.creditGrantedBytes &+= UInt64(random.below(capacity))
    }
    guard scenario.unnoticedPercent > 0, ways.chance(50) else { return }
    switch ways.below(5) {
    case 0: hello.inherited?.creditReturnedBytes = history.creditBytes
    case 1: hello.inherited?.footprintWaivedBytes = history.footprintBytes
    case 2: hello.inherited?.totalBytes = ways.next() >> UInt64(ways.below(64))
    case 3: hello.isStatic.toggle()
    default: hello.promiseAtStart.toggle()
    }
  }

  private mutating func isBackOrGone(_ index: Int) throws(Violation) {
    expected?.remove(index)
    if expected?.isEmpty == true { try gather() }
  }

  /// Dies, at whatever point it is: its memory goes when the driver gets to it.
  mutating func kill(_ index: Int) {
    guard programs[index].isAlive else { return }
    programs[index].isAlive = false
    expected?.remove(index)
    programs[index].pausedUntil = nil
    let program = programs[index]
    let gpu = program.hello.gpu
    guard let member = program.member else { return }
    let bytes = program.resident + program.residue
    dying.append((member, gpu, bytes, true))
    if random.chance(50) { agenda.add(.agent(.disconnected(member)), at: soon()) }
    agenda.add(.agent(.died(member)), at: after(1))
    agenda.add(.freed(member, gpu: gpu, bytes: bytes), at: after(random.within(2...300)))
  }

  mutating func resume(_ index: Int) throws(Violation) {
    guard programs[index].isAlive, programs[index].pausedUntil != nil else { return }
    programs[index].pausedUntil = nil
    let missed = programs[index].missed
    programs[index].missed = []
    for delivery in missed { try deliver(index, delivery) }
    try copyIn(index)
  }

  /// Drops the connection: orders are void, what was begun stays as it is.
  private mutating func loseConnection(_ index: Int) {
    programs[index].orderNumber += 1
    programs[index].order = nil
    programs[index].isCopying = false
    programs[index].isWelcome = false
    programs[index].isContended = false
    programs[index].reportedIdle = false
    programs[index].missed = []
    programs[index].gateIsOpen = programs[index].isWhole && programs[index].waitsSince == nil
  }

  mutating func makeMischief() throws(Violation) {
    if isLive { return }
    agenda.add(.mischief, at: after(random.within(20...200)))
    if random.chance(10) && programs.count < 4 * scenario.programs { addProgram() }
    let victim = random.below(programs.count)
    let end = livenessAt
    if programs[victim].isAlive && programs[victim].pausedUntil == nil {
      if random.chance(scenario.killPercent / 4) { kill(victim) }
      if random.chance(scenario.pausePercent) && programs[victim].isAlive {
        let until = min(after(random.within(50...3000)), end)
        programs[victim].pausedUntil = until
        agenda.add(.resume(victim), at: until)
      }
      if random.chance(scenario.undrainablePercent) {
        programs[victim].undrainableUntil = min(after(random.within(100...4000)), end)
      }
      if random.chance(scenario.disconnectPercent) { try disconnect(victim) }
    }
    if random.chance(scenario.foreignPercent) {
      let gpu = random.below(foreign.count)
      let capacity = Int(scenario.configuration.gpus[gpu].capacityBytes)
      let room = max(0, capacity - usedMemory(gpu) + foreign[gpu])
      foreign[gpu] = random.below(min(room, capacity / 5) + 1)
      try measureForeign(gpu)
    }
    if random.chance(scenario.restartPercent / 3) { try restartAgent() }
    if scenario.freezePercent > 0, freezes.chance(scenario.freezePercent) {
      try feed(.paused(!core.isPaused))
    }
  }

  private mutating func disconnect(_ index: Int) throws(Violation) {
    guard programs[index].isWelcome, let member = programs[index].member,
      !programs[index].isDisconnected
    else { return }
    programs[index].isDisconnected = true
    loseConnection(index)
    if scenario.unnoticedPercent > 0, ways.chance(scenario.unnoticedPercent) {
      agenda.add(.agent(.disconnected(member)), at: after(100))
    } else {
      try feed(.disconnected(member))
    }
    agenda.add(.join(index), at: after(random.within(1...100) + absence()))
  }

  /// How much longer than at least it takes until a program tries to connect again.
  private mutating func absence() -> Int {
    scenario.returnMilliseconds > 0 ? ways.below(scenario.returnMilliseconds) : 0
  }

  /// The agent dies and a new one starts: programs keep their memory and bring it along.
  private mutating func restartAgent() throws(Violation) {
    note("agent restarts")
    var configuration = scenario.configuration
    configuration.rejoinNanoseconds = UInt64(scenario.graceMilliseconds) * 1_000_000
    let wasPaused = core.isPaused
    core = ResidencyCore(configuration)
    checker.restart()
    wakeAt = nil
    agents += 1
    expected = []
    if wasPaused { try feed(.paused(true)) }
    for position in dying.indices { dying[position].isKnown = false }
    for index in programs.indices where programs[index].isAlive {
      guard programs[index].member != nil else {
        // Still on its way back: the agent that expected it wrote that down.
        if programs[index].hasHistory { expected?.insert(index) }
        continue
      }
      let wasWelcome = programs[index].isWelcome || programs[index].hasHistory
      loseConnection(index)
      programs[index].member = nil
      programs[index].isDisconnected = false
      if wasWelcome { programs[index].history = history(of: programs[index]) }
      if !wasWelcome { programs[index].hasHistory = false }
      if wasWelcome { expected?.insert(index) }
      agenda.add(
        .join(index), at: soon().advanced(byNanoseconds: UInt64(absence()) * 1_000_000))
    }
    agenda.add(.graceOver(agents), at: after(scenario.graceMilliseconds))
    if expected?.isEmpty == true { try gather() }
  }

  private mutating func history(of program: Program) -> History {
    let capacity = Int(scenario.configuration.gpus[program.hello.gpu].capacityBytes)
    return History(&histories, capacityBytes: capacity)
  }

  /// From here on nothing goes wrong: the stopped go on, the drains succeed, liars and foreigners
  /// are gone.
  mutating func endFaults() throws(Violation) {
    isLive = true
    note("faults end")
    if core.isPaused { try feed(.paused(false)) }
    for index in programs.indices {
      programs[index].undrainableUntil = nil
      try resume(index)
      if programs[index].isHostile { kill(index) }
    }
    for gpu in foreign.indices {
      foreign[gpu] = 0
      try measureForeign(gpu)
    }
    for index in programs.indices where programs[index].waitsSince != nil {
      guard let member = programs[index].member else { continue }
      programs[index].waitBound = core.waitBoundNanoseconds(
        member, linkBytesPerSecond: UInt64(scenario.linkBytesPerSecond))
    }
  }

  /// Frames and counters that no honest program would send.
  mutating func lie(_ index: Int) throws(Violation) {
    guard let member = programs[index].member, !programs[index].isDisconnected else { return }
    programs[index].nextRequest += 1
    let number = programs[index].nextRequest
    let page = programs[index].page
    let wild = random.chance(50) ? random.next() : UInt64(random.below(1 << 30))
    let events: [Event] = [
      .counters(
        member,
        ProgramCounters(
          creditReturnedBytes: random.chance(50) ? wild : page.creditReturnedBytes,
          footprintWaivedBytes: random.next() >> UInt64(random.below(64)),
          footprintBytes: wild, residentBytes: random.next())),
      .entered(member, copiedBytes: wild, nanoseconds: wild),
      .left(member, copiedBytes: wild, nanoseconds: wild, drainNanoseconds: wild),
      .undrained(member, .capture), .idle(member), .busy(member),
      .wanted(member, urgent: random.chance(50)),
      .growWanted(member, request: number, footprintBytes: wild),
      .contextWanted(member, request: number, estimateBytes: wild),
      .roomWanted(member, request: number, bytes: wild),
      .driverMemoryWanted(member, request: number, attempts: wild),
      .residueMeasured(member, bytes: UInt64(random.below(8 << 20))),
    ]
    try feed(events[random.below(events.count)])
  }
}
