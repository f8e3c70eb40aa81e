internal import CPlatform
internal import Glibc
internal import Host
internal import SystemPackage

/// `tidelock run --replace`: in mounts of the program's own, every file that is the driver shows
/// the interposer instead. So what looks past everything preloaded, like a library in a namespace
/// of the loader's own (`dlmopen`), finds us too.
enum DriverReplacement {
  private static let name = "libcuda.so.1"
  /// Where drivers lie that the loader's cache may not name: CUDA's own compatibility libraries,
  /// and where containers and WSL put them.
  private static let places = [
    "/usr/local/cuda/compat", "/usr/local/nvidia/lib64", "/usr/lib/wsl/lib",
  ]

  /// What this process starts from here on sees the files replaced; the driver itself is where
  /// `TIDELOCK_LIBCUDA` says.
  static func install(_ installation: Installation) throws(CommandFault) {
    guard let driver = DriverNames.driver(), identity(driver) != nil else {
      throw CommandFault(
        "--replace: there is no \(name) to replace; install the NVIDIA driver, or say where its"
          + " file is with TIDELOCK_LIBCUDA")
    }
    let place = try place()
    // In a program that was started so, all this is done.
    if driver == place { return }
    let found = files(driver, ours: identity(installation.interposer))
    try mounted("mounts of its own", tidelock_private_mounts())
    try bind(driver, over: place)
    for file in found { try bind(installation.interposer, over: file) }
    Environment.set("TIDELOCK_LIBCUDA", place.string)
  }

  /// Whether this process was started with its files replaced: this one is the interposer then.
  static func isInstalled(over driver: FilePath, _ installation: Installation) -> Bool {
    identity(driver) == identity(installation.interposer)
  }

  private struct Identity: Hashable {
    let device: UInt
    let inode: UInt
  }

  private static func identity(_ path: FilePath) -> Identity? {
    var facts = stat()
    guard path.withPlatformString({ stat($0, &facts) }) == 0 else { return nil }
    return Identity(device: facts.st_dev, inode: facts.st_ino)
  }

  /// Every driver that a program might find, each file once; stubs for linking are none.
  private static func files(_ driver: FilePath, ours: Identity?) -> [FilePath] {
    let listed = Environment.value("LD_LIBRARY_PATH") ?? ""
    let directories = listed.split { $0 == ":" || $0 == ";" }.map { String($0) }
    let inDirectories = (directories + LoaderCache.directories + places).map {
      FilePath($0).appending(name)
    }
    var seen: Set<Identity> = ours.map { [$0] } ?? []
    return ([driver] + LoaderCache.files(named: name) + inDirectories).filter { path in
      guard let identity = identity(path), !path.string.contains("/stubs/") else { return false }
      return seen.insert(identity).inserted && (try? ObjectFile.exportedFunctions(of: path)) != nil
    }
  }

  /// An empty file to show the driver itself in, which nobody but this user can put there.
  private static func place() throws(CommandFault) -> FilePath {
    do throws(Errno) {
      let directory = try SocketPlaces.objectDirectory(
        userID: ThisProcess.userID, runtimeDirectory: Environment.value("XDG_RUNTIME_DIR"))
      let place = directory.appending("driver.so")
      let flags = O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC
      let number = place.withPlatformString { open($0, flags, 0o644) }
      if number < 0 { throw Errno(rawValue: errno) }
      close(number)
      return place
    } catch {
      throw CommandFault(
        "--replace: no place for the driver (\(error.description)); set XDG_RUNTIME_DIR"
          + " to a directory that only user \(ThisProcess.userID) can write to")
    }
  }

  private static func bind(_ source: FilePath, over target: FilePath) throws(CommandFault) {
    let result = source.withPlatformString { from in
      target.withPlatformString { tidelock_bind_mount(from, $0) }
    }
    try mounted("\(source) in the place of \(target)", result)
  }

  private static func mounted(_ what: String, _ result: Int32) throws(CommandFault) {
    guard result < 0 else { return }
    throw CommandFault(
      "--replace: the program cannot have \(what): \(Errno(rawValue: -result).description). It"
        + " needs a user namespace or root: see /proc/sys/user/max_user_namespaces and, on Ubuntu,"
        + " kernel.apparmor_restrict_unprivileged_userns; a container needs CAP_SYS_ADMIN. Or run"
        + " it without --replace, which few programs need")
  }
}
