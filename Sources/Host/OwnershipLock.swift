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
  /// In its place is something that cannot be the lock, as in "a directory", and is not ours to
  /// remove.
  case obstructed(String, ownerUserID: UInt32)
  case kernel(Errno)
}

/// One agent per GPU, whoever starts it: a file locked for as long as its owner lives. The kernel
/// lets go of the lock when the owner dies; what it wrote stays for its successor.
///
/// The file lies where every user may make one, so it may be anybody's. All may read it, for that
/// is enough to lock it; what it says is believed only if nobody else can have written it. What
/// cannot be a lock file root replaces: otherwise any user could keep root's agent away.
public struct OwnershipLock: ~Copyable {
  private let file: Descriptor
  private let isOurs: Bool
  /// What the previous owner left; nil when there was none, its text makes no sense or another user
  /// could have written it.
  public let predecessor: OwnershipRecord?
  /// Where a directory is now that lay in the lock's place and was not empty.
  public let setAside: FilePath?
  /// An agent of ours may have been here before. None was if there was no file, for they last until
  /// the machine's next start; nor if it is another user's where we are root, who replaces those.
  public let wasThere: Bool

  private static let textBytesMax = 32_768
  /// Files that take each other's place while we look: more are no accident.
  private static let replacementsMax = 8

  /// - Throws: `.held` when another process has it, `.obstructed` when what lies there is for
  ///   others to remove.
  public init(path: FilePath) throws(OwnershipFault) {
    let place = LockPlace(path)
    var there = stat()
    let isThere = path.withPlatformString { lstat($0, &there) } == 0
    wasThere = isThere && (there.st_uid == geteuid() || geteuid() != 0)
    for _ in 0..<OwnershipLock.replacementsMax {
      switch try OwnershipLock.look(place) {
      case .gone: continue
      case .held(let theirs):
        throw .held(OwnershipLock.holder(theirs.status, text: OwnershipLock.read(theirs)))
      case .obstacle(let obstacle):
        guard let fresh = try OwnershipLock.clear(place, obstacle) else { continue }
        setAside = fresh.setAside
        predecessor = nil
        isOurs = true
        file = fresh.file
      case .locked(let taken):
        let text = OwnershipLock.read(taken)
        let record = OwnershipRecord(text: text)
        let isOwn = taken.status.st_uid == geteuid() || fault(266)
        setAside = nil
        // Something else of ours may have been moved here.
        if isOwn, text.isEmpty || record != nil {
          // By any mask: who cannot read it cannot lock it after us.
          if !fault(265) { _ = fchmod(taken.number, 0o644) }
          predecessor = record
          isOurs = true
          file = taken
        } else {
          predecessor = nil
          // Where we may not replace it its lock has to do; root, whose directory it is, may.
          if let fresh = try? place.replace(lockedByUs: FileIdentity(taken.status)) {
            isOurs = true
            file = fresh.file
          } else {
            isOurs = false
            file = taken
          }
        }
      }
      return
    }
    throw .kernel(.resourceBusy)
  }

  /// Replaces the record.
  /// - Throws: the kernel's error; `.notPermitted` where another user's file has to do for a lock,
  ///   who could change what is written. A record that does not fit is none, not half a one.
  public borrowing func write(_ record: OwnershipRecord) throws(Errno) {
    guard isOurs else { throw .notPermitted }
    try Kernel.call(OwnershipLock.put(record, into: file))
  }

  /// Over the record that is there and to its end, so that at no moment there is none.
  /// - Returns: what was written, or the negated errno.
  static func put(_ record: OwnershipRecord, into file: borrowing Descriptor) -> Int {
    var text = record.text
    let length = text.utf8.count
    let rest = min(Int(file.status.st_size), textBytesMax) - length
    if rest > 0 { text += String(repeating: "\n", count: rest) }
    let number = file.number
    if fault(418), ftruncate(number, 0) != 0 { return -Int(errno) }
    return text.withUTF8 { bytes in
      let written = pwrite(number, bytes.baseAddress, bytes.count, 0)
      if written == bytes.count {
        // Empty lines do no harm.
        _ = ftruncate(number, off_t(length))
        return written
      }
      let error = written < 0 ? errno : ENOSPC
      _ = ftruncate(number, 0)
      return -Int(error)
    }
  }
}

extension OwnershipLock {
  private static func look(_ place: LockPlace) throws(OwnershipFault) -> LockPlace.Find {
    do throws(Errno) {
      return try place.look(makes: true)
    } catch {
      throw .kernel(error)
    }
  }

  /// A lock of ours where the obstacle was; nil when somebody's lock was there by then.
  private static func clear(
    _ place: LockPlace, _ obstacle: LockPlace.Obstacle
  ) throws(OwnershipFault) -> LockPlace.Replacement? {
    let obstructed = OwnershipFault.obstructed(obstacle.words, ownerUserID: obstacle.ownerUserID)
    guard geteuid() == 0, !obstacle.mayBeLocked, !fault(360) else { throw obstructed }
    do throws(Errno) {
      return try place.replace(lockedByUs: nil)
    } catch .notPermitted, .permissionDenied {
      throw obstructed
    } catch {
      throw .kernel(error)
    }
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
