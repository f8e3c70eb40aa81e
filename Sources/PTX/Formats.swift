/// The 16-bit formats as bit patterns, and rounding to any narrower format.

protocol ShortFloat {
  static func decode(_ bits: UInt16) -> Float
  /// Rounds to nearest, ties to even.
  static func encode(_ value: Float) -> UInt16
  /// Below this magnitude a value is subnormal; 0 where flushing does not exist.
  static var smallestNormal: Float { get }
}

/// IEEE binary16.
enum Half: ShortFloat {
  static var smallestNormal: Float { 0x1p-14 }

  @inline(__always)
  static func decode(_ bits: UInt16) -> Float {
    let magnitude = UInt32(bits & 0x7fff) &<< 13
    // Moving the exponent by a multiplication also normalises subnormals.
    var value = (Float(bitPattern: magnitude) * 0x1p112).bitPattern
    if bits & 0x7c00 == 0x7c00 { value = magnitude | 0x7f80_0000 }
    return Float(bitPattern: value | UInt32(bits & 0x8000) &<< 16)
  }

  @inline(__always)
  static func encode(_ value: Float) -> UInt16 {
    let sign = UInt16(truncatingIfNeeded: value.bitPattern &>> 16) & 0x8000
    let magnitude = value.bitPattern & 0x7fff_ffff
    if magnitude >= 0x4780_0000 {
      return sign | (magnitude > 0x7f80_0000 ? 0x7fff : 0x7c00)
    }
    if magnitude < 0x3880_0000 {
      // Adding one half aligns the subnormal's last bit with the sum's: the adder rounds.
      let sum = (Float(bitPattern: magnitude) + 0.5).bitPattern
      return sign | UInt16(truncatingIfNeeded: sum &- 0x3f00_0000)
    }
    let rounded = magnitude &+ 0xc800_0fff &+ ((magnitude &>> 13) & 1)
    return sign | UInt16(truncatingIfNeeded: rounded &>> 13)
  }
}

/// The upper half of binary32.
enum Brain: ShortFloat {
  static var smallestNormal: Float { 0 }

  @inline(__always)
  static func decode(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) &<< 16) }

  @inline(__always)
  static func encode(_ value: Float) -> UInt16 {
    if value.isNaN { return 0x7fff }
    let bits = value.bitPattern
    let rounded = bits &+ 0x7fff &+ ((bits &>> 16) & 1)
    return UInt16(truncatingIfNeeded: rounded &>> 16)
  }
}

/// A binary format no wider than binary32, for conversions with any rounding.
struct Format {
  /// Significant bits, the hidden one included.
  var precision: Int
  var smallestExponent: Int
  var largestFinite: Double

  static let half = Format(precision: 11, smallestExponent: -14, largestFinite: 65504)
  static let brain = Format(
    precision: 8, smallestExponent: -126, largestFinite: 0x1.FEp127)
  static let tensor = Format(
    precision: 11, smallestExponent: -126, largestFinite: 0x1.FFCp127)
  static let single = Format(
    precision: 24, smallestExponent: -126, largestFinite: 0x1.FFFFFEp127)

  /// The value of this format that the rounding picks.
  func rounded(_ value: Double, _ rounding: Rounding) -> Double {
    guard value.isFinite, value != 0 else { return value }
    let exponent = max(Int(value.exponent), smallestExponent)
    let quantum = Double(sign: .plus, exponent: exponent - precision + 1, significand: 1)
    let rule = rounding.rule
    let result = (value / quantum).rounded(rule) * quantum
    if result.magnitude <= largestFinite { return result }
    switch rule {
    case .towardZero: return value < 0 ? -largestFinite : largestFinite
    case .down: return value < 0 ? -.infinity : largestFinite
    case .up: return value < 0 ? -largestFinite : .infinity
    default: return value < 0 ? -.infinity : .infinity
    }
  }
}

extension Rounding {
  var rule: FloatingPointRoundingRule {
    switch self {
    case .none, .nearest, .toWhole: .toNearestOrEven
    case .nearestAway: .toNearestOrAwayFromZero
    case .zero, .toWholeZero: .towardZero
    case .down, .toWholeDown: .down
    case .up, .toWholeUp: .up
    }
  }
}
