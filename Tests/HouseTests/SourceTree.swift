import Foundation

/// One text file of the project, by its path from the root.
struct SourceFile: Sendable {
  let path: String
  let text: String
  let lines: [Substring]

  init(path: String, text: String) {
    self.path = path
    self.text = text
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    if lines.last == "" { lines.removeLast() }
    self.lines = lines
  }

  /// What follows the last dot of the name, or, for a program without one, the interpreter its
  /// first line names.
  var language: String {
    let name = path.split(separator: "/").last ?? ""
    if let dot = name.lastIndex(of: "."), dot != name.startIndex {
      return String(name[name.index(after: dot)...])
    }
    guard let first = lines.first, first.hasPrefix("#!") else { return "" }
    if first.hasSuffix("bash") || first.hasSuffix("sh") { return "sh" }
    return first.contains("python") ? "py" : ""
  }

  /// Written by a program of the project, which says so in one of the first three lines.
  var isGenerated: Bool { lines.prefix(3).contains { $0.contains(" Generated") } }
}

/// The files of the checkout, without what builds and set-up put there.
enum SourceTree {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static let leftOut: Set<String> = [
    ".git", ".build", ".swiftpm", "build", "build-faults", "dist", "wheels", ".venv", "__pycache__",
  ]

  static let files: [SourceFile] = {
    var found: [SourceFile] = []
    visit(root, path: "", into: &found)
    return found.sorted { $0.path < $1.path }
  }()

  private static func visit(_ folder: URL, path: String, into found: inout [SourceFile]) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    for name in names where !leftOut.contains(name) {
      let child = folder.appendingPathComponent(name)
      let childPath = path.isEmpty ? name : "\(path)/\(name)"
      let kind = try? FileManager.default.attributesOfItem(atPath: child.path)[.type]
      switch kind as? FileAttributeType {
      case .typeDirectory: visit(child, path: childPath, into: &found)
      case .typeRegular:
        guard let text = try? String(contentsOf: child, encoding: .utf8) else { continue }
        found.append(SourceFile(path: childPath, text: text))
      default: continue
      }
    }
  }

  static func files(under folder: String, _ languages: String...) -> [SourceFile] {
    files.filter { $0.path.hasPrefix(folder) && languages.contains($0.language) }
  }
}

/// Swift text with comments, string and regex literals turned into blanks, so that braces and words
/// can be counted. Line breaks stay where they are.
struct Blanked {
  private var bytes: [UInt8]
  private var index = 0

  static func text(_ source: String) -> String {
    var blanked = Blanked(bytes: Array(source.utf8))
    blanked.code(until: nil)
    return String(decoding: blanked.bytes, as: UTF8.self)
  }

  private func starts(_ word: StaticString, at offset: Int = 0) -> Bool {
    let length = word.utf8CodeUnitCount
    guard index + offset + length <= bytes.count else { return false }
    return (0..<length).allSatisfy { bytes[index + offset + $0] == word.utf8Start[$0] }
  }

  private mutating func blank(_ count: Int) {
    for _ in 0..<min(count, bytes.count - index) {
      if bytes[index] != UInt8(ascii: "\n") { bytes[index] = UInt8(ascii: " ") }
      index += 1
    }
  }

  /// Walks code; with `closing`, an interpolation that ends at its own `)` and is blanked too.
  private mutating func code(until closing: UInt8?) {
    var depth = 0
    while index < bytes.count {
      if starts("//") {
        while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { blank(1) }
      } else if starts("/*") {
        blockComment()
      } else if starts("\"") || starts("#\"") || starts("##\"") {
        string()
      } else if starts("#/") {
        while index < bytes.count, !starts("/#") { blank(1) }
        blank(2)
      } else if closing == nil {
        index += 1
      } else {
        if starts("(") { depth += 1 }
        if starts(")") { depth -= 1 }
        blank(1)
        if depth < 0 { return }
      }
    }
  }

  private mutating func blockComment() {
    var depth = 0
    repeat {
      if starts("/*") {
        depth += 1
        blank(2)
      } else if starts("*/") {
        depth -= 1
        blank(2)
      } else {
        blank(1)
      }
    } while depth > 0 && index < bytes.count
  }

  private mutating func string() {
    var hashes = 0
    while starts("#") {
      hashes += 1
      blank(1)
    }
    let quotes = starts("\"\"\"") ? 3 : 1
    blank(quotes)
    while index < bytes.count {
      if starts("\\"), hasHashes(hashes, at: 1) {
        let opens = index + 1 + hashes < bytes.count && bytes[index + 1 + hashes] == 0x28
        blank(2 + hashes)
        if opens { code(until: UInt8(ascii: ")")) }
      } else if quotes == 3 ? starts("\"\"\"") : starts("\""), hasHashes(hashes, at: quotes) {
        blank(quotes + hashes)
        return
      } else {
        blank(1)
      }
    }
  }

  private func hasHashes(_ count: Int, at offset: Int) -> Bool {
    guard index + offset + count <= bytes.count else { return false }
    return (0..<count).allSatisfy { bytes[index + offset + $0] == UInt8(ascii: "#") }
  }
}
