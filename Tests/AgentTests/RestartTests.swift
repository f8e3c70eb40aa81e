import ControlAPI
import Glibc
import Host
import Readings
import SystemPackage
import Testing
import Wire

@testable import Agent

private let mebi: UInt64 = 1 << 20

/// One agent after another, and one beside another.
@Suite(.serialized) struct RestartTests {
  @Test func programsKeepTheirDataOverTheAgentsEnd() throws {
    let bench = Bench()
    var run = try bench.run()
    let first = try ScriptedProgram(bench, processID: getpid())
    let second = try ScriptedProgram(bench, processID: getppid())
    let both = [first, second]
    #expect(try first.join() && second.join())
    _ = try first.grow(to: 64 * mebi)
    try #require(try pump(both) { first.isWhole })
    _ = try second.grow(to: 64 * mebi)
    try #require(try pump(both) { second.approvals.count == 1 })
    let leased = first.leaseBytes + second.leaseBytes
    #expect(leased >= 2 * 38 * mebi)
    run.end()

    run = try bench.run()
    defer { run.end() }
    // A newcomer waits until those who were here are counted.
    let newcomer = try ScriptedProgram(bench, processID: 1)
    try newcomer.hello()
    #expect(try !newcomer.awaitWelcome(seconds: 0.2))
    try first.reconnect()
    #expect(try first.awaitWelcome())
    #expect(first.welcome?.words[0] == 90 * mebi)
    // What it brought is leased before anybody asks for more.
    #expect(try bench.status().pool.leasedBytes == first.leaseBytes)
    #expect(try !newcomer.awaitWelcome(seconds: 0.1))
    try second.reconnect()
    #expect(try second.awaitWelcome())
    #expect(try newcomer.awaitWelcome())
    let status = try bench.status()
    #expect(status.agent?.inheritedBytes == leased)
    #expect(status.agent?.populatedBytes ?? 0 <= status.pool.sizeBytes)
    #expect(status.pool.leasedBytes >= leased)
    #expect(status.pool.leasedBytes <= status.pool.sizeBytes)
    // Turns go on, under the same ledger.
    for _ in 0..<4 {
      for program in both where !program.isWhole {
        try program.want()
        try #require(try pump(both) { program.isWhole })
        #expect(first.residentBytes + second.residentBytes <= 90 * mebi)
      }
    }
  }

  @Test func aPauseOutlivesTheAgent() throws {
    let bench = Bench()
    for isPaused in [true, false] {
      var run = try bench.run()
      let line = FrameLine(try PacketSocket.connected(to: bench.settings.socket))
      var frame = Frame(.pauseWanted)
      frame.words[0] = isPaused ? 1 : 0
      try line.send(frame)
      #expect(try line.next()?.kind == .status)
      run.end()
      run = try bench.run()
      defer { run.end() }
      #expect(try bench.status().agent?.isPaused == isPaused)
    }
  }

  @Test func theGraceEndsWithoutThoseWhoStayAway() throws {
    let bench = Bench()
    bench.settings.graceMilliseconds = 2_000
    var run = try bench.run()
    let missing = try ScriptedProgram(bench, processID: getpid())
    #expect(try missing.join())
    run.end()
    run = try bench.run()
    defer { run.end() }
    let newcomer = try ScriptedProgram(bench, processID: getppid())
    try newcomer.hello()
    #expect(try !newcomer.awaitWelcome(seconds: 0.1))
    #expect(try newcomer.awaitWelcome())
  }

  @Test func aSecondAgentIsToldWhoWasFirst() throws {
    let bench = Bench()
    let run = try bench.run()
    defer { run.end() }
    // On the same socket.
    let refusal = #expect(throws: TestFault.self) { _ = try bench.run() }
    #expect(refusal?.description.contains("process \(getpid()) of user \(geteuid())") == true)
    // On another socket, for the same GPU.
    var settings = bench.settings
    settings.socket = bench.directory.appending("other.sock")
    let other = #expect(throws: TestFault.self) { _ = try AgentRun(settings, bench.readings) }
    let text = other?.description ?? ""
    #expect(text.contains("process \(getpid())") && text.contains("user \(geteuid())"))
    #expect(text.contains(bench.settings.socket.string))
    #expect(text.contains(ScriptedReadings.uuid))
    // The first one never noticed.
    _ = try bench.status()
  }

  @Test func aStaleSocketIsReplaced() throws {
    let bench = Bench()
    try bench.run().end()
    let run = try bench.run()
    defer { run.end() }
    _ = try bench.status()
  }

  @Test func settingsThatCanNotBe() throws {
    let bench = Bench()
    bench.settings.capacityBytes = 97 * mebi
    var fault = #expect(throws: TestFault.self) { _ = try bench.run() }
    #expect(fault?.description.contains("--capacity") == true)
    bench.settings.capacityBytes = 64 * mebi
    bench.settings.reserveBytes = 64 * mebi
    fault = #expect(throws: TestFault.self) { _ = try bench.run() }
    #expect(fault?.description.contains("--reserve") == true)
    bench.settings.reserveBytes = nil
    bench.settings.poolSizeBytes = 1 << 50
    fault = #expect(throws: TestFault.self) { _ = try bench.run() }
    #expect(fault?.description.contains("--pool-size") == true)
  }

  @Test func foreignMemoryShrinksTheRoomAndCapacityLeavesSome() throws {
    let bench = Bench()
    bench.settings.capacityBytes = 64 * mebi
    let run = try bench.run()
    defer { run.end() }
    // 32 MiB of the device are others' anyway; the next 16 MiB are felt.
    bench.readings.set(99_999, 32 * mebi)
    let program = try ScriptedProgram(bench, processID: getpid())
    #expect(try program.join())
    #expect(program.welcome?.words[0] == 60 * mebi)
    _ = try program.grow(to: 60 * mebi)
    try #require(try pump([program]) { program.isWhole })
    bench.readings.set(99_999, 48 * mebi)
    #expect(try eventually { try bench.status().gpus.first?.foreignBytes == 48 * mebi })
    // A plain client took room: it is made at once.
    try #require(try pump([program]) { program.residentBytes <= 44 * mebi })
    bench.readings.set(99_999, nil)
    try program.want()
    try #require(try pump([program]) { program.isWhole })
  }

  /// Only the driver's books know of a context that was made under the agent before.
  @Test func contextsFromBeforeTakeTheirRoom() throws {
    let bench = Bench()
    bench.settings.graceMilliseconds = 200
    var run = try bench.run()
    let first = try ScriptedProgram(bench, processID: getpid())
    #expect(try first.join())
    _ = try first.grow(to: 60 * mebi)
    try #require(try pump([first]) { first.isWhole })
    bench.readings.set(getpid(), 80 * mebi)
    run.end()

    run = try bench.run()
    defer { run.end() }
    try first.reconnect()
    #expect(try first.awaitWelcome())
    let second = try ScriptedProgram(bench, processID: getppid())
    #expect(try second.join())
    _ = try second.grow(to: 60 * mebi)
    let both = [first, second]
    try #require(try pump(both) { second.isWhole })
    // 20 MiB instead of the 6 of the reserve are gone.
    #expect(first.residentBytes + second.residentBytes <= 76 * mebi)
  }

  /// A program that finds less memory than the books had said does not wait for the next regular
  /// look.
  @Test func booksThatAreDoubtedAreReadAtOnce() throws {
    let bench = Bench()
    bench.settings.readingMilliseconds = 3_600_000
    let run = try bench.run()
    defer { run.end() }
    let program = try ScriptedProgram(bench, processID: getpid())
    #expect(try program.join())
    bench.readings.set(99_999, 16 * mebi)
    try program.tell(.returned, 1)
    #expect(try eventually { try bench.status().gpus.first?.foreignBytes == 16 * mebi })
  }

  /// A plain program ended since the last regular look.
  @Test func noGrowthIsRefusedByOldBooks() throws {
    let bench = Bench()
    bench.settings.readingMilliseconds = 3_600_000
    let run = try bench.run()
    defer { run.end() }
    let program = try ScriptedProgram(bench, processID: getpid())
    #expect(try program.join())
    bench.readings.set(99_999, 48 * mebi)
    try program.tell(.residueMeasured, 1 * mebi)
    #expect(try eventually { try bench.status().gpus.first?.foreignBytes == 48 * mebi })
    bench.readings.set(99_999, nil)
    _ = try program.grow(to: 80 * mebi)
    #expect(try pump([program]) { program.isWhole && program.residentBytes == 80 * mebi })
  }
}

@Suite(.serialized) struct ResidueTests {
  /// Memory is there before the program has counted it: within its credit it is no residue, which
  /// would take room from everybody.
  @Test func memoryNotCountedYetIsNoResidue() throws {
    let bench = Bench()
    let run = try bench.run()
    defer { run.end() }
    let first = try ScriptedProgram(bench, processID: getpid())
    #expect(try first.join())
    try first.tell(.residueMeasured, 1 * mebi)
    _ = try first.grow(to: 64 * mebi)
    try #require(try pump([first]) { first.isWhole })
    first.write(8 * mebi, ControlPage.Offset.residentBytes)
    // The books are read once more with each of these, and residue is believed when seen twice.
    for foreign in 1...4 as ClosedRange<UInt64> {
      bench.readings.set(99_999, foreign * mebi)
      #expect(try eventually { try bench.status().gpus.first?.foreignBytes == foreign * mebi })
    }
    let second = try ScriptedProgram(bench, processID: getppid())
    #expect(try second.join())
    _ = try second.grow(to: 16 * mebi)
    try #require(try pump([first, second]) { second.isWhole })
    #expect(first.isWhole && first.swapsOut == 0)
  }
}

/// What the driver's books say, read without a driver.
@Suite struct ReadingTests {
  /// A look that failed, however late, is no sign that the memory of a dead program is free.
  @Test func whatCannotBeReadIsNotFree() {
    var books = Books(deviceCount: 1)
    let late = 10 * Bounds.blindDeathMilliseconds * 1_000_000
    func isFree(_ use: GPUUse?, after nanoseconds: UInt64) -> Bool {
      books.showFree(7, use, gpu: 0, deadNanoseconds: nanoseconds)
    }
    let unnamed = GPUUse(usedBytes: 100, processes: nil)
    #expect(!isFree(nil, after: late))
    // A driver that names nobody never will.
    #expect(!isFree(unnamed, after: 0))
    #expect(isFree(unnamed, after: late))
    books.listProcesses[0] = true
    #expect(!isFree(unnamed, after: late))
    #expect(isFree(GPUUse(usedBytes: 100, processes: []), after: 0))
    let listed = GPUProcess(processID: 7, usedBytes: nil)
    #expect(!isFree(GPUUse(usedBytes: 100, processes: [listed]), after: late))
  }

  @Test func uuidsBecomeTheDriversBytes() {
    let device = GPUDevice(uuid: "GPU-00112233-4455-6677-8899-aabbccddeeff", totalBytes: 1)
    #expect(device.uuidWords?.0 == 0x7766_5544_3322_1100)
    #expect(device.uuidWords?.1 == 0xFFEE_DDCC_BBAA_9988)
    #expect(GPUDevice(uuid: "GPU-123", totalBytes: 1).uuidWords == nil)
  }

  @Test func missingIsNotZero() {
    let listed = GPUProcess(processID: 7, usedBytes: nil)
    let use = GPUUse(usedBytes: 100, processes: [listed])
    #expect(use.foreignBytes { $0 == 7 } == nil)
    #expect(use.foreignBytes { $0 == 8 } == 100)
    #expect(GPUUse(usedBytes: 100, processes: nil).foreignBytes { _ in true } == nil)
  }
}
