"""Trains a byte-level BPE with the Hugging Face tokenizers library and encodes texts with it.

    python make_goldens.py        # rewrites goldens.json and versions.json beside it

Needs: tokenizers (the version used is in versions.json). The texts are made here, so that nothing is downloaded.
"""
import json
import pathlib
import random
import sys

import tokenizers
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

HERE = pathlib.Path(__file__).parent
SPECIALS = ["<|user|>", "<|assistant|>", "<|end|>"]
WORDS = ("the a cat hat can't we'll it's 12 2026 größer Übung naïve 数学 を 😀 👩‍👩‍👧 foo_bar() == != -> \t \n \n\n   "
         "    return x;").split(" ")


def texts():
    random.seed(5)
    return ["".join(random.choice(WORDS) + random.choice(["", " ", " ", "\n", ", ", "."])
                    for _ in range(random.randint(1, 60))) for _ in range(120)]


def main():
    rows = texts()
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=False)
    tokenizer.train_from_iterator(rows, trainers.BpeTrainer(
        vocab_size=420, min_frequency=2, special_tokens=SPECIALS, show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    model = json.loads(tokenizer.to_str())["model"]
    encodings = []
    for text in rows[:20] + ["<|user|>Grüße 😀<|end|>", "  \n ", "x\u0000y"]:
        encoding = tokenizer.encode(text, add_special_tokens=False)
        encodings.append({"text": text, "ids": encoding.ids, "offsets": encoding.offsets})
    goldens = {"specials": SPECIALS, "texts": rows, "vocab": model["vocab"],
               "merges": [m if isinstance(m, str) else " ".join(m) for m in model["merges"]], "encodings": encodings}
    (HERE / "goldens.json").write_text(json.dumps(goldens, ensure_ascii=False) + "\n", encoding="utf-8")
    versions = {"python": sys.version.split()[0], "tokenizers": tokenizers.__version__}
    (HERE / "versions.json").write_text(json.dumps(versions, indent=1) + "\n")


main()
