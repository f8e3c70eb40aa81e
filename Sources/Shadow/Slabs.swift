internal import Faults

/// Blocks smaller than a page, in slabs of one page. Neighbouring free blocks are always joined;
/// an empty slab is let go.
extension Shadow {
  func planSmallUnits(_ bytes: UInt64) -> UInt32 {
    if fault(147) { return max(UInt32(truncatingIfNeeded: bytes &>> Shadow.unitShift), 1) }
    return UInt32(truncatingIfNeeded: (bytes &+ Shadow.unitBytes &- 1) &>> Shadow.unitShift)
  }

  mutating func planSmall(bytes: UInt64) throws(ShadowFault) -> Plan {
    let units = planSmallUnits(bytes)
    var found = blockBins.atLeast(units)
    if found == 0 {
      found = blockBins.sameSize(units)
      var tries = 0
      while found != 0, block(found &- 1).pointee.units < units {
        tries &+= 1
        found = tries < Shadow.searchCountMax ? blockBins.next(found &- 1) : 0
      }
    }
    var newBytes: UInt64 = 0
    let index: UInt32
    if found != 0 {
      index = found &- 1
      try split(index, units, isListed: true)
    } else {
      (index, newBytes) = try makeSlab(units)
    }
    let entry = block(index)
    entry.pointee.state = .planned
    entry.pointee.bytes = bytes
    let owner = page(entry.pointee.page).pointee.owner
    slab(owner).pointee.usedBlocks &+= 1
    return Plan(address: blockAddress(index), newBytes: newBytes, block: index)
  }

  /// Cuts a free block to `units`; what is left becomes a free block.
  private mutating func split(
    _ index: UInt32, _ units: UInt32, isListed: Bool
  ) throws(ShadowFault) {
    let entry = block(index)
    let had = entry.pointee.units
    if had == units {
      if isListed { blockBins.remove(index, size: had) }
      return
    }
    let rest = try takeBlock()
    if isListed { blockBins.remove(index, size: had) }
    entry.pointee.units = units
    block(rest).pointee = Block(
      bytes: 0, stamp: 0, page: entry.pointee.page, pages: 0, unit: entry.pointee.unit &+ units,
      units: had &- units, before: index &+ 1, after: entry.pointee.after, state: .free)
    if entry.pointee.after != 0 { block(entry.pointee.after &- 1).pointee.before = rest &+ 1 }
    entry.pointee.after = rest &+ 1
    markStart(rest)
    if isListed { blockBins.insert(rest, size: had &- units) }
  }

  /// A new slab whose first block has so many units. Open if it took a dead chunk.
  private mutating func makeSlab(
    _ units: UInt32
  ) throws(ShadowFault) -> (block: UInt32, newBytes: UInt64) {
    let owner: UInt32
    if unusedSlab != 0 {
      owner = unusedSlab &- 1
    } else {
      if freshSlab == slabCount { throw .tooManyAllocations }
      owner = freshSlab
    }
    if freshBlock &+ 2 > blockCount, unusedBlock == 0 { throw .tooManyAllocations }
    let index = try takeBlock()
    let dead = takeDead(1)
    let at: UInt32
    if dead != 0 {
      at = dead &- 1
      revive(at, 1, owner: owner, isSlab: true)
    } else {
      do throws(ShadowFault) {
        at = try takeHole(1)
      } catch {
        giveBackBlock(index)
        throw error
      }
      makeChunk(at, 1, .reserved, owner: owner, isSlab: true)
    }
    if unusedSlab != 0 {
      unusedSlab = slabLinks[Int(truncatingIfNeeded: owner)]
    } else {
      freshSlab &+= 1
    }
    slab(owner).pointee = Slab(page: at, usedBlocks: 0, isOpen: false)
    block(index).pointee = Block(
      bytes: 0, stamp: 0, page: at, pages: 0, unit: 0, units: Shadow.unitsPerPage, before: 0,
      after: 0, state: .free)
    markStart(index)
    do throws(ShadowFault) {
      try split(index, units, isListed: false)
    } catch {
      dropSlab(owner, lastBlock: index)
      throw error
    }
    if dead != 0 || fault(155) { openSlab(owner) }
    return (index, dead != 0 ? 0 : Shadow.pageBytes)
  }

  /// From here on the slab's free blocks may be handed out. Until then only the plan that made it
  /// has a block in it, and what is left is one free block behind that.
  mutating func openSlab(_ owner: UInt32) {
    if slab(owner).pointee.isOpen { return }
    slab(owner).pointee.isOpen = true
    let first = findStart(slab(owner).pointee.page, 0)
    if first == 0 { return }
    let after = block(first &- 1).pointee.after
    if after == 0 { return }
    blockBins.insert(after &- 1, size: block(after &- 1).pointee.units)
  }

  mutating func releaseSmall(_ released: UInt32) {
    var index = released
    let owner = page(block(index).pointee.page).pointee.owner
    let isOpen = slab(owner).pointee.isOpen
    block(index).pointee.state = .free
    slab(owner).pointee.usedBlocks &-= 1
    let before = block(index).pointee.before
    if before != 0, block(before &- 1).pointee.state == .free {
      if isOpen { blockBins.remove(before &- 1, size: block(before &- 1).pointee.units) }
      absorb(before &- 1)
      index = before &- 1
    }
    let after = block(index).pointee.after
    if after != 0, block(after &- 1).pointee.state == .free || fault(146) {
      if isOpen, block(after &- 1).pointee.state == .free {
        blockBins.remove(after &- 1, size: block(after &- 1).pointee.units)
      }
      absorb(index)
    }
    if slab(owner).pointee.usedBlocks == 0 {
      dropSlab(owner, lastBlock: index)
    } else if isOpen {
      blockBins.insert(index, size: block(index).pointee.units)
    }
  }

  /// Joins a block with the one behind it, which is in no list.
  private mutating func absorb(_ index: UInt32) {
    let entry = block(index)
    let gone = entry.pointee.after &- 1
    unmarkStart(gone)
    entry.pointee.units &+= block(gone).pointee.units
    entry.pointee.after = block(gone).pointee.after
    if entry.pointee.after != 0 { block(entry.pointee.after &- 1).pointee.before = index &+ 1 }
    giveBackBlock(gone)
  }

  private mutating func dropSlab(_ owner: UInt32, lastBlock: UInt32) {
    unmarkStart(lastBlock)
    giveBackBlock(lastBlock)
    letGo(slab(owner).pointee.page, 1)
    slabLinks[Int(truncatingIfNeeded: owner)] = unusedSlab
    unusedSlab = owner &+ 1
  }

  // MARK: From units to blocks

  private func startWord(_ owner: UInt32, _ unit: UInt32) -> UnsafeMutablePointer<UInt64> {
    let slabStart = Int(truncatingIfNeeded: owner) &* Layout.startWordCount
    return starts + (slabStart &+ Int(truncatingIfNeeded: unit &>> 6))
  }

  private func hashSlot(_ at: UInt32, _ unit: UInt32) -> UInt32 {
    let key = UInt64(at) &<< 13 | UInt64(unit)
    return UInt32(truncatingIfNeeded: (key &* 0x9E37_79B9_7F4A_7C15) &>> 32) & hashMask
  }

  /// Block + 1 that starts there; 0: none.
  @inline(__always)
  private func findStart(_ at: UInt32, _ unit: UInt32) -> UInt32 {
    var slot = hashSlot(at, unit)
    while true {
      let found = hash[Int(truncatingIfNeeded: slot)]
      if found == 0 { return 0 }
      let entry = block(found &- 1)
      if entry.pointee.page == at, entry.pointee.unit == unit { return found }
      slot = (slot &+ 1) & hashMask
    }
  }

  private mutating func markStart(_ index: UInt32) {
    let entry = block(index)
    let owner = page(entry.pointee.page).pointee.owner
    startWord(owner, entry.pointee.unit).pointee |= 1 &<< UInt64(entry.pointee.unit & 63)
    var slot = hashSlot(entry.pointee.page, entry.pointee.unit)
    while hash[Int(truncatingIfNeeded: slot)] != 0 { slot = (slot &+ 1) & hashMask }
    hash[Int(truncatingIfNeeded: slot)] = index &+ 1
  }

  /// Linear probing with later entries moved up, so that no marks of removed ones stay behind.
  private mutating func unmarkStart(_ index: UInt32) {
    let entry = block(index)
    let owner = page(entry.pointee.page).pointee.owner
    startWord(owner, entry.pointee.unit).pointee &= ~(1 &<< UInt64(entry.pointee.unit & 63))
    var slot = hashSlot(entry.pointee.page, entry.pointee.unit)
    while hash[Int(truncatingIfNeeded: slot)] != index &+ 1 { slot = (slot &+ 1) & hashMask }
    var probe = slot
    while true {
      probe = (probe &+ 1) & hashMask
      let moved = hash[Int(truncatingIfNeeded: probe)]
      if moved == 0 { break }
      let other = block(moved &- 1)
      let home = hashSlot(other.pointee.page, other.pointee.unit)
      if (probe &- home) & hashMask >= (probe &- slot) & hashMask {
        hash[Int(truncatingIfNeeded: slot)] = moved
        slot = probe
      }
    }
    hash[Int(truncatingIfNeeded: slot)] = 0
  }

  /// Block + 1 that covers this unit.
  @inline(__always)
  func smallBlock(slab owner: UInt32, containing unit: UInt32) -> UInt32 {
    var word = unit &>> 6
    var bits = startWord(owner, unit).pointee & (UInt64.max &>> UInt64(63 &- (unit & 63)))
    while bits == 0, word > 0 {
      word &-= 1
      bits = startWord(owner, word &<< 6).pointee
    }
    if bits == 0 { return 0 }
    let start = word &<< 6 &+ UInt32(truncatingIfNeeded: 63 &- bits.leadingZeroBitCount)
    return findStart(slab(owner).pointee.page, start)
  }
}
