"""The driver alone, by ctypes: needs nothing that is not part of Python."""
import ctypes

import workload
from workload import MIB

KERNEL = b"""
.version 7.0
.target sm_75
.address_size 64
.visible .entry change(.param .u64 words, .param .u32 number) {
  .reg .u64 %at<4>; .reg .u32 %r<6>;
  ld.param.u64 %at1, [words]; ld.param.u32 %r1, [number];
  mov.u32 %r2, %ctaid.x; mov.u32 %r3, %ntid.x; mov.u32 %r4, %tid.x;
  mad.lo.u32 %r5, %r2, %r3, %r4;
  mul.wide.u32 %at2, %r5, 4; add.u64 %at3, %at1, %at2;
  ld.global.u32 %r5, [%at3]; mad.lo.u32 %r5, %r5, 5, %r1; st.global.u32 [%at3], %r5; ret;
}
.visible .entry mixed(.param .u64 words, .param .u64 out) {
  .reg .u64 %at<6>; .reg .u32 %r<8>; .reg .pred %more;
  ld.param.u64 %at1, [words]; ld.param.u64 %at2, [out];
  mov.u32 %r1, %ctaid.x; mov.u32 %r2, %ntid.x; mov.u32 %r3, %tid.x;
  mad.lo.u32 %r4, %r1, %r2, %r3;
  mul.wide.u32 %at3, %r4, 4096; add.u64 %at3, %at1, %at3;
  mul.wide.u32 %at4, %r4, 4; add.u64 %at4, %at2, %at4;
  mov.u32 %r5, 0; mov.u32 %r6, 1024;
next:
  ld.global.u32 %r7, [%at3]; mad.lo.u32 %r5, %r5, 31, %r7;
  add.u64 %at3, %at3, 4; sub.u32 %r6, %r6, 1; setp.ne.u32 %more, %r6, 0;
  @%more bra next;
  st.global.u32 [%at4], %r5; ret;
}
"""
BLOCKS, SPAN, THREADS = 8, MIB, 256
# The bytes that a thread of `mixed` makes one word of.
MIXED = 4096


class Calls:
    """Blocks of which each round changes one MiB in turn, and all of which are read, on the
    device: a word of each page, into which its words went in their order."""

    def __init__(self, said):
        self.driver = ctypes.CDLL("libcuda.so.1")
        self.using = "the driver"
        context, module = ctypes.c_void_p(), ctypes.c_void_p()
        self.change, self.mixed = ctypes.c_void_p(), ctypes.c_void_p()
        self.call("cuInit", 0)
        self.call("cuDevicePrimaryCtxRetain", ctypes.byref(context), 0)
        self.call("cuCtxSetCurrent", context)
        self.call("cuModuleLoadData", ctypes.byref(module), KERNEL)
        self.call("cuModuleGetFunction", ctypes.byref(self.change), module, b"change")
        self.call("cuModuleGetFunction", ctypes.byref(self.mixed), module, b"mixed")
        self.bytes = said.memory * MIB // BLOCKS
        self.host = ctypes.create_string_buffer(self.bytes * 4 // MIXED)
        self.out = ctypes.c_uint64()
        self.call("cuMemAlloc_v2", ctypes.byref(self.out), ctypes.c_size_t(len(self.host)))
        self.blocks = [self.filled(said.seed * BLOCKS + index) for index in range(BLOCKS)]

    def filled(self, value):
        block = ctypes.c_uint64()
        size = ctypes.c_size_t(self.bytes)
        self.call("cuMemAlloc_v2", ctypes.byref(block), size)
        self.call("cuMemsetD32_v2", block, value, ctypes.c_size_t(self.bytes // 4))
        return block

    def call(self, name, *arguments):
        result = getattr(self.driver, name)(*arguments)
        if result:
            raise RuntimeError(f"{name}: error {result}")

    def round(self, number):
        for block in self.blocks:
            at = ctypes.c_uint64(block.value + number * SPAN % self.bytes)
            self.launch(self.change, SPAN // 4, at, ctypes.c_uint32(number))
        self.call("cuCtxSynchronize")

    def launch(self, kernel, threads, *arguments):
        pointers = [ctypes.cast(ctypes.byref(one), ctypes.c_void_p) for one in arguments]
        values = (ctypes.c_void_p * len(pointers))(*pointers)
        self.call("cuLaunchKernel", kernel, threads // THREADS, 1, 1, THREADS, 1, 1, 0, None,
                  values, None)

    def contents(self):
        for block in self.blocks:
            self.launch(self.mixed, self.bytes // MIXED, block, self.out)
            self.call("cuMemcpyDtoH_v2", self.host, self.out, ctypes.c_size_t(len(self.host)))
            yield self.host


if __name__ == "__main__":
    workload.main(Calls)
