// Memory sets, each stream form twice: legacy and per-thread default stream.

public import CDriver
import SimulatedGPU

@c(cuMemsetD8_v2) public func cuMemsetD8_v2(
  _ dstDevice: CUdeviceptr, _ uc: UInt8, _ N: Int
) -> CUresult {
  call { d throws(Failure) in
    try d.fill(
      Fill(dstDevice, UInt32(uc), elementBytes: 1, width: N), on: nil, perThread: false,
      .synchronous)
  }
}

@c(cuMemsetD8_v2_ptds) public func cuMemsetD8_v2_ptds(
  _ dstDevice: CUdeviceptr, _ uc: UInt8, _ N: Int
) -> CUresult {
  call { d throws(Failure) in
    try d.fill(
      Fill(dstDevice, UInt32(uc), elementBytes: 1, width: N), on: nil, perThread: true,
      .synchronous)
  }
}

@c(cuMemsetD8Async) public func cuMemsetD8Async(
  _ dstDevice: CUdeviceptr, _ uc: UInt8, _ N: Int, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.fill(
      Fill(dstDevice, UInt32(uc), elementBytes: 1, width: N), on: hStream, perThread: false,
      .asynchronous)
  }
}

@c(cuMemsetD8Async_ptsz) public func cuMemsetD8Async_ptsz(
  _ dstDevice: CUdeviceptr, _ uc: UInt8, _ N: Int, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.fill(
      Fill(dstDevice, UInt32(uc), elementBytes: 1, width: N), on: hStream, perThread: true,
      .asynchronous)
  }
}

@c(cuMemsetD2D8_v2) public func cuMemsetD2D8_v2(
  _ dstDevice: CUdeviceptr, _ dstPitch: Int, _ uc: UInt8, _ Width: Int, _ Height: Int
) -> CUresult {
  call { d throws(Failure) in
    try d.fill(
      Fill(
        dstDevice, UInt32(uc), elementBytes: 1, width: Width, height: Height, pitch: dstPitch),
      on: nil, perThread: false, .synchronous)
  }
}

@c(cuMemsetD2D8_v2_ptds) public func cuMemsetD2D8_v2_ptds(
  _ dstDevice: CUdeviceptr, _ dstPitch: Int, _ uc: UInt8, _ Width: Int, _ Height: Int
) -> CUresult {
  call { d throws(Failure) in
    try d.fill(
      Fill(
        dstDevice, UInt32(uc), elementBytes: 1, width: Width, height: Height, pitch: dstPitch),
      on: nil, perThread: true, .synchronous)
  }
}

@c(cuMemsetD2D8Async) public func cuMemsetD2D8Async(
  _ dstDevice: CUdeviceptr, _ dstPitch: Int, _ uc: UInt8, _ Width: Int, _ Height: Int,
  _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.fill(
      Fill(
        dstDevice, UInt32(uc), elementBytes: 1, width: Width, height: Height, pitch: dstPitch),
      on: hStream, perThread: false, .asynchronous)
  }
}

@c(cuMemsetD2D8Async_ptsz) public func cuMemsetD2D8Async_ptsz(
  _ dstDevice: CUdeviceptr, _ dstPitch: Int, _ uc: UInt8, _ Width: Int, _ Height: Int,
  _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.fill(
      Fill(
        dstDevice, UInt32(uc), elementBytes: 1, width: Width, height: Height, pitch: dstPitch),
      on: hStream, perThread: true, .asynchronous)
  }
}

@c(cuMemsetD16_v2) public func cuMemsetD16_v2(
  _ dstDevice: CUdeviceptr, _ us: UInt16, _ N: Int
) -> CUresult {
  call { d throws(Failure) in
    try d.fill(
      Fill(dstDevice, UInt32(us), elementBytes: 2, width: N), on: nil, perThread: false,
      .synchronous)
  }
}

@c(cuMemsetD16_v2_ptds) public func cuMemsetD16_v2_ptds(
  _ dstDevice: CUdeviceptr, _ us: UInt16, _ N: Int
) -> CUresult {
  call { d throws(Failure) in
    try d.fill(
      Fill(dstDevice, UInt32(us), elementBytes: 2, width: N), on: nil, perThread: true,
      .synchronous)
  }
}

@c(cuMemsetD16Async) public func cuMemsetD16Async(
  _ dstDevice: CUdeviceptr, _ us: UInt16, _ N: Int, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.fill(
      Fill(dstDevice, UInt32(us), elementBytes: 2, width: N), on: hStream, perThread: false,
      .asynchronous)
  }
}

@c(cuMemsetD16Async_ptsz) public func cuMemsetD16Async_ptsz(
  _ dstDevice: CUdeviceptr, _ us: UInt16, _ N: Int, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.fill(
      Fill(dstDevice, UInt32(us), elementBytes: 2, width: N), on: hStream, perThread: true,
      .asynchronous)
  }
}

@c(cuMemsetD2D16_v2) public func cuMemsetD2D16_v2(
  _ dstDevice: CUdeviceptr, _ dstPitch: Int, _ us: UInt16, _ Width: Int, _ Height: Int
) -> CUresult {
  call { d throws(Failure) in
    try d.fill(
      Fill(
        dstDevice, UInt32(us), elementBytes: 2, width: Width, height: Height, pitch: dstPitch),
      on: nil, perThread: false, .synchronous)
  }
}

@c(cuMemsetD2D16_v2_ptds) public func cuMemsetD2D16_v2_ptds(
  _ dstDevice: CUdeviceptr, _ dstPitch: Int, _ us: UInt16, _ Width: Int, _ Height: Int
) -> CUresult {
  call { d throws(Failure) in
    try d.fill(
      Fill(
        dstDevice, UInt32(us), elementBytes: 2, width: Width, height: Height, pitch: dstPitch),
      on: nil, perThread: true, .synchronous)
  }
}

@c(cuMemsetD2D16Async) public func cuMemsetD2D16Async(
  _ dstDevice: CUdeviceptr, _ dstPitch: Int, _ us: UInt16, _ Width: Int, _ Height: Int,
  _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.fill(
      Fill(
        dstDevice, UInt32(us), elementBytes: 2, width: Width, height: Height, pitch: dstPitch),
      on: hStream, perThread: false, .asynchronous)
  }
}

@c(cuMemsetD2D16Async_ptsz) public func cuMemsetD2D16Async_ptsz(
  _ dstDevice: CUdeviceptr, _ dstPitch: Int, _ us: UInt16, _ Width: Int, _ Height: Int,
  _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.fill(
      Fill(
        dstDevice, UInt32(us), elementBytes: 2, width: Width, height: Height, pitch: dstPitch),
      on: hStream, perThread: true, .asynchronous)
  }
}

@c(cuMemsetD32_v2) public func cuMemsetD32_v2(
  _ dstDevice: CUdeviceptr, _ ui: UInt32, _ N: Int
) -> CUresult {
  call { d throws(Failure) in
    try d.fill(
      Fill(dstDevice, UInt32(ui), elementBytes: 4, width: N), on: nil, perThread: false,
      .synchronous)
  }
}

@c(cuMemsetD32_v2_ptds) public func cuMemsetD32_v2_ptds(
  _ dstDevice: CUdeviceptr, _ ui: UInt32, _ N: Int
) -> CUresult {
  call { d throws(Failure) in
    try d.fill(
      Fill(dstDevice, UInt32(ui), elementBytes: 4, width: N), on: nil, perThread: true,
      .synchronous)
  }
}

@c(cuMemsetD32Async) public func cuMemsetD32Async(
  _ dstDevice: CUdeviceptr, _ ui: UInt32, _ N: Int, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.fill(
      Fill(dstDevice, UInt32(ui), elementBytes: 4, width: N), on: hStream, perThread: false,
      .asynchronous)
  }
}

@c(cuMemsetD32Async_ptsz) public func cuMemsetD32Async_ptsz(
  _ dstDevice: CUdeviceptr, _ ui: UInt32, _ N: Int, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.fill(
      Fill(dstDevice, UInt32(ui), elementBytes: 4, width: N), on: hStream, perThread: true,
      .asynchronous)
  }
}

@c(cuMemsetD2D32_v2) public func cuMemsetD2D32_v2(
  _ dstDevice: CUdeviceptr, _ dstPitch: Int, _ ui: UInt32, _ Width: Int, _ Height: Int
) -> CUresult {
  call { d throws(Failure) in
    try d.fill(
      Fill(
        dstDevice, UInt32(ui), elementBytes: 4, width: Width, height: Height, pitch: dstPitch),
      on: nil, perThread: false, .synchronous)
  }
}

@c(cuMemsetD2D32_v2_ptds) public func cuMemsetD2D32_v2_ptds(
  _ dstDevice: CUdeviceptr, _ dstPitch: Int, _ ui: UInt32, _ Width: Int, _ Height: Int
) -> CUresult {
  call { d throws(Failure) in
    try d.fill(
      Fill(
        dstDevice, UInt32(ui), elementBytes: 4, width: Width, height: Height, pitch: dstPitch),
      on: nil, perThread: true, .synchronous)
  }
}

@c(cuMemsetD2D32Async) public func cuMemsetD2D32Async(
  _ dstDevice: CUdeviceptr, _ dstPitch: Int, _ ui: UInt32, _ Width: Int, _ Height: Int,
  _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.fill(
      Fill(
        dstDevice, UInt32(ui), elementBytes: 4, width: Width, height: Height, pitch: dstPitch),
      on: hStream, perThread: false, .asynchronous)
  }
}

@c(cuMemsetD2D32Async_ptsz) public func cuMemsetD2D32Async_ptsz(
  _ dstDevice: CUdeviceptr, _ dstPitch: Int, _ ui: UInt32, _ Width: Int, _ Height: Int,
  _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.fill(
      Fill(
        dstDevice, UInt32(ui), elementBytes: 4, width: Width, height: Height, pitch: dstPitch),
      on: hStream, perThread: true, .asynchronous)
  }
}
