internal import Glibc
public import SystemPackage

/// A shared object with one jump for each name that a driver has and the interposer does not.
///
/// The interposer takes the driver's place (`libcuda.so.1`), so a program linked to a name it lacks
/// would not start. Preloaded behind the interposer, this object has that name and hands the call
/// to `tidelock_forward` there, which finds the driver's function and lets it through as any name
/// that nothing is known of. x86-64.
public struct ForwardingObject: Equatable, Sendable {
  /// Part of the file's name, with the names: changes when the same names give another file.
  private static let generation: UInt64 = 1
  private static let pageBytes = 0x1000
  private static let codeBytes = 16
  private static let target = "tidelock_forward"

  /// Sorted.
  public let names: [String]

  /// The names that `driver` has and `interposer` lacks, as far as they are the driver's own.
  public init(driver: Set<String>, interposer: Set<String>) {
    names = driver.subtracting(interposer).filter(ForwardingObject.isDriverName).sorted()
  }

  /// `cuMemAlloc`, `cudbgMain`; not `cudnnCreate`.
  public static func isDriverName(_ name: String) -> Bool {
    guard name.hasPrefix("cu"), let third = name.dropFirst(2).first else { return false }
    return ("A"..."Z").contains(third) || name.hasPrefix("cudbg")
  }

  public var fileName: String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325 &+ Self.generation
    for byte in names.joined(separator: " ").utf8 {
      hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
    }
    return "forward-" + String(hash, radix: 16) + ".so"
  }

  /// Writes the object into a directory unless it is there; two who do so at a time do no harm.
  /// - Returns: its path.
  public func write(into directory: FilePath) throws(Errno) -> FilePath {
    let path = directory.appending(fileName)
    let bytes = self.bytes
    if ForwardingObject.isOurs(path, byteCount: bytes.count) { return path }
    let temporary = directory.appending("\(fileName).\(getpid())")
    let number = temporary.withPlatformString {
      open($0, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
    }
    if number < 0 { throw Errno(rawValue: errno) }
    let written = bytes.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
    let failure = errno
    close(number)
    let isRenamed =
      written == bytes.count
      && temporary.withPlatformString { from in
        path.withPlatformString { to in rename(from, to) }
      } == 0
    if isRenamed { return path }
    let code = written == bytes.count ? errno : written < 0 ? failure : ENOSPC
    temporary.withPlatformString { _ = unlink($0) }
    throw Errno(rawValue: code)
  }

  /// A file of this size that this user wrote and no other can.
  private static func isOurs(_ path: FilePath, byteCount: Int) -> Bool {
    var facts = stat()
    return path.withPlatformString { lstat($0, &facts) } == 0 && facts.st_uid == geteuid()
      && facts.st_mode & S_IFMT == S_IFREG && facts.st_mode & 0o022 == 0
      && facts.st_size == byteCount
  }

  // MARK: the file

  /// Header, program headers, hash, symbols, strings, relocation and code in one read-only
  /// executable segment; on the next page, writable while it is loaded, the dynamic section and the
  /// address that all the jumps go through.
  public var bytes: [UInt8] {
    var strings: [UInt8] = [0]
    func string(_ text: String) -> UInt32 {
      defer { strings += Array(text.utf8) + [0] }
      return UInt32(strings.count)
    }
    let soname = string("libtidelock-forward.so")
    let targetName = string(Self.target)
    let nameOffsets = names.map(string)
    let symbolCount = names.count + 2
    let hashAt = 64 + 4 * 56
    let symbolsAt = (hashAt + 4 * (3 + symbolCount) + 7) / 8 * 8
    let stringsAt = symbolsAt + 24 * symbolCount
    let relocationAt = (stringsAt + strings.count + 7) / 8 * 8
    let codeAt = (relocationAt + 24 + 15) / 16 * 16
    let codeEnd = codeAt + Self.codeBytes * names.count
    let dynamicAt = (codeEnd + Self.pageBytes - 1) / Self.pageBytes * Self.pageBytes
    let dynamic: [(UInt64, Int)] = [
      (14, Int(soname)), (4, hashAt), (5, stringsAt), (6, symbolsAt), (10, strings.count), (11, 24),
      (7, relocationAt), (8, 24), (9, 24), (0x1E, 8), (0x6FFF_FFFB, 9), (0, 0),
    ]
    let addressAt = dynamicAt + 16 * dynamic.count

    var file = Image()
    file.header(
      segments: [
        (1, 5, 0, codeEnd), (1, 6, dynamicAt, 16 * dynamic.count + 8),
        (2, 6, dynamicAt, 16 * dynamic.count), (0x6474_E551, 6, 0, 0),
      ])
    // One bucket: the chain visits every symbol, the last first.
    file.words(at: hashAt, [1, UInt32(symbolCount), UInt32(symbolCount - 1), 0])
    file.words(at: hashAt + 16, (1..<symbolCount).map { UInt32($0 - 1) })
    // Weak, so that the object never keeps a program from starting.
    file.symbol(at: symbolsAt + 24, targetName, info: 0x22, section: 0, value: 0, bytes: 0)
    for (index, name) in nameOffsets.enumerated() {
      let at = codeAt + index * Self.codeBytes
      file.symbol(
        at: symbolsAt + 24 * (index + 2), name, info: 0x12, section: 1, value: at,
        bytes: Self.codeBytes)
      // lea name(%rip), %r11; jmp *address(%rip)
      file.code(at: at, [0x4C, 0x8D, 0x1D], to: stringsAt + Int(name))
      file.code(at: at + 7, [0xFF, 0x25], to: addressAt)
    }
    file.put(at: stringsAt, strings)
    // R_X86_64_GLOB_DAT: the address of symbol 1.
    file.longs(at: relocationAt, [UInt64(addressAt), 1 << 32 | 6, 0])
    file.longs(at: dynamicAt, dynamic.flatMap { [$0.0, UInt64($0.1)] } + [0])
    return file.bytes
  }
}

/// A file in the making.
private struct Image {
  private(set) var bytes: [UInt8] = []

  mutating func put(at offset: Int, _ more: [UInt8]) {
    let end = offset + more.count
    if bytes.count < end { bytes += [UInt8](repeating: 0, count: end - bytes.count) }
    bytes.replaceSubrange(offset..<end, with: more)
  }

  private static func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  mutating func words(at offset: Int, _ values: [UInt32]) {
    put(at: offset, values.flatMap(Self.little))
  }

  mutating func longs(at offset: Int, _ values: [UInt64]) {
    put(at: offset, values.flatMap(Self.little))
  }

  /// An x86-64 shared object with these segments: type, flags, offset (and address), bytes.
  mutating func header(segments: [(type: UInt32, flags: UInt32, offset: Int, bytes: Int)]) {
    put(at: 0, [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1, 0])
    put(at: 16, Self.little(UInt16(3)) + Self.little(UInt16(62)) + Self.little(UInt32(1)))
    longs(at: 24, [0, 64, 0])
    put(at: 48, Self.little(UInt32(0)))
    for (index, value) in [UInt16(64), 56, UInt16(segments.count), 64, 0, 0].enumerated() {
      put(at: 52 + 2 * index, Self.little(value))
    }
    for (index, segment) in segments.enumerated() {
      let at = 64 + 56 * index
      words(at: at, [segment.type, segment.flags])
      let (offset, count) = (UInt64(segment.offset), UInt64(segment.bytes))
      let alignment: UInt64 = segment.type == 1 ? 0x1000 : 8
      longs(at: at + 8, [offset, offset, offset, count, count, alignment])
    }
  }

  mutating func symbol(
    at offset: Int, _ name: UInt32, info: UInt8, section: UInt16, value: Int, bytes count: Int
  ) {
    words(at: offset, [name])
    put(at: offset + 4, [info, 0] + Self.little(section))
    longs(at: offset + 8, [UInt64(value), UInt64(count)])
  }

  /// An instruction that ends with a distance to `target` from its own end.
  mutating func code(at offset: Int, _ start: [UInt8], to target: Int) {
    let end = offset + start.count + 4
    put(at: offset, start + Self.little(Int32(target - end)))
  }
}
