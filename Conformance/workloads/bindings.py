"""NVIDIA's cuda-bindings: the driver as CuPy, numba-cuda and cuda-core reach it. Everything the
binding resolves comes from cuGetProcAddress; CUDA_PYTHON_CUDA_PER_THREAD_DEFAULT_STREAM=1 in the
environment makes it resolve the per-thread names of each."""
import ctypes

import workload
from driver_calls import KERNEL, MIXED, SPAN, THREADS
from workload import MIB, need

need("cuda.bindings")
from cuda.bindings import driver

BLOCKS = 4


def done(answer):
    """The values of a call that succeeded."""
    result, *values = answer
    if result != driver.CUresult.CUDA_SUCCESS:
        raise RuntimeError(f"the driver answers {result}")
    return values[0] if len(values) == 1 else values


class Bindings:
    """Blocks of memory of both kinds, changed through a library's kernel, a module's function and
    a captured graph, in turn, and read through pinned memory."""

    def __init__(self, said):
        self.using = "cuda-bindings"
        done(driver.cuInit(0))
        device = done(driver.cuDeviceGet(0))
        self.context = done(driver.cuDevicePrimaryCtxRetain(device))
        done(driver.cuCtxPushCurrent(self.context))
        self.stream = done(driver.cuStreamCreate(driver.CUstream_flags.CU_STREAM_NON_BLOCKING))
        self.event = done(driver.cuEventCreate(driver.CUevent_flags.CU_EVENT_DISABLE_TIMING))
        module = done(driver.cuModuleLoadData(KERNEL))
        library = done(driver.cuLibraryLoadData(KERNEL, None, None, 0, None, None, 0))
        self.function = done(driver.cuModuleGetFunction(module, b"change"))
        self.kernel = done(driver.cuLibraryGetKernel(library, b"change"))
        self.mixed = done(driver.cuModuleGetFunction(module, b"mixed"))
        self.bytes = said.memory * MIB // BLOCKS
        self.blocks = [self.allocated(index) for index in range(BLOCKS)]
        for index, block in enumerate(self.blocks):
            done(driver.cuMemsetD32Async(block, said.seed * BLOCKS + index, self.bytes // 4,
                                         self.stream))
        self.read = self.bytes * 4 // MIXED
        self.out = done(driver.cuMemAlloc(self.read))
        self.pinned = done(driver.cuMemAllocHost(self.read))
        self.graph = self.captured()
        self.asked(device)

    def asked(self, device):
        """What numba-cuda wants to know of a device and a kernel before it launches one."""
        done(driver.cuDeviceGetCount())
        done(driver.cuDeviceGetName(64, device))
        done(driver.cuDeviceGetUuid(device))
        for name in ("COMPUTE_CAPABILITY_MAJOR", "MULTIPROCESSOR_COUNT", "UNIFIED_ADDRESSING"):
            attribute = getattr(driver.CUdevice_attribute, f"CU_DEVICE_ATTRIBUTE_{name}")
            done(driver.cuDeviceGetAttribute(attribute, device))
        if int(done(driver.cuCtxGetCurrent())) != int(self.context):
            raise RuntimeError("another context is current than was made so")
        done(driver.cuCtxGetDevice())
        free, total = done(driver.cuMemGetInfo())
        if total - free < self.bytes * BLOCKS:
            raise RuntimeError(f"{total - free} bytes are in use, allocated {self.bytes * BLOCKS}")
        done(driver.cuKernelGetAttribute(
            driver.CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK, self.kernel,
            device))
        for block in self.blocks:
            start, size = done(driver.cuMemGetAddressRange(block))
            if (int(start), int(size)) != (int(block), self.bytes):
                raise RuntimeError(f"the block at {int(block):x} is one of {size} at {start}")

    def allocated(self, index):
        """Every other block in stream order."""
        if index % 2:
            return done(driver.cuMemAllocAsync(self.bytes, self.stream))
        return done(driver.cuMemAlloc(self.bytes))

    def launch(self, block, number, stream):
        """As a plain launch and as one with a configuration."""
        values = ((int(block) + number * SPAN % self.bytes, number),
                  (ctypes.c_void_p, ctypes.c_uint32))
        grid = SPAN // 4 // THREADS
        if number % 2:
            done(driver.cuLaunchKernel(self.function, grid, 1, 1, THREADS, 1, 1, 0, stream,
                                       values, 0))
            return
        configuration = driver.CUlaunchConfig()
        configuration.gridDimX, configuration.gridDimY, configuration.gridDimZ = grid, 1, 1
        configuration.blockDimX, configuration.blockDimY, configuration.blockDimZ = THREADS, 1, 1
        configuration.hStream = stream
        done(driver.cuLaunchKernelEx(configuration, driver.CUfunction(int(self.kernel)),
                                     values, 0))

    def captured(self):
        mode = driver.CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL
        done(driver.cuStreamBeginCapture(self.stream, mode))
        for block in self.blocks:
            self.launch(block, 1, self.stream)
        graph = done(driver.cuStreamEndCapture(self.stream))
        return done(driver.cuGraphInstantiate(graph, 0))

    def round(self, number):
        for block in self.blocks:
            self.launch(block, number, self.stream)
        done(driver.cuGraphLaunch(self.graph, self.stream))
        done(driver.cuEventRecord(self.event, self.stream))
        done(driver.cuEventSynchronize(self.event))

    def contents(self):
        for block in self.blocks:
            values = ((int(block), int(self.out)), (ctypes.c_void_p, ctypes.c_void_p))
            done(driver.cuLaunchKernel(self.mixed, self.bytes // MIXED // THREADS, 1, 1, THREADS,
                                       1, 1, 0, self.stream, values, 0))
            done(driver.cuMemcpyDtoHAsync(self.pinned, self.out, self.read, self.stream))
            done(driver.cuStreamSynchronize(self.stream))
            yield bytes((ctypes.c_char * self.read).from_address(int(self.pinned)))


if __name__ == "__main__":
    workload.main(Bindings)
