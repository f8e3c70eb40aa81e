// Captures are counted, because nothing may move or be marked while one is open: a marker would
// spoil it. What ends one is its end, the end of its stream or of its context. The graph it writes
// is remembered: the driver does not name it any more once the capture has failed, and destroys it.

internal import CInterposer
internal import Faults
internal import Wire

/// What a capture writes into.
enum CaptureTarget {
  /// A graph that is the program's only if the capture succeeds.
  case newGraph
  /// One that the program has.
  case ownGraph
  /// Something else, in which no memory of ours can be.
  case other
}

enum Captures {
  private static func place(_ index: Int) -> Word { Word(index: Words.captures.index &+ index) }

  /// The number of the context that the capture at a place is in; 0: not known.
  private static func context(_ index: Int) -> Word {
    Word(index: Words.captureContexts.index &+ index)
  }

  /// The handle of the graph at a place, plus 1 if the program had it before; 0: not known.
  private static func graph(_ index: Int) -> Word {
    Word(index: Words.captureGraphs.index &+ index)
  }

  /// Whether an open capture writes into this graph, as far as we saw.
  static func isWriting(_ handle: UInt64) -> Bool {
    var index = 0
    while index < Limits.captures {
      if place(index).value != 0 && graph(index).value & ~1 == handle { return true }
      index &+= 1
    }
    return false
  }

  /// The per-thread default stream has no handle of its own.
  private static func key(_ stream: UnsafeRawPointer?) -> UInt64 {
    stream == nil ? 2 : Calls.word(stream)
  }

  /// Runs a call that would spoil an open capture. Nil: one is open, the call was not made.
  static func unlessOpen(_ call: () -> Int32) -> Int32? {
    Words.markers.add(1)
    defer { Words.markers.subtract(1) }
    if Words.openCaptures.value > 0 { return nil }
    return call()
  }

  /// Counted before the call, so that no marker slips between.
  static func begin(
    _ stream: UnsafeRawPointer?, into target: CaptureTarget, _ call: () -> Int32
  ) -> Int32 {
    // The threads whose markers are under way are not there.
    if Start.isForkedChild { return CudaResult.notInitialized }
    if !fault(181) { Words.openCaptures.add(1) }
    while Words.markers.value != 0 { Clock.sleep(microseconds: 20) }
    let result = call()
    if result != 0 {
      Words.openCaptures.subtract(1)
      return result
    }
    note(stream, target)
    return result
  }

  /// The same for an entry point whose first argument is the stream.
  static func begin(
    _ entry: Int, _ stream: UnsafeRawPointer?, into target: CaptureTarget, _ b: UInt64 = 0,
    _ c: UInt64 = 0, _ d: UInt64 = 0, _ e: UInt64 = 0, _ f: UInt64 = 0
  ) -> Int32 {
    begin(stream, into: target) { Calls.forward(entry, Calls.word(stream), b, c, d, e, f) }
  }

  /// A failed end may end an invalidated capture, or (wrong thread, no place for the graph) not.
  static func end(
    _ stream: UnsafeRawPointer?, asking: Int = ENTRY_cuStreamIsCapturing, _ call: () -> Int32
  ) -> Int32 {
    let result = call()
    if result != 0 {
      var status: Int32 = 0
      let answer = Calls.forward(asking, Calls.word(stream), Calls.word(&status))
      if answer == 0 && status != 0 { return result }
    }
    forget(stream, hasFailed: result != 0)
    return result
  }

  /// The capture that began on this stream, if one did, is over.
  static func forget(_ stream: UnsafeRawPointer?, hasFailed: Bool) {
    guard let held = take(key(stream)) else { return }
    Words.openCaptures.subtract(1)
    if hasFailed { endGraph(held) }
  }

  /// The graph of a capture that failed is gone, if it was not the program's before.
  private static func endGraph(_ held: UInt64) {
    if held & 1 == 0 && !fault(375) { GraphMemory.graphEnded(held) }
  }

  /// More than the table holds stay counted for ever: such a program stays where it is.
  private static func note(_ stream: UnsafeRawPointer?, _ target: CaptureTarget) {
    var handle: UnsafeMutableRawPointer? = nil
    let entry = stream == nil ? ENTRY_cuStreamGetCtx_ptsz : ENTRY_cuStreamGetCtx
    let answer = Calls.forward(entry, Calls.word(stream), Calls.word(&handle))
    var number: UInt16 = 0
    if answer == 0, let handle, !fault(347) { number = Contexts.number(of: handle) ?? 0 }
    let written = written(stream, target)
    var index = 0
    while index < Limits.captures {
      if place(index).exchange(0, for: key(stream)) {
        context(index).value = UInt64(number)
        graph(index).value = written
        return
      }
      index &+= 1
    }
  }

  private static func written(_ stream: UnsafeRawPointer?, _ target: CaptureTarget) -> UInt64 {
    guard target != .other, let state = state(stream, isPerThread: stream == nil) else { return 0 }
    return state.graph | (target == .ownGraph ? 1 : 0)
  }

  /// Where a capturing stream stands.
  struct State {
    /// The capture's number.
    var number: UInt64
    var graph: UInt64
    /// The driver's list, until this thread asks again.
    var dependencies: UInt64
    var count: UInt64
  }

  /// Nil: it does not capture, or its dependencies carry data, or the driver cannot say.
  static func state(_ stream: UnsafeRawPointer?, isPerThread: Bool) -> State? {
    var status: Int32 = 0
    var state = State(number: 0, graph: 0, dependencies: 0, count: 0)
    let entry =
      isPerThread ? ENTRY_cuStreamGetCaptureInfo_v2_ptsz : ENTRY_cuStreamGetCaptureInfo_v2
    let answer = Calls.forward(
      entry, Calls.word(stream), Calls.word(&status), Calls.word(&state.number),
      Calls.word(&state.graph), Calls.word(&state.dependencies), Calls.word(&state.count))
    return answer == 0 && status == 1 ? state : nil
  }

  /// Gives up the place of a stream; what it held of its graph (`graph`), nil if it had none.
  private static func take(_ stream: UInt64) -> UInt64? {
    var index = 0
    while index < Limits.captures {
      let held = graph(index).value
      if place(index).exchange(stream, for: 0) { return held }
      index &+= 1
    }
    return nil
  }

  /// Ends a stream, and with it its capture. What is known by its handle is forgotten before: the
  /// moment the stream is gone, another thread's may have the same.
  static func endStream(_ stream: UnsafeRawPointer?, _ call: () -> Int32) -> Int32 {
    if fault(292) {
      let result = call()
      Clock.sleep(microseconds: 2000)
      forget(stream, hasFailed: true)
      return result
    }
    let held = fault(214) ? nil : take(key(stream))
    Memory.withTables { Pools.forgetRested(of: Calls.word(stream)) }
    let result = call()
    guard let held else { return result }
    if result == 0 {
      Words.openCaptures.subtract(1)
      endGraph(held)
    } else {
      note(stream, held & 1 == 0 ? .newGraph : .ownGraph)
    }
    return result
  }

  /// The context has ended, and with it its streams; with the last one all of them.
  static func endContext(_ number: UInt16, isLast: Bool) {
    var index = 0
    while index < Limits.captures {
      let stream = place(index).value
      let held = graph(index).value
      if stream != 0, isLast || context(index).value == UInt64(number),
        place(index).exchange(stream, for: 0)
      {
        Words.openCaptures.subtract(1)
        endGraph(held)
      }
      index &+= 1
    }
  }
}

#if hasFeature(Embedded)
  @c(tidelock_cuStreamBeginCapture)
  public func cuStreamBeginCapture1(_ stream: UnsafeRawPointer?) -> Int32 {
    Captures.begin(ENTRY_cuStreamBeginCapture, stream, into: .newGraph)
  }

  @c(tidelock_cuStreamBeginCapture_ptsz)
  public func cuStreamBeginCapture1PerThread(_ stream: UnsafeRawPointer?) -> Int32 {
    Captures.begin(ENTRY_cuStreamBeginCapture_ptsz, stream, into: .newGraph)
  }

  @c(tidelock_cuStreamBeginCapture_v2)
  public func cuStreamBeginCapture2(_ stream: UnsafeRawPointer?, _ mode: UInt32) -> Int32 {
    Captures.begin(ENTRY_cuStreamBeginCapture_v2, stream, into: .newGraph, UInt64(mode))
  }

  @c(tidelock_cuStreamBeginCapture_v2_ptsz)
  public func cuStreamBeginCapture2PerThread(_ stream: UnsafeRawPointer?, _ mode: UInt32) -> Int32 {
    Captures.begin(ENTRY_cuStreamBeginCapture_v2_ptsz, stream, into: .newGraph, UInt64(mode))
  }

  @c(tidelock_cuStreamBeginCaptureToGraph)
  public func cuStreamBeginCaptureToGraph(
    _ stream: UnsafeRawPointer?, _ graph: UnsafeRawPointer?, _ nodes: UnsafeRawPointer?,
    _ edges: UnsafeRawPointer?, _ count: Int, _ mode: UInt32
  ) -> Int32 {
    Captures.begin(
      ENTRY_cuStreamBeginCaptureToGraph, stream, into: .ownGraph, Calls.word(graph),
      Calls.word(nodes), Calls.word(edges), UInt64(UInt(bitPattern: count)), UInt64(mode))
  }

  @c(tidelock_cuStreamBeginCaptureToGraph_ptsz)
  public func cuStreamBeginCaptureToGraphPerThread(
    _ stream: UnsafeRawPointer?, _ graph: UnsafeRawPointer?, _ nodes: UnsafeRawPointer?,
    _ edges: UnsafeRawPointer?, _ count: Int, _ mode: UInt32
  ) -> Int32 {
    Captures.begin(
      ENTRY_cuStreamBeginCaptureToGraph_ptsz, stream, into: .ownGraph, Calls.word(graph),
      Calls.word(nodes), Calls.word(edges), UInt64(UInt(bitPattern: count)), UInt64(mode))
  }

  @c(tidelock_cuStreamEndCapture)
  public func cuStreamEndCapture(_ stream: UnsafeRawPointer?, _ graph: UnsafeRawPointer?) -> Int32 {
    Captures.end(stream) {
      Calls.forward(ENTRY_cuStreamEndCapture, Calls.word(stream), Calls.word(graph))
    }
  }

  @c(tidelock_cuStreamEndCapture_ptsz)
  public func cuStreamEndCapturePerThread(
    _ stream: UnsafeRawPointer?, _ graph: UnsafeRawPointer?
  ) -> Int32 {
    Captures.end(stream, asking: ENTRY_cuStreamIsCapturing_ptsz) {
      Calls.forward(ENTRY_cuStreamEndCapture_ptsz, Calls.word(stream), Calls.word(graph))
    }
  }

  // MARK: into a graph that was captured before (CUDA 13.2), and for graphics

  @c(tidelock_cuStreamBeginRecaptureToGraph)
  public func cuStreamBeginRecaptureToGraph(
    _ stream: UnsafeRawPointer?, _ mode: UInt32, _ graph: UnsafeRawPointer?,
    _ callback: UnsafeRawPointer?, _ data: UnsafeRawPointer?
  ) -> Int32 {
    Captures.begin(
      ENTRY_cuStreamBeginRecaptureToGraph, stream, into: .other, UInt64(mode),
      Calls.word(graph), Calls.word(callback), Calls.word(data))
  }

  @c(tidelock_cuStreamBeginRecaptureToGraph_ptsz)
  public func cuStreamBeginRecaptureToGraphPerThread(
    _ stream: UnsafeRawPointer?, _ mode: UInt32, _ graph: UnsafeRawPointer?,
    _ callback: UnsafeRawPointer?, _ data: UnsafeRawPointer?
  ) -> Int32 {
    Captures.begin(
      ENTRY_cuStreamBeginRecaptureToGraph_ptsz, stream, into: .other, UInt64(mode),
      Calls.word(graph), Calls.word(callback), Calls.word(data))
  }

  @c(tidelock_cuStreamBeginCaptureToCig)
  public func cuStreamBeginCaptureToCig(
    _ stream: UnsafeRawPointer?, _ parameters: UnsafeRawPointer?
  ) -> Int32 {
    Captures.begin(
      ENTRY_cuStreamBeginCaptureToCig, stream, into: .other, Calls.word(parameters))
  }

  @c(tidelock_cuStreamBeginCaptureToCig_ptsz)
  public func cuStreamBeginCaptureToCigPerThread(
    _ stream: UnsafeRawPointer?, _ parameters: UnsafeRawPointer?
  ) -> Int32 {
    Captures.begin(
      ENTRY_cuStreamBeginCaptureToCig_ptsz, stream, into: .other, Calls.word(parameters))
  }

  @c(tidelock_cuStreamEndCaptureToCig)
  public func cuStreamEndCaptureToCig(_ stream: UnsafeRawPointer?) -> Int32 {
    Captures.end(stream) { Calls.forward(ENTRY_cuStreamEndCaptureToCig, Calls.word(stream)) }
  }

  @c(tidelock_cuStreamEndCaptureToCig_ptsz)
  public func cuStreamEndCaptureToCigPerThread(_ stream: UnsafeRawPointer?) -> Int32 {
    Captures.end(stream, asking: ENTRY_cuStreamIsCapturing_ptsz) {
      Calls.forward(ENTRY_cuStreamEndCaptureToCig_ptsz, Calls.word(stream))
    }
  }
#endif
