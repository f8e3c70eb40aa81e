import CDriver
import Glibc
import Testing

@testable import SimulatedGPU

/// A simulated GPU in a file of its own, removed with it.
final class Bench: @unchecked Sendable {
  let path: String
  let driver: Driver

  init(_ parameters: String = "memory=32MiB") throws {
    path = Bench.freshPath()
    driver = try Bench.open(path, parameters)
  }

  deinit { unlink(path) }

  /// Another process's driver over the same device, as far as one process can have it.
  func neighbour(_ parameters: String = "") throws -> Driver {
    try Bench.open(path, parameters)
  }

  static func freshPath() -> String {
    let place = getenv("TIDELOCK_TEST_MEMORY").map { String(cString: $0) } ?? "/dev/shm"
    return "\(place)/tidelock-test-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
  }

  static func open(_ path: String, _ parameters: String) throws -> Driver {
    let window = parameters.contains("memory=") ? ",window=1GiB" : ""
    let text = parameters.isEmpty ? path : "\(path),\(parameters)\(window)"
    return try Driver(try Settings(text))
  }
}

extension Driver {
  /// Runs operations as an entry point does; an error code is thrown.
  func run<T>(
    _ entry: StaticString = "test", _ body: (Driver) throws(Failure) -> T
  ) throws(Failure) -> T {
    var result: T?
    let code = call(entry) { driver throws(Failure) in result = try body(driver) }
    if code != CUDA_SUCCESS { throw Failure(code) }
    return result!
  }

  /// The code that operations end with.
  func code(
    _ entry: StaticString = "test", _ body: (Driver) throws(Failure) -> Void
  ) -> UInt32 {
    call(entry, body).rawValue
  }

  @discardableResult
  func newContext() throws(Failure) -> CUcontext {
    try run { driver throws(Failure) in
      try driver.contextCreate(0, flags: 0, apiVersion: 12000)
    }
  }

  func alloc(_ bytes: Int) throws(Failure) -> CUdeviceptr {
    try run { driver throws(Failure) in try driver.allocate(bytes) }
  }

  func create(_ bytes: Int) throws(Failure) -> CUmemGenericAllocationHandle {
    try run { driver throws(Failure) in try driver.memoryCreate(bytes, Self.pinned, flags: 0) }
  }

  func put(_ bytes: [UInt8], at address: CUdeviceptr) throws(Failure) {
    let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: bytes.count)
    defer { buffer.deallocate() }
    buffer.initialize(from: bytes, count: bytes.count)
    let host = UInt(bitPattern: buffer)
    try run { driver throws(Failure) in
      try driver.copy(
        Copy(.device(address), .host(host), bytes.count), on: nil, perThread: false, .synchronous)
    }
  }

  func get(_ count: Int, at address: CUdeviceptr) throws(Failure) -> [UInt8] {
    let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: count)
    defer { buffer.deallocate() }
    buffer.initialize(repeating: 0, count: count)
    let host = UInt(bitPattern: buffer)
    try run { driver throws(Failure) in
      try driver.copy(
        Copy(.host(host), .device(address), count), on: nil, perThread: false, .synchronous)
    }
    return Array(UnsafeBufferPointer(start: buffer, count: count))
  }

  static var pinned: CUmemAllocationProp {
    var properties = CUmemAllocationProp()
    properties.type = CU_MEM_ALLOCATION_TYPE_PINNED
    properties.location.type = CU_MEM_LOCATION_TYPE_DEVICE
    return properties
  }

  static var readWrite: [CUmemAccessDesc] {
    [
      CUmemAccessDesc(
        location: CUmemLocation(type: CU_MEM_LOCATION_TYPE_DEVICE, id: 0),
        flags: CU_MEM_ACCESS_FLAGS_PROT_READWRITE)
    ]
  }
}

/// Numbers that a seed repeats.
struct SplitMix64 {
  var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
}

/// A handle on its way to another thread.
struct Sent: @unchecked Sendable {
  let handle: OpaquePointer

  init(_ handle: OpaquePointer) { self.handle = handle }
}

/// A value that threads share.
final class Shared<Value: Sendable>: @unchecked Sendable {
  private var value: Value
  private let lock: UnsafeMutablePointer<pthread_mutex_t> = .allocate(capacity: 1)

  init(_ value: Value) {
    self.value = value
    pthread_mutex_init(lock, nil)
  }

  func with<T>(_ body: (inout Value) -> T) -> T {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    return body(&value)
  }
}

/// Polls until the condition holds; false after a minute.
func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
  let deadline = Monotonic.nanoseconds() + 60_000_000_000
  while try !condition() {
    if Monotonic.nanoseconds() > deadline { return false }
    Monotonic.wait(until: Monotonic.nanoseconds() + 1_000_000)
  }
  return true
}

let addKernel = """
  .version 7.5
  .target sm_80
  .address_size 64
  .visible .entry add(.param .u64 place, .param .u32 amount)
  {
    .reg .u32 %r<4>;
    .reg .u64 %rd<4>;
    ld.param.u64 %rd1, [place];
    ld.param.u32 %r1, [amount];
    mov.u32 %r2, %tid.x;
    mul.wide.u32 %rd2, %r2, 4;
    add.u64 %rd3, %rd1, %rd2;
    ld.global.u32 %r3, [%rd3];
    add.u32 %r3, %r3, %r1;
    st.global.u32 [%rd3], %r3;
    ret;
  }
  """

extension Driver {
  func loadAdd() throws(Failure) -> CUfunction {
    var module: CUmodule?
    var failure: Failure?
    addKernel.withCString { text in
      do throws(Failure) {
        module = try run { driver throws(Failure) in try driver.moduleLoad(text) }
      } catch { failure = error }
    }
    if let failure { throw failure }
    return try run { driver throws(Failure) in
      try "add".utf8CString.withUnsafeBufferPointer { name throws(Failure) in
        try driver.moduleFunction(module, name.baseAddress)
      }
    }
  }

  func launchAdd(
    _ function: CUfunction, _ address: CUdeviceptr, _ amount: UInt32, threads: UInt32 = 4,
    on stream: CUstream? = nil
  ) throws(Failure) {
    var address = address
    var amount = amount
    try withUnsafeMutablePointer(to: &address) { first throws(Failure) in
      try withUnsafeMutablePointer(to: &amount) { second throws(Failure) in
        var list: [UnsafeMutableRawPointer?] = [
          UnsafeMutableRawPointer(first), UnsafeMutableRawPointer(second),
        ]
        let shape = LaunchShape(
          grid: (1, 1, 1), block: (threads, 1, 1), dynamicSharedBytes: 0)
        try list.withUnsafeMutableBufferPointer { buffer throws(Failure) in
          let start = buffer.baseAddress
          try run { driver throws(Failure) in
            try driver.launch(
              function, shape, on: stream, perThread: false, parameters: start, extra: nil)
          }
        }
      }
    }
  }
}
