internal import Glibc
public import SystemPackage

/// Why the driver's management library (NVML) can not be used.
public enum ManagementFault: Error, Sendable, CustomStringConvertible {
  case notFound(String)
  case symbolMissing(String)
  case refused(call: String, code: Int32)

  public var description: String {
    switch self {
    case .notFound(let detail): "NVML was not found: \(detail)"
    case .symbolMissing(let name): "this NVML has no \(name)"
    case .refused(let call, let code): "\(call) failed with NVML error \(code)"
    }
  }
}

/// NVML, opened at run time with prototypes of our own, so that the agent starts, and says what is
/// missing, on machines without a driver. One thread.
public final class ManagementLibrary: GPUReadings {
  public static let name = "libnvidia-ml.so.1"
  /// Most devices and most processes on one that are read.
  public static let devicesMax = 64
  public static let processesMax = 1024

  private typealias Handle = OpaquePointer
  private typealias Initialise = @convention(c) () -> Int32
  private typealias Count = @convention(c) (UnsafeMutablePointer<UInt32>) -> Int32
  private typealias HandleByIndex = @convention(c) (UInt32, UnsafeMutablePointer<Handle?>) -> Int32
  private typealias Text = @convention(c) (Handle, UnsafeMutablePointer<CChar>, UInt32) -> Int32
  private typealias SystemText = @convention(c) (UnsafeMutablePointer<CChar>, UInt32) -> Int32
  private typealias Modes =
    @convention(c) (Handle, UnsafeMutablePointer<UInt32>, UnsafeMutablePointer<UInt32>) -> Int32
  private typealias Structure = @convention(c) (Handle, UnsafeMutableRawPointer) -> Int32
  private typealias Processes =
    @convention(c) (Handle, UnsafeMutablePointer<UInt32>, UnsafeMutableRawPointer?) -> Int32

  /// Bytes of one entry of a process list and where its figures lie.
  private struct ProcessList {
    let call: Processes
    let stride: Int
  }

  public let devices: [GPUDevice]
  /// Like `550.54.14`; nil when it does not say.
  public let driverVersion: String?
  private let splitModes: Modes?
  private let handles: [Handle]
  private let memoryInfo: Structure?
  private let memoryInfoWithReserve: Structure?
  private let processLists: [ProcessList]

  /// Where drivers lie that the loader does not find by itself: WSL, hosts of containers (GKE),
  /// NixOS. Their users say it with LD_LIBRARY_PATH, which an agent does not have.
  private static let unusualDirectories: [FilePath] = [
    "/usr/lib/wsl/lib", "/usr/local/nvidia/lib64", "/run/opengl-driver/lib",
  ]

  /// This machine's, wherever it lies.
  /// - Throws: what was wrong where the loader looks when it lies nowhere else either.
  public static func found() throws(ManagementFault) -> ManagementLibrary {
    do {
      return try ManagementLibrary(path: FilePath(name))
    } catch .notFound(let detail) {
      for directory in unusualDirectories {
        let path = directory.appending(name)
        if path.withPlatformString({ access($0, R_OK) }) == 0 {
          return try ManagementLibrary(path: path)
        }
      }
      throw .notFound(detail)
    }
  }

  /// Opens and initialises the library at `path` (a name alone is searched as the loader does).
  public init(path: FilePath) throws(ManagementFault) {
    guard let library = path.withPlatformString({ dlopen($0, RTLD_NOW | RTLD_LOCAL) }) else {
      throw .notFound(dlerror().map { String(cString: $0) } ?? path.string)
    }
    func optional<T>(_ name: String, as type: T.Type) -> T? {
      dlsym(library, name).map { unsafeBitCast($0, to: type) }
    }
    func required<T>(_ name: String, as type: T.Type) throws(ManagementFault) -> T {
      guard let function = optional(name, as: type) else { throw .symbolMissing(name) }
      return function
    }
    let initialise = try required("nvmlInit_v2", as: Initialise.self)
    let code = initialise()
    guard code == 0 else { throw .refused(call: "nvmlInit_v2", code: code) }
    driverVersion = optional("nvmlSystemGetDriverVersion", as: SystemText.self).flatMap { ask in
      ManagementLibrary.text { ask($0, $1) }
    }
    splitModes = optional("nvmlDeviceGetMigMode", as: Modes.self)
    memoryInfo = optional("nvmlDeviceGetMemoryInfo", as: Structure.self)
    memoryInfoWithReserve = optional("nvmlDeviceGetMemoryInfo_v2", as: Structure.self)
    processLists = ["Compute", "Graphics"].compactMap { kind in
      let base = "nvmlDeviceGet\(kind)RunningProcesses"
      for (suffix, stride) in [("_v3", 24), ("_v2", 24), ("", 16)] {
        if let call = optional(base + suffix, as: Processes.self) {
          return ProcessList(call: call, stride: stride)
        }
      }
      return nil
    }
    handles = try ManagementLibrary.handles(
      count: try required("nvmlDeviceGetCount_v2", as: Count.self),
      byIndex: try required("nvmlDeviceGetHandleByIndex_v2", as: HandleByIndex.self))
    let identify = try required("nvmlDeviceGetUUID", as: Text.self)
    var found: [GPUDevice] = []
    for handle in handles {
      let uuid = try ManagementLibrary.text(of: handle, identify)
      let memory = ManagementLibrary.memory(handle, memoryInfoWithReserve, memoryInfo)
      guard let memory else { throw .symbolMissing("nvmlDeviceGetMemoryInfo") }
      found.append(GPUDevice(uuid: uuid, totalBytes: memory.totalBytes))
    }
    devices = found
  }

  public func memory(device: Int) -> GPUMemory? {
    guard handles.indices.contains(device) else { return nil }
    return ManagementLibrary.memory(handles[device], memoryInfoWithReserve, memoryInfo)
  }

  public func processes(device: Int) -> [GPUProcess]? {
    guard handles.indices.contains(device), !processLists.isEmpty else { return nil }
    var merged: [Int32: UInt64?] = [:]
    for list in processLists {
      guard let found = read(list, of: handles[device]) else { return nil }
      // A process that computes and draws is in both lists with the same figure.
      for process in found {
        let known = merged[process.processID] ?? nil
        merged[process.processID] = .some(known ?? process.usedBytes)
      }
    }
    return merged.map { GPUProcess(processID: $0.key, usedBytes: $0.value) }
  }

  private func read(_ list: ProcessList, of handle: Handle) -> [GPUProcess]? {
    var count = UInt32(ManagementLibrary.processesMax)
    let bytes = UnsafeMutableRawBufferPointer.allocate(
      byteCount: list.stride * ManagementLibrary.processesMax, alignment: 8)
    defer { bytes.deallocate() }
    guard let start = bytes.baseAddress, list.call(handle, &count, start) == 0 else { return nil }
    return (0..<min(Int(count), ManagementLibrary.processesMax)).map { index in
      let entry = start + index * list.stride
      let used = entry.load(fromByteOffset: 8, as: UInt64.self)
      return GPUProcess(
        processID: Int32(truncatingIfNeeded: entry.load(as: UInt32.self)),
        usedBytes: used == UInt64.max ? nil : used)
    }
  }

  private static func handles(
    count: Count, byIndex: HandleByIndex
  ) throws(ManagementFault) -> [Handle] {
    var number: UInt32 = 0
    let code = count(&number)
    guard code == 0 else { throw .refused(call: "nvmlDeviceGetCount_v2", code: code) }
    var handles: [Handle] = []
    for index in 0..<min(number, UInt32(devicesMax)) {
      var handle: Handle?
      let code = byIndex(index, &handle)
      guard code == 0, let handle else {
        throw .refused(call: "nvmlDeviceGetHandleByIndex_v2", code: code)
      }
      handles.append(handle)
    }
    return handles
  }

  /// Whether MIG is on for a device; nil when it does not say.
  public func isSplit(device: Int) -> Bool? {
    guard handles.indices.contains(device), let splitModes else { return nil }
    var current: UInt32 = 0
    var pending: UInt32 = 0
    // A GPU without MIG answers that it is not supported.
    return splitModes(handles[device], &current, &pending) == 0 ? current == 1 : false
  }

  private static func text(of handle: Handle, _ call: Text) throws(ManagementFault) -> String {
    var code: Int32 = 0
    let text = text {
      code = call(handle, $0, $1)
      return code
    }
    guard let text else { throw .refused(call: "nvmlDeviceGetUUID", code: code) }
    return text
  }

  private static func text(
    _ call: (UnsafeMutablePointer<CChar>, UInt32) -> Int32
  ) -> String? {
    var buffer = [CChar](repeating: 0, count: 96)
    guard call(&buffer, UInt32(buffer.count)) == 0 else { return nil }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The newer call tells what the driver keeps for itself; the older counts it as used.
  private static func memory(
    _ handle: Handle, _ newer: Structure?, _ older: Structure?
  ) -> GPUMemory? {
    var words = [UInt64](repeating: 0, count: 5)
    if let newer {
      words[0] = 40 | 2 << 24
      if newer(handle, &words) == 0 {
        return GPUMemory(totalBytes: words[1] - min(words[1], words[2]), usedBytes: words[4])
      }
    }
    guard let older, older(handle, &words) == 0 else { return nil }
    return GPUMemory(totalBytes: words[0], usedBytes: words[2])
  }
}
