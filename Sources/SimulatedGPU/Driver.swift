public import CDriver
internal import Glibc
internal import Synchronization

/// An entry point's refusal.
public struct Failure: Error, Equatable, Sendable {
  public let code: CUresult

  public init(_ code: CUresult) { self.code = code }

  public static func == (left: Failure, right: Failure) -> Bool { left.code == right.code }
}

/// One process's driver over a simulated GPU.
///
/// It lives as long as the process: its streams' threads hold it. Thread-safe: every operation
/// runs in ``call(_:_:)``, which holds the driver's one lock, free while it waits for device work.
public final class Driver: @unchecked Sendable {
  public let file: DeviceFile
  let monitor = Monitor()
  let space: AddressSpace
  let processIndex: Int
  /// Set when the process exits: device work stops at its next look.
  private let closing = Atomic<Bool>(false)
  var table: HandleTable
  var primaries: [PrimaryContext]
  var reservations = RangeTable<Void>()
  var mappings = RangeTable<Mapping>()
  var physical: [UInt64: PhysicalMemory] = [:]
  var nextPhysical: UInt64 = 0x5000_0001
  var allocations = RangeTable<Allocation>()
  var slabs: [Slab] = []
  var hostMemory = RangeTable<HostRange>()
  var captures: [Capture] = []
  var graphMemory: [CUdeviceptr: GraphMemory] = [:]
  var graphUsed = GraphMemoryCount()
  var graphReserved = GraphMemoryCount()
  var defaultPools: [Int: MemoryPool] = [:]
  var currentPools: [Int: MemoryPool] = [:]
  var nextUniqueId: UInt64 = 1
  private let faults: [InjectedFault]
  private var faultCalls: [UInt64]

  /// Opens the device file and takes a place in it.
  public init(_ settings: Settings) throws(SettingsError) {
    file = try DeviceFile.open(settings)
    let least = max(64 << 20, min(file[.window], 4 * file.memoryBytes))
    guard let space = AddressSpace(most: file[.window], least: least) else {
      throw SettingsError("no room for window=\(file[.window]) bytes of device addresses")
    }
    guard let index = file.register() else {
      throw SettingsError("\(settings.path): more than 256 processes")
    }
    self.space = space
    table = HandleTable(reusesHandles: settings.reusesHandles)
    processIndex = index
    primaries = (0..<file.deviceCount).map { _ in PrimaryContext() }
    faults = settings.faults
    faultCalls = settings.faults.map { _ in 0 }
  }

  /// Runs one entry point. `entry` is its name, perhaps followed by `(` and labels.
  public func call(
    _ entry: StaticString = #function, _ body: (Driver) throws(Failure) -> Void
  ) -> CUresult {
    if ThreadState.current.isInHostFunction { return CUDA_ERROR_NOT_PERMITTED }
    monitor.lock()
    defer { monitor.unlock() }
    if let code = injected(entry) { return code }
    do throws(Failure) {
      try body(self)
      return CUDA_SUCCESS
    } catch {
      return error.code
    }
  }

  /// The process is about to end: running kernels are cancelled, queued work is not begun.
  public func close() { closing.store(true, ordering: .relaxed) }

  var isClosing: Bool { closing.load(ordering: .relaxed) }

  func uniqueId() -> UInt64 {
    defer { nextUniqueId += 1 }
    return nextUniqueId
  }

  private func injected(_ entry: StaticString) -> CUresult? {
    if faults.isEmpty { return nil }
    let name = entry.withUTF8Buffer { String(decoding: $0.prefix { $0 != 40 }, as: UTF8.self) }
    var code: CUresult?
    for index in faults.indices {
      let fault = faults[index]
      guard name == fault.entry || name.hasPrefix(fault.entry + "_") else { continue }
      faultCalls[index] += 1
      let count = faultCalls[index]
      if count == fault.first || (fault.andLater && count > fault.first) {
        switch fault.effect {
        case .code(let number): code = CUresult(rawValue: number)
        case .holdMilliseconds(let milliseconds): usleep(milliseconds * 1000)
        }
      }
    }
    return code
  }
}

/// What the driver keeps for each thread.
final class ThreadState {
  var contexts: [Context] = []
  var isInHostFunction = false
  var captureMode = CU_STREAM_CAPTURE_MODE_GLOBAL
  /// Per-thread default streams by context.
  var defaultStreams: [ObjectIdentifier: Stream] = [:]

  deinit {
    for stream in defaultStreams.values {
      stream.driver.monitor.lock()
      stream.close()
      stream.driver.monitor.unlock()
    }
  }

  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key) { state in
      if let state { Unmanaged<ThreadState>.fromOpaque(state).release() }
    }
    return key
  }()

  static var current: ThreadState {
    if let state = pthread_getspecific(key) {
      return Unmanaged<ThreadState>.fromOpaque(state).takeUnretainedValue()
    }
    let state = ThreadState()
    pthread_setspecific(key, Unmanaged.passRetained(state).toOpaque())
    return state
  }
}

/// Something a client names by an opaque handle.
class DriverObject {
  /// 0 once destroyed.
  var handle: UInt = 0
}

/// Handles are numbers that are never used twice, so a stale one is found out; unless the settings
/// say otherwise, for what a driver's handles would show.
struct HandleTable {
  private var objects: [UInt: DriverObject] = [:]
  private var next: UInt = 0x10_0000
  private let reusesHandles: Bool
  private var unused: [ObjectIdentifier: [UInt]] = [:]

  init(reusesHandles: Bool) { self.reusesHandles = reusesHandles }

  mutating func add(_ object: DriverObject) -> OpaquePointer {
    if let handle = unused[ObjectIdentifier(type(of: object))]?.popLast() {
      object.handle = handle
    } else {
      object.handle = next
      next += 16
    }
    objects[object.handle] = object
    return OpaquePointer(bitPattern: object.handle)!
  }

  mutating func remove(_ object: DriverObject) {
    objects[object.handle] = nil
    if reusesHandles && object.handle != 0 {
      unused[ObjectIdentifier(type(of: object)), default: []].append(object.handle)
    }
    object.handle = 0
  }

  func find<T: DriverObject>(_ handle: OpaquePointer?, as type: T.Type) -> T? {
    objects[UInt(bitPattern: handle)] as? T
  }

  func all<T: DriverObject>(_ type: T.Type) -> [T] {
    objects.values.compactMap { $0 as? T }
  }
}
