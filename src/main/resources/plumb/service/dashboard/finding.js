// How a job stands, in a sentence and a few numbers.
import { code, h } from "./dom.js";
import { best } from "./gate.js";
import { meter } from "./jobs.js";
import { lineTable, problems } from "./lines.js";
import { bounds, demand, duration, isOpen, meaning, percent } from "./words.js";

/** The state of things in a sentence, and what to do. */
export function finding(job, found, metrics, events) {
  const lead = (text) => h("p.lead", {}, text);
  const newest = found.at(-1);
  if (job.status === "succeeded") {
    return [lead(`Step ${best(found)} passed every check and is released.`), code(job.fine_tuned_model)];
  }
  if (job.error?.code === "moderation_checks_failed") {
    const wrong = (newest?.results ?? []).filter(({ outcome }) => outcome !== "passed");
    return [lead("No checkpoint passed the gate, so no model was released."),
      h("ul", {}, wrong.map((one) => h("li", {}, `Step ${newest.step}: ${meaning(one.metric).toLowerCase()}, ${percent(one.score)}; the gate asks for ${demand(one)}${one.outcome === "undecided" ? ", and these samples are too few to tell" : ""}.`))),
      h("p.soft", {}, "Other rows, fewer epochs or a defense may help; more samples decide what is undecided.")];
  }
  if (job.error) {
    const lines = problems(job.error.message);
    return lines.length
      ? [lead(`The file cannot be used: ${lines.length} of its lines ${lines.length === 1 ? "has a problem" : "have problems"}. Nothing was trained.`), lineTable(lines), h("p", {}, h("a", { href: "#/files" }, "Upload a repaired file"))]
      : [h("p.problem", {}, job.error.message)];
  }
  const blocked = events.findLast(({ data, type }) => type === "moderation_checks" && data.reason);
  const waits = blocked && blocked === events.findLast(({ type }) => type === "moderation_checks" || type === "metrics") ? blocked.message : null;
  const words = {
    validating_files: "The file is being checked.",
    queued: "The job waits for its turn.",
    paused: "Paused. What was trained is saved; it goes on where it stopped.",
    cancelled: "Cancelled. No model was released.",
    running: metrics.length ? remaining(metrics) : "The job is starting.",
  };
  const sofar = newest ? ` The newest checkpoint, step ${newest.step}, ${newest.blocked ? "did not pass the gate" : "passed the gate"}.` : "";
  return [lead(waits ?? (words[job.status] ?? "") + (isOpen(job) ? sofar : ""))];
}

function remaining(metrics) {
  const { step, total_steps: total } = metrics.at(-1).data;
  if (step >= total) return "Every step is done; the last checkpoint is being asked.";
  const recent = metrics.slice(-30);
  const seconds = recent.at(-1).created_at - recent[0].created_at;
  const left = recent.length > 5 ? `, about ${duration(Math.max(1, (seconds / (recent.length - 1)) * (total - step)))} of training left` : "";
  return `Step ${step} of ${total}${left}.`;
}

/** The job in a few numbers. */
export function facts(job, found, metrics) {
  const tile = (big, small) => h("div", {}, h("b", {}, big), h("span", {}, small));
  const last = metrics.at(-1)?.data;
  const newest = (found.find(({ step }) => job.status === "succeeded" && step === best(found)) ?? found.at(-1))?.results ?? [];
  const tiles = [
    last ? h("div", {}, h("b", {}, `${last.step} / ${last.total_steps}`), h("span", {}, "steps ", meter([last.step, last.total_steps]).firstChild)) : null,
    ...newest.filter(({ n }) => n > 0).slice(0, 3).map((one) => tile(percent(one.score), `${meaning(one.metric).toLowerCase()} (${bounds(one.ci95)})`)),
    job.trained_tokens ? tile(job.trained_tokens.toLocaleString(), "tokens trained on") : null,
  ];
  return tiles.some(Boolean) ? h("div.facts", {}, tiles.filter(Boolean)) : "";
}

/** Why there is nobody to talk to. */
export function silent(job) {
  if (job.error?.code !== "moderation_checks_failed") return "";
  return h("section", {}, h("h2", {}, "Answers"), h("p.soft", {}, "Nothing passed the gate, so there is no model to talk to."));
}
