extension Parser {
  // MARK: functions of floats

  mutating func decodeFloat(
    _ opcode: Opcode, _ operands: [Operand]
  ) throws(PTXFault) -> Bool {
    var opcode = opcode
    switch opcode.base {
    case "rcp": try function(.reciprocal, &opcode, operands, exact: true, [.f32, .f64])
    case "sqrt": try function(.squareRoot, &opcode, operands, exact: true, [.f32, .f64])
    case "rsqrt":
      try function(.reciprocalSquareRoot, &opcode, operands, exact: false, [.f32, .f64])
    case "ex2":
      try function(.exponential2, &opcode, operands, exact: false, [.f32, .f16, .f16x2, .bf16])
    case "lg2": try function(.logarithm2, &opcode, operands, exact: false, [.f32])
    case "sin": try function(.sine, &opcode, operands, exact: false, [.f32])
    case "cos": try function(.cosine, &opcode, operands, exact: false, [.f32])
    case "tanh":
      try function(
        .hyperbolicTangent, &opcode, operands, exact: false, [.f32, .f16, .f16x2, .bf16])
    case "copysign":
      let type = try type(of: &opcode)
      guard type == .f32 || type == .f64 else { throw unsupported(opcode) }
      try binary(.copySign, type, operands, opcode)
    case "testp": try decodeTest(&opcode, operands)
    default: return false
    }
    return true
  }

  private mutating func function(
    _ operation: Operation, _ opcode: inout Opcode, _ operands: [Operand], exact: Bool,
    _ types: [ScalarType]
  ) throws(PTXFault) {
    let type = try type(of: &opcode)
    guard types.contains(type) else { throw unsupported(opcode) }
    let isApproximate = opcode.take("approx")
    let isRounded = exact && opcode.take("rn")
    guard isApproximate != isRounded else { throw unsupported(opcode) }
    let flags: InstructionFlags = opcode.take("ftz") && type != .f64 ? .flush : []
    try unary(operation, type, to: type, operands, opcode, flags: flags)
  }

  private mutating func decodeTest(
    _ opcode: inout Opcode, _ operands: [Operand]
  ) throws(PTXFault) {
    let type = try type(of: &opcode)
    guard type == .f32 || type == .f64 else { throw unsupported(opcode) }
    let names: [Substring] = ["finite", "infinite", "number", "notanumber", "normal", "subnormal"]
    guard let name = opcode.takeAny(names), let detail = names.firstIndex(of: name) else {
      throw unsupported(opcode)
    }
    try finish(opcode)
    try expect(operands, 2...2)
    let a = try source(operands[1], type)
    let d = try result(operands[0], .pred)
    try emit(
      Instruction(operation: .testProperty, type: type, detail: UInt8(detail), d: d, a: a))
  }

  // MARK: moving and choosing

  mutating func decodeMoves(
    _ opcode: Opcode, _ operands: [Operand]
  ) throws(PTXFault) -> Bool {
    var opcode = opcode
    switch opcode.base {
    case "mov": try decodeMove(&opcode, operands)
    case "selp": try decodeSelect(&opcode, operands)
    case "slct": try decodeSelectBySign(&opcode, operands)
    case "setp": try decodeCompare(&opcode, operands)
    case "set": try decodeCompareSet(&opcode, operands)
    case "cvt": try decodeConvert(&opcode, operands)
    case "cvta": try decodeConvertAddress(&opcode, operands)
    default: return false
    }
    return true
  }

  private mutating func decodeMove(
    _ opcode: inout Opcode, _ operands: [Operand]
  ) throws(PTXFault) {
    let type = try type(of: &opcode)
    try finish(opcode)
    try expect(operands, 2...2)
    guard type != .b8, type != .u8, type != .s8 else { throw unsupported(opcode) }
    if case .vector(let parts) = operands[0] {
      let piece = try part(of: type, parts, opcode)
      let a = try source(operands[1], type)
      for (index, operand) in parts.enumerated() {
        if case .sink = operand { continue }
        let d = try result(operand, piece)
        try emit(
          Instruction(
            operation: .extract, type: piece, source: type, d: d, a: a,
            immediate: Int64(index * piece.width)))
      }
    } else if case .vector(let parts) = operands[1] {
      let piece = try part(of: type, parts, opcode)
      var slots: [UInt32] = []
      for operand in parts { slots.append(try source(operand, piece)) }
      let d = try result(operands[0], type)
      for (index, slot) in slots.enumerated() {
        try emit(
          Instruction(
            operation: .insert, type: piece, source: type, d: d, a: slot,
            immediate: Int64(index * piece.width)))
      }
    } else {
      let a = try source(operands[1], type)
      let d = try result(operands[0], type)
      try emit(Instruction(operation: .move, type: type, d: d, a: a))
    }
  }

  /// The type of one element of a packed register.
  private func part(
    of type: ScalarType, _ parts: [Operand], _ opcode: Opcode
  ) throws(PTXFault) -> ScalarType {
    guard type.isBits || type == .f16x2 else { throw unsupported(opcode) }
    switch (type.width, parts.count) {
    case (8, 2): return .b32
    case (8, 4), (4, 2): return .b16
    case (4, 4), (2, 2): return .b8
    default: throw fault(.operand("\(parts.count) parts of .\(type)"))
    }
  }

  private mutating func decodeSelect(
    _ opcode: inout Opcode, _ operands: [Operand]
  ) throws(PTXFault) {
    let type = try type(of: &opcode)
    try finish(opcode)
    try expect(operands, 4...4)
    guard type.width >= 2 else { throw unsupported(opcode) }
    let a = try source(operands[1], type)
    let b = try source(operands[2], type)
    let c = try source(operands[3], .pred)
    let d = try result(operands[0], type)
    try emit(Instruction(operation: .select, type: type, d: d, a: a, b: b, c: c))
  }

  private mutating func decodeSelectBySign(
    _ opcode: inout Opcode, _ operands: [Operand]
  ) throws(PTXFault) {
    let type = try type(of: &opcode)
    let sign = try self.type(of: &opcode)
    guard type.width >= 2, sign == .s32 || sign == .f32 else { throw unsupported(opcode) }
    let flags: InstructionFlags = sign == .f32 && opcode.take("ftz") ? .flush : []
    try finish(opcode)
    try expect(operands, 4...4)
    let a = try source(operands[1], type)
    let b = try source(operands[2], type)
    let c = try source(operands[3], sign)
    let d = try result(operands[0], type)
    try emit(
      Instruction(
        operation: .selectBySign, type: type, flags: flags, source: sign, d: d, a: a, b: b, c: c))
  }

  private mutating func comparison(
    _ opcode: inout Opcode, _ type: ScalarType
  ) throws(PTXFault) -> Comparison {
    guard let name = opcode.next, opcode.take(name), let found = Comparison.names[name] else {
      throw unsupported(opcode)
    }
    let isOrdered: Bool
    switch found {
    case .eq, .ne: isOrdered = true
    case .lt, .le, .gt, .ge: isOrdered = !type.isBits
    case .lo, .ls, .hi, .hs: isOrdered = type.isUnsigned
    case .equ, .neu, .ltu, .leu, .gtu, .geu, .num, .nan: isOrdered = type.isFloat
    }
    guard isOrdered, type.width >= 2, type != .tf32, type != .f16x2, type != .bf16x2 else {
      throw unsupported(opcode)
    }
    return found
  }

  private mutating func combination(_ opcode: inout Opcode) -> Combination {
    switch opcode.takeAny(["and", "or", "xor"]) {
    case "and": .and
    case "or": .or
    case "xor": .xor
    default: .none
    }
  }

  private mutating func decodeCompare(
    _ opcode: inout Opcode, _ operands: [Operand]
  ) throws(PTXFault) {
    let type = try type(of: &opcode)
    let comparison = try comparison(&opcode, type)
    let combination = combination(&opcode)
    var flags: InstructionFlags = opcode.take("ftz") && type == .f32 ? .flush : []
    try finish(opcode)
    try expect(operands, combination == .none ? 3...3 : 4...4)
    let a = try source(operands[1], type)
    let b = try source(operands[2], type)
    let c = combination == .none ? Instruction.none : try source(operands[3], .pred)
    let d: UInt32
    var second: UInt32 = 0
    if case .pair(let first, let other) = operands[0] {
      d = try result(first, .pred)
      second = try result(other, .pred)
      flags.insert(.second)
    } else {
      d = try result(operands[0], .pred)
    }
    try emit(
      Instruction(
        operation: .compare, type: type, detail: comparison.rawValue, flags: flags,
        combine: combination.rawValue, d: d, a: a, b: b, c: c, immediate: Int64(second)))
  }

  private mutating func decodeCompareSet(
    _ opcode: inout Opcode, _ operands: [Operand]
  ) throws(PTXFault) {
    let wanted = try type(of: &opcode)
    let type = try type(of: &opcode)
    guard wanted == .u32 || wanted == .s32 || wanted == .f32 else { throw unsupported(opcode) }
    let comparison = try comparison(&opcode, type)
    let combination = combination(&opcode)
    let flags: InstructionFlags = opcode.take("ftz") && type == .f32 ? .flush : []
    try finish(opcode)
    try expect(operands, combination == .none ? 3...3 : 4...4)
    let a = try source(operands[1], type)
    let b = try source(operands[2], type)
    let c = combination == .none ? Instruction.none : try source(operands[3], .pred)
    let d = try result(operands[0], wanted)
    let temporary = try addSlot(width: 1)
    // The comparison runs whether or not the guard holds: only the last step is visible.
    try emit(
      Instruction(
        operation: .compare, type: type, detail: comparison.rawValue, flags: flags,
        combine: combination.rawValue, d: temporary, a: a, b: b, c: c))
    let yes = try constant(
      .bits(wanted == .f32 ? UInt64(Float(1).bitPattern) : 0xffff_ffff), width: 4)
    let no = try constant(.bits(0), width: 4)
    try emit(Instruction(operation: .select, type: .b32, d: d, a: yes, b: no, c: temporary))
  }

  // MARK: conversions

  private func rounding(_ name: Substring?) -> Rounding {
    switch name {
    case "rni": .toWhole
    case "rzi": .toWholeZero
    case "rmi": .toWholeDown
    case "rpi": .toWholeUp
    case "rn": .nearest
    case "rz": .zero
    case "rm": .down
    case "rp": .up
    case "rna": .nearestAway
    default: .none
    }
  }

  private mutating func decodeConvert(
    _ opcode: inout Opcode, _ operands: [Operand]
  ) throws(PTXFault) {
    let to = try type(of: &opcode)
    let from = try type(of: &opcode)
    let rounding = rounding(
      opcode.takeAny(["rni", "rzi", "rmi", "rpi", "rna", "rn", "rz", "rm", "rp"]))
    var flags: InstructionFlags = []
    if opcode.take("ftz") { flags.insert(.flush) }
    if opcode.take("sat") { flags.insert(.saturate) }
    if to == .f16x2 || to == .bf16x2 {
      guard from == .f32, rounding == .nearest || rounding == .zero else {
        throw unsupported(opcode)
      }
      try finish(opcode)
      try expect(operands, 3...3)
      let a = try source(operands[1], .f32)
      let b = try source(operands[2], .f32)
      let d = try result(operands[0], to)
      try emit(
        Instruction(
          operation: .convertPacked, type: to, detail: rounding.rawValue, flags: flags, d: d, a: a,
          b: b))
      return
    }
    try checkRounding(opcode, to, from, rounding)
    try finish(opcode)
    try expect(operands, 2...2)
    let a = try convertedSource(operands[1], from)
    let (d, width) = try wideResult(operands[0], to)
    try emit(
      Instruction(
        operation: .convert, type: to, detail: rounding.rawValue, flags: flags, source: from, d: d,
        a: a.slot, b: UInt32(width), c: UInt32(a.width)))
  }

  /// A source register may be wider than the type: its low bits count.
  private mutating func convertedSource(
    _ operand: Operand, _ type: ScalarType
  ) throws(PTXFault) -> (slot: UInt32, width: Int) {
    if case .register(let slot, let declared) = operand, declared != .pred,
      declared.width >= type.width
    {
      return (slot, declared.width)
    }
    return (try source(operand, type), type.width)
  }

  private func checkRounding(
    _ opcode: Opcode, _ to: ScalarType, _ from: ScalarType, _ rounding: Rounding
  ) throws(PTXFault) {
    let plain: [ScalarType] = [.f16, .bf16, .f32, .f64]
    let fine: Bool
    switch (to.isFloat, from.isFloat) {
    case (false, false):
      fine = to.isInteger && from.isInteger && rounding == .none
    case (false, true):
      let whole: [Rounding] = [.toWhole, .toWholeZero, .toWholeDown, .toWholeUp]
      fine = to.isInteger && plain.contains(from) && whole.contains(rounding)
    case (true, false):
      fine =
        plain.contains(to) && from.isInteger
        && [.nearest, .zero, .down, .up].contains(rounding)
    case (true, true):
      if to == .tf32 {
        fine = from == .f32 && [.nearestAway, .nearest, .zero].contains(rounding)
      } else if to.width < from.width || (to == .bf16) != (from == .bf16) && to.width == from.width
      {
        fine =
          plain.contains(to) && plain.contains(from)
          && [.nearest, .zero, .down, .up].contains(rounding)
      } else {
        fine = plain.contains(to) && plain.contains(from) && rounding != .nearestAway
      }
    }
    guard fine else { throw unsupported(opcode) }
  }

  private mutating func decodeConvertAddress(
    _ opcode: inout Opcode, _ operands: [Operand]
  ) throws(PTXFault) {
    let isToSpace = opcode.take("to")
    guard try type(of: &opcode) == .u64 else { throw unsupported(opcode) }
    let window: UInt64
    switch opcode.takeAny(["global", "const", "shared", "shared::cta", "local", "param"]) {
    case "global", "const": window = 0
    case "shared", "shared::cta": window = Machine.sharedWindow
    case "local": window = Machine.localWindow
    case "param": window = Machine.parameterWindow
    default: throw unsupported(opcode)
    }
    try finish(opcode)
    try expect(operands, 2...2)
    let a = try source(operands[1], .u64)
    let b = try constant(.bits(window), width: 8)
    let d = try result(operands[0], .u64)
    try emit(
      Instruction(operation: isToSpace ? .subtract : .add, type: .u64, d: d, a: a, b: b))
  }
}
