import Foundation
import Testing

extension EndToEnd {
  /// What a program does while it is asked to leave, waits or ends, and what becomes of the others.
  @Suite(.enabled(if: Products.haveAgent)) struct TurnPromiseTests {
    static func agent(link: String? = nil, _ more: String...) -> TestAgent {
      TestAgent(gpu: SimulatedGPU(memoryMiB: 64, link: link, more: more))
    }

    static func intact(_ promise: Promise, within seconds: Double = 20) {
      MemoryPromiseTests.intact(promise, within: seconds)
    }

    /// Two that do not fit together; the second one is in.
    static func takingTurns(_ agent: TestAgent) -> [Promise] {
      (1...2).map { _ in
        let promise = Promise(agent, "turns")
        #expect(promise.isAt(1, within: 20), "\(promise.lines)")
        return promise
      }
    }

    static func wholly(_ rival: Program) -> Bool { rival.says(within: 8) { $0 == "round 1" } }

    /// Nothing moves while a stream captures; the graph is right wherever it is launched.
    @Test func anOpenCaptureIsNamed() {
      let agent = Self.agent()
      let capture = Promise(agent, "capture")
      #expect(capture.isAt(1))
      let rival = agent.rival()
      #expect(poll(8) { agent.shown.contains("\(capture.name): resident, a stream capture") })
      #expect(capture.status?.swapsOut == 0 && rival.round == 0)
      capture.go(1)
      #expect(Self.wholly(rival), "\(rival.lines) \(capture.lines)")
      capture.go(2)
      Self.intact(capture)
      rival.signal(SIGKILL)
    }

    /// Work that does not end keeps its memory and is named; when it ends, all goes on.
    @Test func workThatDoesNotEndIsNamed() {
      let agent = Self.agent()
      let blocked = Promise(agent, "blocked")
      #expect(blocked.isAt(1))
      let rival = agent.rival(rounds: 5)
      #expect(blocked.comesTo("undrainable", within: 12), "\(agent.shown)")
      #expect(agent.shown.contains("\(blocked.name): undrainable, no progress"), "\(agent.shown)")
      #expect(blocked.status?.swapsOut == 0 && rival.round == 0)
      blocked.go(1)
      Self.intact(blocked, within: 5)
      AbuseTests.intact(rival, seconds: 5)
    }

    /// A kernel that runs longer than a drain waits for progress is waited for again.
    @Test func aLongKernelIsNotUndrainable() {
      let agent = Self.agent(link: nil, "kernel=2600000us")
      let slow = Promise(agent, "slow")
      #expect(slow.isAt(1))
      let rival = Promise(agent, "hold", mib: 56)
      #expect(rival.isAt(1, within: 6), "\(agent.shown)")
      slow.go(1)
      rival.go(1)
      Self.intact(slow)
      Self.intact(rival)
    }

    /// A program that queues faster than its kernels of 5 ms run, in turns of a second, has
    /// little queued while another waits.
    @Test func theQueueIsBoundedWhileOthersWait() {
      let agent = Self.agent(link: "400MB/s", "kernel=5000us")
      let queue = Promise(agent, "queue", options: ["--class", "training"])
      #expect(queue.isAt(1))
      let rival = agent.rival(mib: 40)
      #expect(poll(15) { (queue.status?.swapsIn ?? 0) >= 1 && rival.round >= 1 })
      let swaps = queue.status?.swapsOut ?? 0
      queue.go(1)
      #expect(poll(10) { (queue.status?.swapsOut ?? 0) >= swaps + 2 })
      queue.go(2)
      #expect(queue.number("queued").map { $0 <= 100 } == true, "\(queue.lines)")
      rival.signal(SIGKILL)
      Self.intact(queue, within: 30)
    }

    @Test func threadsThatEndInACallHoldNothingUp() {
      let agent = Self.agent()
      let abandon = Promise(agent, "abandon")
      #expect(abandon.isAt(1), "\(abandon.lines)")
      #expect(!abandon.lines.contains("returned 0"), "the call returned instead of being left")
      let rival = agent.rival()
      #expect(Self.wholly(rival), "\(rival.lines) \(agent.shown)")
      abandon.go(1)
      Self.intact(abandon)
      rival.signal(SIGKILL)
    }

    @Test func unswappableMemoryStaysAndTheCallIsNamed() {
      let agent = Self.agent()
      let pin = Promise(agent, "pin")
      #expect(pin.isAt(1), "\(pin.lines)")
      #expect(pin.comesTo("unswappable", within: 5), "\(agent.shown)")
      #expect(agent.shown.contains("\(pin.name): unswappable, cuMemAllocManaged"))
      let rival = agent.rival(rounds: 2)
      #expect(rival.finish(within: 15) == .exited(3), "refused: it can never be resident")
      #expect(rival.output.contains("refused cuMemAlloc_v2 2"), "\(rival.lines)")
      #expect(pin.status?.swapsOut == 0)
      pin.go(1)
      Self.intact(pin)
    }

    /// Addresses of 32 bits cannot be ours: such memory stays, and the call is named.
    @Test func memoryOfTheOldestInterfaceStays() {
      let agent = Self.agent()
      let oldest = Promise(agent, "oldest", of: "families")
      #expect(oldest.isAt(1), "\(oldest.lines)")
      #expect(oldest.comesTo("unswappable", within: 5), "\(agent.shown)")
      #expect(agent.shown.contains("\(oldest.name): unswappable, cuMemAlloc"))
      oldest.go(1)
      Self.intact(oldest)
      #expect(oldest.number("old") == 1)
    }

    /// An idle holder gives way at once, long before its quantum (19 times the exchange) is over.
    @Test func theIdleGiveWayAtOnce() throws {
      let agent = Self.agent(link: "100MB/s")
      let idle = Promise(agent, "idle", options: ["--class", "training"])
      #expect(idle.isAt(1))
      let rival = agent.rival()
      #expect(Self.wholly(rival))
      idle.go(1)
      #expect(idle.isAt(2))
      let (round, began) = (rival.round, ContinuousClock.now)
      #expect(poll(2) { rival.round > round + 1 }, "the rival waits for an idle program")
      // The quantum is 19 times 0.8 s, which the link alone takes.
      #expect(ContinuousClock.now - began < .seconds(10), "the rival waited for a quantum to end")
      idle.go(2)
      Self.intact(idle)
      rival.signal(SIGKILL)
    }

    /// Who waits goes on as soon as the gate opens. A thread that nobody wakes looks by itself half
    /// a second later, so that of all turns none would take less.
    @Test func whoWaitsIsWokenWhenTheGateOpens() throws {
      let agent = Self.agent()
      let both = Self.takingTurns(agent)
      var quickest = Int.max
      for turn in 1...3 {
        // The other one has had its turn: this one is swapped out.
        for promise in both {
          promise.go(turn)
          let milliseconds = try #require(promise.number("turn \(turn)"), "\(promise.lines)")
          quickest = min(quickest, milliseconds)
        }
        if quickest < 400 { break }
      }
      #expect(quickest < 400)
    }

    /// Two that wait for a third, whose turn has just begun: `first` asked before `second`.
    struct Line {
      let agent: TestAgent
      let first: Promise
      let second: Promise
      let holder: Program

      static func waits(with act: String) -> Line {
        let agent = TurnPromiseTests.agent(link: "100MB/s")
        let second = Promise(agent, act)
        #expect(second.isAt(1))
        let first = Promise(agent, "turns")
        #expect(first.isAt(1))
        let holder = agent.rival(options: ["--class", "training"])
        #expect(TurnPromiseTests.wholly(holder), "\(holder.lines) \(agent.shown)")
        // Once they have changed places its turn lasts nineteen times as long as that took.
        first.go(1)
        #expect(first.isAt(2) && first.comesTo("swapped-out"), "\(agent.shown)")
        let round = holder.round
        #expect(poll(15) { holder.round > round + 1 }, "\(agent.shown)")
        first.go(2)
        #expect(first.comesTo("waiting"), "\(agent.shown)")
        second.go(1)
        #expect(second.comesTo("waiting"), "\(agent.shown)")
        return Line(agent: agent, first: first, second: second, holder: holder)
      }

      /// The holder ends; true when `first` is served before `second`.
      func goesOnInOrder() -> Bool? {
        holder.signal(SIGKILL)
        #expect(first.isAt(3), "\(first.lines)")
        let served = (first.number("served"), second.number("served"))
        TurnPromiseTests.intact(second)
        first.program.signal(SIGKILL)
        guard let first = served.0, let second = served.1 else { return nil }
        return first < second
      }
    }

    /// SIGTERM reaches the handler of a program that waits, and moves it before those who came
    /// first.
    @Test func aSignalMovesAWaitingProgramToTheFront() {
      let line = Line.waits(with: "signal")
      line.second.program.signal(SIGTERM)
      #expect(line.second.program.says(within: 5) { $0 == "caught" })
      #expect(line.second.number("served") != nil)
      #expect(line.goesOnInOrder() == false)
    }

    /// Not every signal means that a program is to end: who asked first is served first.
    @Test(arguments: ["interrupt", "notice"])
    func otherSignalsMoveNobody(act: String) {
      let line = Line.waits(with: act)
      line.second.program.signal(SIGUSR1)
      #expect(line.second.program.says(within: 5) { $0 == "caught" })
      #expect(stays(for: 0.5) { !line.second.lines.contains { $0.hasPrefix("served") } })
      #expect(line.goesOnInOrder() == true)
    }

    /// A kernel that faults leaves its program nothing but its end, or its context's. Until
    /// then its memory is held: that is named, to who waits for it too, and who fits goes on.
    @Test func aFaultedProgramIsNamedUntilItsContextEnds() {
      let agent = Self.agent()
      let faulty = Promise(agent, "fault")
      #expect(faulty.isAt(1), "\(faulty.lines)")
      #expect(faulty.number("fault") == 700)
      let rival = agent.rival(rounds: 5)
      #expect(faulty.comesTo("undrainable", within: 12), "\(agent.shown)")
      #expect(agent.shown.contains("CUDA error 700"), "\(agent.shown)")
      #expect(poll(4) { agent.shown.contains("waits for \(faulty.name)") }, "\(agent.shown)")
      #expect(rival.round == 0)
      AbuseTests.intact(agent.worker("small", "memory=4", "rounds=3"), seconds: 10)
      faulty.go(1)
      #expect(faulty.isAt(2), "\(faulty.lines)")
      #expect(faulty.number("destroyed") == 0)
      AbuseTests.intact(rival, seconds: 10)
      faulty.go(2)
      Self.intact(faulty)
      AbuseTests.settled(agent)
    }

    /// So it is when the program ends without a word.
    @Test func aFaultedProgramsEndFreesItsMemory() {
      let agent = Self.agent()
      let faulty = Promise(agent, "fault")
      #expect(faulty.isAt(1), "\(faulty.lines)")
      let rival = agent.rival(rounds: 5)
      #expect(faulty.comesTo("undrainable", within: 12), "\(agent.shown)")
      faulty.program.signal(SIGKILL)
      AbuseTests.intact(rival, seconds: 10)
      AbuseTests.settled(agent)
    }

    /// Work without end holds up neither other contexts nor the answer to an allocation, while
    /// somebody else wants the GPU.
    @Test func workWithoutEndHoldsUpNothingElse() {
      let agent = Self.agent()
      let persistent = Promise(agent, "persistent")
      #expect(persistent.isAt(2, within: 8), "\(persistent.lines)")
      #expect(persistent.number("much") == 2)
      let rival = agent.rival(mib: 40, rounds: 5)
      #expect(persistent.comesTo("swapping-out", within: 8), "\(agent.shown)")
      persistent.go(2)
      #expect(persistent.isAt(1, within: 8), "\(persistent.lines) \(agent.shown)")
      persistent.go(1)
      Self.intact(persistent)
      AbuseTests.intact(rival, seconds: 15)
    }

    /// A driver that holds its lock through a call holds up who needs the driver, nobody else.
    @Test func aCallThatHoldsTheDriversLockHoldsUpNobodyElse() {
      let agent = Self.agent()
      let held = Promise(agent, "hold", driver: "hold=cuMemcpyDtoH_v2:1:50000")
      #expect(held.isAt(1), "\(held.lines)")
      held.go(1)
      let rival = agent.rival(rounds: 3)
      #expect(poll(5) { agent.shown.contains("rival") })
      AbuseTests.intact(agent.worker("small", "memory=4", "rounds=3"), seconds: 3)
      #expect(!held.lines.contains { $0.hasPrefix("served") }, "\(held.lines)")
      #expect(held.status?.swapsOut == 0 && rival.round == 0, "\(agent.shown)")
      held.program.signal(SIGKILL)
      AbuseTests.intact(rival, seconds: 15)
    }

    // MARK: descriptors, agents, ends

    /// Numbers that the program took over are its own: nothing is written there, nor closed.
    @Test func reusedDescriptorsAreLeftAlone() throws {
      let agent = Self.agent()
      let reuse = Promise(agent, "reuse")
      #expect(reuse.isAt(1), "\(reuse.lines)")
      #expect((reuse.number("reused") ?? 0) >= 3, "\(reuse.lines)")
      let rival = agent.rival(mib: 40, rounds: 100)
      try #require(poll(8) { (reuse.status?.swapsOut ?? 0) >= 1 }, "\(agent.shown)")
      reuse.go(1)
      #expect(reuse.isAt(2), "\(agent.shown)")
      AbuseTests.intact(rival)
      reuse.go(2)
      Self.intact(reuse)
      #expect(reuse.number("heard") == 0 && reuse.number("kept") == 1, "\(reuse.lines)")
    }

    /// A question that the agent took with it is asked again.
    @Test func anUnansweredRequestIsAskedAgain() {
      let agent = Self.agent()
      let grow = Promise(agent, "grow", mib: 4)
      #expect(grow.isAt(1))
      agent.program.signal(SIGSTOP)
      grow.go(1)
      let waits = stays(for: 0.5) { !grow.lines.contains { $0.hasPrefix("grown") } }
      #expect(waits, "nobody was asked")
      #expect(agent.killAndRestart())
      #expect(grow.number("grown", within: 10) == 0, "\(grow.lines)")
      Self.intact(grow)
    }

    /// So is one who began to wait while there was no agent.
    @Test func whoWaitsIsKnownToTheNextAgent() {
      let agent = Self.agent()
      let hold = Promise(agent, "hold")
      let rival = MemoryPromiseTests.swappedOut(hold, by: agent)
      agent.kill()
      hold.go(1)
      #expect(stays(for: 0.5) { !hold.lines.contains { $0.hasPrefix("served") } })
      #expect(agent.restart())
      #expect(hold.number("served", within: 12) != nil, "\(agent.shown)")
      Self.intact(hold)
      rival.signal(SIGKILL)
    }

    /// An agent that has less to give does not take back who holds more; the next one does.
    @Test func whoIsNotTakenBackSaysSo() {
      let agent = Self.agent()
      let held = agent.worker("held", "memory=40", "rounds=1000000", "pause=5")
      #expect(poll(10) { held.round >= 3 }, "\(held.lines)")
      agent.kill()
      #expect(agent.restart("--capacity", "32Mi"))
      #expect(held.says(within: 10) { $0.contains("does not take this program back") })
      agent.kill()
      #expect(agent.restart())
      #expect(poll(10) { agent.status()?.workload("held")?.state == "resident" }, "\(agent.shown)")
      let round = held.round
      #expect(poll(10) { held.round > round }, "\(held.lines.suffix(3))")
      held.signal(SIGKILL)
    }

    @Test func callsAtTheEndFailInsteadOfWaiting() {
      let agent = Self.agent()
      let late = Promise(agent, "late")
      let rival = MemoryPromiseTests.swappedOut(late, by: agent)
      late.go(1)
      #expect(late.program.finish(within: 5) == .exited(7))
      #expect(late.number("late") == 4, "\(late.lines)")
      rival.signal(SIGKILL)
    }

    /// `return`, `exit`, `_exit`, `abort`, `quick_exit` with the memory half out, which takes two
    /// seconds: to look whether it leaves takes a while on a busy machine.
    @Test(arguments: 0..<5)
    func endsWithASwapUnderWay(way: Int) {
      let agent = Self.agent(link: nil, "link-out=20MB/s")
      let end = Promise(agent, "end", mib: way)
      #expect(end.isAt(1))
      let rival = agent.rival(mib: 56, rounds: 1)
      #expect(end.comesTo("swapping-out", within: 10))
      end.go(1)
      let ending = end.program.finish(within: 8)
      #expect(ending == (way == 3 ? .signalled(SIGABRT) : .exited(7)), "\(end.lines)")
      AbuseTests.intact(rival)
      AbuseTests.settled(agent)
    }
  }
}
