// Copies by planes between contexts, copies in batches, and hints for managed memory. Each stream
// form twice: legacy and per-thread default stream.

public import CDriver
import SimulatedGPU

@c(cuMemcpy3DPeer) public func cuMemcpy3DPeer(
  _ pCopy: UnsafePointer<CUDA_MEMCPY3D_PEER>?
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      try d.copy(CUDA_MEMCPY3D(try require(pCopy).pointee)), on: nil, perThread: false,
      .synchronous)
  }
}

@c(cuMemcpy3DPeer_ptds) public func cuMemcpy3DPeer_ptds(
  _ pCopy: UnsafePointer<CUDA_MEMCPY3D_PEER>?
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      try d.copy(CUDA_MEMCPY3D(try require(pCopy).pointee)), on: nil, perThread: true,
      .synchronous)
  }
}

@c(cuMemcpy3DPeerAsync) public func cuMemcpy3DPeerAsync(
  _ pCopy: UnsafePointer<CUDA_MEMCPY3D_PEER>?, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      try d.copy(CUDA_MEMCPY3D(try require(pCopy).pointee)), on: hStream, perThread: false,
      .asynchronous)
  }
}

@c(cuMemcpy3DPeerAsync_ptsz) public func cuMemcpy3DPeerAsync_ptsz(
  _ pCopy: UnsafePointer<CUDA_MEMCPY3D_PEER>?, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.copy(
      try d.copy(CUDA_MEMCPY3D(try require(pCopy).pointee)), on: hStream, perThread: true,
      .asynchronous)
  }
}

@c(cuMemcpyBatchAsync) public func cuMemcpyBatchAsync(
  _ dsts: UnsafeMutablePointer<CUdeviceptr>?, _ srcs: UnsafeMutablePointer<CUdeviceptr>?,
  _ sizes: UnsafeMutablePointer<Int>?, _ count: Int,
  _ attrs: UnsafeMutablePointer<CUmemcpyAttributes>?, _ attrsIdxs: UnsafeMutablePointer<Int>?,
  _ numAttrs: Int, _ failIdx: UnsafeMutablePointer<Int>?, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    failIdx?.pointee = Int.max
    try d.copyBatch(
      try require(dsts), try require(srcs), try require(sizes), count, on: hStream,
      perThread: false)
  }
}

@c(cuMemcpyBatchAsync_ptsz) public func cuMemcpyBatchAsync_ptsz(
  _ dsts: UnsafeMutablePointer<CUdeviceptr>?, _ srcs: UnsafeMutablePointer<CUdeviceptr>?,
  _ sizes: UnsafeMutablePointer<Int>?, _ count: Int,
  _ attrs: UnsafeMutablePointer<CUmemcpyAttributes>?, _ attrsIdxs: UnsafeMutablePointer<Int>?,
  _ numAttrs: Int, _ failIdx: UnsafeMutablePointer<Int>?, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    failIdx?.pointee = Int.max
    try d.copyBatch(
      try require(dsts), try require(srcs), try require(sizes), count, on: hStream,
      perThread: true)
  }
}

@c(cuMemcpyBatchAsync_v2) public func cuMemcpyBatchAsync_v2(
  _ dsts: UnsafeMutablePointer<CUdeviceptr>?, _ srcs: UnsafeMutablePointer<CUdeviceptr>?,
  _ sizes: UnsafeMutablePointer<Int>?, _ count: Int,
  _ attrs: UnsafeMutablePointer<CUmemcpyAttributes>?, _ attrsIdxs: UnsafeMutablePointer<Int>?,
  _ numAttrs: Int, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.copyBatch(
      try require(dsts), try require(srcs), try require(sizes), count, on: hStream,
      perThread: false)
  }
}

@c(cuMemcpyBatchAsync_v2_ptsz) public func cuMemcpyBatchAsync_v2_ptsz(
  _ dsts: UnsafeMutablePointer<CUdeviceptr>?, _ srcs: UnsafeMutablePointer<CUdeviceptr>?,
  _ sizes: UnsafeMutablePointer<Int>?, _ count: Int,
  _ attrs: UnsafeMutablePointer<CUmemcpyAttributes>?, _ attrsIdxs: UnsafeMutablePointer<Int>?,
  _ numAttrs: Int, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.copyBatch(
      try require(dsts), try require(srcs), try require(sizes), count, on: hStream,
      perThread: true)
  }
}

@c(cuMemcpy3DBatchAsync) public func cuMemcpy3DBatchAsync(
  _ numOps: Int, _ opList: UnsafeMutablePointer<CUDA_MEMCPY3D_BATCH_OP>?,
  _ failIdx: UnsafeMutablePointer<Int>?, _ flags: UInt64, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    failIdx?.pointee = Int.max
    try d.copyPlanes(try require(opList), numOps, flags, on: hStream, perThread: false)
  }
}

@c(cuMemcpy3DBatchAsync_ptsz) public func cuMemcpy3DBatchAsync_ptsz(
  _ numOps: Int, _ opList: UnsafeMutablePointer<CUDA_MEMCPY3D_BATCH_OP>?,
  _ failIdx: UnsafeMutablePointer<Int>?, _ flags: UInt64, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    failIdx?.pointee = Int.max
    try d.copyPlanes(try require(opList), numOps, flags, on: hStream, perThread: true)
  }
}

@c(cuMemcpy3DBatchAsync_v2) public func cuMemcpy3DBatchAsync_v2(
  _ numOps: Int, _ opList: UnsafeMutablePointer<CUDA_MEMCPY3D_BATCH_OP>?, _ flags: UInt64,
  _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.copyPlanes(try require(opList), numOps, flags, on: hStream, perThread: false)
  }
}

@c(cuMemcpy3DBatchAsync_v2_ptsz) public func cuMemcpy3DBatchAsync_v2_ptsz(
  _ numOps: Int, _ opList: UnsafeMutablePointer<CUDA_MEMCPY3D_BATCH_OP>?, _ flags: UInt64,
  _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.copyPlanes(try require(opList), numOps, flags, on: hStream, perThread: true)
  }
}

@c(cuMemcpy3DWithAttributesAsync) public func cuMemcpy3DWithAttributesAsync(
  _ op: UnsafeMutablePointer<CUDA_MEMCPY3D_BATCH_OP>?, _ flags: UInt64, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.copyPlanes(try require(op), 1, flags, on: hStream, perThread: false)
  }
}

@c(cuMemcpy3DWithAttributesAsync_ptsz) public func cuMemcpy3DWithAttributesAsync_ptsz(
  _ op: UnsafeMutablePointer<CUDA_MEMCPY3D_BATCH_OP>?, _ flags: UInt64, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.copyPlanes(try require(op), 1, flags, on: hStream, perThread: true)
  }
}

@c(cuMemcpyWithAttributesAsync) public func cuMemcpyWithAttributesAsync(
  _ dst: CUdeviceptr, _ src: CUdeviceptr, _ size: Int,
  _ attr: UnsafeMutablePointer<CUmemcpyAttributes>?, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    if attr == nil { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    try d.copy(
      Copy(d.endpoint(dst), d.endpoint(src), size), on: hStream, perThread: false, .asynchronous)
  }
}

@c(cuMemcpyWithAttributesAsync_ptsz) public func cuMemcpyWithAttributesAsync_ptsz(
  _ dst: CUdeviceptr, _ src: CUdeviceptr, _ size: Int,
  _ attr: UnsafeMutablePointer<CUmemcpyAttributes>?, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    if attr == nil { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    try d.copy(
      Copy(d.endpoint(dst), d.endpoint(src), size), on: hStream, perThread: true, .asynchronous)
  }
}

@c(cuMemAdvise) public func cuMemAdvise(
  _ devPtr: CUdeviceptr, _ count: Int, _ advice: Int32, _ device: CUdevice
) -> CUresult {
  call { d throws(Failure) in try d.checkManaged(devPtr, count) }
}

@c(cuMemAdvise_v2) public func cuMemAdvise_v2(
  _ devPtr: CUdeviceptr, _ count: Int, _ advice: Int32, _ location: CUmemLocation
) -> CUresult {
  call { d throws(Failure) in try d.checkManaged(devPtr, count) }
}

@c(cuMemPrefetchAsync) public func cuMemPrefetchAsync(
  _ devPtr: CUdeviceptr, _ count: Int, _ dstDevice: CUdevice, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    _ = try d.streamFlags(hStream, perThread: false)
    try d.checkManaged(devPtr, count)
  }
}

@c(cuMemPrefetchAsync_ptsz) public func cuMemPrefetchAsync_ptsz(
  _ devPtr: CUdeviceptr, _ count: Int, _ dstDevice: CUdevice, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    _ = try d.streamFlags(hStream, perThread: true)
    try d.checkManaged(devPtr, count)
  }
}

@c(cuMemPrefetchAsync_v2) public func cuMemPrefetchAsync_v2(
  _ devPtr: CUdeviceptr, _ count: Int, _ location: CUmemLocation, _ flags: UInt32,
  _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    _ = try d.streamFlags(hStream, perThread: false)
    try d.checkManaged(devPtr, count)
  }
}

@c(cuMemPrefetchAsync_v2_ptsz) public func cuMemPrefetchAsync_v2_ptsz(
  _ devPtr: CUdeviceptr, _ count: Int, _ location: CUmemLocation, _ flags: UInt32,
  _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    _ = try d.streamFlags(hStream, perThread: true)
    try d.checkManaged(devPtr, count)
  }
}

@c(cuStreamBatchMemOp) public func cuStreamBatchMemOp(
  _ stream: CUstream?, _ count: UInt32,
  _ paramArray: UnsafeMutablePointer<CUstreamBatchMemOpParams>?, _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    try d.streamOperations(try require(paramArray), count, flags, on: stream, perThread: false)
  }
}

@c(cuStreamBatchMemOp_ptsz) public func cuStreamBatchMemOp_ptsz(
  _ stream: CUstream?, _ count: UInt32,
  _ paramArray: UnsafeMutablePointer<CUstreamBatchMemOpParams>?, _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    try d.streamOperations(try require(paramArray), count, flags, on: stream, perThread: true)
  }
}

@c(cuStreamBatchMemOp_v2) public func cuStreamBatchMemOp_v2(
  _ stream: CUstream?, _ count: UInt32,
  _ paramArray: UnsafeMutablePointer<CUstreamBatchMemOpParams>?, _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    try d.streamOperations(try require(paramArray), count, flags, on: stream, perThread: false)
  }
}

@c(cuStreamBatchMemOp_v2_ptsz) public func cuStreamBatchMemOp_v2_ptsz(
  _ stream: CUstream?, _ count: UInt32,
  _ paramArray: UnsafeMutablePointer<CUstreamBatchMemOpParams>?, _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    try d.streamOperations(try require(paramArray), count, flags, on: stream, perThread: true)
  }
}

extension CUDA_MEMCPY3D {
  /// Between contexts of one device the contexts make no difference.
  init(_ peer: CUDA_MEMCPY3D_PEER) {
    self.init(
      srcXInBytes: peer.srcXInBytes, srcY: peer.srcY, srcZ: peer.srcZ, srcLOD: peer.srcLOD,
      srcMemoryType: peer.srcMemoryType, srcHost: peer.srcHost, srcDevice: peer.srcDevice,
      srcArray: peer.srcArray, reserved0: nil, srcPitch: peer.srcPitch,
      srcHeight: peer.srcHeight, dstXInBytes: peer.dstXInBytes, dstY: peer.dstY,
      dstZ: peer.dstZ, dstLOD: peer.dstLOD, dstMemoryType: peer.dstMemoryType,
      dstHost: peer.dstHost, dstDevice: peer.dstDevice, dstArray: peer.dstArray,
      reserved1: nil, dstPitch: peer.dstPitch, dstHeight: peer.dstHeight,
      WidthInBytes: peer.WidthInBytes, Height: peer.Height, Depth: peer.Depth)
  }
}

extension Driver {
  /// Copies in one call, which are done in their order here; a driver need not.
  func copyBatch(
    _ destinations: UnsafeMutablePointer<CUdeviceptr>,
    _ sources: UnsafeMutablePointer<CUdeviceptr>, _ sizes: UnsafeMutablePointer<Int>,
    _ count: Int, on stream: CUstream?, perThread: Bool
  ) throws(Failure) {
    guard count > 0, stream != nil || perThread else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    for index in 0..<count {
      try copy(
        Copy(endpoint(destinations[index]), endpoint(sources[index]), sizes[index]), on: stream,
        perThread: perThread, .asynchronous)
    }
  }

  func copyPlanes(
    _ operations: UnsafeMutablePointer<CUDA_MEMCPY3D_BATCH_OP>, _ count: Int, _ flags: UInt64,
    on stream: CUstream?, perThread: Bool
  ) throws(Failure) {
    guard count > 0, flags == 0, stream != nil || perThread else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    for index in 0..<count {
      try copy(try planes(operations[index]), on: stream, perThread: perThread, .asynchronous)
    }
  }

  private func planes(_ operation: CUDA_MEMCPY3D_BATCH_OP) throws(Failure) -> Copy {
    let (extent, from, to) = (operation.extent, operation.src, operation.dst)
    guard from.type == CU_MEMCPY_OPERAND_TYPE_POINTER, to.type == CU_MEMCPY_OPERAND_TYPE_POINTER
    else { throw Failure(CUDA_ERROR_NOT_SUPPORTED) }
    func orOf(_ length: Int, _ otherwise: Int) -> Int { length == 0 ? otherwise : length }
    let (source, destination) = (from.op.ptr, to.op.ptr)
    var copy = Copy(endpoint(destination.ptr), endpoint(source.ptr), extent.width)
    copy.height = extent.height
    copy.depth = extent.depth
    copy.sourcePitch = orOf(source.rowLength, extent.width)
    copy.destinationPitch = orOf(destination.rowLength, extent.width)
    copy.sourcePlane = copy.sourcePitch * orOf(source.layerHeight, extent.height)
    copy.destinationPlane = copy.destinationPitch * orOf(destination.layerHeight, extent.height)
    return copy
  }
}
