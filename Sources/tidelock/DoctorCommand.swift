internal import ArgumentParser
internal import CPlatform
internal import ControlAPI
internal import Glibc
internal import Host
internal import Readings
internal import SystemPackage

/// `tidelock doctor`: what this machine has and lacks, each with the remedy. Exit status 1 when
/// something is lacking that Tidelock can not do without.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "What this machine has and lacks, each with the remedy.")

  @OptionGroup var place: SocketOption

  func run() throws {
    var findings = Examination.kernel()
    findings += Examination.driver()
    findings += Examination.memory()
    findings += Examination.installation()
    findings.append(Examination.agent(try? place.path()))
    let width = findings.map(\.subject.count).max() ?? 0
    for finding in findings {
      let padding = String(repeating: " ", count: width - finding.subject.count)
      print("\(finding.verdict.rawValue)  \(finding.subject)\(padding)  \(finding.detail)")
      if let remedy = finding.remedy {
        print("      \(String(repeating: " ", count: width))remedy: \(remedy)")
      }
    }
    if findings.contains(where: { $0.verdict == .lacking }) { throw ExitCode(1) }
  }
}

/// One line of the doctor's report.
struct Finding {
  enum Verdict: String {
    case fine = "ok  "
    case doubtful = "warn"
    case lacking = "fail"
  }

  let subject: String
  let verdict: Verdict
  let detail: String
  var remedy: String?

  static func fine(_ subject: String, _ detail: String) -> Finding {
    Finding(subject: subject, verdict: .fine, detail: detail)
  }

  static func doubtful(_ subject: String, _ detail: String, remedy: String) -> Finding {
    Finding(subject: subject, verdict: .doubtful, detail: detail, remedy: remedy)
  }

  static func lacking(_ subject: String, _ detail: String, remedy: String) -> Finding {
    Finding(subject: subject, verdict: .lacking, detail: detail, remedy: remedy)
  }
}

enum Examination {
  static func kernel() -> [Finding] {
    var findings: [Finding] = []
    let release = Machine.kernelRelease() ?? "unknown"
    let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
    let isNewEnough = numbers.count == 2 && (numbers[0], numbers[1]) >= (5, 4)
    findings.append(
      isNewEnough
        ? .fine("kernel", release)
        : .lacking("kernel", release, remedy: "Linux 5.4 or later"))
    findings.append(glibc())
    findings.append(
      tidelock_membarrier_query() > 0
        ? .fine("membarrier", "available")
        : .doubtful(
          "membarrier", "refused here; gated calls pay a fence",
          remedy: "allow the membarrier system call"))
    let process = tidelock_pidfd_open(ThisProcess.id)
    if process >= 0 { close(process) }
    findings.append(
      process >= 0
        ? .fine("pidfd", "available")
        : .lacking("pidfd", "refused here", remedy: "allow the pidfd_open system call"))
    do {
      let memory = try SealedMemory(name: "tidelock-doctor", byteCount: 4096)
      try memory.populate(0..<4096)
      findings.append(.fine("sealed memory", "memfd with seals and fallocate works"))
    } catch {
      findings.append(
        .lacking("sealed memory", error.description, remedy: "allow memfd_create and fallocate"))
    }
    return findings
  }

  private static func glibc() -> Finding {
    let version = String(cString: tidelock_libc_version())
    let numbers = version.split(separator: ".").compactMap { Int($0) }
    return numbers.count >= 2 && (numbers[0], numbers[1]) >= (2, 28)
      ? .fine("glibc", version) : .lacking("glibc", version, remedy: "glibc 2.28 or later")
  }

  static func driver() -> [Finding] {
    var findings: [Finding] = []
    let driver = DriverProbe.examine()
    findings += driver.findings
    do {
      let library = try ManagementLibrary(path: FilePath(ManagementLibrary.name))
      findings.append(
        .fine("NVML", library.devices.map(\.uuid).joined(separator: ", ")))
      if let largest = library.devices.map(\.totalBytes).max(), let ram = Machine.totalBytes() {
        let detail = "RAM \(Quantity.binary(ram)), largest GPU \(Quantity.binary(largest))"
        findings.append(
          ram >= 2 * largest
            ? .fine("RAM", detail)
            : .doubtful(
              "RAM", detail,
              remedy: "the pool is RAM: limit programs with --limit, or the GPU with --capacity"))
      }
    } catch {
      findings.append(
        .doubtful(
          "NVML", error.description,
          remedy: "install the NVIDIA driver, or use tidelock agent --simulated-gpu memory=96MiB"))
    }
    return findings
  }

  static func memory() -> [Finding] {
    var findings: [Finding] = []
    if let usable = Machine.usableBytes() {
      findings.append(
        usable >= 1 << 30
          ? .fine("available RAM", Quantity.binary(usable))
          : .doubtful(
            "available RAM", Quantity.binary(usable),
            remedy: "the pool takes half of it; free some or say --pool-size"))
    }
    let huge = Machine.freeHugePages() ?? 0
    findings.append(.fine("huge pages", "\(huge) free of 2 MiB (not used by this version)"))
    let limit = tidelock_lockable_bytes()
    let text = limit == UInt64.max ? "unlimited" : Quantity.binary(limit)
    findings.append(
      .fine("RLIMIT_MEMLOCK", "\(text) (the NVIDIA driver's own pinning is not bound by it)"))
    return findings
  }

  static func installation() -> [Finding] {
    guard let installation = try? Installation.find() else { return [] }
    return [
      ("interposer", installation.interposer),
      ("simulated driver", installation.simulatedDriver),
      ("simulated NVML", installation.simulatedManagement),
    ].map { subject, path in
      Installation.exists(path)
        ? .fine(subject, path.string)
        : subject == "interposer"
          ? .lacking(subject, "\(path) is missing", remedy: "make")
          : .doubtful(subject, "\(path) is missing", remedy: "make")
    }
  }

  static func agent(_ path: FilePath?) -> Finding {
    guard let path else {
      return .doubtful("agent", "no place for its socket", remedy: "say --socket PATH")
    }
    do {
      let status = try Question.status(at: path)
      let pid = status.agent.map { "process \($0.pid), " } ?? ""
      return .fine("agent", "\(pid)\(status.workloads.count) workloads, at \(path)")
    } catch {
      return .doubtful(
        "agent", "none at \(path)",
        remedy: "start one: tidelock agent; without a GPU: "
          + "tidelock agent --simulated-gpu memory=96MiB")
    }
  }
}
