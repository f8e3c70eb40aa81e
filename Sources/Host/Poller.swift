internal import CPlatform
public import SystemPackage

/// Which descriptors are ready. Level-triggered: what is not drained is told again.
public struct Poller: ~Copyable {
  /// One ready descriptor: the number it was registered under.
  public struct Ready: Sendable {
    public let token: UInt64
    public let isReadable: Bool
    public let isWritable: Bool
    /// The other end closed or the descriptor failed.
    public let isHungUp: Bool
  }

  /// Most descriptors told in one wait; more come with the next.
  public static let readyMax = 64

  private static let readable: UInt32 = 0x001
  private static let writable: UInt32 = 0x004
  private static let failed: UInt32 = 0x008 | 0x010

  private let epoll: Descriptor

  public init() throws(Errno) {
    epoll = Descriptor(owning: try Kernel.call(tidelock_epoll_create()))
  }

  /// Watches for readability until `remove` or the descriptor's last close.
  public borrowing func add(_ descriptor: borrowing Descriptor, token: UInt64) throws(Errno) {
    try add(number: descriptor.number, token: token)
  }

  /// The same for a descriptor that its owner keeps open until `remove`.
  public borrowing func add(number: Int32, token: UInt64) throws(Errno) {
    try Kernel.call(tidelock_epoll_control(epoll.number, 1, number, Poller.readable, token))
  }

  /// Also watches for room to send, or stops to.
  public borrowing func watchWritable(
    _ wanted: Bool, number: Int32, token: UInt64
  ) throws(Errno) {
    let events = wanted ? Poller.readable | Poller.writable : Poller.readable
    try Kernel.call(tidelock_epoll_control(epoll.number, 3, number, events, token))
  }

  public borrowing func remove(_ descriptor: borrowing Descriptor) throws(Errno) {
    try remove(number: descriptor.number)
  }

  public borrowing func remove(number: Int32) throws(Errno) {
    try Kernel.call(tidelock_epoll_control(epoll.number, 2, number, 0, 0))
  }

  /// Waits until something is ready or the time is over. A negative time waits without limit.
  public borrowing func wait(milliseconds: Int32) throws(Errno) -> [Ready] {
    var tokens: InlineArray<64, UInt64> = InlineArray(repeating: 0)
    var events: InlineArray<64, UInt32> = InlineArray(repeating: 0)
    var tokenSpan = tokens.mutableSpan
    let result = tokenSpan.withUnsafeMutableBufferPointer { tokenBuffer in
      var eventSpan = events.mutableSpan
      return eventSpan.withUnsafeMutableBufferPointer { eventBuffer in
        tidelock_epoll_wait(
          epoll.number, tokenBuffer.baseAddress, eventBuffer.baseAddress, Int32(Poller.readyMax),
          milliseconds)
      }
    }
    let count = Int(try Kernel.call(result))
    var ready: [Ready] = []
    ready.reserveCapacity(count)
    for index in 0..<count {
      let bits = events[index]
      ready.append(
        Ready(
          token: tokens[index], isReadable: bits & Poller.readable != 0,
          isWritable: bits & Poller.writable != 0, isHungUp: bits & Poller.failed != 0))
    }
    return ready
  }
}

/// SIGINT, SIGTERM and SIGHUP as readiness instead of interruption.
public final class SignalWatch {
  public let descriptor: Descriptor

  /// Blocks the three signals in the calling thread; call before other threads start. From then on
  /// who writes to a pipe that nobody reads any more gets an error instead of SIGPIPE.
  public init() throws(Errno) {
    descriptor = Descriptor(owning: try Kernel.call(tidelock_signals_open()))
  }

  /// The number of one signal that came, nil when none did.
  public func next() throws(Errno) -> Int32? {
    let number = try Kernel.call(tidelock_signals_read(descriptor.number))
    return number == 0 ? nil : number
  }
}
