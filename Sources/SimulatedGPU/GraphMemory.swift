public import CDriver

/// What one node of a graph allocates: the same addresses at every launch.
///
/// CUDA 13.5, `cuGraphAddMemAllocNode`: the address is fixed when the node is made; each launch
/// allocates, and what the graph does not free itself stays allocated until `cuMemFree`,
/// `cuMemFreeAsync`, a launch of another graph that frees it, or, if the instance says so, its own
/// next launch. In simple form: there is memory for as long as the node, an instance or the
/// client has it, and graphs share none. Its contents change only under the monitor.
final class GraphMemory: @unchecked Sendable {
  enum Freeing {
    case nowhere, inside, elsewhere
  }

  let address: UInt64
  let bytes: Int
  /// nil once the graph is destroyed.
  weak var graph: GraphObject?
  weak var instance: GraphExec?
  /// Which graph has a node that frees it: an allocation is freed by one graph at most.
  var freeing = Freeing.nowhere
  /// What the instance does, whatever the graph is changed to.
  var staysAllocated = false
  var isAllocated = false
  /// A context ended, and this with it.
  var isGone = false

  init(_ address: UInt64, _ bytes: Int, _ graph: GraphObject) {
    self.address = address
    self.bytes = bytes
    self.graph = graph
  }

  var hasInstance: Bool { (instance?.handle ?? 0) != 0 }
  var isEnded: Bool { graph == nil && !hasInstance && !isAllocated && !isGone }
}

/// Bytes that graphs have, and the most they had since a client last asked to forget it.
struct GraphMemoryCount {
  private(set) var current: UInt64 = 0
  private(set) var high: UInt64 = 0

  mutating func add(_ bytes: Int) {
    current += UInt64(bytes)
    high = max(high, current)
  }

  mutating func subtract(_ bytes: Int) { current -= UInt64(bytes) }

  mutating func forgetHigh() { high = current }
}

extension GraphObject {
  /// Cannot be cloned, embedded or instantiated twice, and loses no node or edge.
  var hasMemoryNodes: Bool {
    nodes.contains { $0.type == CU_GRAPH_NODE_TYPE_MEM_ALLOC || $0.frees != nil }
  }

  func refuseMemoryNodes() throws(Failure) {
    if hasMemoryNodes { throw Failure(CUDA_ERROR_INVALID_VALUE) }
  }
}

extension GraphNode {
  var allocates: GraphMemory? { if case .allocate(let memory) = command { memory } else { nil } }
  var frees: GraphMemory? { if case .free(let memory) = command { memory } else { nil } }
}

extension Driver {
  // MARK: nodes

  /// A node that allocates, behind others of its graph.
  func addAllocation(
    _ bytes: Int, to graph: GraphObject, _ dependencies: [GraphNode], _ context: Context
  ) throws(Failure) -> GraphNode {
    let address = try allocate(bytes, context, .graph)
    let memory = GraphMemory(address, bytes, graph)
    do throws(Failure) {
      let node = try add(.allocate(memory), to: graph, dependencies, context)
      graphMemory[address] = memory
      graphReserved.add(bytes)
      return node
    } catch {
      if let row = allocations.row(startingAt: address) { release(row) }
      throw error
    }
  }

  /// A node that frees. One graph only may, and only once.
  func addFree(
    _ address: CUdeviceptr, to graph: GraphObject, _ dependencies: [GraphNode], _ context: Context?
  ) throws(Failure) -> GraphNode {
    guard let memory = graphMemory[address], memory.freeing == .nowhere else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    let node = try add(.free(memory), to: graph, dependencies, context)
    memory.freeing = memory.graph === graph ? .inside : .elsewhere
    return node
  }

  public func graphAddAllocation(
    _ placement: Placement, _ parameters: CUDA_MEM_ALLOC_NODE_PARAMS
  ) throws(Failure) -> (node: CUgraphNode, address: CUdeviceptr) {
    let properties = parameters.poolProps
    guard properties.allocType == CU_MEM_ALLOCATION_TYPE_PINNED, parameters.bytesize > 0 else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    guard properties.location.type == CU_MEM_LOCATION_TYPE_DEVICE,
      properties.handleTypes == CU_MEM_HANDLE_TYPE_NONE
    else { throw Failure(CUDA_ERROR_NOT_SUPPORTED) }
    _ = try deviceIndex(properties.location.id)
    let (graph, before) = try target(placement)
    let node = try addAllocation(parameters.bytesize, to: graph, before, try currentContext())
    return (OpaquePointer(bitPattern: node.handle)!, node.allocates!.address)
  }

  public func graphAddFree(
    _ placement: Placement, _ address: CUdeviceptr
  ) throws(Failure) -> CUgraphNode {
    let (graph, before) = try target(placement)
    return OpaquePointer(bitPattern: try addFree(address, to: graph, before, nil).handle)!
  }

  public func graphAllocation(
    _ handle: CUgraphNode?
  ) throws(Failure) -> CUDA_MEM_ALLOC_NODE_PARAMS {
    let node = try node(handle)
    guard let memory = node.allocates else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    var parameters = CUDA_MEM_ALLOC_NODE_PARAMS()
    parameters.poolProps.allocType = CU_MEM_ALLOCATION_TYPE_PINNED
    parameters.poolProps.location = CUmemLocation(
      type: CU_MEM_LOCATION_TYPE_DEVICE, id: Int32(node.context?.device ?? 0))
    parameters.bytesize = memory.bytes
    parameters.dptr = memory.address
    return parameters
  }

  public func graphFree(_ handle: CUgraphNode?) throws(Failure) -> CUdeviceptr {
    guard let memory = try node(handle).frees else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    return memory.address
  }

  // MARK: instances

  /// A graph with memory nodes has one instance at a time.
  func refuseSecondInstance(_ graph: GraphObject) throws(Failure) {
    if graph.hasMemoryNodes, (graph.instance?.handle ?? 0) != 0 {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
  }

  func noteInstance(_ instance: GraphExec, of graph: GraphObject) {
    graph.instance = instance
    for memory in graph.nodes.compactMap(\.allocates) {
      memory.instance = instance
      memory.staysAllocated = memory.freeing != .inside
    }
  }

  /// A launch allocates what it does not free itself; what it left so before is in its way.
  func allocateAtLaunch(_ instance: GraphExec) throws(Failure) {
    var allocated: [GraphMemory] = []
    var freed: [GraphMemory] = []
    for step in instance.steps {
      if case .allocate(let memory) = step.command, memory.staysAllocated {
        allocated.append(memory)
      }
      if case .free(let memory) = step.command, memory.instance !== instance {
        freed.append(memory)
      }
    }
    let frees = UInt64(CUDA_GRAPH_INSTANTIATE_FLAG_AUTO_FREE_ON_LAUNCH.rawValue)
    if instance.flags & frees == 0, allocated.contains(where: { $0.isAllocated }) {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    for memory in allocated where !memory.isAllocated {
      memory.isAllocated = true
      graphUsed.add(memory.bytes)
    }
    for memory in freed where memory.isAllocated { endAllocation(memory) }
  }

  // MARK: ends

  private func endAllocation(_ memory: GraphMemory) {
    memory.isAllocated = false
    graphUsed.subtract(memory.bytes)
  }

  /// The client frees what a launch left allocated. Nothing else of a graph can be freed so.
  func freeGraphMemory(_ address: CUdeviceptr) throws(Failure) {
    guard let memory = graphMemory[address], memory.isAllocated else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    endAllocation(memory)
    releaseEndedGraphMemory()
  }

  /// A graph that no client can name any more has ended; its nodes with it.
  func end(_ graph: GraphObject) {
    for node in graph.nodes { node.allocates?.graph = nil }
    for node in graph.nodes { table.remove(node) }
    if graph.handle != 0 { table.remove(graph) }
    releaseEndedGraphMemory()
  }

  /// Gives back what nobody has any more, once the work that may use it is done.
  func releaseEndedGraphMemory() {
    let ended = graphMemory.values.filter(\.isEnded)
    for memory in ended { memory.isGone = true }
    guard let first = ended.first else { return }
    guard let row = allocations.row(startingAt: first.address) else { return }
    synchronise(device: row.value.context.device)
    for memory in ended { forget(memory) }
  }

  private func forget(_ memory: GraphMemory) {
    guard graphMemory.removeValue(forKey: memory.address) != nil else { return }
    graphReserved.subtract(memory.bytes)
    if let row = allocations.row(startingAt: memory.address) { release(row) }
  }

  /// Its memory ends with a context.
  func forgetGraphMemory(of context: Context) {
    for memory in Array(graphMemory.values) {
      guard let row = allocations.row(startingAt: memory.address),
        row.value.context === context
      else { continue }
      if memory.isAllocated { endAllocation(memory) }
      memory.isGone = true
      forget(memory)
    }
  }

  // MARK: what a client asks

  public func graphMemoryTrim(_ device: CUdevice) throws(Failure) { _ = try deviceIndex(device) }

  public func graphMemoryAttribute(
    _ device: CUdevice, _ attribute: CUgraphMem_attribute
  ) throws(Failure) -> UInt64 {
    _ = try deviceIndex(device)
    switch attribute {
    case CU_GRAPH_MEM_ATTR_USED_MEM_CURRENT: return graphUsed.current
    case CU_GRAPH_MEM_ATTR_USED_MEM_HIGH: return graphUsed.high
    case CU_GRAPH_MEM_ATTR_RESERVED_MEM_CURRENT: return graphReserved.current
    case CU_GRAPH_MEM_ATTR_RESERVED_MEM_HIGH: return graphReserved.high
    default: throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
  }

  /// A high mark can only be taken back.
  public func graphMemorySetAttribute(
    _ device: CUdevice, _ attribute: CUgraphMem_attribute, _ value: UInt64
  ) throws(Failure) {
    _ = try deviceIndex(device)
    guard value == 0 else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    switch attribute {
    case CU_GRAPH_MEM_ATTR_USED_MEM_HIGH: graphUsed.forgetHigh()
    case CU_GRAPH_MEM_ATTR_RESERVED_MEM_HIGH: graphReserved.forgetHigh()
    default: throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
  }
}
