import Foundation
import Testing

extension EndToEnd {
  /// What people and machines do to programs and agents, and what must become of it: a clear word,
  /// and nobody else's bytes lost.
  @Suite(.enabled(if: Products.haveAgent)) struct AbuseTests {
    /// Two programs of `programMiB` do not fit into `memoryMiB` together.
    static let memoryMiB = 64
    static let programMiB = "memory=40"

    /// An agent on a GPU whose link takes a fifth of a second for one program.
    static func slowAgent(options: [String] = []) -> TestAgent {
      TestAgent(gpu: SimulatedGPU(memoryMiB: memoryMiB, link: "200MB/s"), options: options)
    }

    static func intact(_ program: Program, seconds: Double = 40, _ what: String = "") {
      let ending = program.finish(within: seconds)
      let tail = program.lines.suffix(4).joined(separator: " | ")
      #expect(ending == .exited(0), "\(what) \(ending): \(tail)")
      #expect(program.lines.contains("intact"), "\(what): \(tail)")
    }

    /// Everything that programs held is given back.
    static func settled(_ agent: TestAgent, within seconds: Double = 5) {
      #expect(
        poll(seconds) {
          guard let status = agent.status() else { return false }
          return status.workloads.isEmpty && status.gpus[0].residentBytes == 0
            && status.pool.leasedBytes == 0
        }, "\(String(describing: agent.status()))")
    }

    @Test(arguments: ["swapping-out", "swapping-in"])
    func whoIsKilledWhileSwappingLeavesNothing(state: String) {
      let agent = Self.slowAgent()
      let first = agent.worker("first", Self.programMiB, "rounds=400", "check=50")
      let second = agent.worker("second", Self.programMiB, "rounds=60", "check=20")
      let caught = poll(30) {
        guard agent.status()?.workload("first")?.state == state else { return false }
        first.signal(SIGKILL)
        return true
      }
      #expect(caught, "never seen \(state)")
      #expect(first.finish(within: 5) == .signalled(SIGKILL))
      Self.intact(second, "the other program")
      Self.settled(agent)
    }

    @Test func agentKilledAndRestarted() {
      let agent = Self.slowAgent()
      let first = agent.worker("first", Self.programMiB, "rounds=80", "check=20")
      let second = agent.worker("second", Self.programMiB, "rounds=80", "check=20")
      for goal in [10, 30] {
        #expect(poll(40) { first.round + second.round >= goal })
        #expect(agent.killAndRestart(), "\(agent.program.lines.suffix(3))")
      }
      Self.intact(first)
      Self.intact(second)
      Self.settled(agent)
    }

    /// The second program has its order to come in, and waits for memory that the first gives up
    /// chunk by chunk, when the agent that promised it dies.
    @Test func agentKilledWhileOneEnters() {
      let agent = TestAgent(
        gpu: SimulatedGPU(memoryMiB: Self.memoryMiB, more: ["link-out=20MB/s"]))
      let words = [Self.programMiB, "rounds=30", "check=0", "pause=20"]
      let first = agent.run("first", "worker", words)
      #expect(poll(20) { first.round >= 3 })
      let second = agent.run("second", "worker", words)
      #expect(poll(30) { agent.status()?.workload("second")?.state == "swapping-in" })
      #expect(agent.killAndRestart(), "\(agent.program.lines.suffix(3))")
      Self.intact(first, seconds: 10)
      Self.intact(second, seconds: 10)
      Self.settled(agent)
    }

    /// A pinned program stays pinned under the next agent.
    @Test func pinnedProgramMeetsTheNextAgent() {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: Self.memoryMiB))
      let pinned = agent.worker("pinned", "memory=8", "pin=1", "rounds=1000", "pause=20")
      let isNamed = { poll(5) { agent.status()?.workload("pinned")?.state == "unswappable" } }
      #expect(isNamed(), "\(String(describing: agent.status()))")
      #expect(agent.killAndRestart(), "\(agent.program.lines.suffix(3))")
      #expect(isNamed(), "\(String(describing: agent.status()))")
      pinned.signal(SIGKILL)
      _ = pinned.finish(within: 5)
    }

    /// A capture that ended with its stream holds nobody up.
    @Test func captureEndsWithItsStream() {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: Self.memoryMiB))
      let first = agent.worker("first", Self.programMiB, "capture=1", "rounds=9000", "pause=5")
      #expect(poll(20) { first.round >= 3 })
      Self.intact(agent.worker("second", Self.programMiB, "rounds=5"), seconds: 8)
      #expect(first.round < 9000)
      first.signal(SIGKILL)
      _ = first.finish(within: 5)
    }

    /// Nothing of ours spoils a capture, of either kind, while programs take turns.
    @Test func capturesAreNotSpoilt() {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: Self.memoryMiB))
      let words = [Self.programMiB, "rounds=60", "check=30", "graphs=20"]
      let first = agent.run("first", "worker", words)
      let second = agent.run("second", "worker", words)
      Self.intact(first)
      Self.intact(second)
    }

    /// More threads than the agent answers at a time, freeing and allocating near what they are
    /// shown: nobody is refused what a driver would have given, and no block is seen by two.
    @Test(arguments: [UInt64(1), 2, 3, 4, 5])
    func manyThreadsAllocateAndNoneIsRefused(seed: UInt64) {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: 96))
      let words = ["40", "60", "900", "\(seed)"]
      let first = agent.run("first", "threads", words)
      let second = agent.run("second", "threads", words)
      Self.intact(first, "seed \(seed)")
      Self.intact(second, "seed \(seed)")
      Self.intact(agent.run("only", "threads", words), "alone, seed \(seed)")
      Self.settled(agent)
    }

    /// What was freed may be taken by others, and more be freed meanwhile: it is waited for again.
    @Test func freedMemoryIsWaitedForAsOftenAsItIsTaken() {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: 64))
      let meeting = Promise(
        agent, "settle", of: "meeting", mib: 32, options: ["--limit", "32Mi"])
      Self.intact(meeting.program, seconds: 20)
    }

    @Test func residentProgramGoesOnWithoutAgent() {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: Self.memoryMiB))
      let only = agent.worker("only", Self.programMiB, "rounds=60", "pause=20")
      #expect(poll(20) { only.round >= 5 })
      agent.kill()
      Self.intact(only)
    }

    /// A program outside Tidelock holds a fifth of the GPU for a while. What it holds is
    /// subtracted, and what it gives back is used again; it may come a second time, and be refused
    /// then.
    @Test func plainClientTakesAndGivesBack() {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: Self.memoryMiB))
      let plain = { (rounds: Int) in
        Program(
          Products.client("worker"), ["memory=12", "rounds=\(rounds)", "pause=20"],
          on: agent.gpu)
      }
      let early = plain(60)
      #expect(poll(10) { early.round >= 3 })
      let first = agent.worker("first", Self.programMiB, "rounds=150", "check=50", "pause=10")
      let second = agent.worker("second", Self.programMiB, "rounds=150", "check=50", "pause=10")
      Self.intact(early, seconds: 30, "plain client")
      #expect(poll(30) { first.round + second.round >= 20 })
      let late = plain(10)
      let ending = late.finish(within: 30)
      #expect(ending == .exited(0) || ending == .exited(3), "\(late.lines.suffix(3))")
      Self.intact(first)
      Self.intact(second)
    }

    @Test func stoppedProgramIsNamedAndGoesOn() {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: Self.memoryMiB))
      let first = agent.worker("first", Self.programMiB, "rounds=50", "pause=20", "check=50")
      #expect(poll(20) { first.round >= 5 })
      first.signal(SIGSTOP)
      let second = agent.worker("second", Self.programMiB, "rounds=10")
      #expect(
        poll(25) { agent.status()?.workload("first")?.state == "stuck" },
        "\(String(describing: agent.status()))")
      #expect(second.round == 0, "nobody runs in a stopped program's memory")
      first.signal(SIGCONT)
      Self.intact(second)
      Self.intact(first)
    }

    /// Three seconds of kernels, queued before anybody else came: a drain sees no progress in two
    /// seconds, yet the queue ends. It is nobody's fault, and the newcomer comes in then, although
    /// there is more to do; not three seconds later, when it would be tried again. A machine that
    /// is busy elsewhere may need some tries to show it.
    @Test func longQueueIsNotUndrainable() {
      var quickest = Double.infinity
      for _ in 1...3 where quickest >= 1 { quickest = min(quickest, Self.lateness()) }
      #expect(quickest < 1, "\(quickest) seconds after the end of the queue")
    }

    /// Seconds from the end of the queue until the newcomer has its memory.
    private static func lateness() -> Double {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: memoryMiB, more: ["kernel=20000us"]))
      let words = [programMiB, "blocks=1", "rounds=2", "check=0"]
      let queuer = agent.run("queuer", "worker", words + ["queue=150"])
      #expect(poll(20) { queuer.output.contains("ready") })
      let newcomer = agent.run("newcomer", "worker", words)
      var states: Set<String> = []
      var ended: Date?
      let cameIn = poll(20) {
        states.insert(agent.status()?.workload("queuer")?.state ?? "none")
        if ended == nil, queuer.round == 1 { ended = Date() }
        return newcomer.output.contains("ready")
      }
      let lateness = ended.map { Date().timeIntervalSince($0) } ?? .infinity
      #expect(cameIn, "\(states)")
      #expect(!states.contains("undrainable"), "\(states)")
      intact(newcomer)
      intact(queuer)
      return lateness
    }

    @Test func forkedChildSeesNothing() {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: Self.memoryMiB))
      let parent = agent.worker("parent", Self.programMiB, "fork=1", "rounds=1000", "pause=20")
      #expect(poll(20) { parent.round >= 3 })
      parent.signal(SIGKILL)
      #expect(parent.finish(within: 5) == .signalled(SIGKILL))
      #expect(poll(5) { parent.output.contains("child ") })
      let word = parent.lines.first { $0.hasPrefix("child ") }
      #expect(word == "child mappings 0 descriptors 0 copy refused")
      Self.settled(agent, within: 2)
    }

    @Test func closedDescriptors() {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: Self.memoryMiB))
      let words = [Self.programMiB, "rounds=150", "check=50", "pause=3"]
      let first = agent.run("first", "worker", words + ["close=1"])
      let second = agent.run("second", "worker", words)
      Self.intact(first)
      Self.intact(second)
    }

    /// What a program closed of ours it has again a second later, to hand to the next agent.
    @Test func closedDescriptorsThenAnotherAgent() {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: Self.memoryMiB))
      let words = [Self.programMiB, "rounds=300", "check=50", "pause=10", "close=1"]
      let first = agent.run("first", "worker", words)
      let second = agent.run("second", "worker", words)
      #expect(poll(40) { first.round >= 150 && second.round >= 150 })
      #expect(agent.killAndRestart(), "\(agent.program.lines.suffix(3))")
      #expect(poll(10) { agent.status()?.workloads.count == 2 })
      Self.intact(first)
      Self.intact(second)
      Self.settled(agent)
    }

    @Test(arguments: ["return", "exit", "_exit", "abort", "quick_exit", "pthread_exit"])
    func exitsKeepTheirStatus(way: String) {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: Self.memoryMiB))
      let words = ["memory=8", "rounds=2", "flight=1", "exit=\(way)", "status=7"]
      let plain = Program(
        Products.client("worker"), words, on: SimulatedGPU(memoryMiB: Self.memoryMiB))
      let under = agent.run("leaver", "worker", words)
      if way == "pthread_exit" {
        // The driver's threads outlive a main thread that ends alone: nothing to wait for.
        for program in [plain, under] {
          #expect(program.says(within: 20) { $0 == "intact" }, "\(program.lines)")
          #expect(stays(for: 0.5) { program.isRunning })
          program.signal(SIGKILL)
        }
      }
      let expected: [String: Program.Ending] = [
        "abort": .signalled(SIGABRT), "pthread_exit": .signalled(SIGKILL),
      ]
      for program in [plain, under] {
        #expect(program.finish(within: 8) == expected[way, default: .exited(7)])
      }
      Self.settled(agent)
    }

    /// Four contexts and their modules take more than the reserve's floor on so small a GPU.
    @Test func whoExitsWhileSwappedOutLeavesNothing() {
      let agent = Self.slowAgent(options: ["--reserve", "8Mi"])
      let stays = agent.worker("stays", Self.programMiB, "rounds=150", "check=50")
      let leaves = (0..<3).map {
        agent.worker("leaves-\($0)", Self.programMiB, "rounds=5", "flight=1", "status=7")
      }
      for leaver in leaves {
        #expect(leaver.finish(within: 40) == .exited(7), "\(leaver.lines.suffix(3))")
      }
      Self.intact(stays)
      Self.settled(agent)
    }

    @Test func programLargerThanTheGPU() {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: Self.memoryMiB))
      let large = agent.worker("large", "memory=200", "blocks=1")
      #expect(large.finish(within: 20) == .exited(3))
      #expect(large.lines.contains("refused cuMemAlloc_v2 2"), "\(large.lines)")
      #expect(large.output.contains("200 MiB (209715200 bytes) does not fit"), "\(large.lines)")
      Self.intact(agent.worker("small", "memory=8"))
    }

    @Test func poolTooSmall() {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: Self.memoryMiB), pool: "8Mi")
      let first = agent.worker("first", Self.programMiB, "rounds=100", "pause=20")
      #expect(poll(20) { first.round >= 3 })
      let second = agent.worker("second", Self.programMiB, "rounds=3")
      #expect(second.finish(within: 30) == .exited(3))
      #expect(second.lines.contains("refused cuMemAlloc_v2 2"), "\(second.lines)")
      for word in ["--pool-size", "--limit", "8 MiB"] {
        #expect(second.output.contains(word), "no \(word) in \(second.lines)")
      }
      Self.intact(first)
    }
  }
}
