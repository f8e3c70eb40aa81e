// Lists of the processes that use a device, in all their versions.

import SimulatedGPU

/// The simulated GPU computes; what draws or goes through a shared server it knows not.
private enum Kind: UInt32 {
  case compute = 0
  case graphics = 1
  case sharedCompute = 2
}

private enum Entry {
  /// Process and used bytes.
  static let short = 16
  /// With the instances of a divided GPU, which there are none of.
  static let long = 24
  /// And with protected memory, of which there is none.
  static let detailed = 32
}

@c(nvmlDeviceGetComputeRunningProcesses)
public func nvmlDeviceGetComputeRunningProcesses(
  _ handle: OpaquePointer?, _ count: UnsafeMutablePointer<UInt32>?,
  _ list: UnsafeMutableRawPointer?
) -> UInt32 { processes(handle, count, list, .compute, stride: Entry.short) }

@c(nvmlDeviceGetComputeRunningProcesses_v2)
public func nvmlDeviceGetComputeRunningProcesses_v2(
  _ handle: OpaquePointer?, _ count: UnsafeMutablePointer<UInt32>?,
  _ list: UnsafeMutableRawPointer?
) -> UInt32 { processes(handle, count, list, .compute, stride: Entry.long) }

@c(nvmlDeviceGetComputeRunningProcesses_v3)
public func nvmlDeviceGetComputeRunningProcesses_v3(
  _ handle: OpaquePointer?, _ count: UnsafeMutablePointer<UInt32>?,
  _ list: UnsafeMutableRawPointer?
) -> UInt32 { processes(handle, count, list, .compute, stride: Entry.long) }

@c(nvmlDeviceGetGraphicsRunningProcesses)
public func nvmlDeviceGetGraphicsRunningProcesses(
  _ handle: OpaquePointer?, _ count: UnsafeMutablePointer<UInt32>?,
  _ list: UnsafeMutableRawPointer?
) -> UInt32 { processes(handle, count, list, .graphics, stride: Entry.short) }

@c(nvmlDeviceGetGraphicsRunningProcesses_v2)
public func nvmlDeviceGetGraphicsRunningProcesses_v2(
  _ handle: OpaquePointer?, _ count: UnsafeMutablePointer<UInt32>?,
  _ list: UnsafeMutableRawPointer?
) -> UInt32 { processes(handle, count, list, .graphics, stride: Entry.long) }

@c(nvmlDeviceGetGraphicsRunningProcesses_v3)
public func nvmlDeviceGetGraphicsRunningProcesses_v3(
  _ handle: OpaquePointer?, _ count: UnsafeMutablePointer<UInt32>?,
  _ list: UnsafeMutableRawPointer?
) -> UInt32 { processes(handle, count, list, .graphics, stride: Entry.long) }

@c(nvmlDeviceGetMPSComputeRunningProcesses)
public func nvmlDeviceGetMPSComputeRunningProcesses(
  _ handle: OpaquePointer?, _ count: UnsafeMutablePointer<UInt32>?,
  _ list: UnsafeMutableRawPointer?
) -> UInt32 { processes(handle, count, list, .sharedCompute, stride: Entry.short) }

@c(nvmlDeviceGetMPSComputeRunningProcesses_v2)
public func nvmlDeviceGetMPSComputeRunningProcesses_v2(
  _ handle: OpaquePointer?, _ count: UnsafeMutablePointer<UInt32>?,
  _ list: UnsafeMutableRawPointer?
) -> UInt32 { processes(handle, count, list, .sharedCompute, stride: Entry.long) }

@c(nvmlDeviceGetMPSComputeRunningProcesses_v3)
public func nvmlDeviceGetMPSComputeRunningProcesses_v3(
  _ handle: OpaquePointer?, _ count: UnsafeMutablePointer<UInt32>?,
  _ list: UnsafeMutableRawPointer?
) -> UInt32 { processes(handle, count, list, .sharedCompute, stride: Entry.long) }

@c(nvmlDeviceGetRunningProcessDetailList)
public func nvmlDeviceGetRunningProcessDetailList(
  _ handle: OpaquePointer?, _ list: UnsafeMutableRawPointer?
) -> UInt32 {
  Management.process.call { file throws(Refusal) in
    guard let list else { throw Refusal(code: .invalidArgument) }
    guard list.load(as: UInt32.self) == 24 | 1 << 24 else {
      throw Refusal(code: .versionMismatch)
    }
    guard let kind = Kind(rawValue: list.load(fromByteOffset: 4, as: UInt32.self)) else {
      throw Refusal(code: .invalidArgument)
    }
    let count = (list + 8).assumingMemoryBound(to: UInt32.self)
    let entries = list.load(fromByteOffset: 16, as: UnsafeMutableRawPointer?.self)
    try fill(file, handle, count, entries, kind, stride: Entry.detailed)
  }
}

private func processes(
  _ handle: OpaquePointer?, _ count: UnsafeMutablePointer<UInt32>?,
  _ list: UnsafeMutableRawPointer?, _ kind: Kind, stride: Int
) -> UInt32 {
  Management.process.call { file throws(Refusal) in
    try fill(file, handle, require(count), list, kind, stride: stride)
  }
}

private func fill(
  _ file: DeviceFile, _ handle: OpaquePointer?, _ count: UnsafeMutablePointer<UInt32>,
  _ list: UnsafeMutableRawPointer?, _ kind: Kind, stride: Int
) throws(Refusal) {
  let device = try DeviceHandle.index(handle, in: file)
  let processes = kind == .compute ? file.use(ofDevice: device).processes : []
  let room = Int(count.pointee)
  count.pointee = UInt32(processes.count)
  if room < processes.count { throw Refusal(code: .insufficientSize) }
  if processes.isEmpty { return }
  guard let list else { throw Refusal(code: .invalidArgument) }
  for (index, process) in processes.enumerated() {
    let entry = list + index * stride
    entry.storeBytes(of: UInt32(bitPattern: process.pid), as: UInt32.self)
    entry.storeBytes(of: process.usedBytes, toByteOffset: 8, as: UInt64.self)
    if stride > Entry.short {
      entry.storeBytes(of: UInt64.max, toByteOffset: 16, as: UInt64.self)
    }
    if stride > Entry.long { entry.storeBytes(of: 0, toByteOffset: 24, as: UInt64.self) }
  }
}
