// Instances of graphs, as far as memory nodes concern them: made, launched, updated; and what is
// asked about the memory of graphs. Signatures: CUDA 13.5 `cuda.h`.

internal import CInterposer

#if hasFeature(Embedded)
  @c(tidelock_cuGraphInstantiate)
  public func cuGraphInstantiate1(
    _ instance: UnsafeMutablePointer<UInt64>?, _ graph: UnsafeRawPointer?,
    _ failed: UnsafeRawPointer?, _ log: UnsafeRawPointer?, _ bytes: Int
  ) -> Int32 {
    MemoryNodes.instantiate(
      ENTRY_cuGraphInstantiate, instance, graph, flags: 0, Calls.word(failed), Calls.word(log),
      UInt64(UInt(bitPattern: bytes)))
  }

  @c(tidelock_cuGraphInstantiate_v2)
  public func cuGraphInstantiate2(
    _ instance: UnsafeMutablePointer<UInt64>?, _ graph: UnsafeRawPointer?,
    _ failed: UnsafeRawPointer?, _ log: UnsafeRawPointer?, _ bytes: Int
  ) -> Int32 {
    MemoryNodes.instantiate(
      ENTRY_cuGraphInstantiate_v2, instance, graph, flags: 0, Calls.word(failed), Calls.word(log),
      UInt64(UInt(bitPattern: bytes)))
  }

  @c(tidelock_cuGraphInstantiateWithFlags)
  public func cuGraphInstantiateWithFlags(
    _ instance: UnsafeMutablePointer<UInt64>?, _ graph: UnsafeRawPointer?, _ flags: UInt64
  ) -> Int32 {
    MemoryNodes.instantiate(
      ENTRY_cuGraphInstantiateWithFlags, instance, graph, flags: flags, flags)
  }

  func instantiate(
    _ entry: Int, _ instance: UnsafeMutablePointer<UInt64>?, _ graph: UnsafeRawPointer?,
    _ parameters: UnsafeMutablePointer<tidelock_graph_instantiation>?
  ) -> Int32 {
    let failed: Int32 = 1
    parameters?.pointee.result = failed
    return MemoryNodes.instantiate(
      entry, instance, graph, flags: parameters?.pointee.flags ?? 0, Calls.word(parameters))
  }

  @c(tidelock_cuGraphInstantiateWithParams)
  public func cuGraphInstantiateWithParams(
    _ instance: UnsafeMutablePointer<UInt64>?, _ graph: UnsafeRawPointer?,
    _ parameters: UnsafeMutableRawPointer?
  ) -> Int32 {
    instantiate(
      ENTRY_cuGraphInstantiateWithParams, instance, graph,
      parameters?.assumingMemoryBound(to: tidelock_graph_instantiation.self))
  }

  @c(tidelock_cuGraphInstantiateWithParams_ptsz)
  public func cuGraphInstantiateWithParamsPerThread(
    _ instance: UnsafeMutablePointer<UInt64>?, _ graph: UnsafeRawPointer?,
    _ parameters: UnsafeMutableRawPointer?
  ) -> Int32 {
    instantiate(
      ENTRY_cuGraphInstantiateWithParams_ptsz, instance, graph,
      parameters?.assumingMemoryBound(to: tidelock_graph_instantiation.self))
  }

  @c(tidelock_cuGraphLaunch)
  public func cuGraphLaunch(
    _ instance: UnsafeRawPointer?, _ stream: UnsafeRawPointer?
  ) -> Int32 {
    MemoryNodes.launch(ENTRY_cuGraphLaunch, instance, stream, isPerThread: false)
  }

  @c(tidelock_cuGraphLaunch_ptsz)
  public func cuGraphLaunchPerThread(
    _ instance: UnsafeRawPointer?, _ stream: UnsafeRawPointer?
  ) -> Int32 {
    MemoryNodes.launch(ENTRY_cuGraphLaunch_ptsz, instance, stream, isPerThread: true)
  }

  // MARK: updates
  // `CUgraphExecUpdateResult`, 1: an error that says nothing more.

  @c(tidelock_cuGraphExecUpdate)
  public func cuGraphExecUpdate1(
    _ instance: UnsafeRawPointer?, _ graph: UnsafeRawPointer?, _ failed: UnsafeMutableRawPointer?,
    _ outcome: UnsafeMutableRawPointer?
  ) -> Int32 {
    if MemoryNodes.mayUpdate(instance, graph) {
      return tidelock_gated_call(
        UInt32(truncatingIfNeeded: ENTRY_cuGraphExecUpdate), Calls.word(instance),
        Calls.word(graph), Calls.word(failed), Calls.word(outcome), 0, 0)
    }
    failed?.storeBytes(of: 0, as: UInt64.self)
    outcome?.storeBytes(of: 1, as: UInt32.self)
    return CudaResult.graphExecUpdateFailure
  }

  /// `CUgraphExecUpdateResultInfo`: the result, and two nodes 8 and 16 bytes on.
  @c(tidelock_cuGraphExecUpdate_v2)
  public func cuGraphExecUpdate2(
    _ instance: UnsafeRawPointer?, _ graph: UnsafeRawPointer?, _ outcome: UnsafeMutableRawPointer?
  ) -> Int32 {
    if MemoryNodes.mayUpdate(instance, graph) {
      return tidelock_gated_call(
        UInt32(truncatingIfNeeded: ENTRY_cuGraphExecUpdate_v2), Calls.word(instance),
        Calls.word(graph), Calls.word(outcome), 0, 0, 0)
    }
    outcome?.storeBytes(of: 1, as: UInt32.self)
    outcome?.storeBytes(of: 0, toByteOffset: 8, as: UInt64.self)
    outcome?.storeBytes(of: 0, toByteOffset: 16, as: UInt64.self)
    return CudaResult.graphExecUpdateFailure
  }

  // MARK: what streams stand behind

  @c(tidelock_cuStreamUpdateCaptureDependencies)
  public func cuStreamUpdateCaptureDependencies1(
    _ stream: UnsafeRawPointer?, _ nodes: UnsafeRawPointer?, _ count: Int, _ flags: UInt32
  ) -> Int32 {
    MemoryNodes.forgetFreed(by: stream)
    return Calls.forward(
      ENTRY_cuStreamUpdateCaptureDependencies, Calls.word(stream), Calls.word(nodes),
      UInt64(UInt(bitPattern: count)), UInt64(flags))
  }

  @c(tidelock_cuStreamUpdateCaptureDependencies_ptsz)
  public func cuStreamUpdateCaptureDependencies1PerThread(
    _ stream: UnsafeRawPointer?, _ nodes: UnsafeRawPointer?, _ count: Int, _ flags: UInt32
  ) -> Int32 {
    MemoryNodes.forgetFreed(by: stream)
    return Calls.forward(
      ENTRY_cuStreamUpdateCaptureDependencies_ptsz, Calls.word(stream), Calls.word(nodes),
      UInt64(UInt(bitPattern: count)), UInt64(flags))
  }

  @c(tidelock_cuStreamUpdateCaptureDependencies_v2)
  public func cuStreamUpdateCaptureDependencies2(
    _ stream: UnsafeRawPointer?, _ nodes: UnsafeRawPointer?, _ edges: UnsafeRawPointer?,
    _ count: Int, _ flags: UInt32
  ) -> Int32 {
    MemoryNodes.forgetFreed(by: stream)
    return Calls.forward(
      ENTRY_cuStreamUpdateCaptureDependencies_v2, Calls.word(stream), Calls.word(nodes),
      Calls.word(edges), UInt64(UInt(bitPattern: count)), UInt64(flags))
  }

  @c(tidelock_cuStreamUpdateCaptureDependencies_v2_ptsz)
  public func cuStreamUpdateCaptureDependencies2PerThread(
    _ stream: UnsafeRawPointer?, _ nodes: UnsafeRawPointer?, _ edges: UnsafeRawPointer?,
    _ count: Int, _ flags: UInt32
  ) -> Int32 {
    MemoryNodes.forgetFreed(by: stream)
    return Calls.forward(
      ENTRY_cuStreamUpdateCaptureDependencies_v2_ptsz, Calls.word(stream), Calls.word(nodes),
      Calls.word(edges), UInt64(UInt(bitPattern: count)), UInt64(flags))
  }

  // MARK: numbers

  /// The driver's own nodes count beside ours.
  @c(tidelock_cuDeviceGetGraphMemAttribute)
  public func cuDeviceGetGraphMemAttribute(
    _ device: Int32, _ attribute: Int32, _ value: UnsafeMutableRawPointer?
  ) -> Int32 {
    let result = Calls.forward(
      ENTRY_cuDeviceGetGraphMemAttribute, UInt64(UInt32(bitPattern: device)),
      UInt64(UInt32(bitPattern: attribute)), Calls.word(value))
    if result == 0, GraphMemory.isUsed, device == Start.device, let value {
      let theirs = value.loadUnaligned(as: UInt64.self)
      let ours = Memory.withTables { GraphMemory.value(attribute) }
      value.storeBytes(of: theirs &+ ours, as: UInt64.self)
    }
    return result
  }

  @c(tidelock_cuDeviceSetGraphMemAttribute)
  public func cuDeviceSetGraphMemAttribute(
    _ device: Int32, _ attribute: Int32, _ value: UnsafeRawPointer?
  ) -> Int32 {
    let result = Calls.forward(
      ENTRY_cuDeviceSetGraphMemAttribute, UInt64(UInt32(bitPattern: device)),
      UInt64(UInt32(bitPattern: attribute)), Calls.word(value))
    if result == 0, GraphMemory.isUsed, device == Start.device {
      Memory.withTables { GraphMemory.resetHigh(attribute) }
    }
    return result
  }
#endif
