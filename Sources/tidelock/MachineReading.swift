internal import CPlatform
internal import ControlAPI
internal import Glibc
internal import Host
internal import Readings
internal import SystemPackage

extension MachineSnapshot {
  /// Looks at this machine. Opens the driver's libraries, and makes no context.
  static func taken(_ place: SocketOption) -> MachineSnapshot {
    var machine = MachineSnapshot(
      kernelRelease: Machine.kernelRelease(), libcVersion: String(cString: tidelock_libc_version()),
      driver: DriverProbe.read(), management: management(), agent: agent(place))
    machine.hasWindowsGPU = Folder("/dev/dxg").exists
    machine.hasMembarrier = tidelock_membarrier_query() > 0
    let process = tidelock_pidfd_open(ThisProcess.id)
    if process >= 0 { close(process) }
    machine.hasPidfd = process >= 0
    machine.sealedMemoryFault = sealedMemoryFault()
    machine.isFiltered =
      Machine.text("/proc/self/status")?.split(separator: "\n")
      .contains { $0.hasPrefix("Seccomp:") && $0.hasSuffix("2") } ?? false
    machine.containerMark = containerMark()
    machine.totalBytes = Machine.totalBytes()
    machine.usableBytes = Machine.usableBytes()
    machine.freeHugePages = Machine.freeHugePages()
    machine.hugePages = Machine.hugePages()
    machine.lockableBytes = tidelock_lockable_bytes()
    machine.displayVendors = displayVendors()
    machine.parts = parts()
    return machine
  }

  private static func sealedMemoryFault() -> String? {
    do {
      let memory = try SealedMemory(name: "tidelock-doctor", byteCount: 4096)
      try memory.populate(0..<4096)
      return nil
    } catch {
      return error.description
    }
  }

  /// Docker's and Podman's files, and the variable that others set.
  private static func containerMark() -> String? {
    for file in ["/.dockerenv", "/run/.containerenv"] where Folder(file).exists { return file }
    if Environment.value("KUBERNETES_SERVICE_HOST") != nil { return "KUBERNETES_SERVICE_HOST" }
    return Environment.value("container").map { "container=\($0)" }
  }

  private static func displayVendors() -> [UInt32] {
    let devices = Folder("/sys/bus/pci/devices")
    func number(_ device: String, _ name: String) -> UInt32? {
      Machine.text("\(devices.path)/\(device)/\(name)").flatMap {
        UInt32($0.dropFirst(2).prefix { $0.isHexDigit }, radix: 16)
      }
    }
    return devices.names().compactMap { device in
      // Display controllers and processing accelerators.
      guard let kind = number(device, "class"), [0x03, 0x12].contains(kind >> 16) else {
        return nil
      }
      return number(device, "vendor")
    }
  }

  private static func management() -> ManagementReading {
    do {
      let library = try ManagementLibrary.found()
      let devices = library.devices.enumerated().map { index, device in
        ManagementReading.Device(
          uuid: device.uuid, totalBytes: device.totalBytes, isSplit: library.isSplit(device: index),
          showsProcesses: library.processes(device: index) != nil)
      }
      return .present(driverVersion: library.driverVersion, devices: devices)
    } catch {
      return .absent(error.description)
    }
  }

  private static func parts() -> [PartReading] {
    guard let installation = try? Installation.find() else { return [] }
    return [
      ("interposer", installation.interposer),
      ("simulated driver", installation.simulatedDriver),
      ("simulated NVML", installation.simulatedManagement),
    ].map { name, path in
      PartReading(
        name: name, path: path.string, exists: Installation.exists(path),
        isNeeded: name == "interposer")
    }
  }

  private static func agent(_ place: SocketOption) -> AgentReading {
    do {
      let socket = try place.path()
      guard let status = try? Question.status(at: socket) else {
        let isNamed = try SocketOption.said(place.socket) != nil
        return .absent(socket: socket.string, isNamed: isNamed)
      }
      return .present(
        socket: socket.string, processID: status.agent?.pid, workloads: status.workloads.count)
    } catch {
      return .nowhere("\(error)")
    }
  }
}
