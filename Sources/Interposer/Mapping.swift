// Memory that the program creates, maps and unmaps itself (`cuMemCreate`, `cuMemMap`). The handles
// it gets are ours: what is behind one comes and goes with the program's turns, at the addresses
// where the program mapped it.
//
//   created (promised by the agent, no memory) --map--> mapped --unmap--> parked --release--> gone
//                                                          ^----- map -----+
//
// Unmapped and still held, its bytes must survive: it stays where it was, parked, until it is
// released, mapped again, or something else is mapped there. The thread that maps or copies it has
// taken it meanwhile (`take`); any other waits for that.
//
// The program may also map handles of the driver's at addresses of ours (host memory, memory of
// another process). These mappings are noted, so that the addresses are not taken for free ones.

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
  /// A thread maps or copies it just now.
  var isTaken: Bool
  /// A mapping of a handle of the driver's, which is not among ours.
  var isForeign: Bool
  /// As `cuMemSetAccess` set it; 0 after each mapping.
  var access: UInt8
  /// Submissions that may still use what was unmapped; 0: none.
  var stamp: UInt64
}

/// A reservation of addresses.
private struct Reserved {
  var address: UInt64
  var bytes: UInt64
  /// The program gave it up; what is parked or rests there has yet to go.
  var isEnding: Bool
}

private struct Tables {
  var created: UnsafeMutablePointer<Created>
  var reserved: UnsafeMutablePointer<Reserved>
}

nonisolated(unsafe) private var tables: Tables? = nil
/// One past the highest ever used.
nonisolated(unsafe) private var createdCount = 0
nonisolated(unsafe) private var reservedCount = 0
nonisolated(unsafe) private var endingCount = 0

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

  /// Whether a handle looks like ours, released or not: the driver must never see it. Needs no
  /// lock.
  static func isOurs(_ handle: UInt64) -> Bool { handle & ~0xFFFF_FFFF == mark }

  /// Whether it is held.
  static func isKnown(_ handle: UInt64) -> Bool { place(handle) != nil }

  private static func place(_ handle: UInt64) -> Int? {
    guard let tables = tables, handle & ~0xFFFF_FFFF == mark else { return nil }
    let index = Int(truncatingIfNeeded: handle & 0xFFFF_FFFF)
    guard index < createdCount, tables.created[index].bytes > 0, !tables.created[index].isForeign
    else { return nil }
    return index
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
    guard let tables = tables, let index = freePlace() else { return 0 }
    tables.created[index] = Created(
      bytes: bytes, mappedBytes: 0, address: 0, references: 1, isMapped: false, isTaken: false,
      isForeign: false, access: 0, stamp: 0)
    return mark | UInt64(index)
  }

  private static func freePlace() -> Int? {
    guard let tables = tables else { return nil }
    var index = 0
    while index < createdCount && tables.created[index].bytes > 0 { index &+= 1 }
    if index == Limits.handles { return nil }
    createdCount = max(createdCount, index &+ 1)
    return index
  }

  static func bytes(_ handle: UInt64) -> UInt64 {
    guard let tables = tables, let index = place(handle) else { return 0 }
    return tables.created[index].bytes
  }

  /// One more reference to what is mapped at an address; nil: nothing of ours is.
  static func retain(_ address: UInt64) -> UInt64? {
    guard let tables = tables, let index = place(covering: address, mapped: true),
      !tables.created[index].isForeign
    else { return nil }
    tables.created[index].references &+= 1
    return mark | UInt64(index)
  }

  /// What is to be done when a handle or a mapping goes.
  enum Rest {
    case nothing
    /// Memory at this address (0: none) is nobody's any more once so many submissions are complete,
    /// and the promise of so many bytes that were never mapped ends.
    case memory(UInt64, stamp: UInt64, promisedBytes: UInt64)
  }

  /// One reference less. Whoever has taken it sees to the end (`settle`).
  static func release(_ handle: UInt64) -> Rest {
    guard let tables = tables, let index = place(handle) else { return .nothing }
    let entry = tables.created + index
    if entry.pointee.references > 0 { entry.pointee.references &-= 1 }
    return endIfUnheld(entry)
  }

  private static func endIfUnheld(_ entry: UnsafeMutablePointer<Created>) -> Rest {
    if entry.pointee.references > 0 || entry.pointee.isMapped || entry.pointee.isTaken {
      return .nothing
    }
    let promised = entry.pointee.bytes &- entry.pointee.mappedBytes
    entry.pointee.bytes = 0
    return .memory(entry.pointee.address, stamp: entry.pointee.stamp, promisedBytes: promised)
  }

  // MARK: mapping

  enum Standing {
    case unknown
    case mapped
    case taken
    /// The caller has taken it, and `settle` must follow.
    case parked(UInt64, bytes: UInt64)
    case created
  }

  /// Takes a handle that is parked or was never mapped.
  static func take(_ handle: UInt64) -> Standing {
    guard let tables = tables, let index = place(handle) else { return .unknown }
    let entry = tables.created + index
    if entry.pointee.isTaken && !fault(290) { return .taken }
    if entry.pointee.isMapped { return .mapped }
    entry.pointee.isTaken = true
    return entry.pointee.address == 0
      ? .created : .parked(entry.pointee.address, bytes: entry.pointee.mappedBytes)
  }

  /// What was taken is mapped or parked at an address; with 0 as it was before.
  static func settle(
    _ handle: UInt64, at address: UInt64 = 0, bytes: UInt64 = 0, isMapped: Bool = false
  ) -> Rest {
    guard let tables = tables, let index = place(handle) else { return .nothing }
    let entry = tables.created + index
    entry.pointee.isTaken = false
    if address != 0 {
      entry.pointee.address = address
      entry.pointee.mappedBytes = bytes
      entry.pointee.isMapped = isMapped
      entry.pointee.access = 0
      entry.pointee.stamp = 0
    }
    return endIfUnheld(entry)
  }

  /// Notes that a handle of the driver's is about to be mapped; false: too many.
  static func noteForeign(_ address: UInt64, bytes: UInt64) -> Bool {
    guard let tables = tables, let index = freePlace() else { return false }
    tables.created[index] = Created(
      bytes: bytes, mappedBytes: bytes, address: address, references: 0, isMapped: true,
      isTaken: false, isForeign: true, access: 0, stamp: 0)
    return true
  }

  private static func first(
    in address: UInt64, bytes: UInt64, mapped: Bool, besides handle: UInt64 = 0
  ) -> Int? {
    guard let tables = tables else { return nil }
    var index = 0
    while index < createdCount {
      let entry = tables.created[index]
      if entry.bytes > 0, entry.address != 0, entry.isMapped == mapped,
        handle != mark | UInt64(index),
        entry.address &- address < bytes || address &- entry.address < entry.mappedBytes
      {
        return index
      }
      index &+= 1
    }
    return nil
  }

  /// A handle, not this one, that is parked somewhere in a range; nil: none.
  static func parked(in address: UInt64, bytes: UInt64, besides handle: UInt64) -> UInt64? {
    guard let index = first(in: address, bytes: bytes, mapped: false, besides: handle) else {
      return nil
    }
    return mark | UInt64(index)
  }

  /// Whether anything is mapped in a range, ours or not.
  static func isMapped(in address: UInt64, bytes: UInt64) -> Bool {
    first(in: address, bytes: bytes, mapped: true) != nil
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

  /// Ends the mapping that begins at an address. `stamp`: submissions that may use it, 0 if none.
  /// Nil: nothing is mapped there.
  static func unmap(_ address: UInt64, stamp: UInt64) -> Rest? {
    guard let tables = tables, let index = place(covering: address, mapped: true),
      tables.created[index].address == address
    else { return nil }
    let entry = tables.created + index
    entry.pointee.isMapped = false
    if entry.pointee.isForeign {
      entry.pointee.bytes = 0
      return .nothing
    }
    entry.pointee.stamp = stamp
    return endIfUnheld(entry)
  }

  /// One of the mappings that lie behind a range.
  struct Piece {
    var address: UInt64
    var bytes: UInt64
    var isForeign: Bool
    var access: UInt8

    var end: UInt64 { address &+ bytes }
  }

  /// The mapping that covers an address; nil: none does.
  static func piece(_ address: UInt64) -> Piece? {
    guard let tables = tables, let index = place(covering: address, mapped: true) else {
      return nil
    }
    let entry = tables.created[index]
    return Piece(
      address: entry.address, bytes: entry.mappedBytes, isForeign: entry.isForeign,
      access: entry.access)
  }

  /// Whether mappings cover the whole of a range.
  static func covers(_ address: UInt64, bytes: UInt64) -> Bool {
    var at = address
    while at &- address < bytes {
      guard let piece = piece(at) else { return false }
      at = piece.end
    }
    return true
  }

  static func setAccess(_ address: UInt64, _ access: UInt8) {
    guard let tables = tables, let index = place(covering: address, mapped: true) else { return }
    tables.created[index].access = access
  }

  // MARK: reservations

  static func noteReserved(_ address: UInt64, bytes: UInt64) -> Bool {
    guard let tables = tables else { return false }
    var index = 0
    while index < reservedCount && tables.reserved[index].bytes > 0 { index &+= 1 }
    if index == Limits.reservations { return false }
    reservedCount = max(reservedCount, index &+ 1)
    tables.reserved[index] = Reserved(address: address, bytes: bytes, isEnding: false)
    return true
  }

  /// The reservation that an address lies in: where it begins and how long it is.
  static func reservation(of address: UInt64) -> (address: UInt64, bytes: UInt64)? {
    guard let tables = tables else { return nil }
    var index = 0
    while index < reservedCount {
      let entry = tables.reserved[index]
      if address &- entry.address < entry.bytes, !entry.isEnding {
        return (entry.address, entry.bytes)
      }
      index &+= 1
    }
    return nil
  }

  /// The program gives a reservation up: its addresses are anybody's once nothing is parked there
  /// or rests (`reap`).
  static func endReserved(_ address: UInt64) {
    guard let tables = tables else { return }
    var index = 0
    while index < reservedCount {
      let entry = tables.reserved + index
      if entry.pointee.address == address, entry.pointee.bytes > 0, !entry.pointee.isEnding {
        entry.pointee.isEnding = true
        endingCount &+= 1
      }
      index &+= 1
    }
  }

  /// Gives back the addresses of reservations that are given up and clear by now.
  static func reap(_ shadow: inout Shadow) {
    guard let tables = tables, endingCount > 0 else { return }
    var index = 0
    while index < reservedCount {
      let entry = tables.reserved + index
      if entry.pointee.isEnding,
        (try? shadow.unpromise(entry.pointee.address, bytes: entry.pointee.bytes)) != nil
      {
        entry.pointee = Reserved(address: 0, bytes: 0, isEnding: false)
        endingCount &-= 1
      }
      index &+= 1
    }
  }
}
