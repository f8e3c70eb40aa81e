import Residency

/// One allocation: which copies it has, and of which version of its contents.
struct Chunk {
  var bytes: Int
  /// The contents as the program left them.
  var version = 0
  var deviceVersion: Int?
  /// In the lease; `isZero` contents need no lease.
  var hostVersion: Int?
  var isZero: Bool { version == 0 }
  var isResident: Bool { deviceVersion != nil }
  /// Lease bytes that its only copy takes.
  var leaseBytes: Int { !isResident && !isZero ? bytes : 0 }
}

/// What a program took and gave back in a long life. Its counters are about to pass a bound: of a
/// number that some code takes for the largest, of signed and of unsigned 64 bits.
struct History {
  var creditBytes: UInt64 = 0
  var footprintBytes: UInt64 = 0

  init() {}

  init(_ random: inout Random, capacityBytes: Int) {
    creditBytes = History.chosen(&random, capacityBytes)
    footprintBytes = History.chosen(&random, capacityBytes)
  }

  private static func chosen(_ random: inout Random, _ capacityBytes: Int) -> UInt64 {
    let bounds: [UInt64] = [0, 1 << 50, 1 << 62, 1 << 63]
    return bounds[random.below(bounds.count)] &- UInt64(random.below(4 * capacityBytes))
  }
}

/// A simulated program that follows the protocol: gate, chunks, control page, script.
struct Program {
  enum Order: Equatable {
    case leave(target: Int, since: Tick, wasOpen: Bool)
    case enter(since: Tick)
  }

  enum Request: Equatable {
    case grow(bytes: Int)
    case context(estimate: Int)
    case room(bytes: Int)
    /// A call that takes so many bytes of the driver's own memory was told that there is none.
    case call(bytes: Int, attempts: Int)
  }

  var index: Int
  var hello: Hello
  var member: MemberID?
  var isAlive = true
  var isWelcome = false
  var isDisconnected = false
  /// What the books were last said to show beyond its chunks.
  var toldResidue = 0
  /// It was welcomed once and brings what it holds when it comes again.
  var hasHistory = false
  var total = 0
  var largestChunk = 2 << 20

  // Control page. Its counters are kept as they would be had its life begun with this agent or the
  // last; what it took and gave back before is added where the page is read and written.
  var history = History()
  var granted = 0
  var approved = 0
  var returned = 0
  var waived = 0
  var lease = 0

  var chunks: [Chunk] = []
  var residue = 0
  var gateIsOpen = true
  var order: Order?
  var isCopying = false
  /// Raised when an order or the connection ends, so that a late timer is recognised.
  var orderNumber = 0
  var copied = 0
  var request: (number: UInt32, kind: Request)?
  var nextRequest: UInt32 = 0
  var busyUntil: Tick?
  var waitsSince: Tick?
  var waitBound: UInt64 = 0
  var isContended = false
  var reportedIdle = false
  var pausedUntil: Tick?
  var undrainableUntil: Tick?
  var isHostile = false
  var isUnswappable = false
  var sendsAt = Tick(nanoseconds: 0)
  var receivesAt = Tick(nanoseconds: 0)
  var missed: [Delivery] = []
  var launches = 0

  var credit: Int { granted - returned }
  var footprintRoom: Int { approved - waived }
  var used: Int { chunks.reduce(0) { $0 + $1.bytes } }
  var resident: Int { chunks.reduce(0) { $0 + ($1.isResident ? $1.bytes : 0) } }
  var isWhole: Bool { chunks.allSatisfy(\.isResident) }
  var leaseUsed: Int { chunks.reduce(0) { $0 + $1.leaseBytes } }

  var page: ProgramCounters {
    ProgramCounters(
      creditReturnedBytes: history.creditBytes &+ UInt64(returned),
      footprintWaivedBytes: history.footprintBytes &+ UInt64(waived),
      footprintBytes: UInt64(used), residentBytes: UInt64(resident))
  }

  init(index: Int, hello: Hello) {
    self.index = index
    self.hello = hello
  }
}

/// A frame to a program.
enum Delivery {
  case welcome(Welcome)
  case refuseHello
  case approve(UInt32)
  case refuse(UInt32)
  case enter
  case leave(target: Int)
  case contended(Bool)
  case trim(target: Int)
}

/// Something due at a moment.
enum Happening {
  case join(Int)
  case frame(Int, MemberID, [Event])
  case delivery(Int, MemberID, Delivery)
  case script(Int)
  case kernelDone(Int)
  case drained(Int, order: Int)
  case drainFailed(Int, order: Int)
  case chunkOut(Int, order: Int, chunk: Int)
  case chunkIn(Int, order: Int, chunk: Int)
  case agent(Event)
  case wake
  case mischief
  case books
  case graceOver(Int)
  case resume(Int)
  case freed(MemberID, gpu: Int, bytes: Int)
}

/// Happenings by time, then by the order in which they were planned.
struct Agenda {
  private var heap: [(tick: Tick, serial: Int, what: Happening)] = []
  private var serial = 0

  var isEmpty: Bool { heap.isEmpty }

  private func precedes(_ left: Int, _ right: Int) -> Bool {
    (heap[left].tick, heap[left].serial) < (heap[right].tick, heap[right].serial)
  }

  mutating func add(_ what: Happening, at tick: Tick) {
    serial += 1
    heap.append((tick, serial, what))
    var child = heap.count - 1
    while child > 0 && precedes(child, (child - 1) / 2) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func removeFirst() -> (tick: Tick, what: Happening)? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      var parent = 0
      while true {
        var least = parent
        for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
          if precedes(child, least) { least = child }
        }
        if least == parent { break }
        heap.swapAt(parent, least)
        parent = least
      }
    }
    return (first.tick, first.what)
  }
}
