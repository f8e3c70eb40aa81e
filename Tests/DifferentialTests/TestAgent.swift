import Foundation

/// `tidelock status --json`, as far as the tests look at it.
struct NodeStatus: Decodable {
  struct GPU: Decodable {
    var capacityBytes: UInt64
    var reservedBytes: UInt64
    var foreignBytes: UInt64?
    var residentBytes: UInt64
  }
  struct Workload: Decodable {
    var name: String
    var pid: Int32
    var state: String
    var footprintBytes: UInt64
    var residentBytes: UInt64
    var swappedBytes: UInt64
    var swapsOut: UInt64
    var swapsIn: UInt64
  }
  struct Pool: Decodable {
    var sizeBytes: UInt64
    var leasedBytes: UInt64
  }
  var gpus: [GPU]
  var workloads: [Workload]
  var pool: Pool

  func workload(_ name: String) -> Workload? { workloads.first { $0.name == name } }
}

/// A node agent on a simulated GPU, and programs under it.
final class TestAgent {
  let gpu: SimulatedGPU
  let socket: String
  private let options: [String]
  private(set) var program: Program
  /// For what `tidelock run --replace` lays down.
  let runtimeDirectory: String

  /// Starts it and waits until it answers.
  init(gpu: SimulatedGPU, pool: String = "256Mi", options: [String] = []) {
    self.gpu = gpu
    socket = Products.scratch + "/tidelock-\(UUID().uuidString.prefix(8)).sock"
    self.options = ["--pool-size", pool] + options
    runtimeDirectory = socket + "-runtime"
    try? FileManager.default.createDirectory(
      atPath: runtimeDirectory, withIntermediateDirectories: false,
      attributes: [.posixPermissions: 0o700])
    program = TestAgent.start(gpu, socket, self.options)
    _ = answers(within: 10)
  }
  deinit {
    program.signal(SIGTERM)
    _ = program.finish(within: 5)
    unlink(socket)
    try? FileManager.default.removeItem(atPath: runtimeDirectory)
  }

  private static func start(_ gpu: SimulatedGPU, _ socket: String, _ options: [String]) -> Program {
    let simulated = "\(gpu.parameters),count=1,path=\(gpu.path)"
    return Program(
      Products.tidelock,
      ["agent", "--simulated-gpu", simulated, "--socket", socket] + options)
  }

  func answers(within seconds: Double) -> Bool { poll(seconds) { self.status() != nil } }

  /// kill -9, then a new agent of the same words on the same socket.
  func killAndRestart() -> Bool {
    kill()
    return restart()
  }

  /// Another agent after the end of the one before.
  func restart(_ more: String...) -> Bool {
    program = TestAgent.start(gpu, socket, options + more)
    return answers(within: 10)
  }
  func kill() {
    program.signal(SIGKILL)
    _ = program.finish(within: 5)
  }

  func status() -> NodeStatus? {
    let asked = Program(Products.tidelock, ["status", "--json", "--socket", socket])
    guard asked.finish(within: 5) == .exited(0) else { return nil }
    return try? JSONDecoder().decode(NodeStatus.self, from: Data(asked.output.utf8))
  }

  /// `tidelock run`; the process becomes the program itself.
  func run(_ name: String, options: [String] = [], _ client: String, _ words: [String]) -> Program {
    Program(
      Products.tidelock,
      ["run", "--socket", socket, "--name", name] + options + ["--", Products.client(client)]
        + words)
  }

  func worker(_ name: String, options: [String] = [], _ words: String...) -> Program {
    run(name, options: options, "worker", words)
  }
}
