/// What is fixed about a simulated GPU by whoever creates its file.
public enum Parameter: String, CaseIterable, Sendable {
  /// Bytes of device memory, of each device.
  case memory
  /// Number of devices.
  case count
  /// Bytes a second from host to device; 0 means unlimited.
  case linkIn = "link-in"
  /// Bytes a second from device to host; 0 means unlimited.
  case linkOut = "link-out"
  /// Milliseconds to pin one GiB of host memory.
  case pinning
  /// Bytes a context takes.
  case context
  /// Bytes a module takes besides its variables.
  case module
  /// Bytes the first launch of each kernel takes; 0 means that loading a module loads its kernels.
  case lazyLoad = "lazy-load"
  /// Least duration of a kernel launch in microseconds, waited.
  case kernel
  /// Milliseconds between giving memory back and its being free.
  case delayedRelease = "delayed-release"
  /// Driver version reported, as in 13000 for 13.0.
  case api
  /// Compute capability, major times 10 plus minor.
  case capability
  /// Bytes of device addresses a process can reserve; where a process has no room for so many, it
  /// gets half, and so on down to four times the memory.
  case window
}

/// A setting that cannot be used, in words for the person who wrote it.
public struct SettingsError: Error, Equatable, Sendable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}

/// What befalls one entry point on given calls.
public struct InjectedFault: Equatable, Sendable {
  public enum Effect: Equatable, Sendable {
    /// This error is returned instead of doing it.
    case code(UInt32)
    /// It is done after so long, and no other call of the process begins meanwhile: as when a
    /// driver holds its lock while it loads code or its queue is full.
    case holdMilliseconds(UInt32)
  }

  /// Name of the entry point, with or without its version suffix.
  public var entry: String
  /// The first call it hits, from 1.
  public var first: UInt64
  /// Whether every later call is hit too.
  public var andLater: Bool
  public var effect: Effect
}

/// The parsed value of `TIDELOCK_SIMULATED_GPU`:
///
///     PATH[,PARAMETER=VALUE]...
///
/// `memory`, `context`, `module`, `lazy-load` and `window` take bytes (`96MiB`, `8Gi`, `500M`);
/// `link`, `link-in` and `link-out` bytes a second (`12GB/s`), `link` naming both directions;
/// `pinning` milliseconds per GiB, `kernel` microseconds, `delayed-release` milliseconds; `count`
/// and `api` integers; `capability` a version (`9.0`). `fault=ENTRY:NTH:CODE` makes the NTH call of
/// ENTRY in this process return CODE, and `hold=ENTRY:NTH:MS` makes it hold the driver's lock for
/// MS milliseconds first; `NTH+` means that one and all later ones. `handles=reused` gives what is
/// made the handle of its kind that ended last, as drivers do; else none is used twice, and a stale
/// one is found out. These three belong to the process that names them, everything else to the
/// file's creator.
public struct Settings: Sendable, Equatable {
  public var path: String
  /// Only the parameters the text names.
  public var given: [Parameter: UInt64]
  public var faults: [InjectedFault]
  public var reusesHandles = false

  public init(_ text: String) throws(SettingsError) {
    var words = text.split(separator: ",", omittingEmptySubsequences: false)
    let path = words.removeFirst()
    if path.isEmpty { throw SettingsError("a simulated GPU needs a path before its parameters") }
    self.path = String(path)
    given = [:]
    faults = []
    for word in words {
      let halves = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard halves.count == 2 else {
        throw SettingsError("'\(word)' is not of the form parameter=value")
      }
      try take(String(halves[0]), String(halves[1]))
    }
  }

  /// What a creator stores: the given values, and for the rest their defaults.
  public func complete() throws(SettingsError) -> [Parameter: UInt64] {
    var all = given
    let memory = given[.memory] ?? (96 << 20)
    let defaults: [Parameter: UInt64] = [
      .memory: memory, .count: 1, .linkIn: 0, .linkOut: 0, .pinning: 0, .context: memory / 64,
      .module: 64 << 10, .lazyLoad: 0, .kernel: 0, .delayedRelease: 0, .api: 13000,
      .capability: 90, .window: 1 << 41,
    ]
    for (parameter, value) in defaults where all[parameter] == nil { all[parameter] = value }
    return all
  }

  private mutating func take(_ name: String, _ value: String) throws(SettingsError) {
    switch name {
    case "fault":
      faults.append(try Self.fault(name, value) { .code($0) })
      if faults.count > 64 { throw SettingsError("more than 64 injected faults") }
    case "hold":
      faults.append(try Self.fault(name, value, most: 60_000) { .holdMilliseconds($0) })
      if faults.count > 64 { throw SettingsError("more than 64 injected faults") }
    case "handles":
      if value != "reused" { throw SettingsError("handles=\(value) is not handles=reused") }
      reusesHandles = true
    case "link":
      let rate = try Self.quantity(name, value, suffix: "/s")
      try set(.linkIn, rate, value)
      try set(.linkOut, rate, value)
    default:
      guard let parameter = Parameter(rawValue: name) else {
        let known = (Parameter.allCases.map(\.rawValue) + ["link", "fault", "hold", "handles"])
          .sorted()
        throw SettingsError(
          "'\(name)' is not a parameter of a simulated GPU; known: \(known.joined(separator: ", "))"
        )
      }
      try set(parameter, try Self.value(of: parameter, value), value)
    }
  }

  private mutating func set(
    _ parameter: Parameter, _ value: UInt64, _ text: String
  ) throws(SettingsError) {
    if let range = Self.range(of: parameter), !range.contains(value) {
      throw SettingsError(
        "\(parameter.rawValue)=\(text) is outside \(range.lowerBound) to \(range.upperBound)")
    }
    if parameter == .memory || parameter == .window, value % (2 << 20) != 0 {
      throw SettingsError("\(parameter.rawValue)=\(text) is not a multiple of 2MiB")
    }
    if let earlier = given[parameter], earlier != value {
      throw SettingsError("\(parameter.rawValue) is given twice, as \(earlier) and as \(value)")
    }
    given[parameter] = value
  }

  private static func range(of parameter: Parameter) -> ClosedRange<UInt64>? {
    switch parameter {
    case .memory: (8 << 20)...(1 << 40)
    case .count: 1...16
    case .window: (64 << 20)...(1 << 45)
    case .pinning, .delayedRelease: 0...600_000
    case .kernel: 0...60_000_000
    case .api: 11000...19990
    case .capability: 50...200
    case .linkIn, .linkOut: 0...(1 << 50)
    case .context, .module, .lazyLoad: 0...(1 << 40)
    }
  }

  private static func value(
    of parameter: Parameter, _ text: String
  ) throws(SettingsError) -> UInt64 {
    switch parameter {
    case .memory, .context, .module, .lazyLoad, .window:
      return try quantity(parameter.rawValue, text, suffix: "")
    case .linkIn, .linkOut:
      return try quantity(parameter.rawValue, text, suffix: "/s")
    case .pinning, .delayedRelease:
      return try integer(parameter.rawValue, text, suffix: "ms")
    case .kernel:
      return try integer(parameter.rawValue, text, suffix: "us")
    case .count, .api:
      return try integer(parameter.rawValue, text, suffix: "")
    case .capability:
      let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt64($0) }
      guard parts.count == 2, let major = parts[0], let minor = parts[1], minor < 10, major < 100
      else { throw SettingsError("capability=\(text) is not of the form 9.0") }
      return major * 10 + minor
    }
  }

  private static func integer(
    _ name: String, _ text: String, suffix: String
  ) throws(SettingsError) -> UInt64 {
    let digits = text.hasSuffix(suffix) ? text.dropLast(suffix.count) : text[...]
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }),
      let value = UInt64(digits)
    else { throw SettingsError("\(name)=\(text) is not a whole number") }
    return value
  }

  private static let units: [String: UInt64] = [
    "": 1, "B": 1, "k": 1000, "kB": 1000, "K": 1000, "KB": 1000, "M": 1_000_000, "MB": 1_000_000,
    "G": 1_000_000_000, "GB": 1_000_000_000, "T": 1_000_000_000_000, "TB": 1_000_000_000_000,
    "Ki": 1 << 10, "KiB": 1 << 10, "Mi": 1 << 20, "MiB": 1 << 20, "Gi": 1 << 30, "GiB": 1 << 30,
    "Ti": 1 << 40, "TiB": 1 << 40,
  ]

  private static func quantity(
    _ name: String, _ text: String, suffix: String
  ) throws(SettingsError) -> UInt64 {
    let body = text.hasSuffix(suffix) ? text.dropLast(suffix.count) : text[...]
    let digits = body.prefix { ("0"..."9").contains($0) }
    guard let value = UInt64(digits), let unit = units[String(body.dropFirst(digits.count))] else {
      throw SettingsError("\(name)=\(text) is not a quantity like 96MiB or 12GB\(suffix)")
    }
    let (product, overflow) = value.multipliedReportingOverflow(by: unit)
    if overflow { throw SettingsError("\(name)=\(text) is too large") }
    return product
  }

  private static func fault(
    _ name: String, _ text: String, most: UInt32 = .max, _ effect: (UInt32) -> InjectedFault.Effect
  ) throws(SettingsError) -> InjectedFault {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let refusal = SettingsError(
      "\(name)=\(text) is not of the form ENTRY:NTH:NUMBER or ENTRY:NTH+:NUMBER,"
        + " with a number from 1 to \(most)")
    guard parts.count == 3, parts[0].hasPrefix("cu"), let number = UInt32(parts[2]), number != 0,
      number <= most
    else { throw refusal }
    let andLater = parts[1].hasSuffix("+")
    guard let first = UInt64(andLater ? parts[1].dropLast() : parts[1]), first > 0 else {
      throw refusal
    }
    return InjectedFault(
      entry: String(parts[0]), first: first, andLater: andLater, effect: effect(number))
  }
}
