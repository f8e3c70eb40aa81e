import Shadow

/// Replayable random numbers.
struct SplitMix64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(bound, 1))) }
  mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
}

let mebibytes2: UInt64 = 2 << 20
let wordsPerPage = 8192

/// The rules of the driver's virtual memory, with bytes: one word per 256 bytes. Copies happen only
/// when finished, contents of new memory are what its last owner left, every broken rule is noted.
struct ReferenceDriver: Driver {
  struct Mapping {
    var handle: UInt64
    var pages: Int
    var isAccessible: Bool
  }

  struct Queued {
    var token: UInt64
    var first: Int
    var pages: Int
    /// First slot; nil clears.
    var slot: Int?
    var isOut: Bool
  }

  var memory: [[UInt64]]
  var freeMemory: [Int]
  var handles: [UInt64: [Int]] = [:]
  var mappings: [Int: Mapping] = [:]
  var host: [Int: [UInt64]] = [:]
  var leaseSlots = 0
  var queue: [Queued] = []
  /// Tokens of copies that came to nothing.
  var failed: Set<UInt64> = []
  var serial: UInt64 = 100
  var base: UInt64 = 0
  var violations: [String] = []
  var random: SplitMix64
  var createFailPercent = 0
  var copyFailPercent = 0
  var finishFailPercent = 0
  var accessFailPercent = 0
  var unmapFailures = 0
  var releaseFailures = 0
  var calls: [String: Int] = [:]
  var copiedOutBytes: UInt64 = 0
  var copiedInBytes: UInt64 = 0
  var mostQueuedBytes: UInt64 = 0

  init(memoryPages: Int, seed: UInt64) {
    random = SplitMix64(state: seed)
    var garbage = SplitMix64(state: seed ^ 0xDEAD)
    memory = (0..<memoryPages).map { _ in
      [UInt64](repeating: garbage.next() | 1, count: wordsPerPage)
    }
    freeMemory = Array(0..<memoryPages)
  }

  var heldBytes: UInt64 { UInt64(memory.count - freeMemory.count) * mebibytes2 }

  mutating func violate(_ text: String) { if violations.count < 20 { violations.append(text) } }

  func pageIndex(_ address: UInt64) -> Int { Int((address - base) / mebibytes2) }

  mutating func reserve(bytes: UInt64, alignmentBytes: UInt64) throws(DriverFault) -> UInt64 {
    base = 0x7_0000_0000
    return base
  }

  mutating func create(bytes: UInt64) throws(DriverFault) -> UInt64 {
    calls["create", default: 0] += 1
    let pages = Int(bytes / mebibytes2)
    if bytes == 0 || bytes % mebibytes2 != 0 { violate("create of \(bytes) bytes") }
    if pages > freeMemory.count || random.chance(createFailPercent) {
      throw DriverFault(code: DriverFault.outOfMemory)
    }
    serial += 1
    // Last released first, so that a newcomer sees the bytes of who left.
    handles[serial] = (0..<pages).map { _ in freeMemory.removeLast() }
    return serial
  }

  mutating func map(handle: UInt64, address: UInt64, bytes: UInt64) throws(DriverFault) {
    calls["map", default: 0] += 1
    let first = pageIndex(address)
    let pages = Int(bytes / mebibytes2)
    if handles[handle]?.count != pages { violate("map of another size than created") }
    for (start, mapping) in mappings where start < first + pages && first < start + mapping.pages {
      violate("map over a mapping")
    }
    mappings[first] = Mapping(handle: handle, pages: pages, isAccessible: false)
  }

  mutating func setAccess(address: UInt64, bytes: UInt64) throws(DriverFault) {
    calls["setAccess", default: 0] += 1
    if random.chance(accessFailPercent) { throw DriverFault(code: 600) }
    for start in wholeMappings(address, bytes, "setAccess") {
      mappings[start]?.isAccessible = true
    }
  }

  private mutating func wholeMappings(_ address: UInt64, _ bytes: UInt64, _ what: String) -> [Int] {
    var at = pageIndex(address)
    let end = at + Int(bytes / mebibytes2)
    var starts: [Int] = []
    while at < end {
      guard let mapping = mappings[at], at + mapping.pages <= end else {
        violate("\(what) of what is not whole mappings")
        return starts
      }
      starts.append(at)
      at += mapping.pages
    }
    return starts
  }

  mutating func unmap(address: UInt64, bytes: UInt64) throws(DriverFault) {
    calls["unmap", default: 0] += 1
    if unmapFailures > 0 {
      unmapFailures -= 1
      throw DriverFault(code: 999)
    }
    let first = pageIndex(address)
    let end = first + Int(bytes / mebibytes2)
    for copy in queue where copy.first < end && first < copy.first + copy.pages {
      violate("unmap under a queued copy")
    }
    for start in wholeMappings(address, bytes, "unmap") { mappings[start] = nil }
  }

  mutating func release(handle: UInt64) throws(DriverFault) {
    calls["release", default: 0] += 1
    if releaseFailures > 0 {
      releaseFailures -= 1
      throw DriverFault(code: 999)
    }
    guard let pages = handles.removeValue(forKey: handle) else {
      violate("release of no handle")
      return
    }
    if mappings.values.contains(where: { $0.handle == handle }) { violate("release while mapped") }
    freeMemory.append(contentsOf: pages)
  }

  private mutating func enqueue(
    _ address: UInt64, _ bytes: UInt64, slot: Int?, isOut: Bool
  ) throws(DriverFault) -> UInt64 {
    if random.chance(copyFailPercent) { throw DriverFault(code: 719) }
    let pages = Int(bytes / mebibytes2)
    if let slot, slot + pages > leaseSlots { violate("copy beyond the lease") }
    serial += 1
    queue.append(
      Queued(token: serial, first: pageIndex(address), pages: pages, slot: slot, isOut: isOut))
    mostQueuedBytes = max(mostQueuedBytes, queue.reduce(0) { $0 + UInt64($1.pages) * mebibytes2 })
    return serial
  }

  mutating func copyOut(
    address: UInt64, hostOffset: UInt64, bytes: UInt64
  ) throws(DriverFault) -> UInt64 {
    calls["copyOut", default: 0] += 1
    copiedOutBytes += bytes
    return try enqueue(address, bytes, slot: Int(hostOffset / mebibytes2), isOut: true)
  }

  mutating func copyIn(
    address: UInt64, hostOffset: UInt64, bytes: UInt64
  ) throws(DriverFault) -> UInt64 {
    calls["copyIn", default: 0] += 1
    copiedInBytes += bytes
    return try enqueue(address, bytes, slot: Int(hostOffset / mebibytes2), isOut: false)
  }

  mutating func clear(address: UInt64, bytes: UInt64) throws(DriverFault) -> UInt64 {
    calls["clear", default: 0] += 1
    return try enqueue(address, bytes, slot: nil, isOut: false)
  }

  mutating func finish(token: UInt64) throws(DriverFault) {
    calls["finish", default: 0] += 1
    if random.chance(finishFailPercent) {
      // Nothing queued is worth anything any more.
      failed.formUnion(queue.map(\.token))
      queue.removeAll()
    }
    if failed.contains(token) { throw DriverFault(code: 719) }
    while let copy = queue.first, copy.token <= token {
      queue.removeFirst()
      for index in 0..<copy.pages {
        guard let at = physical(copy.first + index) else {
          violate("copy on memory without access")
          continue
        }
        if let slot = copy.slot {
          if copy.isOut {
            host[slot + index] = memory[at]
          } else {
            memory[at] = host[slot + index] ?? [UInt64](repeating: 0xBAD, count: wordsPerPage)
          }
        } else {
          memory[at] = [UInt64](repeating: 0, count: wordsPerPage)
        }
      }
    }
  }

  /// Memory behind a page of addresses, if it may be accessed.
  func physical(_ page: Int) -> Int? {
    var start = page
    while start >= 0, page - start < 32 {
      if let mapping = mappings[start] {
        if page >= start + mapping.pages || !mapping.isAccessible { return nil }
        return handles[mapping.handle]?[page - start]
      }
      start -= 1
    }
    return nil
  }

  func read(_ address: UInt64) -> UInt64? {
    physical(pageIndex(address)).map { memory[$0][Int((address - base) % mebibytes2 / 256)] }
  }

  mutating func write(_ address: UInt64, _ value: UInt64) -> Bool {
    guard let at = physical(pageIndex(address)) else { return false }
    memory[at][Int((address - base) % mebibytes2 / 256)] = value
    return true
  }
}
