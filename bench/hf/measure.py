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


def gemm_peak(seconds=2.0, device="cpu", dtype="float32"):
    """The most GFLOP/s that square products reach, in about this time."""
    best = 0.0
    for n in (256, 512, 1024) if device == "cpu" else (2048, 4096, 8192):
        a, b, out = (torch.rand(n, n).to(device, getattr(torch, dtype)) for _ in range(3))
        end = time.perf_counter() + seconds / 3
        while time.perf_counter() < end:
            begun = time.perf_counter()
            torch.mm(a, b, out=out)
            if out.is_cuda:
                torch.cuda.synchronize()
            best = max(best, 2 * n**3 / (time.perf_counter() - begun) / 1e9)
    return best


def report(**values):
    print(json.dumps(values))
    sys.stdout.flush()
