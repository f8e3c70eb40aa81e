public import CDriver
internal import PTX

/// Sizes of a launch, as the client gives them.
public struct LaunchShape: Sendable {
  public var grid: (UInt32, UInt32, UInt32)
  public var block: (UInt32, UInt32, UInt32)
  public var dynamicSharedBytes: UInt32

  public init(
    grid: (UInt32, UInt32, UInt32), block: (UInt32, UInt32, UInt32), dynamicSharedBytes: UInt32
  ) {
    self.grid = grid
    self.block = block
    self.dynamicSharedBytes = dynamicSharedBytes
  }
}

/// A launch with its parameters' bytes, ready to run any number of times.
struct KernelLaunch: Sendable {
  let function: Function
  let shape: LaunchShape
  let parameters: [UInt8]
}

/// What a kernel's addresses mean: the process's device addresses, and host memory it may reach.
private struct KernelMemory: DeviceMemory {
  let space: AddressSpace
  let host: RangeTable<HostRange>

  func range(containing address: UInt64) -> DeviceRange? {
    if let (range, access) = space.range(containing: address) {
      return DeviceRange(
        address: range.lowerBound, byteCount: range.upperBound - range.lowerBound,
        host: space.pointer(range.lowerBound), isWritable: access & AddressSpace.writable != 0)
    }
    guard let row = host.row(containing: address) else { return nil }
    return DeviceRange(
      address: row.range.lowerBound, byteCount: row.range.upperBound - row.range.lowerBound,
      host: space.pointer(row.range.lowerBound),
      isWritable: row.value.flags & CU_MEMHOSTREGISTER_READ_ONLY == 0 || row.value.isOwned)
  }
}

extension Driver {
  /// Launches a kernel with `parameters` (one pointer for each) or `extra` (their bytes at once).
  public func launch(
    _ handle: OpaquePointer?, _ shape: LaunchShape, on stream: CUstream?, perThread: Bool,
    parameters: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    extra: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
  ) throws(Failure) {
    let stream = try self.stream(stream, perThread: perThread)
    let launch = try kernelLaunch(handle, shape, parameters: parameters, extra: extra)
    if launch.function.module.context !== stream.context {
      throw Failure(CUDA_ERROR_INVALID_HANDLE)
    }
    if stream.capture == nil { try loadLazily(launch.function) }
    try enqueue(on: stream, .kernel(launch))
  }

  /// Whether all blocks of a cooperative launch can be resident at once on the simulated device.
  public func checkCooperative(_ shape: LaunchShape) throws(Failure) {
    let blocks = UInt64(shape.grid.0) * UInt64(shape.grid.1) * UInt64(shape.grid.2)
    if blocks > UInt64(DeviceTraits.multiprocessors) * 16 {
      throw Failure(CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE)
    }
  }

  func kernelLaunch(
    _ handle: OpaquePointer?, _ shape: LaunchShape,
    parameters: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    extra: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
  ) throws(Failure) -> KernelLaunch {
    let function = try function(handle)
    let refusal = Failure(CUDA_ERROR_INVALID_VALUE)
    let (x, y, z) = shape.block
    guard shape.grid.0 > 0, shape.grid.1 > 0, shape.grid.2 > 0, x > 0, y > 0, z > 0,
      x <= 1024, y <= 1024, z <= 64, x * y * z <= UInt32(Limits.threadsPerBlock),
      shape.grid.0 <= Limits.gridX, shape.grid.1 <= Limits.gridYZ, shape.grid.2 <= Limits.gridYZ,
      shape.dynamicSharedBytes <= UInt32(max(0, function.dynamicSharedLimit))
    else { throw refusal }
    if let most = function.kernel.maximumBlock, x * y * z > most.x * most.y * most.z {
      throw refusal
    }
    let bytes = try parameterBytes(function.kernel, parameters: parameters, extra: extra)
    return KernelLaunch(function: function, shape: shape, parameters: bytes)
  }

  private func parameterBytes(
    _ kernel: Kernel, parameters: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
    extra: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
  ) throws(Failure) -> [UInt8] {
    let refusal = Failure(CUDA_ERROR_INVALID_VALUE)
    if parameters != nil && extra != nil { throw refusal }
    var bytes = [UInt8](repeating: 0, count: kernel.parameterBytes)
    if kernel.parameters.isEmpty { return bytes }
    if let parameters {
      for (index, parameter) in kernel.parameters.enumerated() {
        guard let source = parameters[index] else { throw refusal }
        bytes.withUnsafeMutableBytes {
          ($0.baseAddress! + parameter.offsetBytes)
            .copyMemory(from: source, byteCount: parameter.sizeBytes)
        }
      }
      return bytes
    }
    guard let extra else { throw refusal }
    var buffer: UnsafeMutableRawPointer?
    var size: Int?
    var index = 0
    while let key = extra[index] {
      if index >= 16 { throw refusal }
      switch UInt(bitPattern: key) {
      case 1: buffer = extra[index + 1]
      case 2: size = extra[index + 1]?.loadUnaligned(as: Int.self)
      default: throw refusal
      }
      index += 2
    }
    guard let buffer, let size, size >= kernel.parameterBytes else { throw refusal }
    bytes.withUnsafeMutableBytes {
      $0.baseAddress!.copyMemory(from: buffer, byteCount: kernel.parameterBytes)
    }
    return bytes
  }

  /// The first launch of a kernel may have to load it: that takes memory and waits for the device,
  /// and every other thread's call on the context waits with it.
  func loadLazily(_ function: Function) throws(Failure) {
    if function.isLoaded { return }
    let bytes = file[.lazyLoad]
    let context = function.module.context
    guard file.takeUnswappable(bytes, device: context.device, process: processIndex) else {
      throw Failure(CUDA_ERROR_OUT_OF_MEMORY)
    }
    function.isLoaded = true
    function.module.unswappableBytes += bytes
    context.loader = ThreadState.current
    synchronise(device: context.device)
    context.loader = nil
    monitor.announce()
  }

  public func functionLoad(_ handle: CUfunction?) throws(Failure) {
    try loadLazily(try function(handle))
  }

  public func functionIsLoaded(_ handle: CUfunction?) throws(Failure) -> Bool {
    try function(handle).isLoaded
  }

  /// Runs a kernel on a stream's thread.
  func run(_ launch: KernelLaunch) -> CUresult {
    let began = Monotonic.nanoseconds()
    monitor.lock()
    let memory = KernelMemory(space: space, host: hostMemory)
    monitor.unlock()
    let (grid, block) = (launch.shape.grid, launch.shape.block)
    let code: CUresult = monitor.accessingMemory {
      launch.parameters.withUnsafeBytes { parameters in
        let ptx = Launch(
          grid: Dimensions(grid.0, grid.1, grid.2), block: Dimensions(block.0, block.1, block.2),
          dynamicSharedBytes: Int(launch.shape.dynamicSharedBytes), parameters: parameters,
          variables: launch.function.module.variables)
        do throws(ExecutionFault) {
          _ = try Executor.run(
            launch.function.kernel, ptx, memory: memory, cancelled: { isClosing })
          return CUDA_SUCCESS
        } catch {
          return self.code(of: error)
        }
      }
    }
    let least = file[.kernel]
    if least != 0 { Monotonic.wait(until: began + least * 1000) }
    return code
  }

  private func code(of fault: ExecutionFault) -> CUresult {
    let code: CUresult =
      switch fault.reason {
      case .illegalAddress: CUDA_ERROR_ILLEGAL_ADDRESS
      case .misalignedAddress: CUDA_ERROR_MISALIGNED_ADDRESS
      case .deadlock: CUDA_ERROR_LAUNCH_TIMEOUT
      case .trap: CUDA_ERROR_LAUNCH_FAILED
      case .cancelled: CUDA_SUCCESS
      case .invalidLaunch: CUDA_ERROR_INVALID_VALUE
      case .outOfResources: CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES
      }
    if code != CUDA_SUCCESS { Report.line(fault.description) }
    return code
  }

  public func functionAttribute(
    _ handle: OpaquePointer?, _ attribute: CUfunction_attribute
  ) throws(Failure) -> Int32 {
    let function = try function(handle)
    let kernel = function.kernel
    switch attribute {
    case CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK:
      return kernel.maximumBlock.map { Int32($0.x * $0.y * $0.z) }
        ?? Int32(Limits.threadsPerBlock)
    case CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES: return Int32(kernel.staticSharedBytes)
    case CU_FUNC_ATTRIBUTE_CONST_SIZE_BYTES: return 0
    case CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES: return Int32(kernel.localBytes)
    case CU_FUNC_ATTRIBUTE_NUM_REGS: return Int32(min(255, max(8, kernel.registerCount)))
    case CU_FUNC_ATTRIBUTE_PTX_VERSION, CU_FUNC_ATTRIBUTE_BINARY_VERSION:
      return Int32(file[.capability])
    case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES: return function.dynamicSharedLimit
    case CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT: return function.carveout
    default:
      if attribute.rawValue < 18 { return 0 }
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
  }

  public func functionSetAttribute(
    _ handle: OpaquePointer?, _ attribute: CUfunction_attribute, _ value: Int32
  ) throws(Failure) {
    let function = try function(handle)
    switch attribute {
    case CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES:
      let most = DeviceTraits.sharedBytesOptIn - Int32(function.kernel.staticSharedBytes)
      guard value >= 0, value <= most else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
      function.dynamicSharedLimit = value
    case CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT:
      guard (-1...100).contains(value) else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
      function.carveout = value
    default: throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
  }

  public func functionModule(_ handle: CUfunction?) throws(Failure) -> CUmodule {
    OpaquePointer(bitPattern: try function(handle).module.handle)!
  }

  public func checkFunction(_ handle: OpaquePointer?) throws(Failure) {
    _ = try function(handle)
  }

  public func parameterCount(_ handle: OpaquePointer?) throws(Failure) -> Int {
    if let object = table.find(handle, as: LibraryKernel.self) {
      return object.kernel.parameters.count
    }
    return try function(handle).kernel.parameters.count
  }

  public func parameter(
    _ handle: OpaquePointer?, _ index: Int
  ) throws(Failure) -> (offset: Int, size: Int) {
    let kernel: Kernel
    if let object = table.find(handle, as: LibraryKernel.self) {
      kernel = object.kernel
    } else {
      kernel = try function(handle).kernel
    }
    guard kernel.parameters.indices.contains(index) else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    return (kernel.parameters[index].offsetBytes, kernel.parameters[index].sizeBytes)
  }

  /// Blocks of a function that fit on one multiprocessor at once.
  public func occupancy(
    _ handle: OpaquePointer?, blockSize: Int32, dynamicSharedBytes: Int
  ) throws(Failure) -> Int32 {
    let function = try function(handle)
    guard blockSize > 0, blockSize <= Limits.threadsPerBlock else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    let shared = function.kernel.staticSharedBytes + dynamicSharedBytes
    let byThreads = 2048 / ((Int(blockSize) + 31) / 32 * 32)
    let byShared = shared == 0 ? 32 : (228 << 10) / (shared + 1024)
    return Int32(min(32, byThreads, byShared))
  }
}
