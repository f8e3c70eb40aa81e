public import ArgumentParser
public import ControlAPI
internal import Host
internal import SystemPackage

extension EnvironmentText: ExpressibleByArgument {}

/// `tidelock env`: what `tidelock run` would set, for whoever starts programs without it.
struct EnvCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "env",
    abstract: "Print the environment that puts a program under Tidelock.",
    discussion: """
      shell       eval "$(tidelock env --limit 8Gi)"; python train.py
      slurm       in a TaskProlog: tidelock env --for slurm
      dockerfile  for an image that has the Debian package; the socket is mounted when it runs
      env-file    podman run --env-file FILE; with --settings-only beside --device \
      tidelock.dev/gpu=all
      The forms for containers have the paths of containers. Quantities: \
      \(Quantity.acceptedForms).
      """)

  @Option(name: .customLong("for"), help: "In whose words.")
  var form: EnvironmentText = .shell

  @Flag(help: "Only what the program may use, not where Tidelock is.")
  var settingsOnly = false

  @Option(help: ArgumentHelp("Most GPU memory it may use.", valueName: "quantity"))
  var limit: String?

  @Option(
    help: ArgumentHelp("Part of the limit that it is never refused.", valueName: "quantity"))
  var request: String?

  @Option(
    name: .customLong("static"),
    help: ArgumentHelp("A fixed share instead, never swapped.", valueName: "quantity"))
  var fixed: String?

  @Option(help: "at-start or on-demand, see tidelock run --help.")
  var promise: String?

  @Option(name: .customLong("class"), help: "interactive, inference or training.")
  var workloadClass: String?

  @Option(help: "Shown in status.")
  var name: String?

  @OptionGroup var place: SocketOption

  @Option(
    help: ArgumentHelp(
      "For an agent on a simulated GPU: parameters as the agent has them.",
      valueName: "parameters"),
    transform: SimulatedGPUChoice.init(parsing:))
  var simulatedGpu: SimulatedGPUChoice?

  private var isForContainers: Bool {
    switch form {
    case .shell, .slurm: false
    case .dockerfile, .envFile: true
    }
  }

  func run() throws {
    let said = [
      "--limit": limit, "--request": request, "--static": fixed, "--promise": promise,
      "--class": workloadClass, "--name": name,
    ].compactMapValues { $0 }
    do {
      let settings = try LaunchRequest(options: said)
      var variables = settingsOnly ? [] : try placeVariables()
      let workload = isForContainers ? nil : UInt64.random(in: 1...UInt64.max)
      variables += settings.environment(workload: workload).map {
        EnvironmentText.Variable($0.name, $0.value)
      }
      Environment.emit(try form.lines(variables, existing: Environment.value))
    } catch let fault as LaunchFault {
      throw ValidationError(fault.description)
    }
  }

  private func placeVariables() throws -> [EnvironmentText.Variable] {
    let installation = try Installation.find()
    let socket = try place.path()
    let inside = ContainerPlace.socketDirectory + "/" + (socket.lastComponent?.string ?? "")
    let driver = simulatedGpu == nil ? DriverNames.driver() : installation.simulatedDriver
    var variables = [
      EnvironmentText.Variable(
        "LD_PRELOAD",
        isForContainers
          ? ContainerPlace.interposer : try DriverNames.preload(installation, driver),
        isPrepended: true),
      EnvironmentText.Variable("TIDELOCK_SOCKET", isForContainers ? inside : socket.string),
    ]
    guard let simulatedGpu else { return variables }
    let gpu = try simulatedGpu.environmentValue(defaultPath: nil)
    variables += [
      EnvironmentText.Variable(
        "TIDELOCK_SIMULATED_GPU", isForContainers ? ContainerPlace.simulatedGPU : gpu),
      EnvironmentText.Variable(
        "TIDELOCK_LIBCUDA",
        isForContainers ? ContainerPlace.simulatedDriver : installation.simulatedDriver.string),
      EnvironmentText.Variable(
        "LD_LIBRARY_PATH",
        isForContainers
          ? ContainerPlace.simulatedLibraries : installation.simulatedDirectory.string,
        isPrepended: true),
    ]
    return variables
  }
}
