#!/usr/bin/env python3
"""Makes the golden numbers of src/test/resources/golden/families with Transformers, PEFT and TRL.

    python bench/parity/make_family_golden.py [FOLDER]

A tiny random checkpoint of each model family, in the spelling of its config.json that is about, and for each: logits and
hidden states in fp32, logits in bf16, greedy continuations, a PEFT adapter with its logits and gradients, and a short AdamW
run by a plain loop and by TRL. The script stops unless every weight and every setting in CHANGES shows in the logits.
"""

import copy
import json
import random
import shutil
import sys
import tempfile
from pathlib import Path

import golden
import torch
import transformers
from safetensors.torch import load_file, save_file

HERE = Path(__file__).resolve().parent
LENGTHS = [[48, 3], [9, 6]]  # the second batch is the one in bf16
PROMPTS = (4, 26, 1, 9)
SMALLEST_EFFECT, SMALLEST_MARGIN = 0.02, 0.005

TINY = dict(
    vocab_size=300, hidden_size=32, intermediate_size=24, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2,
    max_position_embeddings=256, bos_token_id=1, eos_token_id=2, pad_token_id=0)
LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
          "original_max_position_embeddings": 32}
GLOBAL = {"rope_type": "linear", "factor": 8.0}
CONFIGS = {
    "llama3": transformers.LlamaConfig(
        **TINY, rms_norm_eps=1e-5, rope_parameters=LLAMA3 | {"rope_theta": 500.0}),
    "qwen2": transformers.Qwen2Config(
        **TINY, rope_parameters={"rope_type": "default", "rope_theta": 1000.0}, tie_word_embeddings=True),
    "qwen3": transformers.Qwen3Config(
        **TINY, head_dim=12, rope_parameters={"rope_type": "default", "rope_theta": 1000.0}, tie_word_embeddings=True),
    "mistral": transformers.MistralConfig(
        **TINY | {"num_key_value_heads": 1}, head_dim=12, rms_norm_eps=1e-5, sliding_window=None,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0}),
    "mistral-sliding": transformers.MistralConfig(
        **TINY, rms_norm_eps=1e-5, sliding_window=6, rope_parameters={"rope_type": "default", "rope_theta": 10000.0}),
    "gemma3": transformers.Gemma3TextConfig(
        **TINY | {"bos_token_id": 2, "eos_token_id": 1}, head_dim=12, query_pre_attn_scalar=24,
        sliding_window=5, layer_types=["sliding_attention", "full_attention", "sliding_attention"],
        rope_parameters={"sliding_attention": {"rope_type": "default", "rope_theta": 10000.0},
                         "full_attention": GLOBAL | {"rope_theta": 1000000.0}}),
}
# What a reader of config.json could get wrong: each changes the logits, or the files would not show the mistake.
CHANGES = {
    "llama3": [{"rope_scaling": None}, {"rope_scaling": LLAMA3 | {"rope_type": "linear"}},
               {"rope_scaling": LLAMA3 | {"high_freq_factor": 2.0}},
               {"rope_scaling": LLAMA3 | {"low_freq_factor": 0.5}},
               {"rope_scaling": LLAMA3 | {"original_max_position_embeddings": 256}}, {"rope_theta": 10000.0}],
    "qwen2": [{"use_sliding_window": True}, {"rope_theta": 10000.0}],
    "qwen3": [{"rope_parameters": {"rope_type": "default", "rope_theta": 10000.0}}],
    "mistral": [{"sliding_window": 6}, {"rope_theta": 1000.0}],
    "mistral-sliding": [{"sliding_window": None}, {"sliding_window": 5}, {"sliding_window": 7}],
    "gemma3": [{"sliding_window": 4}, {"sliding_window": 6}, {"query_pre_attn_scalar": 12},
               {"layer_types": ["full_attention", "sliding_attention", "full_attention"]},
               {"layer_types": ["full_attention"] * 3}, {"layer_types": ["sliding_attention"] * 3},
               {"hidden_activation": "silu"}] + [
        {"rope_parameters": {"sliding_attention": local, "full_attention": far}} for local, far in (
            ({"rope_type": "default", "rope_theta": 1000000.0}, GLOBAL | {"rope_theta": 1000000.0}),
            (GLOBAL | {"rope_theta": 10000.0}, GLOBAL | {"rope_theta": 1000000.0}),
            ({"rope_type": "default", "rope_theta": 10000.0}, {"rope_type": "default", "rope_theta": 1000000.0}),
            ({"rope_type": "default", "rope_theta": 10000.0}, GLOBAL | {"rope_theta": 10000.0}))],
}


def neutral(model):
    """The weight of a norm that does nothing: Gemma multiplies by one plus it."""
    return 0.0 if "Gemma3" in type(model).__name__ else 1.0


def fill(model):
    """Gemma's blocks get a voice next to its embedding, which is multiplied by the root of the width."""
    golden.fill(model, torch.Generator().manual_seed(golden.SEED), neutral(model))
    if neutral(model) == 0:
        with torch.no_grad():
            for key, weight in model.named_parameters():
                if "post_attention_layernorm" in key or "post_feedforward_layernorm" in key:
                    weight.add_(2.0)
    return model


def write_json(path, value):
    path.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n")


def without(config, *keys):
    return {key: value for key, value in config.items() if key not in keys}


def older(config, **more):
    """config.json as Transformers 4 wrote it: rotary settings at the top level, no list of layer types."""
    rope = config["rope_parameters"]
    config = without(config, "rope_parameters", "layer_types", "dtype", "transformers_version")
    if "full_attention" in rope:
        local = rope["sliding_attention"]["rope_theta"]
        rope = rope["full_attention"]
        config["rope_local_base_freq"] = local
    config["rope_theta"] = rope["rope_theta"]
    config["rope_scaling"] = None if rope["rope_type"] == "default" else without(rope, "rope_theta")
    return config | {"torch_dtype": "float32"} | more


def save_model(name, folder):
    """The checkpoint, with config.json in the spelling this family is tested in."""
    model = transformers.AutoModelForCausalLM.from_config(CONFIGS[name], dtype=torch.float32)
    fill(model)
    model.save_pretrained(folder, max_shard_size="110KB" if name == "llama3" else "1GB")
    (folder / "generation_config.json").unlink(missing_ok=True)
    config = json.loads((folder / "config.json").read_text())
    if name == "llama3":
        config = older(without(config, "head_dim"), eos_token_id=[2, 299])
    elif name == "qwen2":
        config = older(config, sliding_window=6, max_window_layers=1, use_sliding_window=False)
    elif name == "mistral":
        config = older(config)
    elif name == "gemma3":
        write_json(folder / "config-older.json", older(
            without(config, "_sliding_window_pattern", "use_bidirectional_attention", "tie_word_embeddings"),
            sliding_window_pattern=2, cache_implementation="hybrid"))
    write_json(folder / "config.json", config)
    read = transformers.AutoConfig.from_pretrained(folder)
    for key in ("rope_parameters", "layer_types", "sliding_window", "head_dim", "num_key_value_heads"):
        assert getattr(read, key, None) == getattr(CONFIGS[name], key, None), f"{name}: the file spells another {key}"


def changed(folder, change):
    """The same weights under another config."""
    config = json.loads((folder / "config.json").read_text()) | copy.deepcopy(change)
    return golden.load(folder, config=transformers.CONFIG_MAPPING[config["model_type"]].from_dict(config))


def logits(model, batch):
    return golden.flat(golden.forward(model, batch).logits, batch)


def rms(x):
    return x.double().square().mean().sqrt().item()


def check_effects(name, folder, batch):
    """Every weight and every setting must show: else a reader could leave it out and pass."""
    model = golden.load(folder)
    true = logits(model, batch)
    effects = {}
    for key, weight in model.named_parameters():
        kept = weight.detach().clone()
        weight.data.fill_(neutral(model) if "norm" in key else 0.0)
        effects[key] = rms(logits(model, batch) - true) / rms(true)
        weight.data.copy_(kept)
    for change in CHANGES[name]:
        effects[json.dumps(change)] = rms(logits(changed(folder, change), batch) - true) / rms(true)
    least = min(effects, key=effects.get)
    print(f"{name}: the least effect is {effects[least]:.3f} of the logits' rms, of {least}")
    assert effects[least] > SMALLEST_EFFECT


def greedy(model, draw):
    """Continuations with no close choice, that do not repeat one token: prompts are drawn until they are such."""
    for _ in range(50):
        found = golden.greedy(model, draw, PROMPTS)
        margin = smallest_margin(model, found)
        if margin > SMALLEST_MARGIN and all(len(set(tokens)) > 5 for tokens in found["continuations"]):
            return found | {"smallest_margin": margin}
    raise AssertionError("every continuation has a close choice or repeats itself")


def smallest_margin(model, found):
    """Without a cache the same tokens come out: by how much, in the closest choice."""
    margins = []
    for prompt, continuation in zip(found["prompts"], found["continuations"]):
        with torch.no_grad():
            out = model(torch.tensor([prompt + continuation]), use_cache=False).logits[0, len(prompt) - 1:-1]
        best = out.topk(2)
        assert best.indices[:, 0].tolist() == continuation, "the cache changed a continuation"
        margins.append((best.values[:, 0] - best.values[:, 1]).min().item())
    return min(margins)


def write_forward(name, folder, draw):
    model = golden.load(folder)
    tensors, batches = golden.forward_goldens(model, LENGTHS, draw)
    assert torch.allclose(model.lm_head(tensors["batch.0.normed"]), tensors["batch.0.logits"], atol=1e-5)
    check_effects(name, folder, batches[0])
    tensors["bf16.logits"] = logits(golden.load(folder, dtype=torch.bfloat16), batches[1]).float()
    true = tensors["batch.1.logits"]
    golden.write(folder, "forward", tensors, {
        "batches": [[row["ids"] for row in batch] for batch in batches], "greedy": greedy(model, random.Random(golden.SEED + 1)),
        "bf16": {"batch": 1, "rms_error": rms(tensors["bf16.logits"] - true), "rms": rms(true)}})
    return batches, tensors


def write_adapter(folder, draw):
    lora = golden.adapted(folder, False, fixed=True)
    golden.save_adapter(lora, folder / "lora")
    golden.write(folder, "gradients", *golden.gradient_goldens(lora, golden.rows(2, draw, 8, 12)))
    golden.write(folder, "training", *golden.training_goldens(folder, 1, False, draw))


def check_older_config(folder, batches, tensors):
    config = json.loads((folder / "config-older.json").read_text())
    model = golden.load(folder, config=transformers.Gemma3TextConfig.from_dict(config))
    assert torch.equal(logits(model, batches[0]), tensors["batch.0.logits"]), "the older spelling reads differently"


def multimodal_config(text):
    """As published folders have it: of the text settings only those that differ from the class's defaults."""
    defaults = transformers.Gemma3TextConfig().to_dict()
    return {
        "architectures": ["Gemma3ForConditionalGeneration"], "model_type": "gemma3", "torch_dtype": "float32",
        "mm_tokens_per_image": 1, "image_token_index": 300, "boi_token_index": 301, "eoi_token_index": 302,
        "bos_token_id": 2, "eos_token_id": 1, "pad_token_id": 0, "initializer_range": 0.02,
        "text_config": {"model_type": "gemma3_text", "sliding_window_pattern": 2, "rope_scaling": GLOBAL} | {
            key: text[key] for key in TINY.keys() | {"head_dim", "query_pre_attn_scalar", "sliding_window"}
            if text[key] != defaults[key]},
        "vision_config": {
            "model_type": "siglip_vision_model", "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1,
            "num_attention_heads": 2, "image_size": 8, "patch_size": 4, "vision_use_head": False},
    }


def write_multimodal(text_folder, folder, batches, tensors):
    """The text weights of gemma3 as the language model of a folder that also has an image tower, under the older names."""
    folder.mkdir()
    write_json(folder / "config.json", multimodal_config(json.loads((text_folder / "config.json").read_text())))
    whole = fill(transformers.Gemma3ForConditionalGeneration(transformers.Gemma3Config.from_pretrained(folder)))
    names, weights = [], {}
    for key, weight in load_file(text_folder / "model.safetensors").items():
        rest = key.removeprefix("model.")
        names.append({"text": key, "older": f"language_model.model.{rest}", "newer": f"model.language_model.{rest}"})
        weights[f"model.language_model.{rest}"] = weight
    for key, weight in whole.state_dict().items():
        if "vision_tower" in key or "projector" in key:
            older_name = key.removeprefix("model.").replace("vision_tower.", "vision_tower.vision_model.")
            names.append({"text": None, "older": older_name, "newer": key})
            weights[key] = weight
    (folder / "names.json").write_text("[\n" + ",\n".join(map(json.dumps, names)) + "\n]\n")
    save_file({entry["older"]: weights[entry["newer"]] for entry in names}, folder / "model.safetensors", {"format": "pt"})
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copy(folder / "config.json", scratch)
        save_file(weights, Path(scratch) / "model.safetensors", {"format": "pt"})
        for candidate in (folder, scratch):
            check_multimodal(candidate, batches, tensors)


def check_multimodal(folder, batches, tensors):
    model, report = transformers.Gemma3ForConditionalGeneration.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", output_loading_info=True)
    assert not any(report.values()), report
    assert torch.equal(logits(model.eval(), batches[0]), tensors["batch.0.logits"]), "the text logits differ"


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parents[1] / "src/test/resources/golden/families"
    for name in (*CONFIGS, "gemma3-multimodal"):
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in CONFIGS:
        draw = random.Random(golden.SEED)  # the same rows for every family
        save_model(name, folder / name)
        batches, tensors = write_forward(name, folder / name, draw)
        if name == "gemma3":
            check_older_config(folder / name, batches, tensors)
            write_multimodal(folder / name, folder / "gemma3-multimodal", batches, tensors)
        write_adapter(folder / name, draw)
    golden.finish(folder, __file__)


if __name__ == "__main__":
    main()
