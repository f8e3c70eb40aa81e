import ControlAPI
import Glibc
import Host
import Logging
import Residency
import SystemPackage
import Testing
import Wire

@testable import Agent

private let mebi: UInt64 = 1 << 20

/// Other users, and whom the agent cannot see.
@Suite(.serialized) struct StrangerTests {
  /// In other process numbers than the agent's every program is number 0: one's page and lease are
  /// never another's.
  @Test func unseenProgramsAreTurnedAway() throws {
    let bench = Bench()
    let run = try bench.run()
    defer { run.end() }
    for _ in 0..<2 {
      let unseen = try ScriptedProgram(bench, processID: 0)
      #expect(try !unseen.join())
      let refusal = try #require(unseen.refusals.first)
      #expect(refusal.words[0] == Frame.Refusal.notPermitted.rawValue)
      #expect(Text.read(refusal).hasSuffix("--pid=host"))
    }
    #expect(try bench.status().workloads.isEmpty)
  }

  @Test func aNumberOfAnotherUserIsAnotherProcess() throws {
    let bench = Bench()
    let run = try bench.run()
    defer { run.end() }
    let victim = try ScriptedProgram(bench, processID: getpid())
    #expect(try victim.join())
    victim.line.close()
    // Comes back without descriptors, as who lost them, and would be given them again.
    let thief = try ScriptedProgram(bench, processID: getpid())
    thief.user = 1
    try thief.hello(reconnect: true)
    #expect(try !thief.awaitWelcome())
    let newcomer = try ScriptedProgram(bench, processID: getpid())
    newcomer.user = 1
    #expect(try !newcomer.join())
    try victim.reconnect()
    #expect(try victim.awaitWelcome())
  }

  /// Requests count once per workload. Its name is its user's: nobody hides behind another's.
  @Test func aWorkloadIsItsUsers() throws {
    let bench = Bench()
    let run = try bench.run()
    defer { run.end() }
    func program(_ processID: Int32, user: UInt64, workload: UInt64) throws -> ScriptedProgram {
      let program = try ScriptedProgram(bench, processID: processID)
      program.options = Frame.Options.hasRequest
      (program.requestBytes, program.limitBytes) = (60 * mebi, 60 * mebi)
      (program.user, program.workload) = (user, workload)
      return program
    }
    let first = try program(getpid(), user: 0, workload: 7)
    #expect(try first.join())
    let peer = try program(getppid(), user: 0, workload: 7)
    #expect(try peer.join())
    for (user, workload) in [(1, 7), (0, 8), (0, 0)] as [(UInt64, UInt64)] {
      let other = try program(1, user: user, workload: workload)
      #expect(try !other.join())
      let reason = other.refusals.first?.words[0]
      #expect(reason == Frame.Refusal.requestsExceedCapacity.rawValue)
    }
  }

  @Test func oneUserDoesNotTakeAllPlaces() throws {
    let bench = Bench()
    let run = try bench.run()
    defer { run.end() }
    func program(_ number: Int, user: UInt64) throws -> ScriptedProgram {
      let program = try ScriptedProgram(bench, processID: Int32(10_000 + number))
      program.user = user
      return program
    }
    var crowd: [ScriptedProgram] = []
    for number in 0..<Bounds.programsPerUserMax {
      crowd.append(try program(number, user: 1))
      try #require(try crowd[number].join())
    }
    let last = try program(Bounds.programsPerUserMax, user: 1)
    #expect(try !last.join())
    #expect(last.refusals.first?.words[0] == Frame.Refusal.tooManyPrograms.rawValue)
    #expect(try program(1_000, user: 2).join())
    // Who is in may come back.
    try crowd[0].reconnect()
    #expect(try crowd[0].awaitWelcome())
  }

  /// The agent's word is the only one about who goes: from the largest crowd whoever came first.
  @Test func theLargestCrowdLosesItsFirst() {
    let quiet = [(userID: 1 as UInt32, number: 1 as UInt64), (userID: 3, number: 9)]
    let crowd = (5...8 as ClosedRange<UInt64>).map { (userID: 2 as UInt32, number: $0) }
    #expect(Agent.mostDispensable(quiet + crowd) == 5)
    #expect(Agent.mostDispensable(quiet) == 1)
    #expect(Agent.mostDispensable([]) == nil)
  }
}

private let openFiles = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)

private func makeAgent(_ bench: Bench) throws -> Agent {
  var log = Logger(label: "test") { StreamLogHandler.standardError(label: $0) }
  log.logLevel = .critical
  return try Agent(
    settings: bench.settings, readings: bench.readings, log: log, trustsDeclaredProcess: true)
}

private func connect(_ bench: Bench, _ count: Int) throws -> [FrameLine] {
  try (0..<count).map { _ in
    FrameLine(try PacketSocket.connected(to: bench.settings.socket))
  }
}

/// An agent whose turns the test takes.
@Suite(.serialized) struct DoorTests {
  @Test func aRushComesInByAndBy() throws {
    let bench = Bench()
    let agent = try makeAgent(bench)
    let rush = try connect(bench, 2 * Bounds.acceptsPerPass + 3)
    defer { for line in rush { line.close() } }
    for turn in 1...2 {
      agent.acceptSome()
      #expect(agent.clients.count == turn * Bounds.acceptsPerPass)
    }
    agent.acceptSome()
    #expect(agent.clients.count == rush.count)
  }

  /// Without descriptors the agent does not turn round on a listener that stays ready.
  @Test(arguments: [0, 1])
  func withoutDescriptorsItWaits(left: Int32) async throws {
    await #expect(processExitsWith: .exitCode(0)) { [left = left as Int32] in
      let bench = Bench()
      let agent = try makeAgent(bench)
      let line = try connect(bench, 1)
      var limit = rlimit()
      getrlimit(openFiles, &limit)
      var before = limit
      // The lowest numbers that are free are all but `left` too many.
      let free = (0...left).map { _ in dup(0) }
      for number in free { close(number) }
      limit.rlim_cur = rlim_t(free[Int(left)])
      setrlimit(openFiles, &limit)
      agent.acceptSome()
      setrlimit(openFiles, &before)
      guard agent.clients.isEmpty, agent.door.isShut else { exit(2) }
      guard try agent.poller.wait(milliseconds: 0).isEmpty else { exit(3) }
      guard
        eventually({
          agent.tend(at: Agent.now())
          return !agent.door.isShut
        })
      else { exit(4) }
      // Who was let in and could not be watched comes again.
      let later = try connect(bench, 1)
      guard try agent.poller.wait(milliseconds: 1_000).count == 1 else { exit(5) }
      agent.acceptSome()
      guard agent.clients.count == 2 - Int(left) else { exit(6) }
      for line in line + later { line.close() }
    }
  }

  @Test func thatNobodyComesInIsSaidOnce() {
    var door = Door()
    let now = Agent.now()
    var said = [door.shut(at: now), door.shut(at: now)]
    door.somebodyCameIn()
    said.append(door.shut(at: now))
    #expect(said == [true, false, true])
  }

  /// What is wrong with one connection is not wrong with the others.
  @Test func whoCannotBeLetInKeepsNobodyElseOut() throws {
    let bench = Bench()
    let agent = try makeAgent(bench)
    let line = try connect(bench, 1)
    defer { for one in line { one.close() } }
    agent.acceptSome()
    agent.notLetIn(.invalidArgument)
    #expect(!agent.door.isShut && agent.clients.count == 1)
    agent.notLetIn(.tooManyOpenFiles)
    #expect(agent.door.isShut && agent.clients.isEmpty)
  }

  @Test func asManyFilesAsMayBe() throws {
    let bench = Bench()
    _ = try makeAgent(bench)
    var limit = rlimit()
    getrlimit(openFiles, &limit)
    #expect(limit.rlim_cur == limit.rlim_max)
  }
}

/// What a pool may take of the machine.
@Suite struct SpareTests {
  /// From wherever the lease's size before left off.
  @Test(arguments: [0, 2, 10, 62] as [Int64])
  func whatIsLeftIsLookedAtOftenEnough(from mebibytes: Int64) {
    var watch = SpareWatch()
    var looks: [Int64] = []
    var populated = mebibytes << 20
    while populated < 1_000 << 20 {
      if watch.isDue(at: populated) { looks.append(populated) }
      populated += Bounds.populateStepBytes
    }
    #expect(looks.first == mebibytes << 20)
    #expect(looks.count >= 15)
    #expect(zip(looks, looks.dropFirst()).allSatisfy { $1 - $0 <= Bounds.spareCheckBytes })
  }
}

/// What a program can have the agent do.
@Suite(.serialized) struct EffortTests {
  /// Each of its frames may ask for the driver's books; the driver is not asked for each.
  @Test func theBooksAreReadInMeasure() throws {
    let bench = Bench()
    bench.settings.readingMilliseconds = 3_600_000
    bench.settings.deathReadingMilliseconds = 20
    let run = try bench.run()
    defer { run.end() }
    let program = try ScriptedProgram(bench, processID: getpid())
    #expect(try program.join())
    _ = try program.grow(to: 8 * mebi)
    try #require(try pump([program]) { program.isWhole })
    let before = bench.readings.looks
    let began = MonotonicClock.nanoseconds()
    var frames = 0
    while MonotonicClock.nanoseconds() - began < 800_000_000 {
      try program.pump()
      let kind = frames % 2 == 0 ? Frame.Kind.roomWanted : .residueMeasured
      if (try? program.tell(kind, 1 * mebi)) != nil { frames += 1 }
    }
    #expect(try pump([program]) { !program.approvals.isEmpty || !program.refusals.isEmpty })
    _ = try bench.status()
    let milliseconds = (MonotonicClock.nanoseconds() - began) / 1_000_000
    let looks = bench.readings.looks - before
    print("\(looks) looks in \(milliseconds) ms for \(frames) frames")
    let answers = Int(milliseconds / Bounds.answerMilliseconds + Bounds.answersAtOnce) + 2
    let doubts = Int(milliseconds / Bounds.doubtRestMilliseconds) + 1
    let perDoubt = Int(Bounds.doubtMilliseconds / bench.settings.deathReadingMilliseconds) + 2
    #expect(looks <= answers + doubts * perDoubt)
  }

  /// Ten seconds of doubting all the time.
  @Test func doubtsAreSeenToInMeasure() {
    var settings = AgentSettings(socket: "", lockPath: { FilePath($0) })
    settings.deathReadingMilliseconds = 20
    var books = Books(deviceCount: 1)
    var looks = 0
    for milliseconds in 1...10_000 as ClosedRange<UInt64> {
      let now = Tick(nanoseconds: milliseconds * 1_000_000)
      books.areDoubted(at: now)
      let due = books.nextReadingAt(
        now: now, settings: settings, hasPrograms: true, awaitsDeath: false)
      guard due <= now else { continue }
      books.wereRead(from: now, to: now)
      looks += 1
    }
    // One a second, and five times ten.
    #expect((55...65).contains(looks), "\(looks) looks")
  }

  /// What waits for a look is bounded, and a measurement asked for twice is one.
  @Test func questionsAreFew() throws {
    let bench = Bench()
    let agent = try makeAgent(bench)
    let line = try connect(bench, 1)
    agent.acceptSome()
    let client = try #require(agent.clients.values.first)
    #expect((0..<100).allSatisfy { _ in client.ask(Frame(.residueMeasured)) })
    #expect((0..<100).count { _ in client.ask(Frame(.roomWanted)) } == Bounds.questionsMax - 1)
    #expect(client.questions.count == Bounds.questionsMax)
    for one in line { one.close() }
  }
}

/// What an agent writes down for the one after it.
@Suite(.serialized) struct RecordTests {
  /// The lines of one agent's log.
  private final class Lines: LogHandler, @unchecked Sendable {
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.warning
    var all: [String] = []

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      all.append("\(event.message) \(event.metadata ?? [:])")
    }
  }

  /// On a full disk: said when it begins, not over and over, and shown for as long as it lasts.
  @Test func whatCannotBeWrittenIsSaidOnce() async throws {
    await #expect(processExitsWith: .exitCode(0)) {
      let bench = Bench()
      let lines = Lines()
      let agent = try Agent(
        settings: bench.settings, readings: bench.readings,
        log: Logger(label: "test") { _ in lines }, trustsDeclaredProcess: true)
      guard lines.all.isEmpty, agent.status().agent?.unrecorded == "" else { exit(1) }
      let path = "\(bench.directory)/gpu.lock"
      signal(SIGXFSZ, SIG_IGN)
      for round in 1...2 {
        limitFiles(to: 8)
        for _ in 1...3 { agent.recordPrograms() }
        guard lines.all.count == round, let line = lines.all.last else { exit(2) }
        for word in [path, "No space left", "\(ENOSPC)", "room and write permission in"] {
          guard line.contains(word) else { exit(3) }
        }
        let shown = agent.status().agent?.unrecorded ?? ""
        guard shown.hasPrefix(path), shown.contains("\(ENOSPC)") else { exit(4) }
        limitFiles(to: rlim_t.max)
        agent.recordPrograms()
        guard agent.status().agent?.unrecorded == "" else { exit(5) }
      }
      // The other file is news of its own.
      limitFiles(to: 0)
      agent.recordPause(true)
      agent.recordPrograms()
      guard lines.all.count == 4, lines.all[2].contains("agent.sock.paused") else { exit(6) }
      guard agent.status().agent?.unrecorded.contains("; ") == true else { exit(7) }
    }
  }

  @Test func theTableShowsIt() throws {
    let agent = AgentStatus(
      pid: 1, populatedBytes: 0, inheritedBytes: 0, systemCalls: 0, programSystemCalls: 0,
      switches: 0, violations: 0, unrecorded: "/run/lock/x: No space left on device (errno 28)")
    let status = Status(
      gpus: [], workloads: [], pool: PoolStatus(sizeBytes: 0, leasedBytes: 0), agent: agent)
    let again = try #require(Status(try JSON(parsing: status.json.encoded())))
    #expect(again.agent?.unrecorded == agent.unrecorded)
    let table = StatusTable(usesColour: false).text(again)
    #expect(table.contains("cannot be written: /run/lock/x: No space left on device (errno 28)"))
  }
}

private func limitFiles(to bytes: rlim_t) {
  var limit = rlimit(rlim_cur: bytes, rlim_max: rlim_t.max)
  setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
}
