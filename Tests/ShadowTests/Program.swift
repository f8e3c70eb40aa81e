import Testing

@testable import Shadow

/// Counts of a map at one moment, in a form that `#expect` can take apart.
struct Counts {
  var residentBytes, footprintBytes, usedBytes, deadBytes, quarantinedBytes: UInt64
  var swappedOutBytes, blankBytes, hostBytes: UInt64
  var isWhole: Bool

  init(_ map: borrowing Shadow) {
    residentBytes = map.residentBytes
    footprintBytes = map.footprintBytes
    usedBytes = map.usedBytes
    deadBytes = map.deadBytes
    quarantinedBytes = map.quarantinedBytes
    swappedOutBytes = map.swappedOutBytes
    blankBytes = map.blankBytes
    hostBytes = map.hostBytes
    isWhole = map.isWhole
  }
}

/// A program as its model sees it: allocations with the words written to them, and the map and
/// driver under test.
final class Program {
  struct Live {
    var bytes: UInt64
    /// Word per 256 bytes that must be there; absent: unknown.
    var words: [Int: UInt64] = [:]
    /// Words that were never written must be 0.
    var isClear: Bool
    var tag: UInt16 = 0
  }

  struct Freed {
    var address: UInt64
    var bytes: UInt64
    var stamp: UInt64
  }

  let shadow: UnsafeMutablePointer<Shadow>
  let tables: UnsafeMutableRawPointer
  var driver: ReferenceDriver
  var live: [UInt64: Live] = [:]
  var freed: [Freed] = []
  var submissions: UInt64 = 1
  var completed: UInt64 = 0
  var credit: UInt64
  var random: SplitMix64
  var wrong: [String] = []
  /// Called between the steps of every motion.
  var meanwhile: ((Program) -> Void)?
  var giveUpAfter = 400

  init(
    arenaPages: Int = 128, memoryPages: Int = 48, chunkPagesMax: Int = 8, leasePages: Int = 64,
    seed: UInt64 = 1
  ) {
    random = SplitMix64(state: seed)
    driver = ReferenceDriver(memoryPages: memoryPages, seed: seed &+ 1)
    let bytes = UInt64(arenaPages) * mebibytes2
    let count = Shadow.tableBytes(arenaBytes: bytes)
    tables = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 64)
    tables.initializeMemory(as: UInt8.self, repeating: 0, count: count)
    let base = (try? driver.reserve(bytes: bytes, alignmentBytes: mebibytes2)) ?? 0
    shadow = UnsafeMutablePointer<Shadow>.allocate(capacity: 1)
    shadow.initialize(
      to: Shadow(
        base: base, arenaBytes: bytes, chunkBytesMax: UInt64(chunkPagesMax) * mebibytes2,
        tables: tables))
    credit = UInt64(memoryPages) * mebibytes2
    grow(leasePages: leasePages)
  }

  deinit {
    shadow.deinitialize(count: 1)
    shadow.deallocate()
    tables.deallocate()
  }

  func grow(leasePages: Int) {
    driver.leaseSlots = max(driver.leaseSlots, leasePages)
    shadow.pointee.setLease(bytes: UInt64(driver.leaseSlots) * mebibytes2)
  }

  var counts: Counts { Counts(shadow.pointee) }

  func find(_ address: UInt64) -> Allocation? { shadow.pointee.allocation(containing: address) }

  func audit() -> [String] { shadow.pointee.audit() }

  func note(_ text: String) { if wrong.count < 20 { wrong.append(text) } }

  /// Runs to the end. `onWait` is asked at each wait; false gives up.
  @discardableResult
  func run(_ motion: inout Motion, onWait: (Step) -> Bool = { _ in false }) -> Bool {
    var waits = 0
    while true {
      let step = shadow.pointee.next(&motion, residentBytesMax: credit)
      if step.isCall {
        let outcome = step.perform(on: &driver)
        meanwhile?(self)
        shadow.pointee.settle(&motion, outcome)
        continue
      }
      if case .finished = step { return true }
      waits += 1
      if waits > giveUpAfter || !onWait(step) { return false }
    }
  }

  /// Allocates, backed if asked to. Nil if there was no room or credit.
  func allocate(_ bytes: UInt64, isBacked: Bool = true, tag: UInt16 = 0) -> UInt64? {
    guard let plan = try? shadow.pointee.plan(bytes: bytes) else { return nil }
    var isFresh = plan.newBytes > 0
    if isBacked, plan.newBytes > 0 {
      var motion = shadow.pointee.beginBacking(plan)
      var tries = 0
      let isDone = run(&motion) { step in
        tries += 1
        if case .needsCredit = step { return false }
        return tries < 100
      }
      if !isDone {
        shadow.pointee.cancel(plan)
        return nil
      }
    }
    let address = shadow.pointee.commit(plan, tag: tag)
    if bytes < mebibytes2, !isBacked { isFresh = false }
    let unit = bytes < mebibytes2 ? 512 : mebibytes2
    let rounded = (bytes + unit - 1) / unit * unit
    if address % unit != 0 { note("\(address) is not aligned") }
    if !shadow.pointee.contains(address) || !shadow.pointee.contains(address + rounded - 1) {
      note("\(address) is outside")
    }
    for (other, entry) in live where other < address + rounded && address < other + entry.bytes {
      note("\(address) overlaps \(other)")
    }
    for entry in freed
    where entry.address < address + rounded && address < entry.address + entry.bytes {
      note("\(address) is in quarantine")
    }
    live[address] = Live(bytes: bytes, isClear: isFresh, tag: tag)
    return address
  }

  /// Maps memory at addresses set aside; nil if there was no credit.
  func map(_ place: UInt64, _ bytes: UInt64) -> UInt64? {
    shadow.pointee.createdBytes += bytes
    guard let plan = try? shadow.pointee.plan(at: place, bytes: bytes) else {
      shadow.pointee.createdBytes -= bytes
      return nil
    }
    var motion = shadow.pointee.beginBacking(plan)
    guard run(&motion) else {
      shadow.pointee.cancel(plan)
      shadow.pointee.createdBytes -= bytes
      return nil
    }
    let address = shadow.pointee.commit(plan)
    live[address] = Live(bytes: bytes, isClear: true)
    return address
  }

  func free(_ address: UInt64) {
    guard let entry = live.removeValue(forKey: address) else { return }
    if submissions > completed {
      freed.append(Freed(address: address, bytes: entry.bytes, stamp: submissions))
    }
    do { try shadow.pointee.free(address, stamp: submissions) } catch { note("free failed") }
  }

  /// `words`: what is known to be in it.
  func revive(_ address: UInt64, bytes: UInt64, words: [Int: UInt64] = [:]) -> Bool {
    guard shadow.pointee.revive(address, bytes: bytes, tag: 0) else { return false }
    freed.removeAll { $0.address == address }
    live[address] = Live(bytes: bytes, words: words, isClear: false)
    return true
  }

  func freeAll(tag: UInt16) {
    for (address, entry) in live where entry.tag == tag {
      live[address] = nil
      if submissions > completed {
        freed.append(Freed(address: address, bytes: entry.bytes, stamp: submissions))
      }
    }
    shadow.pointee.freeAll(tag: tag, mask: 0xFF, stamp: submissions)
  }

  func observe(_ count: UInt64) {
    completed = max(completed, count)
    freed.removeAll { $0.stamp <= completed }
    shadow.pointee.observe(completedSubmissions: count)
  }

  func write(_ address: UInt64, word: Int, _ value: UInt64) {
    if !driver.write(address + UInt64(word) * 256, value) { note("write to \(address) faults") }
    live[address]?.words[word] = value
    submissions += 1
  }

  /// Writes first, last and one word between.
  func fill(_ address: UInt64) {
    guard let entry = live[address] else { return }
    let last = Int((entry.bytes - 1) / 256)
    for word in [0, last, random.below(last + 1)] { write(address, word: word, random.next()) }
    for pageStart in stride(from: 0, to: last, by: wordsPerPage) {
      write(address, word: pageStart + 7 <= last ? pageStart + 7 : pageStart, random.next())
    }
  }

  /// Compares every word known.
  func compare() {
    for (address, entry) in live {
      for (word, value) in entry.words where driver.read(address + UInt64(word) * 256) != value {
        note("bytes at \(address) + \(word * 256) differ")
      }
      guard entry.isClear else { continue }
      for word in stride(from: 0, through: Int((entry.bytes - 1) / 256), by: 997)
      where entry.words[word] == nil {
        if driver.read(address + UInt64(word) * 256) != 0 { note("\(address) was not cleared") }
      }
    }
  }

  func leave(to target: UInt64) -> Bool {
    completed = submissions
    freed.removeAll()
    var motion = shadow.pointee.beginLeave(targetResidentBytes: target)
    return run(&motion) { step in
      switch step {
      case .needsLease(let bytes):
        self.grow(leasePages: self.driver.leaseSlots + Int(bytes / mebibytes2))
        return true
      case .failed: return true
      default: return false
      }
    }
  }

  func enter(drip: UInt64? = nil) -> Bool {
    var motion = shadow.pointee.beginEnter()
    return run(&motion) { step in
      switch step {
      case .needsCredit(let bytes):
        guard let drip else { return false }
        if bytes == 0 { self.note("needs no credit") }
        self.credit += drip
        return true
      case .failed, .outOfMemory: return true
      default: return false
      }
    }
  }

  func trim(to target: UInt64 = 0) {
    var motion = shadow.pointee.beginTrim(targetDeadBytes: target)
    if !run(&motion) { note("trim waits") }
  }

  /// Everything that must hold while no motion is under way.
  func check() {
    wrong += shadow.pointee.audit()
    wrong += driver.violations
    driver.violations = []
    if shadow.pointee.residentBytes != driver.heldBytes {
      note("resident \(shadow.pointee.residentBytes), driver \(driver.heldBytes)")
    }
    let used = live.values.reduce(UInt64(0)) {
      let unit: UInt64 = $1.bytes < mebibytes2 ? 512 : mebibytes2
      return $0 + ($1.bytes + unit - 1) / unit * unit
    }
    if shadow.pointee.usedBytes != used { note("used \(shadow.pointee.usedBytes), model \(used)") }
  }

  /// Frees everything and expects nothing to be left anywhere.
  func tearDown() {
    for address in live.keys.sorted() { free(address) }
    observe(submissions)
    trim()
    check()
    let left = counts
    if left.footprintBytes != 0 { note("footprint \(left.footprintBytes) left") }
    if left.hostBytes != 0 { note("host \(left.hostBytes) left") }
    if driver.heldBytes != 0 { note("driver holds \(driver.heldBytes)") }
    let first = shadow.pointee.page(0).pointee
    if first.state != .hole || first.extentPages != shadow.pointee.pageCount {
      note("addresses are not one hole")
    }
  }
}
