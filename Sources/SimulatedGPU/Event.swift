public import CDriver

/// Where streams stood when an event was recorded, and when they had come there.
final class EventRecord: @unchecked Sendable {
  var positions: [Position] = []
  /// Latest completion, set by the streams' threads under the monitor.
  var nanoseconds: UInt64 = 0

  var isComplete: Bool { positions.allSatisfy(\.isReached) }
}

final class Event: DriverObject, @unchecked Sendable {
  let context: Context
  let flags: UInt32
  var record: EventRecord?
  /// Set instead when it was recorded in a capturing stream.
  var captured: CapturedEvent?

  init(_ context: Context, _ flags: UInt32) {
    self.context = context
    self.flags = flags
  }

  var hasTiming: Bool { flags & CU_EVENT_DISABLE_TIMING.rawValue == 0 }
}

extension Driver {
  func event(_ handle: CUevent?) throws(Failure) -> Event {
    guard let event = table.find(handle, as: Event.self) else {
      throw Failure(CUDA_ERROR_INVALID_HANDLE)
    }
    waitForLoader(of: event.context)
    if let code = event.context.stickyError { throw Failure(code) }
    return event
  }

  public func eventCreate(_ flags: UInt32) throws(Failure) -> CUevent {
    let interprocess = CU_EVENT_INTERPROCESS.rawValue
    if flags & ~7 != 0 || (flags & interprocess != 0 && flags & 2 == 0) {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    return table.add(Event(try currentContext(), flags))
  }

  public func eventDestroy(_ handle: CUevent?) throws(Failure) {
    guard let event = table.find(handle, as: Event.self) else {
      throw Failure(CUDA_ERROR_INVALID_HANDLE)
    }
    table.remove(event)
  }

  public func eventRecord(
    _ handle: CUevent?, _ stream: CUstream?, perThread: Bool
  ) throws(Failure) {
    let event = try self.event(handle)
    let stream = try self.stream(stream, perThread: perThread)
    if let capture = stream.capture {
      try refuseInvalidated(capture)
      event.captured = CapturedEvent(capture: capture, nodes: stream.captureTail)
      return
    }
    try refuseImplicitCapture(stream)
    event.captured = nil
    event.record = record(on: [stream], ordered: true)
  }

  /// Records an event behind all work of a context. Refused while a stream of it captures, and the
  /// refusal costs that capture.
  public func contextRecord(_ handle: CUcontext?, _ event: CUevent?) throws(Failure) {
    let context = try contextOrCurrent(handle)
    let event = try self.event(event)
    if event.context !== context { throw Failure(CUDA_ERROR_INVALID_HANDLE) }
    let capturing = context.allStreams.filter { $0.capture != nil }
    if !capturing.isEmpty {
      for stream in capturing { stream.capture?.invalidate() }
      throw Failure(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED)
    }
    event.captured = nil
    event.record = record(on: context.allStreams.filter { !$0.isIdle }, ordered: false)
  }

  /// Makes all later work of a context wait for an event.
  public func contextWait(_ handle: CUcontext?, _ event: CUevent?) throws(Failure) {
    let context = try contextOrCurrent(handle)
    let event = try self.event(event)
    if context.allStreams.contains(where: { $0.capture != nil }) {
      throw Failure(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED)
    }
    let pending = event.record?.positions.filter { !$0.isReached } ?? []
    if pending.isEmpty { return }
    for stream in context.allStreams + [context.legacy] {
      stream.submit(Operation(dependencies: pending, work: { CUDA_SUCCESS }), ordered: false)
    }
  }

  private func record(on streams: [Stream], ordered: Bool) -> EventRecord {
    let record = EventRecord()
    record.nanoseconds = Monotonic.nanoseconds()
    for stream in streams where ordered || !stream.isDestroyed {
      let work: @Sendable () -> CUresult = { [monitor] in
        monitor.lock()
        record.nanoseconds = max(record.nanoseconds, Monotonic.nanoseconds())
        monitor.unlock()
        return CUDA_SUCCESS
      }
      record.positions.append(
        stream.submit(Operation(work: work, always: true), ordered: ordered))
    }
    for stream in streams where !ordered && stream.isDestroyed {
      record.positions.append(stream.end)
    }
    return record
  }

  public func eventQuery(_ handle: CUevent?) throws(Failure) {
    let event = try self.event(handle)
    if let captured = event.captured {
      captured.capture.invalidate()
      throw Failure(CUDA_ERROR_CAPTURED_EVENT)
    }
    if let record = event.record, !record.isComplete { throw Failure(CUDA_ERROR_NOT_READY) }
  }

  public func eventSynchronize(_ handle: CUevent?) throws(Failure) {
    let event = try self.event(handle)
    if let captured = event.captured {
      captured.capture.invalidate()
      throw Failure(CUDA_ERROR_CAPTURED_EVENT)
    }
    if let record = event.record { wait(for: record.positions) }
    if let code = event.context.stickyError { throw Failure(code) }
  }

  public func eventElapsed(_ start: CUevent?, _ end: CUevent?) throws(Failure) -> Float {
    let first = try event(start)
    let second = try event(end)
    guard first.hasTiming, second.hasTiming, let from = first.record, let to = second.record else {
      throw Failure(CUDA_ERROR_INVALID_HANDLE)
    }
    guard from.isComplete, to.isComplete else { throw Failure(CUDA_ERROR_NOT_READY) }
    return Float(Double(Int64(to.nanoseconds) - Int64(from.nanoseconds)) / 1e6)
  }
}
