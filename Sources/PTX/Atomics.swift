import Synchronization

// Atomics are sequentially consistent with every thread and process that shares the memory.

extension Machine {
  @inline(never)
  mutating func atomic(_ i: Instruction, _ f: Frame) throws(Stop) {
    try resolve(i, f, byteCount: i.type.width, isStore: true)
    let operation = AtomicOperation(rawValue: i.detail) ?? .exchange
    let c = operation == .compareSwap ? i.c : i.b
    switch i.type {
    case .u32, .b32:
      update(i, f, c, UInt32.self) { (old: UInt32, b, c) in
        operation.applied(to: old, b, c)
      }
    case .s32:
      update(i, f, c, UInt32.self) { (old: UInt32, b, c) in
        UInt32(
          bitPattern: operation.applied(
            to: Int32(bitPattern: old), Int32(bitPattern: b), Int32(bitPattern: c)))
      }
    case .f32:
      update(i, f, c, UInt32.self) { (old: UInt32, b, c) in
        (Float(bitPattern: old) + Float(bitPattern: b)).bitPattern
      }
    case .u64, .b64:
      update(i, f, c, UInt64.self) { (old: UInt64, b, c) in
        operation.applied(to: old, b, c)
      }
    case .s64:
      update(i, f, c, UInt64.self) { (old: UInt64, b, c) in
        UInt64(
          bitPattern: operation.applied(
            to: Int64(bitPattern: old), Int64(bitPattern: b), Int64(bitPattern: c)))
      }
    case .f64:
      update(i, f, c, UInt64.self) { (old: UInt64, b, c) in
        (Double(bitPattern: old) + Double(bitPattern: b)).bitPattern
      }
    case .pred, .b8, .u8, .s8, .b16, .u16, .s16, .f16, .bf16, .tf32, .f16x2, .bf16x2: break
    }
  }

  /// Lane after lane: the old value goes to the result, the new one to memory.
  @inline(__always)
  private func update<T: AtomicInteger>(
    _ i: Instruction, _ f: Frame, _ third: UInt32, _: T.Type, _ change: (T, T, T) -> T
  ) {
    let b = f.slot(i.b, T.self)
    let c = f.slot(third, T.self)
    let d = f.slot(i.d, T.self)
    let pointers = pointers
    f.each {
      var old = T.load(pointers[$0])
      while !T.replace(pointers[$0], &old, change(old, b[$0], c[$0])) {}
      d[$0] = old
    }
  }
}

extension AtomicOperation {
  @inline(__always)
  func applied<T: FixedWidthInteger>(to old: T, _ b: T, _ c: T) -> T {
    switch self {
    case .add: old &+ b
    case .min: Swift.min(old, b)
    case .max: Swift.max(old, b)
    case .and: old & b
    case .or: old | b
    case .xor: old ^ b
    case .exchange: b
    case .compareSwap: old == b ? c : old
    case .increment: old >= b ? 0 : old &+ 1
    case .decrement: old == 0 || old > b ? b : old &- 1
    }
  }
}

/// The two sizes memory is updated in.
protocol AtomicInteger: FixedWidthInteger {
  static func load(_ pointer: UnsafeMutableRawPointer) -> Self
  /// Stores `new` if memory still holds `old`; otherwise sets `old` to what it holds.
  static func replace(_ pointer: UnsafeMutableRawPointer, _ old: inout Self, _ new: Self) -> Bool
}

extension UInt32: AtomicInteger {
  @inline(__always)
  static func load(_ pointer: UnsafeMutableRawPointer) -> UInt32 {
    pointer.assumingMemoryBound(to: Atomic<UInt32>.self).pointee.load(
      ordering: .sequentiallyConsistent)
  }

  @inline(__always)
  static func replace(
    _ pointer: UnsafeMutableRawPointer, _ old: inout UInt32, _ new: UInt32
  ) -> Bool {
    let (exchanged, original) = pointer.assumingMemoryBound(to: Atomic<UInt32>.self).pointee
      .compareExchange(expected: old, desired: new, ordering: .sequentiallyConsistent)
    if !exchanged { old = original }
    return exchanged
  }
}

extension UInt64: AtomicInteger {
  @inline(__always)
  static func load(_ pointer: UnsafeMutableRawPointer) -> UInt64 {
    pointer.assumingMemoryBound(to: Atomic<UInt64>.self).pointee.load(
      ordering: .sequentiallyConsistent)
  }

  @inline(__always)
  static func replace(
    _ pointer: UnsafeMutableRawPointer, _ old: inout UInt64, _ new: UInt64
  ) -> Bool {
    let (exchanged, original) = pointer.assumingMemoryBound(to: Atomic<UInt64>.self).pointee
      .compareExchange(expected: old, desired: new, ordering: .sequentiallyConsistent)
    if !exchanged { old = original }
    return exchanged
  }
}
