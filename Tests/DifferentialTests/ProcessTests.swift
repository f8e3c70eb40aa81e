import Foundation
import Testing

extension EndToEnd {
  /// Children, threads, descriptors and every way to end, while memory comes and goes.
  @Suite(.enabled(if: Products.haveAgent)) struct ProcessTests {
    static func agent(_ more: [String] = []) -> TestAgent {
      TestAgent(
        gpu: SimulatedGPU(memoryMiB: AbuseTests.memoryMiB, more: more),
        options: ["--reserve", "8Mi"])
    }

    static func act(_ agent: TestAgent, _ act: String, mib: Int = 40) -> Promise {
      Promise(agent, act, of: "processes", mib: mib)
    }

    /// Lets a rival have the GPU for some rounds and ends it; then everything must be intact.
    static func withRival(_ agent: TestAgent, _ promise: Promise, rounds: Int = 12) {
      let before = promise.status?.swapsOut ?? 0
      let rival = agent.run("rival", "worker", ["memory=40", "rounds=\(rounds)", "check=4"])
      AbuseTests.intact(rival, "the rival")
      #expect((promise.status?.swapsOut ?? 0) > before, "\(promise.lines)")
    }

    static func ends(_ promise: Promise, _ agent: TestAgent) {
      promise.go(1)
      AbuseTests.intact(promise.program)
      AbuseTests.settled(agent)
    }

    /// It goes on with what the act's name says while another program takes turns with it.
    @Test(arguments: ["spawner", "threads", "contexts", "select-server"])
    func goesOnWhileTakingTurns(act: String) {
      let agent = Self.agent()
      let promise = Self.act(agent, act)
      #expect(promise.isAt(1, within: 20), "\(promise.lines)")
      Self.withRival(agent, promise)
      Self.ends(promise, agent)
    }

    /// Where membarrier is refused, from the start or in the midst of it, each call has a fence.
    @Test(arguments: [1, 2])
    func membarrierIsRefused(when: Int) {
      let agent = Self.agent()
      let both = ["first", "second"].map {
        agent.worker($0, "memory=40", "confined=\(when)", "rounds=150", "check=10", "pause=5")
      }
      var swaps: [String: UInt64] = [:]
      _ = poll(60) {
        for workload in agent.status()?.workloads ?? [] { swaps[workload.name] = workload.swapsOut }
        return both.allSatisfy { !$0.isRunning }
      }
      for program in both { AbuseTests.intact(program) }
      #expect(swaps.count == 2 && swaps.values.allSatisfy { $0 >= 2 }, "\(swaps)")
    }

    @Test func forkedBeforeTheDriverStarts() {
      let agent = Self.agent()
      let promise = Self.act(agent, "early-fork")
      let both = {
        promise.lines.filter { $0 == "at 1" }.count == 2 && agent.status()?.workloads.count == 2
      }
      #expect(poll(20) { both() }, "\(promise.lines)")
      promise.go(1)
      AbuseTests.intact(promise.program)
      #expect(promise.lines.filter { $0 == "intact" }.count == 2, "\(promise.lines)")
      AbuseTests.settled(agent)
    }

    @Test func hundredsOfShortLivedChildrenLeaveNothing() {
      let agent = Self.agent()
      let other = agent.worker("other", AbuseTests.programMiB, "rounds=1000", "pause=5")
      #expect(poll(20) { other.round >= 3 })
      let promise = Self.act(agent, "short-lived")
      AbuseTests.intact(promise.program, seconds: 60)
      #expect(other.isRunning)
      other.signal(SIGKILL)
      _ = other.finish(within: 5)
      AbuseTests.settled(agent)
    }

    /// The same process, another program: what the first one held is given back, and the second
    /// one is served like any other.
    @Test(arguments: [false, true])
    func becomesAnotherProgram(whileSwappedOut: Bool) {
      let agent = Self.agent()
      let promise = Self.act(agent, "exec")
      #expect(promise.isAt(1, within: 20), "\(promise.lines)")
      let rival = whileSwappedOut ? agent.rival(mib: 40) : nil
      if rival != nil { #expect(promise.comesTo("swapped-out")) }
      promise.go(1)
      #expect(promise.isAt(2, within: 30), "\(promise.lines) \(String(describing: agent.status()))")
      #expect(poll(5) { promise.status?.footprintBytes == 40 << 20 })
      rival?.signal(SIGKILL)
      _ = rival?.finish(within: 5)
      promise.go(2)
      AbuseTests.intact(promise.program)
      AbuseTests.settled(agent)
    }

    /// Made past the C library, it keeps descriptors, and can do nothing with them.
    @Test func whatIsClonedPastTheLibrarySeesNothing() {
      let agent = Self.agent()
      let promise = Self.act(agent, "raw-clone")
      #expect(promise.isAt(1, within: 20), "\(promise.lines)")
      promise.program.signal(SIGKILL)
      #expect(promise.program.finish(within: 5) == .signalled(SIGKILL))
      #expect(poll(10) { promise.lines.contains { $0.hasPrefix("copy ") } }, "\(promise.lines)")
      #expect(promise.lines.contains("mappings 0") && promise.lines.contains("copy 1"))
      AbuseTests.settled(agent)
    }

    @Test func waitingThreadsAreCancelled() {
      let agent = Self.agent()
      let promise = Self.act(agent, "cancel")
      #expect(promise.isAt(1, within: 20), "\(promise.lines)")
      let rival = agent.rival(mib: 40)
      #expect(promise.comesTo("swapped-out"))
      let command = { CommandTests.tidelock([$0, "--socket", agent.socket]).finish(within: 5) }
      #expect(command("pause") == .exited(0))
      promise.go(1)
      #expect(promise.isAt(2), "\(promise.lines)")
      #expect(promise.status?.state == "waiting")
      promise.go(2)
      #expect(promise.isAt(3), "\(promise.lines)")
      #expect(command("resume") == .exited(0))
      // It has its place in the queue, though nobody is left to use it.
      #expect(poll(20) { (promise.status?.swapsIn ?? 0) > 0 }, "\(promise.lines)")
      let round = rival.round
      #expect(poll(20) { rival.round > round + 3 }, "\(String(describing: agent.status()))")
      promise.go(3)
      AbuseTests.intact(promise.program)
      rival.signal(SIGKILL)
      _ = rival.finish(within: 5)
      AbuseTests.settled(agent)
    }

    @Test func thePrimaryContextIsResetWhileSwappedOut() {
      let agent = Self.agent()
      let promise = Self.act(agent, "reset")
      #expect(promise.isAt(1, within: 20), "\(promise.lines)")
      let rival = agent.rival(mib: 40, rounds: 200)
      #expect(promise.comesTo("swapped-out"))
      promise.go(1)
      #expect(promise.isAt(2, within: 30), "\(promise.lines)")
      promise.go(2)
      AbuseTests.intact(promise.program)
      AbuseTests.intact(rival, seconds: 60)
      AbuseTests.settled(agent)
    }

    static let ways = ["return", "exit", "_exit", "abort", "quick_exit", "term"]
    static let moments =
      ways.map { ["swapping-out", $0] }
      + ["return", "quick_exit", "term"].map { ["swapping-in", $0] }

    static func ending(_ way: String) -> Program.Ending {
      switch way {
      case "abort": .signalled(SIGABRT)
      case "term": .signalled(SIGTERM)
      default: .exited(7)
      }
    }

    /// The end comes while its memory is moving, out or in, with a thread that waits for it: the
    /// status is the program's own, and everybody gets back what it held.
    @Test(arguments: moments)
    func endsWhileItsMemoryMoves(moment: [String]) {
      let (state, way) = (moment[0], moment[1])
      // Most of a second for the way out or the way in.
      let slow = state == "swapping-out" ? "link-out=30MB/s" : "link-in=40MB/s"
      let agent = Self.agent([slow])
      let promise = Self.act(agent, way)
      #expect(promise.isAt(1, within: 20), "\(promise.lines)")
      if state == "swapping-in" { promise.go(3) }
      let rival = agent.rival(mib: 40, rounds: 20)
      if state == "swapping-in" { #expect(promise.comesTo("swapped-out")) }
      promise.go(1)
      #expect(promise.comesTo(state), "\(String(describing: agent.status()))")
      promise.go(2)
      #expect(promise.program.finish(within: 8) == Self.ending(way), "\(promise.lines)")
      AbuseTests.intact(rival)
      AbuseTests.settled(agent)
    }

    /// What Tidelock opens stands neither in the way of the numbers that programs get, nor above
    /// those that select() knows.
    @Test func descriptorsAreOutOfTheWay() {
      let agent = Self.agent()
      let steps = Products.scratch + "/tidelock-steps-\(UUID().uuidString)"
      defer { unlink(steps + ".1") }
      let plain = Program(
        Products.client("processes"), ["low-numbers", steps, "8"],
        on: SimulatedGPU(memoryMiB: AbuseTests.memoryMiB))
      #expect(plain.says(within: 10) { $0 == "at 1" }, "\(plain.lines)")
      _ = FileManager.default.createFile(atPath: steps + ".1", contents: nil)
      AbuseTests.intact(plain)
      let promise = Self.act(agent, "low-numbers")
      #expect(promise.isAt(1, within: 20), "\(promise.lines)")
      let next = { (lines: [String]) in lines.first { $0.hasPrefix("next ") } }
      #expect(next(plain.lines) != nil && next(plain.lines) == next(promise.lines))
      #expect((promise.number("highest") ?? Int.max) < 1024)
      Self.withRival(agent, promise)
      Self.ends(promise, agent)
    }

    @Test func aLowLimitOfDescriptorsIsEnough() {
      let agent = Self.agent()
      let promise = Self.act(agent, "few-descriptors")
      #expect(promise.isAt(1, within: 20), "\(promise.lines)")
      #expect((promise.number("opened") ?? 0) >= 32)
      Self.withRival(agent, promise)
      Self.ends(promise, agent)
    }
  }
}
