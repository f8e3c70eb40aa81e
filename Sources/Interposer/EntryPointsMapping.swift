// Virtual memory management by the program itself: PyTorch's expandable segments, XLA and others.
// Signatures: CUDA 13.5 `cuda.h`. What cannot move (memory others may open, host memory, compressed
// memory, other devices) is left to the driver; what of it lies on our device pins.

internal import CInterposer
internal import Faults
internal import Shadow

extension Memory {
  /// The agent's leave for a handle: nothing is created before it is mapped. 0: `code` says why.
  static func create(bytes: UInt64, _ handle: inout UInt64) -> Int32 {
    let owner = Owner(pool: Owner.mapped)
    let reserved = reserveArena()
    if reserved != 0 { return reserved }
    return repeated(bytes: bytes, owner: owner, &handle) { settled in
      let attempt: Attempt? =
        with { shadow in
          shadow.createdBytes &+= bytes
          var answer = obstacle(&shadow, newBytes: 0, owner: owner, settled: settled)
          if answer == nil {
            let handle = Mapping.add(bytes: bytes)
            answer = handle == 0 ? .fail(CudaResult.outOfMemory) : .done(handle)
          }
          if case .done = answer { publish(&shadow) } else { shadow.createdBytes &-= bytes }
          return answer
        } ?? nil
      return attempt ?? .fail(CudaResult.outOfMemory)
    }
  }

  /// Memory for a handle at an address that the program reserved.
  static func map(_ handle: UInt64, bytes: UInt64, at place: UInt64) -> Int32 {
    var address: UInt64 = 0
    let result = allocate(bytes: bytes, owner: Owner(pool: Owner.mapped), at: place, &address)
    if result == 0 { withTables { Mapping.noteMapped(handle, at: place, bytes: bytes) } }
    return result
  }

  /// Gives up what nobody holds any more; all submitted work is complete before, as it is inside
  /// the driver's `cuMemUnmap`.
  static func end(_ rest: Mapping.Rest) -> Int32 {
    guard case .memory(let address, let promised) = rest else { return CudaResult.success }
    if promised > 0 {
      with { shadow in
        shadow.createdBytes &-= promised
        publish(&shadow)
      }
    }
    if address == 0 { return CudaResult.success }
    let code = awaitAll()
    if code != 0 { return code }
    let bytes = allocation(containing: address)?.bytes ?? 0
    let result = free(address, isMapping: true)
    if result != 0 { return result }
    // What is on the move just now is let go of when its motion gets to it.
    var isClear = false
    while !isClear && Words.exiting.value == 0 {
      Mover.trimDead(keepBytes: 0)
      isClear = with { $0.isClear(address, bytes: bytes) } ?? true
      if !isClear { Clock.sleep(microseconds: 200) }
    }
    return CudaResult.success
  }

  static func awaitAll() -> Int32 { fault(198) ? 0 : settle(isOnlyHelp: true) }

  /// Moves what is parked to where it is wanted, or (nil) out of the way, bytes and all.
  static func relocate(_ handle: UInt64, from old: UInt64, to place: UInt64?) -> Int32 {
    let bytes = withTables { Mapping.mappedBytes(handle) }
    var address: UInt64 = 0
    // At its own place it counts anew; what it had counts until it is freed.
    let counted = place == nil ? 0 : bytes
    with { $0.createdBytes &+= counted }
    let made = allocate(bytes: bytes, owner: Owner(pool: Owner.mapped), at: place, &address)
    if made != 0 {
      with { $0.createdBytes &-= counted }
      return made
    }
    let copied = fault(199) ? 0 : Calls.gatedCopy(to: address, from: old, bytes: bytes)
    if copied != 0 {
      // The old place still has the only whole copy.
      _ = end(.memory(address, promisedBytes: 0))
      return copied
    }
    withTables {
      if place == nil {
        Mapping.noteParked(handle, at: address)
      } else {
        Mapping.noteMapped(handle, at: address, bytes: bytes)
      }
    }
    return end(.memory(old, promisedBytes: 0))
  }
}

extension Calls {
  /// A copy within the device, as the program would make it.
  static func gatedCopy(to: UInt64, from: UInt64, bytes: UInt64) -> Int32 {
    guard let copy = tidelock_gated(UInt32(ENTRY_cuMemcpyDtoD_v2)) else {
      return CudaResult.invalidValue
    }
    return Int32(
      truncatingIfNeeded: tidelock_call(
        copy, Int(bitPattern: UInt(to)), Int(bitPattern: UInt(from)),
        Int(bitPattern: UInt(bytes)), 0))
  }

  /// Whether the program's own mappings on our device are ours. The device is bound if it is known.
  static func mapsOurs(device: Int32? = nil) -> Bool {
    guard Start.isManaged, !Start.isForkedChild else { return false }
    if !Start.isBound, let device, Start.bind(device) != 0 { return false }
    return Start.isBound && (device == nil || device == Start.device)
  }
}

#if hasFeature(Embedded)
  @c(tidelock_cuMemAddressReserve)
  public func cuMemAddressReserve(
    _ pointer: UnsafeMutablePointer<DevicePointer>?, _ bytes: Int, _ alignment: Int,
    _ hint: DevicePointer, _ flags: UInt64
  ) -> Int32 {
    func call() -> Int32 {
      Calls.forward(
        ENTRY_cuMemAddressReserve, Calls.word(pointer), UInt64(UInt(bitPattern: bytes)),
        UInt64(UInt(bitPattern: alignment)), hint, flags)
    }
    // The driver says what is wrong with a wrong request. A hint is no more than that.
    guard Calls.mapsOurs(), let pointer, bytes > 0, alignment >= 0, flags == 0,
      alignment & (alignment &- 1) == 0, Memory.reserveArena() == 0
    else { return call() }
    let size = UInt64(UInt(bitPattern: bytes))
    let made: UInt64? =
      Memory.with { shadow in
        guard
          let address = try? shadow.promise(
            bytes: size, alignmentBytes: UInt64(UInt(bitPattern: alignment)))
        else { return nil }
        if Mapping.noteReserved(address, bytes: size) { return address }
        _ = try? shadow.unpromise(address, bytes: size)
        return nil
      } ?? nil
    // Where the arena has no room, the driver's own addresses do; what is mapped there pins.
    guard let made else {
      let result = call()
      if result == 0 { Words.foreignAddresses.value = 1 }
      return result
    }
    pointer.pointee = made
    return CudaResult.success
  }

  @c(tidelock_cuMemAddressFree)
  public func cuMemAddressFree(_ address: DevicePointer, _ bytes: Int) -> Int32 {
    guard Start.isBound, !Start.isForkedChild, Memory.contains(address) else {
      return Calls.forward(
        ENTRY_cuMemAddressFree, address, UInt64(UInt(bitPattern: bytes)))
    }
    let size = UInt64(UInt(bitPattern: bytes))
    guard let range = Memory.withTables({ Mapping.reservation(of: address) }),
      range.address == address, range.bytes == size
    else { return CudaResult.invalidValue }
    while let parked = Memory.withTables({ Mapping.parked(in: address, bytes: size) }) {
      let code = Memory.relocate(parked.handle, from: parked.address, to: nil)
      if code != 0 { return code }
    }
    let isFree: Bool =
      Memory.with { shadow in
        guard (try? shadow.unpromise(address, bytes: size)) != nil else { return false }
        Mapping.forgetReserved(address)
        return true
      } ?? false
    return isFree ? CudaResult.success : CudaResult.invalidValue
  }

  @c(tidelock_cuMemCreate)
  public func cuMemCreate(
    _ handle: UnsafeMutablePointer<UInt64>?, _ bytes: Int, _ properties: UnsafeRawPointer?,
    _ flags: UInt64
  ) -> Int32 {
    func call() -> Int32 {
      Calls.forward(
        ENTRY_cuMemCreate, Calls.word(handle), UInt64(UInt(bitPattern: bytes)),
        Calls.word(properties), flags)
    }
    guard Start.isManaged, !Start.isForkedChild, let handle, let properties else { return call() }
    let wanted = properties.assumingMemoryBound(to: tidelock_allocation_properties.self).pointee
    // Host memory is none of ours.
    if wanted.location_type != 1 { return call() }
    let isPlain =
      wanted.type == 1 && flags == 0 && wanted.win32 == nil && wanted.flags.0 == 0
      && wanted.flags.2 == 0 && wanted.flags.3 == 0
      && (wanted.handle_types == 0 || wanted.handle_types == 1)
    let size = UInt64(UInt(bitPattern: bytes))
    // Its own addresses may be where ours cannot go, and without a context nothing can move.
    guard isPlain, size & (Shadow.pageBytes &- 1) == 0, size > 0,
      Calls.mapsOurs(device: wanted.location_id), Contexts.count > 0,
      Words.foreignAddresses.value == 0
    else { return Calls.pinned(ENTRY_cuMemCreate, call) }
    var made: UInt64 = 0
    let result = Memory.create(bytes: size, &made)
    if result == 0 { handle.pointee = made }
    return result
  }

  @c(tidelock_cuMemRelease)
  public func cuMemRelease(_ handle: UInt64) -> Int32 {
    if Start.isForkedChild { return CudaResult.notInitialized }
    guard Memory.withTables({ Mapping.isOurs(handle) }) else {
      return Calls.forward(ENTRY_cuMemRelease, handle)
    }
    return Memory.end(Memory.withTables { Mapping.release(handle) })
  }

  @c(tidelock_cuMemMap)
  public func cuMemMap(
    _ address: DevicePointer, _ bytes: Int, _ offset: Int, _ handle: UInt64, _ flags: UInt64
  ) -> Int32 {
    if Start.isForkedChild { return CudaResult.notInitialized }
    let size = UInt64(UInt(bitPattern: bytes))
    guard Memory.withTables({ Mapping.isOurs(handle) }) else {
      return Calls.forward(
        ENTRY_cuMemMap, address, size, UInt64(UInt(bitPattern: offset)), handle, flags)
    }
    let most = Memory.withTables { Mapping.bytes(handle) }
    guard offset == 0, flags == 0, size > 0, size <= most, size & (Shadow.pageBytes &- 1) == 0
    else { return CudaResult.invalidValue }
    guard Memory.withTables({ Mapping.reservation(of: address) }) != nil else {
      if Words.foreignAddresses.value == 0 { return CudaResult.invalidValue }
      // At addresses that are the driver's no memory of ours can be.
      return Calls.pinned(ENTRY_cuMemMap) { CudaResult.notSupported }
    }
    let standing = Memory.withTables { Mapping.standing(handle) }
    if case .parked(let place, let bytes) = standing, place == address, bytes == size {
      Memory.withTables { Mapping.noteMapped(handle, at: address, bytes: bytes) }
      return CudaResult.success
    }
    while let parked = Memory.withTables({ Mapping.parked(in: address, bytes: size) }) {
      let code = Memory.relocate(parked.handle, from: parked.address, to: nil)
      if code != 0 { return code }
    }
    switch Memory.withTables({ Mapping.standing(handle) }) {
    case .unknown: return CudaResult.invalidValue
    // At two places at a time: what is written here would have to be there.
    case .mapped: return Calls.pinned(ENTRY_cuMemMap) { CudaResult.notSupported }
    case .parked(let place, let bytes):
      if bytes != size { return Calls.pinned(ENTRY_cuMemMap) { CudaResult.notSupported } }
      return Memory.relocate(handle, from: place, to: address)
    case .created: return Memory.map(handle, bytes: size, at: address)
    }
  }

  @c(tidelock_cuMemUnmap)
  public func cuMemUnmap(_ address: DevicePointer, _ bytes: Int) -> Int32 {
    if Start.isForkedChild { return CudaResult.notInitialized }
    let size = UInt64(UInt(bitPattern: bytes))
    guard size > 0, Memory.withTables({ Mapping.fills(address, bytes: size) }) else {
      // What the driver mapped for the program, wherever, is the driver's to unmap.
      let isOurs = Memory.withTables { Mapping.access(address) } != nil
      return isOurs ? CudaResult.invalidValue : Calls.forward(ENTRY_cuMemUnmap, address, size)
    }
    let complete = Memory.awaitAll()
    if complete != 0 { return complete }
    var at = address
    while at &- address < size {
      var length: UInt64 = 0
      let code = Memory.end(Memory.withTables { Mapping.unmap(at, &length) })
      if code != 0 { return code }
      // Another thread was quicker.
      if length == 0 { return CudaResult.invalidValue }
      at &+= length
    }
    return CudaResult.success
  }

  /// What is mapped is always readable and writable for our device; the weaker settings are kept
  /// for whoever asks.
  @c(tidelock_cuMemSetAccess)
  public func cuMemSetAccess(
    _ address: DevicePointer, _ bytes: Int, _ access: UnsafeRawPointer?, _ count: Int
  ) -> Int32 {
    func call() -> Int32 {
      Calls.forward(
        ENTRY_cuMemSetAccess, address, UInt64(UInt(bitPattern: bytes)), Calls.word(access),
        UInt64(UInt(bitPattern: count)))
    }
    if Start.isForkedChild { return CudaResult.notInitialized }
    guard Memory.withTables({ Mapping.access(address) }) != nil, let access, count > 0 else {
      return call()
    }
    var index = 0
    while index < count {
      let wanted = (access + index &* MemoryLayout<tidelock_access>.stride)
        .assumingMemoryBound(to: tidelock_access.self).pointee
      // Another device, or the processor, reads it where it is now.
      if wanted.location_type != 1 || wanted.location_id != Start.device {
        return Calls.pinned(ENTRY_cuMemSetAccess, call)
      }
      guard wanted.flags == 0 || wanted.flags == 1 || wanted.flags == 3,
        Memory.withTables({
          Mapping.setAccess(
            address, bytes: UInt64(UInt(bitPattern: bytes)),
            UInt8(truncatingIfNeeded: wanted.flags))
        })
      else { return CudaResult.invalidValue }
      index &+= 1
    }
    return CudaResult.success
  }

  @c(tidelock_cuMemGetAccess)
  public func cuMemGetAccess(
    _ flags: UnsafeMutablePointer<UInt64>?, _ location: UnsafePointer<Int32>?,
    _ address: DevicePointer
  ) -> Int32 {
    guard let access = Memory.withTables({ Mapping.access(address) }), let flags, let location
    else {
      return Calls.forward(
        ENTRY_cuMemGetAccess, Calls.word(flags), Calls.word(location), address)
    }
    flags.pointee = location[0] == 1 && location[1] == Start.device ? UInt64(access) : 0
    return CudaResult.success
  }

  /// The driver refuses this for `cuMemAlloc` memory, so it is refused for ours.
  @c(tidelock_cuMemRetainAllocationHandle)
  public func cuMemRetainAllocationHandle(
    _ handle: UnsafeMutablePointer<UInt64>?, _ address: DevicePointer
  ) -> Int32 {
    guard Start.isBound, Memory.contains(address) else {
      return Calls.forward(ENTRY_cuMemRetainAllocationHandle, Calls.word(handle), address)
    }
    guard let handle, let retained = Memory.withTables({ Mapping.retain(address) }) else {
      return CudaResult.invalidValue
    }
    handle.pointee = retained
    return CudaResult.success
  }

  @c(tidelock_cuMemGetAllocationPropertiesFromHandle)
  public func cuMemGetAllocationPropertiesFromHandle(
    _ properties: UnsafeMutableRawPointer?, _ handle: UInt64
  ) -> Int32 {
    guard Memory.withTables({ Mapping.isOurs(handle) }), let properties else {
      return Calls.forward(
        ENTRY_cuMemGetAllocationPropertiesFromHandle, Calls.word(properties), handle)
    }
    var plain = tidelock_allocation_properties()
    plain.type = 1
    plain.location_type = 1
    plain.location_id = Start.device
    properties.assumingMemoryBound(to: tidelock_allocation_properties.self).pointee = plain
    return CudaResult.success
  }

  /// What is handed to others may not move, and what moves has no handle to hand out.
  @c(tidelock_cuMemExportToShareableHandle)
  public func cuMemExportToShareableHandle(
    _ shared: UnsafeMutableRawPointer?, _ handle: UInt64, _ kind: Int32, _ flags: UInt64
  ) -> Int32 {
    let isOurs = Memory.withTables { Mapping.isOurs(handle) }
    return Calls.pinned(ENTRY_cuMemExportToShareableHandle) {
      if isOurs { return CudaResult.notSupported }
      return Calls.forward(
        ENTRY_cuMemExportToShareableHandle, Calls.word(shared), handle,
        UInt64(UInt32(bitPattern: kind)), flags)
    }
  }
#endif
