// From `cuInit` to a running listener. Nothing happens before a successful `cuInit`: the object is
// loaded into shells and helpers too.

internal import CInterposer
internal import Faults
internal import Wire

nonisolated(unsafe) private var ownDevice: Int32 = -1
nonisolated(unsafe) private var ownUuid: (UInt64, UInt64) = (0, 0)
nonisolated(unsafe) private var deviceBytes: UInt64 = 0
nonisolated(unsafe) private var totalBytes: UInt64 = 0

enum Start {
  enum State {
    static let none: UInt64 = 0
    static let starting: UInt64 = 1
    /// No `TIDELOCK_SOCKET`: the program runs untouched.
    static let unmanaged: UInt64 = 2
    /// Managed, its device not known yet.
    static let unbound: UInt64 = 3
    static let bound: UInt64 = 4
    static let failed: UInt64 = 5
  }

  static var isManaged: Bool {
    let state = Words.startState.value
    return state == State.unbound || state == State.bound
  }
  static var isBound: Bool { Words.startState.value == State.bound }
  static var device: Int32 { ownDevice }
  /// What this process is shown as the device's memory.
  static var viewBytes: UInt64 { totalBytes }
  static var realBytes: UInt64 { deviceBytes }
  /// Of the device, in the order of its bytes.
  static var uuid: (UInt64, UInt64) { ownUuid }

  /// Whether this is a forked child of a process that had started: CUDA is not usable in it.
  static var isForkedChild: Bool {
    Words.startState.value != State.none && Words.startedProcess.value != System.processId
  }

  /// After the driver's own `cuInit` succeeded. Idempotent; concurrent callers wait.
  static func afterInit() -> Int32 {
    if isForkedChild { return CudaResult.notInitialized }
    while !Words.startState.exchange(State.none, for: State.starting) {
      let state = Words.startState.value
      if state == State.failed { return CudaResult.systemNotReady }
      if state != State.starting { return CudaResult.success }
      Clock.sleep(microseconds: 200)
    }
    Words.startedProcess.value = System.processId
    Clock.prepare()
    guard Gate.prepare() else { return fail("no memory for the gate") }
    guard System.environment("TIDELOCK_SOCKET") != nil else {
      Words.startState.value = State.unmanaged
      Gate.open(windowed: false)
      return CudaResult.success
    }
    guard Requests.prepare(), Pools.prepare(), Mapping.prepare(), GraphMemory.prepare()
    else {
      return fail("no memory for the tables")
    }
    Words.windowSubmissions.value = Limits.windowSubmissionsFirst
    Words.residency.value = Residence.resident
    Words.startState.value = State.unbound
    Gate.open(windowed: false)
    var count: Int32 = 0
    if real_cuDeviceGetCount(&count) == 0 && count == 1 {
      var device: Int32 = 0
      if real_cuDeviceGet(&device, 0) == 0 { return bind(device) }
    }
    return CudaResult.success
  }

  /// Connects for this device and starts the threads. The first device a program uses is its
  /// device.
  static func bind(_ device: Int32) -> Int32 {
    Mutex.lock(Words.startLock)
    defer { Mutex.unlock(Words.startLock) }
    if Words.startState.value == State.bound { return CudaResult.success }
    guard Words.startState.value == State.unbound else { return CudaResult.systemNotReady }
    guard readDevice(device) else { return fail("the device cannot be read") }
    guard supportsVirtualMemory(device) else {
      System.say(
        "tidelock: this GPU has no virtual memory management; its memory stays where it is\n")
      Words.startState.value = State.unmanaged
      return CudaResult.success
    }
    ownDevice = device
    var welcome = Welcome()
    let answer = introduce(&welcome)
    if answer != CudaResult.success { return answer }
    totalBytes = welcome.totalBytes
    guard Memory.prepare(welcome, device: device, deviceBytes: deviceBytes) else {
      return fail("no memory for the tables or the lease")
    }
    Listener.prepare(drainMilliseconds: welcome.drainMilliseconds)
    Window.prepare(queueMilliseconds: welcome.queueMilliseconds)
    guard startThreads() else { return fail("threads cannot be made (pthread_create)") }
    registerExit()
    registerFork()
    Reporting.prepare()
    Words.startState.value = State.bound
    return CudaResult.success
  }

  @inline(__always)
  private static func fail(_ why: StaticString) -> Int32 {
    Words.startState.value = State.failed
    var line = Line()
    line.add("tidelock: cannot manage this program: ")
    line.add(why)
    line.say()
    return CudaResult.systemNotReady
  }

  private static func readDevice(_ device: Int32) -> Bool {
    var bytes = 0
    guard real_cuDeviceTotalMem(&bytes, device) == 0 else { return false }
    deviceBytes = UInt64(truncatingIfNeeded: bytes)
    return withUnsafeMutablePointer(to: &ownUuid) { pointer in
      let raw = UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: UInt8.self)
      return real_cuDeviceGetUuid(raw, device) == 0
    }
  }

  private static func supportsVirtualMemory(_ device: Int32) -> Bool {
    var value: Int32 = 0
    return real_cuDeviceGetAttribute(&value, 102, device) == 0 && value == 1
  }

  /// Connects and waits for `welcome`. The agent may be restarting: a missing one is waited for.
  private static func introduce(_ welcome: inout Welcome) -> Int32 {
    let began = Clock.nanoseconds()
    let deadline = began &+ Limits.replyMilliseconds &* 1_000_000
    var hasTold = System.environment("TIDELOCK_QUIET") != nil || !System.errorIsTerminal
    while Clock.nanoseconds() < deadline {
      if !hasTold && Clock.nanoseconds() &- began > Limits.toldMilliseconds &* 1_000_000 {
        hasTold = true
        System.say("tidelock: this program waits for an agent at TIDELOCK_SOCKET\n")
      }
      if !Link.isUp && !Link.connect(introduction(), reconnect: false) {
        Link.disconnect()
        Clock.sleep(microseconds: UInt64(Limits.reconnectMilliseconds) &* 1000)
        continue
      }
      switch Link.receive(milliseconds: 500) {
      case .nothing: continue
      case .lost: Link.disconnect()
      case .frame(let frame):
        if frame.kind == .refused { return refused(frame) }
        guard frame.kind == .welcome else { continue }
        welcome.totalBytes = frame.words[unchecked: 0]
        welcome.chunkBytesMax = frame.words[unchecked: 1]
        welcome.leaseFileBytes = frame.words[unchecked: 2]
        welcome.drainMilliseconds = frame.words[unchecked: 4]
        welcome.queueMilliseconds = frame.words[unchecked: 5]
        return CudaResult.success
      }
    }
    // Found by `tidelock run`, which would find or start another.
    return System.environment("TIDELOCK_FOUND_SOCKET") != nil
      ? fail("the agent it was started under has ended; `tidelock run` starts the next one")
      : fail("no agent answers at TIDELOCK_SOCKET; start one with `tidelock agent`")
  }

  private static func refused(_ frame: Frame) -> Int32 {
    Words.startState.value = State.failed
    var line = Line()
    line.add("tidelock: the agent does not admit this program: ")
    line.addRefusal(frame)
    line.say()
    return CudaResult.outOfMemory
  }

  /// What this process says of itself, from the environment that `tidelock run` set.
  static func introduction() -> Introduction {
    var introduction = Introduction()
    var options: UInt64 = 0
    let fixed = System.environmentNumber("TIDELOCK_STATIC_BYTES")
    let request = System.environmentNumber("TIDELOCK_REQUEST_BYTES")
    let limit = System.environmentNumber("TIDELOCK_LIMIT_BYTES")
    if fixed != nil { options |= Frame.Options.isStatic }
    if request != nil { options |= Frame.Options.hasRequest }
    if startsWith("TIDELOCK_PROMISE", "at") { options |= Frame.Options.promiseAtStart }
    introduction.hello.words[unchecked: 0] = System.processId
    introduction.hello.words[unchecked: 1] = options
    introduction.hello.words[unchecked: 2] =
      startsWith("TIDELOCK_CLASS", "int") ? 0 : startsWith("TIDELOCK_CLASS", "tr") ? 2 : 1
    introduction.hello.words[unchecked: 3] = fixed ?? request ?? 0
    introduction.hello.words[unchecked: 4] = fixed ?? limit ?? UInt64.max
    introduction.hello.words[unchecked: 5] = deviceBytes
    // Not our own number for want of another: the first of every container has the same one.
    introduction.hello.words[unchecked: 6] = System.environmentNumber("TIDELOCK_WORKLOAD") ?? 0
    introduction.hello.words[unchecked: 7] = UInt64(
      truncatingIfNeeded: Int(max(ownDevice, 0)))
    if let name = System.environment("TIDELOCK_NAME") {
      var index = 0
      while index < Frame.textByteCount, name[index] != 0 {
        introduction.hello.text[unchecked: index] = UInt8(bitPattern: name[index])
        index &+= 1
      }
    }
    introduction.device.words[unchecked: 0] = ownUuid.0
    introduction.device.words[unchecked: 1] = ownUuid.1
    return introduction
  }

  @inline(__always)
  private static func startsWith(_ name: StaticString, _ prefix: StaticString) -> Bool {
    begins(System.environment(name), prefix.utf8Start, prefix.utf8CodeUnitCount)
  }

  private static func begins(
    _ text: UnsafePointer<CChar>?, _ prefix: UnsafePointer<UInt8>, _ length: Int
  ) -> Bool {
    guard let text else { return false }
    var index = 0
    while index < length {
      if UInt8(bitPattern: text[index]) != prefix[index] { return false }
      index &+= 1
    }
    return true
  }

  // MARK: threads and exit

  /// Both threads start with every signal blocked: handlers are the program's.
  private static func startThreads() -> Bool {
    guard let create = System.libc("pthread_create") else { return false }
    var all: UInt64 = .max
    var before: UInt64 = 0
    withUnsafeMutablePointer(to: &all) { new in
      withUnsafeMutablePointer(to: &before) { old in
        _ = System.call(
          TIDELOCK_SYS_SIGPROCMASK, 0, System.address(new), System.address(old), 8)
      }
    }
    let listener = spawn(create, tidelock_listener_entry())
    let mover = spawn(create, tidelock_mover_entry())
    withUnsafeMutablePointer(to: &before) { old in
      _ = System.call(TIDELOCK_SYS_SIGPROCMASK, 2, System.address(old), 0, 8)
    }
    return listener && mover
  }

  private static func spawn(_ create: UnsafeMutableRawPointer, _ entry: Int) -> Bool {
    var thread: UInt64 = 0
    let answer = withUnsafeMutablePointer(to: &thread) { pointer in
      tidelock_call(create, System.address(pointer), 0, entry, 0)
    }
    guard Int32(truncatingIfNeeded: answer) == 0 else { return false }
    if let detach = System.libc("pthread_detach") {
      _ = tidelock_call(detach, Int(bitPattern: UInt(thread)), 0, 0, 0)
    }
    return true
  }

  /// A forked child closes what it inherited of ours. A raw clone keeps the numbers until its
  /// parent's death, when the agent empties the lease.
  private static func registerFork() {
    guard let register = System.libc("__register_atfork") else { return }
    _ = tidelock_call(register, 0, 0, tidelock_forked_entry(), 0)
  }

  /// Registered after the driver's own handlers, so run before them.
  private static func registerExit() {
    guard let register = System.libc("__cxa_atexit") else { return }
    _ = tidelock_call(register, tidelock_exit_entry(), 0, 0, 0)
  }
}

#if hasFeature(Embedded)
  @c(tidelock_forked_main)
  public func forkedMain() {
    Words.openLocks()
    Link.closeInChild()
  }

  @c(tidelock_listener_main)
  public func listenerMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    Listener.run()
    return nil
  }

  @c(tidelock_mover_main)
  public func moverMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    Mover.run()
    return nil
  }

  /// Exit handler: whatever the mover is doing ends first, and it begins nothing more; then the
  /// driver may tear down. Calls that would wait at the gate from here on fail instead.
  @c(tidelock_exit_main)
  public func exitMain(_ argument: UnsafeMutableRawPointer?) {
    guard Words.startedProcess.value == System.processId else { return }
    if fault(192) { return }
    Words.exiting.set(1)
    Mover.abandon()
    Gate.end()
    _ = Mover.awaitOutside(milliseconds: Limits.exitMilliseconds)
  }
#endif
