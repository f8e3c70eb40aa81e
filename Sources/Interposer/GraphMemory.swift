// Memory that nodes of graphs allocate and free. The node that the driver knows is an empty one at
// the same place of the graph; the memory is a block of the map, which moves like any other. It is
// there from the node's creation on, at one address, and goes when nobody has it any more: the
// graph, its instance, and the program, which a launch left it to. What is kept here is which node
// stands for what, and who has each block.
//
//   graph -- destroyed --+
//   instance - destroyed +--> rests like anything freed
//   launched -- freed ---+
//
// CUDA 13.5 `cuda.h`, cuGraphAddMemAllocNode, cuGraphAddMemFreeNode and cuGraphLaunch say what the
// driver allows.

internal import CInterposer
internal import Faults
internal import Shadow

/// `CUgraphMem_attribute` values.
enum GraphMemoryAttribute {
  static let usedMemCurrent: Int32 = 0
  static let usedMemHigh: Int32 = 1
  static let reservedMemCurrent: Int32 = 2
  static let reservedMemHigh: Int32 = 3
}

/// Where a stream stands in a capture: its later nodes lie behind its earlier ones.
struct CapturePoint {
  /// The capture's number; 0: in none.
  var capture: UInt64 = 0
  /// What the stream is remembered by; 0: it is not.
  var stream: UInt64 = 0
}

/// Which graph has a node that frees a block: one graph at most, once.
private enum Freeing: UInt8 {
  case nowhere, inside, elsewhere
}

/// What one or, in the order of a capture, several nodes of a graph allocate.
private struct Block {
  /// 0: free.
  var address: UInt64
  var bytes: UInt64
  /// No two blocks have the same, though one may come to lie where another was.
  var number: UInt64
  /// 0: destroyed.
  var graph: UInt64
  /// 0: none, or destroyed.
  var instance: UInt64
  /// The stream that freed it in a capture, and may have it back there.
  var freedAt: CapturePoint
  var freeing: Freeing
  /// A launch of the instance leaves it allocated.
  var isLeft: Bool
  /// A launch has left it to the program.
  var isAllocated: Bool

  var isEnded: Bool { graph == 0 && (instance == 0 || fault(378)) && !isAllocated }
}

private struct Node {
  /// What it allocates or frees; 0: no node here.
  var address: UInt64
  /// As asked for; 0: it frees.
  var bytes: UInt64
  /// The block's number.
  var block: UInt64
  /// 0: its graph is destroyed, but the instance frees another graph's memory with it.
  var handle: UInt64
  var graph: UInt64
  var instance: UInt64
}

private struct Instance {
  /// 0: none here.
  var handle: UInt64
  /// 0: destroyed.
  var graph: UInt64
  var freesAtLaunch: Bool
}

private struct Count {
  var bytes: UInt64 = 0
  var bytesHigh: UInt64 = 0

  mutating func add(_ more: UInt64) {
    bytes &+= more
    bytesHigh = max(bytesHigh, bytes)
  }

  mutating func subtract(_ less: UInt64) { bytes &-= min(less, bytes) }
}

private struct Tables {
  var blocks: UnsafeMutablePointer<Block>
  var nodes: UnsafeMutablePointer<Node>
  var instances: UnsafeMutablePointer<Instance>
}

nonisolated(unsafe) private var tables: Tables? = nil
/// One past the highest place ever used.
nonisolated(unsafe) private var blockCount = 0
nonisolated(unsafe) private var nodeCount = 0
nonisolated(unsafe) private var instanceCount = 0
/// Where a free place may be sought from.
nonisolated(unsafe) private var nodeHint = 0
nonisolated(unsafe) private var lastNumber: UInt64 = 0
nonisolated(unsafe) private var used = Count()
nonisolated(unsafe) private var reserved = Count()

/// Everything here but `isUsed` and what the extension has is called with the memory lock held.
enum GraphMemory {
  static func prepare() -> Bool {
    let blocks = Limits.graphBlocks &* MemoryLayout<Block>.stride
    let nodes = Limits.graphNodes &* MemoryLayout<Node>.stride
    let instances = Limits.graphInstances &* MemoryLayout<Instance>.stride
    guard let memory = System.map(byteCount: blocks &+ nodes &+ instances) else { return false }
    tables = Tables(
      blocks: memory.bindMemory(to: Block.self, capacity: Limits.graphBlocks),
      nodes: (memory + blocks).bindMemory(to: Node.self, capacity: Limits.graphNodes),
      instances: (memory + blocks + nodes).bindMemory(
        to: Instance.self, capacity: Limits.graphInstances))
    return true
  }

  /// Whether a graph ever had memory of ours; a forked child has none of this. Needs no lock.
  static var isUsed: Bool { Words.graphMemory.value != 0 && !Start.isForkedChild }

  // MARK: places

  private static func block(_ address: UInt64) -> UnsafeMutablePointer<Block>? {
    guard let tables = tables, address != 0 else { return nil }
    var index = blockCount
    while index > 0 {
      index &-= 1
      if tables.blocks[index].address == address { return tables.blocks + index }
    }
    return nil
  }

  private static func freeBlock() -> UnsafeMutablePointer<Block>? {
    guard let tables = tables else { return nil }
    var index = 0
    while index < blockCount && tables.blocks[index].address != 0 { index &+= 1 }
    if index == Limits.graphBlocks { return nil }
    blockCount = max(blockCount, index &+ 1)
    return tables.blocks + index
  }

  private static func freeNode() -> UnsafeMutablePointer<Node>? {
    guard let tables = tables else { return nil }
    while nodeHint < nodeCount && tables.nodes[nodeHint].address != 0 { nodeHint &+= 1 }
    if nodeHint == Limits.graphNodes { return nil }
    nodeCount = max(nodeCount, nodeHint &+ 1)
    return tables.nodes + nodeHint
  }

  private static func node(_ handle: UInt64) -> UnsafeMutablePointer<Node>? {
    guard let tables = tables, handle != 0 else { return nil }
    var index = 0
    while index < nodeCount {
      let entry = tables.nodes + index
      if entry.pointee.handle == handle && entry.pointee.address != 0 { return entry }
      index &+= 1
    }
    return nil
  }

  private static func instance(_ handle: UInt64) -> UnsafeMutablePointer<Instance>? {
    guard let tables = tables else { return nil }
    var index = 0
    while index < instanceCount {
      if tables.instances[index].handle == handle { return tables.instances + index }
      index &+= 1
    }
    return nil
  }

  private static func drop(_ entry: UnsafeMutablePointer<Node>) {
    guard let tables = tables else { return }
    entry.pointee.address = 0
    nodeHint = min(nodeHint, entry - tables.nodes)
  }

  // MARK: nodes

  /// Whether there is a place for one more block and its node.
  static var hasRoom: Bool { freeBlock() != nil && freeNode() != nil }

  /// Takes note of a node that allocates: a new block, or one that its stream has back.
  /// False: too many.
  static func add(
    _ node: UInt64, of graph: UInt64, allocates address: UInt64, bytes: UInt64
  ) -> Bool {
    guard let place = freeNode() else { return false }
    if block(address) == nil {
      guard let block = freeBlock() else { return false }
      lastNumber &+= 1
      block.pointee = Block(
        address: address, bytes: bytes, number: lastNumber, graph: graph, instance: 0,
        freedAt: CapturePoint(), freeing: .nowhere, isLeft: false, isAllocated: false)
      reserved.add(bytes)
    }
    place.pointee = Node(
      address: address, bytes: bytes, block: block(address)?.pointee.number ?? 0, handle: node,
      graph: graph, instance: 0)
    Words.graphMemory.value = 1
    return true
  }

  /// Something of so many bytes that this stream freed earlier in this capture.
  static func takeBack(bytes: UInt64, at point: CapturePoint, in graph: UInt64) -> UInt64? {
    guard let tables = tables, point.stream != 0 else { return nil }
    var index = blockCount
    while index > 0 {
      index &-= 1
      let entry = tables.blocks + index
      guard entry.pointee.bytes == bytes, entry.pointee.graph == graph,
        entry.pointee.freedAt.capture == point.capture, entry.pointee.freeing == .inside
      else { continue }
      if entry.pointee.freedAt.stream != point.stream && !fault(370) { continue }
      entry.pointee.freedAt = CapturePoint()
      entry.pointee.freeing = .nowhere
      return entry.pointee.address
    }
    return nil
  }

  /// What was taken back could not be used.
  static func putBack(_ address: UInt64) {
    if let block = block(address) { block.pointee.freeing = .inside }
  }

  /// The graph is about to free a block: none of ours, or what one graph frees already, it may not.
  /// `point`: where, in a capture.
  static func beginFree(_ address: UInt64, in graph: UInt64, at point: CapturePoint) -> Bool {
    guard let block = block(address), block.pointee.freeing == .nowhere else { return false }
    if freeNode() == nil { return false }
    let isInside = block.pointee.graph == graph
    block.pointee.freeing = isInside ? .inside : .elsewhere
    if isInside { block.pointee.freedAt = point }
    return true
  }

  /// A node frees it, or (`node` nil) could not be made.
  static func endFree(_ address: UInt64, in graph: UInt64, _ node: UInt64?) {
    guard let block = block(address) else { return }
    if let node, let place = freeNode() {
      place.pointee = Node(
        address: address, bytes: 0, block: block.pointee.number, handle: node, graph: graph,
        instance: 0)
    } else {
      block.pointee.freeing = .nowhere
      block.pointee.freedAt = CapturePoint()
    }
  }

  /// The program said itself what comes next in the stream.
  static func forgetFreed(by stream: UInt64) {
    guard let tables = tables, !fault(371) else { return }
    var index = 0
    while index < blockCount {
      let entry = tables.blocks + index
      if entry.pointee.freedAt.stream == stream { entry.pointee.freedAt = CapturePoint() }
      index &+= 1
    }
  }

  /// What a node stands for; `bytes` 0: it frees. Nil: it is the driver's business.
  static func meaning(_ handle: UInt64) -> (address: UInt64, bytes: UInt64)? {
    guard let entry = node(handle) else { return nil }
    return (entry.pointee.address, entry.pointee.bytes)
  }

  // MARK: graphs and instances

  /// Whether a graph has such nodes.
  static func hasNodes(_ graph: UInt64) -> Bool {
    guard let tables = tables, graph != 0 else { return false }
    var index = 0
    while index < nodeCount {
      let entry = tables.nodes + index
      if entry.pointee.graph == graph && entry.pointee.address != 0 { return true }
      index &+= 1
    }
    return false
  }

  static func hasInstance(_ graph: UInt64) -> Bool {
    guard let tables = tables else { return false }
    var index = 0
    while index < instanceCount {
      let entry = tables.instances[index]
      if entry.handle != 0 && entry.graph == graph { return true }
      index &+= 1
    }
    return false
  }

  /// Whether an instance may take over a graph's parameters: memory stays with its own graph.
  static func mayUpdate(_ handle: UInt64, from graph: UInt64) -> Bool {
    let own = instance(handle)?.pointee.graph
    return own == nil ? !hasNodes(graph) : own == graph
  }

  /// False: too many.
  static func addInstance(_ handle: UInt64, of graph: UInt64, freesAtLaunch: Bool) -> Bool {
    guard let tables = tables else { return false }
    var index = 0
    while index < instanceCount && tables.instances[index].handle != 0 { index &+= 1 }
    if index == Limits.graphInstances { return false }
    instanceCount = max(instanceCount, index &+ 1)
    tables.instances[index] = Instance(
      handle: handle, graph: graph, freesAtLaunch: freesAtLaunch)
    index = 0
    while index < blockCount {
      let entry = tables.blocks + index
      if entry.pointee.address != 0 && entry.pointee.graph == graph {
        entry.pointee.instance = handle
        entry.pointee.isLeft = entry.pointee.freeing != .inside
      }
      index &+= 1
    }
    index = 0
    while index < nodeCount {
      let entry = tables.nodes + index
      if entry.pointee.address != 0 && entry.pointee.graph == graph {
        entry.pointee.instance = handle
      }
      index &+= 1
    }
    return true
  }

  /// A graph that was made part of another goes with that one.
  static func move(_ graph: UInt64, into parent: UInt64) {
    guard let tables = tables else { return }
    var index = 0
    while index < max(blockCount, nodeCount) {
      if index < blockCount, tables.blocks[index].graph == graph {
        tables.blocks[index].graph = parent
      }
      if index < nodeCount, tables.nodes[index].graph == graph {
        tables.nodes[index].graph = parent
      }
      index &+= 1
    }
  }

  static func endGraph(_ graph: UInt64) {
    guard let tables = tables, graph != 0, !fault(372) else { return }
    var index = 0
    while index < nodeCount {
      let entry = tables.nodes + index
      if entry.pointee.address != 0 && entry.pointee.graph == graph {
        entry.pointee.graph = 0
        entry.pointee.handle = 0
        if entry.pointee.instance == 0 { drop(entry) }
      }
      index &+= 1
    }
    index = 0
    while index < blockCount {
      if tables.blocks[index].graph == graph { tables.blocks[index].graph = 0 }
      index &+= 1
    }
    index = 0
    while index < instanceCount {
      if tables.instances[index].graph == graph { tables.instances[index].graph = 0 }
      index &+= 1
    }
  }

  static func endInstance(_ handle: UInt64) {
    guard let tables = tables, let found = instance(handle) else { return }
    found.pointee = Instance(handle: 0, graph: 0, freesAtLaunch: false)
    var index = 0
    while index < nodeCount {
      let entry = tables.nodes + index
      if entry.pointee.address != 0 && entry.pointee.instance == handle {
        entry.pointee.instance = 0
        if entry.pointee.graph == 0 { drop(entry) }
      }
      index &+= 1
    }
    index = 0
    while index < blockCount {
      if tables.blocks[index].instance == handle {
        tables.blocks[index].instance = 0
        tables.blocks[index].isLeft = false
      }
      index &+= 1
    }
  }

  // MARK: launches

  enum Launch {
    /// No memory of ours.
    case plain
    case allowed
    /// An earlier launch left memory allocated.
    case refused
  }

  static func mayLaunch(_ handle: UInt64) -> Launch {
    guard let tables = tables, let found = instance(handle), handle != 0 else { return .plain }
    if found.pointee.freesAtLaunch || fault(373) { return .allowed }
    var index = 0
    while index < blockCount {
      let entry = tables.blocks[index]
      if entry.address != 0, entry.instance == handle, entry.isLeft, entry.isAllocated {
        return .refused
      }
      index &+= 1
    }
    return .allowed
  }

  /// A launch is submitted: what it leaves allocated is the program's, what it frees of others is
  /// not any more.
  static func launched(_ handle: UInt64) {
    guard let tables = tables else { return }
    var index = 0
    while index < blockCount {
      let entry = tables.blocks + index
      if entry.pointee.address != 0, entry.pointee.instance == handle, entry.pointee.isLeft,
        !entry.pointee.isAllocated
      {
        entry.pointee.isAllocated = true
        used.add(entry.pointee.bytes)
      }
      index &+= 1
    }
    index = 0
    while index < nodeCount {
      let entry = tables.nodes[index]
      if entry.address != 0, entry.instance == handle, entry.bytes == 0,
        let block = block(entry.address), block.pointee.number == entry.block,
        block.pointee.freeing == .elsewhere
      {
        endAllocation(block)
      }
      index &+= 1
    }
  }

  private static func endAllocation(_ block: UnsafeMutablePointer<Block>) {
    if !block.pointee.isAllocated || fault(374) { return }
    block.pointee.isAllocated = false
    used.subtract(block.pointee.bytes)
  }

  // MARK: ends

  /// The program frees what a launch left to it. Nil: no block of a graph begins there.
  static func free(_ address: UInt64) -> Bool? {
    guard let block = block(address) else { return nil }
    if !block.pointee.isAllocated { return false }
    endAllocation(block)
    return true
  }

  /// Forgets a block that nobody has any more, and says where it is.
  static func takeEnded() -> UInt64? {
    guard let tables = tables else { return nil }
    var index = 0
    while index < blockCount {
      let entry = tables.blocks + index
      if entry.pointee.address != 0 && entry.pointee.isEnded {
        let address = entry.pointee.address
        reserved.subtract(entry.pointee.bytes)
        entry.pointee.address = 0
        return address
      }
      index &+= 1
    }
    return nil
  }

  /// Without any context nothing is left of graphs.
  static func forgetAll() {
    guard let tables = tables else { return }
    var index = 0
    while index < blockCount {
      tables.blocks[index].address = 0
      index &+= 1
    }
    index = 0
    while index < nodeCount {
      tables.nodes[index].address = 0
      index &+= 1
    }
    index = 0
    while index < instanceCount {
      tables.instances[index].handle = 0
      index &+= 1
    }
    nodeHint = 0
    used.subtract(used.bytes)
    reserved.subtract(reserved.bytes)
  }

  // MARK: numbers

  /// Beside what the driver's own nodes have.
  static func value(_ attribute: Int32) -> UInt64 {
    switch attribute {
    case GraphMemoryAttribute.usedMemCurrent: return used.bytes
    case GraphMemoryAttribute.usedMemHigh: return used.bytesHigh
    case GraphMemoryAttribute.reservedMemCurrent: return reserved.bytes
    case GraphMemoryAttribute.reservedMemHigh: return reserved.bytesHigh
    default: return 0
    }
  }

  static func resetHigh(_ attribute: Int32) {
    if attribute == GraphMemoryAttribute.usedMemHigh { used.bytesHigh = used.bytes }
    if attribute == GraphMemoryAttribute.reservedMemHigh { reserved.bytesHigh = reserved.bytes }
  }
}

/// Called without the memory lock.
extension GraphMemory {
  /// A graph is destroyed.
  static func graphEnded(_ handle: UInt64) {
    if !isUsed { return }
    Memory.withTables { endGraph(handle) }
    giveBackEnded()
  }

  static func instanceEnded(_ handle: UInt64) {
    if !isUsed { return }
    Memory.withTables { endInstance(handle) }
    giveBackEnded()
  }

  /// What nobody has any more rests until the work submitted so far is complete.
  static func giveBackEnded() {
    while let address = Memory.withTables({ takeEnded() }) {
      _ = Memory.free(address, keeper: Owner.graph)
    }
  }

  /// The program's own free of an address. Nil: it is not of a graph.
  static func freed(_ address: UInt64) -> Int32? {
    if !isUsed { return nil }
    guard let isFreed = Memory.withTables({ free(address) }) else { return nil }
    if !isFreed { return CudaResult.invalidValue }
    giveBackEnded()
    return CudaResult.success
  }
}
