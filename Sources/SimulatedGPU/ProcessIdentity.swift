internal import Glibc

/// A process as the kernel tells it apart from a later one with the same number.
struct ProcessIdentity: Equatable {
  /// Its number among those of `namespace`.
  var pid: Int32
  /// The process namespace it counts in: containers have their own numbers.
  var namespace: UInt32
  var startTicks: UInt64
  /// Where its stack starts: changes when it executes another program, 0 if unreadable.
  var stackAddress: UInt64

  init(pid: Int32, namespace: UInt32, startTicks: UInt64, stackAddress: UInt64) {
    self.pid = pid
    self.namespace = namespace
    self.startTicks = startTicks
    self.stackAddress = stackAddress
  }

  /// Reads `/proc`. Nil if there is no such process or only its corpse.
  /// - Parameter pid: as this process counts.
  init?(pid: Int32) {
    var text = [UInt8](repeating: 0, count: 2048)
    let count = ProcessDirectory.read(pid, "stat", into: &text)
    // The name in parentheses may hold anything, so fields count from the last ')'.
    guard count > 0, let end = text[..<count].lastIndex(of: 41) else { return nil }
    let fields = text[(end + 1)..<count].split(separator: 32)
    guard fields.count > 25, let state = fields[0].first else { return nil }
    // A zombie leader whose other threads still run is alive: they hold its memory.
    if state == 90 || state == 88, !ProcessDirectory.hasThreads(pid) { return nil }
    self.pid = pid
    namespace = ProcessDirectory.ownNamespace
    startTicks = ProcessDirectory.number(fields[19])
    stackAddress = ProcessDirectory.number(fields[25])
  }

  /// Whether `now`, read again and perhaps under another number, is still this process and program.
  func isStill(_ now: ProcessIdentity) -> Bool {
    startTicks == now.startTicks
      && (stackAddress == now.stackAddress || stackAddress == 0 || now.stackAddress == 0)
  }
}

/// What `/proc` says of processes, as this process counts them.
enum ProcessDirectory {
  /// The namespace that every process is seen from; its number is fixed in the kernel.
  private static let outermost: UInt32 = 0xEFFF_FFFC

  /// The namespace in which this process counts, 0 if unreadable.
  static var ownNamespace: UInt32 { namespace(of: "self") ?? 0 }

  enum Sighting: Equatable {
    /// Alive, under this number here.
    case at(Int32)
    case nowhere
    /// It may be one of those that cannot be looked at from here.
    case unknown
  }

  /// Looks for `identity`, a process of another namespace.
  static func find(_ identity: ProcessIdentity) -> Sighting {
    guard let directory = opendir("/proc") else { return .unknown }
    defer { closedir(directory) }
    var isHidden = ownNamespace != outermost
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard let pid = Int32(name) else { continue }
      guard let namespace = namespace(of: name) else {
        isHidden = isHidden || errno == EACCES
        continue
      }
      guard namespace == identity.namespace, innermostNumber(pid) == identity.pid,
        let now = ProcessIdentity(pid: pid), identity.isStill(now)
      else { continue }
      return .at(pid)
    }
    return isHidden ? .unknown : .nowhere
  }

  fileprivate static func read(_ pid: Int32, _ file: String, into text: inout [UInt8]) -> Int {
    let descriptor = open("/proc/\(pid)/\(file)", O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { return -1 }
    defer { close(descriptor) }
    return Glibc.read(descriptor, &text, text.count)
  }

  fileprivate static func hasThreads(_ pid: Int32) -> Bool {
    guard let directory = opendir("/proc/\(pid)/task") else { return false }
    defer { closedir(directory) }
    var entries = 0
    while readdir(directory) != nil { entries += 1 }
    return entries > 3
  }

  fileprivate static func number(_ digits: ArraySlice<UInt8>) -> UInt64 {
    digits.reduce(0) { $0 &* 10 &+ UInt64($1 &- 48) }
  }

  private static func namespace(of process: String) -> UInt32? {
    var status = stat()
    guard stat("/proc/\(process)/ns/pid", &status) == 0 else { return nil }
    return UInt32(truncatingIfNeeded: status.st_ino)
  }

  /// The number a process has in its own namespace: the last of the line `NSpid:`.
  private static func innermostNumber(_ pid: Int32) -> Int32? {
    var text = [UInt8](repeating: 0, count: 4096)
    let count = read(pid, "status", into: &text)
    guard count > 0 else { return nil }
    let line = text[..<count].split(separator: 10).first { $0.starts(with: "NSpid:".utf8) }
    guard let digits = line?.split(whereSeparator: { $0 == 9 || $0 == 32 }).last else { return nil }
    return Int32(truncatingIfNeeded: number(digits))
  }
}
