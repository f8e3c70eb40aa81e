/// A moment on the agent's monotonic clock, in nanoseconds since any fixed start. The core never
/// reads a clock: whoever calls `step` says what time it is.
public struct Tick: Comparable, Hashable, Sendable {
  public var nanoseconds: UInt64

  public init(nanoseconds: UInt64) { self.nanoseconds = nanoseconds }

  public static func < (left: Tick, right: Tick) -> Bool { left.nanoseconds < right.nanoseconds }

  /// The moment `nanoseconds` later; the end of time if that cannot be counted.
  public func advanced(byNanoseconds nanoseconds: UInt64) -> Tick {
    let (sum, overflow) = self.nanoseconds.addingReportingOverflow(nanoseconds)
    return Tick(nanoseconds: overflow ? UInt64.max : sum)
  }

  /// Nanoseconds from `earlier` to here, 0 if `earlier` is later.
  public func nanoseconds(since earlier: Tick) -> UInt64 {
    nanoseconds > earlier.nanoseconds ? nanoseconds - earlier.nanoseconds : 0
  }
}

/// One program on one GPU, named by the agent; never reused while the agent lives.
public struct MemberID: Comparable, Hashable, Sendable {
  public var number: UInt32

  public init(_ number: UInt32) { self.number = number }

  public static func < (left: MemberID, right: MemberID) -> Bool { left.number < right.number }
}

/// Quantities are counted in `Int` inside the core; everything that comes from a tenant passes here
/// first, so that no sum of them can overflow.
enum Quantity {
  static let largestBytes = 1 << 50
  static let pageBytes = 2 << 20

  static func bounded(_ bytes: UInt64) -> Int {
    bytes < UInt64(largestBytes) ? Int(bytes) : largestBytes
  }

  static func roundedUp(_ bytes: Int) -> Int {
    (bytes + pageBytes - 1) / pageBytes * pageBytes
  }

  /// `value * numerator / denominator` without overflow; saturates.
  static func scaled(_ value: UInt64, by numerator: UInt64, over denominator: UInt64) -> UInt64 {
    guard denominator > 0 else { return UInt64.max }
    let (high, low) = value.multipliedFullWidth(by: numerator)
    guard high < denominator else { return UInt64.max }
    return denominator.dividingFullWidth((high, low)).quotient
  }
}
