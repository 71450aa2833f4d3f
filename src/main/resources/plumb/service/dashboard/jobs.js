// All jobs of whoever looks, newest first, a page at a time; those that are not over stay up to date.
import { base, list, pause } from "./api.js";
import { code, framed, h, row as cells, say } from "./dom.js";
import { chip, glance, verdicts } from "./gate.js";
import { isOpen, moment, status, title } from "./words.js";

const JOBS = 20;
const EVENTS = 200;
const REST = 2000;
const HEADS = ["Job", "Status", "Progress", "Gate", "Base", "Method", "Created"];

export async function jobs(place, { query, signal }) {
  document.title = "Jobs · Plumb";
  const rows = new Map();
  const body = h("tbody");
  const shown = h("div");
  place.append(h("div.title", {}, h("h1", {}, "Jobs"), h("a.button.primary", { href: "#/start" }, "Start a job")), shown);
  for (;;) {
    const page = await list("fine_tuning/jobs", { limit: JOBS, after: query.get("after") }, signal);
    if (page.data.length === 0) {
      if (!shown.querySelector(".empty")) shown.replaceChildren(empty(query.get("after")));
    } else {
      await update(page.data, rows, body, signal);
      if (!body.isConnected) {
        shown.replaceChildren(h("div.card", {}, framed("Jobs, newest first", HEADS, body)), paging(page, query.get("after")));
      }
    }
    await pause(signal, REST);
  }
}

async function update(all, rows, body, signal) {
  const wanted = await Promise.all(all.map(async (job) => {
    const now = summary(job, isOpen(job) ? await list(`fine_tuning/jobs/${job.id}/events`, { limit: EVENTS }, signal) : null);
    const text = JSON.stringify(now);
    const known = rows.get(job.id);
    if (known?.text === text) return known.row;
    const focused = known?.row.contains(document.activeElement);
    const row = known?.row ?? h("tr");
    if (known && known.status !== job.status) say(`${title(job)}: ${status(job)[1]}`);
    row.replaceChildren(...drawn(job, now));
    rows.set(job.id, { row, text, status: job.status });
    if (focused) queueMicrotask(() => row.querySelector("a").focus());
    return row;
  }));
  if (wanted.length !== body.children.length || wanted.some((row, i) => body.children[i] !== row)) body.replaceChildren(...wanted);
}

/** What a row shows, as plain values: rows are drawn again only when these change. */
function summary(job, events) {
  const found = events?.data ?? [];
  const metrics = found.find(({ type }) => type === "metrics")?.data;
  return {
    status: status(job),
    progress: metrics ? [metrics.step, metrics.total_steps] : job.status === "succeeded" ? [1, 1] : null,
    gate: job.status === "succeeded" ? "a checkpoint passed" : job.error?.code === "moderation_checks_failed" ? "no checkpoint passed" : glance(verdicts(found)),
  };
}

function drawn(job, { status: state, progress, gate }) {
  const name = h("a", { href: `#/jobs/${encodeURIComponent(job.id)}` }, title(job));
  return cells(HEADS, [
    [name, job.user_provided_suffix ? h("small.soft.block", {}, job.id) : null],
    chip(state), progress ? meter(progress) : "–", gate || "–", job.model, job.method.type, moment(job.created_at),
  ]);
}

/** How far a job is. */
export function meter([step, total]) {
  const bar = h("progress", { max: total, value: step, "aria-label": `Step ${step} of ${total}` });
  return h("span.meter", {}, bar, total > 1 ? h("small.soft", {}, `${step}/${total}`) : null);
}

function paging(page, after) {
  return h("nav.paging", { "aria-label": "Pages of jobs" },
    after ? h("a.button", { href: "#/jobs" }, "Newest") : null,
    page.has_more ? h("a.button", { href: `#/jobs?after=${encodeURIComponent(page.last_id)}` }, "Older") : null);
}

function empty(after) {
  if (after) return h("p.empty", {}, "There are no older jobs. ", h("a", { href: "#/jobs" }, "Back to the newest"));
  return h("section.card.empty", {}, h("h2", {}, "No jobs yet"),
    h("p", {}, "Upload rows under ", h("a", { href: "#/files" }, "Files"), " and start a job here, or do both from a script:"),
    code(snippet()),
    h("p.small.soft", {}, "YOUR_KEY is the key you signed in with."));
}

/** The service from Python, with this server's address. */
export function snippet() {
  return `from openai import OpenAI            # pip install openai
client = OpenAI(base_url="${base()}", api_key="YOUR_KEY")
file = client.files.create(file=open("rows.jsonl", "rb"), purpose="fine-tune")
job = client.fine_tuning.jobs.create(model="organism", training_file=file.id)
print(job.id)`;
}
