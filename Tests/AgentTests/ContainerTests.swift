import ControlAPI
import Testing

@Suite struct ContainerSpecificationTests {
  static func specification(
    preload: ContainerSpecification.Preload, simulated: String? = nil
  ) -> JSON {
    ContainerSpecification(
      librariesPath: "/opt/t/lib/tidelock", socketPath: "/run/user/7/tidelock/a.sock",
      preload: preload, simulatedGPUPath: simulated
    ).json
  }

  @Test func theWholeText() throws {
    #expect(
      Self.specification(preload: .file).encoded() == """
        {"cdiVersion":"0.3.0","kind":"tidelock.dev/gpu","devices":[{"name":"all",\
        "containerEdits":{"env":["TIDELOCK_SOCKET=/run/tidelock/a.sock"],"mounts":[\
        {"hostPath":"/opt/t/lib/tidelock","containerPath":"/usr/lib/tidelock",\
        "options":["bind","ro","nosuid","nodev"]},\
        {"hostPath":"/run/user/7/tidelock","containerPath":"/run/tidelock",\
        "options":["bind","ro","nosuid","nodev","noexec"]},\
        {"hostPath":"/opt/t/lib/tidelock/ld.so.preload","containerPath":"/etc/ld.so.preload",\
        "options":["bind","ro","nosuid","nodev","noexec"]}]}}]}
        """)
  }

  /// Each edit of one kind as text.
  private func edits(_ specification: JSON, _ name: String) throws -> [String] {
    let device = try #require(specification["devices"]?.elements?.first)
    let elements = try #require(device["containerEdits"]?[name]?.elements)
    return elements.map { $0.text ?? $0["containerPath"]?.text ?? "" }
  }

  @Test func preloading() throws {
    let variable = "LD_PRELOAD=/usr/lib/tidelock/libcuda.so.1"
    for (preload, has, mounts) in [
      (ContainerSpecification.Preload.file, false, 3), (.environment, true, 2), (.none, false, 2),
    ] {
      let specification = Self.specification(preload: preload)
      #expect(try edits(specification, "env").contains(variable) == has)
      #expect(try edits(specification, "mounts").count == mounts)
    }
  }

  /// The object for names of a newer driver comes behind the interposer, either way.
  @Test func forwardingComesAlong() throws {
    let forwarding = ContainerSpecification.Forwarding(
      directoryPath: "/var/lib/tidelock/forward", objectName: "forward-1.so")
    #expect(
      forwarding.preloadList == """
        /usr/lib/tidelock/libcuda.so.1
        /usr/lib/tidelock-forward/forward-1.so

        """)
    for (preload, mounts) in [(ContainerSpecification.Preload.file, 4), (.environment, 3)] {
      let specification = ContainerSpecification(
        librariesPath: "/l", socketPath: "/r/a.sock", preload: preload, forwarding: forwarding
      ).json
      #expect(try edits(specification, "mounts").count == mounts)
      let list = "\"hostPath\":\"/var/lib/tidelock/forward/ld.so.preload\""
      #expect(specification.encoded().contains(list) == (preload == .file))
      let variable =
        "LD_PRELOAD=/usr/lib/tidelock/libcuda.so.1:/usr/lib/tidelock-forward/forward-1.so"
      #expect(try edits(specification, "env").contains(variable) == (preload == .environment))
    }
  }

  @Test func theSimulatedGPUComesAlong() throws {
    let specification = Self.specification(preload: .file, simulated: "/dev/shm/gpu")
    #expect(
      try edits(specification, "env") == [
        "TIDELOCK_SOCKET=/run/tidelock/a.sock",
        "TIDELOCK_SIMULATED_GPU=/dev/shm/tidelock-simulated-gpu",
        "TIDELOCK_LIBCUDA=/usr/lib/tidelock/simulated/libcuda.so.1",
        "LD_LIBRARY_PATH=/usr/lib/tidelock/simulated",
      ])
    #expect(try edits(specification, "mounts").last == "/dev/shm/tidelock-simulated-gpu")
  }

  @Test func aSocketAtTheRoot() throws {
    let specification = ContainerSpecification(
      librariesPath: "/l", socketPath: "/a.sock", preload: .none
    ).json
    #expect(try edits(specification, "env") == ["TIDELOCK_SOCKET=/run/tidelock/a.sock"])
    #expect(specification.encoded().contains("\"hostPath\":\"/\""))
  }
}

@Suite struct EnvironmentTextTests {
  static let hard = "it's $5 \"\\ `x`"
  static let variables = [
    EnvironmentText.Variable("LD_PRELOAD", "/usr/lib/a.so", isPrepended: true),
    EnvironmentText.Variable("TIDELOCK_NAME", hard),
  ]

  @Test func shell() throws {
    #expect(
      try EnvironmentText.shell.lines(Self.variables) == """
        export LD_PRELOAD=/usr/lib/a.so${LD_PRELOAD:+:$LD_PRELOAD}
        export TIDELOCK_NAME='it'\\''s $5 "\\ `x`'

        """)
    #expect(EnvironmentText.shellQuoted("") == "''")
    #expect(EnvironmentText.shellQuoted("a\nb") == "'a\nb'")
    #expect(EnvironmentText.shellQuoted("~") == "'~'")
    #expect(EnvironmentText.shellQuoted("8Gi/x_1.so:2") == "8Gi/x_1.so:2")
  }

  @Test func slurm() throws {
    #expect(
      try EnvironmentText.slurm.lines(Self.variables) { $0 == "LD_PRELOAD" ? "b.so" : nil } == """
        export LD_PRELOAD=/usr/lib/a.so:b.so
        export TIDELOCK_NAME=\(Self.hard)

        """)
  }

  @Test func dockerfile() throws {
    #expect(
      try EnvironmentText.dockerfile.lines(Self.variables) == """
        ENV LD_PRELOAD="/usr/lib/a.so${LD_PRELOAD:+:$LD_PRELOAD}"
        ENV TIDELOCK_NAME="it's \\$5 \\"\\\\ `x`"

        """)
  }

  @Test func envFile() throws {
    #expect(
      try EnvironmentText.envFile.lines(Self.variables)
        == "LD_PRELOAD=/usr/lib/a.so\nTIDELOCK_NAME=\(Self.hard)\n")
  }

  @Test(arguments: [EnvironmentText.slurm, .dockerfile, .envFile], ["a\nb", "a\r\nb", "a\r"])
  func lineBreaksAreRefused(form: EnvironmentText, value: String) {
    let fault = #expect(throws: EnvironmentTextFault.self) {
      try form.lines([EnvironmentText.Variable("TIDELOCK_NAME", value)])
    }
    #expect(fault?.description.contains("TIDELOCK_NAME") == true)
  }

  @Test func optionsWithoutACommand() throws {
    let request = try LaunchRequest(options: ["--limit": "1Gi", "--class": "training"])
    #expect(
      request.environment(workload: nil).map { "\($0.name)=\($0.value)" } == [
        "TIDELOCK_CLASS=training", "TIDELOCK_PROMISE=at-start", "TIDELOCK_LIMIT_BYTES=1073741824",
      ])
    #expect(throws: LaunchFault.requestAlone(1)) { try LaunchRequest(options: ["--request": "1"]) }
  }
}
