// PTX: the corners of instructions. Each case is a body that leaves its answer in %r9 (or %rd9),
// run by one thread, so that the interpreter's answers can be held against a GPU's.
#include <stdio.h>
#include <string.h>

#include "probe.h"

struct instruction {
  const char *finding;
  const char *body;
};

static const char frame[] =
    ".version 7.0\n.target sm_75\n.address_size 64\n"
    ".visible .entry k(.param .u64 out) {\n"
    "  .reg .pred %%p<10>; .reg .b16 %%h<10>; .reg .u32 %%r<20>; .reg .u64 %%rd<20>;\n"
    "  .reg .f32 %%f<20>; .reg .f64 %%d<20>;\n"
    "  ld.param.u64 %%rd19, [out];\n  mov.u32 %%r9, 0; mov.u64 %%rd9, 0;\n"
    "  %s\n"
    "  st.global.u64 [%%rd19], %%rd9; st.global.u32 [%%rd19+8], %%r9; ret;\n}\n";

static void run_each(const struct instruction *rows) {
  begin();
  CUdeviceptr address = device_memory(4096, 0);
  for (; rows->finding; rows++) {
    char text[4096];
    snprintf(text, sizeof text, frame, rows->body);
    CUmodule module;
    CUfunction function;
    CUresult status = drv(cuModuleLoadData)(&module, text);
    if (status) {
      say(rows->finding, "load %s", code_name(status));
      continue;
    }
    MUST(cuModuleGetFunction, &function, module, "k");
    void *values[] = {&address};
    status = launch(function, 1, 1, NULL, values);
    if (!status) status = drv(cuCtxSynchronize)();
    if (status) {
      say(rows->finding, "run %s", code_name(status));
      if (drv(cuCtxSynchronize)()) return;
      continue;
    }
    uint64_t wide = word_at(address) | (uint64_t)word_at(address + 4) << 32;
    uint32_t narrow = word_at(address + 8);
    if (wide)
      say(rows->finding, "%016llx", (unsigned long long)wide);
    else
      say(rows->finding, "%08x", narrow);
    MUST(cuModuleUnload, module);
  }
}

static void integers(void) {
  static const struct instruction rows[] = {
      {"shl-by-32", "mov.u32 %r1, 1; mov.u32 %r2, 32; shl.b32 %r9, %r1, %r2;"},
      {"shl-by-33", "mov.u32 %r1, 3; mov.u32 %r2, 33; shl.b32 %r9, %r1, %r2;"},
      {"shr-u-by-40", "mov.u32 %r1, -1; mov.u32 %r2, 40; shr.u32 %r9, %r1, %r2;"},
      {"shr-s-by-40", "mov.u32 %r1, -8; mov.u32 %r2, 40; shr.s32 %r9, %r1, %r2;"},
      {"shl-64-by-64", "mov.u64 %rd1, 1; mov.u32 %r2, 64; shl.b64 %rd9, %rd1, %r2;"},
      {"mul-hi-u", "mov.u32 %r1, -1; mul.hi.u32 %r9, %r1, %r1;"},
      {"mul-hi-s", "mov.u32 %r1, -1; mul.hi.s32 %r9, %r1, 5;"},
      {"mul-wide-s", "mov.u32 %r1, -3; mul.wide.s32 %rd9, %r1, 7;"},
      {"mul-lo-wraps", "mov.u32 %r1, 0x10001; mul.lo.u32 %r9, %r1, %r1;"},
      {"mad-lo-wraps", "mov.u32 %r1, 0x7fffffff; mad.lo.s32 %r9, %r1, 2, 5;"},
      {"rem-s-sign", "mov.u32 %r1, -7; mov.u32 %r2, 3; rem.s32 %r9, %r1, %r2;"},
      {"div-s-truncates", "mov.u32 %r1, -7; mov.u32 %r2, 2; div.s32 %r9, %r1, %r2;"},
      {"div-u-by-zero", "mov.u32 %r1, 5; mov.u32 %r2, 0; div.u32 %r9, %r1, %r2;"},
      {"div-s-min-by-minus-1", "mov.u32 %r1, 0x80000000; mov.u32 %r2, -1; div.s32 %r9, %r1, %r2;"},
      {"neg-min", "mov.u32 %r1, 0x80000000; neg.s32 %r9, %r1;"},
      {"abs-min", "mov.u32 %r1, 0x80000000; abs.s32 %r9, %r1;"},
      {"min-s", "mov.u32 %r1, -1; min.s32 %r9, %r1, 1;"},
      {"min-u", "mov.u32 %r1, -1; min.u32 %r9, %r1, 1;"},
      {"add-64-carries", "mov.u64 %rd1, 0xffffffff; add.u64 %rd9, %rd1, 1;"},
      {"sub-borrows", "mov.u32 %r1, 0; sub.u32 %r9, %r1, 1;"},
      {"setp-lt-s", "mov.u32 %r1, -1; setp.lt.s32 %p1, %r1, 0; selp.u32 %r9, 1, 2, %p1;"},
      {"setp-lo-u", "mov.u32 %r1, -1; setp.lt.u32 %p1, %r1, 1; selp.u32 %r9, 1, 2, %p1;"},
      {NULL, NULL},
  };
  run_each(rows);
}

static void floats(void) {
  static const struct instruction rows[] = {
      {"fma-once-rounded",
       "mov.f32 %f1, 0f3f800001; mov.f32 %f2, 0fbf800002; fma.rn.f32 %f3, %f1, %f1, %f2;"
       "mov.b32 %r9, %f3;"},
      {"mul-add-apart",
       "mov.f32 %f1, 0f3f800001; mov.f32 %f2, 0fbf800002; mul.rn.f32 %f3, %f1, %f1;"
       "add.rn.f32 %f3, %f3, %f2; mov.b32 %r9, %f3;"},
      {"max-nan", "mov.f32 %f1, 0f7fc00000; mov.f32 %f2, 0f40000000; max.f32 %f3, %f1, %f2;"
                  "mov.b32 %r9, %f3;"},
      {"min-zero-signs", "mov.f32 %f1, 0f80000000; mov.f32 %f2, 0f00000000;"
                         "min.f32 %f3, %f2, %f1; mov.b32 %r9, %f3;"},
      {"div-by-zero", "mov.f32 %f1, 0f3f800000; mov.f32 %f2, 0f00000000;"
                      "div.rn.f32 %f3, %f1, %f2; mov.b32 %r9, %f3;"},
      {"div-third", "mov.f32 %f1, 0f3f800000; mov.f32 %f2, 0f40400000;"
                    "div.rn.f32 %f3, %f1, %f2; mov.b32 %r9, %f3;"},
      {"sqrt-2", "mov.f32 %f1, 0f40000000; sqrt.rn.f32 %f3, %f1; mov.b32 %r9, %f3;"},
      {"sqrt-minus-1-is-nan", "mov.f32 %f1, 0fbf800000; sqrt.rn.f32 %f3, %f1;"
                              "setp.nan.f32 %p1, %f3, %f3; selp.u32 %r9, 1, 2, %p1;"},
      {"rcp-3", "mov.f32 %f1, 0f40400000; rcp.rn.f32 %f3, %f1; mov.b32 %r9, %f3;"},
      {"denormal-kept", "mov.f32 %f1, 0f00000003; mov.f32 %f2, 0f40000000;"
                        "mul.rn.f32 %f3, %f1, %f2; mov.b32 %r9, %f3;"},
      {"denormal-ftz", "mov.f32 %f1, 0f00000003; mov.f32 %f2, 0f40000000;"
                       "mul.rn.ftz.f32 %f3, %f1, %f2; mov.b32 %r9, %f3;"},
      {"neg-zero", "mov.f32 %f1, 0f00000000; neg.f32 %f3, %f1; mov.b32 %r9, %f3;"},
      {"abs", "mov.f32 %f1, 0fc0000000; abs.f32 %f3, %f1; mov.b32 %r9, %f3;"},
      {"ex2-3", "mov.f32 %f1, 0f40400000; ex2.approx.f32 %f3, %f1; mov.b32 %r9, %f3;"},
      {"lg2-8", "mov.f32 %f1, 0f41000000; lg2.approx.f32 %f3, %f1; mov.b32 %r9, %f3;"},
      {"setp-eq-nan", "mov.f32 %f1, 0f7fc00000; setp.eq.f32 %p1, %f1, %f1;"
                      "selp.u32 %r9, 1, 2, %p1;"},
      {"setp-neu-nan", "mov.f32 %f1, 0f7fc00000; setp.neu.f32 %p1, %f1, %f1;"
                       "selp.u32 %r9, 1, 2, %p1;"},
      {"setp-ne-nan", "mov.f32 %f1, 0f7fc00000; setp.ne.f32 %p1, %f1, %f1;"
                      "selp.u32 %r9, 1, 2, %p1;"},
      {"f64-fma", "mov.f64 %d1, 0d3ff0000000000001; mov.f64 %d2, 0dbff0000000000002;"
                  "fma.rn.f64 %d3, %d1, %d1, %d2; mov.b64 %rd9, %d3;"},
      {"f64-sqrt-2", "mov.f64 %d1, 0d4000000000000000; sqrt.rn.f64 %d3, %d1; mov.b64 %rd9, %d3;"},
      {NULL, NULL},
  };
  run_each(rows);
}

static void conversions(void) {
  static const struct instruction rows[] = {
      {"f32-to-s32-rzi", "mov.f32 %f1, 0fc0600000; cvt.rzi.s32.f32 %r9, %f1;"},
      {"f32-to-s32-rni-half", "mov.f32 %f1, 0f40200000; cvt.rni.s32.f32 %r9, %f1;"},
      {"f32-to-s32-large", "mov.f32 %f1, 0f7149f2ca; cvt.rzi.s32.f32 %r9, %f1;"},
      {"f32-to-s32-nan", "mov.f32 %f1, 0f7fc00000; cvt.rzi.s32.f32 %r9, %f1;"},
      {"f32-to-u32-negative", "mov.f32 %f1, 0fc0600000; cvt.rzi.u32.f32 %r9, %f1;"},
      {"s32-to-f32", "mov.u32 %r1, -16777217; cvt.rn.f32.s32 %f1, %r1; mov.b32 %r9, %f1;"},
      {"u64-to-f32", "mov.u64 %rd1, -1; cvt.rn.f32.u64 %f1, %rd1; mov.b32 %r9, %f1;"},
      {"f64-to-f32", "mov.f64 %d1, 0d3ff0000010000000; cvt.rn.f32.f64 %f1, %d1;"
                     "mov.b32 %r9, %f1;"},
      {"f32-to-f64", "mov.f32 %f1, 0f3fc00000; cvt.f64.f32 %d1, %f1; mov.b64 %rd9, %d1;"},
      {"f32-to-f16", "mov.f32 %f1, 0f3f801000; cvt.rn.f16.f32 %h1, %f1; cvt.u32.u16 %r9, %h1;"},
      {"f32-to-f16-large", "mov.f32 %f1, 0f49742400; cvt.rn.f16.f32 %h1, %f1;"
                           "cvt.u32.u16 %r9, %h1;"},
      {"f32-to-f16-tiny", "mov.f32 %f1, 0f33800000; cvt.rn.f16.f32 %h1, %f1;"
                          "cvt.u32.u16 %r9, %h1;"},
      {"f16-to-f32", "mov.u16 %h1, 0x3555; cvt.f32.f16 %f1, %h1; mov.b32 %r9, %f1;"},
      {"s8-extends", "mov.u32 %r1, 0x1ff; cvt.s32.s8 %r9, %r1;"},
      {"u8-cuts", "mov.u32 %r1, 0x1ff; cvt.u32.u8 %r9, %r1;"},
      {"s32-to-s64", "mov.u32 %r1, -2; cvt.s64.s32 %rd9, %r1;"},
      {"sat-u8", "mov.u32 %r1, 300; cvt.sat.u8.u32 %r9, %r1;"},
      {"floor", "mov.f32 %f1, 0fc0200000; cvt.rmi.f32.f32 %f2, %f1; mov.b32 %r9, %f2;"},
      {"sat-f32", "mov.f32 %f1, 0f40200000; cvt.sat.f32.f32 %f2, %f1; mov.b32 %r9, %f2;"},
      {NULL, NULL},
  };
  run_each(rows);
}

static void bits(void) {
  static const struct instruction rows[] = {
      {"xor", "mov.u32 %r1, 0xff00ff00; xor.b32 %r9, %r1, -1;"},
      {"not", "mov.u32 %r1, 0xff00ff00; not.b32 %r9, %r1;"},
      {"and-pred", "setp.eq.u32 %p1, 1, 1; setp.eq.u32 %p2, 1, 2; and.pred %p3, %p1, %p2;"
                   "selp.u32 %r9, 1, 2, %p3;"},
      {"not-guard", "setp.eq.u32 %p1, 1, 2; @!%p1 mov.u32 %r9, 5; @%p1 mov.u32 %r9, 6;"},
      {"vector-memory", "st.global.v4.u32 [%rd19+64], {1, 2, 3, 4};"
                        "ld.global.v2.u32 {%r1, %r2}, [%rd19+72]; mad.lo.u32 %r9, %r1, 16, %r2;"},
      {"byte-memory", "mov.u32 %r1, 0x1ab; st.global.u8 [%rd19+64], %r1;"
                      "ld.global.s8 %r9, [%rd19+64];"},
      {"half-word-memory", "mov.u16 %h1, 0x8001; st.global.u16 [%rd19+64], %h1;"
                           "ld.global.s16 %r9, [%rd19+64];"},
      {"specials", "mov.u32 %r1, %ntid.x; mov.u32 %r2, %nctaid.x; mov.u32 %r3, %laneid;"
                   "mad.lo.u32 %r9, %r1, 16, %r2; add.u32 %r9, %r9, %r3;"},
      {NULL, NULL},
  };
  run_each(rows);
}

static CUfunction only(const char *text, const char *name) {
  CUmodule module;
  CUfunction function;
  MUST(cuModuleLoadData, &module, text);
  MUST(cuModuleGetFunction, &function, module, name);
  return function;
}

#define HEAD ".version 7.0\n.target sm_75\n.address_size 64\n"

static void shared(void) {
  begin();
  static const char text[] = HEAD
      ".visible .entry k(.param .u64 p) {\n"
      "  .reg .u32 %r<8>; .reg .u64 %rd<6>; .shared .align 4 .b8 room[1024];\n"
      "  ld.param.u64 %rd1, [p]; mov.u32 %r1, %tid.x; mul.wide.u32 %rd2, %r1, 4;\n"
      "  mov.u32 %r5, room; shl.b32 %r2, %r1, 2; add.u32 %r5, %r5, %r2;\n"
      "  st.shared.u32 [%r5], %r1;\n  bar.sync 0;\n"
      "  mov.u32 %r3, 1020; sub.u32 %r3, %r3, %r2; mov.u32 %r6, room; add.u32 %r6, %r6, %r3;\n"
      "  ld.shared.u32 %r4, [%r6]; add.u64 %rd3, %rd1, %rd2; st.global.u32 [%rd3], %r4; ret;\n}\n";
  CUdeviceptr address = device_memory(4096, 0);
  void *values[] = {&address};
  say_code("launch", launch(only(text, "k"), 1, 256, NULL, values));
  FIND("synchronise", cuCtxSynchronize, );
  bool reversed = true;
  for (uint32_t i = 0; i < 256; i++) reversed = reversed && word_at(address + 4 * i) == 255 - i;
  say_if("block-reversed-through-shared-memory", reversed);
}

static void atomics(void) {
  begin();
  static const char text[] = HEAD
      ".visible .entry k(.param .u64 p) {\n"
      "  .reg .u32 %r<8>; .reg .u64 %rd<3>;\n"
      "  ld.param.u64 %rd1, [p]; mov.u32 %r1, %tid.x;\n"
      "  atom.global.add.u32 %r2, [%rd1], %r1; red.global.max.u32 [%rd1+4], %r1;\n"
      "  atom.global.cas.b32 %r3, [%rd1+8], 0, 9; atom.global.exch.b32 %r4, [%rd1+12], 3;\n"
      "  ret;\n}\n";
  CUdeviceptr address = device_memory(4096, 0);
  void *values[] = {&address};
  CUmodule module;
  if (say_code("load", drv(cuModuleLoadData)(&module, text))) return;
  CUfunction function;
  MUST(cuModuleGetFunction, &function, module, "k");
  say_code("launch", launch(function, 16, 256, NULL, values));
  FIND("synchronise", cuCtxSynchronize, );
  say("sum-max-cas-exch", "%u %u %u %u", word_at(address), word_at(address + 4),
      word_at(address + 8), word_at(address + 12));
}

static void misaligned(void) {
  begin();
  CUdeviceptr address = device_memory(4096, 0) + 2;
  uint32_t value = 1;
  void *values[] = {&address, &value};
  say_code("launch", launch(kernel("put"), 1, 1, NULL, values));
  FIND("synchronise", cuCtxSynchronize, );
  CUdeviceptr more;
  FIND("allocate", cuMemAlloc_v2, &more, 4096);
}

static void null_address(void) {
  begin();
  CUdeviceptr address = 0;
  uint32_t value = 1;
  void *values[] = {&address, &value};
  say_code("launch", launch(kernel("put"), 1, 1, NULL, values));
  FIND("synchronise", cuCtxSynchronize, );
}

static void grid(void) {
  begin();
  static const char text[] = HEAD
      ".visible .entry k(.param .u64 p) {\n"
      "  .reg .u32 %r<16>; .reg .u64 %rd<4>;\n"
      "  ld.param.u64 %rd1, [p];\n"
      "  mov.u32 %r1, %ctaid.x; mov.u32 %r2, %ctaid.y; mov.u32 %r3, %nctaid.x;\n"
      "  mov.u32 %r4, %tid.x; mov.u32 %r5, %tid.y; mov.u32 %r6, %ntid.x; mov.u32 %r7, %ntid.y;\n"
      "  mad.lo.u32 %r8, %r2, %r3, %r1; mul.lo.u32 %r9, %r6, %r7; mul.lo.u32 %r8, %r8, %r9;\n"
      "  mad.lo.u32 %r10, %r5, %r6, %r4; add.u32 %r8, %r8, %r10;\n"
      "  mul.wide.u32 %rd2, %r8, 4; add.u64 %rd3, %rd1, %rd2; st.global.u32 [%rd3], %r8; ret;\n}\n";
  CUdeviceptr address = device_memory(4096, 0xFF);
  void *values[] = {&address};
  FIND("launch", cuLaunchKernel, only(text, "k"), 3, 2, 1, 8, 4, 1, 0, NULL, values, NULL);
  FIND("synchronise", cuCtxSynchronize, );
  bool right = true;
  for (uint32_t i = 0; i < 192; i++) right = right && word_at(address + 4 * i) == i;
  say_if("every-thread-of-a-3x2-grid-of-8x4-blocks-ran-once", right);
}

const struct probe ptx_probes[] = {
    {"ptx-integers", integers},
    {"ptx-floats", floats},
    {"ptx-conversions", conversions},
    {"ptx-bits-and-memory", bits},
    {"ptx-shared", shared},
    {"ptx-atomics", atomics},
    {"ptx-misaligned", misaligned},
    {"ptx-null-address", null_address},
    {"ptx-grid", grid},
    {NULL, NULL},
};
