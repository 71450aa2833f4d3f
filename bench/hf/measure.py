"""What the two peers' programs share: threads, the GEMM peak, and how a result is printed."""

import json
import os
import sys
import time

import torch
import transformers


def start(threads):
    torch.set_num_threads(threads)
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    transformers.logging.set_verbosity_error()


def gemm_peak(seconds=2.0):
    """The most fp32 GFLOP/s that square products reach, in about this time."""
    best = 0.0
    for n in (256, 512, 1024):
        a, b = torch.rand(n, n), torch.rand(n, n)
        out = torch.empty(n, n)
        end = time.perf_counter() + seconds / 3
        while time.perf_counter() < end:
            begun = time.perf_counter()
            torch.mm(a, b, out=out)
            best = max(best, 2 * n**3 / (time.perf_counter() - begun) / 1e9)
    return best


def report(**values):
    print(json.dumps(values))
    sys.stdout.flush()
