public import CDriver

/// A context: its streams, its share of unswappable memory, and the error that ends its use.
final class Context: DriverObject, @unchecked Sendable {
  let driver: Driver
  let device: Int
  let id: UInt64
  let apiVersion: UInt32
  var flags: UInt32
  var limits: [UInt32: Int] = [
    CU_LIMIT_STACK_SIZE.rawValue: 1024, CU_LIMIT_PRINTF_FIFO_SIZE.rawValue: 1 << 20,
    CU_LIMIT_MALLOC_HEAP_SIZE.rawValue: 8 << 20,
    CU_LIMIT_DEV_RUNTIME_SYNC_DEPTH.rawValue: 2,
    CU_LIMIT_DEV_RUNTIME_PENDING_LAUNCH_COUNT.rawValue: 2048,
    CU_LIMIT_MAX_L2_FETCH_GRANULARITY.rawValue: 64,
    CU_LIMIT_PERSISTING_L2_CACHE_SIZE.rawValue: 0,
  ]
  var cacheConfig = CU_FUNC_CACHE_PREFER_NONE
  var peers: Set<UInt> = []
  var streams: [Stream] = []
  private(set) var stickyError: CUresult?
  /// The thread that loads a kernel: the others' calls on this context wait meanwhile.
  var loader: ThreadState?
  private(set) var legacyIfUsed: Stream?
  let unswappableBytes: UInt64

  init(
    _ driver: Driver, device: Int, flags: UInt32, apiVersion: UInt32, unswappableBytes: UInt64
  ) {
    self.driver = driver
    self.device = device
    self.flags = flags
    self.apiVersion = apiVersion
    self.unswappableBytes = unswappableBytes
    id = driver.uniqueId()
  }

  /// The legacy null stream.
  var legacy: Stream {
    if let stream = legacyIfUsed { return stream }
    let stream = Stream(driver, self, flags: 0, priority: 0, isLegacy: true)
    legacyIfUsed = stream
    return stream
  }

  var allStreams: [Stream] { streams + (legacyIfUsed.map { [$0] } ?? []) }

  var hasBlockingWork: Bool { streams.contains { $0.isBlocking && !$0.isIdle } }

  func forgetDestroyedStreams() { streams.removeAll { $0.isDestroyed && $0.isIdle } }

  /// The first fault stays.
  func fault(_ code: CUresult) {
    if stickyError == nil { stickyError = code }
  }
}

/// A device's primary context and how many hold it.
struct PrimaryContext {
  var context: Context?
  var holders = 0
  var flags: UInt32 = 0
}

extension Driver {
  func currentContext() throws(Failure) -> Context {
    guard let context = ThreadState.current.contexts.last else {
      throw Failure(CUDA_ERROR_INVALID_CONTEXT)
    }
    waitForLoader(of: context)
    if context.handle == 0 { throw Failure(CUDA_ERROR_CONTEXT_IS_DESTROYED) }
    if let code = context.stickyError { throw Failure(code) }
    return context
  }

  func waitForLoader(of context: Context) {
    let state = ThreadState.current
    while let loader = context.loader, loader !== state { monitor.wait() }
  }

  func context(_ handle: CUcontext?) throws(Failure) -> Context {
    guard let context = table.find(handle, as: Context.self) else {
      throw Failure(CUDA_ERROR_INVALID_CONTEXT)
    }
    return context
  }

  func contextOrCurrent(_ handle: CUcontext?) throws(Failure) -> Context {
    if handle == nil { return try currentContext() }
    return try context(handle)
  }

  func deviceIndex(_ device: CUdevice) throws(Failure) -> Int {
    guard device >= 0, device < file.deviceCount else { throw Failure(CUDA_ERROR_INVALID_DEVICE) }
    return Int(device)
  }

  private func makeContext(device: Int, flags: UInt32, api: UInt32) throws(Failure) -> Context {
    if flags & ~0xff != 0 || (flags & 7).nonzeroBitCount > 1 {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    let bytes = file[.context]
    guard file.takeUnswappable(bytes, device: device, process: processIndex) else {
      throw Failure(CUDA_ERROR_OUT_OF_MEMORY)
    }
    let context = Context(
      self, device: device, flags: flags, apiVersion: api, unswappableBytes: bytes)
    _ = table.add(context)
    return context
  }

  /// Creates a context and makes it current.
  public func contextCreate(
    _ device: CUdevice, flags: UInt32, apiVersion: UInt32
  ) throws(Failure) -> CUcontext {
    let index = try deviceIndex(device)
    let context = try makeContext(device: index, flags: flags, api: apiVersion)
    ThreadState.current.contexts.append(context)
    return OpaquePointer(bitPattern: context.handle)!
  }

  public func contextDestroy(_ handle: CUcontext?) throws(Failure) {
    let context = try context(handle)
    if primaries.contains(where: { $0.context === context }) {
      throw Failure(CUDA_ERROR_INVALID_CONTEXT)
    }
    destroy(context)
    if ThreadState.current.contexts.last === context { ThreadState.current.contexts.removeLast() }
  }

  /// Ends a context: what it still does is waited for, what it owns is given back.
  private func destroy(_ context: Context) {
    for capture in captures where capture.origin.context === context { capture.invalidate() }
    wait(for: context.allStreams.map(\.end))
    table.remove(context)
    for stream in context.allStreams {
      if stream.handle != 0 { table.remove(stream) }
      stream.close()
    }
    for event in table.all(Event.self) where event.context === context { table.remove(event) }
    unloadModules(of: context)
    freeAllocations(of: context)
    context.streams = []
    file.giveUnswappable(
      context.unswappableBytes, device: context.device, process: processIndex)
  }

  public func contextPush(_ handle: CUcontext?) throws(Failure) {
    ThreadState.current.contexts.append(try context(handle))
  }

  public func contextPop() throws(Failure) -> CUcontext {
    guard let context = ThreadState.current.contexts.popLast() else {
      throw Failure(CUDA_ERROR_INVALID_CONTEXT)
    }
    guard let handle = OpaquePointer(bitPattern: context.handle) else {
      throw Failure(CUDA_ERROR_CONTEXT_IS_DESTROYED)
    }
    return handle
  }

  public func contextSetCurrent(_ handle: CUcontext?) throws(Failure) {
    let state = ThreadState.current
    guard let handle else {
      _ = state.contexts.popLast()
      return
    }
    let context = try context(handle)
    if state.contexts.isEmpty {
      state.contexts.append(context)
    } else {
      state.contexts[state.contexts.count - 1] = context
    }
  }

  public func contextCurrent() -> CUcontext? {
    ThreadState.current.contexts.last.flatMap { OpaquePointer(bitPattern: $0.handle) }
  }

  public func contextDevice(_ handle: CUcontext? = nil) throws(Failure) -> CUdevice {
    Int32(try contextOrCurrent(handle).device)
  }

  public func contextApiVersion(_ handle: CUcontext?) throws(Failure) -> UInt32 {
    try contextOrCurrent(handle).apiVersion
  }

  public func contextFlags() throws(Failure) -> UInt32 { try currentContext().flags }

  public func contextSetFlags(_ flags: UInt32) throws(Failure) {
    if flags & ~0xff != 0 { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    try currentContext().flags = flags
  }

  public func contextId(_ handle: CUcontext?) throws(Failure) -> UInt64 {
    try contextOrCurrent(handle).id
  }

  public func contextLimit(_ limit: CUlimit) throws(Failure) -> Int {
    guard let value = try currentContext().limits[limit.rawValue] else {
      throw Failure(CUDA_ERROR_UNSUPPORTED_LIMIT)
    }
    return value
  }

  public func contextSetLimit(_ limit: CUlimit, _ value: Int) throws(Failure) {
    let context = try currentContext()
    guard context.limits[limit.rawValue] != nil else {
      throw Failure(CUDA_ERROR_UNSUPPORTED_LIMIT)
    }
    context.limits[limit.rawValue] = value
  }

  public func contextCacheConfig() throws(Failure) -> CUfunc_cache {
    try currentContext().cacheConfig
  }

  public func contextSetCacheConfig(_ config: CUfunc_cache) throws(Failure) {
    try currentContext().cacheConfig = config
  }

  public func contextSynchronize(_ handle: CUcontext? = nil) throws(Failure) {
    let context = try contextOrCurrent(handle)
    if context.allStreams.contains(where: { $0.capture != nil }) {
      for stream in context.allStreams { stream.capture?.invalidate() }
      throw Failure(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED)
    }
    wait(for: context.allStreams.map(\.end))
    context.forgetDestroyedStreams()
    if let code = context.stickyError { throw Failure(code) }
  }

  public func enablePeer(_ handle: CUcontext?) throws(Failure) {
    let peer = try context(handle)
    let context = try currentContext()
    if peer.device == context.device { throw Failure(CUDA_ERROR_INVALID_DEVICE) }
    guard context.peers.insert(peer.handle).inserted else {
      throw Failure(CUDA_ERROR_PEER_ACCESS_ALREADY_ENABLED)
    }
  }

  public func disablePeer(_ handle: CUcontext?) throws(Failure) {
    let peer = try context(handle)
    guard try currentContext().peers.remove(peer.handle) != nil else {
      throw Failure(CUDA_ERROR_PEER_ACCESS_NOT_ENABLED)
    }
  }

  public func primaryRetain(_ device: CUdevice) throws(Failure) -> CUcontext {
    let index = try deviceIndex(device)
    if primaries[index].context == nil {
      primaries[index].context = try makeContext(
        device: index, flags: primaries[index].flags, api: UInt32(file[.api]))
    }
    primaries[index].holders += 1
    return OpaquePointer(bitPattern: primaries[index].context!.handle)!
  }

  public func primaryRelease(_ device: CUdevice) throws(Failure) {
    let index = try deviceIndex(device)
    guard primaries[index].holders > 0 else { throw Failure(CUDA_ERROR_INVALID_CONTEXT) }
    primaries[index].holders -= 1
    if primaries[index].holders == 0 { try primaryReset(device) }
  }

  public func primaryReset(_ device: CUdevice) throws(Failure) {
    let index = try deviceIndex(device)
    guard let context = primaries[index].context else { return }
    primaries[index].context = nil
    destroy(context)
  }

  public func primaryState(
    _ device: CUdevice
  ) throws(Failure) -> (flags: UInt32, isActive: Bool) {
    let primary = primaries[try deviceIndex(device)]
    return (primary.flags, primary.context != nil)
  }

  public func primarySetFlags(_ device: CUdevice, _ flags: UInt32) throws(Failure) {
    if flags & ~0xff != 0 { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    let index = try deviceIndex(device)
    primaries[index].flags = flags
    primaries[index].context?.flags = flags
  }
}
