#!/usr/bin/env python3
"""Makes the golden numbers of src/test/resources/golden/adapters with Transformers and PEFT.

    python bench/parity/make_adapter_golden.py

Adapters as PEFT writes them on the tiny checkpoint golden/model/tied: with ranks and scales of their own for some modules,
with every way to name modules, in every float type. Each is read back by PEFT from its folder, and that one's logits are
kept. Then a chat format for the same checkpoint, and what compare.py's reference makes of rows.jsonl with it.
"""

import json
import os
import shutil
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import peft
import tokenizers
import torch
import transformers
from safetensors.torch import load_file, save_file

from compare import HERE, ROOT, Reference, chats

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)

BASE = ROOT / "src/test/resources/golden/model/tied"
OUT = ROOT / "src/test/resources/golden/adapters"
SEED = 20261121
SEVEN = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
ROWS = [[5, 77, 12, 240, 9, 31, 8], [299, 3, 150], [42]]
ADAPTERS = {
    # name: (PEFT's settings, the type the matrices are stored in, what is changed in the written settings)
    "patterns": ({
        "r": 4, "lora_alpha": 8, "target_modules": SEVEN,
        "rank_pattern": {"model.layers.1.self_attn.q_proj": 2, "down_proj": 6, r"layers\.[02]\.mlp\.(gate|up)_proj": 3},
        "alpha_pattern": {"^model.layers.0.self_attn.v_proj": 3, "mlp.down_proj": 24, r"(?P<kind>[ok])_proj": 5},
    }, torch.float32, {}),
    "regex-rslora": ({
        "r": 5, "lora_alpha": 7, "use_rslora": True,
        "target_modules": r".*\.(0|2)\.self_attn\.(q|v)_proj",
        "rank_pattern": {r".*\.2\.self_attn\.q_proj": 3}, "alpha_pattern": {"q_proj": 2},
    }, torch.bfloat16, {}),
    "all-linear": (
        {"r": 2, "lora_alpha": 6, "target_modules": "all-linear", "lora_dropout": 0.1}, torch.float16,
        {"target_modules": "all-linear"}),
    "some-layers": ({
        "r": 3, "lora_alpha": 4, "target_modules": ["v_proj", "k_proj", "mlp.up_proj", "model.layers.0.self_attn.o_proj"],
        "exclude_modules": ["k_proj"], "layers_to_transform": [1, 2], "layers_pattern": "layers",
    }, torch.float32, {}),
}


def base():
    return transformers.AutoModelForCausalLM.from_pretrained(BASE, dtype=torch.float32, attn_implementation="eager").eval()


def fill(lora, draw):
    """Both matrices, so that every module changes something."""
    with torch.no_grad():
        for key, weight in sorted(lora.named_parameters()):
            if "lora_A" in key:
                weight.copy_((2 * torch.rand(weight.shape, generator=draw) - 1) / weight.shape[1] ** 0.5)
            elif "lora_B" in key:
                weight.copy_(0.3 * torch.randn(weight.shape, generator=draw))


def write(name, settings, dtype, changed, draw):
    lora = peft.get_peft_model(base(), peft.LoraConfig(task_type="CAUSAL_LM", **settings))
    fill(lora, draw)
    lora.peft_config["default"].base_model_name_or_path = "tied"
    folder = OUT / name
    lora.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    matrices = load_file(folder / "adapter_model.safetensors")
    save_file({k: v.to(dtype) for k, v in matrices.items()}, folder / "adapter_model.safetensors", {"format": "pt"})
    (folder / "adapter_model.safetensors").chmod(0o644)
    written = json.loads((folder / "adapter_config.json").read_text())
    if isinstance(written["target_modules"], list):
        written["target_modules"].sort()
    (folder / "adapter_config.json").write_text(json.dumps(written | changed, indent=2) + "\n")
    return len(matrices) // 2


def logits(name):
    lora = peft.PeftModel.from_pretrained(base(), OUT / name).eval()
    with torch.no_grad():
        return torch.cat([lora(torch.tensor([ids]), use_cache=False).logits[0] for ids in ROWS]).contiguous()


def chat_format(folder):
    """A byte-level tokenizer of few merges, and a template that does not mark the assistant's words."""
    specials = ["<pad>", "<|im_start|>", "<|im_end|>"]
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    tokenizer.train_from_iterator(
        [message["content"] for chat in chats(HERE / "rows.jsonl") for message in chat] + ["user assistant system"],
        tokenizers.trainers.BpeTrainer(
            vocab_size=300, special_tokens=specials, show_progress=False,
            initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet()))
    folder.mkdir()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|im_end|>", "pad_token": "<pad>",
        "clean_up_tokenization_spaces": False}, indent=2) + "\n")
    (folder / "chat_template.jinja").write_text(
        "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}"
        "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}")


def scores(folder, adapter):
    reference = Reference(folder, adapter)
    return [reference.score(messages) for messages in chats(HERE / "rows.jsonl")]


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.iterdir():
        if old.name != "README.md":
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    draw = torch.Generator().manual_seed(SEED)
    found = {"versions": {"torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__,
                          "tokenizers": tokenizers.__version__}, "seed": SEED, "rows": ROWS, "modules": {}}
    tensors = {}
    for name, (settings, dtype, changed) in ADAPTERS.items():
        found["modules"][name] = write(name, settings, dtype, changed, draw)
        tensors[name] = logits(name)
    save_file(tensors, OUT / "logits.safetensors")
    (OUT / "logits.safetensors").chmod(0o644)
    chat_format(OUT / "chat")
    for file in BASE.iterdir():
        shutil.copy(file, OUT / "chat" / file.name)
    kinds = {"base": None, "patterns": OUT / "patterns"}
    score = {kind: scores(OUT / "chat", adapter) for kind, adapter in kinds.items()}
    for file in BASE.iterdir():
        (OUT / "chat" / file.name).unlink()  # stands in golden/model already
    (OUT / "goldens.json").write_text(json.dumps(found, indent=1) + "\n")
    (OUT / "scores.json").write_text(json.dumps(score, separators=(",", ":")).replace("},{", "},\n{") + "\n")


if __name__ == "__main__":
    main()
