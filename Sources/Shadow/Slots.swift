internal import Faults

/// The lease as slots of 2 MiB, each free or holding one page's bytes.
extension Shadow {
  /// Says how much of the lease is populated. Growth counts at once; shrinking is ignored, because
  /// a host copy may lie there.
  public mutating func setLease(bytes: UInt64) {
    var count = min(bytes &>> 21, UInt64(pageCount))
    if fault(154) { count = UInt64(pageCount) }
    slotCount = max(slotCount, UInt32(truncatingIfNeeded: count))
  }

  var freeSlots: UInt32 { slotCount &- usedSlots }

  private func isSlotUsed(_ slot: UInt32) -> Bool {
    slots[Int(truncatingIfNeeded: slot &>> 6)] &>> UInt64(slot & 63) & 1 != 0
  }

  /// Gives every page in the range a slot: one run where there is one, else the lowest free ones.
  /// There must be enough.
  mutating func takeSlots(_ first: UInt32, _ end: UInt32) {
    var slot = lowestFreeSlot
    var run: UInt32 = 0
    while run < end &- first, slot < slotCount {
      if run == 0, slot & 63 == 0, slots[Int(truncatingIfNeeded: slot &>> 6)] == UInt64.max {
        slot &+= 64
        continue
      }
      run = isSlotUsed(slot) ? 0 : run &+ 1
      slot &+= 1
    }
    slot = run == end &- first ? slot &- run : lowestFreeSlot
    var index = first
    while index < end {
      while slot < slotCount, isSlotUsed(slot) { slot &+= 1 }
      slots[Int(truncatingIfNeeded: slot &>> 6)] |= 1 &<< UInt64(slot & 63)
      page(index).pointee.slot = slot &+ 1
      usedSlots &+= 1
      slot &+= 1
      index &+= 1
    }
    while lowestFreeSlot < slotCount, isSlotUsed(lowestFreeSlot) { lowestFreeSlot &+= 1 }
  }

  /// Frees the slots of a chunk, if it has any.
  mutating func freeSlots(ofChunk head: UInt32) {
    var index = head
    while index < head &+ page(head).pointee.pages {
      let slot = page(index).pointee.slot
      if slot != 0 {
        slots[Int(truncatingIfNeeded: (slot &- 1) &>> 6)] &= ~(1 &<< UInt64((slot &- 1) & 63))
        page(index).pointee.slot = 0
        usedSlots &-= 1
        lowestFreeSlot = min(lowestFreeSlot, slot &- 1)
      }
      index &+= 1
    }
  }
}
