"""CuPy: arrays of its pool, kernels that it compiles at run time, products by cuBLAS."""
import workload
from workload import MIB, need

cupy = need("cupy")

change = cupy.RawKernel(r"""
extern "C" __global__ void change(unsigned *words, unsigned long long count, unsigned number) {
  unsigned long long at = blockIdx.x * (unsigned long long)blockDim.x + threadIdx.x;
  if (at < count) words[at] = words[at] * 5u + number;
}
""", "change")

SIZE, THREADS = 512, 256


class Arrays:
    def __init__(self, said):
        self.using = f"cupy {cupy.__version__}"
        words = cupy.arange(said.memory * MIB // 4, dtype=cupy.uint32)
        words *= cupy.uint32(1664525)
        words += cupy.uint32(said.seed)
        self.words = words.reshape(said.memory, MIB // 4)
        # No two rows have the same sum.
        self.words += cupy.arange(said.memory, dtype=cupy.uint32)[:, None]
        random = cupy.random.RandomState(said.seed)
        self.state = random.standard_normal((SIZE, SIZE), dtype=cupy.float32)
        self.weight = random.standard_normal((SIZE, SIZE), dtype=cupy.float32) / SIZE**0.5
        self.stream = cupy.cuda.Stream(non_blocking=True)
        # It does not wait for the stream that all this was made in.
        cupy.cuda.Device().synchronize()

    def round(self, number):
        blocks = (self.words.size + THREADS - 1) // THREADS
        with self.stream:
            change((blocks,), (THREADS,), (self.words, cupy.uint64(self.words.size),
                                           cupy.uint32(number)))
            self.state = cupy.tanh(self.state @ self.weight)

    def contents(self):
        with self.stream:
            yield self.words.sum(axis=1, dtype=cupy.uint64).get().tobytes()
            yield self.state.get().tobytes()


workload.main(Arrays)
