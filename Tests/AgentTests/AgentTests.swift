import ControlAPI
import Glibc
import Host
import SystemPackage
import Testing
import Wire

@testable import Agent

private let mebi: UInt64 = 1 << 20

@Suite(.serialized) struct AgentTests {
  @Test func twoThatDoNotFitTakeTurns() throws {
    let bench = Bench()
    let run = try bench.run()
    defer { run.end() }
    let first = try ScriptedProgram(bench, processID: getpid())
    let second = try ScriptedProgram(bench, processID: getppid())
    let both = [first, second]
    #expect(try first.join())
    #expect(try second.join())
    #expect(first.welcome?.words[0] == 90 * mebi)
    let one = try first.grow(to: 64 * mebi)
    try #require(try pump(both) { first.approvals.contains(one) })
    #expect(first.isWhole)
    let two = try second.grow(to: 64 * mebi)
    try #require(try pump(both) { second.approvals.contains(two) })
    // Whoever can not run asks; each time the other one leaves.
    for _ in 0..<6 {
      for (program, other) in [(first, second), (second, first)] where !program.isWhole {
        try program.want()
        try #require(try pump(both) { program.isWhole })
        #expect(!other.isWhole)
        #expect(first.residentBytes + second.residentBytes <= 90 * mebi)
      }
    }
    #expect(first.swapsOut >= 3 && second.swapsOut >= 3)
    #expect(first.creditBytes + second.creditBytes <= 90 * mebi)
    #expect(first.leaseBytes >= 38 * mebi && second.leaseBytes >= 38 * mebi)
    let status = try bench.status()
    #expect(status.pool.leasedBytes <= status.pool.sizeBytes)
    let agent = try #require(status.agent)
    #expect(agent.populatedBytes >= status.pool.leasedBytes)
    #expect(agent.switches >= 6)
    #expect(agent.violations == 0)
  }

  @Test func anAgentEndsWhenNobodyIsLeftAndNoSooner() throws {
    let bench = Bench()
    bench.settings.idleExitMilliseconds = 200
    let left = try bench.run()
    #expect(eventually { left.isOver })
    left.end()
    let run = try bench.run()
    defer { run.end() }
    // As `tidelock run` does; this process then is the program, which lives.
    let line = FrameLine(try PacketSocket.connected(to: bench.settings.socket))
    try line.send(Frame(.launchWanted))
    #expect(try line.next()?.kind == .launch)
    #expect(!eventually(seconds: 1) { run.isOver }, "it left a program that had not come yet")
  }

  /// Like `tidelock run tmux`: who was launched has ended, and its daemon may start programs yet.
  @Test func anAgentStaysForWhatWasLeftBehind() throws {
    let bench = Bench()
    bench.settings.idleExitMilliseconds = 100
    let daemon = try Daemon("TIDELOCK_SOCKET=\(bench.settings.socket)")
    let run = try bench.run()
    defer { run.end() }
    #expect(!eventually(seconds: 1) { run.isOver }, "it left a daemon that programs come from")
    daemon.end()
    #expect(eventually { run.isOver })
  }

  /// A process that does nothing, with one variable in its environment.
  private final class Daemon {
    private var process: pid_t = 0

    init(_ setting: String) throws {
      var words = [strdup("sleep"), strdup("60"), nil]
      var variables = [strdup(setting), nil]
      defer { for text in words + variables { free(text) } }
      try #require(posix_spawn(&process, "/bin/sleep", nil, nil, &words, &variables) == 0)
    }
    deinit { end() }

    func end() {
      guard process > 0 else { return }
      kill(process, SIGKILL)
      waitpid(process, nil, 0)
      process = 0
    }
  }

  @Test func aSwitchTakesFewSystemCalls() throws {
    let bench = Bench()
    bench.settings.readingMilliseconds = 60_000
    let run = try bench.run()
    defer { run.end() }
    let first = try ScriptedProgram(bench, processID: getpid())
    let second = try ScriptedProgram(bench, processID: getppid())
    let both = [first, second]
    #expect(try first.join() && second.join())
    _ = try first.grow(to: 64 * mebi)
    try #require(try pump(both) { first.isWhole })
    _ = try second.grow(to: 64 * mebi)
    try #require(try pump(both) { second.approvals.count == 1 })
    let before = try #require(try bench.status().agent)
    for _ in 0..<10 {
      let next = first.isWhole ? second : first
      try next.want()
      try #require(try pump(both) { next.isWhole })
    }
    let after = try #require(try bench.status().agent)
    let switches = after.switches - before.switches
    #expect(switches >= 10)
    // One status question is in it.
    let perSwitch = Double(after.systemCalls - before.systemCalls) / Double(switches)
    print("agent: \(perSwitch) system calls per switch")
    // The programs have the rest of the 24 that the goal allows.
    #expect(perSwitch <= 14)
  }

  @Test func aClosedSocketOfALivingProcessStaysCharged() throws {
    let bench = Bench()
    let run = try bench.run()
    defer { run.end() }
    let first = try ScriptedProgram(bench, processID: getpid())
    #expect(try first.join())
    _ = try first.grow(to: 80 * mebi)
    try #require(try pump([first]) { first.isWhole })
    first.line.close()
    #expect(try eventually { try bench.status().workloads.first?.state == .stuck })
    let status = try bench.status()
    #expect(status.workloads.first?.footprintBytes == 80 * mebi)
    // Another one finds no room while the first may still hold it.
    let second = try ScriptedProgram(bench, processID: getppid())
    #expect(try second.join())
    _ = try second.grow(to: 40 * mebi)
    #expect(try !pump([second], seconds: 0.5) { second.isWhole })
    // It comes back with what it has and is obeyed again.
    try first.reconnect()
    #expect(try first.awaitWelcome())
    try #require(try pump([first, second]) { second.isWhole })
    #expect(first.residentBytes + second.residentBytes <= 90 * mebi)
  }

  @Test func theKilledFreeTheirMemory() async throws {
    let bench = Bench()
    let run = try bench.run()
    defer { run.end() }
    let directory: String = bench.directory.string
    await #expect(processExitsWith: .signal(SIGKILL)) { [directory = directory as String] in
      try dieInMidLife(directory)
    }
    // The books still list the child's memory only in the child's own script: here it is gone.
    #expect(try eventually { try bench.status().workloads.isEmpty })
    #expect(try eventually { try bench.status().pool.leasedBytes == 0 })
    #expect(try bench.status().agent?.populatedBytes == 0)
    let next = try ScriptedProgram(bench, processID: getppid())
    #expect(try next.join())
    _ = try next.grow(to: 90 * mebi)
    try #require(try pump([next]) { next.isWhole })
  }

  @Test func theDeadStayChargedUntilTheBooksShowThemFree() async throws {
    let bench = Bench()
    let run = try bench.run()
    defer { run.end() }
    let directory: String = bench.directory.string
    let late = bench.directory.appending("child")
    bench.readings.listLate(late.string, 80 * mebi)
    defer { _ = late.withPlatformString { unlink($0) } }
    await #expect(processExitsWith: .signal(SIGKILL)) { [directory = directory as String] in
      try dieInMidLife(directory, listed: true)
    }
    let next = try ScriptedProgram(bench, processID: getppid())
    #expect(try next.join())
    _ = try next.grow(to: 64 * mebi)
    #expect(try !pump([next], seconds: 0.5) { next.isWhole })
    bench.readings.listLate(nil)
    try #require(try pump([next]) { next.isWhole })
  }
}

/// Runs in a process of its own: joins, takes 80 MiB, dies of SIGKILL.
func dieInMidLife(_ directory: String, listed: Bool = false) throws {
  let bench = Bench(joining: FilePath(directory))
  let program = try ScriptedProgram(bench, processID: getpid())
  guard try program.join() else { exit(3) }
  _ = try program.grow(to: 80 << 20)
  guard try pump([program], until: { program.isWhole }) else { exit(4) }
  if listed {
    let path = FilePath(directory).appending("child").string
    let file = open(path, O_CREAT | O_WRONLY, 0o600)
    let text = String(getpid())
    _ = text.withCString { write(file, $0, strlen($0)) }
    close(file)
  }
  kill(getpid(), SIGKILL)
}
