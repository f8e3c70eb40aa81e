import PTX
import Testing

@Suite struct WarpTests {
  @Test(
    arguments: [
      ("down", 1, 0x1f), ("up", 1, 0), ("bfly", 5, 0x1f), ("idx", 7, 0x1f), ("down", 3, 0x181f),
      ("up", 2, 0x1800), ("idx", 3, 0x181f), ("bfly", 16, 0x1f),
    ] as [(String, Int, Int)])
  func shuffles(mode: String, amount: Int, bounds: Int) throws {
    let values = try results(
      """
      mul.lo.u32 %r0, %t, 10;
      shfl.sync.\(mode).b32 %r1|%p0, %r0, \(amount), \(bounds), 0xffffffff;
      selp.b32 %r2, 1, 0, %p0; add.u32 %r1, %r1, %r2; st.global.u32 [%out], %r1;
      """, threads: 64, as: UInt32.self)
    for (thread, value) in values.enumerated() {
      let lane = thread % 32
      let segment = bounds >> 8 & 0x1f
      let highest = (lane & segment) | (bounds & 0x1f & ~segment)
      let (source, isInside): (Int, Bool)
      switch mode {
      case "up": (source, isInside) = (lane - amount, lane - amount >= highest)
      case "down": (source, isInside) = (lane + amount, lane + amount <= highest)
      case "bfly": (source, isInside) = (lane ^ amount, lane ^ amount <= highest)
      default:
        source = (lane & segment) | (amount & ~segment)
        isInside = source <= highest
      }
      let from = isInside ? source : lane
      let expected = (thread - lane + from) * 10 + (isInside ? 1 : 0)
      #expect(Int(value) == expected)
    }
  }

  @Test func warpSumByShuffles() throws {
    let steps = [16, 8, 4, 2, 1].map {
      "shfl.sync.bfly.b32 %r1, %r0, \($0), 31, 0xffffffff; add.u32 %r0, %r0, %r1;"
    }.joined(separator: "\n")
    let values = try results(
      "mov.u32 %r0, %t;" + steps + "st.global.u32 [%out], %r0;", threads: 64, as: UInt32.self)
    let expected: [UInt32] = (0..<64).map { $0 < 32 ? 496 : 1520 }
    #expect(values == expected)
  }

  @Test func votesAndReductions() throws {
    let values = try results(
      """
      and.b32 %r0, %t, 3; setp.eq.u32 %p0, %r0, 1;
      vote.sync.ballot.b32 %r1, %p0, -1; vote.sync.any.pred %p1, %p0, -1;
      vote.sync.all.pred %p2, !%p0, -1; vote.sync.uni.pred %p3, %p1, -1;
      redux.sync.add.u32 %r2, %t, -1; redux.sync.max.s32 %r3, %t, -1;
      redux.sync.xor.b32 %r4, %t, -1;
      match.any.sync.b32 %r5, %r0, -1; match.all.sync.b32 %r6|%p4, %r1, -1;
      selp.b32 %r7, 1, 0, %p1; selp.b32 %r8, 2, 0, %p2; selp.b32 %r9, 4, 0, %p3;
      selp.b32 %r10, 8, 0, %p4; or.b32 %r7, %r7, %r8; or.b32 %r7, %r7, %r9; or.b32 %r7, %r7, %r10;
      add.u32 %r2, %r2, %r3; add.u32 %r2, %r2, %r4;
      st.global.v4.u32 [%out], {%r1, %r2, %r5, %r7};
      """, threads: 32, as: SIMD4<UInt32>.self)
    for (thread, value) in values.enumerated() {
      let peers: UInt32 = 0x1111_1111 << UInt32(thread % 4)
      let expected = SIMD4<UInt32>(0x2222_2222, 527, peers, 13)
      #expect(value == expected)
    }
  }

  @Test func lanesWaitForTheRestOfTheirWarp() throws {
    // The lanes of OUT jump back to a shuffle that the others reach first.
    let values = try results(
      """
      setp.lt.u32 %p0, %t, 16; mov.u32 %r0, %t; @%p0 bra OUT;
      JOIN: shfl.sync.idx.b32 %r1, %r0, 3, 31, -1; st.global.u32 [%out], %r1; exit;
      OUT: add.u32 %r0, %r0, 100; bra JOIN;
      """, threads: 32, as: UInt32.self)
    #expect(values.allSatisfy { $0 == 103 })
  }

  @Test func halvesOfAWarpShuffleOnTheirOwn() throws {
    let values = try results(
      """
      setp.lt.u32 %p0, %t, 16; @%p0 bra LOW;
      shfl.sync.down.b32 %r1, %t, 1, 31, 0xffff0000; bra DONE;
      LOW: shfl.sync.up.b32 %r1, %t, 1, 0, 0x0000ffff;
      DONE: bar.warp.sync -1; st.global.u32 [%out], %r1;
      """, threads: 32, as: UInt32.self)
    let expected = (0..<32).map { (lane: Int) -> UInt32 in
      let source = lane < 16 ? max(lane - 1, 0) : min(lane + 1, 31)
      return UInt32(source)
    }
    #expect(values == expected)
  }

  /// binary16 of a small whole number.
  private func half(_ value: Float) -> UInt32 {
    if value == 0 { return 0 }
    let sign: UInt32 = value < 0 ? 0x8000 : 0
    return sign | UInt32(value.exponent + 15) << 10 | (value.bitPattern >> 13 & 0x3ff)
  }

  /// The fragments' places, written out once more from the other side: for each matrix element,
  /// which lane and register hold it.
  @Test(arguments: [
    ("m16n8k16", "f16", "f32"), ("m16n8k16", "bf16", "f32"), ("m16n8k8", "f16", "f32"),
    ("m16n8k16", "f16", "f16"), ("m16n8k8", "tf32", "f32"), ("m16n8k4", "tf32", "f32"),
  ])
  func matrices(shape: String, input: String, sum: String) throws {
    let depth = shape.hasSuffix("k16") ? 16 : shape.hasSuffix("k8") ? 8 : 4
    let isShort = input != "tf32"
    func a(_ row: Int, _ k: Int) -> Int { (row * 5 + k * 3) % 7 - 3 }
    func b(_ k: Int, _ column: Int) -> Int { (k * 2 + column * 11) % 9 - 4 }
    func c(_ row: Int, _ column: Int) -> Int { row - 2 * column }
    func encode(_ value: Int) -> UInt32 {
      let single = Float(value)
      switch input {
      case "tf32": return single.bitPattern
      case "bf16": return single.bitPattern >> 16
      default: return half(single)
      }
    }
    let (left, right) = isShort ? (depth / 4, depth / 8) : (depth / 2, depth / 4)
    let sums = sum == "f32" ? 4 : 2
    var words = [UInt32](repeating: 0, count: 32 * 16)
    let step = isShort ? 2 : 1
    for row in 0..<16 {
      for k in 0..<depth {
        let lane = row % 8 * 4 + k / step % 4
        let register = row / 8 + 2 * (k / (4 * step))
        words[lane * 16 + register] |= encode(a(row, k)) << UInt32(16 * (k % step))
      }
      for column in 0..<8 {
        let lane = row % 8 * 4 + column / 2
        if sum == "f32" {
          words[lane * 16 + 8 + row / 8 * 2 + column % 2] = Float(c(row, column)).bitPattern
        } else {
          words[lane * 16 + 8 + row / 8] |= half(Float(c(row, column))) << UInt32(16 * (column % 2))
        }
      }
    }
    for k in 0..<depth {
      for column in 0..<8 {
        let lane = column * 4 + k / step % 4
        words[lane * 16 + 4 + k / (4 * step)] |= encode(b(k, column)) << UInt32(16 * (k % step))
      }
    }
    func names(_ first: Int, _ count: Int) -> String {
      (first..<first + count).map { "%r\($0)" }.joined(separator: ", ")
    }
    let body = """
      ld.global.v4.u32 {\(names(0, 4))}, [%out]; ld.global.v4.u32 {\(names(4, 4))}, [%out+16];
      ld.global.v4.u32 {\(names(8, 4))}, [%out+32];
      mma.sync.aligned.\(shape).row.col.\(sum).\(input).\(input).\(sum)
      {\(names(12, sums))}, {\(names(0, left))}, {\(names(4, right))}, {\(names(8, sums))};
      st.global.v4.u32 [%out+48], {\(names(12, 4))};
      """
    let kernel = try #require(try module(prologue(64) + body).kernel(named: "k"))
    let device = Device()
    let out = device.put(words)
    try launch(kernel, block: Dimensions(32), Arguments(out), on: device)
    let results = device.get(out, 32 * 16, as: UInt32.self)
    for row in 0..<16 {
      for column in 0..<8 {
        let expected = (0..<depth).reduce(c(row, column)) { $0 + a(row, $1) * b($1, column) }
        let lane = row % 8 * 4 + column / 2
        if sum == "f32" {
          let got = results[lane * 16 + 12 + row / 8 * 2 + column % 2]
          #expect(Float(bitPattern: got) == Float(expected), "\(row) \(column)")
        } else {
          let got = results[lane * 16 + 12 + row / 8] >> UInt32(16 * (column % 2)) & 0xffff
          #expect(got == half(Float(expected)), "\(row) \(column)")
        }
      }
    }
  }
}
