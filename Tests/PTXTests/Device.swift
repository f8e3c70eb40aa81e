import PTX
import Testing

/// Device memory for tests: one range at a fixed address, unmapped on both sides.
final class Device: DeviceMemory {
  static let base: UInt64 = 0x7000_0000_0000
  let storage: UnsafeMutableRawBufferPointer
  var isWritable = true
  private(set) var lookups = 0
  private var used = 0

  init(byteCount: Int = 1 << 20) {
    storage = .allocate(byteCount: byteCount, alignment: 4096)
    storage.initializeMemory(as: UInt8.self, repeating: 0)
  }

  deinit { storage.deallocate() }

  func range(containing address: UInt64) -> DeviceRange? {
    lookups += 1
    guard address >= Self.base, address - Self.base < UInt64(storage.count),
      let host = storage.baseAddress
    else { return nil }
    return DeviceRange(
      address: Self.base, byteCount: UInt64(storage.count), host: host, isWritable: isWritable)
  }

  /// Places the values at the next free 256 bytes and returns their device address.
  func put<T: BitwiseCopyable>(_ values: [T]) -> UInt64 {
    let start = (used + 255) & ~255
    for (index, value) in values.enumerated() {
      storage.storeBytes(
        of: value, toByteOffset: start + index * MemoryLayout<T>.stride, as: T.self)
    }
    used = start + values.count * MemoryLayout<T>.stride
    return Self.base + UInt64(start)
  }

  func get<T: BitwiseCopyable>(_ address: UInt64, _ count: Int, as: T.Type) -> [T] {
    (0..<count).map {
      storage.loadUnaligned(
        fromByteOffset: Int(address - Self.base) + $0 * MemoryLayout<T>.stride, as: T.self)
    }
  }
}

/// Parameter buffer in the making, naturally aligned.
struct Arguments {
  var bytes: [UInt8] = []

  init(_ addresses: UInt64...) {
    for address in addresses { add(address) }
  }

  mutating func add<T: BitwiseCopyable>(_ value: T) {
    while bytes.count % MemoryLayout<T>.alignment != 0 { bytes.append(0) }
    withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
  }
}

@discardableResult
func launch(
  _ kernel: Kernel, grid: Dimensions = Dimensions(1), block: Dimensions, shared: Int = 0,
  _ arguments: Arguments, variables: [UInt64] = [], on device: Device,
  cancelled: () -> Bool = { false }
) throws(ExecutionFault) -> UInt64 {
  let buffer = UnsafeMutableRawBufferPointer.allocate(
    byteCount: max(8, arguments.bytes.count), alignment: 16)
  defer { buffer.deallocate() }
  buffer.copyBytes(from: arguments.bytes)
  return try Executor.run(
    kernel,
    Launch(
      grid: grid, block: block, dynamicSharedBytes: shared,
      parameters: UnsafeRawBufferPointer(rebasing: buffer[..<arguments.bytes.count]),
      variables: variables),
    memory: device, cancelled: cancelled)
}

let header = ".version 7.5\n.target sm_80\n.address_size 64\n"

/// A module with one kernel `k` whose parameters are 64-bit.
func module(_ body: String, parameters: Int = 1, before: String = "") throws(PTXFault) -> Module {
  let list = (0..<parameters).map { ".param .u64 p\($0)" }.joined(separator: ", ")
  return try Module(parsing: header + before + "\n.visible .entry k(\(list))\n{\n\(body)\n}\n")
}

/// Registers and an address per thread: `%out` is parameter 0 plus thread times `size`.
func prologue(_ size: Int) -> String {
  """
  .reg .pred %p<10>; .reg .b16 %h<20>; .reg .b32 %r<40>; .reg .b64 %d<40>;
  .reg .f32 %f<40>; .reg .f64 %g<20>; .reg .b64 %out; .reg .b32 %t;
  ld.param.u64 %out, [p0];
  mov.u32 %t, %tid.x;
  mul.wide.u32 %d39, %t, \(size);
  add.s64 %out, %out, %d39;
  """
}

/// Runs a body that stores one T per thread at `%out`, and returns what the threads stored.
func results<T: BitwiseCopyable>(
  _ body: String, threads: Int = 1, as: T.Type
) throws -> [T] {
  let device = Device()
  let size = MemoryLayout<T>.stride
  let out = device.put([UInt8](repeating: 0, count: threads * size))
  let kernel = try #require(try module(prologue(size) + body).kernel(named: "k"))
  try launch(kernel, block: Dimensions(UInt32(threads)), Arguments(out), on: device)
  return device.get(out, threads, as: T.self)
}

func fault(_ body: String) -> PTXFault.Reason? {
  do throws(PTXFault) {
    _ = try module(prologue(4) + body)
    return nil
  } catch {
    return error.reason
  }
}
