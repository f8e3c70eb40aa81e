import Foundation
import Testing

/// All names at once, on a driver that has only some of them.
@Suite struct EveryNameTests {
  /// Prints names whose look-up, by either handle or by cuGetProcAddress, does not end where it
  /// should: in us for what the driver has, nowhere for what it lacks.
  static let script = """
    import ctypes, sys
    interposer, driver, catalogue, exported = sys.argv[1:]
    wanted = open(catalogue).read().split()
    has = set(open(exported).read().split())
    by_name, by_path = ctypes.CDLL("libcuda.so.1"), ctypes.CDLL(driver)

    def address(library, name):
      try:
        return ctypes.cast(getattr(library, name), ctypes.c_void_p).value
      except AttributeError:
        return None

    found = {name: address(by_name, name) for name in wanted}
    ranges = [
      tuple(int(x, 16) for x in line.split()[0].split("-"))
      for line in open("/proc/self/maps")
      if line.split()[-1] == interposer and "x" in line.split()[1]
    ]
    ours = lambda pointer: any(start <= pointer < end for start, end in ranges)
    for name in wanted:
      pointer = found[name]
      if name in has and not (pointer and ours(pointer)): print("not ours by name:", name)
      if name in has and address(by_path, name) != pointer: print("not ours by path:", name)
      if name not in has and pointer: print("found though the driver lacks it:", name)
    if len({p for p in found.values() if p}) != len(has & set(wanted)):
      print("two names, one wrapper")

    resolve = by_name.cuGetProcAddress_v2
    resolved = 0
    for name in wanted:
      base = name.replace("_ptsz", "").replace("_ptds", "").rsplit("_v", 1)[0]
      for version in (2000, 3020, 4000, 7000, 11000, 12000, 13000):
        for flags in (0, 1, 2):
          pointer, status = ctypes.c_void_p(), ctypes.c_int()
          arguments = (base.encode(), ctypes.byref(pointer), version, ctypes.c_uint64(flags))
          if resolve(*arguments, ctypes.byref(status)) == 0 and pointer.value:
            resolved += 1
            if not ours(pointer.value): print("not ours by resolver:", base, version, flags)
            if pointer.value not in found.values(): print("no wrapper:", base, version, flags)
    if resolved < 10: print("the resolver answered only", resolved)
    """

  enum Kind: String, CaseIterable {
    case fake
    case simulated

    func path() throws -> String {
      switch self {
      case .fake: try Programs.fakeDriver().path
      case .simulated: Place.simulated.path
      }
    }
  }

  @Test(arguments: Kind.allCases)
  func leadsToUs(kind: Kind) throws {
    let driver = try kind.path()
    try #require(FileManager.default.fileExists(atPath: driver), "\(driver): run make build")
    let scratch = try Place.scratch("names")
    let catalogue = scratch.appendingPathComponent("catalogue")
    let csv = try String(
      contentsOf: Place.root.appendingPathComponent("Catalogue/entry-points.csv"), encoding: .utf8)
    try csv.split(separator: "\n").dropFirst().compactMap { $0.split(separator: ",").first }
      .joined(separator: "\n").write(to: catalogue, atomically: true, encoding: .utf8)
    let exported = scratch.appendingPathComponent("exported")
    try Command.output("nm", "-D", "--defined-only", "--format=just-symbols", driver)
      .write(to: exported, atomically: true, encoding: .utf8)
    let outcome = try HookMatrixTests.hooked(
      [
        "python3", "-c", Self.script, Place.interposer.path, driver, catalogue.path, exported.path,
      ], ["TIDELOCK_LIBCUDA": driver])
    #expect(outcome == Outcome(status: 0, output: "", errors: ""))
  }
}
