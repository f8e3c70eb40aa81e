// Stream capture: the names that begin, end and ask about it.

public import CDriver
import SimulatedGPU

@c(cuStreamBeginCapture) public func cuStreamBeginCapture(_ hStream: CUstream?) -> CUresult {
  call { d throws(Failure) in
    try d.captureBegin(
      hStream, perThread: false, CU_STREAM_CAPTURE_MODE_GLOBAL)
  }
}

@c(cuStreamBeginCapture_ptsz) public func cuStreamBeginCapture_ptsz(
  _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    try d.captureBegin(
      hStream, perThread: true, CU_STREAM_CAPTURE_MODE_GLOBAL)
  }
}

@c(cuStreamBeginCapture_v2) public func cuStreamBeginCapture_v2(
  _ hStream: CUstream?, _ mode: CUstreamCaptureMode
) -> CUresult {
  call { d throws(Failure) in try d.captureBegin(hStream, perThread: false, mode) }
}

@c(cuStreamBeginCapture_v2_ptsz) public func cuStreamBeginCapture_v2_ptsz(
  _ hStream: CUstream?, _ mode: CUstreamCaptureMode
) -> CUresult {
  call { d throws(Failure) in try d.captureBegin(hStream, perThread: true, mode) }
}

@c(cuStreamBeginCaptureToGraph) public func cuStreamBeginCaptureToGraph(
  _ hStream: CUstream?, _ hGraph: CUgraph?, _ dependencies: UnsafePointer<CUgraphNode?>?,
  _ dependencyData: UnsafePointer<CUgraphEdgeData>?, _ numDependencies: Int,
  _ mode: CUstreamCaptureMode
) -> CUresult {
  call { d throws(Failure) in
    try d.captureBegin(
      hStream, perThread: false, mode, into: hGraph, after: dependencies, count: numDependencies)
  }
}

@c(cuStreamBeginCaptureToGraph_ptsz) public func cuStreamBeginCaptureToGraph_ptsz(
  _ hStream: CUstream?, _ hGraph: CUgraph?, _ dependencies: UnsafePointer<CUgraphNode?>?,
  _ dependencyData: UnsafePointer<CUgraphEdgeData>?, _ numDependencies: Int,
  _ mode: CUstreamCaptureMode
) -> CUresult {
  call { d throws(Failure) in
    try d.captureBegin(
      hStream, perThread: true, mode, into: hGraph, after: dependencies, count: numDependencies)
  }
}

@c(cuStreamEndCapture) public func cuStreamEndCapture(
  _ hStream: CUstream?, _ phGraph: UnsafeMutablePointer<CUgraph?>?
) -> CUresult {
  call { d throws(Failure) in
    let place = try require(phGraph)
    place.pointee = nil
    place.pointee = try d.captureEnd(hStream, perThread: false)
  }
}

@c(cuStreamEndCapture_ptsz) public func cuStreamEndCapture_ptsz(
  _ hStream: CUstream?, _ phGraph: UnsafeMutablePointer<CUgraph?>?
) -> CUresult {
  call { d throws(Failure) in
    let place = try require(phGraph)
    place.pointee = nil
    place.pointee = try d.captureEnd(hStream, perThread: true)
  }
}

@c(cuStreamIsCapturing) public func cuStreamIsCapturing(
  _ hStream: CUstream?, _ captureStatus: UnsafeMutablePointer<CUstreamCaptureStatus>?
) -> CUresult {
  call { d throws(Failure) in
    try require(captureStatus).pointee = try d.captureInfo(hStream, perThread: false).status
  }
}

@c(cuStreamIsCapturing_ptsz) public func cuStreamIsCapturing_ptsz(
  _ hStream: CUstream?, _ captureStatus: UnsafeMutablePointer<CUstreamCaptureStatus>?
) -> CUresult {
  call { d throws(Failure) in
    try require(captureStatus).pointee = try d.captureInfo(hStream, perThread: true).status
  }
}

@c(cuStreamGetCaptureInfo) public func cuStreamGetCaptureInfo(
  _ hStream: CUstream?, _ captureStatus_out: UnsafeMutablePointer<CUstreamCaptureStatus>?,
  _ id_out: UnsafeMutablePointer<UInt64>?
) -> CUresult {
  call { d throws(Failure) in
    let info = try d.captureInfo(hStream, perThread: false)
    try require(captureStatus_out).pointee = info.status
    id_out?.pointee = info.id
  }
}

@c(cuStreamGetCaptureInfo_ptsz) public func cuStreamGetCaptureInfo_ptsz(
  _ hStream: CUstream?, _ captureStatus_out: UnsafeMutablePointer<CUstreamCaptureStatus>?,
  _ id_out: UnsafeMutablePointer<UInt64>?
) -> CUresult {
  call { d throws(Failure) in
    let info = try d.captureInfo(hStream, perThread: true)
    try require(captureStatus_out).pointee = info.status
    id_out?.pointee = info.id
  }
}

@c(cuStreamGetCaptureInfo_v2) public func cuStreamGetCaptureInfo_v2(
  _ hStream: CUstream?, _ captureStatus_out: UnsafeMutablePointer<CUstreamCaptureStatus>?,
  _ id_out: UnsafeMutablePointer<UInt64>?, _ graph_out: UnsafeMutablePointer<CUgraph?>?,
  _ dependencies_out: UnsafeMutablePointer<UnsafePointer<CUgraphNode?>?>?,
  _ numDependencies_out: UnsafeMutablePointer<Int>?
) -> CUresult {
  call { d throws(Failure) in
    let info = try d.captureInfo(hStream, perThread: false)
    try require(captureStatus_out).pointee = info.status
    id_out?.pointee = info.id
    graph_out?.pointee = info.graph
    CaptureList.show(info.dependencies, dependencies_out, numDependencies_out)
  }
}

@c(cuStreamGetCaptureInfo_v2_ptsz) public func cuStreamGetCaptureInfo_v2_ptsz(
  _ hStream: CUstream?, _ captureStatus_out: UnsafeMutablePointer<CUstreamCaptureStatus>?,
  _ id_out: UnsafeMutablePointer<UInt64>?, _ graph_out: UnsafeMutablePointer<CUgraph?>?,
  _ dependencies_out: UnsafeMutablePointer<UnsafePointer<CUgraphNode?>?>?,
  _ numDependencies_out: UnsafeMutablePointer<Int>?
) -> CUresult {
  call { d throws(Failure) in
    let info = try d.captureInfo(hStream, perThread: true)
    try require(captureStatus_out).pointee = info.status
    id_out?.pointee = info.id
    graph_out?.pointee = info.graph
    CaptureList.show(info.dependencies, dependencies_out, numDependencies_out)
  }
}

@c(cuStreamGetCaptureInfo_v3) public func cuStreamGetCaptureInfo_v3(
  _ hStream: CUstream?, _ captureStatus_out: UnsafeMutablePointer<CUstreamCaptureStatus>?,
  _ id_out: UnsafeMutablePointer<UInt64>?, _ graph_out: UnsafeMutablePointer<CUgraph?>?,
  _ dependencies_out: UnsafeMutablePointer<UnsafePointer<CUgraphNode?>?>?,
  _ edgeData_out: UnsafeMutablePointer<UnsafePointer<CUgraphEdgeData>?>?,
  _ numDependencies_out: UnsafeMutablePointer<Int>?
) -> CUresult {
  call { d throws(Failure) in
    let info = try d.captureInfo(hStream, perThread: false)
    try require(captureStatus_out).pointee = info.status
    id_out?.pointee = info.id
    graph_out?.pointee = info.graph
    edgeData_out?.pointee = nil
    CaptureList.show(info.dependencies, dependencies_out, numDependencies_out)
  }
}

@c(cuStreamGetCaptureInfo_v3_ptsz) public func cuStreamGetCaptureInfo_v3_ptsz(
  _ hStream: CUstream?, _ captureStatus_out: UnsafeMutablePointer<CUstreamCaptureStatus>?,
  _ id_out: UnsafeMutablePointer<UInt64>?, _ graph_out: UnsafeMutablePointer<CUgraph?>?,
  _ dependencies_out: UnsafeMutablePointer<UnsafePointer<CUgraphNode?>?>?,
  _ edgeData_out: UnsafeMutablePointer<UnsafePointer<CUgraphEdgeData>?>?,
  _ numDependencies_out: UnsafeMutablePointer<Int>?
) -> CUresult {
  call { d throws(Failure) in
    let info = try d.captureInfo(hStream, perThread: true)
    try require(captureStatus_out).pointee = info.status
    id_out?.pointee = info.id
    graph_out?.pointee = info.graph
    edgeData_out?.pointee = nil
    CaptureList.show(info.dependencies, dependencies_out, numDependencies_out)
  }
}

// The edge data of the later names is for kernels that start early, which there are not.

private func update(
  _ stream: CUstream?, _ nodes: UnsafeMutablePointer<CUgraphNode?>?, _ count: Int, _ flags: UInt32,
  perThread: Bool
) -> CUresult {
  call("cuStreamUpdateCaptureDependencies") { d throws(Failure) in
    if flags > CU_STREAM_SET_CAPTURE_DEPENDENCIES.rawValue {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    try d.captureUpdate(
      stream, perThread: perThread, nodes, count,
      replacing: flags == CU_STREAM_SET_CAPTURE_DEPENDENCIES.rawValue)
  }
}

@c(cuStreamUpdateCaptureDependencies) public func cuStreamUpdateCaptureDependencies(
  _ hStream: CUstream?, _ dependencies: UnsafeMutablePointer<CUgraphNode?>?,
  _ numDependencies: Int, _ flags: UInt32
) -> CUresult {
  update(hStream, dependencies, numDependencies, flags, perThread: false)
}

@c(cuStreamUpdateCaptureDependencies_ptsz) public func cuStreamUpdateCaptureDependencies_ptsz(
  _ hStream: CUstream?, _ dependencies: UnsafeMutablePointer<CUgraphNode?>?,
  _ numDependencies: Int, _ flags: UInt32
) -> CUresult {
  update(hStream, dependencies, numDependencies, flags, perThread: true)
}

@c(cuStreamUpdateCaptureDependencies_v2) public func cuStreamUpdateCaptureDependencies_v2(
  _ hStream: CUstream?, _ dependencies: UnsafeMutablePointer<CUgraphNode?>?,
  _ dependencyData: UnsafePointer<CUgraphEdgeData>?, _ numDependencies: Int, _ flags: UInt32
) -> CUresult {
  update(hStream, dependencies, numDependencies, flags, perThread: false)
}

@c(cuStreamUpdateCaptureDependencies_v2_ptsz)
public func cuStreamUpdateCaptureDependencies_v2_ptsz(
  _ hStream: CUstream?, _ dependencies: UnsafeMutablePointer<CUgraphNode?>?,
  _ dependencyData: UnsafePointer<CUgraphEdgeData>?, _ numDependencies: Int, _ flags: UInt32
) -> CUresult {
  update(hStream, dependencies, numDependencies, flags, perThread: true)
}

@c(cuThreadExchangeStreamCaptureMode) public func cuThreadExchangeStreamCaptureMode(
  _ mode: UnsafeMutablePointer<CUstreamCaptureMode>?
) -> CUresult {
  call { d throws(Failure) in
    let place = try require(mode)
    place.pointee = try d.exchangeCaptureMode(place.pointee)
  }
}
