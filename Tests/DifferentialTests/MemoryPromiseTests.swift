import Foundation
import Testing

extension EndToEnd {
  /// What a program may rely on about its memory, wherever that is.
  @Suite(.enabled(if: Products.haveAgent)) struct MemoryPromiseTests {
    static func agent(link: String? = nil, _ more: String...) -> TestAgent {
      TestAgent(gpu: SimulatedGPU(memoryMiB: 64, link: link, more: more))
    }

    static func intact(_ promise: Promise, within seconds: Double = 20) {
      AbuseTests.intact(promise.program, seconds: seconds, promise.name)
    }

    /// Swapped out by a program that needs nearly all of the GPU.
    static func swappedOut(_ promise: Promise, by agent: TestAgent) -> Program {
      #expect(promise.isAt(1), "\(promise.lines)")
      let rival = agent.rival()
      #expect(promise.comesTo("swapped-out"), "\(String(describing: agent.status()))")
      #expect(rival.says(within: 10) { $0 == "ready" }, "\(rival.lines)")
      return rival
    }

    /// Kernels on one thread and copies on another never find their memory gone; it comes back
    /// as it was. A kernel takes a while, so that some are under way at every order to leave.
    @Test func kernelsAndCopiesFindTheirMemory() {
      let agent = Self.agent(link: "1GB/s", "kernel=1000us")
      let busy = Promise(agent, "busy")
      #expect(busy.isAt(1))
      let rival = agent.rival(mib: 40, rounds: 80)
      #expect(rival.finish(within: 15) == .exited(0), "\(rival.lines.suffix(3)) \(busy.lines)")
      let swaps = busy.status
      busy.go(1)
      Self.intact(busy, within: 10)
      #expect((swaps?.swapsOut ?? 0) >= 2, "\(String(describing: swaps))")
    }

    /// Kernels that were submitted and have not run yet are in the copy that leaves.
    @Test func submittedWorkIsInWhatLeaves() {
      let agent = Self.agent(link: nil, "kernel=100000us")
      let queued = Promise(agent, "queued")
      #expect(queued.isAt(1))
      let rival = Promise(agent, "hold", mib: 56)
      #expect(rival.isAt(1), "\(rival.lines)")
      rival.go(1)
      Self.intact(rival)
      queued.go(1)
      Self.intact(queued)
    }

    /// Copies may begin until the kernels are done; then they are waited for.
    @Test func copiesThatComeWhileKernelsDrainAreInWhatLeaves() {
      let agent = Self.agent(link: "20MB/s", "kernel=400000us")
      let copies = Promise(agent, "copies", of: "families")
      #expect(copies.isAt(1), "\(copies.lines)")
      copies.go(1)
      #expect(copies.isAt(2), "\(copies.lines)")
      let rival = agent.rival(mib: 24, rounds: 1)
      #expect(copies.comesTo("swapping-out"), "\(agent.shown)")
      copies.go(2)
      Self.intact(copies, within: 30)
      rival.signal(SIGKILL)
    }

    /// A driver looks at the addresses as soon as it is told of them.
    @Test func nodesNameMemoryThatIsSwappedOut() {
      let agent = Self.agent()
      let nodes = Promise(agent, "nodes", of: "families")
      let rival = Self.swappedOut(nodes, by: agent)
      nodes.go(1)
      #expect(nodes.isAt(2), "\(nodes.lines)")
      #expect(nodes.comesTo("swapped-out"), "\(agent.shown)")
      nodes.go(2)
      Self.intact(nodes)
      rival.signal(SIGKILL)
    }

    @Test func turnsGoOn() {
      let agent = Self.agent()
      let both = (1...2).map {
        agent.worker("worker-\($0)", "memory=40", "rounds=400", "check=50", "pause=2")
      }
      var fewest: UInt64 = 0
      _ = poll(8) {
        let swaps = agent.status()?.workloads.map(\.swapsOut) ?? []
        if swaps.count == 2 { fewest = min(swaps[0], swaps[1]) }
        return fewest >= 2 || both.contains { !$0.isRunning }
      }
      #expect(fewest >= 2, "\(agent.shown) \(both.map { $0.lines.suffix(2) })")
      for worker in both { AbuseTests.intact(worker, seconds: 20) }
    }

    /// The owner before leaves its bytes in the GPU's memory.
    @Test func newMemoryReadsZero() {
      let agent = Self.agent()
      let before = agent.worker("before", "memory=56", "rounds=1")
      AbuseTests.intact(before)
      let fresh = Promise(agent, "fresh", mib: 40)
      let rival = Self.swappedOut(fresh, by: agent)
      fresh.go(1)
      #expect(fresh.isAt(2))
      fresh.go(2)
      Self.intact(fresh)
      rival.signal(SIGKILL)
    }

    @Test func freedMemoryRestsWhileQueuedWorkUsesIt() {
      let agent = Self.agent(link: nil, "kernel=40000us")
      let quarantine = Promise(agent, "quarantine", mib: 8)
      Self.intact(quarantine)
    }

    /// As the driver would in `cuMemFree`, the program waits for the work that it freed under.
    @Test func moreIsFreedThanCanBeNoted() {
      let agent = Self.agent(link: nil, "kernel=1000000us")
      Self.intact(Promise(agent, "churn", mib: 8))
    }

    @Test func allocationsWhileSwappedOutOnlyReserve() {
      let agent = Self.agent()
      let reserve = Promise(agent, "reserve")
      let rival = Self.swappedOut(reserve, by: agent)
      let before = reserve.status?.residentBytes ?? .max
      reserve.go(1)
      #expect(reserve.isAt(2), "\(reserve.lines)")
      for word in ["free 0", "large 0", "small 0"] {
        #expect(reserve.lines.contains(word), "\(reserve.lines)")
      }
      let after = reserve.status
      #expect(after?.state == "swapped-out" && after?.residentBytes ?? .max <= before)
      reserve.go(2)
      Self.intact(reserve)
      rival.signal(SIGKILL)
    }

    /// What is freed while a capture is open serves again, though nothing may be synchronised then.
    @Test func memoryFreedWhileCapturingServesAgain() {
      let agent = Self.agent()
      Self.intact(Promise(agent, "churn", of: "families", mib: 8))
    }

    /// What was allocated in a context ends with it, though others go on.
    @Test func memoryOfAContextEndsWithIt() {
      let agent = Self.agent()
      let contexts = Promise(agent, "contexts", of: "families", mib: 8)
      #expect(contexts.isAt(1), "\(contexts.lines)")
      let footprint = contexts.status?.footprintBytes
      contexts.go(1)
      Self.intact(contexts)
      #expect(footprint ?? .max <= 16 << 20, "\(String(describing: footprint))")
      #expect(contexts.number("free what is gone") == 1)
    }

    /// Memory in stream order moves like any other, and no stream gets what another still uses.
    @Test func memoryInStreamOrderMoves() {
      let agent = Self.agent(link: nil, "kernel=20000us")
      let ordered = Promise(agent, "ordered", of: "families", mib: 16)
      let rival = Self.swappedOut(ordered, by: agent)
      rival.signal(SIGKILL)
      ordered.go(1)
      Self.intact(ordered)
      for word in ["used 0", "own again 1", "left 0"] {
        #expect(ordered.lines.contains(word), "\(ordered.lines)")
      }
    }

    /// Memory that graphs allocate moves like any other; what a launch left outlives its graph.
    @Test func memoryOfGraphsMoves() {
      let agent = Self.agent()
      let graphs = Promise(agent, "graphs", of: "families", mib: 16)
      let rival = Self.swappedOut(graphs, by: agent)
      rival.signal(SIGKILL)
      graphs.go(1)
      #expect(graphs.isAt(2), "\(graphs.lines)")
      let second = agent.rival()
      #expect(graphs.comesTo("swapped-out"), "\(agent.shown)")
      second.signal(SIGKILL)
      graphs.go(2)
      Self.intact(graphs)
      for word in ["range 1", "used 8388608", "kept 8388608", "again 1", "rest 0"] {
        #expect(graphs.lines.contains(word), "\(graphs.lines)")
      }
    }

    /// Where there is no memory for ours the driver's own node may do, and pins by name.
    @Test func graphsThatAllocateTooMuchStay() {
      let agent = Self.agent()
      let much = Promise(agent, "much", of: "families", mib: 8, options: ["--limit", "24Mi"])
      #expect(much.isAt(1), "\(much.lines)")
      #expect(much.comesTo("unswappable", within: 5), "\(agent.shown)")
      #expect(agent.shown.contains("\(much.name): unswappable, cuMemAllocAsync"), "\(agent.shown)")
      much.go(1)
      Self.intact(much)
    }

    /// A block that a stream freed, that another stream had since and freed in its turn, is not the
    /// first stream's to have back before the other's work is done.
    @Test func aBlockRestsForWhoFreedItLast() {
      let stale = Promise(
        Self.agent(link: nil, "kernel=20000us"), "stale", of: "families", mib: 16)
      Self.intact(stale)
      for word in ["same 1", "crossed 0"] {
        #expect(stale.lines.contains(word), "\(stale.lines)")
      }
    }

    /// Segments that a program maps itself, as PyTorch's expandable ones: swapped out like any
    /// memory, and what is unmapped and still held keeps its bytes.
    @Test func memoryThatTheProgramMapsMoves() {
      let agent = Self.agent()
      let segment = Promise(agent, "segment", of: "families", mib: 16)
      let rival = Self.swappedOut(segment, by: agent)
      rival.signal(SIGKILL)
      segment.go(1)
      #expect(segment.isAt(2), "\(segment.lines)")
      let second = agent.rival()
      #expect(segment.comesTo("swapped-out"), "\(String(describing: agent.status()))")
      second.signal(SIGKILL)
      segment.go(2)
      Self.intact(segment)
      for word in ["aligned 1", "fabric 801", "range 1", "free as if allocated 1"] {
        #expect(segment.lines.contains(word), "\(segment.lines)")
      }
    }

    /// Nothing is unmapped under work that runs, and nothing of it stays charged.
    @Test func mappingAndUnmappingGoOnAndOn() {
      let agent = Self.agent(link: nil, "kernel=10000us")
      let cycle = Promise(agent, "cycle", of: "families", mib: 16)
      Self.intact(cycle)
      #expect(cycle.number("kept") == 0 && cycle.number("much") == 2, "\(cycle.lines)")
    }

    @Test func questionsAreAnsweredWhileSwappedOut() {
      let agent = Self.agent()
      let ask = Promise(agent, "ask")
      let rival = Self.swappedOut(ask, by: agent)
      ask.go(1)
      #expect(ask.isAt(2), "\(ask.lines)")
      let answers = ask.lines.filter { $0.hasPrefix("answers ") }
      let right =
        "answers 0000000 base 1 bytes 1 type 2 device 0 managed 0 start 1"
        + " pointer 1 range 1 context 1"
      #expect(answers == [right, right])
      #expect(ask.status?.state == "swapped-out")
      ask.go(2)
      Self.intact(ask)
      rival.signal(SIGKILL)
    }

    /// Its numbers are its own, whatever a neighbour does; too much is refused with the numbers.
    @Test(arguments: [nil, "48Mi"])
    func theViewIsTheWorkloadsAlone(limit: String?) {
      let agent = Self.agent()
      let options = limit.map { ["--limit", $0] } ?? []
      let view = Promise(agent, "view", mib: 16, options: options)
      #expect(view.isAt(1), "\(view.lines)")
      let rival = agent.rival(mib: 40)
      #expect(rival.says(within: 10) { $0 == "round 3" })
      view.go(1)
      #expect(view.isAt(2))
      rival.signal(SIGKILL)
      _ = rival.finish(within: 5)
      view.go(2)
      Self.intact(view)
      let total = (limit == nil ? 60 : 48) << 20
      let views = view.lines.filter { $0.hasPrefix("view ") }
      let right = "view \(total - 16 << 20) \(total)"
      #expect(views == Array(repeating: right, count: 4), "\(view.lines)")
      #expect(view.number("much") == 2 && view.number("little more than free") == 2)
      let said = view.lines.filter {
        $0.hasPrefix("tidelock: an allocation of 16 GiB (17179869184 bytes)")
      }
      #expect(said.count == 1, "once, not at every try: \(view.lines)")
      for word in ["\(total >> 20) MiB (\(total) bytes) in all", "has 16 MiB", "--limit"] {
        #expect(said.first?.contains(word) == true, "\(word): \(said)")
      }
    }

    /// A program that was alone has a little credit and approval left over, however long ago it
    /// freed memory: with no agent at all it goes on allocating that much.
    @Test func aLittleMemoryNeedsNoAgent() {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: 512))
      let slack = Promise(agent, "slack")
      #expect(slack.isAt(1), "\(slack.lines)")
      #expect(poll(10) { slack.status?.footprintBytes == 40 << 20 }, "\(agent.shown)")
      agent.kill()
      slack.go(1)
      #expect(slack.number("grown", within: 5) == 0, "\(slack.lines)")
      Self.intact(slack)
    }

    // MARK: the driver's own out-of-memory

    @Test(arguments: ["cuCtxCreate_v2", "cuModuleLoadData", "cuLaunchKernel"])
    func outOfMemoryInTheDriverIsCured(call: String) {
      let agent = Self.agent()
      Self.intact(Promise(agent, "cure", fault: "\(call):1:2"))
    }

    @Test func outOfMemoryThatStaysIsTheProgramsToSee() {
      let agent = Self.agent()
      let incurable = Promise(agent, "incurable", fault: "cuLaunchKernel:1+:2")
      Self.intact(incurable)
      #expect(incurable.number("launch") == 2)
    }

    /// Two that just fit, so that nobody holds a lease; then each of them loads its kernel at the
    /// first launch, 7 MiB that nobody has.
    @Test(arguments: [[12, 44], [44, 12]])
    func kernelsThatLoadLateFindTheirRoom(mib: [Int]) {
      let agent = TestAgent(
        gpu: SimulatedGPU(memoryMiB: 64, more: ["lazy-load=7MiB"]), options: ["--reserve", "8Mi"])
      let both = mib.map { agent.worker("of-\($0)", "memory=\($0)", "rounds=30", "pause=5") }
      for program in both { AbuseTests.intact(program, seconds: 20) }
    }

    /// Given back is not free at once: creating is tried again.
    @Test func memoryThatIsFreedLateIsAwaited() {
      let agent = Self.agent(link: nil, "delayed-release=300")
      let first = Promise(agent, "idle")
      #expect(first.isAt(1))
      let second = Promise(agent, "hold")
      #expect(second.isAt(1), "\(second.lines)")
      second.go(1)
      Self.intact(second)
      first.go(1)
      first.go(2)
      Self.intact(first)
    }

    /// The one that comes in gets memory from one that is still leaving, and even stopped half way.
    @Test func roomIsPassedOnAsItIsGivenUp() {
      let agent = Self.agent(link: "40MB/s")
      let both = TurnPromiseTests.takingTurns(agent)
      // Of the 20 MiB that one lacks the other has given up some: 60 MiB have room.
      var wasHalfWay = false
      for turn in 1...10 where !wasHalfWay {
        for (comer, leaver) in [(both[0], both[1]), (both[1], both[0])] where !wasHalfWay {
          comer.go(turn)
          _ = poll(10) { leaver.residentMiB < 37 || comer.took(turn) }
          leaver.program.signal(SIGSTOP)
          wasHalfWay = leaver.residentMiB > 23
          if wasHalfWay {
            #expect(poll(5) { comer.residentMiB > 22 }, "\(agent.shown)")
            #expect(leaver.residentMiB > 23, "\(agent.shown)")
          }
          leaver.program.signal(SIGCONT)
          #expect(comer.number("turn \(turn)") != nil, "\(comer.lines)")
        }
      }
      #expect(wasHalfWay)
    }
  }
}
