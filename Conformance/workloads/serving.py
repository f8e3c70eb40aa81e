"""A server of language models as vLLM is one: it profiles a forward pass at the largest batch,
takes one block of 90 % of the GPU it sees, less what that pass needed, for keys and values,
captures a CUDA graph for each of eight batch sizes, and replays them."""
import random

import torch_parts
import workload
from torch_parts import MIB, torch

SIZES = (1, 2, 4, 8, 16, 32, 64, 128)
WIDTH, LAYERS = 256, 4
SLOT_WORDS = WIDTH
SEEN = 16


class Server:
    def __init__(self, said):
        # Its slots differ from each other, so that their order does not matter.
        self.device = torch_parts.start(said, deterministic=False)
        self.using = torch_parts.using()
        self.random = random.Random(said.seed)
        self.weights = [torch.randn(WIDTH, WIDTH, device=self.device) / WIDTH**0.5
                        for _ in range(LAYERS)]
        largest = SIZES[-1]
        self.queries = torch.zeros(largest, WIDTH, device=self.device)
        self.answers = torch.zeros(largest, WIDTH, device=self.device)
        self.slots = torch.arange(largest, device=self.device)
        self.earlier = torch.zeros(largest, SEEN, dtype=torch.long, device=self.device)
        self.cache = torch.zeros(largest * SEEN, SLOT_WORDS, device=self.device)
        self.cache = self.block(said)
        # One after the other: the graphs share the memory for what they compute in between.
        self.pool = torch.cuda.graph_pool_handle() if said.device == "cuda" else None
        self.replays = {size: self.captured(size) for size in reversed(SIZES)}

    def block(self, said):
        """Nine tenths of the GPU, less what a pass takes; every slot with numbers of its own."""
        if said.device == "cuda":
            free, total = torch.cuda.mem_get_info()
            if said.share:
                total = said.share * MIB
            torch.cuda.reset_peak_memory_stats()
            self.forward(SIZES[-1])
            torch.cuda.synchronize()
            mib = total * 9 // 10 // MIB - torch.cuda.max_memory_reserved() // MIB
            if mib * MIB > free:
                raise RuntimeError(f"a block of {mib} MiB where {free // MIB} MiB are free")
        else:
            mib = said.memory
        block = torch_parts.unlike(mib, said.seed, self.device)
        # As numbers between 1 and 2, made in place: the block is all there is.
        block.bitwise_and_(0x7FFFFF).bitwise_or_(0x3F800000)
        return block.view(torch.float32).view(-1, SLOT_WORDS)

    def forward(self, size):
        x = self.queries[:size]
        for weight in self.weights:
            x = torch.tanh(x @ weight)
        self.cache[self.slots[:size]] = x
        seen = self.cache[self.earlier[:size].reshape(-1)].view(size, SEEN, SLOT_WORDS)
        weight = torch.softmax((seen * x[:, None]).sum(dim=2), dim=1)
        self.answers[:size] = (weight[:, :, None] * seen).sum(dim=1)

    def captured(self, size):
        if self.device.type == "cpu":
            return lambda: self.forward(size)
        self.forward(size)
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self.pool):
            self.forward(size)
        return graph.replay

    def round(self, number):
        size = self.random.choice(SIZES)
        slots = self.random.sample(range(len(self.cache)), SIZES[-1])
        seen = [self.random.randrange(len(self.cache)) for _ in range(SIZES[-1] * SEEN)]
        self.slots.copy_(torch.tensor(slots))
        self.earlier.copy_(torch.tensor(seen).view(SIZES[-1], SEEN))
        self.queries.copy_(self.answers * 0.5 + (number % 7) / 7)
        self.replays[size]()

    def contents(self):
        words = self.cache.view(torch.int32).view(-1, MIB // 4)
        return torch_parts.held([torch_parts.sums(words), self.answers])


workload.main(Server)
