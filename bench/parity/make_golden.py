#!/usr/bin/env python3
"""Makes the golden numbers of src/test/resources/golden/model with Transformers and PEFT.

    python bench/parity/make_golden.py [FOLDER]

Two tiny random Llama checkpoints, and for each: logits and hidden states, greedy continuations, PEFT adapters with their
logits and gradients, and short AdamW runs. Everything is fp32 on the CPU with one thread. A training run is computed by a
plain PyTorch loop here and once more by TRL's SFTTrainer; the script stops unless the two agree.
"""

import json
import random
import shutil
import sys
from pathlib import Path

import golden
import torch
import transformers

HERE = Path(__file__).resolve().parent
SHAPES = {
    # name: (head_dim, key-value heads, rotary base, tied head)
    "tied": (8, 2, 10000.0, True),
    "untied": (12, 1, 500.0, False),
}
ADAPTERS = {"lora": False, "rslora": True}
LENGTHS = [[5, 11, 1, 8], [7], [3, 3, 3]]


def model(name):
    head_dim, kv_heads, theta, tied = SHAPES[name]
    config = transformers.LlamaConfig(
        vocab_size=300, hidden_size=32, intermediate_size=48, num_hidden_layers=3, num_attention_heads=4,
        num_key_value_heads=kv_heads, head_dim=head_dim, max_position_embeddings=128, rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": theta}, tie_word_embeddings=tied,
        bos_token_id=1, eos_token_id=2, pad_token_id=0,
    )
    return golden.fill(
        transformers.LlamaForCausalLM(config).float().eval(), torch.Generator().manual_seed(golden.SEED))


def as_older_exports_write_it(path):
    """Before Transformers 5 the rotary base stood at the top level; both spellings are about."""
    config = json.loads(path.read_text())
    config["rope_theta"] = config.pop("rope_parameters")["rope_theta"]
    path.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n")


def write_forward(name, llama, folder, draw):
    tensors, batches = golden.forward_goldens(llama, LENGTHS, draw)
    golden.write(folder, f"forward-{name}", tensors, {
        "batches": [[row["ids"] for row in batch] for batch in batches], "greedy": golden.greedy(llama, draw)})


def write_gradients(name, kind, rslora, folder, draw):
    lora = golden.adapted(folder / name, rslora, fixed=True)
    golden.save_adapter(lora, folder / f"{name}-{kind}")
    golden.write(folder, f"gradients-{name}-{kind}", *golden.gradient_goldens(lora, golden.rows(4, draw)))


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parents[1] / "src/test/resources/golden/model"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.name != "README.md":
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    draw = random.Random(golden.SEED)
    for name in SHAPES:
        model(name).save_pretrained(folder / name)
        (folder / name / "generation_config.json").unlink(missing_ok=True)
        if name == "untied":
            as_older_exports_write_it(folder / name / "config.json")
        llama = golden.load(folder / name)
        assert llama.config.rope_parameters["rope_theta"] == SHAPES[name][2]
        write_forward(name, llama, folder, draw)
        for kind, rslora in ADAPTERS.items():
            write_gradients(name, kind, rslora, folder, draw)
    for name, accumulation, cosine in (("tied", 1, False), ("untied", 2, True)):
        run = f"training-{name}-{'cosine' if cosine else 'linear'}-{accumulation}"
        golden.write(folder, run, *golden.training_goldens(folder / name, accumulation, cosine, draw))
    golden.finish(folder, __file__)


if __name__ == "__main__":
    main()
