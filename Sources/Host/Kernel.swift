/// The machine as the agent uses it: sockets that carry descriptors, sealed memory, process
/// handles, one poller. Nothing here knows a policy.
internal import CPlatform
internal import Synchronization
internal import SystemPackage

/// The one seam through which this module enters the kernel: it counts, and turns negated errno
/// values into errors.
public enum Kernel {
  private static let entered = Atomic<UInt64>(0)

  /// System calls made through this module by this process so far. Any thread.
  public static var callCount: UInt64 { entered.load(ordering: .relaxed) }

  @discardableResult
  static func call(_ result: Int32) throws(Errno) -> Int32 {
    entered.wrappingAdd(1, ordering: .relaxed)
    guard result >= 0 else { throw Errno(rawValue: -result) }
    return result
  }

  @discardableResult
  static func call(_ result: Int) throws(Errno) -> Int {
    entered.wrappingAdd(1, ordering: .relaxed)
    guard result >= 0 else { throw Errno(rawValue: CInt(-result)) }
    return result
  }
}
