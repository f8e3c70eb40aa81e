import Testing

/// A row of docs/pitfalls.md: a thread that tells of a failure elsewhere, and the test here.
struct Pitfall: Sendable, CustomTestStringConvertible {
  let thread: String
  let test: String
  var testDescription: String { thread }

  static let all: [Pitfall] = {
    let lines = SourceTree.files.first { $0.path == "docs/pitfalls.md" }?.lines ?? []
    return lines.compactMap { line in
      guard let found = String(line).firstMatch(of: #/^\| (.+?) \| .+ \| `(\w+)` \|$/#) else {
        return nil
      }
      return Pitfall(thread: String(found.1), test: String(found.2))
    }
  }()
}

@Suite struct PitfallTests {
  static let tests: String = SourceTree.files(under: "Tests/", "swift").map(\.text).joined()

  @Test func thereAreAsManyAsWereRead() { #expect(Pitfall.all.count >= 38) }

  @Test(arguments: Pitfall.all)
  func hasItsTest(pitfall: Pitfall) {
    #expect(Self.tests.contains("func \(pitfall.test)("), "no test \(pitfall.test)")
  }
}
