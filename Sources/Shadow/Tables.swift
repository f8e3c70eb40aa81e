// The tables lie in one piece of zero-filled memory that the caller maps. All zeros is a valid
// state of every entry, so nothing is touched before it is used. Indices stored in tables are one
// greater than what they point to where 0 must mean "none".

/// What a chunk is. Every chunk is in exactly one of these; `Shadow.setState` is the only way to
/// another, so the byte counts per state always add up.
enum ChunkState: UInt8 {
  /// No chunk: addresses without use.
  case hole = 0
  /// A later page of a chunk; its first page holds the state.
  case body = 1
  /// Of an allocation that is planned, without memory. Exits: blank (commit), arriving, hole.
  case reserved = 2
  /// No device memory, no host copy, contents undefined. Exits: arriving, vacant, hole.
  case blank = 3
  /// Has or is getting device memory that is not yet whole: its host copy, if any, counts.
  /// Exits: resident, dead (freed meanwhile), or where it came from (a call failed).
  case arriving = 4
  /// Device memory is the only copy. Exits: leaving, dead.
  case resident = 5
  /// Being copied to the lease or being given back; until the copy is complete the device memory
  /// counts. Exits: swappedOut, resident or dead (a call failed), hole (freed meanwhile).
  case leaving = 6
  /// The host copy is the only copy. Exits: arriving, vacant, hole.
  case swappedOut = 7
  /// Freed while not resident: only its addresses are held, until quarantine ends. Exit: hole.
  case vacant = 8
  /// Freed but still mapped. Exits: resident (used again), leaving.
  case dead = 9
  /// No chunk: one page of addresses that the program set aside for itself. Exits: reserved, hole.
  case promised = 10
}

let chunkStateCount = 11

struct Page {
  /// Of the first page of a chunk: the driver's handle, while there is device memory.
  var handle: UInt64
  /// First page of the chunk that this page is part of.
  var head: UInt32
  /// Of the first page of a chunk: its pages.
  var pages: UInt32
  /// Host slot + 1 that holds or receives this page's bytes; 0: none.
  var slot: UInt32
  /// Of the first page of a chunk: block, or slab if `isSlab`.
  var owner: UInt32
  /// Pages of a hole (at its first and last page) or of a dead extent (at its first page).
  var extentPages: UInt32
  var state: ChunkState
  var isSlab: Bool
  /// Released while it moved: the motion lets go of it when it gets to it.
  var isDoomed: Bool
  /// At addresses that the program set aside: without memory it is promised again, no hole.
  var isProgram: Bool = false
}

enum BlockState: UInt8 {
  case unused = 0
  case free = 1
  case planned = 2
  case live = 3
  case quarantined = 4
}

/// One allocation, or a free piece of a slab.
struct Block {
  /// As asked for.
  var bytes: UInt64
  /// Submissions that must be complete before the block may be used again.
  var stamp: UInt64
  var page: UInt32
  /// Whole pages; 0 if part of a slab.
  var pages: UInt32
  /// First unit (512 bytes) in the slab and units.
  var unit: UInt32
  var units: UInt32
  /// Neighbours in the slab + 1.
  var before: UInt32
  var after: UInt32
  /// What the caller said when it committed the block.
  var tag: UInt16 = 0
  var state: BlockState
}

/// A chunk of one page that holds blocks smaller than a page.
struct Slab {
  var page: UInt32
  /// Blocks that are not free.
  var usedBlocks: UInt32
  /// Its free blocks may be handed out. Closed until the allocation that made it is committed.
  var isOpen: Bool
}

struct Link {
  var next: UInt32
  var previous: UInt32
}

/// Lists of free pieces by size, two levels: power of two, then sixteenths. All operations take a
/// bounded number of steps.
struct Bins {
  static let levelCount = 28
  static let slotCount = 16
  static let byteCount = (levelCount * slotCount + levelCount + 1) * 4

  let heads: UnsafeMutablePointer<UInt32>
  let slotMaps: UnsafeMutablePointer<UInt32>
  let levelMap: UnsafeMutablePointer<UInt32>
  let links: UnsafeMutablePointer<Link>

  init(at memory: UnsafeMutableRawPointer, links: UnsafeMutablePointer<Link>) {
    let words = memory.assumingMemoryBound(to: UInt32.self)
    heads = words
    let headCount = Bins.levelCount &* Bins.slotCount
    slotMaps = words + headCount
    levelMap = words + (headCount &+ Bins.levelCount)
    self.links = links
  }

  @inline(__always)
  static func bin(_ size: UInt32) -> (level: Int, slot: Int) {
    if size < 16 { return (0, Int(truncatingIfNeeded: size)) }
    let log = 31 &- size.leadingZeroBitCount
    let slot = (size &>> UInt32(truncatingIfNeeded: log &- 4)) & 15
    return (log &- 3, Int(truncatingIfNeeded: slot))
  }

  func insert(_ node: UInt32, size: UInt32) {
    let (level, slot) = Bins.bin(size)
    let at = level &* Bins.slotCount &+ slot
    let first = heads[at]
    links[Int(truncatingIfNeeded: node)] = Link(next: first, previous: 0)
    if first != 0 { links[Int(truncatingIfNeeded: first &- 1)].previous = node &+ 1 }
    heads[at] = node &+ 1
    slotMaps[level] |= 1 &<< UInt32(truncatingIfNeeded: slot)
    levelMap[0] |= 1 &<< UInt32(truncatingIfNeeded: level)
  }

  func remove(_ node: UInt32, size: UInt32) {
    let link = links[Int(truncatingIfNeeded: node)]
    if link.next != 0 {
      links[Int(truncatingIfNeeded: link.next &- 1)].previous = link.previous
    }
    if link.previous != 0 {
      links[Int(truncatingIfNeeded: link.previous &- 1)].next = link.next
      return
    }
    let (level, slot) = Bins.bin(size)
    heads[level &* Bins.slotCount &+ slot] = link.next
    if link.next != 0 { return }
    slotMaps[level] &= ~(1 &<< UInt32(truncatingIfNeeded: slot))
    if slotMaps[level] == 0 { levelMap[0] &= ~(1 &<< UInt32(truncatingIfNeeded: level)) }
  }

  /// First of the list that `size` itself would be in, + 1: its members may be smaller.
  func sameSize(_ size: UInt32) -> UInt32 {
    let (level, slot) = Bins.bin(size)
    return heads[level &* Bins.slotCount &+ slot]
  }

  func next(_ node: UInt32) -> UInt32 { links[Int(truncatingIfNeeded: node)].next }

  /// A member, + 1, of the lowest list all of whose members have at least `size`; 0: none.
  func atLeast(_ size: UInt32) -> UInt32 {
    var rounded = size
    if size >= 16 {
      let log = 31 &- size.leadingZeroBitCount
      rounded = size &+ (1 &<< UInt32(truncatingIfNeeded: log &- 4)) &- 1
    }
    let (level, slot) = Bins.bin(rounded)
    let slots = slotMaps[level] & (UInt32.max &<< UInt32(truncatingIfNeeded: slot))
    if slots != 0 { return heads[level &* Bins.slotCount &+ slots.trailingZeroBitCount] }
    let levels = levelMap[0] & (UInt32.max &<< UInt32(truncatingIfNeeded: level &+ 1))
    if levels == 0 { return 0 }
    let higher = levels.trailingZeroBitCount
    return heads[higher &* Bins.slotCount &+ slotMaps[higher].trailingZeroBitCount]
  }

  /// Any member, + 1, of the highest list; 0: none.
  func anyLargest() -> UInt32 {
    if levelMap[0] == 0 { return 0 }
    let level = 31 &- levelMap[0].leadingZeroBitCount
    let slot = 31 &- slotMaps[level].leadingZeroBitCount
    return heads[level &* Bins.slotCount &+ slot]
  }
}

/// Where each table lies in the caller's memory.
struct Layout {
  static let startWordCount = 64

  var pageCount: Int
  var blockCount: Int
  var slabCount: Int
  var hashCount: Int
  var pages = 0
  var pageLinks = 0
  var blocks = 0
  var blockLinks = 0
  var slabs = 0
  var slabLinks = 0
  var starts = 0
  var hash = 0
  var slots = 0
  var holeBins = 0
  var deadBins = 0
  var blockBins = 0
  var byteCount = 0

  init(arenaBytes: UInt64) {
    let bounded = min(arenaBytes, Shadow.arenaBytesMax)
    pageCount = Int(truncatingIfNeeded: bounded &>> 21)
    blockCount = min(max(pageCount &* 4, Shadow.blockCountMin), Shadow.blockCountMax)
    slabCount = min(max(pageCount &>> 2, 16), pageCount)
    var hashed = 1
    while hashed < blockCount &* 2 { hashed = hashed &* 2 }
    hashCount = hashed
    pages = take(pageCount &* MemoryLayout<Page>.stride)
    pageLinks = take(pageCount &* MemoryLayout<Link>.stride)
    blocks = take(blockCount &* MemoryLayout<Block>.stride)
    blockLinks = take(blockCount &* MemoryLayout<Link>.stride)
    slabs = take(slabCount &* MemoryLayout<Slab>.stride)
    slabLinks = take(slabCount &* 4)
    starts = take(slabCount &* Layout.startWordCount &* 8)
    hash = take(hashCount &* 4)
    slots = take(((pageCount &+ 63) &>> 6) &* 8)
    holeBins = take(Bins.byteCount)
    deadBins = take(Bins.byteCount)
    blockBins = take(Bins.byteCount)
  }

  private mutating func take(_ bytes: Int) -> Int {
    let at = byteCount
    byteCount = (byteCount &+ bytes &+ 63) & ~63
    return at
  }
}
