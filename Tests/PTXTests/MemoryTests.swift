import PTX
import Testing

/// The fault a launch of this body ends with.
func stop(
  _ body: String, threads: Int = 1, shared: Int = 0, byteCount: Int = 4096,
  isWritable: Bool = true, before: String = "", cancelled: () -> Bool = { false }
) throws -> ExecutionFault? {
  let device = Device(byteCount: byteCount)
  device.isWritable = isWritable
  let module = try module(prologue(4) + body, before: before)
  let kernel = try #require(module.kernel(named: "k"))
  do throws(ExecutionFault) {
    try launch(
      kernel, block: Dimensions(UInt32(threads)), shared: shared, Arguments(Device.base),
      on: device, cancelled: cancelled)
    return nil
  } catch {
    return error
  }
}

@Suite struct MemoryTests {
  @Test func loadsExtendAsTheirTypeSays() throws {
    let cases: [(String, UInt64)] = [
      ("s8 %h1, [%out]; cvt.s64.s16 %d0, %h1", UInt64(bitPattern: -2)),
      ("u8 %h1, [%out]; cvt.u64.u16 %d0, %h1", 0xfe),
      ("s8 %d0, [%out]", UInt64(bitPattern: -2)), ("u8 %d0, [%out]", 0xfe),
      ("s16 %d0, [%out]", UInt64(bitPattern: -2)), ("u16 %d0, [%out]", 0xfffe),
      ("s32 %d0, [%out]", UInt64(bitPattern: -2)), ("b32 %d0, [%out]", 0xffff_fffe),
      ("u8 %d0, [%out+1]", 0xff), ("volatile.s32 %d0, [%out+0]", UInt64(bitPattern: -2)),
    ]
    for (load, expected) in cases {
      let parts = load.hasPrefix("volatile.") ? "ld.volatile.global." : "ld.relaxed.gpu.global."
      let rest = load.hasPrefix("volatile.") ? String(load.dropFirst(9)) : load
      let got = try long("mov.u32 %r1, -2; st.global.u32 [%out], %r1; \(parts)\(rest);")
      #expect(got == expected, "\(load)")
    }
  }

  @Test func vectorsMoveInOrder() throws {
    let values = try results(
      """
      .local .align 16 .b8 depot[32]; .shared .align 16 .b8 tile[32];
      st.local.v4.u32 [depot], {1, 2, 3, 4};
      ld.local.v2.b64 {%d0, %d1}, [depot];
      mov.u32 %r9, tile;
      st.shared.v2.b64 [%r9+16], {%d0, %d1};
      ld.shared.v4.u32 {%r0, %r1, _, %r3}, [tile+16];
      st.global.v4.u32 [%out], {%r3, %r1, %r0, 9};
      """, as: SIMD4<UInt32>.self)
    #expect(values == [SIMD4(4, 2, 1, 9)])
  }

  @Test func genericAddressesReachEverySpace() throws {
    let values = try results(
      """
      .local .align 4 .b8 depot[16]; .shared .align 4 .b8 tile[512];
      mov.u64 %d0, tile; cvta.shared.u64 %d0, %d0; mul.wide.u32 %d1, %t, 4; add.u64 %d0, %d0, %d1;
      mov.u64 %d2, depot; cvta.local.u64 %d2, %d2;
      add.u32 %r0, %t, 100; st.u32 [%d0], %r0;
      add.u32 %r1, %t, 1000; st.u32 [%d2+4], %r1;
      cvta.to.shared.u64 %d3, %d0; ld.shared.u32 %r2, [%d3];
      cvta.to.local.u64 %d4, %d2; ld.local.u32 %r3, [%d4+4];
      ld.u32 %r4, [%d0]; ld.u32 %r5, [%d2+4];
      setp.eq.u32 %p0, %r2, %r4; setp.eq.and.u32 %p0, %r3, %r5, %p0;
      add.u32 %r6, %r2, %r3; selp.b32 %r6, %r6, 0, %p0;
      st.u32 [%out], %r6;
      """, threads: 100, as: UInt32.self)
    let expected: [UInt32] = (0..<100).map { 1100 + 2 * $0 }
    #expect(values == expected)
  }

  @Test func dynamicSharedMemoryLiesBehindTheStatic() throws {
    let text =
      header + """
        .extern .shared .align 16 .b8 pool[];
        .shared .align 4 .b32 before;
        .visible .entry k(.param .u64 p0)
        {
        .reg .b64 %d<4>; .reg .b32 %r<4>;
        ld.param.u64 %d0, [p0];
        st.shared.u32 [before], 77;
        mov.u64 %d1, pool; st.shared.u32 [%d1], 5; ld.shared.u32 %r0, [pool];
        ld.shared.u32 %r1, [before]; cvt.u32.u64 %r2, %d1;
        st.global.v4.u32 [%d0], {%r0, %r1, %r2, 0};
        mov.u32 %r3, %dynamic_smem_size; st.global.u32 [%d0+12], %r3;
        }
        """
    let kernel = try #require(try Module(parsing: text).kernel(named: "k"))
    #expect(kernel.staticSharedBytes == 4)
    let device = Device()
    let out = device.put([UInt32](repeating: 0, count: 4))
    try launch(kernel, block: Dimensions(1), shared: 64, Arguments(out), on: device)
    #expect(device.get(out, 4, as: UInt32.self) == [5, 77, 16, 64])
  }

  @Test func moduleVariablesAreFoundAtTheirAddresses() throws {
    let module = try module(
      prologue(4) + """
        ld.const.u32 %r0, [table+4]; ld.global.u16 %h0, [words+2]; cvt.u32.u16 %r1, %h0;
        mov.u64 %d0, counter; atom.global.add.u32 %r2, [%d0], 5; add.u32 %r0, %r0, %r1;
        st.global.u32 [%out], %r0;
        """,
      before: """
        .const .align 4 .u32 table[3] = {10, 20, 30};
        .visible .global .align 8 .b16 words[] = {1, 2, 3, 4};
        .global .u32 counter = 7;
        .global .f32 pi = 0f40490fdb;
        .extern .global .u32 elsewhere;
        """)
    #expect(module.variables.map(\.name) == ["table", "words", "counter", "pi"])
    #expect(module.variables.map(\.byteCount) == [12, 8, 4, 4])
    #expect(module.variables.map(\.isConstant) == [true, false, false, false])
    #expect(module.variables[1].alignmentBytes == 8)
    let device = Device()
    let addresses = module.variables.map { device.put($0.initial) }
    let out = device.put([UInt32(0)])
    let kernel = try #require(module.kernel(named: "k"))
    try launch(kernel, block: Dimensions(1), Arguments(out), variables: addresses, on: device)
    #expect(device.get(out, 1, as: UInt32.self) == [22])
    #expect(device.get(addresses[2], 1, as: UInt32.self) == [12])
    #expect(throws: ExecutionFault.self) {
      try launch(kernel, block: Dimensions(1), Arguments(out), variables: [], on: device)
    }
  }

  @Test func parametersLieAtNaturalAlignment() throws {
    let text =
      header + """
        .entry k(.param .u8 a, .param .u16 b, .param .f32 c, .param .align 16 .b8 d[20],
          .param .u64 .ptr .global .align 4 out)
        .maxntid 64, 2
        { .reg .b64 %d<3>; .reg .b16 %h<3>; .reg .b32 %r<9>; .reg .f32 %f;
        ld.param.u64 %d0, [out]; ld.param.s8 %h0, [a]; cvt.s32.s16 %r0, %h0;
        ld.param.u16 %h1, [b]; cvt.u32.u16 %r1, %h1; ld.param.f32 %f, [c];
        ld.param.v2.u32 {%r2, %r3}, [d+8]; mov.b64 %d1, d; ld.param.u32 %r4, [%d1+16];
        mov.b32 %r5, %f;
        st.global.v4.u32 [%d0], {%r0, %r1, %r2, %r3}; st.global.v2.u32 [%d0+16], {%r4, %r5};
        ret; }
        """
    let kernel = try #require(try Module(parsing: text).kernel(named: "k"))
    #expect(kernel.parameters.map(\.offsetBytes) == [0, 2, 4, 16, 40])
    #expect(kernel.parameters.map(\.sizeBytes) == [1, 2, 4, 20, 8])
    #expect(kernel.parameters.map(\.alignmentBytes) == [1, 2, 4, 16, 8])
    #expect(kernel.parameterBytes == 48)
    #expect(kernel.maximumBlock == Dimensions(64, 2, 1))
    let device = Device()
    let out = device.put([UInt32](repeating: 0, count: 6))
    var arguments = Arguments()
    arguments.add(Int8(-5))
    arguments.add(UInt16(600))
    arguments.add(Float(1))
    arguments.add(UInt64(0))
    for value in 1...5 as ClosedRange<UInt32> { arguments.add(value) }
    arguments.add(out)
    try launch(kernel, block: Dimensions(1), arguments, on: device)
    let expected: [UInt32] = [0xffff_fffb, 600, 3, 4, 5, 0x3f80_0000]
    #expect(device.get(out, 6, as: UInt32.self) == expected)
    #expect(throws: ExecutionFault.self) {
      try launch(kernel, block: Dimensions(65, 2), arguments, on: device)
    }
  }

  @Test func accessesBeyondARangeAreNamed() throws {
    let beyond = try #require(try stop("st.global.u32 [%out+4000], 1;", threads: 32))
    #expect(beyond.reason == .illegalAddress(address: Device.base + 4096, byteCount: 4))
    #expect(beyond.thread == Dimensions(24, 0, 0))
    #expect(beyond.kernel == "k")
    #expect(beyond.line == 12)
    let below = try #require(try stop("ld.global.u32 %r0, [%out+-4];"))
    #expect(below.reason == .illegalAddress(address: Device.base - 4, byteCount: 4))
    let null = try #require(try stop("mov.u64 %d0, 0; ld.u32 %r0, [%d0];"))
    #expect(null.reason == .illegalAddress(address: 0, byteCount: 4))
    let crooked = try #require(try stop("ld.global.u32 %r0, [%out+2];"))
    #expect(crooked.reason == .misalignedAddress(address: Device.base + 2, byteCount: 4))
    let vector = try #require(try stop("ld.global.v2.u32 {%r0, %r1}, [%out+4];"))
    #expect(vector.reason == .misalignedAddress(address: Device.base + 4, byteCount: 8))
    let locked = try #require(try stop("st.global.u32 [%out], 1;", isWritable: false))
    #expect(locked.reason == .illegalAddress(address: Device.base, byteCount: 4))
    let atom = try #require(
      try stop("atom.global.add.u32 %r0, [%out], 1;", isWritable: false))
    #expect(atom.reason == .illegalAddress(address: Device.base, byteCount: 4))
  }

  @Test func otherSpacesHaveBoundsToo() throws {
    let shared = ".shared .b8 tile[64]; .local .b8 depot[8];"
    let cases = [
      "ld.shared.u32 %r0, [tile+64];", "ld.shared.u32 %r0, [tile+-4];",
      "st.local.u32 [depot+8], 1;",
      "mov.u64 %d0, tile; cvta.shared.u64 %d0, %d0; ld.u32 %r0, [%d0+64];",
      "mov.u64 %d0, depot; cvta.local.u64 %d0, %d0; st.u32 [%d0+8], 1;",
      "mov.u64 %d0, p0; ld.param.u64 %d1, [%d0+8];", "mov.u32 %r1, 60; ld.shared.b64 %d0, [%r1+8];",
    ]
    for code in cases {
      let fault = try #require(try stop(shared + code), "\(code)")
      switch fault.reason {
      case .illegalAddress, .misalignedAddress: break
      default: Issue.record("\(code): \(fault)")
      }
    }
  }

  @Test func consecutiveLanesShareOneLookup() throws {
    let module = try module(prologue(4) + "st.global.u32 [%out], %t; ld.global.u32 %r0, [%out];")
    let device = Device()
    let out = device.put([UInt32](repeating: 0, count: 1024))
    try launch(
      try #require(module.kernel(named: "k")), grid: Dimensions(8), block: Dimensions(1024),
      Arguments(out), on: device)
    #expect(device.lookups == 2)
  }

  @Test(
    arguments: [
      ("add.u32", 10, 3, 13), ("min.s32", 0xffff_ffff, 3, 0xffff_ffff),
      ("min.u32", 0xffff_ffff, 3, 3),
      ("max.s32", 0xffff_ffff, 3, 3), ("max.u32", 0xffff_ffff, 3, 0xffff_ffff),
      ("and.b32", 12, 10, 8),
      ("or.b32", 12, 10, 14), ("xor.b32", 12, 10, 6), ("exch.b32", 1, 9, 9), ("inc.u32", 3, 5, 4),
      ("inc.u32", 5, 5, 0), ("dec.u32", 0, 5, 5), ("dec.u32", 9, 5, 5), ("dec.u32", 4, 5, 3),
      ("add.s32", 1, 0xffff_ffff, 0), ("add.f32", 0x3f80_0000, 0x3f80_0000, 0x4000_0000),
    ] as [(String, UInt32, UInt32, UInt32)])
  func atomics(name: String, old: UInt32, operand: UInt32, new: UInt32) throws {
    let type = name.hasSuffix("f32") ? "%f1" : "%r1"
    let move = "mov.b32 \(type), \(operand);"
    for space in ["global", "shared"] {
      let place = space == "global" ? "[%out+4]" : "[cell]"
      let result = try results(
        """
        .shared .u32 cell; st.\(space).u32 \(place), \(old); \(move)
        atom.\(space).\(name) \(type == "%f1" ? "%f0" : "%r0"), \(place), \(type);
        \(type == "%f1" ? "mov.b32 %r0, %f0;" : "")
        ld.\(space).u32 %r2, \(place);
        st.global.v2.u32 [%out], {%r0, %r2};
        """, as: SIMD2<UInt32>.self)
      #expect(result == [SIMD2(old, new)], "\(space) \(name)")
    }
  }

  @Test func atomicsOfManyThreadsLoseNothing() throws {
    let module = try module(
      """
      .reg .b64 %d<3>; .reg .b32 %r<6>; .reg .pred %p; .reg .f32 %f;
      ld.param.u64 %d0, [p0];
      red.global.add.u32 [%d0], 1; atom.add.u64 %d1, [%d0+8], 3; mov.f32 %f, 0.5;
      red.gpu.global.add.f32 [%d0+4], %f;
      mov.u32 %r0, %tid.x; red.relaxed.sys.global.max.u32 [%d0+16], %r0;
      AGAIN: ld.volatile.global.u32 %r1, [%d0+20]; add.u32 %r2, %r1, 2;
      atom.global.cas.b32 %r3, [%d0+20], %r1, %r2;
      setp.ne.u32 %p, %r3, %r1; @%p bra AGAIN;
      """)
    let device = Device()
    let out = device.put([UInt32](repeating: 0, count: 6))
    try launch(
      try #require(module.kernel(named: "k")), grid: Dimensions(4), block: Dimensions(256),
      Arguments(out), on: device)
    let values = device.get(out, 6, as: UInt32.self)
    #expect(values == [1024, Float(512).bitPattern, 3072, 0, 255, 2048])
  }
}
