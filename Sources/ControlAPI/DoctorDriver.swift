/// The part of the doctor that knows NVIDIA's driver, its versions and its errors.
extension Doctor {
  private static let nvidia: UInt32 = 0x10DE
  private static let amd: UInt32 = 0x1002
  /// CUDA 12.0 came with driver 525, the oldest that is supported.
  private static let versionMin: Int32 = 12_000

  private static let stubLibrary: Int32 = 34
  private static let noDevice: Int32 = 100
  private static let driverMismatch: Int32 = 803
  private static let compatibilityRefused: Int32 = 804

  static func driver(_ machine: MachineSnapshot) -> [Finding] {
    switch machine.driver {
    case .absent(let why): return [absent(machine, why)]
    case .present(let library):
      var findings = [place(library)]
      findings.append(contentsOf: initialisation(machine, library))
      return findings
    }
  }

  private static func absent(_ machine: MachineSnapshot, _ why: String) -> Finding {
    let vendors = machine.displayVendors
    guard vendors.contains(amd), !vendors.contains(nvidia) else {
      return .doubtful(
        "driver", why, so: "no program here can use CUDA",
        remedy: "install the NVIDIA driver, \(simulated)")
    }
    return .doubtful(
      "AMD GPU", "and no NVIDIA driver",
      so:
        "programs reach it by ROCm, which Tidelock does not know: they run as if it were not here",
      remedy: "use an NVIDIA GPU, \(simulated)")
  }

  /// Which file it is: a stub and a compatibility library go by the driver's name too.
  private static func place(_ library: DriverReading.Library) -> Finding {
    if library.path.contains("/stubs/") {
      return .doubtful(
        "driver", "\(library.path) is a stub for linking, no driver",
        so: "programs would get it and fail with error 34; under Tidelock it is passed over",
        remedy: "take that folder out of LD_LIBRARY_PATH")
    }
    if library.path.contains("/compat/") {
      return .doubtful(
        "driver", "\(library.path), a forward-compatibility library",
        so: "it works on data-centre GPUs, beside a kernel driver older than itself; elsewhere"
          + " cuInit fails with error 803 or 804",
        remedy: "if it does fail, take that folder out of LD_LIBRARY_PATH, or set TIDELOCK_LIBCUDA"
          + " to the driver's own libcuda.so.1")
    }
    return .fine("driver", library.path)
  }

  private static func initialisation(
    _ machine: MachineSnapshot, _ library: DriverReading.Library
  ) -> [Finding] {
    guard let code = library.initialisation else {
      return [
        .lacking(
          "cuInit", "missing from \(library.path)", so: "it is no CUDA driver",
          remedy: "set TIDELOCK_LIBCUDA to the driver's own libcuda.so.1")
      ]
    }
    if code != 0 { return [failure(code)] }
    var findings: [Finding] = []
    if let version = library.version { findings.append(age(version, machine)) }
    for (number, device) in library.devices.enumerated() {
      findings.append(judge(device, "GPU \(number)"))
    }
    return findings
  }

  private static func failure(_ code: Int32) -> Finding {
    let detail = "error \(code)"
    switch code {
    case stubLibrary:
      return .lacking(
        "cuInit", "\(detail): a stub for linking, no driver", so: "no program can use the GPU",
        remedy: "take the folder with stubs out of LD_LIBRARY_PATH, or set TIDELOCK_LIBCUDA to the"
          + " driver's own libcuda.so.1")
    case driverMismatch, compatibilityRefused:
      return .lacking(
        "cuInit", "\(detail): this libcuda does not go with the kernel's driver",
        so: "no program can use the GPU",
        remedy: "take the compat folder out of LD_LIBRARY_PATH, update the driver, or restart after"
          + " an update")
    case noDevice:
      return .lacking(
        "cuInit", "\(detail): no GPU is visible", so: "no program can use one",
        remedy: "look at CUDA_VISIBLE_DEVICES, and in a container at how the GPU is given to it")
    default:
      return .lacking(
        "cuInit", detail, so: "no program can use the GPU",
        remedy: "nvidia-smi and the kernel's log tell more")
    }
  }

  private static func age(_ version: Int32, _ machine: MachineSnapshot) -> Finding {
    var text = "\(version / 1000).\(version % 1000 / 10)"
    if case .present(let release?, _) = machine.management { text += ", driver \(release)" }
    return version >= versionMin
      ? .fine("CUDA version", text)
      : .lacking(
        "CUDA version", text, so: "the driver lacks calls that Tidelock is built on",
        remedy: "driver 525 or later")
  }

  private static func judge(_ device: DriverReading.Device, _ subject: String) -> Finding {
    if device.hasVirtualMemory == false {
      return .lacking(
        subject, "\(device.name) cannot map memory in place, as some vGPU profiles cannot",
        so: "programs run on it untouched and are not swapped",
        remedy: "another vGPU profile, or the whole GPU")
    }
    if device.isIntegrated == true {
      return .lacking(
        subject, "\(device.name) has no memory of its own, it uses the CPU's",
        so: "what leaves the GPU would stay in the same memory: there is nothing to gain",
        remedy: "run programs here without Tidelock, and limit each by its own settings")
    }
    if device.usesHostPageTables == true {
      return .doubtful(
        subject, "\(device.name) and the CPU reach each other's memory",
        so: "ordinary memory of any process may lie on the GPU, so what is free there changes"
          + " without notice; nobody has run Tidelock on such a machine",
        remedy: "say --capacity, with a margin")
    }
    return .fine(subject, "\(device.name), can map and unmap memory in place")
  }

  // MARK: NVML

  static func management(_ machine: MachineSnapshot) -> [Finding] {
    switch machine.management {
    case .absent(let why):
      return [
        .doubtful(
          "NVML", why,
          so: "the agent cannot see a GPU's memory, so it serves none but a simulated one",
          remedy: "install the NVIDIA driver, \(simulated)")
      ]
    case .present(_, let devices):
      var findings = [Finding.fine("NVML", devices.map(\.uuid).joined(separator: ", "))]
      let split = devices.filter { $0.isSplit == true }.map(\.uuid)
      if !split.isEmpty {
        findings.append(
          .doubtful(
            "MIG", "on for \(split.joined(separator: ", "))",
            so: "programs get an instance, which the agent of this version does not serve: it"
              + " refuses them",
            remedy: "share whole GPUs (as root: nvidia-smi -i GPU -mig 0), or use the instances"
              + " without Tidelock"))
      }
      if devices.contains(where: { !$0.showsProcesses }) {
        findings.append(
          .doubtful(
            "GPU processes", "the driver does not tell who uses how much",
            so: "memory of programs outside Tidelock is not known and not reckoned with",
            remedy: "run the agent on the host rather than in a container, or say --capacity"))
      }
      return findings
    }
  }
}
