// Nodes of any kind by one name, nodes of memory operations, and changes of nodes and instances.

public import CDriver
import SimulatedGPU

@c(cuGraphAddNode) public func cuGraphAddNode(
  _ phGraphNode: UnsafeMutablePointer<CUgraphNode?>?, _ hGraph: CUgraph?,
  _ dependencies: UnsafePointer<CUgraphNode?>?, _ numDependencies: Int,
  _ nodeParams: UnsafeMutablePointer<CUgraphNodeParams>?
) -> CUresult {
  call { d throws(Failure) in
    let place = try require(phGraphNode)
    place.pointee = try d.graphAdd(
      Driver.Placement(hGraph, dependencies, numDependencies), try require(nodeParams))
  }
}

@c(cuGraphAddNode_v2) public func cuGraphAddNode_v2(
  _ phGraphNode: UnsafeMutablePointer<CUgraphNode?>?, _ hGraph: CUgraph?,
  _ dependencies: UnsafePointer<CUgraphNode?>?, _ dependencyData: UnsafePointer<CUgraphEdgeData>?,
  _ numDependencies: Int, _ nodeParams: UnsafeMutablePointer<CUgraphNodeParams>?
) -> CUresult {
  call { d throws(Failure) in
    let place = try require(phGraphNode)
    place.pointee = try d.graphAdd(
      Driver.Placement(hGraph, dependencies, numDependencies), try require(nodeParams))
  }
}

@c(cuGraphNodeSetParams) public func cuGraphNodeSetParams(
  _ hNode: CUgraphNode?, _ nodeParams: UnsafeMutablePointer<CUgraphNodeParams>?
) -> CUresult {
  call { d throws(Failure) in
    let parameters = try require(nodeParams).pointee
    switch parameters.type {
    case CU_GRAPH_NODE_TYPE_KERNEL: try d.graphSetKernel(hNode, parameters.kernel)
    case CU_GRAPH_NODE_TYPE_MEMCPY:
      try d.graphSetCopy(hNode, try d.copy(parameters.memcpy.copyParams))
    case CU_GRAPH_NODE_TYPE_MEMSET: try d.graphSetFill(hNode, Fill(parameters.memset))
    case CU_GRAPH_NODE_TYPE_BATCH_MEM_OP: try d.graphSetOperations(hNode, parameters.memOp)
    default: throw Failure(CUDA_ERROR_NOT_SUPPORTED)
    }
  }
}

@c(cuGraphExecNodeSetParams) public func cuGraphExecNodeSetParams(
  _ hGraphExec: CUgraphExec?, _ hNode: CUgraphNode?,
  _ nodeParams: UnsafeMutablePointer<CUgraphNodeParams>?
) -> CUresult {
  call { d throws(Failure) in
    let parameters = try require(nodeParams).pointee
    switch parameters.type {
    case CU_GRAPH_NODE_TYPE_KERNEL: try d.graphExecSetKernel(hGraphExec, hNode, parameters.kernel)
    case CU_GRAPH_NODE_TYPE_MEMCPY:
      try d.graphExecSetCopy(hGraphExec, hNode, try d.copy(parameters.memcpy.copyParams))
    case CU_GRAPH_NODE_TYPE_MEMSET:
      try d.graphExecSetFill(hGraphExec, hNode, Fill(parameters.memset))
    case CU_GRAPH_NODE_TYPE_BATCH_MEM_OP:
      try d.graphExecSetOperations(hGraphExec, hNode, parameters.memOp)
    default: throw Failure(CUDA_ERROR_NOT_SUPPORTED)
    }
  }
}

@c(cuGraphAddBatchMemOpNode) public func cuGraphAddBatchMemOpNode(
  _ phGraphNode: UnsafeMutablePointer<CUgraphNode?>?, _ hGraph: CUgraph?,
  _ dependencies: UnsafePointer<CUgraphNode?>?, _ numDependencies: Int,
  _ nodeParams: UnsafePointer<CUDA_BATCH_MEM_OP_NODE_PARAMS>?
) -> CUresult {
  call { d throws(Failure) in
    let place = try require(phGraphNode)
    place.pointee = try d.graphAddOperations(
      Driver.Placement(hGraph, dependencies, numDependencies), try require(nodeParams).pointee)
  }
}

@c(cuGraphBatchMemOpNodeSetParams) public func cuGraphBatchMemOpNodeSetParams(
  _ hNode: CUgraphNode?, _ nodeParams: UnsafePointer<CUDA_BATCH_MEM_OP_NODE_PARAMS>?
) -> CUresult {
  call { d throws(Failure) in
    try d.graphSetOperations(hNode, try require(nodeParams).pointee)
  }
}

@c(cuGraphExecBatchMemOpNodeSetParams) public func cuGraphExecBatchMemOpNodeSetParams(
  _ hGraphExec: CUgraphExec?, _ hNode: CUgraphNode?,
  _ nodeParams: UnsafePointer<CUDA_BATCH_MEM_OP_NODE_PARAMS>?
) -> CUresult {
  call { d throws(Failure) in
    try d.graphExecSetOperations(hGraphExec, hNode, try require(nodeParams).pointee)
  }
}

@c(cuGraphMemcpyNodeSetParams) public func cuGraphMemcpyNodeSetParams(
  _ hNode: CUgraphNode?, _ nodeParams: UnsafePointer<CUDA_MEMCPY3D>?
) -> CUresult {
  call { d throws(Failure) in
    try d.graphSetCopy(hNode, try d.copy(try require(nodeParams).pointee))
  }
}

@c(cuGraphMemsetNodeSetParams) public func cuGraphMemsetNodeSetParams(
  _ hNode: CUgraphNode?, _ nodeParams: UnsafePointer<CUDA_MEMSET_NODE_PARAMS>?
) -> CUresult {
  call { d throws(Failure) in try d.graphSetFill(hNode, Fill(try require(nodeParams).pointee)) }
}

@c(cuGraphExecUpdate) public func cuGraphExecUpdate(
  _ hGraphExec: CUgraphExec?, _ hGraph: CUgraph?,
  _ hErrorNode_out: UnsafeMutablePointer<CUgraphNode?>?,
  _ updateResult_out: UnsafeMutablePointer<CUgraphExecUpdateResult>?
) -> CUresult {
  call { d throws(Failure) in
    hErrorNode_out?.pointee = nil
    let result = try d.graphExecUpdate(hGraphExec, hGraph)
    updateResult_out?.pointee = result
    if result != CU_GRAPH_EXEC_UPDATE_SUCCESS {
      throw Failure(CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE)
    }
  }
}

@c(cuGraphExecUpdate_v2) public func cuGraphExecUpdate_v2(
  _ hGraphExec: CUgraphExec?, _ hGraph: CUgraph?,
  _ resultInfo: UnsafeMutablePointer<CUgraphExecUpdateResultInfo>?
) -> CUresult {
  call { d throws(Failure) in
    let result = try d.graphExecUpdate(hGraphExec, hGraph)
    resultInfo?.pointee = CUgraphExecUpdateResultInfo(
      result: result, errorNode: nil, errorFromNode: nil)
    if result != CU_GRAPH_EXEC_UPDATE_SUCCESS {
      throw Failure(CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE)
    }
  }
}

extension Fill {
  init(_ parameters: CUDA_MEMSET_NODE_PARAMS_v2) {
    self.init(
      parameters.dst, parameters.value, elementBytes: Int(parameters.elementSize),
      width: parameters.width, height: parameters.height, pitch: parameters.pitch)
  }
}

extension Driver {
  func graphAdd(
    _ placement: Placement, _ place: UnsafeMutablePointer<CUgraphNodeParams>
  ) throws(Failure) -> CUgraphNode {
    let parameters = place.pointee
    switch parameters.type {
    case CU_GRAPH_NODE_TYPE_KERNEL: return try graphAddKernel(placement, parameters.kernel)
    case CU_GRAPH_NODE_TYPE_MEMCPY:
      return try graphAddCopy(
        placement, try copy(parameters.memcpy.copyParams), parameters.memcpy.copyCtx)
    case CU_GRAPH_NODE_TYPE_MEMSET:
      return try graphAddFill(placement, Fill(parameters.memset), parameters.memset.ctx)
    case CU_GRAPH_NODE_TYPE_HOST:
      let function = HostCall(try require(parameters.host.fn), parameters.host.userData)
      return try graphAddHost(placement) { function() }
    case CU_GRAPH_NODE_TYPE_GRAPH: return try graphAddChild(placement, parameters.graph)
    case CU_GRAPH_NODE_TYPE_EMPTY: return try graphAddEmpty(placement)
    case CU_GRAPH_NODE_TYPE_BATCH_MEM_OP:
      return try graphAddOperations(placement, parameters.memOp)
    case CU_GRAPH_NODE_TYPE_MEM_ALLOC:
      let made = try graphAddAllocation(placement, parameters.alloc)
      place.pointee.alloc.dptr = made.address
      return made.node
    case CU_GRAPH_NODE_TYPE_MEM_FREE: return try graphAddFree(placement, parameters.free.dptr)
    default: throw Failure(CUDA_ERROR_NOT_SUPPORTED)
    }
  }
}
