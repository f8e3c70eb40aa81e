import ControlAPI
import Testing

/// Machines that were made up: what the doctor says of each.
@Suite struct DoctorTests {
  /// One that has everything: a discrete GPU of 24 GiB, four times that in RAM, an agent.
  static func machine() -> MachineSnapshot {
    var library = DriverReading.Library(
      path: "/usr/lib/x86_64-linux-gnu/libcuda.so.1", initialisation: 0)
    library.version = 12_040
    library.devices = [DriverReading.Device(name: "NVIDIA L4")]
    var machine = MachineSnapshot(
      kernelRelease: "6.1.0-18-amd64", libcVersion: "2.36", driver: .present(library),
      management: .present(
        driverVersion: "550.54.14",
        devices: [ManagementReading.Device(uuid: "GPU-1", totalBytes: 24 << 30)]),
      agent: .present(socket: "/run/tidelock/agent.sock", processID: 7, workloads: 2))
    machine.totalBytes = 96 << 30
    machine.usableBytes = 80 << 30
    machine.displayVendors = [0x10DE]
    machine.parts = [
      PartReading(name: "interposer", path: "/lib/i.so", exists: true, isNeeded: true),
      PartReading(name: "simulated driver", path: "/lib/s.so", exists: true, isNeeded: false),
    ]
    return machine
  }

  static func driver(
    _ machine: inout MachineSnapshot, _ body: (inout DriverReading.Library) -> Void
  ) {
    guard case .present(var library) = machine.driver else { return }
    body(&library)
    machine.driver = .present(library)
  }

  /// The one finding about `subject` on a machine that differs in this way, and whether Tidelock
  /// can still be used there. Nothing else may be found wrong with it.
  static func finding(
    _ subject: String, others: Set<String> = [], _ change: (inout MachineSnapshot) -> Void
  ) throws -> (Finding, isUsable: Bool) {
    var machine = machine()
    change(&machine)
    let report = DoctorReport(machine)
    let wrong = report.findings.filter { $0.verdict != .fine }.map(\.subject)
    #expect(Set(wrong) == others.union([subject]))
    let finding = try #require(report.findings.first { $0.subject == subject })
    #expect(!finding.consequence.isEmpty && !finding.remedy.isEmpty, "says neither why nor how")
    return (finding, report.isUsable)
  }

  @Test func nothingIsWrongWithAGoodMachine() {
    let report = DoctorReport(Self.machine())
    #expect(report.isUsable)
    #expect(report.findings.allSatisfy { $0.verdict == .fine && $0.remedy.isEmpty })
    let subjects = report.findings.map(\.subject)
    #expect(Set(subjects).count == subjects.count)
  }

  @Test func windowsBelow() throws {
    let (byKernel, isUsable) = try Self.finding("WSL2") {
      $0.kernelRelease = "6.6.87.2-microsoft-standard-WSL2"
    }
    #expect(isUsable && byKernel.consequence.contains("nobody has run Tidelock on WSL2"))
    #expect(try Self.finding("WSL2") { $0.hasWindowsGPU = true }.0.detail.contains("/dev/dxg"))
  }

  @Test func anAMDGPU() throws {
    let (finding, isUsable) = try Self.finding("AMD GPU", others: ["NVML"]) {
      $0.displayVendors = [0x8086, 0x1002]
      $0.driver = .absent("libcuda.so.1: cannot open shared object file")
      $0.management = .absent("NVML was not found")
    }
    #expect(isUsable && finding.consequence.contains("ROCm"))
    let (both, _) = try Self.finding("driver") {
      $0.displayVendors = [0x10DE, 0x1002]
      $0.driver = .absent("libcuda.so.1: cannot open shared object file")
    }
    #expect(both.remedy.contains("install the NVIDIA driver"))
  }

  @Test func aGPUSplitByMIG() throws {
    let (finding, isUsable) = try Self.finding("MIG") {
      let device = ManagementReading.Device(uuid: "GPU-1", totalBytes: 24 << 30, isSplit: true)
      $0.management = .present(driverVersion: nil, devices: [device])
    }
    #expect(isUsable && finding.detail.contains("GPU-1") && finding.remedy.contains("-mig 0"))
  }

  @Test func unifiedMemory() throws {
    let (one, isUsable) = try Self.finding("GPU 0") {
      Self.driver(&$0) { $0.devices = [.init(name: "NVIDIA GB10", isIntegrated: true)] }
    }
    #expect(!isUsable && one.consequence.contains("nothing to gain"))
    let (two, isStillUsable) = try Self.finding("GPU 0") {
      Self.driver(&$0) { $0.devices = [.init(name: "NVIDIA GH200", usesHostPageTables: true)] }
    }
    #expect(isStillUsable && two.detail.contains("GH200") && two.remedy.contains("--capacity"))
  }

  @Test func memoryThatCannotBeMapped() throws {
    let (finding, isUsable) = try Self.finding("GPU 0") {
      Self.driver(&$0) { $0.devices = [.init(name: "GRID", hasVirtualMemory: false)] }
    }
    #expect(!isUsable && finding.consequence.contains("untouched"))
  }

  @Test func lessRAMThanTheGPUHas() throws {
    let (little, isUsable) = try Self.finding("RAM") { $0.totalBytes = 16 << 30 }
    #expect(isUsable && little.remedy.contains("--capacity 8 GiB"))
    #expect(little.detail.contains("16 GiB") && little.detail.contains("24 GiB"))
    let (some, _) = try Self.finding("RAM") { $0.totalBytes = 32 << 30 }
    #expect(some.remedy.contains("--pool-size") && some.remedy.contains("--limit 16 GiB"))
    let (left, _) = try Self.finding("available RAM") { $0.usableBytes = 512 << 20 }
    #expect(left.detail == "512 MiB")
  }

  @Test func hugePagesAreNoMatter() throws {
    var machine = Self.machine()
    for (count, words) in [(nil, "none"), (0, "none"), (512, "100 of 512")] as [(UInt64?, String)] {
      machine.hugePages = count
      machine.freeHugePages = 100
      let finding = DoctorReport(machine).findings.first { $0.subject == "huge pages" }
      #expect(finding?.verdict == .fine && finding?.detail.contains(words) == true)
    }
  }

  @Test func anOldDriver() throws {
    let (finding, isUsable) = try Self.finding("CUDA version") {
      Self.driver(&$0) { $0.version = 11_080 }
    }
    #expect(!isUsable && finding.detail == "11.8, driver 550.54.14")
    #expect(finding.remedy == "driver 525 or later")
  }

  @Test func aCompatibilityLibrary() throws {
    let path = "/usr/local/cuda/compat/libcuda.so.1"
    let (works, isUsable) = try Self.finding("driver") { Self.driver(&$0) { $0.path = path } }
    #expect(isUsable && works.detail.contains(path))
    for code in [803, 804] as [Int32] {
      let (refused, isStillUsable) = try Self.finding("cuInit", others: ["driver"]) {
        Self.driver(&$0) {
          $0.path = path
          $0.initialisation = code
        }
      }
      #expect(!isStillUsable && refused.detail.contains("\(code)"))
      #expect(refused.remedy.contains("compat"))
    }
  }

  @Test func aStubLibrary() throws {
    let (finding, isUsable) = try Self.finding("cuInit", others: ["driver"]) {
      Self.driver(&$0) {
        $0.path = "/usr/local/cuda/lib64/stubs/libcuda.so.1"
        $0.initialisation = 34
      }
    }
    #expect(!isUsable && finding.remedy.contains("TIDELOCK_LIBCUDA"))
  }

  @Test func otherDriversThatDoNotWork() throws {
    for (code, words) in [(100, "CUDA_VISIBLE_DEVICES"), (999, "nvidia-smi")] as [(Int32, String)] {
      let (finding, isUsable) = try Self.finding("cuInit") {
        Self.driver(&$0) { $0.initialisation = code }
      }
      #expect(!isUsable && finding.remedy.contains(words))
    }
    #expect(try !Self.finding("cuInit") { Self.driver(&$0) { $0.initialisation = nil } }.isUsable)
  }

  @Test func seccompWithoutMembarrier() throws {
    let (finding, isUsable) = try Self.finding("membarrier") {
      $0.hasMembarrier = false
      $0.isFiltered = true
    }
    #expect(isUsable && finding.detail.contains("seccomp"))
    #expect(finding.consequence.contains("slow path"))
    #expect(try !Self.finding("pidfd") { $0.hasPidfd = false }.isUsable)
    #expect(try !Self.finding("sealed memory") { $0.sealedMemoryFault = "EPERM" }.isUsable)
  }

  @Test func aContainerWithoutTheSocket() throws {
    for isNamed in [false, true] {
      let (inside, isUsable) = try Self.finding("agent") {
        $0.containerMark = "/.dockerenv"
        $0.agent = .absent(socket: "/run/tidelock/agent.sock", isNamed: isNamed)
      }
      #expect(isUsable && inside.detail.contains("/.dockerenv"))
      #expect(inside.remedy.contains("tidelock cdi") && inside.remedy.contains("mount"))
    }
  }

  @Test func noAgent() throws {
    let (named, _) = try Self.finding("agent") { $0.agent = .absent(socket: "/s", isNamed: true) }
    #expect(named.remedy.contains("tidelock agent --socket /s"))
    let why = "/tmp/tidelock-7 belongs to somebody else"
    #expect(try Self.finding("agent") { $0.agent = .nowhere(why) }.0.detail == why)
    var machine = Self.machine()
    machine.agent = .absent(socket: "/s", isNamed: false)
    let finding = DoctorReport(machine).findings.first { $0.subject == "agent" }
    #expect(
      finding?.verdict == .fine && finding?.detail.contains("tidelock run starts one") == true)
  }

  @Test func anOldSystem() throws {
    #expect(try !Self.finding("kernel") { $0.kernelRelease = "4.18.0-553.el8" }.isUsable)
    #expect(try Self.finding("kernel") { $0.kernelRelease = nil }.isUsable)
    #expect(try !Self.finding("glibc") { $0.libcVersion = "2.17" }.isUsable)
  }

  @Test func partsThatAreMissing() throws {
    #expect(try !Self.finding("interposer") { $0.parts[0].exists = false }.isUsable)
    #expect(try Self.finding("simulated driver") { $0.parts[1].exists = false }.isUsable)
  }

  @Test func processesThatAreNotShown() throws {
    let (finding, _) = try Self.finding("GPU processes") {
      let device = ManagementReading.Device(
        uuid: "GPU-1", totalBytes: 24 << 30, isSplit: nil, showsProcesses: false)
      $0.management = .present(driverVersion: nil, devices: [device])
    }
    #expect(finding.consequence.contains("not reckoned with"))
  }

  @Test func textAndJSONSayTheSame() throws {
    var machine = Self.machine()
    machine.hasMembarrier = false
    let report = DoctorReport(machine)
    #expect(report.text.contains("warn  membarrier"))
    #expect(report.text.contains("remedy: allow the membarrier"))
    let json = try JSON(parsing: report.json.encoded())
    #expect(json["usable"] == .bool(true))
    let findings = try #require(json["findings"]?.elements)
    #expect(findings.count == report.findings.count)
    let finding = try #require(findings.first { $0["subject"]?.text == "membarrier" })
    #expect(finding["verdict"]?.text == "warn" && finding["consequence"]?.text?.isEmpty == false)
  }
}
