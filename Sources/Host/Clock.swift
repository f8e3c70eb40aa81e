internal import CPlatform
internal import Glibc

/// Time as the agent's loop sees it.
public enum MonotonicClock {
  /// Nanoseconds of `CLOCK_MONOTONIC`: stops while the machine sleeps, never goes back.
  public static func nanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}

/// Who we are to the kernel.
public enum ThisProcess {
  public static var id: Int32 { getpid() }
  public static var userID: UInt32 { geteuid() }

  /// Raises this process's limit of open files as far as it may be raised.
  /// - Returns: the limit; nil when the kernel does not say.
  @discardableResult
  public static func raiseOpenFileLimit() -> Int? {
    let limit = tidelock_raise_open_files()
    return limit < 0 ? nil : limit
  }
}
