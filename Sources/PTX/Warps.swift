// Instructions across the lanes of a warp, and barriers.

/// The lanes of one warp that take part in an instruction.
struct Warp {
  /// The warp's first lane.
  let first: Int
  /// One bit per participating lane.
  let mask: UInt32

  @inline(__always)
  func each(_ body: (Int) -> Void) {
    var rest = mask
    while rest != 0 {
      body(first &+ rest.trailingZeroBitCount)
      rest &= rest &- 1
    }
  }

  func contains(_ index: Int) -> Bool { index >= 0 && index < 32 && mask >> UInt32(index) & 1 == 1 }
}

extension Machine {
  /// Calls the body with each warp that has lanes in the frame.
  private func eachWarp(_ f: Frame, _ body: (Warp) -> Void) {
    var first = -1
    var mask: UInt32 = 0
    for index in 0..<f.runCount {
      for lane in Int(f.runs[index].low)..<Int(f.runs[index].high) {
        if lane & ~31 != first {
          if mask != 0 { body(Warp(first: first, mask: mask)) }
          first = lane & ~31
          mask = 0
        }
        mask |= 1 << UInt32(lane & 31)
      }
    }
    if mask != 0 { body(Warp(first: first, mask: mask)) }
  }

  private func liveMask(_ warp: Warp) -> UInt32 {
    var mask: UInt32 = 0
    for index in 0..<min(32, threads - warp.first)
    where state[warp.first + index] != LaneState.exited {
      mask |= 1 << UInt32(index)
    }
    return mask
  }

  /// Runs a `.sync` instruction for the warps whose named lanes are all here. Lanes of other
  /// warps wait until the rest of their warp arrives at the same instruction.
  @inline(never)
  mutating func acrossWarps(
    _ i: Instruction, _ f: Frame, _ body: (borrowing Machine, Warp) -> Void
  ) throws(Stop) {
    if waitingInWarps > 0, wakeWarps(at: pc) {
      park()
      try schedule(after: pc - 1)
      return
    }
    let members = f.slot(i.a, UInt32.self)
    var missing = 0
    eachWarp(f) { warp in
      let named = members[warp.first + warp.mask.trailingZeroBitCount]
      if named & liveMask(warp) & ~warp.mask != 0 {
        warp.each { state[$0] = LaneState.warp }
        missing += warp.mask.nonzeroBitCount
      } else {
        body(self, warp)
      }
    }
    if missing == 0 {
      pc &+= 1
      return
    }
    waitingInWarps += missing
    pc &+= 1
    park()
    f.each { if state[$0] == LaneState.warp { lanePC[$0] = Int32(truncatingIfNeeded: pc &- 1) } }
    try schedule(after: -1)
  }

  /// Makes lanes that wait in warps ready again: those at one instruction, or all.
  @discardableResult
  mutating func wakeWarps(at instruction: Int?) -> Bool {
    var woken = 0
    for lane in 0..<threads
    where state[lane] == LaneState.warp && instruction.map({ $0 == Int(lanePC[lane]) }) != false {
      state[lane] = LaneState.ready
      woken += 1
    }
    waitingInWarps -= woken
    return woken > 0
  }

  func match(_ i: Instruction, _ f: Frame, _ warp: Warp) {
    if i.type.width == 4 {
      match(i, f, warp, UInt32.self)
    } else {
      match(i, f, warp, UInt64.self)
    }
  }

  func activeMask(_ i: Instruction, _ f: Frame) {
    let d = f.slot(i.d, UInt32.self)
    eachWarp(f) { warp in warp.each { d[$0] = warp.mask } }
  }

  /// The third operand's low byte bounds the source lane, its second byte cuts the warp into
  /// segments. A source out of bounds, or one that does not take part, leaves the lane's own value.
  func shuffle(_ i: Instruction, _ f: Frame, _ warp: Warp) {
    let entry = Int(i.b)
    let a = f.slot(lists[entry], UInt32.self)
    let b = f.slot(lists[entry + 1], UInt32.self)
    let c = f.slot(lists[entry + 2], UInt32.self)
    let d = f.slot(i.d, UInt32.self)
    let mode = ShuffleMode(rawValue: i.detail) ?? .index
    var values = InlineArray<32, UInt32>(repeating: 0)
    var found: UInt32 = 0
    warp.each { lane in
      let own = lane & 31
      let bound = Int(c[lane] & 31)
      let segment = Int(c[lane] >> 8 & 31)
      let amount = Int(b[lane] & 31)
      let highest = own & segment | bound & ~segment
      let lowest = own & segment
      let (source, isInside) =
        switch mode {
        case .up: (own - amount, own - amount >= highest)
        case .down: (own + amount, own + amount <= highest)
        case .butterfly: (own ^ amount, own ^ amount <= highest)
        case .index: (lowest | amount & ~segment, lowest | amount & ~segment <= highest)
        }
      let from = isInside ? source : own
      values[own] = warp.contains(from) ? a[warp.first + from] : a[lane]
      if isInside { found |= 1 << UInt32(own) }
    }
    warp.each { d[$0] = values[$0 & 31] }
    let second = lists[entry + 3]
    guard second != Instruction.none else { return }
    let p = f.slot(second, UInt8.self)
    warp.each { p[$0] = UInt8(truncatingIfNeeded: found >> UInt32($0 & 31) & 1) }
  }

  func vote(_ i: Instruction, _ f: Frame, _ warp: Warp) {
    let a = f.slot(i.b, UInt8.self)
    var ballot: UInt32 = 0
    warp.each { ballot |= UInt32(a[$0]) << UInt32($0 & 31) }
    let answer: Bool
    switch Reduction(rawValue: i.detail) ?? .ballot {
    case .all: answer = ballot == warp.mask
    case .any: answer = ballot != 0
    case .uniform: answer = ballot == 0 || ballot == warp.mask
    case .ballot, .count, .add, .min, .max, .and, .or, .xor:
      let d = f.slot(i.d, UInt32.self)
      warp.each { d[$0] = ballot }
      return
    }
    let d = f.slot(i.d, UInt8.self)
    warp.each { d[$0] = answer ? 1 : 0 }
  }

  func reduce(_ i: Instruction, _ f: Frame, _ warp: Warp) {
    let a = f.slot(i.b, UInt32.self)
    let isSigned = i.type == .s32
    let operation = Reduction(rawValue: i.detail) ?? .add
    var result = a[warp.first + warp.mask.trailingZeroBitCount]
    let rest = Warp(first: warp.first, mask: warp.mask & (warp.mask - 1))
    rest.each {
      let value = a[$0]
      let isLess =
        isSigned ? Int32(bitPattern: value) < Int32(bitPattern: result) : value < result
      switch operation {
      case .add: result &+= value
      case .min: result = isLess ? value : result
      case .max: result = isLess ? result : value
      case .and: result &= value
      case .or: result |= value
      case .xor: result ^= value
      case .all, .any, .uniform, .ballot, .count: break
      }
    }
    let d = f.slot(i.d, UInt32.self)
    warp.each { d[$0] = result }
  }

  private func match<T: FixedWidthInteger>(
    _ i: Instruction, _ f: Frame, _ warp: Warp, _: T.Type
  ) {
    let a = f.slot(i.b, T.self)
    var masks = InlineArray<32, UInt32>(repeating: 0)
    var isUniform = true
    warp.each { lane in
      warp.each { other in
        if a[other] == a[lane] {
          masks[lane & 31] |= 1 << UInt32(other & 31)
        } else {
          isUniform = false
        }
      }
    }
    let wantsAll = i.detail == Reduction.all.rawValue
    let d = f.slot(i.d, UInt32.self)
    warp.each { d[$0] = wantsAll ? (isUniform ? warp.mask : 0) : masks[$0 & 31] }
    guard i.c != Instruction.none else { return }
    let p = f.slot(i.c, UInt8.self)
    warp.each { p[$0] = isUniform ? 1 : 0 }
  }

  // MARK: barriers

  /// Barrier number and expected threads, from the frame's first lane.
  private mutating func named(
    _ i: Instruction, _ f: Frame, lanes: Int
  ) throws(Stop) -> Int {
    let lane = Int(f.runs[0].low)
    let id = Int(f.slot(i.a, UInt32.self)[lane]) % Self.barriers
    if i.b != Instruction.none {
      barrierStates[id].expected = Int(f.slot(i.b, UInt32.self)[lane])
    }
    barrierStates[id].arrived += lanes
    return id
  }

  mutating func arrive(_ i: Instruction, _ f: Frame, lanes: Int) throws(Stop) {
    let id = try named(i, f, lanes: lanes)
    pc &+= 1
    park()
    releaseIfComplete(id)
    pc &-= 1
  }

  @inline(never)
  mutating func barrier(_ i: Instruction, _ f: Frame, lanes: Int) throws(Stop) {
    let id = try named(i, f, lanes: lanes)
    if i.flags.contains(.second) {
      let c = f.slot(i.c, UInt8.self)
      var count = 0
      f.each { count += Int(c[$0]) }
      barrierStates[id].trueCount += count
    } else if lanes == live, barrierStates[id].arrived == live {
      // Everyone is here: nothing to wait for.
      barrierStates[id] = Barrier()
      pc &+= 1
      return
    }
    pc &+= 1
    park()
    f.each { state[$0] = LaneState.barrier + UInt8(truncatingIfNeeded: id) }
    releaseIfComplete(id)
    try schedule(after: -1)
  }

  mutating func releaseIfComplete(_ id: Int) {
    let barrier = barrierStates[id]
    let needed = barrier.expected == 0 ? live : barrier.expected
    guard barrier.arrived > 0, barrier.arrived >= needed else { return }
    for lane in 0..<threads where state[lane] == LaneState.barrier + UInt8(id) {
      state[lane] = LaneState.ready
      let i = code[Int(lanePC[lane]) - 1]
      guard i.flags.contains(.second) else { continue }
      let trueCount = barrier.trueCount
      switch Reduction(rawValue: i.detail) ?? .count {
      case .all: set(i, lane, trueCount == barrier.arrived ? 1 : 0)
      case .any: set(i, lane, trueCount > 0 ? 1 : 0)
      case .count, .uniform, .ballot, .add, .min, .max, .and, .or, .xor:
        (registers + Int(i.d) * stride).storeBytes(
          of: UInt32(trueCount), toByteOffset: 4 * lane, as: UInt32.self)
      }
    }
    barrierStates[id] = Barrier()
  }

  private func set(_ i: Instruction, _ lane: Int, _ value: UInt8) {
    (registers + Int(i.d) * stride).storeBytes(of: value, toByteOffset: lane, as: UInt8.self)
  }
}
