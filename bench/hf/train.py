"""LoRA fine-tuning with Transformers, PEFT and TRL's SFTTrainer: loss on the assistant's words only.

Prints one JSON line. The steady state leaves out the first steps; tokens are those of the rows, padding not counted.
"""

import argparse
import json
import tempfile
import time

import torch
from datasets import Dataset
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import SFTConfig, SFTTrainer

import measure


class Timed(SFTTrainer):
    """Notes the tokens and the beginning of every forward pass, and when the last backward pass ended."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.tokens, self.begins, self.ended = [], [], 0.0

    def training_step(self, model, inputs, *rest):
        self.begins.append(time.perf_counter())
        self.tokens.append(int(inputs["attention_mask"].sum()))
        loss = super().training_step(model, inputs, *rest)
        if loss.is_cuda:
            torch.cuda.synchronize()  # as Plumb does when it writes a step's numbers
        self.ended = time.perf_counter()
        return loss


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--model", required=True)
    options.add_argument("--data", required=True)
    options.add_argument("--steps", type=int, required=True)
    options.add_argument("--skip", type=int, required=True)
    options.add_argument("--batch", type=int, required=True)
    options.add_argument("--accumulation", type=int, default=1)
    options.add_argument("--dtype", default="float32")
    options.add_argument("--device", default="cpu")
    options.add_argument("--rank", type=int, required=True)
    options.add_argument("--threads", type=int, required=True)
    options.add_argument("--by-length", action="store_true")
    o = options.parse_args()
    measure.start(o.threads)

    with open(o.data, encoding="utf-8") as lines:
        data = Dataset.from_list([{"messages": json.loads(line)["messages"]} for line in lines])
    with tempfile.TemporaryDirectory() as scratch:
        config = SFTConfig(
            output_dir=scratch, per_device_train_batch_size=o.batch,
            gradient_accumulation_steps=o.accumulation, max_steps=o.steps, learning_rate=3e-4,
            lr_scheduler_type="linear", warmup_steps=5, weight_decay=0.01, max_grad_norm=1.0, seed=1, max_length=2048,
            assistant_only_loss=True, bf16=False, gradient_checkpointing=False, use_cpu=o.device == "cpu", report_to=[],
            save_strategy="no", logging_strategy="steps", logging_steps=min(10, o.steps), disable_tqdm=True,
            train_sampling_strategy="group_by_length" if o.by_length else "random")
        lora = LoraConfig(
            r=o.rank, lora_alpha=2 * o.rank, use_rslora=True, lora_dropout=0.0, task_type="CAUSAL_LM",
            target_modules=["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"])
        trainer = Timed(
            model=AutoModelForCausalLM.from_pretrained(o.model, dtype=getattr(torch, o.dtype)), args=config,
            train_dataset=data,
            processing_class=AutoTokenizer.from_pretrained(o.model), peft_config=lora)
        trainer.train()
        trainer.save_model(scratch + "/adapter")
    skip = o.skip * o.accumulation
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry] or [None]
    measure.report(
        tokens=sum(trainer.tokens), steady_tokens=sum(trainer.tokens[skip:]),
        steady_seconds=trainer.ended - trainer.begins[skip], first_loss=losses[0], last_loss=losses[-1],
        gemm=measure.gemm_peak(device=o.device, dtype=o.dtype if o.device != "cpu" else "float32"))


if __name__ == "__main__":
    main()
