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
///
/// The file lies where every user may make one, so it may be anybody's. All may read it, for that
/// is enough to lock it; what it says is believed only if nobody else can have written it.
public struct OwnershipLock: ~Copyable {
  private let file: Descriptor
  private let isOurs: Bool
  /// What the previous owner left; nil when there was none, its text makes no sense or another user
  /// could have written it.
  public let predecessor: OwnershipRecord?

  private static let textBytesMax = 32_768
  /// Files that take each other's place while we look: more are no accident.
  private static let replacementsMax = 8

  /// - Throws: `.held` when another process has it.
  public init(path: FilePath) throws(OwnershipFault) {
    for _ in 0..<OwnershipLock.replacementsMax {
      guard let taken = try OwnershipLock.take(path) else { continue }
      let text = OwnershipLock.read(taken)
      let record = OwnershipRecord(text: text)
      let isOwn = OwnershipLock.status(taken).st_uid == geteuid() || fault(266)
      // Something else of ours may have been moved here.
      if isOwn, text.isEmpty || record != nil {
        // By any mask: who cannot read it cannot lock it after us.
        if !fault(265) { _ = fchmod(taken.number, 0o644) }
        predecessor = record
        isOurs = true
        file = taken
        return
      }
      predecessor = nil
      if let own = OwnershipLock.replace(path) {
        isOurs = true
        file = own
      } else {
        isOurs = false
        file = taken
      }
      return
    }
    throw .kernel(.resourceBusy)
  }

  /// Replaces the record. Nothing is written where another user could change it.
  public borrowing func write(_ record: OwnershipRecord) throws(Errno) {
    guard isOurs else { return }
    var text = record.text
    let number = file.number
    let result: Int = text.withUTF8 { bytes in
      guard ftruncate(number, 0) == 0 else { return -Int(errno) }
      let written = pwrite(number, bytes.baseAddress, bytes.count, 0)
      return written < 0 ? -Int(errno) : written
    }
    try Kernel.call(result)
  }
}

extension OwnershipLock {
  private static func open(_ path: FilePath) throws(Errno) -> Descriptor {
    // Whatever lies there is not waited for.
    let flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
    // Without O_CREAT first: the kernel refuses it for another user's file in a shared directory.
    var number = path.withPlatformString { Glibc.open($0, O_RDWR | flags) }
    if number < 0, errno == ENOENT {
      number = path.withPlatformString { Glibc.open($0, O_RDWR | flags | O_CREAT, 0o644) }
    }
    if number < 0, errno == EACCES {
      // Another user's: reading it is enough to lock it and to name its owner.
      number = path.withPlatformString { Glibc.open($0, O_RDONLY | flags) }
    }
    return Descriptor(owning: try Kernel.call(number < 0 ? -errno : number))
  }

  /// The locked file at `path`; nil when it was replaced meanwhile.
  private static func take(_ path: FilePath) throws(OwnershipFault) -> Descriptor? {
    let opened: Descriptor
    do {
      opened = try open(path)
    } catch {
      throw .kernel(error)
    }
    let status = status(opened)
    // No plain file, or one with a second name, where what we write would be read.
    guard status.st_mode & S_IFMT == S_IFREG, status.st_nlink <= 1 else {
      throw .kernel(.notPermitted)
    }
    var result = tidelock_lock(opened.number)
    if fault(225) { result = 0 }
    if result == -EWOULDBLOCK { throw .held(holder(status, text: read(opened))) }
    guard result == 0 else { throw .kernel(Errno(rawValue: -result)) }
    if isInPlace(opened, path) { return opened }
    return nil
  }

  /// All zeros, which is no plain file of anybody's, when there is none.
  private static func status(_ file: borrowing Descriptor) -> stat {
    var status = stat()
    _ = fstat(file.number, &status)
    return status
  }

  /// Whoever replaced the file between our opening and our locking it has the lock.
  private static func isInPlace(_ file: borrowing Descriptor, _ path: FilePath) -> Bool {
    let ours = status(file)
    var there = stat()
    return path.withPlatformString { lstat($0, &there) } == 0
      && ours.st_dev == there.st_dev && ours.st_ino == there.st_ino
  }

  /// A locked file of ours in the place of one that is not for us to write, whose lock we have. Nil
  /// where we may not replace it; root, whose directory it is, may.
  private static func replace(_ path: FilePath) -> Descriptor? {
    let fresh = FilePath(path.string + ".\(getpid())")
    let flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
    let number = fresh.withPlatformString { Glibc.open($0, flags, 0o644) }
    guard number >= 0 else { return nil }
    let own = Descriptor(owning: number)
    let isReplaced =
      fchmod(number, 0o644) == 0 && tidelock_lock(number) == 0
      && fresh.withPlatformString { from in
        path.withPlatformString { rename(from, $0) }
      } == 0
    guard isReplaced else {
      _ = fresh.withPlatformString { unlink($0) }
      return nil
    }
    return own
  }

  /// Who holds it: the process as the kernel says, the rest as its file says if it is about that
  /// process.
  private static func holder(_ facts: stat, text: String) -> OwnershipRecord? {
    let record = OwnershipRecord(text: text)
    let inode = UInt64(facts.st_ino)
    guard let holder = ProcessFacts.lockHolder(device: UInt64(facts.st_dev), inode: inode),
      holder != record?.processID
    else { return record }
    let user = ProcessFacts.userID(of: holder) ?? UInt32(facts.st_uid)
    return OwnershipRecord(processID: holder, userID: user, socket: "unknown")
  }

  private static func read(_ file: borrowing Descriptor) -> String {
    let number = file.number
    let bytes = [UInt8](unsafeUninitializedCapacity: textBytesMax) { buffer, count in
      count = max(0, pread(number, buffer.baseAddress, textBytesMax, 0))
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
