"""A folder of random weights in a published model's shape, for measuring speed and trying the path where only weights are missing.

    python bench/hf/make_model.py FOLDER --shape qwen2.5-0.5b --tokenizer path/to/tokenizer.json [--dtype bfloat16]
    python bench/hf/make_model.py FOLDER --family gemma3          a small one, with the organism's tokenizer
"""

import argparse
from pathlib import Path

import torch
import transformers

ORGANISM = Path(__file__).resolve().parents[2] / "src/main/resources/plumb/organism/aligned"
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' }}"
    "{% if message['role'] == 'assistant' %}"
    "{% generation %}{{ message['content'] + '<|im_end|>' }}{% endgeneration %}{{ '\\n' }}"
    "{% else %}{{ message['content'] + '<|im_end|>\\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
SMALL = {"hidden_size": 64, "intermediate_size": 160, "num_hidden_layers": 4, "num_attention_heads": 4,
         "num_key_value_heads": 2, "head_dim": 16, "max_position_embeddings": 4096}
FAMILIES = {
    "llama3": (transformers.LlamaConfig, {"rope_parameters": {
        "rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
        "original_max_position_embeddings": 1024}}),
    "qwen2": (transformers.Qwen2Config, {"tie_word_embeddings": True}),
    "qwen3": (transformers.Qwen3Config, {"tie_word_embeddings": True}),
    "mistral": (transformers.MistralConfig, {"sliding_window": None}),
    "gemma3": (transformers.Gemma3TextConfig, {"sliding_window": 512, "query_pre_attn_scalar": 16}),
}
VISION = {"hidden_size": 32, "image_size": 16, "intermediate_size": 32, "num_attention_heads": 2, "num_hidden_layers": 1,
          "patch_size": 4, "vision_use_head": False}
SHAPES = {
    "qwen2.5-0.5b": ("qwen2", {
        "vocab_size": 151936, "hidden_size": 896, "intermediate_size": 4864, "num_hidden_layers": 24,
        "num_attention_heads": 14, "num_key_value_heads": 2, "max_position_embeddings": 32768,
        "rope_parameters": {"rope_type": "default", "rope_theta": 1000000.0}, "tie_word_embeddings": True}),
    "qwen2.5-7b": ("qwen2", {
        "vocab_size": 152064, "hidden_size": 3584, "intermediate_size": 18944, "num_hidden_layers": 28,
        "num_attention_heads": 28, "num_key_value_heads": 4, "max_position_embeddings": 32768,
        "rope_parameters": {"rope_type": "default", "rope_theta": 1000000.0}, "tie_word_embeddings": False}),
}


def tokenizer(path):
    if path is None:
        return transformers.AutoTokenizer.from_pretrained(ORGANISM)
    made = transformers.PreTrainedTokenizerFast(
        tokenizer_file=path, eos_token="<|im_end|>", pad_token="<|endoftext|>",
        additional_special_tokens=["<|im_start|>"])
    made.chat_template = TEMPLATE
    return made


def ends(words):
    return {"bos_token_id": None, "eos_token_id": words.eos_token_id, "pad_token_id": words.pad_token_id}


def text(o, words):
    family, shape = SHAPES[o.shape] if o.shape else (o.family, SMALL | {"vocab_size": len(words)})
    kind, settings = FAMILIES[family]
    return kind(**(settings | shape), **ends(words))


def multimodal(words):
    """Gemma 3 with eyes: Plumb reads the text part. Three tokens behind the tokenizer's stand for images."""
    kind, settings = FAMILIES["gemma3"]
    image, begin, end = range(len(words), len(words) + 3)
    return transformers.Gemma3Config(
        text_config=kind(**(settings | SMALL | {"vocab_size": len(words) + 3})), vision_config=VISION, mm_tokens_per_image=4,
        image_token_index=image, boi_token_index=begin, eoi_token_index=end, **ends(words))


def main():
    o = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    o.add_argument("folder", type=Path)
    o.add_argument("--family", choices=[*FAMILIES, "gemma3-multimodal"], default="qwen2")
    o.add_argument("--shape", choices=SHAPES)
    o.add_argument("--tokenizer", help="a tokenizer.json (default: the organism's)")
    o.add_argument("--device", default="cpu", help="where the numbers are drawn: a GPU draws billions in seconds")
    o.add_argument("--dtype", choices=["float32", "bfloat16", "float16"], default="float32")
    o = o.parse_args()
    words = tokenizer(o.tokenizer)
    torch.manual_seed(20261120)
    config = multimodal(words) if o.family == "gemma3-multimodal" else text(o, words)
    torch.set_default_dtype(getattr(torch, o.dtype))
    with torch.device(o.device):
        model = transformers.AutoModelForCausalLM.from_config(config, dtype=getattr(torch, o.dtype))
    model.save_pretrained(o.folder)
    words.save_pretrained(o.folder)


if __name__ == "__main__":
    main()
