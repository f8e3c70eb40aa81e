internal import Glibc

/// The device addresses of one process: a window reserved once, in which memory is mapped where the
/// kernels see it, and one access byte for each page of 2 MiB.
///
/// Changed under the driver's monitor; access bytes are also read by running kernels, and revoked
/// only while none runs.
final class AddressSpace: @unchecked Sendable {
  static let pageBytes = UInt64(DeviceFile.frameBytes)
  static let pageShift: UInt64 = 21
  static let readable: UInt8 = 1
  static let writable: UInt8 = 2

  let base: UInt64
  let bytes: UInt64
  private let access: UnsafeMutablePointer<UInt8>
  /// Unreserved ranges by start, without neighbours that touch.
  private var free: [Range<UInt64>]

  /// Takes a window of `most` bytes, or of a half, a quarter and so on that is at least `least`.
  /// Nil when the process has no room even for that.
  init?(most: UInt64, least: UInt64) {
    let page = Self.pageBytes
    var bytes = most
    var place = Self.anonymous(bytes + page, PROT_NONE)
    while place == nil, bytes / 2 >= least, bytes / 2 % page == 0 {
      bytes /= 2
      place = Self.anonymous(bytes + page, PROT_NONE)
    }
    guard let place, let table = Self.anonymous(bytes / page, PROT_READ | PROT_WRITE) else {
      return nil
    }
    madvise(place, Int(bytes + page), MADV_DONTFORK)
    base = (UInt64(UInt(bitPattern: place)) + page - 1) / page * page
    self.bytes = bytes
    // Zero pages until used: nothing is accessible.
    access = table.bindMemory(to: UInt8.self, capacity: Int(bytes / page))
    free = [base..<(base + bytes)]
  }

  private static func anonymous(_ bytes: UInt64, _ protection: Int32) -> UnsafeMutableRawPointer? {
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    let place = mmap(nil, Int(bytes), protection, flags, -1, 0)
    return place == MAP_FAILED ? nil : place
  }

  func contains(_ address: UInt64) -> Bool { address &- base < bytes }

  /// Reserves `size` bytes (a multiple of the page), at `hint` if that is free.
  func reserve(_ size: UInt64, alignment: UInt64, hint: UInt64) -> UInt64? {
    if hint % max(alignment, Self.pageBytes) == 0, hint >= base, hint - base < bytes,
      size <= bytes - (hint - base), let index = free.firstIndex(where: { $0.contains(hint) }),
      free[index].upperBound - hint >= size
    {
      take(hint..<(hint + size), from: index)
      return hint
    }
    for index in free.indices {
      let range = free[index]
      let start = (range.lowerBound + alignment - 1) / alignment * alignment
      if start < range.upperBound, range.upperBound - start >= size {
        take(start..<(start + size), from: index)
        return start
      }
    }
    return nil
  }

  /// Gives a reserved range back.
  func unreserve(_ range: Range<UInt64>) {
    let index = free.firstIndex { $0.lowerBound >= range.upperBound } ?? free.endIndex
    var merged = range
    var replaced = index..<index
    if index < free.endIndex, free[index].lowerBound == range.upperBound {
      merged = merged.lowerBound..<free[index].upperBound
      replaced = index..<(index + 1)
    }
    if index > 0, free[index - 1].upperBound == range.lowerBound {
      merged = free[index - 1].lowerBound..<merged.upperBound
      replaced = (index - 1)..<replaced.upperBound
    }
    free.replaceSubrange(replaced, with: [merged])
  }

  /// Maps frames at consecutive pages from `address`, without access.
  func map(_ frames: [Int], of file: DeviceFile, device: Int, at address: UInt64) -> Bool {
    var first = 0
    while first < frames.count {
      var end = first + 1
      while end < frames.count, frames[end] == frames[end - 1] + 1 { end += 1 }
      let place = pointer(address + UInt64(first) * Self.pageBytes)
      let length = (end - first) * DeviceFile.frameBytes
      let offset = file.offset(device: device, frame: frames[first])
      let result = mmap(
        place, length, PROT_NONE, MAP_SHARED | MAP_FIXED, file.descriptor, off_t(offset))
      if result == MAP_FAILED {
        unmap(address..<(address + UInt64(frames.count) * Self.pageBytes))
        return false
      }
      madvise(place, length, MADV_DONTFORK)
      madvise(place, length, MADV_DONTDUMP)
      first = end
    }
    return true
  }

  func unmap(_ range: Range<UInt64>) {
    setAccess(range, 0, protect: false)
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED
    let length = Int(range.upperBound - range.lowerBound)
    mmap(pointer(range.lowerBound), length, PROT_NONE, flags, -1, 0)
    madvise(pointer(range.lowerBound), length, MADV_DONTFORK)
  }

  func setAccess(_ range: Range<UInt64>, _ value: UInt8, protect: Bool = true) {
    let first = Int((range.lowerBound - base) >> Self.pageShift)
    let count = Int((range.upperBound - range.lowerBound) >> Self.pageShift)
    (access + first).update(repeating: value, count: count)
    if !protect { return }
    let protection = value == 0 ? PROT_NONE : value == 1 ? PROT_READ : PROT_READ | PROT_WRITE
    mprotect(pointer(range.lowerBound), Int(range.upperBound - range.lowerBound), protection)
  }

  func accessFlags(_ address: UInt64) -> UInt8 {
    contains(address) ? access[Int((address - base) >> Self.pageShift)] : 0
  }

  /// Whether all of the bytes may be accessed so.
  func allows(_ address: UInt64, _ count: UInt64, _ wanted: UInt8) -> Bool {
    guard contains(address), count <= bytes - (address - base) else { return false }
    if count == 0 { return true }
    let first = Int((address - base) >> Self.pageShift)
    let last = Int((address - base + count - 1) >> Self.pageShift)
    for page in first...last where access[page] & wanted != wanted { return false }
    return true
  }

  /// The accessible range around an address, whole pages with equal access, at most 1 GiB each way.
  func range(containing address: UInt64) -> (range: Range<UInt64>, access: UInt8)? {
    guard contains(address) else { return nil }
    let page = Int((address - base) >> Self.pageShift)
    let value = access[page]
    if value == 0 { return nil }
    var first = page
    var end = page + 1
    while first > max(0, page - 512), access[first - 1] == value { first -= 1 }
    let limit = min(Int(bytes >> Self.pageShift), page + 512)
    while end < limit, access[end] == value { end += 1 }
    return (
      (base + UInt64(first) << Self.pageShift)..<(base + UInt64(end) << Self.pageShift), value
    )
  }

  func pointer(_ address: UInt64) -> UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(bitPattern: UInt(address))!
  }

  private func take(_ part: Range<UInt64>, from index: Int) {
    let whole = free[index]
    var rest: [Range<UInt64>] = []
    if whole.lowerBound < part.lowerBound { rest.append(whole.lowerBound..<part.lowerBound) }
    if part.upperBound < whole.upperBound { rest.append(part.upperBound..<whole.upperBound) }
    free.replaceSubrange(index...index, with: rest)
  }
}
