public import CDriver
internal import Glibc

/// Memory from `cuMemAlloc` and its relatives.
struct Allocation {
  enum Kind {
    case device, managed, module
    /// Stream-ordered, of a pool.
    case stream(MemoryPool)
    /// Allocated by a node of a graph.
    case graph
  }

  var kind: Kind
  let context: Context
  var id: UInt64
  /// Frames of its own, or none when it lies in a slab.
  var frames: [Int]

  var isModule: Bool { if case .module = kind { true } else { false } }
  var isManaged: Bool { if case .managed = kind { true } else { false } }
  var isOfGraph: Bool { if case .graph = kind { true } else { false } }
  var pool: MemoryPool? { if case .stream(let pool) = kind { pool } else { nil } }
}

/// One frame shared by small allocations.
final class Slab {
  let address: UInt64
  let device: Int
  let frames: [Int]
  var free: [Range<UInt64>]

  init(address: UInt64, device: Int, frames: [Int]) {
    self.address = address
    self.device = device
    self.frames = frames
    free = [address..<(address + AddressSpace.pageBytes)]
  }

  var isEmpty: Bool {
    free.count == 1
      && free[0].upperBound - free[0].lowerBound == AddressSpace.pageBytes
  }

  func take(_ size: UInt64) -> UInt64? {
    guard let index = free.firstIndex(where: { $0.upperBound - $0.lowerBound >= size }) else {
      return nil
    }
    let start = free[index].lowerBound
    if free[index].upperBound == start + size {
      free.remove(at: index)
    } else {
      free[index] = (start + size)..<free[index].upperBound
    }
    return start
  }

  func give(_ range: Range<UInt64>) {
    free.append(range)
    free.sort { $0.lowerBound < $1.lowerBound }
    var merged: [Range<UInt64>] = []
    for range in free {
      if let last = merged.last, last.upperBound == range.lowerBound {
        merged[merged.count - 1] = last.lowerBound..<range.upperBound
      } else {
        merged.append(range)
      }
    }
    free = merged
  }
}

extension Driver {
  /// Alignment of small allocations.
  static let smallAlignment: UInt64 = 512

  public func allocate(_ bytes: Int) throws(Failure) -> CUdeviceptr {
    let context = try currentContext()
    try refuseUnsafeCall()
    return try allocate(bytes, context, .device)
  }

  /// Allocates rows of at least `width` bytes at a pitch that is a multiple of 512.
  public func allocatePitch(
    width: Int, height: Int, element: UInt32
  ) throws(Failure) -> (address: CUdeviceptr, pitch: Int) {
    guard [4, 8, 16].contains(element), width > 0, height > 0, width <= 1 << 31 else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    let pitch = (width + 511) / 512 * 512
    let (bytes, overflow) = pitch.multipliedReportingOverflow(by: height)
    if overflow { throw Failure(CUDA_ERROR_OUT_OF_MEMORY) }
    return (try allocate(bytes), pitch)
  }

  /// Managed memory, in simple form: it always lies in device memory, and the host sees it there.
  public func allocateManaged(_ bytes: Int, flags: UInt32) throws(Failure) -> CUdeviceptr {
    guard flags == CU_MEM_ATTACH_GLOBAL.rawValue || flags == CU_MEM_ATTACH_HOST.rawValue else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    let context = try currentContext()
    try refuseUnsafeCall()
    return try allocate(bytes, context, .managed)
  }

  public func free(_ address: CUdeviceptr) throws(Failure) {
    if address == 0 { return }
    _ = try currentContext()
    try refuseUnsafeCall()
    guard let row = allocations.row(startingAt: address), !row.value.isModule else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    if row.value.isOfGraph { return try freeGraphMemory(address) }
    synchronise(device: row.value.context.device)
    // Another thread may have freed it while this one waited.
    guard let now = allocations.row(startingAt: address), now.value.id == row.value.id else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    release(now)
  }

  /// Frees once the stream's earlier work is done. In a capture it is a node, and what it frees a
  /// graph's memory.
  public func freeAsync(
    _ address: CUdeviceptr, _ handle: CUstream?, perThread: Bool
  ) throws(Failure) {
    let stream = try stream(handle, perThread: perThread)
    guard let row = allocations.row(startingAt: address), !row.value.isModule else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    if let capture = stream.capture {
      try refuseInvalidated(capture)
      let node = try addFree(address, to: capture.graph, stream.captureTail, stream.context)
      stream.captureTail = [node]
      return
    }
    if row.value.isOfGraph { return try freeGraphMemory(address) }
    let id = row.value.id
    stream.submit(
      Operation(
        work: { [self] in
          monitor.lock()
          if let now = allocations.row(startingAt: address), now.value.id == id { release(now) }
          monitor.unlock()
          return CUDA_SUCCESS
        }, always: true))
  }

  /// Free and total bytes of the current context's device.
  public func memoryInfo() throws(Failure) -> (free: UInt64, total: UInt64) {
    let context = try currentContext()
    return (file.freeBytes(ofDevice: context.device), file.memoryBytes)
  }

  func allocate(
    _ bytes: Int, _ context: Context, _ kind: Allocation.Kind
  ) throws(Failure) -> CUdeviceptr {
    if bytes <= 0 { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    let page = AddressSpace.pageBytes
    if UInt64(bytes) > file.memoryBytes { throw Failure(CUDA_ERROR_OUT_OF_MEMORY) }
    if UInt64(bytes) < page { return try allocateSmall(UInt64(bytes), context, kind) }
    let mapped = (UInt64(bytes) + page - 1) / page * page
    let (address, frames) = try populate(mapped, device: context.device)
    _ = allocations.insert(
      address..<(address + UInt64(bytes)),
      Allocation(kind: kind, context: context, id: uniqueId(), frames: frames))
    return address
  }

  private func allocateSmall(
    _ bytes: UInt64, _ context: Context, _ kind: Allocation.Kind
  ) throws(Failure) -> CUdeviceptr {
    let size = (bytes + Self.smallAlignment - 1) / Self.smallAlignment * Self.smallAlignment
    var address: UInt64?
    for slab in slabs where slab.device == context.device && address == nil {
      address = slab.take(size)
    }
    if address == nil {
      let (place, frames) = try populate(AddressSpace.pageBytes, device: context.device)
      let slab = Slab(address: place, device: context.device, frames: frames)
      slabs.append(slab)
      address = slab.take(size)
    }
    guard let address else { throw Failure(CUDA_ERROR_OUT_OF_MEMORY) }
    _ = allocations.insert(
      address..<(address + bytes),
      Allocation(kind: kind, context: context, id: uniqueId(), frames: []))
    return address
  }

  /// Reserves addresses and maps frames there, accessible.
  private func populate(
    _ bytes: UInt64, device: Int
  ) throws(Failure) -> (address: UInt64, frames: [Int]) {
    let page = AddressSpace.pageBytes
    guard let address = space.reserve(bytes, alignment: page, hint: 0) else {
      throw Failure(CUDA_ERROR_OUT_OF_MEMORY)
    }
    let frames = takeFrames(Int(bytes / page), device: device)
    guard let frames, space.map(frames, of: file, device: device, at: address) else {
      if let frames { file.give(frames, device: device) }
      space.unreserve(address..<(address + bytes))
      throw Failure(CUDA_ERROR_OUT_OF_MEMORY)
    }
    space.setAccess(
      address..<(address + bytes), AddressSpace.readable | AddressSpace.writable)
    return (address, frames)
  }

  /// Takes frames and makes sure that the file system really has their pages: a full tmpfs would
  /// otherwise kill the process at its first touch.
  func takeFrames(_ count: Int, device: Int) -> [Int]? {
    guard let frames = file.take(count, device: device, process: processIndex) else { return nil }
    for frame in frames {
      let offset = off_t(file.offset(device: device, frame: frame))
      if posix_fallocate(file.descriptor, offset, off_t(DeviceFile.frameBytes)) == ENOSPC {
        Report.line("no space left where the simulated GPU's file lies")
        file.give(frames, device: device)
        return nil
      }
    }
    return frames
  }

  func release(_ row: RangeTable<Allocation>.Row) {
    let start = row.range.lowerBound
    let page = AddressSpace.pageBytes
    allocations.remove(startingAt: start)
    row.value.pool?.give(row.range.upperBound - start)
    let device = row.value.context.device
    if !row.value.frames.isEmpty {
      let range = start..<(start + UInt64(row.value.frames.count) * page)
      monitor.changingMemory { space.unmap(range) }
      file.give(row.value.frames, device: device)
      space.unreserve(range)
      return
    }
    let length = row.range.upperBound - start
    let size = (length + Self.smallAlignment - 1) / Self.smallAlignment * Self.smallAlignment
    guard let index = slabs.firstIndex(where: { $0.address == start / page * page }) else { return }
    let slab = slabs[index]
    slab.give(start..<(start + size))
    if slab.isEmpty {
      slabs.remove(at: index)
      let range = slab.address..<(slab.address + page)
      monitor.changingMemory { space.unmap(range) }
      file.give(slab.frames, device: device)
      space.unreserve(range)
    }
  }

  func freeAllocations(of context: Context) {
    forgetGraphMemory(of: context)
    for row in allocations.rows where row.value.context === context { release(row) }
  }

  func freeModuleVariable(_ address: CUdeviceptr) {
    if let row = allocations.row(startingAt: address) { release(row) }
  }

  /// Waits for everything submitted so far to a device by this process.
  func synchronise(device: Int) {
    var ends: [Position] = []
    for context in table.all(Context.self) where context.device == device {
      ends += context.allStreams.map(\.end)
    }
    wait(for: ends)
  }
}

/// Lines for the person who runs the program: what an error code cannot say.
enum Report {
  static func line(_ text: String) {
    let bytes = Array("simulated GPU: \(text)\n".utf8)
    _ = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
  }
}
