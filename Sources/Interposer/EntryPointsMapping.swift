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

  // MARK: map

  /// `cuMemMap` of a handle of ours.
  static func map(_ handle: UInt64, bytes: UInt64, at place: UInt64) -> Int32 {
    while Words.exiting.value == 0 {
      if withTables({ Mapping.isMapped(in: place, bytes: bytes) }) {
        return CudaResult.invalidValue
      }
      let cleared = makeWay(place, bytes: bytes, for: handle)
      if cleared != 0 { return cleared }
      switch withTables({ Mapping.take(handle) }) {
      case .unknown: return CudaResult.invalidValue
      // At two places at a time: what is written here would have to be there.
      case .mapped: return Calls.pinned(ENTRY_cuMemMap) { CudaResult.notSupported }
      case .taken: Clock.sleep(microseconds: 200)
      case .created:
        var address: UInt64 = 0
        let result = allocate(
          bytes: bytes, owner: Owner(pool: Owner.mapped), at: place, &address)
        return settle(handle, result, at: place, bytes: bytes)
      case .parked(let old, let parkedBytes):
        if parkedBytes != bytes {
          _ = settle(handle, CudaResult.notSupported)
          return Calls.pinned(ENTRY_cuMemMap) { CudaResult.notSupported }
        }
        if old == place { return settle(handle, CudaResult.success, at: place, bytes: bytes) }
        // Where it is in its own way it goes elsewhere first.
        let overlaps = old &- place < bytes || place &- old < bytes
        let code = relocate(handle, from: old, bytes: bytes, to: overlaps ? nil : place)
        if !overlaps || code != 0 { return code }
      }
    }
    return CudaResult.deinitialized
  }

  /// Ends what `take` began: the handle is mapped there, or on a failure as it was.
  private static func settle(
    _ handle: UInt64, _ result: Int32, at place: UInt64 = 0, bytes: UInt64 = 0
  ) -> Int32 {
    end(
      withTables {
        result == 0
          ? Mapping.settle(handle, at: place, bytes: bytes, isMapped: true)
          : Mapping.settle(handle)
      })
    return result
  }

  /// `cuMemMap` of a handle of the driver's, at addresses of ours that the program set aside.
  static func mapForeign(at place: UInt64, bytes: UInt64, _ call: () -> Int32) -> Int32 {
    let cleared = makeWay(place, bytes: bytes, for: 0)
    if cleared != 0 { return cleared }
    var settled = 0
    var forPlace = Patience()
    while true {
      var occupancy = Shadow.Occupancy.taken
      let isNoted: Bool =
        with { shadow in
          occupancy = shadow.occupancy(place, bytes: bytes)
          return occupancy == .clear && !Mapping.isMapped(in: place, bytes: bytes)
            && Mapping.noteForeign(place, bytes: bytes)
        } ?? false
      if isNoted { break }
      switch occupancy {
      case .clear, .taken: return CudaResult.invalidValue
      case .lettingGo:
        if forPlace.isOver(milliseconds: Limits.endMilliseconds) { return CudaResult.outOfMemory }
        Mover.trimDead(keepBytes: 0)
        Clock.sleep(microseconds: 200)
      case .resting:
        settled &+= 1
        if settled >= Limits.settles { return CudaResult.outOfMemory }
        let code = settle(isOnlyHelp: true)
        if code != 0 { return code }
      }
    }
    let result = call()
    if result != 0 { withTables { _ = Mapping.unmap(place, stamp: 0) } }
    return result
  }

  /// Moves what is parked in a range out of the way, bytes and all, but for the handle that is
  /// about to be mapped there.
  private static func makeWay(_ place: UInt64, bytes: UInt64, for own: UInt64) -> Int32 {
    while Words.exiting.value == 0 {
      guard
        let other = withTables({ Mapping.parked(in: place, bytes: bytes, besides: own) })
      else { return CudaResult.success }
      switch withTables({ Mapping.take(other) }) {
      case .parked(let old, let parkedBytes):
        let code = relocate(other, from: old, bytes: parkedBytes, to: nil)
        if code != 0 { return code }
      case .created: _ = settle(other, CudaResult.notSupported)
      case .taken: Clock.sleep(microseconds: 200)
      case .unknown, .mapped: break
      }
    }
    return CudaResult.deinitialized
  }

  /// Copies what is parked and taken to where it is wanted, or (nil) out of the way.
  private static func relocate(
    _ handle: UInt64, from old: UInt64, bytes: UInt64, to place: UInt64?
  ) -> Int32 {
    let complete = awaitLeftovers()
    if complete != 0 { return settle(handle, complete) }
    var address: UInt64 = 0
    // At its own place it counts anew; what it had counts until it is freed.
    let counted = place == nil ? 0 : bytes
    with { $0.createdBytes &+= counted }
    let made = allocate(bytes: bytes, owner: Owner(pool: Owner.mapped), at: place, &address)
    if made != 0 {
      with { $0.createdBytes &-= counted }
      return settle(handle, made)
    }
    let copied = fault(199) ? 0 : copy(to: address, from: old, bytes: bytes)
    // If it failed, the old place still has the only whole copy.
    let isThere = copied == 0 || fault(286)
    end(
      withTables {
        isThere
          ? Mapping.settle(handle, at: address, bytes: bytes, isMapped: place != nil)
          : Mapping.settle(handle)
      })
    end(.memory(isThere ? old : address, stamp: 0, promisedBytes: 0))
    return copied
  }

  /// Waits for work that may still write to what was unmapped, however long that takes.
  private static func awaitLeftovers() -> Int32 {
    while Words.exiting.value == 0 {
      if Words.openCaptures.value > 0 {
        return waitWhileCapturing() ? CudaResult.success : CudaResult.outOfMemory
      }
      switch awaitAll(milliseconds: Limits.forever) {
      case .complete: return CudaResult.success
      case .late, .moving: break
      case .failed:
        let code = Captures.unlessOpen { real_cuCtxSynchronize() } ?? CudaResult.success
        if code != 0 { return code }
      }
    }
    return CudaResult.deinitialized
  }

  /// Copies within the device, on a stream of ours: the calling thread needs no context, and may be
  /// capturing.
  private static func copy(to: UInt64, from: UInt64, bytes: UInt64) -> Int32 {
    guard stayResident() else { return CudaResult.deinitialized }
    defer { Words.inFlightAllocations.subtract(1) }
    return Backing.inHome { stream in
      let code = Calls.forward(ENTRY_cuMemcpyDtoDAsync_v2, to, from, bytes, Calls.word(stream))
      return code != 0 ? code : real_cuStreamSynchronize(stream)
    }
  }

  /// Comes in if need be, and stays until `inFlightAllocations` is lowered. False: the process
  /// ends.
  private static func stayResident() -> Bool {
    while Words.exiting.value == 0 {
      let isResident = withTables {
        let isResident = Words.residency.value == Residence.resident
        if isResident { Words.inFlightAllocations.add(1) }
        return isResident
      }
      if isResident { return true }
      if Gate.waitUntilResident() != 0 { return false }
    }
    return false
  }

  // MARK: end

  /// Gives up what nobody holds any more. Waits a little for what is on its way, for the program
  /// may want its addresses again at once, and never for work that still runs: then the memory
  /// rests.
  static func end(_ rest: Mapping.Rest) {
    guard case .memory(let address, let stamp, let promised) = rest else { return }
    if promised > 0 {
      with { shadow in
        shadow.createdBytes &-= promised
        publish(&shadow)
      }
    }
    if address == 0 { return }
    let bytes = allocation(containing: address)?.bytes ?? 0
    _ = free(address, keeper: Owner.mapped, stamp: stamp)
    let deadline = Clock.nanoseconds() &+ Limits.endMilliseconds &* 1_000_000
    // What is on the move just now is let go of when its motion gets to it.
    while with({ $0.occupancy(address, bytes: bytes) == .lettingGo }) ?? false {
      Mover.trimDead(keepBytes: 0)
      if Words.exiting.value != 0 || Clock.nanoseconds() > deadline { break }
      if with({ $0.occupancy(address, bytes: bytes) == .lettingGo }) ?? false {
        Clock.sleep(microseconds: 200)
      }
    }
    with { Mapping.reap(&$0) }
  }

  /// `cuMemUnmap` of mappings that fill the range exactly.
  static func unmap(_ address: UInt64, bytes: UInt64) -> Int32 {
    // As in the driver, the work that may use it is complete; but for that which takes for ever.
    let milliseconds = fault(295) ? Limits.forever : Limits.endMilliseconds
    let isComplete = awaitAll(milliseconds: milliseconds) == .complete
    let stamp = isComplete ? 0 : Gate.submissions()
    var at = address
    while at &- address < bytes {
      guard let piece = withTables({ Mapping.piece(at) }), piece.address == at else {
        return CudaResult.invalidValue
      }
      if piece.isForeign {
        let code = Calls.forward(ENTRY_cuMemUnmap, at, piece.bytes)
        if code != 0 { return code }
      }
      // Nil: another thread was quicker.
      guard let rest = withTables({ Mapping.unmap(at, stamp: stamp) }) else {
        return CudaResult.invalidValue
      }
      end(rest)
      at = piece.end
    }
    return CudaResult.success
  }
}

extension Calls {
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
        Mapping.reap(&shadow)
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
    let isFree: Bool =
      Memory.with { shadow in
        if Mapping.isMapped(in: address, bytes: size) { return false }
        Mapping.endReserved(address)
        Mapping.reap(&shadow)
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
    let isOurs = Calls.mapsOurs(device: wanted.location_id)
    // Handles for a fabric, which `cuDeviceGetAttribute` does not offer. PyTorch's expandable
    // segments ask for them all the same, and take others when that fails.
    if isOurs, wanted.handle_types & 8 != 0 { return CudaResult.notSupported }
    let isPlain =
      wanted.type == 1 && flags == 0 && wanted.win32 == nil && wanted.flags.0 == 0
      && wanted.flags.2 == 0 && wanted.flags.3 == 0
      && (wanted.handle_types == 0 || wanted.handle_types == 1)
    let size = UInt64(UInt(bitPattern: bytes))
    // Its own addresses may be where ours cannot go, and without a context nothing can move.
    guard isPlain, size & (Shadow.pageBytes &- 1) == 0, size > 0, isOurs, Contexts.count > 0,
      Words.foreignAddresses.value == 0
    else { return Calls.pinned(ENTRY_cuMemCreate, askedBytes: size, call) }
    var made: UInt64 = 0
    let result = Memory.create(bytes: size, &made)
    if result == 0 { handle.pointee = made }
    return result
  }

  @c(tidelock_cuMemRelease)
  public func cuMemRelease(_ handle: UInt64) -> Int32 {
    if Start.isForkedChild { return CudaResult.notInitialized }
    guard Mapping.isOurs(handle) else { return Calls.forward(ENTRY_cuMemRelease, handle) }
    guard Memory.withTables({ Mapping.isKnown(handle) }) else { return CudaResult.invalidValue }
    Memory.end(Memory.withTables { Mapping.release(handle) })
    return CudaResult.success
  }

  @c(tidelock_cuMemMap)
  public func cuMemMap(
    _ address: DevicePointer, _ bytes: Int, _ offset: Int, _ handle: UInt64, _ flags: UInt64
  ) -> Int32 {
    if Start.isForkedChild { return CudaResult.notInitialized }
    let size = UInt64(UInt(bitPattern: bytes))
    func call() -> Int32 {
      Calls.forward(
        ENTRY_cuMemMap, address, size, UInt64(UInt(bitPattern: offset)), handle, flags)
    }
    let isWhole = size > 0 && (address | size) & (Shadow.pageBytes &- 1) == 0
    let isReserved = Memory.withTables { Mapping.reservation(of: address) } != nil
    guard Mapping.isOurs(handle) else {
      guard Start.isBound, Memory.contains(address), !fault(287) else { return call() }
      guard isWhole && isReserved else { return CudaResult.invalidValue }
      return Memory.mapForeign(at: address, bytes: size, call)
    }
    let most = Memory.withTables { Mapping.bytes(handle) }
    guard offset == 0, flags == 0, isWhole, size <= most else { return CudaResult.invalidValue }
    guard isReserved else {
      if Words.foreignAddresses.value == 0 { return CudaResult.invalidValue }
      // At addresses that are the driver's no memory of ours can be.
      return Calls.pinned(ENTRY_cuMemMap) { CudaResult.notSupported }
    }
    return Memory.map(handle, bytes: size, at: address)
  }

  @c(tidelock_cuMemUnmap)
  public func cuMemUnmap(_ address: DevicePointer, _ bytes: Int) -> Int32 {
    if Start.isForkedChild { return CudaResult.notInitialized }
    let size = UInt64(UInt(bitPattern: bytes))
    // What the driver mapped elsewhere is the driver's to unmap; what is ours it must not.
    guard Start.isBound, Memory.contains(address) else {
      return Calls.forward(ENTRY_cuMemUnmap, address, size)
    }
    guard size > 0, Memory.withTables({ Mapping.fills(address, bytes: size) }) else {
      return CudaResult.invalidValue
    }
    return Memory.unmap(address, bytes: size)
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
    guard Start.isBound, Memory.contains(address), let access, count > 0 else { return call() }
    let size = UInt64(UInt(bitPattern: bytes))
    guard size > 0, Memory.withTables({ Mapping.covers(address, bytes: size) }) else {
      return CudaResult.invalidValue
    }
    var flags: UInt8 = 0
    var index = 0
    while index < count {
      let wanted = (access + index &* MemoryLayout<tidelock_access>.stride)
        .assumingMemoryBound(to: tidelock_access.self).pointee
      // Another device, or the processor, reads it where it is now.
      if wanted.location_type != 1 || wanted.location_id != Start.device {
        return Calls.pinned(ENTRY_cuMemSetAccess, call)
      }
      guard wanted.flags == 0 || wanted.flags == 1 || wanted.flags == 3 else {
        return CudaResult.invalidValue
      }
      flags = UInt8(truncatingIfNeeded: wanted.flags)
      index &+= 1
    }
    var at = address
    while at &- address < size {
      guard let piece = Memory.withTables({ Mapping.piece(at) }) else {
        return CudaResult.invalidValue
      }
      if piece.isForeign {
        let code = Calls.forward(
          ENTRY_cuMemSetAccess, at, min(piece.end, address &+ size) &- at, Calls.word(access),
          UInt64(UInt(bitPattern: count)))
        if code != 0 { return code }
      } else {
        Memory.withTables { Mapping.setAccess(at, flags) }
      }
      at = piece.end
    }
    return CudaResult.success
  }

  @c(tidelock_cuMemGetAccess)
  public func cuMemGetAccess(
    _ flags: UnsafeMutablePointer<UInt64>?, _ location: UnsafePointer<Int32>?,
    _ address: DevicePointer
  ) -> Int32 {
    guard let piece = Memory.withTables({ Mapping.piece(address) }), !piece.isForeign, let flags,
      let location
    else {
      return Calls.forward(
        ENTRY_cuMemGetAccess, Calls.word(flags), Calls.word(location), address)
    }
    flags.pointee =
      location[0] == 1 && location[1] == Start.device ? UInt64(piece.access) : 0
    return CudaResult.success
  }

  /// The driver refuses this for `cuMemAlloc` memory, so it is refused for ours.
  @c(tidelock_cuMemRetainAllocationHandle)
  public func cuMemRetainAllocationHandle(
    _ handle: UnsafeMutablePointer<UInt64>?, _ address: DevicePointer
  ) -> Int32 {
    let isForeign = Memory.withTables { Mapping.piece(address)?.isForeign ?? false }
    guard Start.isBound, Memory.contains(address), !isForeign else {
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
    guard Mapping.isOurs(handle) else {
      return Calls.forward(
        ENTRY_cuMemGetAllocationPropertiesFromHandle, Calls.word(properties), handle)
    }
    guard let properties, Memory.withTables({ Mapping.isKnown(handle) }) else {
      return CudaResult.invalidValue
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
    let isOurs = Mapping.isOurs(handle)
    if isOurs && !Memory.withTables({ Mapping.isKnown(handle) }) {
      return CudaResult.invalidValue
    }
    return Calls.pinned(ENTRY_cuMemExportToShareableHandle) {
      if isOurs { return CudaResult.notSupported }
      return Calls.forward(
        ENTRY_cuMemExportToShareableHandle, Calls.word(shared), handle,
        UInt64(UInt32(bitPattern: kind)), flags)
    }
  }
#endif
