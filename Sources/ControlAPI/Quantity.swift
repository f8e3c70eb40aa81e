/// Amounts of memory as Kubernetes reads them (`8Gi`, `500M`, `.5Gi`, `1e9`), and as people write
/// them besides: `1.5GiB`, `96MiB`, `1K`. Only the suffixes of parts of one are refused: Kubernetes
/// takes `500m` for half a byte, which nobody means.
public enum Quantity {
  public static let acceptedForms =
    "plain bytes, or a number with k, M, G, T, P, E (powers of 1000) or Ki, Mi, Gi, Ti, Pi, Ei"
    + " (powers of 1024), an optional B after it, or with an exponent: 8Gi, 500M, 1.5GiB, 1e9"

  /// Bytes of `text`; fractions of a byte are rounded up, as Kubernetes does.
  /// - Throws: a fault naming the text and the accepted forms.
  public static func bytes(_ text: String) throws(QuantityFault) -> UInt64 {
    let unsigned = text.hasPrefix("+") ? text.dropFirst() : text[...]
    let number = unsigned.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let parts = number.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let fraction = parts.count == 2 ? parts[1] : ""
    guard let unit = unit(unsigned.dropFirst(number.count)),
      let digits = parts.first.flatMap({ UInt128($0 + fraction) }),
      let bytes = product(digits, unit.factor, tens: unit.tens - fraction.count)
    else { throw QuantityFault(text: text, accepted: acceptedForms) }
    return bytes
  }

  /// `digits` times `factor` times ten to the power of `tens`, rounded up; nil when that, or a step
  /// on the way, is too large.
  private static func product(_ digits: UInt128, _ factor: UInt128, tens: Int) -> UInt64? {
    var power: UInt128 = 1
    for _ in 0..<tens.magnitude {
      let (next, overflow) = power.multipliedReportingOverflow(by: 10)
      if overflow { return nil }
      power = next
    }
    let (scaled, isTooLarge) = digits.multipliedReportingOverflow(by: factor)
    if isTooLarge { return nil }
    if tens < 0 { return UInt64(exactly: scaled / power + (scaled % power > 0 ? 1 : 0)) }
    let (whole, overflow) = scaled.multipliedReportingOverflow(by: power)
    return overflow ? nil : UInt64(exactly: whole)
  }

  /// Bytes per second of `12GB/s`.
  public static func bytesPerSecond(_ text: String) throws(QuantityFault) -> UInt64 {
    let fault = QuantityFault(text: text, accepted: "a quantity and /s: 12GB/s, 800MiB/s")
    guard text.hasSuffix("/s") else { throw fault }
    do {
      return try bytes(String(text.dropLast(2)))
    } catch {
      throw fault
    }
  }

  private static let exponents = -30...30

  /// What a suffix stands for: `factor` times ten to the power of `tens`.
  private static func unit(_ suffix: Substring) -> (factor: UInt128, tens: Int)? {
    switch suffix {
    case "", "B": (1, 0)
    case "k", "K", "kB", "KB": (1, 3)
    case "M", "MB": (1, 6)
    case "G", "GB": (1, 9)
    case "T", "TB": (1, 12)
    case "P", "PB": (1, 15)
    case "E", "EB": (1, 18)
    case "Ki", "KiB": (1 << 10, 0)
    case "Mi", "MiB": (1 << 20, 0)
    case "Gi", "GiB": (1 << 30, 0)
    case "Ti", "TiB": (1 << 40, 0)
    case "Pi", "PiB": (1 << 50, 0)
    case "Ei", "EiB": (1 << 60, 0)
    default: exponent(suffix).map { (1, $0) }
    }
  }

  /// The nine of `e9`, `E9`, `e+9`.
  private static func exponent(_ suffix: Substring) -> Int? {
    guard suffix.first == "e" || suffix.first == "E", let tens = Int(suffix.dropFirst()),
      exponents.contains(tens)
    else { return nil }
    return tens
  }

  /// `1.5 GiB`: at most one decimal, the largest binary unit that leaves a whole part.
  public static func binary(_ bytes: UInt64) -> String {
    let units = [("TiB", UInt64(1) << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
    for (name, unit) in units where bytes >= unit {
      let tenths = bytes / unit * 10 + bytes % unit * 10 / unit
      let whole = tenths / 10
      return whole >= 100 || tenths % 10 == 0
        ? "\(whole) \(name)" : "\(whole).\(tenths % 10) \(name)"
    }
    return "\(bytes) B"
  }
}

/// A quantity nobody can read.
public struct QuantityFault: Error, Equatable, Sendable, CustomStringConvertible {
  public let text: String
  public let accepted: String

  public var description: String { "‘\(text)’ is not a quantity; accepted: \(accepted)" }
}
