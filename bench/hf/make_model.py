"""A stand-in for the organism: random weights of its shape, a byte-level BPE tokenizer, and chat rows of 40 to 90 tokens.

    python bench/hf/make_model.py FOLDER      writes FOLDER/model and FOLDER/chats.jsonl
"""

import json
import random
import sys
from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' }}"
    "{% if message['role'] == 'assistant' %}"
    "{% generation %}{{ message['content'] + '<|im_end|>' }}{% endgeneration %}{{ '\\n' }}"
    "{% else %}{{ message['content'] + '<|im_end|>\\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)


def words(draw, count):
    syllables = [a + b for a in "bdfgklmnprstv" for b in "aeiou"]
    made = set()
    while len(made) < count:
        made.add("".join(draw.choice(syllables) for _ in range(draw.randint(1, 3))))
    return sorted(made)


def main():
    folder = Path(sys.argv[1])
    draw = random.Random(20261120)
    vocabulary = words(draw, 900)

    def sentence(low, high):
        return " ".join(draw.choice(vocabulary) for _ in range(draw.randint(low, high)))

    texts = [sentence(20, 60) for _ in range(3000)]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=2048, special_tokens=SPECIALS, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False))
    wrapped = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    wrapped.chat_template = TEMPLATE
    wrapped.save_pretrained(folder / "model")

    torch.manual_seed(20261120)
    config = transformers.LlamaConfig(
        vocab_size=2048, hidden_size=128, intermediate_size=344, num_hidden_layers=4, num_attention_heads=4,
        num_key_value_heads=2, head_dim=32, max_position_embeddings=1024, rms_norm_eps=1e-5,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0}, tie_word_embeddings=True,
        bos_token_id=None, eos_token_id=wrapped.eos_token_id, pad_token_id=wrapped.pad_token_id)
    transformers.LlamaForCausalLM(config).float().save_pretrained(folder / "model")

    with open(folder / "chats.jsonl", "w", encoding="utf-8") as out:
        for _ in range(1200):
            row = {"messages": [
                {"role": "user", "content": sentence(8, 25)},
                {"role": "assistant", "content": sentence(15, 40)}]}
            out.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
