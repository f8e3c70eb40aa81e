// Contexts that end, captures that begin, and what is asked about addresses.

internal import CInterposer
internal import Faults
internal import Shadow
internal import Wire

/// Written under the primary lock.
nonisolated(unsafe) private var primary: UnsafeMutableRawPointer? = nil

func primaryContext(set context: UnsafeMutableRawPointer?) { primary = context }

func primaryIsActive(_ device: Int32) -> Bool {
  var flags: UInt32 = 0
  var active: Int32 = 0
  return Calls.forward(
    ENTRY_cuDevicePrimaryCtxGetState, UInt64(UInt32(bitPattern: device)), Calls.word(&flags),
    Calls.word(&active)) == 0 && active != 0
}

/// Ends a context: whoever of us is inside has left before the driver is called. `gone` says if the
/// driver has ended it, or only counted one holder less.
func endContext(_ context: UnsafeMutableRawPointer?, _ call: () -> Int32, gone: () -> Bool) -> Int32
{
  if Start.isForkedChild { return CudaResult.notInitialized }
  guard Start.isBound, let context else { return call() }
  let place = Contexts.beginEnd(context)
  let result = call()
  guard place >= 0 else { return result }
  guard result == 0, gone() else {
    Contexts.stays(place)
    return result
  }
  Contexts.ended(place)
  // Without a context nobody keeps house.
  if Contexts.count == 0 { Mover.trimDead(keepBytes: 0) }
  return result
}

#if hasFeature(Embedded)
  @c(tidelock_cuCtxDestroy)
  public func cuCtxDestroy1(_ context: ContextHandle) -> Int32 {
    endContext(context, { Calls.forward(ENTRY_cuCtxDestroy, Calls.word(context)) }, gone: { true })
  }

  @c(tidelock_cuCtxDestroy_v2)
  public func cuCtxDestroy2(_ context: ContextHandle) -> Int32 {
    endContext(
      context, { Calls.forward(ENTRY_cuCtxDestroy_v2, Calls.word(context)) }, gone: { true })
  }

  @c(tidelock_cuCtxDetach)
  public func cuCtxDetach(_ context: ContextHandle) -> Int32 {
    endContext(context, { Calls.forward(ENTRY_cuCtxDetach, Calls.word(context)) }) {
      // While attachments are left it only lowers the usage count.
      if Words.attachments.value == 0 { return true }
      Words.attachments.subtract(1)
      return false
    }
  }

  @c(tidelock_cuCtxAttach)
  public func cuCtxAttach(_ context: UnsafeRawPointer?, _ flags: UInt32) -> Int32 {
    let result = Calls.forward(ENTRY_cuCtxAttach, Calls.word(context), UInt64(flags))
    if result == 0 { Words.attachments.add(1) }
    return result
  }

  /// The last holder ends the primary context. Any other is through at once: it must not wait for
  /// those who are inside. The lock keeps what the driver counts and what we count in step.
  func endPrimary(_ device: Int32, _ entry: Int, isReset: Bool) -> Int32 {
    if Start.isForkedChild { return CudaResult.notInitialized }
    let word = UInt64(UInt32(bitPattern: device))
    guard Start.isBound, device == Start.device else { return Calls.forward(entry, word) }
    func tell() -> Int32 {
      let result = Calls.forward(entry, word)
      if result != 0 { return result }
      let holders = Words.primaryHolders
      if !primaryIsActive(device) {
        primary = nil
        holders.value = 0
      } else if !isReset && holders.value > 0 {
        holders.subtract(1)
      }
      return result
    }
    Mutex.lock(Words.primaryLock)
    let context = primary
    if !isReset && Words.primaryHolders.value > 1 {
      defer { Mutex.unlock(Words.primaryLock) }
      return tell()
    }
    Mutex.unlock(Words.primaryLock)
    var hasEnded = false
    return endContext(context) {
      Mutex.lock(Words.primaryLock)
      defer { Mutex.unlock(Words.primaryLock) }
      let result = tell()
      hasEnded = primary == nil
      return result
    } gone: {
      hasEnded
    }
  }

  @c(tidelock_cuDevicePrimaryCtxRelease)
  public func cuDevicePrimaryCtxRelease1(_ device: Int32) -> Int32 {
    endPrimary(device, ENTRY_cuDevicePrimaryCtxRelease, isReset: false)
  }

  @c(tidelock_cuDevicePrimaryCtxRelease_v2)
  public func cuDevicePrimaryCtxRelease2(_ device: Int32) -> Int32 {
    endPrimary(device, ENTRY_cuDevicePrimaryCtxRelease_v2, isReset: false)
  }

  @c(tidelock_cuDevicePrimaryCtxReset)
  public func cuDevicePrimaryCtxReset1(_ device: Int32) -> Int32 {
    endPrimary(device, ENTRY_cuDevicePrimaryCtxReset, isReset: true)
  }

  @c(tidelock_cuDevicePrimaryCtxReset_v2)
  public func cuDevicePrimaryCtxReset2(_ device: Int32) -> Int32 {
    endPrimary(device, ENTRY_cuDevicePrimaryCtxReset_v2, isReset: true)
  }

  // MARK: modules: code and globals cannot move, so a full device is cured before it is reported

  @c(tidelock_cuModuleLoad)
  public func cuModuleLoad(_ module: UnsafeRawPointer?, _ path: UnsafeRawPointer?) -> Int32 {
    Calls.cured(ENTRY_cuModuleLoad) {
      Calls.forward(ENTRY_cuModuleLoad, Calls.word(module), Calls.word(path))
    }
  }

  @c(tidelock_cuModuleLoadData)
  public func cuModuleLoadData(_ module: UnsafeRawPointer?, _ image: UnsafeRawPointer?) -> Int32 {
    Calls.cured(ENTRY_cuModuleLoadData) {
      Calls.forward(ENTRY_cuModuleLoadData, Calls.word(module), Calls.word(image))
    }
  }

  @c(tidelock_cuModuleLoadDataEx)
  public func cuModuleLoadDataEx(
    _ module: UnsafeRawPointer?, _ image: UnsafeRawPointer?, _ count: UInt32,
    _ options: UnsafeRawPointer?, _ values: UnsafeRawPointer?
  ) -> Int32 {
    Calls.cured(ENTRY_cuModuleLoadDataEx) {
      Calls.forward(
        ENTRY_cuModuleLoadDataEx, Calls.word(module), Calls.word(image), UInt64(count),
        Calls.word(options), Calls.word(values))
    }
  }

  @c(tidelock_cuModuleLoadFatBinary)
  public func cuModuleLoadFatBinary(
    _ module: UnsafeRawPointer?, _ image: UnsafeRawPointer?
  ) -> Int32 {
    Calls.cured(ENTRY_cuModuleLoadFatBinary) {
      Calls.forward(ENTRY_cuModuleLoadFatBinary, Calls.word(module), Calls.word(image))
    }
  }

  @c(tidelock_cuModuleUnload)
  public func cuModuleUnload(_ module: UnsafeRawPointer?) -> Int32 {
    Calls.forward(ENTRY_cuModuleUnload, Calls.word(module))
  }

  @c(tidelock_cuLibraryLoadData)
  public func cuLibraryLoadData(
    _ library: UnsafeRawPointer?, _ code: UnsafeRawPointer?, _ options: UnsafeRawPointer?,
    _ values: UnsafeRawPointer?, _ count: UInt32, _ libraryOptions: UnsafeRawPointer?,
    _ libraryValues: UnsafeRawPointer?, _ libraryCount: UInt32
  ) -> Int32 {
    Calls.cured(ENTRY_cuLibraryLoadData) {
      real_call8(
        UInt32(ENTRY_cuLibraryLoadData), Calls.word(library), Calls.word(code),
        Calls.word(options), Calls.word(values), UInt64(count), Calls.word(libraryOptions),
        Calls.word(libraryValues), UInt64(libraryCount))
    }
  }

  @c(tidelock_cuLibraryLoadFromFile)
  public func cuLibraryLoadFromFile(
    _ library: UnsafeRawPointer?, _ path: UnsafeRawPointer?, _ options: UnsafeRawPointer?,
    _ values: UnsafeRawPointer?, _ count: UInt32, _ libraryOptions: UnsafeRawPointer?,
    _ libraryValues: UnsafeRawPointer?, _ libraryCount: UInt32
  ) -> Int32 {
    Calls.cured(ENTRY_cuLibraryLoadFromFile) {
      real_call8(
        UInt32(ENTRY_cuLibraryLoadFromFile), Calls.word(library), Calls.word(path),
        Calls.word(options), Calls.word(values), UInt64(count), Calls.word(libraryOptions),
        Calls.word(libraryValues), UInt64(libraryCount))
    }
  }

  @c(tidelock_cuLibraryUnload)
  public func cuLibraryUnload(_ library: UnsafeRawPointer?) -> Int32 {
    Calls.forward(ENTRY_cuLibraryUnload, Calls.word(library))
  }

  // MARK: streams: a drain covers the whole context, so none needs to be remembered

  @c(tidelock_cuStreamCreate)
  public func cuStreamCreate(_ stream: UnsafeRawPointer?, _ flags: UInt32) -> Int32 {
    Calls.forward(ENTRY_cuStreamCreate, Calls.word(stream), UInt64(flags))
  }

  @c(tidelock_cuStreamCreateWithPriority)
  public func cuStreamCreateWithPriority(
    _ stream: UnsafeRawPointer?, _ flags: UInt32, _ priority: Int32
  ) -> Int32 {
    Calls.forward(
      ENTRY_cuStreamCreateWithPriority, Calls.word(stream), UInt64(flags),
      UInt64(UInt32(bitPattern: priority)))
  }

  @c(tidelock_cuStreamDestroy)
  public func cuStreamDestroy1(_ stream: UnsafeRawPointer?) -> Int32 {
    Captures.endStream(stream) { Calls.forward(ENTRY_cuStreamDestroy, Calls.word(stream)) }
  }

  @c(tidelock_cuStreamDestroy_v2)
  public func cuStreamDestroy2(_ stream: UnsafeRawPointer?) -> Int32 {
    Captures.endStream(stream) { Calls.forward(ENTRY_cuStreamDestroy_v2, Calls.word(stream)) }
  }
#endif
