"""numba: kernels compiled from Python, arrays of the device, a stream, sums by atomics."""
import workload
from workload import MIB, need

numpy = need("numpy")
numba = need("numba")
cuda = need("numba.cuda")

ROW, THREADS = MIB // 4, 256


@cuda.jit
def fill(words, seed):
    row, first = cuda.blockIdx.x, cuda.threadIdx.x
    for at in range(first, words.shape[1], THREADS):
        # No two rows have the same sum.
        words[row, at] = (row * words.shape[1] + at) * 1664525 + seed + row


@cuda.jit
def change(words, number):
    row, first = cuda.blockIdx.x, cuda.threadIdx.x
    for at in range(first, words.shape[1], THREADS):
        words[row, at] = words[row, at] * 5 + number


@cuda.jit
def add_up(words, sums):
    row, first = cuda.blockIdx.x, cuda.threadIdx.x
    total = 0
    for at in range(first, words.shape[1], THREADS):
        total += words[row, at]
    cuda.atomic.add(sums, row, total)


class Kernels:
    def __init__(self, said):
        self.using = f"numba {numba.__version__}"
        self.rows = said.memory
        self.stream = cuda.stream()
        self.words = cuda.device_array((self.rows, ROW), dtype=numpy.uint32)
        fill[self.rows, THREADS, self.stream](self.words, said.seed)

    def round(self, number):
        change[self.rows, THREADS, self.stream](self.words, number)

    def contents(self):
        sums = cuda.to_device(numpy.zeros(self.rows, dtype=numpy.int64), stream=self.stream)
        add_up[self.rows, THREADS, self.stream](self.words, sums)
        yield sums.copy_to_host(stream=self.stream).tobytes()


workload.main(Kernels)
