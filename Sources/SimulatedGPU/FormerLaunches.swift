public import CDriver

/// What the oldest way to launch keeps with its function between calls.
struct FormerLaunch: Sendable {
  static let parameterBytesLimit = 4096

  var block: (UInt32, UInt32, UInt32) = (1, 1, 1)
  var sharedBytes: UInt32 = 0
  var parameters: [UInt8] = []
}

extension Driver {
  public func formerBlock(_ handle: CUfunction?, _ x: Int32, _ y: Int32, _ z: Int32)
    throws(Failure)
  {
    guard x > 0, y > 0, z > 0 else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    try function(handle).former.block = (UInt32(x), UInt32(y), UInt32(z))
  }

  public func formerSharedBytes(_ handle: CUfunction?, _ bytes: UInt32) throws(Failure) {
    try function(handle).former.sharedBytes = bytes
  }

  public func formerParameterBytes(_ handle: CUfunction?, _ bytes: UInt32) throws(Failure) {
    let function = try function(handle)
    guard bytes <= UInt32(FormerLaunch.parameterBytesLimit) else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    let kept = function.former.parameters.prefix(Int(bytes))
    let rest = [UInt8](repeating: 0, count: Int(bytes) - kept.count)
    function.former.parameters = kept + rest
  }

  public func formerParameter(
    _ handle: CUfunction?, at offset: Int32, _ bytes: UnsafeRawBufferPointer
  ) throws(Failure) {
    let function = try function(handle)
    let end = Int(offset) + bytes.count
    guard offset >= 0, end <= FormerLaunch.parameterBytesLimit else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    let missing = end - function.former.parameters.count
    if missing > 0 { function.former.parameters += [UInt8](repeating: 0, count: missing) }
    for (index, byte) in bytes.enumerated() {
      function.former.parameters[Int(offset) + index] = byte
    }
  }

  public func formerLaunch(
    _ handle: CUfunction?, _ width: Int32, _ height: Int32, on stream: CUstream?
  ) throws(Failure) {
    guard width > 0, height > 0 else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    let former = try function(handle).former
    let shape = LaunchShape(
      grid: (UInt32(width), UInt32(height), 1), block: former.block,
      dynamicSharedBytes: former.sharedBytes)
    let stream = try self.stream(stream, perThread: false)
    let size = UnsafeMutablePointer<Int>.allocate(capacity: 1)
    let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: FormerLaunch.parameterBytesLimit)
    defer {
      size.deallocate()
      bytes.deallocate()
    }
    size.pointee = former.parameters.count
    bytes.initialize(from: former.parameters, count: size.pointee)
    // Keys 1 and 2 name the buffer and its size; 0 ends the list.
    var extra: [UnsafeMutableRawPointer?] = [
      UnsafeMutableRawPointer(bitPattern: 1), UnsafeMutableRawPointer(bytes),
      UnsafeMutableRawPointer(bitPattern: 2), UnsafeMutableRawPointer(size), nil,
    ]
    let launch = try kernelLaunch(handle, shape, parameters: nil, extra: &extra)
    if launch.function.module.context !== stream.context {
      throw Failure(CUDA_ERROR_INVALID_HANDLE)
    }
    if stream.capture == nil { try loadLazily(launch.function) }
    try enqueue(on: stream, .kernel(launch))
  }
}
