internal import Glibc
internal import Host
internal import SystemPackage

/// The file a command starts, looked at before it is.
enum CommandFile {
  /// - Throws: for a program that the interposer cannot be loaded into, so that it does not run as
  ///   if it shared the GPU. A command that is not there is not our business: starting it says so.
  static func check(_ command: String) throws(CommandFault) {
    guard let file = find(command), let (program, kind) = try? ProgramFile.started(by: file) else {
      return
    }
    let reader = program == file ? "" : " is read by \(program), which"
    if ProgramFile.changesRights(program) {
      throw CommandFault(
        "\(file)\(reader) starts with the rights of another user or group, or with capabilities,"
          + " and its loader then takes nothing preloaded: Tidelock would not see its GPU"
          + " memory. Begin at what it starts (sudo tidelock run CMD)")
    }
    switch kind {
    case .linked(let loader) where loader.contains("/ld-musl"):
      throw CommandFault(
        "\(file)\(reader) is linked to the musl C library (\(loader)); Tidelock shares the GPU"
          + " among programs of glibc 2.28 or later, as NVIDIA's driver itself needs glibc: use an"
          + " image of Debian, Ubuntu or RHEL rather than Alpine")
    case .complete:
      throw CommandFault(
        "\(file)\(reader) is linked statically, and nothing can be loaded into such a program:"
          + " Tidelock would not see its GPU memory. Use a build that is linked to the shared"
          + " libraries of glibc. If it only starts other programs, as uv or tini may, begin at"
          + " those (uv run -- tidelock run CMD), or put env in front of it, which says that this"
          + " is meant (tidelock run -- env \(command))")
    case .linked, .script, .other: break
    }
  }

  /// As `execvp` finds it.
  static func find(_ command: String) -> FilePath? {
    if command.contains("/") { return FilePath(command) }
    let path = Environment.value("PATH") ?? "/bin:/usr/bin"
    return path.split(separator: ":", omittingEmptySubsequences: false)
      .map { FilePath($0.isEmpty ? "." : String($0)).appending(command) }
      .first { $0.withPlatformString { access($0, X_OK) } == 0 }
  }
}
