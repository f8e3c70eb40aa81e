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

extension ControlTests {
  @Test func nestedBranchesJoinAgain() throws {
    let values = try results(
      """
      and.b32 %r0, %t, 1; and.b32 %r1, %t, 2; mov.u32 %r2, 0;
      setp.eq.u32 %p0, %r0, 0; setp.eq.u32 %p1, %r1, 0;
      @%p0 bra A;
      @%p1 bra B;
      add.u32 %r2, %r2, 1; bra JOIN;
      B: add.u32 %r2, %r2, 10; bra JOIN;
      A: @!%p1 bra C;
      add.u32 %r2, %r2, 100; bra JOIN;
      C: add.u32 %r2, %r2, 1000;
      JOIN: activemask.b32 %r3; popc.b32 %r4, %r3; mad.lo.u32 %r2, %r4, 10000, %r2;
      st.global.u32 [%out], %r2;
      """, threads: 64, as: UInt32.self)
    for (thread, value) in values.enumerated() {
      let path: [UInt32] = [100, 10, 1000, 1]
      #expect(value == path[thread % 4] + 320_000)
    }
  }

  @Test func sharedMemoryReductionWithBarriers() throws {
    let values = try results(
      """
      .shared .align 4 .b8 tile[2048];
      mul.lo.u32 %r0, %t, 4; mov.u32 %r1, tile; add.u32 %r1, %r1, %r0;
      mul.lo.u32 %r2, %t, %t; st.shared.u32 [%r1], %r2;
      mov.u32 %r3, 256;
      LOOP: bar.sync 0;
      setp.ge.u32 %p0, %t, %r3; @%p0 bra SKIP;
      shl.b32 %r4, %r3, 2; add.u32 %r5, %r1, %r4;
      ld.shared.u32 %r6, [%r5]; ld.shared.u32 %r7, [%r1]; add.u32 %r6, %r6, %r7;
      st.shared.u32 [%r1], %r6;
      SKIP: shr.u32 %r3, %r3, 1; setp.ne.u32 %p1, %r3, 0; @%p1 bra LOOP;
      barrier.sync.aligned 0;
      ld.shared.u32 %r8, [tile]; st.global.u32 [%out], %r8;
      """, threads: 512, as: UInt32.self)
    let sum = (0..<512).reduce(0) { $0 + UInt32($1 * $1) }
    #expect(values.allSatisfy { $0 == sum })
  }

  @Test func barrierWaitsForWarpsOnDifferentPaths() throws {
    let values = try results(
      """
      .shared .align 4 .b8 flag[4];
      setp.lt.u32 %p0, %t, 32; @%p0 bra LATE;
      bar.sync 1; ld.shared.u32 %r0, [flag]; bra DONE;
      LATE: st.shared.u32 [flag], 42; bar.sync 1; mov.u32 %r0, 7;
      DONE: st.global.u32 [%out], %r0;
      """, threads: 64, as: UInt32.self)
    let expected: [UInt32] = (0..<64).map { $0 < 32 ? 7 : 42 }
    #expect(values == expected)
  }

  @Test func barriersReduceAndCount() throws {
    let values = try results(
      """
      setp.lt.u32 %p0, %t, 40;
      barrier.cta.red.popc.u32 %r0, 0, %p0;
      bar.red.and.pred %p1, 0, %p0; bar.red.or.pred %p2, 0, !%p0;
      selp.b32 %r1, 1000, 0, %p1; selp.b32 %r2, 100, 0, %p2; add.u32 %r0, %r0, %r1;
      add.u32 %r0, %r0, %r2; st.global.u32 [%out], %r0;
      """, threads: 64, as: UInt32.self)
    #expect(values.allSatisfy { $0 == 140 })
  }

  @Test func producersArriveAndConsumersWait() throws {
    let values = try results(
      """
      .shared .align 4 .b8 flag[4];
      setp.ge.u32 %p0, %t, 32; @%p0 bra PRODUCE;
      bar.sync 3, 64; ld.shared.u32 %r0, [flag]; bra DONE;
      PRODUCE: st.shared.u32 [flag], 5; bar.arrive 3, 64; mov.u32 %r0, 6;
      DONE: st.global.u32 [%out], %r0;
      """, threads: 64, as: UInt32.self)
    let expected: [UInt32] = (0..<64).map { $0 < 32 ? 5 : 6 }
    #expect(values == expected)
  }

  @Test func exitedThreadsHoldNoBarrierUp() throws {
    let values = try results(
      """
      setp.lt.u32 %p0, %t, 5; @%p0 exit;
      bar.sync 0; st.global.u32 [%out], 1;
      """, threads: 40, as: UInt32.self)
    let expected: [UInt32] = (0..<40).map { $0 < 5 ? 0 : 1 }
    #expect(values == expected)
  }

  @Test func aSpinningLaneGivesWayToTheOneItWaitsFor() throws {
    let values = try results(
      """
      .shared .align 4 .b8 lock[8];
      mov.u32 %r1, lock;
      ACQUIRE: atom.shared.cas.b32 %r0, [%r1], 0, 1;
      setp.ne.u32 %p0, %r0, 0; @%p0 bra ACQUIRE;
      ld.shared.u32 %r2, [%r1+4]; add.u32 %r2, %r2, 1; st.shared.u32 [%r1+4], %r2;
      atom.shared.exch.b32 %r3, [%r1], 0;
      bar.sync 0;
      ld.shared.u32 %r4, [%r1+4]; st.global.u32 [%out], %r4;
      """, threads: 48, as: UInt32.self)
    #expect(values.allSatisfy { $0 == 48 })
  }

  @Test func endlessLoopsAreCancelled() throws {
    var questions = 0
    let fault = try #require(
      try stop("LOOP: add.u32 %r0, %r0, 1; bra LOOP;", threads: 64) {
        questions += 1
        return questions > 3
      })
    #expect(fault.reason == .cancelled)
    #expect(questions == 4)
    let divergent = try #require(
      try stop("LOOP: setp.eq.u32 %p0, %t, 0; @%p0 bra LOOP; bar.sync 0; bra LOOP;", threads: 64) {
        questions += 1
        return questions > 8
      })
    #expect(divergent.reason == .cancelled)
  }

  @Test func deadlocksAndTrapsAreNamed() throws {
    let stuck = try stop("setp.eq.u32 %p0, %t, 0; @%p0 bar.sync 1; @!%p0 bar.sync 2;", threads: 32)
    #expect(stuck?.reason == .deadlock)
    let trap = try stop("setp.eq.u32 %p0, %t, 9; @%p0 trap;", threads: 32)
    #expect(trap?.reason == .trap)
    #expect(trap?.thread == Dimensions(9, 0, 0))
  }

  @Test func launchesThatCannotBeAreRefused() throws {
    let kernel = try #require(try module("ret;").kernel(named: "k"))
    let device = Device(byteCount: 4096)
    let cases: [(Dimensions, Dimensions, Int, Arguments)] = [
      (Dimensions(0), Dimensions(1), 0, Arguments(0)),
      (Dimensions(1), Dimensions(0), 0, Arguments(0)),
      (Dimensions(1), Dimensions(1025), 0, Arguments(0)),
      (Dimensions(1), Dimensions(64, 64), 0, Arguments(0)),
      (Dimensions(1, 65536), Dimensions(1), 0, Arguments(0)),
      (Dimensions(1), Dimensions(.max, .max, .max), 0, Arguments(0)),
      (Dimensions(1), Dimensions(1), 1 << 20, Arguments(0)),
      (Dimensions(1), Dimensions(1), -1, Arguments(0)),
      (Dimensions(1), Dimensions(1), 0, Arguments()),
    ]
    for (grid, block, shared, arguments) in cases {
      #expect(throws: ExecutionFault.self) {
        try launch(kernel, grid: grid, block: block, shared: shared, arguments, on: device)
      }
    }
  }

  @Test func clocksRunForward() throws {
    let values = try results(
      """
      mov.u64 %d0, %clock64; mov.u64 %d1, %globaltimer; mov.u32 %r0, %clock; nanosleep.u32 10;
      mov.u64 %d2, %clock64; setp.ge.u64 %p0, %d2, %d0; selp.b32 %r1, 1, 0, %p0;
      st.global.u32 [%out], %r1;
      """, as: UInt32.self)
    #expect(values == [1])
  }

  @Test func blocksCanBeRunInParts() throws {
    let kernel = try #require(
      try module(
        """
        .reg .b64 %d<3>; .reg .b32 %r<2>; ld.param.u64 %d0, [p0]; mov.u32 %r0, %ctaid.x;
        mul.wide.u32 %d1, %r0, 4; add.u64 %d0, %d0, %d1; red.global.add.u32 [%d0], 1;
        """
      ).kernel(named: "k"))
    let device = Device()
    let out = device.put([UInt32](repeating: 0, count: 10))
    for blocks in [0..<3, 7..<10] as [Range<UInt64>] {
      var parameter = out
      let executed = try withUnsafeBytes(of: &parameter) { bytes in
        try Executor.run(
          kernel,
          Launch(grid: Dimensions(10), block: Dimensions(2), parameters: bytes, blocks: blocks),
          memory: device, cancelled: { false })
      }
      #expect(executed == 3 * 2 * 6)
    }
    #expect(device.get(out, 10, as: UInt32.self) == [2, 2, 2, 0, 0, 0, 0, 2, 2, 2])
  }
}
