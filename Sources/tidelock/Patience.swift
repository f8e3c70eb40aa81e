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
}
