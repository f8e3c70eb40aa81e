/// The machine as the agent uses it: sockets that carry descriptors, sealed memory, process
/// handles, one poller. Nothing here knows a policy.
internal import CPlatform
internal import SystemPackage

/// The one seam through which this module enters the kernel: it counts, and turns negated errno
/// values into errors.
public enum Kernel {
  /// System calls made through this module by the calling thread so far.
  public static var callCount: UInt64 { tidelock_calls_counted() }

  @discardableResult
  static func call(_ result: Int32) throws(Errno) -> Int32 {
    tidelock_count_call()
    guard result >= 0 else { throw Errno(rawValue: -result) }
    return result
  }

  @discardableResult
  static func call(_ result: Int) throws(Errno) -> Int {
    tidelock_count_call()
    guard result >= 0 else { throw Errno(rawValue: CInt(-result)) }
    return result
  }
}
