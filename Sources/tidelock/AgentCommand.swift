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

  @Option(
    help: ArgumentHelp(
      "Whose programs may connect: owner (and root), all, or group:NAME. Default: all for root's"
        + " agent at /run/tidelock/agent.sock, else owner.", valueName: "who"))
  var admit: String?

  @Option(
    help: ArgumentHelp(
      "End when nobody has needed it for so many seconds. Default: never.", valueName: "seconds"),
    transform: AgentCommand.seconds)
  var idleExit: UInt64?

  @Flag(
    help: "Return once it serves; what it has to say goes to $XDG_STATE_HOME/tidelock/agent.log.")
  var background = false

  @Option(help: "trace, debug, info, notice, warning, error or critical.")
  var logLevel = "info"

  func run() throws {
    guard let level = Logger.Level(rawValue: logLevel) else {
      throw ValidationError("‘\(logLevel)’ is no log level")
    }
    var log = Logger(label: "tidelock") { StreamLogHandler.standardError(label: $0) }
    log.logLevel = level
    let activated = try ActivatedSocket.take()
    let settings = try settings(activated)
    guard background else { return try serve(settings, log) {} }
    guard activated == nil else {
      throw CommandFault("--background makes no sense under socket activation; leave it out")
    }
    let launcher = try Launcher.detach(beside: settings.socket)
    do {
      try serve(settings, log) { launcher.say(Launcher.ready) }
    } catch {
      launcher.say("\(error)")
      throw error
    }
  }

  private func serve(
    _ settings: AgentSettings, _ log: Logger, whenReady: () -> Void
  ) throws {
    let signals = try SignalWatch()
    let agent = try Agent(settings: settings, readings: try readings(settings), log: log)
    Environment.emit("listening on \(settings.socket)\n")
    whenReady()
    try agent.run(stop: AgentStop(), signals: signals)
    agent.withdraw()
    log.info("ended; programs keep their data and wait for the next agent")
  }

  private func settings(_ activated: ActivatedSocket?) throws -> AgentSettings {
    let socket = try activated?.path ?? place.servingPath()
    var settings = AgentSettings(socket: socket, lockPath: try lockPath())
    settings.activated = activated
    guard activated == nil || admit == nil else {
      throw CommandFault(
        "--admit has no effect on the service manager's socket \(socket); set SocketMode= and"
          + " SocketGroup= in its unit (systemctl edit tidelock.socket) and leave --admit out")
    }
    settings.capacityBytes = capacity
    settings.reserveBytes = reserve
    settings.poolSizeBytes = poolSize
    settings.simulatedGPU = try simulatedGpu.map { try $0.environmentValue(defaultPath: nil) }
    settings.idleExitMilliseconds = idleExit.map { $0 * 1000 }
    settings.admission = try admission(at: socket)
    // Not that of a machine's agent that will be started again: containers have it mounted. Whether
    // this user has a place of its own concerns only who listens there.
    settings.removesDirectory =
      (try? SocketOption.own()) == socket && (socket != SocketPlaces.system || idleExit != nil)
    return settings
  }

  /// A hundred years: what is longer is a slip, and would be no number of nanoseconds.
  private static let secondsMax: UInt64 = 3_153_600_000

  private static func seconds(_ text: String) throws -> UInt64 {
    guard let seconds = UInt64(text), seconds <= secondsMax else {
      throw ValidationError("‘\(text)’ is no number of seconds from 0 to \(secondsMax)")
    }
    return seconds
  }

  private func admission(at socket: FilePath) throws -> Admission {
    switch admit {
    case nil: return socket == SocketPlaces.system ? .everybody : .owner
    case "owner": return .owner
    case "all": return .everybody
    case .some(let text):
      guard text.hasPrefix("group:") else {
        throw ValidationError("--admit: ‘\(text)’ is none of owner, all, group:NAME")
      }
      let name = String(text.dropFirst("group:".count))
      guard let group = getgrnam(name) else {
        throw CommandFault("there is no group ‘\(name)’; make it with: groupadd --system \(name)")
      }
      return .group(group.pointee.gr_gid)
    }
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
        return try Patience.during("looking at the driver", ManagementLibrary.found)
      } catch {
        throw CommandFault(
          "\(error.description); install the NVIDIA driver, or try Tidelock without a GPU: set"
            + " TIDELOCK_SIMULATED_GPU=memory=96MiB for tidelock run, or start: tidelock agent"
            + " --simulated-gpu memory=96MiB")
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
