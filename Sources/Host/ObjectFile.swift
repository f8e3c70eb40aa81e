internal import Glibc
public import SystemPackage

/// A shared object on disk, read for the functions it exports (ELF, 64 bits, little-endian).
public enum ObjectFile {
  private static let dynamicSymbolsSection: UInt32 = 11
  private static let symbolBytes = 24

  /// Names of the functions that a program linked to the object can use.
  /// - Throws: what opening or mapping said; `.execFormatError` for a file of another kind
  ///   or with offsets past its end.
  public static func exportedFunctions(of path: FilePath) throws(Errno) -> Set<String> {
    let number = path.withPlatformString { open($0, O_RDONLY | O_CLOEXEC) }
    if number < 0 { throw Errno(rawValue: errno) }
    defer { close(number) }
    var facts = stat()
    guard fstat(number, &facts) == 0 else { throw Errno(rawValue: errno) }
    let count = Int(facts.st_size)
    guard count > 64 else { throw .execFormatError }
    guard let place = mmap(nil, count, PROT_READ, MAP_PRIVATE, number, 0), place != MAP_FAILED
    else { throw Errno(rawValue: errno) }
    defer { munmap(place, count) }
    guard let names = functions(in: UnsafeRawBufferPointer(start: place, count: count)) else {
      throw .execFormatError
    }
    return names
  }

  static func functions(in file: UnsafeRawBufferPointer) -> Set<String>? {
    guard let magic = number(file, 0, UInt32.self), magic == 0x464C_457F, file[4] == 2,
      let table = number(file, 40, UInt64.self).flatMap({ Int(exactly: $0) }),
      let rowBytes = number(file, 58, UInt16.self), let rows = number(file, 60, UInt16.self)
    else { return nil }
    func section(_ index: Int) -> (kind: UInt32, range: Range<Int>, link: Int)? {
      let at = table &+ index &* Int(rowBytes)
      guard at >= 0, let kind = number(file, at &+ 4, UInt32.self),
        let start = number(file, at &+ 24, UInt64.self).flatMap({ Int(exactly: $0) }),
        let bytes = number(file, at &+ 32, UInt64.self).flatMap({ Int(exactly: $0) }),
        let link = number(file, at &+ 40, UInt32.self), start <= file.count,
        bytes <= file.count - start
      else { return nil }
      return (kind, start..<(start + bytes), Int(link))
    }
    for index in 0..<Int(rows) {
      guard let symbols = section(index) else { return nil }
      guard symbols.kind == dynamicSymbolsSection else { continue }
      guard let strings = section(symbols.link) else { return nil }
      return names(file, symbols.range, strings.range)
    }
    return []
  }

  private static func names(
    _ file: UnsafeRawBufferPointer, _ symbols: Range<Int>, _ strings: Range<Int>
  ) -> Set<String> {
    var names: Set<String> = []
    for at in stride(from: symbols.lowerBound, to: symbols.upperBound, by: symbolBytes) {
      guard let name = number(file, at, UInt32.self), let info = number(file, at + 4, UInt8.self),
        let section = number(file, at + 6, UInt16.self)
      else { break }
      // Defined, global or weak, a function (10: one chosen at load time).
      guard section != 0, [1, 2].contains(info >> 4), [2, 10].contains(info & 15) else { continue }
      let start = strings.lowerBound + Int(name)
      guard start < strings.upperBound else { continue }
      let text = file[start..<strings.upperBound].prefix { $0 != 0 }
      names.insert(String(decoding: text, as: UTF8.self))
    }
    return names
  }

  private static func number<T: FixedWidthInteger>(
    _ file: UnsafeRawBufferPointer, _ offset: Int, _ type: T.Type
  ) -> T? {
    guard offset >= 0, offset <= file.count - MemoryLayout<T>.size else { return nil }
    return T(littleEndian: file.loadUnaligned(fromByteOffset: offset, as: T.self))
  }
}
