import PTX
import Testing

@Suite struct ParserTests {
  @Test(arguments: [
    "frobnicate.s32 %r0, 1;", "add.q32 %r0, 1, 2;", "add.cc.s32 %r0, 1, 2;",
    "add.rz.f32 %f0, 1.0, 2.0;",
    "mul.s32 %r0, 1, 2;", "setp.lt.b32 %p0, 1, 2;", "setp.lo.s32 %p0, 1, 2;",
    "cvt.f32.f64 %f0, %g0;",
    "cvt.s32.f32 %r0, %f0;", "div.f32x %f0, 1.0;", "sin.f32 %f0, %f1;",
    "ld.global.v3.f32 %f0, [%out];",
    "st.const.u32 [%out], %r0;", "atom.global.nand.b32 %r0, [%out], %r1;",
    "shfl.down.b32 %r0, %r1, 1, 31;",
    "mma.sync.aligned.m8n8k4.row.col.f32.f16.f16.f32 {%f0}, {%r0}, {%r1}, {%f0};",
    "tex.2d.v4.f32.s32 {%f0, %f1, %f2, %f3}, [%out];", "call foo;", "call.uni (%r0), foo, (%r1);",
    "min.b32 %r0, 1, 2;", "red.global.exch.b32 [%out], 1;", "wgmma.fence.sync.aligned;",
    "cp.async.ca.shared.global [%r0], [%out], 4;", "bar.cluster.arrive;", "vote.all.pred %p0, %p1;",
  ])
  func whatIsMissingIsNamedWhole(code: String) throws {
    let opcode = String(code.prefix { $0 != " " && $0 != ";" })
    #expect(fault(code) == .unsupported(opcode))
  }

  @Test(arguments: [
    "add.s32 %r0, %d0, 1;", "add.s64 %d0, %r0, 1;", "add.s32 %p0, 1, 2;", "add.s32 5, 1, 2;",
    "add.s32 %r0, 1;", "add.s32 %r0, 1, 2, 3;", "add.f32 %f0, 1, 2;", "add.s32 %r0, 1.5, 2;",
    "selp.b32 %r0, 1, 2, %r1;", "@%r0 add.s32 %r0, 1, 2;", "ld.global.u32 %r0, %out;",
    "ld.global.v2.u32 %r0, [%out];", "ld.global.u64 %r0, [%out];", "ld.global.u32 %r0, [%f0];",
    "ld.shared.u32 %r0, [p0];", "mov.u32 %r0, _;", "mov.b64 %d0, {%r0, %r1, %r2};",
    "ld.param.u64 %d0, [p0+8];",
    "ld.param.u64 %d0, [p0+-8];", "lop3.b32 %r0, %r1, %r2, %r3, 256;", "mov.u16 %h0, tile;",
    "add.s32 !%p0, 1, 2;", "add.s32 %r0, !%p0, 2;",
  ])
  func operandsThatDoNotFitAreRefused(code: String) throws {
    switch fault(".shared .b32 tile;" + code) {
    case .operand: break
    case let other: Issue.record("\(code): \(String(describing: other))")
    }
  }

  @Test(arguments: [
    "add.s32 %r0, 1, 2", "add.s32 %r0, 1, ;", "add.s32 %r0 1, 2;", "{ add.s32 %r0, 1, 2;",
    "ld.global.u32 %r0, [%out;",
    "@%p0;", "mov.u32 %r0, 0xgg;", "mov.u32 %r0, 99999999999999999999;", "/* no end",
    "mov.f32 %f0, 0f12;", "\u{1}",
    ".reg .b32;", ".shared .align 3 .b8 x[4];", "mov.u32 %r0, {{1, 2}, 3};", ".pragma \"nounroll;",
  ])
  func grammarIsChecked(code: String) throws {
    switch fault(code) {
    case .syntax: break
    case let other: Issue.record("\(code): \(String(describing: other))")
    }
  }

  @Test func namesAreResolvedInTheirScope() throws {
    #expect(fault("add.s32 %r40, 1, 2;") == .undeclared("%r40"))
    #expect(fault("add.s32 %zz, 1, 2;") == .undeclared("%zz"))
    #expect(fault("bra NOWHERE;") == .undeclared("NOWHERE"))
    #expect(fault("L: L: ret;") == .redeclared("L"))
    #expect(fault(".reg .b32 %q; .reg .f32 %q;") == .redeclared("%q"))
    #expect(fault("{ .reg .b32 q; } mov.b32 q, 1;") == .undeclared("q"))
    let value = try word(
      """
      .reg .b32 q; mov.b32 q, 1; mov.u32 %r0, 0;
      { .reg .b32 q; .reg .pred go; mov.b32 q, 2; add.u32 %r0, %r0, q; setp.eq.u32 go, q, 2;
        @go bra INNER; mov.u32 %r0, 99; INNER: { @go bra OUTER; mov.u32 %r0, 98; } }
      OUTER: add.u32 %r0, %r0, q;
      """)
    #expect(value == 3)
  }

  @Test func faultsTellKernelAndLine() throws {
    do throws(PTXFault) {
      _ = try Module(parsing: header + ".entry first()\n{\n  ret;\n  bogus.u32 %r1;\n}\n")
      Issue.record("parsed")
    } catch {
      #expect(error.line == 7)
      #expect(error.kernel == "first")
      #expect(error.description == "ptx line 7 in kernel first: not supported: bogus.u32")
    }
  }

  @Test func modulesAsCompilersWriteThem() throws {
    let text = """
      //
      // Generated
      //
      .version 8.3
      .target sm_90a, debug
      .address_size 64
      .file 1 "kernel.cu"
      .extern .func (.param .b32 func_retval0) vprintf (.param .b64 a, .param .b64 b) ;
      .func (.param .b32 r) helper(.param .b32 x) { .reg .b32 %r<2>; { ret; } }
      .visible .entry _Z1kPf(
      \t.param .u64 _Z1kPf_param_0
      )
      .maxntid 128, 1, 1
      .minnctapersm 2
      .pragma "abi_param_reg all";
      {
      \t.loc 1 3 0, function_name $L__info, inlined_at 1 4 5
      \t.reg .pred \t%p<2>;
      \t.reg .f32 %f<3>, %g;
      \t.reg .b64 %rd<3>;
      $L__BB0_1:
      \tld.param.u64 %rd1, [_Z1kPf_param_0];
      \tcvta.to.global.u64 %rd2, %rd1; /* a
      comment */ ld.global.nc.L1::no_allocate.L2::128B.f32 %f1, [%rd2];
      \tst.global.wt.f32 [%rd2+4], %f1; membar.gl; fence.acq_rel.gpu; fence.sc.sys;
      \tprefetch.global.L2 [%rd2];
      \t.pragma "nounroll";
      \tret;
      }
      .visible .entry other() { ret; }
      .section .debug_str { .b8 1 { } }
      """
    var bytes = Array(text.utf8)
    bytes += [0, 0xff, 0x7b]
    let module = try bytes.withUnsafeBufferPointer { try Module(parsing: $0) }
    #expect(module.kernels.map(\.name) == ["_Z1kPf", "other"])
    #expect(module.target == "sm_90a")
    #expect(module.version == "8.3")
    #expect(module.kernels[0].registerCount == 3)
    #expect(try Module(parsing: "").kernels.isEmpty)
  }

  @Test func limitsHold() throws {
    let scopes = String(repeating: "{", count: Limits.scopes + 1)
    #expect(fault(scopes) == .limit("nested scopes"))
    #expect(fault(".shared .b8 big[300000];") == .limit("shared memory"))
    #expect(fault(".local .b8 big[600000];") == .limit("local memory"))
    #expect(fault(".shared .b8 big[999999999999];") == .limit("array elements"))
    let registers = (0...Limits.registers).map { "mov.u32 %q\($0), 0;" }.joined()
    #expect(fault(".reg .b32 %q<100000>;" + registers) == .limit("registers"))
    #expect(fault(".reg .b32 %q<4000000000>;") == .limit("registers"))
    let many = (0...Limits.vectorElements).map { "%r\($0)" }.joined(separator: ",")
    #expect(fault("mov.b64 %d0, {\(many)};") == .limit("braced operands"))
    let long = [UInt8](repeating: UInt8(ascii: " "), count: Limits.textBytes + 1)
    #expect(throws: PTXFault.self) {
      try long.withUnsafeBufferPointer { try Module(parsing: $0) }
    }
  }

  // MARK: fuzzing

  static let seeds: [String] = [
    header + """
      .const .align 4 .u32 table[3] = {10, 20, 30};
      .extern .shared .align 16 .b8 pool[];
      .visible .entry a(.param .u64 p0, .param .align 8 .b8 s[24]) .maxntid 64, 1, 1
      { .reg .pred %p<3>; .reg .b16 %h<3>; .reg .b32 %r<9>; .reg .b64 %d<5>; .reg .f32 %f<5>;
      .local .align 8 .b8 depot[16]; .shared .align 4 .b8 tile[64];
      ld.param.u64 %d0, [p0]; mov.u32 %r0, %tid.x; mul.wide.u32 %d1, %r0, 4; add.s64 %d1, %d0, %d1;
      and.b32 %r7, %r0, 7; shl.b32 %r7, %r7, 2; mov.u32 %r1, tile; add.u32 %r1, %r1, %r7;
      LOOP: ld.shared.u32 %r2, [%r1]; add.u32 %r2, %r2, 1; st.shared.u32 [%r1], %r2;
      setp.lt.and.u32 %p0|%p1, %r2, 5, %p2; @!%p0 bra NEXT; bra.uni LOOP;
      NEXT: bar.sync 0; atom.global.add.u32 %r3, [%d0], 1; ld.global.v2.f32 {%f0, %f1}, [%d0];
      fma.rn.f32 %f2, %f0, %f1, 0f3f800000; cvt.rn.f16.f32 %h0, %f2; mov.b32 %r4, {%h0, %h1};
      shfl.sync.bfly.b32 %r5|%p1, %r4, 1, 31, 0xffffffff; selp.b32 %r6, %r5, 7, %p1;
      ld.const.u32 %r8, [table+4]; st.local.u32 [depot], %r8; st.global.f32 [%d1], %f2; ret; }
      """,
    header + """
      .visible .entry b(.param .u64 p0)
      { .reg .b32 %r<12>; .reg .b64 %d<2>; .reg .f32 %f<4>; .reg .f64 %g<4>; .reg .pred %p;
      ld.param.u64 %d0, [p0];
      mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32
      {%f0, %f1, %f2, %f3}, {%r0, %r1, %r2, %r3},
      {%r4, %r5}, {%f0, %f1, %f2, %f3};
      cvt.rzi.s32.f32 %r6, %f0; cvt.f64.f32 %g0, %f1; div.rn.f64 %g1, %g0, 3.0;
      sin.approx.f32 %f1, %f0;
      bfe.u32 %r7, %r6, 3, 4; bfi.b32 %r8, %r7, %r6, 1, 2;
      prmt.b32 %r9, %r8, %r7, 0x5410;
      lop3.b32 %r10, %r7, %r8, %r9, 0x96;
      vote.sync.ballot.b32 %r11, %p, -1; st.global.u32 [%d0], %r10; }
      """,
  ]

  static let snippets = [
    "ld", ".v4", ".b64", "%r", "<", ">", "{", "}", "[", "]", ";", ",", "@!", "|", "0x", "-", "+",
    "4294967296",
    ".shared", ".reg", "%p0", "bra", ":", "LOOP", ".align", "\"", "/*", "//", "%tid.x", "_", "0f",
    "1e", ".f32",
    "mov.b64 ", "\n", "\0", "::", "cvt", ".sat", "atom", "9999999999999999999999",
  ]

  /// Whatever the text is, the answer is a module or a fault; and what parses runs or faults.
  @Test(arguments: [0x7469_6465, 0x6c6f_636b] as [UInt64])
  func mutatedTextNeverCrashes(seed: UInt64) throws {
    print("fuzz seed \(seed)")
    for text in Self.seeds { _ = try Module(parsing: text) }
    var random = SplitMix64(seed: seed)
    let device = Device(byteCount: 4096)
    var parsed = 0
    for _ in 0..<3000 {
      var text = Array(Self.seeds[Int.random(in: 0..<Self.seeds.count, using: &random)].utf8)
      for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&text, &random) }
      guard let module = try? text.withUnsafeBufferPointer({ try Module(parsing: $0) }) else {
        continue
      }
      parsed += 1
      for kernel in module.kernels {
        var checks = 0
        let bytes = [UInt8](repeating: 0, count: 64)
        try? bytes.withUnsafeBytes { parameters in
          var copy = Array(parameters)
          withUnsafeBytes(of: Device.base) { copy.replaceSubrange(0..<8, with: $0) }
          try copy.withUnsafeBytes {
            _ = try Executor.run(
              kernel,
              Launch(
                grid: Dimensions(1), block: Dimensions(33), parameters: $0,
                variables: module.variables.map { _ in Device.base + 1024 }),
              memory: device
            ) {
              checks += 1
              return checks > 2
            }
          }
        }
      }
    }
    #expect(parsed > 100)
  }

  private func mutate(_ text: inout [UInt8], _ random: inout SplitMix64) {
    guard !text.isEmpty else { return }
    let at = Int.random(in: 0..<text.count, using: &random)
    let length = min(Int.random(in: 1...12, using: &random), text.count - at)
    switch Int.random(in: 0..<18, using: &random) {
    case 6...:
      // Another digit leaves most texts whole, so that strange programs run, too.
      guard let digit = text[at...].firstIndex(where: { $0 >= 0x30 && $0 <= 0x39 }) else { return }
      text[digit] = UInt8.random(in: 0x30...0x39, using: &random)
    case 0: text.removeSubrange(at..<at + length)
    case 1: text[at] = UInt8.random(in: 0...255, using: &random)
    case 2: text.insert(contentsOf: Array(text[at..<at + length]), at: at)
    case 3:
      let snippet = Self.snippets[Int.random(in: 0..<Self.snippets.count, using: &random)]
      text.insert(contentsOf: Array(snippet.utf8), at: at)
    case 4: text[at] = UInt8.random(in: 0x20...0x7e, using: &random)
    default: text.removeSubrange(at...)
    }
  }
}
