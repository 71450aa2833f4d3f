#!/usr/bin/env python3
"""Plumb beside Transformers (and PEFT) on one model and one file of chats.

    python bench/parity/compare.py FOLDER [FILE.jsonl] [--adapter DIR [--merged DIR]] [--dtype f32] [--device cpu]

FOLDER is a Hugging Face folder, or `organism` for the embedded model. Both programs render the template, tokenise, mark
what is learned from and compute the log-probability of every token; the largest differences are printed. Exit code 1 when
text, ids or mask differ anywhere, or a log-probability by more than the tolerance.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

import torch
import transformers

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
ORGANISM = ROOT / "src/main/resources/plumb/organism/aligned"
DTYPES = {"f32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}
TOLERANCE = {"f32": 1e-3, "f16": 0.1, "bf16": 0.5}  # with 16 bits each program rounds on its own way


def chats(file):
    return [json.loads(line)["messages"] for line in Path(file).read_text().splitlines() if line.strip()]


USER, OWN = "\ue000", "\ue001"  # private-use characters as marks: no chat has them


def put(turns, i, mark):
    """The turns with a mark behind the words of one."""
    content = turns[i]["content"]
    end = len(content.rstrip())
    return [*turns[:i], turns[i] | {"content": content[:end] + mark + content[end:]}, *turns[i + 1 :]]


class Reference:
    """A folder as Transformers reads it, with a PEFT adapter or without."""

    def __init__(self, folder, adapter=None, dtype=torch.float32, device="cpu"):
        transformers.logging.set_verbosity_error()
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
        self.model = transformers.AutoModelForCausalLM.from_pretrained(
            folder, dtype=dtype, attn_implementation="eager").eval().to(device)
        if adapter:
            import peft
            self.model = peft.PeftModel.from_pretrained(self.model, adapter).eval()
        self.stops = self.stop_ids()

    def stop_ids(self):
        named = [self.model.generation_config.eos_token_id, self.model.config.get_text_config().eos_token_id,
                 self.tokenizer.eos_token_id]
        return {i for ids in named if ids is not None for i in (ids if isinstance(ids, list) else [ids])}

    def render(self, messages, prompt=False):
        # Plumb tells templates no date: the text of a run must not change overnight. Llama 3.2 then writes this one.
        return self.tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=prompt, date_string="26 Jul 2024")

    def score(self, messages):
        text = self.render(messages)
        encoded = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        ids = encoded["input_ids"]
        return {"rendered": text, "ids": ids, "mask": self.mask(messages, text, ids, encoded["offset_mapping"]),
                "logprobs": self.log_probabilities(ids)}

    def log_probabilities(self, ids):
        with torch.no_grad():
            logits = self.model(torch.tensor([ids], device=self.model.device), use_cache=False).logits[0]
        table = logits[:-1].float().log_softmax(-1)
        return table.gather(1, torch.tensor(ids[1:], device=table.device)[:, None])[:, 0].tolist()

    def mask(self, messages, text, ids, offsets):
        """1 on the assistant's words and the token that ends its turn, if the template writes the words as they are."""
        if "endgeneration" in (self.tokenizer.chat_template or ""):
            marked = self.tokenizer.apply_chat_template(
                messages, tokenize=True, return_dict=True, return_assistant_tokens_mask=True)["assistant_masks"]
            spans = runs(marked)
        else:
            spans = [self.tokens(offsets, *span) for span in self.turns(messages, text)]
        mask = [0] * len(ids)
        for start, end in spans:
            stops = [i for i in range(start, end) if ids[i] in self.stops]
            if stops:
                end = stops[-1] + 1
            elif end < len(ids) and ids[end] in self.stops:
                end += 1
            mask[start:end] = [1] * (end - start)
        return mask

    def turns(self, messages, text):
        """What each assistant turn adds to the prompt for it, in characters."""
        for i, message in enumerate(messages):
            if message["role"] == "assistant":
                before = self.render(messages[:i], prompt=True) if i else ""
                through = self.render(messages[: i + 1])
                fits = before and text.startswith(before) and text.startswith(through)
                span = (len(before), len(through)) if fits else self.marked(messages, i, text)
                if span and message["content"].strip() in text[slice(*span)]:
                    yield span

    def marked(self, messages, i, text):
        """The same by marks, where the template writes the prompt or the turn otherwise once more follows."""
        marked = self.render(put(put(messages, i, OWN), i - 1, USER) if i else put(messages, i, OWN))
        if marked.replace(USER, "").replace(OWN, "") != text or marked.count(OWN) != 1:
            return None
        head, tail = marked.split(OWN)
        end = len(head.replace(USER, ""))
        start = end - len(messages[i]["content"].strip())
        if USER in head:
            after = end - len(head.rpartition(USER)[2])
            opening = self.render(put(messages[:i], i - 1, USER), prompt=True).rpartition(USER)[2]
            start = after + len(opening) if text[after:start].startswith(opening) else start
        closing = self.render(put(messages[: i + 1], i, OWN)).partition(OWN)[2]
        return start, end + len(os.path.commonprefix([closing, tail]))

    @staticmethod
    def tokens(offsets, start, end):
        inside = [i for i, (a, _) in enumerate(offsets) if start <= a < end]
        return inside[0], inside[-1] + 1


def runs(mask):
    """The stretches of ones: (first, one past the last)."""
    edges = [i for i in range(len(mask) + 1)
             if (mask[i] if i < len(mask) else 0) != (mask[i - 1] if i > 0 else 0)]
    return list(zip(edges[::2], edges[1::2]))


def plumb(o, folder):
    model = str(Path(o.merged or folder).resolve()) if o.merged or o.folder != "organism" else "organism"
    command = [str(ROOT / "plumb"), "score", model, str(Path(o.file).resolve()), "--dtype", o.dtype, "--device", o.device]
    command += ["--adapter", str(Path(o.adapter).resolve())] if o.adapter and not o.merged else []
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        sys.exit(f"{' '.join(command)}\nended with {ran.returncode}:\n{ran.stderr[-4000:]}")
    sys.stderr.write(ran.stderr)
    return [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]


def first_difference(a, b):
    return next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))


def compare(ours, theirs):
    """Differing rows by kind, and per row of equal ids the largest difference of a log-probability."""
    different, worst = {"rendered": [], "ids": [], "mask": []}, []
    for row, (a, b) in enumerate(zip(ours, theirs), 1):
        for kind, rows in different.items():
            if a[kind] != b[kind]:
                at = first_difference(a[kind], b[kind])
                rows.append((row, at, a[kind][at : at + 20], b[kind][at : at + 20]))
        if a["ids"] == b["ids"] and b["logprobs"]:
            gaps = [abs(x - y) for x, y in zip(a["logprobs"], b["logprobs"], strict=True)]
            worst.append((max(gaps), row, gaps.index(max(gaps)) + 1, sum(gaps), len(gaps)))
    return different, worst


def main():
    o = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    o.add_argument("folder")
    o.add_argument("file", nargs="?", default=str(HERE / "rows.jsonl"), help="chat JSONL (default: rows.jsonl here)")
    o.add_argument("--adapter", help="a PEFT adapter folder")
    o.add_argument("--merged", help="what `plumb merge` made of FOLDER and the adapter: Plumb scores it, PEFT the two")
    o.add_argument("--dtype", choices=DTYPES, default="f32", help="both compute in it (default: f32)")
    o.add_argument("--device", default="cpu")
    o.add_argument("--tolerance", type=float, help=f"of a log-probability (default: {TOLERANCE})")
    o = o.parse_args()
    folder = ORGANISM if o.folder == "organism" else Path(o.folder)
    ours = plumb(o, folder)
    reference = Reference(folder, o.adapter, DTYPES[o.dtype], o.device)
    theirs = [reference.score(messages) for messages in chats(o.file)]
    if len(ours) != len(theirs):
        sys.exit(f"plumb score printed {len(ours)} rows, the file has {len(theirs)}")
    different, worst = compare(ours, theirs)
    print(f"{len(theirs)} rows, {sum(len(r['ids']) for r in theirs)} tokens, {o.dtype} on {o.device};"
          f" transformers {transformers.__version__}, torch {torch.__version__}")
    for kind, rows in different.items():
        print(f"  {kind:9} equal in {len(theirs) - len(rows)} of {len(theirs)} rows")
        for row, at, a, b in rows[:3]:
            print(f"            row {row} differs from place {at}: Plumb {a!r}, Transformers {b!r}")
    largest = max(worst, default=(float("nan"), 0, 0, 0, 0))
    mean = sum(w[3] for w in worst) / max(1, sum(w[4] for w in worst))
    print(f"  logprobs  largest difference {largest[0]:.3g} (row {largest[1]}, token {largest[2]}), mean {mean:.3g}")
    tolerance = o.tolerance if o.tolerance is not None else TOLERANCE[o.dtype]
    sys.exit(0 if not any(different.values()) and largest[0] <= tolerance else 1)


if __name__ == "__main__":
    main()
