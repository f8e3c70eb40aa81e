public import CDriver

// Nodes of stream memory operations, and changes of nodes and of whole instances.

extension Driver {
  private func operations(
    _ parameters: CUDA_BATCH_MEM_OP_NODE_PARAMS
  ) throws(Failure) -> Command {
    guard let list = parameters.paramArray else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    _ = try context(parameters.ctx)
    return .operations(try operations(list, parameters.count, parameters.flags))
  }

  public func graphAddOperations(
    _ placement: Placement, _ parameters: CUDA_BATCH_MEM_OP_NODE_PARAMS
  ) throws(Failure) -> CUgraphNode {
    try place(try operations(parameters), placement, try context(parameters.ctx))
  }

  public func graphExecSetOperations(
    _ handle: CUgraphExec?, _ node: CUgraphNode?, _ parameters: CUDA_BATCH_MEM_OP_NODE_PARAMS
  ) throws(Failure) {
    try replace(try exec(handle), try self.node(node), try operations(parameters))
  }

  public func graphSetOperations(
    _ handle: CUgraphNode?, _ parameters: CUDA_BATCH_MEM_OP_NODE_PARAMS
  ) throws(Failure) {
    try change(handle, try operations(parameters))
  }

  public func graphSetCopy(_ handle: CUgraphNode?, _ copy: Copy) throws(Failure) {
    var copy = copy
    try validate(&copy)
    try change(handle, .copy(copy))
  }

  public func graphSetFill(_ handle: CUgraphNode?, _ fill: Fill) throws(Failure) {
    try validate(fill)
    try change(handle, .fill(fill))
  }

  public func graphSetHost(
    _ handle: CUgraphNode?, _ function: @escaping @Sendable () -> Void
  ) throws(Failure) {
    try change(handle, .host(Self.hostWork(function)))
  }

  private func change(_ handle: CUgraphNode?, _ command: Command) throws(Failure) {
    let node = try node(handle)
    guard node.command.isSameKind(as: command) else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    node.command = command
  }

  /// Takes the parameters of a graph with the same nodes in the same order. What differs is told.
  public func graphExecUpdate(
    _ handle: CUgraphExec?, _ graph: CUgraph?
  ) throws(Failure) -> CUgraphExecUpdateResult {
    let exec = try exec(handle)
    let graph = try self.graph(graph)
    let steps = try ordered(graph)
    let isOfMemory = (exec.steps + steps).contains { $0.command.isOfMemory }
    if isOfMemory, graph.instance !== exec { return CU_GRAPH_EXEC_UPDATE_ERROR }
    if steps.count != exec.steps.count { return CU_GRAPH_EXEC_UPDATE_ERROR_TOPOLOGY_CHANGED }
    for (old, new) in zip(exec.steps, steps) where !old.command.isSameKind(as: new.command) {
      return CU_GRAPH_EXEC_UPDATE_ERROR_NODE_TYPE_CHANGED
    }
    for index in steps.indices { exec.steps[index].command = steps[index].command }
    return CU_GRAPH_EXEC_UPDATE_SUCCESS
  }
}
