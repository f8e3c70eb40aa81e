import Foundation
import Testing

/// The interposer as a file: what it exports, what it asks of the program it is loaded into, and
/// what its functions are made of.
@Suite struct ObjectTests {
  struct Row {
    let symbol: String
    let mustGate: Bool
    let gate: String
  }

  /// Entry points of the catalogue.
  static func catalogue() throws -> [Row] {
    let url = Place.root.appendingPathComponent("Catalogue/entry-points.csv")
    let lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n")
    let columns = try #require(lines.first).split(separator: ",").map(String.init)
    let symbol = try #require(columns.firstIndex(of: "symbol"))
    let mustGate = try #require(columns.firstIndex(of: "must_gate"))
    let gate = try #require(columns.firstIndex(of: "gate"))
    return lines.dropFirst().map { line in
      let cells = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      return Row(symbol: cells[symbol], mustGate: cells[mustGate] == "yes", gate: cells[gate])
    }
  }

  static func requireBuilt(_ url: URL) throws {
    try #require(Place.exists(url), "\(url.path) is missing; run make build")
  }

  static func dynamicSymbols(_ option: String) throws -> [[Substring]] {
    try requireBuilt(Place.interposer)
    return try Command.output("nm", "-D", option, Place.interposer.path)
      .split(separator: "\n").map { $0.split(separator: " ") }
  }

  // MARK: what it exports and what it asks for

  @Test func exportsAreTheCatalogue() throws {
    let exported = try Set(Self.dynamicSymbols("--defined-only").map { String($0.last ?? "") })
    let management = try String(
      contentsOf: Place.root.appendingPathComponent("Sources/CInterposer/managed_names.h"),
      encoding: .utf8
    ).matches(of: /EACH\((nvml\w+)\)/).map { String($0.1) }
    #expect(management.count == 12)
    let wanted = try Set(Self.catalogue().map(\.symbol)).union(management)
      .union(["dlsym", "dlvsym", "tidelock_forward", "tidelock_interposer_build"])
    #expect(exported.subtracting(wanted).sorted() == [], "exported and not in the catalogue")
    #expect(wanted.subtracting(exported).sorted() == [], "in the catalogue and not exported")
  }

  @Test func nothingIsAskedOfTheProgram() throws {
    for symbol in try Self.dynamicSymbols("--undefined-only") {
      // Absent from loaders other than glibc's; the code looks before it uses it.
      #expect(symbol == ["w", "_r_debug"], "undefined: \(symbol.joined(separator: " "))")
    }
    let dynamic = try Command.output("readelf", "-dW", Place.interposer.path)
    #expect(!dynamic.contains("(NEEDED)"), "\(dynamic)")
    #expect(!dynamic.contains("TEXTREL"), "\(dynamic)")
    #expect(dynamic.contains("Library soname: [libcuda.so.1]"))
    #expect(dynamic.contains("NODELETE"))
    #expect(!dynamic.contains("VERNEED"), "no version of any library may be required")
    #expect(!dynamic.contains("VERSYM"), "names without versions, as the driver's")
  }

  @Test func nothingRunsAtLoad() throws {
    try Self.requireBuilt(Place.interposer)
    let dynamic = try Command.output("readelf", "-dW", Place.interposer.path)
    for tag in ["(INIT)", "(INIT_ARRAY)", "(PREINIT_ARRAY)", "(FINI)", "(FINI_ARRAY)"] {
      #expect(!dynamic.contains(tag), "code at load or unload: \(tag)")
    }
    let relocations = try Command.output("readelf", "-rW", Place.interposer.path)
    #expect(!relocations.contains("IRELATIV"), "a resolver would run at load")
  }

  @Test func stackAndCodePagesAreNotWritableAndExecutable() throws {
    try Self.requireBuilt(Place.interposer)
    let segments = try Command.output("readelf", "-lW", Place.interposer.path)
      .split(separator: "\n").filter { $0.contains("LOAD") || $0.contains("GNU_STACK") }
    #expect(segments.count >= 3)
    for segment in segments { #expect(!segment.contains("RWE"), "\(segment)") }
  }

  @Test func theShippedObjectIsStripped() throws {
    try Self.requireBuilt(Place.interposer)
    let sections = try Command.output("readelf", "-SW", Place.interposer.path)
    #expect(!sections.contains(".symtab"))
  }

  // MARK: what its functions are made of

  struct Function {
    let name: String
    var instructions: [Instruction] = []
  }

  struct Instruction {
    let address: UInt64
    let text: Substring
  }

  /// Functions of the unstripped object with their instructions; what lies in no function (padding,
  /// unnamed copies of the compiler's own runtime) is left out.
  static func functions() throws -> [Function] {
    try requireBuilt(Place.unstripped)
    let code = try Command.output("objdump", "-d", "--no-show-raw-insn", Place.unstripped.path)
      .split(separator: "\n").compactMap { line -> Instruction? in
        let parts = line.split(separator: "\t", maxSplits: 1)
        guard parts.count == 2, line.first == " ", parts[0].last == ":" else { return nil }
        let address = UInt64(parts[0].dropLast().drop { $0 == " " }, radix: 16)
        return address.map { Instruction(address: $0, text: parts[1]) }
      }
    let symbols = try Command.output("nm", "-S", Place.unstripped.path)
    var found: [Function] = []
    for line in symbols.split(separator: "\n") {
      let parts = line.split(separator: " ")
      guard parts.count == 4, "tTwW".contains(parts[2]), let start = UInt64(parts[0], radix: 16),
        let size = UInt64(parts[1], radix: 16)
      else { continue }
      var index = code.partitioningIndex { $0.address >= start }
      var function = Function(name: String(parts[3]))
      while index < code.count, code[index].address < start + size {
        function.instructions.append(code[index])
        index += 1
      }
      found.append(function)
    }
    return found
  }

  @Test func noFunctionOfOursTraps() throws {
    // The compiler's own stubs, which nothing of ours reaches: no errors, classes or closures.
    let compilers: Set<String> = [
      "swift_clearSensitive", "swift_deletedMethodError", "swift_dynamicCastClassUnconditional",
      "swift_errorInMain", "swift_isEscapingClosureAtFileLocation", "_swift_exceptionPersonality",
      "_swift_dead_method_stub",
    ]
    let functions = try Self.functions()
    #expect(functions.count > 800)
    func isStub(_ function: Function) -> Bool {
      compilers.contains(function.name.trimmingPrefix("$").description)
    }
    let stubs = Set(functions.filter(isStub).compactMap(\.instructions.first?.address))
    for function in functions where !isStub(function) {
      let traps = function.instructions.filter {
        $0.text.hasPrefix("ud2") || $0.text.hasPrefix("int3") || $0.text.hasPrefix("hlt")
      }
      // A generic function nobody calls may be folded into the stub at the same address.
      if let address = function.instructions.first?.address, stubs.contains(address) { continue }
      #expect(
        traps.isEmpty, "\(function.name) traps at \(traps.map { String($0.address, radix: 16) })")
    }
  }

  @Test func everyRowThatMustBeGatedIs() throws {
    let functions = Dictionary(
      try Self.functions().map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    let rows = try Self.catalogue().filter(\.mustGate)
    #expect(rows.count >= 173)
    for row in rows {
      #expect(row.gate == "kernel" || row.gate == "copy", "\(row.symbol)")
      // What the runtime answers has its gated way to the driver beside it.
      let gated = functions["tidelock_gated_\(row.symbol)"] ?? functions[row.symbol]
      let texts = try #require(gated, "\(row.symbol)").instructions.map(\.text)
      let count = Self.openPath(texts)
      #expect(count != nil, "\(row.symbol) does not look like a gated call")
      #expect((count ?? 0) <= 40, "\(row.symbol) adds \(count ?? 0) instructions to an open call")
      #expect(!texts.contains { $0.hasPrefix("lock") || $0.hasPrefix("syscall") }, "\(row.symbol)")
    }
  }

  /// Instructions from the start of the gated body to its return when every branch falls through,
  /// or nil if there is no gate among them. A call that pins the process first is counted after it.
  static func openPath(_ texts: [Substring]) -> Int? {
    let body = texts.firstIndex { $0.hasPrefix("push") && $0.contains("%rbp") } ?? texts.endIndex
    guard let end = texts[body...].firstIndex(where: { $0.hasPrefix("ret") }) else { return nil }
    let path = texts[body...end]
    let enters = path.firstIndex { $0.hasPrefix("bts") }
    let looks = path.firstIndex { $0.hasPrefix("cmpl   $0x1,") && $0.contains("(%rip)") }
    let calls = path.firstIndex { $0.hasPrefix("call   *") }
    let leaves = path.firstIndex { $0.hasPrefix("incq") }
    guard let enters, let looks, let calls, let leaves else { return nil }
    return enters < looks && looks < calls && calls < leaves ? path.count : nil
  }

  /// Nothing may move while a capture is open, so each way into one and out of it is ours.
  @Test func everyCaptureIsCounted() throws {
    let list = try String(
      contentsOf: Place.root.appendingPathComponent("Catalogue/implemented.txt"), encoding: .utf8)
    let ours = Set(list.split(separator: "\n").map(String.init))
    let ways = try Self.catalogue().map(\.symbol).filter {
      $0.contains("BeginCapture") || $0.contains("BeginRecapture") || $0.contains("EndCapture")
    }
    #expect(ways.count >= 14)
    #expect(ways.filter { !ours.contains($0) } == [])
  }

  // MARK: planted faults, generated files

  @Test func plantedFaultsAreOnlyInTheFaultsBuild() throws {
    func mentions(_ folder: URL) -> [String] {
      let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
      let name = Data("TIDELOCK_MUTANT".utf8)
      return (files?.allObjects as? [URL] ?? []).filter {
        (try? Data(contentsOf: $0, options: .mappedIfSafe))?.range(of: name) != nil
      }.map(\.path)
    }
    let shipped = Place.root.appendingPathComponent("build")
    try Self.requireBuilt(shipped)
    #expect(mentions(shipped) == [], "a fault can be chosen in the shipped products")
    let faults = Place.root.appendingPathComponent("build-faults")
    if Place.exists(faults) {
      #expect(
        mentions(faults).contains { $0.hasSuffix("lib/tidelock/libcuda.so.1") },
        "the faults build of the interposer knows no faults")
    }
  }

  @Test func generatedSourcesAreCurrent() throws {
    try Command.output(
      "python3", Place.root.appendingPathComponent("Catalogue/generate.py").path, "--check")
  }
}

extension Array {
  /// The first index whose element satisfies `belongs`; those after it must, too.
  func partitioningIndex(where belongs: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if belongs(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
