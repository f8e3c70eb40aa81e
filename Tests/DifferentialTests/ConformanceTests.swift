import Foundation
import Testing

extension EndToEnd {
  /// The simulated driver gives the answers that real drivers gave, and where none has been asked,
  /// those that are assumed.
  @Suite struct ConformanceTests {
    static let directory = Products.root + "/Conformance"

    /// `PROBE/finding: value` lines of a file; comments and empty lines dropped.
    static func answers(_ path: String) -> [String] {
      let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
      return text.split(separator: "\n").map { String($0) }.filter { !$0.hasPrefix("#") }
    }

    /// What the probes found; the driver's own remarks in between are left out.
    static func findings(_ run: Program) -> [String] {
      run.lines.filter { line in
        guard let slash = line.firstIndex(of: "/") else { return false }
        return !line[..<slash].contains(" ")
      }
    }

    /// `PROBE/finding`, the part before the value.
    static func question(_ line: String) -> String {
      line.range(of: ": ").map { String(line[..<$0.lowerBound]) } ?? line
    }

    /// What each question may be answered with: any real driver's answer, or else the assumed one.
    static func accepted() -> [String: Set<String>] {
      var accepted: [String: Set<String>] = [:]
      let folder = directory + "/answers"
      let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      for file in files where file.hasSuffix(".txt") {
        for line in answers(folder + "/" + file) {
          accepted[question(line), default: []].insert(line)
        }
      }
      var assumed: [String: Set<String>] = [:]
      for line in answers(directory + "/assumed.txt") where accepted[question(line)] == nil {
        assumed[question(line), default: []].insert(line)
      }
      return accepted.merging(assumed) { real, _ in real }
    }

    static func difference(_ found: [String], _ accepted: [String: Set<String>]) -> [String] {
      found.filter { accepted[question($0)]?.contains($0) != true }
    }

    @Test(.enabled(if: Products.haveDriver), .timeLimit(.minutes(16)))
    func simulatedDriverAnswersAsExpectedTwice() {
      let gpus = [SimulatedGPU(memoryMiB: 96), SimulatedGPU(memoryMiB: 96)]
      let runs = gpus.map { Program(Products.client("probe"), ["--all"], on: $0) }
      for run in runs {
        let ending = run.finish(within: 150)
        let broken = run.lines.filter {
          $0.contains("/ended-by-signal: ") || $0.contains("/exit-status: ")
            || $0.contains("/missing: ")
        }
        #expect(ending == .exited(0), "\(broken)")
      }
      let lines = Self.findings(runs[0])
      let again = Self.findings(runs[1])
      #expect(lines == again, "\(Set(lines).symmetricDifference(again))")
      let accepted = Self.accepted()
      #expect(Self.difference(lines, accepted) == [], "answers that nobody expects")
      let asked = Set(lines.map(Self.question))
      #expect(accepted.keys.filter { !asked.contains($0) } == [], "expected questions not answered")
    }

    @Test func thereAreEnoughProbes() {
      let list = Program(Products.client("probe"), ["--list"])
      #expect(list.finish(within: 10) == .exited(0))
      #expect(list.lines.count >= 60)
      #expect(Set(list.lines).count == list.lines.count)
    }
  }
}
