internal import Glibc

/// What the machine says of itself in its proc and sys files.
public enum Machine {
  /// RAM that can be had without swapping, `MemAvailable`; nil when the kernel does not say.
  public static func availableBytes() -> UInt64? { memoryField("MemAvailable:") }

  /// `MemTotal`.
  public static func totalBytes() -> UInt64? { memoryField("MemTotal:") }

  /// Free huge pages of 2 MiB, and how many there are.
  public static func freeHugePages() -> UInt64? { hugePages("free_hugepages") }
  public static func hugePages() -> UInt64? { hugePages("nr_hugepages") }

  private static func hugePages(_ name: String) -> UInt64? {
    text("/sys/kernel/mm/hugepages/hugepages-2048kB/\(name)").flatMap {
      UInt64($0.prefix { $0.isNumber })
    }
  }

  /// Bytes this process's cgroup (version 2) may still take; nil without a limit.
  public static func cgroupHeadroomBytes() -> UInt64? {
    guard let membership = text("/proc/self/cgroup"),
      let line = membership.split(separator: "\n").first(where: { $0.hasPrefix("0::") })
    else { return nil }
    let directory = "/sys/fs/cgroup" + line.dropFirst(3)
    guard
      let limit = text(directory + "/memory.max").flatMap({ UInt64($0.prefix { $0.isNumber }) }),
      let current = text(directory + "/memory.current").flatMap({
        UInt64($0.prefix { $0.isNumber })
      })
    else { return nil }
    return limit - min(limit, current)
  }

  /// RAM the agent may count on: what the machine has left, or its cgroup if that is less.
  public static func usableBytes() -> UInt64? {
    guard let available = availableBytes() else { return nil }
    return min(available, cgroupHeadroomBytes() ?? UInt64.max)
  }

  /// Like `6.1.0-18-amd64`.
  public static func kernelRelease() -> String? {
    text("/proc/sys/kernel/osrelease").map { String($0.prefix { $0 != "\n" }) }
  }

  /// Whether `processID` is alive (a zombie is not).
  public static func isAlive(processID: Int32) -> Bool {
    guard let status = text("/proc/\(processID)/stat"), let close = status.lastIndex(of: ")") else {
      return false
    }
    let state = status[status.index(after: close)...].drop { $0 == " " }.first
    return state != "Z" && state != "X"
  }

  private static func memoryField(_ name: String) -> UInt64? {
    guard let text = text("/proc/meminfo") else { return nil }
    for line in text.split(separator: "\n") where line.hasPrefix(name) {
      let digits = line.drop { !$0.isNumber }.prefix { $0.isNumber }
      return UInt64(digits).map { $0 << 10 }
    }
    return nil
  }

  /// The first 16 KiB of a file as text, nil when it can not be read.
  public static func text(_ path: String) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return nil }
    defer { close(file) }
    let bytes = [UInt8](unsafeUninitializedCapacity: 16_384) { buffer, count in
      count = 0
      while count < buffer.count {
        let got = read(file, buffer.baseAddress.map { $0 + count }, buffer.count - count)
        if got <= 0 { break }
        count += got
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
