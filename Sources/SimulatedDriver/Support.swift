internal import CDriver
internal import Glibc
import SimulatedGPU

/// A client's function and what it gets.
struct HostCall: @unchecked Sendable {
  let function: @convention(c) (UnsafeMutableRawPointer?) -> Void
  let argument: UnsafeMutableRawPointer?

  init(
    _ function: @escaping @convention(c) (UnsafeMutableRawPointer?) -> Void,
    _ argument: UnsafeMutableRawPointer?
  ) {
    self.function = function
    self.argument = argument
  }

  func callAsFunction() { function(argument) }
}

/// The same for a function that is told the stream and its state.
struct StreamCall: @unchecked Sendable {
  typealias Function =
    @convention(c) (CUstream?, CUresult, UnsafeMutableRawPointer?) -> Void
  let function: Function
  let stream: CUstream?
  let argument: UnsafeMutableRawPointer?

  init(
    _ function: @escaping Function, _ stream: CUstream?, _ argument: UnsafeMutableRawPointer?
  ) {
    self.function = function
    self.stream = stream
    self.argument = argument
  }

  func callAsFunction(_ code: CUresult) { function(stream, code, argument) }
}

/// The dependencies of a capturing stream, as the calling thread may read them until it asks again.
enum CaptureList {
  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key) { free($0) }
    return key
  }()

  static func show(
    _ nodes: [CUgraphNode], _ list: UnsafeMutablePointer<UnsafePointer<CUgraphNode?>?>?,
    _ count: UnsafeMutablePointer<Int>?
  ) {
    count?.pointee = nodes.count
    guard let list else { return }
    free(pthread_getspecific(key))
    let bytes = max(1, nodes.count) * MemoryLayout<CUgraphNode?>.stride
    let place = malloc(bytes)!.bindMemory(to: CUgraphNode?.self, capacity: max(1, nodes.count))
    for (index, node) in nodes.enumerated() { place[index] = node }
    pthread_setspecific(key, place)
    list.pointee = UnsafePointer(place)
  }
}

/// Where a client wants to read what the compiler says.
struct CompilerLog {
  private var buffer: UnsafeMutablePointer<CChar>?
  private var bytes = 0

  init(
    _ count: UInt32, _ options: UnsafeMutablePointer<CUjit_option>?,
    _ values: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
  ) {
    guard let options, let values else { return }
    for index in 0..<Int(count) {
      if options[index] == CU_JIT_ERROR_LOG_BUFFER {
        buffer = values[index]?.assumingMemoryBound(to: CChar.self)
      } else if options[index] == CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES {
        bytes = Int(UInt32(truncatingIfNeeded: UInt(bitPattern: values[index])))
      }
    }
  }

  func write(_ text: String) {
    guard let buffer, bytes > 0 else { return }
    var index = 0
    for byte in text.utf8.prefix(bytes - 1) {
      buffer[index] = CChar(bitPattern: byte)
      index += 1
    }
    buffer[index] = 0
  }
}

/// Copies text with its terminator into a client's buffer, cut to fit.
func copyText(_ text: String, to place: UnsafeMutablePointer<CChar>?, _ bytes: Int32)
  throws(Failure)
{
  guard let place, bytes > 0 else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
  var index = 0
  for byte in text.utf8.prefix(Int(bytes) - 1) {
    place[index] = CChar(bitPattern: byte)
    index += 1
  }
  place[index] = 0
}

func store(_ bytes: [UInt8], to place: UnsafeMutablePointer<CUuuid>?) throws(Failure) {
  guard let place else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
  bytes.withUnsafeBytes { source in
    UnsafeMutableRawPointer(place).copyMemory(from: source.baseAddress!, byteCount: 16)
  }
}

/// Writes handles to a client's list of `count` places, or only tells how many there are.
func list(
  _ all: [CUgraphNode], _ place: UnsafeMutablePointer<CUgraphNode?>?,
  _ count: UnsafeMutablePointer<Int>
) throws(Failure) {
  if let place {
    let room = max(0, count.pointee)
    for index in 0..<room { place[index] = index < all.count ? all[index] : nil }
    count.pointee = min(room, all.count)
  } else {
    count.pointee = all.count
  }
}

extension CUDA_KERNEL_NODE_PARAMS {
  /// The older form: a function without kernel and context.
  init(_ old: CUDA_KERNEL_NODE_PARAMS_v1) {
    self.init(
      func: old.func, gridDimX: old.gridDimX, gridDimY: old.gridDimY, gridDimZ: old.gridDimZ,
      blockDimX: old.blockDimX, blockDimY: old.blockDimY, blockDimZ: old.blockDimZ,
      sharedMemBytes: old.sharedMemBytes, kernelParams: old.kernelParams, extra: old.extra,
      kern: nil, ctx: nil)
  }
}

extension Fill {
  init(_ parameters: CUDA_MEMSET_NODE_PARAMS) {
    self.init(
      parameters.dst, parameters.value, elementBytes: Int(parameters.elementSize),
      width: parameters.width, height: parameters.height, pitch: parameters.pitch)
  }
}

extension Driver {
  func copy(_ two: CUDA_MEMCPY2D) throws(Failure) -> Copy {
    let source = try end(two.srcMemoryType, two.srcHost, two.srcDevice)
    let destination = try end(
      two.dstMemoryType, UnsafeRawPointer(two.dstHost), two.dstDevice)
    var copy = Copy(
      destination.advanced(by: two.dstY * two.dstPitch + two.dstXInBytes),
      source.advanced(by: two.srcY * two.srcPitch + two.srcXInBytes), two.WidthInBytes)
    copy.height = two.Height
    copy.sourcePitch = two.srcPitch == 0 ? two.WidthInBytes : two.srcPitch
    copy.destinationPitch = two.dstPitch == 0 ? two.WidthInBytes : two.dstPitch
    return copy
  }

  func copy(_ three: CUDA_MEMCPY3D) throws(Failure) -> Copy {
    let source = try end(three.srcMemoryType, three.srcHost, three.srcDevice)
    let destination = try end(
      three.dstMemoryType, UnsafeRawPointer(three.dstHost), three.dstDevice)
    let sourcePitch = three.srcPitch == 0 ? three.WidthInBytes : three.srcPitch
    let destinationPitch = three.dstPitch == 0 ? three.WidthInBytes : three.dstPitch
    let sourcePlane = sourcePitch * (three.srcHeight == 0 ? three.Height : three.srcHeight)
    let destinationPlane =
      destinationPitch * (three.dstHeight == 0 ? three.Height : three.dstHeight)
    var copy = Copy(
      destination.advanced(
        by: three.dstZ * destinationPlane + three.dstY * destinationPitch + three.dstXInBytes),
      source.advanced(
        by: three.srcZ * sourcePlane + three.srcY * sourcePitch + three.srcXInBytes),
      three.WidthInBytes)
    copy.height = three.Height
    copy.depth = three.Depth
    copy.sourcePitch = sourcePitch
    copy.destinationPitch = destinationPitch
    copy.sourcePlane = sourcePlane
    copy.destinationPlane = destinationPlane
    return copy
  }

  private func end(
    _ type: CUmemorytype, _ host: UnsafeRawPointer?, _ device: CUdeviceptr
  ) throws(Failure) -> Endpoint {
    switch type {
    case CU_MEMORYTYPE_HOST: return .host(UInt(bitPattern: host))
    case CU_MEMORYTYPE_DEVICE: return .device(device)
    case CU_MEMORYTYPE_UNIFIED: return endpoint(device)
    case CU_MEMORYTYPE_ARRAY: throw Failure(CUDA_ERROR_NOT_SUPPORTED)
    default: throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
  }

  func device(_ ordinal: Int32) throws(Failure) -> CUdevice {
    try checkDevice(ordinal)
    return ordinal
  }

  func properties(_ device: CUdevice) throws(Failure) -> CUdevprop {
    let threads = try attribute(CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK, device)
    return CUdevprop(
      maxThreadsPerBlock: threads, maxThreadsDim: (1024, 1024, 64),
      maxGridSize: (Int32.max, 65535, 65535),
      sharedMemPerBlock: try attribute(CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK, device),
      totalConstantMemory: try attribute(CU_DEVICE_ATTRIBUTE_TOTAL_CONSTANT_MEMORY, device),
      SIMDWidth: 32, memPitch: try attribute(CU_DEVICE_ATTRIBUTE_MAX_PITCH, device),
      regsPerBlock: try attribute(CU_DEVICE_ATTRIBUTE_MAX_REGISTERS_PER_BLOCK, device),
      clockRate: try attribute(CU_DEVICE_ATTRIBUTE_CLOCK_RATE, device),
      textureAlign: try attribute(CU_DEVICE_ATTRIBUTE_TEXTURE_ALIGNMENT, device))
  }
}

extension Endpoint {
  func advanced(by bytes: Int) -> Endpoint {
    switch self {
    case .device(let address): .device(address &+ UInt64(bitPattern: Int64(bytes)))
    case .host(let address): .host(address &+ UInt(bitPattern: bytes))
    }
  }
}
