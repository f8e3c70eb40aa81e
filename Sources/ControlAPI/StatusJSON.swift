extension Status {
  /// What `docs/status.md` describes: the agent's answer, and what `tidelock status --json` prints.
  public var json: JSON {
    var members = [
      JSON.Member("gpus", .array(gpus.map(\.json))),
      JSON.Member("workloads", .array(workloads.map(\.json))),
      JSON.Member("pool", pool.json),
    ]
    if let agent { members.append(JSON.Member("agent", agent.json)) }
    return .object(members)
  }

  /// Reads what `json` wrote; nil when a field is missing or of another type.
  public init?(_ json: JSON) {
    guard let gpus = json["gpus"]?.elements, let workloads = json["workloads"]?.elements,
      let pool = json["pool"].flatMap(PoolStatus.init)
    else { return nil }
    self.gpus = gpus.compactMap(GPUStatus.init)
    self.workloads = workloads.compactMap(WorkloadStatus.init)
    guard self.gpus.count == gpus.count, self.workloads.count == workloads.count else { return nil }
    self.pool = pool
    agent = json["agent"].flatMap(AgentStatus.init)
  }
}

extension GPUStatus {
  var json: JSON {
    .object([
      JSON.Member("uuid", .string(uuid)),
      JSON.Member("capacityBytes", JSON(capacityBytes)),
      JSON.Member("reservedBytes", JSON(reservedBytes)),
      JSON.Member("foreignBytes", JSON(foreignBytes)),
      JSON.Member("residentBytes", JSON(residentBytes)),
    ])
  }

  init?(_ json: JSON) {
    guard let uuid = json["uuid"]?.text, let capacityBytes = json["capacityBytes"]?.unsigned,
      let reservedBytes = json["reservedBytes"]?.unsigned,
      let residentBytes = json["residentBytes"]?.unsigned
    else { return nil }
    self.init(
      uuid: uuid, capacityBytes: capacityBytes, reservedBytes: reservedBytes,
      foreignBytes: json["foreignBytes"]?.unsigned, residentBytes: residentBytes)
  }
}

extension WorkloadStatus {
  var json: JSON {
    .object([
      JSON.Member("name", .string(name)),
      JSON.Member("pid", JSON(pid)),
      JSON.Member("class", .string(workloadClass)),
      JSON.Member("state", .string(state.rawValue)),
      JSON.Member("footprintBytes", JSON(footprintBytes)),
      JSON.Member("residentBytes", JSON(residentBytes)),
      JSON.Member("swappedBytes", JSON(swappedBytes)),
      JSON.Member("limitBytes", JSON(limitBytes)),
      JSON.Member("swapsOut", JSON(swapsOut)),
      JSON.Member("swapsIn", JSON(swapsIn)),
      JSON.Member("waitSeconds", .number(WorkloadStatus.seconds(waitMilliseconds))),
      JSON.Member("bytesOut", JSON(bytesOut)), JSON.Member("bytesIn", JSON(bytesIn)),
      JSON.Member("residueBytes", JSON(residueBytes)), JSON.Member("cause", .string(cause)),
    ])
  }

  static func seconds(_ milliseconds: UInt64) -> String {
    let fraction = String(milliseconds % 1000)
    return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
  }

  static func milliseconds(_ seconds: String) -> UInt64? {
    let parts = seconds.split(separator: ".", maxSplits: 1)
    guard parts.count == 2, parts[1].count == 3, let whole = UInt64(parts[0]),
      let fraction = UInt64(parts[1])
    else { return nil }
    return whole * 1000 + fraction
  }

  init?(_ json: JSON) {
    guard let name = json["name"]?.text, let pid = json["pid"]?.unsigned.flatMap(Int32.init),
      let workloadClass = json["class"]?.text,
      let state = json["state"]?.text.flatMap(WorkloadState.init),
      let footprintBytes = json["footprintBytes"]?.unsigned,
      let residentBytes = json["residentBytes"]?.unsigned,
      let swappedBytes = json["swappedBytes"]?.unsigned,
      let swapsOut = json["swapsOut"]?.unsigned, let swapsIn = json["swapsIn"]?.unsigned,
      case .number(let seconds)? = json["waitSeconds"],
      let waitMilliseconds = WorkloadStatus.milliseconds(seconds)
    else { return nil }
    self.init(
      name: name, pid: pid, workloadClass: workloadClass, state: state,
      footprintBytes: footprintBytes, residentBytes: residentBytes, swappedBytes: swappedBytes,
      limitBytes: json["limitBytes"]?.unsigned, swapsOut: swapsOut, swapsIn: swapsIn,
      waitMilliseconds: waitMilliseconds, bytesOut: json["bytesOut"]?.unsigned ?? 0,
      bytesIn: json["bytesIn"]?.unsigned ?? 0, residueBytes: json["residueBytes"]?.unsigned,
      cause: json["cause"]?.text ?? "")
  }
}

extension PoolStatus {
  var json: JSON {
    .object([
      JSON.Member("sizeBytes", JSON(sizeBytes)), JSON.Member("leasedBytes", JSON(leasedBytes)),
    ])
  }

  init?(_ json: JSON) {
    guard let sizeBytes = json["sizeBytes"]?.unsigned,
      let leasedBytes = json["leasedBytes"]?.unsigned
    else { return nil }
    self.init(sizeBytes: sizeBytes, leasedBytes: leasedBytes)
  }
}

extension AgentStatus {
  var json: JSON {
    .object([
      JSON.Member("pid", JSON(pid)), JSON.Member("populatedBytes", JSON(populatedBytes)),
      JSON.Member("inheritedBytes", JSON(inheritedBytes)),
      JSON.Member("systemCalls", JSON(systemCalls)),
      JSON.Member("programSystemCalls", JSON(programSystemCalls)),
      JSON.Member("switches", JSON(switches)),
      JSON.Member("violations", JSON(violations)),
      JSON.Member("paused", .bool(isPaused)),
      JSON.Member("unrecorded", .string(unrecorded)),
    ])
  }

  init?(_ json: JSON) {
    guard let pid = json["pid"]?.unsigned.flatMap(Int32.init),
      let populatedBytes = json["populatedBytes"]?.unsigned,
      let inheritedBytes = json["inheritedBytes"]?.unsigned,
      let systemCalls = json["systemCalls"]?.unsigned,
      let programSystemCalls = json["programSystemCalls"]?.unsigned,
      let switches = json["switches"]?.unsigned,
      let violations = json["violations"]?.unsigned
    else { return nil }
    self.init(
      pid: pid, populatedBytes: populatedBytes, inheritedBytes: inheritedBytes,
      systemCalls: systemCalls, programSystemCalls: programSystemCalls, switches: switches,
      violations: violations, isPaused: json["paused"] == .bool(true),
      unrecorded: json["unrecorded"]?.text ?? "")
  }
}
