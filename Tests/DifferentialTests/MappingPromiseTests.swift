import Foundation
import Testing

extension EndToEnd {
  /// What a program may rely on about memory that it maps itself, and about contexts that end.
  @Suite(.enabled(if: Products.haveAgent)) struct MappingPromiseTests {
    static func mappings(
      _ act: String, mib: Int = 8, kernel: String? = nil, fault: String? = nil
    ) -> Promise {
      Promise(
        MemoryPromiseTests.agent(link: nil, "kernel=\(kernel ?? "0us")"), act, of: "mappings",
        mib: mib, fault: fault)
    }

    static func says(_ promise: Promise, _ words: String...) {
      MemoryPromiseTests.intact(promise)
      for word in words { #expect(promise.lines.contains(word), "\(promise.lines)") }
    }

    /// A neighbour takes room that was created for and not mapped: nothing leaves, and mapping it
    /// makes the neighbour give way. The next agent sees that nothing is out as well.
    @Test func whatIsCreatedOnlyIsNoReasonToBeOut() {
      let agent = MemoryPromiseTests.agent()
      let created = Promise(agent, "created", of: "mappings", mib: 8)
      #expect(created.isAt(1), "\(created.lines)")
      let rival = agent.rival(mib: 40)
      #expect(rival.says(within: 10) { $0 == "ready" }, "\(rival.lines)")
      #expect(agent.killAndRestart())
      #expect(poll(10) { agent.status()?.workloads.count == 2 }, "\(agent.shown)")
      #expect(created.status?.state == "resident", "\(agent.shown)")
      created.go(1)
      Self.says(created, "far 1")
      rival.signal(SIGKILL)
    }

    @Test func mappedAndPooledMemoryOutlivesContexts() {
      let last = Self.mappings("last", mib: 16)
      #expect(last.isAt(1), "\(last.lines)")
      last.go(1)
      Self.says(last, "ended 1", "copy 201", "release again 1", "map again 1")
    }

    /// The same while all of it is swapped out: ending a context needs no room on the GPU.
    @Test func theLastContextEndsWhileSwappedOut() {
      let agent = MemoryPromiseTests.agent()
      let last = Promise(agent, "last", of: "mappings", mib: 16)
      let rival = MemoryPromiseTests.swappedOut(last, by: agent)
      rival.signal(SIGSTOP)
      last.go(1)
      #expect(last.isAt(2), "\(last.lines)")
      rival.signal(SIGKILL)
      Self.says(last, "ended 1", "copy 201", "free what is gone 1")
    }

    @Test func oneOfTwoThreadsMapsAHandle() {
      Self.says(Self.mappings("twice"), "mapped 100", "refused 100", "kept 0")
    }

    /// Four threads at once need more credit than is there for some of their pieces.
    @Test func manyThreadsMapAndUnmap() {
      Self.says(Self.mappings("many"), "kept 0")
    }

    @Test func oneOfTwoThreadsUnmaps() {
      Self.says(Self.mappings("quicker"), "unmapped 100", "refused 100", "kept 0")
    }

    @Test func handlesOfTheDriversLieBesideOurs() {
      Self.says(
        Self.mappings("foreign", mib: 16), "over it 1", "what we allocated 1", "there 1",
        "free while mapped 1", "asked 0", "from its start 1", "on the device 1")
    }

    @Test func mappingElsewhereNeedsNoContext() {
      Self.says(Self.mappings("bare"), "elsewhere 0", "elsewhere again 1")
    }

    /// The first copy within the device fails.
    @Test func aCopyThatFailsCostsNoBytes() {
      Self.says(
        Self.mappings("bare", fault: "cuMemcpyDtoDAsync_v2:1:999"), "elsewhere 999",
        "elsewhere again 0")
    }

    @Test func memoryUnmappedWhileCapturingServesAgain() {
      Self.says(Self.mappings("capture", kernel: "50000us"), "there again 0", "then 1")
    }

    /// Nothing can be waited for, with no room to wait by: it serves again after the capture.
    @Test func unmappingWhileCapturingNeedsNoRoom() {
      Self.says(
        Self.mappings("capture", kernel: "50000us", fault: "cuMemAlloc_v2:1+:2"), "there again 2",
        "then 0")
    }

    @Test func givingBackWaitsForNoWorkThatNeverEnds() {
      let endless = Self.mappings("endless")
      #expect(endless.isAt(1, within: 20), "\(endless.lines)")
      endless.go(1)
      Self.says(endless)
    }

    /// The order to leave comes while kernels write to what is unmapped: what they write is in what
    /// is mapped again.
    @Test func nothingIsLostThatIsUnmappedUnderWork() {
      let agent = MemoryPromiseTests.agent(link: nil, "kernel=400000us")
      let under = Promise(agent, "under", of: "mappings", mib: 16)
      #expect(under.isAt(1), "\(under.lines)")
      under.go(1)
      #expect(under.isAt(2), "\(under.lines)")
      let rival = agent.rival(mib: 48)
      #expect(under.comesTo("swapping-out"), "\(agent.shown)")
      under.go(2)
      MemoryPromiseTests.intact(under)
      rival.signal(SIGKILL)
    }

    /// Another thread is just letting go of the place that is mapped again.
    @Test func aPlaceThatIsLetGoOfServesAgain() { Self.says(Self.mappings("crowded")) }

    /// What a thread held at the fork is not there to be let go of in the child.
    @Test func forkedChildrenAreAnswered() { Self.says(Self.mappings("children"), "children 60") }

    @Test func aCaptureEndsWithItsContext() {
      let agent = MemoryPromiseTests.agent()
      let unfinished = Promise(agent, "unfinished", of: "mappings", mib: 16)
      let rival = MemoryPromiseTests.swappedOut(unfinished, by: agent)
      rival.signal(SIGKILL)
      unfinished.go(1)
      MemoryPromiseTests.intact(unfinished)
    }

    /// Whoever could give the memory may need that this program leaves first: what waits for memory
    /// that it has credit for does not keep it on the GPU.
    @Test func whoWaitsForMemoryCanLeave() {
      let agent = MemoryPromiseTests.agent()
      let starved = Promise(
        agent, "starved", of: "mappings", mib: 16, fault: "cuMemCreate:\(16 / 2 + 1)+:2")
      #expect(starved.isAt(1), "\(starved.lines)")
      starved.go(1)
      let rival = agent.rival()
      #expect(starved.number("answer", within: 8) == 0, "\(starved.lines)")
      #expect(starved.comesTo("swapped-out"), "\(agent.shown)")
      #expect(rival.says(within: 10) { $0 == "ready" }, "\(rival.lines)")
      rival.signal(SIGKILL)
      starved.program.signal(SIGKILL)
    }

    /// The end of a context does not wait until others have left.
    @Test func aContextEndsWhileItsProgramWaitsToComeIn() {
      let agent = MemoryPromiseTests.agent(link: "10MB/s")
      let leaver = Promise(agent, "leaver", of: "mappings", mib: 16)
      let rival = MemoryPromiseTests.swappedOut(leaver, by: agent)
      leaver.go(1)
      #expect(leaver.isAt(2), "\(leaver.lines)")
      #expect(leaver.comesTo("swapping-in"), "\(agent.shown)")
      leaver.go(2)
      let took = leaver.number("took")
      #expect(took ?? .max < 1500, "\(leaver.lines)")
      MemoryPromiseTests.intact(leaver, within: 30)
      rival.signal(SIGKILL)
    }

    /// A driver that gives the handle of what ended to what comes next.
    static func families(_ act: String) -> Promise {
      Promise(MemoryPromiseTests.agent(), act, of: "families", mib: 8, driver: "handles=reused")
    }

    /// A context that another thread gets anew, at the same handle, is another context.
    @Test func theSameHandleAnewIsAnotherContext() {
      MemoryPromiseTests.intact(Self.families("primary"), within: 30)
    }

    /// Nothing stays behind of them, neither memory nor anything that a drain would wait for.
    @Test func contextsEndUnderThreadsThatAllocate() {
      let agent = MemoryPromiseTests.agent()
      let passing = Promise(agent, "passing", of: "families", mib: 8)
      let rival = MemoryPromiseTests.swappedOut(passing, by: agent)
      rival.signal(SIGKILL)
      passing.go(1)
      Self.says(passing, "kept 0")
    }

    @Test func aStreamKnowsNothingOfTheOneBefore() {
      MemoryPromiseTests.intact(Self.families("streams"))
    }
  }
}
