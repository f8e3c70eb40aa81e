/// Amounts of memory as people write them: `8Gi`, `500M`, `1.5GiB`, `96MiB`, plain bytes.
public enum Quantity {
  public static let acceptedForms =
    "plain bytes, or a number with k, M, G, T (powers of 1000) or Ki, Mi, Gi, Ti (powers of 1024),"
    + " an optional B after it: 8Gi, 500M, 1.5GiB, 96MiB"

  /// Bytes of `text`; fractions of a byte are rounded up, as Kubernetes does.
  /// - Throws: a fault naming the text and the accepted forms.
  public static func bytes(_ text: String) throws(QuantityFault) -> UInt64 {
    let unsupported = QuantityFault(text: text, accepted: acceptedForms)
    let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let unit = unit(text.dropFirst(number.count)) else { throw unsupported }
    let parts = number.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, !first.isEmpty, let whole = UInt64(first) else {
      throw unsupported
    }
    let (scaled, overflow) = whole.multipliedReportingOverflow(by: unit)
    guard !overflow else { throw unsupported }
    guard parts.count == 2 else { return scaled }
    guard (1...9).contains(parts[1].count), let digits = UInt64(parts[1]) else { throw unsupported }
    var divisor: UInt64 = 1
    for _ in parts[1] { divisor *= 10 }
    let product = digits.multipliedFullWidth(by: unit)
    let (quotient, remainder) = divisor.dividingFullWidth(product)
    let (sum, tooLarge) = scaled.addingReportingOverflow(quotient + (remainder > 0 ? 1 : 0))
    guard !tooLarge else { throw unsupported }
    return sum
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

  private static func unit(_ suffix: Substring) -> UInt64? {
    switch suffix {
    case "", "B": 1
    case "k", "K", "kB", "KB": 1000
    case "M", "MB": 1_000_000
    case "G", "GB": 1_000_000_000
    case "T", "TB": 1_000_000_000_000
    case "Ki", "KiB": 1 << 10
    case "Mi", "MiB": 1 << 20
    case "Gi", "GiB": 1 << 30
    case "Ti", "TiB": 1 << 40
    default: nil
    }
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
