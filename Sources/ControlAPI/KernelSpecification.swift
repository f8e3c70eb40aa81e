/// A Jupyter kernel as its `kernel.json` describes it, and the same kernel under `tidelock run`.
/// The format is jupyter_client's: https://jupyter-client.readthedocs.io/en/stable/kernels.html
public struct KernelSpecification: Equatable, Sendable {
  /// The command that starts the kernel, never empty.
  public let arguments: [String]
  public let displayName: String
  private let members: [JSON.Member]

  /// nil when `json` describes no kernel: no `argv` of words, or no `display_name`.
  public init?(_ json: JSON) {
    guard case .object(let members) = json, let words = json["argv"]?.elements,
      let displayName = json["display_name"]?.text
    else { return nil }
    let arguments = words.compactMap(\.text)
    guard !arguments.isEmpty, arguments.count == words.count else { return nil }
    self.arguments = arguments
    self.displayName = displayName
    self.members = members
  }

  /// Written by `tidelock jupyter install`, which marks what it writes.
  public var isShared: Bool { JSON.object(members)["metadata"]?["tidelock"] != nil }

  /// Starts by way of `tidelock run` already, whoever wrote it.
  public var runsUnderTidelock: Bool {
    isShared || arguments.first?.split(separator: "/").last == "tidelock"
  }

  /// A kernel that loads IPython extensions named on its command line.
  public var isIPython: Bool {
    arguments.contains { $0 == "ipykernel_launcher" || $0 == "ipykernel" }
  }

  /// The interpreter's name where it has no path: Jupyter puts its own there, but only as the
  /// first word of a command.
  public var bareInterpreter: String? {
    guard let first = arguments.first, first.hasPrefix("python"), !first.contains("/") else {
      return nil
    }
    return first
  }
}

/// How a kernel is to run under Tidelock.
public struct SharedKernel: Equatable, Sendable {
  /// What its name has in addition to the original's, in Jupyter's lists and as a folder.
  public static let displaySuffix = " (shared GPU)"
  public static let nameSuffix = "-shared-gpu"
  /// The IPython extension that brings `%tidelock`.
  public static let notebookModule = "tidelock.notebook"

  /// Absolute path of the `tidelock` command.
  public var command: String
  /// A quantity as `tidelock run --limit` takes it.
  public var limit: String?
  /// Where the agent is, if not in the standard place.
  public var socket: String?
  /// Stands in for an interpreter without a path.
  public var interpreter: String?
  /// Whether the kernel's Python finds `notebookModule`, by itself or in `modulesPath`.
  public var hasNotebookModule: Bool
  /// Where it must be told to look for it: a folder with nothing else in it. nil: it finds it.
  public var modulesPath: String?

  public init(
    command: String, limit: String? = nil, socket: String? = nil, interpreter: String? = nil,
    hasNotebookModule: Bool = false, modulesPath: String? = nil
  ) {
    self.command = command
    self.limit = limit
    self.socket = socket
    self.interpreter = interpreter
    self.hasNotebookModule = hasNotebookModule
    self.modulesPath = modulesPath
  }

  /// The name of the shared kernel made of the one called `name`.
  public static func name(of name: String) -> String { name + nameSuffix }

  /// `kernel.json` of the shared kernel; everything but command, name, mark and the variables for
  /// `%tidelock` is the original's.
  /// - Parameter name: the original's name, shown in status.
  public func specification(of original: KernelSpecification, name: String) -> JSON {
    var words = [command, "run"]
    if let limit { words += ["--limit", limit] }
    if let socket { words += ["--socket", socket] }
    words += ["--class", "interactive", "--"]
    var kernel = original.arguments
    if original.bareInterpreter != nil, let interpreter { kernel[0] = interpreter }
    words += kernel
    if original.isIPython && hasNotebookModule {
      words.append("--IPKernelApp.extra_extensions=\(SharedKernel.notebookModule)")
    }
    var json = original.json
    json["argv"] = .array(words.map(JSON.string))
    json["display_name"] = .string(original.displayName + SharedKernel.displaySuffix)
    json.set("tidelock", to: .object([JSON.Member("of", .string(name))]), within: "metadata")
    json.set("TIDELOCK_COMMAND", to: .string(command), within: "env")
    if original.isIPython, hasNotebookModule, let modulesPath {
      // Jupyter puts in what the variable has where it starts the kernel.
      let rest = original.json["env"]?["PYTHONPATH"]?.text ?? "${PYTHONPATH}"
      json.set("PYTHONPATH", to: .string("\(modulesPath):\(rest)"), within: "env")
    }
    return json
  }
}

extension KernelSpecification {
  var json: JSON { .object(members) }
}

/// Where Jupyter looks for kernels; its rules, on Linux:
/// https://docs.jupyter.org/en/latest/use/jupyter-directories.html
public struct JupyterPlaces: Equatable, Sendable {
  /// Folders that have `kernels/`, the first of two kernels of one name counts.
  public let dataFolders: [String]
  /// The user's own; nil without a home.
  public let userFolder: String?

  /// - Parameters:
  ///   - prefix: of the Python environment in use, like `/usr` or a virtual environment's folder.
  ///   - isVirtual: whether it is one of a project rather than the machine's.
  ///   - variable: reads this process's environment.
  public init(prefix: String?, isVirtual: Bool, variable: (String) -> String?) {
    func said(_ name: String) -> String? { variable(name).flatMap { $0.isEmpty ? nil : $0 } }
    var folders = said("JUPYTER_PATH")?.split(separator: ":").map(String.init) ?? []
    let shared = said("XDG_DATA_HOME") ?? said("HOME").map { $0 + "/.local/share" }
    userFolder = said("JUPYTER_DATA_DIR") ?? shared.map { $0 + "/jupyter" }
    let environment = prefix.map { $0 + "/share/jupyter" }
    let preference = said("JUPYTER_PREFER_ENV_PATH").map { !["0", "no", "false"].contains($0) }
    let order = preference ?? isVirtual ? [environment, userFolder] : [userFolder, environment]
    folders += order.compactMap(\.self)
    folders += ["/usr/local/share/jupyter", "/usr/share/jupyter"]
    var seen: Set<String> = []
    dataFolders = folders.filter { seen.insert($0).inserted }
  }
}
