/// Disjoint address ranges, each with a value, found by any address within.
struct RangeTable<Value> {
  struct Row {
    var range: Range<UInt64>
    var value: Value
  }

  private(set) var rows: [Row] = []

  func row(containing address: UInt64) -> Row? {
    let index = firstIndex(endingAfter: address)
    guard index < rows.count, rows[index].range.contains(address) else { return nil }
    return rows[index]
  }

  func row(startingAt address: UInt64) -> Row? {
    row(containing: address).flatMap { $0.range.lowerBound == address ? $0 : nil }
  }

  /// The rows that share an address with `range`, in order.
  func rows(overlapping range: Range<UInt64>) -> ArraySlice<Row> {
    let first = firstIndex(endingAfter: range.lowerBound)
    var end = first
    while end < rows.count, rows[end].range.lowerBound < range.upperBound { end += 1 }
    return rows[first..<end]
  }

  /// False, and nothing inserted, if the range overlaps another.
  mutating func insert(_ range: Range<UInt64>, _ value: Value) -> Bool {
    let index = firstIndex(endingAfter: range.lowerBound)
    if index < rows.count, rows[index].range.overlaps(range) { return false }
    rows.insert(Row(range: range, value: value), at: index)
    return true
  }

  mutating func remove(startingAt address: UInt64) {
    let index = firstIndex(endingAfter: address)
    if index < rows.count, rows[index].range.lowerBound == address { rows.remove(at: index) }
  }

  mutating func update(startingAt address: UInt64, _ body: (inout Value) -> Void) {
    let index = firstIndex(endingAfter: address)
    if index < rows.count, rows[index].range.lowerBound == address { body(&rows[index].value) }
  }

  private func firstIndex(endingAfter address: UInt64) -> Int {
    var low = 0
    var high = rows.count
    while low < high {
      let middle = (low + high) / 2
      if rows[middle].range.upperBound > address { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
