/// Neighbouring active lanes `low..<high`.
struct Run {
  var low: Int32
  var high: Int32
}

/// The registers of a block and the lanes one instruction works on.
///
/// A register is an array with one element per lane; lanes are threads of the block by linear
/// index. Loops over lanes go run by run, so that a full block is one dense loop.
struct Frame {
  let registers: UnsafeMutableRawPointer
  /// Lanes a register has room for.
  let stride: Int
  let runs: UnsafeMutablePointer<Run>
  let runCount: Int

  @inline(__always)
  func slot<T>(_ slot: UInt32, _: T.Type) -> UnsafeMutablePointer<T> {
    (registers + Int(slot) &* stride).assumingMemoryBound(to: T.self)
  }

  /// Calls the body with every active lane.
  @inline(__always)
  func each(_ body: (Int) -> Void) {
    var index = 0
    while index < runCount {
      var lane = Int(runs[index].low)
      let end = Int(runs[index].high)
      while lane < end {
        body(lane)
        lane &+= 1
      }
      index &+= 1
    }
  }

  @inline(__always)
  func map<A, D>(_ i: Instruction, _ operation: (A) -> D) {
    let a = slot(i.a, A.self)
    let d = slot(i.d, D.self)
    each { d[$0] = operation(a[$0]) }
  }

  @inline(__always)
  func map<A, B, D>(_ i: Instruction, _ operation: (A, B) -> D) {
    let a = slot(i.a, A.self)
    let b = slot(i.b, B.self)
    let d = slot(i.d, D.self)
    each { d[$0] = operation(a[$0], b[$0]) }
  }

  @inline(__always)
  func map<A, B, C, D>(_ i: Instruction, _ operation: (A, B, C) -> D) {
    let a = slot(i.a, A.self)
    let b = slot(i.b, B.self)
    let c = slot(i.c, C.self)
    let d = slot(i.d, D.self)
    each { d[$0] = operation(a[$0], b[$0], c[$0]) }
  }

  /// The same over both halves of packed pairs.
  @inline(__always)
  func eachHalf(_ body: (Int) -> Void) {
    var index = 0
    while index < runCount {
      var half = Int(runs[index].low) &* 2
      let end = Int(runs[index].high) &* 2
      while half < end {
        body(half)
        half &+= 1
      }
      index &+= 1
    }
  }
}
