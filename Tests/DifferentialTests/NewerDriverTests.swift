import Foundation
import Testing

extension EndToEnd {
  /// A driver that is newer than Tidelock.
  @Suite(.enabled(if: Products.haveAgent)) struct NewerDriverTests {
    /// An installation whose simulated driver has one more name, and a program linked to that name.
    final class Place {
      let path = Products.scratch + "/tidelock-newer-\(UUID().uuidString.prefix(8))"
      var tidelock: String { path + "/bin/tidelock" }
      var program: String { path + "/program" }

      init() throws {
        let files = FileManager.default
        let simulated = path + "/lib/tidelock/simulated"
        for folder in [path + "/bin", simulated, path + "/run"] {
          try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        }
        try files.copyItem(atPath: Products.tidelock, toPath: tidelock)
        try files.copyItem(atPath: Products.interposer, toPath: path + "/lib/tidelock/libcuda.so.1")
        try Data().write(to: URL(fileURLWithPath: path + "/lib/tidelock/ld.so.preload"))
        // The driver under another name, and in its place one that needs it.
        var driver = try Data(
          contentsOf: URL(fileURLWithPath: Products.simulated + "/libcuda.so.1"))
        let (name, other) = (Data("libcuda.so.1\0".utf8), Data("libcudb.so.1\0".utf8))
        while let range = driver.range(of: name) { driver.replaceSubrange(range, with: other) }
        try driver.write(to: URL(fileURLWithPath: simulated + "/libcudb.so.1"))
        try source(
          "newer.c", "int cuNewerThanThis(long a, double b) { return a == 5 && b == 2.5; }")
        try compile(
          "-shared", "-fPIC", "-Wl,-soname,libcuda.so.1", "-Wl,--no-as-needed",
          "-Wl,-rpath,$ORIGIN", path + "/newer.c", simulated + "/libcudb.so.1", "-o",
          simulated + "/libcuda.so.1")
        try source(
          "program.c",
          """
          #include <stdio.h>
          #include <unistd.h>
          int cuInit(unsigned), cuCtxCreate_v2(void **, unsigned, int);
          int cuMemAlloc_v2(unsigned long *, unsigned long), cuNewerThanThis(long, double);
          int main(void) {
            void *context;
            unsigned long address;
            int code = cuInit(0);
            code += cuCtxCreate_v2(&context, 0, 0) + cuMemAlloc_v2(&address, 1 << 20);
            printf("newer %d %d\\n", code, cuNewerThanThis(5, 2.5));
            fflush(stdout);
            for (;;) pause();
          }
          """)
        try compile(
          path + "/program.c", simulated + "/libcuda.so.1", simulated + "/libcudb.so.1",
          "-Wl,-rpath," + simulated, "-Wl,-z,now", "-o", program)
      }
      deinit { try? FileManager.default.removeItem(atPath: path) }

      private func source(_ name: String, _ text: String) throws {
        try text.write(toFile: path + "/" + name, atomically: true, encoding: .utf8)
      }

      private func compile(_ words: String...) throws {
        let compiler = Program("/usr/bin/cc", ["-O1"] + words)
        try #require(compiler.finish(within: 30) == .exited(0), "\(compiler.lines)")
      }

      func run(_ words: [String]) -> Program {
        Program(tidelock, words, ["XDG_RUNTIME_DIR": path + "/run"])
      }
    }

    /// A program linked to a name that the interposer lacks starts, reaches the driver through the
    /// generic way, and is named.
    @Test func whoIsLinkedToANewerNameStarts() throws {
      let place = try Place()
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: 64))
      let linked = place.run([
        "run", "--socket", agent.socket, "--name", "linked", "--", place.program,
      ])
      #expect(linked.says(within: 15) { $0 == "newer 0 1" }, "\(linked.lines)")
      #expect(linked.output.contains("1 function (cuNewerThanThis)"), "\(linked.lines)")
      #expect(poll(5) { agent.status()?.workload("linked")?.state == "unswappable" })
      #expect(agent.shown.contains("cuNewerThanThis"), "\(agent.shown)")
      linked.signal(SIGKILL)
    }

    /// The other ways to start programs bring the same object.
    @Test func environmentAndContainersHaveIt() throws {
      let place = try Place()
      let gpu = SimulatedGPU(memoryMiB: 64)
      let agent = TestAgent(gpu: gpu)
      let simulated = ["--simulated-gpu", "path=\(gpu.path)"]
      let script = "eval \"$(\"$0\" env \"$@\")\" && exec \(place.program)"
      let shell = Program(
        "/bin/sh", ["-c", script, place.tidelock, "--socket", agent.socket] + simulated,
        ["XDG_RUNTIME_DIR": place.path + "/run"])
      #expect(shell.says(within: 15) { $0 == "newer 0 1" }, "\(shell.lines)")
      shell.signal(SIGKILL)
      // Root's goes where nobody else can change it.
      let data = "\(NSHomeDirectory())/.tidelock-newer-\(UUID().uuidString.prefix(8))"
      defer { try? FileManager.default.removeItem(atPath: data) }
      // A specification may be printed before there is an agent.
      let cdi = Program(
        place.tidelock, ["cdi", "--socket", place.path + "/run/agent.sock"] + simulated,
        ["XDG_DATA_HOME": data])
      #expect(cdi.finish(within: 10) == .exited(0))
      #expect(cdi.output.contains("\(data)/tidelock/forward"), "\(cdi.lines)")
      let list = try String(
        contentsOfFile: data + "/tidelock/forward/ld.so.preload", encoding: .utf8)
      let object = list.split(separator: "\n").last?.split(separator: "/").last
      #expect(
        FileManager.default.fileExists(atPath: "\(data)/tidelock/forward/\(object ?? "none")"))
    }

    /// Other programs of that machine notice nothing, and without a place to write one is told.
    @Test func othersAreAsBefore() throws {
      let place = try Place()
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: 64))
      let shell = place.run([
        "run", "--socket", agent.socket, "--", "/bin/sh", "-c", "echo $((6*7))",
      ])
      #expect(shell.finish(within: 10) == .exited(0))
      #expect(shell.lines.last == "42", "\(shell.lines)")
      try FileManager.default.removeItem(atPath: place.path + "/run/tidelock")
      try Data().write(to: URL(fileURLWithPath: place.path + "/run/tidelock"))
      let told = place.run(["run", "--socket", agent.socket, "--", "/bin/true"])
      #expect(told.finish(within: 10) == .exited(0))
      #expect(told.output.contains("cuNewerThanThis"), "\(told.lines)")
      #expect(told.output.contains("XDG_RUNTIME_DIR"), "\(told.lines)")
    }
  }
}
