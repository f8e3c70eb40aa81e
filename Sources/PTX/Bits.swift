// Instructions on bit fields.

extension Frame {
  func populationCount(_ i: Instruction) {
    if i.type.width == 4 {
      map(i) { (a: UInt32) in UInt32(truncatingIfNeeded: a.nonzeroBitCount) }
    } else {
      map(i) { (a: UInt64) in UInt32(truncatingIfNeeded: a.nonzeroBitCount) }
    }
  }

  func leadingZeros(_ i: Instruction) {
    if i.type.width == 4 {
      map(i) { (a: UInt32) in UInt32(truncatingIfNeeded: a.leadingZeroBitCount) }
    } else {
      map(i) { (a: UInt64) in UInt32(truncatingIfNeeded: a.leadingZeroBitCount) }
    }
  }

  func bitReverse(_ i: Instruction) {
    if i.type.width == 4 {
      map(i) { (a: UInt32) in
        UInt32(truncatingIfNeeded: reversedBits(UInt64(a)) &>> 32)
      }
    } else {
      map(i) { (a: UInt64) in reversedBits(a) }
    }
  }

  private func reversedBits(_ value: UInt64) -> UInt64 {
    var x = value.byteSwapped
    x = (x &>> 4) & 0x0f0f_0f0f_0f0f_0f0f | (x & 0x0f0f_0f0f_0f0f_0f0f) &<< 4
    x = (x &>> 2) & 0x3333_3333_3333_3333 | (x & 0x3333_3333_3333_3333) &<< 2
    return (x &>> 1) & 0x5555_5555_5555_5555 | (x & 0x5555_5555_5555_5555) &<< 1
  }

  /// Position of the highest bit that is not the sign; all bits set if there is none.
  func findLeadingBit(_ i: Instruction) {
    let wantsShift = i.flags.contains(.wrap)
    let isSigned = i.type.isSigned
    if i.type.width == 4 {
      map(i) { (a: UInt32) -> UInt32 in
        let value = isSigned && a >> 31 == 1 ? ~a : a
        guard value != 0 else { return .max }
        let zeros = UInt32(truncatingIfNeeded: value.leadingZeroBitCount)
        return wantsShift ? zeros : 31 &- zeros
      }
    } else {
      map(i) { (a: UInt64) -> UInt32 in
        let value = isSigned && a >> 63 == 1 ? ~a : a
        guard value != 0 else { return .max }
        let zeros = UInt32(truncatingIfNeeded: value.leadingZeroBitCount)
        return wantsShift ? zeros : 63 &- zeros
      }
    }
  }

  /// Start and length are the low bytes of their operands; what lies beyond the top reads as zero,
  /// or as the field's sign.
  func fieldExtract(_ i: Instruction) {
    let isSigned = i.type.isSigned
    if i.type.width == 4 {
      map(i) { (a: UInt32, b: UInt32, c: UInt32) in
        let wide = isSigned ? UInt64(bitPattern: Int64(Int32(bitPattern: a))) : UInt64(a)
        return UInt32(truncatingIfNeeded: extracted(wide, b & 0xff, c & 0xff, 32, isSigned))
      }
    } else {
      map(i) { (a: UInt64, b: UInt32, c: UInt32) in
        extracted(a, b & 0xff, c & 0xff, 64, isSigned)
      }
    }
  }

  /// `value` is already extended to 64 bits.
  @inline(__always)
  private func extracted(
    _ value: UInt64, _ start: UInt32, _ length: UInt32, _ width: UInt32, _ isSigned: Bool
  ) -> UInt64 {
    if length == 0 { return 0 }
    if isSigned {
      let shifted = Int64(bitPattern: value) &>> Int64(min(start, 63))
      if length >= width { return UInt64(bitPattern: shifted) }
      let unused = Int64(64 &- length)
      return UInt64(bitPattern: (shifted &<< unused) &>> unused)
    }
    let shifted = start > 63 ? 0 : value &>> UInt64(start)
    return length > 63 ? shifted : shifted & ((1 &<< UInt64(length)) &- 1)
  }

  func fieldInsert(_ i: Instruction) {
    let length = slot(UInt32(truncatingIfNeeded: i.immediate), UInt32.self)
    let start = slot(i.c, UInt32.self)
    if i.type.width == 4 {
      let (a, b, d) = (slot(i.a, UInt32.self), slot(i.b, UInt32.self), slot(i.d, UInt32.self))
      each {
        d[$0] = UInt32(
          truncatingIfNeeded: inserted(
            UInt64(a[$0]), UInt64(b[$0]), start[$0] & 0xff, length[$0] & 0xff))
      }
    } else {
      let (a, b, d) = (slot(i.a, UInt64.self), slot(i.b, UInt64.self), slot(i.d, UInt64.self))
      each { d[$0] = inserted(a[$0], b[$0], start[$0] & 0xff, length[$0] & 0xff) }
    }
  }

  @inline(__always)
  private func inserted(
    _ field: UInt64, _ base: UInt64, _ start: UInt32, _ length: UInt32
  ) -> UInt64 {
    if start > 63 { return base }
    let ones: UInt64 = length > 63 ? .max : (1 &<< UInt64(length)) &- 1
    let mask = ones &<< UInt64(start)
    return base & ~mask | (field &<< UInt64(start)) & mask
  }

  func funnel(_ i: Instruction, isLeft: Bool) {
    let wraps = i.flags.contains(.wrap)
    map(i) { (a: UInt32, b: UInt32, c: UInt32) in
      let amount = UInt64(wraps ? c & 31 : min(c, 32))
      let both = UInt64(b) &<< 32 | UInt64(a)
      return UInt32(truncatingIfNeeded: isLeft ? (both &<< amount) &>> 32 : both &>> amount)
    }
  }

  /// Each nibble of the selector names one of eight bytes; its top bit spreads that byte's sign.
  func permute(_ i: Instruction) {
    map(i) { (a: UInt32, b: UInt32, c: UInt32) in
      let both = UInt64(b) &<< 32 | UInt64(a)
      var result: UInt32 = 0
      for index in 0..<4 as Range<UInt32> {
        let nibble = c &>> (4 &* index)
        var byte = UInt32(truncatingIfNeeded: both &>> UInt64(8 &* (nibble & 7))) & 0xff
        if nibble & 8 != 0 { byte = byte & 0x80 != 0 ? 0xff : 0 }
        result |= byte &<< (8 &* index)
      }
      return result
    }
  }

  /// Bit by bit, the three operands' bits index the truth table.
  func lookup3(_ i: Instruction) {
    let table = i.detail
    map(i) { (a: UInt32, b: UInt32, c: UInt32) in
      var result: UInt32 = 0
      if table & 0x01 != 0 { result |= ~a & ~b & ~c }
      if table & 0x02 != 0 { result |= ~a & ~b & c }
      if table & 0x04 != 0 { result |= ~a & b & ~c }
      if table & 0x08 != 0 { result |= ~a & b & c }
      if table & 0x10 != 0 { result |= a & ~b & ~c }
      if table & 0x20 != 0 { result |= a & ~b & c }
      if table & 0x40 != 0 { result |= a & b & ~c }
      if table & 0x80 != 0 { result |= a & b & c }
      return result
    }
  }

  @inline(__always)
  private func low24(_ value: UInt32, _ isSigned: Bool) -> UInt32 {
    isSigned
      ? UInt32(bitPattern: Int32(bitPattern: value &<< 8) &>> 8) : value & 0xff_ffff
  }

  func multiply24(_ i: Instruction, adds: Bool) {
    let isSigned = i.type.isSigned
    if adds {
      map(i) { (a: UInt32, b: UInt32, c: UInt32) in
        low24(a, isSigned) &* low24(b, isSigned) &+ c
      }
    } else {
      map(i) { (a: UInt32, b: UInt32) in low24(a, isSigned) &* low24(b, isSigned) }
    }
  }

  func dotProduct4(_ i: Instruction) {
    let (leftSigned, rightSigned) = (i.type.isSigned, i.source.isSigned)
    map(i) { (a: UInt32, b: UInt32, c: UInt32) in
      var sum = Int32(bitPattern: c)
      for index in 0..<4 as Range<UInt32> {
        let x = UInt8(truncatingIfNeeded: a &>> (8 &* index))
        let y = UInt8(truncatingIfNeeded: b &>> (8 &* index))
        let left = leftSigned ? Int32(Int8(bitPattern: x)) : Int32(x)
        let right = rightSigned ? Int32(Int8(bitPattern: y)) : Int32(y)
        sum = sum &+ left &* right
      }
      return UInt32(bitPattern: sum)
    }
  }
}
