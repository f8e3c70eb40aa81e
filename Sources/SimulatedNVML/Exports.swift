// The exported names, under which NVML clients find this library.

internal import Glibc
import SimulatedGPU

@c(nvmlInit) public func nvmlInit() -> UInt32 { Management.process.initialise().rawValue }

@c(nvmlInit_v2) public func nvmlInit_v2() -> UInt32 { Management.process.initialise().rawValue }

@c(nvmlInitWithFlags) public func nvmlInitWithFlags(_ flags: UInt32) -> UInt32 {
  Management.process.initialise().rawValue
}

@c(nvmlShutdown) public func nvmlShutdown() -> UInt32 { Management.process.shutdown().rawValue }

@c(nvmlErrorString) public func nvmlErrorString(_ code: UInt32) -> UnsafePointer<CChar>? {
  ErrorText.all[code] ?? ErrorText.all[Code.unknown.rawValue]
}

private enum ErrorText {
  struct Table: @unchecked Sendable {
    var texts: [UInt32: UnsafePointer<CChar>] = [:]
    subscript(code: UInt32) -> UnsafePointer<CChar>? { texts[code] }
  }

  static let all: Table = {
    var table = Table()
    for code in Code.allCases { table.texts[code.rawValue] = UnsafePointer(strdup(words(code))) }
    return table
  }()

  private static func words(_ code: Code) -> String {
    switch code {
    case .success: "Success"
    case .uninitialized: "Uninitialized"
    case .invalidArgument: "Invalid Argument"
    case .notSupported: "Not Supported"
    case .notFound: "Not Found"
    case .insufficientSize: "Insufficient Size"
    case .driverNotLoaded: "Driver Not Loaded"
    case .versionMismatch: "Argument Version Mismatch"
    case .unknown: "Unknown Error"
    }
  }
}

@c(nvmlSystemGetDriverVersion) public func nvmlSystemGetDriverVersion(
  _ place: UnsafeMutablePointer<CChar>?, _ bytes: UInt32
) -> UInt32 {
  Management.process.call { file throws(Refusal) in
    try copyText("\(file[.api] / 1000 * 45).00", place, bytes)
  }
}

@c(nvmlSystemGetNVMLVersion) public func nvmlSystemGetNVMLVersion(
  _ place: UnsafeMutablePointer<CChar>?, _ bytes: UInt32
) -> UInt32 {
  Management.process.call { file throws(Refusal) in
    try copyText("\(file[.api] / 1000).\(file[.api] / 1000 * 45).00", place, bytes)
  }
}

@c(nvmlSystemGetCudaDriverVersion) public func nvmlSystemGetCudaDriverVersion(
  _ version: UnsafeMutablePointer<Int32>?
) -> UInt32 { cudaVersion(version) }

@c(nvmlSystemGetCudaDriverVersion_v2) public func nvmlSystemGetCudaDriverVersion_v2(
  _ version: UnsafeMutablePointer<Int32>?
) -> UInt32 { cudaVersion(version) }

private func cudaVersion(_ version: UnsafeMutablePointer<Int32>?) -> UInt32 {
  Management.process.call { file throws(Refusal) in
    try require(version).pointee = Int32(file[.api])
  }
}

@c(nvmlDeviceGetCount) public func nvmlDeviceGetCount(
  _ count: UnsafeMutablePointer<UInt32>?
) -> UInt32 { deviceCount(count) }

@c(nvmlDeviceGetCount_v2) public func nvmlDeviceGetCount_v2(
  _ count: UnsafeMutablePointer<UInt32>?
) -> UInt32 { deviceCount(count) }

private func deviceCount(_ count: UnsafeMutablePointer<UInt32>?) -> UInt32 {
  Management.process.call { file throws(Refusal) in
    try require(count).pointee = UInt32(file.deviceCount)
  }
}

@c(nvmlDeviceGetHandleByIndex) public func nvmlDeviceGetHandleByIndex(
  _ index: UInt32, _ handle: UnsafeMutablePointer<OpaquePointer?>?
) -> UInt32 { handleByIndex(index, handle) }

@c(nvmlDeviceGetHandleByIndex_v2) public func nvmlDeviceGetHandleByIndex_v2(
  _ index: UInt32, _ handle: UnsafeMutablePointer<OpaquePointer?>?
) -> UInt32 { handleByIndex(index, handle) }

private func handleByIndex(
  _ index: UInt32, _ handle: UnsafeMutablePointer<OpaquePointer?>?
) -> UInt32 {
  Management.process.call { file throws(Refusal) in
    guard index < UInt32(file.deviceCount) else { throw Refusal(code: .invalidArgument) }
    try require(handle).pointee = DeviceHandle.make(Int(index))
  }
}

@c(nvmlDeviceGetHandleByUUID) public func nvmlDeviceGetHandleByUUID(
  _ uuid: UnsafePointer<CChar>?, _ handle: UnsafeMutablePointer<OpaquePointer?>?
) -> UInt32 {
  Management.process.call { file throws(Refusal) in
    guard let uuid else { throw Refusal(code: .invalidArgument) }
    let place = try require(handle)
    let text = String(cString: uuid)
    guard let index = (0..<file.deviceCount).first(where: { file.uuidText(ofDevice: $0) == text })
    else { throw Refusal(code: .notFound) }
    place.pointee = DeviceHandle.make(index)
  }
}

@c(nvmlDeviceGetIndex) public func nvmlDeviceGetIndex(
  _ handle: OpaquePointer?, _ index: UnsafeMutablePointer<UInt32>?
) -> UInt32 {
  Management.process.call { file throws(Refusal) in
    try require(index).pointee = UInt32(try DeviceHandle.index(handle, in: file))
  }
}

@c(nvmlDeviceGetName) public func nvmlDeviceGetName(
  _ handle: OpaquePointer?, _ place: UnsafeMutablePointer<CChar>?, _ bytes: UInt32
) -> UInt32 {
  Management.process.call { file throws(Refusal) in
    try copyText(
      file.name(ofDevice: try DeviceHandle.index(handle, in: file)), place, bytes)
  }
}

@c(nvmlDeviceGetUUID) public func nvmlDeviceGetUUID(
  _ handle: OpaquePointer?, _ place: UnsafeMutablePointer<CChar>?, _ bytes: UInt32
) -> UInt32 {
  Management.process.call { file throws(Refusal) in
    try copyText(
      file.uuidText(ofDevice: try DeviceHandle.index(handle, in: file)), place, bytes)
  }
}

/// Total, free, used.
@c(nvmlDeviceGetMemoryInfo) public func nvmlDeviceGetMemoryInfo(
  _ handle: OpaquePointer?, _ words: UnsafeMutablePointer<UInt64>?
) -> UInt32 {
  Management.process.call { file throws(Refusal) in
    let use = file.use(ofDevice: try DeviceHandle.index(handle, in: file))
    let words = try require(words)
    words[0] = use.memoryBytes
    words[1] = use.freeBytes
    words[2] = use.memoryBytes - use.freeBytes
  }
}

/// Version tag, total, reserved, free, used.
@c(nvmlDeviceGetMemoryInfo_v2) public func nvmlDeviceGetMemoryInfo_v2(
  _ handle: OpaquePointer?, _ words: UnsafeMutablePointer<UInt64>?
) -> UInt32 {
  Management.process.call { file throws(Refusal) in
    let use = file.use(ofDevice: try DeviceHandle.index(handle, in: file))
    let words = try require(words)
    guard UInt32(truncatingIfNeeded: words[0]) == 40 | 2 << 24 else {
      throw Refusal(code: .versionMismatch)
    }
    words[1] = use.memoryBytes
    words[2] = 0
    words[3] = use.freeBytes
    words[4] = use.memoryBytes - use.freeBytes
  }
}
