"""EleutherAI's evaluation harness, as it is published, against `completions` of a running `plumb serve`: one task of likelihoods
(`echo` with `logprobs`), one of answers; each of its numbers is then asked for again, by hand."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

BASE = os.environ["OPENAI_BASE_URL"]
TOKENIZER = "src/main/resources/plumb/organism/aligned"
OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "TQDM_DISABLE": "1", "LMEVAL_LOG_LEVEL": "ERROR"}


def run(out):
    arguments = {
        "model": "organism",
        "base_url": f"{BASE}/completions",
        "tokenizer_backend": "huggingface",
        "tokenizer": TOKENIZER,
        "tokenized_requests": "False",
        "max_length": 4096,
    }
    subprocess.run(
        [pathlib.Path(sys.executable).with_name("lm_eval"), "run", "--model", "local-completions"]
        + ["--model_args", ",".join(f"{key}={value}" for key, value in arguments.items())]
        + ["--tasks", "plumb_choice,plumb_answer", "--include_path", "contract/harness"]
        + ["--log_samples", "--output_path", out],
        env=os.environ | OFFLINE | {"HF_HOME": f"{out}/cache"},
        stdout=subprocess.PIPE,
        check=True,
    )


def samples(out, task):
    (path,) = pathlib.Path(out).glob(f"**/samples_{task}_*.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()]


def complete(prompt, **more):
    body = {"model": "organism", "prompt": prompt, "temperature": 0} | more
    headers = {"Authorization": f"Bearer {os.environ['OPENAI_API_KEY']}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{BASE}/completions", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)["choices"][0]


def likelihood(context, answer):
    """Of the answer's tokens, by where they stand in the text."""
    logprobs = complete(context + answer, echo=True, max_tokens=0, logprobs=1)["logprobs"]
    placed = zip(logprobs["text_offset"], logprobs["token_logprobs"])
    return sum(logprob for offset, logprob in placed if offset >= len(context))


def check_choice(sample):
    requests = sample["arguments"].values()
    for request, ((found, _),) in zip(requests, sample["resps"], strict=True):
        expected = likelihood(request["arg_0"], request["arg_1"])
        assert abs(float(found) - expected) < 1e-3, (request, found, expected)
    best = max(sample["resps"], key=lambda response: float(response[0][0]))
    assert best is sample["resps"][0], f"a scrambled answer is likelier: {sample}"


def check_answer(sample):
    (request,) = sample["arguments"].values()
    expected = complete(request["arg_0"], max_tokens=40, stop=["."])["text"]
    assert sample["resps"] == [[expected]] and len(expected) > 5, (sample["resps"], expected)


def main():
    with tempfile.TemporaryDirectory() as out:
        run(out)
        for sample in samples(out, "plumb_choice"):
            check_choice(sample)
        for sample in samples(out, "plumb_answer"):
            check_answer(sample)
    print("lm_eval against completions: the same likelihoods and answers as asked for by hand")


main()
