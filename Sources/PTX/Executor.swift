/// Runs kernels on the calling thread.
public enum Executor {
  /// Runs the launch's blocks one after another and returns how many thread-instructions it
  /// executed: instructions times the threads that were active, predicated-off ones included.
  ///
  /// - `memory` answers for global and constant addresses.
  /// - `cancelled` is asked before every block and at bounded intervals within loops
  ///   (``Limits/cancellationInterval``); true ends the run with ``ExecutionFault/Reason/cancelled``.
  public static func run<M: DeviceMemory>(
    _ kernel: Kernel, _ launch: Launch, memory: M, cancelled: () -> Bool
  ) throws(ExecutionFault) -> UInt64 {
    throw ExecutionFault(
      reason: .invalidLaunch("this build has no executor"), kernel: kernel.name, line: 0,
      block: Dimensions(0, 0, 0), thread: Dimensions(0, 0, 0))
  }
}
