internal import Glibc
internal import Host

/// Says what is being waited for, once it takes longer than two seconds and a person is watching.
struct Patience {
  static let quietMilliseconds: UInt64 = 2_000

  private let text: String
  private let began = MonotonicClock.nanoseconds()
  private var hasSpoken = false

  init(_ text: String) { self.text = text }

  /// Milliseconds until there is something to say; nil when it was said or nobody watches.
  var silentMilliseconds: UInt64? {
    guard !hasSpoken, Environment.isTerminal(2) else { return nil }
    let spent = (MonotonicClock.nanoseconds() - began) / 1_000_000
    return Patience.quietMilliseconds - min(spent, Patience.quietMilliseconds)
  }

  /// Call now and then while waiting.
  mutating func tick() {
    guard silentMilliseconds == 0 else { return }
    hasSpoken = true
    Environment.complain("\(text) …")
  }

  /// The same beside something that cannot be interrupted, such as a call of the driver.
  static func during<Result, Failure>(
    _ text: String, _ work: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard Environment.isTerminal(2), let bystander = Bystander(text) else { return try work() }
    defer { bystander.dismiss() }
    return try work()
  }
}

/// A thread that speaks unless it is dismissed first.
private final class Bystander: @unchecked Sendable {
  private var patience: Patience
  /// A pipe that nothing is written into: its end is the word.
  private let reading: Int32
  private let writing: Int32
  private var thread = pthread_t()

  /// nil when the machine has neither a pipe nor a thread left.
  init?(_ text: String) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    patience = Patience(text)
    (reading, writing) = (ends[0], ends[1])
    let argument = Unmanaged.passUnretained(self).toOpaque()
    let failed = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Bystander>.fromOpaque(argument).takeUnretainedValue().watch()
        return nil
      }, argument)
    guard failed == 0 else {
      close(reading)
      close(writing)
      return nil
    }
  }

  private func watch() {
    var end = pollfd(fd: reading, events: Int16(POLLIN), revents: 0)
    if poll(&end, 1, Int32(Patience.quietMilliseconds) + 1) == 0 { patience.tick() }
  }

  func dismiss() {
    close(writing)
    pthread_join(thread, nil)
    close(reading)
  }
}
