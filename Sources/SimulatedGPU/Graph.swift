public import CDriver

/// Device work that can be enqueued, captured and replayed.
enum Command: Sendable {
  case kernel(KernelLaunch)
  case copy(Copy)
  case fill(Fill)
  case host(@Sendable () -> CUresult)
  /// Waits for values and writes of values.
  case operations(@Sendable () -> CUresult)
  case child(GraphObject)
  case empty
  case allocate(GraphMemory)
  case free(GraphMemory)
}

/// One node of a graph. Its contents change only under the monitor.
final class GraphNode: DriverObject, @unchecked Sendable {
  unowned let graph: GraphObject
  /// Number within its graph, stable across copies of the graph.
  let number: Int
  var command: Command
  var dependencies: [GraphNode]
  let context: Context?

  init(_ graph: GraphObject, _ command: Command, _ dependencies: [GraphNode], _ context: Context?) {
    self.graph = graph
    number = graph.nextNumber
    graph.nextNumber += 1
    self.command = command
    self.dependencies = dependencies
    self.context = context
  }

  var type: CUgraphNodeType {
    switch command {
    case .kernel: CU_GRAPH_NODE_TYPE_KERNEL
    case .copy: CU_GRAPH_NODE_TYPE_MEMCPY
    case .fill: CU_GRAPH_NODE_TYPE_MEMSET
    case .host: CU_GRAPH_NODE_TYPE_HOST
    case .operations: CU_GRAPH_NODE_TYPE_BATCH_MEM_OP
    case .child: CU_GRAPH_NODE_TYPE_GRAPH
    case .empty: CU_GRAPH_NODE_TYPE_EMPTY
    case .allocate: CU_GRAPH_NODE_TYPE_MEM_ALLOC
    case .free: CU_GRAPH_NODE_TYPE_MEM_FREE
    }
  }
}

final class GraphObject: DriverObject, @unchecked Sendable {
  /// Nodes of one graph.
  static let nodeLimit = 1 << 20

  var nodes: [GraphNode] = []
  var nextNumber = 0
  /// The latest, while there is one.
  weak var instance: GraphExec?
  let id: UInt64

  init(id: UInt64) { self.id = id }
}

/// An instantiated graph: its commands in an order that keeps every dependency.
final class GraphExec: DriverObject, @unchecked Sendable {
  var steps: [(number: Int, graph: ObjectIdentifier, command: Command)]
  let flags: UInt64

  init(
    _ steps: [(number: Int, graph: ObjectIdentifier, command: Command)], flags: UInt64
  ) {
    self.steps = steps
    self.flags = flags
  }
}

extension Driver {
  /// Puts work into a stream, or into the graph that the stream is capturing.
  func enqueue(on stream: Stream, _ command: Command) throws(Failure) {
    if let capture = stream.capture {
      try refuseInvalidated(capture)
      let node = try add(command, to: capture.graph, stream.captureTail, stream.context)
      stream.captureTail = [node]
      return
    }
    try refuseImplicitCapture(stream)
    let device = stream.context.device
    stream.submit(Operation(work: { [self] in run(command, device: device) }))
  }

  private func run(_ command: Command, device: Int) -> CUresult {
    switch command {
    case .kernel(let launch): run(launch)
    case .copy(let copy): run(copy, device: device)
    case .fill(let fill): run(fill)
    case .host(let function), .operations(let function): function()
    case .child, .empty, .allocate, .free: CUDA_SUCCESS
    }
  }

  func add(
    _ command: Command, to graph: GraphObject, _ dependencies: [GraphNode], _ context: Context?
  ) throws(Failure) -> GraphNode {
    if graph.nodes.count >= GraphObject.nodeLimit { throw Failure(CUDA_ERROR_OUT_OF_MEMORY) }
    let node = GraphNode(graph, command, dependencies, context)
    graph.nodes.append(node)
    _ = table.add(node)
    return node
  }

  func graph(_ handle: CUgraph?) throws(Failure) -> GraphObject {
    guard let graph = table.find(handle, as: GraphObject.self) else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    return graph
  }

  func node(_ handle: CUgraphNode?) throws(Failure) -> GraphNode {
    guard let node = table.find(handle, as: GraphNode.self) else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    return node
  }

  func exec(_ handle: CUgraphExec?) throws(Failure) -> GraphExec {
    guard let exec = table.find(handle, as: GraphExec.self) else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    return exec
  }

  func nodes(
    _ list: UnsafePointer<CUgraphNode?>?, _ count: Int, of graph: GraphObject
  ) throws(Failure) -> [GraphNode] {
    if count == 0 { return [] }
    guard let list, count > 0, count <= graph.nodes.count else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    var result: [GraphNode] = []
    for index in 0..<count {
      let node = try node(list[index])
      if node.graph !== graph { throw Failure(CUDA_ERROR_INVALID_VALUE) }
      result.append(node)
    }
    return result
  }

  public func graphCreate(_ flags: UInt32) throws(Failure) -> CUgraph {
    if flags != 0 { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    return table.add(GraphObject(id: uniqueId()))
  }

  public func graphDestroy(_ handle: CUgraph?) throws(Failure) {
    end(try graph(handle))
  }

  public func graphClone(_ handle: CUgraph?) throws(Failure) -> CUgraph {
    let graph = try graph(handle)
    try graph.refuseMemoryNodes()
    let clone = GraphObject(id: uniqueId())
    var twins: [ObjectIdentifier: GraphNode] = [:]
    for node in graph.nodes {
      let twin = GraphNode(clone, node.command, [], node.context)
      _ = table.add(twin)
      clone.nodes.append(twin)
      twins[ObjectIdentifier(node)] = twin
    }
    for node in graph.nodes {
      twins[ObjectIdentifier(node)]!.dependencies = node.dependencies.compactMap {
        twins[ObjectIdentifier($0)]
      }
    }
    return table.add(clone)
  }

  /// Where a new node goes.
  public struct Placement {
    let graph: CUgraph?
    let dependencies: UnsafePointer<CUgraphNode?>?
    let count: Int

    public init(_ graph: CUgraph?, _ dependencies: UnsafePointer<CUgraphNode?>?, _ count: Int) {
      self.graph = graph
      self.dependencies = dependencies
      self.count = count
    }
  }

  func target(
    _ placement: Placement
  ) throws(Failure) -> (graph: GraphObject, before: [GraphNode]) {
    let graph = try graph(placement.graph)
    return (graph, try nodes(placement.dependencies, placement.count, of: graph))
  }

  func place(
    _ command: Command, _ placement: Placement, _ context: Context?
  ) throws(Failure) -> CUgraphNode {
    let (graph, before) = try target(placement)
    let node = try add(command, to: graph, before, context)
    return OpaquePointer(bitPattern: node.handle)!
  }

  public func graphAddKernel(
    _ placement: Placement, _ parameters: CUDA_KERNEL_NODE_PARAMS
  ) throws(Failure) -> CUgraphNode {
    let launch = try kernelLaunch(parameters)
    return try place(.kernel(launch), placement, launch.function.module.context)
  }

  public func graphAddCopy(
    _ placement: Placement, _ copy: Copy, _ context: CUcontext?
  ) throws(Failure) -> CUgraphNode {
    var copy = copy
    try validate(&copy)
    return try place(.copy(copy), placement, try self.context(context))
  }

  public func graphAddFill(
    _ placement: Placement, _ fill: Fill, _ context: CUcontext?
  ) throws(Failure) -> CUgraphNode {
    try validate(fill)
    return try place(.fill(fill), placement, try self.context(context))
  }

  public func graphAddHost(
    _ placement: Placement, _ function: @escaping @Sendable () -> Void
  ) throws(Failure) -> CUgraphNode {
    try place(.host(Self.hostWork(function)), placement, nil)
  }

  public func graphAddEmpty(_ placement: Placement) throws(Failure) -> CUgraphNode {
    try place(.empty, placement, nil)
  }

  public func graphAddChild(_ placement: Placement, _ child: CUgraph?) throws(Failure)
    -> CUgraphNode
  {
    let copy = try graph(try graphClone(child))
    return try place(.child(copy), placement, nil)
  }

  static func hostWork(_ function: @escaping @Sendable () -> Void) -> @Sendable () -> CUresult {
    {
      ThreadState.current.isInHostFunction = true
      function()
      ThreadState.current.isInHostFunction = false
      return CUDA_SUCCESS
    }
  }

  public func graphAddDependencies(
    _ handle: CUgraph?, from: UnsafePointer<CUgraphNode?>?, to: UnsafePointer<CUgraphNode?>?,
    count: Int
  ) throws(Failure) {
    let graph = try graph(handle)
    if count == 0 { return }
    guard let from, let to, count > 0 else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    for index in 0..<count {
      let first = try node(from[index])
      let second = try node(to[index])
      guard first.graph === graph, second.graph === graph, first !== second,
        !second.dependencies.contains(where: { $0 === first })
      else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
      second.dependencies.append(first)
    }
  }

  public func graphNodes(_ handle: CUgraph?, rootsOnly: Bool) throws(Failure) -> [CUgraphNode] {
    try graph(handle).nodes.filter { !rootsOnly || $0.dependencies.isEmpty }
      .map { OpaquePointer(bitPattern: $0.handle)! }
  }

  public func graphNodeType(_ handle: CUgraphNode?) throws(Failure) -> CUgraphNodeType {
    try node(handle).type
  }

  public func graphNodeDependencies(_ handle: CUgraphNode?) throws(Failure) -> [CUgraphNode] {
    try node(handle).dependencies.map { OpaquePointer(bitPattern: $0.handle)! }
  }

  public func graphDestroyNode(_ handle: CUgraphNode?) throws(Failure) {
    let node = try node(handle)
    let graph = node.graph
    try graph.refuseMemoryNodes()
    graph.nodes.removeAll { $0 === node }
    for other in graph.nodes { other.dependencies.removeAll { $0 === node } }
    table.remove(node)
  }

  public func graphInstantiate(_ handle: CUgraph?, flags: UInt64) throws(Failure) -> CUgraphExec {
    let graph = try graph(handle)
    if flags & ~0xf != 0 { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    try refuseSecondInstance(graph)
    let exec = GraphExec(try ordered(graph), flags: flags)
    for step in exec.steps {
      if case .kernel(let launch) = step.command { try loadLazily(launch.function) }
    }
    noteInstance(exec, of: graph)
    return table.add(exec)
  }

  /// The nodes, each after what it depends on; a cycle is refused.
  func ordered(
    _ graph: GraphObject
  ) throws(Failure) -> [(number: Int, graph: ObjectIdentifier, command: Command)] {
    var waiting = graph.nodes.map { Set($0.dependencies.map(\.number)).count }
    var position: [Int: Int] = [:]
    for (index, node) in graph.nodes.enumerated() { position[node.number] = index }
    var followers: [[Int]] = graph.nodes.map { _ in [] }
    for (index, node) in graph.nodes.enumerated() {
      for number in Set(node.dependencies.map(\.number)) {
        guard let before = position[number] else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
        followers[before].append(index)
      }
    }
    var ready = waiting.indices.filter { waiting[$0] == 0 }
    var next = 0
    var steps: [(number: Int, graph: ObjectIdentifier, command: Command)] = []
    while next < ready.count {
      let node = graph.nodes[ready[next]]
      if case .child(let child) = node.command {
        steps += try ordered(child)
      } else {
        steps.append((node.number, ObjectIdentifier(graph), node.command))
      }
      for follower in followers[ready[next]] {
        waiting[follower] -= 1
        if waiting[follower] == 0 { ready.append(follower) }
      }
      next += 1
    }
    if ready.count != graph.nodes.count { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    return steps
  }

  public func graphExecDestroy(_ handle: CUgraphExec?) throws(Failure) {
    table.remove(try exec(handle))
    releaseEndedGraphMemory()
  }

  public func graphExecFlags(_ handle: CUgraphExec?) throws(Failure) -> UInt64 {
    try exec(handle).flags
  }

  /// Runs the whole graph as one piece of the stream's work.
  public func graphLaunch(
    _ handle: CUgraphExec?, on stream: CUstream?, perThread: Bool
  ) throws(Failure) {
    let exec = try exec(handle)
    let stream = try self.stream(stream, perThread: perThread)
    let steps = exec.steps
    if let capture = stream.capture {
      if exec.steps.contains(where: { $0.command.isOfMemory }) {
        capture.invalidate()
        throw Failure(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED)
      }
      for step in steps { try enqueue(on: stream, step.command) }
      return
    }
    try refuseImplicitCapture(stream)
    try allocateAtLaunch(exec)
    let context = stream.context
    defer { releaseEndedGraphMemory() }
    stream.submit(
      Operation(work: { [self] in
        for step in steps {
          if isClosing { break }
          let code = run(step.command, device: context.device)
          if code != CUDA_SUCCESS { return code }
        }
        return CUDA_SUCCESS
      }))
  }

  private func kernelLaunch(_ parameters: CUDA_KERNEL_NODE_PARAMS) throws(Failure) -> KernelLaunch {
    let shape = LaunchShape(
      grid: (parameters.gridDimX, parameters.gridDimY, parameters.gridDimZ),
      block: (parameters.blockDimX, parameters.blockDimY, parameters.blockDimZ),
      dynamicSharedBytes: parameters.sharedMemBytes)
    return try kernelLaunch(
      parameters.func ?? parameters.kern, shape, parameters: parameters.kernelParams,
      extra: parameters.extra)
  }

  public func graphExecSetKernel(
    _ handle: CUgraphExec?, _ node: CUgraphNode?, _ parameters: CUDA_KERNEL_NODE_PARAMS
  ) throws(Failure) {
    try replace(try exec(handle), try self.node(node), .kernel(try kernelLaunch(parameters)))
  }

  public func graphExecSetCopy(
    _ handle: CUgraphExec?, _ node: CUgraphNode?, _ copy: Copy
  ) throws(Failure) {
    var copy = copy
    try validate(&copy)
    try replace(try exec(handle), try self.node(node), .copy(copy))
  }

  public func graphExecSetFill(
    _ handle: CUgraphExec?, _ node: CUgraphNode?, _ fill: Fill
  ) throws(Failure) {
    try validate(fill)
    try replace(try exec(handle), try self.node(node), .fill(fill))
  }

  public func graphExecSetHost(
    _ handle: CUgraphExec?, _ node: CUgraphNode?, _ function: @escaping @Sendable () -> Void
  ) throws(Failure) {
    try replace(try exec(handle), try self.node(node), .host(Self.hostWork(function)))
  }

  public func graphSetKernel(
    _ handle: CUgraphNode?, _ parameters: CUDA_KERNEL_NODE_PARAMS
  ) throws(Failure) {
    let node = try node(handle)
    guard case .kernel = node.command else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    node.command = .kernel(try kernelLaunch(parameters))
  }

  func replace(
    _ exec: GraphExec, _ node: GraphNode, _ command: Command
  ) throws(Failure) {
    let graph = ObjectIdentifier(node.graph)
    guard
      let index = exec.steps.firstIndex(where: { $0.number == node.number && $0.graph == graph }),
      exec.steps[index].command.isSameKind(as: command)
    else { throw Failure(CUDA_ERROR_INVALID_VALUE) }
    exec.steps[index].command = command
  }
}

extension Command {
  var isOfMemory: Bool {
    switch self {
    case .allocate, .free: true
    case .kernel, .copy, .fill, .host, .operations, .child, .empty: false
    }
  }

  func isSameKind(as other: Command) -> Bool {
    switch (self, other) {
    case (.kernel, .kernel), (.copy, .copy), (.fill, .fill), (.host, .host), (.empty, .empty),
      (.child, .child), (.operations, .operations), (.allocate, .allocate), (.free, .free):
      true
    case (.kernel, _), (.copy, _), (.fill, _), (.host, _), (.empty, _), (.child, _),
      (.operations, _), (.allocate, _), (.free, _):
      false
    }
  }
}
