// Devices and their primary contexts.

public import CDriver
import SimulatedGPU

@c(cuDeviceGet) public func cuDeviceGet(
  _ device: UnsafeMutablePointer<CUdevice>?, _ ordinal: Int32
) -> CUresult {
  call { d throws(Failure) in try require(device).pointee = try d.device(ordinal) }
}

@c(cuDeviceGetCount) public func cuDeviceGetCount(
  _ count: UnsafeMutablePointer<Int32>?
) -> CUresult {
  call { d throws(Failure) in try require(count).pointee = d.deviceCount }
}

@c(cuDeviceGetName) public func cuDeviceGetName(
  _ name: UnsafeMutablePointer<CChar>?, _ len: Int32, _ dev: CUdevice
) -> CUresult {
  call { d throws(Failure) in try copyText(try d.deviceName(dev), to: name, len) }
}

@c(cuDeviceGetUuid) public func cuDeviceGetUuid(
  _ uuid: UnsafeMutablePointer<CUuuid>?, _ dev: CUdevice
) -> CUresult {
  call { d throws(Failure) in try store(try d.deviceUUID(dev), to: uuid) }
}

@c(cuDeviceGetUuid_v2) public func cuDeviceGetUuid_v2(
  _ uuid: UnsafeMutablePointer<CUuuid>?, _ dev: CUdevice
) -> CUresult {
  call { d throws(Failure) in try store(try d.deviceUUID(dev), to: uuid) }
}

@c(cuDeviceTotalMem_v2) public func cuDeviceTotalMem_v2(
  _ bytes: UnsafeMutablePointer<Int>?, _ dev: CUdevice
) -> CUresult {
  call { d throws(Failure) in try require(bytes).pointee = Int(try d.totalBytes(dev)) }
}

@c(cuDeviceGetAttribute) public func cuDeviceGetAttribute(
  _ pi: UnsafeMutablePointer<Int32>?, _ attrib: CUdevice_attribute, _ dev: CUdevice
) -> CUresult {
  call { d throws(Failure) in try require(pi).pointee = try d.attribute(attrib, dev) }
}

@c(cuDeviceComputeCapability) public func cuDeviceComputeCapability(
  _ major: UnsafeMutablePointer<Int32>?, _ minor: UnsafeMutablePointer<Int32>?, _ dev: CUdevice
) -> CUresult {
  call { d throws(Failure) in
    let (first, second) = (try require(major), try require(minor))
    first.pointee = try d.attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, dev)
    second.pointee = try d.attribute(CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, dev)
  }
}

@c(cuDeviceGetProperties) public func cuDeviceGetProperties(
  _ prop: UnsafeMutablePointer<CUdevprop>?, _ dev: CUdevice
) -> CUresult {
  call { d throws(Failure) in try require(prop).pointee = try d.properties(dev) }
}

@c(cuDeviceGetByPCIBusId) public func cuDeviceGetByPCIBusId(
  _ dev: UnsafeMutablePointer<CUdevice>?, _ pciBusId: UnsafePointer<CChar>?
) -> CUresult {
  call { d throws(Failure) in
    try require(dev).pointee = try d.device(withBusId: String(cString: try require(pciBusId)))
  }
}

@c(cuDeviceGetPCIBusId) public func cuDeviceGetPCIBusId(
  _ pciBusId: UnsafeMutablePointer<CChar>?, _ len: Int32, _ dev: CUdevice
) -> CUresult {
  call { d throws(Failure) in try copyText(try d.deviceBusId(dev), to: pciBusId, len) }
}

@c(cuDeviceCanAccessPeer) public func cuDeviceCanAccessPeer(
  _ canAccessPeer: UnsafeMutablePointer<Int32>?, _ dev: CUdevice, _ peerDev: CUdevice
) -> CUresult {
  call { d throws(Failure) in
    try require(canAccessPeer).pointee = try d.canAccessPeer(dev, peerDev) ? 1 : 0
  }
}

@c(cuDeviceGetP2PAttribute) public func cuDeviceGetP2PAttribute(
  _ value: UnsafeMutablePointer<Int32>?, _ attrib: CUdevice_P2PAttribute, _ srcDevice: CUdevice,
  _ dstDevice: CUdevice
) -> CUresult {
  call { d throws(Failure) in
    _ = try d.canAccessPeer(srcDevice, dstDevice)
    try require(value).pointee = attrib == CU_DEVICE_P2P_ATTRIBUTE_ACCESS_SUPPORTED ? 1 : 0
  }
}

@c(cuDevicePrimaryCtxRetain) public func cuDevicePrimaryCtxRetain(
  _ pctx: UnsafeMutablePointer<CUcontext?>?, _ dev: CUdevice
) -> CUresult {
  call { d throws(Failure) in try require(pctx).pointee = try d.primaryRetain(dev) }
}

@c(cuDevicePrimaryCtxRelease) public func cuDevicePrimaryCtxRelease(_ dev: CUdevice) -> CUresult {
  call { d throws(Failure) in try d.primaryRelease(dev) }
}

@c(cuDevicePrimaryCtxRelease_v2) public func cuDevicePrimaryCtxRelease_v2(
  _ dev: CUdevice
) -> CUresult {
  call { d throws(Failure) in try d.primaryRelease(dev) }
}

@c(cuDevicePrimaryCtxReset) public func cuDevicePrimaryCtxReset(_ dev: CUdevice) -> CUresult {
  call { d throws(Failure) in try d.primaryReset(dev) }
}

@c(cuDevicePrimaryCtxReset_v2) public func cuDevicePrimaryCtxReset_v2(_ dev: CUdevice) -> CUresult {
  call { d throws(Failure) in try d.primaryReset(dev) }
}

@c(cuDevicePrimaryCtxSetFlags) public func cuDevicePrimaryCtxSetFlags(
  _ dev: CUdevice, _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in try d.primarySetFlags(dev, flags) }
}

@c(cuDevicePrimaryCtxSetFlags_v2) public func cuDevicePrimaryCtxSetFlags_v2(
  _ dev: CUdevice, _ flags: UInt32
) -> CUresult {
  call { d throws(Failure) in try d.primarySetFlags(dev, flags) }
}

@c(cuDevicePrimaryCtxGetState) public func cuDevicePrimaryCtxGetState(
  _ dev: CUdevice, _ flags: UnsafeMutablePointer<UInt32>?, _ active: UnsafeMutablePointer<Int32>?
) -> CUresult {
  call { d throws(Failure) in
    let state = try d.primaryState(dev)
    try require(flags).pointee = state.flags
    try require(active).pointee = state.isActive ? 1 : 0
  }
}
