import Foundation
import Testing

/// However a program finds the driver, it finds us: the rows of the hook matrix that need no GPU.
@Suite struct HookMatrixTests {
  /// Runs with the interposer and the fake driver as the real one.
  static func hooked(_ arguments: [String], _ more: [String: String] = [:]) throws -> Outcome {
    try #require(Place.exists(Place.interposer), "run make build")
    var environment = [
      "LD_PRELOAD": Place.interposer.path, "TIDELOCK_LIBCUDA": try Programs.fakeDriver().path,
    ]
    environment.merge(more) { $1 }
    return try Command(arguments: arguments, environment: environment).run()
  }

  static let foundByHandle = """
    cuLaunchKernel ours
    cuCtxCreate_v4 nowhere
    error 1
    cuNewerThanTheCatalogue ours
    cuNobodyHasThis nowhere
    launch 1 2 3 4 5 6 7 8 9 10 11
    result 7
    newer 5 2.5
    result 9

    """

  @Test func whatIsOpenedByNameIsOurs() throws {
    let outcome = try Self.hooked([Programs.lookup(), "name"])
    #expect(outcome == Outcome(status: 0, output: Self.foundByHandle, errors: ""))
  }

  @Test(arguments: ["libcuda.so.1", "libcuda.so"])
  func openedByPath(name: String) throws {
    let path = try Programs.fakeDriver().deletingLastPathComponent().appendingPathComponent(name)
    let outcome = try Self.hooked([Programs.lookup(), "path", path.path])
    #expect(outcome == Outcome(status: 0, output: Self.foundByHandle, errors: ""))
  }

  /// The name that a development package has for the driver, looked for as any library is.
  @Test func openedByDevelopmentName() throws {
    let folder = try Programs.fakeDriver().deletingLastPathComponent().path
    let outcome = try Self.hooked(
      [Programs.lookup(), "path", "libcuda.so"], ["LD_LIBRARY_PATH": folder])
    #expect(outcome == Outcome(status: 0, output: Self.foundByHandle, errors: ""))
  }

  /// A compatibility library, or a stub for linking, that the program names by its path: what it
  /// finds there is ours all the same, and the driver behind it the one that was chosen.
  @Test(arguments: ["compat", "stubs"])
  func openedWhereTheDriverIsNot(folder: String) throws {
    let place = try Place.scratch("elsewhere").appendingPathComponent(folder)
    try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
    let file = place.appendingPathComponent("libcuda.so.1")
    try FileManager.default.copyItem(at: Programs.fakeDriver(), to: file)
    let outcome = try Self.hooked([Programs.lookup(), "path", file.path])
    #expect(outcome == Outcome(status: 0, output: Self.foundByHandle, errors: ""))
  }

  @Test func theFormAskedForIsGivenAndIsOurs() throws {
    let outcome = try Self.hooked([Programs.lookup(), "resolver"])
    let expected = """
      0 0 1
      0 1
      0 1 1
      0 1 2
      cuGetProcAddress ours
      cuNotExported ours
      1 11
      0 1 1
      0 1

      """
    #expect(outcome == Outcome(status: 0, output: expected, errors: ""))
  }

  @Test func askedOfTheWholeProgram() throws {
    let outcome = try Self.hooked([Programs.lookup(), "default"])
    let expected = """
      cuLaunchKernel ours
      cuLaunchKernel ours
      cuCtxCreate_v4 nowhere
      cuNewerThanTheCatalogue ours
      cudnnCreate nowhere
      1
      1
      1

      """
    #expect(outcome == Outcome(status: 0, output: expected, errors: ""))
  }

  @Test func linked() throws {
    let driver = try Programs.fakeDriver()
    let program = try Place.scratch("linked").appendingPathComponent("linked").path
    try Command.output(
      "cc", "-O1", Programs.source("linked.c"), "-L\(driver.deletingLastPathComponent().path)",
      "-l:libcuda.so.1", "-o", program)
    let outcome = try Self.hooked([program])
    let expected = "float 3 4 1.5\n0\ncopy 1 2 3\n0\n"
    #expect(outcome == Outcome(status: 0, output: expected, errors: ""))
  }

  static func library() throws -> String {
    let library = try Place.scratch("library").appendingPathComponent("library.so").path
    try Command.output("cc", "-shared", "-fPIC", "-O1", Programs.source("library.c"), "-o", library)
    return library
  }

  /// Such a library calls the C library's own dlsym: it is our name that makes it find us.
  @Test func whatIsBoundDeeplyIsOurs() throws {
    let outcome = try Self.hooked([Programs.lookup(), "deepbind", Self.library()])
    #expect(outcome == Outcome(status: 0, output: "cuLaunchKernel ours\n", errors: ""))
  }

  /// A library in a namespace of its own sees nothing preloaded: that is what `--replace` is for.
  @Test func namespaceOfItsOwnIsNotCovered() throws {
    let folder = try Programs.fakeDriver().deletingLastPathComponent().path
    let outcome = try Self.hooked(
      [Programs.lookup(), "namespace", Self.library()], ["LD_LIBRARY_PATH": folder])
    #expect(outcome == Outcome(status: 0, output: "the driver's own\n", errors: ""))
  }

  // MARK: which driver

  /// A copy of a driver that reports another version, in a new directory.
  static func driver(version: Int, in folder: URL) throws {
    let source = folder.appendingPathComponent("driver.c")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try """
    int cuDriverGetVersion(int *version) {
        *version = \(version);
        return \(version == 34 ? 34 : 0);
      }
    """.write(to: source, atomically: true, encoding: .utf8)
    try Command.output(
      "cc", "-shared", "-fPIC", "-Wl,-soname,libcuda.so.1", source.path, "-o",
      folder.appendingPathComponent("libcuda.so.1").path)
  }

  static let askVersion = """
    import ctypes
    version = ctypes.c_int(-1)
    print(ctypes.CDLL("libcuda.so.1").cuDriverGetVersion(ctypes.byref(version)), version.value)
    """

  /// The loader's own order, without stubs and without ourselves under any name.
  @Test func theDriverIsTheOneTheProgramWouldHaveGot() throws {
    let scratch = try Place.scratch("search")
    let folders = ["stubs", "stub-by-answer", "copy", "first", "second"]
      .map { scratch.appendingPathComponent($0) }
    try Self.driver(version: 1, in: folders[0])
    try Self.driver(version: 34, in: folders[1])
    try Self.driver(version: 12050, in: folders[3])
    try Self.driver(version: 12060, in: folders[4])
    try FileManager.default.createDirectory(at: folders[2], withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      at: Place.interposer, to: folders[2].appendingPathComponent("libcuda.so.1"))
    let ours = Place.interposer.deletingLastPathComponent().path
    let path = ([ours] + folders.map(\.path)).joined(separator: ":")
    func run(_ more: [String: String]) throws -> Outcome {
      let environment = ["LD_PRELOAD": Place.interposer.path].merging(more) { $1 }
      return try Command(
        arguments: ["python3", "-c", Self.askVersion], environment: environment
      ).run()
    }
    let found = try run(["LD_LIBRARY_PATH": path])
    #expect(found == Outcome(status: 0, output: "0 12050\n", errors: ""))
    let named = folders[4].appendingPathComponent("libcuda.so.1").path
    let overridden = try run(["LD_LIBRARY_PATH": path, "TIDELOCK_LIBCUDA": named])
    #expect(overridden == Outcome(status: 0, output: "0 12060\n", errors: ""))
    // A driver that is named and cannot be used is no driver: another one may be another GPU.
    let none = try run(["LD_LIBRARY_PATH": path, "TIDELOCK_LIBCUDA": "/nowhere/libcuda.so.1"])
    #expect(none == Outcome(status: 0, output: "100 -1\n", errors: ""))
  }

  @Test func theRunPathOfTheProgramCounts() throws {
    let scratch = try Place.scratch("runpath")
    try Self.driver(version: 12070, in: scratch.appendingPathComponent("lib"))
    let program = scratch.appendingPathComponent("program")
    let source = scratch.appendingPathComponent("program.c")
    try """
    #include <dlfcn.h>
    #include <stdio.h>
    int main(void) {
      int version = -1;
      int (*get)(int *) = (int (*)(int *))dlsym(dlopen("libcuda.so.1", 2), "cuDriverGetVersion");
      printf("%d", get(&version));
      printf(" %d\\n", version);
    }
    """.write(to: source, atomically: true, encoding: .utf8)
    try Command.output(
      "cc", source.path, "-o", program.path, "-ldl", "-Wl,--enable-new-dtags,-rpath,$ORIGIN/lib")
    let outcome = try Command(
      arguments: [program.path], environment: ["LD_PRELOAD": Place.interposer.path]
    ).run()
    #expect(outcome == Outcome(status: 0, output: "0 12070\n", errors: ""))
  }

  // MARK: the CUDA runtime, and Python

  static let venv = Place.root.appendingPathComponent(".venv")
  static let packages: URL? = {
    let lib = venv.appendingPathComponent("lib")
    let found = (try? FileManager.default.contentsOfDirectory(atPath: lib.path)) ?? []
    return found.first { $0.hasPrefix("python") }
      .map { lib.appendingPathComponent("\($0)/site-packages") }
  }()
  static func has(_ path: String) -> Bool {
    packages.map { Place.exists($0.appendingPathComponent(path)) } ?? false
  }
  static let hasRuntimes =
    has("nvidia/cu13/lib/libcudart.so.13") && has("nvidia/cuda_runtime/lib/libcudart.so.12")
  static let fetchWheels: Comment = "the wheels are not here: run make setup"

  static let runtimeFolders = [12: "nvidia/cuda_runtime/lib", 13: "nvidia/cu13/lib"]

  /// A program of the CUDA runtime, of its shared library or with all of it inside.
  static func withRuntime(_ source: String, major: Int, kind: String) throws -> String {
    let folder = try #require(runtimeFolders[major])
    let library = try #require(packages).appendingPathComponent(folder)
    let program = try Place.scratch("runtime").appendingPathComponent("runtime-\(kind)").path
    let linked =
      kind == "shared"
      ? ["-l:libcudart.so.\(major)", "-Wl,-rpath,\(library.path)"]
      : ["-l:libcudart_static.a", "-lpthread", "-ldl", "-lrt", "-lstdc++", "-lm"]
    let built = try Command(
      arguments: ["cc", "-O1", Programs.source(source), "-L\(library.path)"] + linked
        + ["-o", program]
    ).run()
    try #require(built.status == 0, "\(built)")
    return program
  }

  @Test(.enabled(if: hasRuntimes, fetchWheels), arguments: [12, 13], ["shared", "static"])
  func theRuntimeKeepsNoPointerPastUs(major: Int, kind: String) throws {
    let program = try Self.withRuntime("runtime.c", major: major, kind: kind)
    let driver = try Programs.fakeDriver()
    let outcome = try Self.hooked([program, Place.interposer.path, driver.path])
    let numbers = outcome.output.split { !$0.isNumber }.compactMap { Int($0) }
    try #require(outcome.status == 0 && numbers.count == 2, "\(outcome)")
    #expect(numbers[0] >= 5, "the runtime keeps \(numbers[0]) pointers to us")
    #expect(numbers[1] == 0, "the runtime keeps \(numbers[1]) pointers past us")
  }

  /// The runtime works with NVIDIA's driver alone: after it has resolved everything it asks for a
  /// table of private functions and stops. With the simulated driver it gets exactly as far through
  /// us as without, and nothing that it did on the way is wrong.
  @Test(.enabled(if: hasRuntimes, fetchWheels), arguments: [12, 13], ["shared", "static"])
  func cudaRuntimeGoesAsFar(major: Int, kind: String) throws {
    try #require(Place.exists(Place.simulated), "run make build")
    let program = try Self.withRuntime("runtime_calls.c", major: major, kind: kind)
    let gpu = try Place.scratch("gpu").appendingPathComponent("gpu").path
    let simulated = ["TIDELOCK_SIMULATED_GPU": "\(gpu),memory=64MiB"]
    let folder = Place.simulated.deletingLastPathComponent().path
    let alone = try Command(
      arguments: [program], environment: simulated.merging(["LD_LIBRARY_PATH": folder]) { $1 }
    ).run()
    let hooked = try Self.hooked(
      [program], simulated.merging(["TIDELOCK_LIBCUDA": Place.simulated.path]) { $1 })
    let expected = """
      cudaRuntimeGetVersion 0: \(major)
      cudaDriverGetVersion 0: known
      cudaGetDeviceCount 500 cudaErrorSymbolNotFound
      cudaMalloc 500
      cudaMemGetInfo 500
      cudaStreamCreate 500
      cudaFree 500
      cudaGetLastError 500

      """
    #expect(alone == Outcome(status: 0, output: expected, errors: ""))
    #expect(hooked == alone)
  }

  static let hasBindings = has("cuda/bindings") && Place.exists(venv)

  @Test(.enabled(if: hasBindings, fetchWheels), arguments: ["0", "1"])
  func theBindingsKeepNoPointerPastUs(perThread: String) throws {
    let script = """
      from cuda.bindings import driver
      from cuda.bindings._internal import driver as internal
      print(driver.cuInit(0)[0].value)
      ranges = {"ours": [], "theirs": []}
      for line in open("/proc/self/maps"):
        path = line.split()[-1]
        start, end = (int(x, 16) for x in line.split()[0].split("-"))
        if path == "\(Place.interposer.path)": ranges["ours"].append((start, end))
        if path == "\(try Programs.fakeDriver().path)": ranges["theirs"].append((start, end))
      where = lambda p, who: any(a <= p < b for a, b in ranges[who])
      found = [p for p in internal._inspect_function_pointers().values() if p]
      print(sum(where(p, "ours") for p in found) > 5, sum(where(p, "theirs") for p in found))
      """
    let outcome = try Self.hooked(
      [Self.venv.appendingPathComponent("bin/python").path, "-c", script],
      ["CUDA_PYTHON_CUDA_PER_THREAD_DEFAULT_STREAM": perThread])
    #expect(outcome == Outcome(status: 0, output: "0\nTrue 0\n", errors: ""))
  }
}
