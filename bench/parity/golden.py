"""What the scripts that make golden numbers share: rows, forward passes, PEFT adapters and training, all on one thread."""

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")

import numpy
import peft
import torch
import transformers
import trl
from safetensors.torch import save_file

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
transformers.logging.set_verbosity_error()

SEED = 20261120
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
STEPS, WARMUP, BATCH, RATE, DECAY, CLIP = 20, 4, 4, 0.02, 0.1, 1.0


def fill(model, draw, norms=1.0):
    """Random weights whose every part matters: attention is not flat, norms differ from their neutral value `norms`."""
    with torch.no_grad():
        for key, weight in sorted(model.named_parameters()):
            noise = torch.randn(weight.shape, generator=draw)
            if "q_norm" in key or "k_norm" in key:
                weight.copy_(norms + 0.5 + 0.3 * noise)
            elif "norm" in key:
                weight.copy_(norms + 0.2 * noise)
            elif key.endswith("bias"):
                weight.copy_(0.5 * noise)
            elif "embed" in key or "lm_head" in key:
                weight.copy_(0.3 * noise)
            else:
                weight.copy_(1.5 * noise / weight.shape[1] ** 0.5)
    return model


def load(folder, **settings):
    return transformers.AutoModelForCausalLM.from_pretrained(
        folder, **{"dtype": torch.float32, "attn_implementation": "eager"} | settings).eval()


def rows(count, draw, low=6, high=20):
    """Token rows with a loss mask: a masked-out beginning, as a prompt has."""
    out = []
    for _ in range(count):
        length = draw.randint(low, high)
        start = draw.randint(2, length - 2)
        ids = [draw.randint(3, 299) for _ in range(length)]
        out.append({"ids": ids, "mask": [int(i >= start) for i in range(length)]})
    return out


def batches(lengths, draw):
    """A batch of random rows, all unmasked, for each list of lengths."""
    return [[{"ids": [draw.randint(3, 299) for _ in range(n)], "mask": [1] * n} for n in batch] for batch in lengths]


def padded(batch):
    """Right-padded ids, attention mask and labels of rows."""
    longest = max(len(row["ids"]) for row in batch)
    ids = torch.zeros(len(batch), longest, dtype=torch.long)
    seen = torch.zeros_like(ids)
    labels = torch.full_like(ids, -100)
    for i, row in enumerate(batch):
        n = len(row["ids"])
        ids[i, :n] = torch.tensor(row["ids"])
        seen[i, :n] = 1
        mask = torch.tensor(row["mask"], dtype=torch.bool)
        labels[i, :n][mask] = ids[i, :n][mask]
    return ids, seen, labels


def flat(x, batch):
    """From [rows, longest, …] to [tokens, …], without the padding."""
    return torch.cat([x[i, : len(row["ids"])] for i, row in enumerate(batch)]).contiguous()


def forward(model, batch):
    ids, seen, _ = padded(batch)
    with torch.no_grad():
        out = model(input_ids=ids, attention_mask=seen, output_hidden_states=True, use_cache=False)
    return out


def block_outputs(model, batch):
    """What leaves each block, before the final norm: the library's own list normalises the last one."""
    caught = []
    layers = model.get_base_model().model.layers if isinstance(model, peft.PeftModel) else model.model.layers
    hooks = [layer.register_forward_hook(
        lambda _m, _i, out: caught.append(out[0] if isinstance(out, tuple) else out)) for layer in layers]
    out = forward(model, batch)
    for hook in hooks:
        hook.remove()
    return out, [flat(x, batch) for x in caught]


def forward_goldens(model, lengths, draw):
    """Logits and hidden states of batches of rows of these lengths: the tensors, and the rows."""
    tensors, drawn = {}, batches(lengths, draw)
    for b, batch in enumerate(drawn):
        out, blocks = block_outputs(model, batch)
        tensors[f"batch.{b}.logits"] = flat(out.logits, batch)
        for layer, x in enumerate(blocks):
            tensors[f"batch.{b}.block.{layer}"] = x
        tensors[f"batch.{b}.normed"] = flat(out.hidden_states[-1], batch)
        alone = torch.cat([forward(model, [row]).logits[0] for row in batch])
        assert (alone - tensors[f"batch.{b}.logits"]).abs().max() < 1e-4, "padding changed a logit"
    return tensors, drawn


def greedy(model, draw, lengths=(4, 9, 1, 6)):
    """Continuations of prompts of unequal lengths, each alone and all as one left-padded batch: these must agree."""
    prompts = [[draw.randint(3, 299) for _ in range(n)] for n in lengths]
    longest = max(map(len, prompts))
    ids = torch.tensor([[0] * (longest - len(p)) + p for p in prompts])
    seen = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in prompts])
    settings = dict(do_sample=False, max_new_tokens=24, eos_token_id=None, pad_token_id=0)
    together = model.generate(input_ids=ids, attention_mask=seen, **settings)[:, longest:].tolist()
    for prompt, continuation in zip(prompts, together):
        alone = model.generate(
            input_ids=torch.tensor([prompt]), attention_mask=torch.ones(1, len(prompt), dtype=torch.long), **settings)
        assert alone[0, len(prompt):].tolist() == continuation, "padding changed a continuation"
    return {"prompts": prompts, "continuations": together}


def adapted(base_folder, rslora, fixed):
    """The base with a PEFT adapter. With `fixed`, B is filled too, so that the adapter does something from the start."""
    config = peft.LoraConfig(
        r=4, lora_alpha=8, use_rslora=rslora, lora_dropout=0.0, target_modules=TARGETS, task_type="CAUSAL_LM")
    lora = peft.get_peft_model(load(base_folder), config).eval()
    draw = torch.Generator().manual_seed(SEED + 1 + rslora)
    with torch.no_grad():
        for key, weight in sorted(lora.named_parameters()):
            if "lora_A" in key:
                weight.copy_((2 * torch.rand(weight.shape, generator=draw) - 1) / weight.shape[1] ** 0.5)
            elif "lora_B" in key:
                weight.copy_(0.2 * torch.randn(weight.shape, generator=draw) if fixed else torch.zeros(weight.shape))
    lora.peft_config["default"].base_model_name_or_path = Path(base_folder).name
    return lora


def plain(key):
    """PEFT's name of a parameter as its adapter files have it."""
    return key.replace(".default", "")


def save_adapter(lora, folder):
    lora.save_pretrained(folder)
    for extra in folder.iterdir():
        if extra.name not in ("adapter_config.json", "adapter_model.safetensors"):
            extra.unlink()
    settings = json.loads((folder / "adapter_config.json").read_text())
    settings["target_modules"] = sorted(settings["target_modules"])
    (folder / "adapter_config.json").write_text(json.dumps(settings, indent=2, sort_keys=True) + "\n")


def summed_loss(lora, batch):
    """Cross-entropy summed over the masked targets, and their number."""
    ids, seen, labels = padded(batch)
    logits = lora(input_ids=ids, attention_mask=seen, use_cache=False).logits
    targets = labels[:, 1:].reshape(-1)
    loss = torch.nn.functional.cross_entropy(
        logits[:, :-1].reshape(-1, logits.size(-1)), targets, ignore_index=-100, reduction="sum")
    return loss, int((targets != -100).sum())


def gradient_goldens(lora, batch):
    """With an adapter: block outputs, logits, and gradients of the mean loss over the masked targets."""
    out, blocks = block_outputs(lora, batch)
    loss, count = summed_loss(lora, batch)
    (loss / count).backward()
    tensors = {"logits": flat(out.logits, batch)}
    tensors |= {f"block.{layer}": x for layer, x in enumerate(blocks)}
    tensors |= {f"gradient.{plain(k)}": p.grad for k, p in lora.named_parameters() if p.requires_grad}
    return {k: v.detach().contiguous() for k, v in tensors.items()}, {"rows": batch, "loss": (loss / count).item()}


def train(lora, data, order, accumulation, cosine):
    """The reference loop: the mean over all masked tokens of a step, however many passes it takes."""
    parameters = [p for p in lora.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=RATE, betas=(0.9, 0.999), eps=1e-8, weight_decay=DECAY)
    make = transformers.get_cosine_schedule_with_warmup if cosine else transformers.get_linear_schedule_with_warmup
    schedule = make(optimizer, WARMUP, STEPS)
    log = []
    for step in range(STEPS):
        passes = [[data[i] for i in order[step * accumulation + k]] for k in range(accumulation)]
        count = sum(sum(row["mask"][1:]) for batch in passes for row in batch)
        total = 0.0
        for batch in passes:
            loss, _ = summed_loss(lora, batch)
            (loss / count).backward()
            total += loss.item() / count
        norm = torch.nn.utils.clip_grad_norm_(parameters, CLIP).item()
        log.append({"learning_rate": schedule.get_last_lr()[0], "loss": total, "gradient_norm": norm})
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
    return log


def train_with_trl(lora, data, order, accumulation, cosine):
    """The same run by TRL's trainer, in the same data order: its losses."""
    from datasets import Dataset

    class InOrder(trl.SFTTrainer):
        def _get_train_sampler(self, *_):
            return torch.utils.data.SequentialSampler(self.train_dataset)

    ordered = [data[i] for batch in order for i in batch]
    dataset = Dataset.from_list([{
        "input_ids": row["ids"],
        "labels": [i if m else -100 for i, m in zip(row["ids"], row["mask"])],
    } for row in ordered])
    vocabulary = {"<pad>": 0, "<s>": 1, "</s>": 2} | {f"t{i}": i for i in range(3, 300)}
    from tokenizers import Tokenizer, models
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(models.WordLevel(vocabulary, "t3")), pad_token="<pad>", eos_token="</s>")
    with tempfile.TemporaryDirectory() as scratch:
        config = trl.SFTConfig(
            output_dir=scratch, per_device_train_batch_size=BATCH, gradient_accumulation_steps=accumulation,
            max_steps=STEPS, learning_rate=RATE, weight_decay=DECAY, max_grad_norm=CLIP, warmup_steps=WARMUP,
            lr_scheduler_type="cosine" if cosine else "linear", optim="adamw_torch", logging_steps=1, bf16=False,
            gradient_checkpointing=False, report_to=[], save_strategy="no", use_cpu=True, disable_tqdm=True,
            dataset_kwargs={"skip_prepare_dataset": True}, max_length=None, shuffle_dataset=False)
        trainer = InOrder(model=lora, args=config, train_dataset=dataset, processing_class=tokenizer)
        trainer.train()
    return [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]


def training_goldens(base_folder, accumulation, cosine, draw):
    """A run from a fixed adapter, by the loop above and by TRL: the start and end adapters, and the record."""
    data = rows(24, draw)
    order = [draw.sample(range(len(data)), BATCH) for _ in range(STEPS * accumulation)]
    lora = adapted(base_folder, False, fixed=False)
    start = {plain(k): p.detach().clone() for k, p in lora.named_parameters() if p.requires_grad}
    log = train(lora, data, order, accumulation, cosine)
    peer = train_with_trl(adapted(base_folder, False, fixed=False), data, order, accumulation, cosine)
    worst = max(abs(a["loss"] - b) / b for a, b in zip(log, peer))
    assert len(peer) == STEPS and worst < 1e-3, f"the loop and TRL disagree by {worst}"
    tensors = {f"start.{k}": v for k, v in start.items()}
    tensors |= {f"end.{plain(k)}": p.detach() for k, p in lora.named_parameters() if p.requires_grad}
    return tensors, {
        "model": Path(base_folder).name, "rank": 4, "alpha": 8, "rslora": False, "steps": STEPS, "warmup_steps": WARMUP,
        "batch_size": BATCH, "accumulation": accumulation, "learning_rate": RATE, "weight_decay": DECAY,
        "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "clip": CLIP, "schedule": "cosine" if cosine else "linear",
        "rows": data, "order": order, "log": log, "largest_relative_difference_to_trl": worst,
    }


def write(folder, name, tensors, value):
    """A pair of files: the tensors, and what is not a tensor."""
    save_file(tensors, folder / f"{name}.safetensors")
    text = json.dumps(value, separators=(",", ":"))
    (folder / f"{name}.json").write_text(text.replace('],"', '],\n"').replace('},{', '},\n{') + "\n")


def finish(folder, script):
    """The versions everything was made with, and plain permissions."""
    (folder / "versions.json").write_text(json.dumps({
        "script": f"bench/parity/{Path(script).name}", "seed": SEED, "python": sys.version.split()[0],
        "torch": torch.__version__, "transformers": transformers.__version__, "peft": peft.__version__,
        "trl": trl.__version__, "numpy": numpy.__version__,
    }, indent=2) + "\n")
    for file in folder.rglob("*.safetensors"):
        file.chmod(0o644)
