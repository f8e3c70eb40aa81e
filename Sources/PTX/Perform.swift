extension Machine {
  /// Executes one instruction for the frame's lanes and moves the program counter.
  @inline(__always)
  mutating func perform(_ i: Instruction, _ f: Frame, lanes: Int) throws(Stop) {
    switch i.operation {
    case .branch: try branch(i, f, lanes: lanes)
    case .exit: try exit(f, lanes: lanes)
    case .barrier: try barrier(i, f, lanes: lanes)
    case .shuffle: try acrossWarps(i, f) { $0.shuffle(i, f, $1) }
    case .vote: try acrossWarps(i, f) { $0.vote(i, f, $1) }
    case .reduce: try acrossWarps(i, f) { $0.reduce(i, f, $1) }
    case .match: try acrossWarps(i, f) { $0.match(i, f, $1) }
    case .matrixMultiply: try acrossWarps(i, f) { $0.matrixMultiply(i, f, $1) }
    case .warpSync: try acrossWarps(i, f) { _, _ in }
    case .trap: throw Stop(reason: .trap, lane: Int(f.runs[0].low))
    case .barrierArrive:
      try arrive(i, f, lanes: lanes)
      pc &+= 1
    case .load:
      try load(i, f)
      pc &+= 1
    case .store:
      try store(i, f)
      pc &+= 1
    case .atomic:
      try atomic(i, f)
      pc &+= 1
    case .loadParameter:
      loadParameter(i, f)
      pc &+= 1
    case .activeMask:
      activeMask(i, f)
      pc &+= 1
    case .convert:
      f.convert(i, scratch: scratch)
      pc &+= 1
    case .compare:
      f.compare(i, scratch: scratch.assumingMemoryBound(to: UInt8.self))
      pc &+= 1
    case .clock:
      clock(i, f)
      pc &+= 1
    case .add, .subtract, .multiplyLow, .multiplyHigh, .multiplyWide, .divide, .remainder,
      .minimum, .maximum, .and, .or, .xor, .shiftLeft, .shiftRight, .absolute, .negate, .not,
      .logicalNot, .multiplyAddLow, .multiplyAddHigh, .multiplyAddWide, .addSaturating,
      .subtractSaturating, .populationCount, .leadingZeros, .bitReverse, .findLeadingBit,
      .fieldExtract, .fieldInsert, .funnelLeft, .funnelRight, .permute, .lookup3,
      .absoluteDifference, .multiply24, .multiplyAdd24, .dotProduct4, .floatAdd, .floatSubtract,
      .floatMultiply, .floatDivide, .floatMinimum, .floatMaximum, .fused, .floatAbsolute,
      .floatNegate, .reciprocal, .squareRoot, .reciprocalSquareRoot, .exponential2, .logarithm2,
      .sine, .cosine, .hyperbolicTangent, .copySign, .testProperty, .move, .insert, .extract,
      .select, .selectBySign, .convertPacked, .nothing:
      f.perform(i)
      pc &+= 1
    }
  }

  private func clock(_ i: Instruction, _ f: Frame) {
    let now = Clock.nanoseconds()
    if i.type.width == 4 {
      let d = f.slot(i.d, UInt32.self)
      f.each { d[$0] = UInt32(truncatingIfNeeded: now) }
    } else {
      let d = f.slot(i.d, UInt64.self)
      f.each { d[$0] = now }
    }
  }
}

/// What `%clock64` and `%globaltimer` read: nanoseconds of real time since the first use.
enum Clock {
  private static let start = ContinuousClock.now

  static func nanoseconds() -> UInt64 {
    // The start comes first, or the first reading would lie before it.
    let start = start
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    return UInt64(truncatingIfNeeded: seconds &* 1_000_000_000 &+ attoseconds / 1_000_000_000)
  }
}

extension Frame {
  /// The instructions that only map registers to registers, lane by lane.
  @inline(never)
  func perform(_ i: Instruction) {
    switch i.operation {
    case .add: whole(i, Add.self)
    case .subtract: whole(i, Subtract.self)
    case .multiplyLow: whole(i, MultiplyLow.self)
    case .multiplyHigh: whole(i, MultiplyHigh.self)
    case .multiplyWide: multiplyWide(i)
    case .divide: whole(i, Divide.self)
    case .remainder: whole(i, Remainder.self)
    case .minimum: whole(i, Minimum.self)
    case .maximum: whole(i, Maximum.self)
    case .and: whole(i, And.self)
    case .or: whole(i, Or.self)
    case .xor: whole(i, Xor.self)
    case .shiftLeft: shiftLeft(i)
    case .shiftRight: shiftRight(i)
    case .absolute: absolute(i)
    case .negate: negate(i)
    case .not: not(i)
    case .logicalNot: logicalNot(i)
    case .multiplyAddLow: whole(i, MultiplyAddLow.self)
    case .multiplyAddHigh: whole(i, MultiplyAddHigh.self)
    case .multiplyAddWide: multiplyAddWide(i)
    case .addSaturating: saturating(i, isSum: true)
    case .subtractSaturating: saturating(i, isSum: false)
    case .absoluteDifference: whole(i, AbsoluteDifference.self)
    case .move: move(i)
    case .insert: insert(i)
    case .extract: extract(i)
    case .select: select(i)
    case .selectBySign: selectBySign(i)
    case .floatAdd: float(i, FloatAdd.self)
    case .floatSubtract: float(i, FloatSubtract.self)
    case .floatMultiply: float(i, FloatMultiply.self)
    case .floatDivide: float(i, FloatDivide.self)
    case .floatMinimum: float(i, FloatMinimum.self)
    case .floatMaximum: float(i, FloatMaximum.self)
    case .fused: fused(i)
    case .floatAbsolute: float(i, FloatAbsolute.self)
    case .floatNegate: float(i, FloatNegate.self)
    case .reciprocal: float(i, Reciprocal.self)
    case .squareRoot: float(i, SquareRoot.self)
    case .reciprocalSquareRoot: function(i) { 1 / $0.squareRoot() }
    case .exponential2: function(i, Functions.exponential2)
    case .logarithm2: function(i, Functions.logarithm2)
    case .sine: function(i, Functions.sine)
    case .cosine: function(i, Functions.cosine)
    case .hyperbolicTangent: function(i, Functions.hyperbolicTangent)
    case .copySign: float(i, CopySign.self)
    case .testProperty: testProperty(i)
    case .convertPacked: convertPacked(i)
    case .populationCount: populationCount(i)
    case .leadingZeros: leadingZeros(i)
    case .bitReverse: bitReverse(i)
    case .findLeadingBit: findLeadingBit(i)
    case .fieldExtract: fieldExtract(i)
    case .fieldInsert: fieldInsert(i)
    case .funnelLeft: funnel(i, isLeft: true)
    case .funnelRight: funnel(i, isLeft: false)
    case .permute: permute(i)
    case .lookup3: lookup3(i)
    case .multiply24: multiply24(i, adds: false)
    case .multiplyAdd24: multiply24(i, adds: true)
    case .dotProduct4: dotProduct4(i)
    case .nothing, .compare, .convert, .clock, .loadParameter, .load, .store, .atomic,
      .shuffle, .vote, .activeMask, .reduce, .matrixMultiply, .warpSync, .match, .branch, .exit,
      .barrier, .barrierArrive, .trap:
      break
    }
  }
}
