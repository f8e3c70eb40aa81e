public import CDriver
internal import Glibc

extension Driver {
  /// Makes the stream wait until the word at `address` compares with `value` as `flags` say.
  public func streamWaitValue(
    _ handle: CUstream?, _ address: CUdeviceptr, _ value: UInt64, bytes: Int, flags: UInt32,
    perThread: Bool
  ) throws(Failure) {
    let stream = try stream(handle, perThread: perThread)
    try enqueue(on: stream, .operations(try waiting(address, value, bytes: bytes, flags: flags)))
  }

  private func waiting(
    _ address: CUdeviceptr, _ value: UInt64, bytes: Int, flags: UInt32
  ) throws(Failure) -> @Sendable () -> CUresult {
    guard flags & 0x3 == flags & ~CU_STREAM_WAIT_VALUE_FLUSH.rawValue,
      address % UInt64(bytes) == 0, isReachable(address, bytes)
    else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    return { [self] in
      while !isClosing {
        let now = monitor.accessingMemory { load(address, bytes) }
        guard let now else { return CUDA_ERROR_ILLEGAL_ADDRESS }
        if Self.holds(now, value, bytes: bytes, flags & 3) { return CUDA_SUCCESS }
        Monotonic.wait(until: Monotonic.nanoseconds() + 20_000)
      }
      return CUDA_SUCCESS
    }
  }

  public func streamWriteValue(
    _ handle: CUstream?, _ address: CUdeviceptr, _ value: UInt64, bytes: Int, flags: UInt32,
    perThread: Bool
  ) throws(Failure) {
    let stream = try stream(handle, perThread: perThread)
    try enqueue(on: stream, .operations(try writing(address, value, bytes: bytes, flags: flags)))
  }

  private func writing(
    _ address: CUdeviceptr, _ value: UInt64, bytes: Int, flags: UInt32
  ) throws(Failure) -> @Sendable () -> CUresult {
    guard flags & ~1 == 0, address % UInt64(bytes) == 0, isReachable(address, bytes) else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    return { [self] in
      let stored = monitor.accessingMemory { store(address, value, bytes) }
      return stored ? CUDA_SUCCESS : CUDA_ERROR_ILLEGAL_ADDRESS
    }
  }

  /// Several waits and writes as one piece of work, in their order.
  func operations(
    _ list: UnsafeMutablePointer<CUstreamBatchMemOpParams>, _ count: UInt32, _ flags: UInt32
  ) throws(Failure) -> @Sendable () -> CUresult {
    guard count > 0, count <= 256, flags == 0 else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    var steps: [@Sendable () -> CUresult] = []
    for index in 0..<Int(count) {
      let one = list[index].value
      let low = UInt64(UInt32(truncatingIfNeeded: one.value64))
      switch list[index].operation {
      case CU_STREAM_MEM_OP_WAIT_VALUE_32:
        steps.append(try waiting(one.address, low, bytes: 4, flags: one.flags))
      case CU_STREAM_MEM_OP_WAIT_VALUE_64:
        steps.append(try waiting(one.address, one.value64, bytes: 8, flags: one.flags))
      case CU_STREAM_MEM_OP_WRITE_VALUE_32:
        steps.append(try writing(one.address, low, bytes: 4, flags: one.flags))
      case CU_STREAM_MEM_OP_WRITE_VALUE_64:
        steps.append(try writing(one.address, one.value64, bytes: 8, flags: one.flags))
      case CU_STREAM_MEM_OP_BARRIER: break
      default: throw Failure(CUDA_ERROR_NOT_SUPPORTED)
      }
    }
    return { [steps] in
      for step in steps {
        let code = step()
        if code != CUDA_SUCCESS { return code }
      }
      return CUDA_SUCCESS
    }
  }

  public func streamOperations(
    _ list: UnsafeMutablePointer<CUstreamBatchMemOpParams>, _ count: UInt32, _ flags: UInt32,
    on handle: CUstream?, perThread: Bool
  ) throws(Failure) {
    let stream = try stream(handle, perThread: perThread)
    try enqueue(on: stream, .operations(try operations(list, count, flags)))
  }

  /// Hints are for managed memory, which is always where it is wanted here; others are refused.
  public func checkManaged(_ address: CUdeviceptr, _ bytes: Int) throws(Failure) {
    guard bytes > 0, let row = allocations.row(containing: address), row.value.isManaged,
      address + UInt64(bytes) <= row.range.upperBound
    else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
  }

  private func isReachable(_ address: UInt64, _ bytes: Int) -> Bool {
    allocations.row(containing: address) != nil || mappings.row(containing: address) != nil
      || hostMemory.row(containing: address) != nil
  }

  private func load(_ address: UInt64, _ bytes: Int) -> UInt64? {
    if space.contains(address), !space.allows(address, UInt64(bytes), AddressSpace.readable) {
      return nil
    }
    let place = space.pointer(address)
    return bytes == 4
      ? UInt64(place.load(as: UInt32.self)) : place.load(as: UInt64.self)
  }

  private func store(_ address: UInt64, _ value: UInt64, _ bytes: Int) -> Bool {
    if space.contains(address), !space.allows(address, UInt64(bytes), AddressSpace.writable) {
      return false
    }
    let place = space.pointer(address)
    if bytes == 4 {
      place.storeBytes(of: UInt32(truncatingIfNeeded: value), as: UInt32.self)
    } else {
      place.storeBytes(of: value, as: UInt64.self)
    }
    return true
  }

  private static func holds(_ now: UInt64, _ value: UInt64, bytes: Int, _ kind: UInt32) -> Bool {
    switch kind {
    case 0:
      // The difference, as a signed number: a counter that wraps still compares.
      return bytes == 4
        ? Int32(truncatingIfNeeded: now &- value) >= 0 : Int64(bitPattern: now &- value) >= 0
    case 1: return now == value
    case 2: return now & value != 0
    default:
      let mask: UInt64 = bytes == 4 ? 0xffff_ffff : .max
      return ~(now | value) & mask != 0
    }
  }
}
