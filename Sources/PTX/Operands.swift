/// A number in the text.
enum Literal: Equatable {
  /// Two's complement; negation has been applied.
  case integer(UInt64)
  /// Bit pattern of a 32-bit float (`0f3F800000`).
  case single(UInt32)
  case double(Double)
}

/// One operand as written, names resolved.
indirect enum Operand {
  case register(slot: UInt32, type: ScalarType)
  /// A predicate register under `!`.
  case negated(slot: UInt32)
  case literal(Literal)
  case symbol(Symbol, offset: Int64)
  case special(SpecialOperand)
  case vector([Operand])
  case address(AddressBase, offset: Int64)
  /// `p|q`
  case pair(Operand, Operand)
  /// `_`
  case sink
}

enum SpecialOperand {
  case fixed(Special)
  case clock
}

enum AddressBase {
  case register(slot: UInt32, type: ScalarType)
  case symbol(Symbol)
  case absolute
}

extension Parser {
  // MARK: numbers

  mutating func literal() throws(PTXFault) -> Literal {
    guard token.kind == .number else {
      throw fault(.syntax("expected a number, met '\(spelling(token))'"))
    }
    let text = spelling(token)
    guard let value = Self.literal(text) else { throw fault(.syntax("number '\(text)'")) }
    advance()
    return value
  }

  private static func literal(_ text: String) -> Literal? {
    var digits = Substring(text)
    let head = digits.prefix(2).lowercased()
    if head == "0f" {
      let body = digits.dropFirst(2)
      return body.utf8.count == 8 ? UInt32(body, radix: 16).map { .single($0) } : nil
    }
    if head == "0d" {
      let body = digits.dropFirst(2)
      guard body.utf8.count == 16 else { return nil }
      return UInt64(body, radix: 16).map { .double(Double(bitPattern: $0)) }
    }
    if digits.last == "U" || digits.last == "u" { digits = digits.dropLast() }
    if head == "0x" { return UInt64(digits.dropFirst(2), radix: 16).map { .integer($0) } }
    if head == "0b" { return UInt64(digits.dropFirst(2), radix: 2).map { .integer($0) } }
    if digits.utf8.contains(where: { $0 == UInt8(ascii: ".") || ($0 | 0x20) == UInt8(ascii: "e") })
    {
      return Double(digits).map { .double($0) }
    }
    if digits.utf8.count > 1, digits.first == "0" {
      return UInt64(digits.dropFirst(), radix: 8).map { .integer($0) }
    }
    return UInt64(digits, radix: 10).map { .integer($0) }
  }

  mutating func signedLiteral() throws(PTXFault) -> Literal {
    if takeMark("-") {
      switch try literal() {
      case .integer(let value): return .integer(0 &- value)
      case .single(let bits): return .single(bits ^ 0x8000_0000)
      case .double(let value): return .double(-value)
      }
    }
    if takeMark("~") {
      guard case .integer(let value) = try literal() else {
        throw fault(.syntax("'~' before a float"))
      }
      return .integer(~value)
    }
    _ = takeMark("+")
    return try literal()
  }

  /// A sum of literals, as in `16+-4`.
  mutating func offset() throws(PTXFault) -> Int64 {
    var sum: UInt64 = 0
    while isMark("+") || isMark("-") {
      let isNegative = isMark("-")
      advance()
      guard case .integer(let value) = try signedLiteral() else {
        throw fault(.syntax("address offset is not whole"))
      }
      sum = isNegative ? sum &- value : sum &+ value
    }
    return Int64(bitPattern: sum)
  }

  /// The bits a literal has as a value of this type.
  func bits(of literal: Literal, as type: ScalarType) throws(PTXFault) -> UInt64 {
    switch (literal, type) {
    case (.integer(let value), .pred): return value == 0 ? 0 : 1
    case (.integer, .f32), (.integer, .f64):
      throw fault(.operand("whole number where .\(type) is expected"))
    case (.integer(let value), _): return value
    case (.single(let bits), .f64): return Double(Float(bitPattern: bits)).bitPattern
    case (.single(let bits), .f32), (.single(let bits), .b32), (.single(let bits), .tf32):
      return UInt64(bits)
    case (.double(let value), .f64), (.double(let value), .b64): return value.bitPattern
    case (.double(let value), .f32), (.double(let value), .tf32), (.double(let value), .b32):
      return UInt64(Float(value).bitPattern)
    case (.single, _), (.double, _):
      throw fault(.operand("float literal where .\(type) is expected"))
    }
  }

  // MARK: operands

  mutating func parseOperand() throws(PTXFault) -> Operand {
    let first = try parseSimpleOperand()
    guard takeMark("|") else { return first }
    return .pair(first, try parseSimpleOperand())
  }

  private mutating func parseSimpleOperand() throws(PTXFault) -> Operand {
    if takeMark("{") { return .vector(try parseVector()) }
    if takeMark("[") { return try parseAddress() }
    if takeMark("!") {
      guard case .register(let slot, .pred) = try parseNamed() else {
        throw fault(.operand("'!' before something that is no predicate"))
      }
      return .negated(slot: slot)
    }
    if token.kind == .word { return try parseNamed() }
    if isMark("(") { throw fault(.unsupported("operand list in parentheses")) }
    return .literal(try signedLiteral())
  }

  private mutating func parseVector() throws(PTXFault) -> [Operand] {
    var elements: [Operand] = []
    repeat {
      guard elements.count < Limits.vectorElements else { throw fault(.limit("braced operands")) }
      if isMark("{") || isMark("[") { throw fault(.syntax("nested braces in an operand")) }
      elements.append(try parseSimpleOperand())
    } while takeMark(",")
    try expect("}")
    return elements
  }

  private mutating func parseAddress() throws(PTXFault) -> Operand {
    let base: AddressBase
    var offset: Int64 = 0
    if token.kind == .word {
      switch try parseNamed() {
      case .register(let slot, let type): base = .register(slot: slot, type: type)
      case .symbol(let symbol, let start):
        base = .symbol(symbol)
        offset = start
      default: throw fault(.operand("address is neither a register nor a variable"))
      }
      offset &+= try self.offset()
    } else {
      guard case .integer(let value) = try signedLiteral() else {
        throw fault(.operand("address is not whole"))
      }
      base = .absolute
      offset = Int64(bitPattern: value)
    }
    try expect("]")
    return .address(base, offset: offset)
  }

  private mutating func parseNamed() throws(PTXFault) -> Operand {
    let name = spelling(token)
    if name == "_" {
      advance()
      return .sink
    }
    if name == "WARP_SZ" {
      advance()
      return .literal(.integer(UInt64(Machine.warpLanes)))
    }
    guard let symbol = try lookUp(name) else {
      if let special = Self.special(name) {
        advance()
        return .special(special)
      }
      throw fault(.undeclared(name))
    }
    advance()
    if case .register(let slot, let type) = symbol { return .register(slot: slot, type: type) }
    let offset = try self.offset()
    if takeMark("[") {
      guard case .integer(0) = try literal() else {
        throw fault(.unsupported("index other than 0 behind a variable"))
      }
      try expect("]")
    }
    return .symbol(symbol, offset: offset)
  }

  private static func special(_ name: String) -> SpecialOperand? {
    if let dot = name.lastIndex(of: "."),
      let axis = ["x", "y", "z"].firstIndex(
        of: name[name.index(after: dot)...])
    {
      switch name[..<dot] {
      case "%tid": return .fixed(.tid(axis))
      case "%ntid": return .fixed(.ntid(axis))
      case "%ctaid": return .fixed(.ctaid(axis))
      case "%nctaid": return .fixed(.nctaid(axis))
      default: return nil
      }
    }
    switch name {
    case "%laneid": return .fixed(.laneid)
    case "%warpid": return .fixed(.warpid)
    case "%nwarpid": return .fixed(.nwarpid)
    case "%smid": return .fixed(.smid)
    case "%nsmid": return .fixed(.nsmid)
    case "%gridid": return .fixed(.gridid)
    case "%lanemask_eq": return .fixed(.lanemaskEqual)
    case "%lanemask_lt": return .fixed(.lanemaskLess)
    case "%lanemask_le": return .fixed(.lanemaskLessEqual)
    case "%lanemask_gt": return .fixed(.lanemaskGreater)
    case "%lanemask_ge": return .fixed(.lanemaskGreaterEqual)
    case "%dynamic_smem_size": return .fixed(.dynamicSharedBytes)
    case "%total_smem_size": return .fixed(.totalSharedBytes)
    case "%clock", "%clock64", "%globaltimer", "%globaltimer_lo": return .clock
    default: return nil
    }
  }
}
