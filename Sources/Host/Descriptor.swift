internal import CPlatform
internal import Glibc
public import SystemPackage

/// An open file that has exactly one owner; it closes when the owner lets go.
public struct Descriptor: ~Copyable, Sendable {
  /// The kernel's number. Borrow it for a call; never keep it.
  public let number: Int32

  /// Takes over an open descriptor nobody else owns.
  public init(owning number: Int32) { self.number = number }

  deinit {
    _ = Glibc.close(number)
  }

  /// Gives the number away: the receiver closes it.
  public consuming func release() -> Int32 {
    let kept = number
    discard self
    return kept
  }

  /// A second descriptor of the same open file.
  /// - Throws: the kernel's error, such as too many open files.
  public borrowing func duplicate() throws(Errno) -> Descriptor {
    let copy = fcntl(number, F_DUPFD_CLOEXEC, 3)
    return Descriptor(owning: try Kernel.call(copy < 0 ? -errno : copy))
  }
}

/// What tells two open files apart.
public struct FileIdentity: Equatable, Sendable {
  public let device: UInt64
  public let inode: UInt64
}

/// Size and use of an open file.
public struct FileFacts: Sendable {
  public let identity: FileIdentity
  public let sizeBytes: Int64
  /// Bytes that have memory or disk behind them; a sparse file has fewer than its size.
  public let populatedBytes: Int64
}

extension Descriptor {
  public borrowing func facts() throws(Errno) -> FileFacts {
    var status = stat()
    try Kernel.call(fstat(number, &status) < 0 ? -errno : 0)
    return FileFacts(
      identity: FileIdentity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino)),
      sizeBytes: Int64(status.st_size), populatedBytes: Int64(status.st_blocks) * 512)
  }
}
