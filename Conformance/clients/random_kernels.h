#pragma once
// Kernels of random-program, PTX. None depends on the order in which threads run.
static const char random_kernels[] =
    ".version 7.0\n.target sm_75\n.address_size 64\n"
    // mix(p, words, q, qwords, stride, k): p[i*stride % words] = 1664525 * itself + q[i % qwords]
    // + k. stride is odd and words a power of two, so every thread has a word of its own.
    ".visible .entry mix(.param .u64 p, .param .u32 words, .param .u64 q, .param .u32 qwords,\n"
    "                    .param .u32 stride, .param .u32 k) {\n"
    "  .reg .u64 %rd<8>; .reg .u32 %r<20>;\n"
    "  ld.param.u64 %rd1, [p]; ld.param.u32 %r1, [words]; ld.param.u64 %rd2, [q];\n"
    "  ld.param.u32 %r2, [qwords]; ld.param.u32 %r3, [stride]; ld.param.u32 %r4, [k];\n"
    "  mov.u32 %r5, %ctaid.x; mov.u32 %r6, %ntid.x; mov.u32 %r7, %tid.x;\n"
    "  mad.lo.u32 %r8, %r5, %r6, %r7;\n"
    "  mul.lo.u32 %r9, %r8, %r3; sub.u32 %r10, %r1, 1; and.b32 %r9, %r9, %r10;\n"
    "  sub.u32 %r11, %r2, 1; and.b32 %r11, %r8, %r11;\n"
    "  mul.wide.u32 %rd3, %r9, 4; add.u64 %rd3, %rd1, %rd3;\n"
    "  mul.wide.u32 %rd4, %r11, 4; add.u64 %rd4, %rd2, %rd4;\n"
    "  ld.global.u32 %r12, [%rd3]; ld.global.u32 %r13, [%rd4];\n"
    "  mad.lo.u32 %r12, %r12, 1664525, %r13; add.u32 %r12, %r12, %r4;\n"
    "  st.global.u32 [%rd3], %r12; ret;\n}\n"
    // total(p, q, qwords, stride): p[0] += q[i*stride % qwords] over all threads
    ".visible .entry total(.param .u64 p, .param .u64 q, .param .u32 qwords,\n"
    "                      .param .u32 stride) {\n"
    "  .reg .u64 %rd<8>; .reg .u32 %r<20>;\n"
    "  ld.param.u64 %rd1, [p]; ld.param.u64 %rd2, [q]; ld.param.u32 %r2, [qwords];\n"
    "  ld.param.u32 %r3, [stride];\n"
    "  mov.u32 %r5, %ctaid.x; mov.u32 %r6, %ntid.x; mov.u32 %r7, %tid.x;\n"
    "  mad.lo.u32 %r8, %r5, %r6, %r7; mul.lo.u32 %r8, %r8, %r3;\n"
    "  sub.u32 %r11, %r2, 1; and.b32 %r11, %r8, %r11;\n"
    "  mul.wide.u32 %rd4, %r11, 4; add.u64 %rd4, %rd2, %rd4; ld.global.u32 %r13, [%rd4];\n"
    "  atom.global.add.u32 %r14, [%rd1], %r13; ret;\n}\n"
    // blend(p, words, a): p[i] = fma(float(p[i] & 0xffff), a, float(i)), as bits
    ".visible .entry blend(.param .u64 p, .param .u32 words, .param .f32 a) {\n"
    "  .reg .u64 %rd<8>; .reg .u32 %r<20>; .reg .f32 %f<8>;\n"
    "  ld.param.u64 %rd1, [p]; ld.param.u32 %r1, [words]; ld.param.f32 %f1, [a];\n"
    "  mov.u32 %r5, %ctaid.x; mov.u32 %r6, %ntid.x; mov.u32 %r7, %tid.x;\n"
    "  mad.lo.u32 %r8, %r5, %r6, %r7; sub.u32 %r10, %r1, 1; and.b32 %r9, %r8, %r10;\n"
    "  mul.wide.u32 %rd3, %r9, 4; add.u64 %rd3, %rd1, %rd3; ld.global.u32 %r12, [%rd3];\n"
    "  and.b32 %r12, %r12, 0xffff; cvt.rn.f32.u32 %f2, %r12; cvt.rn.f32.u32 %f3, %r9;\n"
    "  fma.rn.f32 %f4, %f2, %f1, %f3; st.global.f32 [%rd3], %f4; ret;\n}\n"
    // turn(p): the first 256 words of p reversed through shared memory, one block of 256
    ".visible .entry turn(.param .u64 p) {\n"
    "  .reg .u64 %rd<8>; .reg .u32 %r<20>; .shared .align 4 .b8 room[1024];\n"
    "  ld.param.u64 %rd1, [p]; mov.u32 %r1, %tid.x; mul.wide.u32 %rd2, %r1, 4;\n"
    "  add.u64 %rd3, %rd1, %rd2; ld.global.u32 %r2, [%rd3];\n"
    "  mov.u32 %r3, room; shl.b32 %r4, %r1, 2; add.u32 %r5, %r3, %r4; st.shared.u32 [%r5], %r2;\n"
    "  bar.sync 0;\n"
    "  sub.u32 %r6, 1020, %r4; add.u32 %r6, %r3, %r6; ld.shared.u32 %r7, [%r6];\n"
    "  add.u32 %r7, %r7, %r1; st.global.u32 [%rd3], %r7; ret;\n}\n";
