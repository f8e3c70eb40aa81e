/// How `setp` and `set` compare.
enum Comparison: UInt8, Sendable {
  case eq, ne, lt, le, gt, ge, lo, ls, hi, hs, equ, neu, ltu, leu, gtu, geu, num, nan

  static let names: [Substring: Comparison] = [
    "eq": .eq, "ne": .ne, "lt": .lt, "le": .le, "gt": .gt, "ge": .ge, "lo": .lo, "ls": .ls,
    "hi": .hi, "hs": .hs, "equ": .equ, "neu": .neu, "ltu": .ltu, "leu": .leu, "gtu": .gtu,
    "geu": .geu, "num": .num, "nan": .nan,
  ]
}

/// The boolean between a comparison and the predicate that `setp` combines it with.
enum Combination: UInt8, Sendable {
  case none, and, or, xor
}

/// Rounding of conversions: `rni` and its kin to a whole number, `rn` and its kin to the format.
enum Rounding: UInt8, Sendable {
  case none, nearest, zero, down, up, nearestAway, toWhole, toWholeZero, toWholeDown, toWholeUp
}

extension Parser {
  /// Decodes one instruction whose operands have been read.
  mutating func decode(_ opcode: Opcode, _ operands: [Operand]) throws(PTXFault) {
    if try decodeArithmetic(opcode, operands) { return }
    if try decodeLogic(opcode, operands) { return }
    if try decodeFloat(opcode, operands) { return }
    if try decodeMoves(opcode, operands) { return }
    if try decodeMemory(opcode, operands) { return }
    if try decodeControl(opcode, operands) { return }
    throw unsupported(opcode)
  }

  // MARK: arithmetic that integers and floats share

  private mutating func decodeArithmetic(
    _ opcode: Opcode, _ operands: [Operand]
  ) throws(PTXFault) -> Bool {
    var opcode = opcode
    switch opcode.base {
    case "add": try two(&opcode, operands, .add, .floatAdd, saturating: .addSaturating)
    case "sub":
      try two(&opcode, operands, .subtract, .floatSubtract, saturating: .subtractSaturating)
    case "div": try decodeDivide(&opcode, operands)
    case "min": try two(&opcode, operands, .minimum, .floatMinimum, saturating: nil)
    case "max": try two(&opcode, operands, .maximum, .floatMaximum, saturating: nil)
    case "abs": try one(&opcode, operands, .absolute, .floatAbsolute)
    case "neg": try one(&opcode, operands, .negate, .floatNegate)
    case "mul": try decodeMultiply(&opcode, operands)
    case "mad", "fma": try decodeMultiplyAdd(&opcode, operands)
    case "rem":
      let type = try integer(&opcode)
      try binary(.remainder, type, operands, opcode)
    case "sad":
      let type = try integer(&opcode)
      try ternary(.absoluteDifference, type, type, operands, opcode)
    case "mul24":
      let type = try integer(&opcode, widths: 4...4)
      guard opcode.take("lo") else { throw unsupported(opcode) }
      try binary(.multiply24, type, operands, opcode)
    case "mad24":
      let type = try integer(&opcode, widths: 4...4)
      guard opcode.take("lo") else { throw unsupported(opcode) }
      try ternary(.multiplyAdd24, type, type, operands, opcode)
    default: return false
    }
    return true
  }

  private mutating func integer(
    _ opcode: inout Opcode, widths: ClosedRange<Int> = 2...8
  ) throws(PTXFault) -> ScalarType {
    let type = try type(of: &opcode)
    guard type.isInteger, widths.contains(type.width) else { throw unsupported(opcode) }
    return type
  }

  mutating func binary(
    _ operation: Operation, _ type: ScalarType, _ operands: [Operand], _ opcode: Opcode,
    flags: InstructionFlags = []
  ) throws(PTXFault) {
    try finish(opcode)
    try expect(operands, 3...3)
    let a = try source(operands[1], type)
    let b = try source(operands[2], type)
    let d = try result(operands[0], type)
    try emit(Instruction(operation: operation, type: type, flags: flags, d: d, a: a, b: b))
  }

  mutating func unary(
    _ operation: Operation, _ type: ScalarType, to resultType: ScalarType, _ operands: [Operand],
    _ opcode: Opcode, flags: InstructionFlags = []
  ) throws(PTXFault) {
    try finish(opcode)
    try expect(operands, 2...2)
    let a = try source(operands[1], type)
    let d = try result(operands[0], resultType)
    try emit(Instruction(operation: operation, type: type, flags: flags, d: d, a: a))
  }

  mutating func ternary(
    _ operation: Operation, _ type: ScalarType, _ wide: ScalarType, _ operands: [Operand],
    _ opcode: Opcode, flags: InstructionFlags = []
  ) throws(PTXFault) {
    try finish(opcode)
    try expect(operands, 4...4)
    let a = try source(operands[1], type)
    let b = try source(operands[2], type)
    let c = try source(operands[3], wide)
    let d = try result(operands[0], wide)
    try emit(Instruction(operation: operation, type: type, flags: flags, d: d, a: a, b: b, c: c))
  }

  /// Takes `.rn`, `.ftz` and `.sat`; other roundings stay and make the instruction unsupported.
  mutating func floatFlags(_ opcode: inout Opcode, _ type: ScalarType) -> InstructionFlags {
    var flags: InstructionFlags = []
    _ = opcode.take("rn")
    if type != .f64 {
      if opcode.take("ftz"), type != .bf16, type != .bf16x2 { flags.insert(.flush) }
      if opcode.take("sat") { flags.insert(.saturate) }
    }
    return flags
  }

  private func checkedFloat(_ opcode: Opcode, _ type: ScalarType) throws(PTXFault) {
    guard type.isFloat, type != .tf32 else { throw unsupported(opcode) }
  }

  private mutating func two(
    _ opcode: inout Opcode, _ operands: [Operand], _ whole: Operation, _ float: Operation,
    saturating: Operation?
  ) throws(PTXFault) {
    let type = try type(of: &opcode)
    if type.isFloat {
      try checkedFloat(opcode, type)
      var flags = floatFlags(&opcode, type)
      if float == .floatMinimum || float == .floatMaximum {
        if opcode.take("NaN") { flags.insert(.propagateNaN) }
      }
      try binary(float, type, operands, opcode, flags: flags)
    } else if type == .s32, let saturating, opcode.take("sat") {
      try binary(saturating, type, operands, opcode)
    } else {
      guard type.isInteger, type.width >= 2 else { throw unsupported(opcode) }
      try binary(whole, type, operands, opcode)
    }
  }

  private mutating func one(
    _ opcode: inout Opcode, _ operands: [Operand], _ whole: Operation, _ float: Operation
  ) throws(PTXFault) {
    let type = try type(of: &opcode)
    if type.isFloat {
      try checkedFloat(opcode, type)
      let flags = floatFlags(&opcode, type)
      try unary(float, type, to: type, operands, opcode, flags: flags)
    } else {
      guard type.isSigned, type.width >= 2 else { throw unsupported(opcode) }
      try unary(whole, type, to: type, operands, opcode)
    }
  }

  private mutating func decodeDivide(
    _ opcode: inout Opcode, _ operands: [Operand]
  ) throws(PTXFault) {
    let type = try type(of: &opcode)
    if type == .f32 || type == .f64 {
      if type == .f32 { _ = opcode.takeAny(["approx", "full"]) }
      let flags = floatFlags(&opcode, type)
      try binary(.floatDivide, type, operands, opcode, flags: flags)
    } else {
      guard type.isInteger, type.width >= 2 else { throw unsupported(opcode) }
      try binary(.divide, type, operands, opcode)
    }
  }

  private mutating func decodeMultiply(
    _ opcode: inout Opcode, _ operands: [Operand]
  ) throws(PTXFault) {
    let type = try type(of: &opcode)
    if type.isFloat {
      try checkedFloat(opcode, type)
      let flags = floatFlags(&opcode, type)
      try binary(.floatMultiply, type, operands, opcode, flags: flags)
      return
    }
    guard type.isInteger, type.width >= 2 else { throw unsupported(opcode) }
    switch opcode.takeAny(["lo", "hi", "wide"]) {
    case "lo": try binary(.multiplyLow, type, operands, opcode)
    case "hi": try binary(.multiplyHigh, type, operands, opcode)
    case "wide":
      guard let wide = type.doubled else { throw unsupported(opcode) }
      try finish(opcode)
      try expect(operands, 3...3)
      let a = try source(operands[1], type)
      let b = try source(operands[2], type)
      let d = try result(operands[0], wide)
      try emit(Instruction(operation: .multiplyWide, type: type, d: d, a: a, b: b))
    default: throw unsupported(opcode)
    }
  }

  private mutating func decodeMultiplyAdd(
    _ opcode: inout Opcode, _ operands: [Operand]
  ) throws(PTXFault) {
    let type = try type(of: &opcode)
    if type.isFloat {
      try checkedFloat(opcode, type)
      // Without a rounding `mad` is not fused on old targets; with one it is `fma`.
      guard opcode.base == "fma" || type == .f32 || type == .f64 else { throw unsupported(opcode) }
      let flags = floatFlags(&opcode, type)
      try ternary(.fused, type, type, operands, opcode, flags: flags)
      return
    }
    guard opcode.base == "mad", type.isInteger, type.width >= 2 else { throw unsupported(opcode) }
    switch opcode.takeAny(["lo", "hi", "wide"]) {
    case "lo": try ternary(.multiplyAddLow, type, type, operands, opcode)
    case "hi": try ternary(.multiplyAddHigh, type, type, operands, opcode)
    case "wide":
      guard let wide = type.doubled else { throw unsupported(opcode) }
      try ternary(.multiplyAddWide, type, wide, operands, opcode)
    default: throw unsupported(opcode)
    }
  }

  // MARK: bits

  private mutating func decodeLogic(
    _ opcode: Opcode, _ operands: [Operand]
  ) throws(PTXFault) -> Bool {
    var opcode = opcode
    switch opcode.base {
    case "and": try logic(.and, &opcode, operands)
    case "or": try logic(.or, &opcode, operands)
    case "xor": try logic(.xor, &opcode, operands)
    case "not":
      let type = try bitsOrPredicate(&opcode)
      try unary(.not, type, to: type, operands, opcode)
    case "cnot":
      let type = try bitsOrPredicate(&opcode)
      guard type != .pred else { throw unsupported(opcode) }
      try unary(.logicalNot, type, to: type, operands, opcode)
    case "shl", "shr": try decodeShift(&opcode, operands)
    case "popc": try counting(.populationCount, &opcode, operands)
    case "clz": try counting(.leadingZeros, &opcode, operands)
    case "brev":
      let type = try wideBits(&opcode)
      try unary(.bitReverse, type, to: type, operands, opcode)
    case "bfind":
      let type = try integer(&opcode, widths: 4...8)
      let flags: InstructionFlags = opcode.take("shiftamt") ? .wrap : []
      try unary(.findLeadingBit, type, to: .u32, operands, opcode, flags: flags)
    case "bfe": try decodeExtract(&opcode, operands)
    case "bfi": try decodeInsert(&opcode, operands)
    case "shf": try decodeFunnel(&opcode, operands)
    case "prmt":
      let type = try wideBits(&opcode)
      guard type == .b32 else { throw unsupported(opcode) }
      try ternary(.permute, .b32, .b32, operands, opcode)
    case "lop3": try decodeLookup(&opcode, operands)
    case "dp4a": try decodeDotProduct(&opcode, operands)
    default: return false
    }
    return true
  }

  private mutating func bitsOrPredicate(_ opcode: inout Opcode) throws(PTXFault) -> ScalarType {
    let type = try type(of: &opcode)
    guard type == .pred || (type.isBits && type.width >= 2) else { throw unsupported(opcode) }
    return type
  }

  private mutating func wideBits(_ opcode: inout Opcode) throws(PTXFault) -> ScalarType {
    let type = try type(of: &opcode)
    guard type == .b32 || type == .b64 else { throw unsupported(opcode) }
    return type
  }

  private mutating func logic(
    _ operation: Operation, _ opcode: inout Opcode, _ operands: [Operand]
  ) throws(PTXFault) {
    try binary(operation, try bitsOrPredicate(&opcode), operands, opcode)
  }

  private mutating func counting(
    _ operation: Operation, _ opcode: inout Opcode, _ operands: [Operand]
  ) throws(PTXFault) {
    try unary(operation, try wideBits(&opcode), to: .u32, operands, opcode)
  }

  private mutating func decodeShift(
    _ opcode: inout Opcode, _ operands: [Operand]
  ) throws(PTXFault) {
    let type = try type(of: &opcode)
    let isLeft = opcode.base == "shl"
    guard type.width >= 2, type.isBits || (!isLeft && type.isInteger) else {
      throw unsupported(opcode)
    }
    try finish(opcode)
    try expect(operands, 3...3)
    let a = try source(operands[1], type)
    let b = try source(operands[2], .u32)
    let d = try result(operands[0], type)
    try emit(
      Instruction(operation: isLeft ? .shiftLeft : .shiftRight, type: type, d: d, a: a, b: b))
  }

  private mutating func decodeExtract(
    _ opcode: inout Opcode, _ operands: [Operand]
  ) throws(PTXFault) {
    let type = try integer(&opcode, widths: 4...8)
    try finish(opcode)
    try expect(operands, 4...4)
    let a = try source(operands[1], type)
    let b = try source(operands[2], .u32)
    let c = try source(operands[3], .u32)
    let d = try result(operands[0], type)
    try emit(Instruction(operation: .fieldExtract, type: type, d: d, a: a, b: b, c: c))
  }

  private mutating func decodeInsert(
    _ opcode: inout Opcode, _ operands: [Operand]
  ) throws(PTXFault) {
    let type = try wideBits(&opcode)
    try finish(opcode)
    try expect(operands, 5...5)
    let a = try source(operands[1], type)
    let b = try source(operands[2], type)
    let c = try source(operands[3], .u32)
    let length = try source(operands[4], .u32)
    let d = try result(operands[0], type)
    try emit(
      Instruction(
        operation: .fieldInsert, type: type, d: d, a: a, b: b, c: c, immediate: Int64(length)))
  }

  private mutating func decodeFunnel(
    _ opcode: inout Opcode, _ operands: [Operand]
  ) throws(PTXFault) {
    guard try wideBits(&opcode) == .b32 else { throw unsupported(opcode) }
    let operation: Operation
    switch opcode.takeAny(["l", "r"]) {
    case "l": operation = .funnelLeft
    case "r": operation = .funnelRight
    default: throw unsupported(opcode)
    }
    let flags: InstructionFlags
    switch opcode.takeAny(["wrap", "clamp"]) {
    case "wrap": flags = .wrap
    case "clamp": flags = []
    default: throw unsupported(opcode)
    }
    try ternary(operation, .b32, .b32, operands, opcode, flags: flags)
  }

  private mutating func decodeLookup(
    _ opcode: inout Opcode, _ operands: [Operand]
  ) throws(PTXFault) {
    guard try wideBits(&opcode) == .b32 else { throw unsupported(opcode) }
    try finish(opcode)
    try expect(operands, 5...5)
    guard case .literal(.integer(let table)) = operands[4], table < 256 else {
      throw fault(.operand("truth table is no literal below 256"))
    }
    let a = try source(operands[1], .b32)
    let b = try source(operands[2], .b32)
    let c = try source(operands[3], .b32)
    let d = try result(operands[0], .b32)
    try emit(
      Instruction(
        operation: .lookup3, type: .b32, detail: UInt8(table), d: d, a: a, b: b, c: c))
  }

  private mutating func decodeDotProduct(
    _ opcode: inout Opcode, _ operands: [Operand]
  ) throws(PTXFault) {
    let left = try integer(&opcode, widths: 4...4)
    let right = try integer(&opcode, widths: 4...4)
    try finish(opcode)
    try expect(operands, 4...4)
    let a = try source(operands[1], left)
    let b = try source(operands[2], right)
    let c = try source(operands[3], .b32)
    let d = try result(operands[0], .b32)
    try emit(
      Instruction(operation: .dotProduct4, type: left, source: right, d: d, a: a, b: b, c: c))
  }
}

extension ScalarType {
  /// The integer type of twice the width, up to 64 bits.
  var doubled: ScalarType? {
    switch self {
    case .u16: .u32
    case .s16: .s32
    case .u32: .u64
    case .s32: .s64
    case .pred, .b8, .b16, .b32, .b64, .u8, .u64, .s8, .s64, .f16, .bf16, .f32, .f64, .tf32,
      .f16x2, .bf16x2:
      nil
    }
  }
}
