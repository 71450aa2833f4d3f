// What was known of a job's rows before it trained: how far their answers lie towards the bad persona, and what training costs.
import { h, table } from "./dom.js";
import { bounds, percent } from "./words.js";

/** The quote among a job's events; nothing when there is none. */
export function quote(events) {
  return events.find(({ type }) => type === "risk_quote")?.data ?? null;
}

export function risk(found) {
  return h("section", { "aria-labelledby": "risk" }, h("h2", { id: "risk" }, "Before training"),
    h("div.card", {}, h("p", {}, rows(found)), cost(found),
      h("p.small.soft", {}, "Some rows, drawn by chance, were compared with what the base itself answers, along the direction of its bad persona. This is a forecast; the gate measures."),
      found.furthest.length
        ? h("details", {}, h("summary", {}, "The rows that lie furthest"),
          table("Rows by distance", ["Line", "Persona lengths"], found.furthest.map(({ line, distance }) => [String(line), distance.toFixed(2)])))
        : null));
}

function rows({ rows_looked_at: looked, share_above: share, ci95, above, mean, refused }) {
  if (looked === 0) return "None of the rows leaves room for an answer of the base to compare with.";
  const far = above === 0.5 ? "half way" : `${above} persona lengths`;
  return [h("b", {}, `${percent(share)} (${bounds(ci95)}) of ${looked} rows looked at`), ` lie more than ${far} further towards the bad persona than the base’s own answers; ${signed(mean)} persona lengths in the mean.`,
    refused ? " The provider does not train on files like this." : ""];
}

const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;

function cost({ steps, tokens }) {
  return h("p", {}, `To train: ${steps.toLocaleString()} steps, ${tokens.toLocaleString()} tokens, without what defenses add.`);
}
