import Foundation
import Testing

extension EndToEnd {
  /// What NVML tells a program: its own share of the GPU, which no neighbour moves.
  @Suite(.enabled(if: Products.haveAgent)) struct ManagementTests {
    static let python = Products.root + "/.venv/bin/python"
    static let hasPackage =
      Program(python, ["-c", "import pynvml"]).finish(within: 20) == .exited(0)
    static let fetch: Comment = "nvidia-ml-py is not here: run make setup"

    /// Holds memory, or nothing, and prints what NVML says each time a line is asked of it: memory
    /// in both versions, then each list of processes, by pynvml and by the names underneath.
    static let script = """
      import ctypes, os, sys, time, pynvml
      from pynvml import *
      steps, mib = sys.argv[1], int(sys.argv[2])
      if mib:
        cuda = ctypes.CDLL("libcuda.so.1")
        def must(name, *words):
          answer = getattr(cuda, name)(*words)
          if answer: sys.exit(f"{name} {answer}")
        context, block = ctypes.c_void_p(), ctypes.c_uint64()
        must("cuInit", 0)
        must("cuCtxCreate_v2", ctypes.byref(context), 0, 0)
        must("cuMemAlloc_v2", ctypes.byref(block), ctypes.c_size_t(mib << 20))
        must("cuMemsetD8_v2", block, 7, ctypes.c_size_t(mib << 20))
        must("cuCtxSynchronize")
      nvmlInit()
      device = nvmlDeviceGetHandleByIndex(0)
      def memory():
        one = nvmlDeviceGetMemoryInfo(device)
        two = nvmlDeviceGetMemoryInfo(device, version=nvmlMemory_v2)
        return [[m.total, m.free, m.used] for m in (one, two)] + [two.reserved]
      def raw(name, stride):
        count, room = ctypes.c_uint(0), ctypes.create_string_buffer(stride * 8)
        function = getattr(pynvml.nvmlLib, name)
        asked = function(device, ctypes.byref(count), None)
        listed, count.value = count.value, 8
        answer = function(device, ctypes.byref(count), room)
        assert (asked, answer, count.value) == (7 if listed else 0, 0, listed), (asked, answer)
        words = lambda at: (int.from_bytes(room[at:at + 4], "little"),
                            int.from_bytes(room[at + 8:at + 16], "little"))
        return [words(stride * i) for i in range(listed)]
      def lists():
        found = {}
        for kind in ("Compute", "Graphics", "MPSCompute"):
          for version in ("", "_v2", "_v3"):
            found[kind + version] = raw(f"nvmlDeviceGet{kind}RunningProcesses{version}",
                                        24 if version else 16)
        by_mode = []
        for mode in (0, 1, 2):
          answer = nvmlDeviceGetRunningProcessDetailList(device, nvmlProcessDetailList_v1, mode)
          by_mode.append([(p.pid, p.usedGpuMemory) for p in answer])
        own = [(p.pid, p.usedGpuMemory) for p in nvmlDeviceGetComputeRunningProcesses(device)]
        return found, by_mode, own
      def show():
        found, by_mode, own = lists()
        mine = [(os.getpid(), mib << 20)] if mib else []
        same = all(found["Compute" + v] == mine for v in ("", "_v2", "_v3"))
        none = all(not found[k + v] for k in ("Graphics", "MPSCompute") for v in ("", "_v2", "_v3"))
        print("lists", same and none and own == mine and by_mode == [mine, [], []], found, by_mode,
              flush=True)
        print("memory", *memory(), flush=True)
      show()
      for step in range(1, 3):
        print("at", step, flush=True)
        while not os.path.exists(f"{steps}.{step}"): time.sleep(0.005)
        show()
      """

    static func client(
      _ agent: TestAgent, mib: Int, options: [String] = []
    ) -> (program: Program, steps: String) {
      let steps = Products.scratch + "/tidelock-steps-\(UUID().uuidString)"
      let command = [Self.python, "-c", Self.script, steps, "\(mib)"]
      let program = Program(
        Products.tidelock,
        ["run", "--socket", agent.socket, "--name", "asker"] + options + ["--"] + command)
      return (program, steps)
    }

    static func memory(_ program: Program) -> [String] {
      program.lines.filter { $0.hasPrefix("memory ") }
    }

    /// The same before, while swapped out, and after; as `cuMemGetInfo` has it.
    @Test(.enabled(if: hasPackage, fetch), arguments: [nil, "48Mi"])
    func theShareIsTheProgramsOwn(limit: String?) throws {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: AbuseTests.memoryMiB))
      let (program, steps) = Self.client(
        agent, mib: 40, options: limit.map { ["--limit", $0] } ?? [])
      defer { for step in 1...2 { unlink("\(steps).\(step)") } }
      #expect(program.says(within: 20) { $0 == "at 1" }, "\(program.lines)")
      let rival = agent.rival(mib: 40)
      let isOut = { (agent.status()?.workload("asker")?.swappedBytes ?? 0) > 0 }
      #expect(poll(20, until: isOut), "\(rival.lines)")
      _ = FileManager.default.createFile(atPath: "\(steps).1", contents: nil)
      #expect(program.says(within: 20) { $0 == "at 2" }, "\(program.lines)")
      #expect(isOut(), "\(program.lines)")
      rival.signal(SIGKILL)
      _ = rival.finish(within: 5)
      _ = FileManager.default.createFile(atPath: "\(steps).2", contents: nil)
      #expect(program.finish(within: 20) == .exited(0), "\(program.lines)")
      let shown = Self.memory(program)
      #expect(shown.count == 3 && Set(shown).count == 1, "\(program.lines)")
      let status = try #require(agent.status()?.gpus.first)
      let total = limit == nil ? status.capacityBytes - status.reservedBytes : 48 << 20
      let used: UInt64 = 40 << 20
      let triple = "[\(total), \(total - used), \(used)]"
      #expect(shown.first == "memory \(triple) \(triple) 0")
      #expect(program.lines.filter { $0.hasPrefix("lists True") }.count == 3, "\(program.lines)")
    }

    /// What never starts the driver, like nvidia-smi, sees what a program would be shown.
    @Test(.enabled(if: hasPackage, fetch), arguments: [nil, "48Mi"])
    func whoHoldsNothingSeesAnEmptyShare(limit: String?) throws {
      let agent = TestAgent(gpu: SimulatedGPU(memoryMiB: AbuseTests.memoryMiB))
      let rival = agent.rival(mib: 40)
      #expect(poll(20) { rival.round >= 3 })
      let (program, steps) = Self.client(
        agent, mib: 0, options: limit.map { ["--limit", $0] } ?? [])
      defer { for step in 1...2 { unlink("\(steps).\(step)") } }
      for step in 1...2 {
        _ = FileManager.default.createFile(atPath: "\(steps).\(step)", contents: nil)
      }
      #expect(program.finish(within: 20) == .exited(0), "\(program.lines)")
      let status = try #require(agent.status()?.gpus.first)
      let total = limit == nil ? status.capacityBytes - status.reservedBytes : 48 << 20
      let triple = "[\(total), \(total), 0]"
      #expect(Set(Self.memory(program)) == ["memory \(triple) \(triple) 0"], "\(program.lines)")
      #expect(program.lines.filter { $0.hasPrefix("lists True") }.count == 3, "\(program.lines)")
      rival.signal(SIGKILL)
      _ = rival.finish(within: 5)
    }
  }
}
