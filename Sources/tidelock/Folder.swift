internal import Glibc
internal import SystemPackage

/// A folder and the small files in it. What it writes is replaced by rename, so that a reader sees
/// the old text or the new one.
struct Folder {
  let path: FilePath

  /// Most bytes of one file that are read.
  static let fileBytesMax = 4 << 20

  init(_ path: FilePath) { self.path = path }
  init(_ path: String) { self.path = FilePath(path) }

  func folder(_ name: String) -> Folder { Folder(path.appending(name)) }

  var exists: Bool { path.withPlatformString { access($0, F_OK) } == 0 }

  /// The names in it, sorted; empty when it cannot be read.
  func names() -> [String] {
    guard let stream = path.withPlatformString({ opendir($0) }) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// A regular file's bytes; nil when there is none, it cannot be read, or it is too long.
  func bytes(of name: String) -> [UInt8]? {
    guard
      let file = try? FileDescriptor.open(path.appending(name), .readOnly, options: .closeOnExec)
    else { return nil }
    defer { try? file.close() }
    var status = stat()
    guard fstat(file.rawValue, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size <= Folder.fileBytesMax
    else { return nil }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65_536)
    while bytes.count <= Folder.fileBytesMax {
      guard let count = try? piece.withUnsafeMutableBytes({ try file.read(into: $0) }) else {
        return nil
      }
      if count == 0 { return bytes }
      bytes += piece[..<count]
    }
    return nil
  }

  func text(of name: String) -> String? {
    bytes(of: name).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Makes the folder and what it lies in.
  func make() throws(CommandFault) {
    guard !exists else { return }
    let outer = path.removingLastComponent()
    if outer != path, !outer.isEmpty { try Folder(outer).make() }
    guard path.withPlatformString({ mkdir($0, 0o755) }) == 0 || errno == EEXIST else {
      throw fault("cannot be made")
    }
  }

  /// Whoever writes at the same time, or has put a link there, does no harm: the new file has a
  /// name that nothing else has until it takes the place of `name`.
  func write(_ bytes: [UInt8], to name: String) throws(CommandFault) {
    let final = path.appending(name)
    let part = path.appending(".\(name).\(String(UInt64.random(in: 0...UInt64.max), radix: 36))")
    do {
      let file = try FileDescriptor.open(
        part, .writeOnly, options: [.create, .exclusiveCreate, .noFollow, .closeOnExec],
        permissions: .init(rawValue: 0o644))
      _ = try file.closeAfter { try file.writeAll(bytes) }
    } catch {
      _ = part.withPlatformString { unlink($0) }
      throw CommandFault("\(part) cannot be written: \(error)")
    }
    let renamed = part.withPlatformString { from in
      final.withPlatformString { rename(from, $0) }
    }
    guard renamed == 0 else {
      let refusal = fault("does not take \(name)")
      _ = part.withPlatformString { unlink($0) }
      throw refusal
    }
  }

  /// Removes the folder and the files in it; folders in it are an error.
  func remove() throws(CommandFault) {
    for name in names() {
      guard path.appending(name).withPlatformString({ unlink($0) }) == 0 else {
        throw fault("keeps \(name)")
      }
    }
    guard path.withPlatformString({ rmdir($0) }) == 0 else { throw fault("cannot be removed") }
  }

  private func fault(_ what: String) -> CommandFault {
    CommandFault("\(path) \(what): \(Errno(rawValue: errno).description)")
  }
}
