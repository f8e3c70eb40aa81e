// Device memory, host memory, pointers and virtual memory management.

public import CDriver
import SimulatedGPU

@c(cuMemAlloc_v2) public func cuMemAlloc_v2(
  _ dptr: UnsafeMutablePointer<CUdeviceptr>?, _ bytesize: Int
) -> CUresult {
  call { d throws(Failure) in try require(dptr).pointee = try d.allocate(bytesize) }
}

@c(cuMemAllocPitch_v2) public func cuMemAllocPitch_v2(
  _ dptr: UnsafeMutablePointer<CUdeviceptr>?, _ pPitch: UnsafeMutablePointer<Int>?,
  _ WidthInBytes: Int, _ Height: Int, _ ElementSizeBytes: UInt32
) -> CUresult {
  call { d throws(Failure) in
    let (first, second) = (try require(dptr), try require(pPitch))
    (first.pointee, second.pointee) = try d.allocatePitch(
      width: WidthInBytes, height: Height, element: ElementSizeBytes)
  }
}

@c(cuMemAllocManaged) public func cuMemAllocManaged(
  _ dptr: UnsafeMutablePointer<CUdeviceptr>?, _ bytesize: Int, _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    try require(dptr).pointee = try d.allocateManaged(bytesize, flags: flags)
  }
}

/// The interface of CUDA 2.0 has addresses of 32 bits, and there is no memory so low.
@c(cuMemAlloc) public func cuMemAlloc(
  _ dptr: UnsafeMutablePointer<CUdeviceptr_v1>?, _ bytesize: UInt32
) -> CUresult {
  call { d throws(Failure) in
    _ = try require(dptr)
    throw Failure(bytesize == 0 ? CUDA_ERROR_INVALID_VALUE : CUDA_ERROR_OUT_OF_MEMORY)
  }
}

@c(cuMemFree_v2) public func cuMemFree_v2(_ dptr: CUdeviceptr) -> CUresult {
  call { d throws(Failure) in try d.free(dptr) }
}

@c(cuMemGetInfo_v2) public func cuMemGetInfo_v2(
  _ free: UnsafeMutablePointer<Int>?, _ total: UnsafeMutablePointer<Int>?
) -> CUresult {
  call { d throws(Failure) in
    let (first, second) = (try require(free), try require(total))
    let info = try d.memoryInfo()
    (first.pointee, second.pointee) = (Int(info.free), Int(info.total))
  }
}

@c(cuMemGetAddressRange_v2) public func cuMemGetAddressRange_v2(
  _ pbase: UnsafeMutablePointer<CUdeviceptr>?, _ psize: UnsafeMutablePointer<Int>?,
  _ dptr: CUdeviceptr
) -> CUresult {
  call { d throws(Failure) in
    let range = try d.addressRange(dptr)
    pbase?.pointee = range.base
    psize?.pointee = range.bytes
  }
}

@c(cuMemHostAlloc) public func cuMemHostAlloc(
  _ pp: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ bytesize: Int, _ Flags: UInt32
) -> CUresult {
  call { d throws(Failure) in try require(pp).pointee = try d.hostAllocate(bytesize, flags: Flags) }
}

@c(cuMemAllocHost_v2) public func cuMemAllocHost_v2(
  _ pp: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ bytesize: Int
) -> CUresult {
  call { d throws(Failure) in try require(pp).pointee = try d.hostAllocate(bytesize, flags: 0) }
}

@c(cuMemFreeHost) public func cuMemFreeHost(_ p: UnsafeMutableRawPointer?) -> CUresult {
  call { d throws(Failure) in try d.hostFree(p) }
}

@c(cuMemHostRegister_v2) public func cuMemHostRegister_v2(
  _ p: UnsafeMutableRawPointer?, _ bytesize: Int, _ Flags: UInt32
) -> CUresult {
  call { d throws(Failure) in try d.hostRegister(p, bytesize, flags: Flags) }
}

@c(cuMemHostRegister) public func cuMemHostRegister(
  _ p: UnsafeMutableRawPointer?, _ bytesize: Int, _ Flags: UInt32
) -> CUresult {
  call { d throws(Failure) in try d.hostRegister(p, bytesize, flags: Flags) }
}

@c(cuMemHostUnregister) public func cuMemHostUnregister(_ p: UnsafeMutableRawPointer?) -> CUresult {
  call { d throws(Failure) in try d.hostUnregister(p) }
}

@c(cuMemHostGetDevicePointer_v2) public func cuMemHostGetDevicePointer_v2(
  _ pdptr: UnsafeMutablePointer<CUdeviceptr>?, _ p: UnsafeMutableRawPointer?, _ Flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    if Flags != 0 { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    try require(pdptr).pointee = try d.hostDevicePointer(p)
  }
}

@c(cuMemHostGetFlags) public func cuMemHostGetFlags(
  _ pFlags: UnsafeMutablePointer<UInt32>?, _ p: UnsafeMutableRawPointer?
) -> CUresult {
  call { d throws(Failure) in try require(pFlags).pointee = try d.hostFlags(p) }
}

@c(cuPointerGetAttribute) public func cuPointerGetAttribute(
  _ data: UnsafeMutableRawPointer?, _ attribute: CUpointer_attribute, _ ptr: CUdeviceptr
) -> CUresult {
  call { d throws(Failure) in try d.pointerAttribute(attribute, ptr, data) }
}

@c(cuPointerGetAttributes) public func cuPointerGetAttributes(
  _ numAttributes: UInt32, _ attributes: UnsafeMutablePointer<CUpointer_attribute>?,
  _ data: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ ptr: CUdeviceptr
) -> CUresult {
  call { d throws(Failure) in
    let list = UnsafeBufferPointer(start: attributes, count: Int(numAttributes))
    if numAttributes == 0 || attributes == nil { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    try d.pointerAttributes(list, try require(data), ptr)
  }
}

@c(cuMemAddressReserve) public func cuMemAddressReserve(
  _ ptr: UnsafeMutablePointer<CUdeviceptr>?, _ size: Int, _ alignment: Int, _ addr: CUdeviceptr,
  _ flags: UInt64
) -> CUresult {
  call { d throws(Failure) in
    try require(ptr).pointee = try d.addressReserve(
      size, alignment: alignment, hint: addr, flags: flags)
  }
}

@c(cuMemAddressFree) public func cuMemAddressFree(_ ptr: CUdeviceptr, _ size: Int) -> CUresult {
  call { d throws(Failure) in try d.addressFree(ptr, size) }
}

@c(cuMemCreate) public func cuMemCreate(
  _ handle: UnsafeMutablePointer<CUmemGenericAllocationHandle>?, _ size: Int,
  _ prop: UnsafePointer<CUmemAllocationProp>?, _ flags: UInt64
) -> CUresult {
  call { d throws(Failure) in
    let place = try require(handle)
    place.pointee = try d.memoryCreate(size, try require(prop).pointee, flags: flags)
  }
}

@c(cuMemRelease) public func cuMemRelease(_ handle: CUmemGenericAllocationHandle) -> CUresult {
  call { d throws(Failure) in try d.memoryRelease(handle) }
}

@c(cuMemMap) public func cuMemMap(
  _ ptr: CUdeviceptr, _ size: Int, _ offset: Int, _ handle: CUmemGenericAllocationHandle,
  _ flags: UInt64
) -> CUresult {
  call { d throws(Failure) in try d.memoryMap(ptr, size, offset: offset, handle, flags: flags) }
}

@c(cuMemUnmap) public func cuMemUnmap(_ ptr: CUdeviceptr, _ size: Int) -> CUresult {
  call { d throws(Failure) in try d.memoryUnmap(ptr, size) }
}

@c(cuMemSetAccess) public func cuMemSetAccess(
  _ ptr: CUdeviceptr, _ size: Int, _ desc: UnsafePointer<CUmemAccessDesc>?, _ count: Int
) -> CUresult {
  call { d throws(Failure) in
    let list = UnsafeBufferPointer(start: try require(desc), count: count)
    try d.memorySetAccess(ptr, size, Array(list))
  }
}

@c(cuMemGetAccess) public func cuMemGetAccess(
  _ flags: UnsafeMutablePointer<UInt64>?, _ location: UnsafePointer<CUmemLocation>?,
  _ ptr: CUdeviceptr
) -> CUresult {
  call { d throws(Failure) in
    try require(flags).pointee = try d.memoryAccess(ptr, try require(location).pointee)
  }
}

@c(cuMemGetAllocationGranularity) public func cuMemGetAllocationGranularity(
  _ granularity: UnsafeMutablePointer<Int>?, _ prop: UnsafePointer<CUmemAllocationProp>?,
  _ option: CUmemAllocationGranularity_flags
) -> CUresult {
  call { d throws(Failure) in
    if option.rawValue > 1 { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    try require(granularity).pointee = try d.granularity(try require(prop).pointee)
  }
}

@c(cuMemRetainAllocationHandle) public func cuMemRetainAllocationHandle(
  _ handle: UnsafeMutablePointer<CUmemGenericAllocationHandle>?, _ addr: UnsafeMutableRawPointer?
) -> CUresult {
  call { d throws(Failure) in
    try require(handle).pointee = try d.memoryRetain(CUdeviceptr(UInt(bitPattern: addr)))
  }
}

@c(cuMemGetAllocationPropertiesFromHandle) public func cuMemGetAllocationPropertiesFromHandle(
  _ prop: UnsafeMutablePointer<CUmemAllocationProp>?, _ handle: CUmemGenericAllocationHandle
) -> CUresult {
  call { d throws(Failure) in try require(prop).pointee = try d.memoryProperties(handle) }
}
