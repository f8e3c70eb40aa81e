import Foundation
import SystemPackage
import Testing

@testable import Host

/// The object for names of a newer driver.
@Suite struct ForwardingTests {
  static let object = ForwardingObject(
    driver: ["cuInit", "cuB", "cuA", "cudbgX", "cudnnY", "main", "cufftZ"], interposer: ["cuInit"])

  @Test func onlyTheDriversNamesThatTheInterposerLacks() {
    #expect(Self.object.names == ["cuA", "cuB", "cudbgX"])
    #expect(ForwardingObject(driver: ["cuInit"], interposer: ["cuInit"]).names == [])
  }

  @Test func sameNamesSameFile() throws {
    let directory = FilePath(NSTemporaryDirectory()).appending("tidelock-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      atPath: directory.string, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory.string) }
    let path = try Self.object.write(into: directory)
    #expect(try Self.object.write(into: directory) == path)
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.string).count == 1)
    let other = ForwardingObject(driver: ["cuA"], interposer: [])
    #expect(other.fileName != Self.object.fileName)
    #expect(throws: Errno.noSuchFileOrDirectory) {
      try other.write(into: directory.appending("missing"))
    }
  }

  @Test func functionsAreReadFromObjects() throws {
    let names = try ObjectFile.exportedFunctions(of: "/proc/self/exe")
    #expect(!names.contains(""))
    let libc = try #require(
      ["/lib/x86_64-linux-gnu/libc.so.6", "/lib64/libc.so.6", "/usr/lib/libc.so.6"]
        .first { FileManager.default.fileExists(atPath: $0) })
    let functions = try ObjectFile.exportedFunctions(of: FilePath(libc))
    #expect(functions.isSuperset(of: ["malloc", "memcpy", "pthread_create"]))
    #expect(!functions.contains("environ"), "data is not a function")
  }

  /// Whatever the file holds, it is read within its bounds.
  @Test(arguments: 0..<40 as Range<UInt64>)
  func damagedObjectsAreRefusedOrReadAsFarAsTheyGo(seed: UInt64) throws {
    var random = seed &* 0x9E37_79B9_7F4A_7C15
    func draw(_ bound: Int) -> Int {
      random = (random ^ (random >> 30)) &* 0xBF58_476D_1CE4_E5B9 &+ 1
      return Int(random >> 33) % bound
    }
    var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: "/bin/true")))
    for _ in 0..<20 { bytes[draw(64)] = UInt8(draw(256)) }
    bytes.replaceSubrange(0..<5, with: [0x7F, 0x45, 0x4C, 0x46, 2])
    if draw(3) == 0 { bytes.removeLast(draw(bytes.count - 64)) }
    _ = bytes.withUnsafeBytes { ObjectFile.functions(in: $0) }
  }
}
