import PTX
import Testing

/// Random straight-line programs on 32-bit registers, against a model that knows one value at a
/// time.
@Suite struct RandomProgramTests {
  typealias Step = (text: String, apply: @Sendable (UInt32, UInt32, UInt32) -> UInt32)

  static func signed(_ x: UInt32) -> Int32 { Int32(bitPattern: x) }

  static let steps: [Step] = [
    ("add.u32 D, A, B", { a, b, _ in a &+ b }), ("sub.s32 D, A, B", { a, b, _ in a &- b }),
    ("mul.lo.u32 D, A, B", { a, b, _ in a &* b }),
    ("mul.hi.u32 D, A, B", { a, b, _ in UInt32((UInt64(a) * UInt64(b)) >> 32) }),
    (
      "mul.hi.s32 D, A, B",
      { a, b, _ in
        UInt32(truncatingIfNeeded: (Int64(signed(a)) * Int64(signed(b))) >> 32)
      }
    ),
    ("mad.lo.s32 D, A, B, C", { a, b, c in a &* b &+ c }),
    ("div.u32 D, A, B", { a, b, _ in b == 0 ? .max : a / b }),
    ("rem.u32 D, A, B", { a, b, _ in b == 0 ? a : a % b }),
    ("min.s32 D, A, B", { a, b, _ in signed(a) < signed(b) ? a : b }),
    ("max.u32 D, A, B", { a, b, _ in a > b ? a : b }),
    ("and.b32 D, A, B", { a, b, _ in a & b }), ("or.b32 D, A, B", { a, b, _ in a | b }),
    ("xor.b32 D, A, B", { a, b, _ in a ^ b }), ("not.b32 D, A", { a, _, _ in ~a }),
    ("shl.b32 D, A, B", { a, b, _ in b > 31 ? 0 : a << b }),
    ("shr.u32 D, A, B", { a, b, _ in b > 31 ? 0 : a >> b }),
    ("shr.s32 D, A, B", { a, b, _ in UInt32(bitPattern: signed(a) >> Int32(min(b, 31))) }),
    ("popc.b32 D, A", { a, _, _ in UInt32(a.nonzeroBitCount) }),
    ("clz.b32 D, A", { a, _, _ in UInt32(a.leadingZeroBitCount) }),
    ("abs.s32 D, A", { a, _, _ in signed(a) < 0 ? 0 &- a : a }),
    ("neg.s32 D, A", { a, _, _ in 0 &- a }),
    (
      "bfe.u32 D, A, B, C",
      { a, b, c in
        var result: UInt32 = 0
        for bit in 0..<min(c & 0xff, 32) where (b & 0xff) + bit < 32 {
          result |= (a >> ((b & 0xff) + bit) & 1) << bit
        }
        return result
      }
    ),
    (
      "bfe.s32 D, A, B, C",
      { a, b, c in
        let (start, length) = (b & 0xff, c & 0xff)
        if length == 0 { return 0 }
        let sign = a >> min(start + length - 1, 31) & 1
        var result: UInt32 = 0
        for bit in 0..<32 as Range<UInt32> {
          let value = bit < length && start + bit < 32 ? a >> (start + bit) & 1 : sign
          result |= value << bit
        }
        return result
      }
    ),
    (
      "brev.b32 D, A",
      { a, _, _ in (0..<32 as Range<UInt32>).reduce(0) { $0 | (a >> $1 & 1) << (31 - $1) } }
    ),
    (
      "lop3.b32 D, A, B, C, 0xe8",
      { a, b, c in (a & b) | (a & c) | (b & c) }
    ),
    ("setp.lt.s32 %p, A, B; selp.b32 D, C, A, %p", { a, b, c in signed(a) < signed(b) ? c : a }),
    ("setp.hi.u32 %p, A, B; @%p add.u32 D, D, 1; @!%p mov.b32 D, C", { _, _, _ in 0 }),
  ]

  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func agreesWithTheModel(seed: UInt64) throws {
    print("program seed \(seed)")
    var random = SplitMix64(seed: seed)
    for _ in 0..<25 {
      let threads = Int.random(in: 1...100, using: &random)
      var model = (0..<threads).map { _ in
        (0..<8).map { _ in
          Bool.random(using: &random)
            ? UInt32.random(in: 0...40, using: &random)
            : UInt32.random(in: 0...(.max), using: &random)
        }
      }
      let device = Device()
      let data = device.put(model.flatMap { $0 })
      var body = """
        .reg .pred %p; .reg .b32 %r<8>; .reg .b32 %t; .reg .b64 %d<3>;
        ld.param.u64 %d0, [p0]; mov.u32 %t, %tid.x; mul.wide.u32 %d1, %t, 32; add.s64 %d0, %d0, %d1;
        ld.global.v4.u32 {%r0, %r1, %r2, %r3}, [%d0];
        ld.global.v4.u32 {%r4, %r5, %r6, %r7}, [%d0+16];

        """
      for _ in 0..<60 {
        let index = Int.random(in: 0..<Self.steps.count, using: &random)
        let step = Self.steps[index]
        let registers = (0..<4).map { _ in Int.random(in: 0..<8, using: &random) }
        var text = step.text
        for (letter, register) in zip(["A", "B", "C", "D"], registers) {
          text = text.split(separator: letter, omittingEmptySubsequences: false)
            .joined(separator: "%r\(register)")
        }
        body += text + ";\n"
        for thread in 0..<threads {
          let (a, b, c) = (
            model[thread][registers[0]], model[thread][registers[1]], model[thread][registers[2]]
          )
          if index == Self.steps.count - 1 {
            // The guarded pair writes D in place.
            let d = model[thread][registers[3]]
            model[thread][registers[3]] = a > b ? d &+ 1 : c
          } else {
            model[thread][registers[3]] = step.apply(a, b, c)
          }
        }
      }
      body += """
        st.global.v4.u32 [%d0], {%r0, %r1, %r2, %r3};
        st.global.v4.u32 [%d0+16], {%r4, %r5, %r6, %r7};
        """
      let kernel = try #require(try module(body).kernel(named: "k"))
      try launch(kernel, block: Dimensions(UInt32(threads)), Arguments(data), on: device)
      #expect(
        device.get(data, threads * 8, as: UInt32.self) == model.flatMap { $0 }, "seed \(seed)")
    }
  }
}
