import Foundation

/// Where the things under test lie. `make` puts them there; the faults build is chosen by
/// `TIDELOCK_BUILD`.
enum Products {
  static let root: String = {
    var path = URL(fileURLWithPath: #filePath)
    for _ in 0..<3 { path.deleteLastPathComponent() }
    return path.path
  }()
  static let environment = ProcessInfo.processInfo.environment
  static let build = environment["TIDELOCK_BUILD"] ?? root + "/build"
  static let tidelock = build + "/bin/tidelock"
  static let interposer = build + "/lib/tidelock/libcuda.so.1"
  static let simulated = build + "/lib/tidelock/simulated"
  static let clientsMade: Bool = {
    let make = Program("/usr/bin/make", ["-s", "-C", root + "/Conformance"])
    return make.finish(within: 120) == .exited(0)
  }()

  static func client(_ name: String) -> String {
    precondition(clientsMade, "make -C Conformance failed")
    return root + "/build/clients/" + name
  }

  /// For sockets and what programs print; no slash at the end.
  static let scratch: String = {
    let directory = NSTemporaryDirectory()
    return directory.hasSuffix("/") ? String(directory.dropLast()) : directory
  }()

  static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }
  /// The parts a suite needs are built. `allAreBuilt` fails the run when they are not.
  static var haveDriver: Bool { exists(simulated + "/libcuda.so.1") }
  static var haveInterposer: Bool { haveDriver && exists(interposer) }
  static var haveAgent: Bool { haveInterposer && exists(tidelock) }

  /// The programs of an old C library that make setup fetches.
  static var haveDebian11: Bool { exists(root + "/.build/debian11/complete") }

  static func number(_ name: String, otherwise: Int) -> Int {
    environment[name].flatMap { Int($0) } ?? otherwise
  }
}

/// A simulated GPU of its own: a file on tmpfs, gone with the value's owner.
final class SimulatedGPU {
  let path: String
  let memoryMiB: Int
  /// Bytes per second of the link, as the driver's configuration has it; nil: its own.
  let link: String?
  /// Further parameters, as in `kernel=2000us`.
  let more: [String]

  init(memoryMiB: Int, link: String? = nil, more: [String] = []) {
    let standard = Products.exists("/dev/shm") ? "/dev/shm" : Products.scratch
    let directory = Products.environment["TIDELOCK_TEST_MEMORY"] ?? standard
    path = "\(directory)/tidelock-test-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
    self.memoryMiB = memoryMiB
    self.link = link
    self.more = more
  }
  deinit {
    unlink(path)
    // The agent's, which stays for the agent after it.
    unlink(path + ".agent-lock")
  }

  /// `memory=...,link=...`, as both the driver and the agent take it.
  var parameters: String {
    (["memory=\(memoryMiB)MiB"] + (link.map { ["link=\($0)"] } ?? []) + more).joined(separator: ",")
  }

  /// What a program needs to use it without Tidelock.
  var environment: [String: String] {
    ["TIDELOCK_SIMULATED_GPU": "\(path),\(parameters)", "LD_LIBRARY_PATH": Products.simulated]
  }
}
