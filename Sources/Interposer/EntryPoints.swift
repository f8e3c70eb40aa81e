// Driver calls that Tidelock answers itself. `Catalogue/implemented.txt` lists them; the generated
// export of each name jumps here with every argument in place. Signatures: CUDA 13.5 `cuda.h`.

internal import CInterposer
internal import Faults
internal import Shadow
internal import Wire

/// A device address as the program passes it.
public typealias DevicePointer = UInt64
public typealias ContextHandle = UnsafeMutableRawPointer?

enum Calls {
  /// The driver's own function of a name, with up to six pointer-sized arguments.
  static func forward(
    _ entry: Int, _ a: UInt64 = 0, _ b: UInt64 = 0, _ c: UInt64 = 0, _ d: UInt64 = 0,
    _ e: UInt64 = 0, _ f: UInt64 = 0
  ) -> Int32 {
    real_call(UInt32(truncatingIfNeeded: entry), a, b, c, d, e, f)
  }

  @inline(__always)
  static func word(_ pointer: UnsafeRawPointer?) -> UInt64 { UInt64(UInt(bitPattern: pointer)) }

  /// Who answers a memory call of this thread: we do on our device, with a context current. A
  /// context that was made past us (through a driver table) is noted here, on first use; memory on
  /// a second device pins the process.
  static func ours(_ entry: Int) -> Bool { owner(entry) != nil }

  /// The same, with the context whose memory it is.
  static func owner(_ entry: Int) -> Owner? {
    guard Start.isManaged, !Start.isForkedChild else { return nil }
    var context: UnsafeMutableRawPointer? = nil
    var device: Int32 = -1
    guard real_cuCtxGetCurrent(&context) == 0, let context, real_cuCtxGetDevice(&device) == 0
    else { return nil }
    if !Start.isBound && Start.bind(device) != 0 { return nil }
    guard Start.isBound else { return nil }
    if device != Start.device {
      _ = makeUnswappable(UInt32(truncatingIfNeeded: entry))
      return nil
    }
    if let number = Contexts.number(of: context) { return Owner(context: number) }
    note(context, entry)
    // Another thread may have ended it before it was noted.
    guard real_cuCtxGetDevice(&device) == 0 else {
      let place = Contexts.beginEnd(context)
      if place >= 0 { Contexts.ended(place) }
      return nil
    }
    return Owner(context: Contexts.number(of: context) ?? 0)
  }

  /// Remembers a context of our device. With more of them than we can drain the process is pinned.
  static func note(_ context: UnsafeMutableRawPointer, _ entry: Int) {
    if !Contexts.add(context) { _ = makeUnswappable(UInt32(truncatingIfNeeded: entry)) }
  }

  /// Repeats a call that takes memory which cannot move while the agent can make room for it.
  static func cured(_ entry: Int, _ call: () -> Int32) -> Int32 {
    var attempts: UInt32 = 0
    while true {
      let result = call()
      if result != CudaResult.outOfMemory { return result }
      if outOfMemory(UInt32(truncatingIfNeeded: entry), attempts) == 0 { return result }
      attempts &+= 1
    }
  }

  /// Asks the agent for room after the driver said OUT_OF_MEMORY. 1: try again.
  static func outOfMemory(_ entry: UInt32, _ attempts: UInt32) -> UInt32 {
    guard Start.isBound, !Start.isForkedChild, attempts < Limits.outOfMemoryAttempts else {
      return 0
    }
    if fault(178) { return 0 }
    return Requests.ask(.roomWanted, 0, UInt64(attempts)).isApproved ? 1 : 0
  }

  /// From here on this process's memory stays where it is. Waits until it is resident.
  /// - Parameter askedBytes: what the call asks for; 0 where it does not tell.
  static func makeUnswappable(_ entry: UInt32, askedBytes: UInt64 = 0) -> UInt32 {
    if Start.isForkedChild { return GateAnswer.fail(CudaResult.notInitialized) }
    if Words.startState.value == Start.State.failed {
      return GateAnswer.fail(CudaResult.systemNotReady)
    }
    guard Start.isManaged else { return 0 }
    if !fault(303) { Reporting.count(entry, askedBytes: askedBytes) }
    if Words.unswappable.exchange(0, for: UInt64(entry) &+ 1), Start.isBound { sayUnswappable() }
    return Gate.waitUntilResident()
  }

  /// A call that pins, with room made for what it takes.
  static func pinned(_ entry: Int, askedBytes: UInt64 = 0, _ call: () -> Int32) -> Int32 {
    let answer = makeUnswappable(UInt32(truncatingIfNeeded: entry), askedBytes: askedBytes)
    if answer >= GateAnswer.fail(0) {
      return Int32(truncatingIfNeeded: answer &- GateAnswer.fail(0))
    }
    return cured(entry, call)
  }

  /// Tells the agent which call did it; at binding time if that comes later.
  static func sayUnswappable() {
    let entry = Words.unswappable.value
    guard entry > 0, !fault(193) else { return }
    var frame = Frame(.unswappable)
    if let name = tidelock_entry_name(UInt32(truncatingIfNeeded: entry &- 1)) {
      var index = 0
      while index < Frame.textByteCount, name[index] != 0 {
        frame.text[unchecked: index] = UInt8(bitPattern: name[index])
        index &+= 1
      }
    }
    Link.send(&frame)
  }
}

#if hasFeature(Embedded)
  @c(tidelock_out_of_memory)
  public func outOfMemory(entry: UInt32, attempts: UInt32) -> UInt32 {
    Calls.outOfMemory(entry, attempts)
  }

  @c(tidelock_unswappable)
  public func unswappable(entry: UInt32, arguments: UnsafePointer<UInt64>) -> UInt32 {
    let askedBytes = Reporting.isOn ? AskedBytes.of(entry, RegisterArguments(arguments)) : 0
    return Calls.makeUnswappable(entry, askedBytes: askedBytes)
  }

  @c(tidelock_cuInit)
  public func cuInit(_ flags: UInt32) -> Int32 {
    let loaded = tidelock_driver_load()
    if loaded != 0 { return loaded }
    if Start.isForkedChild { return CudaResult.notInitialized }
    let result = real_cuInit(flags)
    return result == 0 ? Start.afterInit() : result
  }

  // MARK: memory

  @c(tidelock_cuMemAlloc_v2)
  public func cuMemAlloc(_ pointer: UnsafeMutablePointer<DevicePointer>?, _ bytes: Int) -> Int32 {
    guard let owner = Calls.owner(ENTRY_cuMemAlloc_v2) else {
      return Calls.forward(
        ENTRY_cuMemAlloc_v2, Calls.word(pointer), UInt64(UInt(bitPattern: bytes)))
    }
    guard let pointer else { return CudaResult.invalidValue }
    var address: UInt64 = 0
    let result = Memory.allocate(
      bytes: UInt64(UInt(bitPattern: bytes)), owner: owner, &address)
    if result == 0 { pointer.pointee = address }
    return result
  }

  /// The pitch is the width rounded to 512 bytes, which every supported device accepts.
  @c(tidelock_cuMemAllocPitch_v2)
  public func cuMemAllocPitch(
    _ pointer: UnsafeMutablePointer<DevicePointer>?, _ pitch: UnsafeMutablePointer<Int>?,
    _ width: Int, _ height: Int, _ elementBytes: UInt32
  ) -> Int32 {
    guard let owner = Calls.owner(ENTRY_cuMemAllocPitch_v2) else {
      return Calls.forward(
        ENTRY_cuMemAllocPitch_v2, Calls.word(pointer), Calls.word(pitch),
        UInt64(UInt(bitPattern: width)),
        UInt64(UInt(bitPattern: height)), UInt64(elementBytes))
    }
    guard let pointer, let pitch, width > 0, height > 0 else { return CudaResult.invalidValue }
    guard elementBytes == 4 || elementBytes == 8 || elementBytes == 16 else {
      return CudaResult.invalidValue
    }
    let row = (UInt64(UInt(bitPattern: width)) &+ 511) & ~511
    let (bytes, overflow) = row.multipliedReportingOverflow(
      by: UInt64(UInt(bitPattern: height)))
    if overflow { return CudaResult.outOfMemory }
    var address: UInt64 = 0
    let result = Memory.allocate(bytes: bytes, owner: owner, &address)
    if result == 0 {
      pointer.pointee = address
      pitch.pointee = Int(truncatingIfNeeded: row)
    }
    return result
  }

  @c(tidelock_cuMemFree_v2)
  public func cuMemFree(_ address: DevicePointer) -> Int32 {
    if Start.isForkedChild { return CudaResult.notInitialized }
    guard Start.isBound, Memory.contains(address) else {
      return Calls.forward(ENTRY_cuMemFree_v2, address)
    }
    return GraphMemory.freed(address) ?? Memory.free(address)
  }

  @c(tidelock_cuMemGetInfo_v2)
  public func cuMemGetInfo(
    _ free: UnsafeMutablePointer<Int>?, _ total: UnsafeMutablePointer<Int>?
  ) -> Int32 {
    guard Calls.ours(ENTRY_cuMemGetInfo_v2), !fault(182) else {
      return Calls.forward(ENTRY_cuMemGetInfo_v2, Calls.word(free), Calls.word(total))
    }
    guard let free, let total else { return CudaResult.invalidValue }
    free.pointee = Int(truncatingIfNeeded: Memory.freeBytes)
    total.pointee = Int(truncatingIfNeeded: Start.viewBytes)
    return CudaResult.success
  }

  /// The ABI of CUDA 2.0 has 32-bit sizes: larger numbers saturate.
  @c(tidelock_cuMemGetInfo)
  public func cuMemGetInfo1(
    _ free: UnsafeMutablePointer<UInt32>?, _ total: UnsafeMutablePointer<UInt32>?
  ) -> Int32 {
    guard Calls.ours(ENTRY_cuMemGetInfo) else {
      return Calls.forward(ENTRY_cuMemGetInfo, Calls.word(free), Calls.word(total))
    }
    guard let free, let total else { return CudaResult.invalidValue }
    free.pointee = UInt32(truncatingIfNeeded: min(Memory.freeBytes, 0xFFFF_FFFF))
    total.pointee = UInt32(truncatingIfNeeded: min(Start.viewBytes, 0xFFFF_FFFF))
    return CudaResult.success
  }

  @c(tidelock_cuDeviceTotalMem_v2)
  public func cuDeviceTotalMem(_ bytes: UnsafeMutablePointer<Int>?, _ device: Int32) -> Int32 {
    guard Start.isBound, device == Start.device, let bytes else {
      return Calls.forward(
        ENTRY_cuDeviceTotalMem_v2, Calls.word(bytes), UInt64(UInt32(bitPattern: device)))
    }
    bytes.pointee = Int(truncatingIfNeeded: Start.viewBytes)
    return CudaResult.success
  }

  @c(tidelock_cuDeviceTotalMem)
  public func cuDeviceTotalMem1(_ bytes: UnsafeMutablePointer<UInt32>?, _ device: Int32) -> Int32 {
    guard Start.isBound, device == Start.device, let bytes else {
      return Calls.forward(
        ENTRY_cuDeviceTotalMem, Calls.word(bytes), UInt64(UInt32(bitPattern: device)))
    }
    bytes.pointee = UInt32(truncatingIfNeeded: min(Start.viewBytes, 0xFFFF_FFFF))
    return CudaResult.success
  }

  // MARK: contexts

  /// A context takes memory that cannot move: the agent grants it first and measures it after.
  func makeContext(_ device: Int32, _ entry: Int, _ call: () -> Int32) -> Int32 {
    if Start.isForkedChild { return CudaResult.notInitialized }
    // Refused at `cuInit`: a program that goes on all the same gets nothing past the agent.
    if Words.startState.value == Start.State.failed { return CudaResult.systemNotReady }
    if Words.startState.value == Start.State.unbound {
      let bound = Start.bind(device)
      if bound != 0 { return bound }
    }
    guard Start.isBound, device == Start.device else {
      if Start.isBound { _ = Calls.makeUnswappable(UInt32(truncatingIfNeeded: entry)) }
      return call()
    }
    Calls.sayUnswappable()
    let reply = Requests.ask(.contextWanted, 0)
    if case .refused(_, let words) = reply {
      var line = Line()
      line.add("tidelock: no room for another context: ")
      line.addRefusal(words)
      line.say()
      return CudaResult.outOfMemory
    }
    let result = Calls.cured(entry, call)
    Link.tell(.residueMeasured)
    if result != 0 { return result }
    return CudaResult.success
  }

  func noteContext(_ context: UnsafeMutableRawPointer?, _ entry: Int) {
    if Start.isBound, let context { Calls.note(context, entry) }
  }

  @c(tidelock_cuCtxCreate)
  public func cuCtxCreate(
    _ context: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ flags: UInt32, _ device: Int32
  ) -> Int32 {
    let result = makeContext(device, ENTRY_cuCtxCreate) {
      Calls.forward(
        ENTRY_cuCtxCreate, Calls.word(context), UInt64(flags), UInt64(UInt32(bitPattern: device)))
    }
    if result == 0, let context { noteContext(context.pointee, ENTRY_cuCtxCreate) }
    return result
  }

  @c(tidelock_cuCtxCreate_v2)
  public func cuCtxCreate2(
    _ context: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ flags: UInt32, _ device: Int32
  ) -> Int32 {
    let result = makeContext(device, ENTRY_cuCtxCreate_v2) {
      Calls.forward(
        ENTRY_cuCtxCreate_v2, Calls.word(context), UInt64(flags),
        UInt64(UInt32(bitPattern: device)))
    }
    if result == 0, let context { noteContext(context.pointee, ENTRY_cuCtxCreate_v2) }
    return result
  }

  @c(tidelock_cuCtxCreate_v3)
  public func cuCtxCreate3(
    _ context: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ affinity: UnsafeRawPointer?,
    _ count: Int32, _ flags: UInt32, _ device: Int32
  ) -> Int32 {
    let result = makeContext(device, ENTRY_cuCtxCreate_v3) {
      Calls.forward(
        ENTRY_cuCtxCreate_v3, Calls.word(context), Calls.word(affinity),
        UInt64(UInt32(bitPattern: count)), UInt64(flags), UInt64(UInt32(bitPattern: device)))
    }
    if result == 0, let context { noteContext(context.pointee, ENTRY_cuCtxCreate_v3) }
    return result
  }

  @c(tidelock_cuCtxCreate_v4)
  public func cuCtxCreate4(
    _ context: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ parameters: UnsafeRawPointer?,
    _ flags: UInt32, _ device: Int32
  ) -> Int32 {
    let result = makeContext(device, ENTRY_cuCtxCreate_v4) {
      Calls.forward(
        ENTRY_cuCtxCreate_v4, Calls.word(context), Calls.word(parameters), UInt64(flags),
        UInt64(UInt32(bitPattern: device)))
    }
    if result == 0, let context { noteContext(context.pointee, ENTRY_cuCtxCreate_v4) }
    return result
  }

  @c(tidelock_cuDevicePrimaryCtxRetain)
  public func cuDevicePrimaryCtxRetain(
    _ context: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ device: Int32
  ) -> Int32 {
    if Start.isForkedChild { return CudaResult.notInitialized }
    func retain() -> Int32 {
      Mutex.lock(Words.primaryLock)
      defer { Mutex.unlock(Words.primaryLock) }
      let result = Calls.forward(
        ENTRY_cuDevicePrimaryCtxRetain, Calls.word(context),
        UInt64(UInt32(bitPattern: device)))
      if result == 0, let context, device == Start.device {
        Words.primaryHolders.add(1)
        primaryContext(set: context.pointee)
      }
      return result
    }
    // Retaining an active primary context makes nothing.
    let isActive = Start.isBound && primaryIsActive(device)
    let result =
      isActive ? retain() : makeContext(device, ENTRY_cuDevicePrimaryCtxRetain) { retain() }
    if result == 0, let context, device == Start.device {
      noteContext(context.pointee, ENTRY_cuDevicePrimaryCtxRetain)
    }
    return result
  }
#endif
