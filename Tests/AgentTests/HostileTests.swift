import ControlAPI
import Glibc
import Host
import SystemPackage
import Testing
import Wire

@testable import Agent

private let mebi: UInt64 = 1 << 20

/// SplitMix64: the same seed gives the same frames on every machine.
struct Random {
  var state: UInt64
  init(seed: UInt64) { state = seed }
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}

/// What programs should never send, and what becomes of the others.
@Suite(.serialized) struct HostileTests {
  private func frameBytes(_ frame: Frame) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Frame.byteCount)
    bytes.withUnsafeMutableBytes { _ = frame.encode(into: $0) }
    return bytes
  }

  @Test func garbageDisconnectsItsSenderOnly() throws {
    let bench = Bench()
    let run = try bench.run()
    defer { run.end() }
    let good = try ScriptedProgram(bench, processID: getpid())
    #expect(try good.join())
    var wrongMagic = frameBytes(Frame(.hello))
    wrongMagic[0] ^= 1
    var wrongKind = frameBytes(Frame(.hello))
    wrongKind[6] = 0xEE
    var wrongVersion = frameBytes(Frame(.hello))
    wrongVersion[4] = 9
    let garbage: [[UInt8]] = [
      [1], wrongMagic, wrongKind, wrongVersion, Array(repeating: 7, count: 129),
      Array(repeating: 7, count: 5_000), frameBytes(Frame(.welcome)), frameBytes(Frame(.grow)),
    ]
    for bytes in garbage {
      let line = FrameLine(try PacketSocket.connected(to: bench.settings.socket))
      try line.sendBytes(bytes)
      let answer = try line.next()
      try #require(answer?.kind == .refused)
      #expect(answer?.words[0] == Frame.Refusal.malformed.rawValue)
      #expect(try line.next() == nil)
    }
    #expect(try bench.status().agent?.violations == UInt64(garbage.count))
    _ = try good.grow(to: 32 * mebi)
    #expect(try pump([good]) { good.isWhole })
  }

  @Test func silentConnectionsKeepNobodyOut() throws {
    let bench = Bench()
    let run = try bench.run()
    defer { run.end() }
    var silent: [FrameLine] = []
    // A full backlog is tried again: what counts is who got in.
    let areIn = eventually(seconds: 10) {
      if let socket = try? PacketSocket.connected(to: bench.settings.socket) {
        silent.append(FrameLine(socket))
      }
      return silent.count == 2 * Bounds.visitorsMax
    }
    #expect(areIn)
    defer { for line in silent { line.close() } }
    let good = try ScriptedProgram(bench, processID: getpid())
    #expect(try good.join())
    #expect(try bench.status().workloads.count == 1)
    // The agent let go of those who came first.
    let hungUp = try silent.count { if case .closed = try $0.look() { true } else { false } }
    #expect(hungUp >= Bounds.visitorsMax)
  }

  /// Whether a program that comes back with a page and a lease of its own making is let in.
  private func isWelcome(
    _ bench: Bench, withLeaseOfBytes leaseBytes: Int64 = 1 << 30
  ) throws -> Bool {
    let page = try SealedMemory(name: "page", byteCount: Int64(ControlPage.byteCount))
    let mapping = try page.map()
    mapping.store32(ControlPage.magic, at: ControlPage.Offset.magic)
    mapping.store32(ControlPage.version, at: ControlPage.Offset.version)
    mapping.store32(UInt32(bitPattern: getpid()), at: ControlPage.Offset.processID)
    let lease = try SealedMemory(name: "lease", byteCount: leaseBytes)
    let forger = try ScriptedProgram(bench, processID: getpid())
    try forger.hello(
      reconnect: true, rights: [page.descriptor.number, lease.descriptor.number])
    return try forger.awaitWelcome()
  }

  /// A lease of its own making that is too short to be populated as others need it to be.
  @Test func aShortLeaseIsNotTakenOver() throws {
    let bench = Bench()
    try bench.leaveRecord(of: getpid())
    let run = try bench.run()
    defer { run.end() }
    #expect(try !isWelcome(bench, withLeaseOfBytes: 4 << 20))
    #expect(try bench.status().workloads.isEmpty)
    #expect(try isWelcome(bench))
  }

  /// A page and a lease of its own making, as long as ours, by a program that no agent before us
  /// wrote down, or before whom there was none: it could claim all of the GPU.
  @Test(arguments: [false, true])
  func whoWasNotHereBeforeBringsNothing(afterAnother: Bool) throws {
    let bench = Bench()
    if afterAnother { try bench.run().end() }
    let run = try bench.run()
    defer { run.end() }
    #expect(try !isWelcome(bench))
    #expect(try bench.status().workloads.isEmpty)
  }

  /// There was an agent, and its record is lost: its programs come back within the grace, for which
  /// newcomers wait, or not at all.
  @Test(arguments: ["", "process 1\nuser"])
  func aLostRecordKeepsNobodyOutAndNobodyInForEver(text: String) throws {
    let bench = Bench()
    try bench.leaveRecord(text)
    bench.settings.graceMilliseconds = 3_600_000
    var run = try bench.run()
    #expect(try isWelcome(bench))
    let early = try ScriptedProgram(bench, processID: getppid())
    try early.hello()
    #expect(try !early.awaitWelcome(seconds: 0.1))
    run.end()
    // Who comes to the next one was here just as well.
    bench.settings.graceMilliseconds = 0
    run = try bench.run()
    defer { run.end() }
    let newcomer = try ScriptedProgram(bench, processID: getppid())
    #expect(try newcomer.join())
    #expect(try !isWelcome(bench))
  }

  @Test func aMemberThatSendsGarbageKeepsItsCharge() throws {
    let bench = Bench()
    let run = try bench.run()
    defer { run.end() }
    let bad = try ScriptedProgram(bench, processID: getpid())
    #expect(try bad.join())
    _ = try bad.grow(to: 32 * mebi)
    #expect(try pump([bad]) { bad.isWhole })
    try bad.tell(.hello)
    #expect(try eventually { try bench.status().workloads.first?.state == .stuck })
    #expect(try bench.status().workloads.first?.footprintBytes == 32 * mebi)
    #expect(try bench.status().agent?.violations == 1)
  }

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func randomFramesNeverEndTheAgent(seed: UInt64) throws {
    let bench = Bench()
    let run = try bench.run()
    defer { run.end() }
    var random = Random(seed: seed)
    let good = try ScriptedProgram(bench, processID: getppid())
    #expect(try good.join())
    for _ in 0..<40 {
      let bad = try ScriptedProgram(bench, processID: getpid())
      _ = try? bad.join()
      for _ in 0..<20 {
        let kinds: [Frame.Kind] = [
          .contextWanted, .residueMeasured, .grow, .want, .idle, .busy, .left, .entered,
          .undrained, .unswappable, .returned, .roomWanted,
        ]
        var frame = Frame(kinds[Int(random.next() % UInt64(kinds.count))])
        frame.replyTo = UInt32(truncatingIfNeeded: random.next() % 8)
        for index in 0..<8 {
          let shift = random.next() % 64
          frame.words[index] = random.next() >> shift
        }
        for index in 0..<20 {
          bad.write(random.next() >> (random.next() % 64), 8 * Int(random.next() % 30))
          _ = index
        }
        guard (try? bad.line.send(frame)) != nil else { break }
      }
      bad.line.close()
    }
    _ = try good.grow(to: 8 * mebi)
    #expect(try pump([good]) { !good.approvals.isEmpty || !good.refusals.isEmpty })
    _ = try bench.status()
  }

  @Test func hostileCountersAreClamped() throws {
    let bench = Bench()
    let run = try bench.run()
    defer { run.end() }
    let bad = try ScriptedProgram(bench, processID: getpid())
    let good = try ScriptedProgram(bench, processID: getppid())
    #expect(try bad.join() && good.join())
    _ = try bad.grow(to: 64 * mebi)
    #expect(try pump([bad]) { bad.isWhole })
    // It claims to have given back more than it ever had, and the agent's own half says nonsense.
    bad.write(UInt64.max, ControlPage.Offset.creditReturnedBytes)
    bad.write(UInt64.max - 5, ControlPage.Offset.residentBytes)
    bad.write(UInt64.max, ControlPage.Offset.creditGrantedBytes)
    bad.write(UInt64.max, ControlPage.Offset.leaseBytes)
    bad.write(UInt64.max, ControlPage.Offset.waitNanoseconds)
    bad.write(UInt64.max, ControlPage.Offset.swapsOut)
    try bad.tell(.returned)
    #expect(try eventually { try bench.status().workloads.count == 2 })
    let workload = try #require(try bench.status().workloads.first { $0.pid == getpid() })
    #expect(workload.residentBytes <= workload.footprintBytes)
    #expect(workload.swappedBytes <= workload.footprintBytes)
    // What it says to hold no longer is not promised twice: the books show it still there.
    _ = try good.grow(to: 16 * mebi)
    #expect(try pump([good]) { good.isWhole })
    #expect(good.creditBytes <= 90 * mebi)
  }

  @Test func aFloodWaitsAndOthersAreServed() throws {
    let bench = Bench()
    let run = try bench.run()
    defer { run.end() }
    let flood = try ScriptedProgram(bench, processID: getpid())
    let good = try ScriptedProgram(bench, processID: getppid())
    #expect(try flood.join() && good.join())
    var sent = 0
    let began = MonotonicClock.nanoseconds()
    while MonotonicClock.nanoseconds() - began < 300_000_000 {
      if (try? flood.tell(.busy)) != nil { sent += 1 }
    }
    // Four windows at most have begun, and what its socket holds.
    #expect(sent < 4 * 2_000 + 1_000)
    _ = try good.grow(to: 8 * mebi)
    #expect(try pump([good]) { good.isWhole })
  }

  @Test func memoryNotSealedOrNotItsOwnIsRefused() throws {
    let bench = Bench()
    try bench.leaveRecord(of: getpid())
    let run = try bench.run()
    defer { run.end() }
    let victim = try ScriptedProgram(bench, processID: getppid())
    #expect(try victim.join())
    let thief = try ScriptedProgram(bench, processID: getpid())
    try thief.hello(reconnect: true, rights: [victim.pageNumber, victim.leaseNumber])
    #expect(try !thief.awaitWelcome())
    #expect(thief.refusals.first?.words[0] == Frame.Refusal.notPermitted.rawValue)

    let path = bench.directory.appending("file")
    let file = Descriptor(
      owning: path.withPlatformString { open($0, O_CREAT | O_RDWR, 0o600) })
    defer { _ = path.withPlatformString { unlink($0) } }
    ftruncate(file.number, 4096)
    let forger = try ScriptedProgram(bench, processID: getpid())
    try forger.hello(reconnect: true, rights: [file.number, file.number])
    #expect(try !forger.awaitWelcome())
    // One right, or three, is no handover at all.
    for rights in [[file.number], [file.number, file.number, file.number]] {
      let odd = try ScriptedProgram(bench, processID: getpid())
      try odd.hello(reconnect: true, rights: rights, device: false)
      #expect(try odd.line.next()?.words[0] == Frame.Refusal.malformed.rawValue)
    }
  }

  @Test func oneConnectionPerProcess() throws {
    let bench = Bench()
    let run = try bench.run()
    defer { run.end() }
    let first = try ScriptedProgram(bench, processID: getpid())
    #expect(try first.join())
    let second = try ScriptedProgram(bench, processID: getpid())
    // The first connection is alive: the driver shows its memory.
    _ = try first.grow(to: 8 * mebi)
    #expect(try pump([first]) { first.isWhole })
    #expect(try !second.join())
    // After exec the old socket is closed and nothing is left on the GPU.
    first.line.close()
    bench.readings.set(getpid(), nil)
    let third = try ScriptedProgram(bench, processID: getpid())
    #expect(try third.join())
    #expect(try bench.status().workloads.count == 1)
  }

  @Test func anUnknownDeviceIsRefused() throws {
    let bench = Bench()
    let run = try bench.run()
    defer { run.end() }
    let program = try ScriptedProgram(bench, processID: getpid())
    try program.hello(device: false)
    try program.tell(.device, 42)
    #expect(try !program.awaitWelcome())
    #expect(program.refusals.first?.words[0] == Frame.Refusal.deviceUnknown.rawValue)
  }
}
