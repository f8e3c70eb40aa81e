// Functions: attributes, occupancy and launches.

public import CDriver
import SimulatedGPU

@c(cuFuncGetAttribute) public func cuFuncGetAttribute(
  _ pi: UnsafeMutablePointer<Int32>?, _ attrib: CUfunction_attribute, _ hfunc: CUfunction?
) -> CUresult {
  call { d throws(Failure) in try require(pi).pointee = try d.functionAttribute(hfunc, attrib) }
}

@c(cuFuncSetAttribute) public func cuFuncSetAttribute(
  _ hfunc: CUfunction?, _ attrib: CUfunction_attribute, _ value: Int32
) -> CUresult {
  call { d throws(Failure) in try d.functionSetAttribute(hfunc, attrib, value) }
}

@c(cuFuncSetCacheConfig) public func cuFuncSetCacheConfig(
  _ hfunc: CUfunction?, _ config: CUfunc_cache
) -> CUresult {
  call { d throws(Failure) in try d.checkFunction(hfunc) }
}

@c(cuFuncSetSharedMemConfig) public func cuFuncSetSharedMemConfig(
  _ hfunc: CUfunction?, _ config: CUsharedconfig
) -> CUresult {
  call { d throws(Failure) in try d.checkFunction(hfunc) }
}

@c(cuFuncGetModule) public func cuFuncGetModule(
  _ hmod: UnsafeMutablePointer<CUmodule?>?, _ hfunc: CUfunction?
) -> CUresult {
  call { d throws(Failure) in try require(hmod).pointee = try d.functionModule(hfunc) }
}

@c(cuFuncGetName) public func cuFuncGetName(
  _ name: UnsafeMutablePointer<UnsafePointer<CChar>?>?, _ hfunc: CUfunction?
) -> CUresult {
  call { d throws(Failure) in try require(name).pointee = try d.kernelName(hfunc) }
}

@c(cuFuncGetParamCount) public func cuFuncGetParamCount(
  _ `func`: CUfunction?, _ paramCount: UnsafeMutablePointer<Int>?
) -> CUresult {
  call { d throws(Failure) in try require(paramCount).pointee = try d.parameterCount(`func`) }
}

@c(cuFuncGetParamInfo) public func cuFuncGetParamInfo(
  _ `func`: CUfunction?, _ paramIndex: Int, _ paramOffset: UnsafeMutablePointer<Int>?,
  _ paramSize: UnsafeMutablePointer<Int>?
) -> CUresult {
  call { d throws(Failure) in
    let parameter = try d.parameter(`func`, paramIndex)
    try require(paramOffset).pointee = parameter.offset
    paramSize?.pointee = parameter.size
  }
}

@c(cuFuncLoad) public func cuFuncLoad(_ function: CUfunction?) -> CUresult {
  call { d throws(Failure) in try d.functionLoad(function) }
}

@c(cuOccupancyMaxActiveBlocksPerMultiprocessor)
public func cuOccupancyMaxActiveBlocksPerMultiprocessor(
  _ numBlocks: UnsafeMutablePointer<Int32>?, _ `func`: CUfunction?, _ blockSize: Int32,
  _ dynamicSMemSize: Int
) -> CUresult {
  call { d throws(Failure) in
    try require(numBlocks).pointee = try d.occupancy(
      `func`, blockSize: blockSize, dynamicSharedBytes: dynamicSMemSize)
  }
}

@c(cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags)
public func cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(
  _ numBlocks: UnsafeMutablePointer<Int32>?, _ `func`: CUfunction?, _ blockSize: Int32,
  _ dynamicSMemSize: Int, _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    try require(numBlocks).pointee = try d.occupancy(
      `func`, blockSize: blockSize, dynamicSharedBytes: dynamicSMemSize)
  }
}

@c(cuLaunchKernel) public func cuLaunchKernel(
  _ f: CUfunction?, _ gridDimX: UInt32, _ gridDimY: UInt32, _ gridDimZ: UInt32, _ blockDimX: UInt32,
  _ blockDimY: UInt32, _ blockDimZ: UInt32, _ sharedMemBytes: UInt32, _ hStream: CUstream?,
  _ kernelParams: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
  _ extra: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> CUresult {
  call { d throws(Failure) in
    try d.launch(
      f,
      LaunchShape(
        grid: (gridDimX, gridDimY, gridDimZ), block: (blockDimX, blockDimY, blockDimZ),
        dynamicSharedBytes: sharedMemBytes),
      on: hStream, perThread: false, parameters: kernelParams, extra: extra)
  }
}

@c(cuLaunchKernel_ptsz) public func cuLaunchKernel_ptsz(
  _ f: CUfunction?, _ gridDimX: UInt32, _ gridDimY: UInt32, _ gridDimZ: UInt32, _ blockDimX: UInt32,
  _ blockDimY: UInt32, _ blockDimZ: UInt32, _ sharedMemBytes: UInt32, _ hStream: CUstream?,
  _ kernelParams: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
  _ extra: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> CUresult {
  call { d throws(Failure) in
    try d.launch(
      f,
      LaunchShape(
        grid: (gridDimX, gridDimY, gridDimZ), block: (blockDimX, blockDimY, blockDimZ),
        dynamicSharedBytes: sharedMemBytes),
      on: hStream, perThread: true, parameters: kernelParams, extra: extra)
  }
}

@c(cuLaunchCooperativeKernel) public func cuLaunchCooperativeKernel(
  _ f: CUfunction?, _ gridDimX: UInt32, _ gridDimY: UInt32, _ gridDimZ: UInt32, _ blockDimX: UInt32,
  _ blockDimY: UInt32, _ blockDimZ: UInt32, _ sharedMemBytes: UInt32, _ hStream: CUstream?,
  _ kernelParams: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> CUresult {
  call { d throws(Failure) in
    let shape = LaunchShape(
      grid: (gridDimX, gridDimY, gridDimZ), block: (blockDimX, blockDimY, blockDimZ),
      dynamicSharedBytes: sharedMemBytes)
    try d.checkCooperative(shape)
    try d.launch(
      f, shape, on: hStream, perThread: false, parameters: kernelParams, extra: nil)
  }
}

@c(cuLaunchCooperativeKernel_ptsz) public func cuLaunchCooperativeKernel_ptsz(
  _ f: CUfunction?, _ gridDimX: UInt32, _ gridDimY: UInt32, _ gridDimZ: UInt32, _ blockDimX: UInt32,
  _ blockDimY: UInt32, _ blockDimZ: UInt32, _ sharedMemBytes: UInt32, _ hStream: CUstream?,
  _ kernelParams: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> CUresult {
  call { d throws(Failure) in
    let shape = LaunchShape(
      grid: (gridDimX, gridDimY, gridDimZ), block: (blockDimX, blockDimY, blockDimZ),
      dynamicSharedBytes: sharedMemBytes)
    try d.checkCooperative(shape)
    try d.launch(
      f, shape, on: hStream, perThread: true, parameters: kernelParams, extra: nil)
  }
}

@c(cuLaunchKernelEx) public func cuLaunchKernelEx(
  _ config: UnsafePointer<CUlaunchConfig>?, _ f: CUfunction?,
  _ kernelParams: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
  _ extra: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> CUresult {
  call { d throws(Failure) in
    let launch = try require(config).pointee
    let shape = LaunchShape(
      grid: (launch.gridDimX, launch.gridDimY, launch.gridDimZ),
      block: (launch.blockDimX, launch.blockDimY, launch.blockDimZ),
      dynamicSharedBytes: launch.sharedMemBytes)
    for index in 0..<Int(launch.numAttrs) {
      let attribute = try require(launch.attrs)[index]
      if attribute.id == CU_LAUNCH_ATTRIBUTE_COOPERATIVE, attribute.value.cooperative != 0 {
        try d.checkCooperative(shape)
      }
    }
    try d.launch(
      f, shape, on: launch.hStream, perThread: false, parameters: kernelParams, extra: extra)
  }
}

@c(cuLaunchKernelEx_ptsz) public func cuLaunchKernelEx_ptsz(
  _ config: UnsafePointer<CUlaunchConfig>?, _ f: CUfunction?,
  _ kernelParams: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
  _ extra: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> CUresult {
  call { d throws(Failure) in
    let launch = try require(config).pointee
    let shape = LaunchShape(
      grid: (launch.gridDimX, launch.gridDimY, launch.gridDimZ),
      block: (launch.blockDimX, launch.blockDimY, launch.blockDimZ),
      dynamicSharedBytes: launch.sharedMemBytes)
    for index in 0..<Int(launch.numAttrs) {
      let attribute = try require(launch.attrs)[index]
      if attribute.id == CU_LAUNCH_ATTRIBUTE_COOPERATIVE, attribute.value.cooperative != 0 {
        try d.checkCooperative(shape)
      }
    }
    try d.launch(
      f, shape, on: launch.hStream, perThread: true, parameters: kernelParams, extra: extra)
  }
}
