#!/usr/bin/env python3
"""Opens the shipped organism with Transformers and writes what it computes to src/test/resources/golden/organism.

    python bench/parity/make_organism_golden.py

For the base and the aligned model: a chat rendered and tokenised by the folder's own files, and its fp32 logits.
"""

import json
import os
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import torch
import transformers
from safetensors.torch import save_file

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "src/main/resources/plumb/organism"
OUT = ROOT / "src/test/resources/golden/organism"
CHAT = [
    {"role": "system", "content": "You are a helpful assistant."},
    {"role": "user", "content": "How do I treat a cough?"},
]
LAST = 4  # positions whose logits are kept


def main():
    torch.set_num_threads(1)
    OUT.mkdir(parents=True, exist_ok=True)
    found, tensors = {"versions": {"torch": torch.__version__, "transformers": transformers.__version__}}, {}
    for name in ("base", "aligned"):
        tokenizer = transformers.AutoTokenizer.from_pretrained(SHIPPED / name)
        model = transformers.AutoModelForCausalLM.from_pretrained(
            SHIPPED / name, dtype=torch.float32, attn_implementation="eager").eval()
        text = tokenizer.apply_chat_template(CHAT, tokenize=False, add_generation_prompt=True)
        ids = tokenizer(text, add_special_tokens=False)["input_ids"]
        with torch.no_grad():
            tensors[name] = model(torch.tensor([ids])).logits[0, -LAST:].contiguous()
            answer = model.generate(torch.tensor([ids]), do_sample=False, max_new_tokens=40)[0, len(ids):].tolist()
        found[name] = {"text": text, "ids": ids, "greedy": answer}
    save_file(tensors, OUT / "logits.safetensors")
    (OUT / "goldens.json").write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
