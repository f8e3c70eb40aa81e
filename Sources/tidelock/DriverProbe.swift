internal import CPlatform
internal import Glibc
internal import Host
internal import SystemPackage

/// Looks at the driver library a program would get, without making a context.
enum DriverProbe {
  struct Report {
    var findings: [Finding]
  }

  private typealias Initialise = @convention(c) (UInt32) -> Int32
  private typealias Version = @convention(c) (UnsafeMutablePointer<Int32>) -> Int32
  private typealias Attribute = @convention(c) (UnsafeMutablePointer<Int32>, Int32, Int32) -> Int32

  /// The attribute that says whether virtual memory management is there, and the driver version
  /// (as `cuDriverGetVersion` gives it) of release 525.
  private static let virtualMemoryAttribute: Int32 = 102
  private static let versionMin: Int32 = 12_000

  static func examine() -> Report {
    let chosen = Environment.value("TIDELOCK_LIBCUDA")
    let name = chosen ?? "libcuda.so.1"
    guard let library = dlopen(name, RTLD_NOW | RTLD_LOCAL) else {
      return Report(findings: [
        .doubtful(
          "driver", dlerror().map { String(cString: $0) } ?? "\(name) was not found",
          remedy: "install the NVIDIA driver, or use tidelock agent --simulated-gpu memory=96MiB")
      ])
    }
    func find<T>(_ symbol: String, as type: T.Type) -> T? {
      dlsym(library, symbol).map { unsafeBitCast($0, to: type) }
    }
    var findings = [Finding.fine("driver", place(of: library, symbol: "cuInit") ?? name)]
    guard let initialise = find("cuInit", as: Initialise.self) else {
      findings.append(.lacking("cuInit", "missing", remedy: "this is not a CUDA driver"))
      return Report(findings: findings)
    }
    let code = initialise(0)
    guard code == 0 else {
      findings.append(
        .lacking(
          "cuInit", code == 34 ? "a stub library, no driver (error 34)" : "error \(code)",
          remedy: "set TIDELOCK_LIBCUDA to the driver's own libcuda.so.1"))
      return Report(findings: findings)
    }
    var version: Int32 = 0
    if let ask = find("cuDriverGetVersion", as: Version.self), ask(&version) == 0 {
      let text = "\(version / 1000).\(version % 1000 / 10)"
      findings.append(
        version >= versionMin
          ? .fine("CUDA version", text)
          : .lacking("CUDA version", text, remedy: "driver 525 or later"))
    }
    var isSupported: Int32 = 0
    if let ask = find("cuDeviceGetAttribute", as: Attribute.self),
      ask(&isSupported, virtualMemoryAttribute, 0) == 0
    {
      findings.append(
        isSupported == 1
          ? .fine("virtual memory", "GPU 0 can map and unmap memory in place")
          : .lacking(
            "virtual memory", "GPU 0 cannot map memory in place",
            remedy: "programs run untouched there and are not swapped"))
    }
    return Report(findings: findings)
  }

  /// The file a symbol came from: what the loader chose, and why is its search order.
  private static func place(of library: UnsafeMutableRawPointer, symbol: String) -> String? {
    guard let address = dlsym(library, symbol) else { return nil }
    return tidelock_object_path(address).map { String(cString: $0) }
  }
}
