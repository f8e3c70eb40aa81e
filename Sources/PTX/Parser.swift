extension Module {
  /// Parses and decodes a whole module. A NUL ends the text.
  public init(parsing text: UnsafeBufferPointer<UInt8>) throws(PTXFault) {
    let length = text.firstIndex(of: 0) ?? text.count
    guard length <= Limits.textBytes else {
      throw PTXFault(reason: .limit("bytes of text"), kernel: nil, line: 0)
    }
    let body = UnsafeBufferPointer(rebasing: text[..<length])
    var parser = Parser(text: body, tokens: try Lexer.tokens(of: body))
    try parser.parseModule()
    self = parser.module
  }

  /// Parses and decodes a whole module.
  public init(parsing text: String) throws(PTXFault) {
    let bytes = Array(text.utf8)
    let result: Result<Module, PTXFault> = bytes.withUnsafeBufferPointer { buffer in
      do throws(PTXFault) {
        return .success(try Module(parsing: buffer))
      } catch {
        return .failure(error)
      }
    }
    self = try result.get()
  }
}

/// What a name stands for.
enum Symbol {
  case register(slot: UInt32, type: ScalarType)
  /// Byte offset in the parameter buffer.
  case parameter(offset: Int)
  /// Byte offset in the block's shared memory.
  case shared(offset: Int)
  case dynamicShared
  /// Byte offset in the thread's local memory.
  case local(offset: Int)
  case variable(index: Int)
  /// Shared variable at module scope: it gets its offset when a kernel first names it.
  case moduleShared(index: Int)
}

struct ModuleShared {
  var sizeBytes: Int
  var alignmentBytes: Int
}

/// Recursive descent over the tokens; the part here knows modules, the extensions know kernels.
struct Parser {
  let text: UnsafeBufferPointer<UInt8>
  let tokens: [Token]
  var position = 0
  var module = Module()
  var symbols: [String: Symbol] = [:]
  var moduleShared: [ModuleShared] = []
  var kernel: KernelBuilder?
  var instructionCount = 0
  var variableBytes = 0

  init(text: UnsafeBufferPointer<UInt8>, tokens: [Token]) {
    self.text = text
    self.tokens = tokens
  }

  // MARK: tokens

  var token: Token { tokens[position] }

  /// The token after the next one; the end token at the end.
  var following: Token { tokens[min(position + 1, tokens.count - 1)] }

  mutating func advance() {
    if position < tokens.count - 1 { position += 1 }
  }

  func spelling(_ token: Token) -> String {
    String(decoding: text[Int(token.start)..<Int(token.end)], as: UTF8.self)
  }

  func fault(_ reason: PTXFault.Reason) -> PTXFault {
    PTXFault(reason: reason, kernel: kernel?.kernel.name, line: Int(token.line))
  }

  func isMark(_ mark: Unicode.Scalar) -> Bool {
    token.kind == .mark && token.byte == UInt8(ascii: mark)
  }

  mutating func takeMark(_ mark: Unicode.Scalar) -> Bool {
    guard isMark(mark) else { return false }
    advance()
    return true
  }

  mutating func expect(_ mark: Unicode.Scalar) throws(PTXFault) {
    guard takeMark(mark) else {
      throw fault(.syntax("expected '\(mark)', met '\(spelling(token))'"))
    }
  }

  func isWord(_ word: StaticString) -> Bool {
    guard token.kind == .word, Int(token.end - token.start) == word.utf8CodeUnitCount else {
      return false
    }
    for offset in 0..<word.utf8CodeUnitCount
    where text[Int(token.start) + offset] != word.utf8Start[offset] {
      return false
    }
    return true
  }

  mutating func takeWord(_ word: StaticString) -> Bool {
    guard isWord(word) else { return false }
    advance()
    return true
  }

  mutating func word() throws(PTXFault) -> String {
    guard token.kind == .word else {
      throw fault(.syntax("expected a name, met '\(spelling(token))'"))
    }
    let name = spelling(token)
    advance()
    return name
  }

  /// A non-negative number at most `limit`.
  mutating func count(upTo limit: Int, _ what: String) throws(PTXFault) -> Int {
    guard case .integer(let value) = try literal() else {
      throw fault(.syntax("expected a whole number"))
    }
    guard value <= UInt64(limit) else { throw fault(.limit(what)) }
    return Int(value)
  }

  mutating func alignment() throws(PTXFault) -> Int {
    let value = try count(upTo: 1 << 16, "alignment")
    guard value > 0, value & (value - 1) == 0 else {
      throw fault(.syntax("alignment is not a power of two"))
    }
    return value
  }

  // MARK: module scope

  mutating func parseModule() throws(PTXFault) {
    while token.kind != .end {
      guard token.kind == .word else {
        throw fault(.syntax("expected a directive, met '\(spelling(token))'"))
      }
      try parseDirective()
    }
  }

  private mutating func parseDirective() throws(PTXFault) {
    let name = try word()
    switch name {
    case ".version":
      module.version = spelling(token)
      advance()
    case ".target":
      module.target = try word()
      while takeMark(",") { _ = try word() }
    case ".address_size":
      guard try count(upTo: 64, "address size") == 64 else {
        throw fault(.unsupported(".address_size other than 64"))
      }
    case ".visible", ".extern", ".weak", ".common":
      break
    case ".file", ".loc":
      skipLine()
    case ".section":
      try skipPastBraces()
    case ".pragma", ".alias":
      try skipPastSemicolon()
    case ".func":
      try skipFunction()
    case ".entry":
      try parseEntry()
    case ".global": try parseModuleVariables(.global)
    case ".const": try parseModuleVariables(.constant)
    case ".shared": try parseModuleVariables(.shared)
    default:
      throw fault(.unsupported(name))
    }
  }

  mutating func skipLine() {
    let line = tokens[max(position - 1, 0)].line
    while token.kind != .end, token.line == line { advance() }
  }

  private mutating func skipPastSemicolon() throws(PTXFault) {
    while !isMark(";") {
      guard token.kind != .end else { throw fault(.syntax("text ends within a directive")) }
      advance()
    }
    advance()
  }

  private mutating func skipPastBraces() throws(PTXFault) {
    var depth = 0
    repeat {
      if isMark("{") { depth += 1 }
      if isMark("}") { depth -= 1 }
      guard token.kind != .end, depth >= 0 else { throw fault(.syntax("unbalanced braces")) }
      advance()
    } while depth > 0 || tokens[position - 1].byte != UInt8(ascii: "}")
  }

  /// Functions are not interpreted; a kernel that calls one is refused at the call.
  private mutating func skipFunction() throws(PTXFault) {
    while !isMark("{"), !isMark(";") {
      guard token.kind != .end else { throw fault(.syntax("text ends within a function")) }
      advance()
    }
    if isMark(";") { advance() } else { try skipPastBraces() }
  }

  mutating func declare(_ name: String, _ symbol: Symbol) throws(PTXFault) {
    guard symbols[name] == nil else { throw fault(.redeclared(name)) }
    symbols[name] = symbol
  }

  private mutating func parseModuleVariables(_ space: Space) throws(PTXFault) {
    var previous: Declarator?
    let isExtern = position >= 2 && spelling(tokens[position - 2]) == ".extern"
    repeat {
      let item = try parseDeclarator(inheriting: previous)
      previous = item
      switch (space, item.elements) {
      case (.shared, nil):
        try declare(item.name, .dynamicShared)
        dynamicSharedAlignment = max(dynamicSharedAlignment, item.alignmentBytes)
      case (.shared, .some):
        try declare(item.name, .moduleShared(index: moduleShared.count))
        moduleShared.append(
          ModuleShared(sizeBytes: item.sizeBytes, alignmentBytes: item.alignmentBytes))
      case (_, _) where isExtern:
        // Defined in another module: a kernel that names it is refused there.
        break
      default:
        try addVariable(item, isConstant: space == .constant)
      }
    } while takeMark(",")
    try expect(";")
  }

  var dynamicSharedAlignment = 1

  private mutating func addVariable(_ item: Declarator, isConstant: Bool) throws(PTXFault) {
    var item = item
    var initial: [UInt8] = []
    if takeMark("=") {
      let limit = item.elements == nil ? Limits.variableBytes : item.sizeBytes
      initial = try parseInitializer(item.type, limit: limit, depth: 0)
      if item.elements == nil { item.elements = initial.count / item.type.width }
    }
    guard item.elements != nil else {
      throw fault(.syntax("variable \(item.name) has no size"))
    }
    guard module.variables.count < Limits.variables else { throw fault(.limit("variables")) }
    variableBytes += item.sizeBytes
    guard variableBytes <= Limits.moduleVariableBytes else {
      throw fault(.limit("bytes of variables"))
    }
    try declare(item.name, .variable(index: module.variables.count))
    module.variables.append(
      Variable(
        name: item.name, byteCount: item.sizeBytes, alignmentBytes: item.alignmentBytes,
        initial: initial, isConstant: isConstant))
  }

  private mutating func parseInitializer(
    _ type: ScalarType, limit: Int, depth: Int
  ) throws(PTXFault) -> [UInt8] {
    guard depth < Limits.scopes else { throw fault(.limit("nested braces")) }
    var bytes: [UInt8] = []
    if takeMark("{") {
      if takeMark("}") { return bytes }
      repeat {
        bytes += try parseInitializer(type, limit: limit - bytes.count, depth: depth + 1)
      } while takeMark(",")
      try expect("}")
      return bytes
    }
    if token.kind == .word {
      throw fault(.unsupported("initialiser with an address: \(spelling(token))"))
    }
    let bits = try bits(of: try signedLiteral(), as: type)
    guard type.width <= limit else { throw fault(.syntax("more initial values than room")) }
    for index in 0..<type.width { bytes.append(UInt8(truncatingIfNeeded: bits >> (8 * index))) }
    return bytes
  }

  // MARK: declarations

  struct Declarator {
    var name = ""
    var type = ScalarType.b8
    /// Scalars per element: 1, 2 or 4.
    var vector = 1
    /// Nil: an array without a size.
    var elements: Int? = 1
    var givenAlignment = 1
    var sizeBytes: Int { type.width * vector * (elements ?? 0) }
    var alignmentBytes: Int { max(givenAlignment, type.width * vector) }
  }

  /// Parses `.align 8 .b8 name[16]`; what stands before the name is inherited after a comma.
  mutating func parseDeclarator(inheriting first: Declarator?) throws(PTXFault) -> Declarator {
    var item = first ?? Declarator()
    item.elements = 1
    var hasType = first != nil
    while token.kind == .word, token.byte == UInt8(ascii: ".") {
      let name = try word()
      switch name {
      case ".align": item.givenAlignment = try alignment()
      case ".v2": item.vector = 2
      case ".v4": item.vector = 4
      case ".ptr", ".global", ".shared", ".const", ".local": break
      default:
        guard let type = ScalarType(name.dropFirst()), type != .pred else {
          throw fault(.unsupported("type \(name)"))
        }
        item.type = type
        hasType = true
      }
    }
    guard hasType else { throw fault(.syntax("declaration without a type")) }
    item.name = try word()
    while takeMark("[") {
      if takeMark("]") {
        item.elements = nil
        continue
      }
      let dimension = try count(upTo: Limits.variableBytes, "array elements")
      try expect("]")
      guard let elements = item.elements else { continue }
      let (total, overflow) = elements.multipliedReportingOverflow(by: dimension)
      guard !overflow, total <= Limits.variableBytes / (item.type.width * item.vector) else {
        throw fault(.limit("array elements"))
      }
      item.elements = total
    }
    return item
  }
}
