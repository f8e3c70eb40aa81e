// `cvt` in two passes over the lanes: every source becomes a 64-bit integer or a binary64, which
// hold all values exactly; then the result is rounded once. The usual pairs have a direct loop.
//
// Float to integer always clamps to the result's range; NaN becomes 0, or only the top bit where
// one side has 64 bits. Integer to integer wraps unless `.sat` is given. A result narrower than
// its register is extended as its type says.

extension Frame {
  /// `scratch` holds eight bytes per lane.
  @inline(never)
  func convert(_ i: Instruction, scratch: UnsafeMutableRawPointer) {
    if convertDirectly(i) { return }
    let wholes = scratch.assumingMemoryBound(to: Int64.self)
    let reals = scratch.assumingMemoryBound(to: Double.self)
    if i.source.isFloat {
      readFloat(i, reals)
      if i.type.isFloat {
        roundFloat(i, reals)
        writeFloat(i, reals)
      } else {
        roundToWhole(i, reals, wholes)
        writeWhole(i, wholes)
      }
    } else {
      readWhole(i, wholes)
      if i.type.isFloat {
        wholeToFloat(i, wholes, reals)
        writeFloat(i, reals)
      } else {
        if i.flags.contains(.saturate) { clampWhole(i, wholes) }
        writeWhole(i, wholes)
      }
    }
  }

  private func convertDirectly(_ i: Instruction) -> Bool {
    guard i.flags.isDisjoint(with: .adjusted), Int(i.b) == i.type.width,
      Int(i.c) == i.source.width
    else { return false }
    let rounding = Rounding(rawValue: i.detail) ?? .none
    switch (i.type, i.source, rounding) {
    case (.s64, .s32, _), (.u64, .s32, _): map(i) { (a: Int32) in Int64(a) }
    case (.s64, .u32, _), (.u64, .u32, _): map(i) { (a: UInt32) in UInt64(a) }
    case (.s32, .s64, _), (.u32, .u64, _), (.s32, .u64, _), (.u32, .s64, _):
      map(i) { (a: UInt64) in UInt32(truncatingIfNeeded: a) }
    case (.f32, .s32, .nearest): map(i) { (a: Int32) in Float(a) }
    case (.f32, .f16, .none): map(i) { (a: UInt16) in Half.decode(a) }
    case (.f16, .f32, .nearest): map(i) { (a: Float) in Half.encode(a) }
    case (.f32, .bf16, .none): map(i) { (a: UInt16) in Brain.decode(a) }
    case (.bf16, .f32, .nearest): map(i) { (a: Float) in Brain.encode(a) }
    default: return false
    }
    return true
  }

  // MARK: reading

  private func readWhole(_ i: Instruction, _ out: UnsafeMutablePointer<Int64>) {
    switch i.c {
    case 1: narrow(i, UInt8.self, out)
    case 2: narrow(i, UInt16.self, out)
    case 4: narrow(i, UInt32.self, out)
    default: narrow(i, UInt64.self, out)
    }
  }

  /// Takes the source type's low bits of a register and extends them.
  @inline(__always)
  private func narrow<R: FixedWidthInteger>(
    _ i: Instruction, _: R.Type, _ out: UnsafeMutablePointer<Int64>
  ) {
    let a = slot(i.a, R.self)
    let unused = Int64(64 - 8 * i.source.width)
    if i.source.isSigned {
      each { out[$0] = (Int64(truncatingIfNeeded: a[$0]) &<< unused) &>> unused }
    } else {
      each {
        out[$0] = Int64(
          bitPattern: (UInt64(truncatingIfNeeded: a[$0]) &<< UInt64(unused)) &>> UInt64(unused))
      }
    }
  }

  private func readFloat(_ i: Instruction, _ out: UnsafeMutablePointer<Double>) {
    let flushes = i.flags.contains(.flush)
    switch i.source {
    case .f16:
      let a = slot(i.a, UInt16.self)
      let step = Int(i.c) / 2
      each { out[$0] = Double(Half.decode(a[$0 &* step])) }
    case .bf16:
      let a = slot(i.a, UInt16.self)
      let step = Int(i.c) / 2
      each { out[$0] = Double(Brain.decode(a[$0 &* step])) }
    case .f32:
      let a = slot(i.a, Float.self)
      let step = Int(i.c) / 4
      each {
        let value = a[$0 &* step]
        out[$0] = Double(
          flushes && value.isSubnormal ? Float(signOf: value, magnitudeOf: 0) : value)
      }
    case .f64:
      let a = slot(i.a, Double.self)
      each { out[$0] = a[$0] }
    case .pred, .b8, .b16, .b32, .b64, .u8, .u16, .u32, .u64, .s8, .s16, .s32, .s64, .tf32,
      .f16x2, .bf16x2:
      break
    }
  }

  // MARK: rounding

  private func roundFloat(_ i: Instruction, _ values: UnsafeMutablePointer<Double>) {
    let rounding = Rounding(rawValue: i.detail) ?? .none
    switch rounding {
    case .none: break
    case .toWhole, .toWholeZero, .toWholeDown, .toWholeUp:
      let rule = rounding.rule
      each { values[$0].round(rule) }
    case .nearest, .zero, .down, .up, .nearestAway:
      if let format = format(i.type) {
        each { values[$0] = format.rounded(values[$0], rounding) }
      }
    }
    if i.flags.contains(.saturate) {
      each { values[$0] = values[$0] > 0 ? min(values[$0], 1) : 0 }
    }
    if i.flags.contains(.flush), i.type == .f32 {
      each {
        if values[$0].magnitude < Double(Float.leastNormalMagnitude) {
          values[$0] = Double(signOf: values[$0], magnitudeOf: 0)
        }
      }
    }
  }

  private func format(_ type: ScalarType) -> Format? {
    switch type {
    case .f16: .half
    case .bf16: .brain
    case .tf32: .tensor
    case .f32: .single
    case .f64, .pred, .b8, .b16, .b32, .b64, .u8, .u16, .u32, .u64, .s8, .s16, .s32, .s64,
      .f16x2, .bf16x2:
      nil
    }
  }

  private func roundToWhole(
    _ i: Instruction, _ values: UnsafeMutablePointer<Double>, _ out: UnsafeMutablePointer<Int64>
  ) {
    let rule = (Rounding(rawValue: i.detail) ?? .toWholeZero).rule
    let bits = 8 * i.type.width
    let isWide = i.type.width == 8 || i.source == .f64
    let nan = isWide ? Int64(bitPattern: 1 << UInt64(bits - 1)) : 0
    if i.type.isSigned {
      let limit = Double(sign: .plus, exponent: bits - 1, significand: 1)
      let top = bits == 64 ? Int64.max : (1 << Int64(bits - 1)) - 1
      each {
        let value = values[$0].rounded(rule)
        out[$0] =
          value.isNaN ? nan : value >= limit ? top : value < -limit ? -top - 1 : Int64(value)
      }
    } else {
      let limit = Double(sign: .plus, exponent: bits, significand: 1)
      let top = bits == 64 ? UInt64.max : (1 << UInt64(bits)) - 1
      each {
        let value = values[$0].rounded(rule)
        out[$0] =
          value.isNaN
          ? nan : Int64(bitPattern: value >= limit ? top : value <= 0 ? 0 : UInt64(value))
      }
    }
  }

  /// 64 less the bits kept exactly: 48, more than any short format has by two.
  private static let exactBits = 16

  private func wholeToFloat(
    _ i: Instruction, _ values: UnsafeMutablePointer<Int64>, _ out: UnsafeMutablePointer<Double>
  ) {
    let rounding = Rounding(rawValue: i.detail) ?? .nearest
    let isUnsigned = i.source.isUnsigned
    let saturates = i.flags.contains(.saturate)
    let type = i.type
    let format = format(type)
    each {
      let value = values[$0]
      let magnitude = isUnsigned ? UInt64(bitPattern: value) : value.magnitude
      let isNegative = !isUnsigned && value < 0
      // The top bits with a sticky last bit keep the one rounding that follows right.
      var real: Double
      if let format {
        let shift = UInt64(max(0, Self.exactBits - magnitude.leadingZeroBitCount))
        let kept = magnitude &>> shift
        let isCut = kept &<< shift != magnitude
        real =
          Double(kept | (isCut ? 1 : 0)) * Double(sign: .plus, exponent: Int(shift), significand: 1)
        real = format.rounded(isNegative ? -real : real, rounding)
      } else {
        real = doubled(magnitude, isNegative, rounding)
      }
      out[$0] = saturates ? (real > 0 ? min(real, 1) : 0) : real
    }
  }

  /// An integer as binary64 with any rounding.
  private func doubled(_ magnitude: UInt64, _ isNegative: Bool, _ rounding: Rounding) -> Double {
    let nearest = Double(magnitude)
    let isTooLarge = nearest >= 0x1p64 || UInt64(nearest) > magnitude
    let isTooSmall = nearest < 0x1p64 && UInt64(nearest) < magnitude
    var real = nearest
    switch rounding {
    case .zero: if isTooLarge { real = nearest.nextDown }
    case .down:
      if isNegative ? isTooSmall : isTooLarge {
        real = isNegative ? nearest.nextUp : nearest.nextDown
      }
    case .up:
      if isNegative ? isTooLarge : isTooSmall {
        real = isNegative ? nearest.nextDown : nearest.nextUp
      }
    case .none, .nearest, .nearestAway, .toWhole, .toWholeZero, .toWholeDown, .toWholeUp: break
    }
    return isNegative ? -real : real
  }

  private func clampWhole(_ i: Instruction, _ values: UnsafeMutablePointer<Int64>) {
    let bits = 8 * i.type.width
    let isFromUnsigned = i.source.isUnsigned
    if i.type.isSigned {
      let top = bits == 64 ? Int64.max : (1 << Int64(bits - 1)) - 1
      each {
        let value = values[$0]
        values[$0] =
          isFromUnsigned && value < 0 ? top : min(max(value, -top - 1), top)
      }
    } else {
      let top = bits == 64 ? UInt64.max : (1 << UInt64(bits)) - 1
      each {
        let value = values[$0]
        values[$0] =
          !isFromUnsigned && value < 0
          ? 0 : Int64(bitPattern: min(UInt64(bitPattern: value), top))
      }
    }
  }

  // MARK: writing

  private func writeWhole(_ i: Instruction, _ values: UnsafeMutablePointer<Int64>) {
    let unused = Int64(64 - 8 * i.type.width)
    let isSigned = i.type.isSigned
    each {
      values[$0] =
        isSigned
        ? (values[$0] &<< unused) &>> unused
        : Int64(bitPattern: (UInt64(bitPattern: values[$0]) &<< UInt64(unused)) &>> UInt64(unused))
    }
    switch i.b {
    case 1: truncate(i, UInt8.self, values)
    case 2: truncate(i, UInt16.self, values)
    case 4: truncate(i, UInt32.self, values)
    default: truncate(i, UInt64.self, values)
    }
  }

  @inline(__always)
  private func truncate<D: FixedWidthInteger>(
    _ i: Instruction, _: D.Type, _ values: UnsafeMutablePointer<Int64>
  ) {
    let d = slot(i.d, D.self)
    each { d[$0] = D(truncatingIfNeeded: values[$0]) }
  }

  /// The values already are of the result's format, so these conversions are exact.
  private func writeFloat(_ i: Instruction, _ values: UnsafeMutablePointer<Double>) {
    let width = Int(i.b)
    switch i.type {
    case .f16:
      writeBits(i, width) { UInt64(Half.encode(Float(values[$0]))) }
    case .bf16:
      writeBits(i, width) { UInt64(Brain.encode(Float(values[$0]))) }
    case .f32, .tf32:
      writeBits(i, width) { UInt64(Float(values[$0]).bitPattern) }
    case .f64: writeBits(i, width) { values[$0].bitPattern }
    case .pred, .b8, .b16, .b32, .b64, .u8, .u16, .u32, .u64, .s8, .s16, .s32, .s64, .f16x2,
      .bf16x2:
      break
    }
  }

  @inline(__always)
  private func writeBits(_ i: Instruction, _ width: Int, _ bits: (Int) -> UInt64) {
    switch width {
    case 2:
      let d = slot(i.d, UInt16.self)
      each { d[$0] = UInt16(truncatingIfNeeded: bits($0)) }
    case 4:
      let d = slot(i.d, UInt32.self)
      each { d[$0] = UInt32(truncatingIfNeeded: bits($0)) }
    default:
      let d = slot(i.d, UInt64.self)
      each { d[$0] = bits($0) }
    }
  }

  /// `cvt.rn.f16x2.f32 d, a, b`: a becomes the upper half.
  func convertPacked(_ i: Instruction) {
    let rounding = Rounding(rawValue: i.detail) ?? .nearest
    let format: Format = i.type == .f16x2 ? .half : .brain
    let isHalf = i.type == .f16x2
    let saturates = i.flags.contains(.saturate)
    let encode: (Float) -> UInt32 = { value in
      let clamped = saturates ? (value > 0 ? min(value, 1) : 0) : value
      let rounded = Float(format.rounded(Double(clamped), rounding))
      return UInt32(isHalf ? Half.encode(rounded) : Brain.encode(rounded))
    }
    map(i) { (a: Float, b: Float) in encode(a) &<< 16 | encode(b) }
  }
}
