/// A `CUresult` other than success.
public struct DriverFault: Error {
  public static let invalidValue: Int32 = 1
  public static let outOfMemory: Int32 = 2

  public var code: Int32

  public init(code: Int32) { self.code = code }
}

/// The calls of the driver that moving needs, for one device. Addresses, offsets and sizes are in
/// bytes and multiples of 2 MiB. No call touches the tables of `Shadow`, so each is made without
/// the caller's lock.
///
/// Copies and clears are queued in order: when a token is finished, everything queued before it on
/// the same driver is finished too. A call that throws has queued nothing, or what it queued is
/// over when it throws.
public protocol Driver: ~Copyable {
  /// Reserves addresses without memory. Returns the base.
  mutating func reserve(bytes: UInt64, alignmentBytes: UInt64) throws(DriverFault) -> UInt64
  /// Makes device memory; its contents are undefined. Returns a handle.
  mutating func create(bytes: UInt64) throws(DriverFault) -> UInt64
  mutating func map(handle: UInt64, address: UInt64, bytes: UInt64) throws(DriverFault)
  /// Grants the device reading and writing. The range may span several whole mappings.
  mutating func setAccess(address: UInt64, bytes: UInt64) throws(DriverFault)
  /// The range may span several whole mappings.
  mutating func unmap(address: UInt64, bytes: UInt64) throws(DriverFault)
  mutating func release(handle: UInt64) throws(DriverFault)
  /// Queues a copy from the device to the lease. Returns a token.
  mutating func copyOut(
    address: UInt64, hostOffset: UInt64, bytes: UInt64
  ) throws(DriverFault) -> UInt64
  /// Queues a copy from the lease to the device. Returns a token.
  mutating func copyIn(
    address: UInt64, hostOffset: UInt64, bytes: UInt64
  ) throws(DriverFault) -> UInt64
  /// Queues filling with zero bytes. Returns a token.
  mutating func clear(address: UInt64, bytes: UInt64) throws(DriverFault) -> UInt64
  /// Waits until the copy with this token, and all before it, are finished.
  mutating func finish(token: UInt64) throws(DriverFault)
}

/// What a motion wants next: one driver call, or a reason why there is none.
public enum Step {
  case create(bytes: UInt64)
  case map(handle: UInt64, address: UInt64, bytes: UInt64)
  case setAccess(address: UInt64, bytes: UInt64)
  case copyOut(address: UInt64, hostOffset: UInt64, bytes: UInt64)
  case copyIn(address: UInt64, hostOffset: UInt64, bytes: UInt64)
  case clear(address: UInt64, bytes: UInt64)
  case finish(token: UInt64)
  case unmap(address: UInt64, bytes: UInt64)
  case release(handle: UInt64)

  /// Nothing to do until `residentBytesMax` rises by at least so much. Ask again then.
  case needsCredit(bytes: UInt64)
  /// Nothing to do until the lease grows by at least so much. Ask again then.
  case needsLease(bytes: UInt64)
  /// The driver had no memory although credit allows it. Asking again tries again.
  case outOfMemory
  /// A call failed with this `CUresult`; the chunks concerned are as they were before. Asking again
  /// goes on with what is left, the failed ones included.
  case failed(code: Int32)
  /// The motion is over.
  case finished

  /// Whether this is a driver call, which `Shadow.settle` must be told the outcome of.
  public var isCall: Bool {
    switch self {
    case .create, .map, .setAccess, .copyOut, .copyIn, .clear, .finish, .unmap, .release: true
    case .needsCredit, .needsLease, .outOfMemory, .failed, .finished: false
    }
  }

  /// Makes the call. Needs no lock; may take as long as the driver takes.
  public func perform<D: Driver & ~Copyable>(on driver: inout D) -> Outcome {
    do throws(DriverFault) {
      switch self {
      case .create(let bytes): return .done(try driver.create(bytes: bytes))
      case .map(let handle, let address, let bytes):
        try driver.map(handle: handle, address: address, bytes: bytes)
      case .setAccess(let address, let bytes): try driver.setAccess(address: address, bytes: bytes)
      case .copyOut(let address, let offset, let bytes):
        return .done(try driver.copyOut(address: address, hostOffset: offset, bytes: bytes))
      case .copyIn(let address, let offset, let bytes):
        return .done(try driver.copyIn(address: address, hostOffset: offset, bytes: bytes))
      case .clear(let address, let bytes):
        return .done(try driver.clear(address: address, bytes: bytes))
      case .finish(let token): try driver.finish(token: token)
      case .unmap(let address, let bytes): try driver.unmap(address: address, bytes: bytes)
      case .release(let handle): try driver.release(handle: handle)
      case .needsCredit, .needsLease, .outOfMemory, .failed, .finished: break
      }
      return .done(0)
    } catch {
      return .failed(code: error.code)
    }
  }
}

/// How a call ended: done with a handle (`create`), a token (copies and clears) or 0 (others), or
/// failed with a `CUresult`.
public enum Outcome {
  case done(UInt64)
  case failed(code: Int32)
}
