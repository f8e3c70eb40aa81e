internal import CPlatform
internal import Glibc
internal import Host
internal import SystemPackage

/// What a driver newer than this build has and the interposer does not know.
enum DriverNames {
  /// The driver a program started here would get: `TIDELOCK_LIBCUDA`, else what the loader finds.
  static func driver() -> FilePath? {
    if let chosen = Environment.value("TIDELOCK_LIBCUDA") { return FilePath(chosen) }
    guard let library = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL),
      let path = dlsym(library, "cuInit").flatMap({ tidelock_object_path($0) })
    else { return nil }
    return FilePath(String(cString: path))
  }

  /// Nil when there is no driver to compare with.
  static func unknown(_ installation: Installation) throws -> ForwardingObject? {
    guard let driver = driver(), Installation.exists(driver) else { return nil }
    let path = { (path: FilePath) throws in
      do throws(Errno) {
        return try ObjectFile.exportedFunctions(of: path)
      } catch {
        throw CommandFault("\(path): \(error.description)")
      }
    }
    return ForwardingObject(driver: try path(driver), interposer: try path(installation.interposer))
  }

  /// The object through which programs linked to such names reach them; nil: there are none.
  static func forwarding(_ installation: Installation) throws -> FilePath? {
    guard let object = try unknown(installation), !object.names.isEmpty else { return nil }
    let directory = DriverNames.directory
    do throws(Errno) {
      let path = try object.write(into: try claim(directory))
      Environment.complain(
        "the driver has \(list(object.names)) newer than this Tidelock; a program that calls one"
          + " runs, and its memory stays on the GPU from then on")
      return path
    } catch {
      throw CommandFault(
        "the driver has \(list(object.names)) newer than this Tidelock, and the object that would"
          + " pass their calls on cannot be written to \(directory): \(error.description); set"
          + " XDG_RUNTIME_DIR to a directory that only user \(ThisProcess.userID) can write to")
    }
  }

  static func list(_ names: [String]) -> String {
    let shown = names.prefix(5).joined(separator: ", ")
    let more = names.count > 5 ? " and \(names.count - 5) more" : ""
    return "\(names.count) function\(names.count == 1 ? "" : "s") (\(shown)\(more))"
  }

  private static var directory: FilePath {
    let user = ThisProcess.userID
    if let runtime = Environment.value("XDG_RUNTIME_DIR"), runtime.hasPrefix("/") {
      return FilePath(runtime).appending("tidelock")
    }
    return user == 0 ? "/run/tidelock" : FilePath("/tmp/tidelock-\(user)")
  }

  /// The directory, made if need be. What lies there is loaded into programs.
  /// - Throws: `.notPermitted` when others than this user can write to it.
  private static func claim(_ directory: FilePath) throws(Errno) -> FilePath {
    let isMade = directory.withPlatformString { mkdir($0, 0o755) } == 0
    if !isMade && errno != EEXIST { throw Errno(rawValue: errno) }
    var facts = stat()
    guard directory.withPlatformString({ lstat($0, &facts) }) == 0 else {
      throw Errno(rawValue: errno)
    }
    guard facts.st_mode & S_IFMT == S_IFDIR else { throw .notDirectory }
    guard facts.st_uid == ThisProcess.userID, facts.st_mode & 0o022 == 0 else {
      throw .notPermitted
    }
    return directory
  }
}
