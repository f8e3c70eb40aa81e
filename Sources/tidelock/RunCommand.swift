internal import ArgumentParser
internal import ControlAPI
internal import Glibc
internal import Host
internal import SystemPackage
internal import Wire

/// `tidelock run`: sets the environment and becomes CMD, so that signals, terminal and exit status
/// are the kernel's business.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Run a program under Tidelock, unchanged.",
    usage: "tidelock run [options] [--] CMD …   (tidelock run --help tells the options)",
    discussion: "CMD begins at the first word that is no option of ours, or after --.")

  private static let help = """
    USAGE: tidelock run [--request Q] [--limit Q] [--static Q] [--promise at-start|on-demand]
                        [--class interactive|inference|training] [--name N] [--socket P]
                        [--replace] [--] CMD …

    CMD begins at the first word that is no option of ours, or after --.

      --limit Q    Most GPU memory it may use; swapped out when others need the GPU. Default: what
                   the GPU has for programs.
      --request Q  Part of the limit that it is never refused.
      --static Q   A fixed share instead, never swapped.
      --promise P  at-start: room for the whole limit is reserved before it starts (default with a
                   limit); on-demand: each allocation finds room or fails (default without).
      --class C    interactive, inference (default) or training: how long it keeps the GPU once
                   others wait, training longest.
      --name N     Shown in status; default: the command's name.
      --socket P   The agent's socket; default: TIDELOCK_SOCKET, else the machine's agent
                   (/run/tidelock/agent.sock), else this user's; where there is none, one is
                   started, which ends ten minutes after the last program.
      --replace    Also show the program our file wherever the driver's is, in mounts of its own:
                   for the few that look past what is preloaded (dlmopen). Needs root or user
                   namespaces.

    Quantities: 8Gi, 500M, 1.5GiB, 96MiB, plain bytes.
    Exit status: the program's own; 125 Tidelock failed, 126 CMD cannot be run, 127 not found.

    A program that waits for the GPU says so once if its standard error is a terminal; not with
    TIDELOCK_QUIET in its environment. TIDELOCK_SIMULATED_GPU=memory=96MiB tries Tidelock without a
    GPU.

    """

  @Argument(
    parsing: .captureForPassthrough, help: .hidden,
    completion: .custom { words, index, _ in RunCompletion.candidates(words, index) })
  var words: [String] = []

  func run() throws {
    let request: LaunchRequest
    do {
      request = try LaunchRequest(
        words: words, notebook: Environment.value("JPY_SESSION_NAME"))
    } catch .helpWanted {
      Environment.emit(RunCommand.help)
      return
    } catch {
      Environment.complain("run: \(error.description)")
      throw ExitCode(ExitStatus.misuse)
    }
    do {
      try prepare(request)
    } catch {
      Environment.complain("\(error)")
      throw ExitCode(ExitStatus.runFailed)
    }
    throw ExitCode(become(request.command))
  }

  private func prepare(_ request: LaunchRequest) throws {
    try CommandFile.check(request.command[0])
    let socket: FilePath
    let answer: Answer
    if let said = try SocketOption.said(request.socket) {
      (socket, answer) = (said, try Question.ask(.launchWanted, at: said))
      unsetenv(SocketOption.foundVariable)
    } else {
      (socket, answer) = try AutomaticAgent.launchAnswer()
      Environment.set(SocketOption.foundVariable, socket.string)
    }
    try check(request, offeredBytes: answer.words[3])
    let installation = try Installation.find()
    Environment.set("TIDELOCK_SOCKET", socket.string)
    for name in ["REQUEST", "LIMIT", "STATIC"] { unsetenv("TIDELOCK_\(name)_BYTES") }
    for (name, value) in request.environment(workload: UInt64.random(in: 1...UInt64.max)) {
      Environment.set(name, value)
    }
    // What NVML shows to what never starts the driver, like nvidia-smi.
    Environment.set("TIDELOCK_OFFERED_BYTES", String(answer.words[3]))
    try simulate(answer.text, installation)
    Environment.prepend(
      "LD_PRELOAD", try DriverNames.preload(installation, DriverNames.driver()))
    // Last: this process itself sees the files replaced from then on.
    if request.isReplacing { try DriverReplacement.install(installation) }
  }

  /// With an agent on a simulated GPU the program sees the simulated driver.
  private func simulate(_ lines: String, _ installation: Installation) throws {
    for line in lines.split(separator: "\n") {
      let parts = line.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, parts[0] == "TIDELOCK_SIMULATED_GPU" else { continue }
      guard Installation.exists(installation.simulatedDriver) else {
        throw CommandFault("\(installation.simulatedDriver) is missing; build it with: make")
      }
      Environment.set("TIDELOCK_SIMULATED_GPU", String(parts[1]))
      if !DriverReplacement.isInstalled(over: installation.simulatedDriver, installation) {
        Environment.set("TIDELOCK_LIBCUDA", installation.simulatedDriver.string)
      }
      Environment.prepend("LD_LIBRARY_PATH", installation.simulatedDirectory.string)
    }
  }

  private func check(_ request: LaunchRequest, offeredBytes: UInt64) throws {
    for (option, bytes) in [
      ("--request", request.requestBytes), ("--static", request.staticBytes),
    ] {
      guard let bytes, bytes > offeredBytes else { continue }
      throw CommandFault(
        "\(option) \(Quantity.binary(bytes)) (\(bytes) bytes) is more than the GPU offers:"
          + " \(Quantity.binary(offeredBytes)) (\(offeredBytes) bytes) of capacity less reserve;"
          + " ask for less, or start the agent with more --capacity or less --reserve")
    }
  }

  /// Returns only when CMD can not be run, with the exit status that says so.
  private func become(_ command: [String]) -> Int32 {
    var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
    arguments.append(nil)
    execvp(command[0], &arguments)
    let error = Errno(rawValue: errno)
    if error == .noSuchFileOrDirectory {
      Environment.complain("command not found: \(command[0])")
      return ExitStatus.notFound
    }
    Environment.complain("\(command[0]) cannot be run: \(error.description)")
    return ExitStatus.notRunnable
  }
}
