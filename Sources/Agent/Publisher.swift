internal import ControlAPI
internal import Host
internal import Logging
internal import Residency
internal import SystemPackage
internal import Wire

/// Tell: what an operator sees, from a copy of what the core knows.
extension Agent {
  func status() -> Status {
    let snapshot = core.snapshot
    var workloads: [WorkloadStatus] = []
    var residentBytes = Array(repeating: UInt64(0), count: devices.count)
    for member in snapshot.members {
      guard let client = members[member.id], let state = Agent.word(member.state) else { continue }
      let workload = workload(member, client, state)
      if residentBytes.indices.contains(member.gpu) {
        residentBytes[member.gpu] += workload.residentBytes
      }
      workloads.append(workload)
    }
    let gpus = zip(devices, snapshot.gpus).map { device, gpu in
      GPUStatus(
        uuid: device.uuid, capacityBytes: gpu.capacityBytes, reservedBytes: gpu.reserveBytes,
        foreignBytes: books.foreignBytes[device.index],
        residentBytes: residentBytes[device.index])
    }
    return Status(
      gpus: gpus, workloads: workloads,
      pool: PoolStatus(sizeBytes: snapshot.poolSizeBytes, leasedBytes: snapshot.poolLeasedBytes),
      agent: AgentStatus(
        pid: ThisProcess.id, populatedBytes: UInt64(populatedBytes),
        inheritedBytes: figures.inheritedBytes, systemCalls: Kernel.callCount,
        programSystemCalls: figures.programSystemCalls, switches: figures.switches,
        violations: figures.violations, isPaused: core.isPaused, unrecorded: records.text))
  }

  private func workload(
    _ member: Snapshot.Member, _ client: Client, _ state: WorkloadState
  ) -> WorkloadStatus {
    func figure(_ offset: Int) -> UInt64 { client.page?.programFigure(at: offset) ?? 0 }
    let footprint = member.footprintBytes
    // Believed no further than what it allocated: the page is the program's to scribble on.
    let resident = min(figure(ControlPage.Offset.residentBytes), footprint)
    return WorkloadStatus(
      name: client.name, pid: client.processID, workloadClass: "\(member.workloadClass)",
      state: state, footprintBytes: footprint, residentBytes: resident,
      swappedBytes: footprint - resident,
      limitBytes: member.totalBytes > 0
        ? min(client.limitBytes ?? UInt64.max, member.totalBytes) : client.limitBytes,
      swapsOut: figure(ControlPage.Offset.swapsOut), swapsIn: figure(ControlPage.Offset.swapsIn),
      waitMilliseconds: figure(ControlPage.Offset.waitNanoseconds) / 1_000_000,
      bytesOut: figure(ControlPage.Offset.bytesOut), bytesIn: figure(ControlPage.Offset.bytesIn),
      residueBytes: client.residueBytes, cause: cause(member, client, state))
  }

  /// Only what is true now: what a failed drain left behind is gone once the program has left.
  private func cause(
    _ member: Snapshot.Member, _ client: Client, _ state: WorkloadState
  ) -> String {
    switch state {
    case .stuck: return "it was told to move and does not answer"
    case .undrainable, .unswappable: return client.cause
    case .resident: if !client.cause.isEmpty { return client.cause }
    case .starting, .swappingOut, .swappedOut, .swappingIn, .waiting: break
    }
    switch member.obstacle {
    case nil: return ""
    case .holder(let holder):
      return "waits for \(members[holder]?.name ?? "a program") which does not give way"
    case .room(let wantedBytes, let availableBytes):
      return "it needs \(Quantity.binary(wantedBytes)), memory that cannot be swapped"
        + " leaves \(Quantity.binary(availableBytes)) to it"
    case .paused: return "swapping is paused, until: tidelock resume"
    }
  }

  /// What an operator reads of a drain that failed.
  static func words(_ failure: DrainFailure, driverCode: UInt64) -> String {
    switch failure {
    case .noProgress: "no progress: its GPU work does not end"
    case .capture: "a stream capture does not end"
    case .callInside: "a thread does not come back from a driver call"
    case .driverError:
      driverCode > 0 && driverCode < 1_000
        ? "its work ended with CUDA error \(driverCode); its memory is free when its context ends"
        : "the driver reports an error"
    }
  }

  /// The word of the JSON; nil for the dead, who are no workload any more.
  private static func word(_ state: State) -> WorkloadState? {
    switch state {
    case .starting: .starting
    case .resident: .resident
    case .swappingOut: .swappingOut
    case .swappedOut: .swappedOut
    case .swappingIn: .swappingIn
    case .waiting: .waiting
    case .stuck: .stuck
    case .undrainable: .undrainable
    case .unswappable: .unswappable
    case .dead: nil
    }
  }

  var statusText: String { status().json.encoded() }

  /// What a program needs in its environment to reach this agent's GPUs.
  var launchText: String {
    settings.simulatedGPU.map { "TIDELOCK_SIMULATED_GPU=\($0)\n" } ?? ""
  }

  /// Answers an operator's command with text in memory of its own, and hangs up.
  func answer(_ client: Client, _ kind: Frame.Kind, text: String) {
    var text = text
    var frame = Frame(kind)
    frame.words[0] = UInt64(text.utf8.count)
    frame.words[1] = UInt64(UInt32(bitPattern: ThisProcess.id))
    frame.words[2] = UInt64(devices.count)
    frame.words[3] = devices.map { $0.capacityBytes - $0.reserveBytes }.max() ?? 0
    do {
      let memory = try SealedMemory(
        name: "tidelock-answer", byteCount: Int64(max(text.utf8.count, 1)))
      let mapping = try memory.map()
      text.withUTF8 { bytes in
        guard let start = bytes.baseAddress else { return }
        mapping.address.copyMemory(from: start, byteCount: bytes.count)
      }
      send(frame, to: client, rights: [memory.descriptor.number])
    } catch {
      log.error("a question was not answered", metadata: ["error": "\(error)"])
    }
    forget(client)
  }

  func metadata(_ client: Client) -> Logger.Metadata {
    ["program": "\(client.name)", "pid": "\(client.processID)", "user": "\(client.userID)"]
  }

  private func metadata(_ member: MemberID) -> Logger.Metadata {
    members[member].map { metadata($0) } ?? ["member": "\(member.number)"]
  }

  /// One line of the event log per note of the core.
  func tell(_ note: Note) {
    switch note {
    case .reserveExceeded(let gpu, let grower, let residue, let reserve):
      log(
        .warning, "contexts and modules take more than the reserve, so programs get less", grower,
        [
          "gpu": "\(gpu)", "residueBytes": "\(residue)", "reserveBytes": "\(reserve)",
          "remedy": "--reserve",
        ])
    case .reserveRaised(let gpu, let bytes):
      log.info("reserve raised", metadata: ["gpu": "\(gpu)", "bytes": "\(bytes)"])
    case .foreignGrew(let gpu, let foreign, let short):
      log.warning(
        "memory outside Tidelock grew; programs give way",
        metadata: ["gpu": "\(gpu)", "foreignBytes": "\(foreign)", "shortBytes": "\(short)"])
    case .leasesShort(let gpu, let wanted, let pool):
      log.warning(
        "the pool cannot hold what has to leave",
        metadata: [
          "gpu": "\(gpu)", "wantedBytes": "\(wanted)", "poolBytes": "\(pool)",
          "remedy": "--pool-size",
        ])
    case .poolNearlyFull(let leased, let size):
      log.warning(
        "the pool is nearly full",
        metadata: [
          "leasedBytes": "\(leased)", "sizeBytes": "\(size)", "remedy": "--pool-size, --limit",
        ])
    case .undrainable(let member, let failure, let failures):
      log(.warning, "undrainable", member, ["cause": "\(failure)", "failures": "\(failures)"])
    case .drainable(let member): log(.info, "drainable again", member)
    case .stuck(let member): log(.warning, "stuck: it does not answer", member)
    case .unstuck(let member): log(.info, "answers again", member)
    case .unswappable(let member):
      log(.warning, "unswappable from now on", member, ["cause": "\(members[member]?.cause ?? "")"])
    case .blocked(let waiter, let holder):
      log(
        .warning, "waits for a program that does not give way", waiter,
        ["holder": "\(members[holder]?.name ?? "\(holder.number)")"])
    case .doesNotFit(let member, let footprint, let available):
      log(
        .warning, "does not fit beside what cannot give way", member,
        ["footprintBytes": "\(footprint)", "availableBytes": "\(available)"])
    case .exchanged(let member, let nanoseconds, let bytes):
      log(
        .debug, "swapped in", member,
        ["milliseconds": "\(nanoseconds / 1_000_000)", "bytes": "\(bytes)"])
    case .counterClamped(let member):
      log(.warning, "a counter of its page was impossible and was clamped", member)
    case .claimCut(let member, let bytes):
      log(
        .warning, "claims memory that the GPU does not have and the driver does not show", member,
        ["bytes": "\(bytes)"])
    }
  }

  private func log(
    _ level: Logger.Level, _ message: Logger.Message, _ member: MemberID,
    _ more: Logger.Metadata = [:]
  ) {
    log.log(level: level, message, metadata: metadata(member).merging(more) { $1 })
  }
}
