// Memory pools and what is allocated and freed in stream order.

public import CDriver
import SimulatedGPU

@c(cuDeviceGetDefaultMemPool) public func cuDeviceGetDefaultMemPool(
  _ pool_out: UnsafeMutablePointer<CUmemoryPool?>?, _ dev: CUdevice
) -> CUresult {
  call { d throws(Failure) in try require(pool_out).pointee = try d.poolDefault(dev) }
}

@c(cuDeviceGetMemPool) public func cuDeviceGetMemPool(
  _ pool: UnsafeMutablePointer<CUmemoryPool?>?, _ dev: CUdevice
) -> CUresult {
  call { d throws(Failure) in try require(pool).pointee = try d.poolCurrent(dev) }
}

@c(cuDeviceSetMemPool) public func cuDeviceSetMemPool(
  _ dev: CUdevice, _ pool: CUmemoryPool?
) -> CUresult {
  call { d throws(Failure) in try d.poolSetCurrent(dev, pool) }
}

@c(cuMemPoolCreate) public func cuMemPoolCreate(
  _ pool: UnsafeMutablePointer<CUmemoryPool?>?, _ poolProps: UnsafePointer<CUmemPoolProps>?
) -> CUresult {
  call { d throws(Failure) in
    let place = try require(pool)
    place.pointee = try d.poolCreate(try require(poolProps).pointee)
  }
}

@c(cuMemPoolDestroy) public func cuMemPoolDestroy(
  _ pool: CUmemoryPool?
) -> CUresult {
  call { d throws(Failure) in try d.poolDestroy(pool) }
}

@c(cuMemPoolTrimTo) public func cuMemPoolTrimTo(
  _ pool: CUmemoryPool?, _ minBytesToKeep: Int
) -> CUresult {
  call { d throws(Failure) in try d.poolTrim(pool) }
}

@c(cuMemPoolGetAttribute) public func cuMemPoolGetAttribute(
  _ pool: CUmemoryPool?, _ attr: CUmemPool_attribute, _ value: UnsafeMutableRawPointer?
) -> CUresult {
  call { d throws(Failure) in try d.poolAttribute(pool, attr, try require(value)) }
}

@c(cuMemPoolSetAttribute) public func cuMemPoolSetAttribute(
  _ pool: CUmemoryPool?, _ attr: CUmemPool_attribute, _ value: UnsafeMutableRawPointer?
) -> CUresult {
  call { d throws(Failure) in try d.poolSetAttribute(pool, attr, try require(value)) }
}

@c(cuMemPoolSetAccess) public func cuMemPoolSetAccess(
  _ pool: CUmemoryPool?, _ map: UnsafePointer<CUmemAccessDesc>?, _ count: Int
) -> CUresult {
  call { d throws(Failure) in
    let list = UnsafeBufferPointer(start: try require(map), count: count)
    try d.poolSetAccess(pool, Array(list))
  }
}

@c(cuMemPoolGetAccess) public func cuMemPoolGetAccess(
  _ flags: UnsafeMutablePointer<CUmemAccess_flags>?, _ memPool: CUmemoryPool?,
  _ location: UnsafeMutablePointer<CUmemLocation>?
) -> CUresult {
  call { d throws(Failure) in
    let place = try require(flags)
    place.pointee = try d.poolAccess(memPool, try require(location).pointee)
  }
}

@c(cuMemAllocAsync) public func cuMemAllocAsync(
  _ dptr: UnsafeMutablePointer<CUdeviceptr>?, _ bytesize: Int, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    let place = try require(dptr)
    place.pointee = try d.allocateAsync(bytesize, from: nil, hStream, perThread: false)
  }
}

@c(cuMemAllocFromPoolAsync) public func cuMemAllocFromPoolAsync(
  _ dptr: UnsafeMutablePointer<CUdeviceptr>?, _ bytesize: Int, _ pool: CUmemoryPool?,
  _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    if pool == nil { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    let place = try require(dptr)
    place.pointee = try d.allocateAsync(bytesize, from: pool, hStream, perThread: false)
  }
}

@c(cuMemFreeAsync) public func cuMemFreeAsync(
  _ dptr: CUdeviceptr, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in try d.freeAsync(dptr, hStream, perThread: false) }
}

@c(cuMemAllocAsync_ptsz) public func cuMemAllocAsync_ptsz(
  _ dptr: UnsafeMutablePointer<CUdeviceptr>?, _ bytesize: Int, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    let place = try require(dptr)
    place.pointee = try d.allocateAsync(bytesize, from: nil, hStream, perThread: true)
  }
}

@c(cuMemAllocFromPoolAsync_ptsz) public func cuMemAllocFromPoolAsync_ptsz(
  _ dptr: UnsafeMutablePointer<CUdeviceptr>?, _ bytesize: Int, _ pool: CUmemoryPool?,
  _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    if pool == nil { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    let place = try require(dptr)
    place.pointee = try d.allocateAsync(bytesize, from: pool, hStream, perThread: true)
  }
}

@c(cuMemFreeAsync_ptsz) public func cuMemFreeAsync_ptsz(
  _ dptr: CUdeviceptr, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in try d.freeAsync(dptr, hStream, perThread: true) }
}
