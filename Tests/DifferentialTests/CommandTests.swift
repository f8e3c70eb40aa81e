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

    /// 0 where Tidelock can work, 1 where it cannot: a command without the objects beside it.
    @Test func doctorEndsWithWhatItFound() throws {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: 64))
      let words = ["doctor", "--json", "--socket", agent.socket]
      let whole = Program(Products.tidelock, words, agent.gpu.environment)
      #expect(whole.finish(within: 10) == .exited(0), "\(whole.lines)")
      #expect(whole.output.contains(#""usable": true"#), "\(whole.lines)")
      #expect(whole.output.contains("at \(agent.socket)"), "\(whole.lines)")
      let alone = Products.scratch + "/tidelock-alone-\(UUID().uuidString)"
      try FileManager.default.copyItem(atPath: Products.tidelock, toPath: alone)
      defer { unlink(alone) }
      let lacking = Program(alone, words, agent.gpu.environment)
      #expect(lacking.finish(within: 10) == .exited(1), "\(lacking.lines)")
      #expect(lacking.output.contains("libcuda.so.1 is missing"), "\(lacking.lines)")
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

    @Test func pausedNobodyIsSwappedOut() throws {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: 64))
      let workers = ["one", "two"].map { agent.worker($0, "memory=40", "rounds=150", "pause=5") }
      #expect(poll(20) { workers.allSatisfy { $0.round >= 3 } })
      let pause = Self.tidelock(["pause", "--socket", agent.socket])
      #expect(pause.finish(within: 20) == .exited(0), "\(pause.lines)")
      let before = try #require(agent.status())
      let rounds = workers.map(\.round)
      let goesOn = { (index: Int) in workers[index].round >= rounds[index] + 40 }
      #expect(poll(20) { goesOn(0) || goesOn(1) })
      let waiter = goesOn(0) ? 1 : 0
      let after = try #require(agent.status())
      #expect(after.workloads.map(\.swapsOut) == before.workloads.map(\.swapsOut))
      #expect(workers[waiter].round <= rounds[waiter] + 1, "the other one waits")
      let table = Self.tidelock(["status", "--socket", agent.socket])
      #expect(table.finish(within: 10) == .exited(0))
      #expect(table.output.contains("waiting, swapping is paused, until: tidelock resume"))
      let resume = Self.tidelock(["resume", "--socket", agent.socket])
      #expect(resume.finish(within: 10) == .exited(0), "\(resume.lines)")
      for worker in workers { AbuseTests.intact(worker) }
    }

    /// Without systemd the package's removal leaves the agent to who started it, paused or not as
    /// it was. The package's own script, with our places in it.
    @Test(arguments: [false, true])
    func theRemovalLeavesAPauseAsItWas(isPaused: Bool) throws {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: 64))
      if isPaused {
        let pause = Self.tidelock(["pause", "--socket", agent.socket])
        #expect(pause.finish(within: 10) == .exited(0), "\(pause.lines)")
      }
      var script = try String(
        contentsOfFile: Products.root + "/Packaging/debian/prerm", encoding: .utf8)
      for (place, ours) in [
        ("/run/tidelock/agent.sock", agent.socket), ("/run/systemd/system", "/no/systemd"),
        ("/usr/share/tidelock", "/no/such/share"),
      ] {
        #expect(script.contains(place))
        script = script.replacingOccurrences(of: place, with: ours)
      }
      let path = ["PATH": "\(Products.build)/bin:\(Products.environment["PATH"] ?? "/usr/bin")"]
      let removal = Program("/bin/sh", ["-c", script, "prerm", "remove"], path)
      #expect(removal.finish(within: 20) == .exited(0), "\(removal.lines)")
      #expect(agent.shown.contains("\npaused: ") == isPaused, "\(agent.shown)")
      unlink(agent.socket + ".paused")
    }

    /// Once, for a person; what goes into files and pipes is the program's alone.
    @Test func whatAProgramWaitsForIsToldToATerminal() {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: 64))
      let holder = agent.worker("holder", "memory=40", "rounds=4000", "pause=5")
      #expect(poll(20) { holder.round >= 3 })
      let paused = Self.tidelock(["pause", "--socket", agent.socket])
      #expect(paused.finish(within: 20) == .exited(0))
      let inTerminal = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"
      let words =
        ["run", "--socket", agent.socket, "--", Products.client("worker")]
        + ["memory=40", "rounds=10"]
      let watched = ["python3", "-c", inTerminal, Products.tidelock] + words
      let silent = [
        Self.tidelock(words), Program("/usr/bin/env", ["TIDELOCK_QUIET=1"] + watched),
      ]
      #expect(poll(20) { agent.status()?.workloads.count == 3 })
      // It comes last: when it is told, the others would have been.
      let loud = Program("/usr/bin/env", watched)
      let told = "tidelock: waiting for the GPU: swapping is paused, until `tidelock resume`"
      #expect(poll(20) { loud.output.contains(told) }, "\(loud.lines)")
      holder.signal(SIGKILL)
      _ = holder.finish(within: 5)
      let resume = Self.tidelock(["resume", "--socket", agent.socket])
      #expect(resume.finish(within: 10) == .exited(0))
      for worker in silent + [loud] {
        #expect(worker.finish(within: 40) == .exited(0) && worker.output.contains("intact"))
      }
      for worker in silent { #expect(!worker.output.contains("tidelock:"), "\(worker.lines)") }
      #expect(loud.output.components(separatedBy: "tidelock:").count == 2, "\(loud.lines)")
    }

    @Test func exitStatusesAreThoseOfThePage() throws {
      let page = try String(contentsOfFile: Products.root + "/docs/exit-status.md", encoding: .utf8)
      let documented = Set(page.matches(of: /\n\| (\d+) \|/).compactMap { Int32($0.1) })
      #expect(documented == [0, 1, 64, 125, 126, 127])
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: 64))
      let here = ["--socket", agent.socket]
      let nowhere = ["--socket", Products.scratch + "/no-such-agent.sock"]
      let table: [([String], Int32)] = [
        (["status"] + here, 0), (["status"] + nowhere, 1), (["pause"] + nowhere, 1),
        (["doctor", "--limit"], 64), (["run", "--limit", "1Q", "true"], 64), (["nonsense"], 64),
        (["run"] + here + ["true"], 0), (["run"] + nowhere + ["true"], 125),
        (["run"] + here + ["--request", "1Ti", "--limit", "1Ti", "true"], 125),
        (["run"] + here + ["/etc/passwd"], 126), (["run"] + here + ["/no/such/program"], 127),
      ]
      for (words, status) in table {
        let program = Self.tidelock(words)
        #expect(program.finish(within: 10) == .exited(status), "\(words): \(program.lines)")
      }
      agent.program.signal(SIGTERM)
      #expect(agent.program.finish(within: 5) == .exited(0))
      #expect(!Products.exists(agent.socket), "an agent that ends takes its socket along")
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
