internal import Glibc
public import SystemPackage

/// That swapping is paused, written down beside the agent's socket so that an agent that is started
/// again goes on not swapping.
public struct PauseRecord: Sendable {
  public let path: FilePath

  private static let text = "paused\n"

  public init(beside socket: FilePath) { path = FilePath(socket.string + ".paused") }

  /// True only for the very file that `write` makes: plain, of our own user, changed by nobody.
  public func read() -> Bool {
    let flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
    let number = path.withPlatformString { open($0, flags) }
    guard number >= 0 else { return false }
    let file = Descriptor(owning: number)
    var status = stat()
    guard fstat(file.number, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_uid == geteuid(), status.st_mode & 0o022 == 0
    else { return false }
    var bytes = [UInt8](repeating: 0, count: PauseRecord.text.utf8.count + 1)
    let count = Glibc.read(file.number, &bytes, bytes.count)
    return count >= 0 && bytes.prefix(count).elementsEqual(PauseRecord.text.utf8)
  }

  /// - Throws: when the directory takes no file of ours, or keeps one.
  public func write(_ isPaused: Bool) throws(Errno) {
    let removed = path.withPlatformString { unlink($0) == 0 ? 0 : -errno }
    if removed != -ENOENT { try Kernel.call(removed) }
    guard isPaused else { return }
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
    let number = path.withPlatformString { open($0, flags, 0o600) }
    let file = Descriptor(owning: try Kernel.call(number < 0 ? -errno : number))
    var text = PauseRecord.text
    let written = text.withUTF8 { Glibc.write(file.number, $0.baseAddress, $0.count) }
    try Kernel.call(written < 0 ? -Int(errno) : written)
    if written < text.utf8.count { throw .noSpace }
  }
}
