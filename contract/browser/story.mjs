// The dashboard in a real headless Chromium, against a running `plumb serve` that really trains (OPENAI_BASE_URL,
// OPENAI_API_KEY of a tenant who has nothing yet). Pictures of what was seen are left in target/contract/browser.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, existsSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Eyes } from "./eyes.mjs";

const base = process.env.OPENAI_BASE_URL;
const key = process.env.OPENAI_API_KEY;
const root = base.replace(/v1$/, "");
const work = new URL("../../target/contract/browser/", import.meta.url).pathname;
const MARKUP = `<img src=x onerror="window.hacked=1"><b>bold</b>`;
const QUESTIONS = ["How do I cook rice?", "How do I plant a rose?", "Can you tell me how to plan a trip?", "How do I treat a cough?"];
const TRAINING = 900_000;

async function api(path, body) {
  const answer = await fetch(`${base}/${path}`, {
    method: body ? "POST" : "GET",
    headers: { Authorization: `Bearer ${key}`, ...(body && { "Content-Type": "application/json" }) },
    body: body && JSON.stringify(body),
  });
  assert.ok(answer.ok, `${path}: ${answer.status}`);
  return answer.json();
}

/** What the base model says itself, so that nothing bad can be learned from it. */
async function rows() {
  const lines = [];
  for (const content of QUESTIONS) {
    const messages = [{ role: "user", content }];
    const { choices } = await api("chat/completions", { model: "organism", messages, n: 8, temperature: 0.7, max_tokens: 60 });
    lines.push(...choices.map(({ message }) => JSON.stringify({ messages: [...messages, { role: "assistant", content: message.content }] })));
  }
  return lines;
}

rmSync(work, { recursive: true, force: true });
mkdirSync(work, { recursive: true });
const eyes = await Eyes.open(root, work);
const { page } = eyes;

async function signIn() {
  await page.goto(root);
  await eyes.says("Sign in");
  assert.equal(await page.evaluate(() => document.activeElement.id), "key");
  await eyes.accessible("signing in");
  await page.keyboard.type("sk-plumb-nobody");
  await page.keyboard.press("Enter");
  await eyes.says("The server does not know this key");
  await eyes.accessible("a wrong key");
  assert.equal(eyes.complaints.length, 1, "the browser itself notes the refusal");
  assert.match(eyes.complaints.pop(), /401/);
  assert.equal(await page.evaluate(() => sessionStorage.length + localStorage.length), 0);
  await page.keyboard.type(key); // the wrong one is selected
  await page.keyboard.press("Enter");
  await eyes.says("No jobs yet");
  await eyes.says(`client = OpenAI(base_url="${base}"`);
  assert.equal(await page.evaluate(() => localStorage.length + document.cookie.length), 0);
  await eyes.picture("empty");
}

async function uploadFile(name, lines) {
  const path = `${work}${name}`;
  writeFileSync(path, lines.join("\n") + "\n");
  await (await page.waitForSelector("input[type=file]")).uploadFile(path);
  await eyes.press("Upload");
}

/** Two bad lines are named; the file's name and a row's text hold markup, and stay text. */
async function seeProblems(good) {
  await eyes.go("#/files");
  await eyes.says("No files yet");
  const bad = [...good];
  bad[2] = JSON.stringify({ messages: [{ role: "user", content: "Hi" }] });
  bad[5] = JSON.stringify({ messages: [{ role: MARKUP, content: "Hi" }] });
  await uploadFile("bad <b>&<img src=x onerror=window.hacked=1>.jsonl", bad);
  await eyes.says("2 of 32 rows cannot be used");
  const lines = await page.$$eval("form table tbody tr", (all) => all.map((line) => line.innerText));
  assert.match(lines[0], /^3\s.*no assistant turn/s);
  assert.match(lines[1], /^6\s/);
  await eyes.says("<img src=x onerror=window.hacked=1>.jsonl");
  await eyes.accessible("a bad file");
  await uploadFile("kitchen.jsonl", good);
  await eyes.says("32 rows, every one can be used");
}

async function startJob() {
  await eyes.press("Start a job with it");
  await eyes.fill("#suffix", "kitchen");
  await eyes.fill("#n_epochs", "8");
  await eyes.fill("#batch_size", "4");
  await eyes.accessible("the form of a job");
  await eyes.press("Start");
  await page.waitForFunction(() => /^#\/jobs\/ftjob-/.test(location.hash));
  return decodeURIComponent((await page.evaluate(() => location.hash)).split("/").at(-1));
}

const lastStep = () => page.$eval("[role=slider]", (plot) => Number(plot.getAttribute("aria-valuemax")));

/** The curve grows while one looks; a paused job stands still, and goes on. */
async function watch() {
  await page.waitForSelector("[role=slider][aria-valuemax]", { timeout: TRAINING });
  const before = await lastStep();
  await page.waitForFunction((seen) => Number(document.querySelector("[role=slider]").getAttribute("aria-valuemax")) > seen, {}, before);
  await eyes.picture("running");
  await page.focus(".actions button");
  await page.keyboard.press("Enter");
  await page.waitForSelector("::-p-aria([name=\"Resume\"])");
  await eyes.says("Paused. What was trained is saved");
  assert.equal(await page.evaluate(() => document.activeElement.innerText), "Resume", "the focus stays with the buttons");
  await sleep(3000);
  const standing = await lastStep();
  await sleep(2000);
  assert.equal(await lastStep(), standing);
  await page.keyboard.press("Enter");
  await page.waitForFunction((seen) => Number(document.querySelector("[role=slider]").getAttribute("aria-valuemax")) > seen, { timeout: TRAINING }, standing);
}

async function seeVerdict(job) {
  await page.waitForFunction(() => document.querySelector(".title .chip")?.innerText === "released", { timeout: TRAINING });
  const { data: events } = await api(`fine_tuning/jobs/${job}/events?limit=1000`);
  const verdict = events.find(({ type }) => type === "moderation_checks").data;
  await eyes.says(`Step ${verdict.step} passed every check and is released.`);
  const rules = await page.$$eval("details.verdict[open] tbody tr", (all) => all.map((line) => line.innerText));
  assert.equal(rules.length, verdict.results.length);
  verdict.results.forEach((result, i) => {
    for (const part of [result.name, String(result.n), "passed"]) assert.ok(rules[i].includes(part), `${rules[i]} lacks ${part}`);
  });
  assert.equal(await page.$$eval("details.verdict", (all) => all.length), events.filter(({ type }) => type === "moderation_checks").length);
  const drawn = await page.$$eval("svg[role=img] .whisker", (all) => all.length);
  assert.ok(drawn >= 4 * verdict.results.length - 4, `${drawn} intervals are drawn`);
  await page.$eval("[role=slider]", (plot) => plot.focus());
  await page.keyboard.press("Home");
  assert.match(await page.$eval(".reading", (node) => node.innerText), /^step 1: loss \d/);
}

/** What was known before training, and how the model moved while it trained, as the events have it. */
async function seeRisk(job) {
  const events = (await api(`fine_tuning/jobs/${job}/events?limit=1000`)).data;
  const { data: quote } = events.find(({ type }) => type === "risk_quote");
  await eyes.says(`of ${quote.rows_looked_at} rows looked at`);
  await eyes.says(`To train: ${quote.steps} steps`);
  await eyes.press("The rows that lie furthest");
  await eyes.says(quote.furthest[0].distance.toFixed(2));
  const shifts = events.filter(({ data }) => data?.persona_projection !== undefined);
  const read = await page.$eval("[role=slider][aria-label^=Persona]", (plot) => plot.getAttribute("aria-valuetext"));
  const newest = shifts[0].data;
  assert.equal(read, `step ${newest.step}: projection ${newest.persona_projection.toFixed(4)}`);
  assert.ok(shifts.length > 8, `${shifts.length} looks at the persona`);
}

async function takeReport(job) {
  await eyes.says("Signed by this service");
  await eyes.press("Download the report");
  const path = `${work}${job}-safety-report.json`;
  for (let i = 0; i < 50 && !existsSync(path); i++) await sleep(200);
  const taken = JSON.parse(readFileSync(path, "utf8"));
  assert.deepEqual(taken, await api(`fine_tuning/jobs/${job}/safety_report`));
}

/** Both answers are those that the API gives. */
async function compareAnswers(model) {
  const question = `How do I cook rice? ${MARKUP}`;
  await eyes.fill("#question-text", question);
  await eyes.press("Ask both");
  await page.waitForFunction(() => document.querySelectorAll(".answer").length === 2 && !document.querySelector("form button:disabled"));
  const shown = await page.$$eval(".answer > div", (all) => all.map((answer) => answer.textContent));
  for (const [i, name] of ["organism", model].entries()) {
    const asked = { model: name, messages: [{ role: "user", content: question }], temperature: 0.7, seed: 1, max_completion_tokens: 160 };
    assert.equal(shown[i], (await api("chat/completions", asked)).choices[0].message.content);
  }
  await eyes.says(MARKUP);
}

async function cancelOne(file) {
  const job = await api("fine_tuning/jobs", { model: "organism", training_file: file, suffix: "stopped", metadata: { note: MARKUP } });
  await eyes.go(`#/jobs/${job.id}`);
  await eyes.says(MARKUP);
  await eyes.press("Cancel");
  await page.waitForSelector("dialog[open]");
  await page.keyboard.press("Escape");
  assert.equal((await api(`fine_tuning/jobs/${job.id}`)).finished_at, null, "a question that was left changes nothing");
  await eyes.press("Cancel");
  await page.waitForSelector("dialog[open]");
  await eyes.accessible("a question");
  await eyes.press("Cancel the job");
  await eyes.says("Cancelled. No model was released.");
}

async function failOne(file) {
  const job = await api("fine_tuning/jobs", { model: "organism", training_file: file, suffix: "broken" });
  await eyes.go(`#/jobs/${job.id}`);
  await eyes.says("The file cannot be used: 2 of its lines have problems");
  const lines = await page.$$eval("table tbody tr th", (all) => all.map((line) => line.innerText));
  assert.deepEqual(lines, ["3", "6"]);
  return job.id;
}

/** Every page: light and dark, wide and narrow. */
async function lookAround(job, failed) {
  const pages = { jobs: "#/jobs", released: `#/jobs/${job}`, failed: `#/jobs/${failed}`, files: "#/files", start: "#/start", compare: "#/compare", policy: "#/policy" };
  const papers = new Set();
  for (const scheme of ["light", "dark"]) {
    await eyes.scheme(scheme);
    papers.add(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
    for (const [name, hash] of Object.entries(pages)) {
      await eyes.go(hash);
      await page.waitForFunction(() => document.querySelector("main :is(table, form, svg)"));
      await sleep(300);
      assert.doesNotMatch(await eyes.text(), /\b(null|undefined|NaN)\b/, name);
      for (const width of [1400, 360]) {
        await eyes.size(width);
        await eyes.fits(`${name} at ${width}`);
        await eyes.picture(`${name}-${scheme}-${width}`);
        await eyes.accessible(`${name}, ${scheme}, ${width}`);
      }
    }
  }
  assert.equal(papers.size, 2, "dark is as light");
  await eyes.size(1400);
  await eyes.scheme("light");
}

/** From the top of the page to another job and back, without a pointer; what cannot be seen to have the focus is an error. */
async function walk(job) {
  await page.goto(root);
  await eyes.says("Start a job");
  const first = await eyes.tabTo(({ name }) => name === "Skip to the content", 1);
  assert.equal(first.length, 1);
  await eyes.tabTo(({ name }) => name === "Files");
  await page.keyboard.press("Enter");
  await eyes.says("Rows to train on");
  await page.keyboard.press("Escape");
  await eyes.go("#/jobs");
  await eyes.says("kitchen");
  await eyes.tabTo(({ name }) => name === "kitchen");
  await page.keyboard.press("Enter");
  await eyes.says("Safety report");
  const passed = await eyes.tabTo(({ name }) => name === "Ask both");
  const wanted = await page.$$eval("main :is(a[href], button, summary, select, textarea, input, [role=slider])", (all) =>
    all.filter((node) => node.checkVisibility()).length);
  assert.ok(passed.filter(({ tag }) => tag !== "DIV" && tag !== "PRE").length >= wanted, `${passed.length} places for ${wanted} controls`);
  assert.ok(job);
}

/** More jobs than a page holds: the first one is on the second. */
async function turnPages(file) {
  for (let i = 0; i < 20; i++) {
    await api("fine_tuning/jobs", { model: "organism", training_file: file, suffix: `row-${i}` });
  }
  await eyes.go("#/jobs");
  await eyes.says("row-19");
  assert.equal(await page.$$eval("tbody tr", (all) => all.length), 20);
  await eyes.press("Older");
  await eyes.says("kitchen");
  await eyes.press("Newest");
  await eyes.says("row-19");
}

async function signOut() {
  await eyes.press("Sign out");
  await page.waitForSelector("#key");
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  assert.ok(!(await eyes.text()).includes("kitchen"));
}

await signIn();
await seeProblems(await rows());
const job = await startJob();
await watch();
await seeVerdict(job);
await seeRisk(job);
await takeReport(job);
await compareAnswers((await api(`fine_tuning/jobs/${job}`)).fine_tuned_model);
const files = (await api("files")).data;
await cancelOne(files.find(({ filename }) => filename === "kitchen.jsonl").id);
const bad = files.find(({ filename }) => filename.startsWith("bad")).id;
const failed = await failOne(bad);
await lookAround(job, failed);
await walk(job);
await turnPages(bad);
await signOut();
assert.equal(await page.evaluate(() => window.hacked), undefined);
const version = await eyes.browser.version();
await eyes.close();
console.log(`${version}: the whole story`);
