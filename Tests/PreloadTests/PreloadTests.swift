import Foundation
import Testing

/// Preloaded into programs that have nothing to do with CUDA, the interposer changes nothing.
@Suite struct PreloadTests {
  /// Runs a program without and with the interposer: output, errors and status must be the same.
  static func expectNoDifference(
    _ arguments: [String], environment: [String: String] = [:],
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try #require(Place.exists(Place.interposer), "run make build")
    let plain = try Command(arguments: arguments, environment: environment).run()
    var preloaded = environment
    preloaded["LD_PRELOAD"] = Place.interposer.path
    let with = try Command(arguments: arguments, environment: preloaded).run()
    #expect(plain == with, sourceLocation: sourceLocation)
    #expect(plain.status != 127 && plain.status != 124, "\(plain)", sourceLocation: sourceLocation)
  }

  @Test(arguments: [
    ["true"], ["false"], ["sh", "-c", "echo out; echo err >&2; exit 3"],
    ["bash", "-c", "for i in 1 2 3; do (echo $i | cat); done; kill -TERM $$"],
    ["sort", "/etc/passwd"],
    [
      "python3", "-c",
      "import ctypes, threading, json; t = threading.Thread(target=print, args=(1,)); t.start(); "
        + "t.join(); print(ctypes.CDLL(None).getpid() > 0, json.dumps([1])); raise SystemExit(4)",
    ],
  ])
  func shellsAndPython(arguments: [String]) throws {
    try Self.expectNoDifference(arguments)
  }

  @Test(.enabled(if: Command.find("node") != nil, "node is not installed"))
  func node() throws {
    try Self.expectNoDifference([
      "node", "-e", "console.log([1, 2].map(x => x + 1)); process.exit(5)",
    ])
  }

  @Test(.enabled(if: Command.find("java") != nil, "java is not installed"))
  func java() throws {
    try Self.expectNoDifference(["java", "-Xshare:auto", "-version"])
  }

  /// An Embedded object that exported the compiler's runtime would break every Swift program.
  @Test func ordinarySwift() throws {
    let scratch = try Place.scratch("swift")
    let source = scratch.appendingPathComponent("main.swift")
    try """
    class Animal { var name: String; init(_ name: String) { self.name = name } }
    let animals = ["b", "a"].map(Animal.init).sorted { $0.name < $1.name }
    print(animals.map(\\.name), [1: "one"][1] ?? "")
    """.write(to: source, atomically: true, encoding: .utf8)
    let program = scratch.appendingPathComponent("program").path
    try Command.output(
      "swiftc", "-module-cache-path", scratch.appendingPathComponent("cache").path, source.path,
      "-o", program)
    try Self.expectNoDifference([program])
  }

  @Test func theEnvironmentOfAChildIsItsParents() throws {
    // A preloaded shell starts preloaded children; none of them may say so.
    try Self.expectNoDifference([
      "sh", "-c", "env | grep -v -e ^LD_PRELOAD= -e ^_= | sort; sh -c true",
    ])
  }

  // MARK: a C library of 2020

  static let debian11 = Place.root.appendingPathComponent(".build/debian11")
  static let hasDebian11 = Place.exists(debian11.appendingPathComponent("complete"))
  static let skipped: Comment =
    "Debian 11's programs are not here: run Tests/PreloadTests/fetch-debian11.sh (make setup does)"

  /// Runs a program of Debian 11 by its own loader.
  static func old(_ arguments: [String], preload: Bool, environment: [String: String] = [:])
    throws -> Outcome
  {
    let root = debian11.appendingPathComponent("root").path
    let libraries = "\(root)/lib/x86_64-linux-gnu:\(root)/usr/lib/x86_64-linux-gnu"
    var all = ["\(root)/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2", "--library-path", libraries]
    if preload { all += ["--preload", Place.interposer.path] }
    let program = arguments[0].hasPrefix("/") ? arguments[0] : "\(root)/\(arguments[0])"
    all += [program] + arguments.dropFirst()
    let home = ["PYTHONHOME": "\(root)/usr"].merging(environment) { $1 }
    return try Command(arguments: all, environment: home).run()
  }

  @Test(
    .enabled(if: hasDebian11, skipped),
    arguments: [
      ["bin/true"], ["bin/dash", "-c", "echo out; echo err >&2; exit 3"],
      ["bin/bash", "-c", "for i in 1 2 3; do echo $i; done; exit 4"],
      [
        "usr/bin/python3.9", "-c",
        "import threading, json, sys; print(sys.version_info[:2]); "
          + "t = threading.Thread(target=print, args=(1,)); t.start(); t.join(); sys.exit(5)",
      ],
    ])
  func underGlibc231(arguments: [String]) throws {
    let plain = try Self.old(arguments, preload: false)
    let with = try Self.old(arguments, preload: true)
    #expect(plain == with)
    #expect(
      plain.status == ["bin/true": 0, "bin/dash": 3, "bin/bash": 4][arguments[0], default: 5])
  }

  /// dlopen and dlsym are in libdl there, which only Python brings along.
  @Test(.enabled(if: hasDebian11, skipped))
  func theDriverIsFoundUnderGlibc231() throws {
    // One that asks nothing of this machine's newer C library.
    let folder = try Place.scratch("old")
    try HookMatrixTests.driver(version: 13000, in: folder)
    let driver = folder.appendingPathComponent("libcuda.so.1")
    let script = """
      import ctypes
      name = ctypes.CDLL("libcuda.so.1")
      path = ctypes.CDLL("\(driver.path)")
      version = ctypes.c_int()
      address = lambda f: ctypes.cast(f, ctypes.c_void_p).value
      print(name.cuDriverGetVersion(ctypes.byref(version)), version.value)
      print(address(name.cuDriverGetVersion) == address(path.cuDriverGetVersion))
      """
    let outcome = try Self.old(
      ["usr/bin/python3.9", "-c", script], preload: true,
      environment: ["TIDELOCK_LIBCUDA": driver.path])
    #expect(outcome == Outcome(status: 0, output: "0 13000\nTrue\n", errors: ""))
  }

  /// A program linked to libcuda and not to libdl: the driver would have brought libdl along.
  @Test(.enabled(if: hasDebian11, skipped))
  func theDriverIsOpenedWithoutLibdlUnderGlibc231() throws {
    let folder = try Place.scratch("bare")
    try HookMatrixTests.driver(version: 13010, in: folder)
    let driver = folder.appendingPathComponent("libcuda.so.1").path
    let program = folder.appendingPathComponent("bare").path
    try Command.output(
      "cc", "-O1", "-nostartfiles", Programs.source("bare.c"), driver, "-o", program)
    let outcome = try Self.old(
      [program], preload: true, environment: ["TIDELOCK_LIBCUDA": driver])
    #expect(outcome == Outcome(status: 0, output: "0 13010\n", errors: ""))
  }
}
