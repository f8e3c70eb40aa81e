/// The scalar types of PTX, packed pairs included.
enum ScalarType: UInt8, Sendable {
  case pred
  case b8, b16, b32, b64
  case u8, u16, u32, u64
  case s8, s16, s32, s64
  case f16, bf16, f32, f64, tf32
  case f16x2, bf16x2

  init?(_ name: Substring) {
    guard let match = ScalarType.names[name] else { return nil }
    self = match
  }

  private static let names: [Substring: ScalarType] = [
    "pred": .pred, "b8": .b8, "b16": .b16, "b32": .b32, "b64": .b64, "u8": .u8, "u16": .u16,
    "u32": .u32, "u64": .u64, "s8": .s8, "s16": .s16, "s32": .s32, "s64": .s64, "f16": .f16,
    "bf16": .bf16, "f32": .f32, "f64": .f64, "tf32": .tf32, "f16x2": .f16x2, "bf16x2": .bf16x2,
  ]

  /// Bytes of a value.
  var width: Int {
    switch self {
    case .pred, .b8, .u8, .s8: 1
    case .b16, .u16, .s16, .f16, .bf16: 2
    case .b32, .u32, .s32, .f32, .tf32, .f16x2, .bf16x2: 4
    case .b64, .u64, .s64, .f64: 8
    }
  }

  var isFloat: Bool {
    switch self {
    case .f16, .bf16, .f32, .f64, .tf32, .f16x2, .bf16x2: true
    case .pred, .b8, .b16, .b32, .b64, .u8, .u16, .u32, .u64, .s8, .s16, .s32, .s64: false
    }
  }

  var isSigned: Bool {
    switch self {
    case .s8, .s16, .s32, .s64: true
    case .pred, .b8, .b16, .b32, .b64, .u8, .u16, .u32, .u64, .f16, .bf16, .f32, .f64, .tf32,
      .f16x2, .bf16x2:
      false
    }
  }

  var isUnsigned: Bool {
    switch self {
    case .u8, .u16, .u32, .u64: true
    case .pred, .b8, .b16, .b32, .b64, .s8, .s16, .s32, .s64, .f16, .bf16, .f32, .f64, .tf32,
      .f16x2, .bf16x2:
      false
    }
  }

  var isBits: Bool {
    switch self {
    case .b8, .b16, .b32, .b64: true
    case .pred, .u8, .u16, .u32, .u64, .s8, .s16, .s32, .s64, .f16, .bf16, .f32, .f64, .tf32,
      .f16x2, .bf16x2:
      false
    }
  }

  var isInteger: Bool { isSigned || isUnsigned }
}

/// A state space of memory.
enum Space: UInt8, Sendable {
  case generic, global, shared, local, parameter, constant
}

/// What an instruction does. The lanes' loop is chosen by this and by the type.
enum Operation: UInt8, Sendable {
  // integer and logic
  case add, subtract, multiplyLow, multiplyHigh, multiplyWide, divide, remainder, minimum, maximum
  case and, or, xor, shiftLeft, shiftRight, absolute, negate, not, logicalNot
  case multiplyAddLow, multiplyAddHigh, multiplyAddWide, addSaturating, subtractSaturating
  case populationCount, leadingZeros, bitReverse, findLeadingBit, fieldExtract, fieldInsert
  case funnelLeft, funnelRight, permute, lookup3, absoluteDifference, multiply24, multiplyAdd24
  case dotProduct4
  // floating point
  case floatAdd, floatSubtract, floatMultiply, floatDivide, floatMinimum, floatMaximum, fused
  case floatAbsolute, floatNegate, reciprocal, squareRoot, reciprocalSquareRoot
  case exponential2, logarithm2, sine, cosine, hyperbolicTangent, copySign, testProperty
  // moving and choosing
  case move, insert, extract, select, selectBySign, compare, convert, convertPacked
  case clock, loadParameter
  // memory
  case load, store, atomic
  // across lanes
  case shuffle, vote, activeMask, reduce, matrixMultiply, warpSync, match
  // control
  case branch, exit, barrier, barrierArrive, trap, nothing
}

/// Bits of ``Instruction/flags``.
struct InstructionFlags: OptionSet, Sendable {
  let rawValue: UInt16

  /// The guard is `@!p`.
  static let guardNegated = InstructionFlags(rawValue: 1 << 0)
  /// Subnormal inputs and results become zero of the same sign.
  static let flush = InstructionFlags(rawValue: 1 << 1)
  /// The result is clamped: floats to 0...1 with NaN to 0, integers to the type's range.
  static let saturate = InstructionFlags(rawValue: 1 << 2)
  /// The address register has 32 bits.
  static let address32 = InstructionFlags(rawValue: 1 << 3)
  /// A NaN operand makes the result NaN (`min.NaN`).
  static let propagateNaN = InstructionFlags(rawValue: 1 << 4)
  /// The instruction writes a second result.
  static let second = InstructionFlags(rawValue: 1 << 5)
  /// Amounts wrap instead of clamping (`shf.wrap`).
  static let wrap = InstructionFlags(rawValue: 1 << 6)
  /// Floating-point variants that take the plain loop must have neither of these.
  static let adjusted: InstructionFlags = [.flush, .saturate, .propagateNaN]
}

/// One decoded instruction. Operands are slots: offsets of a register in units of bytes per lane.
struct Instruction: Sendable {
  /// No register: as a guard "always", as a result "none".
  static let none = UInt32.max

  var operation: Operation
  var type: ScalarType = .b32
  /// Meaning depends on the operation: comparison, rounding, truth table, combination.
  var detail: UInt8 = 0
  var space: Space = .generic
  var flags: InstructionFlags = []
  /// Type of the source where it differs (`cvt`, `set`).
  var source: ScalarType = .b32
  /// A second detail: the boolean that combines comparisons.
  var combine: UInt8 = 0
  var guardSlot = Instruction.none
  var d = Instruction.none
  var a = Instruction.none
  var b = Instruction.none
  var c = Instruction.none
  /// Branch target, address offset or immediate.
  var immediate: Int64 = 0
}

/// A slot whose contents do not change within a block: filled when a launch or a block starts.
enum Constant: Hashable, Sendable {
  case bits(UInt64)
  /// Device address of a module variable plus an offset.
  case variable(index: Int, offset: Int64)
  /// Offset, in shared space, of the dynamic array plus an offset.
  case dynamicShared(offset: Int64)
  case special(Special)
}

/// The read-only registers.
enum Special: Hashable, Sendable {
  case tid(Int), ntid(Int), ctaid(Int), nctaid(Int)
  case laneid, warpid, nwarpid, smid, nsmid, gridid
  case lanemaskEqual, lanemaskLess, lanemaskLessEqual, lanemaskGreater, lanemaskGreaterEqual
  case dynamicSharedBytes, totalSharedBytes
}

struct ConstantSlot: Sendable {
  var slot: UInt32
  /// Bytes per lane: 1, 2, 4 or 8.
  var width: Int
  var value: Constant
}

/// What the executor needs of a kernel.
struct Program: Sendable {
  var code: [Instruction] = []
  /// Line in the text of each instruction.
  var lines: [Int32] = []
  /// Register lists of vector accesses, atomics and matrix fragments.
  var lists: [UInt32] = []
  var constants: [ConstantSlot] = []
  /// Bytes per lane of all registers and constants.
  var slotBytes: UInt32 = 0
  /// Alignment of the dynamic shared array, 1 if there is none.
  var dynamicSharedAlignment = 1
}
