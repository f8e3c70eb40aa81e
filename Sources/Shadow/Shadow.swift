internal import Faults

/// Why the map could not do what was asked. Nothing has changed then.
public enum ShadowFault: Error {
  /// Size 0, or a pointer that is not the start of a live allocation. `CUDA_ERROR_INVALID_VALUE`.
  case invalidValue
  /// A bound of the map itself is reached. `CUDA_ERROR_OUT_OF_MEMORY`.
  case tooManyAllocations
  /// No range of addresses is left that is long enough. `CUDA_ERROR_OUT_OF_MEMORY`.
  case addressesExhausted
}

/// One program's map of its memory on one device: which addresses are whose, which chunks have
/// device memory, where host copies lie. It calls nothing: motions say which driver call is next
/// and are told how it ended.
///
/// Threads: not safe. The caller holds one lock around every method here, and none around
/// `Step.perform`, so no lock is ever held across a copy. Several motions may be under way at once
/// where the caller allows it (threads allocating); a chunk belongs to one motion at a time.
public struct Shadow: ~Copyable {
  public static let pageBytes: UInt64 = 2 << 20
  /// Blocks smaller than a page are aligned and rounded to this: what textures over memory must be
  /// aligned to, as the driver's own allocations are.
  public static let unitBytes: UInt64 = 1 << unitShift
  static let unitShift: UInt64 = 9
  /// Largest arena: 8 TiB.
  public static let arenaBytesMax: UInt64 = 8 << 40
  /// Largest chunk: 64 MiB.
  public static let chunkBytesLimit: UInt64 = 64 << 20
  static let unitsPerPage: UInt32 = 4096
  /// Allocations and free pieces together: four per page of the arena within these bounds.
  static let blockCountMin = 4096
  static let blockCountMax = 1 << 20
  /// Dead or free pieces that are looked at before another way is taken.
  static let searchCountMax = 16

  let base: UInt64
  let pageCount: UInt32
  let chunkPagesMax: UInt32
  let pages: UnsafeMutablePointer<Page>
  let blocks: UnsafeMutablePointer<Block>
  let blockLinks: UnsafeMutablePointer<Link>
  let slabs: UnsafeMutablePointer<Slab>
  let slabLinks: UnsafeMutablePointer<UInt32>
  let starts: UnsafeMutablePointer<UInt64>
  let hash: UnsafeMutablePointer<UInt32>
  let slots: UnsafeMutablePointer<UInt64>
  let holeBins: Bins
  let deadBins: Bins
  let blockBins: Bins
  let hashMask: UInt32
  let blockCount: UInt32
  let slabCount: UInt32

  var stateBytes = InlineArray<11, UInt64>(repeating: 0)
  /// Released without success: the memory may still be held.
  var lostBytes: UInt64 = 0
  /// Of handles that the program created and has not mapped: `plan(at:)` takes its bytes from here,
  /// and `cancel` gives them back.
  public var createdBytes: UInt64 = 0
  var used: UInt64 = 0
  var quarantineBytes: UInt64 = 0
  var completedSubmissions: UInt64 = 0
  var lastStamp: UInt64 = 0
  /// One past the highest page ever used.
  var highPage: UInt32 = 0
  /// Blocks and slabs: never used from these on; used before and unused now, + 1.
  var freshBlock: UInt32 = 0
  var unusedBlock: UInt32 = 0
  var freshSlab: UInt32 = 0
  var unusedSlab: UInt32 = 0
  var quarantineFirst: UInt32 = 0
  var quarantineLast: UInt32 = 0
  var slotCount: UInt32 = 0
  var usedSlots: UInt32 = 0
  /// No slot below is free.
  var lowestFreeSlot: UInt32 = 0

  /// Bytes of zero-filled memory that `init` needs. Most of it is touched only when used.
  public static func tableBytes(arenaBytes: UInt64) -> Int {
    Layout(arenaBytes: arenaBytes).byteCount
  }

  /// - Parameters:
  ///   - base: first address of the arena, a multiple of 2 MiB, reserved in the driver.
  ///   - arenaBytes: its size, a multiple of 2 MiB, at most `arenaBytesMax`.
  ///   - chunkBytesMax: largest chunk, a power of two from 2 MiB to `chunkBytesLimit`; other values
  ///     are brought into this range.
  ///   - tables: at least `tableBytes(arenaBytes:)` zero bytes, aligned to 64, that stay in place.
  public init(
    base: UInt64, arenaBytes: UInt64, chunkBytesMax: UInt64, tables: UnsafeMutableRawPointer
  ) {
    let layout = Layout(arenaBytes: arenaBytes)
    self.base = base
    pageCount = UInt32(truncatingIfNeeded: layout.pageCount)
    let bounded = min(max(chunkBytesMax, Shadow.pageBytes), Shadow.chunkBytesLimit)
    chunkPagesMax = 1 &<< UInt32(truncatingIfNeeded: 42 &- bounded.leadingZeroBitCount)
    func table<T>(_ offset: Int, _ type: T.Type) -> UnsafeMutablePointer<T> {
      (tables + offset).assumingMemoryBound(to: type)
    }
    pages = table(layout.pages, Page.self)
    blocks = table(layout.blocks, Block.self)
    blockLinks = table(layout.blockLinks, Link.self)
    slabs = table(layout.slabs, Slab.self)
    slabLinks = table(layout.slabLinks, UInt32.self)
    starts = table(layout.starts, UInt64.self)
    hash = table(layout.hash, UInt32.self)
    slots = table(layout.slots, UInt64.self)
    let pageLinks = table(layout.pageLinks, Link.self)
    holeBins = Bins(at: tables + layout.holeBins, links: pageLinks)
    deadBins = Bins(at: tables + layout.deadBins, links: pageLinks)
    blockBins = Bins(at: tables + layout.blockBins, links: blockLinks)
    hashMask = UInt32(truncatingIfNeeded: layout.hashCount &- 1)
    blockCount = UInt32(truncatingIfNeeded: layout.blockCount)
    slabCount = UInt32(truncatingIfNeeded: layout.slabCount)
    if pageCount > 0 { makeHole(0, pageCount) }
    highPage = 0
  }

  // MARK: Counts

  // What only looks is inlined: the compiler hands a call of it a copy of the whole map.

  func bytes(_ state: ChunkState) -> UInt64 {
    stateBytes[unchecked: Int(truncatingIfNeeded: state.rawValue)]
  }

  /// Device memory held or being made: what credit pays for. Includes dead chunks.
  @inline(__always)
  public var residentBytes: UInt64 {
    bytes(.resident) &+ bytes(.arriving) &+ bytes(.leaving) &+ bytes(.dead) &+ lostBytes
  }
  /// All chunks, with or without device memory, planned and dead ones included.
  @inline(__always)
  public var footprintBytes: UInt64 {
    residentBytes &+ bytes(.reserved) &+ bytes(.blank) &+ bytes(.swappedOut) &+ createdBytes
  }
  /// Of the program's live allocations, rounded as they were, and of its handles: what its own
  /// queries subtract.
  public var usedBytes: UInt64 { used &+ createdBytes }
  /// Freed, still mapped: `beginTrim` gives these back without moving anything.
  public var deadBytes: UInt64 { bytes(.dead) }
  /// Of freed blocks whose submissions were not yet seen complete.
  public var quarantinedBytes: UInt64 { quarantineBytes }
  /// Chunks whose only copy is on the host.
  public var swappedOutBytes: UInt64 { bytes(.swappedOut) }
  /// Chunks that were allocated and never had memory.
  public var blankBytes: UInt64 { bytes(.blank) }
  /// What an `enter` has yet to bring in.
  public var missingBytes: UInt64 { bytes(.blank) &+ bytes(.swappedOut) }
  /// Lease bytes in use.
  public var hostBytes: UInt64 { UInt64(usedSlots) &<< 21 }
  /// Every chunk of every committed allocation is resident and none is moving.
  @inline(__always)
  public var isWhole: Bool {
    bytes(.blank) | bytes(.swappedOut) | bytes(.arriving) | bytes(.leaving) == 0
  }

  // MARK: Arena

  /// Whether the address lies in the arena, allocated or not.
  public func contains(_ address: UInt64) -> Bool {
    address &- base < UInt64(pageCount) &<< 21
  }

  @inline(__always)
  func page(_ index: UInt32) -> UnsafeMutablePointer<Page> {
    pages + Int(truncatingIfNeeded: index)
  }

  @inline(__always)
  func block(_ index: UInt32) -> UnsafeMutablePointer<Block> {
    blocks + Int(truncatingIfNeeded: index)
  }

  @inline(__always)
  func slab(_ index: UInt32) -> UnsafeMutablePointer<Slab> {
    slabs + Int(truncatingIfNeeded: index)
  }

  @inline(__always)
  func address(ofPage index: UInt32) -> UInt64 { base &+ (UInt64(index) &<< 21) }

  func chunkBytes(_ head: UInt32) -> UInt64 { UInt64(page(head).pointee.pages) &<< 21 }

  mutating func setState(_ head: UInt32, _ state: ChunkState) {
    let entry = page(head)
    let bytes = chunkBytes(head)
    stateBytes[unchecked: Int(truncatingIfNeeded: entry.pointee.state.rawValue)] &-= bytes
    stateBytes[unchecked: Int(truncatingIfNeeded: state.rawValue)] &+= bytes
    entry.pointee.state = state
  }

  /// Makes a chunk of pages that are in no list.
  mutating func makeChunk(
    _ first: UInt32, _ count: UInt32, _ state: ChunkState, owner: UInt32, isSlab: Bool
  ) {
    var index = first
    while index < first &+ count {
      page(index).pointee = Page(
        handle: 0, head: first, pages: 0, slot: 0, owner: 0, extentPages: 0, state: .body,
        isSlab: isSlab, isDoomed: false)
      index &+= 1
    }
    let entry = page(first)
    entry.pointee.pages = count
    entry.pointee.owner = owner
    entry.pointee.state = state
    let bytes = UInt64(count) &<< 21
    stateBytes[unchecked: Int(truncatingIfNeeded: state.rawValue)] &+= bytes
  }

  /// Forgets a chunk, which must have neither device memory nor host slots; its pages join the
  /// neighbouring holes, or are set aside for the program again.
  mutating func dissolve(_ head: UInt32) {
    let count = page(head).pointee.pages
    stateBytes[unchecked: Int(truncatingIfNeeded: page(head).pointee.state.rawValue)] &-=
      UInt64(count) &<< 21
    guard page(head).pointee.isProgram, !fault(160) else { return makeHole(head, count) }
    var index = head
    while index < head &+ count {
      makePromised(index)
      index &+= 1
    }
  }

  mutating func makeHole(_ first: UInt32, _ count: UInt32) {
    var start = first
    var length = count
    // Untouched pages are holes already; writing them would only take memory.
    var index = first
    while index < first &+ count, index < highPage {
      page(index).pointee.state = .hole
      page(index).pointee.head = index
      index &+= 1
    }
    if first > 0, page(first &- 1).pointee.state == .hole {
      let before = page(first &- 1).pointee.extentPages
      start = first &- before
      holeBins.remove(start, size: before)
      length &+= before
    }
    let after = first &+ count
    if after < pageCount, page(after).pointee.state == .hole {
      let more = page(after).pointee.extentPages
      holeBins.remove(after, size: more)
      length &+= more
    }
    tagHole(start, length)
  }

  private mutating func tagHole(_ first: UInt32, _ count: UInt32) {
    page(first).pointee.extentPages = count
    page(first &+ count &- 1).pointee.extentPages = count
    holeBins.insert(first, size: count)
  }

  /// Takes pages without use out of the lists. The caller makes chunks of them at once.
  mutating func takeHole(_ count: UInt32) throws(ShadowFault) -> UInt32 {
    var found = holeBins.atLeast(count)
    if found == 0 {
      found = holeBins.sameSize(count)
      var tries = 0
      while found != 0, page(found &- 1).pointee.extentPages < count {
        tries &+= 1
        found = tries < Shadow.searchCountMax ? holeBins.next(found &- 1) : 0
      }
    }
    if found == 0 { throw .addressesExhausted }
    let first = found &- 1
    let length = page(first).pointee.extentPages
    holeBins.remove(first, size: length)
    if length > count { tagHole(first &+ count, length &- count) }
    highPage = max(highPage, first &+ count)
    return first
  }
}
