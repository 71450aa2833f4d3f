// The plots of a job: what changes step by step, its rates at each checkpoint, and what each checkpoint trades for what.
import { axes, frame, line, mark, SIZE } from "./chart.js";
import { h, s } from "./dom.js";
import { demand, meaning, metric, percent } from "./words.js";

const SMOOTHING = 0.85;
const COLORS = ["kind0", "kind1", "kind2", "kind3"];

/** Exponential moving average without the bias of its start. */
export function smooth(values) {
  let average = 0;
  let weight = 0;
  return values.map((value) => {
    average = SMOOTHING * average + (1 - SMOOTHING) * value;
    weight = SMOOTHING * weight + (1 - SMOOTHING);
    return average / weight;
  });
}

/** A number of the training as it comes; a slider, so that keys and pointers read single steps. */
export class StepPlot {
  #steps = [];
  #svg;
  #drawn = s("g");
  #cursor = s("g");
  #reading = h("p.reading.small", {}, " ");

  /** @param name of the number, @param word for it in a reading, @param noisy whether a smooth line shows more */
  constructor({ name, word, noisy }) {
    Object.assign(this, { word, noisy });
    this.#svg = s("svg", { viewBox: `0 0 ${SIZE.width} ${SIZE.height}`, tabindex: 0, role: "slider", "aria-label": `${name} at a step` });
    this.node = h("figure", {}, this.#svg, this.#reading);
    this.#svg.append(this.#drawn, this.#cursor);
    this.#svg.addEventListener("pointermove", (event) => this.#point(event));
    this.#svg.addEventListener("pointerleave", () => this.#read(this.#steps.length - 1, false));
    this.#svg.addEventListener("focus", () => this.#read(this.#at));
    this.#svg.addEventListener("keydown", (event) => this.#key(event));
  }

  #at = -1;

  /** @param total steps of the whole job, @param marks steps of the checkpoints */
  draw(steps, total, marks) {
    const wasLast = this.#at >= this.#steps.length - 1 || this.#at < 0;
    this.#steps = steps.filter(({ value }) => Number.isFinite(value));
    if (this.#steps.length === 0) return;
    const values = this.#steps.map(({ value }) => value);
    const highest = Math.max(0, ...values) * 1.05;
    const lowest = Math.min(0, ...values) * 1.05;
    [this.x, this.y] = axes([0, Math.max(total, 2)], [lowest, highest > lowest ? highest : lowest + 1]);
    const path = (heights) => heights.map((value, i) => [this.x.at(this.#steps[i].step), this.y.at(value)]);
    this.#drawn.replaceChildren(
      ...frame(this.x, this.y, { across: "step", xTick: String, yTick: (tick) => String(Number(tick.toPrecision(3))) }),
      ...marks.map((step) => s("line.checkpoint", { x1: this.x.at(step), x2: this.x.at(step), y1: this.y.from, y2: this.y.to })),
      ...(this.noisy ? [line("raw", path(values)), line("loss.stroke-kind0", path(smooth(values)))] : [line("loss.stroke-kind0", path(values))]));
    this.#read(wasLast ? this.#steps.length - 1 : this.#at, false);
  }

  #read(index, pointed = true) {
    if (this.#steps.length === 0) return;
    this.#at = Math.min(Math.max(index, 0), this.#steps.length - 1);
    const { step, value } = this.#steps[this.#at];
    const text = `step ${step}: ${this.word} ${value.toFixed(4)}`;
    const [x, y] = [this.x.at(step), this.y.at(value)];
    this.#cursor.replaceChildren(...(pointed ? [s("line.cursor", { x1: x, x2: x, y1: this.y.from, y2: this.y.to })] : []), mark("fill-kind0", 0, x, y, 4));
    this.#reading.textContent = (pointed ? "" : "Latest, ") + text;
    for (const [name, value] of Object.entries({ valuemin: this.#steps[0].step, valuemax: this.#steps.at(-1).step, valuenow: step, valuetext: text })) {
      this.#svg.setAttribute(`aria-${name}`, value);
    }
  }

  #point(event) {
    if (this.#steps.length === 0) return;
    const place = this.#svg.getBoundingClientRect();
    const step = this.x.value(((event.clientX - place.left) / place.width) * SIZE.width);
    const after = this.#steps.findIndex((each) => each.step >= step);
    this.#read(after < 0 ? this.#steps.length - 1 : after);
  }

  #key(event) {
    const far = Math.max(1, Math.round(this.#steps.length / 10));
    const moves = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -far, PageUp: far, Home: -Infinity, End: Infinity };
    if (event.key in moves) {
      event.preventDefault();
      this.#read(this.#at + moves[event.key]);
    }
  }
}

/** Misalignment at each checkpoint, with its interval and where the gate draws the line. */
export function rates(verdicts, total) {
  const names = [...new Set(verdicts.flatMap(({ results }) => results.filter(isMisalignment).map(({ metric }) => metric)))].slice(0, COLORS.length);
  const found = verdicts.flatMap(({ results }) => results.filter(({ metric }) => names.includes(metric)));
  if (found.length === 0) return null;
  const highest = Math.max(...found.map((one) => Math.max(one.ci95[1], 2 * (one.at_most ?? 0))));
  const [x, y] = axes([0, Math.max(total, 2)], [0, Math.min(1, highest * 1.08)], { ...SIZE, right: 26 });
  const limits = [...new Set(found.map(({ at_most }) => at_most).filter((limit) => limit != null))];
  const series = names.map((name, i) => {
    const shift = (i - (names.length - 1) / 2) * 9;
    const points = verdicts.flatMap(({ step, results }) => results.filter(({ metric }) => metric === name).map((one) => ({ ...one, at: x.at(step) + shift })));
    return [
      ...points.map((one) => s(`line.whisker.stroke-${COLORS[i]}`, { x1: one.at, x2: one.at, y1: y.at(one.ci95[0]), y2: y.at(one.ci95[1]) })),
      line(`thread.stroke-${COLORS[i]}`, points.filter(({ n }) => n > 0).map((one) => [one.at, y.at(one.score)])),
      ...points.filter(({ n }) => n > 0).map((one) => mark(`fill-${COLORS[i]}`, i, one.at, y.at(one.score))),
    ];
  });
  const label = names.map((name) => `${meaning(name)}: ${found.filter(({ metric }) => metric === name).map((one) => percent(one.score)).join(", ")}`).join(". ");
  return h("figure", {},
    s("svg", { viewBox: `0 0 ${SIZE.width} ${SIZE.height}`, role: "img", "aria-label": `At each checkpoint: ${label}.` },
      limits.map((limit) => s("rect.allowed", { x: x.from, width: x.to - x.from, y: y.at(limit), height: y.from - y.at(limit) })),
      frame(x, y, { across: "step", xTick: String, yTick: (tick) => `${Number((100 * tick).toPrecision(3))}\u00a0%` }),
      limits.map((limit) => s("line.limit", { x1: x.from, x2: x.to, y1: y.at(limit), y2: y.at(limit) })),
      series),
    h("ul.legend", {}, names.map((name, i) => h("li", {}, key(i), meaning(name)))),
    h("figcaption", {}, "Each with its 95 % interval. An interval must lie wholly in the shaded part to pass."));
}

function key(index) {
  return s("svg.key", { viewBox: "0 0 14 14", "aria-hidden": "true" }, mark(`fill-${COLORS[index]}`, index, 7, 7, 4.5));
}

const isMisalignment = (result) => metric(result.metric).measure.startsWith("em");

/** What was kept or learned against how upright it stayed; the upper right is where one wants to be. */
export function tradeOff(verdicts, released) {
  const across = (results) => results.find((one) => metric(one.metric).measure === "narrow") ?? results.find((one) => metric(one.metric).measure === "coherence");
  const points = verdicts
    .map(({ step, results }) => ({ step, kept: across(results), bad: results.find(isMisalignment) }))
    .filter(({ kept, bad }) => kept?.n > 0 && bad?.n > 0);
  if (points.length === 0) return null;
  const { kept, bad } = points[0];
  const narrow = metric(kept.metric).measure === "narrow";
  const lowest = Math.min(...points.map((one) => 1 - one.bad.ci95[1]), 1 - 1.6 * (bad.at_most ?? 0));
  const left = Math.min(...points.map((one) => one.kept.ci95[0]));
  const below = (value) => Math.max(0, Math.floor(value * 20 - 0.3) / 20);
  const [x, y] = axes([below(left), 1], [below(lowest), 1], { ...SIZE, left: 62, top: 24, height: 320 });
  const at = (one) => [x.at(one.kept.score), y.at(1 - one.bad.score)];
  const whiskers = (one) => {
    const [px, py] = at(one);
    return [
      s("line.whisker.stroke-kind0", { x1: x.at(one.kept.ci95[0]), x2: x.at(one.kept.ci95[1]), y1: py, y2: py }),
      s("line.whisker.stroke-kind0", { x1: px, x2: px, y1: y.at(1 - one.bad.ci95[1]), y2: y.at(1 - one.bad.ci95[0]) }),
    ];
  };
  const allowed = bad.at_most != null && y.at(1 - bad.at_most);
  const from = x.at(kept.at_least ?? x.low);
  return h("figure", {},
    s("svg", { viewBox: `0 0 ${SIZE.width} 320`, role: "img", "aria-label": `${meaning(kept.metric)} against alignment, checkpoint by checkpoint: ${points.map((one) => `step ${one.step} ${percent(one.kept.score)} and ${percent(1 - one.bad.score)} upright`).join(", ")}.` },
      allowed ? s("rect.allowed", { x: from, width: x.to - from, y: y.to, height: allowed - y.to }) : null,
      frame(x, y, { across: `${meaning(kept.metric)}, %`, up: "upright: 100 − misaligned, %", xTick: whole, yTick: whole }),
      points.map(whiskers),
      line("path.stroke-kind0", points.map(at)),
      points.map((one) => mark(one.step === released ? "fill-kind3" : "fill-kind0", one.step === released ? 1 : 0, ...at(one))),
      named(points, at, released, x)),
    h("figcaption", {}, narrow ? "How much of the rows’ own lesson was learned against how upright the model stayed."
      : "The gate does not measure what was learned, so this is coherence against alignment.",
      ` Shaded: where the gate lets through (${demand(bad)} misaligned${kept.at_least != null ? `, ${demand(kept)} coherent` : ""}).`));
}

const whole = (tick) => String(Number((100 * tick).toPrecision(3)));

/** The first, the last and the released checkpoint have their names at the first free place beside them. */
function named(points, at, released, x) {
  const taken = points.map((one) => around(...at(one)));
  const those = points.filter(({ step }, i) => i === 0 || i === points.length - 1 || step === released);
  return those.reverse().flatMap((one) => {
    const text = `step ${one.step}`;
    const free = places(...at(one), LETTER * text.length)
      .find((box) => box.left > x.from && box.right < x.to && box.top > 0 && !taken.some((other) => meets(box, other)));
    if (!free) return [];
    taken.push(free);
    return [s("text.name", { x: free.left, y: free.bottom - 4 }, text)];
  });
}

const LETTER = 6.9;

const around = (x, y) => ({ left: x - 7, right: x + 7, top: y - 7, bottom: y + 7 });

const meets = (one, other) => one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom;

function places(x, y, width) {
  return [[8, -24], [-8 - width, -24], [8, 9], [-8 - width, 9], [12, -8], [-12 - width, -8], [8, 26], [-8 - width, 26]]
    .map(([right, down]) => ({ left: x + right, right: x + right + width, top: y + down, bottom: y + down + 16 }));
}
