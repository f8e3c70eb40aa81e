public import Residency

/// What may happen in a world. Rates are chosen from the seed first, so that some worlds are calm
/// in most respects and wild in one.
public struct Scenario: Sendable {
  public var configuration: Configuration
  public var programs: Int
  public var safetyMilliseconds: Int
  public var livenessMilliseconds: Int
  public var linkBytesPerSecond: Int
  /// Chances in percent per fault opportunity.
  public var killPercent = 0
  public var pausePercent = 0
  public var undrainablePercent = 0
  public var hostilePercent = 0
  public var foreignPercent = 0
  public var restartPercent = 0
  public var disconnectPercent = 0
  public var leaseFailurePercent = 0
  public var unswappablePercent = 0
  public var staticPercent = 0
  public var promisePercent = 0
  public var residueOverrunPercent = 0
  /// That the operator pauses or resumes.
  public var freezePercent = 0
  /// Calls that take memory of the driver's own, unasked as long as there is some.
  public var loadPercent = 0
  /// That a lost connection is not noticed before its program is back, if it is back soon.
  public var unnoticedPercent = 0
  /// Longest time until a program that lost its connection tries again; 0: at once.
  public var returnMilliseconds = 0
  /// How long a new agent waits for the programs of the one before. Less than a program may be
  /// stopped: then some come back when nobody expects them any more.
  public var graceMilliseconds = 3_500
  /// Pages are read when a frame arrives, not as they were when it was sent.
  public var readsLate = false
  /// How often the driver's books and all pages are read; 0: only when something happens.
  public var readingMilliseconds = 0
  /// Longest time that the agent is late by when it is due.
  public var lateMicroseconds = 0
  /// That a second thread of a program that waits at its gate asks for more.
  public var threadPercent = 0

  /// Some programs may come back after the agent has given up on them.
  var hasLateComers: Bool {
    restartPercent > 0 && (graceMilliseconds < 3_500 || returnMilliseconds > 400)
  }

  /// Whenever something is granted, all that is in use is known: then credit must find memory, also
  /// after an agent's restart.
  var isCounted: Bool {
    hostilePercent == 0 && foreignPercent == 0 && residueOverrunPercent == 0 && loadPercent == 0
      && !hasLateComers
  }

  /// Nothing but the core decides who holds what: then credit must always find memory.
  public var isStrict: Bool {
    hostilePercent == 0 && foreignPercent == 0 && restartPercent == 0
      && residueOverrunPercent == 0 && disconnectPercent == 0 && loadPercent == 0
  }

  public static func chosen(bySeed seed: UInt64) -> Scenario {
    var random = Random(seed: seed ^ 0x5CE9_A210)
    let mebibyte = 1 << 20
    let gpus = random.chance(25) ? 2 : 1
    let capacity = [128, 256, 512][random.below(3)] * mebibyte
    var configuration = Configuration(
      gpus: Array(
        repeating: Configuration.GPU(
          capacityBytes: UInt64(capacity), reserveFloorBytes: UInt64(capacity / 16)), count: gpus),
      poolSizeBytes: UInt64(capacity * random.within(1...8) / 2))
    configuration.assumedLinkBytesPerSecond = 1 << 30
    configuration.quantumMinimumNanoseconds = 5_000_000
    configuration.quantumMaximumNanoseconds = 1_000_000_000
    configuration.unresponsiveNanoseconds = 1_000_000_000
    configuration.drainMaximumNanoseconds = 3_000_000_000
    configuration.undrainableRetryNanoseconds = 1_000_000_000
    configuration.drainRetryNanoseconds = 20_000_000
    configuration.drainStallNanoseconds = 300_000_000
    configuration.contextWaitNanoseconds = 500_000_000
    configuration.roomWaitNanoseconds = 300_000_000
    configuration.roomHoldNanoseconds = 50_000_000
    configuration.contextCreationNanoseconds = 500_000_000
    configuration.deathReleaseNanoseconds = 500_000_000
    configuration.trimNanoseconds = 100_000_000
    configuration.unresponsive = random.chance(30) ? .kill : .wait
    var scenario = Scenario(
      configuration: configuration, programs: random.within(2...9), safetyMilliseconds: 8_000,
      livenessMilliseconds: 6_000, linkBytesPerSecond: (1 << 30) * random.within(1...3))
    scenario.chooseFaults(&random)
    // From a sequence of its own: worlds without pauses stay as they were.
    var freezes = Random(seed: seed ^ 0xF4EE_2E00)
    scenario.freezePercent = freezes.chance(30) ? freezes.within(5...30) : 0
    var ways = Random(seed: seed ^ 0x7A11_0A6E)
    if ways.chance(60) { scenario.chooseWays(&ways) }
    return scenario
  }

  /// How an agent comes to know what happened, which is never as it happens.
  private mutating func chooseWays(_ random: inout Random) {
    unnoticedPercent = random.chance(60) ? random.within(20...100) : 0
    returnMilliseconds = random.chance(60) ? random.within(1...2_500) : 0
    graceMilliseconds = random.chance(40) ? random.within(100...1_500) : 3_500
    readsLate = random.chance(50)
    readingMilliseconds = random.chance(50) ? random.within(10...500) : 0
    lateMicroseconds = random.chance(50) ? random.within(1...3_000) : 0
    threadPercent = random.chance(50) ? random.within(5...40) : 0
  }

  private mutating func chooseFaults(_ random: inout Random) {
    func rate(_ most: Int) -> Int { random.chance(40) ? random.within(1...most) : 0 }
    killPercent = rate(30)
    pausePercent = rate(30)
    undrainablePercent = rate(30)
    promisePercent = random.chance(50) ? random.within(10...60) : 0
    staticPercent = random.chance(15) ? 25 : 0
    unswappablePercent = random.chance(15) ? 2 : 0
    if random.chance(50) { return }
    hostilePercent = random.chance(30) ? 30 : 0
    foreignPercent = rate(30)
    restartPercent = random.chance(30) ? 10 : 0
    disconnectPercent = random.chance(30) ? 10 : 0
    leaseFailurePercent = random.chance(25) ? 10 : 0
    residueOverrunPercent = random.chance(25) ? 30 : 0
    loadPercent = rate(6)
  }
}

/// What a world found wrong. The seed replays it.
public struct Violation: Error, CustomStringConvertible, Sendable {
  public var seed: UInt64
  public var step: Int
  public var tick: Tick
  public var text: String

  public var description: String {
    "seed \(seed), step \(step), \(tick.nanoseconds / 1000) us: \(text)"
  }
}

/// What a world that held has seen.
public struct Report: Sendable, Hashable {
  public var steps = 0
  public var swapsOut = 0
  public var swapsIn = 0
  public var refusals = 0
  /// Calls that found no memory for the driver, and those of them that were cured.
  public var callsFailed = 0
  public var callsCured = 0
  public var longestWaitNanoseconds: UInt64 = 0
  public var traceHash: UInt64 = 0xCBF2_9CE4_8422_2325
}
