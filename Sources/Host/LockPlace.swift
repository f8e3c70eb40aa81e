internal import CPlatform
internal import Faults
internal import Glibc
internal import SystemPackage

/// The name of a lock file in a directory where every user may make one, and what lies there. No
/// link is followed, nothing is waited for, and nothing that lies there is written to.
struct LockPlace {
  let path: FilePath

  init(_ path: FilePath) { self.path = path }

  enum Find: ~Copyable {
    /// A plain file of one name, whose lock we have.
    case locked(Descriptor)
    /// A plain file that somebody else has locked.
    case held(Descriptor)
    case obstacle(Obstacle)
    /// There is nothing, or it was replaced while we looked.
    case gone
  }

  /// What cannot be the lock: nobody could lock it, or what is written into it would be read
  /// elsewhere.
  struct Obstacle {
    /// Like "a directory".
    let words: String
    let ownerUserID: UInt32
    /// A plain file that we may not open.
    let mayBeLocked: Bool

    /// Nil for what can be the lock: a plain file of one name.
    init?(_ status: stat, isOpen: Bool) {
      switch status.st_mode & S_IFMT {
      case S_IFREG where isOpen && status.st_nlink <= 1: return nil
      case S_IFREG: words = isOpen ? "a file of \(status.st_nlink) names" : "a file nobody may read"
      case S_IFDIR: words = "a directory"
      case S_IFLNK: words = "a symbolic link"
      case S_IFIFO: words = "a FIFO"
      case S_IFSOCK: words = "a socket"
      default: words = "a device"
      }
      mayBeLocked = status.st_mode & S_IFMT == S_IFREG && !isOpen
      ownerUserID = status.st_uid
    }
  }

  /// A file of ours, locked.
  struct Replacement: ~Copyable {
    let file: Descriptor
    /// Where what lay there is now, if it could not be removed.
    let setAside: FilePath?
  }

  /// - Parameter makes: a file, where there is nothing.
  func look(makes: Bool) throws(Errno) -> Find {
    let file: Descriptor
    do throws(Errno) {
      file = try open(makes: makes)
    } catch .fileExists {
      return .gone
    } catch {
      guard let there = status else {
        // Without its directory there is no place.
        if makes, error == .noSuchFileOrDirectory { throw error }
        return .gone
      }
      // Not for want of descriptors, or the like.
      let isPlain = there.st_mode & S_IFMT == S_IFREG
      guard !isPlain || error == .permissionDenied,
        let obstacle = Obstacle(there, isOpen: false)
      else { throw error }
      return .obstacle(obstacle)
    }
    let opened = file.status
    // One with a second name may be an agent's all the same.
    if opened.st_mode & S_IFMT == S_IFREG {
      var result = tidelock_lock(file.number)
      if fault(225) { result = 0 }
      if result == -EWOULDBLOCK { return .held(file) }
      try Kernel.call(result)
    }
    // Whoever replaced the file between our opening and our locking it has the lock.
    guard let there = status, FileIdentity(there) == FileIdentity(opened) else { return .gone }
    if let obstacle = Obstacle(opened, isOpen: true) { return .obstacle(obstacle) }
    return .locked(file)
  }

  /// Puts a locked file of ours in the place of what is there: in one step, so that nobody ever
  /// finds the place empty. What was there goes, unless somebody has it locked: then it is put back
  /// and the result is nil.
  /// - Parameter lockedByUs: the file whose lock we have, if we have one.
  func replace(lockedByUs ours: FileIdentity?) throws(Errno) -> Replacement? {
    // A name that nobody can have taken beforehand.
    let unguessable = String(UInt64.random(in: 0...UInt64.max), radix: 16)
    let aside = LockPlace(FilePath("\(path).\(unguessable)"))
    let fresh = try aside.make()
    do throws(Errno) {
      try Kernel.call(fchmod(fresh.number, 0o644) < 0 ? -errno : 0)
      try Kernel.call(tidelock_lock(fresh.number))
      try exchange(with: aside)
    } catch {
      aside.remove()
      throw error
    }
    if aside.isLockedByOthers(but: ours), !fault(361) {
      try exchange(with: aside)
      aside.remove()
      return nil
    }
    aside.remove()
    return Replacement(file: fresh, setAside: aside.status == nil ? nil : aside.path)
  }
}

extension LockPlace {
  private static let flags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK

  private func open(makes: Bool) throws(Errno) -> Descriptor {
    // Without O_CREAT first: the kernel refuses it for another user's file in a shared directory.
    var number = path.withPlatformString { Glibc.open($0, O_RDWR | LockPlace.flags) }
    if number < 0, errno == ENOENT, makes { return try make() }
    if number < 0, errno == EACCES {
      // Another user's: reading it is enough to lock it and to name its owner.
      number = path.withPlatformString { Glibc.open($0, O_RDONLY | LockPlace.flags) }
    }
    return Descriptor(owning: try Kernel.call(number < 0 ? -errno : number))
  }

  /// A new file.
  private func make() throws(Errno) -> Descriptor {
    let flags = O_RDWR | O_CREAT | O_EXCL | LockPlace.flags
    let number = path.withPlatformString { Glibc.open($0, flags, 0o644) }
    return Descriptor(owning: try Kernel.call(number < 0 ? -errno : number))
  }

  private func isLockedByOthers(but ours: FileIdentity?) -> Bool {
    do throws(Errno) {
      switch try look(makes: false) {
      case .held(let file): return FileIdentity(file.status) != ours
      case .obstacle(let obstacle): return obstacle.mayBeLocked
      case .locked: return false
      case .gone: return false
      }
    } catch {
      // What cannot be looked at is not removed.
      return true
    }
  }

  /// What lies there, itself if it is a link; nil when nothing does.
  private var status: stat? {
    var status = stat()
    return path.withPlatformString { lstat($0, &status) } == 0 ? status : nil
  }

  private func exchange(with other: LockPlace) throws(Errno) {
    let result = path.withPlatformString { one in
      other.path.withPlatformString { tidelock_exchange(one, $0) }
    }
    try Kernel.call(result)
  }

  /// A directory only if it is empty.
  private func remove() {
    let isDirectory = status.map { $0.st_mode & S_IFMT == S_IFDIR } ?? false
    _ = path.withPlatformString { isDirectory ? rmdir($0) : unlink($0) }
  }
}

extension Descriptor {
  /// All zeros, which is no plain file of anybody's, where the kernel does not say.
  var status: stat {
    var status = stat()
    _ = fstat(number, &status)
    return status
  }
}

extension FileIdentity {
  init(_ status: stat) {
    self.init(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
  }
}
