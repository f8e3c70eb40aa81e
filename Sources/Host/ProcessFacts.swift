internal import Glibc

/// What the kernel tells of other processes in `/proc`.
enum ProcessFacts {
  /// The effective user of a process; nil when it is not there or not ours to see.
  static func userID(of processID: Int32) -> UInt32? {
    guard let text = text("/proc/\(processID)/status") else { return nil }
    // `Uid:` and the real, effective, saved and file system's one.
    let line = text.split(separator: "\n").first { $0.hasPrefix("Uid:") }
    let words = line?.split { $0 == "\t" || $0 == " " } ?? []
    return words.count >= 3 ? UInt32(words[2]) : nil
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
