@testable import Shadow

extension Shadow {
  /// Looks at every table and says what does not hold.
  func audit() -> [String] {
    var wrong: [String] = []
    func check(_ holds: Bool, _ text: @autoclosure () -> String) {
      if !holds, wrong.count < 10 { wrong.append(text()) }
    }
    var sums = [UInt64](repeating: 0, count: 10)
    var slotUse: [UInt32: UInt32] = [:]
    var index: UInt32 = 0
    var holes: [UInt32: UInt32] = [:]
    var lastWasHole = false
    while index < pageCount {
      let entry = page(index).pointee
      if entry.state == .hole {
        check(!lastWasHole, "holes at \(index) not joined")
        check(entry.extentPages > 0, "hole without length at \(index)")
        holes[index] = entry.extentPages
        for inner in index..<(index + entry.extentPages) {
          check(page(inner).pointee.state == .hole, "page \(inner) in a hole is used")
        }
        lastWasHole = true
        index += max(entry.extentPages, 1)
        continue
      }
      lastWasHole = false
      if entry.state == .promised {
        check(entry.head == index && entry.isProgram, "promised page \(index) is not alone")
        check(entry.handle == 0 && entry.slot == 0, "promised page \(index) has memory")
        index += 1
        continue
      }
      check(entry.head == index && entry.pages > 0, "no chunk starts at \(index)")
      check(entry.pages <= chunkPagesMax, "chunk at \(index) is too long")
      sums[Int(entry.state.rawValue)] += UInt64(entry.pages) << 21
      for inner in index..<(index + entry.pages) {
        let slot = page(inner).pointee.slot
        check(page(inner).pointee.head == index, "page \(inner) has another head")
        if slot == 0 {
          check(entry.state != .swappedOut, "page \(inner) has no host copy")
          continue
        }
        check(slotUse.updateValue(inner, forKey: slot) == nil, "slot \(slot) is used twice")
        check(slot <= slotCount, "slot \(slot) beyond the lease")
        check(
          [.swappedOut, .arriving, .leaving].contains(entry.state),
          "\(entry.state) page \(inner) has a slot")
      }
      let hasMemory = [.resident, .arriving, .leaving, .dead].contains(entry.state)
      check(hasMemory || entry.handle == 0, "\(entry.state) chunk \(index) has a handle")
      index += max(entry.pages, 1)
    }
    for state in 2..<10 {
      check(sums[state] == stateBytes[state], "bytes in state \(state): \(sums[state])")
    }
    check(slotUse.count == Int(usedSlots), "\(slotUse.count) slots in use, counted \(usedSlots)")
    wrong += auditBlocks()
    return wrong
  }

  private func auditBlocks() -> [String] {
    var wrong: [String] = []
    var usedSum: UInt64 = 0
    var quarantineSum: UInt64 = 0
    var unitSum: [UInt32: UInt32] = [:]
    for index in 0..<freshBlock {
      let entry = block(index).pointee
      switch entry.state {
      case .unused: continue
      case .live: usedSum += blockBytes(index)
      case .quarantined: quarantineSum += blockBytes(index)
      case .free, .planned: break
      }
      if entry.pages > 0 { continue }
      unitSum[entry.page, default: 0] += entry.units
      if entry.after != 0 {
        let after = block(entry.after - 1).pointee
        if after.unit != entry.unit + entry.units { wrong.append("units at \(entry.unit) overlap") }
        if after.state == .free, entry.state == .free { wrong.append("free units not joined") }
      }
    }
    for (page, units) in unitSum where units != Shadow.unitsPerPage {
      wrong.append("slab \(page) has \(units) units")
    }
    if usedSum != used { wrong.append("used \(used), should be \(usedSum)") }
    if quarantineSum != quarantineBytes { wrong.append("quarantine \(quarantineBytes)") }
    return wrong
  }
}
