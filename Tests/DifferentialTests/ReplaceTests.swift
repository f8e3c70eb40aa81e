import Foundation
import Testing

extension EndToEnd {
  /// `tidelock run --replace`: who looks past everything preloaded finds Tidelock all the same.
  @Suite(.enabled(if: Products.haveAgent)) struct ReplaceTests {
    /// The worker as a library, opened in a way of its own, under `tidelock run --replace`.
    static func opened(
      _ way: String, _ agent: TestAgent, by prefix: [String] = [], _ words: [String]
    ) -> Program {
      let command =
        prefix + [
          Products.tidelock, "run", "--socket", agent.socket, "--name", "opened", "--replace", "--",
          Products.client("opened"), way, Products.client("worker.so"),
        ] + words
      return Program(
        command[0], Array(command.dropFirst()), ["XDG_RUNTIME_DIR": agent.runtimeDirectory])
    }

    /// Two that do not fit together: whoever is not Tidelock's is refused memory, or keeps it.
    static func takesTurns(_ way: String, by prefix: [String] = []) {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: AbuseTests.memoryMiB))
      let words = [AbuseTests.programMiB, "rounds=100", "check=20", "pause=10"]
      let opened = opened(way, agent, by: prefix, words)
      #expect(poll(20) { opened.round >= 3 }, "\(opened.lines)")
      #expect(agent.status()?.workload("opened")?.state == "resident", "\(opened.lines)")
      let other = agent.worker("other", AbuseTests.programMiB, "rounds=20", "check=10")
      AbuseTests.intact(other, "the other program")
      let swapsOut = agent.status()?.workload("opened")?.swapsOut ?? 0
      #expect(swapsOut > 0, "\(String(describing: agent.status()))")
      AbuseTests.intact(opened, way)
      AbuseTests.settled(agent)
    }

    @Test(arguments: ["namespace", "deepbind"])
    func librariesOpenedPastTheUsualWay(way: String) { Self.takesTurns(way) }

    static let setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].first { Products.exists($0) }

    /// Who has no right to mounts gets them in a user namespace, and stays who he is.
    @Test(.enabled(if: setpriv != nil, "setpriv is not installed"))
    func withoutTheRightToMount() throws {
      let capless = ["--bounding-set=-sys_admin", "--inh-caps=-sys_admin"]
      let setpriv = try #require(Self.setpriv)
      Self.takesTurns("namespace", by: [setpriv] + (getuid() == 0 ? capless : []))
    }

    /// The files are the program's own affair: nobody else sees them replaced, it itself does, and
    /// what it starts in the same way as well.
    @Test func onlyTheProgramSeesIt() throws {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: AbuseTests.memoryMiB))
      let driver = Products.simulated + "/libcuda.so.1"
      let before = try FileManager.default.attributesOfItem(atPath: driver)[.systemFileNumber]
      let script = """
        [ "\(driver)" -ef "\(Products.interposer)" ] && echo replaced
        [ "$TIDELOCK_LIBCUDA" -ef "\(Products.interposer)" ] || echo reachable
        "\(Products.tidelock)" run --socket "\(agent.socket)" --replace -- \
          sh -c '[ "$TIDELOCK_LIBCUDA" -ef "\(Products.interposer)" ] || echo still'
        """
      let program = Program(
        Products.tidelock,
        ["run", "--socket", agent.socket, "--replace", "--", "/bin/bash", "-c", script],
        ["XDG_RUNTIME_DIR": agent.runtimeDirectory])
      #expect(program.finish(within: 10) == .exited(0), "\(program.lines)")
      #expect(program.lines == ["replaced", "reachable", "still"])
      let after = try FileManager.default.attributesOfItem(atPath: driver)[.systemFileNumber]
      #expect(before as? Int == after as? Int)
    }

    /// An object of glibc's world in a program of musl's would fail far from here, or not be seen.
    @Test func muslIsRefused() throws {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: AbuseTests.memoryMiB))
      let program = Products.scratch + "/tidelock-musl-\(UUID().uuidString)"
      let script = program + ".sh"
      defer { for file in [program, program + ".c", script] { unlink(file) } }
      let source = program + ".c"
      try "int main(void) { return 0; }".write(toFile: source, atomically: true, encoding: .utf8)
      let compiled = Program(
        "/usr/bin/env",
        ["cc", source, "-Wl,-dynamic-linker,/lib/ld-musl-x86_64.so.1", "-o", program])
      #expect(compiled.finish(within: 20) == .exited(0), "\(compiled.lines)")
      try "#!\(program)\n".write(toFile: script, atomically: true, encoding: .utf8)
      chmod(script, 0o755)
      for command in [program, script] {
        let refused = CommandTests.tidelock(["run", "--socket", agent.socket, command])
        #expect(refused.finish(within: 10) == .exited(125), "\(refused.lines)")
        for word in ["musl", "glibc", program] {
          #expect(refused.output.contains(word), "no \(word) in \(refused.lines)")
        }
      }
    }
  }
}
