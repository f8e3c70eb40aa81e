import Foundation
import Testing

extension EndToEnd {
  /// A program of a C library of 2020 (glibc 2.31, where threads and dlopen are libraries of their
  /// own) under an agent: admitted, with its listener, until it ends.
  @Suite(
    .enabled(
      if: Products.haveAgent && Products.haveDebian11,
      "Debian 11's programs are not here: make setup fetches them")) struct OldLibraryTests
  {
    static let root = Products.root + "/.build/debian11/root"

    /// A driver that needs nothing of a newer C library and is the agent's GPU by name.
    static func driver(of agent: TestAgent, in folder: String) throws -> String {
      let status = Program(
        Products.tidelock, ["status", "--json", "--socket", agent.socket])
      #expect(status.finish(within: 5) == .exited(0))
      let uuid = try #require(status.output.firstMatch(of: /"uuid" ?: ?"(?:GPU-)?([0-9a-f-]+)"/)?.1)
      let hexadecimal = Array(uuid.filter { $0 != "-" })
      #expect(hexadecimal.count == 32)
      let bytes = stride(from: 0, to: hexadecimal.count - 1, by: 2)
        .map { "0x\(hexadecimal[$0])\(hexadecimal[$0 + 1])" }.joined(separator: ", ")
      let source = folder + "/driver.c"
      try """
      int cuInit(unsigned flags) { return (int)flags; }
      int cuDriverGetVersion(int *version) { return *version = 13000, 0; }
      int cuDeviceGetCount(int *count) { return *count = 1, 0; }
      int cuDeviceGet(int *device, int number) { return *device = number, 0; }
      int cuDeviceTotalMem_v2(unsigned long *bytes, int device) {
        return *bytes = 64ul << 20, device;
      }
      int cuDeviceGetAttribute(int *value, int attribute, int device) {
        return *value = attribute == 102, device;
      }
      int cuDeviceGetUuid_v2(unsigned char *uuid, int device) {
        static const unsigned char own[] = {\(bytes)};
        for (int i = 0; i < 16; i++) uuid[i] = own[i];
        return device;
      }
      int cuDeviceGetUuid(unsigned char *uuid, int device) {
        return cuDeviceGetUuid_v2(uuid, device);
      }
      """.write(toFile: source, atomically: true, encoding: .utf8)
      let path = folder + "/libcuda.so.1"
      let compiled = Program(
        "/usr/bin/env",
        ["cc", "-shared", "-fPIC", "-Wl,-soname,libcuda.so.1", source, "-o", path])
      #expect(compiled.finish(within: 20) == .exited(0), "\(compiled.lines)")
      return path
    }

    @Test func aProgramIsAdmittedForksAndEnds() throws {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: 64))
      let folder = agent.runtimeDirectory
      let driver = try Self.driver(of: agent, in: folder)
      let script = """
        import ctypes, os, threading, time
        cuda = ctypes.CDLL("libcuda.so.1")
        print("init", cuda.cuInit(0), flush=True)
        thread = threading.Thread(target=cuda.cuInit, args=(0,))
        thread.start()
        thread.join()
        child = os.fork()
        if child == 0:
          os._exit(cuda.cuInit(0))
        print("child", os.waitpid(child, 0)[1] >> 8, flush=True)
        while not os.path.exists("\(folder)/end"):
          time.sleep(0.01)
        print("tasks", len(os.listdir("/proc/self/task")))
        """
      let libraries = ["/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu"].map { Self.root + $0 }
      let program = Program(
        libraries[0] + "/ld-linux-x86-64.so.2",
        [
          "--library-path", libraries.joined(separator: ":"), "--preload", Products.interposer,
          Self.root + "/usr/bin/python3.9", "-c", script,
        ],
        [
          "PYTHONHOME": Self.root + "/usr", "TIDELOCK_LIBCUDA": driver,
          "TIDELOCK_SOCKET": agent.socket,
        ])
      #expect(program.says(within: 20) { $0.hasPrefix("child ") }, "\(program.lines)")
      #expect(agent.status()?.workloads.map(\.pid) == [program.processID], "\(program.lines)")
      #expect(FileManager.default.createFile(atPath: folder + "/end", contents: nil))
      #expect(program.finish(within: 10) == .exited(0), "\(program.lines)")
      // 3: a child of one that is initialised has no driver, as without Tidelock. Its own thread,
      // the listener and the mover.
      #expect(program.lines == ["init 0", "child 3", "tasks 3"], "\(program.lines)")
      AbuseTests.settled(agent)
    }
  }
}
