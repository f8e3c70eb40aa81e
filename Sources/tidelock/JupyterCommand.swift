internal import ArgumentParser
internal import ControlAPI
internal import Glibc
internal import Host
internal import SystemPackage

/// `tidelock jupyter`: each notebook kernel once more, sharing the GPU.
struct JupyterCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "jupyter", abstract: "Notebook kernels that share the GPU.",
    discussion: """
      A kernel that shares the GPU is the kernel it was made from, started by way of tidelock run.
      Choose it in JupyterLab like any other; %tidelock in a cell tells who holds the GPU.
      """,
    subcommands: [JupyterInstall.self, JupyterUninstall.self])
}

/// Which of Jupyter's folders is meant.
struct JupyterPlaceOption: ParsableArguments {
  @Flag(help: "The user's folder of Jupyter.")
  var user = false

  @Flag(help: "The folder of the Python environment in use.")
  var sysPrefix = false

  @Option(help: ArgumentHelp("PREFIX/share/jupyter.", valueName: "folder"))
  var prefix: String?

  func validate() throws {
    guard [user, sysPrefix, prefix != nil].count(where: \.self) <= 1 else {
      throw ValidationError("--user, --sys-prefix and --prefix exclude each other; say one")
    }
  }

  /// What was said, to be said again.
  var words: String {
    prefix.map { " --prefix \($0)" } ?? (user ? " --user" : sysPrefix ? " --sys-prefix" : "")
  }

  /// nil: none was said.
  func chosen(_ jupyter: Jupyter) throws -> Folder? {
    if let prefix { return Folder("\(try Environment.absolute(FilePath(prefix)))/share/jupyter") }
    if sysPrefix {
      guard let environment = jupyter.environment else {
        throw CommandFault("no Python is in PATH, so there is no environment; say --prefix FOLDER")
      }
      return Folder(environment.prefix + "/share/jupyter")
    }
    guard user else { return nil }
    return try jupyter.userFolder()
  }
}

/// Jupyter's folders as this user has them.
struct Jupyter {
  let environment: PythonEnvironment?
  let places: JupyterPlaces

  init() throws {
    let command = Installation.executable()
    environment = PythonEnvironment.find(
      ourPrefix: command.removingLastComponent().removingLastComponent())
    places = JupyterPlaces(
      prefix: environment?.prefix, isVirtual: environment?.isVirtual ?? false,
      variable: Environment.value)
  }

  func userFolder() throws -> Folder {
    guard let folder = places.userFolder else {
      throw CommandFault(
        "HOME is not set, so there is no folder of the user's; say --prefix FOLDER")
    }
    return Folder(folder)
  }

  static func specification(in folder: Folder) -> KernelSpecification? {
    folder.text(of: "kernel.json").flatMap { try? JSON(parsing: $0) }
      .flatMap(KernelSpecification.init)
  }

  /// Every kernel of one data folder.
  static func kernels(in data: Folder) -> [(name: String, folder: Folder, KernelSpecification)] {
    let kernels = data.folder("kernels")
    return kernels.names().compactMap { name in
      let folder = kernels.folder(name)
      return specification(in: folder).map { (name, folder, $0) }
    }
  }
}

struct JupyterInstall: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "install",
    abstract: "Add a kernel that shares the GPU for each kernel there is; again is the same.",
    discussion: """
      They go to the virtual environment in use, without one to the user's folder.
      Quantities: \(Quantity.acceptedForms).
      """)

  @Option(
    help: ArgumentHelp(
      "Most GPU memory each of them may use, reserved when it starts. Default: what the GPU has.",
      valueName: "quantity"))
  var limit: String?

  @Option(
    help: ArgumentHelp("The agent's socket, if not in the standard place.", valueName: "path"))
  var socket: String?

  @OptionGroup var place: JupyterPlaceOption

  func validate() throws {
    if let limit { _ = try Quantity.bytes(limit) }
  }

  func run() throws {
    let jupyter = try Jupyter()
    let target = try place.chosen(jupyter) ?? standard(jupyter)
    var shared = SharedKernel(command: Installation.executable().string, limit: limit)
    shared.socket = try socket.map { try Environment.absolute(FilePath($0)).string }
    var done: Set<String> = []
    var folders = jupyter.places.dataFolders
    if !folders.contains(target.path.string) { folders.append(target.path.string) }
    for data in folders {
      for (name, folder, original) in Jupyter.kernels(in: Folder(data))
      where !original.runsUnderTidelock && done.insert(name).inserted {
        try add(original, name, from: folder, data: data, to: target, shared, jupyter)
      }
    }
    guard !done.isEmpty else {
      throw CommandFault(
        "no Jupyter kernel is in \(folders.map { $0 + "/kernels" }.joined(separator: ", "));"
          + " install one with: python3 -m pip install ipykernel")
    }
    print("Remove with: tidelock jupyter uninstall\(place.words)")
  }

  private func standard(_ jupyter: Jupyter) throws -> Folder {
    if let environment = jupyter.environment, environment.isVirtual {
      return Folder(environment.prefix + "/share/jupyter")
    }
    return try jupyter.userFolder()
  }

  private func add(
    _ original: KernelSpecification, _ name: String, from folder: Folder, data: String,
    to target: Folder, _ common: SharedKernel, _ jupyter: Jupyter
  ) throws {
    let place = target.folder("kernels").folder(SharedKernel.name(of: name))
    if let present = Jupyter.specification(in: place), !present.isShared {
      throw CommandFault("\(place.path) is somebody else's kernel; rename or remove it")
    }
    var shared = common
    let prefixes = [prefix(of: data), jupyter.environment?.prefix].compactMap(\.self)
    if let bare = original.bareInterpreter {
      shared.interpreter =
        prefixes.lazy.compactMap {
          PythonEnvironment.interpreter(bare, in: $0)
        }.first
    }
    if original.isIPython {
      shared.hasNotebookModule = PythonEnvironment.finds(
        SharedKernel.notebookModule, shared.interpreter ?? original.arguments[0])
      if !shared.hasNotebookModule, let folder = try Installation.find().notebookModules {
        shared.hasNotebookModule = true
        shared.modulesPath = folder.string
      }
    }
    try place.make()
    for file in folder.names() where file != "kernel.json" {
      if let bytes = folder.bytes(of: file) { try place.write(bytes, to: file) }
    }
    let json = shared.specification(of: original, name: name).encoded(indented: true)
    try place.write(Array((json + "\n").utf8), to: "kernel.json")
    print("\(original.displayName)\(SharedKernel.displaySuffix): \(place.path)")
    if original.isIPython && !shared.hasNotebookModule {
      print("  without %tidelock: its Python has no tidelock package; install the wheel there")
    }
  }

  /// `PREFIX` of `PREFIX/share/jupyter`.
  private func prefix(of data: String) -> String? {
    data.hasSuffix("/share/jupyter") ? String(data.dropLast("/share/jupyter".count)) : nil
  }
}

struct JupyterUninstall: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "uninstall",
    abstract: "Remove the kernels that install added; without an option, wherever Jupyter looks.")

  @OptionGroup var place: JupyterPlaceOption

  func run() throws {
    let jupyter = try Jupyter()
    let folders =
      try place.chosen(jupyter).map { [$0] } ?? jupyter.places.dataFolders.map(Folder.init)
    var removed = 0
    for data in folders {
      for (_, folder, kernel) in Jupyter.kernels(in: data) where kernel.isShared {
        try folder.remove()
        print("removed \(folder.path)")
        removed += 1
      }
    }
    if removed == 0 { print("there was none") }
  }
}
