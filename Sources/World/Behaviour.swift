import Residency

/// What programs do: their script, and their half of the protocol.
extension World {
  // MARK: Script

  /// The next thing a program does of its own accord.
  mutating func script(_ index: Int) throws(Violation) {
    let program = programs[index]
    guard program.isAlive, program.isWelcome, program.request == nil, program.waitsSince == nil,
      program.busyUntil == nil
    else { return }
    if let until = program.pausedUntil {
      agenda.add(.script(index), at: until.advanced(byNanoseconds: 1))
      return
    }
    if program.isHostile && random.chance(50) { try lie(index) }
    if !isLive && program.residue > 0 && random.chance(scenario.loadPercent) {
      return try load(index, bytes: random.within(1...program.largestChunk * 4), attempts: 0)
    }
    let draw = random.below(100)
    if draw < 55 { return try launch(index) }
    if isLive || draw >= 90 { return pause(index, random.within(1...400)) }
    switch draw {
    case ..<75: try grow(index)
    case ..<82: free(index)
    case ..<85: ask(index, .room(bytes: random.within(1...8) << 20))
    case ..<87: ask(index, .context(estimate: random.within(1...4) << 20))
    case ..<88 where random.chance(scenario.unswappablePercent * 10): becomeUnswappable(index)
    case ..<89 where random.chance(30): kill(index)
    default: pause(index, random.within(1...50))
    }
  }

  private mutating func pause(_ index: Int, _ milliseconds: Int) {
    if programs[index].isContended && !programs[index].reportedIdle && programs[index].gateIsOpen {
      programs[index].reportedIdle = true
      if let member = programs[index].member { say(index, [.idle(member)]) }
    }
    agenda.add(.script(index), at: after(milliseconds))
  }

  private mutating func becomeUnswappable(_ index: Int) {
    guard programs[index].gateIsOpen, let member = programs[index].member else {
      return pause(index, 1)
    }
    programs[index].isUnswappable = true
    say(index, [.becameUnswappable(member)])
    pause(index, 1)
  }

  /// A gated call: through an open gate at once, else the program waits.
  mutating func launch(_ index: Int) throws(Violation) {
    guard let member = programs[index].member, !programs[index].isDisconnected else {
      agenda.add(.script(index), at: after(5))
      return
    }
    guard programs[index].gateIsOpen else {
      programs[index].waitsSince = now
      programs[index].waitBound =
        isLive
        ? core.waitBoundNanoseconds(
          member, linkBytesPerSecond: UInt64(scenario.linkBytesPerSecond)) : 0
      say(index, [.wanted(member, urgent: !isLive && random.chance(10))])
      if !isLive, scenario.threadPercent > 0, ways.chance(scenario.threadPercent) {
        ask(index, .grow(bytes: programs[index].used + ways.within(1...4) << 21))
      }
      return
    }
    if programs[index].reportedIdle {
      programs[index].reportedIdle = false
      say(index, [.busy(member)])
    }
    if programs[index].isHostile && !programs[index].isWhole {
      // Who lies about where it is may find itself without its memory: its kernel faults.
      kill(index)
      return
    }
    guard programs[index].isWhole else { throw violation("gate open, chunks missing: \(index)") }
    for chunk in programs[index].chunks where chunk.deviceVersion != chunk.version {
      throw violation("program \(index) lost a write: \(chunk)")
    }
    if !programs[index].chunks.isEmpty {
      let victim = random.below(programs[index].chunks.count)
      programs[index].chunks[victim].version += 1
      programs[index].chunks[victim].deviceVersion = programs[index].chunks[victim].version
      programs[index].chunks[victim].hostVersion = nil
    }
    programs[index].launches += 1
    let length = random.chance(5) ? random.within(100...600) : random.within(1...40)
    programs[index].busyUntil = after(length)
    agenda.add(.kernelDone(index), at: after(length))
  }

  mutating func kernelDone(_ index: Int) throws(Violation) {
    guard programs[index].isAlive else { return }
    programs[index].busyUntil = nil
    try script(index)
  }

  private mutating func ask(_ index: Int, _ kind: Program.Request) {
    guard let member = programs[index].member, !programs[index].isDisconnected else {
      agenda.add(.script(index), at: after(5))
      return
    }
    programs[index].nextRequest += 1
    let number = programs[index].nextRequest
    programs[index].request = (number, kind)
    switch kind {
    case .grow(let bytes):
      say(index, [.growWanted(member, request: number, footprintBytes: UInt64(bytes))])
    case .context(let estimate):
      say(index, [.contextWanted(member, request: number, estimateBytes: UInt64(estimate))])
    case .room(let bytes):
      say(index, [.roomWanted(member, request: number, bytes: UInt64(bytes))])
    case .call(_, let attempts):
      say(index, [.driverMemoryWanted(member, request: number, attempts: UInt64(attempts))])
    }
  }

  /// Asks again what was not answered before the connection was lost.
  mutating func askAgain(_ index: Int) {
    if let request = programs[index].request { ask(index, request.kind) }
  }

  /// As often as a program tries a call again.
  private static let attemptsMaximum = 6

  /// A call that takes memory of the driver's own, if there is any; the books show it at once.
  private mutating func load(_ index: Int, bytes: Int, attempts: Int) throws(Violation) {
    let gpu = programs[index].hello.gpu
    let capacity = Int(scenario.configuration.gpus[gpu].capacityBytes)
    guard usedMemory(gpu) + bytes <= capacity else {
      if attempts == 0 { report.callsFailed += 1 }
      guard attempts < World.attemptsMaximum else { return pause(index, 1) }
      return ask(index, .call(bytes: bytes, attempts: attempts))
    }
    if attempts > 0 { report.callsCured += 1 }
    programs[index].residue += bytes
    if let member = programs[index].member {
      try feed(.residueMeasured(member, bytes: UInt64(programs[index].residue)))
    }
    pause(index, 1)
  }

  private func chunkSizes(_ index: Int, _ bytes: Int) -> [Int] {
    let largest = programs[index].largestChunk
    var sizes = Array(repeating: largest, count: bytes / largest)
    if bytes % largest > 0 { sizes.append(bytes % largest) }
    return sizes
  }

  private mutating func grow(_ index: Int) throws(Violation) {
    let program = programs[index]
    let step = max(2 << 20, program.total / (2 << 20) / 4 * (2 << 20))
    let bytes = max(2 << 20, evenly(random.within(1...step)))
    let isCovered = program.used + bytes <= program.footprintRoom
    if program.gateIsOpen && isCovered && program.resident + bytes <= program.credit {
      allocate(index, bytes)
      try checkMemory(index)
      return pause(index, 1)
    }
    ask(index, .grow(bytes: program.used + bytes))
  }

  private mutating func allocate(_ index: Int, _ bytes: Int) {
    for size in chunkSizes(index, bytes) {
      var chunk = Chunk(bytes: size)
      if programs[index].gateIsOpen { chunk.deviceVersion = 0 } else { chunk.hostVersion = 0 }
      programs[index].chunks.append(chunk)
    }
  }

  private mutating func free(_ index: Int) {
    defer { pause(index, 1) }
    guard programs[index].gateIsOpen, programs[index].order == nil,
      !programs[index].chunks.isEmpty
    else { return }
    let chunk = programs[index].chunks.remove(at: random.below(programs[index].chunks.count))
    programs[index].waived += chunk.bytes
    if random.chance(50) { programs[index].returned += chunk.bytes }
    say(index, [])
  }

  // MARK: Protocol

  mutating func deliver(_ index: Int, _ delivery: Delivery) throws(Violation) {
    switch delivery {
    case .welcome(let welcome):
      programs[index].isWelcome = true
      programs[index].hasHistory = true
      programs[index].total = Int(welcome.totalBytes)
      programs[index].largestChunk = Int(welcome.largestChunkBytes)
      let asks = programs[index].request != nil
      if asks { askAgain(index) }
      if programs[index].waitsSince != nil, let member = programs[index].member {
        say(index, [.wanted(member, urgent: false)])
      } else if asks {
        break
      } else if programs[index].residue == 0 {
        ask(index, .context(estimate: random.within(2...6) << 20))
      } else {
        agenda.add(.script(index), at: after(1))
      }
    case .refuseHello: programs[index].isAlive = false
    case .approve(let number): try approved(index, number)
    case .refuse(let number):
      guard programs[index].request?.number == number else { return }
      programs[index].request = nil
      agenda.add(.script(index), at: after(random.within(1...50)))
    case .enter:
      programs[index].orderNumber += 1
      // Told again, it begins anew: what was under way for the order before is stale.
      programs[index].isCopying = false
      programs[index].order = .enter(since: now)
      programs[index].copied = 0
      try copyIn(index)
    case .leave(let target): startLeaving(index, target)
    case .contended(let isContended):
      programs[index].isContended = isContended
      programs[index].reportedIdle = false
      let isIdle = programs[index].busyUntil == nil && programs[index].waitsSince == nil
      if isContended && isIdle, let member = programs[index].member {
        programs[index].reportedIdle = true
        say(index, [.idle(member)])
      }
    case .trim(let target):
      if programs[index].request == nil {
        let keep = max(target, programs[index].resident)
        programs[index].returned += max(0, programs[index].credit - keep)
      }
      say(index, [])
    }
  }

  private mutating func approved(_ index: Int, _ number: UInt32) throws(Violation) {
    guard let request = programs[index].request, request.number == number else { return }
    programs[index].request = nil
    let program = programs[index]
    switch request.kind {
    case .grow(let bytes):
      guard program.isHostile || program.footprintRoom >= bytes else {
        throw violation("program \(index): approved without footprint")
      }
      let more = bytes - program.used
      guard more > 0 else { break }
      if program.gateIsOpen && !program.isHostile && program.resident + more > program.credit {
        throw violation("program \(index): approved without credit")
      }
      allocate(index, more)
      try checkMemory(index)
    case .context(let estimate):
      let isOver = random.chance(scenario.residueOverrunPercent)
      programs[index].residue += isOver ? estimate * 2 : estimate - random.below(1 << 20)
      if let member = program.member {
        say(index, [.residueMeasured(member, bytes: UInt64(programs[index].residue))])
      }
      try checkMemory(index)
    case .room: break
    case .call(let bytes, let attempts):
      return try load(index, bytes: bytes, attempts: attempts + 1)
    }
    agenda.add(.script(index), at: after(1))
  }

  private mutating func startLeaving(_ index: Int, _ target: Int) {
    programs[index].orderNumber += 1
    programs[index].isCopying = false
    let wasOpen = programs[index].gateIsOpen
    programs[index].order = .leave(target: target, since: now, wasOpen: wasOpen)
    programs[index].gateIsOpen = false
    programs[index].reportedIdle = false
    programs[index].copied = 0
    let number = programs[index].orderNumber
    if let until = programs[index].undrainableUntil, until > now, wasOpen {
      agenda.add(.drainFailed(index, order: number), at: after(200))
    } else {
      let done = programs[index].busyUntil ?? now
      agenda.add(.drained(index, order: number), at: max(done, now).advanced(byNanoseconds: 50_000))
    }
  }

  /// Timers of an order; late ones carry an old number, those of a stopped program come later.
  mutating func work(_ what: Happening) throws(Violation) {
    switch what {
    case .drained(let index, let number):
      guard isCurrent(index, number, what) else { return }
      try copyOut(index)
    case .drainFailed(let index, let number):
      guard isCurrent(index, number, what), let member = programs[index].member else { return }
      programs[index].order = nil
      programs[index].gateIsOpen = true
      say(index, [.undrained(member, .noProgress)])
      try opened(index)
    case .chunkOut(let index, let number, let chunk):
      guard isCurrent(index, number, what) else { return }
      programs[index].chunks[chunk].hostVersion = programs[index].chunks[chunk].deviceVersion
      programs[index].chunks[chunk].deviceVersion = nil
      programs[index].returned += programs[index].chunks[chunk].bytes
      programs[index].copied += programs[index].chunks[chunk].bytes
      report.swapsOut += 1
      if programs[index].leaseUsed > programs[index].lease && !programs[index].isHostile {
        throw violation("program \(index) left beyond its lease")
      }
      if random.chance(30) { say(index, []) }
      try copyOut(index)
    case .chunkIn(let index, let number, let chunk):
      guard isCurrent(index, number, what) else { return }
      programs[index].isCopying = false
      programs[index].chunks[chunk].deviceVersion = programs[index].chunks[chunk].hostVersion
      programs[index].chunks[chunk].hostVersion = nil
      programs[index].copied += programs[index].chunks[chunk].bytes
      report.swapsIn += 1
      try checkMemory(index)
      try copyIn(index)
    case .join, .frame, .delivery, .script, .kernelDone, .agent, .wake, .mischief, .books,
      .graceOver, .resume, .freed:
      return
    }
  }

  private mutating func isCurrent(_ index: Int, _ number: Int, _ what: Happening) -> Bool {
    guard programs[index].isAlive, programs[index].orderNumber == number,
      programs[index].order != nil
    else { return false }
    guard let until = programs[index].pausedUntil else { return true }
    agenda.add(what, at: until.advanced(byNanoseconds: 2))
    return false
  }

  private func copyTime(_ bytes: Int) -> UInt64 {
    UInt64(bytes) * 1_000_000_000 / UInt64(scenario.linkBytesPerSecond)
  }

  private mutating func copyOut(_ index: Int) throws(Violation) {
    guard case .leave(let target, let since, _) = programs[index].order,
      let member = programs[index].member
    else { return }
    let chunks = programs[index].chunks
    if programs[index].resident > target, let next = chunks.firstIndex(where: \.isResident) {
      agenda.add(
        .chunkOut(index, order: programs[index].orderNumber, chunk: next),
        at: now.advanced(byNanoseconds: copyTime(chunks[next].bytes)))
      return
    }
    programs[index].returned = max(
      programs[index].returned, programs[index].granted - programs[index].resident)
    programs[index].order = nil
    let length = now.nanoseconds(since: since)
    say(
      index,
      [
        .left(
          member, copiedBytes: UInt64(programs[index].copied), nanoseconds: length,
          drainNanoseconds: 0)
      ])
    if programs[index].isWhole {
      programs[index].gateIsOpen = true
      try opened(index)
    }
  }

  /// Goes on coming in as far as credit allows.
  mutating func copyIn(_ index: Int) throws(Violation) {
    guard case .enter(let since) = programs[index].order, !programs[index].isCopying,
      let member = programs[index].member
    else { return }
    guard let next = programs[index].chunks.firstIndex(where: { !$0.isResident }) else {
      programs[index].order = nil
      programs[index].gateIsOpen = true
      say(
        index,
        [
          .entered(
            member, copiedBytes: UInt64(programs[index].copied),
            nanoseconds: now.nanoseconds(since: since))
        ])
      try opened(index)
      return
    }
    let bytes = programs[index].chunks[next].bytes
    guard programs[index].resident + bytes <= programs[index].credit else { return }
    programs[index].isCopying = true
    agenda.add(
      .chunkIn(index, order: programs[index].orderNumber, chunk: next),
      at: now.advanced(byNanoseconds: copyTime(bytes)))
  }

  /// The gate opened: whoever waited there goes on.
  private mutating func opened(_ index: Int) throws(Violation) {
    guard let since = programs[index].waitsSince else { return }
    programs[index].waitsSince = nil
    report.longestWaitNanoseconds = max(
      report.longestWaitNanoseconds, now.nanoseconds(since: since))
    try launch(index)
  }
}
