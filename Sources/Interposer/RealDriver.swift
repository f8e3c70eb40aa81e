// The driver as moving needs it: our stream, our copies, between the arena and the lease.

internal import CInterposer
internal import Faults
internal import Shadow

/// Calls into the driver for one device, on one stream of ours. The thread has the mover's context
/// current and RELAXED capture mode.
struct RealDriver: Driver, ~Copyable {
  static let eventCount = 16

  let device: Int32
  let lease: UnsafeMutableRawPointer?
  /// Host memory is registered in units of this; no copy crosses one.
  let pinUnitBytes: UInt64
  let stream: UnsafeMutableRawPointer?
  /// A ring of `eventCount` events; absent for a driver that only clears.
  let events: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
  private var issued: UInt64 = 0

  init(
    device: Int32, lease: UnsafeMutableRawPointer?, pinUnitBytes: UInt64,
    stream: UnsafeMutableRawPointer?, events: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
  ) {
    self.device = device
    self.lease = lease
    self.pinUnitBytes = pinUnitBytes
    self.stream = stream
    self.events = events
  }

  private func check(_ code: Int32) throws(DriverFault) {
    if code != 0 { throw DriverFault(code: code) }
  }

  mutating func reserve(bytes: UInt64, alignmentBytes: UInt64) throws(DriverFault) -> UInt64 {
    var address: UInt64 = 0
    try check(
      real_cuMemAddressReserve(
        &address, Int(truncatingIfNeeded: bytes), Int(truncatingIfNeeded: alignmentBytes), 0, 0))
    return address
  }

  mutating func create(bytes: UInt64) throws(DriverFault) -> UInt64 {
    var properties = tidelock_allocation_properties()
    properties.type = 1
    properties.location_type = 1
    properties.location_id = device
    var handle: UInt64 = 0
    try check(
      real_cuMemCreate(&handle, Int(truncatingIfNeeded: bytes), &properties, 0))
    return handle
  }

  mutating func map(handle: UInt64, address: UInt64, bytes: UInt64) throws(DriverFault) {
    try check(real_cuMemMap(address, Int(truncatingIfNeeded: bytes), 0, handle, 0))
  }

  mutating func setAccess(address: UInt64, bytes: UInt64) throws(DriverFault) {
    var access = tidelock_access(location_type: 1, location_id: device, flags: 3)
    try check(
      real_cuMemSetAccess(address, Int(truncatingIfNeeded: bytes), &access, 1))
  }

  mutating func unmap(address: UInt64, bytes: UInt64) throws(DriverFault) {
    try check(real_cuMemUnmap(address, Int(truncatingIfNeeded: bytes)))
  }

  mutating func release(handle: UInt64) throws(DriverFault) {
    try check(real_cuMemRelease(handle))
  }

  mutating func copyOut(
    address: UInt64, hostOffset: UInt64, bytes: UInt64
  ) throws(DriverFault) -> UInt64 {
    var done: UInt64 = 0
    while done < bytes {
      let piece = pieceBytes(hostOffset &+ done, bytes &- done)
      try queued(
        real_cuMemcpyDtoHAsync(
          host(hostOffset &+ done), address &+ done, Int(truncatingIfNeeded: piece), stream))
      done &+= piece
    }
    return try token()
  }

  mutating func copyIn(
    address: UInt64, hostOffset: UInt64, bytes: UInt64
  ) throws(DriverFault) -> UInt64 {
    var done: UInt64 = 0
    while done < bytes {
      let piece = pieceBytes(hostOffset &+ done, bytes &- done)
      if !fault(173) {
        try queued(
          real_cuMemcpyHtoDAsync(
            address &+ done, host(hostOffset &+ done), Int(truncatingIfNeeded: piece), stream))
      }
      done &+= piece
    }
    return try token()
  }

  mutating func clear(address: UInt64, bytes: UInt64) throws(DriverFault) -> UInt64 {
    if fault(174) { return try token() }
    try check(
      real_cuMemsetD8Async(address, 0, Int(truncatingIfNeeded: bytes), stream))
    return try token()
  }

  mutating func finish(token: UInt64) throws(DriverFault) {
    guard let events = events else {
      try check(real_cuStreamSynchronize(stream))
      return
    }
    // A later copy may have taken the event over: then waiting for it waits for this one too.
    let event = events[Int(truncatingIfNeeded: token) & (RealDriver.eventCount &- 1)]
    try check(real_cuEventSynchronize(event))
  }

  /// A call that fails leaves nothing of its own running: earlier pieces are waited for.
  private func queued(_ code: Int32) throws(DriverFault) {
    if code == 0 { return }
    _ = real_cuStreamSynchronize(stream)
    throw DriverFault(code: code)
  }

  private mutating func token() throws(DriverFault) -> UInt64 {
    issued &+= 1
    if let events = events {
      let event = events[Int(truncatingIfNeeded: issued) & (RealDriver.eventCount &- 1)]
      try queued(real_cuEventRecord(event, stream))
    }
    return issued
  }

  private func host(_ offset: UInt64) -> UnsafeMutableRawPointer? {
    guard let lease else { return nil }
    return lease + Int(truncatingIfNeeded: offset)
  }

  private func pieceBytes(_ offset: UInt64, _ bytes: UInt64) -> UInt64 {
    min(bytes, pinUnitBytes &- (offset & (pinUnitBytes &- 1)))
  }
}
