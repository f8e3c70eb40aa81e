import Foundation
import SystemPackage
import Testing

@testable import Host

/// What the dynamic loader goes by, read without it.
@Suite struct LoaderTests {
  static func file(_ bytes: [UInt8]) throws -> FilePath {
    let path = FilePath(NSTemporaryDirectory()).appending("tidelock-\(UUID().uuidString)")
    try Data(bytes).write(to: URL(fileURLWithPath: path.string))
    return path
  }

  static func little<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }

  /// An ELF file whose program headers are one of `kind` with `text` at its place.
  static func program(kind: UInt32, text: String) -> [UInt8] {
    var bytes: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, 2, 1, 1] + [UInt8](repeating: 0, count: 25)
    bytes += little(UInt64(64)) + [UInt8](repeating: 0, count: 16) + little(UInt16(1))
    bytes += [UInt8](repeating: 0, count: 64 - bytes.count)
    bytes += little(kind) + little(UInt32(4)) + little(UInt64(120))
    bytes += [UInt8](repeating: 0, count: 120 - bytes.count)
    return bytes + Array(text.utf8) + [0]
  }

  @Test func whatTheKernelWouldStart() throws {
    guard case .linked(let loader) = try ProgramFile("/bin/sh") else {
      Issue.record("/bin/sh names no loader")
      return
    }
    #expect(loader.contains("ld-linux"))
    let musl = try Self.file(Self.program(kind: 3, text: "/lib/ld-musl-x86_64.so.1"))
    let script = try Self.file(Array("#! \(musl.string) -u\nprint(1)\n".utf8))
    let outer = try Self.file(Array("#!\(script.string)\n".utf8))
    let whole = try Self.file(Self.program(kind: 1, text: "x"))
    let text = try Self.file(Array("hello".utf8))
    defer {
      for path in [musl, script, outer, whole, text] { unlink(path.string) }
    }
    #expect(try ProgramFile(script) == .script(interpreter: musl.string))
    let (program, kind) = try ProgramFile.started(by: outer)
    #expect(program == musl && kind == .linked(loader: "/lib/ld-musl-x86_64.so.1"))
    #expect(try ProgramFile(whole) == .complete)
    #expect(try ProgramFile(text) == .other)
    #expect(throws: Errno.noSuchFileOrDirectory) { try ProgramFile("/no/such/file") }
  }

  /// A loader's cache with an entry for each name, 32-bit ones where the name begins with `32`.
  static func cache(_ entries: [(name: String, path: String)]) -> [UInt8] {
    let textsAt = 48 + 24 * entries.count
    var texts: [UInt8] = []
    var rows: [UInt8] = []
    for (name, path) in entries {
      let is32 = name.hasPrefix("32")
      rows += little(UInt32(is32 ? 3 : 0x303)) + little(UInt32(textsAt + texts.count))
      texts += Array(name.dropFirst(is32 ? 2 : 0).utf8) + [0]
      rows += little(UInt32(textsAt + texts.count)) + [UInt8](repeating: 0, count: 12)
      texts += Array(path.utf8) + [0]
    }
    let head = Array("glibc-ld.so.cache1.1".utf8) + little(UInt32(entries.count))
    return head + [UInt8](repeating: 0, count: 24) + rows + texts
  }

  static func found(_ bytes: [UInt8], _ name: String) -> [FilePath] {
    bytes.withUnsafeBytes { LoaderCache.files(named: name, in: $0) }
  }

  @Test func theCacheNamesFiles() {
    let bytes = Self.cache([
      ("libz.so.1", "/a/libz.so.1"), ("libcuda.so.1", "/b/libcuda.so.1"),
      ("32libcuda.so.1", "/c/libcuda.so.1"), ("libcuda.so.1", "/d/libcuda.so.1"),
    ])
    #expect(Self.found(bytes, "libcuda.so.1") == ["/b/libcuda.so.1", "/d/libcuda.so.1"])
    #expect(Self.found([UInt8](repeating: 7, count: 400) + bytes, "libz.so.1") == ["/a/libz.so.1"])
    #expect(Self.found(bytes, "libcuda.so") == [])
    for count in 0..<bytes.count { _ = Self.found(Array(bytes[..<count]), "libcuda.so.1") }
    #expect(LoaderCache.files(named: "libc.so.6", in: "/no/such/cache") == [])
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: LoaderCache.path.string)))
  func theMachinesOwnCache() {
    let files = LoaderCache.files(named: "libc.so.6")
    #expect(files.contains { FileManager.default.fileExists(atPath: $0.string) }, "\(files)")
  }
}
