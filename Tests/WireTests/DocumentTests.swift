import Foundation
import Testing

@testable import Wire

/// `docs/protocol.md` is what somebody without our sources would program against.
@Suite struct DocumentTests {
  private static let text: String? = {
    let root = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return try? String(contentsOf: root.appendingPathComponent("docs/protocol.md"), encoding: .utf8)
  }()

  /// Cells of the table rows under a heading, up to the next heading of the same or a higher level.
  private static func rows(under heading: String) throws -> [[String]] {
    let lines = try #require(text).split(separator: "\n", omittingEmptySubsequences: false)
    let level = heading.prefix { $0 == "#" }.count
    let start = try #require(lines.firstIndex { $0 == heading }, "no heading \(heading)")
    let section = lines[(start + 1)...].prefix { line in
      let depth = line.prefix { $0 == "#" }.count
      return depth == 0 || depth > level
    }
    return section.filter { $0.hasPrefix("| ") }.map { line in
      line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }.filter { Int($0[0]) != nil }
  }

  @Test func kindsOfThePageAreThoseOfTheCode() throws {
    var documented: [UInt16: String] = [:]
    for row in try Self.rows(under: "## Kinds") { documented[UInt16(row[0]) ?? 0] = row[1] }
    let known = (UInt16(0)...1000).compactMap(Frame.Kind.init)
    let coded = Dictionary(uniqueKeysWithValues: known.map { ($0.rawValue, "\($0)") })
    #expect(documented == coded)
  }

  @Test func frameOfThePageIsThatOfTheCode() throws {
    let rows = try Self.rows(under: "## Frame").map { "\($0[0]) \($0[1]) \($0[2])" }
    #expect(
      rows == [
        "0 4 magic", "4 2 version", "6 2 kind", "8 4 sequence", "12 4 replyTo", "16 64 words",
        "80 48 text",
      ])
  }

  @Test func controlPageOfThePageIsThatOfTheCode() throws {
    let rows = try Self.rows(under: "## Control page").map { "\($0[0]) \($0[1]) \($0[2]) \($0[3])" }
    #expect(
      rows == controlPageFields.map { "\($0.offset) \($0.bytes) \($0.name) \($0.writer)" })
  }

  @Test func reasonsAndCausesHaveTheNumbersOfThePage() throws {
    let text = try #require(Self.text).split(separator: "\n").joined(separator: " ")
    for number in UInt64(0)...100 {
      if let reason = Frame.Refusal(rawValue: number) {
        #expect(text.contains("\(number) \(reason)"), "\(reason)")
      }
      if let reason = Frame.WaitReason(rawValue: number) {
        #expect(text.contains("\(number) \(reason)"), "\(reason)")
      }
      if let cause = Frame.DrainFailure(rawValue: number) {
        #expect(text.contains("\(number) \(cause)"), "\(cause)")
      }
    }
  }
}
