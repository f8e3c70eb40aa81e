// Memory that the program creates, maps and unmaps itself (`cuMemCreate`, `cuMemMap`). The handles
// it gets are ours: what is behind one comes and goes with the program's turns, at the addresses
// where the program mapped it.
//
//   created (promised by the agent, no memory) --map--> mapped --unmap--> parked --release--> gone
//                                                          ^----- map -----+
//
// Unmapped and still held, its bytes must survive: it stays where it was, parked, until it is
// released, mapped again, or something else is mapped there.

internal import CInterposer
internal import Faults
internal import Shadow

/// One handle.
private struct Created {
  /// 0: free.
  var bytes: UInt64
  /// As much of it, from its start, as is mapped or parked.
  var mappedBytes: UInt64
  /// Where it is mapped or parked; 0: nowhere yet.
  var address: UInt64
  var references: UInt32
  var isMapped: Bool
  /// As `cuMemSetAccess` set it; 0 after each mapping.
  var access: UInt8
}

/// A reservation of addresses.
private struct Reserved {
  var address: UInt64
  var bytes: UInt64
}

private struct Tables {
  var created: UnsafeMutablePointer<Created>
  var reserved: UnsafeMutablePointer<Reserved>
}

nonisolated(unsafe) private var tables: Tables? = nil
/// One past the highest ever used.
nonisolated(unsafe) private var createdCount = 0
nonisolated(unsafe) private var reservedCount = 0

/// The tables are touched with the memory lock held.
enum Mapping {
  /// The upper half of our handles: no driver's handle looks like this.
  private static let mark: UInt64 = 0x71DE_10CC_0000_0000

  static func prepare() -> Bool {
    let createdBytes = Limits.handles &* MemoryLayout<Created>.stride
    let bytes = createdBytes &+ Limits.reservations &* MemoryLayout<Reserved>.stride
    guard let memory = System.map(byteCount: bytes) else { return false }
    tables = Tables(
      created: memory.bindMemory(to: Created.self, capacity: Limits.handles),
      reserved: (memory + createdBytes).bindMemory(
        to: Reserved.self, capacity: Limits.reservations))
    return true
  }

  static func isOurs(_ handle: UInt64) -> Bool { place(handle) != nil }

  private static func place(_ handle: UInt64) -> Int? {
    guard let tables = tables, handle & ~0xFFFF_FFFF == mark else { return nil }
    let index = Int(truncatingIfNeeded: handle & 0xFFFF_FFFF)
    return index < createdCount && tables.created[index].bytes > 0 ? index : nil
  }

  /// The mapped (or, where said, parked) handle that covers an address.
  private static func place(covering address: UInt64, mapped: Bool) -> Int? {
    guard let tables = tables else { return nil }
    var index = 0
    while index < createdCount {
      let entry = tables.created[index]
      if entry.bytes > 0, entry.address != 0, entry.isMapped == mapped,
        address &- entry.address < entry.mappedBytes
      {
        return index
      }
      index &+= 1
    }
    return nil
  }

  // MARK: handles

  /// A new handle; the agent has allowed its bytes. 0: too many handles.
  static func add(bytes: UInt64) -> UInt64 {
    guard let tables = tables else { return 0 }
    var index = 0
    while index < createdCount && tables.created[index].bytes > 0 { index &+= 1 }
    if index == Limits.handles { return 0 }
    createdCount = max(createdCount, index &+ 1)
    tables.created[index] = Created(
      bytes: bytes, mappedBytes: 0, address: 0, references: 1, isMapped: false, access: 0)
    return mark | UInt64(index)
  }

  static func bytes(_ handle: UInt64) -> UInt64 {
    guard let tables = tables, let index = place(handle) else { return 0 }
    return tables.created[index].bytes
  }

  static func mappedBytes(_ handle: UInt64) -> UInt64 {
    guard let tables = tables, let index = place(handle) else { return 0 }
    return tables.created[index].mappedBytes
  }

  /// One more reference to what is mapped at an address; nil: nothing of ours is.
  static func retain(_ address: UInt64) -> UInt64? {
    guard let tables = tables, let index = place(covering: address, mapped: true) else {
      return nil
    }
    tables.created[index].references &+= 1
    return mark | UInt64(index)
  }

  /// What is to be done when a handle or a mapping goes.
  enum Rest {
    case nothing
    /// Memory at this address (0: none) is nobody's any more, and the promise of so many bytes that
    /// were never mapped ends.
    case memory(UInt64, promisedBytes: UInt64)
  }

  /// One reference less.
  static func release(_ handle: UInt64) -> Rest {
    guard let tables = tables, let index = place(handle) else { return .nothing }
    let entry = tables.created + index
    if entry.pointee.references > 0 { entry.pointee.references &-= 1 }
    if entry.pointee.references > 0 || entry.pointee.isMapped { return .nothing }
    return end(entry)
  }

  private static func end(_ entry: UnsafeMutablePointer<Created>) -> Rest {
    let promised = entry.pointee.bytes &- entry.pointee.mappedBytes
    entry.pointee.bytes = 0
    return .memory(entry.pointee.address, promisedBytes: promised)
  }

  // MARK: mapping

  enum Standing {
    case unknown
    case mapped
    case parked(UInt64, bytes: UInt64)
    case created
  }

  static func standing(_ handle: UInt64) -> Standing {
    guard let tables = tables, let index = place(handle) else { return .unknown }
    let entry = tables.created[index]
    if entry.isMapped { return .mapped }
    return entry.address == 0
      ? .created : .parked(entry.address, bytes: entry.mappedBytes)
  }

  static func noteMapped(_ handle: UInt64, at address: UInt64, bytes: UInt64) {
    guard let tables = tables, let index = place(handle) else { return }
    tables.created[index].address = address
    tables.created[index].mappedBytes = bytes
    tables.created[index].isMapped = true
    tables.created[index].access = 0
  }

  static func noteParked(_ handle: UInt64, at address: UInt64) {
    guard let tables = tables, let index = place(handle) else { return }
    tables.created[index].address = address
    tables.created[index].isMapped = false
  }

  /// What is parked somewhere in a range; nil: nothing.
  static func parked(in address: UInt64, bytes: UInt64) -> (handle: UInt64, address: UInt64)? {
    guard let tables = tables else { return nil }
    var index = 0
    while index < createdCount {
      let entry = tables.created[index]
      if entry.bytes > 0, entry.address != 0, !entry.isMapped,
        entry.address &- address < bytes || address &- entry.address < entry.mappedBytes
      {
        return (mark | UInt64(index), entry.address)
      }
      index &+= 1
    }
    return nil
  }

  /// Whether mappings of ours fill the range exactly.
  static func fills(_ address: UInt64, bytes: UInt64) -> Bool {
    guard let tables = tables else { return false }
    var at = address
    while at &- address < bytes {
      guard let index = place(covering: at, mapped: true),
        tables.created[index].address == at
      else { return false }
      at &+= tables.created[index].mappedBytes
    }
    return at &- address == bytes
  }

  /// Ends the mapping that begins at an address. `bytes`: how long it was.
  static func unmap(_ address: UInt64, _ bytes: inout UInt64) -> Rest {
    guard let tables = tables, let index = place(covering: address, mapped: true) else {
      return .nothing
    }
    let entry = tables.created + index
    bytes = entry.pointee.mappedBytes
    entry.pointee.isMapped = false
    return entry.pointee.references == 0 ? end(entry) : .nothing
  }

  // MARK: access

  /// Sets the access of all that is mapped in the range; false unless all of it is mapped.
  static func setAccess(_ address: UInt64, bytes: UInt64, _ access: UInt8) -> Bool {
    guard let tables = tables else { return false }
    var at = address
    while at &- address < bytes {
      guard let index = place(covering: at, mapped: true) else { return false }
      tables.created[index].access = access
      at = tables.created[index].address &+ tables.created[index].mappedBytes
    }
    return true
  }

  static func access(_ address: UInt64) -> UInt8? {
    guard let tables = tables, let index = place(covering: address, mapped: true) else {
      return nil
    }
    return tables.created[index].access
  }

  // MARK: reservations

  static func noteReserved(_ address: UInt64, bytes: UInt64) -> Bool {
    guard let tables = tables else { return false }
    var index = 0
    while index < reservedCount && tables.reserved[index].bytes > 0 { index &+= 1 }
    if index == Limits.reservations { return false }
    reservedCount = max(reservedCount, index &+ 1)
    tables.reserved[index] = Reserved(address: address, bytes: bytes)
    return true
  }

  /// The reservation that an address lies in: where it begins and how long it is.
  static func reservation(of address: UInt64) -> (address: UInt64, bytes: UInt64)? {
    guard let tables = tables else { return nil }
    var index = 0
    while index < reservedCount {
      let entry = tables.reserved[index]
      if address &- entry.address < entry.bytes { return (entry.address, entry.bytes) }
      index &+= 1
    }
    return nil
  }

  static func forgetReserved(_ address: UInt64) {
    guard let tables = tables else { return }
    var index = 0
    while index < reservedCount {
      if tables.reserved[index].address == address { tables.reserved[index].bytes = 0 }
      index &+= 1
    }
  }

  /// The last context is gone, and all memory with it; addresses and handles stay.
  static func abandonAll() {
    guard let tables = tables else { return }
    var index = 0
    while index < createdCount {
      tables.created[index].bytes = 0
      index &+= 1
    }
  }
}
