// Floating-point instructions. Sums, products, quotients, square roots and `fma` are rounded once,
// to nearest even, whatever precision the instruction asks for; NaN results carry the host's bit
// pattern. `.ftz` takes subnormal inputs and results to zero of the same sign, `.sat` clamps to
// 0...1 and NaN to 0. 16-bit arithmetic is done in wider formats and rounded once, exactly.

protocol Float1 {
  static func apply<T: BinaryFloatingPoint>(_ a: T) -> T
}

protocol Float2 {
  static func apply<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> T
}

enum FloatAdd: Float2 {
  @inline(__always)
  static func apply<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> T { a + b }
}

enum FloatSubtract: Float2 {
  @inline(__always)
  static func apply<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> T { a - b }
}

enum FloatMultiply: Float2 {
  @inline(__always)
  static func apply<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> T { a * b }
}

enum FloatDivide: Float2 {
  @inline(__always)
  static func apply<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> T { a / b }
}

/// A NaN loses against a number; -0 is below +0.
enum FloatMinimum: Float2 {
  @inline(__always)
  static func apply<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> T {
    if a < b { return a }
    if b < a { return b }
    if a == b { return a.sign == .minus ? a : b }
    return a.isNaN ? b : a
  }
}

enum FloatMaximum: Float2 {
  @inline(__always)
  static func apply<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> T {
    if a > b { return a }
    if b > a { return b }
    if a == b { return a.sign == .minus ? b : a }
    return a.isNaN ? b : a
  }
}

enum CopySign: Float2 {
  /// `copysign d, a, b` takes the sign from a.
  @inline(__always)
  static func apply<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> T { T(signOf: a, magnitudeOf: b) }
}

enum FloatAbsolute: Float1 {
  @inline(__always)
  static func apply<T: BinaryFloatingPoint>(_ a: T) -> T { a.magnitude }
}

enum FloatNegate: Float1 {
  @inline(__always)
  static func apply<T: BinaryFloatingPoint>(_ a: T) -> T { -a }
}

enum Reciprocal: Float1 {
  @inline(__always)
  static func apply<T: BinaryFloatingPoint>(_ a: T) -> T { 1 / a }
}

enum SquareRoot: Float1 {
  @inline(__always)
  static func apply<T: BinaryFloatingPoint>(_ a: T) -> T { a.squareRoot() }
}

/// What flags do to the operands and the result of an instruction.
struct Adjustment {
  let flushes: Bool
  let saturates: Bool
  let keepsNaN: Bool
  let smallest: Float

  init(_ flags: InstructionFlags, smallest: Float = .leastNormalMagnitude) {
    flushes = flags.contains(.flush)
    saturates = flags.contains(.saturate)
    keepsNaN = flags.contains(.propagateNaN)
    self.smallest = smallest
  }

  @inline(__always)
  func input(_ value: Float) -> Float {
    flushes && value.magnitude < smallest ? Float(signOf: value, magnitudeOf: 0) : value
  }

  @inline(__always)
  func output(_ value: Float) -> Float {
    var value = value
    if saturates { value = value > 0 ? Swift.min(value, 1) : 0 }
    return input(value)
  }

  /// True if a NaN operand decides the result.
  @inline(__always)
  func isNaN(_ a: Float, _ b: Float) -> Bool { keepsNaN && (a.isNaN || b.isNaN) }
}

extension Frame {
  @inline(never)
  func float<O: Float1>(_ i: Instruction, _: O.Type) {
    let adjust = Adjustment(i.flags)
    switch i.type {
    case .f32:
      if i.flags.isDisjoint(with: .adjusted) {
        map(i) { (a: Float) in O.apply(a) }
      } else {
        map(i) { (a: Float) in adjust.output(O.apply(adjust.input(a))) }
      }
    case .f64: map(i) { (a: Double) in O.apply(a) }
    case .f16: short(i, pairs: false, Half.self) { O.apply($0) }
    case .bf16: short(i, pairs: false, Brain.self) { O.apply($0) }
    case .f16x2: short(i, pairs: true, Half.self) { O.apply($0) }
    case .bf16x2: short(i, pairs: true, Brain.self) { O.apply($0) }
    case .pred, .b8, .b16, .b32, .b64, .u8, .u16, .u32, .u64, .s8, .s16, .s32, .s64, .tf32: break
    }
  }

  @inline(never)
  func float<O: Float2>(_ i: Instruction, _: O.Type) {
    let adjust = Adjustment(i.flags)
    switch i.type {
    case .f32:
      if i.flags.isDisjoint(with: .adjusted) {
        map(i) { (a: Float, b: Float) in O.apply(a, b) }
      } else {
        map(i) { (a: Float, b: Float) in
          adjust.isNaN(a, b) ? .nan : adjust.output(O.apply(adjust.input(a), adjust.input(b)))
        }
      }
    case .f64: map(i) { (a: Double, b: Double) in O.apply(a, b) }
    case .f16: short(i, pairs: false, Half.self) { O.apply($0, $1) }
    case .bf16: short(i, pairs: false, Brain.self) { O.apply($0, $1) }
    case .f16x2: short(i, pairs: true, Half.self) { O.apply($0, $1) }
    case .bf16x2: short(i, pairs: true, Brain.self) { O.apply($0, $1) }
    case .pred, .b8, .b16, .b32, .b64, .u8, .u16, .u32, .u64, .s8, .s16, .s32, .s64, .tf32: break
    }
  }

  /// One 16-bit operand: binary32 holds it, and its rounding to 16 bits is exact for one step.
  @inline(__always)
  private func short<F: ShortFloat>(
    _ i: Instruction, pairs: Bool, _: F.Type, _ operation: (Float) -> Float
  ) {
    let a = slot(i.a, UInt16.self)
    let d = slot(i.d, UInt16.self)
    let adjust = Adjustment(i.flags, smallest: F.smallestNormal)
    let body: (Int) -> Void = {
      d[$0] = F.encode(adjust.output(operation(adjust.input(F.decode(a[$0])))))
    }
    if pairs { eachHalf(body) } else { each(body) }
  }

  @inline(__always)
  private func short<F: ShortFloat>(
    _ i: Instruction, pairs: Bool, _: F.Type, _ operation: (Float, Float) -> Float
  ) {
    let a = slot(i.a, UInt16.self)
    let b = slot(i.b, UInt16.self)
    let d = slot(i.d, UInt16.self)
    let adjust = Adjustment(i.flags, smallest: F.smallestNormal)
    let body: (Int) -> Void = {
      let (x, y) = (F.decode(a[$0]), F.decode(b[$0]))
      let result = adjust.output(operation(adjust.input(x), adjust.input(y)))
      d[$0] = F.encode(adjust.isNaN(x, y) ? .nan : result)
    }
    if pairs { eachHalf(body) } else { each(body) }
  }

  @inline(never)
  func fused(_ i: Instruction) {
    let adjust = Adjustment(i.flags)
    switch i.type {
    case .f32:
      if i.flags.isDisjoint(with: .adjusted) {
        map(i) { (a: Float, b: Float, c: Float) in c.addingProduct(a, b) }
      } else {
        map(i) { (a: Float, b: Float, c: Float) in
          adjust.output(adjust.input(c).addingProduct(adjust.input(a), adjust.input(b)))
        }
      }
    case .f64: map(i) { (a: Double, b: Double, c: Double) in c.addingProduct(a, b) }
    case .f16: shortFused(i, pairs: false, Half.self)
    case .bf16: shortFused(i, pairs: false, Brain.self)
    case .f16x2: shortFused(i, pairs: true, Half.self)
    case .bf16x2: shortFused(i, pairs: true, Brain.self)
    case .pred, .b8, .b16, .b32, .b64, .u8, .u16, .u32, .u64, .s8, .s16, .s32, .s64, .tf32: break
    }
  }

  private func shortFused<F: ShortFloat>(_ i: Instruction, pairs: Bool, _: F.Type) {
    let (a, b) = (slot(i.a, UInt16.self), slot(i.b, UInt16.self))
    let (c, d) = (slot(i.c, UInt16.self), slot(i.d, UInt16.self))
    let adjust = Adjustment(i.flags, smallest: F.smallestNormal)
    let body: (Int) -> Void = {
      let x = adjust.input(F.decode(a[$0]))
      let y = adjust.input(F.decode(b[$0]))
      let z = adjust.input(F.decode(c[$0]))
      d[$0] = F.encode(adjust.output(oddSum(Double(x) * Double(y), Double(z))))
    }
    if pairs { eachHalf(body) } else { each(body) }
  }

  /// x + y rounded to binary32 such that a further rounding to 16 bits is right: a lost remainder
  /// leaves the last bit odd, so that no false tie appears.
  private func oddSum(_ x: Double, _ y: Double) -> Float {
    odd(rounding: x, y).map { Float(bitPattern: $0) } ?? Float(x + y)
  }

  private func odd(rounding x: Double, _ y: Double) -> UInt32? {
    let sum = x + y
    guard sum.isFinite else { return nil }
    let back = sum - x
    let lost = (x - (sum - back)) + (y - back)
    var single = Float(sum)
    guard single.isFinite else { return nil }
    // Truncate towards zero, then set the last bit if anything was cut.
    if Double(single).magnitude > sum.magnitude { single = single.towardZero }
    let difference = sum - Double(single)
    if difference == 0, lost == 0 { return single.bitPattern }
    if difference == 0, (lost < 0) == (sum > 0), single != 0 { single = single.towardZero }
    return single.bitPattern | 1
  }

  // MARK: functions

  @inline(never)
  func function(_ i: Instruction, _ operation: (Double) -> Double) {
    let adjust = Adjustment(i.flags)
    switch i.type {
    case .f32:
      map(i) { (a: Float) in adjust.output(Float(operation(Double(adjust.input(a))))) }
    case .f64: map(i, operation)
    case .f16: short(i, pairs: false, Half.self) { Float(operation(Double($0))) }
    case .f16x2: short(i, pairs: true, Half.self) { Float(operation(Double($0))) }
    case .bf16: short(i, pairs: false, Brain.self) { Float(operation(Double($0))) }
    case .bf16x2: short(i, pairs: true, Brain.self) { Float(operation(Double($0))) }
    case .pred, .b8, .b16, .b32, .b64, .u8, .u16, .u32, .u64, .s8, .s16, .s32, .s64, .tf32: break
    }
  }

  func testProperty(_ i: Instruction) {
    if i.type == .f32 {
      map(i) { (a: Float) in has(a, i.detail) }
    } else {
      map(i) { (a: Double) in has(a, i.detail) }
    }
  }

  @inline(__always)
  private func has<T: BinaryFloatingPoint>(_ value: T, _ property: UInt8) -> UInt8 {
    let answer =
      switch property {
      case 0: value.isFinite
      case 1: value.isInfinite
      case 2: !value.isNaN
      case 3: value.isNaN
      case 4: value.isNormal
      default: value.isSubnormal
      }
    return answer ? 1 : 0
  }
}

extension Float {
  /// The neighbour with the next smaller magnitude.
  var towardZero: Float { Float(bitPattern: bitPattern &- 1) }
}

/// Elementary functions in binary64 from sums and products alone, so that every host gives the
/// same bits. Their error is far below half a unit of binary32, within what `.approx` allows.
enum Functions {
  /// 2^x for x of binary32's range.
  static func exponential2(_ x: Double) -> Double {
    if x.isNaN { return x }
    if x > 1100 { return .infinity }
    if x < -1200 { return 0 }
    let whole = (x + 0x1.8p52) - 0x1.8p52
    let y = (x - whole) * 0.6931471805599453
    var sum = 1.0
    for divisor in stride(from: 13.0, through: 1.0, by: -1.0) { sum = 1 + sum * y / divisor }
    return sum * Double(sign: .plus, exponent: Int(whole), significand: 1)
  }

  static func logarithm2(_ x: Double) -> Double {
    if x.isNaN || x < 0 { return .nan }
    if x == 0 { return -.infinity }
    if x == .infinity { return x }
    var exponent = Double(x.exponent)
    var mantissa = x.significand
    if mantissa > 1.4142135623730951 {
      mantissa *= 0.5
      exponent += 1
    }
    let ratio = (mantissa - 1) / (mantissa + 1)
    let square = ratio * ratio
    var sum = 0.0
    for power in stride(from: 23.0, through: 1.0, by: -2.0) { sum = sum * square + 1 / power }
    return exponent + 2.885390081777927 * ratio * sum
  }

  static func sine(_ x: Double) -> Double { circular(x, quarter: 0) }

  static func cosine(_ x: Double) -> Double { circular(x, quarter: 1) }

  /// Largest magnitude the three-part reduction keeps exact.
  private static let reducible = 0x1p20

  private static func circular(_ value: Double, quarter: Int) -> Double {
    guard value.isFinite else { return .nan }
    var x = value
    if x.magnitude > reducible { x = x.truncatingRemainder(dividingBy: 6.283185307179586) }
    let turns = (x * 0.6366197723675814 + 0x1.8p52) - 0x1.8p52
    // pi/2 in three parts, the first two with trailing zeros so that their products are exact.
    let y =
      ((x - turns * 0x1.921fb544p0) - turns * 0x1.0b4611a6p-34) - turns * 0x1.3198a2e037073p-69
    let quadrant = (Int(turns) &+ quarter) & 3
    let square = y * y
    var result: Double
    if quadrant & 1 == 0 {
      result = 1
      for n in stride(from: 16.0, through: 2.0, by: -2.0) {
        result = 1 - result * square / (n * (n + 1))
      }
      result *= y
    } else {
      result = 1
      for n in stride(from: 15.0, through: 1.0, by: -2.0) {
        result = 1 - result * square / (n * (n + 1))
      }
    }
    return quadrant & 2 == 0 ? result : -result
  }

  static func hyperbolicTangent(_ x: Double) -> Double {
    if x.isNaN || x == 0 { return x }
    if x.magnitude > 20 { return x < 0 ? -1 : 1 }
    if x.magnitude < 0x1p-10 {
      let square = x * x
      return x * (1 - square * (1.0 / 3 - square * (2.0 / 15)))
    }
    let power = exponential2(x * 2.8853900817779268)
    return (power - 1) / (power + 1)
  }
}
