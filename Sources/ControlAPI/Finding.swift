/// One line of the doctor's report: what was seen, what follows from it, and what to do.
public struct Finding: Equatable, Sendable {
  public enum Verdict: String, Sendable {
    case fine = "ok"
    /// Works, with less than one might expect.
    case doubtful = "warn"
    /// Tidelock cannot work here.
    case lacking = "fail"
  }

  public let subject: String
  public let verdict: Verdict
  public let detail: String
  /// Empty where nothing follows.
  public let consequence: String
  /// Empty where nothing needs to be done.
  public let remedy: String

  static func fine(_ subject: String, _ detail: String) -> Finding {
    Finding(subject: subject, verdict: .fine, detail: detail, consequence: "", remedy: "")
  }

  static func doubtful(
    _ subject: String, _ detail: String, so consequence: String, remedy: String
  ) -> Finding {
    Finding(
      subject: subject, verdict: .doubtful, detail: detail, consequence: consequence,
      remedy: remedy)
  }

  static func lacking(
    _ subject: String, _ detail: String, so consequence: String, remedy: String
  ) -> Finding {
    Finding(
      subject: subject, verdict: .lacking, detail: detail, consequence: consequence,
      remedy: remedy)
  }
}

/// All findings about one machine.
public struct DoctorReport: Equatable, Sendable {
  public let findings: [Finding]

  public init(_ machine: MachineSnapshot) {
    findings =
      Doctor.kernel(machine) + Doctor.driver(machine) + Doctor.management(machine)
      + Doctor.memory(machine) + Doctor.installation(machine) + [Doctor.agent(machine)]
  }

  /// Nothing is lacking that Tidelock can not do without.
  public var isUsable: Bool { !findings.contains { $0.verdict == .lacking } }

  /// For people: a line each, with what follows and the remedy below it.
  public var text: String {
    let width = findings.map(\.subject.count).max() ?? 0
    var text = ""
    for finding in findings {
      let padding = String(repeating: " ", count: width - finding.subject.count)
      let verdict = finding.verdict.rawValue.count < 4 ? "ok  " : finding.verdict.rawValue
      text += "\(verdict)  \(finding.subject)\(padding)  \(finding.detail)\n"
      let indent = String(repeating: " ", count: width + 8)
      if !finding.consequence.isEmpty { text += "\(indent)so: \(finding.consequence)\n" }
      if !finding.remedy.isEmpty { text += "\(indent)remedy: \(finding.remedy)\n" }
    }
    return text
  }

  public var json: JSON {
    .object([
      JSON.Member("usable", .bool(isUsable)),
      JSON.Member(
        "findings",
        .array(
          findings.map { finding in
            .object([
              JSON.Member("subject", .string(finding.subject)),
              JSON.Member("verdict", .string(finding.verdict.rawValue)),
              JSON.Member("detail", .string(finding.detail)),
              JSON.Member("consequence", .string(finding.consequence)),
              JSON.Member("remedy", .string(finding.remedy)),
            ])
          })),
    ])
  }
}
