public import CDriver
internal import Glibc

/// One end of a copy.
public enum Endpoint: Sendable {
  case device(CUdeviceptr)
  case host(UInt)

  var address: UInt64 {
    switch self {
    case .device(let address): address
    case .host(let address): UInt64(address)
    }
  }

  var isDevice: Bool {
    switch self {
    case .device: true
    case .host: false
    }
  }
}

/// A copy of `depth` planes of `height` rows of `width` bytes.
public struct Copy: Sendable {
  public var source: Endpoint
  public var destination: Endpoint
  public var width: Int
  public var height = 1
  public var depth = 1
  public var sourcePitch = 0
  public var destinationPitch = 0
  public var sourcePlane = 0
  public var destinationPlane = 0
  /// Bytes taken from a pageable source when the call was made, instead of the source.
  var snapshot: [UInt8]?

  public init(_ destination: Endpoint, _ source: Endpoint, _ bytes: Int) {
    self.source = source
    self.destination = destination
    width = bytes
  }

  var bytes: Int { width * height * depth }

  /// From first to one past the last byte of one end.
  func extent(pitch: Int, plane: Int) -> Int {
    bytes == 0 ? 0 : (depth - 1) * plane + (height - 1) * pitch + width
  }

  /// The same copy in as few rows as its pitches allow.
  func flattened() -> Copy {
    var copy = self
    if copy.depth > 1, copy.sourcePlane == copy.sourcePitch * copy.height,
      copy.destinationPlane == copy.destinationPitch * copy.height
    {
      copy.height *= copy.depth
      copy.depth = 1
    }
    if copy.depth == 1, copy.sourcePitch == copy.width, copy.destinationPitch == copy.width {
      copy.width *= copy.height
      copy.height = 1
    }
    return copy
  }
}

/// `width` elements of `elementBytes`, `height` rows.
public struct Fill: Sendable {
  public var address: CUdeviceptr
  public var value: UInt32
  public var elementBytes: Int
  public var width: Int
  public var height: Int
  public var pitch: Int

  public init(
    _ address: CUdeviceptr, _ value: UInt32, elementBytes: Int, width: Int, height: Int = 1,
    pitch: Int = 0
  ) {
    self.address = address
    self.value = value
    self.elementBytes = elementBytes
    self.width = width
    self.height = height
    self.pitch = pitch
  }

  var extent: Int { (height - 1) * pitch + width * elementBytes }
}

/// When the call returns.
public enum Completion: Sendable {
  case synchronous, asynchronous
}

extension Driver {
  /// What a unified address means.
  public func endpoint(_ address: CUdeviceptr) -> Endpoint {
    space.contains(address) ? .device(address) : .host(UInt(address))
  }

  public func copy(
    _ copy: Copy, on handle: CUstream?, perThread: Bool, _ completion: Completion
  ) throws(Failure) {
    let stream = try stream(handle, perThread: perThread)
    var copy = copy
    try validate(&copy)
    if copy.bytes == 0 { return }
    if stream.capture != nil {
      if completion == .synchronous {
        stream.capture?.invalidate()
        throw Failure(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED)
      }
      return try enqueue(on: stream, .copy(copy))
    }
    if completion == .synchronous { try refuseUnsafeCall() }
    if completion == .asynchronous, crossesRegistration(copy) {
      throw Failure(CUDA_ERROR_INVALID_VALUE)
    }
    // Pageable memory is read while the call lasts: small amounts aside, larger by waiting.
    let pageable = isPageable(copy.source) || isPageable(copy.destination)
    if completion == .asynchronous, case .host(let source) = copy.source,
      isPageable(copy.source), copy.height * copy.depth == 1, copy.width <= 64 << 10
    {
      let start = UnsafeRawPointer(bitPattern: source)!
      copy.snapshot = Array(UnsafeRawBufferPointer(start: start, count: copy.width))
      return try enqueue(on: stream, .copy(copy))
    }
    try enqueue(on: stream, .copy(copy))
    if completion == .synchronous || pageable {
      wait(for: [stream.end])
      if let code = stream.context.stickyError { throw Failure(code) }
    }
  }

  public func fill(
    _ fill: Fill, on handle: CUstream?, perThread: Bool, _ completion: Completion
  ) throws(Failure) {
    let stream = try stream(handle, perThread: perThread)
    try validate(fill)
    if fill.width == 0 || fill.height == 0 { return }
    if stream.capture == nil, completion == .synchronous { try refuseUnsafeCall() }
    try enqueue(on: stream, .fill(fill))
    if completion == .synchronous, stream.capture == nil {
      wait(for: [stream.end])
      if let code = stream.context.stickyError { throw Failure(code) }
    }
  }

  func validate(_ fill: Fill) throws(Failure) {
    let refusal = Failure(CUDA_ERROR_INVALID_VALUE)
    guard [1, 2, 4].contains(fill.elementBytes), fill.width >= 0, fill.height >= 0,
      fill.address % UInt64(fill.elementBytes) == 0,
      fill.height <= 1 || fill.pitch >= fill.width * fill.elementBytes
    else { throw refusal }
    if fill.width == 0 || fill.height == 0 { return }
    guard isKnown(fill.address, fill.extent) else { throw refusal }
  }

  func validate(_ copy: inout Copy) throws(Failure) {
    let refusal = Failure(CUDA_ERROR_INVALID_VALUE)
    guard copy.width >= 0, copy.height >= 0, copy.depth >= 0 else { throw refusal }
    if copy.bytes == 0 { return }
    if copy.height > 1 || copy.depth > 1 {
      guard copy.sourcePitch >= copy.width, copy.destinationPitch >= copy.width else {
        throw refusal
      }
    }
    copy = copy.flattened()
    let ends = [
      (copy.source, copy.extent(pitch: copy.sourcePitch, plane: copy.sourcePlane)),
      (copy.destination, copy.extent(pitch: copy.destinationPitch, plane: copy.destinationPlane)),
    ]
    for (end, extent) in ends {
      switch end {
      case .device(let address): if !isKnown(address, extent) { throw refusal }
      case .host(let address): if address == 0 { throw refusal }
      }
    }
  }

  /// Whether the bytes lie in one allocation or one reservation, or in registered host memory.
  private func isKnown(_ address: UInt64, _ bytes: Int) -> Bool {
    let (end, overflow) = address.addingReportingOverflow(UInt64(bytes))
    if overflow { return false }
    if let row = allocations.row(containing: address) { return end <= row.range.upperBound }
    if let row = reservations.row(containing: address) {
      return end <= row.range.upperBound && mappings.row(containing: address) != nil
    }
    if let row = hostMemory.row(containing: address) { return end <= row.range.upperBound }
    return false
  }

  private func isPageable(_ end: Endpoint) -> Bool {
    switch end {
    case .device: false
    case .host(let address): hostMemory.row(containing: UInt64(address)) == nil
    }
  }

  /// Begins in one registration and ends outside of it.
  private func crossesRegistration(_ copy: Copy) -> Bool {
    guard copy.height * copy.depth == 1 else { return false }
    for end in [copy.source, copy.destination] {
      guard case .host(let address) = end else { continue }
      let first = UInt64(address)
      guard let row = hostMemory.row(containing: first) else { continue }
      if first + UInt64(copy.width) > row.range.upperBound { return true }
    }
    return false
  }

  /// Does a copy, on a stream's thread, at the pace of the link.
  func run(_ copy: Copy, device: Int) -> CUresult {
    var pace = Pace(file, device: device, from: copy.source, to: copy.destination)
    for plane in 0..<copy.depth {
      for row in 0..<copy.height {
        let from =
          copy.source.address + UInt64(plane * copy.sourcePlane + row * copy.sourcePitch)
        let to =
          copy.destination.address
          + UInt64(plane * copy.destinationPlane + row * copy.destinationPitch)
        var done = 0
        while done < copy.width {
          let count = min(copy.width - done, Pace.pieceBytes)
          pace.book(count)
          let moved = monitor.accessingMemory {
            move(copy, from: from + UInt64(done), to: to + UInt64(done), count)
          }
          if !moved { return CUDA_ERROR_ILLEGAL_ADDRESS }
          pace.noteCrossed(count)
          pace.waitForEarlierPieces()
          done += count
        }
      }
    }
    pace.waitForAll()
    return CUDA_SUCCESS
  }

  private func move(_ copy: Copy, from: UInt64, to: UInt64, _ count: Int) -> Bool {
    let bytes = UInt64(count)
    if copy.destination.isDevice, space.contains(to),
      !space.allows(to, bytes, AddressSpace.writable)
    {
      return false
    }
    if copy.source.isDevice, space.contains(from),
      !space.allows(from, bytes, AddressSpace.readable)
    {
      return false
    }
    if let snapshot = copy.snapshot {
      snapshot.withUnsafeBytes { buffer in
        let start = buffer.baseAddress! + Int(from - copy.source.address)
        memmove(space.pointer(to), start, count)
      }
    } else {
      memmove(space.pointer(to), space.pointer(from), count)
    }
    return true
  }

  func run(_ fill: Fill) -> CUresult {
    let done = monitor.accessingMemory {
      for row in 0..<fill.height {
        let start = fill.address + UInt64(row * fill.pitch)
        let bytes = fill.width * fill.elementBytes
        if space.contains(start), !space.allows(start, UInt64(bytes), AddressSpace.writable) {
          return false
        }
        let place = space.pointer(start)
        switch fill.elementBytes {
        case 1: memset(place, Int32(fill.value & 0xff), bytes)
        case 2:
          place.assumingMemoryBound(to: UInt16.self)
            .update(repeating: UInt16(truncatingIfNeeded: fill.value), count: fill.width)
        default:
          place.assumingMemoryBound(to: UInt32.self)
            .update(repeating: fill.value, count: fill.width)
        }
      }
      return true
    }
    return done ? CUDA_SUCCESS : CUDA_ERROR_ILLEGAL_ADDRESS
  }
}

/// Keeps a copy to the link's rate. The link is booked in the device file, so processes share it.
struct Pace {
  /// A copy books the link in pieces of this size, so that others come in between.
  static let pieceBytes = 4 << 20
  /// A link that was idle for less than this counts as busy: it makes up for late wake-ups.
  static let slackNanoseconds: UInt64 = 1_000_000

  private let file: DeviceFile
  private let device: Int
  private let direction: Int
  private let rate: UInt64
  private let crosses: Bool
  private var earlier: UInt64 = 0
  private var last: UInt64 = 0

  init(_ file: DeviceFile, device: Int, from source: Endpoint, to destination: Endpoint) {
    self.file = file
    self.device = device
    direction = destination.isDevice ? 0 : 1
    crosses = source.isDevice != destination.isDevice
    rate = crosses ? file[direction == 0 ? .linkIn : .linkOut] : 0
  }

  mutating func book(_ bytes: Int) {
    if rate == 0 { return }
    earlier = last
    let duration = UInt64(Double(bytes) * 1e9 / Double(rate))
    last = file.bookLink(
      device: device, direction: direction, duration: duration, slack: Self.slackNanoseconds)
  }

  func noteCrossed(_ bytes: Int) {
    if crosses { file.noteCrossed(bytes, device: device, direction: direction) }
  }

  func waitForEarlierPieces() { if earlier != 0 { Monotonic.wait(until: earlier) } }

  func waitForAll() { if last != 0 { Monotonic.wait(until: last) } }
}
