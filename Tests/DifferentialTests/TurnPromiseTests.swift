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

    static func wholly(_ rival: Program) -> Bool { rival.says(within: 15) { $0 == "round 1" } }

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
      #expect(poll(15) { (queue.status?.swapsOut ?? 0) >= swaps + 2 })
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

    /// An idle holder gives way at once, long before its quantum (19 times the exchange) is over.
    @Test func theIdleGiveWayAtOnce() {
      let agent = Self.agent(link: "100MB/s")
      let idle = Promise(agent, "idle", options: ["--class", "training"])
      #expect(idle.isAt(1))
      let rival = agent.rival(mib: 40)
      #expect(Self.wholly(rival))
      idle.go(1)
      #expect(idle.isAt(2))
      let round = rival.round
      #expect(poll(3) { rival.round > round + 1 }, "the rival waits for an idle program")
      idle.go(2)
      Self.intact(idle)
      rival.signal(SIGKILL)
    }

    /// SIGTERM reaches the handler of a program that waits, and moves it before those who came
    /// first.
    @Test func aSignalMovesAWaitingProgramToTheFront() {
      let agent = Self.agent()
      let signalled = Promise(agent, "signal")
      #expect(signalled.isAt(1))
      let patient = Promise(agent, "hold")
      #expect(patient.isAt(1))
      let holder = Promise(agent, "blocked", mib: 56)
      #expect(holder.isAt(1), "\(agent.shown)")
      patient.go(1)
      #expect(patient.comesTo("waiting", within: 4), "\(agent.shown)")
      signalled.go(1)
      #expect(signalled.comesTo("waiting", within: 2), "\(agent.shown)")
      signalled.program.signal(SIGTERM)
      #expect(signalled.program.says(within: 2) { $0 == "caught" })
      holder.go(1)
      Self.intact(holder)
      let first = signalled.number("served")
      let second = patient.number("served")
      #expect(first != nil && second != nil && first! < second!)
      Self.intact(signalled)
      Self.intact(patient)
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

    /// Not every signal means that a program is to end: who asked first is served first.
    @Test(arguments: ["interrupt", "notice"])
    func otherSignalsMoveNobody(act: String) {
      let agent = Self.agent()
      let signalled = Promise(agent, act)
      #expect(signalled.isAt(1))
      let patient = Promise(agent, "hold")
      #expect(patient.isAt(1))
      let holder = Promise(agent, "blocked", mib: 56)
      #expect(holder.isAt(1), "\(agent.shown)")
      patient.go(1)
      #expect(patient.comesTo("waiting", within: 4), "\(agent.shown)")
      signalled.go(1)
      #expect(signalled.comesTo("waiting", within: 2), "\(agent.shown)")
      signalled.program.signal(SIGUSR1)
      #expect(signalled.program.says(within: 2) { $0 == "caught" })
      holder.go(1)
      Self.intact(holder)
      let first = patient.number("served")
      let second = signalled.number("served")
      #expect(first != nil && second != nil && first! < second!)
      Self.intact(signalled)
      Self.intact(patient)
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

    // MARK: descriptors, agents, ends

    /// Numbers that the program took over are its own: nothing is written there, nor closed.
    @Test func reusedDescriptorsAreLeftAlone() throws {
      let agent = Self.agent()
      let reuse = Promise(agent, "reuse")
      #expect(reuse.isAt(1), "\(reuse.lines)")
      #expect((reuse.number("reused") ?? 0) >= 3, "\(reuse.lines)")
      let rival = agent.rival(mib: 40, rounds: 100)
      try #require(poll(15) { (reuse.status?.swapsOut ?? 0) >= 1 }, "\(agent.shown)")
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
      #expect(!grow.program.says(within: 0.5) { $0.hasPrefix("grown") }, "nobody was asked")
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
      #expect(!hold.program.says(within: 0.5) { $0.hasPrefix("served") })
      #expect(agent.restart())
      #expect(hold.number("served", within: 12) != nil, "\(agent.shown)")
      Self.intact(hold)
      rival.signal(SIGKILL)
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

    /// `return`, `exit`, `_exit`, `abort`, `quick_exit` with the memory half out.
    @Test(arguments: 0..<5)
    func endsWithASwapUnderWay(way: Int) {
      let agent = Self.agent(link: nil, "link-out=80MB/s")
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
