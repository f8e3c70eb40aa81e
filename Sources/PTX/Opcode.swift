/// An opcode word taken apart: decoders take the modifiers they know; what is left over makes the
/// instruction unsupported.
struct Opcode {
  let spelling: String
  let base: Substring
  private var modifiers: [Substring]

  init(_ spelling: String) {
    self.spelling = spelling
    var parts = spelling.split(separator: ".", omittingEmptySubsequences: true)
    base = parts.isEmpty ? "" : parts.removeFirst()
    modifiers = parts
  }

  mutating func take(_ modifier: Substring) -> Bool {
    guard let index = modifiers.firstIndex(of: modifier) else { return false }
    modifiers.remove(at: index)
    return true
  }

  /// Takes whichever of the names is there.
  mutating func takeAny(_ names: [Substring]) -> Substring? {
    for name in names where take(name) { return name }
    return nil
  }

  mutating func takeType() -> ScalarType? {
    for index in modifiers.indices {
      if let type = ScalarType(modifiers[index]) {
        modifiers.remove(at: index)
        return type
      }
    }
    return nil
  }

  /// Drops modifiers that say nothing to an interpreter (cache hints, ordering scopes).
  mutating func dropHints() {
    modifiers.removeAll { name in
      switch name {
      case "volatile", "weak", "relaxed", "acquire", "release", "acq_rel", "sc", "mmio", "cta",
        "cluster", "gpu", "sys", "ca", "cg", "cs", "lu", "cv", "wb", "wt", "nc", "aligned",
        "uni", "noftz", "unified":
        true
      default:
        name.hasPrefix("L1::") || name.hasPrefix("L2::evict") || name == "L2::64B"
          || name == "L2::128B" || name == "L2::256B"
      }
    }
  }

  var isExhausted: Bool { modifiers.isEmpty }
  /// The first modifier not yet taken.
  var next: Substring? { modifiers.first }
}

extension Parser {
  func unsupported(_ opcode: Opcode) -> PTXFault { fault(.unsupported(opcode.spelling)) }

  func finish(_ opcode: Opcode) throws(PTXFault) {
    guard opcode.isExhausted else { throw unsupported(opcode) }
  }

  func type(of opcode: inout Opcode) throws(PTXFault) -> ScalarType {
    guard let type = opcode.takeType() else { throw unsupported(opcode) }
    return type
  }

  mutating func parseInstruction() throws(PTXFault) {
    let start = position
    let opcode = Opcode(try word())
    let operands: [Operand]
    if opcode.base == "bra" {
      try decodeBranch(opcode)
    } else if opcode.base == "call" {
      throw unsupported(opcode)
    } else {
      do throws(PTXFault) {
        operands = try parseOperands()
      } catch {
        // An unknown instruction may have operands of its own: its name says more.
        position = start
        do throws(PTXFault) { try decode(opcode, []) } catch let other {
          if case .unsupported = other.reason { throw other }
        }
        throw error
      }
      let end = position
      position = start
      try decode(opcode, operands)
      position = end
    }
    try expect(";")
  }

  private mutating func parseOperands() throws(PTXFault) -> [Operand] {
    var operands: [Operand] = []
    if isMark(";") { return operands }
    repeat {
      guard operands.count < Limits.operands else { throw fault(.limit("operands")) }
      operands.append(try parseOperand())
    } while takeMark(",")
    guard isMark(";") else { throw fault(.syntax("expected ';', met '\(spelling(token))'")) }
    return operands
  }

  private mutating func decodeBranch(_ opcode: Opcode) throws(PTXFault) {
    var opcode = opcode
    _ = opcode.take("uni")
    try finish(opcode)
    let line = token.line
    let label = try word()
    guard let index = kernel?.program.code.count, let last = kernel?.scopes.indices.last else {
      return
    }
    try emit(Instruction(operation: .branch))
    kernel?.scopes[last].pending.append((index, label, line))
  }

  mutating func emit(_ instruction: Instruction) throws(PTXFault) {
    guard instructionCount < Limits.instructions else { throw fault(.limit("instructions")) }
    instructionCount += 1
    var instruction = instruction
    instruction.guardSlot = kernel?.guardSlot ?? Instruction.none
    if kernel?.guardNegated == true { instruction.flags.insert(.guardNegated) }
    let line = token.line
    kernel?.program.code.append(instruction)
    kernel?.program.lines.append(line)
  }

  /// Emits something that computes an operand into a fresh slot; it runs whatever the guard says.
  private mutating func emitUnguarded(_ instruction: Instruction) throws(PTXFault) {
    let (slot, isNegated) = (kernel?.guardSlot ?? Instruction.none, kernel?.guardNegated ?? false)
    kernel?.guardSlot = Instruction.none
    kernel?.guardNegated = false
    try emit(instruction)
    kernel?.guardSlot = slot
    kernel?.guardNegated = isNegated
  }

  // MARK: operands to slots

  mutating func constant(_ value: Constant, width: Int) throws(PTXFault) -> UInt32 {
    let key = KernelBuilder.ConstantKey(value: value, width: width)
    if let slot = kernel?.constants[key] { return slot }
    let slot = try addSlot(width: width)
    kernel?.constants[key] = slot
    return slot
  }

  /// The slot of a source operand of this type; anything but a register becomes a constant slot.
  mutating func source(_ operand: Operand, _ type: ScalarType) throws(PTXFault) -> UInt32 {
    switch operand {
    case .register(let slot, let declared):
      guard declared.width == type.width, (declared == .pred) == (type == .pred) else {
        throw fault(.operand(".\(declared) register where .\(type) is expected"))
      }
      return slot
    case .negated(let slot):
      guard type == .pred else { throw fault(.operand("'!' where .\(type) is expected")) }
      let result = try addSlot(width: 1)
      try emitUnguarded(Instruction(operation: .not, type: .pred, d: result, a: slot))
      return result
    case .literal(let literal):
      let mask = type.width == 8 ? UInt64.max : (1 << UInt64(8 * type.width)) - 1
      return try constant(.bits(try bits(of: literal, as: type) & mask), width: type.width)
    case .symbol(let symbol, let offset):
      return try constant(try address(symbol, offset), width: try addressWidth(type))
    case .special(.fixed(let special)):
      return try constant(.special(special), width: type.width)
    case .special(.clock):
      let result = try addSlot(width: type.width)
      try emitUnguarded(Instruction(operation: .clock, type: type, d: result))
      return result
    case .sink:
      throw fault(.operand("'_' as a source"))
    case .vector, .address, .pair:
      throw fault(.operand("expected a single value"))
    }
  }

  private func addressWidth(_ type: ScalarType) throws(PTXFault) -> Int {
    guard type.width >= 4, !type.isFloat else {
      throw fault(.operand("address where .\(type) is expected"))
    }
    return type.width
  }

  func address(_ symbol: Symbol, _ offset: Int64) throws(PTXFault) -> Constant {
    switch symbol {
    case .shared(let start), .local(let start), .parameter(let start):
      return .bits(UInt64(bitPattern: Int64(start) &+ offset))
    case .dynamicShared: return .dynamicShared(offset: offset)
    case .variable(let index): return .variable(index: index, offset: offset)
    case .register, .moduleShared: throw fault(.operand("expected a variable"))
    }
  }

  /// The slot of a result of this type. A sink gets a slot nobody reads.
  mutating func result(_ operand: Operand, _ type: ScalarType) throws(PTXFault) -> UInt32 {
    switch operand {
    case .register(let slot, let declared):
      guard declared.width == type.width, (declared == .pred) == (type == .pred) else {
        throw fault(.operand(".\(declared) register for a .\(type) result"))
      }
      return slot
    case .sink:
      return try addSlot(width: type.width)
    case .negated, .literal, .symbol, .special, .vector, .address, .pair:
      throw fault(.operand("the result is no register"))
    }
  }

  /// A register at least as wide as the type, with its width: results of loads and conversions.
  mutating func wideResult(
    _ operand: Operand, _ type: ScalarType
  ) throws(PTXFault) -> (slot: UInt32, width: Int) {
    guard case .register(let slot, let declared) = operand else {
      return (try result(operand, type), type.width)
    }
    guard declared != .pred, declared.width >= type.width else {
      throw fault(.operand(".\(declared) register for a .\(type) result"))
    }
    return (slot, declared.width)
  }

  func expect(_ operands: [Operand], _ counts: ClosedRange<Int>) throws(PTXFault) {
    guard counts.contains(operands.count) else {
      throw fault(.operand("\(operands.count) operands"))
    }
  }

  /// Appends to the side lists and returns where the entries start.
  mutating func list(_ entries: [UInt32]) -> UInt32 {
    let start = kernel?.program.lists.count ?? 0
    kernel?.program.lists.append(contentsOf: entries)
    return UInt32(start)
  }
}
