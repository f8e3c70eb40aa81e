internal import Glibc

/// What the kernel tells of other processes in `/proc`.
public enum ProcessFacts {
  /// The effective user of a process; nil when it is not there or not ours to see.
  public static func userID(of processID: Int32) -> UInt32? {
    // The real, effective, saved and file system's one.
    let words = status(processID, "Uid:")
    return words.count >= 2 ? UInt32(words[1]) : nil
  }

  /// Whether a process has process numbers of its own beside those we see, as in a container; also
  /// for one that we do not see.
  public static func isContained(_ processID: Int32) -> Bool {
    // Its number here and in each inner namespace.
    status(processID, "NSpid:").count != 1
  }

  private static func status(_ processID: Int32, _ field: String) -> [Substring] {
    let lines = text("/proc/\(processID)/status")?.split(separator: "\n") ?? []
    guard let line = lines.first(where: { $0.hasPrefix(field) }) else { return [] }
    return line.dropFirst(field.count).split { $0 == "\t" || $0 == " " }
  }

  /// The process that holds a whole file's lock (flock(2)), nil when the kernel does not show it.
  static func lockHolder(device: UInt64, inode: UInt64) -> Int32? {
    guard let text = text("/proc/locks") else { return nil }
    // As makedev(3) of the C library puts them together.
    let major = device >> 8 & 0xFFF | device >> 32 & ~0xFFF
    let minor = device & 0xFF | device >> 12 & ~0xFF
    let wanted = "\(hexadecimal(major)):\(hexadecimal(minor)):\(inode)"
    for line in text.split(separator: "\n") {
      // NUMBER: FLOCK ADVISORY WRITE PID MAJOR:MINOR:INODE 0 EOF
      let words = line.split(separator: " ")
      guard words.count >= 6, words[1] == "FLOCK", words[5] == wanted else { continue }
      return Int32(words[4])
    }
    return nil
  }

  private static func hexadecimal(_ number: UInt64) -> String {
    (number < 16 ? "0" : "") + String(number, radix: 16)
  }

  private static let textBytesMax = 1 << 18

  private static func text(_ path: String) -> String? {
    let number = open(path, O_RDONLY | O_CLOEXEC)
    guard number >= 0 else { return nil }
    let file = Descriptor(owning: number)
    let bytes = [UInt8](unsafeUninitializedCapacity: textBytesMax) { buffer, count in
      count = 0
      while count < buffer.count {
        let got = read(file.number, buffer.baseAddress.map { $0 + count }, buffer.count - count)
        guard got > 0 else { break }
        count += got
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
