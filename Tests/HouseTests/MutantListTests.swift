import Testing

/// The planted faults and the list of tests that must notice them agree.
@Suite struct MutantListTests {
  static let mutantsMin = 30

  /// Which numbers a module may use.
  static let ranges: [String: [ClosedRange<Int>]] = [
    "Residency": [100...129, 250...259, 349...359, 400...419], "Wire": [130...139],
    "Shadow": [140...169], "Interposer": [170...219, 285...348, 360...399],
    "Host": [220...249, 260...284, 360...369, 390...399, 410...419],
    "Agent": [220...249, 260...284, 360...369, 410...419],
  ]

  struct Entry {
    let place: String
    let number: Int
    let fields: [Substring]
  }

  static let listed: [Entry] = SourceTree.files(under: "Tests/MutantTests/", "mutants").flatMap {
    file in
    file.lines.enumerated().compactMap { index, line in
      guard !line.isEmpty, !line.hasPrefix("#") else { return nil }
      // The filter is the rest of the line: a regular expression may hold the separator itself.
      let fields = line.split(separator: " | ", maxSplits: 2)
      let number = fields.first.flatMap { Int($0) } ?? -1
      return Entry(place: "\(file.path):\(index + 1)", number: number, fields: fields)
    }
  }

  /// Number and place of every `fault(N)` in the code of the modules.
  static let planted: [(place: String, module: String, number: Int)] =
    SourceTree.files(under: "Sources/", "swift").filter { $0.text.contains("fault(") }.flatMap {
      file in
      let module = String(file.path.split(separator: "/")[1])
      return Blanked.text(file.text).split(separator: "\n", omittingEmptySubsequences: false)
        .enumerated().filter { $1.contains("fault(") }.flatMap { index, line in
          line.matches(of: #/\bfault\((\d+)\)/#).map {
            ("\(file.path):\(index + 1)", module, Int($0.1) ?? -1)
          }
        }
    }

  @Test func everyLineOfTheListsIsWhole() {
    for entry in Self.listed where entry.number < 0 || entry.fields.count != 3 {
      Issue.record("\(entry.place): write NUMBER | what the fault does | swift test filter")
    }
  }

  @Test func everyNumberIsListedOnceAndPlantedOnce() {
    let listed = Dictionary(grouping: Self.listed, by: \.number)
    let planted = Dictionary(grouping: Self.planted, by: \.number)
    for (number, entries) in listed where entries.count > 1 {
      Issue.record("mutant \(number) is listed \(entries.count) times: \(entries.map(\.place))")
    }
    for (number, places) in planted where places.count > 1 {
      Issue.record("fault(\(number)) is planted \(places.count) times: \(places.map(\.place))")
    }
    for entry in Self.listed where planted[entry.number] == nil {
      Issue.record("\(entry.place): no fault(\(entry.number)) stands in Sources")
    }
    for place in Self.planted where listed[place.number] == nil {
      Issue.record("\(place.place): fault(\(place.number)) is in no list under Tests/MutantTests")
    }
  }

  @Test func everyNumberLiesInItsModulesRange() {
    for place in Self.planted {
      let ranges = Self.ranges[place.module] ?? []
      if ranges.contains(where: { $0.contains(place.number) }) { continue }
      Issue.record("\(place.place): fault(\(place.number)) is outside \(place.module)'s range")
    }
  }

  @Test func thereAreEnough() {
    #expect(Self.listed.count >= Self.mutantsMin)
  }
}
