import Foundation
import Testing

/// The generated trampolines under a recorder in place of the driver (`Programs/trampolines.c`).
@Suite struct TrampolineTests {
  static let program = Result {
    let scratch = try Place.scratch("trampolines")
    let answered = scratch.appendingPathComponent("answered.c")
    try answeredByTheRuntime().write(to: answered, atomically: true, encoding: .utf8)
    let module = Place.root.appendingPathComponent("Sources/CInterposer")
    let parts = try FileManager.default.contentsOfDirectory(atPath: module.path)
      .filter { $0.hasSuffix(".c") || $0.hasSuffix(".S") }.sorted()
      .map { module.appendingPathComponent($0).path }
    let program = scratch.appendingPathComponent("trampolines").path
    let outcome = try Command(
      arguments: [
        "cc", "-O1", "-fPIE", "-pie", "-fvisibility=hidden", "-ftls-model=initial-exec",
        "-I\(module.path)", "-I\(module.path)/include", Programs.source("trampolines.c"),
        answered.path,
      ] + parts + ["-o", program, "-lpthread"]
    ).run()
    try #require(outcome.status == 0, "\(outcome)")
    return program
  }

  /// The runtime's functions are not linked in; its entry points lead to these.
  static func answeredByTheRuntime() throws -> String {
    let list = Place.root.appendingPathComponent("Catalogue/implemented.txt")
    let names = try String(contentsOf: list, encoding: .utf8).split(separator: "\n")
      .filter { !$0.hasPrefix("#") }
    let functions = names.filter { !$0.hasPrefix("cuGetProcAddress") }
      .map { "int tidelock_\($0)(void) { return -1; }\n" }
    return functions.joined() + "const char *const answered[] = {"
      + names.map { "\"\($0)\", " }.joined() + "0};\n"
  }

  @Test(arguments: [
    "open", "closed", "windowed", "memory", "nested", "abandoned", "threads", "pinned", "values",
    "unwind",
  ])
  func behave(name: String) throws {
    let outcome = try Command(arguments: [Self.program.get(), name]).run()
    #expect(outcome == Outcome(status: 0, output: "", errors: ""))
  }
}
