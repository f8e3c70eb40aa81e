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
    guard case .linked(let loader) = kind, loader.contains("/ld-musl") else { return }
    let reader = program == file ? "" : " is read by \(program), which"
    throw CommandFault(
      "\(file)\(reader) is linked to the musl C library (\(loader)); Tidelock shares the GPU among"
        + " programs of glibc 2.28 or later, as NVIDIA's driver itself needs glibc: use an image of"
        + " Debian, Ubuntu or RHEL rather than Alpine")
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
