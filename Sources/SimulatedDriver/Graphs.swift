// Graphs built node by node, instantiated and launched.

public import CDriver
import SimulatedGPU

@c(cuGraphCreate) public func cuGraphCreate(
  _ phGraph: UnsafeMutablePointer<CUgraph?>?, _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in try require(phGraph).pointee = try d.graphCreate(flags) }
}

@c(cuGraphDestroy) public func cuGraphDestroy(_ hGraph: CUgraph?) -> CUresult {
  call { d throws(Failure) in try d.graphDestroy(hGraph) }
}

@c(cuGraphClone) public func cuGraphClone(
  _ phGraphClone: UnsafeMutablePointer<CUgraph?>?, _ originalGraph: CUgraph?
) -> CUresult {
  call { d throws(Failure) in try require(phGraphClone).pointee = try d.graphClone(originalGraph) }
}

@c(cuGraphAddKernelNode) public func cuGraphAddKernelNode(
  _ phGraphNode: UnsafeMutablePointer<CUgraphNode?>?, _ hGraph: CUgraph?,
  _ dependencies: UnsafePointer<CUgraphNode?>?, _ numDependencies: Int,
  _ nodeParams: UnsafePointer<CUDA_KERNEL_NODE_PARAMS_v1>?
) -> CUresult {
  call { d throws(Failure) in
    let place = try require(phGraphNode)
    let parameters = CUDA_KERNEL_NODE_PARAMS(try require(nodeParams).pointee)
    place.pointee = try d.graphAddKernel(
      Driver.Placement(hGraph, dependencies, numDependencies), parameters)
  }
}

@c(cuGraphAddKernelNode_v2) public func cuGraphAddKernelNode_v2(
  _ phGraphNode: UnsafeMutablePointer<CUgraphNode?>?, _ hGraph: CUgraph?,
  _ dependencies: UnsafePointer<CUgraphNode?>?, _ numDependencies: Int,
  _ nodeParams: UnsafePointer<CUDA_KERNEL_NODE_PARAMS>?
) -> CUresult {
  call { d throws(Failure) in
    let place = try require(phGraphNode)
    place.pointee = try d.graphAddKernel(
      Driver.Placement(hGraph, dependencies, numDependencies), try require(nodeParams).pointee)
  }
}

@c(cuGraphAddMemcpyNode) public func cuGraphAddMemcpyNode(
  _ phGraphNode: UnsafeMutablePointer<CUgraphNode?>?, _ hGraph: CUgraph?,
  _ dependencies: UnsafePointer<CUgraphNode?>?, _ numDependencies: Int,
  _ copyParams: UnsafePointer<CUDA_MEMCPY3D>?, _ ctx: CUcontext?
) -> CUresult {
  call { d throws(Failure) in
    let place = try require(phGraphNode)
    place.pointee = try d.graphAddCopy(
      Driver.Placement(hGraph, dependencies, numDependencies),
      try d.copy(try require(copyParams).pointee), ctx)
  }
}

@c(cuGraphAddMemsetNode) public func cuGraphAddMemsetNode(
  _ phGraphNode: UnsafeMutablePointer<CUgraphNode?>?, _ hGraph: CUgraph?,
  _ dependencies: UnsafePointer<CUgraphNode?>?, _ numDependencies: Int,
  _ memsetParams: UnsafePointer<CUDA_MEMSET_NODE_PARAMS>?, _ ctx: CUcontext?
) -> CUresult {
  call { d throws(Failure) in
    let place = try require(phGraphNode)
    place.pointee = try d.graphAddFill(
      Driver.Placement(hGraph, dependencies, numDependencies),
      Fill(try require(memsetParams).pointee), ctx)
  }
}

@c(cuGraphAddEmptyNode) public func cuGraphAddEmptyNode(
  _ phGraphNode: UnsafeMutablePointer<CUgraphNode?>?, _ hGraph: CUgraph?,
  _ dependencies: UnsafePointer<CUgraphNode?>?, _ numDependencies: Int
) -> CUresult {
  call { d throws(Failure) in
    try require(phGraphNode).pointee = try d.graphAddEmpty(
      Driver.Placement(hGraph, dependencies, numDependencies))
  }
}

@c(cuGraphAddHostNode) public func cuGraphAddHostNode(
  _ phGraphNode: UnsafeMutablePointer<CUgraphNode?>?, _ hGraph: CUgraph?,
  _ dependencies: UnsafePointer<CUgraphNode?>?, _ numDependencies: Int,
  _ nodeParams: UnsafePointer<CUDA_HOST_NODE_PARAMS>?
) -> CUresult {
  call { d throws(Failure) in
    let place = try require(phGraphNode)
    let parameters = try require(nodeParams).pointee
    let function = HostCall(try require(parameters.fn), parameters.userData)
    place.pointee = try d.graphAddHost(
      Driver.Placement(hGraph, dependencies, numDependencies)
    ) { function() }
  }
}

@c(cuGraphAddChildGraphNode) public func cuGraphAddChildGraphNode(
  _ phGraphNode: UnsafeMutablePointer<CUgraphNode?>?, _ hGraph: CUgraph?,
  _ dependencies: UnsafePointer<CUgraphNode?>?, _ numDependencies: Int, _ childGraph: CUgraph?
) -> CUresult {
  call { d throws(Failure) in
    try require(phGraphNode).pointee = try d.graphAddChild(
      Driver.Placement(hGraph, dependencies, numDependencies), childGraph)
  }
}

@c(cuGraphAddDependencies) public func cuGraphAddDependencies(
  _ hGraph: CUgraph?, _ from: UnsafePointer<CUgraphNode?>?, _ to: UnsafePointer<CUgraphNode?>?,
  _ numDependencies: Int
) -> CUresult {
  call { d throws(Failure) in
    try d.graphAddDependencies(hGraph, from: from, to: to, count: numDependencies)
  }
}

@c(cuGraphAddDependencies_v2) public func cuGraphAddDependencies_v2(
  _ hGraph: CUgraph?, _ from: UnsafePointer<CUgraphNode?>?, _ to: UnsafePointer<CUgraphNode?>?,
  _ edgeData: UnsafePointer<CUgraphEdgeData>?, _ numDependencies: Int
) -> CUresult {
  call { d throws(Failure) in
    try d.graphAddDependencies(hGraph, from: from, to: to, count: numDependencies)
  }
}

@c(cuGraphGetNodes) public func cuGraphGetNodes(
  _ hGraph: CUgraph?, _ nodes: UnsafeMutablePointer<CUgraphNode?>?,
  _ numNodes: UnsafeMutablePointer<Int>?
) -> CUresult {
  call { d throws(Failure) in
    let all = try d.graphNodes(hGraph, rootsOnly: false)
    try list(all, nodes, try require(numNodes))
  }
}

@c(cuGraphGetRootNodes) public func cuGraphGetRootNodes(
  _ hGraph: CUgraph?, _ rootNodes: UnsafeMutablePointer<CUgraphNode?>?,
  _ numRootNodes: UnsafeMutablePointer<Int>?
) -> CUresult {
  call { d throws(Failure) in
    let all = try d.graphNodes(hGraph, rootsOnly: true)
    try list(all, rootNodes, try require(numRootNodes))
  }
}

@c(cuGraphNodeGetDependencies) public func cuGraphNodeGetDependencies(
  _ hNode: CUgraphNode?, _ dependencies: UnsafeMutablePointer<CUgraphNode?>?,
  _ numDependencies: UnsafeMutablePointer<Int>?
) -> CUresult {
  call { d throws(Failure) in
    try list(
      try d.graphNodeDependencies(hNode), dependencies, try require(numDependencies))
  }
}

@c(cuGraphNodeGetType) public func cuGraphNodeGetType(
  _ hNode: CUgraphNode?, _ type: UnsafeMutablePointer<CUgraphNodeType>?
) -> CUresult {
  call { d throws(Failure) in try require(type).pointee = try d.graphNodeType(hNode) }
}

@c(cuGraphDestroyNode) public func cuGraphDestroyNode(_ hNode: CUgraphNode?) -> CUresult {
  call { d throws(Failure) in try d.graphDestroyNode(hNode) }
}

@c(cuGraphInstantiate) public func cuGraphInstantiate(
  _ phGraphExec: UnsafeMutablePointer<CUgraphExec?>?, _ hGraph: CUgraph?,
  _ phErrorNode: UnsafeMutablePointer<CUgraphNode?>?, _ logBuffer: UnsafeMutablePointer<CChar>?,
  _ bufferSize: Int
) -> CUresult {
  call { d throws(Failure) in
    phErrorNode?.pointee = nil
    try require(phGraphExec).pointee = try d.graphInstantiate(hGraph, flags: 0)
  }
}

@c(cuGraphInstantiate_v2) public func cuGraphInstantiate_v2(
  _ phGraphExec: UnsafeMutablePointer<CUgraphExec?>?, _ hGraph: CUgraph?,
  _ phErrorNode: UnsafeMutablePointer<CUgraphNode?>?, _ logBuffer: UnsafeMutablePointer<CChar>?,
  _ bufferSize: Int
) -> CUresult {
  call { d throws(Failure) in
    phErrorNode?.pointee = nil
    try require(phGraphExec).pointee = try d.graphInstantiate(hGraph, flags: 0)
  }
}

@c(cuGraphInstantiateWithFlags) public func cuGraphInstantiateWithFlags(
  _ phGraphExec: UnsafeMutablePointer<CUgraphExec?>?, _ hGraph: CUgraph?, _ flags: UInt64
) -> CUresult {
  call { d throws(Failure) in
    try require(phGraphExec).pointee = try d.graphInstantiate(hGraph, flags: flags)
  }
}

@c(cuGraphInstantiateWithParams) public func cuGraphInstantiateWithParams(
  _ phGraphExec: UnsafeMutablePointer<CUgraphExec?>?, _ hGraph: CUgraph?,
  _ instantiateParams: UnsafeMutablePointer<CUDA_GRAPH_INSTANTIATE_PARAMS>?
) -> CUresult {
  call { d throws(Failure) in
    let parameters = try require(instantiateParams)
    parameters.pointee.hErrNode_out = nil
    parameters.pointee.result_out = CUDA_GRAPH_INSTANTIATE_ERROR
    try require(phGraphExec).pointee = try d.graphInstantiate(
      hGraph, flags: parameters.pointee.flags)
    parameters.pointee.result_out = CUDA_GRAPH_INSTANTIATE_SUCCESS
  }
}

@c(cuGraphInstantiateWithParams_ptsz) public func cuGraphInstantiateWithParams_ptsz(
  _ phGraphExec: UnsafeMutablePointer<CUgraphExec?>?, _ hGraph: CUgraph?,
  _ instantiateParams: UnsafeMutablePointer<CUDA_GRAPH_INSTANTIATE_PARAMS>?
) -> CUresult {
  call { d throws(Failure) in
    let parameters = try require(instantiateParams)
    parameters.pointee.hErrNode_out = nil
    parameters.pointee.result_out = CUDA_GRAPH_INSTANTIATE_ERROR
    try require(phGraphExec).pointee = try d.graphInstantiate(
      hGraph, flags: parameters.pointee.flags)
    parameters.pointee.result_out = CUDA_GRAPH_INSTANTIATE_SUCCESS
  }
}

@c(cuGraphExecDestroy) public func cuGraphExecDestroy(_ hGraphExec: CUgraphExec?) -> CUresult {
  call { d throws(Failure) in try d.graphExecDestroy(hGraphExec) }
}

@c(cuGraphExecGetFlags) public func cuGraphExecGetFlags(
  _ hGraphExec: CUgraphExec?, _ flags: UnsafeMutablePointer<UInt64>?
) -> CUresult {
  call { d throws(Failure) in try require(flags).pointee = try d.graphExecFlags(hGraphExec) }
}

@c(cuGraphLaunch) public func cuGraphLaunch(
  _ hGraph: CUgraphExec?, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in try d.graphLaunch(hGraph, on: hStream, perThread: false) }
}

@c(cuGraphLaunch_ptsz) public func cuGraphLaunch_ptsz(
  _ hGraphExec: CUgraphExec?, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in try d.graphLaunch(hGraphExec, on: hStream, perThread: true) }
}

@c(cuGraphUpload) public func cuGraphUpload(
  _ hGraph: CUgraphExec?, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    _ = try d.graphExecFlags(hGraph)
    _ = try d.streamFlags(hStream, perThread: false)
  }
}

@c(cuGraphUpload_ptsz) public func cuGraphUpload_ptsz(
  _ hGraphExec: CUgraphExec?, _ hStream: CUstream?
) -> CUresult {
  call { d throws(Failure) in
    _ = try d.graphExecFlags(hGraphExec)
    _ = try d.streamFlags(hStream, perThread: true)
  }
}

@c(cuGraphExecKernelNodeSetParams) public func cuGraphExecKernelNodeSetParams(
  _ hGraphExec: CUgraphExec?, _ hNode: CUgraphNode?,
  _ nodeParams: UnsafePointer<CUDA_KERNEL_NODE_PARAMS_v1>?
) -> CUresult {
  call { d throws(Failure) in
    try d.graphExecSetKernel(
      hGraphExec, hNode, CUDA_KERNEL_NODE_PARAMS(try require(nodeParams).pointee))
  }
}

@c(cuGraphExecKernelNodeSetParams_v2) public func cuGraphExecKernelNodeSetParams_v2(
  _ hGraphExec: CUgraphExec?, _ hNode: CUgraphNode?,
  _ nodeParams: UnsafePointer<CUDA_KERNEL_NODE_PARAMS>?
) -> CUresult {
  call { d throws(Failure) in
    try d.graphExecSetKernel(hGraphExec, hNode, try require(nodeParams).pointee)
  }
}

@c(cuGraphExecMemcpyNodeSetParams) public func cuGraphExecMemcpyNodeSetParams(
  _ hGraphExec: CUgraphExec?, _ hNode: CUgraphNode?, _ copyParams: UnsafePointer<CUDA_MEMCPY3D>?,
  _ ctx: CUcontext?
) -> CUresult {
  call { d throws(Failure) in
    try d.graphExecSetCopy(hGraphExec, hNode, try d.copy(try require(copyParams).pointee))
  }
}

@c(cuGraphExecMemsetNodeSetParams) public func cuGraphExecMemsetNodeSetParams(
  _ hGraphExec: CUgraphExec?, _ hNode: CUgraphNode?,
  _ memsetParams: UnsafePointer<CUDA_MEMSET_NODE_PARAMS>?, _ ctx: CUcontext?
) -> CUresult {
  call { d throws(Failure) in
    try d.graphExecSetFill(hGraphExec, hNode, Fill(try require(memsetParams).pointee))
  }
}

@c(cuGraphExecHostNodeSetParams) public func cuGraphExecHostNodeSetParams(
  _ hGraphExec: CUgraphExec?, _ hNode: CUgraphNode?,
  _ nodeParams: UnsafePointer<CUDA_HOST_NODE_PARAMS>?
) -> CUresult {
  call { d throws(Failure) in
    let parameters = try require(nodeParams).pointee
    let function = HostCall(try require(parameters.fn), parameters.userData)
    try d.graphExecSetHost(hGraphExec, hNode) { function() }
  }
}

@c(cuGraphKernelNodeSetParams) public func cuGraphKernelNodeSetParams(
  _ hNode: CUgraphNode?, _ nodeParams: UnsafePointer<CUDA_KERNEL_NODE_PARAMS_v1>?
) -> CUresult {
  call { d throws(Failure) in
    try d.graphSetKernel(hNode, CUDA_KERNEL_NODE_PARAMS(try require(nodeParams).pointee))
  }
}

@c(cuGraphKernelNodeSetParams_v2) public func cuGraphKernelNodeSetParams_v2(
  _ hNode: CUgraphNode?, _ nodeParams: UnsafePointer<CUDA_KERNEL_NODE_PARAMS>?
) -> CUresult {
  call { d throws(Failure) in try d.graphSetKernel(hNode, try require(nodeParams).pointee) }
}
