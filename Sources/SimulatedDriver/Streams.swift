// Streams and events.

public import CDriver
import SimulatedGPU

@c(cuStreamCreate) public func cuStreamCreate(
  _ phStream: UnsafeMutablePointer<CUstream?>?, _ Flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    try require(phStream).pointee = try d.streamCreate(Flags, priority: 0)
  }
}

@c(cuStreamCreateWithPriority) public func cuStreamCreateWithPriority(
  _ phStream: UnsafeMutablePointer<CUstream?>?, _ flags: UInt32, _ priority: Int32
) -> CUresult {
  call { d throws(Failure) in
    try require(phStream).pointee = try d.streamCreate(flags, priority: priority)
  }
}

@c(cuStreamDestroy) public func cuStreamDestroy(_ hStream: CUstream?) -> CUresult {
  call { d throws(Failure) in try d.streamDestroy(hStream) }
}

@c(cuStreamDestroy_v2) public func cuStreamDestroy_v2(_ hStream: CUstream?) -> CUresult {
  call { d throws(Failure) in try d.streamDestroy(hStream) }
}

@c(cuStreamQuery) public func cuStreamQuery(_ hStream: CUstream?) -> CUresult {
  call { d throws(Failure) in try d.streamQuery(hStream, perThread: false) }
}

@c(cuStreamQuery_ptsz) public func cuStreamQuery_ptsz(_ hStream: CUstream?) -> CUresult {
  call { d throws(Failure) in try d.streamQuery(hStream, perThread: true) }
}

@c(cuStreamSynchronize) public func cuStreamSynchronize(_ hStream: CUstream?) -> CUresult {
  call { d throws(Failure) in try d.streamSynchronize(hStream, perThread: false) }
}

@c(cuStreamSynchronize_ptsz) public func cuStreamSynchronize_ptsz(
  _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in try d.streamSynchronize(hStream, perThread: true) }
}

@c(cuStreamGetFlags) public func cuStreamGetFlags(
  _ hStream: CUstream?, _ flags: UnsafeMutablePointer<UInt32>?
) -> CUresult {
  call { d throws(Failure) in
    try require(flags).pointee = try d.streamFlags(hStream, perThread: false)
  }
}

@c(cuStreamGetFlags_ptsz) public func cuStreamGetFlags_ptsz(
  _ hStream: CUstream?, _ flags: UnsafeMutablePointer<UInt32>?
) -> CUresult {
  call { d throws(Failure) in
    try require(flags).pointee = try d.streamFlags(hStream, perThread: true)
  }
}

@c(cuStreamGetPriority) public func cuStreamGetPriority(
  _ hStream: CUstream?, _ priority: UnsafeMutablePointer<Int32>?
) -> CUresult {
  call { d throws(Failure) in
    try require(priority).pointee = try d.streamPriority(hStream, perThread: false)
  }
}

@c(cuStreamGetPriority_ptsz) public func cuStreamGetPriority_ptsz(
  _ hStream: CUstream?, _ priority: UnsafeMutablePointer<Int32>?
) -> CUresult {
  call { d throws(Failure) in
    try require(priority).pointee = try d.streamPriority(hStream, perThread: true)
  }
}

@c(cuStreamGetId) public func cuStreamGetId(
  _ hStream: CUstream?, _ streamId: UnsafeMutablePointer<UInt64>?
) -> CUresult {
  call { d throws(Failure) in
    try require(streamId).pointee = try d.streamId(hStream, perThread: false)
  }
}

@c(cuStreamGetId_ptsz) public func cuStreamGetId_ptsz(
  _ hStream: CUstream?, _ streamId: UnsafeMutablePointer<UInt64>?
) -> CUresult {
  call { d throws(Failure) in
    try require(streamId).pointee = try d.streamId(hStream, perThread: true)
  }
}

@c(cuStreamGetCtx) public func cuStreamGetCtx(
  _ hStream: CUstream?, _ pctx: UnsafeMutablePointer<CUcontext?>?
) -> CUresult {
  call { d throws(Failure) in
    try require(pctx).pointee = try d.streamContext(hStream, perThread: false)
  }
}

@c(cuStreamGetCtx_ptsz) public func cuStreamGetCtx_ptsz(
  _ hStream: CUstream?, _ pctx: UnsafeMutablePointer<CUcontext?>?
) -> CUresult {
  call { d throws(Failure) in
    try require(pctx).pointee = try d.streamContext(hStream, perThread: true)
  }
}

@c(cuStreamGetDevice) public func cuStreamGetDevice(
  _ hStream: CUstream?, _ device: UnsafeMutablePointer<CUdevice>?
) -> CUresult {
  call { d throws(Failure) in
    try require(device).pointee = try d.streamDevice(hStream, perThread: false)
  }
}

@c(cuStreamGetDevice_ptsz) public func cuStreamGetDevice_ptsz(
  _ hStream: CUstream?, _ device: UnsafeMutablePointer<CUdevice>?
) -> CUresult {
  call { d throws(Failure) in
    try require(device).pointee = try d.streamDevice(hStream, perThread: true)
  }
}

@c(cuStreamWaitEvent) public func cuStreamWaitEvent(
  _ hStream: CUstream?, _ hEvent: CUevent?, _ Flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    if Flags & ~1 != 0 { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    try d.streamWaitEvent(hStream, hEvent, perThread: false)
  }
}

@c(cuStreamWaitEvent_ptsz) public func cuStreamWaitEvent_ptsz(
  _ hStream: CUstream?, _ hEvent: CUevent?, _ Flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    if Flags & ~1 != 0 { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    try d.streamWaitEvent(hStream, hEvent, perThread: true)
  }
}

@c(cuLaunchHostFunc) public func cuLaunchHostFunc(
  _ hStream: CUstream?, _ fn: CUhostFn?, _ userData: UnsafeMutableRawPointer?
) -> CUresult {
  call { d throws(Failure) in
    let function = HostCall(try require(fn), userData)
    try d.launchHostFunction(hStream, perThread: false) { function() }
  }
}

@c(cuLaunchHostFunc_ptsz) public func cuLaunchHostFunc_ptsz(
  _ hStream: CUstream?, _ fn: CUhostFn?, _ userData: UnsafeMutableRawPointer?
) -> CUresult {
  call { d throws(Failure) in
    let function = HostCall(try require(fn), userData)
    try d.launchHostFunction(hStream, perThread: true) { function() }
  }
}

@c(cuStreamAddCallback) public func cuStreamAddCallback(
  _ hStream: CUstream?, _ callback: CUstreamCallback?, _ userData: UnsafeMutableRawPointer?,
  _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    if flags != 0 { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    let function = StreamCall(try require(callback), hStream, userData)
    try d.addCallback(hStream, perThread: false) { function($0) }
  }
}

@c(cuStreamAddCallback_ptsz) public func cuStreamAddCallback_ptsz(
  _ hStream: CUstream?, _ callback: CUstreamCallback?, _ userData: UnsafeMutableRawPointer?,
  _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    if flags != 0 { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    let function = StreamCall(try require(callback), hStream, userData)
    try d.addCallback(hStream, perThread: true) { function($0) }
  }
}

@c(cuStreamWaitValue32) public func cuStreamWaitValue32(
  _ stream: CUstream?, _ addr: CUdeviceptr, _ value: UInt32, _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    try d.streamWaitValue(
      stream, addr, UInt64(value), bytes: 4, flags: flags, perThread: false)
  }
}

@c(cuStreamWaitValue32_ptsz) public func cuStreamWaitValue32_ptsz(
  _ stream: CUstream?, _ addr: CUdeviceptr, _ value: UInt32, _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    try d.streamWaitValue(
      stream, addr, UInt64(value), bytes: 4, flags: flags, perThread: true)
  }
}

@c(cuStreamWaitValue32_v2) public func cuStreamWaitValue32_v2(
  _ stream: CUstream?, _ addr: CUdeviceptr, _ value: UInt32, _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    try d.streamWaitValue(
      stream, addr, UInt64(value), bytes: 4, flags: flags, perThread: false)
  }
}

@c(cuStreamWaitValue32_v2_ptsz) public func cuStreamWaitValue32_v2_ptsz(
  _ stream: CUstream?, _ addr: CUdeviceptr, _ value: UInt32, _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    try d.streamWaitValue(
      stream, addr, UInt64(value), bytes: 4, flags: flags, perThread: true)
  }
}

@c(cuStreamWriteValue32) public func cuStreamWriteValue32(
  _ stream: CUstream?, _ addr: CUdeviceptr, _ value: UInt32, _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    try d.streamWriteValue(
      stream, addr, UInt64(value), bytes: 4, flags: flags, perThread: false)
  }
}

@c(cuStreamWriteValue32_ptsz) public func cuStreamWriteValue32_ptsz(
  _ stream: CUstream?, _ addr: CUdeviceptr, _ value: UInt32, _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    try d.streamWriteValue(
      stream, addr, UInt64(value), bytes: 4, flags: flags, perThread: true)
  }
}

@c(cuStreamWriteValue32_v2) public func cuStreamWriteValue32_v2(
  _ stream: CUstream?, _ addr: CUdeviceptr, _ value: UInt32, _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    try d.streamWriteValue(
      stream, addr, UInt64(value), bytes: 4, flags: flags, perThread: false)
  }
}

@c(cuStreamWriteValue32_v2_ptsz) public func cuStreamWriteValue32_v2_ptsz(
  _ stream: CUstream?, _ addr: CUdeviceptr, _ value: UInt32, _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    try d.streamWriteValue(
      stream, addr, UInt64(value), bytes: 4, flags: flags, perThread: true)
  }
}

@c(cuStreamWaitValue64) public func cuStreamWaitValue64(
  _ stream: CUstream?, _ addr: CUdeviceptr, _ value: UInt64, _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    try d.streamWaitValue(
      stream, addr, UInt64(value), bytes: 8, flags: flags, perThread: false)
  }
}

@c(cuStreamWaitValue64_ptsz) public func cuStreamWaitValue64_ptsz(
  _ stream: CUstream?, _ addr: CUdeviceptr, _ value: UInt64, _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    try d.streamWaitValue(
      stream, addr, UInt64(value), bytes: 8, flags: flags, perThread: true)
  }
}

@c(cuStreamWaitValue64_v2) public func cuStreamWaitValue64_v2(
  _ stream: CUstream?, _ addr: CUdeviceptr, _ value: UInt64, _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    try d.streamWaitValue(
      stream, addr, UInt64(value), bytes: 8, flags: flags, perThread: false)
  }
}

@c(cuStreamWaitValue64_v2_ptsz) public func cuStreamWaitValue64_v2_ptsz(
  _ stream: CUstream?, _ addr: CUdeviceptr, _ value: UInt64, _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    try d.streamWaitValue(
      stream, addr, UInt64(value), bytes: 8, flags: flags, perThread: true)
  }
}

@c(cuStreamWriteValue64) public func cuStreamWriteValue64(
  _ stream: CUstream?, _ addr: CUdeviceptr, _ value: UInt64, _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    try d.streamWriteValue(
      stream, addr, UInt64(value), bytes: 8, flags: flags, perThread: false)
  }
}

@c(cuStreamWriteValue64_ptsz) public func cuStreamWriteValue64_ptsz(
  _ stream: CUstream?, _ addr: CUdeviceptr, _ value: UInt64, _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    try d.streamWriteValue(
      stream, addr, UInt64(value), bytes: 8, flags: flags, perThread: true)
  }
}

@c(cuStreamWriteValue64_v2) public func cuStreamWriteValue64_v2(
  _ stream: CUstream?, _ addr: CUdeviceptr, _ value: UInt64, _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    try d.streamWriteValue(
      stream, addr, UInt64(value), bytes: 8, flags: flags, perThread: false)
  }
}

@c(cuStreamWriteValue64_v2_ptsz) public func cuStreamWriteValue64_v2_ptsz(
  _ stream: CUstream?, _ addr: CUdeviceptr, _ value: UInt64, _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    try d.streamWriteValue(
      stream, addr, UInt64(value), bytes: 8, flags: flags, perThread: true)
  }
}

@c(cuEventCreate) public func cuEventCreate(
  _ phEvent: UnsafeMutablePointer<CUevent?>?, _ Flags: UInt32
) -> CUresult {
  call { d throws(Failure) in try require(phEvent).pointee = try d.eventCreate(Flags) }
}

@c(cuEventDestroy) public func cuEventDestroy(_ hEvent: CUevent?) -> CUresult {
  call { d throws(Failure) in try d.eventDestroy(hEvent) }
}

@c(cuEventDestroy_v2) public func cuEventDestroy_v2(_ hEvent: CUevent?) -> CUresult {
  call { d throws(Failure) in try d.eventDestroy(hEvent) }
}

@c(cuEventRecord) public func cuEventRecord(_ hEvent: CUevent?, _ hStream: CUstream?) -> CUresult {
  call { d throws(Failure) in try d.eventRecord(hEvent, hStream, perThread: false) }
}

@c(cuEventRecord_ptsz) public func cuEventRecord_ptsz(
  _ hEvent: CUevent?, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in try d.eventRecord(hEvent, hStream, perThread: true) }
}

@c(cuEventRecordWithFlags) public func cuEventRecordWithFlags(
  _ hEvent: CUevent?, _ hStream: CUstream?, _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    if flags & ~1 != 0 { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    try d.eventRecord(hEvent, hStream, perThread: false)
  }
}

@c(cuEventRecordWithFlags_ptsz) public func cuEventRecordWithFlags_ptsz(
  _ hEvent: CUevent?, _ hStream: CUstream?, _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in
    if flags & ~1 != 0 { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    try d.eventRecord(hEvent, hStream, perThread: true)
  }
}

@c(cuEventQuery) public func cuEventQuery(_ hEvent: CUevent?) -> CUresult {
  call { d throws(Failure) in try d.eventQuery(hEvent) }
}

@c(cuEventSynchronize) public func cuEventSynchronize(_ hEvent: CUevent?) -> CUresult {
  call { d throws(Failure) in try d.eventSynchronize(hEvent) }
}

@c(cuEventElapsedTime) public func cuEventElapsedTime(
  _ pMilliseconds: UnsafeMutablePointer<Float>?, _ hStart: CUevent?, _ hEnd: CUevent?
) -> CUresult {
  call { d throws(Failure) in
    try require(pMilliseconds).pointee = try d.eventElapsed(hStart, hEnd)
  }
}

@c(cuEventElapsedTime_v2) public func cuEventElapsedTime_v2(
  _ pMilliseconds: UnsafeMutablePointer<Float>?, _ hStart: CUevent?, _ hEnd: CUevent?
) -> CUresult {
  call { d throws(Failure) in
    try require(pMilliseconds).pointee = try d.eventElapsed(hStart, hEnd)
  }
}
