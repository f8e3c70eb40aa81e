internal import CPlatform
internal import Faults
internal import Glibc
public import SystemPackage

/// What the holder of an `OwnershipLock` wrote about itself.
public struct OwnershipRecord: Equatable, Sendable {
  public var processID: Int32
  public var userID: UInt32
  public var socket: String
  /// Its pool, nil in records that do not say.
  public var poolSizeBytes: UInt64?
  /// Programs in its care when it last wrote.
  public var programs: [Int32]

  public init(
    processID: Int32, userID: UInt32, socket: String, poolSizeBytes: UInt64? = nil,
    programs: [Int32] = []
  ) {
    self.processID = processID
    self.userID = userID
    self.socket = socket
    self.poolSizeBytes = poolSizeBytes
    self.programs = programs
  }

  /// Most programs one record names.
  public static let programsMax = 1024

  var text: String {
    var lines = "process \(processID)\nuser \(userID)\nsocket \(socket)\n"
    if let poolSizeBytes { lines += "pool \(poolSizeBytes)\n" }
    for program in programs.prefix(OwnershipRecord.programsMax) {
      lines += "program \(program)\n"
    }
    return lines
  }

  init?(text: String) {
    var processID: Int32?
    var userID: UInt32?
    var socket: String?
    programs = []
    for line in text.split(separator: "\n") {
      guard let space = line.firstIndex(of: " ") else { return nil }
      let value = line[line.index(after: space)...]
      switch line[..<space] {
      case "process": processID = Int32(value)
      case "user": userID = UInt32(value)
      case "socket": socket = String(value)
      case "pool": poolSizeBytes = UInt64(value)
      case "program":
        guard programs.count < OwnershipRecord.programsMax, let program = Int32(value) else {
          return nil
        }
        programs.append(program)
      default: return nil
      }
    }
    guard let processID, let userID, let socket else { return nil }
    self.processID = processID
    self.userID = userID
    self.socket = socket
  }
}

/// Why a lock was not taken.
public enum OwnershipFault: Error, Sendable {
  /// Somebody holds it; the record is nil when the holder's text can not be read.
  case held(OwnershipRecord?)
  case kernel(Errno)
}

/// One agent per GPU, whoever starts it: a file locked for as long as its owner lives. The kernel
/// lets go of the lock when the owner dies; what it wrote stays for its successor.
public struct OwnershipLock: ~Copyable {
  private let file: Descriptor
  /// What the previous owner left, nil when there was none or its text makes no sense.
  public let predecessor: OwnershipRecord?

  private static let textBytesMax = 32_768

  /// - Throws: `.held` when another process has it.
  public init(path: FilePath) throws(OwnershipFault) {
    let descriptor: Descriptor
    do {
      descriptor = try OwnershipLock.open(path)
    } catch {
      throw .kernel(error)
    }
    let text = OwnershipLock.read(descriptor)
    var result = tidelock_lock(descriptor.number)
    if fault(225) { result = 0 }
    if result == -EWOULDBLOCK { throw .held(OwnershipRecord(text: text)) }
    guard result == 0 else { throw .kernel(Errno(rawValue: -result)) }
    predecessor = OwnershipRecord(text: text)
    file = descriptor
  }

  /// Replaces the record.
  public borrowing func write(_ record: OwnershipRecord) throws(Errno) {
    var text = record.text
    let number = file.number
    let result: Int = text.withUTF8 { bytes in
      guard ftruncate(number, 0) == 0 else { return -Int(errno) }
      let written = pwrite(number, bytes.baseAddress, bytes.count, 0)
      return written < 0 ? -Int(errno) : written
    }
    try Kernel.call(result)
  }

  private static func open(_ path: FilePath) throws(Errno) -> Descriptor {
    let flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW
    // Without O_CREAT first: the kernel refuses it for another user's file in a shared directory.
    var number = path.withPlatformString { Glibc.open($0, flags) }
    if number < 0, errno == ENOENT {
      number = path.withPlatformString { Glibc.open($0, flags | O_CREAT, 0o644) }
    }
    if number < 0, errno == EACCES {
      // Another user's: reading it is enough to lock it and to name its owner.
      number = path.withPlatformString { Glibc.open($0, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) }
    }
    return Descriptor(owning: try Kernel.call(number < 0 ? -errno : number))
  }

  private static func read(_ file: borrowing Descriptor) -> String {
    let number = file.number
    let bytes = [UInt8](unsafeUninitializedCapacity: textBytesMax) { buffer, count in
      count = max(0, pread(number, buffer.baseAddress, textBytesMax, 0))
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
