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

  /// What `driver` has; nil when there is none to compare with.
  static func unknown(
    _ installation: Installation, to driver: FilePath?
  ) throws(CommandFault) -> ForwardingObject? {
    guard let driver, Installation.exists(driver) else { return nil }
    return ForwardingObject(
      driver: try functions(of: driver), interposer: try functions(of: installation.interposer))
  }

  private static func functions(of path: FilePath) throws(CommandFault) -> Set<String> {
    do throws(Errno) {
      return try ObjectFile.exportedFunctions(of: path)
    } catch {
      throw CommandFault("\(path): \(error.description)")
    }
  }

  /// What `LD_PRELOAD` of programs of this machine must have: the interposer, then, if `driver` has
  /// names that it does not know, the object that passes their calls on. That one's absence keeps
  /// only programs from starting that are linked to such a name, so it is told and no failure.
  static func preload(_ installation: Installation, _ driver: FilePath?) throws -> String {
    let interposer = installation.interposer
    guard Installation.exists(interposer) else {
      throw CommandFault("\(interposer) is missing; build it with: make")
    }
    guard !interposer.string.contains(where: { $0 == ":" || $0 == " " }) else {
      throw CommandFault(
        "\(interposer) has a space or colon in it, which LD_PRELOAD cannot carry; move the build")
    }
    guard let object = try unknown(installation, to: driver), !object.names.isEmpty else {
      return interposer.string
    }
    let user = ThisProcess.userID
    do throws(Errno) {
      let directory = try SocketPlaces.objectDirectory(
        userID: user, runtimeDirectory: Environment.value("XDG_RUNTIME_DIR"))
      let path = try object.write(into: directory)
      Environment.complain(tale(object))
      return "\(interposer):\(path)"
    } catch {
      Environment.complain(
        "the driver has \(list(object.names)) newer than this Tidelock; a program linked to one"
          + " will not start, for the object that would pass its calls on cannot be written"
          + " (\(error.description)); set XDG_RUNTIME_DIR to a directory that only user \(user) can"
          + " write to")
      return interposer.string
    }
  }

  /// What follows for programs that have the object.
  static func tale(_ object: ForwardingObject) -> String {
    "the driver has \(list(object.names)) newer than this Tidelock; a program that calls one runs,"
      + " and its memory stays on the GPU from then on"
  }

  static func list(_ names: [String]) -> String {
    let shown = names.prefix(5).joined(separator: ", ")
    let more = names.count > 5 ? " and \(names.count - 5) more" : ""
    return "\(names.count) function\(names.count == 1 ? "" : "s") (\(shown)\(more))"
  }
}
