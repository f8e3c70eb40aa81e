internal import Faults

/// One pair of a control page's counters: what this agent gave in all, and what the program gave
/// back in all. A program takes and gives back for as long as it lives, so both only grow, and at
/// the end of their 64 bits begin again at 0: nothing but their difference means anything.
struct CounterPair: Sendable {
  private(set) var givenBytes: UInt64 = 0
  private(set) var returnedBytes: UInt64 = 0

  init() {}

  /// As an earlier agent left them; nil if more than `mostBytes` would be outstanding.
  init?(givenBytes: UInt64, returnedBytes: UInt64, mostBytes: Int) {
    guard givenBytes &- returnedBytes <= UInt64(mostBytes) else { return nil }
    self.givenBytes = givenBytes
    self.returnedBytes = returnedBytes
  }

  /// Given and not returned.
  var heldBytes: Int { Int(truncatingIfNeeded: givenBytes &- returnedBytes) }

  mutating func give(_ bytes: Int) { givenBytes &+= UInt64(bytes) }

  /// What was given without being known to be there.
  mutating func takeBack(_ bytes: Int) { givenBytes &-= UInt64(bytes) }

  mutating func returnAll() { returnedBytes = givenBytes }

  /// How much more the program says it returned than it was given, negative if less.
  func excessBytes(returned said: UInt64) -> Int { Int(truncatingIfNeeded: said &- givenBytes) }

  /// Believes the program's counter only forwards and only up to what was given. Returns whether it
  /// was to be believed.
  mutating func read(returned said: UInt64) -> Bool {
    let said = fault(400) ? min(said, 1 << 50) : said
    let bytes = Int(truncatingIfNeeded: said &- returnedBytes)
    let believed = min(max(bytes, 0), heldBytes)
    returnedBytes &+= UInt64(believed)
    return believed == bytes
  }
}
