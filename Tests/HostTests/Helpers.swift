import CPlatform
import Glibc
import Synchronization

@testable import Host

/// An anonymous file without seals.
func looseMemory() -> Int32 {
  let path = "/dev/shm/tidelock-loose-\(getpid())"
  let number = open(path, O_CREAT | O_RDWR, 0o600)
  unlink(path)
  return number
}

/// An anonymous file as another program might make one, of 2 MiB, then sealed. Nil where the kernel
/// has no such files.
func foreignMemory(isHuge: Bool = false, seals: Int32) -> Int32? {
  // `MFD_CLOEXEC`, `MFD_ALLOW_SEALING`, `MFD_HUGETLB` and `F_ADD_SEALS` of Linux, which this
  // language does not see, nor the call.
  let flags: UInt32 = 1 | 2 | (isHuge ? 4 : 0)
  let addSeals: Int32 = 1033
  typealias Create = @convention(c) (UnsafePointer<CChar>, UInt32) -> Int32
  guard let create = dlsym(nil, "memfd_create") else { return nil }
  let number = unsafeBitCast(create, to: Create.self)("foreign", flags)
  guard number >= 0, ftruncate(number, 2 << 20) == 0, fcntl(number, addSeals, seals) == 0 else {
    return nil
  }
  return number
}

/// `F_SEAL_SEAL`, `F_SEAL_SHRINK` and `F_SEAL_GROW`.
let allSeals: Int32 = 1 | 2 | 4

func isLink(_ path: String) -> Bool {
  var status = stat()
  return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
}

/// The kernel's flags of the mapping at `address`, from `/proc/self/smaps`.
func mappingFlags(_ address: UInt) -> [Substring]? {
  let wanted = String(address, radix: 16)
  guard let file = fopen("/proc/self/smaps", "r") else { return nil }
  defer { fclose(file) }
  var isIn = false
  var line = [CChar](repeating: 0, count: 4096)
  while fgets(&line, Int32(line.count), file) != nil {
    let bytes = line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    let text = String(decoding: bytes, as: UTF8.self)
    if text.hasPrefix("VmFlags:"), isIn { return text.split { $0 == " " || $0 == "\n" } }
    let start = text.prefix { $0.isHexDigit }
    if text.dropFirst(start.count).first == "-" {
      isIn = String(start).drop { $0 == "0" } == wanted.drop { $0 == "0" }
    }
  }
  return nil
}

/// A thread that sleeps on a word until it is woken, twenty seconds at most.
final class Sleeper: @unchecked Sendable {
  private let address: UInt
  private var thread = pthread_t()
  private let threadID = Atomic<Int32>(0)
  private let milliseconds = Atomic<Int>(0)

  init(_ address: UInt) { self.address = address }

  func start() {
    pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Sleeper>.fromOpaque(argument).takeUnretainedValue().sleep()
        return nil
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  private func sleep() {
    // `PID/task/TID`
    let link = [UInt8](unsafeUninitializedCapacity: 64) { buffer, count in
      guard let start = buffer.baseAddress else { return }
      count = start.withMemoryRebound(to: CChar.self, capacity: 64) {
        max(0, readlink("/proc/thread-self", $0, 64))
      }
    }
    let last = String(decoding: link, as: UTF8.self).split(separator: "/").last
    threadID.store(last.flatMap { Int32($0) } ?? 0, ordering: .releasing)
    let began = MonotonicClock.nanoseconds()
    _ = tidelock_futex_wait(UnsafeMutableRawPointer(bitPattern: address), 0, 20_000)
    milliseconds.store(
      Int((MonotonicClock.nanoseconds() - began) / 1_000_000), ordering: .releasing)
  }

  /// True once the kernel shows the thread waiting on a futex.
  func isAsleepSoon() -> Bool {
    for _ in 0..<20_000 {
      let id = threadID.load(ordering: .acquiring)
      if id != 0, let file = fopen("/proc/self/task/\(id)/wchan", "r") {
        var line = [CChar](repeating: 0, count: 64)
        let read = fgets(&line, 64, file) != nil
        fclose(file)
        let bytes = line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        if read, String(decoding: bytes, as: UTF8.self).contains("futex") { return true }
      }
      usleep(1_000)
    }
    return false
  }

  /// Milliseconds it slept.
  func join() -> Int {
    pthread_join(thread, nil)
    return milliseconds.load(ordering: .acquiring)
  }
}
