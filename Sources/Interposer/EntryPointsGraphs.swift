// Nodes of graphs under the names that take every kind: most kinds only name memory, which stays
// where it is, and pass the gate like the names for one kind. Allocations and frees are ours; kinds
// that concern memory of others pin. And settings of contexts that take driver memory.

internal import CInterposer
internal import Faults
internal import Wire

enum GraphNodes {
  /// `CUgraphNodeType` values.
  static let child: UInt32 = 4
  static let allocating: UInt32 = 10
  static let freeing: UInt32 = 11
  /// Kernel, copy, set, host function, child graph, empty, event wait and record (0 to 7), free
  /// (11), stream operations (12), conditional (13). Not: semaphores of other interfaces,
  /// allocations that are not ours, and whatever later releases add.
  private static let ordinaryKinds: UInt32 = 0x38FF

  /// `CUgraphNodeParams` begins with its kind. NULL is for the driver to refuse.
  private static func isOrdinary(_ parameters: UnsafeRawPointer?) -> Bool {
    guard let parameters else { return true }
    let kind = parameters.load(as: UInt32.self)
    return fault(320) || (kind < 32 && ordinaryKinds >> kind & 1 == 1)
  }

  static func pass(
    _ entry: Int, _ parameters: UnsafeRawPointer?, _ a: UInt64, _ b: UInt64, _ c: UInt64 = 0,
    _ d: UInt64 = 0, _ e: UInt64 = 0, _ f: UInt64 = 0
  ) -> Int32 {
    let index = UInt32(truncatingIfNeeded: entry)
    func call() -> Int32 {
      fault(321)
        ? real_call(index, a, b, c, d, e, f) : tidelock_gated_call(index, a, b, c, d, e, f)
    }
    if isOrdinary(parameters) { return call() }
    return Calls.pinned(entry, askedBytes: AskedBytes.ofNode(parameters), call)
  }
}

#if hasFeature(Embedded)
  extension GraphNodes {
    /// What belongs to the kind begins 16 bytes on; `call` adds the driver's own node.
    static func add(
      _ entry: Int, _ node: UnsafeMutablePointer<UInt64>?, at place: NodePlace,
      _ parameters: UnsafeMutableRawPointer?, _ call: () -> Int32
    ) -> Int32 {
      guard let parameters else { return call() }
      let own = parameters + 16
      switch parameters.load(as: UInt32.self) {
      case allocating:
        return MemoryNodes.add(
          entry, node, at: place, own.assumingMemoryBound(to: tidelock_allocation_node.self), call)
      case freeing:
        return MemoryNodes.addFree(node, at: place, own.load(as: UInt64.self), call)
      case child:
        // The graph, and whether it is moved (CUDA 12.9) or copied.
        return MemoryNodes.addChild(
          own.load(as: UInt64.self), isMoved: (own + 8).load(as: UInt32.self) == 1,
          to: place.graph, call)
      default: return call()
      }
    }
  }

  @c(tidelock_cuGraphAddNode)
  public func cuGraphAddNode1(
    _ node: UnsafeMutablePointer<UInt64>?, _ graph: UnsafeRawPointer?,
    _ dependencies: UnsafeRawPointer?, _ count: Int, _ parameters: UnsafeMutableRawPointer?
  ) -> Int32 {
    let place = NodePlace(
      graph: Calls.word(graph), dependencies: Calls.word(dependencies),
      count: UInt64(UInt(bitPattern: count)))
    return GraphNodes.add(ENTRY_cuGraphAddNode, node, at: place, parameters) {
      GraphNodes.pass(
        ENTRY_cuGraphAddNode, parameters, Calls.word(node), place.graph, place.dependencies,
        place.count, Calls.word(parameters))
    }
  }

  /// The two names with data of edges.
  func addNode(
    _ entry: Int, _ node: UnsafeMutablePointer<UInt64>?, _ graph: UnsafeRawPointer?,
    _ dependencies: UnsafeRawPointer?, _ edges: UnsafeRawPointer?, _ count: Int,
    _ parameters: UnsafeMutableRawPointer?
  ) -> Int32 {
    let place = NodePlace(
      graph: Calls.word(graph), dependencies: Calls.word(dependencies), edges: Calls.word(edges),
      count: UInt64(UInt(bitPattern: count)))
    return GraphNodes.add(entry, node, at: place, parameters) {
      GraphNodes.pass(
        entry, parameters, Calls.word(node), place.graph, place.dependencies, place.edges,
        place.count, Calls.word(parameters))
    }
  }

  @c(tidelock_cuGraphAddNode_v2)
  public func cuGraphAddNode2(
    _ node: UnsafeMutablePointer<UInt64>?, _ graph: UnsafeRawPointer?,
    _ dependencies: UnsafeRawPointer?, _ edges: UnsafeRawPointer?, _ count: Int,
    _ parameters: UnsafeMutableRawPointer?
  ) -> Int32 {
    addNode(ENTRY_cuGraphAddNode_v2, node, graph, dependencies, edges, count, parameters)
  }

  @c(tidelock_cuGraphAddNode_v3)
  public func cuGraphAddNode3(
    _ node: UnsafeMutablePointer<UInt64>?, _ graph: UnsafeRawPointer?,
    _ dependencies: UnsafeRawPointer?, _ edges: UnsafeRawPointer?, _ count: Int,
    _ parameters: UnsafeMutableRawPointer?
  ) -> Int32 {
    addNode(ENTRY_cuGraphAddNode_v3, node, graph, dependencies, edges, count, parameters)
  }

  @c(tidelock_cuGraphNodeSetParams)
  public func cuGraphNodeSetParams1(
    _ node: UnsafeRawPointer?, _ parameters: UnsafeRawPointer?
  ) -> Int32 {
    GraphNodes.pass(
      ENTRY_cuGraphNodeSetParams, parameters, Calls.word(node), Calls.word(parameters))
  }

  @c(tidelock_cuGraphExecNodeSetParams)
  public func cuGraphExecNodeSetParams(
    _ program: UnsafeRawPointer?, _ node: UnsafeRawPointer?, _ parameters: UnsafeRawPointer?
  ) -> Int32 {
    GraphNodes.pass(
      ENTRY_cuGraphExecNodeSetParams, parameters, Calls.word(program), Calls.word(node),
      Calls.word(parameters))
  }

  /// Stacks, heap and print buffer of kernels are the driver's memory: the agent measures it anew.
  @c(tidelock_cuCtxSetLimit)
  public func cuCtxSetLimit(_ limit: UInt32, _ value: Int) -> Int32 {
    let result = Calls.cured(ENTRY_cuCtxSetLimit) {
      Calls.forward(ENTRY_cuCtxSetLimit, UInt64(limit), UInt64(UInt(bitPattern: value)))
    }
    if result == 0 && Start.isBound && !Start.isForkedChild { Link.tell(.residueMeasured) }
    return result
  }

  /// Memory that a second device reads must stay; where there is none, nothing changes.
  @c(tidelock_cuCtxEnablePeerAccess)
  public func cuCtxEnablePeerAccess(_ context: UnsafeRawPointer?, _ flags: UInt32) -> Int32 {
    let result = Calls.forward(
      ENTRY_cuCtxEnablePeerAccess, Calls.word(context), UInt64(flags))
    if result == 0 {
      _ = Calls.makeUnswappable(UInt32(truncatingIfNeeded: ENTRY_cuCtxEnablePeerAccess))
    }
    return result
  }

  @c(tidelock_cuCtxDisablePeerAccess)
  public func cuCtxDisablePeerAccess(_ context: UnsafeRawPointer?) -> Int32 {
    Calls.forward(ENTRY_cuCtxDisablePeerAccess, Calls.word(context))
  }
#endif
