internal import CSimulatedGPU
internal import Glibc

/// The file that is the simulated GPU: shared by its users, outliving each of them.
///
/// Thread-safe: what it holds is read and changed under the robust lock in its header.
public final class DeviceFile: @unchecked Sendable {
  public static let frameBytes = Int(SIMULATED_GPU_FRAME_BYTES)

  let descriptor: Int32
  let base: UnsafeMutableRawPointer
  let header: UnsafeMutablePointer<simulated_gpu_header>
  let processes: UnsafeMutablePointer<simulated_gpu_process>
  let devices: UnsafeMutablePointer<simulated_gpu_device>
  let frames: UnsafeMutablePointer<simulated_gpu_frame>
  public let deviceCount: Int
  public let framesPerDevice: Int
  /// Processes of other namespaces under the numbers they have here, by row; under the lock.
  var seen: [Int: Seen] = [:]

  struct Seen {
    let identity: ProcessIdentity
    let pid: Int32
  }

  private init(descriptor: Int32, base: UnsafeMutableRawPointer) {
    self.descriptor = descriptor
    self.base = base
    header = base.assumingMemoryBound(to: simulated_gpu_header.self)
    processes = (base + Int(header.pointee.processOffset))
      .assumingMemoryBound(to: simulated_gpu_process.self)
    devices = (base + Int(header.pointee.deviceOffset))
      .assumingMemoryBound(to: simulated_gpu_device.self)
    frames = (base + Int(header.pointee.frameOffset))
      .assumingMemoryBound(to: simulated_gpu_frame.self)
    framesPerDevice = Int(header.pointee.framesPerDevice)
    deviceCount = Int(Self.value(.count, of: header))
  }

  deinit {
    munmap(base, Int(header.pointee.memoryOffset))
    close(descriptor)
  }

  /// Opens the file that `settings` name, creating it if there is none. A parameter that is given
  /// and differs from what its creator fixed is an error naming both.
  public static func open(_ settings: Settings) throws(SettingsError) -> DeviceFile {
    for _ in 0..<100 {
      let descriptor = Glibc.open(settings.path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
      if descriptor >= 0 { return try adopt(descriptor, settings) }
      if errno != ENOENT { throw failure("cannot open", settings.path) }
      try create(settings)
    }
    throw SettingsError("\(settings.path): it vanishes as often as it is created")
  }

  public subscript(parameter: Parameter) -> UInt64 { Self.value(parameter, of: header) }

  public var memoryBytes: UInt64 { self[.memory] }

  /// Sixteen bytes drawn at creation: what the devices' UUIDs are made of.
  public var identity: (UInt64, UInt64) { header.pointee.identity }

  /// Offset in the file of a device's frame.
  func offset(device: Int, frame: Int) -> Int {
    Int(header.pointee.memoryOffset)
      + (device * framesPerDevice + frame) * Self.frameBytes
  }

  /// Runs `body` with the file's lock held. The lock's last holder may have died: what it left is
  /// consistent at every store, because a frame changes hands by one store.
  func locked<T>(_ body: () -> T) -> T {
    let lock = lockPointer
    if pthread_mutex_lock(lock) == EOWNERDEAD { pthread_mutex_consistent(lock) }
    defer { pthread_mutex_unlock(lock) }
    return body()
  }

  private var lockPointer: UnsafeMutablePointer<pthread_mutex_t> {
    (base + MemoryLayout<simulated_gpu_header>.offset(of: \.lock)!)
      .assumingMemoryBound(to: pthread_mutex_t.self)
  }

  private static func value(
    _ parameter: Parameter, of header: UnsafeMutablePointer<simulated_gpu_header>
  ) -> UInt64 {
    values(header)[Parameter.allCases.firstIndex(of: parameter)!]
  }

  private static func values(
    _ header: UnsafeMutablePointer<simulated_gpu_header>
  ) -> UnsafeMutablePointer<UInt64> {
    (UnsafeMutableRawPointer(header)
      + MemoryLayout<simulated_gpu_header>.offset(of: \.parameters)!)
      .assumingMemoryBound(to: UInt64.self)
  }

  private static func failure(_ what: String, _ path: String) -> SettingsError {
    let code = errno
    return SettingsError("\(path): \(what): \(String(cString: strerror(code)))")
  }

  private static func adopt(
    _ descriptor: Int32, _ settings: Settings
  ) throws(SettingsError) -> DeviceFile {
    do throws(SettingsError) {
      return try map(descriptor, settings)
    } catch {
      close(descriptor)
      throw error
    }
  }

  private static func map(
    _ descriptor: Int32, _ settings: Settings
  ) throws(SettingsError) -> DeviceFile {
    var status = stat()
    let headerBytes = MemoryLayout<simulated_gpu_header>.size
    guard fstat(descriptor, &status) == 0, status.st_size >= headerBytes else {
      throw SettingsError("\(settings.path): not a simulated GPU")
    }
    var copy = simulated_gpu_header()
    guard pread(descriptor, &copy, headerBytes, 0) == headerBytes,
      copy.magic == SIMULATED_GPU_MAGIC, copy.fileBytes == UInt64(status.st_size),
      copy.memoryOffset < copy.fileBytes
    else { throw SettingsError("\(settings.path): not a simulated GPU") }
    guard copy.version == SIMULATED_GPU_VERSION,
      copy.parameterCount == UInt32(Parameter.allCases.count)
    else {
      throw SettingsError(
        "\(settings.path): made by another version of the simulated GPU; remove it")
    }
    guard
      let base = mmap(
        nil, Int(copy.memoryOffset), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
      base != MAP_FAILED
    else { throw failure("cannot map", settings.path) }
    let file = DeviceFile(descriptor: descriptor, base: base)
    for parameter in Parameter.allCases {
      guard let wanted = settings.given[parameter], wanted != file[parameter] else { continue }
      throw SettingsError(
        "\(settings.path): \(parameter.rawValue) is \(file[parameter]) there, not \(wanted); use it"
          + " as it is, remove the file, or name another with path=")
    }
    return file
  }

  /// Makes the whole file beside its place and links it there, so that nobody sees half of one.
  private static func create(_ settings: Settings) throws(SettingsError) {
    let values = try settings.complete()
    let temporary = "\(settings.path).\(getpid()).\(UInt64.random(in: 0...UInt64.max))"
    let descriptor = Glibc.open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor < 0 { throw failure("cannot create", temporary) }
    defer {
      close(descriptor)
      unlink(temporary)
    }
    var header = layout(values)
    guard ftruncate(descriptor, Int(header.fileBytes)) == 0 else {
      throw failure("cannot size", temporary)
    }
    header.identity = (.random(in: 0...UInt64.max), .random(in: 0...UInt64.max))
    let bytes = MemoryLayout<simulated_gpu_header>.size
    guard
      let base = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
      base != MAP_FAILED
    else { throw failure("cannot map", temporary) }
    let placed = base.assumingMemoryBound(to: simulated_gpu_header.self)
    placed.pointee = header
    for (index, parameter) in Parameter.allCases.enumerated() {
      Self.values(placed)[index] = values[parameter] ?? 0
    }
    initialiseLock(base + MemoryLayout<simulated_gpu_header>.offset(of: \.lock)!)
    munmap(base, bytes)
    if link(temporary, settings.path) != 0, errno != EEXIST {
      throw failure("cannot create", settings.path)
    }
  }

  private static func initialiseLock(_ place: UnsafeMutableRawPointer) {
    var attributes = pthread_mutexattr_t()
    pthread_mutexattr_init(&attributes)
    pthread_mutexattr_setpshared(&attributes, Int32(PTHREAD_PROCESS_SHARED))
    pthread_mutexattr_setrobust(&attributes, Int32(PTHREAD_MUTEX_ROBUST))
    pthread_mutex_init(place.assumingMemoryBound(to: pthread_mutex_t.self), &attributes)
    pthread_mutexattr_destroy(&attributes)
  }

  private static func layout(_ values: [Parameter: UInt64]) -> simulated_gpu_header {
    var header = simulated_gpu_header()
    let count = values[.count] ?? 1
    header.magic = SIMULATED_GPU_MAGIC
    header.version = SIMULATED_GPU_VERSION
    header.parameterCount = UInt32(Parameter.allCases.count)
    header.framesPerDevice = (values[.memory] ?? 0) / SIMULATED_GPU_FRAME_BYTES
    header.processOffset = 4096
    let processBytes =
      UInt64(MemoryLayout<simulated_gpu_process>.stride) * UInt64(SIMULATED_GPU_PROCESSES)
    header.deviceOffset = header.processOffset + processBytes
    header.frameOffset =
      header.deviceOffset + UInt64(MemoryLayout<simulated_gpu_device>.stride) * count
    let end =
      header.frameOffset
      + UInt64(MemoryLayout<simulated_gpu_frame>.stride) * header.framesPerDevice * count
    let frame = SIMULATED_GPU_FRAME_BYTES
    header.memoryOffset = (end + frame - 1) / frame * frame
    header.fileBytes = header.memoryOffset + header.framesPerDevice * frame * count
    return header
  }
}
