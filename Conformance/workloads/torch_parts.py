"""What the workloads of torch share."""
import os

# Read by cuBLAS when it is loaded: without it a product need not repeat itself.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")

from workload import MIB, missing, need

torch = need("torch")


ROWS_AT_ONCE = 64


def start(said, deterministic=True):
    """Seeds torch and gives the device to compute on."""
    if said.device == "cuda" and torch.version.cuda is None:
        missing("torch with CUDA")
    torch.manual_seed(said.seed)
    torch.use_deterministic_algorithms(deterministic, warn_only=True)
    torch.backends.cudnn.benchmark = False
    return torch.device(said.device)


def using(*modules):
    return ", ".join(f"{module.__name__} {module.__version__}" for module in (torch, *modules))


def held(tensors):
    """The bytes of tensors that are small."""
    for tensor in tensors:
        yield tensor.detach().reshape(-1).cpu().contiguous().view(torch.uint8).numpy().tobytes()


def unlike(rows, seed, device):
    """Rows of a MiB of integers, made in place; no two have the same sum, whatever is multiplied
    by an odd number and added to all of them."""
    words = torch.arange(rows * MIB // 4, dtype=torch.int32, device=device)
    words = words.mul_(1664525).add_(seed).view(rows, MIB // 4)
    return words.add_(torch.arange(rows, dtype=torch.int32, device=device)[:, None])


def sums(rows):
    """One sum of each row, a few rows at a time: torch first makes longer integers of them."""
    return torch.cat([part.sum(dim=1, dtype=torch.int64) for part in rows.split(ROWS_AT_ONCE)])


class Ballast:
    """Memory of which every round changes every word; integers, which are exact in any order."""

    def __init__(self, said, device):
        self.rows = unlike(said.memory, said.seed, device)

    def change(self, number):
        self.rows.mul_(5).add_(number)

    def sums(self):
        return sums(self.rows)


class Network(torch.nn.Module):
    """A convolution, attention and two products: cuDNN, cuBLAS and torch's own kernels."""

    WIDTH = 128

    def __init__(self):
        super().__init__()
        nn, width = torch.nn, self.WIDTH
        self.patches = nn.Conv2d(3, width, 4, stride=4)
        self.norm = nn.LayerNorm(width)
        self.mixing = nn.Linear(width, 3 * width)
        self.hidden = nn.Linear(width, 4 * width)
        self.out = nn.Linear(4 * width, 10)
        self.dropout = nn.Dropout(0.1)

    def forward(self, images):
        x = self.patches(images).flatten(2).transpose(1, 2)
        query, key, value = self.mixing(self.norm(x)).chunk(3, dim=-1)
        weight = torch.softmax(query @ key.transpose(1, 2) / self.WIDTH**0.5, dim=-1)
        x = x + self.dropout(weight @ value)
        return self.out(torch.nn.functional.gelu(self.hidden(x))).mean(dim=1)


class Training:
    """Rounds of training on images that the device makes, and the ballast beside it."""

    BATCH = 32

    def __init__(self, said):
        self.device = start(said)
        self.using = using()
        self.ballast = Ballast(said, self.device)
        self.network = Network().to(self.device)
        self.optimizer = torch.optim.Adam(self.network.parameters(), lr=1e-3)
        self.loss_of = self.loss

    def loss(self, images):
        return torch.nn.functional.cross_entropy(self.network(images), self.labels(images))

    @staticmethod
    def labels(images):
        return (images.mean(dim=(1, 2, 3)) * 1000).long().remainder(10)

    def round(self, number):
        images = torch.randn(self.BATCH, 3, 32, 32, device=self.device)
        self.optimizer.zero_grad(set_to_none=True)
        self.loss_of(images).backward()
        self.optimizer.step()
        self.ballast.change(number)

    def contents(self):
        return held([self.ballast.sums(), *self.network.state_dict().values()])
