// Nodes that allocate and free, and what is asked about graphs' memory.

public import CDriver
import SimulatedGPU

@c(cuGraphAddMemAllocNode) public func cuGraphAddMemAllocNode(
  _ phGraphNode: UnsafeMutablePointer<CUgraphNode?>?, _ hGraph: CUgraph?,
  _ dependencies: UnsafePointer<CUgraphNode?>?, _ numDependencies: Int,
  _ nodeParams: UnsafeMutablePointer<CUDA_MEM_ALLOC_NODE_PARAMS>?
) -> CUresult {
  call { d throws(Failure) in
    let place = try require(phGraphNode)
    let parameters = try require(nodeParams)
    let made = try d.graphAddAllocation(
      Driver.Placement(hGraph, dependencies, numDependencies), parameters.pointee)
    place.pointee = made.node
    parameters.pointee.dptr = made.address
  }
}

@c(cuGraphMemAllocNodeGetParams) public func cuGraphMemAllocNodeGetParams(
  _ hNode: CUgraphNode?, _ params_out: UnsafeMutablePointer<CUDA_MEM_ALLOC_NODE_PARAMS>?
) -> CUresult {
  call { d throws(Failure) in try require(params_out).pointee = try d.graphAllocation(hNode) }
}

@c(cuGraphAddMemFreeNode) public func cuGraphAddMemFreeNode(
  _ phGraphNode: UnsafeMutablePointer<CUgraphNode?>?, _ hGraph: CUgraph?,
  _ dependencies: UnsafePointer<CUgraphNode?>?, _ numDependencies: Int, _ dptr: CUdeviceptr
) -> CUresult {
  call { d throws(Failure) in
    try require(phGraphNode).pointee = try d.graphAddFree(
      Driver.Placement(hGraph, dependencies, numDependencies), dptr)
  }
}

@c(cuGraphMemFreeNodeGetParams) public func cuGraphMemFreeNodeGetParams(
  _ hNode: CUgraphNode?, _ dptr_out: UnsafeMutablePointer<CUdeviceptr>?
) -> CUresult {
  call { d throws(Failure) in try require(dptr_out).pointee = try d.graphFree(hNode) }
}

@c(cuDeviceGraphMemTrim) public func cuDeviceGraphMemTrim(_ device: CUdevice) -> CUresult {
  call { d throws(Failure) in try d.graphMemoryTrim(device) }
}

@c(cuDeviceGetGraphMemAttribute) public func cuDeviceGetGraphMemAttribute(
  _ device: CUdevice, _ attr: CUgraphMem_attribute, _ value: UnsafeMutableRawPointer?
) -> CUresult {
  call { d throws(Failure) in
    let answer = try d.graphMemoryAttribute(device, attr)
    try require(value).storeBytes(of: answer, as: UInt64.self)
  }
}

@c(cuDeviceSetGraphMemAttribute) public func cuDeviceSetGraphMemAttribute(
  _ device: CUdevice, _ attr: CUgraphMem_attribute, _ value: UnsafeMutableRawPointer?
) -> CUresult {
  call { d throws(Failure) in
    try d.graphMemorySetAttribute(device, attr, try require(value).load(as: UInt64.self))
  }
}
