"""tinygrad: a small network trained with generated kernels and the graphs it makes of them."""
import workload
from workload import MIB, need

tinygrad = need("tinygrad")
from tinygrad import Device, Tensor, TinyJit, dtypes

WIDTH, BATCH = 32, 16


class Training:
    def __init__(self, said):
        self.using = "tinygrad on " + Device.DEFAULT
        Tensor.manual_seed(said.seed)
        rows, row = said.memory, MIB // 4
        self.words = Tensor.zeros(rows, row, dtype=dtypes.uint32).contiguous().realize()
        words = Tensor.arange(rows * row, dtype=dtypes.uint32).reshape(rows, row) * 1664525
        # No two rows have the same sum.
        words += Tensor.arange(rows, dtype=dtypes.uint32).reshape(rows, 1) + said.seed
        self.words.assign(words).realize()
        self.weights = [Tensor.randn(WIDTH, WIDTH).contiguous().realize() for _ in range(2)]
        self.images = Tensor.randn(BATCH, WIDTH).contiguous().realize()
        self.step = TinyJit(self.changed)

    def changed(self, number):
        hidden = (self.images @ self.weights[0]).tanh()
        error = hidden @ self.weights[1] - self.images
        slope = hidden.transpose() @ error / BATCH
        Tensor.realize(self.weights[1].assign(self.weights[1] - slope * 0.1),
                       self.words.assign(self.words * 5 + number))

    def round(self, number):
        self.step(Tensor([number], dtype=dtypes.uint32).realize())

    def contents(self):
        yield self.words.sum(axis=1, dtype=dtypes.uint32).realize().data()
        for weight in self.weights:
            yield weight.data()


workload.main(Training)
