"""torch with memory that comes and goes, by the allocator that PYTORCH_CUDA_ALLOC_CONF names:
expandable segments, or CUDA's own allocation in stream order (backend:cudaMallocAsync)."""
import os
import random

import torch_parts
import workload
from torch_parts import MIB, torch

PIECES = 24


class Churn(torch_parts.Training):
    def __init__(self, said):
        super().__init__(said)
        self.random = random.Random(said.seed)
        self.pieces = []
        if said.device == "cuda":
            self.expect(os.environ.get("PYTORCH_CUDA_ALLOC_CONF", ""))

    @staticmethod
    def expect(wanted):
        """What was asked for must be in force, or something else would be tested."""
        backend = torch.cuda.memory.get_allocator_backend()
        if "cudaMallocAsync" in wanted and backend != "cudaMallocAsync":
            raise RuntimeError(f"torch allocates by {backend}, not by cudaMallocAsync")
        if "expandable_segments:True" in wanted:
            segments = torch.cuda.memory_snapshot()
            if not any(segment.get("is_expandable") for segment in segments):
                raise RuntimeError("torch made no expandable segment")

    def round(self, number):
        super().round(number)
        if len(self.pieces) >= PIECES:
            for _ in range(PIECES // 2):
                del self.pieces[self.random.randrange(len(self.pieces))]
        words = self.random.randrange(MIB // 16, 2 * MIB)
        piece = torch.arange(words, dtype=torch.int32, device=self.device)
        self.pieces.append(piece.mul_(number + 1))

    def contents(self):
        yield from super().contents()
        yield from torch_parts.held(
            [torch.stack([piece.sum(dtype=torch.int64) for piece in self.pieces])])


workload.main(Churn)
