public import CDriver

/// What an address belongs to.
private enum Owner {
  case allocation(RangeTable<Allocation>.Row)
  case mapping(RangeTable<Mapping>.Row, Range<UInt64>)
  case host(RangeTable<HostRange>.Row)
}

extension Driver {
  public func addressRange(
    _ address: CUdeviceptr
  ) throws(Failure) -> (base: CUdeviceptr, bytes: Int) {
    _ = try currentContext()
    switch owner(of: address) {
    case .allocation(let row): return Self.span(row.range)
    case .mapping(let row, _): return Self.span(row.range)
    case .host(let row): return Self.span(row.range)
    case nil: throw Failure(CUDA_ERROR_NOT_FOUND)
    }
  }

  /// Writes one attribute of a pointer to `data`, in the type that the attribute has.
  public func pointerAttribute(
    _ attribute: CUpointer_attribute, _ address: CUdeviceptr, _ data: UnsafeMutableRawPointer?
  ) throws(Failure) {
    guard let data else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    guard let owner = owner(of: address) else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    try write(attribute, address, owner, data)
  }

  /// The same for several attributes; of an unknown address each is zero, and that is no error.
  public func pointerAttributes(
    _ attributes: UnsafeBufferPointer<CUpointer_attribute>,
    _ data: UnsafeMutablePointer<UnsafeMutableRawPointer?>, _ address: CUdeviceptr
  ) throws(Failure) {
    let owner = owner(of: address)
    for (index, attribute) in attributes.enumerated() {
      guard let place = data[index] else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
      guard let bytes = Self.size(attribute) else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
      place.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
      if attribute == CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL {
        place.storeBytes(of: Int32(-2), as: Int32.self)
      }
      guard let owner else { continue }
      do throws(Failure) {
        try write(attribute, address, owner, place)
      } catch {
        // An attribute that this kind of memory has not stays zero.
        continue
      }
    }
  }

  private func owner(of address: UInt64) -> Owner? {
    if let row = allocations.row(containing: address) { return .allocation(row) }
    if let row = mappings.row(containing: address),
      let reservation = reservations.row(containing: address)
    {
      return .mapping(row, reservation.range)
    }
    return hostMemory.row(containing: address).map { .host($0) }
  }

  private static func span(_ range: Range<UInt64>) -> (base: CUdeviceptr, bytes: Int) {
    (range.lowerBound, Int(range.upperBound - range.lowerBound))
  }

  private static func size(_ attribute: CUpointer_attribute) -> Int? {
    switch attribute {
    case CU_POINTER_ATTRIBUTE_CONTEXT, CU_POINTER_ATTRIBUTE_DEVICE_POINTER,
      CU_POINTER_ATTRIBUTE_HOST_POINTER, CU_POINTER_ATTRIBUTE_BUFFER_ID,
      CU_POINTER_ATTRIBUTE_RANGE_START_ADDR, CU_POINTER_ATTRIBUTE_RANGE_SIZE,
      CU_POINTER_ATTRIBUTE_ALLOWED_HANDLE_TYPES, CU_POINTER_ATTRIBUTE_MEMPOOL_HANDLE,
      CU_POINTER_ATTRIBUTE_MAPPING_SIZE, CU_POINTER_ATTRIBUTE_MAPPING_BASE_ADDR,
      CU_POINTER_ATTRIBUTE_MEMORY_BLOCK_ID:
      8
    case CU_POINTER_ATTRIBUTE_MEMORY_TYPE, CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL,
      CU_POINTER_ATTRIBUTE_ACCESS_FLAGS:
      4
    case CU_POINTER_ATTRIBUTE_SYNC_MEMOPS, CU_POINTER_ATTRIBUTE_IS_MANAGED,
      CU_POINTER_ATTRIBUTE_IS_LEGACY_CUDA_IPC_CAPABLE, CU_POINTER_ATTRIBUTE_MAPPED,
      CU_POINTER_ATTRIBUTE_IS_GPU_DIRECT_RDMA_CAPABLE,
      CU_POINTER_ATTRIBUTE_IS_HW_DECOMPRESS_CAPABLE:
      1
    default: nil
    }
  }

  private func write(
    _ attribute: CUpointer_attribute, _ address: UInt64, _ owner: Owner,
    _ data: UnsafeMutableRawPointer
  ) throws(Failure) {
    let facts = self.facts(of: owner)
    func put<T>(_ value: T) { data.storeBytes(of: value, as: T.self) }
    switch attribute {
    case CU_POINTER_ATTRIBUTE_CONTEXT: put(facts.context)
    case CU_POINTER_ATTRIBUTE_MEMORY_TYPE: put(facts.type.rawValue)
    case CU_POINTER_ATTRIBUTE_DEVICE_POINTER: put(address)
    case CU_POINTER_ATTRIBUTE_HOST_POINTER:
      guard facts.isHostVisible else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
      put(address)
    case CU_POINTER_ATTRIBUTE_SYNC_MEMOPS: put(UInt8(0))
    case CU_POINTER_ATTRIBUTE_BUFFER_ID, CU_POINTER_ATTRIBUTE_MEMORY_BLOCK_ID: put(facts.id)
    case CU_POINTER_ATTRIBUTE_IS_MANAGED: put(UInt8(facts.isManaged ? 1 : 0))
    case CU_POINTER_ATTRIBUTE_DEVICE_ORDINAL: put(facts.device)
    case CU_POINTER_ATTRIBUTE_IS_LEGACY_CUDA_IPC_CAPABLE: put(UInt8(0))
    case CU_POINTER_ATTRIBUTE_RANGE_START_ADDR: put(facts.range.lowerBound)
    case CU_POINTER_ATTRIBUTE_RANGE_SIZE: put(facts.range.upperBound - facts.range.lowerBound)
    case CU_POINTER_ATTRIBUTE_MAPPED: put(UInt8(1))
    case CU_POINTER_ATTRIBUTE_ALLOWED_HANDLE_TYPES: put(UInt64(0))
    case CU_POINTER_ATTRIBUTE_IS_GPU_DIRECT_RDMA_CAPABLE: put(UInt8(0))
    case CU_POINTER_ATTRIBUTE_ACCESS_FLAGS:
      put(UInt32(facts.type == CU_MEMORYTYPE_HOST ? 3 : UInt32(space.accessFlags(address))))
    case CU_POINTER_ATTRIBUTE_MEMPOOL_HANDLE: put(facts.pool)
    case CU_POINTER_ATTRIBUTE_MAPPING_SIZE:
      put(facts.mapping.upperBound - facts.mapping.lowerBound)
    case CU_POINTER_ATTRIBUTE_MAPPING_BASE_ADDR: put(facts.mapping.lowerBound)
    case CU_POINTER_ATTRIBUTE_IS_HW_DECOMPRESS_CAPABLE: put(UInt8(0))
    default: throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
  }

  private struct Facts {
    var type: CUmemorytype
    var device: Int32
    var context: UInt
    var range: Range<UInt64>
    var mapping: Range<UInt64>
    var id: UInt64
    var isManaged = false
    var isHostVisible = false
    var pool: UInt = 0
  }

  private func facts(of owner: Owner) -> Facts {
    switch owner {
    case .allocation(let row):
      let managed = row.value.isManaged
      return Facts(
        type: CU_MEMORYTYPE_DEVICE, device: Int32(row.value.context.device),
        context: row.value.context.handle, range: row.range, mapping: row.range,
        id: row.value.id, isManaged: managed, isHostVisible: managed,
        pool: row.value.pool?.handle ?? 0)
    case .mapping(let row, let reservation):
      return Facts(
        type: CU_MEMORYTYPE_DEVICE, device: Int32(row.value.memory.device), context: 0,
        range: reservation, mapping: row.range, id: row.value.memory.id)
    case .host(let row):
      return Facts(
        type: CU_MEMORYTYPE_HOST, device: Int32(row.value.context.device),
        context: row.value.context.handle, range: row.range, mapping: row.range,
        id: row.value.id, isHostVisible: true)
    }
  }
}
