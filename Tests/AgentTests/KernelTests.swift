import ControlAPI
import Testing

/// A notebook kernel and its shared twin.
@Suite struct KernelTests {
  static let python = """
    {"argv": ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
     "display_name": "Python 3", "language": "python", "interrupt_mode": "signal",
     "env": {"A": "1", "TIDELOCK_COMMAND": "old"}, "metadata": {"debugger": true}}
    """

  static func kernel(_ text: String) throws -> KernelSpecification {
    try #require(KernelSpecification(try JSON(parsing: text)))
  }

  static func words(_ json: JSON) -> [String] { json["argv"]?.elements?.compactMap(\.text) ?? [] }

  @Test func theTwinRunsTheSameCommandUnderTidelock() throws {
    let original = try Self.kernel(Self.python)
    #expect(original.isIPython && !original.isShared && original.bareInterpreter == "python")
    let shared = SharedKernel(
      command: "/v/bin/tidelock", limit: "8Gi", socket: "/s", interpreter: "/v/bin/python",
      hasNotebookModule: true)
    let twin = shared.specification(of: original, name: "python3")
    #expect(
      Self.words(twin) == [
        "/v/bin/tidelock", "run", "--limit", "8Gi", "--socket", "/s", "--class", "interactive",
        "--", "/v/bin/python", "-m", "ipykernel_launcher", "-f", "{connection_file}",
        "--IPKernelApp.extra_extensions=tidelock.notebook",
      ])
    #expect(twin["display_name"]?.text == "Python 3 (shared GPU)")
    #expect(twin["language"]?.text == "python" && twin["interrupt_mode"]?.text == "signal")
    #expect(twin["metadata"]?["debugger"] == .bool(true))
    #expect(twin["metadata"]?["tidelock"]?["of"]?.text == "python3")
    #expect(twin["env"]?["A"]?.text == "1")
    #expect(twin["env"]?["TIDELOCK_COMMAND"]?.text == "/v/bin/tidelock")
    let again = try #require(KernelSpecification(twin))
    #expect(again.isShared && again.runsUnderTidelock)
  }

  @Test func whatRunNeedsIsReadByRun() throws {
    let shared = SharedKernel(command: "/v/bin/tidelock", limit: "8Gi")
    let twin = shared.specification(of: try Self.kernel(Self.python), name: "python3")
    let request = try LaunchRequest(words: Array(Self.words(twin).dropFirst(2)))
    #expect(request.workloadClass == .interactive && request.limitBytes == 8 << 30)
    #expect(request.command.first == "python", "no interpreter known: PATH decides")
    #expect(!request.command.contains { $0.contains("extra_extensions") })
  }

  /// The Debian package has the module in a folder that no Python looks in.
  @Test func aPythonIsToldWhereTheModuleIs() throws {
    let shared = SharedKernel(command: "/t", hasNotebookModule: true, modulesPath: "/usr/share/m")
    let twin = shared.specification(of: try Self.kernel(Self.python), name: "python3")
    #expect(twin["env"]?["PYTHONPATH"]?.text == "/usr/share/m:${PYTHONPATH}")
    #expect(Self.words(twin).last == "--IPKernelApp.extra_extensions=tidelock.notebook")
    let own = """
      {"argv": ["python", "-m", "ipykernel_launcher"], "display_name": "x",
       "env": {"PYTHONPATH": "/mine"}}
      """
    let other = shared.specification(of: try Self.kernel(own), name: "x")
    #expect(other["env"]?["PYTHONPATH"]?.text == "/usr/share/m:/mine")
  }

  @Test func otherLanguagesAndStrangeFiles() throws {
    let julia = try Self.kernel(#"{"argv": ["/j/julia", "-i", "{f}"], "display_name": "Julia"}"#)
    #expect(!julia.isIPython && julia.bareInterpreter == nil)
    let shared = SharedKernel(command: "/t", interpreter: "/python", hasNotebookModule: true)
    let twin = shared.specification(of: julia, name: "julia")
    #expect(
      Self.words(twin) == ["/t", "run", "--class", "interactive", "--", "/j/julia", "-i", "{f}"])
    let own = #"{"argv": ["/x/tidelock", "run", "--", "python"], "display_name": "by hand"}"#
    #expect(try Self.kernel(own).runsUnderTidelock)
    #expect(try !Self.kernel(own).isShared)
    for text in [
      "[]", "{}", #"{"argv": [], "display_name": "x"}"#, #"{"argv": ["x"]}"#,
      #"{"argv": ["x", 1], "display_name": "x"}"#, #"{"argv": "x", "display_name": "x"}"#,
    ] {
      #expect(KernelSpecification(try JSON(parsing: text)) == nil, "\(text)")
    }
  }

  static func places(_ variables: [String: String], isVirtual: Bool = false) -> [String] {
    JupyterPlaces(prefix: "/p", isVirtual: isVirtual) { variables[$0] }.dataFolders
  }

  @Test func placesAreJupytersOwn() {
    let system = ["/usr/local/share/jupyter", "/usr/share/jupyter"]
    let user = "/u/.local/share/jupyter"
    #expect(Self.places(["HOME": "/u"]) == [user, "/p/share/jupyter"] + system)
    #expect(Self.places(["HOME": "/u"], isVirtual: true) == ["/p/share/jupyter", user] + system)
    #expect(
      Self.places(["HOME": "/u", "JUPYTER_PREFER_ENV_PATH": "0"], isVirtual: true)
        == [user, "/p/share/jupyter"] + system)
    #expect(
      Self.places(["HOME": "/u", "JUPYTER_PATH": "/a:/b", "XDG_DATA_HOME": "/x"])
        == ["/a", "/b", "/x/jupyter", "/p/share/jupyter"] + system)
    #expect(Self.places(["JUPYTER_DATA_DIR": "/d"]) == ["/d", "/p/share/jupyter"] + system)
    let homeless = JupyterPlaces(prefix: "/usr", isVirtual: false) { _ in nil }
    #expect(
      homeless.userFolder == nil && homeless.dataFolders == ["/usr/share/jupyter", system[0]])
  }

  @Test func aKernelIsCalledAfterItsNotebook() throws {
    let words = ["--class", "interactive", "--", "/v/bin/python"]
    #expect(try LaunchRequest(words: words, notebook: "a/b c.ipynb").name == "b c.ipynb")
    #expect(try LaunchRequest(words: words, notebook: nil).name == "python")
    #expect(try LaunchRequest(words: ["train"], notebook: "a/b.ipynb").name == "train")
    #expect(try LaunchRequest(words: ["--name", "n"] + words, notebook: "a.ipynb").name == "n")
  }
}
