internal import Faults

extension Shadow {
  private func isMissing(_ head: UInt32, for motion: borrowing Motion) -> Bool {
    switch page(head).pointee.state {
    case .blank, .swappedOut: true
    case .reserved: motion.kind == .backing
    case .hole, .body, .arriving, .resident, .leaving, .vacant, .dead, .promised: false
    }
  }

  /// Finds the next chunk without device memory, from the cursor up, and starts a batch there.
  mutating func chooseMissing(_ motion: inout Motion, _ residentBytesMax: UInt64) -> Bool {
    motion.wantedBytes = 0
    var index = motion.cursor
    while index < motion.rangeEnd {
      let at = page(index)
      if at.pointee.state == .hole {
        index &+= 1
        continue
      }
      let head = at.pointee.head
      if isMissing(head, for: motion) {
        motion.cursor = head
        let bytes = chunkBytes(head)
        if lacksCredit(bytes, residentBytesMax) {
          motion.wantedBytes = residentBytes &+ bytes &- residentBytesMax
          return false
        }
        motion.work = Batch()
        motion.work.first = head
        motion.work.end = head
        motion.phase = .create
        return true
      }
      index = head &+ page(head).pointee.pages
    }
    motion.cursor = motion.rangeEnd
    return false
  }

  private func lacksCredit(_ bytes: UInt64, _ residentBytesMax: UInt64) -> Bool {
    residentBytes &+ bytes > residentBytesMax && !fault(153)
  }

  /// Whether the chunk behind the batch joins it; then it counts as arriving. Else the batch is
  /// complete.
  mutating func extendArrival(_ motion: inout Motion, _ residentBytesMax: UInt64) -> Bool {
    let head = motion.work.end
    let first = motion.work.first
    if head < motion.rangeEnd, page(head).pointee.state != .hole,
      page(head).pointee.head == head, isMissing(head, for: motion),
      head == first || head &+ page(head).pointee.pages &- first <= chunkPagesMax,
      !lacksCredit(chunkBytes(head), residentBytesMax), !motion.isStopping
    {
      setState(head, .arriving)
      return true
    }
    endArrival(&motion)
    return false
  }

  /// No chunk joins the batch any more.
  func endArrival(_ motion: inout Motion) {
    if motion.work.end > motion.work.first {
      motion.phase = .access
    } else {
      motion.work = Batch()
      motion.phase = .choose
    }
  }

  /// The next run of the batch to copy in or to clear, or nil when all are queued.
  mutating func fill(_ motion: inout Motion) -> Step? {
    if motion.at >= motion.work.end {
      if fault(157) { freeSlots(ofChunk: motion.work.first) }
      motion.push()
      return nil
    }
    let first = motion.at
    let slot = page(first).pointee.slot
    var end = first &+ 1
    if slot == 0 {
      while end < motion.work.end, page(end).pointee.slot == 0 { end &+= 1 }
      motion.runPages = end &- first
      if fault(143) { motion.at = end; return nil }
      return .clear(address: address(ofPage: first), bytes: UInt64(end &- first) &<< 21)
    }
    while end < motion.work.end, page(end).pointee.slot == slot &+ (end &- first) { end &+= 1 }
    motion.runPages = end &- first
    if fault(144) { motion.at = end; return nil }
    return .copyIn(
      address: address(ofPage: first), hostOffset: UInt64(slot &- 1) &<< 21,
      bytes: UInt64(end &- first) &<< 21)
  }
}
