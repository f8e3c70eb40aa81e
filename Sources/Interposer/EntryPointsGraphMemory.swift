// Nodes that allocate and free memory, and the calls that such a graph answers differently.
// Signatures: CUDA 13.5 `cuda.h`.

internal import CInterposer
internal import Faults
internal import Shadow

/// A stream that captures.
struct CapturingStream {
  var handle: UnsafeRawPointer?
  /// What it is remembered by; 0: it is not.
  var key: UInt64
  var isPerThread: Bool
}

/// Where a node goes: the arguments that the names for adding one have in common.
struct NodePlace {
  var graph: UInt64
  var dependencies: UInt64
  /// Data of the edges; 0: none.
  var edges: UInt64 = 0
  var count: UInt64
}

#if hasFeature(Embedded)
  enum MemoryNodes {
    private static let emptyKind: UInt64 = 5

    /// The node that the driver knows. Its parameters, where it has some, are `CUgraphNodeParams`:
    /// 256 bytes, zero but for the kind.
    private static func addEmpty(_ node: inout UInt64, _ place: NodePlace) -> Int32 {
      if place.edges == 0 {
        return Calls.forward(
          ENTRY_cuGraphAddEmptyNode, Calls.word(&node), place.graph, place.dependencies,
          place.count)
      }
      var parameters = InlineArray<32, UInt64>(repeating: 0)
      parameters[unchecked: 0] = emptyKind
      return Calls.forward(
        ENTRY_cuGraphAddNode_v2, Calls.word(&node), place.graph, place.dependencies, place.edges,
        place.count, Calls.word(&parameters))
    }

    /// New memory for a graph, on its own. Nil: there is none, or no place to note it.
    private static func allocate(_ bytes: UInt64, _ address: inout UInt64) -> Int32? {
      if !Memory.withTables({ GraphMemory.hasRoom }) { return nil }
      let result = Memory.allocate(bytes: bytes, owner: Owner(pool: Owner.graph), &address)
      return result == CudaResult.outOfMemory ? nil : result
    }

    private static func note(
      _ node: UInt64, of graph: UInt64, allocates address: UInt64, bytes: UInt64
    ) -> Int32 {
      let isNoted = Memory.withTables {
        GraphMemory.add(node, of: graph, allocates: address, bytes: bytes)
      }
      return isNoted ? CudaResult.success : CudaResult.outOfMemory
    }

    // MARK: in a capture

    /// The empty node comes next in the stream, and the stream stands behind it.
    private static func append(
      to stream: CapturingStream, _ state: Captures.State, _ node: inout UInt64
    ) -> Int32 {
      let place = NodePlace(
        graph: state.graph, dependencies: state.dependencies, count: state.count)
      let added = addEmpty(&node, place)
      if added != 0 || fault(379) { return added }
      let replacing: UInt64 = 1
      let handle = Calls.word(stream.handle)
      let result = Calls.forward(
        stream.isPerThread
          ? ENTRY_cuStreamUpdateCaptureDependencies_ptsz : ENTRY_cuStreamUpdateCaptureDependencies,
        handle, Calls.word(&node), 1, replacing)
      if result != CudaResult.notFound { return result }
      // The name of later drivers, with room for the data of edges.
      return Calls.forward(
        stream.isPerThread
          ? ENTRY_cuStreamUpdateCaptureDependencies_v2_ptsz
          : ENTRY_cuStreamUpdateCaptureDependencies_v2,
        handle, Calls.word(&node), 0, 1, replacing)
    }

    /// Where the stream stands, if its graph is one that we know the end of.
    private static func state(_ stream: CapturingStream) -> Captures.State? {
      guard let state = Captures.state(stream.handle, isPerThread: stream.isPerThread),
        Captures.isWriting(state.graph)
      else { return nil }
      return state
    }

    /// Nil: this has to be the driver's own node.
    static func capture(
      _ bytes: UInt64, in stream: CapturingStream, _ address: inout UInt64
    ) -> Int32? {
      guard let before = state(stream) else { return nil }
      let point = CapturePoint(capture: before.number, stream: stream.key)
      let back = Memory.withTables {
        GraphMemory.takeBack(bytes: bytes, at: point, in: before.graph)
      }
      if let back {
        address = back
      } else {
        guard let result = allocate(bytes, &address) else { return nil }
        if result != 0 { return result }
      }
      var node: UInt64 = 0
      var result = CudaResult.invalidValue
      // Asked again: an allocation takes its time, and the driver's list does not last.
      if let now = state(stream), now.number == before.number {
        result = append(to: stream, now, &node)
        if result == 0 { result = note(node, of: now.graph, allocates: address, bytes: bytes) }
      }
      if result == 0 { return result }
      if back != nil {
        Memory.withTables { GraphMemory.putBack(address) }
      } else {
        _ = Memory.free(address, keeper: Owner.graph)
      }
      return result
    }

    static func captureFree(_ address: UInt64, in stream: CapturingStream) -> Int32 {
      guard let state = state(stream) else { return CudaResult.invalidValue }
      let point = CapturePoint(capture: state.number, stream: stream.key)
      let mayFree = Memory.withTables {
        GraphMemory.beginFree(address, in: state.graph, at: point)
      }
      if !mayFree { return CudaResult.invalidValue }
      var node: UInt64 = 0
      let result = append(to: stream, state, &node)
      Memory.withTables {
        GraphMemory.endFree(address, in: state.graph, result == 0 ? node : nil)
      }
      return result
    }

    // MARK: added by the program

    /// Plain memory of our device, which no other device reads.
    private static func isPlain(
      _ parameters: UnsafeMutablePointer<tidelock_allocation_node>
    ) -> Bool {
      let pool = parameters.pointee.pool
      guard pool.type == 1, pool.handle_types == 0, pool.usage == 0, pool.location_type == 1,
        pool.location_id == Start.device
      else { return fault(376) }
      var index = 0
      while let access = parameters.pointee.accesses, index < parameters.pointee.access_count {
        if access[index].location_type != 1 || access[index].location_id != Start.device {
          return false
        }
        index &+= 1
      }
      return true
    }

    /// `call` makes the driver's own node, and pins.
    static func add(
      _ entry: Int, _ node: UnsafeMutablePointer<UInt64>?, at place: NodePlace,
      _ parameters: UnsafeMutablePointer<tidelock_allocation_node>?, _ call: () -> Int32
    ) -> Int32 {
      guard let node, let parameters, place.graph != 0 else { return call() }
      guard Calls.ours(entry), isPlain(parameters) else { return call() }
      let bytes = UInt64(UInt(bitPattern: parameters.pointee.bytes))
      if bytes == 0 { return CudaResult.invalidValue }
      var address: UInt64 = 0
      guard let allocated = allocate(bytes, &address) else { return call() }
      if allocated != 0 { return allocated }
      var handle: UInt64 = 0
      var result = addEmpty(&handle, place)
      if result == 0 {
        result = note(handle, of: place.graph, allocates: address, bytes: bytes)
      }
      if result != 0 {
        _ = Memory.free(address, keeper: Owner.graph)
        return result
      }
      node.pointee = handle
      parameters.pointee.address = address
      return result
    }

    static func addFree(
      _ node: UnsafeMutablePointer<UInt64>?, at place: NodePlace, _ address: UInt64,
      _ call: () -> Int32
    ) -> Int32 {
      guard let node, place.graph != 0, Start.isBound, !Start.isForkedChild,
        Memory.contains(address)
      else { return call() }
      let mayFree = Memory.withTables {
        GraphMemory.beginFree(address, in: place.graph, at: CapturePoint())
      }
      if !mayFree { return CudaResult.invalidValue }
      var handle: UInt64 = 0
      let result = addEmpty(&handle, place)
      Memory.withTables {
        GraphMemory.endFree(address, in: place.graph, result == 0 ? handle : nil)
      }
      if result == 0 { node.pointee = handle }
      return result
    }

    static func forgetFreed(by stream: UnsafeRawPointer?) {
      if !GraphMemory.isUsed { return }
      Memory.withTables { GraphMemory.forgetFreed(by: Calls.word(stream)) }
    }

    // MARK: graphs that have such nodes

    /// A graph becomes a node of another: itself (`isMoved`), or a copy of it.
    static func addChild(
      _ child: UInt64, isMoved: Bool, to graph: UInt64, _ call: () -> Int32
    ) -> Int32 {
      let isOfMemory = hasNodes(child)
      if isOfMemory && !isMoved { return CudaResult.invalidValue }
      let result = call()
      if isOfMemory && result == 0 {
        Memory.withTables { GraphMemory.move(child, into: graph) }
      }
      return result
    }

    static func hasNodes(_ graph: UInt64) -> Bool {
      GraphMemory.isUsed && Memory.withTables { GraphMemory.hasNodes(graph) }
    }

    static func meaning(_ node: UnsafeRawPointer?) -> (address: UInt64, bytes: UInt64)? {
      GraphMemory.isUsed ? Memory.withTables { GraphMemory.meaning(Calls.word(node)) } : nil
    }

    /// What was asked for when the node was made, as far as it is kept.
    static func describe(
      _ address: UInt64, bytes: UInt64, at place: UnsafeMutablePointer<tidelock_allocation_node>
    ) {
      place.pointee = tidelock_allocation_node()
      place.pointee.pool.type = 1
      place.pointee.pool.location_type = 1
      place.pointee.pool.location_id = Start.device
      place.pointee.bytes = Int(truncatingIfNeeded: bytes)
      place.pointee.address = address
    }

    /// One instance of such a graph at a time.
    static func instantiate(
      _ entry: Int, _ instance: UnsafeMutablePointer<UInt64>?, _ graph: UnsafeRawPointer?,
      flags: UInt64, _ c: UInt64, _ d: UInt64 = 0, _ e: UInt64 = 0
    ) -> Int32 {
      let graph = Calls.word(graph)
      let isOfMemory = hasNodes(graph)
      if isOfMemory, Memory.withTables({ GraphMemory.hasInstance(graph) }), !fault(377) {
        return CudaResult.invalidValue
      }
      let result = tidelock_gated_call(
        UInt32(truncatingIfNeeded: entry), Calls.word(instance), graph, c, d, e, 0)
      guard isOfMemory, result == 0, let instance else { return result }
      let isNoted = Memory.withTables {
        GraphMemory.addInstance(instance.pointee, of: graph, freesAtLaunch: flags & 1 != 0)
      }
      if isNoted { return result }
      _ = Calls.forward(ENTRY_cuGraphExecDestroy, instance.pointee)
      return CudaResult.outOfMemory
    }

    static func launch(
      _ entry: Int, _ instance: UnsafeRawPointer?, _ stream: UnsafeRawPointer?, isPerThread: Bool
    ) -> Int32 {
      func call() -> Int32 {
        tidelock_gated_call(
          UInt32(truncatingIfNeeded: entry), Calls.word(instance), Calls.word(stream), 0, 0, 0, 0)
      }
      if !GraphMemory.isUsed { return call() }
      switch Memory.withTables({ GraphMemory.mayLaunch(Calls.word(instance)) }) {
      case .plain: return call()
      case .refused: return CudaResult.invalidValue
      case .allowed: break
      }
      if Words.openCaptures.value > 0 {
        // It would become part of another graph, which memory nodes cannot.
        let asking = isPerThread ? ENTRY_cuStreamIsCapturing_ptsz : ENTRY_cuStreamIsCapturing
        var status: Int32 = 0
        let asked = Calls.forward(asking, Calls.word(stream), Calls.word(&status))
        if asked != 0 { return asked }
        if status != 0 { return CudaResult.streamCaptureUnsupported }
      }
      let result = call()
      if result == 0 {
        Memory.withTables { GraphMemory.launched(Calls.word(instance)) }
        GraphMemory.giveBackEnded()
      }
      return result
    }

    /// Whether an instance may be updated from a graph.
    static func mayUpdate(_ instance: UnsafeRawPointer?, _ graph: UnsafeRawPointer?) -> Bool {
      !GraphMemory.isUsed
        || Memory.withTables {
          GraphMemory.mayUpdate(Calls.word(instance), from: Calls.word(graph))
        }
    }
  }

  // MARK: nodes

  @c(tidelock_cuGraphAddMemAllocNode)
  public func cuGraphAddMemAllocNode(
    _ node: UnsafeMutablePointer<UInt64>?, _ graph: UnsafeRawPointer?,
    _ dependencies: UnsafeRawPointer?, _ count: Int, _ parameters: UnsafeMutableRawPointer?
  ) -> Int32 {
    let place = NodePlace(
      graph: Calls.word(graph), dependencies: Calls.word(dependencies),
      count: UInt64(UInt(bitPattern: count)))
    let wanted = parameters?.assumingMemoryBound(to: tidelock_allocation_node.self)
    let bytes = UInt64(UInt(bitPattern: wanted?.pointee.bytes ?? 0))
    return MemoryNodes.add(ENTRY_cuGraphAddMemAllocNode, node, at: place, wanted) {
      Calls.pinned(ENTRY_cuGraphAddMemAllocNode, askedBytes: bytes) {
        Calls.forward(
          ENTRY_cuGraphAddMemAllocNode, Calls.word(node), place.graph, place.dependencies,
          place.count, Calls.word(parameters))
      }
    }
  }

  @c(tidelock_cuGraphAddMemFreeNode)
  public func cuGraphAddMemFreeNode(
    _ node: UnsafeMutablePointer<UInt64>?, _ graph: UnsafeRawPointer?,
    _ dependencies: UnsafeRawPointer?, _ count: Int, _ address: DevicePointer
  ) -> Int32 {
    let place = NodePlace(
      graph: Calls.word(graph), dependencies: Calls.word(dependencies),
      count: UInt64(UInt(bitPattern: count)))
    return MemoryNodes.addFree(node, at: place, address) {
      Calls.forward(
        ENTRY_cuGraphAddMemFreeNode, Calls.word(node), place.graph, place.dependencies,
        place.count, address)
    }
  }

  @c(tidelock_cuGraphMemAllocNodeGetParams)
  public func cuGraphMemAllocNodeGetParams(
    _ node: UnsafeRawPointer?, _ parameters: UnsafeMutableRawPointer?
  ) -> Int32 {
    guard let parameters, let meaning = MemoryNodes.meaning(node) else {
      return Calls.forward(
        ENTRY_cuGraphMemAllocNodeGetParams, Calls.word(node), Calls.word(parameters))
    }
    if meaning.bytes == 0 { return CudaResult.invalidValue }
    MemoryNodes.describe(
      meaning.address, bytes: meaning.bytes,
      at: parameters.assumingMemoryBound(to: tidelock_allocation_node.self))
    return CudaResult.success
  }

  @c(tidelock_cuGraphMemFreeNodeGetParams)
  public func cuGraphMemFreeNodeGetParams(
    _ node: UnsafeRawPointer?, _ address: UnsafeMutablePointer<DevicePointer>?
  ) -> Int32 {
    guard let address, let meaning = MemoryNodes.meaning(node) else {
      return Calls.forward(
        ENTRY_cuGraphMemFreeNodeGetParams, Calls.word(node), Calls.word(address))
    }
    if meaning.bytes != 0 { return CudaResult.invalidValue }
    address.pointee = meaning.address
    return CudaResult.success
  }

  @c(tidelock_cuGraphNodeGetType)
  public func cuGraphNodeGetType(
    _ node: UnsafeRawPointer?, _ kind: UnsafeMutablePointer<UInt32>?
  ) -> Int32 {
    let result = Calls.forward(ENTRY_cuGraphNodeGetType, Calls.word(node), Calls.word(kind))
    if result == 0, let kind, let meaning = MemoryNodes.meaning(node) {
      kind.pointee = meaning.bytes != 0 ? GraphNodes.allocating : GraphNodes.freeing
    }
    return result
  }

  /// `CUgraphNodeParams`: the kind, and 16 bytes on what belongs to it.
  @c(tidelock_cuGraphNodeGetParams)
  public func cuGraphNodeGetParams(
    _ node: UnsafeRawPointer?, _ parameters: UnsafeMutableRawPointer?
  ) -> Int32 {
    let result = Calls.forward(
      ENTRY_cuGraphNodeGetParams, Calls.word(node), Calls.word(parameters))
    guard result == 0, let parameters, let meaning = MemoryNodes.meaning(node) else {
      return result
    }
    let isAllocation = meaning.bytes != 0
    parameters.storeBytes(
      of: isAllocation ? GraphNodes.allocating : GraphNodes.freeing, as: UInt32.self)
    if isAllocation {
      MemoryNodes.describe(
        meaning.address, bytes: meaning.bytes,
        at: (parameters + 16).assumingMemoryBound(to: tidelock_allocation_node.self))
    } else {
      (parameters + 16).storeBytes(of: meaning.address, as: UInt64.self)
    }
    return result
  }

  // MARK: what such a graph does not allow

  @c(tidelock_cuGraphDestroyNode)
  public func cuGraphDestroyNode(_ node: UnsafeRawPointer?) -> Int32 {
    if MemoryNodes.meaning(node) != nil { return CudaResult.invalidValue }
    return Calls.forward(ENTRY_cuGraphDestroyNode, Calls.word(node))
  }

  @c(tidelock_cuGraphRemoveDependencies)
  public func cuGraphRemoveDependencies1(
    _ graph: UnsafeRawPointer?, _ from: UnsafeRawPointer?, _ to: UnsafeRawPointer?, _ count: Int
  ) -> Int32 {
    if count != 0, MemoryNodes.hasNodes(Calls.word(graph)) { return CudaResult.invalidValue }
    return Calls.forward(
      ENTRY_cuGraphRemoveDependencies, Calls.word(graph), Calls.word(from), Calls.word(to),
      UInt64(UInt(bitPattern: count)))
  }

  @c(tidelock_cuGraphRemoveDependencies_v2)
  public func cuGraphRemoveDependencies2(
    _ graph: UnsafeRawPointer?, _ from: UnsafeRawPointer?, _ to: UnsafeRawPointer?,
    _ edges: UnsafeRawPointer?, _ count: Int
  ) -> Int32 {
    if count != 0, MemoryNodes.hasNodes(Calls.word(graph)) { return CudaResult.invalidValue }
    return Calls.forward(
      ENTRY_cuGraphRemoveDependencies_v2, Calls.word(graph), Calls.word(from), Calls.word(to),
      Calls.word(edges), UInt64(UInt(bitPattern: count)))
  }

  @c(tidelock_cuGraphClone)
  public func cuGraphClone(_ clone: UnsafeRawPointer?, _ graph: UnsafeRawPointer?) -> Int32 {
    if MemoryNodes.hasNodes(Calls.word(graph)) { return CudaResult.invalidValue }
    return Calls.forward(ENTRY_cuGraphClone, Calls.word(clone), Calls.word(graph))
  }

  @c(tidelock_cuGraphAddChildGraphNode)
  public func cuGraphAddChildGraphNode(
    _ node: UnsafeRawPointer?, _ graph: UnsafeRawPointer?, _ dependencies: UnsafeRawPointer?,
    _ count: Int, _ child: UnsafeRawPointer?
  ) -> Int32 {
    MemoryNodes.addChild(Calls.word(child), isMoved: false, to: Calls.word(graph)) {
      Calls.forward(
        ENTRY_cuGraphAddChildGraphNode, Calls.word(node), Calls.word(graph),
        Calls.word(dependencies), UInt64(UInt(bitPattern: count)), Calls.word(child))
    }
  }

  // MARK: the end of graphs and instances
  // Forgotten before the driver is called: the moment it is gone, another may have its handle.

  @c(tidelock_cuGraphDestroy)
  public func cuGraphDestroy(_ graph: UnsafeRawPointer?) -> Int32 {
    GraphMemory.graphEnded(Calls.word(graph))
    return Calls.forward(ENTRY_cuGraphDestroy, Calls.word(graph))
  }

  @c(tidelock_cuGraphExecDestroy)
  public func cuGraphExecDestroy(_ instance: UnsafeRawPointer?) -> Int32 {
    GraphMemory.instanceEnded(Calls.word(instance))
    return Calls.forward(ENTRY_cuGraphExecDestroy, Calls.word(instance))
  }
#endif
