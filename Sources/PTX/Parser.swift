extension Module {
  /// Parses and decodes a whole module. A trailing NUL and what follows it is ignored.
  public init(parsing text: UnsafeBufferPointer<UInt8>) throws(PTXFault) {
    throw PTXFault(reason: .unsupported("this build has no parser"), kernel: nil, line: 0)
  }

  /// Parses and decodes a whole module.
  public init(parsing text: String) throws(PTXFault) {
    let bytes = Array(text.utf8)
    let result: Result<Module, PTXFault> = bytes.withUnsafeBufferPointer { buffer in
      do throws(PTXFault) {
        return .success(try Module(parsing: buffer))
      } catch {
        return .failure(error)
      }
    }
    self = try result.get()
  }
}
