"""Triton: kernels compiled from Python, launched through a module that it builds itself."""
import torch_parts
import workload
from torch_parts import torch
from workload import need

triton = need("triton")
tl = need("triton.language")

BLOCK = 1024


@triton.jit
def change(words, count, number, BLOCK: tl.constexpr):
    at = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = at < count
    value = tl.load(words + at, mask=inside)
    tl.store(words + at, value * 5 + number, mask=inside)


@triton.jit
def product(a, b, c, SIZE: tl.constexpr):
    row, column = tl.program_id(0), tl.program_id(1)
    rows = row * 32 + tl.arange(0, 32)
    columns = column * 32 + tl.arange(0, 32)
    total = tl.zeros((32, 32), dtype=tl.float32)
    for start in range(0, SIZE, 32):
        inner = start + tl.arange(0, 32)
        left = tl.load(a + rows[:, None] * SIZE + inner[None, :])
        right = tl.load(b + inner[:, None] * SIZE + columns[None, :])
        total += tl.dot(left, right, input_precision="ieee")
    tl.store(c + rows[:, None] * SIZE + columns[None, :], total)


class Kernels:
    SIZE = 256

    def __init__(self, said):
        self.device = torch_parts.start(said)
        self.using = torch_parts.using(triton)
        self.ballast = torch_parts.Ballast(said, self.device)
        self.state = torch.randn(self.SIZE, self.SIZE, device=self.device)
        self.weight = torch.randn(self.SIZE, self.SIZE, device=self.device) / self.SIZE**0.5
        self.next = torch.empty_like(self.state)

    def round(self, number):
        count = self.ballast.rows.numel()
        change[(triton.cdiv(count, BLOCK),)](self.ballast.rows, count, number, BLOCK=BLOCK)
        blocks = self.SIZE // 32
        product[(blocks, blocks)](self.state, self.weight, self.next, SIZE=self.SIZE)
        torch.tanh(self.next, out=self.state)

    def contents(self):
        return torch_parts.held([self.ballast.sums(), self.state])


workload.main(Kernels)
