internal import CPlatform
internal import Faults
internal import Glibc
public import SystemPackage

/// What the kernel would start for a program's file, read from the file alone.
public enum ProgramFile: Equatable, Sendable {
  /// Linked at its start by this loader, which a preloaded object goes through. A loader itself,
  /// started with a program's name, is its own.
  case linked(loader: String)
  /// An ELF file that no loader links: nothing can be preloaded into it.
  case complete
  /// A text that starts with `#!` and the program that reads it.
  case script(interpreter: String)
  case other

  private static let headBytes = 4096
  /// A hundred times what linkers write for a program.
  private static let dynamicBytesMax = 1 << 16
  /// The kernel follows as many interpreters that are scripts themselves.
  private static let scriptsMax = 4

  /// The program a command starts in the end: past scripts, to the one that reads them.
  /// - Throws: what opening or reading a file said.
  public static func started(by path: FilePath) throws(Errno) -> (FilePath, ProgramFile) {
    var path = path
    var kind = try ProgramFile(path)
    for _ in 0..<scriptsMax {
      guard case .script(let interpreter) = kind else { break }
      path = FilePath(interpreter)
      kind = try ProgramFile(path)
    }
    return (path, kind)
  }

  /// Whether a process that starts the file has other rights than this one: its loader then takes
  /// nothing that an environment names. Set-user-id, set-group-id and capabilities of the file
  /// count where the file system lets them (execve(2), ld.so(8)); of a script its reader's.
  public static func changesRights(_ path: FilePath) -> Bool {
    var file = stat()
    var system = statvfs()
    guard path.withPlatformString({ stat($0, &file) == 0 && statvfs($0, &system) == 0 }),
      system.f_flag & UInt(ST_NOSUID) == 0, !fault(392)
    else { return false }
    if file.st_mode & S_ISUID != 0, file.st_uid != getuid() { return true }
    let forGroup = S_ISGID | S_IXGRP
    if file.st_mode & forGroup == forGroup, file.st_gid != getgid() { return true }
    return getuid() != 0 && path.withPlatformString { tidelock_file_has_capabilities($0) } != 0
  }

  public init(_ path: FilePath) throws(Errno) {
    let number = path.withPlatformString { open($0, O_RDONLY | O_CLOEXEC) }
    if number < 0 { throw Errno(rawValue: errno) }
    defer { close(number) }
    // Program headers and the loader's name lie in front in everything that linkers make.
    let head = try ProgramFile.bytes(number, at: 0, count: ProgramFile.headBytes)
    self = head.withUnsafeBytes { ProgramFile(head: $0) }
    guard self == .complete, let table = ELFHead(head)?.segment(.dynamic) else { return }
    let entries = try ProgramFile.bytes(
      number, at: table.offset, count: min(table.byteCount, ProgramFile.dynamicBytesMax))
    // Relocatable as well: a loader, or a static program that may lie anywhere. A program has no
    // name for others to link to.
    if ELFHead.hasName(dynamic: entries) || fault(391) { self = .linked(loader: path.string) }
  }

  init(head: UnsafeRawBufferPointer) {
    if head.starts(with: [0x23, 0x21]) {
      let line = head.dropFirst(2).prefix { $0 != 0x0A }.drop { $0 == 0x20 || $0 == 0x09 }
      let word = line.prefix { $0 != 0x20 && $0 != 0x09 }
      self = .script(interpreter: String(decoding: word, as: UTF8.self))
      return
    }
    guard let elf = ELFHead([UInt8](head)) else {
      self = .other
      return
    }
    guard let loader = elf.segment(.interpreter) else {
      self = fault(390) ? .other : .complete
      return
    }
    let name = head[min(loader.offset, head.count)...].prefix { $0 != 0 }
    self = .linked(loader: String(decoding: name, as: UTF8.self))
  }

  /// As many as there are, up to `count`.
  private static func bytes(_ file: Int32, at offset: Int, count: Int) throws(Errno) -> [UInt8] {
    var failure: Errno?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      let got = pread(file, buffer.baseAddress, count, off_t(offset))
      if got < 0 { failure = Errno(rawValue: errno) }
      filled = max(0, got)
    }
    if let failure { throw failure }
    return bytes
  }
}

/// The first bytes of a 64-bit ELF file, which nobody vouches for: what lies outside is not there.
/// Numbers and offsets are those of elf(5).
private struct ELFHead {
  enum Kind: UInt32 {
    case dynamic = 2
    case interpreter = 3
  }

  private let bytes: [UInt8]

  init?(_ bytes: [UInt8]) {
    guard bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2]), bytes.count >= 64 else { return nil }
    self.bytes = bytes
  }

  /// Where in the file the first segment of a kind lies, or nil.
  func segment(_ kind: Kind) -> (offset: Int, byteCount: Int)? {
    let table = number(32, UInt64.self) ?? 0
    for index in 0..<(number(56, UInt16.self) ?? 0) {
      let at = table &+ index &* 56
      guard number(at, UInt32.self) == Int(kind.rawValue) else { continue }
      guard let offset = number(at &+ 8, UInt64.self), let count = number(at &+ 32, UInt64.self)
      else { continue }
      return (offset, count)
    }
    return nil
  }

  /// Whether the dynamic section's entries name the object itself (DT_SONAME).
  static func hasName(dynamic entries: [UInt8]) -> Bool {
    for at in stride(from: 0, through: entries.count - 16, by: 16) {
      let tag = entries.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: at, as: UInt64.self) }
      if tag == 0 { return false }
      if UInt64(littleEndian: tag) == 14 { return true }
    }
    return false
  }

  private func number<T: FixedWidthInteger>(_ at: Int, _ type: T.Type) -> Int? {
    guard at >= 0, at <= bytes.count - MemoryLayout<T>.size else { return nil }
    return bytes.withUnsafeBytes {
      Int(exactly: T(littleEndian: $0.loadUnaligned(fromByteOffset: at, as: T.self)))
    }
  }
}
