internal import Agent
internal import ArgumentParser
internal import ControlAPI
internal import Glibc
internal import Host
internal import Logging
internal import Readings
internal import SystemPackage

/// `tidelock agent`: serves programs until a signal ends it; they keep their data and go on.
struct AgentCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "agent", abstract: "Share the GPUs of this machine among programs.",
    discussion: "Quantities: \(Quantity.acceptedForms).")

  @OptionGroup var place: SocketOption

  @Option(
    help: ArgumentHelp(
      "Use a simulated GPU: memory=96MiB,count=1,link=12GB/s,path=FILE (each optional). The file is"
        + " the GPU and stays; without a path it is /dev/shm/tidelock-simulated-gpu-USERID.",
      valueName: "parameters"),
    transform: SimulatedGPUChoice.init(parsing:))
  var simulatedGpu: SimulatedGPUChoice?

  @Option(
    help: ArgumentHelp("Use only so much of each GPU.", valueName: "quantity"),
    transform: Quantity.bytes)
  var capacity: UInt64?

  @Option(
    help: ArgumentHelp(
      "GPU memory set aside for what cannot be swapped (contexts, modules); grows when needed."
        + " Default: a sixteenth of the capacity, at most 2Gi.",
      valueName: "quantity"), transform: Quantity.bytes)
  var reserve: UInt64?

  @Option(
    help: ArgumentHelp(
      "RAM for what is swapped out. Default: half of what is available.", valueName: "quantity"),
    transform: Quantity.bytes)
  var poolSize: UInt64?

  @Option(help: "trace, debug, info, notice, warning, error or critical.")
  var logLevel = "info"

  func run() throws {
    guard let level = Logger.Level(rawValue: logLevel) else {
      throw ValidationError("‘\(logLevel)’ is no log level")
    }
    let activated = try ActivatedSocket.take()
    let signals = try SignalWatch()
    var log = Logger(label: "tidelock") { StreamLogHandler.standardError(label: $0) }
    log.logLevel = level
    var settings = AgentSettings(
      socket: try activated?.path ?? place.path(), lockPath: try lockPath())
    settings.activated = activated
    settings.capacityBytes = capacity
    settings.reserveBytes = reserve
    settings.poolSizeBytes = poolSize
    settings.simulatedGPU = try simulatedGpu.map { try $0.environmentValue(defaultPath: nil) }
    let agent = try Agent(settings: settings, readings: try readings(settings), log: log)
    Environment.emit("listening on \(settings.socket)\n")
    try agent.run(stop: AgentStop(), signals: signals)
    log.info("ended; programs keep their data and wait for the next agent")
  }

  /// The simulated GPU's own file, or one place for all users of a real one.
  private func lockPath() throws -> @Sendable (String) -> FilePath {
    if let simulatedGpu {
      let path = FilePath(try simulatedGpu.absolutePath() + ".agent-lock")
      return { _ in path }
    }
    // Judged by the mode, not by who asks: root and everybody else must meet at the same file.
    var status = stat()
    let isShared = stat("/run/lock", &status) == 0 && status.st_mode & S_IWOTH != 0
    let directory: FilePath = isShared ? "/run/lock" : "/tmp"
    return { directory.appending("tidelock-\($0).lock") }
  }

  private func readings(_ settings: AgentSettings) throws -> any GPUReadings {
    guard let simulated = settings.simulatedGPU else {
      do {
        return try ManagementLibrary(path: FilePath(ManagementLibrary.name))
      } catch {
        throw CommandFault(
          "\(error.description); install the NVIDIA driver, or try Tidelock without a GPU: tidelock"
            + " agent --simulated-gpu memory=96MiB")
      }
    }
    let library = try Installation.find().simulatedManagement
    guard Installation.exists(library) else {
      throw CommandFault("\(library) is missing; build it with: make")
    }
    Environment.set("TIDELOCK_SIMULATED_GPU", simulated)
    do {
      return try ManagementLibrary(path: library)
    } catch {
      throw CommandFault("the simulated GPU ‘\(simulated)’ cannot be used: \(error.description)")
    }
  }
}

extension SimulatedGPUChoice {
  /// The file said, or the standard one on tmpfs; always absolute.
  func absolutePath() throws -> String {
    let standard = "/dev/shm/tidelock-simulated-gpu-\(ThisProcess.userID)"
    return try Environment.absolute(FilePath(path ?? standard)).string
  }

  func environmentValue(defaultPath: String?) throws -> String {
    let place = try absolutePath()
    return ([place] + parameters).joined(separator: ",")
  }
}
