internal import Glibc
public import SystemPackage

/// Where the dynamic loader finds libraries: its cache, and the directories it goes by itself.
public enum LoaderCache {
  public static let path = FilePath("/etc/ld.so.cache")
  /// What glibc searches last, and where its distributions put 64-bit libraries.
  public static let directories = [
    "/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64", "/usr/lib64", "/lib",
    "/usr/lib",
  ]

  private static let byteCountMax = 64 << 20
  private static let magic = Array("glibc-ld.so.cache1.1".utf8)
  private static let headerBytes = 48
  private static let entryBytes = 24
  /// An ELF file for the C library, x86-64.
  private static let kind: UInt32 = 0x303

  /// The files that the cache has for a library's name, in its order; none where it cannot be read.
  public static func files(named name: String, in cache: FilePath = path) -> [FilePath] {
    let number = cache.withPlatformString { open($0, O_RDONLY | O_CLOEXEC) }
    guard number >= 0 else { return [] }
    defer { close(number) }
    var facts = stat()
    guard fstat(number, &facts) == 0, case let count = Int(facts.st_size), count > 0,
      count <= byteCountMax, let place = mmap(nil, count, PROT_READ, MAP_PRIVATE, number, 0),
      place != MAP_FAILED
    else { return [] }
    defer { munmap(place, count) }
    return files(named: name, in: UnsafeRawBufferPointer(start: place, count: count))
  }

  /// An older form may come first; offsets of texts are from the newer form's own start.
  static func files(named name: String, in file: UnsafeRawBufferPointer) -> [FilePath] {
    guard let start = header(in: file) else { return [] }
    let cache = UnsafeRawBufferPointer(rebasing: file[start...])
    func number(_ at: Int) -> UInt32 {
      UInt32(littleEndian: cache.loadUnaligned(fromByteOffset: at, as: UInt32.self))
    }
    func text(_ offset: UInt32) -> String? {
      guard Int(offset) < cache.count else { return nil }
      return String(decoding: cache[Int(offset)...].prefix { $0 != 0 }, as: UTF8.self)
    }
    let room = (cache.count - headerBytes) / entryBytes
    return (0..<min(Int(number(magic.count)), room)).compactMap { index in
      let at = headerBytes + index * entryBytes
      guard number(at) & 0xFFFF == kind, text(number(at + 4)) == name else { return nil }
      return text(number(at + 8)).map { FilePath($0) }
    }
  }

  private static func header(in file: UnsafeRawBufferPointer) -> Int? {
    stride(from: 0, through: file.count - headerBytes, by: 4).first {
      file[$0..<($0 + magic.count)].elementsEqual(magic)
    }
  }
}
