// How much memory a call that pins asks for, where its arguments tell: what the doctor shows.

internal import CInterposer

/// The arguments that a trampoline saved, the sixth first.
struct RegisterArguments {
  private let words: UnsafePointer<UInt64>

  init(_ words: UnsafePointer<UInt64>) { self.words = words }

  var second: UInt64 { words[4] }

  func second<Value>(as type: Value.Type) -> Value? { load(second) }

  private func load<Value>(_ address: UInt64) -> Value? {
    UnsafePointer<Value>(bitPattern: UInt(truncatingIfNeeded: address))?.pointee
  }
}

enum AskedBytes {
  /// 0 where the arguments do not tell.
  static func of(_ entry: UInt32, _ arguments: RegisterArguments) -> UInt64 {
    switch Int(truncatingIfNeeded: entry) {
    case ENTRY_cuMemAllocManaged: return arguments.second
    case ENTRY_cuArrayCreate_v2:
      guard let array = arguments.second(as: tidelock_array_2d.self) else { return 0 }
      return texels(array.width, array.height, 1)
        &* texelBytes(array.format, array.channels)
    case ENTRY_cuArray3DCreate_v2:
      guard let array = arguments.second(as: tidelock_array_3d.self) else { return 0 }
      return texels(array.width, array.height, array.depth)
        &* texelBytes(array.format, array.channels)
    default: return 0
    }
  }

  /// `CUgraphNodeParams`: a kind in 16 bytes, then what belongs to it.
  static func ofNode(_ parameters: UnsafeRawPointer?) -> UInt64 {
    guard let parameters, parameters.load(as: UInt32.self) == GraphNodes.allocating else {
      return 0
    }
    let node = parameters.load(fromByteOffset: 16, as: tidelock_allocation_node.self)
    return UInt64(truncatingIfNeeded: node.bytes)
  }

  private static func texels(_ width: Int, _ height: Int, _ depth: Int) -> UInt64 {
    UInt64(truncatingIfNeeded: width) &* UInt64(truncatingIfNeeded: max(1, height))
      &* UInt64(truncatingIfNeeded: max(1, depth))
  }

  /// CUarray_format: integers and floats of one to four bytes; 0 for compressed and planar ones.
  private static func texelBytes(_ format: Int32, _ channels: UInt32) -> UInt64 {
    let bytes: UInt64
    switch format {
    case 0x01, 0x08: bytes = 1
    case 0x02, 0x09, 0x10: bytes = 2
    case 0x03, 0x0A, 0x20: bytes = 4
    default: bytes = 0
    }
    return bytes &* UInt64(channels)
  }
}
