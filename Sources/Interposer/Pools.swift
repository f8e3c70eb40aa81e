// Memory pools. The pool objects are the driver's own, with their settings; the memory of a pool on
// our device is ours, so it moves like any other and no driver pool ever holds any.
//
// What is freed in stream order rests like all that is freed (`Shadow`), but the stream that freed
// it may have it back at once: its later work runs behind its earlier.

internal import CInterposer
internal import Faults
internal import Shadow

/// `CUmemPool_attribute` values that only we can answer for our pools.
enum PoolAttribute {
  static let reservedCurrent: Int32 = 5
  static let reservedHigh: Int32 = 6
  static let usedCurrent: Int32 = 7
  static let usedHigh: Int32 = 8
}

private struct Pool {
  /// The driver's; 0: no pool here, or destroyed with memory still in use.
  var handle: UInt
  var bytesMax: UInt64
  var usedBytes: UInt64
  var usedBytesHigh: UInt64
}

/// Freed by a stream and perhaps still at rest.
private struct Rested {
  var address: UInt64
  /// As rounded; 0: nothing here.
  var bytes: UInt64
  var stream: UInt64
}

private struct Tables {
  var pools: UnsafeMutablePointer<Pool>
  var rested: UnsafeMutablePointer<Rested>
}

nonisolated(unsafe) private var tables: Tables? = nil
nonisolated(unsafe) private var nextRested = 0
/// Places ever used: none while a program frees nothing in stream order.
nonisolated(unsafe) private var usedRested = 0

/// Everything here that touches the tables is called with the memory lock held.
enum Pools {
  static func prepare() -> Bool {
    let poolBytes = Limits.pools &* MemoryLayout<Pool>.stride
    let bytes = poolBytes &+ Limits.rested &* MemoryLayout<Rested>.stride
    guard let memory = System.map(byteCount: bytes) else { return false }
    tables = Tables(
      pools: memory.bindMemory(to: Pool.self, capacity: Limits.pools),
      rested: (memory + poolBytes).bindMemory(to: Rested.self, capacity: Limits.rested))
    return true
  }

  // MARK: pools

  /// The place of a pool whose memory is ours; nil: the driver's business.
  static func place(_ handle: UInt) -> Int? {
    guard let tables = tables, handle != 0 else { return nil }
    var index = 0
    while index < Limits.pools {
      if tables.pools[index].handle == handle { return index }
      index &+= 1
    }
    return nil
  }

  /// Takes a pool on. Nil when there are too many: such a pool is left to the driver.
  static func add(_ handle: UInt, bytesMax: UInt64) -> Int? {
    if let known = place(handle) { return known }
    guard let tables = tables else { return nil }
    var index = 0
    while index < Limits.pools {
      let pool = tables.pools + index
      if pool.pointee.handle == 0 && pool.pointee.usedBytes == 0 {
        pool.pointee = Pool(handle: handle, bytesMax: bytesMax, usedBytes: 0, usedBytesHigh: 0)
        return index
      }
      index &+= 1
    }
    return nil
  }

  /// Destroyed: what is still in use stays until it is freed.
  static func remove(_ handle: UInt) {
    if let tables = tables, let index = place(handle) { tables.pools[index].handle = 0 }
  }

  static func handle(of pool: UInt16) -> UInt {
    guard let tables = tables, pool > 0, pool <= Limits.pools else { return 0 }
    return tables.pools[Int(truncatingIfNeeded: pool &- 1)].handle
  }

  /// Whether so much more may be taken from the pool.
  static func admits(_ index: Int, bytes: UInt64) -> Bool {
    guard let pool = tables?.pools[index] else { return false }
    return pool.bytesMax == 0
      || (pool.bytesMax > pool.usedBytes
        && bytes <= pool.bytesMax &- pool.usedBytes)
  }

  static func count(_ pool: UInt16, taken bytes: UInt64) {
    guard let tables = tables, pool > 0, pool <= Limits.pools else { return }
    let entry = tables.pools + Int(truncatingIfNeeded: pool &- 1)
    entry.pointee.usedBytes &+= bytes
    entry.pointee.usedBytesHigh = max(entry.pointee.usedBytesHigh, entry.pointee.usedBytes)
  }

  static func count(_ pool: UInt16, givenBack bytes: UInt64) {
    guard let tables = tables, pool > 0, pool <= Limits.pools, !fault(183) else { return }
    let entry = tables.pools + Int(truncatingIfNeeded: pool &- 1)
    entry.pointee.usedBytes &-= min(bytes, entry.pointee.usedBytes)
  }

  /// What a pool answers itself; nil: an attribute of the driver's.
  static func value(_ index: Int, _ attribute: Int32) -> UInt64? {
    guard let pool = tables?.pools[index] else { return nil }
    let page = Shadow.pageBytes
    switch attribute {
    case PoolAttribute.usedCurrent: return pool.usedBytes
    case PoolAttribute.usedHigh: return pool.usedBytesHigh
    case PoolAttribute.reservedCurrent: return (pool.usedBytes &+ page &- 1) & ~(page &- 1)
    case PoolAttribute.reservedHigh: return (pool.usedBytesHigh &+ page &- 1) & ~(page &- 1)
    default: return nil
    }
  }

  static func resetHigh(_ index: Int) {
    guard let tables = tables else { return }
    tables.pools[index].usedBytesHigh = tables.pools[index].usedBytes
  }

  // MARK: what its stream may have back

  /// Takes note of a free. What a stream freed is remembered, the oldest is forgotten. Whatever
  /// was noted of this address is void: the block was somebody else's since, and rests for them.
  static func rest(_ address: UInt64, bytes: UInt64, stream: UInt64) {
    guard let tables = tables else { return }
    var index = 0
    while index < usedRested && !fault(212) {
      if tables.rested[index].address == address { tables.rested[index].bytes = 0 }
      index &+= 1
    }
    if stream == 0 { return }
    usedRested = max(usedRested, nextRested &+ 1)
    tables.rested[nextRested] = Rested(address: address, bytes: rounded(bytes), stream: stream)
    nextRested = (nextRested &+ 1) & (Limits.rested &- 1)
  }

  /// Gives the stream something of this size that it freed, newest first.
  static func takeBack(
    _ shadow: inout Shadow, bytes: UInt64, stream: UInt64, owner: Owner
  ) -> UInt64? {
    guard let tables = tables, stream != 0 else { return nil }
    let wanted = rounded(bytes)
    var steps = 1
    while steps <= Limits.rested {
      let entry = tables.rested + ((nextRested &- steps) & (Limits.rested &- 1))
      steps &+= 1
      guard entry.pointee.bytes == wanted else { continue }
      if entry.pointee.stream != stream && !fault(191) { continue }
      entry.pointee.bytes = 0
      let address = entry.pointee.address
      if shadow.revive(address, bytes: bytes, tag: owner.tag) { return address }
    }
    return nil
  }

  /// The stream is gone, or (nil) all are: another may get its handle.
  static func forgetRested(of stream: UInt64?) {
    guard let tables = tables else { return }
    var index = 0
    while index < Limits.rested {
      let entry = tables.rested + index
      if stream == nil || entry.pointee.stream == stream { entry.pointee.bytes = 0 }
      index &+= 1
    }
  }

  private static func rounded(_ bytes: UInt64) -> UInt64 {
    let unit = bytes < Shadow.pageBytes ? Shadow.unitBytes : Shadow.pageBytes
    return (bytes &+ unit &- 1) & ~(unit &- 1)
  }
}
