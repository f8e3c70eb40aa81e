internal import Faults

extension Shadow {
  /// What would be left if all that is begun ends well: residents for `leave`, dead for `trim`.
  private func remaining(_ motion: borrowing Motion) -> UInt64 {
    motion.kind == .trim ? bytes(.dead) : residentBytes &- bytes(.leaving)
  }

  /// Takes dead chunks to unmap at once.
  mutating func chooseDead(_ motion: inout Motion) -> Bool {
    let target = motion.targetBytes
    if remaining(motion) <= target { return false }
    let found = deadBins.anyLargest()
    if found == 0 { return false }
    let first = found &- 1
    let length = page(first).pointee.extentPages
    deadBins.remove(first, size: length)
    var end = first
    while end < first &+ length, end &- first < chunkPagesMax || end == first,
      remaining(motion) > target
    {
      let pages = page(end).pointee.pages
      if end > first, end &+ pages &- first > chunkPagesMax { break }
      page(end).pointee.isDoomed = true
      setState(end, .leaving)
      end &+= pages
    }
    if end < first &+ length { addDead(end, first &+ length &- end) }
    motion.work = Batch()
    motion.work.first = first
    motion.work.end = end
    motion.phase = .unmap
    return true
  }

  /// Takes live chunks to copy out, from the cursor down.
  mutating func chooseLive(_ motion: inout Motion) -> Bool {
    if remaining(motion) <= motion.targetBytes { return false }
    var first = motion.cursor
    while first > 0 {
      let at = page(first &- 1)
      if at.pointee.state == .hole {
        first &-= 1
        continue
      }
      if page(at.pointee.head).pointee.state == .resident { break }
      first = at.pointee.head
    }
    motion.cursor = first
    if first == 0 { return false }
    // The chunk may reach above the cursor, where it was a hole when the cursor passed.
    let highest = page(first &- 1).pointee.head
    let end = highest &+ page(highest).pointee.pages
    if end &- highest > freeSlots {
      motion.lacksLease = true
      motion.wantedBytes = UInt64(end &- highest &- freeSlots) &<< 21
      return false
    }
    first = highest
    setState(first, .leaving)
    while first > 0, remaining(motion) > motion.targetBytes {
      if page(first &- 1).pointee.state == .hole { break }
      let lower = page(first &- 1).pointee.head
      if page(lower).pointee.state != .resident { break }
      if end &- lower > min(chunkPagesMax, freeSlots) { break }
      setState(lower, .leaving)
      first = lower
    }
    takeSlots(first, end)
    motion.cursor = first
    motion.work = Batch()
    motion.work.first = first
    motion.work.end = end
    motion.at = first
    motion.phase = .copy
    return true
  }

  /// The next run of the batch that is one piece on the host, or nil when all are queued.
  mutating func copy(_ motion: inout Motion) -> Step? {
    if motion.at >= motion.work.end {
      if fault(142) { motion.work.hasToken = false }
      motion.push()
      return nil
    }
    let first = motion.at
    let slot = page(first).pointee.slot
    var end = first &+ 1
    while end < motion.work.end, page(end).pointee.slot == slot &+ (end &- first) { end &+= 1 }
    motion.runPages = end &- first
    return .copyOut(
      address: address(ofPage: first), hostOffset: UInt64(slot &- 1) &<< 21,
      bytes: UInt64(end &- first) &<< 21)
  }
}
