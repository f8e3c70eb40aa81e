import ControlAPI
import Testing

/// What the doctor says of programs that were made up.
@Suite struct ProgramFindingsTests {
  static func findings(_ change: (inout ProgramFindings) -> Void = { _ in }) -> ProgramFindings {
    var findings = ProgramFindings()
    findings.processCount = 2
    findings.movableBytes = 3 << 30
    findings.residueBytes = 1 << 30
    findings.restCount = 9
    findings.restMillisecondsMax = 12
    change(&findings)
    return findings
  }

  @Test func allOfItMoves() {
    let findings = Self.findings()
    #expect(findings.swappablePercent == 75)
    #expect(
      findings.text == """
        GPU        used by 2 processes
        swappable  3 GiB of 4 GiB (75 %)
        stays      1 GiB of contexts, modules and the like
        rest       came 9 of 9 times, within 12 ms

        """)
  }

  @Test func noneOfItMoves() {
    let findings = Self.findings {
      $0.calls = [
        .init(name: "cuArrayCreate_v2", count: 1, askedBytes: 6 << 20, isUnknown: false),
        .init(name: "cuIpcOpenMemHandle_v2", count: 2, isUnknown: false),
        .init(name: "cuNew", count: 70, isUnknown: true),
      ]
      $0.obstacleCounts = [1, 0, 0, 2]
    }
    #expect(findings.swappablePercent == 0)
    for line in [
      "swappable  0 B of 4 GiB (0 %)",
      "pinned by  cuArrayCreate_v2, 1 call for 6 MiB: makes memory that cannot move;",
      "pinned by  cuIpcOpenMemHandle_v2, 2 calls: makes memory that cannot move;",
      "pinned by  cuNew, 70 calls: newer than this Tidelock;", "rest       came 9 of 12 times",
      "no rest    1 time: GPU work made no progress", "no rest    2 times: the driver",
    ] {
      #expect(findings.text.contains(line), "\(findings.text)")
    }
    let sizes = findings.json["pinnedBy"]?.elements?.map { $0["askedBytes"]?.unsigned }
    #expect(sizes == [6 << 20, nil, nil])
    #expect(findings.json["swappableBytes"]?.unsigned == 0)
  }

  @Test func nothingWasSeen() {
    #expect(ProgramFindings().swappablePercent == nil)
    #expect(ProgramFindings().text.hasPrefix("GPU        not used"))
    let brief = Self.findings {
      $0.restCount = 0
      $0.residueBytes = nil
    }
    #expect(brief.swappablePercent == 100 && brief.text.contains("not tried"))
    #expect(!brief.text.contains("\nstays "))
  }
}
