// The program's contexts on our device. The mover works inside the first; a drain visits all.

internal import CInterposer
internal import Wire

nonisolated(unsafe) private var contexts:
  (
    UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt, UInt
  ) = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)

/// The list is written under the driver lock only; readers (the mover) hold it too.
enum Contexts {
  private static func with<R>(_ body: (UnsafeMutablePointer<UInt>) -> R) -> R {
    withUnsafeMutablePointer(to: &contexts) { pointer in
      body(UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: UInt.self))
    }
  }

  static var count: Int { Int(truncatingIfNeeded: Words.contextCount.value) }

  static func at(_ index: Int) -> UnsafeMutableRawPointer? {
    with { UnsafeMutableRawPointer(bitPattern: $0[index]) }
  }

  /// Whether it is known. Needs no lock: a context in use by its own thread is not being removed.
  static func contains(_ context: UnsafeMutableRawPointer) -> Bool {
    with { list in
      let key = UInt(bitPattern: context)
      var index = 0
      while index < Limits.contexts {
        if list[index] == key { return true }
        index &+= 1
      }
      return false
    }
  }

  /// False when the table is full: such a process can no longer be drained whole.
  static func add(_ context: UnsafeMutableRawPointer) -> Bool {
    with { list in
      let key = UInt(bitPattern: context)
      var index = 0
      while index < count {
        if list[index] == key { return true }
        index &+= 1
      }
      guard index < Limits.contexts else { return false }
      list[index] = key
      Words.contextCount.add(1)
      return true
    }
  }

  /// Waits for the work of every context, keeping the caller's own current.
  static func synchronizeAll() -> Int32 {
    Mutex.lock(Words.driverLock)
    defer { Mutex.unlock(Words.driverLock) }
    var own: UnsafeMutableRawPointer? = nil
    _ = real_cuCtxGetCurrent(&own)
    defer { _ = real_cuCtxSetCurrent(own) }
    var index = 0
    while index < count {
      var code = real_cuCtxSetCurrent(at(index))
      if code == 0 { code = real_cuCtxSynchronize() }
      if code != 0 { return code }
      index &+= 1
    }
    return CudaResult.success
  }

  static func remove(_ context: UnsafeMutableRawPointer) -> Bool {
    with { list in
      let key = UInt(bitPattern: context)
      var index = 0
      while index < count {
        if list[index] == key {
          let last = count &- 1
          list[index] = list[last]
          list[last] = 0
          Words.contextCount.subtract(1)
          return true
        }
        index &+= 1
      }
      return false
    }
  }
}
