// Memory pools and what is allocated and freed in stream order. Signatures: CUDA 13.5 `cuda.h`.

internal import CInterposer
internal import Faults
internal import Shadow

extension Memory {
  /// Allocates for a stream: what the stream itself freed, if that is of the same size, else like
  /// any memory. It is there before the stream reaches this point, which is more than is promised.
  static func allocate(
    bytes: UInt64, pool: Int, stream: UInt64, _ address: inout UInt64
  ) -> Int32 {
    let owner = Owner(pool: UInt16(truncatingIfNeeded: pool &+ 1))
    if !withTables({ Pools.admits(pool, bytes: bytes) }) { return CudaResult.outOfMemory }
    let back: UInt64? =
      with { shadow in
        guard Words.residency.value == Residence.resident,
          let back = Pools.takeBack(&shadow, bytes: bytes, stream: stream, owner: owner)
        else { return nil }
        Pools.count(owner.pool, taken: bytes)
        return back
      } ?? nil
    if let back {
      address = back
      return CudaResult.success
    }
    let result = allocate(bytes: bytes, owner: owner, &address)
    if result == 0 { withTables { Pools.count(owner.pool, taken: bytes) } }
    return result
  }
}

#if hasFeature(Embedded)
  private enum Ordered {
    /// What a stream is remembered by; 0: it is not.
    static func key(_ stream: UnsafeRawPointer?, _ owner: Owner, isPerThread: Bool) -> UInt64 {
      let handle = Calls.word(stream)
      // The default streams: one for each context, or one for each thread of it.
      if handle == 2 || (handle == 0 && isPerThread) { return 0 }
      return handle <= 1 ? UInt64(owner.context) : handle
    }

    /// The place of the pool, or of the device's current one (nil); nil: it is not ours.
    static func place(_ pool: UInt?) -> Int? {
      var handle = pool ?? 0
      var standard: UInt = 0
      let device = UInt64(UInt32(bitPattern: Start.device))
      if pool == nil, Calls.forward(ENTRY_cuDeviceGetMemPool, Calls.word(&handle), device) != 0 {
        return nil
      }
      if let known = Memory.withTables({ Pools.place(handle) }) { return known }
      // The standard pool is there before anybody made it.
      guard Calls.forward(ENTRY_cuDeviceGetDefaultMemPool, Calls.word(&standard), device) == 0,
        standard == handle
      else { return nil }
      return Memory.withTables { Pools.add(handle, bytesMax: 0) }
    }

    static func allocate(
      _ pointer: UnsafeMutablePointer<DevicePointer>?, _ bytes: Int, _ pool: UInt?,
      _ stream: UnsafeRawPointer?, isPerThread: Bool, _ entry: Int
    ) -> Int32 {
      let size = UInt64(UInt(bitPattern: bytes))
      func call() -> Int32 {
        if let pool {
          Calls.forward(entry, Calls.word(pointer), size, UInt64(pool), Calls.word(stream))
        } else {
          Calls.forward(entry, Calls.word(pointer), size, Calls.word(stream))
        }
      }
      guard let owner = Calls.owner(entry) else { return call() }
      let asking = isPerThread ? ENTRY_cuStreamIsCapturing_ptsz : ENTRY_cuStreamIsCapturing
      var status: Int32 = 0
      let asked = Calls.forward(asking, Calls.word(stream), Calls.word(&status))
      if asked != 0 { return asked }
      // An invalidated capture: the driver says so.
      if status > 1 { return call() }
      // Memory that others may open does not move.
      guard let place = place(pool) else {
        return Calls.pinned(entry, askedBytes: size, call)
      }
      guard let pointer, bytes != 0 else { return CudaResult.invalidValue }
      var address: UInt64 = 0
      if status == 1 {
        let stream = CapturingStream(
          handle: stream, key: key(stream, owner, isPerThread: isPerThread),
          isPerThread: isPerThread)
        guard let result = MemoryNodes.capture(size, in: stream, &address) else {
          return Calls.pinned(entry, askedBytes: size, call)
        }
        if result == 0 { pointer.pointee = address }
        return result
      }
      let result = Memory.allocate(
        bytes: size, pool: place,
        stream: key(stream, owner, isPerThread: isPerThread), &address)
      if result == 0 { pointer.pointee = address }
      return result
    }

    static func free(
      _ address: DevicePointer, _ stream: UnsafeRawPointer?, isPerThread: Bool, _ entry: Int
    ) -> Int32 {
      if Start.isForkedChild { return CudaResult.notInitialized }
      guard Start.isBound, Memory.contains(address) else {
        return Calls.forward(entry, address, Calls.word(stream))
      }
      let asking = isPerThread ? ENTRY_cuStreamIsCapturing_ptsz : ENTRY_cuStreamIsCapturing
      var status: Int32 = 0
      let asked = Calls.forward(asking, Calls.word(stream), Calls.word(&status))
      if asked != 0 { return asked }
      let owner = Calls.owner(entry) ?? Owner()
      let key = key(stream, owner, isPerThread: isPerThread)
      // Inside a capture only what a graph allocated may be freed.
      if status != 0 {
        return MemoryNodes.captureFree(
          address, in: CapturingStream(handle: stream, key: key, isPerThread: isPerThread))
      }
      return GraphMemory.freed(address) ?? Memory.free(address, stream: key)
    }
  }

  @c(tidelock_cuMemAllocAsync)
  public func cuMemAllocAsync(
    _ pointer: UnsafeMutablePointer<DevicePointer>?, _ bytes: Int, _ stream: UnsafeRawPointer?
  ) -> Int32 {
    Ordered.allocate(pointer, bytes, nil, stream, isPerThread: false, ENTRY_cuMemAllocAsync)
  }

  @c(tidelock_cuMemAllocAsync_ptsz)
  public func cuMemAllocAsyncPerThread(
    _ pointer: UnsafeMutablePointer<DevicePointer>?, _ bytes: Int, _ stream: UnsafeRawPointer?
  ) -> Int32 {
    Ordered.allocate(pointer, bytes, nil, stream, isPerThread: true, ENTRY_cuMemAllocAsync_ptsz)
  }

  @c(tidelock_cuMemAllocFromPoolAsync)
  public func cuMemAllocFromPoolAsync(
    _ pointer: UnsafeMutablePointer<DevicePointer>?, _ bytes: Int, _ pool: UInt,
    _ stream: UnsafeRawPointer?
  ) -> Int32 {
    Ordered.allocate(
      pointer, bytes, pool, stream, isPerThread: false, ENTRY_cuMemAllocFromPoolAsync)
  }

  @c(tidelock_cuMemAllocFromPoolAsync_ptsz)
  public func cuMemAllocFromPoolAsyncPerThread(
    _ pointer: UnsafeMutablePointer<DevicePointer>?, _ bytes: Int, _ pool: UInt,
    _ stream: UnsafeRawPointer?
  ) -> Int32 {
    Ordered.allocate(
      pointer, bytes, pool, stream, isPerThread: true, ENTRY_cuMemAllocFromPoolAsync_ptsz)
  }

  @c(tidelock_cuMemFreeAsync)
  public func cuMemFreeAsync(_ address: DevicePointer, _ stream: UnsafeRawPointer?) -> Int32 {
    Ordered.free(address, stream, isPerThread: false, ENTRY_cuMemFreeAsync)
  }

  @c(tidelock_cuMemFreeAsync_ptsz)
  public func cuMemFreeAsyncPerThread(
    _ address: DevicePointer, _ stream: UnsafeRawPointer?
  ) -> Int32 {
    Ordered.free(address, stream, isPerThread: true, ENTRY_cuMemFreeAsync_ptsz)
  }

  // MARK: pools

  /// A pool on our device that nobody can open from outside is ours; any other is left to the
  /// driver, and an allocation from it pins.
  @c(tidelock_cuMemPoolCreate)
  public func cuMemPoolCreate(
    _ pool: UnsafeMutablePointer<UInt>?, _ properties: UnsafeRawPointer?
  ) -> Int32 {
    if Start.isForkedChild { return CudaResult.notInitialized }
    let result = Calls.forward(
      ENTRY_cuMemPoolCreate, Calls.word(pool), Calls.word(properties))
    guard result == 0, let pool, let properties else { return result }
    let wanted = properties.assumingMemoryBound(to: tidelock_pool_properties.self).pointee
    if Words.startState.value == Start.State.unbound, wanted.location_type == 1 {
      _ = Start.bind(wanted.location_id)
    }
    let isOurs =
      Start.isBound && wanted.type == 1 && wanted.handle_types == 0 && wanted.location_type == 1
      && wanted.location_id == Start.device && wanted.usage == 0
    if isOurs {
      let most = UInt64(UInt(bitPattern: wanted.bytes_max))
      Memory.withTables { Pools.add(pool.pointee, bytesMax: most) }
    }
    return result
  }

  @c(tidelock_cuMemPoolDestroy)
  public func cuMemPoolDestroy(_ pool: UInt) -> Int32 {
    let result = Calls.forward(ENTRY_cuMemPoolDestroy, UInt64(pool))
    if result == 0 { Memory.withTables { Pools.remove(pool) } }
    return result
  }

  @c(tidelock_cuMemPoolGetAttribute)
  public func cuMemPoolGetAttribute(
    _ pool: UInt, _ attribute: Int32, _ value: UnsafeMutableRawPointer?
  ) -> Int32 {
    let ours: UInt64? = Memory.withTables {
      guard let place = Pools.place(pool) else { return nil }
      return Pools.value(place, attribute)
    }
    guard let ours, let value else {
      return Calls.forward(
        ENTRY_cuMemPoolGetAttribute, UInt64(pool), UInt64(UInt32(bitPattern: attribute)),
        Calls.word(value))
    }
    value.storeBytes(of: ours, as: UInt64.self)
    return CudaResult.success
  }

  @c(tidelock_cuMemPoolSetAttribute)
  public func cuMemPoolSetAttribute(
    _ pool: UInt, _ attribute: Int32, _ value: UnsafeMutableRawPointer?
  ) -> Int32 {
    let result = Calls.forward(
      ENTRY_cuMemPoolSetAttribute, UInt64(pool), UInt64(UInt32(bitPattern: attribute)),
      Calls.word(value))
    let isHigh = attribute == PoolAttribute.usedHigh || attribute == PoolAttribute.reservedHigh
    if result == 0, isHigh {
      Memory.withTables { if let place = Pools.place(pool) { Pools.resetHigh(place) } }
    }
    return result
  }

  /// Access for another device would need memory that stays where it is.
  @c(tidelock_cuMemPoolSetAccess)
  public func cuMemPoolSetAccess(
    _ pool: UInt, _ access: UnsafeRawPointer?, _ count: Int
  ) -> Int32 {
    func call() -> Int32 {
      Calls.forward(
        ENTRY_cuMemPoolSetAccess, UInt64(pool), Calls.word(access),
        UInt64(UInt(bitPattern: count)))
    }
    var index = 0
    while let access, index < count {
      let place = (access + index &* MemoryLayout<tidelock_access>.stride)
        .assumingMemoryBound(to: tidelock_access.self).pointee
      if place.location_type != 1 || place.location_id != Start.device {
        return Calls.pinned(ENTRY_cuMemPoolSetAccess, call)
      }
      index &+= 1
    }
    return call()
  }
#endif
