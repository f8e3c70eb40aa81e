public import CDriver
internal import CSimulatedDriver
internal import Glibc
import SimulatedGPU

// The exported names that need no driver, and what all the others share.

/// The process's driver, from a successful `cuInit` on. A forked child has none and gets none.
private enum ProcessDriver {
  private final class State: @unchecked Sendable {
    var driver: Driver?
    var isForked = false
    let lock: UnsafeMutablePointer<pthread_mutex_t> = .allocate(capacity: 1)

    init() {
      pthread_mutex_init(lock, nil)
      pthread_atfork(nil, nil) { ProcessDriver.forked() }
      atexit { ProcessDriver.state.driver?.close() }
    }
  }

  private static let state = State()

  static var current: Driver? { state.isForked ? nil : state.driver }

  static func forked() { if state.driver != nil { state.isForked = true } }

  static func initialise() -> CUresult {
    if state.isForked { return CUDA_ERROR_NOT_INITIALIZED }
    pthread_mutex_lock(state.lock)
    defer { pthread_mutex_unlock(state.lock) }
    if state.driver != nil { return CUDA_SUCCESS }
    guard let text = getenv("TIDELOCK_SIMULATED_GPU"), text[0] != 0 else {
      return CUDA_ERROR_NO_DEVICE
    }
    do throws(SettingsError) {
      state.driver = try Driver(try Settings(String(cString: text)))
      return CUDA_SUCCESS
    } catch {
      let line = Array("simulated GPU: \(error.description)\n".utf8)
      _ = line.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
      return CUDA_ERROR_INVALID_VALUE
    }
  }
}

/// Runs one entry point in the process's driver.
func call(
  _ entry: StaticString = #function, _ body: (Driver) throws(Failure) -> Void
) -> CUresult {
  guard let driver = ProcessDriver.current else { return CUDA_ERROR_NOT_INITIALIZED }
  return driver.call(entry, body)
}

/// A pointer that a client must give.
func require<T>(_ pointer: UnsafeMutablePointer<T>?) throws(Failure) -> UnsafeMutablePointer<T> {
  guard let pointer else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
  return pointer
}

func require<T>(_ pointer: UnsafePointer<T>?) throws(Failure) -> UnsafePointer<T> {
  guard let pointer else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
  return pointer
}

func require<T>(_ function: T?) throws(Failure) -> T {
  guard let function else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
  return function
}

@c(cuInit) public func cuInit(_ flags: UInt32) -> CUresult {
  if flags != 0 { return CUDA_ERROR_INVALID_VALUE }
  let code = ProcessDriver.initialise()
  // Once more through the driver, so that a fault can be injected here too.
  return code == CUDA_SUCCESS ? call { _ throws(Failure) in } : code
}

@c(cuDriverGetVersion)
public func cuDriverGetVersion(_ version: UnsafeMutablePointer<Int32>?) -> CUresult {
  guard let version else { return CUDA_ERROR_INVALID_VALUE }
  version.pointee = knownVersion()
  return CUDA_SUCCESS
}

/// The version that the settings or the device file name; known without `cuInit`.
private func knownVersion() -> Int32 {
  if let driver = ProcessDriver.current { return driver.driverVersion }
  if let text = getenv("TIDELOCK_SIMULATED_GPU"),
    let settings = try? Settings(String(cString: text)), let version = settings.given[.api]
  {
    return Int32(version)
  }
  return 13000
}

@c(cuGetErrorName) public func cuGetErrorName(
  _ error: CUresult, _ text: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> CUresult {
  guard let text else { return CUDA_ERROR_INVALID_VALUE }
  text.pointee = ResultText.name(error)
  return text.pointee == nil ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS
}

@c(cuGetErrorString) public func cuGetErrorString(
  _ error: CUresult, _ text: UnsafeMutablePointer<UnsafePointer<CChar>?>?
) -> CUresult {
  guard let text else { return CUDA_ERROR_INVALID_VALUE }
  text.pointee = ResultText.description(error)
  return text.pointee == nil ? CUDA_ERROR_INVALID_VALUE : CUDA_SUCCESS
}

@c(cuGetExportTable) public func cuGetExportTable(
  _ table: UnsafeMutablePointer<UnsafeRawPointer?>?, _ id: UnsafePointer<CUuuid>?
) -> CUresult {
  guard let table, id != nil else { return CUDA_ERROR_INVALID_VALUE }
  table.pointee = nil
  return CUDA_ERROR_NOT_FOUND
}

@c(cuGetProcAddress) public func cuGetProcAddress(
  _ symbol: UnsafePointer<CChar>?, _ function: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
  _ version: Int32, _ flags: UInt64
) -> CUresult {
  var status = CU_GET_PROC_ADDRESS_SUCCESS
  let code = cuGetProcAddress_v2(symbol, function, version, flags, &status)
  // The older call has no status to say it with.
  if code == CUDA_SUCCESS, status != CU_GET_PROC_ADDRESS_SUCCESS { return CUDA_ERROR_NOT_FOUND }
  return code
}

@c(cuGetProcAddress_v2) public func cuGetProcAddress_v2(
  _ symbol: UnsafePointer<CChar>?, _ function: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
  _ version: Int32, _ flags: UInt64,
  _ status: UnsafeMutablePointer<CUdriverProcAddressQueryResult>?
) -> CUresult {
  guard let symbol, let function, flags <= 2 else { return CUDA_ERROR_INVALID_VALUE }
  let driver = knownVersion()
  function.pointee = nil
  if version > driver { return CUDA_ERROR_INVALID_VALUE }
  var best: simulated_entry?
  var isKnown = false
  let entries = UnsafeBufferPointer(start: simulated_entry_list(), count: simulated_entry_count)
  for entry in entries where strcmp(entry.name, symbol) == 0 && entry.version <= driver {
    isKnown = true
    guard entry.version <= version, entry.per_thread == 0 || flags == 2 else { continue }
    // Sorted by version, the per-thread form of one last.
    best = entry
  }
  if let best {
    function.pointee = unsafeBitCast(best.function, to: UnsafeMutableRawPointer?.self)
    status?.pointee = CU_GET_PROC_ADDRESS_SUCCESS
  } else {
    status?.pointee =
      isKnown
      ? CU_GET_PROC_ADDRESS_VERSION_NOT_SUFFICIENT : CU_GET_PROC_ADDRESS_SYMBOL_NOT_FOUND
  }
  return CUDA_SUCCESS
}

// What the real driver has not: the simulator's own books, for tests. Each is 0 before `cuInit` and
// for a device that there is not.

/// Times more was resident than there is memory: anything but 0 is the simulator's own fault.
@c(simulated_gpu_violations) public func simulated_gpu_violations(_ device: Int32) -> UInt64 {
  books(device)?.violations ?? 0
}

/// Bytes in use now, by all processes.
@c(simulated_gpu_resident_bytes)
public func simulated_gpu_resident_bytes(_ device: Int32) -> UInt64 {
  books(device)?.usedBytes ?? 0
}

/// The most that was ever in use.
@c(simulated_gpu_most_resident_bytes)
public func simulated_gpu_most_resident_bytes(_ device: Int32) -> UInt64 {
  books(device)?.mostResidentBytes ?? 0
}

/// Bytes copied so far from hosts to the device, by all processes since the GPU's file was made.
@c(simulated_gpu_bytes_in) public func simulated_gpu_bytes_in(_ device: Int32) -> UInt64 {
  books(device)?.bytesIn ?? 0
}

/// Bytes copied so far from the device to hosts.
@c(simulated_gpu_bytes_out) public func simulated_gpu_bytes_out(_ device: Int32) -> UInt64 {
  books(device)?.bytesOut ?? 0
}

/// Bytes of frames given back so far by processes that lived on.
@c(simulated_gpu_given_back_bytes)
public func simulated_gpu_given_back_bytes(_ device: Int32) -> UInt64 {
  books(device)?.givenBackBytes ?? 0
}

private func books(_ device: Int32) -> DeviceUse? {
  guard let driver = ProcessDriver.current, device >= 0, device < driver.deviceCount else {
    return nil
  }
  return driver.file.use(ofDevice: Int(device))
}
