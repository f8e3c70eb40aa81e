import Foundation
import Testing

extension EndToEnd {
  /// Wrong words, wrong places: each a clear error.
  @Suite(.enabled(if: Products.haveAgent)) struct CommandTests {
    static func tidelock(_ words: [String], _ environment: [String: String] = [:]) -> Program {
      Program(Products.tidelock, words, environment)
    }

    /// It ends with an error of its own and says `words`.
    static func refuses(_ program: Program, saying words: String...) {
      let ending = program.finish(within: 10)
      if case .exited(let code) = ending {
        #expect(code != 0, "\(program.lines)")
      } else {
        Issue.record("\(ending): \(program.lines)")
      }
      for word in words { #expect(program.output.contains(word), "no \(word) in \(program.lines)") }
    }

    @Test func unknownWordsAndQuantities() {
      Self.refuses(Self.tidelock(["run", "--bogus", "true"]), saying: "--bogus")
      Self.refuses(Self.tidelock(["run", "--limit", "12Q", "true"]), saying: "12Q")
      Self.refuses(Self.tidelock(["agent", "--pool-size", "much"]), saying: "much")
      Self.refuses(Self.tidelock(["run", "--class", "royal", "true"]), saying: "royal")
      Self.refuses(Self.tidelock(["frobnicate"]), saying: "frobnicate")
    }

    @Test func noAgent() {
      let socket = Products.scratch + "/no-such-agent.sock"
      Self.refuses(Self.tidelock(["run", "--socket", socket, "true"]), saying: socket)
      Self.refuses(Self.tidelock(["status", "--socket", socket]), saying: socket)
    }

    @Test func secondAgentNamesTheFirst() {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: 64))
      let simulated = "\(agent.gpu.parameters),count=1,path=\(agent.gpu.path)"
      for socket in [agent.socket, agent.socket + ".other"] {
        let second = Self.tidelock([
          "agent", "--simulated-gpu", simulated, "--socket", socket, "--pool-size", "64Mi",
        ])
        Self.refuses(second, saying: "\(agent.program.processID)")
      }
      #expect(agent.status() != nil, "the first agent must not suffer")
    }

    @Test func socketPathNotOurs() {
      let file = Products.scratch + "/tidelock-not-ours-\(UUID().uuidString)"
      _ = FileManager.default.createFile(atPath: file, contents: Data("mine".utf8))
      defer { unlink(file) }
      let gpu = SimulatedGPU(memoryMiB: 64)
      defer { withExtendedLifetime(gpu) {} }
      let simulated = "\(gpu.parameters),count=1,path=\(gpu.path)"
      let agent = Self.tidelock(["agent", "--simulated-gpu", simulated, "--socket", file])
      Self.refuses(agent, saying: file)
      #expect((try? String(contentsOfFile: file, encoding: .utf8)) == "mine")
      let nowhere = "/proc/tidelock/agent.sock"
      Self.refuses(
        Self.tidelock(["agent", "--simulated-gpu", simulated, "--socket", nowhere]),
        saying: "/proc/tidelock")
    }

    @Test func garbageFrames() {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: 64))
      let worker = agent.worker("worker", "memory=40", "rounds=100", "pause=10")
      #expect(poll(20) { worker.round >= 3 })
      let garbage = Program(Products.client("garbage"), [agent.socket])
      #expect(garbage.finish(within: 10) == .exited(0), "\(garbage.lines)")
      #expect(agent.status() != nil)
      AbuseTests.intact(worker)
    }

    @Test func statusAndSignalsAreTheProgramsOwn() {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: 64))
      let run = { (script: String) in
        Self.tidelock(["run", "--socket", agent.socket, "--", "/bin/sh", "-c", script])
      }
      #expect(run("exit 42").finish(within: 10) == .exited(42))
      #expect(run("kill -KILL $$").finish(within: 10) == .signalled(SIGKILL))
    }
  }
}
