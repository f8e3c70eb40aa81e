/// A kernel while its body is being read.
struct KernelBuilder {
  struct Range {
    var type: ScalarType
    var count: Int
  }

  /// Names of one `{ }`.
  struct Scope {
    var symbols: [String: Symbol] = [:]
    /// Registers declared, not yet used: they get a slot when first named.
    var registers: [String: ScalarType] = [:]
    /// `%r<10>`
    var ranges: [String: Range] = [:]
    var labels: [String: Int] = [:]
    /// Branches whose label has not been seen yet: instruction, label, line.
    var pending: [(index: Int, label: String, line: Int32)] = []
  }

  struct ConstantKey: Hashable {
    var value: Constant
    var width: Int
  }

  var kernel: Kernel
  var program = Program()
  var scopes: [Scope] = [Scope()]
  var constants: [ConstantKey: UInt32] = [:]
  var slotCount = 0
  var moduleShared: [Int: Int] = [:]
  var guardSlot = Instruction.none
  var guardNegated = false

  init(name: String) {
    kernel = Kernel(name: name)
  }
}

extension Parser {
  // MARK: entry

  mutating func parseEntry() throws(PTXFault) {
    let name = try word()
    guard module.kernels.count < Limits.kernels else { throw fault(.limit("kernels")) }
    guard module.kernel(named: name) == nil else { throw fault(.redeclared(name)) }
    kernel = KernelBuilder(name: name)
    if takeMark("(") { try parseParameters() }
    while token.kind == .word {
      try parseEntryDirective()
    }
    if takeMark(";") {
      kernel = nil
      return
    }
    try expect("{")
    try parseBody()
    try finishKernel()
  }

  private mutating func parseEntryDirective() throws(PTXFault) {
    let name = try word()
    switch name {
    case ".maxntid", ".reqntid":
      var sizes: [UInt32] = []
      repeat {
        sizes.append(UInt32(try count(upTo: Int(UInt32.max), "threads")))
      } while takeMark(",")
      guard sizes.count <= 3 else { throw fault(.syntax("more than three dimensions")) }
      while sizes.count < 3 { sizes.append(1) }
      kernel?.kernel.maximumBlock = Dimensions(sizes[0], sizes[1], sizes[2])
    case ".minnctapersm", ".maxnctapersm", ".maxnreg", ".maxclusterrank":
      _ = try count(upTo: Int(UInt32.max), name)
    case ".pragma":
      while !isMark(";"), token.kind != .end { advance() }
      try expect(";")
    case ".noreturn":
      break
    default:
      throw fault(.unsupported(name))
    }
  }

  private mutating func parseParameters() throws(PTXFault) {
    if takeMark(")") { return }
    var end = 0
    repeat {
      guard try word() == ".param" else { throw fault(.syntax("expected .param")) }
      var item = Declarator()
      var isPointer = false
      var hasType = false
      while token.kind == .word, token.byte == UInt8(ascii: ".") {
        let name = try word()
        switch name {
        case ".align":
          let value = try alignment()
          if !isPointer { item.givenAlignment = value }
        case ".ptr": isPointer = true
        case ".global", ".shared", ".const", ".local": break
        default:
          guard let type = ScalarType(name.dropFirst()), type != .pred else {
            throw fault(.unsupported("parameter type \(name)"))
          }
          item.type = type
          hasType = true
        }
      }
      guard hasType else { throw fault(.syntax("parameter without a type")) }
      item.name = try word()
      if takeMark("[") {
        item.elements = try count(upTo: Limits.parameterBytes, "bytes of parameters")
        try expect("]")
      }
      let offset = (end + item.alignmentBytes - 1) / item.alignmentBytes * item.alignmentBytes
      end = offset + item.sizeBytes
      guard end <= Limits.parameterBytes else { throw fault(.limit("bytes of parameters")) }
      guard kernel?.scopes[0].symbols[item.name] == nil else { throw fault(.redeclared(item.name)) }
      kernel?.scopes[0].symbols[item.name] = .parameter(offset: offset)
      kernel?.kernel.parameters.append(
        Parameter(
          name: item.name, offsetBytes: offset, sizeBytes: item.sizeBytes,
          alignmentBytes: item.alignmentBytes))
    } while takeMark(",")
    kernel?.kernel.parameterBytes = end
    try expect(")")
  }

  private mutating func finishKernel() throws(PTXFault) {
    guard var builder = kernel else { return }
    builder.program.code.append(Instruction(operation: .exit))
    builder.program.lines.append(token.line)
    for (key, slot) in builder.constants {
      builder.program.constants.append(ConstantSlot(slot: slot, width: key.width, value: key.value))
    }
    builder.program.dynamicSharedAlignment = dynamicSharedAlignment
    builder.kernel.program = builder.program
    module.kernels.append(builder.kernel)
    kernel = nil
  }

  // MARK: body

  private mutating func parseBody() throws(PTXFault) {
    var depth = 1
    while depth > 0 {
      if takeMark("{") {
        depth += 1
        guard depth <= Limits.scopes else { throw fault(.limit("nested scopes")) }
        kernel?.scopes.append(KernelBuilder.Scope())
      } else if isMark("}") {
        try closeScope()
        advance()
        depth -= 1
      } else if takeMark(";") {
        continue
      } else if isMark("@") {
        try parseGuarded()
      } else if token.kind == .word {
        try parseStatement()
      } else {
        throw fault(.syntax("expected a statement, met '\(spelling(token))'"))
      }
    }
  }

  private mutating func parseStatement() throws(PTXFault) {
    if token.byte == UInt8(ascii: ".") {
      try parseBodyDirective()
    } else if following.kind == .mark, following.byte == UInt8(ascii: ":") {
      let name = try word()
      advance()
      try declareLabel(name)
    } else {
      try parseInstruction()
    }
  }

  private mutating func parseGuarded() throws(PTXFault) {
    try expect("@")
    let isNegated = takeMark("!")
    guard case .register(let slot, .pred) = try parseOperand() else {
      throw fault(.operand("the guard is no predicate"))
    }
    kernel?.guardSlot = slot
    kernel?.guardNegated = isNegated
    guard token.kind == .word else { throw fault(.syntax("expected an instruction")) }
    try parseInstruction()
    kernel?.guardSlot = Instruction.none
    kernel?.guardNegated = false
  }

  private mutating func parseBodyDirective() throws(PTXFault) {
    let name = try word()
    switch name {
    case ".reg": try parseRegisters()
    case ".shared", ".local": try parseBodyVariables(isShared: name == ".shared")
    case ".extern": break
    case ".loc", ".file": skipLine()
    case ".pragma":
      while !isMark(";"), token.kind != .end { advance() }
      try expect(";")
    default: throw fault(.unsupported(name))
    }
  }

  private mutating func parseRegisters() throws(PTXFault) {
    let typeName = try word()
    guard let type = ScalarType(typeName.dropFirst()) else {
      throw fault(.unsupported("register type \(typeName)"))
    }
    repeat {
      let name = try word()
      guard var scope = kernel?.scopes.popLast() else { return }
      let isTaken =
        scope.registers[name] != nil || scope.ranges[name] != nil || scope.symbols[name] != nil
      defer { kernel?.scopes.append(scope) }
      guard !isTaken else { throw fault(.redeclared(name)) }
      if takeMark("<") {
        let count = try count(upTo: Int(Int32.max), "registers")
        try expect(">")
        scope.ranges[name] = KernelBuilder.Range(type: type, count: count)
      } else {
        scope.registers[name] = type
      }
    } while takeMark(",")
    try expect(";")
  }

  private mutating func parseBodyVariables(isShared: Bool) throws(PTXFault) {
    var previous: Declarator?
    repeat {
      let item = try parseDeclarator(inheriting: previous)
      previous = item
      let symbol: Symbol
      switch (isShared, item.elements) {
      case (true, nil):
        symbol = .dynamicShared
        dynamicSharedAlignment = max(dynamicSharedAlignment, item.alignmentBytes)
      case (true, .some):
        symbol = .shared(offset: try reserveShared(item.sizeBytes, item.alignmentBytes))
      case (false, nil):
        throw fault(.syntax("local array without a size"))
      case (false, .some):
        symbol = .local(offset: try reserveLocal(item.sizeBytes, item.alignmentBytes))
      }
      let last = (kernel?.scopes.count ?? 1) - 1
      guard kernel?.scopes[last].symbols[item.name] == nil else {
        throw fault(.redeclared(item.name))
      }
      kernel?.scopes[last].symbols[item.name] = symbol
    } while takeMark(",")
    try expect(";")
  }

  private mutating func reserveShared(_ bytes: Int, _ alignment: Int) throws(PTXFault) -> Int {
    let used = kernel?.kernel.staticSharedBytes ?? 0
    let offset = (used + alignment - 1) / alignment * alignment
    guard offset + bytes <= Limits.sharedBytes else { throw fault(.limit("shared memory")) }
    kernel?.kernel.staticSharedBytes = offset + bytes
    return offset
  }

  private mutating func reserveLocal(_ bytes: Int, _ alignment: Int) throws(PTXFault) -> Int {
    let used = kernel?.kernel.localBytes ?? 0
    let offset = (used + alignment - 1) / alignment * alignment
    guard offset + bytes <= Limits.localBytes else { throw fault(.limit("local memory")) }
    kernel?.kernel.localBytes = offset + bytes
    return offset
  }

  // MARK: labels

  private mutating func declareLabel(_ name: String) throws(PTXFault) {
    guard let target = kernel?.program.code.count, let last = kernel?.scopes.indices.last else {
      return
    }
    guard kernel?.scopes[last].labels[name] == nil else { throw fault(.redeclared(name)) }
    kernel?.scopes[last].labels[name] = target
  }

  /// Branches that this scope's labels answer are settled; the rest go to the scope around it.
  private mutating func closeScope() throws(PTXFault) {
    guard let scope = kernel?.scopes.popLast() else { return }
    for branch in scope.pending {
      if let target = scope.labels[branch.label] {
        kernel?.program.code[branch.index].immediate = Int64(target)
      } else if let last = kernel?.scopes.indices.last {
        kernel?.scopes[last].pending.append(branch)
      } else {
        throw PTXFault(
          reason: .undeclared(branch.label), kernel: kernel?.kernel.name, line: Int(branch.line))
      }
    }
  }

  // MARK: names

  mutating func lookUp(_ name: String) throws(PTXFault) -> Symbol? {
    let count = kernel?.scopes.count ?? 0
    for depth in stride(from: count - 1, through: 0, by: -1) {
      if let found = kernel?.scopes[depth].symbols[name] { return found }
      if let type = kernel?.scopes[depth].registers[name] {
        return try addRegister(name, type, depth)
      }
      if let type = rangeType(name, depth) { return try addRegister(name, type, depth) }
    }
    guard let symbol = symbols[name] else { return nil }
    guard case .moduleShared(let index) = symbol else { return symbol }
    if let offset = kernel?.moduleShared[index] { return .shared(offset: offset) }
    let variable = moduleShared[index]
    let offset = try reserveShared(variable.sizeBytes, variable.alignmentBytes)
    kernel?.moduleShared[index] = offset
    return .shared(offset: offset)
  }

  /// Longest number behind a range's name.
  private static let registerDigits = 10

  /// `%r12` of a range `%r<13>`.
  private func rangeType(_ name: String, _ depth: Int) -> ScalarType? {
    guard let ranges = kernel?.scopes[depth].ranges, !ranges.isEmpty else { return nil }
    let digits = name.utf8.reversed().prefix {
      $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")
    }.count
    // A prefix may itself end in digits (`%dat_1_<4>`, `%f16<2>`): try every split.
    for length in 1..<(min(digits, Self.registerDigits) + 1) {
      let cut = name.utf8.index(name.endIndex, offsetBy: -length)
      guard let number = Int(name[cut...]), let range = ranges[String(name[..<cut])] else {
        continue
      }
      guard length == 1 || name.utf8[cut] != UInt8(ascii: "0") else { continue }
      if number < range.count { return range.type }
    }
    return nil
  }

  private mutating func addRegister(
    _ name: String, _ type: ScalarType, _ depth: Int
  ) throws(PTXFault) -> Symbol {
    let symbol = Symbol.register(slot: try addSlot(width: type.width), type: type)
    kernel?.scopes[depth].symbols[name] = symbol
    kernel?.kernel.registerCount += 1
    return symbol
  }

  mutating func addSlot(width: Int) throws(PTXFault) -> UInt32 {
    guard let slot = kernel?.program.slotBytes, let count = kernel?.slotCount else { return 0 }
    guard count < Limits.registers else { throw fault(.limit("registers")) }
    kernel?.program.slotBytes = slot + UInt32(width)
    kernel?.slotCount = count + 1
    return slot
  }
}
