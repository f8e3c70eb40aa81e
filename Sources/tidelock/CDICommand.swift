public import ArgumentParser
public import ControlAPI
internal import Glibc
internal import Host
internal import SystemPackage

extension ContainerSpecification.Preload: ExpressibleByArgument {}

/// `tidelock cdi`: what docker and podman must know to run a container's programs under Tidelock.
struct CDICommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cdi",
    abstract: "Print the CDI specification that brings Tidelock into containers.",
    discussion: """
      Once:     tidelock cdi > /etc/cdi/tidelock.json
      Then:     podman run --device nvidia.com/gpu=all --device tidelock.dev/gpu=all IMAGE CMD
      The first device is the GPU itself, from the NVIDIA container toolkit. Limits and a name: see
      tidelock env --for env-file.
      """)

  @OptionGroup var place: SocketOption

  @Option(
    help: ArgumentHelp(
      "How programs of the container get the interposer: the loader's list /etc/ld.so.preload"
        + " (file), LD_PRELOAD (environment), or not at all (none).", valueName: "how"))
  var preload: ContainerSpecification.Preload = .file

  @Option(
    help: ArgumentHelp(
      "For an agent on a simulated GPU: path=FILE as the agent has it; without a path the standard"
        + " one.", valueName: "parameters"),
    transform: SimulatedGPUChoice.init(parsing:))
  var simulatedGpu: SimulatedGPUChoice?

  func run() throws {
    let libraries = try Installation.find()
    let list = libraries.directory.appending(ContainerSpecification.preloadListName)
    for file in [libraries.interposer] + (preload == .file ? [list] : [])
    where !Installation.exists(file) {
      throw CommandFault("\(file) is missing; build it with: make")
    }
    let socket = try place.path()
    try CDICommand.check(directory: socket.removingLastComponent())
    let specification = ContainerSpecification(
      librariesPath: libraries.directory.string, socketPath: socket.string, preload: preload,
      forwarding: preload == .none ? nil : try forwarding(libraries),
      simulatedGPUPath: try simulatedGpu.map { try $0.absolutePath() })
    Environment.emit(specification.json.encoded(indented: true) + "\n")
  }

  /// What the containers' driver, which is this machine's, has and the interposer does not know.
  private func forwarding(_ libraries: Installation) throws -> ContainerSpecification.Forwarding? {
    let driver = simulatedGpu == nil ? DriverNames.driver() : libraries.simulatedDriver
    guard let object = try DriverNames.unknown(libraries, to: driver), !object.names.isEmpty else {
      return nil
    }
    let folder = try CDICommand.lastingFolder()
    try folder.make()
    do throws(Errno) {
      _ = try object.write(into: folder.path)
    } catch {
      throw CommandFault("\(folder.path) does not take \(object.fileName): \(error.description)")
    }
    let forwarding = ContainerSpecification.Forwarding(
      directoryPath: folder.path.string, objectName: object.fileName)
    try folder.write(
      Array(forwarding.preloadList.utf8), to: ContainerSpecification.preloadListName)
    Environment.complain(DriverNames.tale(object) + "; print this again after a driver's upgrade")
    return forwarding
  }

  /// A specification outlives a reboot, so what it names must.
  private static func lastingFolder() throws -> Folder {
    let home = Environment.value("HOME").map { "\($0)/.local/share" }
    let machine = ThisProcess.userID == 0 ? "/var/lib" : nil
    let named = Environment.value("XDG_DATA_HOME").flatMap { isTrusted($0) ? $0 : nil }
    let data = named ?? machine ?? home
    guard let data, data.hasPrefix("/") else {
      throw CommandFault("no place for an object that containers need; set XDG_DATA_HOME")
    }
    return Folder(data).folder("tidelock").folder("forward")
  }

  /// The environment may still be that of whoever became root, and all containers load from here.
  private static func isTrusted(_ path: String) -> Bool {
    guard ThisProcess.userID == 0, !RootsPath.isExclusive(FilePath(path)) else { return true }
    Environment.complain("XDG_DATA_HOME is not used: others than root can change \(path)")
    return false
  }

  /// The whole directory is shown to containers.
  private static func check(directory: FilePath) throws {
    var status = stat()
    guard directory.withPlatformString({ stat($0, &status) }) == 0 else { return }
    guard status.st_mode & S_IWOTH == 0 else {
      throw CommandFault(
        "containers would see all of \(directory), where the agent's socket is; give the agent a"
          + " socket in a directory of its own: --socket \(directory)/tidelock/agent.sock")
    }
  }
}
