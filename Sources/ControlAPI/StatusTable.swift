/// Status for people: aligned columns, units, colour where it helps.
public struct StatusTable {
  public var usesColour: Bool

  public init(usesColour: Bool) { self.usesColour = usesColour }

  private struct Column {
    let title: String
    let isNumber: Bool
    let cells: [String]
    /// Escape sequence per cell, empty for none.
    var colours: [String] = []
  }

  public func text(_ status: Status, rates: [Int32: TransferRate] = [:]) -> String {
    var lines: [String] = []
    for gpu in status.gpus { lines.append(line(gpu)) }
    lines.append(
      "pool \(Quantity.binary(status.pool.leasedBytes)) leased of"
        + " \(Quantity.binary(status.pool.sizeBytes))")
    if status.agent?.isPaused == true {
      lines.append("paused: nobody is swapped out for another, until: tidelock resume")
    }
    if let unrecorded = status.agent?.unrecorded, !unrecorded.isEmpty {
      lines.append("not known to an agent started after this one, cannot be written: \(unrecorded)")
    }
    lines.append("")
    if status.workloads.isEmpty {
      lines.append("no workloads; start one with: tidelock run CMD …")
    } else {
      lines += table(status.workloads, rates)
      for workload in status.workloads where !workload.cause.isEmpty {
        lines.append("\(workload.name): \(workload.state.rawValue), \(workload.cause)")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func line(_ gpu: GPUStatus) -> String {
    let foreign = gpu.foreignBytes.map(Quantity.binary) ?? "unknown"
    return "\(gpu.uuid)  capacity \(Quantity.binary(gpu.capacityBytes))"
      + "  reserved \(Quantity.binary(gpu.reservedBytes))  foreign \(foreign)"
      + "  resident \(Quantity.binary(gpu.residentBytes))"
  }

  private func table(_ workloads: [WorkloadStatus], _ rates: [Int32: TransferRate]) -> [String] {
    var columns = [
      Column(title: "NAME", isNumber: false, cells: workloads.map(\.name)),
      Column(title: "PID", isNumber: true, cells: workloads.map { String($0.pid) }),
      Column(title: "CLASS", isNumber: false, cells: workloads.map(\.workloadClass)),
      Column(
        title: "STATE", isNumber: false, cells: workloads.map(\.state.rawValue),
        colours: workloads.map { colour($0.state) }),
      column("FOOTPRINT", workloads, \.footprintBytes),
      column("RESIDENT", workloads, \.residentBytes),
      column("SWAPPED", workloads, \.swappedBytes),
      Column(
        title: "LIMIT", isNumber: true,
        cells: workloads.map { $0.limitBytes.map(Quantity.binary) ?? "-" }),
      Column(title: "OUT", isNumber: true, cells: workloads.map { String($0.swapsOut) }),
      Column(title: "IN", isNumber: true, cells: workloads.map { String($0.swapsIn) }),
      Column(
        title: "WAITED", isNumber: true,
        cells: workloads.map { StatusTable.seconds($0.waitMilliseconds) }),
    ]
    if !rates.isEmpty {
      columns.append(
        Column(
          title: "RATE", isNumber: true,
          cells: workloads.map { rates[$0.pid]?.text ?? "-" }))
    }
    return rows(columns, count: workloads.count)
  }

  private func column(
    _ title: String, _ workloads: [WorkloadStatus], _ value: (WorkloadStatus) -> UInt64
  ) -> Column {
    Column(title: title, isNumber: true, cells: workloads.map { Quantity.binary(value($0)) })
  }

  private func rows(_ columns: [Column], count: Int) -> [String] {
    let widths = columns.map { column in
      max(column.title.count, column.cells.map(\.count).max() ?? 0)
    }
    return (-1..<count).map { row in
      let cells = columns.indices.map { index in
        let column = columns[index]
        let text = row < 0 ? column.title : column.cells[row]
        let isLast = index == columns.count - 1
        let padding = String(repeating: " ", count: widths[index] - text.count)
        let padded = column.isNumber ? padding + text : isLast ? text : text + padding
        let colour = row < 0 || column.colours.isEmpty ? "" : column.colours[row]
        return colour.isEmpty ? padded : colour + padded + "\u{1B}[0m"
      }
      return cells.joined(separator: "  ")
    }
  }

  private func colour(_ state: WorkloadState) -> String {
    guard usesColour else { return "" }
    switch state {
    case .resident: return "\u{1B}[32m"
    case .swappingOut, .swappingIn: return "\u{1B}[36m"
    case .waiting: return "\u{1B}[33m"
    case .stuck, .undrainable, .unswappable: return "\u{1B}[31m"
    case .starting, .swappedOut: return ""
    }
  }

  /// `0.4 s`, `12 s`, `3 min 20 s`.
  public static func seconds(_ milliseconds: UInt64) -> String {
    let tenths = milliseconds / 100
    if tenths < 100 { return "\(tenths / 10).\(tenths % 10) s" }
    let seconds = milliseconds / 1000
    return seconds < 120 ? "\(seconds) s" : "\(seconds / 60) min \(seconds % 60) s"
  }
}

/// Bytes a second moved by one workload between two looks.
public struct TransferRate: Equatable, Sendable {
  public var outBytesPerSecond: UInt64
  public var inBytesPerSecond: UInt64

  /// What `later` moved beyond `earlier`; nil when nothing moved or the counters ran back.
  public init?(from earlier: WorkloadStatus, to later: WorkloadStatus, milliseconds: UInt64) {
    guard earlier.pid == later.pid, milliseconds > 0, later.bytesOut >= earlier.bytesOut,
      later.bytesIn >= earlier.bytesIn
    else { return nil }
    func perSecond(_ bytes: UInt64) -> UInt64 {
      let (scaled, overflow) = bytes.multipliedReportingOverflow(by: 1000)
      return overflow ? UInt64.max / milliseconds : scaled / milliseconds
    }
    outBytesPerSecond = perSecond(later.bytesOut - earlier.bytesOut)
    inBytesPerSecond = perSecond(later.bytesIn - earlier.bytesIn)
    if outBytesPerSecond == 0 && inBytesPerSecond == 0 { return nil }
  }

  public var text: String {
    var parts: [String] = []
    if outBytesPerSecond > 0 { parts.append("out \(Quantity.binary(outBytesPerSecond))/s") }
    if inBytesPerSecond > 0 { parts.append("in \(Quantity.binary(inBytesPerSecond))/s") }
    return parts.joined(separator: ", ")
  }
}

extension Status {
  /// One line for logs: who is where, with what moves.
  public func line(rates: [Int32: TransferRate]) -> String {
    if workloads.isEmpty { return "no workloads" }
    return workloads.map { workload in
      var text =
        "\(workload.name) \(workload.state.rawValue)"
        + " \(Quantity.binary(workload.residentBytes))"
        + " of \(Quantity.binary(workload.footprintBytes))"
        + ", swaps \(workload.swapsOut) out \(workload.swapsIn) in"
      if let rate = rates[workload.pid] { text += " (\(rate.text))" }
      return text
    }.joined(separator: " | ")
  }
}
