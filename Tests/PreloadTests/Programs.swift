import Foundation
import Testing

/// The C programs of `Programs/`, compiled when first needed.
enum Programs {
  static let sources = Place.root.appendingPathComponent("Tests/PreloadTests/Programs")

  static func source(_ name: String) -> String { sources.appendingPathComponent(name).path }

  /// A real driver for the tests: a `libcuda.so.1` in a directory of its own.
  static func fakeDriver() throws -> URL { try driver.get() }

  private static let driver = Result {
    let folder = try Place.scratch("driver")
    let file = folder.appendingPathComponent("libcuda.so.1")
    try Command.output(
      "cc", "-shared", "-fPIC", "-O1", "-Wl,-soname,libcuda.so.1",
      "-DFAKE_DRIVER_PATH=\"\(file.path)\"", source("fake_driver.c"), "-o", file.path)
    // What a development package calls it.
    try FileManager.default.createSymbolicLink(
      atPath: folder.appendingPathComponent("libcuda.so").path, withDestinationPath: "libcuda.so.1")
    return file
  }

  static func lookup() throws -> String { try lookupProgram.get() }

  private static let lookupProgram = Result {
    let program = try Place.scratch("lookup").appendingPathComponent("lookup").path
    try Command.output(
      "cc", "-O1", "-DINTERPOSER=\"\(Place.interposer.path)\"", source("lookup.c"), "-o", program,
      "-ldl")
    return program
  }
}
