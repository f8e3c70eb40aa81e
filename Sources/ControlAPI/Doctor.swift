/// What follows from what a machine has and lacks. Pure: a snapshot in, findings out.
enum Doctor {
  static let simulated =
    "or try Tidelock without a GPU: export TIDELOCK_SIMULATED_GPU=memory=96MiB"

  // MARK: kernel

  static func kernel(_ machine: MachineSnapshot) -> [Finding] {
    var findings = [release(machine)]
    if let windows = windows(machine) { findings.append(windows) }
    findings.append(
      isAtLeast(machine.libcVersion, 2, 28)
        ? .fine("glibc", machine.libcVersion)
        : .lacking(
          "glibc", machine.libcVersion, so: "the object that is loaded into programs needs 2.28",
          remedy: "a distribution of 2019 or later, for instance Debian 10 or RHEL 8"))
    findings.append(membarrier(machine))
    findings.append(
      machine.hasPidfd
        ? .fine("pidfd", "available")
        : .lacking(
          "pidfd", "refused here", so: "the agent cannot tell for sure that a program has ended",
          remedy: "allow the pidfd_open system call in the container's seccomp profile"))
    findings.append(
      machine.sealedMemoryFault.map {
        .lacking(
          "sealed memory", $0, so: "there is no safe place for what is swapped out",
          remedy: "allow memfd_create and fallocate in the container's seccomp profile")
      } ?? .fine("sealed memory", "memfd with seals and fallocate works"))
    return findings
  }

  private static func release(_ machine: MachineSnapshot) -> Finding {
    guard let release = machine.kernelRelease else {
      return .doubtful(
        "kernel", "its release is not known", so: "whether it is new enough is not known",
        remedy: "Linux 5.4 or later")
    }
    return isAtLeast(release, 5, 4)
      ? .fine("kernel", release)
      : .lacking(
        "kernel", release, so: "it lacks calls that Tidelock is built on",
        remedy: "Linux 5.4 or later")
  }

  private static func windows(_ machine: MachineSnapshot) -> Finding? {
    let release = machine.kernelRelease ?? ""
    guard machine.hasWindowsGPU || release.lowercased().contains("microsoft") else { return nil }
    return .doubtful(
      "WSL2", machine.hasWindowsGPU ? "the GPU is Windows' (/dev/dxg)" : "the kernel is Windows'",
      so: "Windows moves GPU memory itself, what its own programs use cannot be seen from here, and"
        + " pinned memory is scarce; nobody has run Tidelock on WSL2",
      remedy: "use Linux itself for work that matters; here say --capacity, so that Windows and its"
        + " programs keep what they need")
  }

  private static func membarrier(_ machine: MachineSnapshot) -> Finding {
    if machine.hasMembarrier { return .fine("membarrier", "available") }
    let why = machine.isFiltered ? "refused here, by a seccomp filter" : "refused here"
    return .doubtful(
      "membarrier", why,
      so: "each driver call of a program takes the slow path; everything else is the same",
      remedy: "allow the membarrier system call in the container's seccomp profile")
  }

  // MARK: memory

  static func memory(_ machine: MachineSnapshot) -> [Finding] {
    var findings: [Finding] = []
    if let finding = ratio(machine) { findings.append(finding) }
    if let usable = machine.usableBytes {
      findings.append(
        usable >= 1 << 30
          ? .fine("available RAM", Quantity.binary(usable))
          : .doubtful(
            "available RAM", Quantity.binary(usable),
            so: "the agent's pool is half of it, and programs that need more are refused",
            remedy: "free some, or say --pool-size"))
    }
    findings.append(hugePages(machine))
    let limit = machine.lockableBytes
    let text = limit == .max ? "unlimited" : Quantity.binary(limit)
    findings.append(
      .fine("RLIMIT_MEMLOCK", "\(text) (the NVIDIA driver's own pinning is not bound by it)"))
    return findings
  }

  /// RAM beside the largest GPU: the pool must take what leaves the GPU.
  private static func ratio(_ machine: MachineSnapshot) -> Finding? {
    guard case .present(_, let devices) = machine.management, let ram = machine.totalBytes,
      let largest = devices.map(\.totalBytes).max()
    else { return nil }
    let detail = "\(Quantity.binary(ram)), the largest GPU has \(Quantity.binary(largest))"
    if ram >= 2 * largest { return .fine("RAM", detail) }
    let half = Quantity.binary(ram / 2)
    if ram > largest {
      return .doubtful(
        "RAM", detail,
        so: "the pool, half of what is available, is smaller than the GPU: two programs that each"
          + " fill it do not go together",
        remedy: "say a larger --pool-size if the machine has nothing else to do, or limit programs:"
          + " tidelock run --limit \(half)")
    }
    return .doubtful(
      "RAM", detail,
      so: "no program that fills the GPU can leave it; memory beyond what the pool takes is refused"
        + " when it is asked for, never lost",
      remedy: "share a part of the GPU: tidelock agent --capacity \(half), or limit programs")
  }

  private static func hugePages(_ machine: MachineSnapshot) -> Finding {
    guard let count = machine.hugePages, count > 0 else {
      return .fine("huge pages", "none of 2 MiB; this version takes none")
    }
    return .fine(
      "huge pages",
      "\(machine.freeHugePages ?? 0) of \(count) free; this version takes none, so they are RAM"
        + " that the pool cannot have")
  }

  // MARK: Tidelock itself

  static func installation(_ machine: MachineSnapshot) -> [Finding] {
    machine.parts.map { part in
      if part.exists { return .fine(part.name, part.path) }
      let detail = "\(part.path) is missing"
      let remedy = "install Tidelock again, or in a checkout: make"
      return part.isNeeded
        ? .lacking(part.name, detail, so: "no program can be run", remedy: remedy)
        : .doubtful(part.name, detail, so: "there is no simulated GPU", remedy: remedy)
    }
  }

  static func agent(_ machine: MachineSnapshot) -> Finding {
    switch machine.agent {
    case .present(let socket, let processID, let workloads):
      let process = processID.map { "process \($0), " } ?? ""
      return .fine("agent", "\(process)\(workloads) workloads, at \(socket)")
    case .nowhere(let why):
      return .doubtful(
        "agent", why, so: "no agent of your own can be started",
        remedy: "say --socket PATH or set TIDELOCK_SOCKET")
    case .absent(let socket, let isNamed):
      if let mark = machine.containerMark {
        return .doubtful(
          "agent", "this is a container (\(mark)), and none answers at \(socket)",
          so: "programs in here share the GPU among themselves at most; to programs outside, their"
            + " memory is foreign",
          remedy: "on the host: tidelock cdi > /etc/cdi/tidelock.json, and give the container the"
            + " device tidelock.dev/gpu=all; or mount the folder of the host's socket and set"
            + " TIDELOCK_SOCKET")
      }
      guard isNamed else {
        return .fine("agent", "none yet; tidelock run starts one at \(socket)")
      }
      return .doubtful(
        "agent", "none at \(socket), which --socket or TIDELOCK_SOCKET names",
        so: "programs cannot be run: another agent is not taken for it",
        remedy:
          "start it: tidelock agent --socket \(socket); or name none, then tidelock run starts"
          + " one")
    }
  }

  /// Whether `text` begins with a version of at least these two numbers.
  static func isAtLeast(_ text: String, _ major: Int, _ minor: Int) -> Bool {
    let numbers = text.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
    return numbers.count == 2 && (numbers[0], numbers[1]) >= (major, minor)
  }
}
