public import CDriver

/// One physical allocation: frames that live while a handle or a mapping does.
final class PhysicalMemory {
  let id: UInt64
  let device: Int
  let frames: [Int]
  let properties: CUmemAllocationProp
  var handleCount = 1
  var mappingCount = 0

  init(id: UInt64, device: Int, frames: [Int], properties: CUmemAllocationProp) {
    self.id = id
    self.device = device
    self.frames = frames
    self.properties = properties
  }

  var bytes: UInt64 { UInt64(frames.count) * AddressSpace.pageBytes }
}

struct Mapping {
  let memory: PhysicalMemory
  /// Access by device; none at first.
  var access: [Int32: UInt32] = [:]
}

extension Driver {
  /// Smallest and recommended size of physical memory: one frame.
  public static let granularityBytes = DeviceFile.frameBytes

  public func granularity(_ properties: CUmemAllocationProp) throws(Failure) -> Int {
    _ = try physicalDevice(properties)
    return Self.granularityBytes
  }

  public func addressReserve(
    _ size: Int, alignment: Int, hint: CUdeviceptr, flags: UInt64
  ) throws(Failure) -> CUdeviceptr {
    let page = Self.granularityBytes
    guard size > 0, size % page == 0, flags == 0, alignment >= 0,
      alignment == 0 || alignment & (alignment - 1) == 0
    else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    let address = space.reserve(
      UInt64(size), alignment: UInt64(max(alignment, page)), hint: hint)
    guard let address else { throw Failure(CUDA_ERROR_OUT_OF_MEMORY) }
    _ = reservations.insert(address..<(address + UInt64(size)), ())
    return address
  }

  public func addressFree(_ address: CUdeviceptr, _ size: Int) throws(Failure) {
    guard let row = reservations.row(startingAt: address), size > 0,
      row.range.upperBound - row.range.lowerBound == UInt64(size),
      mappings.rows(overlapping: row.range).isEmpty
    else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    reservations.remove(startingAt: address)
    space.unreserve(row.range)
  }

  public func memoryCreate(
    _ size: Int, _ properties: CUmemAllocationProp, flags: UInt64
  ) throws(Failure) -> CUmemGenericAllocationHandle {
    let device = try physicalDevice(properties)
    guard size > 0, size % Self.granularityBytes == 0, flags == 0 else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    guard let frames = takeFrames(size / Self.granularityBytes, device: device) else {
      throw Failure(CUDA_ERROR_OUT_OF_MEMORY)
    }
    let id = nextPhysical
    nextPhysical += 1
    physical[id] = PhysicalMemory(id: id, device: device, frames: frames, properties: properties)
    return id
  }

  public func memoryRelease(_ handle: CUmemGenericAllocationHandle) throws(Failure) {
    let memory = try physicalMemory(handle)
    memory.handleCount -= 1
    dropIfUnused(memory)
  }

  public func memoryMap(
    _ address: CUdeviceptr, _ size: Int, offset: Int, _ handle: CUmemGenericAllocationHandle,
    flags: UInt64
  ) throws(Failure) {
    let memory = try physicalMemory(handle)
    let page = UInt64(Self.granularityBytes)
    guard size > 0, UInt64(size) % page == 0, offset == 0, flags == 0, address % page == 0,
      UInt64(size) <= memory.bytes
    else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    let (end, overflow) = address.addingReportingOverflow(UInt64(size))
    guard !overflow, let reservation = reservations.row(containing: address),
      end <= reservation.range.upperBound,
      mappings.insert(address..<end, Mapping(memory: memory))
    else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    let frames = Array(memory.frames.prefix(size / Self.granularityBytes))
    guard space.map(frames, of: file, device: memory.device, at: address) else {
      mappings.remove(startingAt: address)
      throw Failure(CUDA_ERROR_MAP_FAILED)
    }
    memory.mappingCount += 1
  }

  /// Unmaps whole mappings that fill the range, after everything submitted so far.
  public func memoryUnmap(_ address: CUdeviceptr, _ size: Int) throws(Failure) {
    let rows = try mappedRows(address, size, whole: true)
    for device in Set(rows.map(\.value.memory.device)) { synchronise(device: device) }
    // Another thread may have unmapped while this one waited.
    let still = try mappedRows(address, size, whole: true)
    monitor.changingMemory { space.unmap(address..<(address + UInt64(size))) }
    for row in still {
      mappings.remove(startingAt: row.range.lowerBound)
      row.value.memory.mappingCount -= 1
      dropIfUnused(row.value.memory)
    }
  }

  public func memorySetAccess(
    _ address: CUdeviceptr, _ size: Int, _ descriptions: [CUmemAccessDesc]
  ) throws(Failure) {
    let page = UInt64(Self.granularityBytes)
    guard !descriptions.isEmpty, address % page == 0, size > 0, UInt64(size) % page == 0 else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    for description in descriptions {
      guard description.location.type == CU_MEM_LOCATION_TYPE_DEVICE,
        [0, 1, 3].contains(description.flags.rawValue)
      else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
      _ = try deviceIndex(description.location.id)
    }
    let rows = try mappedRows(address, size, whole: false)
    for device in Set(rows.map(\.value.memory.device)) { synchronise(device: device) }
    let still = try mappedRows(address, size, whole: false)
    for row in still {
      mappings.update(startingAt: row.range.lowerBound) { mapping in
        for description in descriptions {
          mapping.access[description.location.id] = description.flags.rawValue
        }
      }
    }
    monitor.changingMemory {
      for row in still {
        guard let mapping = mappings.row(startingAt: row.range.lowerBound) else { continue }
        let union = mapping.value.access.values.reduce(0, |)
        let part = row.range.clamped(to: address..<(address + UInt64(size)))
        space.setAccess(part, UInt8(union & 3))
      }
    }
  }

  public func memoryAccess(
    _ address: CUdeviceptr, _ location: CUmemLocation
  ) throws(Failure) -> UInt64 {
    guard location.type == CU_MEM_LOCATION_TYPE_DEVICE else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    let device = try deviceIndex(location.id)
    guard let row = mappings.row(containing: address) else {
      guard let row = allocations.row(containing: address) else {
        throw Failure(CUDA_ERROR_INVALID_VALUE)
      }
      return row.value.context.device == device ? 3 : 0
    }
    return UInt64(row.value.access[Int32(device)] ?? 0)
  }

  public func memoryRetain(
    _ address: CUdeviceptr
  ) throws(Failure) -> CUmemGenericAllocationHandle {
    guard let row = mappings.row(containing: address) else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    let memory = row.value.memory
    memory.handleCount += 1
    physical[memory.id] = memory
    return memory.id
  }

  public func memoryProperties(
    _ handle: CUmemGenericAllocationHandle
  ) throws(Failure) -> CUmemAllocationProp {
    try physicalMemory(handle).properties
  }

  private func physicalMemory(
    _ handle: CUmemGenericAllocationHandle
  ) throws(Failure) -> PhysicalMemory {
    guard let memory = physical[handle] else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    return memory
  }

  private func physicalDevice(_ properties: CUmemAllocationProp) throws(Failure) -> Int {
    guard properties.type == CU_MEM_ALLOCATION_TYPE_PINNED else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    switch properties.location.type {
    case CU_MEM_LOCATION_TYPE_DEVICE: return try deviceIndex(properties.location.id)
    case CU_MEM_LOCATION_TYPE_HOST, CU_MEM_LOCATION_TYPE_HOST_NUMA,
      CU_MEM_LOCATION_TYPE_HOST_NUMA_CURRENT:
      throw Failure(CUDA_ERROR_NOT_SUPPORTED)
    default: throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
  }

  private func dropIfUnused(_ memory: PhysicalMemory) {
    if memory.handleCount == 0 { physical[memory.id] = nil }
    if memory.handleCount == 0, memory.mappingCount == 0 {
      file.give(memory.frames, device: memory.device)
    }
  }

  /// The mappings that fill a range without gaps; `whole`: and that end where it ends.
  private func mappedRows(
    _ address: CUdeviceptr, _ size: Int, whole: Bool
  ) throws(Failure) -> [RangeTable<Mapping>.Row] {
    let refusal = Failure(CUDA_ERROR_INVALID_VALUE)
    guard size > 0 else { throw refusal }
    let (end, overflow) = address.addingReportingOverflow(UInt64(size))
    if overflow { throw refusal }
    let rows = Array(mappings.rows(overlapping: address..<end))
    guard let first = rows.first, let last = rows.last else { throw refusal }
    var reached = whole ? address : first.range.lowerBound
    for row in rows {
      if row.range.lowerBound != reached { throw refusal }
      reached = row.range.upperBound
    }
    let starts = first.range.lowerBound == address || (!whole && first.range.contains(address))
    let ends = last.range.upperBound == end || (!whole && last.range.upperBound > end)
    if !starts || !ends { throw refusal }
    return rows
  }
}
