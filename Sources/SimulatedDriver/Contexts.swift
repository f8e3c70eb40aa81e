// Contexts: creation, the stack of each thread, limits, synchronisation.

public import CDriver
import SimulatedGPU

@c(cuCtxCreate) public func cuCtxCreate(
  _ pctx: UnsafeMutablePointer<CUcontext?>?, _ flags: UInt32, _ dev: CUdevice
) -> CUresult {
  call { d throws(Failure) in
    try require(pctx).pointee = try d.contextCreate(dev, flags: flags, apiVersion: 3020)
  }
}

@c(cuCtxCreate_v2) public func cuCtxCreate_v2(
  _ pctx: UnsafeMutablePointer<CUcontext?>?, _ flags: UInt32, _ dev: CUdevice
) -> CUresult {
  call { d throws(Failure) in
    try require(pctx).pointee = try d.contextCreate(dev, flags: flags, apiVersion: 3020)
  }
}

@c(cuCtxCreate_v3) public func cuCtxCreate_v3(
  _ pctx: UnsafeMutablePointer<CUcontext?>?,
  _ paramsArray: UnsafeMutablePointer<CUexecAffinityParam>?, _ numParams: Int32, _ flags: UInt32,
  _ dev: CUdevice
) -> CUresult {
  call { d throws(Failure) in
    try require(pctx).pointee = try d.contextCreate(dev, flags: flags, apiVersion: 11040)
  }
}

@c(cuCtxCreate_v4) public func cuCtxCreate_v4(
  _ pctx: UnsafeMutablePointer<CUcontext?>?,
  _ ctxCreateParams: UnsafeMutablePointer<CUctxCreateParams>?, _ flags: UInt32, _ dev: CUdevice
) -> CUresult {
  call { d throws(Failure) in
    try require(pctx).pointee = try d.contextCreate(dev, flags: flags, apiVersion: 12050)
  }
}

@c(cuCtxDestroy) public func cuCtxDestroy(_ ctx: CUcontext?) -> CUresult {
  call { d throws(Failure) in try d.contextDestroy(ctx) }
}

@c(cuCtxDestroy_v2) public func cuCtxDestroy_v2(_ ctx: CUcontext?) -> CUresult {
  call { d throws(Failure) in try d.contextDestroy(ctx) }
}

@c(cuCtxPushCurrent) public func cuCtxPushCurrent(_ ctx: CUcontext?) -> CUresult {
  call { d throws(Failure) in try d.contextPush(ctx) }
}

@c(cuCtxPushCurrent_v2) public func cuCtxPushCurrent_v2(_ ctx: CUcontext?) -> CUresult {
  call { d throws(Failure) in try d.contextPush(ctx) }
}

@c(cuCtxPopCurrent) public func cuCtxPopCurrent(
  _ pctx: UnsafeMutablePointer<CUcontext?>?
) -> CUresult {
  call { d throws(Failure) in
    let context = try d.contextPop()
    pctx?.pointee = context
  }
}

@c(cuCtxPopCurrent_v2) public func cuCtxPopCurrent_v2(
  _ pctx: UnsafeMutablePointer<CUcontext?>?
) -> CUresult {
  call { d throws(Failure) in
    let context = try d.contextPop()
    pctx?.pointee = context
  }
}

@c(cuCtxSetCurrent) public func cuCtxSetCurrent(_ ctx: CUcontext?) -> CUresult {
  call { d throws(Failure) in try d.contextSetCurrent(ctx) }
}

@c(cuCtxGetCurrent) public func cuCtxGetCurrent(
  _ pctx: UnsafeMutablePointer<CUcontext?>?
) -> CUresult {
  call { d throws(Failure) in try require(pctx).pointee = d.contextCurrent() }
}

@c(cuCtxGetDevice) public func cuCtxGetDevice(
  _ device: UnsafeMutablePointer<CUdevice>?
) -> CUresult {
  call { d throws(Failure) in try require(device).pointee = try d.contextDevice() }
}

@c(cuCtxGetDevice_v2) public func cuCtxGetDevice_v2(
  _ device: UnsafeMutablePointer<CUdevice>?, _ ctx: CUcontext?
) -> CUresult {
  call { d throws(Failure) in try require(device).pointee = try d.contextDevice(ctx) }
}

@c(cuCtxGetApiVersion) public func cuCtxGetApiVersion(
  _ ctx: CUcontext?, _ version: UnsafeMutablePointer<UInt32>?
) -> CUresult {
  call { d throws(Failure) in try require(version).pointee = try d.contextApiVersion(ctx) }
}

@c(cuCtxGetFlags) public func cuCtxGetFlags(_ flags: UnsafeMutablePointer<UInt32>?) -> CUresult {
  call { d throws(Failure) in try require(flags).pointee = try d.contextFlags() }
}

@c(cuCtxSetFlags) public func cuCtxSetFlags(_ flags: UInt32) -> CUresult {
  call { d throws(Failure) in try d.contextSetFlags(flags) }
}

@c(cuCtxGetId) public func cuCtxGetId(
  _ ctx: CUcontext?, _ ctxId: UnsafeMutablePointer<UInt64>?
) -> CUresult {
  call { d throws(Failure) in try require(ctxId).pointee = try d.contextId(ctx) }
}

@c(cuCtxGetLimit) public func cuCtxGetLimit(
  _ pvalue: UnsafeMutablePointer<Int>?, _ limit: CUlimit
) -> CUresult {
  call { d throws(Failure) in try require(pvalue).pointee = try d.contextLimit(limit) }
}

@c(cuCtxSetLimit) public func cuCtxSetLimit(_ limit: CUlimit, _ value: Int) -> CUresult {
  call { d throws(Failure) in try d.contextSetLimit(limit, value) }
}

@c(cuCtxGetCacheConfig) public func cuCtxGetCacheConfig(
  _ pconfig: UnsafeMutablePointer<CUfunc_cache>?
) -> CUresult {
  call { d throws(Failure) in try require(pconfig).pointee = try d.contextCacheConfig() }
}

@c(cuCtxSetCacheConfig) public func cuCtxSetCacheConfig(_ config: CUfunc_cache) -> CUresult {
  call { d throws(Failure) in try d.contextSetCacheConfig(config) }
}

@c(cuCtxGetSharedMemConfig) public func cuCtxGetSharedMemConfig(
  _ pConfig: UnsafeMutablePointer<CUsharedconfig>?
) -> CUresult {
  call { d throws(Failure) in
    _ = try d.contextFlags()
    try require(pConfig).pointee = CU_SHARED_MEM_CONFIG_FOUR_BYTE_BANK_SIZE
  }
}

@c(cuCtxSetSharedMemConfig) public func cuCtxSetSharedMemConfig(
  _ config: CUsharedconfig
) -> CUresult {
  call { d throws(Failure) in _ = try d.contextFlags() }
}

@c(cuCtxResetPersistingL2Cache) public func cuCtxResetPersistingL2Cache() -> CUresult {
  call { d throws(Failure) in _ = try d.contextFlags() }
}

@c(cuCtxGetStreamPriorityRange) public func cuCtxGetStreamPriorityRange(
  _ leastPriority: UnsafeMutablePointer<Int32>?, _ greatestPriority: UnsafeMutablePointer<Int32>?
) -> CUresult {
  call { d throws(Failure) in
    _ = try d.contextFlags()
    leastPriority?.pointee = 0
    greatestPriority?.pointee = -5
  }
}

@c(cuCtxSynchronize) public func cuCtxSynchronize() -> CUresult {
  call { d throws(Failure) in try d.contextSynchronize() }
}

@c(cuCtxSynchronize_v2) public func cuCtxSynchronize_v2(_ ctx: CUcontext?) -> CUresult {
  call { d throws(Failure) in try d.contextSynchronize(ctx) }
}

@c(cuCtxRecordEvent) public func cuCtxRecordEvent(
  _ hCtx: CUcontext?, _ hEvent: CUevent?
) -> CUresult {
  call { d throws(Failure) in try d.contextRecord(hCtx, hEvent) }
}

@c(cuCtxWaitEvent) public func cuCtxWaitEvent(_ hCtx: CUcontext?, _ hEvent: CUevent?) -> CUresult {
  call { d throws(Failure) in try d.contextWait(hCtx, hEvent) }
}

@c(cuCtxEnablePeerAccess) public func cuCtxEnablePeerAccess(
  _ peerContext: CUcontext?, _ Flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    if Flags != 0 { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    try d.enablePeer(peerContext)
  }
}

@c(cuCtxDisablePeerAccess) public func cuCtxDisablePeerAccess(
  _ peerContext: CUcontext?
) -> CUresult {
  call { d throws(Failure) in try d.disablePeer(peerContext) }
}
