/// Runs kernels on the calling thread.
public enum Executor {
  /// Runs the launch's blocks one after another and returns how many thread-instructions it
  /// executed: instructions times the threads that were active, predicated-off ones included.
  ///
  /// - `memory` answers for global and constant addresses.
  /// - `cancelled` is asked before every block and at bounded intervals within loops
  ///   (``Limits/cancellationInterval``); true ends the run with
  ///   ``ExecutionFault/Reason/cancelled``.
  public static func run<M: DeviceMemory>(
    _ kernel: Kernel, _ launch: Launch, memory: M, cancelled: () -> Bool
  ) throws(ExecutionFault) -> UInt64 {
    try check(kernel, launch)
    let result: Result<UInt64, ExecutionFault> = withoutActuallyEscaping(cancelled) { cancelled in
      do throws(ExecutionFault) {
        return .success(
          try execute(kernel, launch, lookup: { memory.range(containing: $0) }, cancelled))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private static func execute(
    _ kernel: Kernel, _ launch: Launch, lookup: @escaping (UInt64) -> DeviceRange?,
    _ cancelled: @escaping () -> Bool
  ) throws(ExecutionFault) -> UInt64 {
    let (width, height) = (UInt64(launch.grid.x), UInt64(launch.grid.y))
    let all = width * height * UInt64(launch.grid.z)
    let blocks = launch.blocks ?? 0..<all
    var machine = Machine(kernel: kernel, launch: launch, lookup: lookup, cancelled: cancelled)
    machine.fillLaunchConstants()
    for index in blocks {
      let block = Dimensions(
        UInt32(truncatingIfNeeded: index % width),
        UInt32(truncatingIfNeeded: index / width % height),
        UInt32(truncatingIfNeeded: index / width / height))
      do throws(Stop) {
        try machine.run(block: block)
      } catch {
        throw ExecutionFault(
          reason: error.reason, kernel: kernel.name, line: Int(kernel.program.lines[machine.pc]),
          block: block, thread: machine.thread(error.lane))
      }
    }
    return machine.executed
  }

  private static func check(_ kernel: Kernel, _ launch: Launch) throws(ExecutionFault) {
    func fault(_ reason: ExecutionFault.Reason) -> ExecutionFault {
      let origin = Dimensions(0, 0, 0)
      return ExecutionFault(
        reason: reason, kernel: kernel.name, line: 0, block: origin, thread: origin)
    }
    let (grid, block) = (launch.grid, launch.block)
    guard grid.x > 0, grid.y > 0, grid.z > 0, grid.x <= Limits.gridX, grid.y <= Limits.gridYZ,
      grid.z <= Limits.gridYZ
    else { throw fault(.invalidLaunch("grid")) }
    let limit = UInt64(Limits.threadsPerBlock)
    let sizes = [UInt64(block.x), UInt64(block.y), UInt64(block.z)]
    guard sizes.allSatisfy({ $0 > 0 && $0 <= limit }), sizes.reduce(1, *) <= limit else {
      throw fault(.invalidLaunch("threads per block"))
    }
    let threads = Int(sizes.reduce(1, *))
    if let most = kernel.maximumBlock {
      let product = UInt64(most.x).multipliedReportingOverflow(by: UInt64(most.y))
      let total = product.partialValue.multipliedReportingOverflow(by: UInt64(most.z))
      guard product.overflow || total.overflow || total.partialValue >= UInt64(threads) else {
        throw fault(.invalidLaunch("more threads than .maxntid"))
      }
    }
    guard launch.parameters.count >= kernel.parameterBytes else {
      throw fault(.invalidLaunch("parameter buffer is short"))
    }
    guard launch.dynamicSharedBytes >= 0, launch.dynamicSharedBytes <= Limits.sharedBytes,
      kernel.sharedBytes(dynamic: launch.dynamicSharedBytes) <= Limits.sharedBytes
    else { throw fault(.outOfResources("shared memory")) }
    let lanes = (threads + 31) & ~31
    guard Int(kernel.program.slotBytes) * lanes <= Limits.registerFileBytes else {
      throw fault(.outOfResources("registers"))
    }
    guard (kernel.localBytes + 15) * threads <= Limits.blockLocalBytes else {
      throw fault(.outOfResources("local memory"))
    }
    let all = UInt64(grid.x) * UInt64(grid.y) * UInt64(grid.z)
    if let blocks = launch.blocks {
      guard blocks.upperBound <= all else { throw fault(.invalidLaunch("blocks")) }
    }
    for constant in kernel.program.constants {
      guard case .variable(let index, _) = constant.value else { continue }
      guard index < launch.variables.count else {
        throw fault(.invalidLaunch("address of a module variable is missing"))
      }
    }
  }
}
