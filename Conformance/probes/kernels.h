#pragma once
// Kernels of the probes, as PTX text: no compiler is needed, and every driver that Tidelock
// supports takes ISA 7.0.
static const char probe_kernels[] =
    ".version 7.0\n.target sm_75\n.address_size 64\n"
    // put(p, v): p[thread] = v + thread
    ".visible .entry put(.param .u64 p, .param .u32 v) {\n"
    "  .reg .u64 %rd<4>; .reg .u32 %r<8>;\n"
    "  ld.param.u64 %rd1, [p]; ld.param.u32 %r1, [v];\n"
    "  mov.u32 %r2, %ctaid.x; mov.u32 %r3, %ntid.x; mov.u32 %r4, %tid.x;\n"
    "  mad.lo.u32 %r5, %r2, %r3, %r4;\n"
    "  mul.wide.u32 %rd2, %r5, 4; add.u64 %rd3, %rd1, %rd2;\n"
    "  add.u32 %r6, %r1, %r5; st.global.u32 [%rd3], %r6; ret;\n}\n"
    // bump(p, v): p[0] = p[0] * 3 + v, one thread
    ".visible .entry bump(.param .u64 p, .param .u32 v) {\n"
    "  .reg .u64 %rd<2>; .reg .u32 %r<4>;\n"
    "  ld.param.u64 %rd1, [p]; ld.param.u32 %r1, [v];\n"
    "  ld.global.u32 %r2, [%rd1]; mad.lo.u32 %r3, %r2, 3, %r1;\n"
    "  st.global.u32 [%rd1], %r3; ret;\n}\n"
    // get(p, q): q[0] = p[0]
    ".visible .entry get(.param .u64 p, .param .u64 q) {\n"
    "  .reg .u64 %rd<3>; .reg .u32 %r<2>;\n"
    "  ld.param.u64 %rd1, [p]; ld.param.u64 %rd2, [q];\n"
    "  ld.global.u32 %r1, [%rd1]; st.global.u32 [%rd2], %r1; ret;\n}\n"
    // hold(p, n): reads p[0] until it is not zero, at most n times
    ".visible .entry hold(.param .u64 p, .param .u32 n) {\n"
    "  .reg .u64 %rd<2>; .reg .u32 %r<4>; .reg .pred %p<3>;\n"
    "  ld.param.u64 %rd1, [p]; ld.param.u32 %r1, [n];\n"
    "again:\n"
    "  ld.volatile.global.u32 %r2, [%rd1]; setp.ne.u32 %p1, %r2, 0; @%p1 bra over;\n"
    "  sub.u32 %r1, %r1, 1; setp.ne.u32 %p2, %r1, 0; @%p2 bra again;\n"
    "over:\n  ret;\n}\n"
    // nothing()
    ".visible .entry nothing() {\n  ret;\n}\n";
