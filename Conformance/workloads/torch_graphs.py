"""CUDA graphs by torch: a whole step of training, captured once and replayed."""
import torch_parts
import workload
from torch_parts import torch

WARM_UPS = 3


class Replayed(torch_parts.Training):
    def __init__(self, said):
        super().__init__(said)
        graphed = said.device == "cuda"
        self.optimizer = torch.optim.Adam(
            self.network.parameters(), lr=1e-3, capturable=graphed)
        self.images = torch.randn(self.BATCH, 3, 32, 32, device=self.device)
        self.replay = self.captured() if graphed else self.step

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        self.loss(self.images).backward()
        self.optimizer.step()

    def captured(self):
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(WARM_UPS):
                self.step()
        torch.cuda.current_stream().wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        # Its gradients must lie in the graph's own memory.
        self.optimizer.zero_grad(set_to_none=True)
        with torch.cuda.graph(graph):
            self.loss(self.images).backward()
            self.optimizer.step()
        return graph.replay

    def round(self, number):
        self.images.normal_()
        self.replay()
        self.ballast.change(number)


workload.main(Replayed)
