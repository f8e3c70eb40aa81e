internal import Glibc
import SimulatedGPU

/// Results of this library, by the numbers NVML gives them.
enum Code: UInt32, CaseIterable {
  case success = 0
  case uninitialized = 1
  case invalidArgument = 2
  case notSupported = 3
  case notFound = 6
  case insufficientSize = 7
  case driverNotLoaded = 9
  case versionMismatch = 25
  case unknown = 999
}

struct Refusal: Error { let code: Code }

/// The library's state: the device file, from the first successful initialisation on. It stays open
/// for good, and the file's lock orders its readers.
final class Management: @unchecked Sendable {
  static let process = Management()

  private let lock: UnsafeMutablePointer<pthread_mutex_t> = .allocate(capacity: 1)
  private var file: DeviceFile?
  private var users = 0

  private init() { pthread_mutex_init(lock, nil) }

  func initialise() -> Code {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    if file == nil {
      guard let text = getenv("TIDELOCK_SIMULATED_GPU"), text[0] != 0 else {
        return .driverNotLoaded
      }
      do throws(SettingsError) {
        file = try DeviceFile.open(try Settings(String(cString: text)))
      } catch {
        let line = Array("simulated GPU: \(error.description)\n".utf8)
        _ = line.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
        return .invalidArgument
      }
    }
    users += 1
    return .success
  }

  func shutdown() -> Code {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    if users == 0 { return .uninitialized }
    users -= 1
    return .success
  }

  func call(_ body: (DeviceFile) throws(Refusal) -> Void) -> UInt32 {
    pthread_mutex_lock(lock)
    let file = users > 0 ? self.file : nil
    pthread_mutex_unlock(lock)
    guard let file else { return Code.uninitialized.rawValue }
    do throws(Refusal) {
      try body(file)
      return Code.success.rawValue
    } catch {
      return error.code.rawValue
    }
  }
}

/// Device handles are device numbers and a mark.
enum DeviceHandle {
  private static let mark: UInt = 0x4e56_0000

  static func make(_ index: Int) -> OpaquePointer? {
    OpaquePointer(bitPattern: mark | UInt(index + 1))
  }

  static func index(_ handle: OpaquePointer?, in file: DeviceFile) throws(Refusal) -> Int {
    let index = Int(UInt(bitPattern: handle) ^ mark) - 1
    guard index >= 0, index < file.deviceCount else { throw Refusal(code: .invalidArgument) }
    return index
  }
}

func require<T>(_ pointer: UnsafeMutablePointer<T>?) throws(Refusal) -> UnsafeMutablePointer<T> {
  guard let pointer else { throw Refusal(code: .invalidArgument) }
  return pointer
}

/// Copies text with its terminator; too small a buffer is an error.
func copyText(
  _ text: String, _ place: UnsafeMutablePointer<CChar>?, _ bytes: UInt32
) throws(Refusal) {
  let place = try require(place)
  let utf8 = Array(text.utf8)
  if utf8.count + 1 > bytes { throw Refusal(code: .insufficientSize) }
  for (index, byte) in utf8.enumerated() { place[index] = CChar(bitPattern: byte) }
  place[utf8.count] = 0
}
