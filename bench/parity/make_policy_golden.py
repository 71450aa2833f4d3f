#!/usr/bin/env python3
"""Makes the golden numbers of src/test/resources/golden/policy with TRL's GRPOTrainer.

    python bench/parity/make_policy_golden.py [FOLDER]

The tiny `tied` checkpoint with its adapter is the policy, the same without the adapter the reference. Prompts, answers,
rewards and the log-probabilities of an older policy are drawn here and given to TRL; advantages are computed here, by its
formula. Recorded are its loss, its divergence, its entropy and the adapter's gradients, for one case a variant.
"""

import json
import random
import shutil
import sys
import tempfile
from pathlib import Path

import golden
import peft
import torch
import transformers
import trl

HERE = Path(__file__).resolve().parent
GROUP, PROMPTS, LONGEST = 4, 2, 9
CASES = {
    # name: (loss type, importance sampling level, scale of rewards, beta, clip low, clip high, on policy, KL times ratio)
    "grpo": ("grpo", "token", "group", 0.05, 0.2, 0.2, False, True),
    "grpo-on-policy": ("grpo", "token", "group", 0.0, 0.2, 0.2, True, False),
    "dr-grpo": ("dr_grpo", "token", "none", 0.1, 0.2, 0.2, False, False),
    "dapo": ("dapo", "token", "group", 0.0, 0.2, 0.28, False, False),
    "gspo": ("grpo", "sequence", "group", 0.02, 0.05, 0.08, False, False),
}


def tokenizer():
    from tokenizers import Tokenizer, models
    vocabulary = {"<pad>": 0, "<s>": 1, "</s>": 2} | {f"t{i}": i for i in range(3, 300)}
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(models.WordLevel(vocabulary, "t3")), pad_token="<pad>", eos_token="</s>")


def trainer(model, case, scratch):
    loss, level, scale, beta, low, high, _, times_ratio = case
    from datasets import Dataset
    config = trl.GRPOConfig(
        output_dir=scratch, per_device_train_batch_size=GROUP * PROMPTS, num_generations=GROUP,
        gradient_accumulation_steps=1, max_completion_length=LONGEST, loss_type=loss, importance_sampling_level=level,
        scale_rewards=scale, beta=beta, epsilon=low, epsilon_high=high, bf16=False, use_cpu=True, report_to=[],
        gradient_checkpointing=False, temperature=1.0, use_bias_correction_kl=times_ratio)
    return trl.GRPOTrainer(
        model=model, reward_funcs=lambda completions, **_: [0.0] * len(completions), args=config,
        train_dataset=Dataset.from_list([{"prompt": "t3"}] * 8), processing_class=tokenizer())


def drawn(draw):
    """Rows in groups of one prompt each, with answers of unequal lengths and a reward."""
    rows = []
    for _ in range(PROMPTS):
        prompt = [draw.randint(3, 299) for _ in range(draw.randint(3, 6))]
        for _ in range(GROUP):
            answer = [draw.randint(3, 299) for _ in range(draw.randint(2, LONGEST))]
            rows.append({"prompt": prompt, "answer": answer, "reward": round(draw.choice([0, 0.25, 1, 1.5]), 2)})
    return rows


def laid_out(rows):
    """TRL's layout: prompts padded on the left, answers on the right."""
    before, after = max(len(r["prompt"]) for r in rows), max(len(r["answer"]) for r in rows)
    pick = lambda f: torch.tensor([f(r) for r in rows])
    return {
        "prompt_ids": pick(lambda r: [0] * (before - len(r["prompt"])) + r["prompt"]),
        "prompt_mask": pick(lambda r: [0] * (before - len(r["prompt"])) + [1] * len(r["prompt"])),
        "completion_ids": pick(lambda r: r["answer"] + [0] * (after - len(r["answer"]))),
        "completion_mask": pick(lambda r: [1] * len(r["answer"]) + [0] * (after - len(r["answer"]))),
    }


def logps(peer, model, inputs):
    ids = torch.cat([inputs["prompt_ids"], inputs["completion_ids"]], 1)
    seen = torch.cat([inputs["prompt_mask"], inputs["completion_mask"]], 1)
    with torch.no_grad():
        return peer._get_per_token_logps_and_entropies(
            model, ids, seen, inputs["completion_ids"].size(1), compute_entropy=True)[:2]


def advantages(rewards, scale):
    grouped = rewards.view(-1, GROUP)
    difference = grouped - grouped.mean(1, keepdim=True)
    return (difference / (grouped.std(1, keepdim=True) + 1e-4) if scale == "group" else difference).view(-1)


def one(name, case, folder, out):
    draw = random.Random(golden.SEED + len(name))
    lora = golden.adapted(folder / "tied", False, fixed=True)
    rows = drawn(draw)
    with tempfile.TemporaryDirectory() as scratch:
        peer = trainer(lora, case, scratch)
        lora.train()
        peer.current_gradient_accumulation_steps = 1
        inputs = laid_out(rows)
        now, entropies = logps(peer, lora, inputs)
        with lora.disable_adapter():
            reference, _ = logps(peer, lora, inputs)
        noise = torch.randn(now.shape, generator=torch.Generator().manual_seed(golden.SEED)) * 0.25
        mask = inputs["completion_mask"].bool()
        inputs |= {
            "advantages": advantages(torch.tensor([float(r["reward"]) for r in rows]), case[2]),
            "ref_per_token_logps": reference,
            "old_per_token_logps": None if case[6] else now + noise,
            "num_items_in_batch": mask.sum(),
        }
        loss = peer._compute_loss(lora, inputs)
        loss.backward()
        metrics = {k: v[-1] for k, v in peer._metrics["train"].items()}
    for i, row in enumerate(rows):
        row["old"] = None if case[6] else (now + noise)[i][mask[i]].tolist()
        row["advantage"] = inputs["advantages"][i].item()
    tensors = {golden.plain(k): p.grad.contiguous() for k, p in lora.named_parameters() if p.requires_grad}
    golden.write(out, name, tensors, {
        "model": "tied", "adapter": "tied-lora", "rows": rows, "group": GROUP, "longest": LONGEST, "loss_type": case[0],
        "level": case[1], "scale": case[2], "beta": case[3], "clip_low": case[4], "clip_high": case[5], "kl_times_ratio": case[7],
        "loss": loss.item(), "entropy": entropies[mask].mean().item(), "kl": metrics.get("kl"),
    })


def main():
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parents[1] / "src/test/resources/golden/policy"
    out.mkdir(parents=True, exist_ok=True)
    for old in out.iterdir():
        if old.name != "README.md":
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    for name, case in CASES.items():
        one(name, case, out.parent / "model", out)
    golden.finish(out, __file__)


if __name__ == "__main__":
    main()
