/// One token: a span of the text's bytes.
struct Token {
  enum Kind: UInt8 {
    /// A name, directive, opcode with its modifiers, register or special register.
    case word
    /// A literal that starts with a digit.
    case number
    case string
    /// One byte of punctuation.
    case mark
    case end
  }

  var kind: Kind
  /// The byte of a `.mark`, the first byte otherwise.
  var byte: UInt8
  var line: Int32
  var start: Int32
  var end: Int32
}

/// Splits PTX text into tokens. Comments and white space vanish; a dotted opcode, `%tid.x` or
/// `.L1::evict_last` is one word.
struct Lexer {
  let text: UnsafeBufferPointer<UInt8>
  private var position = 0
  private var line: Int32 = 1

  init(_ text: UnsafeBufferPointer<UInt8>) {
    self.text = text
  }

  static func tokens(of text: UnsafeBufferPointer<UInt8>) throws(PTXFault) -> [Token] {
    var lexer = Lexer(text)
    var tokens: [Token] = []
    while true {
      let token = try lexer.next()
      if tokens.count >= Limits.tokens {
        throw PTXFault(reason: .limit("tokens"), kernel: nil, line: Int(token.line))
      }
      tokens.append(token)
      if token.kind == .end { return tokens }
    }
  }

  private func byte(_ offset: Int = 0) -> UInt8 {
    position + offset < text.count ? text[position + offset] : 0
  }

  private func fault(_ text: String) -> PTXFault {
    PTXFault(reason: .syntax(text), kernel: nil, line: Int(line))
  }

  private mutating func skipBlank() throws(PTXFault) {
    while position < text.count {
      switch byte() {
      case UInt8(ascii: "\n"):
        line += 1
        position += 1
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
        position += 1
      case UInt8(ascii: "/") where byte(1) == UInt8(ascii: "/"):
        while position < text.count, byte() != UInt8(ascii: "\n") { position += 1 }
      case UInt8(ascii: "/") where byte(1) == UInt8(ascii: "*"):
        try skipComment()
      default:
        return
      }
    }
  }

  private mutating func skipComment() throws(PTXFault) {
    position += 2
    while position < text.count {
      if byte() == UInt8(ascii: "*"), byte(1) == UInt8(ascii: "/") {
        position += 2
        return
      }
      if byte() == UInt8(ascii: "\n") { line += 1 }
      position += 1
    }
    throw fault("comment without end")
  }

  private mutating func next() throws(PTXFault) -> Token {
    try skipBlank()
    let start = position
    guard position < text.count else { return token(.end, from: start) }
    let first = byte()
    if isDigit(first) {
      scanNumber()
      return token(.number, from: start)
    }
    if isLetter(first) || (first == UInt8(ascii: ".") && isLetter(byte(1))) {
      scanWord()
      return token(.word, from: start)
    }
    if first == UInt8(ascii: "\"") {
      position += 1
      while position < text.count, byte() != UInt8(ascii: "\"") {
        if byte() == UInt8(ascii: "\n") { throw fault("string without end") }
        position += 1
      }
      guard position < text.count else { throw fault("string without end") }
      position += 1
      return token(.string, from: start)
    }
    guard first > 0x20, first < 0x7f else { throw fault("byte 0x\(String(first, radix: 16))") }
    position += 1
    return token(.mark, from: start)
  }

  private func token(_ kind: Token.Kind, from start: Int) -> Token {
    Token(
      kind: kind, byte: start < text.count ? text[start] : 0, line: line, start: Int32(start),
      end: Int32(position))
  }

  private mutating func scanWord() {
    while position < text.count {
      let next = byte()
      if isLetter(next) || isDigit(next) || next == UInt8(ascii: ".") {
        position += 1
      } else if next == UInt8(ascii: ":"), byte(1) == UInt8(ascii: ":"), isWordByte(byte(2)) {
        position += 2
      } else {
        return
      }
    }
  }

  private mutating func scanNumber() {
    let isPrefixed =
      byte() == UInt8(ascii: "0")
      && [
        UInt8(ascii: "x"), UInt8(ascii: "X"), UInt8(ascii: "f"), UInt8(ascii: "F"),
        UInt8(ascii: "d"), UInt8(ascii: "D"),
      ].contains(byte(1))
    while position < text.count {
      let next = byte()
      let isSign = next == UInt8(ascii: "-") || next == UInt8(ascii: "+")
      if isSign, !isPrefixed {
        let before = text[position - 1]
        guard before == UInt8(ascii: "e") || before == UInt8(ascii: "E") else { return }
      } else if !(isLetter(next) || isDigit(next) || next == UInt8(ascii: ".")) {
        return
      } else if next == UInt8(ascii: "%") {
        return
      }
      position += 1
    }
  }

  private func isDigit(_ byte: UInt8) -> Bool {
    byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
  }

  private func isLetter(_ byte: UInt8) -> Bool {
    (byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z")
      || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "$") || byte == UInt8(ascii: "%")
  }

  private func isWordByte(_ byte: UInt8) -> Bool { isLetter(byte) || isDigit(byte) }
}
