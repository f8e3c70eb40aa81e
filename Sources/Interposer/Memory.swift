// The program's memory as it asks for it: allocation, free and the numbers it is shown. The map is
// `Shadow`; this file adds the lock around it, the agent's permissions and the driver.

internal import CInterposer
internal import Faults
internal import Shadow
internal import Wire

nonisolated(unsafe) private var shadow: UnsafeMutablePointer<Shadow>? = nil
nonisolated(unsafe) private var chunkBytesMax: UInt64 = 2 << 20
nonisolated(unsafe) private var saidRefused = false

/// Whose an allocation is: what ends with the context, what a pool counts.
struct Owner {
  static let contextMask: UInt16 = 0xFF
  /// In the place of a pool: memory that the program maps itself.
  static let mapped: UInt16 = 0xFF
  /// There too: memory that a graph's node allocates, which outlives contexts as a pool's does.
  static let graph: UInt16 = 0xFE
  /// The context's number; 0: memory of a pool, which outlives contexts.
  var context: UInt16 = 0
  /// The pool's place + 1; 0: none.
  var pool: UInt16 = 0

  /// Who else has memory of this tag, so that the program's plain free may not take it: one of the
  /// two above, or 0.
  static func keeper(_ tag: UInt16) -> UInt16 { tag &>> 8 >= graph ? tag &>> 8 : 0 }

  var tag: UInt16 { context | pool &<< 8 }
  /// Allocated in stream order: that waits for what runs only when there is no other room.
  var isOrdered: Bool { pool > 0 && pool != Owner.mapped }
}

enum Memory {
  /// Addresses reserved, as a multiple of the device's memory: freed ranges rest before reuse,
  /// fragmentation must not end a program, and some programs set aside more than there is memory,
  /// several times. Where addresses are scarce a quarter of it does.
  static let arenaMultiple: UInt64 = 16

  static var chunkBytes: UInt64 { chunkBytesMax }

  /// Takes what `welcome` said. The arena itself is reserved at the first allocation, when a
  /// context is current.
  static func prepare(_ welcome: Welcome, device: Int32, deviceBytes: UInt64) -> Bool {
    chunkBytesMax = max(welcome.chunkBytesMax, Shadow.pageBytes)
    return Link.mapLease(byteCount: welcome.leaseFileBytes)
  }

  /// Runs `body` on the map under the lock; nil before the first allocation.
  @discardableResult
  static func with<R: ~Copyable>(_ body: (inout Shadow) -> R) -> R? {
    Mutex.lock(Words.memoryLock)
    defer { Mutex.unlock(Words.memoryLock) }
    guard let shadow = shadow else { return nil }
    return body(&shadow.pointee)
  }

  /// From here on no allocation is backed: one that found this process resident before is counted
  /// in `inFlightAllocations` when this returns.
  static func beginLeaving() {
    Mutex.lock(Words.memoryLock)
    Words.residency.value = Residence.leaving
    Mutex.unlock(Words.memoryLock)
  }

  static var isWhole: Bool { with { $0.isWhole } ?? true }

  /// In one step: an allocation in between would reserve addresses only, and the gate open on them.
  static func becomeResidentIfWhole() -> Bool {
    with { shadow in
      if shadow.isWhole { Words.residency.value = Residence.resident }
      return shadow.isWhole
    } ?? true
  }

  static var residentBytes: UInt64 { with { $0.residentBytes } ?? 0 }

  /// Runs `body` on the tables of pools and handles under the same lock.
  @discardableResult
  static func withTables<R>(_ body: () -> R) -> R {
    Mutex.lock(Words.memoryLock)
    defer { Mutex.unlock(Words.memoryLock) }
    return body()
  }

  // MARK: arena

  static func reserveArena() -> Int32 {
    if shadow != nil { return CudaResult.success }
    Mutex.lock(Words.arenaLock)
    defer { Mutex.unlock(Words.arenaLock) }
    if shadow != nil { return CudaResult.success }
    let page = Shadow.pageBytes
    let wanted = Start.realBytes &* arenaMultiple / page &* page
    var bytes = min(max(wanted, 64 &* page), Shadow.arenaBytesMax)
    var address: UInt64 = 0
    func reserve() -> Int32 {
      real_cuMemAddressReserve(
        &address, Int(truncatingIfNeeded: bytes), Int(truncatingIfNeeded: page), 0, 0)
    }
    var result = reserve()
    if result != 0 && bytes / 4 >= 64 &* page {
      bytes = bytes / 4 / page &* page
      result = reserve()
    }
    if result != 0 { return result }
    guard let tables = System.map(byteCount: Shadow.tableBytes(arenaBytes: bytes)),
      let place = System.map(byteCount: MemoryLayout<Shadow>.stride)
    else { return CudaResult.outOfMemory }
    let pointer = place.bindMemory(to: Shadow.self, capacity: 1)
    pointer.initialize(
      to: Shadow(base: address, arenaBytes: bytes, chunkBytesMax: chunkBytesMax, tables: tables))
    Mutex.lock(Words.memoryLock)
    shadow = pointer
    Mutex.unlock(Words.memoryLock)
    return CudaResult.success
  }

  // MARK: allocate

  enum Attempt {
    case done(UInt64)
    case fail(Int32)
    /// More than this program is shown as the GPU's memory.
    case overView
    /// The agent must allow a footprint of so many bytes.
    case ask(UInt64)
    /// Freed memory may be used once the work submitted before the free is complete. Where nothing
    /// else can help it is waited for as long as that takes.
    case settle(isOnlyHelp: Bool)
    /// The listener is moving this program's memory.
    case wait(UInt64)
    /// Another thread is just letting go of the place.
    case pause
  }

  /// `cuMemAlloc`: backed before it returns while resident, only reserved while swapped out.
  /// The caller holds nothing and is outside the gate.
  /// With a place it is mapped there, in what the program set aside.
  static func allocate(
    bytes: UInt64, owner: Owner, at place: UInt64? = nil, _ address: inout UInt64
  ) -> Int32 {
    if bytes == 0 { return CudaResult.invalidValue }
    let reserved = reserveArena()
    if reserved != 0 { return reserved }
    return repeated(bytes: bytes, owner: owner, &address) {
      attempt(bytes: bytes, owner: owner, at: place, settled: $0)
    }
  }

  /// Makes the attempt until it is done or cannot be, seeing to what stands in its way. A graph's
  /// memory that is refused may be the driver's yet, so nothing is said of it.
  static func repeated(
    bytes: UInt64, owner: Owner, _ address: inout UInt64, _ attempt: (_ settled: Int) -> Attempt
  ) -> Int32 {
    var settled = 0
    var forPlace = Patience()
    while Words.exiting.value == 0 {
      switch attempt(settled) {
      case .pause:
        if forPlace.isOver(milliseconds: Limits.endMilliseconds) || fault(345) {
          return CudaResult.outOfMemory
        }
        Mover.trimDead(keepBytes: 0)
        Clock.sleep(microseconds: 200)
      case .done(let result):
        address = result
        return CudaResult.success
      case .fail(let code): return code
      case .overView:
        if owner.pool != Owner.graph { sayOverView(bytes: bytes) }
        return CudaResult.outOfMemory
      case .wait(let residence):
        Futex.wait(
          Words.residency.futex, while: UInt32(truncatingIfNeeded: residence), milliseconds: 100,
          waiters: Words.residencyWaiters)
      case .settle(let isOnlyHelp):
        settled &+= 1
        let code = settle(isOnlyHelp: isOnlyHelp)
        if code != 0 { return code }
      case .ask(let footprint):
        let reply = Requests.ask(.grow, footprint)
        if !reply.isApproved && owner.isOrdered && settled == 0 {
          settled &+= 1
          let code = settle(isOnlyHelp: true)
          if code != 0 { return code }
        } else if !reply.isApproved {
          if owner.pool != Owner.graph { sayRefused(reply, bytes: bytes) }
          return CudaResult.outOfMemory
        } else if Words.residency.value == Residence.resident, Link.creditBytes < footprint {
          // An agent that takes this program for swapped out approves and grants nothing: the order
          // to come in, which is answered at once, sets that right.
          Link.sendWant(urgent: false)
          Clock.sleep(microseconds: 1000)
        }
      }
    }
    return CudaResult.deinitialized
  }

  /// One try under the lock; driver calls for a resident program are made after it is let go.
  private static func attempt(
    bytes: UInt64, owner: Owner, at place: UInt64?, settled: Int
  ) -> Attempt {
    Mutex.lock(Words.memoryLock)
    guard let shadow = shadow else {
      Mutex.unlock(Words.memoryLock)
      return .fail(CudaResult.invalidContext)
    }
    let residence = Words.residency.value
    if residence == Residence.leaving || residence == Residence.entering {
      Mutex.unlock(Words.memoryLock)
      return .wait(residence)
    }
    let plan: Plan
    do throws(ShadowFault) {
      plan =
        if let place {
          try shadow.pointee.plan(at: place, bytes: bytes)
        } else {
          try shadow.pointee.plan(bytes: bytes)
        }
    } catch {
      let obstacle = obstacle(shadow, error, bytes: bytes, at: place, settled: settled)
      Mutex.unlock(Words.memoryLock)
      return obstacle
    }
    if plan.newBytes == 0 || residence == Residence.away {
      if let obstacle = obstacle(shadow, newBytes: 0, owner: owner, settled: settled) {
        shadow.pointee.cancel(plan)
        Mutex.unlock(Words.memoryLock)
        return obstacle
      }
      defer {
        publish(shadow)
        Mutex.unlock(Words.memoryLock)
      }
      return commit(plan, on: shadow, owner: owner)
    }
    if let obstacle = obstacle(
      shadow, newBytes: plan.newBytes, owner: owner, settled: settled)
    {
      shadow.pointee.cancel(plan)
      Mutex.unlock(Words.memoryLock)
      return obstacle
    }
    Words.inFlightAllocations.add(1)
    Mutex.unlock(Words.memoryLock)
    let code = Backing.run(plan, on: shadow)
    Mutex.lock(Words.memoryLock)
    defer {
      publish(shadow)
      Mutex.unlock(Words.memoryLock)
      Words.inFlightAllocations.subtract(1)
    }
    if code != CudaResult.success {
      shadow.pointee.cancel(plan)
      switch code {
      case Backing.needsCredit: return .ask(shadow.pointee.footprintBytes)
      case Backing.mustLeave: return .wait(Residence.leaving)
      default: return .fail(code)
      }
    }
    return commit(plan, on: shadow, owner: owner)
  }

  /// The allocation becomes the program's, unless its context ended meanwhile. Lock held.
  private static func commit(
    _ plan: consuming Plan, on shadow: UnsafeMutablePointer<Shadow>, owner: Owner
  ) -> Attempt {
    if owner.context != 0, Contexts.numbered(owner.context) == nil {
      shadow.pointee.cancel(plan)
      return .fail(CudaResult.invalidContext)
    }
    return .done(shadow.pointee.commit(plan, tag: owner.tag))
  }

  /// What stands between an allocation and its addresses. Lock held.
  private static func obstacle(
    _ shadow: UnsafeMutablePointer<Shadow>, _ error: ShadowFault, bytes: UInt64, at place: UInt64?,
    settled: Int
  ) -> Attempt {
    // What was freed holds addresses and places in the tables until it is settled.
    var mayHelp =
      shadow.pointee.quarantinedBytes &+ shadow.pointee.deadBytes > 0 && !fault(219)
    if error == .invalidValue {
      guard let place, !fault(288) else { return .fail(CudaResult.invalidValue) }
      // What was unmapped there, or a first try that got only part of its memory, may still be on
      // its way out of the program's own addresses.
      switch shadow.pointee.occupancy(place, bytes: bytes) {
      case .clear, .taken: return .fail(CudaResult.invalidValue)
      case .lettingGo: return .pause
      case .resting: mayHelp = true
      }
    } else if bytes > Start.viewBytes {
      return .overView
    }
    return mayHelp && settled < Limits.settles
      ? .settle(isOnlyHelp: true) : .fail(CudaResult.outOfMemory)
  }

  /// What stands between a plan (already counted in the footprint) and its memory. Lock held.
  static func obstacle(
    _ shadow: UnsafeMutablePointer<Shadow>, newBytes: UInt64, owner: Owner, settled: Int
  ) -> Attempt? {
    let footprint = shadow.pointee.footprintBytes
    let reusable = shadow.pointee.quarantinedBytes &+ shadow.pointee.deadBytes
    let isOverView = footprint > Start.viewBytes
    // Not even with all that was freed.
    if footprint > reusable &+ Start.viewBytes { return .overView }
    let isUnapproved = footprint > Link.footprintAllowedBytes
    let lacksCredit =
      newBytes > 0 && shadow.pointee.residentBytes &+ newBytes > Link.creditBytes
    if !isOverView && !isUnapproved && !lacksCredit { return nil }
    // Against the view it is done again: other threads free meanwhile, and nobody else can help.
    let settlesMax = isOverView && !fault(369) ? Limits.settles : owner.isOrdered ? 0 : 1
    if settled < settlesMax && reusable > 0 { return .settle(isOnlyHelp: isOverView) }
    return isOverView ? .overView : .ask(footprint)
  }

  /// Said once: some programs allocate until they are refused.
  private static func sayOverView(bytes: UInt64) {
    if saidRefused { return }
    saidRefused = true
    var line = Line()
    line.add("tidelock: an allocation of ")
    line.add(bytes: bytes)
    line.add(" does not fit: this program may use ")
    line.add(bytes: Start.viewBytes)
    line.add(" in all (its --limit, or what the GPU has less the agent's --reserve) and has ")
    line.add(bytes: Start.viewBytes > freeBytes ? Start.viewBytes &- freeBytes : 0)
    line.add(".")
    line.addRemedy()
    line.say()
  }

  private static func sayRefused(_ reply: Reply, bytes: UInt64) {
    guard case .refused(_, let words) = reply, !saidRefused else { return }
    saidRefused = true
    var line = Line()
    line.add("tidelock: an allocation of ")
    line.add(bytes: bytes)
    line.add(" was refused: ")
    line.addRefusal(words)
    line.addRemedy()
    line.say()
  }

  // MARK: free

  /// `cuMemFree`. Nothing is handed out again before the work submitted so far is complete, but to
  /// the stream that freed it, where there is one (`Pools`).
  /// What the program mapped itself is unmapped, not freed, and what a graph has goes with it:
  /// `keeper` says whose this is (`Owner.keeper`). `stamp`: after how many submissions it is used
  /// no more, if that is known.
  static func free(
    _ address: UInt64, stream: UInt64 = 0, keeper: UInt16 = 0, stamp known: UInt64? = nil
  ) -> Int32 {
    let stamp = known ?? Gate.submissions()
    let result: Int32? = with { shadow in
      do throws(ShadowFault) {
        let freed = try shadow.free(address, stamp: stamp) { tag in
          Owner.keeper(tag) == keeper
        }
        if keeper == 0 { Pools.count(freed.tag &>> 8, givenBack: freed.bytes) }
        Pools.rest(address, bytes: freed.bytes, stream: stream)
      } catch {
        return CudaResult.invalidValue
      }
      if Words.residency.value == Residence.away || fault(176) {
        shadow.observe(completedSubmissions: stamp)
      }
      publish(&shadow)
      return CudaResult.success
    }
    Mover.noteHousework()
    return result ?? CudaResult.invalidValue
  }

  /// Everything submitted up to `completed` was seen finished.
  static func observe(completed: UInt64) {
    _ = with { $0.observe(completedSubmissions: completed) }
  }

  /// Waits for the submitted work, as the driver would inside `cuMemFree`, and gives the chunks of
  /// freed memory back.
  static func settle(isOnlyHelp: Bool) -> Int32 {
    if Words.openCaptures.value > 0 {
      let submissions = Gate.submissions()
      guard isOnlyHelp && !fault(195) && waitWhileCapturing() else { return CudaResult.success }
      observe(completed: submissions)
    } else {
      let milliseconds = isOnlyHelp ? Limits.forever : Limits.settleMilliseconds
      if awaitAll(milliseconds: milliseconds) == .failed {
        // The driver says to the program what it said to us, if it is an error of the program's.
        return Captures.unlessOpen { real_cuCtxSynchronize() } ?? CudaResult.success
      }
    }
    Mover.trimDead(keepBytes: 0)
    return CudaResult.success
  }

  /// Waits until all that is submitted is complete, through whatever moves of this program: never
  /// answers `moving`.
  static func awaitAll(milliseconds: UInt64) -> Mover.Completion {
    if fault(198) { return .complete }
    let submissions = Gate.submissions()
    let begin = Clock.nanoseconds()
    while Words.exiting.value == 0 && Words.openCaptures.value == 0 {
      let waited = (Clock.nanoseconds() &- begin) / 1_000_000
      if waited >= milliseconds { return .late }
      let residence = Words.residency.value
      // It was seen complete before the memory left, and nothing was submitted since.
      if residence == Residence.away || residence == Residence.entering { return .complete }
      if residence == Residence.leaving {
        Futex.wait(
          Words.residency.futex, while: UInt32(truncatingIfNeeded: residence),
          milliseconds: min(milliseconds &- waited, 100), waiters: Words.residencyWaiters)
        continue
      }
      let answer = Mover.awaitComplete(submissions, milliseconds: milliseconds &- waited)
      if answer == .complete { observe(completed: submissions) }
      if answer != .moving { return answer }
    }
    return .late
  }

  /// While something captures, a context may not be synchronised, but the driver's own `cuMemFree`
  /// waits for what runs and leaves a capture alone (probe `capture-free`). In every context, for
  /// that wait is said of one only.
  static func waitWhileCapturing() -> Bool {
    var mode: Int32 = 2
    _ = real_cuThreadExchangeStreamCaptureMode(&mode)
    defer { _ = real_cuThreadExchangeStreamCaptureMode(&mode) }
    var own: UnsafeMutableRawPointer? = nil
    _ = real_cuCtxGetCurrent(&own)
    defer { _ = real_cuCtxSetCurrent(own) }
    var place = 0
    while place < Limits.contexts {
      if let context = Contexts.enter(place) {
        defer { Contexts.leave(place) }
        var address: UInt64 = 0
        guard real_cuCtxSetCurrent(context) == 0, real_cuMemAlloc(&address, 1) == 0,
          real_cuMemFree(address) == 0
        else { return false }
      }
      place &+= 1
    }
    return true
  }

  /// A context is gone, and with it what was allocated in it. What the program maps itself and what
  /// is of a pool outlives contexts; with the last one all work is over.
  static func endContext(_ number: UInt16, isLast: Bool) {
    if fault(202) { return }
    let stamp = Gate.submissions()
    with { shadow in
      shadow.freeAll(tag: number, mask: Owner.contextMask, stamp: stamp)
      if isLast {
        shadow.freeAll(tag: 0, mask: .max, stamp: stamp)
        GraphMemory.forgetAll()
        shadow.freeAll(tag: Owner.graph &<< 8, mask: .max, stamp: stamp)
      }
      if isLast || Words.residency.value == Residence.away {
        shadow.observe(completedSubmissions: stamp)
      }
      Pools.forgetRested(of: nil)
      publish(&shadow)
    }
  }

  // MARK: numbers

  /// Needs no lock: where the arena lies never changes.
  static func contains(_ address: UInt64) -> Bool {
    guard let shadow = shadow else { return false }
    return shadow.pointee.contains(address)
  }

  static func allocation(containing address: UInt64) -> Allocation? {
    with { $0.allocation(containing: address) } ?? nil
  }

  /// What `cuMemGetInfo` shows: the neighbours never move it.
  static var freeBytes: UInt64 {
    let used = with { $0.usedBytes } ?? 0
    return Start.viewBytes > used ? Start.viewBytes &- used : 0
  }

  /// The counters this process writes into the control page. What was created and is not mapped has
  /// no bytes anywhere: a program that has all the rest on the GPU is whole.
  static func publish(_ shadow: inout Shadow) {
    let created = fault(291) ? 0 : shadow.createdBytes
    Link.write(ControlPage.Offset.footprintBytes, shadow.footprintBytes &- created)
    Link.write(ControlPage.Offset.residentBytes, shadow.residentBytes)
    Reporting.footprint(shadow.footprintBytes)
  }

  static func publish(_ shadow: UnsafeMutablePointer<Shadow>) { publish(&shadow.pointee) }

  /// What a program that is alone keeps beyond its memory.
  private static var slackBytes: UInt64 {
    let share = Start.realBytes / 64 / Shadow.pageBytes &* Shadow.pageBytes
    return Words.contended.value != 0 || fault(175) ? 0 : min(share, Limits.slackBytes)
  }

  /// Whether credit or approval beyond what is held could go back.
  static var hasSurplus: Bool {
    let held = with { ($0.residentBytes, $0.footprintBytes) } ?? (0, 0)
    return Link.creditBytes > held.0 || Link.footprintAllowedBytes > held.1
  }

  /// Credit and approval beyond what is held go back to the agent, but for the slack of a program
  /// that is alone. Never what an allocation on another thread is about to use.
  static func returnSurplus() {
    if Words.inFlightAllocations.value != 0 { return }
    let held = with { ($0.residentBytes, $0.footprintBytes) } ?? (0, 0)
    returnUnused(keepBytes: max(held.0, held.1) &+ slackBytes)
  }

  /// Credit and approval above what is held go back to the agent, down to `keepBytes`.
  static func returnUnused(keepBytes: UInt64 = 0) {
    Mutex.lock(Words.memoryLock)
    defer { Mutex.unlock(Words.memoryLock) }
    var resident: UInt64 = 0
    var footprint: UInt64 = 0
    if let shadow = shadow {
      publish(shadow)
      resident = shadow.pointee.residentBytes
      footprint = shadow.pointee.footprintBytes
    }
    let credit = max(resident, keepBytes)
    let granted = Link.read(ControlPage.Offset.creditGrantedBytes)
    // One look at each counter: the agent may raise it meanwhile, or cut a claim of ours.
    let returned = Link.read(ControlPage.Offset.creditReturnedBytes)
    if granted > returned && granted &- returned > credit {
      Link.write(ControlPage.Offset.creditReturnedBytes, granted &- credit)
    }
    let approved = Link.read(ControlPage.Offset.footprintApprovedBytes)
    if approved &- Link.read(ControlPage.Offset.footprintWaivedBytes) > max(footprint, keepBytes) {
      Link.write(
        ControlPage.Offset.footprintWaivedBytes, approved &- max(footprint, keepBytes))
    }
  }
}
