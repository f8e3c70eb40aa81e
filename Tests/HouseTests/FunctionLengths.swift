/// A function and how many lines it takes, from its first line to its closing brace.
struct FunctionLength: Equatable {
  let line: Int
  let lines: Int
}

/// Finds the functions of a file by its braces (Swift, C) or its indentation (Python).
enum FunctionLengths {
  static func of(_ file: SourceFile) -> [FunctionLength] {
    switch file.language {
    case "swift": swift(Blanked.text(file.text))
    case "c", "h": c(file.lines)
    case "py": python(file.lines)
    default: []
    }
  }

  static let opening: Set<Substring> = ["func", "init", "deinit", "subscript"]
  static let otherDeclaration: Set<Substring> = [
    "var", "let", "case", "struct", "class", "enum", "protocol", "extension", "typealias",
  ]

  static func swift(_ text: String) -> [FunctionLength] {
    var found: [FunctionLength] = []
    var open: [(line: Int, depth: Int)] = []
    var pending: Int?
    var (line, braces, parentheses) = (1, 0, 0)
    var previous: Character = " "
    var rest = text[...]
    while let character = rest.first {
      if character.isLetter || character == "_" {
        let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        if parentheses == 0, previous != "." {
          if opening.contains(word) { pending = line }
          if otherDeclaration.contains(word) { pending = nil }
        }
        rest = rest.dropFirst(word.count)
        previous = "a"
        continue
      }
      switch character {
      case "\n": line += 1
      case "(", "[": parentheses += 1
      case ")", "]": parentheses -= 1
      case "{":
        braces += 1
        if parentheses == 0, let start = pending {
          open.append((start, braces))
          pending = nil
        }
      case "}":
        if let last = open.last, last.depth == braces {
          found.append(FunctionLength(line: last.line, lines: line - last.line + 1))
          open.removeLast()
        }
        braces -= 1
        if parentheses == 0 { pending = nil }
      default: break
      }
      previous = character
      rest = rest.dropFirst()
    }
    return found
  }

  static func c(_ lines: [Substring]) -> [FunctionLength] {
    var found: [FunctionLength] = []
    var start: Int?
    for (index, line) in lines.enumerated() {
      if start == nil, line.hasSuffix("{"), line.contains("("), line.first?.isLetter == true {
        start = index
      } else if line.hasPrefix("}"), let first = start {
        found.append(FunctionLength(line: first + 1, lines: index - first + 1))
        start = nil
      }
    }
    return found
  }

  static func python(_ lines: [Substring]) -> [FunctionLength] {
    func indent(_ line: Substring) -> Int { line.prefix { $0 == " " }.count }
    var found: [FunctionLength] = []
    for (index, line) in lines.enumerated() {
      let code = line.drop { $0 == " " }
      guard code.hasPrefix("def ") || code.hasPrefix("async def ") else { continue }
      var last = index
      for next in lines.indices.dropFirst(index + 1) where !lines[next].allSatisfy({ $0 == " " }) {
        if indent(lines[next]) <= indent(line), !lines[next].hasPrefix(")") { break }
        last = next
      }
      found.append(FunctionLength(line: index + 1, lines: last - index + 1))
    }
    return found
  }
}
