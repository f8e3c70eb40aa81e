/// What `atom` and `red` do.
enum AtomicOperation: UInt8, Sendable {
  case add, min, max, and, or, xor, exchange, compareSwap, increment, decrement
}

/// How `shfl` finds its source lane.
enum ShuffleMode: UInt8, Sendable {
  case up, down, butterfly, index
}

/// What `vote` and reductions compute.
enum Reduction: UInt8, Sendable {
  case all, any, uniform, ballot, count, add, min, max, and, or, xor
}

extension Parser {
  mutating func decodeMemory(
    _ opcode: Opcode, _ operands: [Operand]
  ) throws(PTXFault) -> Bool {
    var opcode = opcode
    switch opcode.base {
    case "ld", "ldu": try decodeLoad(&opcode, operands)
    case "st": try decodeStore(&opcode, operands)
    case "atom", "red": try decodeAtomic(&opcode, operands)
    case "prefetch", "prefetchu":
      opcode.dropHints()
      _ = opcode.takeAny(["global", "local"])
      _ = opcode.takeAny(["L1", "L2"])
      try finish(opcode)
      try emit(Instruction(operation: .nothing))
    default: return false
    }
    return true
  }

  private func space(_ opcode: inout Opcode) -> Space {
    switch opcode.takeAny([
      "global", "shared", "shared::cta", "local", "param", "param::entry", "const",
    ]) {
    case "global": .global
    case "shared", "shared::cta": .shared
    case "local": .local
    case "param", "param::entry": .parameter
    case "const": .constant
    default: .generic
    }
  }

  private mutating func lanesPerAccess(_ opcode: inout Opcode) -> Int {
    switch opcode.takeAny(["v2", "v4", "v8"]) {
    case "v2": 2
    case "v4": 4
    case "v8": 8
    default: 1
    }
  }

  /// The address operand as a slot; the offset goes into the instruction.
  private mutating func memoryAddress(
    _ operand: Operand, _ space: Space
  ) throws(PTXFault) -> (slot: UInt32, space: Space, offset: Int64, flags: InstructionFlags) {
    guard case .address(let base, let offset) = operand else {
      throw fault(.operand("expected an address in brackets"))
    }
    switch base {
    case .register(let slot, let type):
      guard type.width >= 4, type != .f32, type != .f64 else {
        throw fault(.operand("address in a .\(type) register"))
      }
      return (slot, space, offset, type.width == 4 ? .address32 : [])
    case .absolute:
      return (try constant(.bits(0), width: 8), space, offset, [])
    case .symbol(let symbol):
      let own: Space
      switch symbol {
      case .shared, .dynamicShared, .moduleShared: own = .shared
      case .local: own = .local
      case .parameter: own = .parameter
      case .variable, .register: own = .global
      }
      let fits =
        space == own || space == .generic || (own == .global && space == .constant)
      guard fits else { throw fault(.operand("variable of another state space")) }
      let slot = try constant(try address(symbol, 0), width: 8)
      return (slot, space == .generic ? own : space, offset, [])
    }
  }

  private func elements(_ operand: Operand, _ count: Int) throws(PTXFault) -> [Operand] {
    if case .vector(let parts) = operand {
      guard parts.count == count else { throw fault(.operand("\(parts.count) braced operands")) }
      return parts
    }
    guard count == 1 else { throw fault(.operand("expected \(count) operands in braces")) }
    return [operand]
  }

  private mutating func decodeLoad(_ opcode: inout Opcode, _ operands: [Operand]) throws(PTXFault) {
    opcode.dropHints()
    let space = space(&opcode)
    let count = lanesPerAccess(&opcode)
    let type = try type(of: &opcode)
    try finish(opcode)
    try expect(operands, 2...2)
    guard type != .pred, count * type.width <= 32 else { throw unsupported(opcode) }
    let address = try memoryAddress(operands[1], space)
    var entries: [UInt32] = []
    for element in try elements(operands[0], count) {
      let (slot, width) = try wideResult(element, type)
      entries += [slot, UInt32(width)]
    }
    var instruction = Instruction(
      operation: .load, type: type, space: address.space, flags: address.flags, d: list(entries),
      a: address.slot, b: UInt32(count), immediate: address.offset)
    if case .address(.symbol(.parameter(let start)), let offset) = operands[1] {
      let first = Int64(start) &+ offset
      let limit = Int64(kernel?.kernel.parameterBytes ?? 0) - Int64(count * type.width)
      guard first >= 0, first <= limit else { throw fault(.operand("beyond the parameters")) }
      instruction.operation = .loadParameter
      instruction.immediate = first
    }
    try emit(instruction)
  }

  private mutating func decodeStore(
    _ opcode: inout Opcode, _ operands: [Operand]
  ) throws(PTXFault) {
    opcode.dropHints()
    let space = space(&opcode)
    let count = lanesPerAccess(&opcode)
    let type = try type(of: &opcode)
    guard space != .parameter, space != .constant, type != .pred, count * type.width <= 32 else {
      throw unsupported(opcode)
    }
    try finish(opcode)
    try expect(operands, 2...2)
    let address = try memoryAddress(operands[0], space)
    guard address.space != .parameter else { throw unsupported(opcode) }
    var entries: [UInt32] = []
    for element in try elements(operands[1], count) {
      if case .register(let slot, let declared) = element, declared != .pred,
        declared.width > type.width
      {
        entries += [slot, UInt32(declared.width)]
      } else {
        entries += [try source(element, type), UInt32(type.width)]
      }
    }
    try emit(
      Instruction(
        operation: .store, type: type, space: address.space, flags: address.flags, d: list(entries),
        a: address.slot, b: UInt32(count), immediate: address.offset))
  }

  private func atomicOperation(
    _ opcode: inout Opcode, _ type: ScalarType
  ) throws(PTXFault) -> AtomicOperation {
    let whole: [ScalarType] = [.u32, .s32, .u64, .s64]
    let raw: [ScalarType] = [.b32, .b64]
    let found: (AtomicOperation, [ScalarType])
    switch opcode.takeAny(["add", "min", "max", "and", "or", "xor", "exch", "cas", "inc", "dec"]) {
    case "add": found = (.add, whole + [.f32, .f64])
    case "min": found = (.min, whole)
    case "max": found = (.max, whole)
    case "and": found = (.and, raw)
    case "or": found = (.or, raw)
    case "xor": found = (.xor, raw)
    case "exch": found = (.exchange, raw + whole)
    case "cas": found = (.compareSwap, raw + whole)
    case "inc": found = (.increment, [.u32])
    case "dec": found = (.decrement, [.u32])
    default: throw unsupported(opcode)
    }
    guard found.1.contains(type) else { throw unsupported(opcode) }
    return found.0
  }

  private mutating func decodeAtomic(
    _ opcode: inout Opcode, _ operands: [Operand]
  ) throws(PTXFault) {
    let isReduction = opcode.base == "red"
    opcode.dropHints()
    let space = space(&opcode)
    guard space == .global || space == .shared || space == .generic else {
      throw unsupported(opcode)
    }
    let type = try type(of: &opcode)
    let operation = try atomicOperation(&opcode, type)
    try finish(opcode)
    let values = operation == .compareSwap ? 2 : 1
    guard !(isReduction && (operation == .exchange || operation == .compareSwap)) else {
      throw unsupported(opcode)
    }
    let first = isReduction ? 0 : 1
    try expect(operands, (first + 1 + values)...(first + 1 + values))
    let address = try memoryAddress(operands[first], space)
    let b = try source(operands[first + 1], type)
    let c = values == 2 ? try source(operands[first + 2], type) : Instruction.none
    let d: UInt32
    if isReduction {
      d = try addSlot(width: type.width)
    } else {
      d = try result(operands[0], type)
    }
    try emit(
      Instruction(
        operation: .atomic, type: type, detail: operation.rawValue, space: address.space,
        flags: address.flags, d: d, a: address.slot, b: b, c: c, immediate: address.offset))
  }
}
