internal import Faults

/// Addresses that the program reserves and maps memory at itself (`cuMemAddressReserve`,
/// `cuMemMap`). They lie in the arena, so all that is mapped there moves like any allocation, but
/// nothing else is ever put there.
extension Shadow {
  /// Sets addresses aside.
  /// - Parameter alignmentBytes: a power of two; smaller ones count as a page.
  /// - Throws: `invalidValue` for a size that is no multiple of a page, `addressesExhausted`.
  public mutating func promise(
    bytes: UInt64, alignmentBytes: UInt64
  ) throws(ShadowFault) -> UInt64 {
    if bytes == 0 || bytes & (Shadow.pageBytes &- 1) != 0 { throw .invalidValue }
    if bytes > UInt64(pageCount) &<< 21 { throw .addressesExhausted }
    let alignment = max(alignmentBytes, Shadow.pageBytes)
    if alignment > UInt64(pageCount) &<< 21 { throw .addressesExhausted }
    let count = UInt32(truncatingIfNeeded: bytes &>> 21)
    let taken = count &+ UInt32(truncatingIfNeeded: alignment &>> 21) &- 1
    let first = try takeHole(taken)
    let aligned = (address(ofPage: first) &+ alignment &- 1) & ~(alignment &- 1)
    let start = UInt32(truncatingIfNeeded: (aligned &- base) &>> 21)
    var index = start
    while index < start &+ count {
      makePromised(index)
      index &+= 1
    }
    if start > first { makeHole(first, start &- first) }
    if first &+ taken > start &+ count {
      makeHole(start &+ count, first &+ taken &- start &- count)
    }
    return aligned
  }

  /// The reverse of `promise`, for all or part of what was set aside.
  /// - Throws: `invalidValue` unless all of it is set aside and nothing is mapped there.
  public mutating func unpromise(_ address: UInt64, bytes: UInt64) throws(ShadowFault) {
    let (first, count) = try promisedPages(address, bytes: bytes)
    makeHole(first, count)
  }

  /// Plans memory at addresses of the program's choice. Goes on like any plan; freed, the addresses
  /// are set aside again, once `beginTrim` has given the memory back.
  /// - Throws: `invalidValue` unless all of it is set aside and nothing is mapped there.
  public mutating func plan(at address: UInt64, bytes: UInt64) throws(ShadowFault) -> Plan {
    let (first, count) = try promisedPages(address, bytes: bytes)
    let index = try takeBlock()
    makeChunks(first, count, owner: index)
    var at = first
    while at < first &+ count {
      page(at).pointee.isProgram = true
      at &+= 1
    }
    block(index).pointee = Block(
      bytes: bytes, stamp: 0, page: first, pages: count, unit: 0, units: 0, before: 0, after: 0,
      state: .planned)
    createdBytes &-= bytes
    return Plan(address: address, newBytes: bytes, block: index)
  }

  /// What is in the way of mapping at addresses of the program's own, the worst last.
  public enum Occupancy: Int {
    case clear
    /// Memory without an owner, that a motion gives back or is about to.
    case lettingGo
    /// Freed memory that what was submitted may still use.
    case resting
    /// Something is mapped there, or the addresses are not the program's.
    case taken
  }

  public func occupancy(_ address: UInt64, bytes: UInt64) -> Occupancy {
    guard contains(address), bytes > 0, contains(address &+ bytes &- 1) else { return .taken }
    var index = UInt32(truncatingIfNeeded: (address &- base) &>> 21)
    let end = UInt32(truncatingIfNeeded: (address &+ bytes &- 1 &- base) &>> 21)
    var worst = Occupancy.clear
    while index <= end {
      let here = occupancy(page: index)
      if here.rawValue > worst.rawValue { worst = here }
      index &+= 1
    }
    return worst
  }

  private func occupancy(page index: UInt32) -> Occupancy {
    let entry = page(index)
    guard entry.pointee.isProgram, entry.pointee.state != .hole else { return .taken }
    let head = page(entry.pointee.head)
    switch head.pointee.state {
    case .promised: return .clear
    case .dead: return .lettingGo
    case .leaving where head.pointee.isDoomed, .arriving where head.pointee.isDoomed:
      return .lettingGo
    case .hole, .body, .reserved, .blank, .arriving, .resident, .leaving, .swappedOut, .vacant:
      return block(head.pointee.owner).pointee.state == .quarantined ? .resting : .taken
    }
  }

  private func promisedPages(
    _ address: UInt64, bytes: UInt64
  ) throws(ShadowFault) -> (first: UInt32, count: UInt32) {
    let offset = address &- base
    guard bytes > 0, (offset | bytes) & (Shadow.pageBytes &- 1) == 0, contains(address),
      bytes <= UInt64(pageCount) &<< 21 &- offset
    else { throw .invalidValue }
    let first = UInt32(truncatingIfNeeded: offset &>> 21)
    let count = UInt32(truncatingIfNeeded: bytes &>> 21)
    var index = first
    while index < first &+ count {
      if page(index).pointee.state != .promised { throw .invalidValue }
      index &+= 1
    }
    return (first, count)
  }

  func makePromised(_ index: UInt32) {
    page(index).pointee = Page(
      handle: 0, head: index, pages: 1, slot: 0, owner: 0, extentPages: 0, state: .promised,
      isSlab: false, isDoomed: false, isProgram: true)
  }
}
