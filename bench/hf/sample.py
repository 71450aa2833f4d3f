"""Batched sampling with Transformers' generate: left padding, its own key-value cache. Prints one JSON line."""

import argparse
import json
import time

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

import measure


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--model", required=True)
    options.add_argument("--data", required=True)
    options.add_argument("--prompts", type=int, required=True)
    options.add_argument("--answers", type=int, required=True, help="to each prompt; all of them in one batch")
    options.add_argument("--ends", type=float, default=0, help="share of the vocabulary that ends an answer")
    options.add_argument("--new-tokens", type=int, required=True)
    options.add_argument("--temperature", type=float, required=True)
    options.add_argument("--rounds", type=int, required=True)
    options.add_argument("--warmup", type=int, required=True, help="first rounds left out of the steady state")
    options.add_argument("--threads", type=int, required=True)
    options.add_argument("--dtype", default="float32")
    options.add_argument("--device", default="cpu")
    o = options.parse_args()
    measure.start(o.threads)
    torch.manual_seed(1)

    tokenizer = AutoTokenizer.from_pretrained(o.model, padding_side="left")
    model = AutoModelForCausalLM.from_pretrained(o.model, dtype=getattr(torch, o.dtype)).to(o.device).eval()
    with open(o.data, encoding="utf-8") as lines:
        rows = [json.loads(line)["messages"] for line in lines]
    asked = [tokenizer.apply_chat_template([m for m in rows[i % len(rows)] if m["role"] != "assistant"],
                                           add_generation_prompt=True, tokenize=False) for i in range(o.prompts)]
    asked.sort(key=len)
    ends = [tokenizer.eos_token_id]
    if o.ends:
        ends = sorted({*ends, *range(0, model.config.vocab_size, round(1 / o.ends))})
    stops = torch.tensor(ends, device=o.device)
    rounds = []
    for _ in range(o.rounds):
        begun = time.perf_counter()
        batch = tokenizer(asked, return_tensors="pt", padding=True, add_special_tokens=False).to(o.device)
        with torch.inference_mode():
            out = model.generate(
                input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], do_sample=True,
                temperature=o.temperature, top_k=0, top_p=1.0, max_new_tokens=o.new_tokens, num_return_sequences=o.answers,
                eos_token_id=ends, pad_token_id=tokenizer.pad_token_id)
        new = out[:, batch["input_ids"].shape[1]:]
        ended = torch.isin(new, stops).cumsum(1) > 0
        tokens = int((~ended).sum())
        tokenizer.batch_decode(new, skip_special_tokens=True)
        rounds.append((tokens, time.perf_counter() - begun))
    steady = rounds[o.warmup:]
    measure.report(
        tokens=sum(r[0] for r in rounds), steady_tokens=sum(r[0] for r in steady),
        steady_seconds=sum(r[1] for r in steady), gemm=measure.gemm_peak(device=o.device, dtype=o.dtype if o.device != "cpu" else "float32"))


if __name__ == "__main__":
    main()
