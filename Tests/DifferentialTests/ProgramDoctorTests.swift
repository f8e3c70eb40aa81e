import Foundation
import Testing

extension EndToEnd {
  /// `tidelock doctor -- CMD`: what it says of programs that are known.
  @Suite(.enabled(if: Products.haveAgent)) struct ProgramDoctorTests {
    static func looked(
      at command: [String], _ agent: TestAgent, by tidelock: String = Products.tidelock,
      options: [String] = []
    ) -> Program {
      Program(
        tidelock, ["doctor", "--socket", agent.socket] + options + ["--"] + command,
        ["XDG_RUNTIME_DIR": agent.runtimeDirectory])
    }

    static func line(_ program: Program, _ subject: String) -> String? {
      program.lines.last { $0.hasPrefix(subject + " ") }
        .map { String($0.dropFirst(subject.count).drop { $0 == " " }) }
    }

    @Test func whatCanBeSwapped() {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: 64))
      let program = Self.looked(
        at: [Products.client("worker"), "memory=40", "rounds=60", "pause=50", "status=7"], agent)
      #expect(program.finish(within: 20) == .exited(7), "\(program.lines)")
      #expect(program.lines.contains("intact"))
      #expect(Self.line(program, "GPU") == "used by 1 process")
      // A context and a module of it stay: one MiB here.
      let swappable = Self.line(program, "swappable")
      #expect(swappable?.hasPrefix("40 MiB of 41") == true, "\(program.lines)")
      let rest = Self.line(program, "rest")?.wholeMatch(of: /came (\d+) of (\d+) times.*/)
      #expect(rest?.1 == rest?.2 && (rest.flatMap { Int($0.1) } ?? 0) >= 2, "\(program.lines)")
      #expect(Self.line(program, "pinned by") == nil && Self.line(program, "no rest") == nil)
      #expect(agent.status()?.workloads.isEmpty == true)
    }

    @Test func whatStaysAndWhy() throws {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: 64))
      let program = Self.looked(
        at: [Products.client("worker"), "memory=8", "rounds=20", "pause=20", "pin=1"], agent,
        options: ["--json"])
      #expect(program.finish(within: 20) == .exited(0), "\(program.lines)")
      let json = program.lines.drop { $0 != "{" }.joined(separator: "\n")
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
      let calls = try #require(object["pinnedBy"] as? [[String: Any]])
      #expect(calls.map { $0["name"] as? String } == ["cuMemAllocManaged"])
      #expect(calls.first?["calls"] as? Int == 1 && calls.first?["unknown"] as? Bool == false)
      #expect(calls.first?["askedBytes"] as? Int == 2 << 20)
      #expect(object["swappablePercent"] as? Int == 0)
      #expect(object["movableBytes"] as? Int == 8 << 20)
    }

    @Test func namesThatAreNewer() throws {
      let place = try NewerDriverTests.Place()
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: 64))
      let program = Self.looked(at: [place.program], agent, by: place.tidelock)
      #expect(program.says(within: 15) { $0 == "newer 0 1" }, "\(program.lines)")
      #expect(poll(5) { agent.status()?.workloads.first?.state == "unswappable" })
      if let number = agent.status()?.workloads.first?.pid { kill(number, SIGKILL) }
      #expect(program.finish(within: 20) == .exited(128 + SIGKILL), "\(program.lines)")
      #expect(
        Self.line(program, "pinned by")?.hasPrefix("cuNewerThanThis, 1 call: newer") == true,
        "\(program.lines)")
    }

    /// A capture that stays open is a moment at which a program cannot come to rest.
    @Test func momentsWithoutRest() {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: 64))
      let steps = Products.scratch + "/tidelock-steps-\(UUID().uuidString)"
      defer { for step in 1...2 { unlink("\(steps).\(step)") } }
      let program = Self.looked(at: [Products.client("promise"), "capture", steps, "8"], agent)
      #expect(program.says(within: 15) { $0 == "at 1" }, "\(program.lines)")
      // Long enough for one try, which waits a second for a capture to end.
      #expect(stays(for: 2.5) { program.isRunning })
      for step in 1...2 {
        _ = FileManager.default.createFile(atPath: "\(steps).\(step)", contents: nil)
      }
      #expect(program.finish(within: 15) == .exited(0), "\(program.lines)")
      #expect(program.lines.contains("intact"))
      #expect(
        Self.line(program, "no rest")?.hasSuffix("a stream was capturing") == true,
        "\(program.lines)")
    }

    @Test func programsThatUseNoGPUOrAreNotThere() {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: 64))
      let shell = Self.looked(at: ["/bin/sh", "-c", "kill -KILL $$"], agent)
      #expect(shell.finish(within: 10) == .exited(128 + SIGKILL), "\(shell.lines)")
      #expect(Self.line(shell, "GPU")?.hasPrefix("not used") == true, "\(shell.lines)")
      let missing = Self.looked(at: ["/no/such/program"], agent)
      #expect(missing.finish(within: 10) == .exited(127), "\(missing.lines)")
      #expect(missing.output.contains("command not found"), "\(missing.lines)")
    }
  }
}
