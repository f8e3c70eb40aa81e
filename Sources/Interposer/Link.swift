// The socket to the agent, the control page and the lease. Three descriptors at high numbers; each
// is checked by inode before use, because programs close what they did not open and reuse numbers.

internal import CInterposer
internal import Faults
internal import Wire

/// A descriptor of ours and the file it meant when we got it.
struct HeldDescriptor {
  var number: Int32 = -1
  var device: UInt64 = 0
  var inode: UInt64 = 0

  static let none = HeldDescriptor()

  /// Moves `raw` to a high number, close-on-exec, and remembers its file.
  init(taking raw: Int32) {
    var moved = System.call(TIDELOCK_SYS_FCNTL, Int(raw), 1030, Limits.highDescriptor)
    if moved < 0 { moved = System.call(TIDELOCK_SYS_FCNTL, Int(raw), 1030, 32) }
    if moved >= 0 {
      System.call(TIDELOCK_SYS_CLOSE, Int(raw))
      number = Int32(truncatingIfNeeded: moved)
    } else {
      number = raw
    }
    var stat = tidelock_stat()
    let answer = withUnsafeMutablePointer(to: &stat) { pointer in
      System.call(TIDELOCK_SYS_FSTAT, Int(number), System.address(pointer))
    }
    if answer == 0 {
      device = stat.device
      inode = stat.inode
    }
  }

  private init() {}

  /// Whether the number still means our file.
  var isOurs: Bool {
    guard number >= 0 else { return false }
    if fault(189) { return true }
    var stat = tidelock_stat()
    let answer = withUnsafeMutablePointer(to: &stat) { pointer in
      System.call(TIDELOCK_SYS_FSTAT, Int(number), System.address(pointer))
    }
    return answer == 0 && stat.device == device && stat.inode == inode
  }

  /// The agent sent it again: what is mapped is that file, so the next agent can be handed it.
  mutating func takeAgain(_ raw: Int32) {
    // Asked before the new one gets a number, which may well be the old one.
    if raw != number && (isOurs || fault(207)) {
      System.call(TIDELOCK_SYS_CLOSE, Int(raw))
      return
    }
    var fresh = HeldDescriptor(taking: raw)
    if fresh.device == device && fresh.inode == inode {
      self = fresh
    } else {
      fresh.close()
    }
  }

  /// Closes it unless the number has come to mean another file.
  mutating func close() {
    if isOurs { System.call(TIDELOCK_SYS_CLOSE, Int(number)) }
    number = -1
  }
}

nonisolated(unsafe) private var socket = HeldDescriptor.none
nonisolated(unsafe) private var pageDescriptor = HeldDescriptor.none
nonisolated(unsafe) private var leaseDescriptor = HeldDescriptor.none
nonisolated(unsafe) private var lastReceptionCalls: UInt64 = 3
nonisolated(unsafe) private var page: UnsafeMutableRawPointer? = nil
nonisolated(unsafe) private var lease: UnsafeMutableRawPointer? = nil
nonisolated(unsafe) private var leaseMappedBytes: UInt64 = 0

/// What the agent said in `welcome`.
struct Welcome {
  var totalBytes: UInt64 = 0
  var chunkBytesMax: UInt64 = 0
  var leaseFileBytes: UInt64 = 0
  var drainMilliseconds: UInt64 = 2000
  /// How much work may be queued while others wait.
  var queueMilliseconds: UInt64 = 100
}

enum Link {
  static var leaseBase: UnsafeMutableRawPointer? { lease }
  static var leaseFileBytes: UInt64 { leaseMappedBytes }
  static var isUp: Bool { socket.number >= 0 }
  /// Whether the socket's number still means the socket. Listener only.
  static var isOurs: Bool { socket.isOurs }

  /// System calls of the last wait for a frame and taking it: fstat, recvmsg, and a poll before
  /// them where the wait was short. Listener only.
  static var receptionCalls: UInt64 { lastReceptionCalls }
  /// System calls of sending a frame: fstat, sendmsg.
  static let callsPerFrame: UInt64 = 2

  // MARK: control page

  @inline(__always)
  static func read(_ offset: Int) -> UInt64 {
    guard let page = page else { return 0 }
    return tidelock_load64(page + offset)
  }

  @inline(__always)
  static func write(_ offset: Int, _ value: UInt64) {
    guard let page = page else { return }
    tidelock_store64(page + offset, value)
  }

  static func addWait(nanoseconds: UInt64) {
    guard let page = page else { return }
    tidelock_add64(page + ControlPage.Offset.waitNanoseconds, nanoseconds)
  }

  /// Device memory this process may still create: granted less returned less held.
  static var creditBytes: UInt64 {
    let returned = read(ControlPage.Offset.creditReturnedBytes)
    let granted = read(ControlPage.Offset.creditGrantedBytes)
    return granted > returned ? granted &- returned : 0
  }

  static var footprintAllowedBytes: UInt64 {
    let waived = read(ControlPage.Offset.footprintWaivedBytes)
    let approved = read(ControlPage.Offset.footprintApprovedBytes)
    return approved > waived ? approved &- waived : 0
  }

  /// Sleeps until the agent changed a counter, at most `milliseconds`.
  static func waitForAgent(seen: UInt32, milliseconds: UInt64) {
    guard let page = page else { return }
    Futex.wait(
      (page + ControlPage.Offset.agentWake).assumingMemoryBound(to: UInt32.self), while: seen,
      milliseconds: milliseconds, shared: true)
  }

  static var agentWake: UInt32 {
    guard let page = page else { return 0 }
    return tidelock_load32(page + ControlPage.Offset.agentWake)
  }

  // MARK: frames out

  /// Sends one frame; false when the agent is not there (the listener will reconnect).
  @discardableResult
  static func send(_ frame: inout Frame, passing descriptors: Bool = false) -> Bool {
    Mutex.lock(Words.linkLock)
    defer { Mutex.unlock(Words.linkLock) }
    if frame.sequence == 0 { frame.sequence = nextSequence() }
    guard socket.isOurs else { return false }
    return transmit(frame, passing: descriptors)
  }

  static func nextSequence() -> UInt32 {
    UInt32(truncatingIfNeeded: Words.sequence.add(1))
  }

  private static func transmit(_ frame: Frame, passing descriptors: Bool) -> Bool {
    var bytes = InlineArray<128, UInt8>(repeating: 0)
    var control = tidelock_cmsg2()
    control.length = 24
    control.level = 1
    control.type = 1
    control.fds.0 = pageDescriptor.number
    control.fds.1 = leaseDescriptor.number
    return withUnsafeMutablePointer(to: &bytes) { bytesPointer in
      frame.encode(
        into: UnsafeMutableRawBufferPointer(start: bytesPointer, count: Frame.byteCount))
      return withUnsafeMutablePointer(to: &control) { controlPointer in
        var vector = tidelock_iovec(base: bytesPointer, length: Frame.byteCount)
        return withUnsafeMutablePointer(to: &vector) { vectorPointer in
          var message = tidelock_msghdr()
          message.iov = vectorPointer
          message.iov_length = 1
          if descriptors {
            message.control = UnsafeMutableRawPointer(controlPointer)
            message.control_length = 24
          }
          return withUnsafeMutablePointer(to: &message) { pointer in
            // MSG_NOSIGNAL; a mere hint to look at the page is not worth waiting for a slow agent.
            System.call(
              TIDELOCK_SYS_SENDMSG, Int(socket.number), System.address(pointer),
              frame.kind == .returned && frame.replyTo == 0 ? 0x4040 : 0x4000)
              == Frame.byteCount
          }
        }
      }
    }
  }

  static func sendWant(urgent: Bool) {
    var frame = Frame(.want)
    frame.words[unchecked: 0] = urgent ? 1 : 0
    // Lost with the agent: the listener sends it again after reconnecting.
    send(&frame)
  }

  /// A frame without answer and up to five numbers.
  static func tell(
    _ kind: Frame.Kind, replyTo: UInt32 = 0, _ first: UInt64 = 0, _ second: UInt64 = 0,
    _ third: UInt64 = 0, _ fourth: UInt64 = 0, _ fifth: UInt64 = 0
  ) {
    var frame = Frame(kind, replyTo: replyTo)
    frame.words[unchecked: 0] = first
    frame.words[unchecked: 1] = second
    frame.words[unchecked: 2] = third
    frame.words[unchecked: 3] = fourth
    frame.words[unchecked: 4] = fifth
    send(&frame)
  }
}

// MARK: - frames in, connecting

extension Link {
  enum Reception {
    case frame(Frame)
    case nothing
    /// The agent closed, or the descriptor is no longer ours, or it sent what is not a frame.
    case lost
  }

  /// Waits up to `milliseconds` for a frame. Listener only (and the starting thread before it
  /// exists).
  static func receive(milliseconds: Int) -> Reception {
    guard socket.number >= 0 else { return .lost }
    // A call that has begun keeps to our socket, whatever becomes of the number meanwhile.
    if milliseconds >= Limits.receiveMilliseconds {
      guard socket.isOurs else { return .lost }
      lastReceptionCalls = 2
      return take(waiting: true)
    }
    lastReceptionCalls = 3
    var poll = tidelock_pollfd(fd: socket.number, events: 1, revents: 0)
    let ready = withUnsafeMutablePointer(to: &poll) { pointer in
      System.call(TIDELOCK_SYS_POLL, System.address(pointer), 1, milliseconds)
    }
    guard ready > 0 else { return .nothing }
    guard socket.isOurs else { return .lost }
    return take(waiting: false)
  }

  /// Takes a frame, having waited for it up to `Limits.receiveMilliseconds` or not at all.
  private static func take(waiting: Bool) -> Reception {
    var bytes = InlineArray<128, UInt8>(repeating: 0)
    var control = tidelock_cmsg2()
    control.fds.0 = -1
    control.fds.1 = -1
    var received = 0
    var controlLength = 0
    let decoded: Frame? = withUnsafeMutablePointer(to: &bytes) { bytesPointer in
      withUnsafeMutablePointer(to: &control) { controlPointer in
        var vector = tidelock_iovec(base: bytesPointer, length: Frame.byteCount)
        return withUnsafeMutablePointer(to: &vector) { vectorPointer in
          var message = tidelock_msghdr()
          message.iov = vectorPointer
          message.iov_length = 1
          message.control = UnsafeMutableRawPointer(controlPointer)
          message.control_length = 24
          received = withUnsafeMutablePointer(to: &message) { pointer in
            // MSG_CMSG_CLOEXEC, and MSG_DONTWAIT
            System.call(
              TIDELOCK_SYS_RECVMSG, Int(socket.number), System.address(pointer),
              waiting ? 0x4000_0000 : 0x4000_0040)
          }
          controlLength = message.control_length
          guard received > 0 else { return nil }
          return try? Frame(
            decoding: UnsafeRawBufferPointer(start: bytesPointer, count: received))
        }
      }
    }
    if received == -11 || received == -4 { return .nothing }
    guard let frame = decoded else { return .lost }
    if controlLength >= 20 && control.type == 1 {
      adopt(control.fds.0, control.length >= 24 ? control.fds.1 : -1)
    }
    return .frame(frame)
  }

  /// Takes the control page and the lease that came with `welcome`.
  private static func adopt(_ pageNumber: Int32, _ leaseNumber: Int32) {
    if pageNumber >= 0 && page == nil {
      pageDescriptor = HeldDescriptor(taking: pageNumber)
      let mapped = System.mapShared(
        descriptor: pageDescriptor.number, byteCount: ControlPage.byteCount)
      page = mapped
      if let mapped, !fault(190) {
        System.advise(mapped, byteCount: ControlPage.byteCount, System.Advice.dontFork)
      }
    } else if pageNumber >= 0 {
      pageDescriptor.takeAgain(pageNumber)
    }
    if leaseNumber >= 0 && leaseDescriptor.number < 0 {
      leaseDescriptor = HeldDescriptor(taking: leaseNumber)
    } else if leaseNumber >= 0 {
      leaseDescriptor.takeAgain(leaseNumber)
    }
  }

  /// Maps the lease, sparse as it is. It is neither forked nor dumped.
  static func mapLease(byteCount: UInt64) -> Bool {
    if lease != nil { return true }
    let count = Int(truncatingIfNeeded: byteCount)
    guard count > 0,
      let mapped = System.mapShared(descriptor: leaseDescriptor.number, byteCount: count)
    else { return false }
    System.advise(mapped, byteCount: count, System.Advice.dontFork)
    System.advise(mapped, byteCount: count, System.Advice.dontDump)
    lease = mapped
    leaseMappedBytes = byteCount
    return true
  }

  /// Connects and introduces this process. `reconnect` hands the control page and the lease back.
  static func connect(_ introduction: borrowing Introduction, reconnect: Bool) -> Bool {
    guard let path = System.environment("TIDELOCK_SOCKET") else { return false }
    var name = tidelock_sockaddr_un()
    name.family = 1
    var length = 0
    while path[length] != 0 {
      guard length < 107 else { return false }
      length &+= 1
    }
    let raw = System.call(TIDELOCK_SYS_SOCKET, 1, 5 | 0x80000, 0)
    guard raw >= 0 else { return false }
    let connected = withUnsafeMutablePointer(to: &name) { pointer in
      tidelock_copy_bytes(UnsafeMutableRawPointer(pointer) + 2, path, length)
      return System.call(TIDELOCK_SYS_CONNECT, raw, System.address(pointer), 110)
    }
    guard connected == 0 else {
      System.call(TIDELOCK_SYS_CLOSE, raw)
      return false
    }
    limitReceiving(raw)
    Mutex.lock(Words.linkLock)
    socket = HeldDescriptor(taking: Int32(truncatingIfNeeded: raw))
    // Without them (the program closed them) the agent that gave them still knows this process.
    let handsBack = reconnect && pageDescriptor.isOurs && leaseDescriptor.isOurs
    var hello = introduction.hello
    hello.sequence = nextSequence()
    if reconnect { hello.words[unchecked: 1] |= Frame.Options.reconnect }
    var device = introduction.device
    device.sequence = nextSequence()
    let sent = transmit(hello, passing: handsBack) && transmit(device, passing: false)
    Mutex.unlock(Words.linkLock)
    return sent
  }

  /// Nobody waits in a receive call of this socket for longer than `receiveMilliseconds`.
  private static func limitReceiving(_ socket: Int) {
    let socketLevel = 1
    let receiveTimeout = 20
    // A `timeval`: seconds and microseconds.
    var limit = tidelock_timespec(
      seconds: Int64(Limits.receiveMilliseconds / 1000),
      nanoseconds: Int64(Limits.receiveMilliseconds % 1000) &* 1000)
    _ = withUnsafeMutablePointer(to: &limit) { pointer in
      System.call(
        TIDELOCK_SYS_SETSOCKOPT, socket, socketLevel, receiveTimeout, System.address(pointer),
        MemoryLayout<tidelock_timespec>.size)
    }
  }

  /// In a forked child: its copies of our descriptors go.
  static func closeInChild() {
    if fault(209) { return }
    socket.close()
    pageDescriptor.close()
    leaseDescriptor.close()
  }

  static func disconnect() {
    Mutex.lock(Words.linkLock)
    socket.close()
    Mutex.unlock(Words.linkLock)
  }
}

/// Who this process is, as it says at every connection.
struct Introduction: ~Copyable {
  var hello = Frame(.hello)
  var device = Frame(.device)
}
