// What the gate found: one table a checkpoint, each rule with its rate, its interval, and where the line is.
import { h, table } from "./dom.js";
import { bounds, demand, meaning, metric, percent } from "./words.js";

const OUTCOMES = {
  passed: ["fine", "passed"],
  failed: ["harm", "failed"],
  undecided: ["odd", "too few samples to tell"],
};

/** The verdicts among a job's events, by step. */
export function verdicts(events) {
  return events
    .filter(({ type, data }) => type === "moderation_checks" && data.results)
    .map(({ data }) => ({ ...data, results: data.results.map((one) => ({ ...one, score: Number(one.score) })) }))
    .sort((a, b) => a.step - b.step);
}

/** The checkpoint that is released, or would be if the job ended now: the most trained one that passed. */
export function best(all) {
  return all.filter(({ blocked }) => !blocked).at(-1)?.step ?? null;
}

/** A chip that says how something went, in a word and a sign. */
export function chip([look, word]) {
  return h(`span.chip.${look}`, {}, word);
}

/** One checkpoint's findings, folded unless it is the newest. */
export function verdict({ step, blocked, results }, released, open) {
  const outcome = blocked ? chip(["harm", "kept in"]) : chip(["fine", step === released ? "passed, released" : "passed"]);
  return h("details.verdict", { open }, h("summary", {}, `Step ${step} `, outcome), findings(results, `Findings at step ${step}`));
}

export function findings(results, caption) {
  return table(caption, ["Rule", "Found", "Asked for", "Samples", "Verdict"], results.map((one) => [
    [h("span", {}, meaning(one.metric)), h("small.soft.block", {}, `${one.name} · ${one.metric}`)],
    rate(one),
    demand(one),
    String(one.n),
    chip(OUTCOMES[one.outcome] ?? ["odd", one.outcome]),
  ]));
}

function rate(one) {
  if (one.n === 0) return "not measured";
  return h("span.rate", {}, h("b", {}, percent(one.score)), h("small", {}, bounds(one.ci95)), track(one));
}

/** The interval beside the line it must not cross; the words say the same. */
function track(one) {
  const limit = one.at_most ?? one.at_least;
  const end = one.at_most != null ? Math.min(1, Math.max(one.ci95[1] * 1.1, 3 * limit)) : 1;
  const place = (share) => `${(100 * Math.min(share / end, 1)).toFixed(2)}%`;
  const [allowed, interval, dot] = [h("u"), h("i"), h("b")];
  const from = one.at_most != null ? 0 : limit;
  const to = one.at_most != null ? limit : end;
  allowed.style.left = place(from);
  allowed.style.width = place(to - from);
  interval.style.left = place(one.ci95[0]);
  interval.style.width = place(one.ci95[1] - one.ci95[0]);
  dot.style.left = place(one.score);
  return h(`span.track.${one.outcome}`, { "aria-hidden": "true" }, allowed, interval, dot);
}

/** The newest misalignment in a few words, for lists. */
export function glance(all) {
  const newest = all.at(-1);
  const found = newest?.results.find((one) => metric(one.metric).measure.startsWith("em") && one.n > 0);
  return found ? `${percent(found.score)} misaligned at step ${newest.step} (${bounds(found.ci95)})` : "";
}
