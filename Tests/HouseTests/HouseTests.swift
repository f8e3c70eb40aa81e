import Testing

/// The rules that keep the project readable and its modules apart. Each failure names the file, the
/// line and what to do.
@Suite struct HouseTests {
  static let columnsMax = 100
  static let functionLinesMax = 70
  static let fileLinesMax = 600

  // MARK: Modules

  /// What a module may import. What is missing here is missing on purpose: the policy has no clock
  /// and no descriptor, the interposer no runtime, the simulator no real time, nothing Foundation.
  static let mayImport: [String: Set<String>] = [
    "Faults": ["CFaults"],
    "Residency": ["Faults"],
    "Wire": ["Faults"],
    "Shadow": ["Wire", "Faults"],
    "Interposer": ["Wire", "Shadow", "Faults", "CDriver", "CInterposer", "Synchronization"],
    "PTX": ["Synchronization"],
    "SimulatedGPU": ["PTX", "CDriver", "CSimulatedGPU", "Glibc", "Synchronization"],
    "SimulatedDriver": ["SimulatedGPU", "CDriver", "CSimulatedDriver", "Glibc"],
    "SimulatedNVML": ["SimulatedGPU", "Glibc"],
    "World": ["Residency", "Faults"],
    "ControlAPI": [],
    "Host": ["CPlatform", "Faults", "Glibc", "SystemPackage", "Synchronization"],
    "Readings": ["CPlatform", "Glibc", "SystemPackage", "Synchronization"],
    "Agent": [
      "Residency", "Wire", "Host", "Readings", "ControlAPI", "Faults", "CPlatform", "Glibc",
      "Logging", "SystemPackage", "Synchronization",
    ],
    "tidelock": [
      "Agent", "ControlAPI", "Host", "Readings", "Wire", "CPlatform", "Glibc", "ArgumentParser",
      "Logging", "SystemPackage",
    ],
    "world": ["World", "Residency", "Glibc", "ArgumentParser"],
  ]

  static func imports(of file: SourceFile) -> [(line: Int, module: String)] {
    let pattern =
      #/
      ^\s*(?:@\w+(?:\([^)]*\))?\s+)*
      (?:(?:public|package|internal|fileprivate|private)\s+)?import\s+
      (?:(?:struct|class|enum|protocol|func|let|var|typealias)\s+)?(\w+)
      /#
    let text = Blanked.text(file.text)
    return text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
      .compactMap { index, line in
        guard line.contains("import") else { return nil }
        return (try? pattern.firstMatch(in: line)).map { (index + 1, String($0.1)) }
      }
  }

  @Test func everyModuleImportsOnlyWhatItMayKnow() {
    for file in SourceTree.files(under: "Sources/", "swift") {
      let module = String(file.path.split(separator: "/")[1])
      guard let allowed = Self.mayImport[module] else {
        Issue.record("\(file.path): module \(module) has no row in HouseTests.mayImport; add one")
        continue
      }
      for (line, imported) in Self.imports(of: file) where !allowed.contains(imported) {
        Issue.record(
          """
          \(file.path):\(line) imports \(imported); \(module) may import only \
          \(allowed.isEmpty ? "the standard library" : allowed.sorted().joined(separator: ", "))
          """)
      }
    }
  }

  // MARK: Style

  @Test func linesFilesAndFunctionsAreShort() {
    for file in SourceTree.files(under: "", "swift", "c", "h", "S", "py", "sh")
    where !file.isGenerated {
      if file.lines.count > Self.fileLinesMax {
        Issue.record("\(file.path) has \(file.lines.count) lines, more than \(Self.fileLinesMax)")
      }
      for (index, line) in file.lines.enumerated() where line.count > Self.columnsMax {
        Issue.record("\(file.path):\(index + 1) has \(line.count) columns; break it at 100")
      }
      for function in FunctionLengths.of(file) where function.lines > Self.functionLinesMax {
        Issue.record(
          "\(file.path):\(function.line) is a function of \(function.lines) lines; split it at 70")
      }
    }
  }

  @Test func everySourceFileSaysWhatItIsFor() {
    for file in SourceTree.files(under: "Sources/", "swift", "c", "h", "S") {
      let says = file.lines.prefix(24).contains { line in
        line.count > 20 && ["// ", "/* ", " * ", "# "].contains { line.contains($0) }
      }
      if !says { Issue.record("\(file.path) opens without a comment that says what it is for") }
    }
  }

  @Test func nothingIsLeftUndoneOrNamesAWorkplace() {
    // Spelled in two parts so that this file does not find itself.
    let words = [
      ("TO" + "DO", "do it or write an issue"), ("FIX" + "ME", "mend it or write an issue"),
      ("/wo" + "rk/", "name no machine's folders"), ("/opt/sw" + "ift", "look in PATH"),
      ("../sha" + "red", "keep what is needed in the project"),
      ("/ho" + "me/", "name no machine's folders"),
    ]
    for file in SourceTree.files where file.path != "LICENSE" {
      for (index, line) in file.lines.enumerated() {
        for (word, remedy) in words where line.contains(word) {
          Issue.record("\(file.path):\(index + 1) says \(word); \(remedy)")
        }
      }
    }
  }

  /// Documents point at code as `path` `function`, `function`: both must be there.
  @Test func documentsNameWhatExists() {
    let files = Dictionary(uniqueKeysWithValues: SourceTree.files.map { ($0.path, $0.text) })
    for document in SourceTree.files(under: "", "md") {
      for match in document.text.matches(of: #/`(Sources/[\w/]+\.\w+)`((?:,? `\w+`)*)/#) {
        let path = String(match.1)
        guard let text = files[path] else {
          Issue.record("\(document.path) names \(path), which does not exist; correct it")
          continue
        }
        for name in match.2.matches(of: #/`(\w+)`/#).map(\.1) where !text.contains("func \(name)") {
          Issue.record("\(document.path) names \(path) \(name), which has no such function")
        }
      }
    }
  }

  // MARK: The rules' own tests

  @Test func blankingKeepsLinesAndDropsBraces() {
    let source = "let a = \"{ \\(b ? \"}\" : \"{\") \"  // }\nlet c = #\"\\{\"#\n/* { */ x"
    let blanked = Blanked.text(source)
    #expect(!blanked.contains("{") && !blanked.contains("}"))
    #expect(blanked.split(separator: "\n").count == 3)
    #expect(blanked.hasSuffix("x"))
  }

  @Test func functionLengthsAreMeasured() {
    let source = "protocol P {\n  func a()\n}\nfunc b(_ x: () -> Void = {}) {\n  if c {\n  }\n}\n"
    #expect(FunctionLengths.swift(source) == [FunctionLength(line: 4, lines: 4)])
    let python = SourceFile(path: "a.py", text: "def a():\n  b\n\n  c\n\nd\n")
    #expect(FunctionLengths.of(python) == [FunctionLength(line: 1, lines: 4)])
  }

  @Test func importsAreRead() {
    let file = SourceFile(
      path: "a.swift",
      text: "@testable import A\ninternal import struct B.C\n// import D\npublic import E\n")
    #expect(Self.imports(of: file).map(\.module) == ["A", "B", "E"])
  }
}
