/// What stops a block: a fault of a lane.
struct Stop: Error {
  var reason: ExecutionFault.Reason
  var lane: Int
}

enum LaneState {
  static let ready: UInt8 = 0
  /// Waits for the other lanes of its warp at a `.sync` instruction.
  static let warp: UInt8 = 1
  static let exited: UInt8 = 2
  /// Waits at barrier n if `barrier + n`.
  static let barrier: UInt8 = 16
}

/// One named barrier of a block.
struct Barrier {
  var arrived = 0
  /// Threads that release it; 0 means all that are left.
  var expected = 0
  /// Arrived threads whose predicate was true (`bar.red`).
  var trueCount = 0
}

/// Where the last access of one instruction went.
struct Window {
  var address: UInt64 = 0
  var host: UnsafeMutableRawPointer?
  var byteCount: UInt64 = 0
  var isWritable = false
}

/// Executes the blocks of one launch.
///
/// The lanes at one program counter run together. After a divergent branch the group with the
/// lowest program counter goes first; the others are parked until it reaches them, which joins
/// them again. A group that loops while others are parked gives way after some rounds, so that a
/// lane may wait for another one of its block.
struct Machine: ~Copyable {
  static let warpLanes = 32
  static let barriers = 16
  /// Generic addresses of shared, local and parameter memory start here.
  static let sharedWindow: UInt64 = 1 << 60
  static let localWindow: UInt64 = 2 << 60
  static let parameterWindow: UInt64 = 3 << 60
  static let windowMask: UInt64 = 0xf << 60
  /// Backward jumps a group may take while others wait.
  static let patience = 1024

  let kernel: Kernel
  let launch: Launch
  let code: UnsafeMutablePointer<Instruction>
  let codeCount: Int
  let lists: UnsafeMutablePointer<UInt32>
  let threads: Int
  /// Threads rounded up so that every register starts aligned.
  let stride: Int
  let registers: UnsafeMutableRawPointer
  let shared: UnsafeMutableRawPointer
  let sharedBytes: Int
  let local: UnsafeMutableRawPointer
  let localStride: Int
  let parameters: UnsafeMutableRawPointer
  let windows: UnsafeMutablePointer<Window>
  /// Host address of each lane's access.
  let pointers: UnsafeMutablePointer<UnsafeMutableRawPointer>
  let scratch: UnsafeMutableRawPointer
  let lanePC: UnsafeMutablePointer<Int32>
  let state: UnsafeMutablePointer<UInt8>
  let runs: UnsafeMutablePointer<Run>
  let guardRuns: UnsafeMutablePointer<Run>
  let lookup: (UInt64) -> DeviceRange?
  let cancelled: () -> Bool

  var runCount = 0
  /// Lanes in the running group.
  var active = 0
  /// Lanes that have not exited.
  var live = 0
  var pc = 0
  /// Lowest program counter above `pc` where ready lanes are parked.
  var nextParked = Int.max
  var waitingInWarps = 0
  var rounds = 0
  var barrierStates: [Barrier]
  var executed: UInt64 = 0
  var nextCheck = Limits.cancellationInterval

  init(
    kernel: Kernel, launch: Launch, lookup: @escaping (UInt64) -> DeviceRange?,
    cancelled: @escaping () -> Bool
  ) {
    self.kernel = kernel
    self.launch = launch
    self.lookup = lookup
    self.cancelled = cancelled
    let program = kernel.program
    codeCount = program.code.count
    code = .allocate(capacity: codeCount)
    code.initialize(from: program.code, count: codeCount)
    lists = .allocate(capacity: max(1, program.lists.count))
    lists.initialize(from: program.lists, count: program.lists.count)
    threads = Int(launch.block.x) * Int(launch.block.y) * Int(launch.block.z)
    stride = (threads + 31) & ~31
    registers = Self.zeroed(Int(program.slotBytes) * stride)
    sharedBytes = kernel.sharedBytes(dynamic: launch.dynamicSharedBytes)
    shared = Self.zeroed(sharedBytes)
    localStride = (kernel.localBytes + 15) & ~15
    local = Self.zeroed(localStride * threads)
    parameters = Self.zeroed(kernel.parameterBytes)
    if let base = launch.parameters.baseAddress {
      parameters.copyMemory(
        from: base, byteCount: min(kernel.parameterBytes, launch.parameters.count))
    }
    windows = .allocate(capacity: codeCount)
    windows.initialize(repeating: Window(), count: codeCount)
    pointers = .allocate(capacity: stride)
    pointers.initialize(repeating: registers, count: stride)
    scratch = Self.zeroed(8 * stride)
    lanePC = .allocate(capacity: stride)
    lanePC.initialize(repeating: 0, count: stride)
    state = .allocate(capacity: stride)
    state.initialize(repeating: LaneState.exited, count: stride)
    runs = .allocate(capacity: stride)
    runs.initialize(repeating: Run(low: 0, high: 0), count: stride)
    guardRuns = .allocate(capacity: stride)
    guardRuns.initialize(repeating: Run(low: 0, high: 0), count: stride)
    barrierStates = Array(repeating: Barrier(), count: Self.barriers)
  }

  deinit {
    code.deallocate()
    lists.deallocate()
    registers.deallocate()
    shared.deallocate()
    local.deallocate()
    parameters.deallocate()
    windows.deallocate()
    pointers.deallocate()
    scratch.deallocate()
    lanePC.deallocate()
    state.deallocate()
    runs.deallocate()
    guardRuns.deallocate()
  }

  private static func zeroed(_ byteCount: Int) -> UnsafeMutableRawPointer {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(64, byteCount), alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: max(64, byteCount))
    return memory
  }

  // MARK: blocks

  /// Runs one block from its first instruction to the exit of its last thread.
  mutating func run(block: Dimensions) throws(Stop) {
    fillBlockConstants(block)
    for lane in 0..<threads {
      lanePC[lane] = 0
      state[lane] = LaneState.ready
    }
    for index in 0..<Self.barriers { barrierStates[index] = Barrier() }
    live = threads
    waitingInWarps = 0
    shared.initializeMemory(as: UInt8.self, repeating: 0, count: sharedBytes)
    if cancelled() { throw Stop(reason: .cancelled, lane: 0) }
    try schedule(after: -1)
    while live > 0 { try step() }
  }

  @inline(__always)
  private mutating func step() throws(Stop) {
    if pc >= nextParked {
      park()
      try schedule(after: -1)
    }
    let i = code[pc]
    executed &+= UInt64(truncatingIfNeeded: active)
    if i.guardSlot == Instruction.none {
      let frame = Frame(registers: registers, stride: stride, runs: runs, runCount: runCount)
      try perform(i, frame, lanes: active)
    } else {
      let (count, lanes) = guarded(i)
      let frame = Frame(registers: registers, stride: stride, runs: guardRuns, runCount: count)
      if lanes == 0 { pc &+= 1 } else { try perform(i, frame, lanes: lanes) }
    }
  }

  /// The active lanes whose guard holds, as runs in `guardRuns`.
  @inline(__always)
  private func guarded(_ i: Instruction) -> (runs: Int, lanes: Int) {
    let wanted: UInt8 = i.flags.contains(.guardNegated) ? 0 : 1
    let guards = (registers + Int(i.guardSlot) &* stride).assumingMemoryBound(to: UInt8.self)
    var count = 0
    var lanes = 0
    for index in 0..<runCount {
      var lane = Int(runs[index].low)
      let end = Int(runs[index].high)
      while lane < end {
        while lane < end, guards[lane] != wanted { lane &+= 1 }
        if lane >= end { break }
        let low = lane
        while lane < end, guards[lane] == wanted { lane &+= 1 }
        guardRuns[count] = Run(
          low: Int32(truncatingIfNeeded: low), high: Int32(truncatingIfNeeded: lane))
        count &+= 1
        lanes &+= lane &- low
      }
    }
    return (count, lanes)
  }

  // MARK: groups

  /// Writes the running group's program counter to its lanes.
  func park() {
    let here = Int32(truncatingIfNeeded: pc)
    for index in 0..<runCount {
      for lane in Int(runs[index].low)..<Int(runs[index].high) { lanePC[lane] = here }
    }
  }

  /// Forms the next group: the ready lanes with the lowest program counter above `floor`, or with
  /// the lowest of all if none is above.
  mutating func schedule(after floor: Int) throws(Stop) {
    guard live > 0 else { return }
    var lowest = Int32.max
    var lowestAbove = Int32.max
    for lane in 0..<threads where state[lane] == LaneState.ready {
      let at = lanePC[lane]
      lowest = min(lowest, at)
      if Int(at) > floor { lowestAbove = min(lowestAbove, at) }
    }
    guard lowest != .max else { throw Stop(reason: .deadlock, lane: firstLive()) }
    let chosen = lowestAbove == .max ? lowest : lowestAbove
    var next = Int32.max
    runCount = 0
    active = 0
    var lane = 0
    while lane < threads {
      guard state[lane] == LaneState.ready else {
        lane += 1
        continue
      }
      let at = lanePC[lane]
      guard at == chosen else {
        if at > chosen { next = min(next, at) }
        lane += 1
        continue
      }
      let low = lane
      while lane < threads, state[lane] == LaneState.ready, lanePC[lane] == chosen { lane += 1 }
      runs[runCount] = Run(
        low: Int32(truncatingIfNeeded: low), high: Int32(truncatingIfNeeded: lane))
      runCount += 1
      active += lane - low
    }
    pc = Int(chosen)
    nextParked = next == .max ? Int.max : Int(next)
    rounds = 0
  }

  private func firstLive() -> Int {
    for lane in 0..<threads where state[lane] != LaneState.exited { return lane }
    return 0
  }

  // MARK: jumps and exits

  mutating func branch(_ i: Instruction, _ frame: Frame, lanes: Int) throws(Stop) {
    let target = Int(i.immediate)
    if lanes == active {
      try jump(to: target)
      return
    }
    pc &+= 1
    park()
    frame.each { lanePC[$0] = Int32(truncatingIfNeeded: target) }
    if target < pc { try countRound() }
    try schedule(after: -1)
  }

  private mutating func jump(to target: Int) throws(Stop) {
    let isBackward = target <= pc
    pc = target
    guard isBackward else { return }
    try countRound()
    guard active < live else { return }
    rounds &+= 1
    if rounds > Self.patience {
      park()
      try schedule(after: pc)
    }
  }

  private mutating func countRound() throws(Stop) {
    guard executed >= nextCheck else { return }
    nextCheck = executed &+ Limits.cancellationInterval
    if cancelled() { throw Stop(reason: .cancelled, lane: Int(runs[0].low)) }
  }

  mutating func exit(_ frame: Frame, lanes: Int) throws(Stop) {
    pc &+= 1
    park()
    frame.each { state[$0] = LaneState.exited }
    live -= lanes
    for id in 0..<Self.barriers { releaseIfComplete(id) }
    if waitingInWarps > 0 { wakeWarps(at: nil) }
    try schedule(after: -1)
  }
}

extension Kernel {
  /// Where the dynamic array starts in shared memory.
  var dynamicSharedOffset: Int {
    let alignment = max(16, program.dynamicSharedAlignment)
    return (staticSharedBytes + alignment - 1) / alignment * alignment
  }

  func sharedBytes(dynamic: Int) -> Int {
    dynamic == 0 ? staticSharedBytes : dynamicSharedOffset + dynamic
  }
}
