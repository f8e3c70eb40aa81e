import ControlAPI
import Glibc
import Host
import Logging
import Readings
import Synchronization
import SystemPackage
import Wire

@testable import Agent

/// Seconds after which nothing more is expected, on a loaded machine too; a planted fault must show
/// within a minute.
let patience = getenv("TIDELOCK_MUTANT") == nil ? 60.0 : 10.0

/// Waits until `condition` holds, looking every millisecond; false when the time is over.
func eventually(seconds: Double = patience, _ condition: () throws -> Bool) rethrows -> Bool {
  let deadline = MonotonicClock.nanoseconds() + UInt64(seconds * 1e9)
  while MonotonicClock.nanoseconds() < deadline {
    if try condition() { return true }
    usleep(1_000)
  }
  return try condition()
}

/// A GPU that exists in the test's head: what each process uses is what the test says.
final class ScriptedReadings: GPUReadings, Sendable {
  struct Script: Sendable {
    var used: [Int32: UInt64] = [:]
    /// A file with the number of one more process, listed with `lateBytes` once it is there.
    var lateFile: String?
    var lateBytes: UInt64 = 0

    var all: [Int32: UInt64] {
      var all = used
      if let lateFile, let late = Machine.text(lateFile).flatMap({ Int32($0) }) {
        all[late] = lateBytes
      }
      return all
    }
  }

  private let lookCount = Atomic<Int>(0)
  /// How often the agent asked.
  var looks: Int { lookCount.load(ordering: .relaxed) }

  static let uuid = "GPU-00112233-4455-6677-8899-aabbccddeeff"
  let totalBytes: UInt64
  private let script = Mutex(Script())

  init(totalBytes: UInt64) { self.totalBytes = totalBytes }

  var devices: [GPUDevice] { [GPUDevice(uuid: ScriptedReadings.uuid, totalBytes: totalBytes)] }

  func set(_ processID: Int32, _ bytes: UInt64?) {
    script.withLock { $0.used[processID] = bytes }
  }

  /// Lists the process whose number `file` will hold; nil: no more.
  func listLate(_ file: String?, _ bytes: UInt64 = 0) {
    script.withLock {
      $0.lateFile = file
      $0.lateBytes = bytes
    }
  }

  func memory(device: Int) -> GPUMemory? {
    lookCount.wrappingAdd(1, ordering: .relaxed)
    return script.withLock {
      GPUMemory(totalBytes: totalBytes, usedBytes: $0.all.values.reduce(0, +))
    }
  }

  func processes(device: Int) -> [GPUProcess]? {
    script.withLock { $0.all.map { GPUProcess(processID: $0.key, usedBytes: $0.value) } }
  }
}

/// An agent on a thread of its own, in a directory of its own.
final class AgentRun {
  let stop = AgentStop()
  private var thread = pthread_t()

  /// What the agent's thread takes over.
  private final class Start: @unchecked Sendable {
    let settings: AgentSettings
    let readings: ScriptedReadings
    let stop: AgentStop
    let outcome = Mutex<String?>(nil)
    let isOver = Atomic<Bool>(false)

    init(_ settings: AgentSettings, _ readings: ScriptedReadings, _ stop: AgentStop) {
      self.settings = settings
      self.readings = readings
      self.stop = stop
    }

    func run() {
      do {
        var log = Logger(label: "test") { StreamLogHandler.standardError(label: $0) }
        log.logLevel = getenv("TIDELOCK_TEST_LOG") == nil ? .critical : .trace
        let agent = try Agent(
          settings: settings, readings: readings, log: log, trustsDeclaredProcess: true)
        outcome.withLock { $0 = "" }
        try agent.run(stop: stop, signals: nil)
      } catch {
        outcome.withLock { $0 = "\(error)" }
      }
      isOver.store(true, ordering: .releasing)
    }
  }

  private let start: Start
  /// It ended, asked or not.
  var isOver: Bool { start.isOver.load(ordering: .acquiring) }

  /// - Throws: a fault with the agent's own words when it does not start.
  init(_ settings: AgentSettings, _ readings: ScriptedReadings) throws {
    start = Start(settings, readings, stop)
    let argument = Unmanaged.passRetained(start).toOpaque()
    pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, argument)
    let start = start
    guard eventually({ start.outcome.withLock { $0 } != nil }) else {
      throw TestFault("the agent does not start")
    }
    if let text = start.outcome.withLock({ $0 }), !text.isEmpty { throw TestFault(text) }
  }

  /// The agent is gone, like one that was killed: nothing is tidied up but what the kernel does.
  func end() {
    stop.request()
    pthread_join(thread, nil)
  }
}

struct TestFault: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// A directory, readings and settings for one test.
final class Bench {
  let directory: FilePath
  let readings: ScriptedReadings
  var settings: AgentSettings

  private let isOwner: Bool
  private static let made = Atomic<Int>(0)

  /// The same bench from another process.
  init(joining directory: FilePath) {
    self.directory = directory
    isOwner = false
    readings = ScriptedReadings(totalBytes: 96 << 20)
    let lock = directory.appending("gpu.lock")
    settings = AgentSettings(socket: directory.appending("agent.sock"), lockPath: { _ in lock })
  }

  init(totalBytes: UInt64 = 96 << 20, poolBytes: UInt64 = 128 << 20) {
    isOwner = true
    let number = Bench.made.wrappingAdd(1, ordering: .relaxed).newValue
    let place = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    directory = FilePath("\(place)/tidelock-test-\(getpid())-\(number)")
    let result = directory.withPlatformString { mkdir($0, 0o700) }
    precondition(result == 0)
    readings = ScriptedReadings(totalBytes: totalBytes)
    let lock = directory.appending("gpu.lock")
    settings = AgentSettings(socket: directory.appending("agent.sock"), lockPath: { _ in lock })
    settings.poolSizeBytes = poolBytes
    settings.readingMilliseconds = 20
    settings.deathReadingMilliseconds = 5
  }

  deinit {
    guard isOwner else { return }
    for name in ["agent.sock", "agent.sock.paused", "gpu.lock"] {
      _ = directory.appending(name).withPlatformString { unlink($0) }
    }
    _ = directory.withPlatformString { rmdir($0) }
  }

  func run() throws -> AgentRun { try AgentRun(settings, readings) }

  /// What an agent before would have left in the lock file.
  func leaveRecord(_ text: String) throws {
    let file = try FileDescriptor.open(
      directory.appending("gpu.lock"), .writeOnly, options: [.create, .truncate],
      permissions: .ownerReadWrite)
    try file.closeAfter { _ = try file.writeAll(text.utf8) }
  }

  /// A program that an agent before wrote down; nobody waits for it.
  func leaveRecord(of processID: Int32) throws {
    settings.graceMilliseconds = 0
    try leaveRecord("process 1\nuser \(geteuid())\nsocket /no\nprogram \(processID)\n")
  }

  func status() throws -> Status {
    let socket = try PacketSocket.connected(to: settings.socket)
    let line = FrameLine(socket)
    try line.send(Frame(.statusWanted))
    guard let frame = try line.next(), let file = line.received.first?.take() else {
      throw TestFault("no status")
    }
    let memory = try SealedMemory(checking: file, sizeIn: 1...(1 << 20))
    let mapping = try memory.map()
    let text = String(
      decoding: UnsafeRawBufferPointer(start: mapping.address, count: Int(frame.words[0])),
      as: UTF8.self)
    guard let status = Status(try JSON(parsing: text)) else { throw TestFault(text) }
    return status
  }
}

/// One end of a connection that speaks frames.
final class FrameLine {
  private(set) var socket: PacketSocket?
  private(set) var received: [ReceivedDescriptor] = []
  private var sequence: UInt32 = 0
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256, alignment: 8)

  init(_ socket: consuming PacketSocket) { self.socket = consume socket }

  deinit { buffer.deallocate() }

  @discardableResult
  func send(_ frame: Frame, rights: [Int32] = []) throws -> UInt32 {
    var frame = frame
    sequence += 1
    frame.sequence = sequence
    frame.encode(into: buffer)
    try socket?.send(
      UnsafeRawBufferPointer(rebasing: buffer[..<Frame.byteCount]), rights: rights)
    return sequence
  }

  func sendBytes(_ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try socket?.send($0) }
  }

  enum Look {
    case frame(Frame)
    case nothing
    case closed
  }

  func look() throws -> Look {
    var rights: [Int32] = []
    switch try socket?.receive(into: buffer, rights: &rights) ?? .closed {
    case .nothingYet: return .nothing
    case .closed: return .closed
    case .oversized: throw TestFault("oversized")
    case .datagram(let count):
      received += rights.map { ReceivedDescriptor($0) }
      return .frame(try Frame(decoding: UnsafeRawBufferPointer(rebasing: buffer[..<count])))
    }
  }

  /// The next frame, nil when none comes in time or the agent hung up.
  func next(seconds: Double = patience) throws -> Frame? {
    var found: Frame?
    var isClosed = false
    _ = try eventually(seconds: seconds) {
      switch try look() {
      case .frame(let frame): found = frame
      case .closed: isClosed = true
      case .nothing: break
      }
      return found != nil || isClosed
    }
    return found
  }

  func close() { socket = nil }

  func takeReceived() -> [ReceivedDescriptor] {
    defer { received = [] }
    return received
  }
}
