internal import Glibc
internal import SystemPackage

/// The processes that /proc shows.
public enum ProcessTable {
  /// Longest environment that is looked through, in bytes.
  static let environmentBytesMax = 4 << 20

  /// Whether a process other than this one was started with `setting` (`NAME=value`) in its
  /// environment; not those whose environment this user may not read, or that wrote over it.
  /// - Parameter userID: only this user's processes count, for anybody can say anything in theirs;
  ///   nil: everybody's.
  public static func anyHas(setting: String, userID: UInt32?) -> Bool {
    guard let stream = opendir("/proc") else { return false }
    defer { closedir(stream) }
    let wanted = Array(setting.utf8)
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard let process = Int32(name), process != getpid() else { continue }
      if let userID, ProcessFacts.userID(of: process) != userID { continue }
      if environment(of: process).split(separator: 0).contains(where: { $0.elementsEqual(wanted) })
      {
        return true
      }
    }
    return false
  }

  /// Empty when it cannot be read.
  private static func environment(of process: Int32) -> [UInt8] {
    let path = FilePath("/proc/\(process)/environ")
    guard let file = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) else {
      return []
    }
    defer { try? file.close() }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65_536)
    while bytes.count < environmentBytesMax,
      let count = try? piece.withUnsafeMutableBytes({ try file.read(into: $0) }), count > 0
    {
      bytes += piece[..<count]
    }
    return bytes
  }
}
