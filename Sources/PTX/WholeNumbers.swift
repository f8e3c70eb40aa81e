// Whole-number instructions. Results wrap. What the ISA leaves open is settled as GPUs do it:
// a quotient by zero has all bits set, a remainder by zero is the dividend.

protocol Whole2 {
  static func apply<T: FixedWidthInteger>(_ a: T, _ b: T) -> T
}

protocol Whole3 {
  static func apply<T: FixedWidthInteger>(_ a: T, _ b: T, _ c: T) -> T
}

enum Add: Whole2 {
  @inline(__always)
  static func apply<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a &+ b }
}

enum Subtract: Whole2 {
  @inline(__always)
  static func apply<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a &- b }
}

enum MultiplyLow: Whole2 {
  @inline(__always)
  static func apply<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a &* b }
}

enum MultiplyHigh: Whole2 {
  @inline(__always)
  static func apply<T: FixedWidthInteger>(_ a: T, _ b: T) -> T {
    a.multipliedFullWidth(by: b).high
  }
}

enum Divide: Whole2 {
  @inline(__always)
  static func apply<T: FixedWidthInteger>(_ a: T, _ b: T) -> T {
    b == 0 ? ~0 : a.dividedReportingOverflow(by: b).partialValue
  }
}

enum Remainder: Whole2 {
  @inline(__always)
  static func apply<T: FixedWidthInteger>(_ a: T, _ b: T) -> T {
    b == 0 ? a : a.remainderReportingOverflow(dividingBy: b).partialValue
  }
}

enum Minimum: Whole2 {
  @inline(__always)
  static func apply<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { b < a ? b : a }
}

enum Maximum: Whole2 {
  @inline(__always)
  static func apply<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { b > a ? b : a }
}

enum And: Whole2 {
  @inline(__always)
  static func apply<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a & b }
}

enum Or: Whole2 {
  @inline(__always)
  static func apply<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a | b }
}

enum Xor: Whole2 {
  @inline(__always)
  static func apply<T: FixedWidthInteger>(_ a: T, _ b: T) -> T { a ^ b }
}

enum MultiplyAddLow: Whole3 {
  @inline(__always)
  static func apply<T: FixedWidthInteger>(_ a: T, _ b: T, _ c: T) -> T { a &* b &+ c }
}

enum MultiplyAddHigh: Whole3 {
  @inline(__always)
  static func apply<T: FixedWidthInteger>(_ a: T, _ b: T, _ c: T) -> T {
    a.multipliedFullWidth(by: b).high &+ c
  }
}

enum AbsoluteDifference: Whole3 {
  @inline(__always)
  static func apply<T: FixedWidthInteger>(_ a: T, _ b: T, _ c: T) -> T {
    a < b ? c &+ (b &- a) : c &+ (a &- b)
  }
}

extension Frame {
  @inline(never)
  func whole<O: Whole2>(_ i: Instruction, _: O.Type) {
    switch i.type {
    case .b16, .u16: map(i) { (a: UInt16, b: UInt16) in O.apply(a, b) }
    case .b32, .u32: map(i) { (a: UInt32, b: UInt32) in O.apply(a, b) }
    case .b64, .u64: map(i) { (a: UInt64, b: UInt64) in O.apply(a, b) }
    case .s16: map(i) { (a: Int16, b: Int16) in O.apply(a, b) }
    case .s32: map(i) { (a: Int32, b: Int32) in O.apply(a, b) }
    case .s64: map(i) { (a: Int64, b: Int64) in O.apply(a, b) }
    case .pred, .b8, .u8, .s8: map(i) { (a: UInt8, b: UInt8) in O.apply(a, b) }
    case .f16, .bf16, .f32, .f64, .tf32, .f16x2, .bf16x2: break
    }
  }

  @inline(never)
  func whole<O: Whole3>(_ i: Instruction, _: O.Type) {
    switch i.type {
    case .b16, .u16: map(i) { (a: UInt16, b: UInt16, c: UInt16) in O.apply(a, b, c) }
    case .b32, .u32: map(i) { (a: UInt32, b: UInt32, c: UInt32) in O.apply(a, b, c) }
    case .b64, .u64: map(i) { (a: UInt64, b: UInt64, c: UInt64) in O.apply(a, b, c) }
    case .s16: map(i) { (a: Int16, b: Int16, c: Int16) in O.apply(a, b, c) }
    case .s32: map(i) { (a: Int32, b: Int32, c: Int32) in O.apply(a, b, c) }
    case .s64: map(i) { (a: Int64, b: Int64, c: Int64) in O.apply(a, b, c) }
    case .pred, .b8, .u8, .s8, .f16, .bf16, .f32, .f64, .tf32, .f16x2, .bf16x2: break
    }
  }

  func multiplyWide(_ i: Instruction) {
    switch i.type {
    case .u16: map(i) { (a: UInt16, b: UInt16) in UInt32(a) &* UInt32(b) }
    case .s16: map(i) { (a: Int16, b: Int16) in Int32(a) &* Int32(b) }
    case .u32: map(i) { (a: UInt32, b: UInt32) in UInt64(a) &* UInt64(b) }
    case .s32: map(i) { (a: Int32, b: Int32) in Int64(a) &* Int64(b) }
    case .pred, .b8, .b16, .b32, .b64, .u8, .u64, .s8, .s64, .f16, .bf16, .f32, .f64, .tf32,
      .f16x2, .bf16x2:
      break
    }
  }

  func multiplyAddWide(_ i: Instruction) {
    switch i.type {
    case .u16: map(i) { (a: UInt16, b: UInt16, c: UInt32) in UInt32(a) &* UInt32(b) &+ c }
    case .s16: map(i) { (a: Int16, b: Int16, c: Int32) in Int32(a) &* Int32(b) &+ c }
    case .u32: map(i) { (a: UInt32, b: UInt32, c: UInt64) in UInt64(a) &* UInt64(b) &+ c }
    case .s32: map(i) { (a: Int32, b: Int32, c: Int64) in Int64(a) &* Int64(b) &+ c }
    case .pred, .b8, .b16, .b32, .b64, .u8, .u64, .s8, .s64, .f16, .bf16, .f32, .f64, .tf32,
      .f16x2, .bf16x2:
      break
    }
  }

  func saturating(_ i: Instruction, isSum: Bool) {
    map(i) { (a: Int32, b: Int32) in
      let wide = isSum ? Int64(a) &+ Int64(b) : Int64(a) &- Int64(b)
      return Int32(truncatingIfNeeded: min(max(wide, Int64(Int32.min)), Int64(Int32.max)))
    }
  }

  /// Amounts are unsigned and clamp: beyond the width only sign bits or zeros are left.
  func shiftLeft(_ i: Instruction) {
    switch i.type.width {
    case 2: map(i) { (a: UInt16, n: UInt32) in n > 15 ? 0 : a &<< UInt16(truncatingIfNeeded: n) }
    case 4: map(i) { (a: UInt32, n: UInt32) in n > 31 ? 0 : a &<< n }
    default: map(i) { (a: UInt64, n: UInt32) in n > 63 ? 0 : a &<< UInt64(n) }
    }
  }

  func shiftRight(_ i: Instruction) {
    switch i.type {
    case .s16: map(i) { (a: Int16, n: UInt32) in a &>> Int16(truncatingIfNeeded: min(n, 15)) }
    case .s32: map(i) { (a: Int32, n: UInt32) in a &>> Int32(truncatingIfNeeded: min(n, 31)) }
    case .s64: map(i) { (a: Int64, n: UInt32) in a &>> Int64(min(n, 63)) }
    case .b16, .u16:
      map(i) { (a: UInt16, n: UInt32) in n > 15 ? 0 : a &>> UInt16(truncatingIfNeeded: n) }
    case .b32, .u32: map(i) { (a: UInt32, n: UInt32) in n > 31 ? 0 : a &>> n }
    case .b64, .u64: map(i) { (a: UInt64, n: UInt32) in n > 63 ? 0 : a &>> UInt64(n) }
    case .pred, .b8, .u8, .s8, .f16, .bf16, .f32, .f64, .tf32, .f16x2, .bf16x2: break
    }
  }

  func absolute(_ i: Instruction) {
    switch i.type.width {
    case 2: map(i) { (a: Int16) in a < 0 ? 0 &- a : a }
    case 4: map(i) { (a: Int32) in a < 0 ? 0 &- a : a }
    default: map(i) { (a: Int64) in a < 0 ? 0 &- a : a }
    }
  }

  func negate(_ i: Instruction) {
    switch i.type.width {
    case 2: map(i) { (a: Int16) in 0 &- a }
    case 4: map(i) { (a: Int32) in 0 &- a }
    default: map(i) { (a: Int64) in 0 &- a }
    }
  }

  func not(_ i: Instruction) {
    switch i.type.width {
    case 1: map(i) { (a: UInt8) in a ^ 1 }
    case 2: map(i) { (a: UInt16) in ~a }
    case 4: map(i) { (a: UInt32) in ~a }
    default: map(i) { (a: UInt64) in ~a }
    }
  }

  func logicalNot(_ i: Instruction) {
    switch i.type.width {
    case 2: map(i) { (a: UInt16) -> UInt16 in a == 0 ? 1 : 0 }
    case 4: map(i) { (a: UInt32) -> UInt32 in a == 0 ? 1 : 0 }
    default: map(i) { (a: UInt64) -> UInt64 in a == 0 ? 1 : 0 }
    }
  }
}
