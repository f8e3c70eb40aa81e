internal import Glibc
public import SystemPackage

/// What the kernel would start for a program's file, read from the file alone.
public enum ProgramFile: Equatable, Sendable {
  /// Linked at its start by this loader, which a preloaded object goes through.
  case linked(loader: String)
  /// An ELF file that no loader links: nothing can be preloaded into it.
  case complete
  /// A text that starts with `#!` and the program that reads it.
  case script(interpreter: String)
  case other

  private static let headBytes = 4096
  private static let programInterpreter: UInt32 = 3
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

  public init(_ path: FilePath) throws(Errno) {
    let number = path.withPlatformString { open($0, O_RDONLY | O_CLOEXEC) }
    if number < 0 { throw Errno(rawValue: errno) }
    defer { close(number) }
    var failure: Errno?
    // Program headers and the loader's name lie in front in everything that linkers make.
    let head = [UInt8](unsafeUninitializedCapacity: ProgramFile.headBytes) { buffer, count in
      let got = read(number, buffer.baseAddress, buffer.count)
      if got < 0 { failure = Errno(rawValue: errno) }
      count = max(0, got)
    }
    if let failure { throw failure }
    self = head.withUnsafeBytes { ProgramFile(head: $0) }
  }

  init(head: UnsafeRawBufferPointer) {
    if head.starts(with: [0x23, 0x21]) {
      let line = head.dropFirst(2).prefix { $0 != 0x0A }.drop { $0 == 0x20 || $0 == 0x09 }
      let word = line.prefix { $0 != 0x20 && $0 != 0x09 }
      self = .script(interpreter: String(decoding: word, as: UTF8.self))
      return
    }
    guard head.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2]), head.count >= 64 else {
      self = .other
      return
    }
    func number<T: FixedWidthInteger>(_ at: Int, _ type: T.Type) -> Int? {
      guard at >= 0, at <= head.count - MemoryLayout<T>.size else { return nil }
      return Int(exactly: T(littleEndian: head.loadUnaligned(fromByteOffset: at, as: T.self)))
    }
    let table = number(32, UInt64.self) ?? 0
    for index in 0..<(number(56, UInt16.self) ?? 0) {
      let at = table &+ index &* 56
      guard number(at, UInt32.self) == Int(ProgramFile.programInterpreter) else { continue }
      let start = min(number(at &+ 8, UInt64.self) ?? 0, head.count)
      self = .linked(loader: String(decoding: head[start...].prefix { $0 != 0 }, as: UTF8.self))
      return
    }
    self = .complete
  }
}
