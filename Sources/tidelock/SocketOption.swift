internal import ArgumentParser
internal import Glibc
internal import Host
internal import SystemPackage

/// Where the agent is: the same for every command.
struct SocketOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The agent's socket; default: TIDELOCK_SOCKET, else the machine's agent"
        + " (/run/tidelock/agent.sock), else this user's ($XDG_RUNTIME_DIR/tidelock/agent.sock).",
      valueName: "path"))
  var socket: String?

  /// The path said, or that of `TIDELOCK_SOCKET`; always absolute, for the programs that use it may
  /// change their directory. nil when neither is there, or only what a `tidelock run` around this
  /// command had found by itself.
  static func said(_ option: String?) throws -> FilePath? {
    let named = Environment.value("TIDELOCK_SOCKET").flatMap { $0 == found ? nil : $0 }
    guard let text = option ?? named, !text.isEmpty else { return nil }
    return try Environment.absolute(FilePath(text))
  }

  /// For programs: their `TIDELOCK_SOCKET` was found, not said, so they may look elsewhere once its
  /// agent is gone.
  static let foundVariable = "TIDELOCK_FOUND_SOCKET"

  private static var found: String? { Environment.value(foundVariable) }

  /// Where an agent of this user listens.
  static func own() throws -> FilePath {
    do {
      return try SocketPlaces.own(
        userID: ThisProcess.userID, runtimeDirectory: Environment.value("XDG_RUNTIME_DIR"))
    } catch {
      throw CommandFault(error.description)
    }
  }

  /// Where to ask before the user's own place, best first. Whoever wants a simulated GPU does not
  /// mean the machine's.
  static func placesOfOthers() -> [FilePath] {
    var places: [FilePath] = []
    if let found, found == Environment.value("TIDELOCK_SOCKET") { places.append(FilePath(found)) }
    let wantsSimulated = Environment.value("TIDELOCK_SIMULATED_GPU") != nil
    if !wantsSimulated, SocketPlaces.mayHaveSystemAgent { places.append(SocketPlaces.system) }
    return places
  }

  /// Where to listen.
  func servingPath() throws -> FilePath { try SocketOption.said(socket) ?? SocketOption.own() }

  /// Where to ask: the path said, or the first at which somebody answers, or the user's own, at
  /// which nobody does.
  func path() throws -> FilePath {
    if let said = try SocketOption.said(socket) { return said }
    let places = SocketOption.placesOfOthers()
    return try places.first { SocketPath.answering(at: $0) != nil } ?? SocketOption.own()
  }
}

/// This process's environment and surroundings.
enum Environment {
  static func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  static func set(_ name: String, _ value: String) { setenv(name, value, 1) }

  /// `text` in front of what `name` has, with a colon between.
  static func prepend(_ name: String, _ text: String) {
    let existing = value(name) ?? ""
    set(name, existing.isEmpty ? text : "\(text):\(existing)")
  }

  static func absolute(_ path: FilePath) throws -> FilePath {
    if path.isAbsolute { return path }
    guard let directory = getcwd(nil, 0) else {
      throw CommandFault("the working directory is gone; say an absolute path")
    }
    defer { free(directory) }
    return FilePath(String(cString: directory)).pushing(path).lexicallyNormalized()
  }

  static func isTerminal(_ file: Int32) -> Bool { isatty(file) == 1 }

  /// Writes all of it to standard output, unbuffered, so that a reader sees it now.
  static func emit(_ text: String) { put(text, to: 1) }

  static func complain(_ text: String) { put("tidelock: \(text)\n", to: 2) }

  static func put(_ text: String, to file: Int32) {
    var text = text
    text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)
      while !rest.isEmpty {
        let count = write(file, rest.baseAddress, rest.count)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return }
        rest = UnsafeRawBufferPointer(rebasing: rest[count...])
      }
    }
  }
}

/// Where the parts of a build lie beside this executable.
struct Installation {
  /// `…/lib/tidelock`
  let directory: FilePath

  /// This command's own file.
  static func executable() -> FilePath {
    let bytes = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
      guard let start = buffer.baseAddress else { return }
      count = start.withMemoryRebound(to: CChar.self, capacity: buffer.count) {
        max(0, readlink("/proc/self/exe", $0, buffer.count))
      }
    }
    return FilePath(String(decoding: bytes, as: UTF8.self))
  }

  static func find() throws -> Installation {
    let root = executable().removingLastComponent().removingLastComponent()
    return Installation(directory: root.appending("lib").appending("tidelock"))
  }

  var interposer: FilePath { directory.appending("libcuda.so.1") }
  var simulatedDirectory: FilePath { directory.appending("simulated") }
  var simulatedDriver: FilePath { simulatedDirectory.appending("libcuda.so.1") }
  var simulatedManagement: FilePath { simulatedDirectory.appending("libnvidia-ml.so.1") }

  /// The folder with what notebooks import, where the Debian package brought it; a wheel brings it
  /// to the Python that it is installed in.
  var notebookModules: FilePath? {
    let prefix = directory.removingLastComponent().removingLastComponent()
    let folder = prefix.appending("share").appending("tidelock").appending("python")
    return Installation.exists(folder) ? folder : nil
  }

  static func exists(_ path: FilePath) -> Bool { path.withPlatformString { access($0, R_OK) } == 0 }
}
