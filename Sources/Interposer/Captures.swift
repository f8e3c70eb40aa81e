// Captures are counted, because nothing may move or be marked while one is open: a marker would
// spoil it. What ends one is its end, the end of its stream or of its context.

internal import CInterposer
internal import Faults
internal import Wire

enum Captures {
  private static func place(_ index: Int) -> Word { Word(index: Words.captures.index &+ index) }

  /// The number of the context that the capture at a place is in; 0: not known.
  private static func context(_ index: Int) -> Word {
    Word(index: Words.captureContexts.index &+ index)
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
  static func begin(_ stream: UnsafeRawPointer?, _ call: () -> Int32) -> Int32 {
    // The threads whose markers are under way are not there.
    if Start.isForkedChild { return CudaResult.notInitialized }
    if !fault(181) { Words.openCaptures.add(1) }
    while Words.markers.value != 0 { Clock.sleep(microseconds: 20) }
    let result = call()
    if result != 0 {
      Words.openCaptures.subtract(1)
      return result
    }
    note(stream)
    return result
  }

  /// The same for an entry point whose first argument is the stream.
  static func begin(
    _ entry: Int, _ stream: UnsafeRawPointer?, _ b: UInt64 = 0, _ c: UInt64 = 0, _ d: UInt64 = 0,
    _ e: UInt64 = 0, _ f: UInt64 = 0
  ) -> Int32 {
    begin(stream) { Calls.forward(entry, Calls.word(stream), b, c, d, e, f) }
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
    forget(stream)
    return result
  }

  /// The capture that began on this stream, if one did, is over.
  static func forget(_ stream: UnsafeRawPointer?) {
    if exchange(key(stream), for: 0) { Words.openCaptures.subtract(1) }
  }

  /// More than the table holds stay counted for ever: such a program stays where it is.
  private static func note(_ stream: UnsafeRawPointer?) {
    var handle: UnsafeMutableRawPointer? = nil
    let entry = stream == nil ? ENTRY_cuStreamGetCtx_ptsz : ENTRY_cuStreamGetCtx
    let answer = Calls.forward(entry, Calls.word(stream), Calls.word(&handle))
    var number: UInt16 = 0
    if answer == 0, let handle, !fault(347) { number = Contexts.number(of: handle) ?? 0 }
    var index = 0
    while index < Limits.captures {
      if place(index).exchange(0, for: key(stream)) {
        context(index).value = UInt64(number)
        return
      }
      index &+= 1
    }
  }

  /// True when one of the places had the first value and has the second.
  private static func exchange(_ old: UInt64, for new: UInt64) -> Bool {
    var index = 0
    while index < Limits.captures {
      if place(index).exchange(old, for: new) { return true }
      index &+= 1
    }
    return false
  }

  /// Ends a stream, and with it its capture. What is known by its handle is forgotten before: the
  /// moment the stream is gone, another thread's may have the same.
  static func endStream(_ stream: UnsafeRawPointer?, _ call: () -> Int32) -> Int32 {
    if fault(292) {
      let result = call()
      Clock.sleep(microseconds: 2000)
      forget(stream)
      return result
    }
    let wasOpen = !fault(214) && exchange(key(stream), for: 0)
    Memory.withTables { Pools.forgetRested(of: Calls.word(stream)) }
    let result = call()
    if !wasOpen { return result }
    if result == 0 {
      Words.openCaptures.subtract(1)
    } else {
      note(stream)
    }
    return result
  }

  /// The context has ended, and with it its streams; with the last one all of them.
  static func endContext(_ number: UInt16, isLast: Bool) {
    var index = 0
    while index < Limits.captures {
      let held = place(index).value
      if held != 0, isLast || context(index).value == UInt64(number),
        place(index).exchange(held, for: 0)
      {
        Words.openCaptures.subtract(1)
      }
      index &+= 1
    }
  }
}

#if hasFeature(Embedded)
  @c(tidelock_cuStreamBeginCapture)
  public func cuStreamBeginCapture1(_ stream: UnsafeRawPointer?) -> Int32 {
    Captures.begin(ENTRY_cuStreamBeginCapture, stream)
  }

  @c(tidelock_cuStreamBeginCapture_ptsz)
  public func cuStreamBeginCapture1PerThread(_ stream: UnsafeRawPointer?) -> Int32 {
    Captures.begin(ENTRY_cuStreamBeginCapture_ptsz, stream)
  }

  @c(tidelock_cuStreamBeginCapture_v2)
  public func cuStreamBeginCapture2(_ stream: UnsafeRawPointer?, _ mode: UInt32) -> Int32 {
    Captures.begin(ENTRY_cuStreamBeginCapture_v2, stream, UInt64(mode))
  }

  @c(tidelock_cuStreamBeginCapture_v2_ptsz)
  public func cuStreamBeginCapture2PerThread(_ stream: UnsafeRawPointer?, _ mode: UInt32) -> Int32 {
    Captures.begin(ENTRY_cuStreamBeginCapture_v2_ptsz, stream, UInt64(mode))
  }

  @c(tidelock_cuStreamBeginCaptureToGraph)
  public func cuStreamBeginCaptureToGraph(
    _ stream: UnsafeRawPointer?, _ graph: UnsafeRawPointer?, _ nodes: UnsafeRawPointer?,
    _ edges: UnsafeRawPointer?, _ count: Int, _ mode: UInt32
  ) -> Int32 {
    Captures.begin(
      ENTRY_cuStreamBeginCaptureToGraph, stream, Calls.word(graph), Calls.word(nodes),
      Calls.word(edges), UInt64(UInt(bitPattern: count)), UInt64(mode))
  }

  @c(tidelock_cuStreamBeginCaptureToGraph_ptsz)
  public func cuStreamBeginCaptureToGraphPerThread(
    _ stream: UnsafeRawPointer?, _ graph: UnsafeRawPointer?, _ nodes: UnsafeRawPointer?,
    _ edges: UnsafeRawPointer?, _ count: Int, _ mode: UInt32
  ) -> Int32 {
    Captures.begin(
      ENTRY_cuStreamBeginCaptureToGraph_ptsz, stream, Calls.word(graph), Calls.word(nodes),
      Calls.word(edges), UInt64(UInt(bitPattern: count)), UInt64(mode))
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
      ENTRY_cuStreamBeginRecaptureToGraph, stream, UInt64(mode), Calls.word(graph),
      Calls.word(callback), Calls.word(data))
  }

  @c(tidelock_cuStreamBeginRecaptureToGraph_ptsz)
  public func cuStreamBeginRecaptureToGraphPerThread(
    _ stream: UnsafeRawPointer?, _ mode: UInt32, _ graph: UnsafeRawPointer?,
    _ callback: UnsafeRawPointer?, _ data: UnsafeRawPointer?
  ) -> Int32 {
    Captures.begin(
      ENTRY_cuStreamBeginRecaptureToGraph_ptsz, stream, UInt64(mode), Calls.word(graph),
      Calls.word(callback), Calls.word(data))
  }

  @c(tidelock_cuStreamBeginCaptureToCig)
  public func cuStreamBeginCaptureToCig(
    _ stream: UnsafeRawPointer?, _ parameters: UnsafeRawPointer?
  ) -> Int32 {
    Captures.begin(ENTRY_cuStreamBeginCaptureToCig, stream, Calls.word(parameters))
  }

  @c(tidelock_cuStreamBeginCaptureToCig_ptsz)
  public func cuStreamBeginCaptureToCigPerThread(
    _ stream: UnsafeRawPointer?, _ parameters: UnsafeRawPointer?
  ) -> Int32 {
    Captures.begin(ENTRY_cuStreamBeginCaptureToCig_ptsz, stream, Calls.word(parameters))
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
