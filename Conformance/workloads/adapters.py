"""peft: low-rank adapters trained beside the frozen weights of a small Llama in bfloat16."""
import language_model
import workload
from torch_parts import torch, using
from workload import need

peft = need("peft")


class Adapters(language_model.LanguageModel):
    def __init__(self, said):
        super().__init__(said)
        self.using = using(language_model.transformers, peft)

    def made(self):
        transformers = language_model.transformers
        model = transformers.LlamaForCausalLM(transformers.LlamaConfig(
            vocab_size=language_model.WORDS, hidden_size=128, intermediate_size=256,
            num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=2,
            max_position_embeddings=language_model.LENGTH, bos_token_id=0, eos_token_id=1))
        return peft.get_peft_model(model.to(torch.bfloat16), peft.LoraConfig(
            r=8, lora_alpha=16, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"))


workload.main(Adapters)
