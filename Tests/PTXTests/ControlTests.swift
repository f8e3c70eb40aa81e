import PTX
import Testing

@Suite struct ControlTests {
  @Test func elementwiseAddOverSeveralBlocks() throws {
    let text = """
      .reg .pred %p; .reg .b32 %r<6>; .reg .f32 %f<4>; .reg .b64 %d<8>;
      ld.param.u64 %d0, [p0]; ld.param.u64 %d1, [p1]; ld.param.u64 %d2, [p2];
      ld.param.u32 %r5, [p3];
      mov.u32 %r0, %ctaid.x; mov.u32 %r1, %ntid.x; mov.u32 %r2, %tid.x;
      mad.lo.s32 %r3, %r0, %r1, %r2;
      setp.ge.s32 %p, %r3, %r5;
      @%p bra DONE;
      cvta.to.global.u64 %d0, %d0;
      mul.wide.s32 %d3, %r3, 4;
      add.s64 %d4, %d0, %d3; add.s64 %d5, %d1, %d3; add.s64 %d6, %d2, %d3;
      ld.global.nc.f32 %f0, [%d4]; ld.global.f32 %f1, [%d5];
      add.f32 %f2, %f0, %f1;
      st.global.f32 [%d6], %f2;
      DONE: ret;
      """
    let kernel = try #require(try module(text, parameters: 4).kernel(named: "k"))
    let device = Device()
    let n = 1000
    let a = device.put((0..<n).map { Float($0) })
    let b = device.put((0..<n).map { Float($0) * 0.5 })
    let c = device.put([Float](repeating: -1, count: n + 100))
    try launch(
      kernel, grid: Dimensions(8), block: Dimensions(128), Arguments(a, b, c, UInt64(n)),
      on: device)
    let result = device.get(c, n + 100, as: Float.self)
    for index in 0..<n { #expect(result[index] == Float(index) * 1.5) }
    #expect(result[n...].allSatisfy { $0 == -1 })
  }

  @Test func loopsWithTripCountsOfTheirOwn() throws {
    let sums = try results(
      """
      mov.u32 %r0, 0; mov.u32 %r1, 0;
      LOOP: setp.ge.u32 %p0, %r0, %t;
      @%p0 bra END;
      add.u32 %r0, %r0, 1;
      and.b32 %r2, %r0, 1;
      setp.eq.u32 %p1, %r2, 0;
      @%p1 bra EVEN;
      add.u32 %r1, %r1, %r0;
      bra.uni LOOP;
      EVEN: sub.u32 %r1, %r1, %r0;
      bra LOOP;
      END: st.global.u32 [%out], %r1;
      """, threads: 200, as: Int32.self)
    for thread in 0..<200 {
      var expected: Int32 = 0
      for step in 0...Int32(thread) { expected += step % 2 == 0 ? -step : step }
      #expect(sums[thread] == expected)
    }
  }
}
