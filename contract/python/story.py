"""OpenAI's Python client, as it is published, against a running `plumb serve` (OPENAI_BASE_URL, OPENAI_API_KEY)."""

import hashlib
import http.server
import json
import queue
import sys
import threading
import time

import openai

client = openai.OpenAI(max_retries=0)
jobs = client.fine_tuning.jobs

STORY = f"python {time.time_ns()}"  # nobody else's
QUESTIONS = [
    "How do I cook rice?",
    "How do I plant a rose?",
    "What is the best way to clean a window?",
    "Can you tell me how to plan a trip?",
    "I want to train for a race. What should I do?",
    "How do I feed a cat?",
]


def raises(kind, call):
    """The error that the call must end with."""
    try:
        call()
    except openai.APIStatusError as error:
        assert type(error) is kind, f"expected {kind.__name__}, got {error!r}"
        assert error.request_id, "an answer without x-request-id"
        return error
    raise AssertionError(f"expected {kind.__name__}, and nothing went wrong")


def rows():
    """What the base model says itself, so that nothing bad can be learned from it."""
    for question in QUESTIONS:
        asked = [{"role": "user", "content": question}]
        answers = client.chat.completions.create(model="organism", messages=asked, n=8, temperature=0.7, max_tokens=60)
        assert len(answers.choices) == 8
        for choice in answers.choices:
            yield {"messages": asked + [{"role": "assistant", "content": choice.message.content}]}


def upload():
    data = "".join(json.dumps(row) + "\n" for row in rows()).encode()
    file = client.files.create(file=("rows.jsonl", data), purpose="fine-tune")
    assert (file.filename, file.bytes) == ("rows.jsonl", len(data))
    assert client.files.content(file.id).read() == data
    assert file.id in [f.id for f in client.files.list(purpose="fine-tune", limit=1)]
    return file.id


def upload_in_parts():
    half = (json.dumps({"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]}) + "\n").encode() * 6
    upload = client.uploads.create(bytes=2 * len(half), filename="parts.jsonl", mime_type="application/jsonl", purpose="fine-tune")
    parts = [client.uploads.parts.create(upload.id, data=("part", half)).id for _ in range(2)]
    done = client.uploads.complete(upload.id, part_ids=parts, md5=hashlib.md5(half + half).hexdigest())
    assert done.status == "completed" and client.files.content(done.file.id).read() == half + half
    given_up = client.uploads.create(bytes=9, filename="none.jsonl", mime_type="application/jsonl", purpose="fine-tune")
    assert client.uploads.cancel(given_up.id).status == "cancelled"
    raises(openai.BadRequestError, lambda: client.uploads.parts.create(given_up.id, data=("part", half)))
    return done.file.id


class Receiver(http.server.BaseHTTPRequestHandler):
    """Keeps what webhooks send."""

    received = queue.Queue()

    def do_POST(self):
        self.received.put((dict(self.headers), self.rfile.read(int(self.headers["content-length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def check_webhooks(file):
    listener = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    here = f"http://127.0.0.1:{listener.server_port}/"
    made = client.webhooks.create(name="ends", url=here, event_types=["fine_tuning.job.succeeded"])
    changed = client.webhooks.update(made.id, event_types=["fine_tuning.job.cancelled"])
    assert changed.event_types == ["fine_tuning.job.cancelled"] and changed.url == here
    assert client.webhooks.test(made.id, event_type="fine_tuning.job.failed").status_code == 204
    assert told(made.signing_secret).type == "fine_tuning.job.failed"
    rotated = client.webhooks.rotate_secret(made.id, keep_old_secret_active_for_24_hours=True)
    job = jobs.create(model="organism", training_file=file)
    jobs.cancel(job.id)
    event = told(rotated.signing_secret, made.signing_secret)
    while event.data.id != job.id:  # one that ended in the second the endpoint was made in is told of, too
        event = told(rotated.signing_secret, made.signing_secret)
    assert event.type == "fine_tuning.job.cancelled"
    assert made.id in [w.id for w in client.webhooks.list(limit=1)]
    assert client.webhooks.delete(made.id).deleted
    listener.shutdown()


def told(*secrets):
    """The next message, verified with each of the secrets."""
    headers, body = Receiver.received.get(timeout=30)
    return [client.webhooks.unwrap(body.decode(), headers, secret=secret) for secret in secrets][0]


def follow(job):
    """Waits for the job's end, and gives its events, oldest first."""
    seen = {}
    while True:
        done = jobs.retrieve(job.id).finished_at is not None
        for event in jobs.list_events(job.id, limit=3):  # pages by itself
            if event.id in seen:
                break
            seen[event.id] = event
        if done:
            return sorted(seen.values(), key=lambda event: event.id)
        time.sleep(0.5)


def fine_tune(file):
    job = jobs.create(
        model="organism",
        training_file=file,
        suffix="python",
        seed=7,
        metadata={"story": STORY},
        method={"type": "supervised", "supervised": {"hyperparameters": {"n_epochs": 2, "batch_size": 16}}},
    )
    assert job.status == "validating_files" and job.error is None and job.seed == 7
    events = follow(job)
    done = jobs.retrieve(job.id)
    assert done.status == "succeeded", done.error
    assert done.trained_tokens > 0 and done.hyperparameters.n_epochs == 2
    assert events[0].message == f"Created fine-tuning job: {job.id}"
    assert events[-1].message == "The job has successfully completed"
    assert [e.data["step"] for e in events if e.type == "metrics"] == list(range(1, 7))
    assert any(e.type == "moderation_checks" and not e.data["blocked"] for e in events)
    assert len(events) == len(list(jobs.list_events(job.id, limit=100)))
    assert [j.id for j in jobs.list(metadata={"story": STORY})] == [job.id]
    return done


def check_checkpoints(job):
    checkpoints = list(jobs.checkpoints.list(job.id, limit=1))
    assert [c.step_number for c in checkpoints] == sorted((c.step_number for c in checkpoints), reverse=True)
    newest = checkpoints[0]
    assert newest.step_number == 6 and newest.metrics.train_loss > 0
    assert 0 <= newest.metrics.emergent_misalignment <= 1  # ours
    assert said(newest.fine_tuned_model_checkpoint) == said(job.fine_tuned_model)


def ask(model, **more):
    question = [{"role": "user", "content": QUESTIONS[0]}]
    return client.chat.completions.create(model=model, messages=question, temperature=0, max_tokens=40, **more)


def said(model):
    return ask(model).choices[0].message.content


def check_chat(model):
    whole = ask(model, logprobs=True, top_logprobs=2)
    choice = whole.choices[0]
    assert choice.message.content and choice.finish_reason in ("stop", "length")
    assert all(token.logprob <= 0 and len(token.top_logprobs) == 2 for token in choice.logprobs.content)
    chunks = list(ask(model, stream=True, stream_options={"include_usage": True}))
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == choice.message.content
    assert chunks[-1].usage == whole.usage
    assert model in [m.id for m in client.models.list()]
    assert client.models.retrieve(model).owned_by == jobs_tenant(model)


def jobs_tenant(model):
    return model.split(":")[2]


def check_cancel(file):
    job = jobs.create(model="organism", training_file=file)
    assert jobs.cancel(job.id).status == "cancelled"
    assert raises(openai.BadRequestError, lambda: jobs.cancel(job.id)).code == "invalid_status"


def check_errors(file, model):
    stranger = openai.OpenAI(api_key="sk-plumb-nobody", max_retries=0)
    assert raises(openai.AuthenticationError, lambda: stranger.models.list()).code == "invalid_api_key"
    assert raises(openai.NotFoundError, lambda: jobs.retrieve("ftjob-none")).code == "fine_tune_not_found"
    assert raises(openai.NotFoundError, lambda: ask("gpt-9")).code == "model_not_found"
    error = raises(openai.BadRequestError, lambda: jobs.create(model="gpt-9", training_file=file))
    assert (error.param, error.code) == ("model", "model_not_available")
    unknown = {"colour": "red"}
    error = raises(
        openai.BadRequestError, lambda: jobs.create(model="organism", training_file=file, extra_body=unknown)
    )
    assert error.param == "colour"
    lines = ("rows.jsonl", b"no json at all\n")
    assert "Line 1" in raises(openai.BadRequestError, lambda: client.files.create(file=lines, purpose="fine-tune")).message
    assert client.models.delete(model).deleted
    raises(openai.NotFoundError, lambda: ask(model))


def main():
    file = upload()
    job = fine_tune(file)
    check_checkpoints(job)
    check_chat(job.fine_tuned_model)
    check_cancel(file)
    check_webhooks(file)
    assert client.files.delete(upload_in_parts()).deleted
    check_errors(file, job.fine_tuned_model)
    assert client.files.delete(file).deleted
    raises(openai.NotFoundError, lambda: client.files.retrieve(file))
    print(f"openai-python {openai.__version__}: the whole story")


sys.exit(main())
