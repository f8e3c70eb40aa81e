public import CDriver

/// A place in a stream's order: the work up to and including `sequence`.
struct Position {
  let stream: Stream
  let sequence: UInt64

  var isReached: Bool { stream.completed >= sequence }
}

/// One piece of device work.
struct Operation {
  var dependencies: [Position] = []
  /// Runs on the stream's thread without the driver's lock; its failure faults the context.
  var work: @Sendable () -> CUresult
  /// Runs even when the context is faulted or the process is closing (timestamps).
  var always = false
}

/// Work in order, run by a thread of its own that starts with the first piece.
///
/// Everything here is under the driver's monitor.
final class Stream: DriverObject, @unchecked Sendable {
  /// Work that may wait in one stream; a submission beyond that waits.
  static let queueLimit = 1024

  let driver: Driver
  let context: Context
  let flags: UInt32
  let priority: Int32
  let isLegacy: Bool
  let id: UInt64
  private(set) var submitted: UInt64 = 0
  private(set) var completed: UInt64 = 0
  private var queue: [Operation] = []
  private var head = 0
  private var hasWorker = false
  private var isClosed = false
  private let signal = Signal()
  /// The capture this stream takes part in.
  var capture: Capture?
  /// Where the stream stands in its capture.
  var captureTail: [GraphNode] = []

  init(_ driver: Driver, _ context: Context, flags: UInt32, priority: Int32, isLegacy: Bool) {
    self.driver = driver
    self.context = context
    self.flags = flags
    self.priority = priority
    self.isLegacy = isLegacy
    id = driver.uniqueId()
  }

  /// Whether it orders itself with the legacy stream.
  var isBlocking: Bool { flags & CU_STREAM_NON_BLOCKING.rawValue == 0 && !isLegacy }

  /// Destroyed: takes no more work, and lives until it is idle.
  var isDestroyed: Bool { isClosed }

  var isIdle: Bool { completed == submitted }

  var end: Position { Position(stream: self, sequence: submitted) }

  /// Adds work behind everything submitted so far, as the stream's kind orders it. Waits while the
  /// queue is full.
  @discardableResult
  func submit(_ operation: Operation, ordered: Bool = true) -> Position {
    while queue.count - head >= Self.queueLimit { driver.monitor.wait() }
    var operation = operation
    if ordered {
      if isLegacy {
        for other in context.streams where other.isBlocking && !other.isIdle {
          operation.dependencies.append(other.end)
        }
      } else if isBlocking, let legacy = context.legacyIfUsed, !legacy.isIdle {
        operation.dependencies.append(legacy.end)
      }
    }
    if head > 256, head * 2 > queue.count {
      queue.removeFirst(head)
      head = 0
    }
    queue.append(operation)
    submitted += 1
    if hasWorker {
      signal.raise()
    } else {
      hasWorker = true
      if !Worker.start({ [self] in run() }) {
        // Without a thread the work cannot be done: say so as the device's failure.
        hasWorker = false
        queue.removeAll()
        head = 0
        completed = submitted
        context.fault(CUDA_ERROR_OPERATING_SYSTEM)
      }
    }
    return end
  }

  /// Lets the thread end once the queue is empty.
  func close() {
    isClosed = true
    signal.raise()
  }

  private func run() {
    let monitor = driver.monitor
    monitor.lock()
    while true {
      while head == queue.count, !isClosed { monitor.wait(on: signal) }
      if head == queue.count { break }
      let operation = queue[head]
      queue[head].work = { CUDA_SUCCESS }
      head += 1
      while operation.dependencies.contains(where: { !$0.isReached }) { monitor.wait() }
      if operation.always || (context.stickyError == nil && !driver.isClosing) {
        monitor.unlock()
        let code = operation.work()
        monitor.lock()
        if code != CUDA_SUCCESS { context.fault(code) }
      }
      completed += 1
      monitor.announce()
    }
    hasWorker = false
    monitor.unlock()
  }
}

extension Driver {
  /// Waits until all of the work is done; the driver's lock is free meanwhile.
  func wait(for positions: [Position]) {
    while positions.contains(where: { !$0.isReached }) { monitor.wait() }
  }

  /// The stream a handle means in the current context. `perThread` says what the null handle means.
  func stream(_ handle: CUstream?, perThread: Bool = false) throws(Failure) -> Stream {
    let context = try currentContext()
    switch UInt(bitPattern: handle) {
    case 0: return perThread ? threadStream(context) : context.legacy
    case 1: return context.legacy
    case 2: return threadStream(context)
    default:
      guard let stream = table.find(handle, as: Stream.self) else {
        throw Failure(CUDA_ERROR_INVALID_HANDLE)
      }
      if let code = stream.context.stickyError { throw Failure(code) }
      return stream
    }
  }

  func threadStream(_ context: Context) -> Stream {
    let state = ThreadState.current
    if let stream = state.defaultStreams[ObjectIdentifier(context)] { return stream }
    let stream = Stream(self, context, flags: 0, priority: 0, isLegacy: false)
    state.defaultStreams[ObjectIdentifier(context)] = stream
    context.streams.append(stream)
    return stream
  }

  public func streamCreate(_ flags: UInt32, priority: Int32) throws(Failure) -> CUstream {
    if flags & ~CU_STREAM_NON_BLOCKING.rawValue != 0 { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    let context = try currentContext()
    let clamped = min(max(priority, -5), 0)
    let stream = Stream(self, context, flags: flags, priority: clamped, isLegacy: false)
    context.streams.append(stream)
    return table.add(stream)
  }

  /// Destroys the handle; work already submitted still runs.
  public func streamDestroy(_ handle: CUstream?) throws(Failure) {
    guard let stream = table.find(handle, as: Stream.self) else {
      throw Failure(CUDA_ERROR_INVALID_HANDLE)
    }
    table.remove(stream)
    if let capture = stream.capture { abandon(capture, by: stream) }
    stream.close()
    // Its unfinished work still counts for the context, so it stays listed until it is idle.
    stream.context.forgetDestroyedStreams()
  }

  public func streamQuery(_ handle: CUstream?, perThread: Bool) throws(Failure) {
    let stream = try stream(handle, perThread: perThread)
    try refuseCapturing(stream)
    if !stream.isIdle || (stream.isLegacy && stream.context.hasBlockingWork) {
      throw Failure(CUDA_ERROR_NOT_READY)
    }
  }

  public func streamSynchronize(_ handle: CUstream?, perThread: Bool) throws(Failure) {
    let stream = try stream(handle, perThread: perThread)
    try refuseCapturing(stream)
    var ends = [stream.end]
    if stream.isLegacy { ends += stream.context.streams.filter(\.isBlocking).map(\.end) }
    wait(for: ends)
    if let code = stream.context.stickyError { throw Failure(code) }
  }

  public func streamFlags(_ handle: CUstream?, perThread: Bool) throws(Failure) -> UInt32 {
    try stream(handle, perThread: perThread).flags
  }

  public func streamPriority(_ handle: CUstream?, perThread: Bool) throws(Failure) -> Int32 {
    try stream(handle, perThread: perThread).priority
  }

  public func streamId(_ handle: CUstream?, perThread: Bool) throws(Failure) -> UInt64 {
    try stream(handle, perThread: perThread).id
  }

  public func streamContext(_ handle: CUstream?, perThread: Bool) throws(Failure) -> CUcontext {
    OpaquePointer(bitPattern: try stream(handle, perThread: perThread).context.handle)!
  }

  public func streamDevice(_ handle: CUstream?, perThread: Bool) throws(Failure) -> CUdevice {
    Int32(try stream(handle, perThread: perThread).context.device)
  }

  public func streamWaitEvent(
    _ handle: CUstream?, _ event: CUevent?, perThread: Bool
  ) throws(Failure) {
    let stream = try stream(handle, perThread: perThread)
    let event = try self.event(event)
    if let captured = event.captured {
      try join(stream, captured)
      return
    }
    if stream.capture != nil {
      // Work outside the capture cannot be a dependency of what is inside.
      stream.capture?.invalidate()
      throw Failure(CUDA_ERROR_STREAM_CAPTURE_ISOLATION)
    }
    guard let record = event.record else { return }
    let pending = record.positions.filter { !$0.isReached }
    if pending.isEmpty { return }
    stream.submit(Operation(dependencies: pending, work: { CUDA_SUCCESS }))
  }

  public func launchHostFunction(
    _ handle: CUstream?, perThread: Bool, _ function: @escaping @Sendable () -> Void
  ) throws(Failure) {
    let work: @Sendable () -> CUresult = {
      ThreadState.current.isInHostFunction = true
      function()
      ThreadState.current.isInHostFunction = false
      return CUDA_SUCCESS
    }
    try enqueue(on: try stream(handle, perThread: perThread), .host(work))
  }

  /// Calls back with the context's state, also when it is faulted.
  public func addCallback(
    _ handle: CUstream?, perThread: Bool, _ function: @escaping @Sendable (CUresult) -> Void
  ) throws(Failure) {
    let stream = try stream(handle, perThread: perThread)
    if stream.capture != nil {
      stream.capture?.invalidate()
      throw Failure(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED)
    }
    let context = stream.context
    stream.submit(
      Operation(
        work: { [monitor] in
          ThreadState.current.isInHostFunction = true
          monitor.lock()
          let code = context.stickyError ?? CUDA_SUCCESS
          monitor.unlock()
          function(code)
          ThreadState.current.isInHostFunction = false
          return CUDA_SUCCESS
        }, always: true))
  }
}
