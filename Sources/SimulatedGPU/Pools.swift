public import CDriver

/// A memory pool: what is in use of it and what a client set. It keeps nothing that is free, and
/// memory is there at once; freeing waits for its turn in the stream.
final class MemoryPool: DriverObject {
  let properties: CUmemPoolProps
  let isDefault: Bool
  /// Set by clients and given back to them: reuse rules (1 to 3) and threshold (4).
  var settings: [UInt32: UInt64] = [1: 1, 2: 1, 3: 1, 4: 0]
  private(set) var usedBytes: UInt64 = 0
  var usedBytesHigh: UInt64 = 0
  var reservedBytesHigh: UInt64 = 0

  init(_ properties: CUmemPoolProps, isDefault: Bool) {
    self.properties = properties
    self.isDefault = isDefault
  }

  var device: Int { Int(properties.location.id) }

  /// Whole frames.
  var reservedBytes: UInt64 {
    (usedBytes + AddressSpace.pageBytes - 1) / AddressSpace.pageBytes * AddressSpace.pageBytes
  }

  func take(_ bytes: UInt64) {
    usedBytes += bytes
    usedBytesHigh = max(usedBytesHigh, usedBytes)
    reservedBytesHigh = max(reservedBytesHigh, reservedBytes)
  }

  func give(_ bytes: UInt64) { usedBytes -= min(usedBytes, bytes) }
}

extension Driver {
  private func pool(_ handle: CUmemoryPool?) throws(Failure) -> MemoryPool {
    guard let pool = table.find(handle, as: MemoryPool.self) else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    return pool
  }

  private func handle(_ pool: MemoryPool) -> CUmemoryPool {
    OpaquePointer(bitPattern: pool.handle)!
  }

  private func defaultPool(_ device: Int) -> MemoryPool {
    if let pool = defaultPools[device] { return pool }
    var properties = CUmemPoolProps()
    properties.allocType = CU_MEM_ALLOCATION_TYPE_PINNED
    properties.location = CUmemLocation(type: CU_MEM_LOCATION_TYPE_DEVICE, id: Int32(device))
    let pool = MemoryPool(properties, isDefault: true)
    _ = table.add(pool)
    defaultPools[device] = pool
    return pool
  }

  func currentPool(_ device: Int) -> MemoryPool { currentPools[device] ?? defaultPool(device) }

  public func poolDefault(_ device: CUdevice) throws(Failure) -> CUmemoryPool {
    handle(defaultPool(try deviceIndex(device)))
  }

  public func poolCurrent(_ device: CUdevice) throws(Failure) -> CUmemoryPool {
    handle(currentPool(try deviceIndex(device)))
  }

  public func poolSetCurrent(_ device: CUdevice, _ handle: CUmemoryPool?) throws(Failure) {
    let index = try deviceIndex(device)
    let pool = try pool(handle)
    guard pool.device == index else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    currentPools[index] = pool
  }

  public func poolCreate(_ properties: CUmemPoolProps) throws(Failure) -> CUmemoryPool {
    guard properties.allocType == CU_MEM_ALLOCATION_TYPE_PINNED else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    guard properties.location.type == CU_MEM_LOCATION_TYPE_DEVICE,
      properties.handleTypes == CU_MEM_HANDLE_TYPE_NONE
    else { throw Failure(CUDA_ERROR_NOT_SUPPORTED) }
    _ = try deviceIndex(properties.location.id)
    return table.add(MemoryPool(properties, isDefault: false))
  }

  /// What is still in use stays until it is freed.
  public func poolDestroy(_ handle: CUmemoryPool?) throws(Failure) {
    let pool = try pool(handle)
    if pool.isDefault { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    if currentPools[pool.device] === pool { currentPools[pool.device] = nil }
    table.remove(pool)
  }

  public func poolTrim(_ handle: CUmemoryPool?) throws(Failure) { _ = try pool(handle) }

  public func poolAttribute(
    _ handle: CUmemoryPool?, _ attribute: CUmemPool_attribute, _ value: UnsafeMutableRawPointer
  ) throws(Failure) {
    let pool = try pool(handle)
    func put<T>(_ number: T) { value.storeBytes(of: number, as: T.self) }
    switch attribute {
    case CU_MEMPOOL_ATTR_REUSE_FOLLOW_EVENT_DEPENDENCIES,
      CU_MEMPOOL_ATTR_REUSE_ALLOW_OPPORTUNISTIC,
      CU_MEMPOOL_ATTR_REUSE_ALLOW_INTERNAL_DEPENDENCIES:
      put(Int32(pool.settings[attribute.rawValue] ?? 0))
    case CU_MEMPOOL_ATTR_RELEASE_THRESHOLD: put(pool.settings[attribute.rawValue] ?? 0)
    case CU_MEMPOOL_ATTR_RESERVED_MEM_CURRENT: put(pool.reservedBytes)
    case CU_MEMPOOL_ATTR_RESERVED_MEM_HIGH: put(pool.reservedBytesHigh)
    case CU_MEMPOOL_ATTR_USED_MEM_CURRENT: put(pool.usedBytes)
    case CU_MEMPOOL_ATTR_USED_MEM_HIGH: put(pool.usedBytesHigh)
    default: throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
  }

  public func poolSetAttribute(
    _ handle: CUmemoryPool?, _ attribute: CUmemPool_attribute, _ value: UnsafeRawPointer
  ) throws(Failure) {
    let pool = try pool(handle)
    switch attribute {
    case CU_MEMPOOL_ATTR_REUSE_FOLLOW_EVENT_DEPENDENCIES,
      CU_MEMPOOL_ATTR_REUSE_ALLOW_OPPORTUNISTIC,
      CU_MEMPOOL_ATTR_REUSE_ALLOW_INTERNAL_DEPENDENCIES:
      pool.settings[attribute.rawValue] = value.load(as: Int32.self) == 0 ? 0 : 1
    case CU_MEMPOOL_ATTR_RELEASE_THRESHOLD:
      pool.settings[attribute.rawValue] = value.load(as: UInt64.self)
    case CU_MEMPOOL_ATTR_RESERVED_MEM_HIGH, CU_MEMPOOL_ATTR_USED_MEM_HIGH:
      // A high mark can only be taken back.
      guard value.load(as: UInt64.self) == 0 else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
      if attribute == CU_MEMPOOL_ATTR_USED_MEM_HIGH {
        pool.usedBytesHigh = pool.usedBytes
      } else {
        pool.reservedBytesHigh = pool.reservedBytes
      }
    default: throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
  }

  /// The pool's own device has access always; there is no other.
  public func poolSetAccess(
    _ handle: CUmemoryPool?, _ descriptions: [CUmemAccessDesc]
  ) throws(Failure) {
    let pool = try pool(handle)
    for description in descriptions {
      guard description.location.type == CU_MEM_LOCATION_TYPE_DEVICE,
        Int(description.location.id) == pool.device,
        description.flags == CU_MEM_ACCESS_FLAGS_PROT_READWRITE
      else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    }
  }

  public func poolAccess(
    _ handle: CUmemoryPool?, _ location: CUmemLocation
  ) throws(Failure) -> CUmemAccess_flags {
    let pool = try pool(handle)
    guard location.type == CU_MEM_LOCATION_TYPE_DEVICE else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    let isOwn = try deviceIndex(location.id) == pool.device
    return isOwn ? CU_MEM_ACCESS_FLAGS_PROT_READWRITE : CU_MEM_ACCESS_FLAGS_PROT_NONE
  }

  /// Stream-ordered allocation, in simple form: the memory is there at once. `handle` nil: from the
  /// current pool of the stream's device. In a capture it is a node, and the graph's memory.
  public func allocateAsync(
    _ bytes: Int, from handle: CUmemoryPool?, _ stream: CUstream?, perThread: Bool
  ) throws(Failure) -> CUdeviceptr {
    let stream = try self.stream(stream, perThread: perThread)
    let pool = handle == nil ? currentPool(stream.context.device) : try self.pool(handle)
    if bytes <= 0 { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    if let capture = stream.capture {
      try refuseInvalidated(capture)
      let node = try addAllocation(bytes, to: capture.graph, stream.captureTail, stream.context)
      stream.captureTail = [node]
      return node.allocates!.address
    }
    let most = UInt64(pool.properties.maxSize)
    if most > 0, pool.usedBytes + UInt64(bytes) > most {
      throw Failure(CUDA_ERROR_OUT_OF_MEMORY)
    }
    let address = try allocate(bytes, stream.context, .stream(pool))
    pool.take(UInt64(bytes))
    return address
  }
}
