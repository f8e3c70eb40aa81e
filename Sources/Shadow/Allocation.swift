internal import Faults

/// An allocation that has its addresses but is not yet the program's. Settle it with `commit` or
/// `cancel`.
public struct Plan: ~Copyable {
  public let address: UInt64
  /// Chunks that must be made for it: by so much it grows the footprint and, if it is to be
  /// resident, needs credit. 0 if existing chunks hold it: then `commit` at once.
  public let newBytes: UInt64
  let block: UInt32
}

/// A live allocation as the program asked for it.
public struct Allocation {
  public var address: UInt64
  public var bytes: UInt64
  /// As given to `commit`.
  public var tag: UInt16
}

extension Shadow {
  // MARK: Allocate

  /// Finds room for an allocation. The footprint counts `newBytes` from here on; nothing has device
  /// memory yet. To make it resident run `beginBacking` to its end, then `commit`; `commit` alone
  /// only reserves.
  public mutating func plan(bytes: UInt64) throws(ShadowFault) -> Plan {
    if bytes == 0 { throw .invalidValue }
    if bytes > UInt64(pageCount) &<< 21 { throw .addressesExhausted }
    if bytes < Shadow.pageBytes { return try planSmall(bytes: bytes) }
    let count = UInt32(truncatingIfNeeded: (bytes &+ Shadow.pageBytes &- 1) &>> 21)
    let index = try takeBlock()
    var newBytes: UInt64 = 0
    var first: UInt32
    let dead = takeDead(count)
    if dead != 0 {
      first = dead &- 1
      revive(first, count, owner: index)
    } else {
      do throws(ShadowFault) {
        first = try takeHole(count)
      } catch {
        giveBackBlock(index)
        throw error
      }
      newBytes = UInt64(count) &<< 21
      makeChunks(first, count, owner: index)
    }
    block(index).pointee = Block(
      bytes: bytes, stamp: 0, page: first, pages: count, unit: 0, units: 0, before: 0, after: 0,
      state: .planned)
    return Plan(address: address(ofPage: first), newBytes: newBytes, block: index)
  }

  /// The allocation becomes the program's. Chunks that were not backed are blank: `enter` backs
  /// them.
  /// - Parameter tag: anything the caller wants to know of it later.
  public mutating func commit(_ plan: consuming Plan, tag: UInt16 = 0) -> UInt64 {
    let entry = block(plan.block)
    entry.pointee.state = .live
    entry.pointee.tag = tag
    used &+= blockBytes(plan.block)
    var index = entry.pointee.page
    let end = index &+ max(entry.pointee.pages, 1)
    while index < end {
      if page(index).pointee.state == .reserved { setState(index, .blank) }
      index &+= page(index).pointee.pages
    }
    if entry.pointee.pages == 0 { openSlab(page(entry.pointee.page).pointee.owner) }
    return plan.address
  }

  /// Undoes a plan. Chunks that were backed meanwhile are dead: `beginTrim` gives them back. A
  /// backing motion of this plan must have ended.
  public mutating func cancel(_ plan: consuming Plan) {
    guard block(plan.block).pointee.state == .planned else { return }
    if page(block(plan.block).pointee.page).pointee.isProgram { createdBytes &+= plan.newBytes }
    releaseBlock(plan.block)
  }

  /// Chunks of equal size as far as pages allow, as few as possible.
  mutating func makeChunks(_ first: UInt32, _ count: UInt32, owner: UInt32) {
    let log = UInt32(truncatingIfNeeded: chunkPagesMax.trailingZeroBitCount)
    let chunkCount = (count &+ chunkPagesMax &- 1) &>> log
    let (pagesEach, more) = (
      count.dividedReportingOverflow(by: chunkCount).partialValue,
      count.remainderReportingOverflow(dividingBy: chunkCount).partialValue
    )
    var at = first
    var made: UInt32 = 0
    while made < chunkCount {
      let length = made < more ? pagesEach &+ 1 : pagesEach
      makeChunk(at, length, .reserved, owner: owner, isSlab: false)
      at &+= length
      made &+= 1
    }
  }

  /// First page + 1 of dead chunks that are together exactly so long; 0: none was found.
  mutating func takeDead(_ count: UInt32) -> UInt32 {
    var found = deadBins.sameSize(count)
    var tries = 0
    while found != 0, tries < Shadow.searchCountMax {
      if cutDead(found &- 1, count) { return found }
      found = deadBins.next(found &- 1)
      tries &+= 1
    }
    found = deadBins.atLeast(count &+ 1)
    tries = 0
    while found != 0, tries < Shadow.searchCountMax {
      if cutDead(found &- 1, count) { return found }
      found = deadBins.next(found &- 1)
      tries &+= 1
    }
    return 0
  }

  /// Takes the first pages of a dead extent if a chunk ends there.
  private mutating func cutDead(_ first: UInt32, _ count: UInt32) -> Bool {
    let length = page(first).pointee.extentPages
    // Addresses of the program's own are nobody else's.
    if length < count || (page(first).pointee.isProgram && !fault(161)) { return false }
    let rest = first &+ count
    if length > count, page(rest).pointee.head != rest { return false }
    deadBins.remove(first, size: length)
    if length > count { addDead(rest, length &- count) }
    return true
  }

  /// Lists chunks that are all dead.
  mutating func addDead(_ first: UInt32, _ count: UInt32) {
    page(first).pointee.extentPages = count
    deadBins.insert(first, size: count)
  }

  /// Makes dead chunks those of a block or slab. Their contents stay: they are this program's own.
  mutating func revive(_ first: UInt32, _ count: UInt32, owner: UInt32, isSlab: Bool = false) {
    var index = first
    while index < first &+ count {
      setState(index, .resident)
      page(index).pointee.owner = owner
      page(index).pointee.isSlab = isSlab
      index &+= page(index).pointee.pages
    }
  }

  // MARK: Free

  /// Frees an allocation. It stays in quarantine until `observe` has seen `stamp` submissions
  /// complete, not at all if it has already; host copies are dropped at once.
  /// - Parameter stamp: submissions that may use it; where it has to rest, a lower one than before
  ///   counts as the highest yet. 0: none may.
  /// - Parameter permits: whether an allocation of this tag may be freed here.
  /// - Returns: what was freed.
  /// - Throws: `invalidValue` for anything but the start of a live allocation that may be freed.
  @discardableResult
  public mutating func free(
    _ address: UInt64, stamp: UInt64, permits: (UInt16) -> Bool = { _ in true }
  ) throws(ShadowFault) -> Allocation {
    let found = block(containing: address, .live)
    if found == 0 { throw .invalidValue }
    let index = found &- 1
    if blockAddress(index) != address, !fault(150) { throw .invalidValue }
    if !permits(block(index).pointee.tag) { throw .invalidValue }
    let freed = allocation(index)
    free(block: index, stamp: stamp)
    return freed
  }

  /// Frees every live allocation whose tag is `tag` in the bits of `mask`.
  public mutating func freeAll(tag: UInt16, mask: UInt16, stamp: UInt64) {
    var index: UInt32 = 0
    while index < freshBlock {
      let entry = block(index).pointee
      if entry.state == .live, entry.tag & mask == tag { free(block: index, stamp: stamp) }
      index &+= 1
    }
  }

  private mutating func free(block index: UInt32, stamp: UInt64) {
    let entry = block(index)
    used &-= blockBytes(index)
    entry.pointee.state = .quarantined
    if entry.pointee.pages > 0 { vacate(entry.pointee.page, entry.pointee.pages) }
    if stamp <= completedSubmissions {
      releaseBlock(index)
      return
    }
    lastStamp = max(lastStamp, stamp)
    entry.pointee.stamp = lastStamp
    quarantineBytes &+= blockBytes(index)
    blockLinks[Int(truncatingIfNeeded: index)] = Link(next: 0, previous: quarantineLast)
    if quarantineLast == 0 {
      quarantineFirst = index &+ 1
    } else {
      blockLinks[Int(truncatingIfNeeded: quarantineLast &- 1)].next = index &+ 1
    }
    quarantineLast = index &+ 1
  }

  /// Makes a freed allocation the program's again before what was submitted is complete: for a
  /// caller that knows that the work to come runs behind that. Its contents are as they were left.
  /// False, and nothing changed, unless it rests in quarantine with all its memory and so many
  /// bytes take the room it has.
  public mutating func revive(_ address: UInt64, bytes: UInt64, tag: UInt16) -> Bool {
    let found = block(containing: address, .quarantined)
    if found == 0 { return false }
    let index = found &- 1
    let entry = block(index)
    let isSameRoom =
      entry.pointee.pages > 0
      ? bytes > 0 && (bytes &+ Shadow.pageBytes &- 1) &>> 21 == UInt64(entry.pointee.pages)
      : bytes < Shadow.pageBytes && planSmallUnits(bytes) == entry.pointee.units
    guard isSameRoom, blockAddress(index) == address, isResident(index) else { return false }
    let link = blockLinks[Int(truncatingIfNeeded: index)]
    if link.previous == 0 {
      quarantineFirst = link.next
    } else {
      blockLinks[Int(truncatingIfNeeded: link.previous &- 1)].next = link.next
    }
    if link.next == 0 {
      quarantineLast = link.previous
    } else {
      blockLinks[Int(truncatingIfNeeded: link.next &- 1)].previous = link.previous
    }
    quarantineBytes &-= blockBytes(index)
    used &+= blockBytes(index)
    entry.pointee.bytes = bytes
    entry.pointee.tag = tag
    entry.pointee.state = .live
    return true
  }

  private func isResident(_ index: UInt32) -> Bool {
    var at = block(index).pointee.page
    let end = at &+ max(block(index).pointee.pages, 1)
    while at < end {
      if page(at).pointee.state != .resident { return false }
      at &+= page(at).pointee.pages
    }
    return true
  }

  /// Releases every block whose submissions are complete. Its chunks become dead; its addresses may
  /// be handed out again.
  public mutating func observe(completedSubmissions count: UInt64) {
    completedSubmissions = max(completedSubmissions, count)
    while quarantineFirst != 0 {
      let index = quarantineFirst &- 1
      if block(index).pointee.stamp > completedSubmissions, !fault(140) { return }
      quarantineFirst = blockLinks[Int(truncatingIfNeeded: index)].next
      if quarantineFirst == 0 {
        quarantineLast = 0
      } else {
        blockLinks[Int(truncatingIfNeeded: quarantineFirst &- 1)].previous = 0
      }
      quarantineBytes &-= blockBytes(index)
      releaseBlock(index)
    }
  }

  /// Drops what a freed range holds on the host only.
  private mutating func vacate(_ first: UInt32, _ count: UInt32) {
    var index = first
    while index < first &+ count {
      let length = page(index).pointee.pages
      switch page(index).pointee.state {
      case .blank, .swappedOut:
        if !fault(141) { freeSlots(ofChunk: index) }
        setState(index, .vacant)
      case .hole, .body, .reserved, .arriving, .resident, .leaving, .vacant, .dead, .promised:
        break
      }
      index &+= length
    }
  }

  mutating func releaseBlock(_ index: UInt32) {
    let entry = block(index)
    if entry.pointee.pages == 0 {
      releaseSmall(index)
    } else {
      letGo(entry.pointee.page, entry.pointee.pages)
      giveBackBlock(index)
    }
  }

  /// Chunks without an owner any more: dead if they have device memory, else gone. A moving one is
  /// let go by its motion.
  mutating func letGo(_ first: UInt32, _ count: UInt32) {
    var index = first
    var deadFirst = first
    var deadCount: UInt32 = 0
    while index < first &+ count {
      let length = page(index).pointee.pages
      if page(index).pointee.state == .resident, !fault(156) {
        if deadCount == 0 { deadFirst = index }
        setState(index, .dead)
        page(index).pointee.isSlab = false
        deadCount &+= length
      } else {
        if deadCount > 0 { addDead(deadFirst, deadCount) }
        deadCount = 0
        switch page(index).pointee.state {
        case .reserved, .blank, .vacant, .swappedOut:
          freeSlots(ofChunk: index)
          dissolve(index)
        case .arriving, .leaving: page(index).pointee.isDoomed = true
        case .hole, .body, .resident, .dead, .promised: break
        }
      }
      index &+= length
    }
    if deadCount > 0 { addDead(deadFirst, deadCount) }
  }

  // MARK: Queries

  /// The live allocation that holds this address; nil for any other address.
  public func allocation(containing address: UInt64) -> Allocation? {
    let found = block(containing: address, .live)
    return found == 0 ? nil : allocation(found &- 1)
  }

  @inline(__always)
  private func allocation(_ index: UInt32) -> Allocation {
    let entry = block(index).pointee
    return Allocation(address: blockAddress(index), bytes: entry.bytes, tag: entry.tag)
  }

  /// Block + 1 in this state; 0: none.
  @inline(__always)
  private func block(containing address: UInt64, _ state: BlockState) -> UInt32 {
    if !contains(address) { return 0 }
    let offset = address &- base
    let at = page(UInt32(truncatingIfNeeded: offset &>> 21))
    if at.pointee.state == .hole { return 0 }
    let head = page(at.pointee.head)
    if head.pointee.state == .dead || head.pointee.state == .promised { return 0 }
    if head.pointee.isDoomed { return 0 }
    var index = head.pointee.owner
    if head.pointee.isSlab {
      let unit = UInt32(
        truncatingIfNeeded: (offset & (Shadow.pageBytes &- 1)) &>> Shadow.unitShift)
      let found = smallBlock(slab: index, containing: unit)
      if found == 0 { return 0 }
      index = found &- 1
    }
    let entry = block(index)
    if entry.pointee.state != state { return 0 }
    return address &- blockAddress(index) < entry.pointee.bytes ? index &+ 1 : 0
  }

  @inline(__always)
  func blockAddress(_ index: UInt32) -> UInt64 {
    let entry = block(index)
    return address(ofPage: entry.pointee.page)
      &+ (UInt64(entry.pointee.unit) &<< Shadow.unitShift)
  }

  /// As rounded.
  @inline(__always)
  func blockBytes(_ index: UInt32) -> UInt64 {
    let entry = block(index)
    return entry.pointee.pages > 0
      ? UInt64(entry.pointee.pages) &<< 21
      : UInt64(entry.pointee.units) &<< Shadow.unitShift
  }

  // MARK: Block entries

  mutating func takeBlock() throws(ShadowFault) -> UInt32 {
    if unusedBlock != 0 {
      let index = unusedBlock &- 1
      unusedBlock = blockLinks[Int(truncatingIfNeeded: index)].next
      return index
    }
    if freshBlock == blockCount { throw .tooManyAllocations }
    freshBlock &+= 1
    return freshBlock &- 1
  }

  mutating func giveBackBlock(_ index: UInt32) {
    block(index).pointee.state = .unused
    blockLinks[Int(truncatingIfNeeded: index)] = Link(next: unusedBlock, previous: 0)
    unusedBlock = index &+ 1
  }
}
