internal import CPlatform
internal import ControlAPI
internal import Glibc

/// Looks at the driver library a program would get, without making a context.
enum DriverProbe {
  private typealias Initialise = @convention(c) (UInt32) -> Int32
  private typealias Number = @convention(c) (UnsafeMutablePointer<Int32>) -> Int32
  private typealias Attribute = @convention(c) (UnsafeMutablePointer<Int32>, Int32, Int32) -> Int32
  private typealias Name = @convention(c) (UnsafeMutablePointer<CChar>, Int32, Int32) -> Int32

  /// Device attributes, by their numbers in the driver's interface.
  private static let integrated: Int32 = 18
  private static let usesHostPageTables: Int32 = 100
  private static let virtualMemory: Int32 = 102
  private static let devicesMax: Int32 = 64

  static func read() -> DriverReading {
    let name = Environment.value("TIDELOCK_LIBCUDA") ?? "libcuda.so.1"
    guard let library = dlopen(name, RTLD_NOW | RTLD_LOCAL) else {
      return .absent(dlerror().map { String(cString: $0) } ?? "\(name) was not found")
    }
    func find<T>(_ symbol: String, as type: T.Type) -> T? {
      dlsym(library, symbol).map { unsafeBitCast($0, to: type) }
    }
    // What the loader chose; its search order says why.
    let path = dlsym(library, "cuInit").flatMap { tidelock_object_path($0) }
    var reading = DriverReading.Library(
      path: path.map { String(cString: $0) } ?? name,
      initialisation: find("cuInit", as: Initialise.self).map { $0(0) })
    guard reading.initialisation == 0 else { return .present(reading) }
    var number: Int32 = 0
    if let ask = find("cuDriverGetVersion", as: Number.self), ask(&number) == 0 {
      reading.version = number
    }
    guard let count = find("cuDeviceGetCount", as: Number.self), count(&number) == 0 else {
      return .present(reading)
    }
    let attribute = find("cuDeviceGetAttribute", as: Attribute.self)
    let naming = find("cuDeviceGetName", as: Name.self)
    for device in 0..<min(number, devicesMax) {
      func says(_ question: Int32) -> Bool? {
        var answer: Int32 = 0
        guard let attribute, attribute(&answer, question, device) == 0 else { return nil }
        return answer == 1
      }
      var text = [CChar](repeating: 0, count: 128)
      let isNamed = naming.map { $0(&text, 127, device) == 0 } ?? false
      let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      reading.devices.append(
        DriverReading.Device(
          name: isNamed ? String(decoding: bytes, as: UTF8.self) : "GPU",
          hasVirtualMemory: says(virtualMemory), isIntegrated: says(integrated),
          usesHostPageTables: says(usesHostPageTables)))
    }
    return .present(reading)
  }
}
