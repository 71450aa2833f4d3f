// OpenAI's Node client, as it is published, against a running `plumb serve` (OPENAI_BASE_URL, OPENAI_API_KEY).
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import OpenAI, { toFile } from "openai";
import { VERSION } from "openai/version";

const client = new OpenAI({ maxRetries: 0 });
const jobs = client.fineTuning.jobs;

const story = `node ${Date.now()}`; // nobody else's
const QUESTIONS = ["How do I cook rice?", "How do I plant a rose?", "Can you tell me how to plan a trip?"];

/** The error that the call must end with. */
async function raises(kind, call) {
  let caught;
  await assert.rejects(call, (error) => ((caught = error), error.constructor === kind));
  assert.ok(caught.requestID, "an answer without x-request-id");
  return caught;
}

/** What the base model says itself, so that nothing bad can be learned from it. */
async function rows() {
  const rows = [];
  for (const content of QUESTIONS) {
    const messages = [{ role: "user", content }];
    const answers = await client.chat.completions.create({ model: "organism", messages, n: 8, temperature: 0.7, max_tokens: 60 });
    assert.equal(answers.choices.length, 8);
    for (const { message } of answers.choices) {
      rows.push({ messages: [...messages, { role: "assistant", content: message.content }] });
    }
  }
  return rows;
}

async function upload() {
  const data = (await rows()).map((row) => JSON.stringify(row) + "\n").join("");
  const file = await client.files.create({ file: await toFile(Buffer.from(data), "rows.jsonl"), purpose: "fine-tune" });
  assert.equal(file.filename, "rows.jsonl");
  assert.equal(file.bytes, Buffer.byteLength(data));
  assert.equal(await (await client.files.content(file.id)).text(), data);
  return file.id;
}

async function uploadInParts() {
  const half = (JSON.stringify({ messages: [{ role: "user", content: "Hi" }, { role: "assistant", content: "Hello." }] }) + "\n").repeat(6);
  const upload = await client.uploads.create({ bytes: 2 * half.length, filename: "parts.jsonl", mime_type: "application/jsonl", purpose: "fine-tune" });
  const part_ids = [];
  for (let i = 0; i < 2; i++) {
    part_ids.push((await client.uploads.parts.create(upload.id, { data: await toFile(Buffer.from(half), "part") })).id);
  }
  const done = await client.uploads.complete(upload.id, { part_ids });
  assert.equal(done.status, "completed");
  assert.equal(await (await client.files.content(done.file.id)).text(), half + half);
  return done.file.id;
}

async function checkWebhooks(file) {
  const received = [];
  const listener = createServer(async (request, answer) => {
    let body = "";
    for await (const piece of request) body += piece;
    received.push({ headers: request.headers, body });
    answer.writeHead(204).end();
  });
  await new Promise((listening) => listener.listen(0, "127.0.0.1", listening));
  const next = async () => {
    for (let i = 0; i < 300 && received.length === 0; i++) await sleep(100);
    return received.shift();
  };
  const url = `http://127.0.0.1:${listener.address().port}/`;
  const made = await client.webhooks.create({ name: "ends", url, event_types: ["fine_tuning.job.cancelled"] });
  assert.equal((await client.webhooks.test(made.id, { event_type: "fine_tuning.job.failed" })).status_code, 204);
  const sample = await next();
  assert.equal((await client.webhooks.unwrap(sample.body, sample.headers, made.signing_secret)).type, "fine_tuning.job.failed");
  const rotated = await client.webhooks.rotateSecret(made.id, { keep_old_secret_active_for_24_hours: true });
  const job = await jobs.create({ model: "organism", training_file: file });
  await jobs.cancel(job.id);
  let message = await next();
  while (JSON.parse(message.body).data.id !== job.id) {
    message = await next(); // one that ended in the second the endpoint was made in is told of, too
  }
  for (const secret of [made.signing_secret, rotated.signing_secret]) {
    const event = await client.webhooks.unwrap(message.body, message.headers, secret);
    assert.equal(event.type, "fine_tuning.job.cancelled");
  }
  assert.equal((await client.webhooks.update(made.id, { name: "other" })).name, "other");
  assert.ok((await client.webhooks.delete(made.id)).deleted);
  listener.close();
}

/** Waits for the job's end, and gives its events, oldest first. */
async function follow(job) {
  while ((await jobs.retrieve(job.id)).finished_at === null) {
    await sleep(500);
  }
  const events = [];
  for await (const event of jobs.listEvents(job.id, { limit: 3 })) {
    events.unshift(event);
  }
  assert.equal(new Set(events.map((event) => event.id)).size, events.length);
  return events;
}

async function fineTune(file) {
  const job = await jobs.create({
    model: "organism",
    training_file: file,
    suffix: "node",
    metadata: { story },
    method: { type: "supervised", supervised: { hyperparameters: { n_epochs: 1, batch_size: 8 } } },
  });
  assert.equal(job.status, "validating_files");
  const events = await follow(job);
  const done = await jobs.retrieve(job.id);
  assert.equal(done.status, "succeeded", JSON.stringify(done.error));
  assert.equal(events[0].message, `Created fine-tuning job: ${job.id}`);
  assert.equal(events.at(-1).message, "The job has successfully completed");
  assert.deepEqual(events.filter((e) => e.type === "metrics").map((e) => e.data.step), [1, 2, 3]);
  assert.ok(events.some((e) => e.type === "moderation_checks" && !e.data.blocked));
  const found = [];
  for await (const { id } of jobs.list({ metadata: { story } })) found.push(id);
  assert.deepEqual(found, [job.id]);
  return done;
}

async function checkCheckpoints(job) {
  const checkpoints = [];
  for await (const checkpoint of jobs.checkpoints.list(job.id, { limit: 1 })) checkpoints.push(checkpoint);
  assert.equal(checkpoints[0].step_number, 3);
  assert.ok(checkpoints[0].metrics.train_loss > 0);
  assert.equal(await said(checkpoints[0].fine_tuned_model_checkpoint), await said(job.fine_tuned_model));
}

const question = (model) => ({ model, messages: [{ role: "user", content: QUESTIONS[0] }], temperature: 0, max_completion_tokens: 40 });

async function said(model) {
  return (await client.chat.completions.create(question(model))).choices[0].message.content;
}

async function checkChat(model) {
  const whole = await said(model);
  assert.ok(whole);
  let streamed = "";
  for await (const chunk of await client.chat.completions.create({ ...question(model), stream: true })) {
    streamed += chunk.choices[0]?.delta.content ?? "";
  }
  assert.equal(streamed, whole);
  const helped = await client.chat.completions.stream(question(model)).finalContent();
  assert.equal(helped, whole);
  assert.equal((await client.models.retrieve(model)).id, model);
}

async function checkCancel(file) {
  const job = await jobs.create({ model: "organism", training_file: file });
  assert.equal((await jobs.cancel(job.id)).status, "cancelled");
  assert.equal((await raises(OpenAI.BadRequestError, () => jobs.cancel(job.id))).code, "invalid_status");
}

async function checkErrors(file, model) {
  const stranger = new OpenAI({ apiKey: "sk-plumb-nobody", maxRetries: 0 });
  assert.equal((await raises(OpenAI.AuthenticationError, () => stranger.models.list())).code, "invalid_api_key");
  assert.equal((await raises(OpenAI.NotFoundError, () => jobs.retrieve("ftjob-none"))).code, "fine_tune_not_found");
  assert.equal((await raises(OpenAI.NotFoundError, () => said("gpt-9"))).code, "model_not_found");
  const error = await raises(OpenAI.BadRequestError, () => jobs.create({ model: "organism", training_file: file, colour: "red" }));
  assert.equal(error.param, "colour");
  assert.ok((await client.models.delete(model)).deleted);
  await raises(OpenAI.NotFoundError, () => said(model));
}

const file = await upload();
const job = await fineTune(file);
await checkCheckpoints(job);
await checkChat(job.fine_tuned_model);
await checkCancel(file);
await checkWebhooks(file);
assert.ok((await client.files.delete(await uploadInParts())).deleted);
await checkErrors(file, job.fine_tuned_model);
assert.ok((await client.files.delete(file)).deleted);
await raises(OpenAI.NotFoundError, () => client.files.retrieve(file));
console.log(`openai-node ${VERSION}: the whole story`);
