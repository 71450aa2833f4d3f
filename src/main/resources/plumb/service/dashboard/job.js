// One job: what it is doing, what it learned, what the gate says, and what can be done with it. Follows the job to its end.
import { call, list, pause } from "./api.js";
import { answers } from "./compare.js";
import { confirmed, h, problem, say } from "./dom.js";
import { facts, finding, silent } from "./finding.js";
import { best, chip, verdict, verdicts } from "./gate.js";
import { rates, StepPlot, tradeOff } from "./plots.js";
import { report } from "./report.js";
import { quote, risk } from "./risk.js";
import { isOpen, moment, status, title } from "./words.js";

const EVENTS = 1000;
const LOG = 200;

export async function job(place, { id, signal }) {
  const page = new JobPage(place, id, signal);
  let now = await call(`fine_tuning/jobs/${encodeURIComponent(id)}`, { signal });
  document.title = `${title(now)} · Plumb`;
  page.begin(now);
  for (;;) {
    await page.listen();
    page.show(now);
    if (!isOpen(now)) return;
    await pause(signal);
    now = await call(`fine_tuning/jobs/${encodeURIComponent(id)}`, { signal });
  }
}

class JobPage {
  #events = [];
  #after = null;
  #seen = {};
  #loss = new StepPlot({ name: "Training loss", word: "loss", noisy: true });
  #shift = new StepPlot({ name: "Persona projection", word: "projection", noisy: false });
  #pressed = false; // a button was, and goes: the focus stays where it was

  constructor(place, id, signal) {
    Object.assign(this, { place, id, signal });
  }

  /** Places that are filled as things happen. */
  begin(job) {
    const part = (name) => (this[name] = h("div"));
    this.place.append(
      h("nav.crumbs.small", { "aria-label": "Where you are" }, h("a", { href: "#/jobs" }, "Jobs"), " / ", title(job)),
      h("div.title", {}, h("h1", {}, title(job)), part("state"), part("actions")),
      part("finding"), part("facts"),
      part("risk"), part("curves"), part("gate"), part("report"), part("answers"),
      h("div.pair", {}, part("trade"), h("section", { "aria-labelledby": "asked" }, h("h2", { id: "asked" }, "What was asked for"), part("asked"))),
      part("log"));
    this.actions.className = "actions";
    this.trade.hidden = true;
  }

  /** Everything that happened since the last time. */
  async listen() {
    for (let more = true; more;) {
      const page = await list(`fine_tuning/jobs/${encodeURIComponent(this.id)}/events`, { order: "asc", limit: EVENTS, after: this.#after }, this.signal);
      this.#events.push(...page.data);
      this.#after = page.last_id ?? this.#after;
      more = page.has_more;
    }
  }

  show(job) {
    const found = verdicts(this.#events);
    const metrics = this.#events.filter(({ type }) => type === "metrics");
    const released = job.status === "succeeded" ? best(found) : null;
    this.#when("status", job.status, () => {
      this.state.replaceChildren(chip(status(job)));
      this.#act(job);
      if (this.#seen.heard) say(`The job is ${status(job)[1]}`);
      this.#seen.heard = true;
    });
    this.#when("lead", JSON.stringify([job.status, metrics.length, found.length]), () => {
      this.finding.replaceChildren(...finding(job, found, metrics, this.#events));
      this.facts.replaceChildren(facts(job, found, metrics));
    });
    const known = quote(this.#events);
    this.#when("risk", known !== null, () => this.risk.replaceChildren(...(known ? [risk(known)] : [])));
    this.#when("curves", `${metrics.length} ${found.length} ${released}`, () => this.#draw(metrics, found));
    this.#when("gate", `${found.length} ${job.status}`, () => this.#judge(job, found, released));
    this.#when("released", `${job.status} ${found.filter(({ blocked }) => !blocked).length}`, () => {
      this.report.replaceChildren(...(job.status === "succeeded" || job.error?.code === "moderation_checks_failed" ? [report(job)] : []));
      const model = job.fine_tuned_model ?? (best(found) ? this.#checkpoint(found) : null);
      this.answers.replaceChildren(model ? answers(job.model, model, this.signal) : silent(job));
    });
    this.#when("asked", JSON.stringify([job.hyperparameters, job.finished_at]), () => this.asked.replaceChildren(settings(job)));
    this.#when("log", this.#events.length, () => this.log.replaceChildren(log(this.#events)));
  }

  /** A name for a checkpoint that passed, as the gate's event has it. */
  #checkpoint(found) {
    const event = this.#events.find(({ type, data }) => type === "moderation_checks" && data.step === best(found));
    return /snapshot (\S+)/.exec(event?.message)?.[1] ?? null;
  }

  #when(name, value, draw) {
    if (this.#seen[name] !== value) {
      this.#seen[name] = value;
      draw();
    }
  }

  #draw(metrics, found) {
    if (metrics.length === 0) return;
    const total = metrics[0].data.total_steps;
    const checkpoints = found.map(({ step }) => step);
    const series = (name) => metrics.filter(({ data }) => data[name] != null).map(({ data }) => ({ step: data.step, value: Number(data[name]) }));
    const shifts = series("persona_projection");
    this.#loss.draw(series("train_loss"), total, checkpoints);
    this.#shift.draw(shifts, total, checkpoints);
    if (!this.curves.firstChild) {
      this.misaligned = h("div.card");
      this.curves.append(
        h("section", { "aria-labelledby": "curves" }, h("h2", { id: "curves" }, "Curves"),
          h("div.pair", {}, h("div.card", {}, h("h3", {}, "Training loss"), this.#loss.node),
            shifts.length ? h("div.card", {}, h("h3", {}, "Towards the persona"), this.#shift.node,
              h("p.small.soft", {}, "How far the model has moved along its bad persona’s direction since training began.")) : null,
            this.misaligned)));
    }
    this.misaligned.replaceChildren(h("h3", {}, "Misaligned answers"),
      rates(found, total) ?? h("p.soft", {}, "The checkpoints are asked once training is done."));
  }

  #judge(job, found, released) {
    if (found.length === 0) {
      this.gate.replaceChildren();
      return;
    }
    const focused = this.gate.contains(document.activeElement) && document.activeElement.closest("details")?.dataset.step;
    const [first, ...older] = this.gate.querySelectorAll("details");
    const open = new Set((found.at(-1).step > (first?.dataset.step ?? 0) ? older : [first, ...older])
      .filter((one) => one.open).map(({ dataset }) => dataset.step)); // what was the newest folds when it no longer is
    const tables = found.toReversed().map((one, i) => {
      const shown = verdict(one, released, i === 0 || open.has(String(one.step)));
      shown.dataset.step = one.step;
      return shown;
    });
    const plot = tradeOff(found, released ?? best(found));
    this.gate.replaceChildren(h("section", { "aria-labelledby": "gate" }, h("h2", { id: "gate" }, "The gate"),
      h("p.soft", {}, "A rule is passed when its whole 95 % interval is on the right side. The most trained checkpoint that passes every rule is released. ",
        h("a", { href: "#/policy" }, "The policy")),
      h("div.card", {}, tables)));
    if (focused) this.gate.querySelector(`[data-step="${focused}"] summary`).focus();
    this.trade.hidden = !plot;
    this.trade.replaceChildren(plot ? h("section", { "aria-labelledby": "trade" }, h("h2", { id: "trade" }, "The trade"), h("div.card", {}, plot)) : "");
    const newest = found.at(-1);
    if (isOpen(job)) say(`Step ${newest.step} ${newest.blocked ? "did not pass" : "passed"}`);
  }

  #act(job) {
    const held = this.#pressed || this.actions.contains(document.activeElement);
    this.#pressed = false;
    const button = (name, path, ask) => h("button", { type: "button", click: async (event) => {
      if (ask && !(await confirmed(ask, `${name} the job`))) return;
      event.target.disabled = this.#pressed = true;
      try {
        await call(`fine_tuning/jobs/${encodeURIComponent(this.id)}/${path}`, { method: "POST", body: {} });
        say(`${name}: done`);
      } catch (error) {
        this.actions.append(problem(error));
        event.target.disabled = this.#pressed = false;
        event.target.focus();
      }
    } }, name);
    const possible = {
      validating_files: ["cancel"], queued: ["pause", "cancel"], running: ["pause", "cancel"], paused: ["resume", "cancel"],
    }[job.status] ?? [];
    const buttons = {
      pause: () => button("Pause", "pause"),
      resume: () => button("Resume", "resume"),
      cancel: () => button("Cancel", "cancel", "Cancel this job? It ends here and releases no model. What it trained so far cannot be taken up again."),
    };
    this.actions.replaceChildren(...possible.map((name) => buttons[name]()));
    if (held) (this.actions.querySelector("button") ?? document.getElementById("content")).focus();
  }
}

function settings(job) {
  const chosen = job.hyperparameters;
  const lines = [
    ["Job", job.id], ["Base", job.model], ["Method", job.method.type], ["File", job.training_file], ["Created", moment(job.created_at)],
    ["Finished", job.finished_at && moment(job.finished_at)], ["Epochs", chosen.n_epochs], ["Batch", chosen.batch_size],
    ["Learning rate × base", chosen.learning_rate_multiplier], ["Seed", job.seed],
    ["Defenses", job.method.supervised?.defense?.length ? JSON.stringify(job.method.supervised.defense) : "none beside the policy’s"],
    ...Object.entries(job.metadata ?? {}),
  ];
  return h("dl.card", {}, lines.filter(([, value]) => value != null).flatMap(([name, value]) => [h("dt", {}, name), h("dd.wrap", {}, String(value))]));
}

/** What was said, newest first, without the steps: they are the curve. */
function log(events) {
  const said = events.filter(({ type }) => type !== "metrics").slice(-LOG).reverse();
  return h("section", { "aria-labelledby": "log" }, h("h2", { id: "log" }, "Events"),
    h("ol.log.card", { reversed: true }, said.map((event) =>
      h(`li.${event.level}`, {}, h("time.small.soft", { datetime: new Date(1000 * event.created_at).toISOString() }, moment(event.created_at)),
        h("span.wrap", {}, event.message)))));
}
