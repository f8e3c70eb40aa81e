// The oldest way to launch, parameter by parameter, and launches on several devices.

public import CDriver
import SimulatedGPU

@c(cuFuncSetBlockShape) public func cuFuncSetBlockShape(
  _ hfunc: CUfunction?, _ x: Int32, _ y: Int32, _ z: Int32
) -> CUresult {
  call { d throws(Failure) in try d.formerBlock(hfunc, x, y, z) }
}

@c(cuFuncSetSharedSize) public func cuFuncSetSharedSize(
  _ hfunc: CUfunction?, _ bytes: UInt32
) -> CUresult {
  call { d throws(Failure) in try d.formerSharedBytes(hfunc, bytes) }
}

@c(cuParamSetSize) public func cuParamSetSize(
  _ hfunc: CUfunction?, _ numbytes: UInt32
) -> CUresult {
  call { d throws(Failure) in try d.formerParameterBytes(hfunc, numbytes) }
}

@c(cuParamSeti) public func cuParamSeti(
  _ hfunc: CUfunction?, _ offset: Int32, _ value: UInt32
) -> CUresult {
  cuParamSetBytes(hfunc, offset, value)
}

@c(cuParamSetf) public func cuParamSetf(
  _ hfunc: CUfunction?, _ offset: Int32, _ value: Float
) -> CUresult {
  cuParamSetBytes(hfunc, offset, value.bitPattern)
}

private func cuParamSetBytes(
  _ function: CUfunction?, _ offset: Int32, _ value: UInt32
) -> CUresult {
  let word = UnsafeMutablePointer<UInt32>.allocate(capacity: 1)
  defer { word.deallocate() }
  word.pointee = value
  return cuParamSetv(function, offset, word, 4)
}

@c(cuParamSetv) public func cuParamSetv(
  _ hfunc: CUfunction?, _ offset: Int32, _ ptr: UnsafeMutableRawPointer?, _ numbytes: UInt32
) -> CUresult {
  call { d throws(Failure) in
    let bytes = UnsafeRawBufferPointer(start: try require(ptr), count: Int(numbytes))
    try d.formerParameter(hfunc, at: offset, bytes)
  }
}

@c(cuLaunch) public func cuLaunch(_ f: CUfunction?) -> CUresult {
  call { d throws(Failure) in try d.formerLaunch(f, 1, 1, on: nil) }
}

@c(cuLaunchGrid) public func cuLaunchGrid(
  _ f: CUfunction?, _ grid_width: Int32, _ grid_height: Int32
) -> CUresult {
  call { d throws(Failure) in try d.formerLaunch(f, grid_width, grid_height, on: nil) }
}

@c(cuLaunchGridAsync) public func cuLaunchGridAsync(
  _ f: CUfunction?, _ grid_width: Int32, _ grid_height: Int32, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in try d.formerLaunch(f, grid_width, grid_height, on: hStream) }
}

/// One launch for each device: of one device, one.
@c(cuLaunchCooperativeKernelMultiDevice) public func cuLaunchCooperativeKernelMultiDevice(
  _ launchParamsList: UnsafeMutablePointer<CUDA_LAUNCH_PARAMS>?, _ numDevices: UInt32,
  _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    let one = try require(launchParamsList).pointee
    guard numDevices == 1, flags & ~3 == 0, one.hStream != nil else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    let shape = LaunchShape(
      grid: (one.gridDimX, one.gridDimY, one.gridDimZ),
      block: (one.blockDimX, one.blockDimY, one.blockDimZ),
      dynamicSharedBytes: one.sharedMemBytes)
    try d.checkCooperative(shape)
    try d.launch(
      one.function, shape, on: one.hStream, perThread: false, parameters: one.kernelParams,
      extra: nil)
  }
}
