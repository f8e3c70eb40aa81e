internal import Faults
internal import Host
internal import Logging
internal import Readings
internal import Residency
internal import SystemPackage

/// What an agent writes down for the one after it, and which of it could not be written.
struct Records {
  /// Why, for each file whose last writing failed; in the order in which they began to fail.
  private var failures: [(path: FilePath, error: Errno)] = []

  /// For people; empty while all is written.
  var text: String { failures.map { Records.text($0.path, $0.error) }.joined(separator: "; ") }

  static func text(_ path: FilePath, _ error: Errno) -> String {
    "\(path): \(error.description) (errno \(error.rawValue))"
  }

  /// - Parameter error: nil: it was written.
  /// - Returns: whether this is to be said. A file that fails again is no news before it worked.
  mutating func note(_ path: FilePath, _ error: Errno?) -> Bool {
    let known = failures.firstIndex { $0.path == path }
    guard let error else {
      if let known { failures.remove(at: known) }
      return false
    }
    if let known {
      failures[known].error = error
      return fault(362)
    }
    failures.append((path, error))
    return true
  }
}

/// Tell: the agent that is started after this one.
extension Agent {
  /// Which programs to wait for.
  func recordPrograms() {
    recordedAt = Agent.now()
    if takeover.isUnrecordable { return }
    var programs = takeover.expected.filter { Machine.isAlive(processID: $0) }
    for client in members.values where client.diedAt == nil { programs.insert(client.processID) }
    let record = OwnershipRecord(
      processID: ThisProcess.id, userID: ThisProcess.userID,
      socket: settings.socket.string, poolSizeBytes: poolSizeBytes, programs: programs.sorted())
    for lock in locks {
      write(to: lock.path, "this agent's programs") { () throws(Errno) in try lock.write(record) }
    }
  }

  func recordPause(_ isPaused: Bool) {
    write(to: pauseRecord.path, isPaused ? "the pause" : "that the pause is over") {
      () throws(Errno) in try pauseRecord.write(isPaused)
    }
  }

  private func write(to path: FilePath, _ what: String, _ body: () throws(Errno) -> Void) {
    var failure: Errno?
    do throws(Errno) {
      try body()
    } catch {
      failure = error
    }
    guard records.note(path, failure), let failure else { return }
    let remedy =
      failure == .notPermitted
      ? "another user's file: that user or root removes it while no agent runs"
      : "room and write permission in \(path.removingLastComponent())"
    log.warning(
      "an agent that is started again will not know \(what)",
      metadata: [
        "file": "\(path)", "error": "\(failure.description)", "errno": "\(failure.rawValue)",
        "remedy": "\(remedy)",
      ])
  }
}
