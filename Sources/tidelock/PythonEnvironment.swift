internal import ControlAPI
internal import Glibc
internal import Host
internal import SystemPackage

/// The Python that a person at this terminal would get, and what its interpreters find.
struct PythonEnvironment {
  /// Like `/usr`, or a virtual environment's folder.
  let prefix: String
  /// A virtual or conda environment rather than the machine's Python.
  let isVirtual: Bool

  /// The environment this command is installed in, else the one in use, else the first `python3`
  /// in PATH; nil without any.
  static func find(ourPrefix: FilePath) -> PythonEnvironment? {
    let named = ["VIRTUAL_ENV", "CONDA_PREFIX"].compactMap(Environment.value)
    for prefix in [ourPrefix.string] + named where isVirtual(prefix) {
      return PythonEnvironment(prefix: prefix, isVirtual: true)
    }
    for folder in (Environment.value("PATH") ?? "").split(separator: ":") {
      guard isExecutable("\(folder)/python3") else { continue }
      let prefix = FilePath(String(folder)).removingLastComponent().string
      return PythonEnvironment(prefix: prefix, isVirtual: isVirtual(prefix))
    }
    return nil
  }

  private static func isVirtual(_ prefix: String) -> Bool {
    Folder(prefix + "/pyvenv.cfg").exists || Folder(prefix + "/conda-meta").exists
  }

  /// `PREFIX/bin/NAME`, or what else is called Python there.
  static func interpreter(_ name: String, in prefix: String) -> String? {
    [name, "python3", "python"].map { "\(prefix)/bin/\($0)" }.first(where: isExecutable)
  }

  private static func isExecutable(_ path: String) -> Bool { access(path, X_OK) == 0 }

  private static let answerMilliseconds: UInt64 = 30_000

  /// Whether `interpreter` would import `module`; asks it, and takes no answer for a no.
  static func finds(_ module: String, _ interpreter: String) -> Bool {
    // The working directory is no place a kernel imports from.
    let question =
      "import sys; sys.path[:1] = []; from importlib.util import find_spec;"
      + " sys.exit(find_spec('\(module)') is None)"
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for file in 0...2 as ClosedRange<Int32> {
      posix_spawn_file_actions_addopen(&actions, file, "/dev/null", O_RDWR, 0)
    }
    let texts = [interpreter, "-c", question]
    var words: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
    defer { words.forEach { free($0) } }
    words.append(nil)
    var process: pid_t = 0
    guard posix_spawnp(&process, interpreter, &actions, nil, words, environ) == 0 else {
      return false
    }
    return succeeds(process, Patience("asking \(interpreter) whether it has \(module)"))
  }

  private static func succeeds(_ process: pid_t, _ patience: consuming Patience) -> Bool {
    let deadline = MonotonicClock.nanoseconds() + answerMilliseconds * 1_000_000
    var status: Int32 = 0
    while waitpid(process, &status, WNOHANG) == 0 {
      if MonotonicClock.nanoseconds() > deadline {
        kill(process, SIGKILL)
        waitpid(process, &status, 0)
        return false
      }
      patience.tick()
      usleep(5_000)
    }
    return status == 0
  }
}
