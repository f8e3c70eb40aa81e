import PTX
import Testing

/// Runs one instruction sequence that leaves its result in `%r0`.
func word(_ code: String) throws -> UInt32 {
  try results(code + " st.global.u32 [%out], %r0;", as: UInt32.self)[0]
}

/// The same for `%d0`.
func long(_ code: String) throws -> UInt64 {
  try results(code + " st.global.u64 [%out], %d0;", as: UInt64.self)[0]
}

/// The same for `%h0`.
func half(_ code: String) throws -> UInt16 {
  try results(code + " st.global.u16 [%out], %h0;", as: UInt16.self)[0]
}

@Suite struct ArithmeticTests {
  @Test(
    arguments: [
      ("add.s32 %r0, 5, -7;", 0xffff_fffe), ("add.u32 %r0, 0xffffffff, 2;", 1),
      ("sub.s32 %r0, 5, 7;", 0xffff_fffe), ("add.sat.s32 %r0, 0x7fffffff, 1;", 0x7fff_ffff),
      ("sub.sat.s32 %r0, 0x80000000, 1;", 0x8000_0000),
      ("mul.lo.s32 %r0, -3, 7;", 0xffff_ffeb), ("mul.hi.u32 %r0, 0x80000000, 6;", 3),
      ("mul.hi.s32 %r0, 0x80000000, 6;", 0xffff_fffd),
      ("mul.wide.s16 %r0, -3, 7;", 0xffff_ffeb), ("mul.wide.u16 %r0, 0xffff, 2;", 0x1fffe),
      ("mad.lo.s32 %r0, 3, 4, 5;", 17), ("mad.hi.u32 %r0, 0x80000000, 6, 10;", 13),
      ("mad.wide.u16 %r0, 300, 300, 1;", 90001),
      ("div.u32 %r0, 100, 7;", 14), ("div.s32 %r0, -100, 7;", 0xffff_fff2),
      ("div.s32 %r0, 0x80000000, -1;", 0x8000_0000), ("div.u32 %r0, 5, 0;", 0xffff_ffff),
      ("rem.s32 %r0, -100, 7;", 0xffff_fffe), ("rem.u32 %r0, 100, 7;", 2),
      ("rem.u32 %r0, 5, 0;", 5), ("rem.s32 %r0, 0x80000000, -1;", 0),
      ("min.s32 %r0, -1, 1;", 0xffff_ffff), ("min.u32 %r0, -1, 1;", 1),
      ("max.s32 %r0, -1, 1;", 1), ("max.u32 %r0, -1, 1;", 0xffff_ffff),
      ("abs.s32 %r0, -9;", 9), ("neg.s32 %r0, 9;", 0xffff_fff7),
      ("sad.s32 %r0, -4, 3, 10;", 17), ("sad.u32 %r0, 3, 9, 1;", 7),
      ("mul24.lo.u32 %r0, 0xff000003, 5;", 15), ("mul24.lo.s32 %r0, 0xffffff, 5;", 0xffff_fffb),
      ("mad24.lo.u32 %r0, 3, 5, 2;", 17),
      ("dp4a.s32.s32 %r0, 0x01ff0203, 0x01020304, 100;", 117),
      ("dp4a.u32.u32 %r0, 0x01ff0203, 0x01020304, 0;", 529),
    ] as [(String, UInt32)])
  func wholeNumbers(code: String, expected: UInt32) throws {
    #expect(try word(code) == expected, "\(code)")
  }

  @Test(
    arguments: [
      ("and.b32 %r0, 0xff00, 0x0ff0;", 0x0f00), ("or.b32 %r0, 0xff00, 0x0ff0;", 0xfff0),
      ("xor.b32 %r0, 0xff00, 0x0ff0;", 0xf0f0), ("not.b32 %r0, 0xff;", 0xffff_ff00),
      ("cnot.b32 %r0, 0;", 1), ("cnot.b32 %r0, 3;", 0),
      ("shl.b32 %r0, 3, 4;", 48), ("shl.b32 %r0, 3, 32;", 0), ("shl.b32 %r0, 3, 0x80000000;", 0),
      ("shr.u32 %r0, 0x80000000, 31;", 1), ("shr.u32 %r0, 0x80000000, 99;", 0),
      ("shr.s32 %r0, 0x80000000, 99;", 0xffff_ffff), ("shr.b32 %r0, 0x80000000, 4;", 0x0800_0000),
      ("popc.b32 %r0, 0xf0f1;", 9), ("clz.b32 %r0, 0x00010000;", 15), ("clz.b32 %r0, 0;", 32),
      ("brev.b32 %r0, 0x00000003;", 0xc000_0000),
      ("bfind.u32 %r0, 0x00010001;", 16), ("bfind.u32 %r0, 0;", 0xffff_ffff),
      ("bfind.s32 %r0, -1;", 0xffff_ffff), ("bfind.s32 %r0, 0xffff0000;", 15),
      ("bfind.shiftamt.u32 %r0, 0x00010001;", 15),
      ("bfe.u32 %r0, 0x12345678, 8, 12;", 0x456), ("bfe.u32 %r0, 0x12345678, 28, 12;", 1),
      ("bfe.s32 %r0, 0x00000f80, 7, 5;", 0xffff_ffff),
      ("bfe.s32 %r0, 0x80000000, 28, 10;", 0xffff_fff8),
      ("bfe.u32 %r0, 0x12345678, 8, 0;", 0), ("bfe.u32 %r0, 0x12345678, 40, 4;", 0),
      ("bfi.b32 %r0, 0xab, 0x12345678, 8, 8;", 0x1234_ab78),
      ("bfi.b32 %r0, 0xffff, 0, 28, 8;", 0xf000_0000), ("bfi.b32 %r0, 0xff, 7, 3, 0;", 7),
      ("shf.l.wrap.b32 %r0, 0x80000001, 0x00000002, 4;", 0x28),
      ("shf.r.wrap.b32 %r0, 0x80000001, 0x00000002, 36;", 0x2800_0000),
      ("shf.r.clamp.b32 %r0, 0x80000001, 0x00000002, 36;", 2),
      ("shf.l.clamp.b32 %r0, 0x80000001, 0x00000002, 36;", 0x8000_0001),
      ("prmt.b32 %r0, 0x33221100, 0x77665544, 0x7041;", 0x7700_4411),
      ("prmt.b32 %r0, 0x00000080, 0, 0x1118;", 0x0000_00ff),
      ("lop3.b32 %r0, 0xf0, 0xcc, 0xaa, 0x96;", 0xf0 ^ 0xcc ^ 0xaa),
      ("lop3.b32 %r0, 0xf0, 0xcc, 0xaa, 0xca;", (0xf0 & 0xcc) | (0x0f & 0xaa)),
    ] as [(String, UInt32)])
  func bits(code: String, expected: UInt32) throws {
    #expect(try word(code) == expected, "\(code)")
  }

  @Test(
    arguments: [
      ("mul.wide.s32 %d0, -3, 7;", UInt64(bitPattern: -21)),
      ("mul.wide.u32 %d0, 0xffffffff, 2;", 0x1_ffff_fffe),
      ("mad.wide.s32 %d0, -3, 7, 100;", 79), ("mul.hi.u64 %d0, 0x8000000000000000, 6;", 3),
      ("mad.lo.s64 %d0, 5, 4, -21;", .max),
      ("div.s64 %d0, -9000000000, 3;", UInt64(bitPattern: -3_000_000_000)),
      ("rem.u64 %d0, 9000000001, 10;", 1), ("shl.b64 %d0, 1, 40;", 1 << 40),
      ("shr.s64 %d0, 0x8000000000000000, 63;", .max), ("shr.u64 %d0, 0x8000000000000000, 64;", 0),
      ("brev.b64 %d0, 1;", 1 << 63), ("bfe.s64 %d0, 0xf000000000, 36, 4;", .max),
      ("bfe.u64 %d0, 0xf000000000, 36, 200;", 0xf),
      ("bfi.b64 %d0, 0xff, 0, 60, 8;", 0xf000_0000_0000_0000), ("neg.s64 %d0, 1;", .max),
      ("min.s64 %d0, -1, 1;", .max), ("max.u64 %d0, -1, 1;", .max), ("not.b64 %d0, 0;", .max),
      ("popc.b64 %r0, 0xffff00000000ffff; cvt.u64.u32 %d0, %r0;", 32),
      ("clz.b64 %r0, 1; cvt.u64.u32 %d0, %r0;", 63), ("abs.s64 %d0, -4;", 4),
    ] as [(String, UInt64)])
  func longs(code: String, expected: UInt64) throws {
    #expect(try long(code) == expected, "\(code)")
  }

  @Test(
    arguments: [
      ("add.s16 %h0, 0x7fff, 1;", 0x8000), ("mul.lo.u16 %h0, 300, 300;", 24464),
      ("mul.hi.u16 %h0, 300, 300;", 1), ("div.s16 %h0, -9, 2;", 0xfffc),
      ("shr.s16 %h0, -2, 1;", 0xffff),
      ("shr.u16 %h0, 0x8000, 15;", 1), ("shl.b16 %h0, 1, 16;", 0), ("max.s16 %h0, -1, 1;", 1),
      ("and.b16 %h0, 0xff, 0x18;", 0x18), ("neg.s16 %h0, 1;", 0xffff),
      ("mad.lo.s16 %h0, 2, 3, 4;", 10),
    ] as [(String, UInt16)])
  func shorts(code: String, expected: UInt16) throws {
    #expect(try half(code) == expected, "\(code)")
  }

  @Test(
    arguments: [
      ("mov.b64 %d0, {3, 4}; mov.b64 {%r1, %r0}, %d0;", 4),
      ("mov.b32 %r1, {0x1234, 0x5678}; mov.b32 {_, %h1}, %r1; cvt.u32.u16 %r0, %h1;", 0x5678),
      ("mov.b64 %d0, {1, 2, 3, 4}; mov.b64 {%h1, %h2, %h3, %h4}, %d0; cvt.u32.u16 %r0, %h3;", 3),
      ("setp.lt.s32 %p0, -1, 1; selp.b32 %r0, 7, 9, %p0;", 7),
      ("setp.lt.u32 %p0, -1, 1; selp.b32 %r0, 7, 9, %p0;", 9),
      ("setp.lo.u32 %p0, 1, 2; selp.u32 %r0, 7, 9, %p0;", 7),
      ("setp.hs.u32 %p0, 1, 2; selp.u32 %r0, 7, 9, %p0;", 9),
      ("setp.eq.s32 %p1, 1, 1; setp.gt.and.s32 %p0, 1, 2, %p1; selp.b32 %r0, 7, 9, %p0;", 9),
      ("setp.eq.s32 %p1, 1, 1; setp.gt.or.s32 %p0, 1, 2, %p1; selp.b32 %r0, 7, 9, %p0;", 7),
      ("setp.eq.s32 %p1, 1, 1; setp.lt.xor.s32 %p1, 1, 2, !%p1; selp.b32 %r0, 7, 9, %p1;", 7),
      ("setp.eq.s32 %p1, 1, 1; setp.gt.and.s32 %p0|%p2, 1, 2, %p1; selp.b32 %r0, 7, 9, %p2;", 7),
      ("setp.lt.s32 %p0|%p1, 1, 2; selp.b32 %r0, 7, 9, %p1;", 9),
      (
        "setp.eq.s32 %p1, 1, 2; not.pred %p0, %p1; xor.pred %p0, %p0, %p1;"
          + "selp.b32 %r0, 7, 9, %p0;",
        7
      ),
      ("slct.b32.s32 %r0, 1, 2, -5;", 2), ("slct.b32.f32 %r0, 1, 2, 0f80000000;", 1),
      ("set.lt.u32.s32 %r0, 1, 2;", 0xffff_ffff),
      ("set.lt.f32.s32 %f0, 1, 2; mov.b32 %r0, %f0;", 0x3f80_0000),
      ("mov.u32 %r0, 5; setp.eq.s32 %p0, 1, 2; @%p0 mov.u32 %r0, 6; @!%p0 add.u32 %r0, %r0, 2;", 7),
      ("mov.u32 %r0, WARP_SZ;", 32), ("mov.u32 %r0, %ntid.x;", 1), ("mov.u32 %r0, %nctaid.z;", 1),
    ] as [(String, UInt32)])
  func choices(code: String, expected: UInt32) throws {
    #expect(try word(code) == expected, "\(code)")
  }

  @Test func specialRegistersTellThePosition() throws {
    let body = """
      .reg .b32 %r<20>; .reg .b64 %d<4>;
      ld.param.u64 %d0, [p0];
      mov.u32 %r0, %tid.x; mov.u32 %r1, %tid.y; mov.u32 %r2, %tid.z;
      mov.u32 %r3, %ntid.x; mov.u32 %r4, %ntid.y;
      mad.lo.u32 %r5, %r2, %r4, %r1; mad.lo.u32 %r5, %r5, %r3, %r0;
      mov.u32 %r6, %ctaid.x; mov.u32 %r7, %ctaid.y; mov.u32 %r8, %nctaid.x;
      mad.lo.u32 %r9, %r7, %r8, %r6;
      mov.u32 %r10, %ntid.z; mul.lo.u32 %r10, %r10, %r4; mul.lo.u32 %r10, %r10, %r3;
      mad.lo.u32 %r11, %r9, %r10, %r5;
      mov.u32 %r12, %laneid; mov.u32 %r13, %warpid; mov.u32 %r14, %lanemask_lt;
      mul.wide.u32 %d1, %r11, 16; add.s64 %d1, %d0, %d1;
      st.global.v4.u32 [%d1], {%r11, %r12, %r13, %r14};
      """
    let kernel = try #require(try module(body).kernel(named: "k"))
    let device = Device()
    let out = device.put([UInt32](repeating: .max, count: 6 * 60 * 4))
    try launch(
      kernel, grid: Dimensions(3, 2), block: Dimensions(5, 4, 3), Arguments(out), on: device)
    let values = device.get(out, 6 * 60 * 4, as: UInt32.self)
    for block in 0..<6 {
      for thread in 0..<60 {
        let at = (block * 60 + thread) * 4
        #expect(values[at] == UInt32(block * 60 + thread))
        #expect(values[at + 1] == UInt32(thread % 32))
        #expect(values[at + 2] == UInt32(thread / 32))
        #expect(values[at + 3] == (1 << UInt32(thread % 32)) - 1)
      }
    }
  }
}
