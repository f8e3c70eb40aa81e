import Foundation

/// A child process whose output goes to a file, so that it never blocks on a reader.
final class Program {
  enum Ending: Equatable {
    case exited(Int32)
    case signalled(Int32)
    /// Still running when the time was over; it was killed.
    case overtime
  }

  private let process = Process()
  private let file: String
  private(set) var startFailure: String?
  /// Its file must not go before the program does: it would be made again and stay.
  private let gpu: SimulatedGPU?

  /// With `gpu` it runs on that GPU, without Tidelock unless the environment says otherwise.
  init(
    _ path: String, _ arguments: [String], _ environment: [String: String] = [:],
    on gpu: SimulatedGPU? = nil
  ) {
    self.gpu = gpu
    file = Products.scratch + "/tidelock-output-\(UUID().uuidString)"
    _ = FileManager.default.createFile(atPath: file, contents: nil)
    let output = FileHandle(forWritingAtPath: file)
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = arguments
    var merged = Products.environment
    for name in merged.keys where name.hasPrefix("TIDELOCK_") && name != "TIDELOCK_MUTANT" {
      merged[name] = nil
    }
    for more in [gpu?.environment ?? [:], environment] { merged.merge(more) { _, new in new } }
    process.environment = merged
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    do {
      try process.run()
    } catch {
      startFailure = "\(error)"
    }
    try? output?.close()
  }

  deinit {
    if isRunning {
      Foundation.kill(processID, SIGKILL)
      process.waitUntilExit()
    }
    unlink(file)
  }

  var processID: pid_t { process.processIdentifier }
  var isRunning: Bool { startFailure == nil && process.isRunning }
  var output: String { (try? String(contentsOfFile: file, encoding: .utf8)) ?? "" }
  var lines: [String] {
    output.split(separator: "\n", omittingEmptySubsequences: true).map { String($0) }
  }

  func signal(_ number: Int32) { Foundation.kill(processID, number) }

  /// Waits for its end; kills it when that takes longer than what takes `seconds` may.
  func finish(within seconds: Double) -> Ending {
    if startFailure != nil { return .exited(127) }
    guard poll(seconds, until: { !self.process.isRunning }) else {
      signal(SIGKILL)
      process.waitUntilExit()
      return .overtime
    }
    let status = process.terminationStatus
    return process.terminationReason == .exit ? .exited(status) : .signalled(status)
  }

  /// Waits until a line of its output satisfies `wanted`; false when it ends or time is over first.
  func says(within seconds: Double, _ wanted: (String) -> Bool) -> Bool {
    poll(seconds) { self.lines.contains(where: wanted) || !self.isRunning }
      && lines.contains(where: wanted)
  }

  /// The highest N of `round N` so far.
  var round: Int {
    lines.compactMap { $0.hasPrefix("round ") ? Int($0.dropFirst(6)) : nil }.max() ?? 0
  }
}

/// How long to wait for what takes fewer than so many seconds on a quiet machine: only a hang takes
/// longer, wherever the tests run. A planted fault must show within a minute, and not by what only
/// takes longer than it should: the same wait would be over in an ordinary run.
private func allowance(_ seconds: Double) -> Double {
  Products.environment["TIDELOCK_MUTANT"] == nil ? max(30, 6 * seconds) : max(25, 2 * seconds)
}

/// Looks again and again whether something came true; false when it has not in time. Looking takes
/// half of the time at most, so that what is looked at gets the other half.
func poll(_ seconds: Double, until condition: () -> Bool) -> Bool {
  let end = Date().addingTimeInterval(allowance(seconds))
  while true {
    let began = Date()
    if condition() { return true }
    let now = Date()
    if now > end { return false }
    usleep(UInt32(1e6 * min(max(now.timeIntervalSince(began), 0.005), 0.5)))
  }
}

/// Whether something stayed true for so long; no slow machine needs more of it.
func stays(for seconds: Double, _ condition: () -> Bool) -> Bool {
  let end = Date().addingTimeInterval(seconds)
  while Date() < end {
    if !condition() { return false }
    usleep(20_000)
  }
  return true
}
