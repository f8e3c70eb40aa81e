"""What the cells of the test notebooks use the GPU with: memory that a kernel changes and that is
compared, every byte of it, with what it must be. Straight on the driver, by ctypes."""
import array
import ctypes
import time

MIB = 1 << 20
BLOCK_BYTES = 2 * MIB
TOUCHED = 256

KERNEL = b"""
.version 7.0
.target sm_75
.address_size 64
.visible .entry step(.param .u64 p, .param .u32 stride, .param .u32 v) {
  .reg .u64 %rd<4>; .reg .u32 %r<9>;
  ld.param.u64 %rd1, [p]; ld.param.u32 %r1, [stride]; ld.param.u32 %r2, [v];
  mov.u32 %r3, %ctaid.x; mov.u32 %r4, %ntid.x; mov.u32 %r5, %tid.x;
  mad.lo.u32 %r6, %r3, %r4, %r5; mul.lo.u32 %r7, %r6, %r1;
  mul.wide.u32 %rd2, %r7, 4; add.u64 %rd3, %rd1, %rd2;
  ld.global.u32 %r8, [%rd3]; add.u32 %r8, %r8, %r2; st.global.u32 [%rd3], %r8; ret;
}
"""


class Driver:
    """libcuda.so.1 with a context and the kernel above."""

    def __init__(self):
        self.library = ctypes.CDLL("libcuda.so.1")
        context, module = ctypes.c_void_p(), ctypes.c_void_p()
        self.function = ctypes.c_void_p()
        self("cuInit", 0)
        self("cuCtxCreate_v2", ctypes.byref(context), 0, 0)
        self("cuModuleLoadData", ctypes.byref(module), KERNEL)
        self("cuModuleGetFunction", ctypes.byref(self.function), module, b"step")

    def __call__(self, name, *arguments):
        code = getattr(self.library, name)(*arguments)
        if code != 0:
            raise RuntimeError(f"{name}: CUDA error {code}")


class Memory:
    """`mib` of device memory, filled with a pattern of its own."""

    def __init__(self, mib, seed):
        self.driver = Driver()
        self.host = (ctypes.c_char * BLOCK_BYTES)()
        self.stride = BLOCK_BYTES // 4 // TOUCHED
        self.blocks, self.added = [], 0
        for number in range(mib * MIB // BLOCK_BYTES):
            pattern = array.array("I", ((seed * 40503 + number * 977 + word * 2654435761) % 2**32
                                        for word in range(4096)))
            content = array.array("I", pattern * (BLOCK_BYTES // 4 // len(pattern)))
            block = ctypes.c_uint64()
            self.driver("cuMemAlloc_v2", ctypes.byref(block), ctypes.c_size_t(BLOCK_BYTES))
            self.driver("cuMemcpyHtoD_v2", block, content.tobytes(), ctypes.c_size_t(BLOCK_BYTES))
            self.blocks.append((block, content))

    def changed(self, content, value):
        """What the kernel makes of a block."""
        content = content[:]
        for place in range(0, TOUCHED * self.stride, self.stride):
            content[place] = (content[place] + value) % 2**32
        return content

    def add(self, value):
        """A kernel per block."""
        for number, (block, content) in enumerate(self.blocks):
            arguments = [block, ctypes.c_uint32(self.stride), ctypes.c_uint32(value)]
            pointers = (ctypes.c_void_p * 3)(*(ctypes.addressof(one) for one in arguments))
            after = self.changed(content, value)
            self.driver("cuLaunchKernel", self.driver.function, TOUCHED // 64, 1, 1, 64, 1, 1, 0,
                        None, pointers, None)
            self.blocks[number] = (block, after)
        self.driver("cuCtxSynchronize")
        self.added += value

    def check(self, interrupted=None):
        """Every byte is what it must be; says so with the sum of what was added. After an
        interrupted `add` one block may have been changed already."""
        uncertain = 0
        for number, (block, content) in enumerate(self.blocks):
            self.driver("cuMemcpyDtoH_v2", self.host, block, ctypes.c_size_t(BLOCK_BYTES))
            if self.host.raw == content.tobytes():
                continue
            uncertain += 1
            after = self.changed(content, interrupted or 0)
            if uncertain > (interrupted is not None) or self.host.raw != after.tobytes():
                raise RuntimeError(f"block {number} has other bytes")
            self.blocks[number] = (block, after)
        return f"intact {self.added}"

    def work(self, seconds):
        """Keeps the GPU busy."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.add(1)
        return self.check()
