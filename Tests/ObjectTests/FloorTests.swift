import Foundation
import Testing

/// How old a system may be that runs what we ship: no symbol of glibc or libstdc++ newer than what
/// RHEL 9 and Ubuntu 22.04 have (manylinux_2_34). The interposer asks for no version at all
/// (`nothingIsAskedOfTheProgram`), its floor is what it looks up at run time.
@Suite struct FloorTests {
  static let newest: [String: [Int]] = [
    "GLIBC": [2, 34], "GLIBCXX": [3, 4, 29], "CXXABI": [1, 3, 13], "GCC": [12],
  ]
  static let shipped = [
    "bin/tidelock", "lib/tidelock/simulated/libcuda.so.1",
    "lib/tidelock/simulated/libnvidia-ml.so.1",
  ]

  @Test(arguments: shipped)
  func noSymbolIsNewer(name: String) throws {
    let file = Place.build.appendingPathComponent(name)
    try ObjectTests.requireBuilt(file)
    let symbols = try Command.output("objdump", "-T", file.path).split(separator: "\n")
    var seen = 0
    for symbol in symbols where symbol.contains("*UND*") {
      guard let match = symbol.firstMatch(of: #/\(?([A-Z]+)_(\d+(?:\.\d+)*)\)?\s+(\S+)$/#) else {
        continue
      }
      let library = String(match.1)
      let version = match.2.split(separator: ".").compactMap { Int($0) }
      let floor = try #require(Self.newest[library], "\(name) needs \(library): \(symbol)")
      #expect(!floor.lexicographicallyPrecedes(version), "\(name) needs \(match.3): \(match.0)")
      seen += 1
    }
    #expect(seen > 50, "objdump shows only \(seen) versioned symbols")
  }

  @Test(arguments: shipped)
  func nothingButTheSystemIsLoaded(name: String) throws {
    let file = Place.build.appendingPathComponent(name)
    let libraries = try Command.output("readelf", "-dW", file.path)
      .matches(of: #/\(NEEDED\).*\[(.*)\]/#).map { String($0.1) }
    let system: Set<String> = [
      "libc.so.6", "libm.so.6", "libstdc++.so.6", "libgcc_s.so.1", "ld-linux-x86-64.so.2",
    ]
    #expect(Set(libraries).subtracting(system).sorted() == [])
  }
}
