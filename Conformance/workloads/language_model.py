"""transformers: a small GPT-2 made from its configuration alone, trained on tokens of its own."""
import os

# Nothing is fetched, whatever the library would like to look up.
os.environ["HF_HUB_OFFLINE"] = "1"

import torch_parts
import workload
from torch_parts import torch
from workload import need

transformers = need("transformers")

WORDS, LENGTH, BATCH = 512, 64, 8


class LanguageModel:
    def __init__(self, said):
        self.device = torch_parts.start(said)
        self.using = torch_parts.using(transformers)
        self.ballast = torch_parts.Ballast(said, self.device)
        self.model = self.made().to(self.device).train()
        trained = [weight for weight in self.model.parameters() if weight.requires_grad]
        self.optimizer = torch.optim.AdamW(trained, lr=1e-3)

    def made(self):
        return transformers.GPT2LMHeadModel(transformers.GPT2Config(
            vocab_size=WORDS, n_positions=LENGTH, n_embd=128, n_layer=4, n_head=4,
            bos_token_id=0, eos_token_id=1, attn_implementation="eager"))

    def round(self, number):
        tokens = torch.randint(WORDS, (BATCH, LENGTH), device=self.device)
        self.optimizer.zero_grad(set_to_none=True)
        self.model(input_ids=tokens, labels=tokens).loss.backward()
        self.optimizer.step()
        self.ballast.change(number)

    def contents(self):
        return torch_parts.held([self.ballast.sums(), *self.model.state_dict().values()])


if __name__ == "__main__":
    workload.main(LanguageModel)
