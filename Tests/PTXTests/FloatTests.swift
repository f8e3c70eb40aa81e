import PTX
import Testing

func single(_ code: String) throws -> Float {
  try results(code + " st.global.f32 [%out], %f0;", as: Float.self)[0]
}

func double(_ code: String) throws -> Double {
  try results(code + " st.global.f64 [%out], %g0;", as: Double.self)[0]
}

@Suite struct FloatTests {
  @Test(
    arguments: [
      ("add.f32 %f0, 0f3f800000, 0f33800000;", 1), ("add.rn.f32 %f0, 1.5, 2.25;", 3.75),
      ("sub.f32 %f0, 1.5, 2.25;", -0.75), ("mul.f32 %f0, 1.5, -2.0;", -3),
      ("fma.rn.f32 %f0, 0f3f800001, 0f3f800001, 0fbf800002;", 0x1p-46),
      ("mad.rn.f32 %f0, 2.0, 3.0, 4.0;", 10), ("div.rn.f32 %f0, 1.0, 3.0;", 1 / 3),
      ("div.approx.f32 %f0, 1.0, 4.0;", 0.25), ("div.full.ftz.f32 %f0, 3.0, 4.0;", 0.75),
      ("rcp.rn.f32 %f0, 8.0;", 0.125), ("sqrt.rn.f32 %f0, 2.0;", 1.4142135),
      ("rsqrt.approx.f32 %f0, 16.0;", 0.25), ("ex2.approx.f32 %f0, 10.0;", 1024),
      ("ex2.approx.f32 %f0, -149.0;", 0x1p-149), ("ex2.approx.ftz.f32 %f0, -149.0;", 0),
      ("ex2.approx.f32 %f0, 0.5;", 1.4142135), ("ex2.approx.f32 %f0, 1000.0;", .infinity),
      ("lg2.approx.f32 %f0, 1024.0;", 10), ("lg2.approx.f32 %f0, 0.0;", -.infinity),
      ("lg2.approx.f32 %f0, 3.0;", 1.5849625), ("sin.approx.f32 %f0, 1.0;", 0.84147098),
      ("cos.approx.f32 %f0, 1.0;", 0.5403023058681398), ("sin.approx.f32 %f0, -100.0;", 0.50636564),
      ("cos.approx.f32 %f0, 0.0;", 1), ("tanh.approx.f32 %f0, 0.5;", 0.46211716),
      ("tanh.approx.f32 %f0, -50.0;", -1), ("neg.f32 %f0, 2.0;", -2), ("abs.f32 %f0, -2.0;", 2),
      ("min.f32 %f0, 1.0, 0f7fc00000;", 1), ("max.f32 %f0, 0f7fc00000, 1.0;", 1),
      ("max.f32 %f0, 1.0, 2.0;", 2), ("copysign.f32 %f0, -1.0, 5.0;", -5),
      ("add.sat.f32 %f0, 0.75, 0.75;", 1), ("mul.sat.f32 %f0, -1.0, 0.75;", 0),
      ("add.sat.f32 %f0, 0f7fc00000, 0.75;", 0),
      ("mul.ftz.f32 %f0, 0f00400000, 4.0;", 0), ("mul.f32 %f0, 0f00400000, 4.0;", 0x1p-125),
      ("add.ftz.f32 %f0, 0f00400000, 0f00400000;", 0),
      ("setp.eq.s32 %p0, 1, 2; selp.f32 %f0, 1.0, 2.0, %p0;", 2),
      ("mov.f32 %f0, 0fbf000000;", -0.5), ("mov.f32 %f0, 1.5e3;", 1500),
      ("mov.f32 %f0, -2.5;", -2.5),
    ] as [(String, Float)])
  func singles(code: String, expected: Float) throws {
    #expect(try single(code) == expected, "\(code)")
  }

  @Test func zerosKeepTheirOrder() throws {
    #expect(try single("max.f32 %f0, 0f80000000, 0f00000000;").sign == .plus)
    #expect(try single("min.f32 %f0, 0f00000000, 0f80000000;").sign == .minus)
    #expect(try single("mul.ftz.f32 %f0, 0f80400000, 0.5;").sign == .minus)
    #expect(try single("min.NaN.f32 %f0, 0f7fc00000, 1.0;").isNaN)
  }

  @Test(
    arguments: [
      ("add.f64 %g0, 1.5, 0d3FF0000000000000;", 2.5), ("mul.f64 %g0, 3.0, 4.0;", 12),
      ("fma.rn.f64 %g0, 2.0, 3.0, 1.0;", 7), ("div.rn.f64 %g0, 1.0, 3.0;", 1 / 3),
      ("sqrt.rn.f64 %g0, 2.0;", 2.0.squareRoot()), ("rcp.rn.f64 %g0, 3.0;", 1 / 3),
      ("neg.f64 %g0, 3.0;", -3), ("min.f64 %g0, 3.0, -3.0;", -3), ("abs.f64 %g0, -1.0;", 1),
      ("rsqrt.approx.f64 %g0, 4.0;", 0.5),
    ] as [(String, Double)])
  func doubles(code: String, expected: Double) throws {
    #expect(try double(code) == expected, "\(code)")
  }

  @Test(arguments: [
    ("eq", false, false), ("ne", true, false), ("lt", true, false), ("le", true, false),
    ("gt", false, false), ("ge", false, false), ("equ", false, true), ("neu", true, true),
    ("ltu", true, true), ("leu", true, true), ("gtu", false, true), ("geu", false, true),
    ("num", true, false), ("nan", false, true),
  ])
  func comparisons(name: String, ordered: Bool, withNaN: Bool) throws {
    for (type, one, two, nan) in [
      ("f32", "1.0", "2.0", "0f7fc00000"), ("f64", "1.0", "2.0", "0d7ff8000000000000"),
      ("f16", "0x3c00", "0x4000", "0x7e00"), ("bf16", "0x3f80", "0x4000", "0x7fc0"),
    ] {
      let test = "setp.\(name).\(type) %p0, "
      #expect(try word("\(test)\(one), \(two); selp.b32 %r0, 1, 0, %p0;") == (ordered ? 1 : 0))
      #expect(try word("\(test)\(one), \(nan); selp.b32 %r0, 1, 0, %p0;") == (withNaN ? 1 : 0))
    }
  }

  @Test(
    arguments: [
      ("add.f16 %h0, 0x3c00, 0x3c00;", 0x4000), ("mul.f16 %h0, 0x4000, 0x4200;", 0x4600),
      ("fma.rn.f16 %h0, 0x3c01, 0x3c01, 0xbc02;", 0x0010), ("max.f16 %h0, 0x3c00, 0x7e00;", 0x3c00),
      ("add.f16 %h0, 0x7bff, 0x5000;", 0x7c00), ("add.f16 %h0, 0x0001, 0x0001;", 0x0002),
      ("ex2.approx.f16 %h0, 0x4000;", 0x4400), ("sub.bf16 %h0, 0x4000, 0x3f80;", 0x3f80),
      ("fma.rn.bf16 %h0, 0x4000, 0x4000, 0x3f80;", 0x40a0), ("neg.f16 %h0, 0x3c00;", 0xbc00),
    ] as [(String, UInt16)])
  func halves(code: String, expected: UInt16) throws {
    #expect(try half(code) == expected, "\(code)")
  }

  @Test func pairsWorkOnBothHalves() throws {
    #expect(try word("add.f16x2 %r0, 0x3c004000, 0x3c003c00;") == 0x4000_4200)
    #expect(try word("fma.rn.bf16x2 %r0, 0x3f804000, 0x40004000, 0x00003f80;") == 0x4000_40a0)
    #expect(try word("cvt.rn.f16x2.f32 %r0, 1.0, 2.0;") == 0x3c00_4000)
    #expect(try word("cvt.rn.bf16x2.f32 %r0, 1.0, 2.0;") == 0x3f80_4000)
  }

  @Test func properties() throws {
    for (name, value, expected) in [
      ("finite", "1.0", 1), ("finite", "0f7f800000", 0), ("infinite", "0f7f800000", 1),
      ("number", "0f7fc00000", 0), ("notanumber", "0f7fc00000", 1), ("normal", "1.0", 1),
      ("subnormal", "0f00000001", 1), ("normal", "0f00000001", 0),
    ] as [(String, String, UInt32)] {
      let got = try word("testp.\(name).f32 %p0, \(value); selp.u32 %r0, 1, 0, %p0;")
      #expect(got == expected, "\(name) \(value)")
    }
  }

  @Test(
    arguments: [
      ("cvt.rzi.s32.f32 %r0, -1.75;", 0xffff_ffff), ("cvt.rni.s32.f32 %r0, 2.5;", 2),
      ("cvt.rni.s32.f32 %r0, 3.5;", 4), ("cvt.rmi.s32.f32 %r0, -1.25;", 0xffff_fffe),
      ("cvt.rpi.s32.f32 %r0, 1.25;", 2), ("cvt.rzi.s32.f32 %r0, 3e9;", 0x7fff_ffff),
      ("cvt.rzi.s32.f32 %r0, -3e9;", 0x8000_0000), ("cvt.rzi.u32.f32 %r0, -3.0;", 0),
      ("cvt.rzi.u32.f32 %r0, 3e9;", 3_000_000_000), ("cvt.rzi.u32.f32 %r0, 1e20;", 0xffff_ffff),
      ("cvt.rzi.s32.f32 %r0, 0f7fc00000;", 0),
      ("cvt.rzi.u32.f64 %r0, 0d7ff8000000000000;", 0x8000_0000),
      ("cvt.rzi.s8.f32 %r0, -300.0;", 0xffff_ff80), ("cvt.rzi.u8.f32 %r0, 300.0;", 255),
      ("cvt.s8.s32 %r0, 0x1ff;", 0xffff_ffff), ("cvt.u8.u32 %r0, 0x1ff;", 0xff),
      ("cvt.sat.u8.s32 %r0, -4;", 0), ("cvt.sat.u8.s32 %r0, 400;", 255),
      ("cvt.sat.s8.s32 %r0, -400;", 0xffff_ff80), ("cvt.s32.s16 %r0, 0xffff;", 0xffff_ffff),
      ("cvt.u32.u16 %r0, 0xffff;", 0xffff), ("cvt.u32.u64 %r0, 0x100000002;", 2),
      ("cvt.sat.u32.u64 %r0, 0x100000002;", 0xffff_ffff),
      ("cvt.sat.s32.u32 %r0, 0xffffffff;", 0x7fff_ffff),
    ] as [(String, UInt32)])
  func conversionsToWhole(code: String, expected: UInt32) throws {
    #expect(try word(code) == expected, "\(code)")
  }

  @Test(
    arguments: [
      ("cvt.rn.f32.s32 %f0, -3;", -3), ("cvt.rn.f32.u32 %f0, 0xffffffff;", 4_294_967_296),
      ("cvt.rz.f32.u32 %f0, 0xffffffff;", 4_294_967_040),
      ("cvt.rn.f32.u64 %f0, 0xffffffffffffffff;", 0x1p64),
      ("cvt.rp.f32.s32 %f0, 16777217;", 16_777_218), ("cvt.rm.f32.s32 %f0, 16777217;", 16_777_216),
      ("cvt.rn.f32.u64 %f0, 0x8000008000000001;", 0x1.000002p63),
      ("cvt.rzi.f32.f32 %f0, -1.75;", -1),
      ("cvt.rni.f32.f32 %f0, 2.5;", 2), ("cvt.sat.f32.f32 %f0, 2.5;", 1),
      ("cvt.rn.f32.f64 %f0, 0.1;", 0.1),
      ("cvt.rz.f32.f64 %f0, 0.1;", 0.099999994), ("cvt.f32.f16 %f0, 0x3555;", 0.33325195),
      ("cvt.f32.bf16 %f0, 0x4049;", 3.140625), ("cvt.rn.f32.s8 %f0, 0xff;", -1),
      ("cvt.f32.f16 %f0, 0x0001;", 0x1p-24),
      ("cvt.rna.tf32.f32 %r0, 0f3f801000; mov.b32 %f0, %r0;", 0x1.004p0),
      ("cvt.rn.f32.f64 %f0, 0d47efffffffffffff;", .infinity),
    ] as [(String, Float)])
  func conversionsToSingle(code: String, expected: Float) throws {
    #expect(try single(code) == expected, "\(code)")
  }

  @Test(
    arguments: [
      ("cvt.rn.f16.f32 %h0, 1.0;", 0x3c00), ("cvt.rn.f16.f32 %h0, 65520.0;", 0x7c00),
      ("cvt.rz.f16.f32 %h0, 65520.0;", 0x7bff), ("cvt.rn.f16.f32 %h0, 0f33000001;", 1),
      ("cvt.rn.f16.f32 %h0, 0f33000000;", 0), ("cvt.rn.f16.s32 %h0, 2049;", 0x6800),
      ("cvt.rn.bf16.f32 %h0, 0f3f808000;", 0x3f80), ("cvt.rn.bf16.f32 %h0, 0f3f818000;", 0x3f82),
      ("cvt.rzi.f16.f16 %h0, 0xbe00;", 0xbc00), ("cvt.rn.f16.f64 %h0, 0d3ff0020000000001;", 0x3c01),
    ] as [(String, UInt16)])
  func conversionsToShort(code: String, expected: UInt16) throws {
    #expect(try half(code) == expected, "\(code)")
  }

  @Test(
    arguments: [
      ("cvt.s64.s32 %d0, -2;", UInt64(bitPattern: -2)), ("cvt.u64.u32 %d0, -2;", 0xffff_fffe),
      ("cvt.rzi.s64.f32 %d0, 1e20;", 0x7fff_ffff_ffff_ffff),
      ("cvt.rzi.u64.f64 %d0, 1e19;", 10_000_000_000_000_000_000),
      ("cvt.rzi.s64.f32 %d0, 0f7fc00000;", 1 << 63),
      ("cvt.s64.s8 %d0, 0x80;", UInt64(bitPattern: -128)),
      ("cvt.rn.f64.u64 %g0, 0xffffffffffffffff; mov.b64 %d0, %g0;", 0x1p64.bitPattern),
      ("cvt.rz.f64.u64 %g0, 0xffffffffffffffff; mov.b64 %d0, %g0;", 0x1p64.nextDown.bitPattern),
      ("cvt.f64.f32 %g0, 1.5; mov.b64 %d0, %g0;", 1.5.bitPattern),
      ("cvt.rn.f64.s64 %g0, -1; mov.b64 %d0, %g0;", (-1.0).bitPattern),
    ] as [(String, UInt64)])
  func conversionsToLong(code: String, expected: UInt64) throws {
    #expect(try long(code) == expected, "\(code)")
  }

  /// Every binary16 pattern survives the way through binary32, and every result of rounding lies
  /// nearest.
  @Test func everyHalfConvertsExactly() throws {
    let body = """
      mov.u32 %r3, %ctaid.x; mad.lo.u32 %r2, %r3, 1024, %t;
      cvt.u16.u32 %h0, %r2; mov.b16 %h1, %h0;
      cvt.f32.f16 %f0, %h1; cvt.rn.f16.f32 %h2, %f0;
      mul.wide.u32 %d1, %r3, 4096; add.s64 %out, %out, %d1;
      mov.b32 %r1, {%h2, %h0}; st.global.u32 [%out], %r1;
      """
    let kernel = try #require(try module(prologue(4) + body).kernel(named: "k"))
    let device = Device()
    let out = device.put([UInt32](repeating: 0, count: 65536))
    try launch(
      kernel, grid: Dimensions(64), block: Dimensions(1024), Arguments(out), on: device)
    for (index, value) in device.get(out, 65536, as: UInt32.self).enumerated() {
      let isNaN = index & 0x7c00 == 0x7c00 && index & 0x3ff != 0
      #expect(value >> 16 == UInt32(index))
      if isNaN {
        #expect(value & 0x7c00 == 0x7c00 && value & 0x3ff != 0)
      } else {
        #expect(value & 0xffff == UInt32(index))
      }
    }
  }
}
