import Foundation
import Testing

extension EndToEnd {
  /// Programs that nothing is preloaded into: they must not run as if.
  @Suite(.enabled(if: Products.haveAgent)) struct StaticProgramTests {
    /// Becomes the program that its words name.
    static let launcher = """
      #include <unistd.h>
      int main(int count, char **words) { return count < 2 ? 0 : execvp(words[1], words + 1); }
      """

    /// Compiled with `options`, and a script beside it that it would read.
    static func compile(_ options: [String]) throws -> (program: String, script: String) {
      let program = Products.scratch + "/tidelock-static-\(UUID().uuidString)"
      try launcher.write(toFile: program + ".c", atomically: true, encoding: .utf8)
      let compiled = Program("/usr/bin/env", ["cc", program + ".c", "-o", program] + options)
      #expect(compiled.finish(within: 20) == .exited(0), "\(compiled.lines)")
      unlink(program + ".c")
      let script = program + ".sh"
      try "#!\(program)\n".write(toFile: script, atomically: true, encoding: .utf8)
      chmod(script, 0o755)
      return (program, script)
    }

    @Test(arguments: ["-static", "-static-pie"])
    func staticIsRefused(option: String) throws {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: AbuseTests.memoryMiB))
      let (program, script) = try Self.compile([option])
      defer { for file in [program, script] { unlink(file) } }
      for command in [program, script] {
        let refused = CommandTests.tidelock(["run", "--socket", agent.socket, command])
        #expect(refused.finish(within: 10) == .exited(125), "\(refused.lines)")
        for word in [program, "statically", "tidelock run -- env \(command)"] {
          #expect(refused.output.contains(word), "no \(word) in \(refused.lines)")
        }
      }
    }

    /// What a static launcher starts is reached as ever, once it is said that this is meant.
    @Test func whatAStaticLauncherStartsIsReached() throws {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: AbuseTests.memoryMiB))
      let (program, script) = try Self.compile(["-static"])
      defer { for file in [program, script] { unlink(file) } }
      let worker = [Products.client("worker"), "memory=8", "rounds=20", "linger=60000"]
      let words = ["run", "--socket", agent.socket, "--name", "launched", "--", "env", program]
      let started = CommandTests.tidelock(words + worker)
      #expect(started.says(within: 20) { $0 == "intact" }, "\(started.lines)")
      #expect(agent.status()?.workload("launched")?.state == "resident", "\(started.lines)")
      started.signal(SIGKILL)
      _ = started.finish(within: 5)
    }

    /// One that becomes somebody else is as closed, unless it is that already.
    @Test(.enabled(if: getuid() == 0, "needs root, to give a file away"))
    func whoChangesItsRightsIsRefused() throws {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: AbuseTests.memoryMiB))
      let (program, script) = try Self.compile([])
      defer { for file in [program, script] { unlink(file) } }
      chmod(program, 0o4755)
      let own = CommandTests.tidelock(["run", "--socket", agent.socket, program])
      #expect(own.finish(within: 10) == .exited(0), "\(own.lines)")
      let others: [(user: uid_t, group: gid_t, mode: mode_t)] = [
        (65534, 0, 0o4755), (0, 65534, 0o2755),
      ]
      for other in others {
        chown(program, other.user, other.group)
        chmod(program, other.mode)
        for command in [program, script] {
          let refused = CommandTests.tidelock(["run", "--socket", agent.socket, command])
          #expect(refused.finish(within: 10) == .exited(125), "\(refused.lines)")
          #expect(refused.output.contains("rights of another user"), "\(refused.lines)")
        }
      }
    }

    /// A loader, too, names none; but it links what it is started with.
    @Test func aLoaderIsNoStaticProgram() throws {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: AbuseTests.memoryMiB))
      let loader = "/lib64/ld-linux-x86-64.so.2"
      let worker = [Products.client("worker"), "memory=8", "rounds=20"]
      let words = ["run", "--socket", agent.socket, "--name", "loaded", "--", loader]
      AbuseTests.intact(CommandTests.tidelock(words + worker))
    }
  }
}
