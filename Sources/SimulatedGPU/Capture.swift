public import CDriver

/// A capture in progress: streams that write their work into a graph instead of doing it.
final class Capture: @unchecked Sendable {
  let id: UInt64
  let graph: GraphObject
  let origin: Stream
  let mode: CUstreamCaptureMode
  let thread: ObjectIdentifier
  /// Whether the graph was the client's before.
  let isIntoExisting: Bool
  private(set) var isInvalidated = false
  var members: [Stream] = []

  init(
    id: UInt64, _ graph: GraphObject, _ origin: Stream, _ mode: CUstreamCaptureMode,
    isIntoExisting: Bool
  ) {
    self.id = id
    self.graph = graph
    self.origin = origin
    self.mode = mode
    self.isIntoExisting = isIntoExisting
    thread = ObjectIdentifier(ThreadState.current)
  }

  func invalidate() { isInvalidated = true }
}

/// An event recorded in a capturing stream: a place in the graph.
struct CapturedEvent {
  let capture: Capture
  let nodes: [GraphNode]
}

extension Driver {
  func refuseInvalidated(_ capture: Capture) throws(Failure) {
    if capture.isInvalidated { throw Failure(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED) }
  }

  /// Asking about a capturing stream's progress ends the capture.
  func refuseCapturing(_ stream: Stream) throws(Failure) {
    if let capture = stream.capture {
      capture.invalidate()
      throw Failure(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED)
    }
    try refuseImplicitCapture(stream)
  }

  /// The legacy stream would have to wait for a capturing one.
  func refuseImplicitCapture(_ stream: Stream) throws(Failure) {
    guard stream.isLegacy, !captures.isEmpty else { return }
    for other in stream.context.streams where other.isBlocking {
      if let capture = other.capture {
        capture.invalidate()
        throw Failure(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT)
      }
    }
  }

  /// Calls that a capture may not see (allocations, synchronous copies) end it, as far as its mode
  /// and the calling thread's say.
  func refuseUnsafeCall() throws(Failure) {
    if captures.isEmpty { return }
    let state = ThreadState.current
    let caller = ObjectIdentifier(state)
    var hit = false
    for capture in captures where !capture.isInvalidated {
      let own = capture.thread == caller
      let forbids =
        switch state.captureMode {
        case CU_STREAM_CAPTURE_MODE_GLOBAL:
          capture.mode == CU_STREAM_CAPTURE_MODE_GLOBAL
            || (own && capture.mode == CU_STREAM_CAPTURE_MODE_THREAD_LOCAL)
        case CU_STREAM_CAPTURE_MODE_THREAD_LOCAL:
          own && capture.mode != CU_STREAM_CAPTURE_MODE_RELAXED
        default: false
        }
      if forbids {
        capture.invalidate()
        hit = true
      }
    }
    if hit { throw Failure(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED) }
  }

  public func captureBegin(
    _ handle: CUstream?, perThread: Bool, _ mode: CUstreamCaptureMode, into graph: CUgraph? = nil,
    after: UnsafePointer<CUgraphNode?>? = nil, count: Int = 0
  ) throws(Failure) {
    let stream = try stream(handle, perThread: perThread)
    if stream.isLegacy { throw Failure(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED) }
    guard stream.capture == nil else { throw Failure(CUDA_ERROR_ILLEGAL_STATE) }
    guard mode.rawValue <= 2 else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    let target = graph == nil ? GraphObject(id: uniqueId()) : try self.graph(graph)
    var tail: [GraphNode] = []
    for index in 0..<max(0, count) {
      guard let after else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
      tail.append(try node(after[index]))
    }
    let capture = Capture(
      id: uniqueId(), target, stream, mode, isIntoExisting: graph != nil)
    capture.members = [stream]
    stream.capture = capture
    stream.captureTail = tail
    captures.append(capture)
  }

  public func captureEnd(_ handle: CUstream?, perThread: Bool) throws(Failure) -> CUgraph? {
    let stream = try stream(handle, perThread: perThread)
    guard let capture = stream.capture else { throw Failure(CUDA_ERROR_ILLEGAL_STATE) }
    if capture.origin !== stream {
      throw Failure(CUDA_ERROR_STREAM_CAPTURE_UNMATCHED)
    }
    if capture.mode != CU_STREAM_CAPTURE_MODE_RELAXED,
      capture.thread != ObjectIdentifier(ThreadState.current)
    {
      throw Failure(CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD)
    }
    let unjoined = capture.members.contains { $0 !== stream && !isJoined($0, to: stream) }
    for member in capture.members {
      member.capture = nil
      member.captureTail = []
    }
    captures.removeAll { $0 === capture }
    if capture.isInvalidated || unjoined {
      if !capture.isIntoExisting { end(capture.graph) }
      throw Failure(
        capture.isInvalidated
          ? CUDA_ERROR_STREAM_CAPTURE_INVALIDATED : CUDA_ERROR_STREAM_CAPTURE_UNJOINED)
    }
    if capture.graph.handle != 0 { return OpaquePointer(bitPattern: capture.graph.handle) }
    return table.add(capture.graph)
  }

  /// Ends the capture that a destroyed stream began.
  func abandon(_ capture: Capture, by stream: Stream) {
    capture.invalidate()
    capture.members.removeAll { $0 === stream }
    stream.capture = nil
    guard capture.origin === stream else { return }
    for member in capture.members { member.capture = nil }
    captures.removeAll { $0 === capture }
    if !capture.isIntoExisting { end(capture.graph) }
  }

  /// Whether everything a member captured comes before where the origin stands.
  private func isJoined(_ member: Stream, to origin: Stream) -> Bool {
    var seen: Set<ObjectIdentifier> = []
    var open = origin.captureTail
    while let node = open.popLast() {
      if seen.insert(ObjectIdentifier(node)).inserted { open += node.dependencies }
    }
    return member.captureTail.allSatisfy { seen.contains(ObjectIdentifier($0)) }
  }

  /// A stream that waits for a captured event takes part in the capture.
  func join(_ stream: Stream, _ event: CapturedEvent) throws(Failure) {
    try refuseInvalidated(event.capture)
    if let own = stream.capture, own !== event.capture {
      own.invalidate()
      event.capture.invalidate()
      throw Failure(CUDA_ERROR_STREAM_CAPTURE_MERGE)
    }
    if stream.isLegacy {
      event.capture.invalidate()
      throw Failure(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT)
    }
    if stream.capture == nil {
      stream.capture = event.capture
      event.capture.members.append(stream)
    }
    for node in event.nodes where !stream.captureTail.contains(where: { $0 === node }) {
      stream.captureTail.append(node)
    }
  }

  public struct CaptureInfo {
    public var status: CUstreamCaptureStatus
    public var id: UInt64
    public var graph: CUgraph?
    public var dependencies: [CUgraphNode]
  }

  public func captureInfo(_ handle: CUstream?, perThread: Bool) throws(Failure) -> CaptureInfo {
    let stream = try stream(handle, perThread: perThread)
    if stream.isLegacy,
      stream.context.streams.contains(where: { $0.isBlocking && $0.capture != nil })
    {
      throw Failure(CUDA_ERROR_STREAM_CAPTURE_IMPLICIT)
    }
    guard let capture = stream.capture else {
      return CaptureInfo(
        status: CU_STREAM_CAPTURE_STATUS_NONE, id: 0, graph: nil, dependencies: [])
    }
    if capture.graph.handle == 0 { _ = table.add(capture.graph) }
    return CaptureInfo(
      status: capture.isInvalidated
        ? CU_STREAM_CAPTURE_STATUS_INVALIDATED : CU_STREAM_CAPTURE_STATUS_ACTIVE,
      id: capture.id, graph: OpaquePointer(bitPattern: capture.graph.handle),
      dependencies: stream.captureTail.map { OpaquePointer(bitPattern: $0.handle)! })
  }

  /// Changes where a capturing stream stands: behind these nodes too, or (`replacing`) only.
  public func captureUpdate(
    _ handle: CUstream?, perThread: Bool, _ nodes: UnsafePointer<CUgraphNode?>?, _ count: Int,
    replacing: Bool
  ) throws(Failure) {
    let stream = try stream(handle, perThread: perThread)
    guard let capture = stream.capture else { throw Failure(CUDA_ERROR_ILLEGAL_STATE) }
    try refuseInvalidated(capture)
    let after = try self.nodes(nodes, count, of: capture.graph)
    if replacing { stream.captureTail = [] }
    for node in after where !stream.captureTail.contains(where: { $0 === node }) {
      stream.captureTail.append(node)
    }
  }

  /// Sets the calling thread's mode and returns the one before.
  public func exchangeCaptureMode(_ mode: CUstreamCaptureMode) throws(Failure)
    -> CUstreamCaptureMode
  {
    guard mode.rawValue <= 2 else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    let state = ThreadState.current
    defer { state.captureMode = mode }
    return state.captureMode
  }
}
