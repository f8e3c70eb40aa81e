public import CDriver
internal import Glibc

/// Host memory that the device can reach.
struct HostRange {
  var flags: UInt32
  /// From `cuMemHostAlloc`: ours to free. Otherwise registered.
  var isOwned: Bool
  let context: Context
  var id: UInt64
}

extension Driver {
  public func hostAllocate(_ bytes: Int, flags: UInt32) throws(Failure) -> UnsafeMutableRawPointer {
    let context = try currentContext()
    guard bytes > 0, flags & ~7 == 0 else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    try refuseUnsafeCall()
    let size = (bytes + 4095) / 4096 * 4096
    // Pinned memory is there from the start.
    let kind = MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE
    let place = mmap(nil, size, PROT_READ | PROT_WRITE, kind, -1, 0)
    guard let place, place != MAP_FAILED else { throw Failure(CUDA_ERROR_OUT_OF_MEMORY) }
    pin(UInt64(bytes))
    let start = UInt64(UInt(bitPattern: place))
    _ = hostMemory.insert(
      start..<(start + UInt64(bytes)),
      HostRange(flags: flags, isOwned: true, context: context, id: uniqueId()))
    return place
  }

  public func hostFree(_ pointer: UnsafeMutableRawPointer?) throws(Failure) {
    let context = try currentContext()
    try refuseUnsafeCall()
    let start = UInt64(UInt(bitPattern: pointer))
    guard let row = hostMemory.row(startingAt: start), row.value.isOwned else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    hostMemory.remove(startingAt: start)
    synchronise(device: context.device)
    let bytes = Int(row.range.upperBound - start)
    _ = monitor.changingMemory { munmap(pointer!, (bytes + 4095) / 4096 * 4096) }
  }

  public func hostRegister(
    _ pointer: UnsafeMutableRawPointer?, _ bytes: Int, flags: UInt32
  ) throws(Failure) {
    let context = try currentContext()
    guard let pointer, bytes > 0, flags & ~15 == 0 else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    try refuseUnsafeCall()
    let start = UInt64(UInt(bitPattern: pointer))
    let (end, overflow) = start.addingReportingOverflow(UInt64(bytes))
    if overflow || !isMapped(start..<end) { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    let inserted = hostMemory.insert(
      start..<end, HostRange(flags: flags, isOwned: false, context: context, id: uniqueId()))
    if !inserted { throw Failure(CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED) }
    pin(UInt64(bytes))
  }

  public func hostUnregister(_ pointer: UnsafeMutableRawPointer?) throws(Failure) {
    let context = try currentContext()
    try refuseUnsafeCall()
    let start = UInt64(UInt(bitPattern: pointer))
    guard let row = hostMemory.row(startingAt: start), !row.value.isOwned else {
      throw Failure(CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED)
    }
    hostMemory.remove(startingAt: row.range.lowerBound)
    synchronise(device: context.device)
  }

  public func hostDevicePointer(_ pointer: UnsafeMutableRawPointer?) throws(Failure) -> CUdeviceptr
  {
    _ = try currentContext()
    let address = UInt64(UInt(bitPattern: pointer))
    guard hostMemory.row(containing: address) != nil else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    return address
  }

  public func hostFlags(_ pointer: UnsafeMutableRawPointer?) throws(Failure) -> UInt32 {
    _ = try currentContext()
    guard let row = hostMemory.row(containing: UInt64(UInt(bitPattern: pointer))) else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    return row.value.flags | CU_MEMHOSTALLOC_DEVICEMAP
  }

  private func isMapped(_ range: Range<UInt64>) -> Bool {
    let first = range.lowerBound / 4096 * 4096
    let pages = (range.upperBound - first + 4095) / 4096
    var residency = [UInt8](repeating: 0, count: Int(min(pages, 65536)))
    var page: UInt64 = 0
    while page < pages {
      let count = min(pages - page, 65536)
      let place = UnsafeMutableRawPointer(bitPattern: UInt(first + page * 4096))
      guard let place, mincore(place, Int(count * 4096), &residency) == 0 else { return false }
      page += count
    }
    return true
  }

  /// Waits as long as pinning takes, holding the driver's lock: pinning stalls a process's other
  /// calls on real drivers too.
  private func pin(_ bytes: UInt64) {
    let milliseconds = file[.pinning]
    if milliseconds == 0 { return }
    let nanoseconds = Double(bytes) / Double(1 << 30) * Double(milliseconds) * 1e6
    Monotonic.wait(until: Monotonic.nanoseconds() + UInt64(nanoseconds))
  }
}
