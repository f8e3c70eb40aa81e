// What a program asks about addresses and the device: our memory answers as `cuMemAlloc` memory
// does, wherever its bytes happen to be.

internal import CInterposer
internal import Faults
internal import Shadow
internal import Wire

/// `CUpointer_attribute` values answered from the map.
enum PointerAttribute {
  static let context: Int32 = 1
  static let memoryType: Int32 = 2
  static let devicePointer: Int32 = 3
  static let hostPointer: Int32 = 4
  static let p2pTokens: Int32 = 5
  static let syncMemops: Int32 = 6
  static let bufferId: Int32 = 7
  static let isManaged: Int32 = 8
  static let deviceOrdinal: Int32 = 9
  static let isLegacyIpcCapable: Int32 = 10
  static let rangeStart: Int32 = 11
  static let rangeSize: Int32 = 12
  static let mapped: Int32 = 13
  static let allowedHandleTypes: Int32 = 14
  static let isGpuDirectRdmaCapable: Int32 = 15
  static let accessFlags: Int32 = 16
  static let memPoolHandle: Int32 = 17
  static let mappingSize: Int32 = 18
  static let mappingBase: Int32 = 19
  static let memoryBlockId: Int32 = 20
}

enum Asking {
  /// Whether the map answers: for our arena, but for the driver's own handles that the program
  /// mapped there. In a forked child the driver says what it says of all memory.
  static func isOurs(_ address: UInt64) -> Bool {
    guard Start.isBound, Memory.contains(address), !Start.isForkedChild else { return false }
    return !Memory.withTables { Mapping.piece(address)?.isForeign ?? false } || fault(348)
  }

  /// Writes the answer for an address of ours; the value's size is the attribute's.
  static func answer(
    _ attribute: Int32, _ address: UInt64, _ data: UnsafeMutableRawPointer
  ) -> Int32 {
    guard let allocation = Memory.allocation(containing: address) else {
      return CudaResult.invalidValue
    }
    let isMapped = allocation.tag &>> 8 == Owner.mapped
    let range: (address: UInt64, bytes: UInt64) =
      isMapped
      ? Memory.withTables { Mapping.reservation(of: address) }
        ?? (allocation.address, allocation.bytes)
      : (allocation.address, allocation.bytes)
    switch attribute {
    case PointerAttribute.context:
      // What the program mapped itself belongs to no context.
      let context =
        isMapped
        ? nil : Contexts.numbered(allocation.tag & Owner.contextMask) ?? Contexts.homeHandle
      data.storeBytes(of: context, as: UnsafeMutableRawPointer?.self)
    case PointerAttribute.memoryType: data.storeBytes(of: 2, as: UInt32.self)
    case PointerAttribute.devicePointer: data.storeBytes(of: address, as: UInt64.self)
    case PointerAttribute.hostPointer, PointerAttribute.p2pTokens: return CudaResult.invalidValue
    case PointerAttribute.syncMemops, PointerAttribute.isManaged,
      PointerAttribute.isLegacyIpcCapable, PointerAttribute.isGpuDirectRdmaCapable:
      data.storeBytes(of: 0, as: UInt8.self)
    case PointerAttribute.bufferId, PointerAttribute.memoryBlockId:
      data.storeBytes(of: allocation.address >> 8, as: UInt64.self)
    case PointerAttribute.deviceOrdinal: data.storeBytes(of: Start.device, as: Int32.self)
    case PointerAttribute.rangeStart:
      data.storeBytes(of: range.address, as: UInt64.self)
    case PointerAttribute.rangeSize:
      data.storeBytes(of: range.bytes, as: UInt64.self)
    case PointerAttribute.mappingBase:
      data.storeBytes(of: allocation.address, as: UInt64.self)
    case PointerAttribute.mappingSize:
      data.storeBytes(of: allocation.bytes, as: UInt64.self)
    case PointerAttribute.mapped: data.storeBytes(of: 1, as: UInt8.self)
    case PointerAttribute.allowedHandleTypes: data.storeBytes(of: 0, as: UInt64.self)
    case PointerAttribute.accessFlags: data.storeBytes(of: 3, as: UInt32.self)
    case PointerAttribute.memPoolHandle:
      let pool = Memory.withTables { Pools.handle(of: allocation.tag &>> 8) }
      data.storeBytes(of: pool, as: UInt.self)
    default: return CudaResult.invalidValue
    }
    return CudaResult.success
  }

  /// Bytes to zero for an attribute that has no answer.
  static func byteCount(_ attribute: Int32) -> Int {
    switch attribute {
    case PointerAttribute.memoryType, PointerAttribute.deviceOrdinal, PointerAttribute.accessFlags:
      return 4
    case PointerAttribute.syncMemops, PointerAttribute.isManaged,
      PointerAttribute.isLegacyIpcCapable, PointerAttribute.mapped,
      PointerAttribute.isGpuDirectRdmaCapable:
      return 1
    default: return 8
    }
  }
}

#if hasFeature(Embedded)
  @c(tidelock_cuMemGetAddressRange_v2)
  public func cuMemGetAddressRange(
    _ base: UnsafeMutablePointer<DevicePointer>?, _ bytes: UnsafeMutablePointer<Int>?,
    _ address: DevicePointer
  ) -> Int32 {
    guard Asking.isOurs(address) else {
      return Calls.forward(
        ENTRY_cuMemGetAddressRange_v2, Calls.word(base), Calls.word(bytes), address)
    }
    guard let allocation = Memory.allocation(containing: address) else { return 500 }
    if let base { base.pointee = allocation.address }
    if let bytes { bytes.pointee = Int(truncatingIfNeeded: allocation.bytes) }
    return CudaResult.success
  }

  @c(tidelock_cuPointerGetAttribute)
  public func cuPointerGetAttribute(
    _ data: UnsafeMutableRawPointer?, _ attribute: Int32, _ address: DevicePointer
  ) -> Int32 {
    guard Asking.isOurs(address), let data, !fault(197) else {
      return Calls.forward(
        ENTRY_cuPointerGetAttribute, Calls.word(data), UInt64(UInt32(bitPattern: attribute)),
        address)
    }
    return Asking.answer(attribute, address, data)
  }

  /// Never fails as a whole: what has no answer reads zero.
  @c(tidelock_cuPointerGetAttributes)
  public func cuPointerGetAttributes(
    _ count: UInt32, _ attributes: UnsafePointer<Int32>?,
    _ data: UnsafePointer<UnsafeMutableRawPointer?>?, _ address: DevicePointer
  ) -> Int32 {
    guard Asking.isOurs(address), let attributes, let data else {
      return Calls.forward(
        ENTRY_cuPointerGetAttributes, UInt64(count), Calls.word(attributes), Calls.word(data),
        address)
    }
    var index = 0
    while index < Int(truncatingIfNeeded: count) {
      if let place = data[index] {
        let attribute = attributes[index]
        if Asking.answer(attribute, address, place) != 0 {
          var byte = 0
          while byte < Asking.byteCount(attribute) {
            place.storeBytes(of: 0, toByteOffset: byte, as: UInt8.self)
            byte &+= 1
          }
        }
      }
      index &+= 1
    }
    return CudaResult.success
  }

  /// Ways for others to reach the memory past the driver (GPUDirect RDMA with VMM, dma-buf, fabric)
  /// are not offered: our memory moves.
  @c(tidelock_cuDeviceGetAttribute)
  public func cuDeviceGetAttribute(
    _ value: UnsafeMutablePointer<Int32>?, _ attribute: Int32, _ device: Int32
  ) -> Int32 {
    let result = Calls.forward(
      ENTRY_cuDeviceGetAttribute, Calls.word(value), UInt64(UInt32(bitPattern: attribute)),
      UInt64(UInt32(bitPattern: device)))
    let isOffer = attribute == 110 || attribute == 116 || attribute == 124 || attribute == 128
    if result == 0, isOffer, Start.isManaged, let value { value.pointee = 0 }
    return result
  }
#endif
