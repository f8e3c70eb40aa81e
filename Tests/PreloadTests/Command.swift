import Foundation
import Testing

/// What a program left behind.
struct Outcome: Equatable, CustomStringConvertible {
  let status: Int32
  let output: String
  let errors: String

  var description: String { "status \(status)\nstdout: \(output)\nstderr: \(errors)" }
}

/// Where the project and what it built lie.
enum Place {
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// The products; `make build` puts them there.
  static let build: URL = {
    let named = ProcessInfo.processInfo.environment["TIDELOCK_BUILD_DIR"]
    let folder = named.map { URL(fileURLWithPath: $0) } ?? root.appendingPathComponent("build")
    return folder.resolvingSymlinksInPath()
  }()

  static let interposer = build.appendingPathComponent("lib/tidelock/libcuda.so.1")
  static let simulated = build.appendingPathComponent("lib/tidelock/simulated/libcuda.so.1")

  /// The interposer before it was stripped: the only one whose functions have names.
  static let unstripped: URL = {
    let folder = build.lastPathComponent == "build-faults" ? "faults-embedded" : "embedded"
    return root.appendingPathComponent(".build/\(folder)/release/libinterposer.so")
  }()

  static func exists(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }

  /// Removed with all that is in it when the tests end.
  private static let scratches: URL = {
    atexit { try? FileManager.default.removeItem(at: Place.scratches) }
    return FileManager.default.temporaryDirectory
      .appendingPathComponent("tidelock-tests-\(ProcessInfo.processInfo.processIdentifier)")
  }()

  /// A fresh directory for what a test makes.
  static func scratch(_ name: String) throws -> URL {
    let url = scratches.appendingPathComponent("\(name)-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url
  }
}

/// A program to run with exactly this environment; it is killed after `seconds`.
struct Command {
  var arguments: [String]
  var environment: [String: String] = [:]
  var seconds = 600

  static let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"

  /// The file a command's name stands for, or nil.
  static func find(_ name: String) -> String? {
    path.split(separator: ":").map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  func run() throws -> Outcome {
    let scratch = try Place.scratch("run")
    defer { try? FileManager.default.removeItem(at: scratch) }
    let files = ["out", "err"].map { scratch.appendingPathComponent($0) }
    for file in files { try Data().write(to: file) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/timeout")
    // `env` sets the variables, so that LD_PRELOAD reaches the program and nothing before it.
    process.arguments =
      ["--kill-after=5", "\(seconds)", "env", "-i", "PATH=\(Command.path)", "HOME=/nonexistent"]
      + environment.map { "\($0)=\($1)" }.sorted() + arguments
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: files[0])
    process.standardError = try FileHandle(forWritingTo: files[1])
    try process.run()
    process.waitUntilExit()
    let texts = try files.map { String(decoding: try Data(contentsOf: $0), as: UTF8.self) }
    return Outcome(status: process.terminationStatus, output: texts[0], errors: texts[1])
  }

  /// Runs it and fails the test unless it succeeds; gives its standard output.
  @discardableResult
  static func output(_ arguments: String..., environment: [String: String] = [:]) throws -> String {
    let outcome = try Command(arguments: arguments, environment: environment).run()
    try #require(outcome.status == 0, "\(arguments.joined(separator: " ")): \(outcome)")
    return outcome.output
  }
}
