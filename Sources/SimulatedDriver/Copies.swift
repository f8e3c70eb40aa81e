// Copies in all their forms, each stream form twice: legacy and per-thread default stream.

public import CDriver
import SimulatedGPU

@c(cuMemcpyHtoD_v2) public func cuMemcpyHtoD_v2(
  _ dstDevice: CUdeviceptr, _ srcHost: UnsafeRawPointer?, _ ByteCount: Int
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      Copy(.device(dstDevice), .host(UInt(bitPattern: srcHost)), ByteCount),
      on: nil, perThread: false, .synchronous)
  }
}

@c(cuMemcpyHtoD_v2_ptds) public func cuMemcpyHtoD_v2_ptds(
  _ dstDevice: CUdeviceptr, _ srcHost: UnsafeRawPointer?, _ ByteCount: Int
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      Copy(.device(dstDevice), .host(UInt(bitPattern: srcHost)), ByteCount),
      on: nil, perThread: true, .synchronous)
  }
}

@c(cuMemcpyDtoH_v2) public func cuMemcpyDtoH_v2(
  _ dstHost: UnsafeMutableRawPointer?, _ srcDevice: CUdeviceptr, _ ByteCount: Int
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      Copy(.host(UInt(bitPattern: dstHost)), .device(srcDevice), ByteCount),
      on: nil, perThread: false, .synchronous)
  }
}

@c(cuMemcpyDtoH_v2_ptds) public func cuMemcpyDtoH_v2_ptds(
  _ dstHost: UnsafeMutableRawPointer?, _ srcDevice: CUdeviceptr, _ ByteCount: Int
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      Copy(.host(UInt(bitPattern: dstHost)), .device(srcDevice), ByteCount),
      on: nil, perThread: true, .synchronous)
  }
}

@c(cuMemcpyDtoD_v2) public func cuMemcpyDtoD_v2(
  _ dstDevice: CUdeviceptr, _ srcDevice: CUdeviceptr, _ ByteCount: Int
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      Copy(.device(dstDevice), .device(srcDevice), ByteCount),
      on: nil, perThread: false, .synchronous)
  }
}

@c(cuMemcpyDtoD_v2_ptds) public func cuMemcpyDtoD_v2_ptds(
  _ dstDevice: CUdeviceptr, _ srcDevice: CUdeviceptr, _ ByteCount: Int
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      Copy(.device(dstDevice), .device(srcDevice), ByteCount),
      on: nil, perThread: true, .synchronous)
  }
}

@c(cuMemcpyHtoDAsync_v2) public func cuMemcpyHtoDAsync_v2(
  _ dstDevice: CUdeviceptr, _ srcHost: UnsafeRawPointer?, _ ByteCount: Int, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      Copy(.device(dstDevice), .host(UInt(bitPattern: srcHost)), ByteCount),
      on: hStream, perThread: false, .asynchronous)
  }
}

@c(cuMemcpyHtoDAsync_v2_ptsz) public func cuMemcpyHtoDAsync_v2_ptsz(
  _ dstDevice: CUdeviceptr, _ srcHost: UnsafeRawPointer?, _ ByteCount: Int, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      Copy(.device(dstDevice), .host(UInt(bitPattern: srcHost)), ByteCount),
      on: hStream, perThread: true, .asynchronous)
  }
}

@c(cuMemcpyDtoHAsync_v2) public func cuMemcpyDtoHAsync_v2(
  _ dstHost: UnsafeMutableRawPointer?, _ srcDevice: CUdeviceptr, _ ByteCount: Int,
  _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      Copy(.host(UInt(bitPattern: dstHost)), .device(srcDevice), ByteCount),
      on: hStream, perThread: false, .asynchronous)
  }
}

@c(cuMemcpyDtoHAsync_v2_ptsz) public func cuMemcpyDtoHAsync_v2_ptsz(
  _ dstHost: UnsafeMutableRawPointer?, _ srcDevice: CUdeviceptr, _ ByteCount: Int,
  _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      Copy(.host(UInt(bitPattern: dstHost)), .device(srcDevice), ByteCount),
      on: hStream, perThread: true, .asynchronous)
  }
}

@c(cuMemcpyDtoDAsync_v2) public func cuMemcpyDtoDAsync_v2(
  _ dstDevice: CUdeviceptr, _ srcDevice: CUdeviceptr, _ ByteCount: Int, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      Copy(.device(dstDevice), .device(srcDevice), ByteCount),
      on: hStream, perThread: false, .asynchronous)
  }
}

@c(cuMemcpyDtoDAsync_v2_ptsz) public func cuMemcpyDtoDAsync_v2_ptsz(
  _ dstDevice: CUdeviceptr, _ srcDevice: CUdeviceptr, _ ByteCount: Int, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      Copy(.device(dstDevice), .device(srcDevice), ByteCount),
      on: hStream, perThread: true, .asynchronous)
  }
}

@c(cuMemcpy) public func cuMemcpy(
  _ dst: CUdeviceptr, _ src: CUdeviceptr, _ ByteCount: Int
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      Copy(d.endpoint(dst), d.endpoint(src), ByteCount),
      on: nil, perThread: false, .synchronous)
  }
}

@c(cuMemcpy_ptds) public func cuMemcpy_ptds(
  _ dst: CUdeviceptr, _ src: CUdeviceptr, _ ByteCount: Int
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      Copy(d.endpoint(dst), d.endpoint(src), ByteCount),
      on: nil, perThread: true, .synchronous)
  }
}

@c(cuMemcpyAsync) public func cuMemcpyAsync(
  _ dst: CUdeviceptr, _ src: CUdeviceptr, _ ByteCount: Int, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      Copy(d.endpoint(dst), d.endpoint(src), ByteCount),
      on: hStream, perThread: false, .asynchronous)
  }
}

@c(cuMemcpyAsync_ptsz) public func cuMemcpyAsync_ptsz(
  _ dst: CUdeviceptr, _ src: CUdeviceptr, _ ByteCount: Int, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      Copy(d.endpoint(dst), d.endpoint(src), ByteCount),
      on: hStream, perThread: true, .asynchronous)
  }
}

@c(cuMemcpyPeer) public func cuMemcpyPeer(
  _ dstDevice: CUdeviceptr, _ dstContext: CUcontext?, _ srcDevice: CUdeviceptr,
  _ srcContext: CUcontext?, _ ByteCount: Int
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      Copy(.device(dstDevice), .device(srcDevice), ByteCount),
      on: nil, perThread: false, .synchronous)
  }
}

@c(cuMemcpyPeer_ptds) public func cuMemcpyPeer_ptds(
  _ dstDevice: CUdeviceptr, _ dstContext: CUcontext?, _ srcDevice: CUdeviceptr,
  _ srcContext: CUcontext?, _ ByteCount: Int
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      Copy(.device(dstDevice), .device(srcDevice), ByteCount),
      on: nil, perThread: true, .synchronous)
  }
}

@c(cuMemcpyPeerAsync) public func cuMemcpyPeerAsync(
  _ dstDevice: CUdeviceptr, _ dstContext: CUcontext?, _ srcDevice: CUdeviceptr,
  _ srcContext: CUcontext?, _ ByteCount: Int, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      Copy(.device(dstDevice), .device(srcDevice), ByteCount),
      on: hStream, perThread: false, .asynchronous)
  }
}

@c(cuMemcpyPeerAsync_ptsz) public func cuMemcpyPeerAsync_ptsz(
  _ dstDevice: CUdeviceptr, _ dstContext: CUcontext?, _ srcDevice: CUdeviceptr,
  _ srcContext: CUcontext?, _ ByteCount: Int, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      Copy(.device(dstDevice), .device(srcDevice), ByteCount),
      on: hStream, perThread: true, .asynchronous)
  }
}

@c(cuMemcpy2D_v2) public func cuMemcpy2D_v2(_ pCopy: UnsafePointer<CUDA_MEMCPY2D>?) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      try d.copy(try require(pCopy).pointee), on: nil, perThread: false, .synchronous)
  }
}

@c(cuMemcpy2D_v2_ptds) public func cuMemcpy2D_v2_ptds(
  _ pCopy: UnsafePointer<CUDA_MEMCPY2D>?
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      try d.copy(try require(pCopy).pointee), on: nil, perThread: true, .synchronous)
  }
}

@c(cuMemcpy2DUnaligned_v2) public func cuMemcpy2DUnaligned_v2(
  _ pCopy: UnsafePointer<CUDA_MEMCPY2D>?
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      try d.copy(try require(pCopy).pointee), on: nil, perThread: false, .synchronous)
  }
}

@c(cuMemcpy2DUnaligned_v2_ptds) public func cuMemcpy2DUnaligned_v2_ptds(
  _ pCopy: UnsafePointer<CUDA_MEMCPY2D>?
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      try d.copy(try require(pCopy).pointee), on: nil, perThread: true, .synchronous)
  }
}

@c(cuMemcpy2DAsync_v2) public func cuMemcpy2DAsync_v2(
  _ pCopy: UnsafePointer<CUDA_MEMCPY2D>?, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      try d.copy(try require(pCopy).pointee), on: hStream, perThread: false, .asynchronous)
  }
}

@c(cuMemcpy2DAsync_v2_ptsz) public func cuMemcpy2DAsync_v2_ptsz(
  _ pCopy: UnsafePointer<CUDA_MEMCPY2D>?, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      try d.copy(try require(pCopy).pointee), on: hStream, perThread: true, .asynchronous)
  }
}

@c(cuMemcpy3D_v2) public func cuMemcpy3D_v2(_ pCopy: UnsafePointer<CUDA_MEMCPY3D>?) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      try d.copy(try require(pCopy).pointee), on: nil, perThread: false, .synchronous)
  }
}

@c(cuMemcpy3D_v2_ptds) public func cuMemcpy3D_v2_ptds(
  _ pCopy: UnsafePointer<CUDA_MEMCPY3D>?
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      try d.copy(try require(pCopy).pointee), on: nil, perThread: true, .synchronous)
  }
}

@c(cuMemcpy3DAsync_v2) public func cuMemcpy3DAsync_v2(
  _ pCopy: UnsafePointer<CUDA_MEMCPY3D>?, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      try d.copy(try require(pCopy).pointee), on: hStream, perThread: false, .asynchronous)
  }
}

@c(cuMemcpy3DAsync_v2_ptsz) public func cuMemcpy3DAsync_v2_ptsz(
  _ pCopy: UnsafePointer<CUDA_MEMCPY3D>?, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      try d.copy(try require(pCopy).pointee), on: hStream, perThread: true, .asynchronous)
  }
}
