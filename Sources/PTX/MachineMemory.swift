// Memory instructions in two steps: first every lane's address becomes a host pointer, checked;
// then the values move between pointers and registers.

extension Machine {
  @inline(never)
  mutating func load(_ i: Instruction, _ f: Frame) throws(Stop) {
    let count = Int(i.b)
    try resolve(i, f, byteCount: count &* i.type.width, isStore: false)
    for element in 0..<count {
      let entry = Int(i.d) + 2 * element
      let d = lists[entry]
      let width = lists[entry + 1]
      let offset = element &* i.type.width
      switch i.type {
      case .b8, .u8, .pred: gather(f, UInt8.self, offset, d, width)
      case .s8: gather(f, Int8.self, offset, d, width)
      case .b16, .u16, .f16, .bf16: gather(f, UInt16.self, offset, d, width)
      case .s16: gather(f, Int16.self, offset, d, width)
      case .b32, .u32, .f32, .tf32, .f16x2, .bf16x2: gather(f, UInt32.self, offset, d, width)
      case .s32: gather(f, Int32.self, offset, d, width)
      case .b64, .u64, .s64, .f64: gather(f, UInt64.self, offset, d, width)
      }
    }
  }

  /// Loads one element per lane and extends it to the register's width.
  @inline(__always)
  private func gather<T: FixedWidthInteger & BitwiseCopyable>(
    _ f: Frame, _: T.Type, _ offset: Int, _ d: UInt32, _ width: UInt32
  ) {
    switch width {
    case 1: gather(f, T.self, offset, f.slot(d, UInt8.self))
    case 2: gather(f, T.self, offset, f.slot(d, UInt16.self))
    case 4: gather(f, T.self, offset, f.slot(d, UInt32.self))
    default: gather(f, T.self, offset, f.slot(d, UInt64.self))
    }
  }

  @inline(__always)
  private func gather<T: FixedWidthInteger & BitwiseCopyable, D: FixedWidthInteger>(
    _ f: Frame, _: T.Type, _ offset: Int, _ d: UnsafeMutablePointer<D>
  ) {
    let pointers = pointers
    f.each {
      d[$0] = D(truncatingIfNeeded: pointers[$0].load(fromByteOffset: offset, as: T.self))
    }
  }

  @inline(never)
  mutating func store(_ i: Instruction, _ f: Frame) throws(Stop) {
    let count = Int(i.b)
    try resolve(i, f, byteCount: count &* i.type.width, isStore: true)
    for element in 0..<count {
      let entry = Int(i.d) + 2 * element
      let offset = element &* i.type.width
      switch i.type.width {
      case 1: scatter(f, UInt8.self, offset, lists[entry], lists[entry + 1])
      case 2: scatter(f, UInt16.self, offset, lists[entry], lists[entry + 1])
      case 4: scatter(f, UInt32.self, offset, lists[entry], lists[entry + 1])
      default: scatter(f, UInt64.self, offset, lists[entry], lists[entry + 1])
      }
    }
  }

  @inline(__always)
  private func scatter<T: FixedWidthInteger & BitwiseCopyable>(
    _ f: Frame, _: T.Type, _ offset: Int, _ a: UInt32, _ width: UInt32
  ) {
    switch width {
    case 1: scatter(f, T.self, offset, f.slot(a, UInt8.self))
    case 2: scatter(f, T.self, offset, f.slot(a, UInt16.self))
    case 4: scatter(f, T.self, offset, f.slot(a, UInt32.self))
    default: scatter(f, T.self, offset, f.slot(a, UInt64.self))
    }
  }

  @inline(__always)
  private func scatter<T: FixedWidthInteger & BitwiseCopyable, S: FixedWidthInteger>(
    _ f: Frame, _: T.Type, _ offset: Int, _ a: UnsafeMutablePointer<S>
  ) {
    let pointers = pointers
    f.each {
      pointers[$0].storeBytes(of: T(truncatingIfNeeded: a[$0]), toByteOffset: offset, as: T.self)
    }
  }

  func loadParameter(_ i: Instruction, _ f: Frame) {
    for element in 0..<Int(i.b) {
      let entry = Int(i.d) + 2 * element
      let from = parameters + (Int(i.immediate) + element * i.type.width)
      let value: UInt64 =
        switch i.type {
        case .b8, .u8, .pred: UInt64(from.loadUnaligned(as: UInt8.self))
        case .s8: UInt64(truncatingIfNeeded: from.loadUnaligned(as: Int8.self))
        case .b16, .u16, .f16, .bf16: UInt64(from.loadUnaligned(as: UInt16.self))
        case .s16: UInt64(truncatingIfNeeded: from.loadUnaligned(as: Int16.self))
        case .b32, .u32, .f32, .tf32, .f16x2, .bf16x2:
          UInt64(from.loadUnaligned(as: UInt32.self))
        case .s32: UInt64(truncatingIfNeeded: from.loadUnaligned(as: Int32.self))
        case .b64, .u64, .s64, .f64: from.loadUnaligned(as: UInt64.self)
        }
      switch lists[entry + 1] {
      case 1: spread(f, lists[entry], UInt8(truncatingIfNeeded: value))
      case 2: spread(f, lists[entry], UInt16(truncatingIfNeeded: value))
      case 4: spread(f, lists[entry], UInt32(truncatingIfNeeded: value))
      default: spread(f, lists[entry], value)
      }
    }
  }

  private func spread<T>(_ f: Frame, _ slot: UInt32, _ value: T) {
    let d = f.slot(slot, T.self)
    f.each { d[$0] = value }
  }

  // MARK: addresses

  /// Fills `pointers` for the frame's lanes, or stops at the first bad address.
  mutating func resolve(
    _ i: Instruction, _ f: Frame, byteCount: Int, isStore: Bool
  ) throws(Stop) {
    if i.flags.contains(.address32) {
      try resolve(i, f, f.slot(i.a, UInt32.self), byteCount, isStore)
    } else {
      try resolve(i, f, f.slot(i.a, UInt64.self), byteCount, isStore)
    }
  }

  @inline(__always)
  private mutating func resolve<A: FixedWidthInteger>(
    _ i: Instruction, _ f: Frame, _ base: UnsafeMutablePointer<A>, _ byteCount: Int,
    _ isStore: Bool
  ) throws(Stop) {
    let offset = UInt64(bitPattern: i.immediate)
    switch i.space {
    case .global, .constant:
      try resolveGlobal(f, base, offset, byteCount, isStore)
    case .shared:
      try resolveFixed(f, base, offset, byteCount, shared, sharedBytes, step: 0)
    case .local:
      try resolveFixed(f, base, offset, byteCount, local, kernel.localBytes, step: localStride)
    case .parameter:
      try resolveFixed(f, base, offset, byteCount, parameters, kernel.parameterBytes, step: 0)
    case .generic:
      for index in 0..<f.runCount {
        for lane in Int(f.runs[index].low)..<Int(f.runs[index].high) {
          let address = UInt64(truncatingIfNeeded: base[lane]) &+ offset
          pointers[lane] = try generic(address, lane, byteCount, isStore)
        }
      }
    }
  }

  @inline(__always)
  private mutating func resolveGlobal<A: FixedWidthInteger>(
    _ f: Frame, _ base: UnsafeMutablePointer<A>, _ offset: UInt64, _ byteCount: Int,
    _ isStore: Bool
  ) throws(Stop) {
    let pointers = pointers
    let mask = UInt64(truncatingIfNeeded: byteCount &- 1)
    var start = windows[pc].address
    var host = windows[pc].host ?? registers
    // One past the last offset at which an access of this size fits.
    var limit = windows[pc].fitting(byteCount, isStore)
    for index in 0..<f.runCount {
      var lane = Int(f.runs[index].low)
      let end = Int(f.runs[index].high)
      while lane < end {
        let address = UInt64(truncatingIfNeeded: base[lane]) &+ offset
        if address &- start >= limit || address & mask != 0 {
          let window = try find(address, lane, byteCount, isStore)
          start = window.address
          host = window.host ?? registers
          limit = window.fitting(byteCount, isStore)
        }
        pointers[lane] = host + Int(truncatingIfNeeded: address &- start)
        lane &+= 1
      }
    }
  }

  /// Looks an address up, and remembers the range for the instruction at `pc`.
  @inline(never)
  private mutating func find(
    _ address: UInt64, _ lane: Int, _ byteCount: Int, _ isStore: Bool
  ) throws(Stop) -> Window {
    guard address & UInt64(byteCount - 1) == 0 else {
      throw Stop(reason: .misalignedAddress(address: address, byteCount: byteCount), lane: lane)
    }
    guard address & Self.windowMask == 0, let range = lookup(address) else {
      throw Stop(reason: .illegalAddress(address: address, byteCount: byteCount), lane: lane)
    }
    let window = Window(
      address: range.address, host: range.host, byteCount: range.byteCount,
      isWritable: range.isWritable)
    guard address &- range.address < window.fitting(byteCount, isStore) else {
      throw Stop(reason: .illegalAddress(address: address, byteCount: byteCount), lane: lane)
    }
    windows[pc] = window
    return window
  }

  /// Shared, local and parameter memory: an array that starts at address 0, one per lane if
  /// `step` is not 0.
  @inline(__always)
  private func resolveFixed<A: FixedWidthInteger>(
    _ f: Frame, _ base: UnsafeMutablePointer<A>, _ offset: UInt64, _ byteCount: Int,
    _ memory: UnsafeMutableRawPointer, _ size: Int, step: Int
  ) throws(Stop) {
    let pointers = pointers
    let limit = size >= byteCount ? UInt64(size - byteCount + 1) : 0
    let mask = UInt64(truncatingIfNeeded: byteCount &- 1)
    for index in 0..<f.runCount {
      var lane = Int(f.runs[index].low)
      let end = Int(f.runs[index].high)
      while lane < end {
        let address = UInt64(truncatingIfNeeded: base[lane]) &+ offset
        if address >= limit || address & mask != 0 {
          throw Stop(
            reason: address & mask != 0
              ? .misalignedAddress(address: address, byteCount: byteCount)
              : .illegalAddress(address: address, byteCount: byteCount), lane: lane)
        }
        pointers[lane] = memory + (Int(truncatingIfNeeded: address) &+ lane &* step)
        lane &+= 1
      }
    }
  }

  private mutating func generic(
    _ address: UInt64, _ lane: Int, _ byteCount: Int, _ isStore: Bool
  ) throws(Stop) -> UnsafeMutableRawPointer {
    let (memory, size): (UnsafeMutableRawPointer, Int)
    switch address & Self.windowMask {
    case Self.sharedWindow: (memory, size) = (shared, sharedBytes)
    case Self.localWindow: (memory, size) = (local + lane * localStride, kernel.localBytes)
    case Self.parameterWindow where !isStore:
      (memory, size) = (parameters, kernel.parameterBytes)
    default:
      let window = windows[pc]
      let isInside =
        address &- window.address < window.fitting(byteCount, isStore)
        && address & UInt64(byteCount - 1) == 0
      let found = isInside ? window : try find(address, lane, byteCount, isStore)
      return (found.host ?? registers) + Int(truncatingIfNeeded: address &- found.address)
    }
    let offset = address & ~Self.windowMask
    guard offset & UInt64(byteCount - 1) == 0 else {
      throw Stop(reason: .misalignedAddress(address: address, byteCount: byteCount), lane: lane)
    }
    guard size >= byteCount, offset <= UInt64(size - byteCount) else {
      throw Stop(reason: .illegalAddress(address: address, byteCount: byteCount), lane: lane)
    }
    return memory + Int(truncatingIfNeeded: offset)
  }
}

extension Window {
  /// How many start offsets an access of this size has within the range.
  @inline(__always)
  func fitting(_ size: Int, _ isStore: Bool) -> UInt64 {
    let size = UInt64(truncatingIfNeeded: size)
    return byteCount >= size && (isWritable || !isStore) ? byteCount &- size &+ 1 : 0
  }
}
