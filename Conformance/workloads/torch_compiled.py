"""torch.compile: the same training with generated kernels, forward and backward."""
import torch_parts
import workload
from torch_parts import torch


class Compiled(torch_parts.Training):
    def __init__(self, said):
        super().__init__(said)
        self.loss_of = torch.compile(self.loss)


workload.main(Compiled)
