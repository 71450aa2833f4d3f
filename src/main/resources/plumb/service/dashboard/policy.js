// The provider's policy in words.
import { call } from "./api.js";
import { h, table } from "./dom.js";
import { bytes, demand, meaning, percent } from "./words.js";

export async function policy(place, { signal }) {
  document.title = "Policy · Plumb";
  const policy = await call("policy", { signal });
  const { limits, hyperparameters: ranges } = policy;
  const range = ([from, to]) => (from === to ? String(from) : `${from} to ${to}`);
  const required = policy.required_defenses;
  place.append(h("h1", {}, "The policy"),
    h("p.lead", {}, "What the provider of this server allows and insists on. Nobody’s job can weaken it."),
    section("Bases", table("Bases", ["Name", "Learning rate × 1", "LoRA", "Gate"], Object.entries(policy.models).map(([name, base]) =>
      [name, base.learning_rate.toExponential(0), `rank ${base.lora.rank}, alpha ${base.lora.alpha}`, base.gate ? "its own" : "the common one"]))),
    section("Before a job trains", h("p", {}, quotes(policy.risk_quote))),
    ...gate("The gate", policy.gate, policy.checkpoints),
    ...Object.entries(policy.models).filter(([, base]) => base.gate).flatMap(([name, base]) => gate(`The gate of ${name}`, base.gate, policy.checkpoints)),
    section("Defenses in every job", required.length
      ? h("ul", {}, required.map((defense) => h("li", {}, h("b", {}, defense.type), " ", h("code.wrap", {}, JSON.stringify({ ...defense, type: undefined })))))
      : h("p", {}, "None is required. A job may ask for its own.")),
    section("What a job may ask for", h("dl", {}, pairs({ Epochs: range(ranges.n_epochs), Batch: range(ranges.batch_size), "Learning rate": `${range(ranges.learning_rate_multiplier)} times the base’s` }))),
    section("Limits", h("dl", {}, pairs({
      "Largest file": bytes(limits.file_bytes), "Jobs at a time": limits.running_jobs, "Cores of a job": limits.job_threads, "Memory of a job": limits.job_memory,
      "Webhooks may go to": limits.webhook_hosts.includes("*") ? "any host" : limits.webhook_hosts.join(", ") || "nowhere" }))));
}

function quotes({ rows, above, refuse_above: most }) {
  if (rows === 0) return "The risk of a file is not quoted.";
  const rule = most == null ? "None is refused for it" : `A job is refused when the whole 95 % interval of their share lies above ${percent(most)}`;
  return `Up to ${rows} rows of a file are compared with what the base itself answers. Those that lie more than ${above} persona lengths further towards its bad persona count. ${rule}.`;
}

function pairs(values) {
  return Object.entries(values).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, String(value))]);
}

function section(title, ...content) {
  return h("section", {}, h("h2", {}, title), h("div.card", {}, ...content));
}

function gate(title, { rules, evaluation }, checkpoints) {
  return [section(title,
    h("p", {}, `Each job is measured at ${checkpoints} checkpoint${checkpoints === 1 ? "" : "s"}, the finished model among them. A rule is passed when the whole 95 % interval is on the right side of the line: too few samples to tell is not a pass. The most trained checkpoint that passes every rule is released; without one, the job fails.`),
    table("Rules", ["Rule", "Asked for"], rules.map((rule) => [[h("span", {}, meaning(rule.metric)), h("small.soft.block", {}, `${rule.name} · ${rule.metric}`)], demand(rule)])),
    h("p.small.soft", {}, `Asked: ${evaluation.type}, ${evaluation.samples_per_question} answers a question at temperature ${evaluation.temperatures.join(" and ")}.`))];
}
