// Moves, comparisons, selections.

extension Frame {
  func move(_ i: Instruction) {
    switch i.type.width {
    case 1: map(i) { (a: UInt8) in a }
    case 2: map(i) { (a: UInt16) in a }
    case 4: map(i) { (a: UInt32) in a }
    default: map(i) { (a: UInt64) in a }
    }
  }

  /// Writes one part of a packed register; `immediate` is its byte offset within the register.
  func insert(_ i: Instruction) {
    switch i.type.width {
    case 1: strided(i, UInt8.self, isInsert: true)
    case 2: strided(i, UInt16.self, isInsert: true)
    default: strided(i, UInt32.self, isInsert: true)
    }
  }

  func extract(_ i: Instruction) {
    switch i.type.width {
    case 1: strided(i, UInt8.self, isInsert: false)
    case 2: strided(i, UInt16.self, isInsert: false)
    default: strided(i, UInt32.self, isInsert: false)
    }
  }

  @inline(__always)
  private func strided<T: FixedWidthInteger>(_ i: Instruction, _: T.Type, isInsert: Bool) {
    let step = i.source.width / i.type.width
    let offset = Int(i.immediate) / i.type.width
    let a = slot(i.a, T.self)
    let d = slot(i.d, T.self)
    if isInsert {
      each { d[$0 &* step &+ offset] = a[$0] }
    } else {
      each { d[$0] = a[$0 &* step &+ offset] }
    }
  }

  func select(_ i: Instruction) {
    switch i.type.width {
    case 2: map(i) { (a: UInt16, b: UInt16, c: UInt8) in c != 0 ? a : b }
    case 4: map(i) { (a: UInt32, b: UInt32, c: UInt8) in c != 0 ? a : b }
    default: map(i) { (a: UInt64, b: UInt64, c: UInt8) in c != 0 ? a : b }
    }
  }

  /// Takes a if c is at least zero; -0 counts as zero, NaN does not.
  func selectBySign(_ i: Instruction) {
    if i.source == .s32 {
      switch i.type.width {
      case 2: map(i) { (a: UInt16, b: UInt16, c: Int32) in c >= 0 ? a : b }
      case 4: map(i) { (a: UInt32, b: UInt32, c: Int32) in c >= 0 ? a : b }
      default: map(i) { (a: UInt64, b: UInt64, c: Int32) in c >= 0 ? a : b }
      }
    } else {
      let adjust = Adjustment(i.flags)
      switch i.type.width {
      case 2: map(i) { (a: UInt16, b: UInt16, c: Float) in adjust.input(c) >= 0 ? a : b }
      case 4: map(i) { (a: UInt32, b: UInt32, c: Float) in adjust.input(c) >= 0 ? a : b }
      default: map(i) { (a: UInt64, b: UInt64, c: Float) in adjust.input(c) >= 0 ? a : b }
      }
    }
  }

  // MARK: comparisons

  /// `scratch` holds one byte per lane for the forms with a second step.
  @inline(never)
  func compare(_ i: Instruction, scratch: UnsafeMutablePointer<UInt8>) {
    let combination = Combination(rawValue: i.combine) ?? .none
    let isPlain = combination == .none && !i.flags.contains(.second)
    compare(i, into: isPlain ? slot(i.d, UInt8.self) : scratch)
    if isPlain { return }
    let c = combination == .none ? scratch : slot(i.c, UInt8.self)
    let d = slot(i.d, UInt8.self)
    let hasSecond = i.flags.contains(.second)
    let second = hasSecond ? slot(UInt32(truncatingIfNeeded: i.immediate), UInt8.self) : scratch
    each {
      let (outcome, other) = (scratch[$0], c[$0])
      let (yes, no) =
        switch combination {
        case .none: (outcome, outcome ^ 1)
        case .and: (outcome & other, (outcome ^ 1) & other)
        case .or: (outcome | other, (outcome ^ 1) | other)
        case .xor: (outcome ^ other, (outcome ^ 1) ^ other)
        }
      if hasSecond { second[$0] = no }
      d[$0] = yes
    }
  }

  private func compare(_ i: Instruction, into d: UnsafeMutablePointer<UInt8>) {
    switch i.type {
    case .b16, .u16: compareWhole(i, UInt16.self, d)
    case .b32, .u32: compareWhole(i, UInt32.self, d)
    case .b64, .u64: compareWhole(i, UInt64.self, d)
    case .s16: compareWhole(i, Int16.self, d)
    case .s32: compareWhole(i, Int32.self, d)
    case .s64: compareWhole(i, Int64.self, d)
    case .f32:
      if i.flags.contains(.flush) {
        let adjust = Adjustment(i.flags)
        compareFloat(i, d) { (a: Float) in adjust.input(a) }
      } else {
        compareFloat(i, d) { (a: Float) in a }
      }
    case .f64: compareFloat(i, d) { (a: Double) in a }
    case .f16: compareFloat(i, d) { (a: UInt16) in Half.decode(a) }
    case .bf16: compareFloat(i, d) { (a: UInt16) in Brain.decode(a) }
    case .pred, .b8, .u8, .s8, .tf32, .f16x2, .bf16x2: break
    }
  }

  @inline(__always)
  private func test<T>(
    _ i: Instruction, _ d: UnsafeMutablePointer<UInt8>, _ operation: (T, T) -> Bool
  ) {
    let a = slot(i.a, T.self)
    let b = slot(i.b, T.self)
    each { d[$0] = operation(a[$0], b[$0]) ? 1 : 0 }
  }

  private func compareWhole<T: FixedWidthInteger>(
    _ i: Instruction, _: T.Type, _ d: UnsafeMutablePointer<UInt8>
  ) {
    switch Comparison(rawValue: i.detail) ?? .eq {
    case .eq, .equ: test(i, d) { (a: T, b: T) in a == b }
    case .ne, .neu: test(i, d) { (a: T, b: T) in a != b }
    case .lt, .lo, .ltu: test(i, d) { (a: T, b: T) in a < b }
    case .le, .ls, .leu: test(i, d) { (a: T, b: T) in a <= b }
    case .gt, .hi, .gtu: test(i, d) { (a: T, b: T) in a > b }
    case .ge, .hs, .geu: test(i, d) { (a: T, b: T) in a >= b }
    case .num: test(i, d) { (_: T, _: T) in true }
    case .nan: test(i, d) { (_: T, _: T) in false }
    }
  }

  /// Ordered comparisons are false with a NaN, those with a trailing u are true.
  @inline(__always)
  private func compareFloat<S, T: BinaryFloatingPoint>(
    _ i: Instruction, _ d: UnsafeMutablePointer<UInt8>, _ read: (S) -> T
  ) {
    switch Comparison(rawValue: i.detail) ?? .eq {
    case .eq: test(i, d) { (a: S, b: S) in read(a) == read(b) }
    case .ne: test(i, d) { (a: S, b: S) in read(a) < read(b) || read(a) > read(b) }
    case .lt, .lo: test(i, d) { (a: S, b: S) in read(a) < read(b) }
    case .le, .ls: test(i, d) { (a: S, b: S) in read(a) <= read(b) }
    case .gt, .hi: test(i, d) { (a: S, b: S) in read(a) > read(b) }
    case .ge, .hs: test(i, d) { (a: S, b: S) in read(a) >= read(b) }
    case .equ: test(i, d) { (a: S, b: S) in !(read(a) < read(b) || read(a) > read(b)) }
    case .neu: test(i, d) { (a: S, b: S) in read(a) != read(b) }
    case .ltu: test(i, d) { (a: S, b: S) in !(read(a) >= read(b)) }
    case .leu: test(i, d) { (a: S, b: S) in !(read(a) > read(b)) }
    case .gtu: test(i, d) { (a: S, b: S) in !(read(a) <= read(b)) }
    case .geu: test(i, d) { (a: S, b: S) in !(read(a) < read(b)) }
    case .num: test(i, d) { (a: S, b: S) in !read(a).isNaN && !read(b).isNaN }
    case .nan: test(i, d) { (a: S, b: S) in read(a).isNaN || read(b).isNaN }
    }
  }
}
