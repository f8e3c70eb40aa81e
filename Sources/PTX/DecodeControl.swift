// Decoding of control flow, barriers, votes and shuffles.

extension Parser {
  mutating func decodeControl(
    _ opcode: Opcode, _ operands: [Operand]
  ) throws(PTXFault) -> Bool {
    var opcode = opcode
    switch opcode.base {
    case "ret", "exit":
      _ = opcode.take("uni")
      try plain(.exit, opcode, operands, 0...0)
    case "trap": try plain(.trap, opcode, operands, 0...0)
    case "brkpt": try plain(.nothing, opcode, operands, 0...0)
    case "nanosleep":
      guard opcode.take("u32") else { throw unsupported(opcode) }
      try plain(.nothing, opcode, operands, 1...1)
    case "membar", "fence": try decodeFence(&opcode, operands)
    case "bar", "barrier": try decodeBarrier(&opcode, operands)
    case "shfl": try decodeShuffle(&opcode, operands)
    case "vote": try decodeVote(&opcode, operands)
    case "activemask":
      guard opcode.take("b32") else { throw unsupported(opcode) }
      try finish(opcode)
      try expect(operands, 1...1)
      try emit(
        Instruction(operation: .activeMask, type: .b32, d: try result(operands[0], .b32)))
    case "redux": try decodeReduce(&opcode, operands)
    case "match": try decodeMatch(&opcode, operands)
    case "mma": try decodeMatrix(&opcode, operands)
    default: return false
    }
    return true
  }

  private mutating func plain(
    _ operation: Operation, _ opcode: Opcode, _ operands: [Operand], _ count: ClosedRange<Int>
  ) throws(PTXFault) {
    try finish(opcode)
    try expect(operands, count)
    try emit(Instruction(operation: operation))
  }

  private mutating func decodeFence(
    _ opcode: inout Opcode, _ operands: [Operand]
  ) throws(PTXFault) {
    opcode.dropHints()
    _ = opcode.take("gl")
    _ = opcode.takeAny(["proxy"])
    _ = opcode.takeAny(["alias", "async"])
    try plain(.nothing, opcode, operands, 0...0)
  }

  private mutating func decodeBarrier(
    _ opcode: inout Opcode, _ operands: [Operand]
  ) throws(PTXFault) {
    if opcode.take("warp") {
      guard opcode.take("sync") else { throw unsupported(opcode) }
      try finish(opcode)
      try expect(operands, 1...1)
      try emit(Instruction(operation: .warpSync, a: try source(operands[0], .b32)))
      return
    }
    _ = opcode.take("cta")
    _ = opcode.take("aligned")
    if opcode.take("red") { return try decodeBarrierReduction(&opcode, operands) }
    let isArrival = opcode.take("arrive")
    guard isArrival || opcode.take("sync") else { throw unsupported(opcode) }
    try finish(opcode)
    try expect(operands, isArrival ? 2...2 : 1...2)
    let a = try source(operands[0], .u32)
    let b = operands.count > 1 ? try source(operands[1], .u32) : Instruction.none
    try emit(Instruction(operation: isArrival ? .barrierArrive : .barrier, a: a, b: b))
  }

  private mutating func decodeBarrierReduction(
    _ opcode: inout Opcode, _ operands: [Operand]
  ) throws(PTXFault) {
    let type = try type(of: &opcode)
    let reduction: Reduction
    switch (opcode.takeAny(["popc", "and", "or"]), type) {
    case ("popc", .u32): reduction = .count
    case ("and", .pred): reduction = .all
    case ("or", .pred): reduction = .any
    default: throw unsupported(opcode)
    }
    try finish(opcode)
    try expect(operands, 3...4)
    let a = try source(operands[1], .u32)
    let b = operands.count > 3 ? try source(operands[2], .u32) : Instruction.none
    let c = try source(operands[operands.count - 1], .pred)
    let d = try result(operands[0], type)
    try emit(
      Instruction(
        operation: .barrier, type: type, detail: reduction.rawValue, flags: .second, d: d, a: a,
        b: b, c: c))
  }

  private mutating func decodeShuffle(
    _ opcode: inout Opcode, _ operands: [Operand]
  ) throws(PTXFault) {
    guard opcode.take("sync"), opcode.take("b32") else { throw unsupported(opcode) }
    let mode: ShuffleMode
    switch opcode.takeAny(["up", "down", "bfly", "idx"]) {
    case "up": mode = .up
    case "down": mode = .down
    case "bfly": mode = .butterfly
    case "idx": mode = .index
    default: throw unsupported(opcode)
    }
    try finish(opcode)
    try expect(operands, 5...5)
    let a = try source(operands[1], .b32)
    let b = try source(operands[2], .b32)
    let c = try source(operands[3], .b32)
    let mask = try source(operands[4], .b32)
    let d: UInt32
    var second = Instruction.none
    if case .pair(let value, let predicate) = operands[0] {
      d = try result(value, .b32)
      second = try result(predicate, .pred)
    } else {
      d = try result(operands[0], .b32)
    }
    try emit(
      Instruction(
        operation: .shuffle, detail: mode.rawValue, d: d, a: mask, b: list([a, b, c, second])))
  }

  private mutating func decodeVote(
    _ opcode: inout Opcode, _ operands: [Operand]
  ) throws(PTXFault) {
    guard opcode.take("sync") else { throw unsupported(opcode) }
    let type = try type(of: &opcode)
    let reduction: Reduction
    switch (opcode.takeAny(["all", "any", "uni", "ballot"]), type) {
    case ("all", .pred): reduction = .all
    case ("any", .pred): reduction = .any
    case ("uni", .pred): reduction = .uniform
    case ("ballot", .b32): reduction = .ballot
    default: throw unsupported(opcode)
    }
    try finish(opcode)
    try expect(operands, 3...3)
    let b = try source(operands[1], .pred)
    let mask = try source(operands[2], .b32)
    let d = try result(operands[0], type)
    try emit(
      Instruction(
        operation: .vote, type: type, detail: reduction.rawValue, d: d, a: mask, b: b))
  }

  private mutating func decodeReduce(
    _ opcode: inout Opcode, _ operands: [Operand]
  ) throws(PTXFault) {
    guard opcode.take("sync") else { throw unsupported(opcode) }
    let type = try type(of: &opcode)
    let reduction: Reduction
    switch opcode.takeAny(["add", "min", "max", "and", "or", "xor"]) {
    case "add": reduction = .add
    case "min": reduction = .min
    case "max": reduction = .max
    case "and": reduction = .and
    case "or": reduction = .or
    case "xor": reduction = .xor
    default: throw unsupported(opcode)
    }
    let isLogic = reduction == .and || reduction == .or || reduction == .xor
    guard isLogic ? type == .b32 : (type == .u32 || type == .s32) else {
      throw unsupported(opcode)
    }
    try finish(opcode)
    try expect(operands, 3...3)
    let b = try source(operands[1], type)
    let mask = try source(operands[2], .b32)
    let d = try result(operands[0], type)
    try emit(
      Instruction(
        operation: .reduce, type: type, detail: reduction.rawValue, d: d, a: mask, b: b))
  }

  private mutating func decodeMatch(
    _ opcode: inout Opcode, _ operands: [Operand]
  ) throws(PTXFault) {
    guard opcode.take("sync") else { throw unsupported(opcode) }
    let type = try type(of: &opcode)
    guard type == .b32 || type == .b64 else { throw unsupported(opcode) }
    let reduction: Reduction
    switch opcode.takeAny(["any", "all"]) {
    case "any": reduction = .any
    case "all": reduction = .all
    default: throw unsupported(opcode)
    }
    try finish(opcode)
    try expect(operands, 3...3)
    let b = try source(operands[1], type)
    let mask = try source(operands[2], .b32)
    var second = Instruction.none
    let d: UInt32
    if case .pair(let value, let predicate) = operands[0], reduction == .all {
      d = try result(value, .b32)
      second = try result(predicate, .pred)
    } else {
      d = try result(operands[0], .b32)
    }
    try emit(
      Instruction(
        operation: .match, type: type, detail: reduction.rawValue, d: d, a: mask, b: b, c: second))
  }

  // MARK: matrices

  private mutating func decodeMatrix(
    _ opcode: inout Opcode, _ operands: [Operand]
  ) throws(PTXFault) {
    let original = opcode
    guard opcode.take("sync"), opcode.take("aligned"), opcode.take("row"), opcode.take("col") else {
      throw unsupported(original)
    }
    let depth: Int
    switch opcode.takeAny(["m16n8k4", "m16n8k8", "m16n8k16"]) {
    case "m16n8k4": depth = 4
    case "m16n8k8": depth = 8
    case "m16n8k16": depth = 16
    default: throw unsupported(original)
    }
    let to = try type(of: &opcode)
    let left = try type(of: &opcode)
    let right = try type(of: &opcode)
    let from = try type(of: &opcode)
    try finish(opcode)
    let isHalf = (left == .f16 || left == .bf16) && depth >= 8
    let isSingle = left == .tf32 && depth <= 8
    let isSum = to == .f32 || (to == .f16 && left == .f16)
    guard left == right, to == from, isHalf || isSingle, isSum else { throw unsupported(original) }
    let perRegister = isHalf ? 2 : 1
    let counts = [
      to == .f32 ? 4 : 2, 16 * depth / 32 / perRegister, 8 * depth / 32 / perRegister,
      to == .f32 ? 4 : 2,
    ]
    try expect(operands, 4...4)
    var entries: [UInt32] = []
    for (index, operand) in operands.enumerated() {
      guard case .vector(let parts) = operand, parts.count == counts[index] else {
        throw fault(.operand("expected \(counts[index]) registers in braces"))
      }
      for part in parts {
        entries.append(index == 0 ? try result(part, .b32) : try source(part, .b32))
      }
    }
    let mask = try constant(.bits(0xffff_ffff), width: 4)
    try emit(
      Instruction(
        operation: .matrixMultiply, type: to, detail: UInt8(depth), source: left, a: mask,
        b: list(entries)))
  }
}
