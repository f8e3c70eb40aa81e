/// A JSON value. Objects keep their order; numbers keep their text, so 64-bit counters survive.
public enum JSON: Equatable, Sendable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([JSON])
  case object([Member])

  public struct Member: Equatable, Sendable {
    public var name: String
    public var value: JSON

    public init(_ name: String, _ value: JSON) {
      self.name = name
      self.value = value
    }
  }
}

extension JSON {
  public init(_ value: UInt64) { self = .number(String(value)) }
  public init(_ value: Int32) { self = .number(String(value)) }
  public init(_ value: UInt64?) {
    guard let value else {
      self = .null
      return
    }
    self.init(value)
  }

  /// The named member of an object, nil otherwise. Set, it keeps its place, or is the last; what is
  /// no object stays as it is, and nil changes nothing.
  public internal(set) subscript(name: String) -> JSON? {
    get {
      guard case .object(let members) = self else { return nil }
      return members.first { $0.name == name }?.value
    }
    set {
      guard case .object(var members) = self, let newValue else { return }
      if let index = members.firstIndex(where: { $0.name == name }) {
        members[index].value = newValue
      } else {
        members.append(Member(name, newValue))
      }
      self = .object(members)
    }
  }

  /// Sets a member of the object `outer` within this one; `outer` is made if it is no object yet.
  mutating func set(_ name: String, to value: JSON, within outer: String) {
    var inner = JSON.object([])
    if let present = self[outer], case .object = present { inner = present }
    inner[name] = value
    self[outer] = inner
  }

  public var text: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  public var unsigned: UInt64? {
    guard case .number(let digits) = self else { return nil }
    return UInt64(digits)
  }

  public var elements: [JSON]? {
    guard case .array(let elements) = self else { return nil }
    return elements
  }

  /// The value as text, one line without spaces, or indented by two spaces per level.
  public func encoded(indented: Bool = false) -> String {
    var output = ""
    write(to: &output, level: indented ? 0 : nil)
    return output
  }

  private func write(to output: inout String, level: Int?) {
    switch self {
    case .null: output += "null"
    case .bool(let value): output += value ? "true" : "false"
    case .number(let digits): output += digits
    case .string(let text): JSON.quote(text, to: &output)
    case .array(let elements):
      JSON.enclose("[", "]", elements.count, level, to: &output) { index, inner, output in
        elements[index].write(to: &output, level: inner)
      }
    case .object(let members):
      JSON.enclose("{", "}", members.count, level, to: &output) { index, inner, output in
        JSON.quote(members[index].name, to: &output)
        output += inner == nil ? ":" : ": "
        members[index].value.write(to: &output, level: inner)
      }
    }
  }

  private static func enclose(
    _ open: String, _ close: String, _ count: Int, _ level: Int?, to output: inout String,
    _ element: (Int, Int?, inout String) -> Void
  ) {
    output += open
    let inner = level.map { $0 + 1 }
    for index in 0..<count {
      if index > 0 { output += "," }
      if let inner { output += "\n" + String(repeating: "  ", count: inner) }
      element(index, inner, &output)
    }
    if count > 0, let level { output += "\n" + String(repeating: "  ", count: level) }
    output += close
  }

  private static func quote(_ text: String, to output: inout String) {
    let digits = Array("0123456789abcdef".unicodeScalars)
    output += "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": output += "\\\""
      case "\\": output += "\\\\"
      case "\n": output += "\\n"
      case "\r": output += "\\r"
      case "\t": output += "\\t"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        output += "\\u00"
        output.unicodeScalars.append(digits[Int(scalar.value >> 4)])
        output.unicodeScalars.append(digits[Int(scalar.value & 15)])
      default: output.unicodeScalars.append(scalar)
      }
    }
    output += "\""
  }
}

/// Where and why text is not JSON.
public struct JSONFault: Error, Equatable, Sendable {
  public let offset: Int
  public let expected: String
}

extension JSON {
  /// Deepest nesting read; deeper text is a fault.
  public static let depthMax = 32

  /// Reads one JSON value that fills `text`.
  public init(parsing text: String) throws(JSONFault) {
    var reader = JSONReader(bytes: Array(text.utf8))
    self = try reader.document()
  }
}

private struct JSONReader {
  let bytes: [UInt8]
  var position = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws(JSONFault) -> JSON {
    let value = try value(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw fault("the end") }
    return value
  }

  private func fault(_ expected: String) -> JSONFault {
    JSONFault(offset: position, expected: expected)
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard let byte = next, UInt32(byte) == character.value else { return false }
    position += 1
    return true
  }

  private mutating func take(word: String) -> Bool {
    let wanted = Array(word.utf8)
    guard bytes[position...].starts(with: wanted) else { return false }
    position += wanted.count
    return true
  }

  private mutating func value(depth: Int) throws(JSONFault) -> JSON {
    guard depth < JSON.depthMax else { throw fault("less nesting") }
    skipSpace()
    if take("{") { return try object(depth: depth) }
    if take("[") { return try array(depth: depth) }
    if take("\"") { return .string(try string()) }
    if take(word: "null") { return .null }
    if take(word: "true") { return .bool(true) }
    if take(word: "false") { return .bool(false) }
    return .number(try number())
  }

  private mutating func object(depth: Int) throws(JSONFault) -> JSON {
    var members: [JSON.Member] = []
    if take("}") { return .object(members) }
    repeat {
      guard take("\"") else { throw fault("a name") }
      let name = try string()
      guard take(":") else { throw fault("a colon") }
      members.append(JSON.Member(name, try value(depth: depth + 1)))
    } while take(",")
    guard take("}") else { throw fault("a closing brace") }
    return .object(members)
  }

  private mutating func array(depth: Int) throws(JSONFault) -> JSON {
    var elements: [JSON] = []
    if take("]") { return .array(elements) }
    repeat { elements.append(try value(depth: depth + 1)) } while take(",")
    guard take("]") else { throw fault("a closing bracket") }
    return .array(elements)
  }

  private mutating func number() throws(JSONFault) -> String {
    let start = position
    while let byte = next,
      (0x30...0x39).contains(byte) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains(byte)
    {
      position += 1
    }
    let digits = String(decoding: bytes[start..<position], as: UTF8.self)
    guard Double(digits) != nil else { throw fault("a value") }
    return digits
  }

  private mutating func string() throws(JSONFault) -> String {
    var content: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case 0x22: return String(decoding: content, as: UTF8.self)
      case 0x5C: content.append(contentsOf: try escape())
      case ..<0x20: throw fault("no control character")
      default: content.append(byte)
      }
    }
    throw fault("a closing quote")
  }

  private mutating func escape() throws(JSONFault) -> [UInt8] {
    guard let byte = next else { throw fault("an escape") }
    position += 1
    switch Unicode.Scalar(byte) {
    case "\"", "\\", "/": return [byte]
    case "n": return [0x0A]
    case "r": return [0x0D]
    case "t": return [0x09]
    case "b": return [0x08]
    case "f": return [0x0C]
    case "u":
      let first = try hexadecimal()
      guard (0xD800..<0xDC00).contains(first) else { return encode(first) }
      guard take(word: "\\u") else { throw fault("the second half of a surrogate pair") }
      let second = try hexadecimal()
      guard (0xDC00..<0xE000).contains(second) else { throw fault("a low surrogate") }
      return encode(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    default: throw fault("a known escape")
    }
  }

  private func encode(_ value: UInt32) -> [UInt8] {
    Array(String(Character(Unicode.Scalar(value) ?? "\u{FFFD}")).utf8)
  }

  private mutating func hexadecimal() throws(JSONFault) -> UInt32 {
    guard position + 4 <= bytes.count,
      let value = UInt32(
        String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
    else { throw fault("four hexadecimal digits") }
    position += 4
    return value
  }
}
