public import CDriver

/// What the simulated device says of itself where nothing else decides it.
enum DeviceTraits {
  static let multiprocessors: Int32 = 16
  static let sharedBytesPerBlock: Int32 = 48 << 10
  static let sharedBytesOptIn: Int32 = 227 << 10
  static let clockKilohertz: Int32 = 1_500_000

  static func attribute(_ attribute: CUdevice_attribute, capability: UInt64) -> Int32? {
    switch attribute {
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR: Int32(capability / 10)
    case CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR: Int32(capability % 10)
    default:
      fixed[attribute.rawValue]
        // Known but not offered; beyond the newest known, unknown.
        ?? ((1...162).contains(attribute.rawValue) ? 0 : nil)
    }
  }

  private static let fixed: [UInt32: Int32] = [
    1: 1024, 2: 1024, 3: 1024, 4: 64, 5: Int32.max, 6: 65535, 7: 65535, 8: sharedBytesPerBlock,
    9: 65536, 10: 32, 11: Int32.max, 12: 65536, 13: clockKilohertz, 14: 512, 15: 1,
    16: multiprocessors, 19: 1, 20: 0, 31: 1, 33: 1, 36: 2_000_000, 37: 4096, 38: 32 << 20,
    39: 2048, 40: 2, 41: 1, 78: 1, 79: 1, 80: 1, 81: 228 << 10, 82: 65536, 83: 1, 90: 1,
    92: 1, 93: 1, 94: 1, 95: 1, 97: sharedBytesOptIn, 99: 1, 102: 1, 103: 0, 106: 32, 108: 0,
    111: 1024, 113: 1, 115: 0, 122: 1, 131: -1, 134: -1,
  ]
}

extension Driver {
  public func attribute(
    _ attribute: CUdevice_attribute, _ device: CUdevice
  ) throws(Failure) -> Int32 {
    let index = try deviceIndex(device)
    if attribute == CU_DEVICE_ATTRIBUTE_PCI_DEVICE_ID { return 0 }
    if attribute == CU_DEVICE_ATTRIBUTE_PCI_BUS_ID { return Int32(index + 1) }
    guard let value = DeviceTraits.attribute(attribute, capability: file[.capability]) else {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    return value
  }

  public func checkDevice(_ device: CUdevice) throws(Failure) { _ = try deviceIndex(device) }

  public func totalBytes(_ device: CUdevice) throws(Failure) -> UInt64 {
    _ = try deviceIndex(device)
    return file.memoryBytes
  }

  public func deviceName(_ device: CUdevice) throws(Failure) -> String {
    file.name(ofDevice: try deviceIndex(device))
  }

  public func deviceUUID(_ device: CUdevice) throws(Failure) -> [UInt8] {
    file.uuid(ofDevice: try deviceIndex(device))
  }

  public func device(withBusId text: String) throws(Failure) -> CUdevice {
    for device in 0..<Int32(file.deviceCount) where file.busId(ofDevice: Int(device)) == text {
      return device
    }
    throw Failure(CUDA_ERROR_INVALID_DEVICE)
  }

  public func deviceBusId(_ device: CUdevice) throws(Failure) -> String {
    file.busId(ofDevice: try deviceIndex(device))
  }

  public func canAccessPeer(_ device: CUdevice, _ peer: CUdevice) throws(Failure) -> Bool {
    try deviceIndex(device) != deviceIndex(peer)
  }

  public var driverVersion: Int32 { Int32(file[.api]) }
}

extension DeviceFile {
  public func name(ofDevice device: Int) -> String { "Simulated GPU" }

  public func busId(ofDevice device: Int) -> String {
    let bus = String(device + 1, radix: 16, uppercase: true)
    return "0000:\(bus.count == 1 ? "0" : "")\(bus):00.0"
  }

  /// A UUID of version 4, made of the file's identity and the device's number.
  public func uuid(ofDevice device: Int) -> [UInt8] {
    let (high, low) = identity
    var bytes = (0..<8).map { UInt8(truncatingIfNeeded: high >> (56 - 8 * $0)) }
    bytes += (0..<8).map { UInt8(truncatingIfNeeded: low >> (56 - 8 * $0)) }
    bytes[6] = bytes[6] & 0x0f | 0x40
    bytes[8] = bytes[8] & 0x3f | 0x80
    bytes[15] = bytes[15] &+ UInt8(device)
    return bytes
  }

  /// `GPU-` and the UUID in hexadecimal.
  public func uuidText(ofDevice device: Int) -> String {
    let digits = uuid(ofDevice: device).map { byte in
      let text = String(byte, radix: 16)
      return text.count == 1 ? "0" + text : text
    }
    let parts = [0..<4, 4..<6, 6..<8, 8..<10, 10..<16].map { digits[$0].joined() }
    return "GPU-" + parts.joined(separator: "-")
  }
}

extension Driver {
  public var deviceCount: Int32 { Int32(file.deviceCount) }

  /// Whether kernels are loaded at their first launch.
  public var isLazy: Bool { file[.lazyLoad] != 0 }
}
