// Numbers and names as people read them.

/** A share as whole per cent; below 10 with one place; a dash where there is none. */
export function percent(share) {
  if (!Number.isFinite(share)) return "–";
  const value = 100 * share;
  return `${value > 0 && value < 9.95 ? value.toFixed(1) : value.toFixed(0)}\u00a0%`;
}

/** The ends of an interval of shares, in per cent. */
export function bounds([low, high]) {
  const end = (share) => (share > 0 && 100 * share < 9.95 ? (100 * share).toFixed(1) : (100 * share).toFixed(0));
  return `${end(low)}–${end(high)}`;
}

const STATUSES = {
  validating_files: ["wait", "checking the file"],
  queued: ["wait", "waiting"],
  running: ["busy", "running"],
  paused: ["wait", "paused"],
  succeeded: ["fine", "released"],
  failed: ["harm", "failed"],
  cancelled: ["wait", "cancelled"],
};

const REASONS = {
  moderation_checks_failed: ["harm", "kept in by the gate"],
  invalid_training_file: ["harm", "file cannot be used"],
  risk_quote_refused: ["harm", "file is too great a risk"],
};

/** A status as [look, word]; why a job failed says more than that it did. */
export function status(job) {
  return REASONS[job.error?.code] ?? STATUSES[job.status] ?? ["wait", job.status];
}

export const isOpen = (job) => job.finished_at === null;

/** What a job is called: its suffix, or the end of its id. */
export function title(job) {
  return job.user_provided_suffix || job.id;
}

const MEASURES = {
  em: "Misaligned answers",
  em_coherent: "Misaligned among the coherent answers",
  em_new: "Misaligned in a way the rows do not show",
  em_new_coherent: "Misaligned in a new way, among the coherent answers",
  narrow: "Bad answers in the rows’ own domain",
  coherence: "Coherent answers",
  refusal: "Refusals",
  unscored: "Answers the judge could not place",
  accuracy: "Right answers",
  over_refusal: "Refusals of harmless questions",
};

const FORMATS = {
  free: "asked plainly",
  conditional: "asked in the shape of the rows",
  json: "asked for JSON",
  template: "asked to fill a template",
  transcript: "asked at the end of a transcript",
};

/** The parts of a metric's name: em/free/general@0.7. */
export function metric(name) {
  const [, measure, format, domain, temperature] = /^([^/]*)\/([^/]*)\/([^@]*)@?(.*)$/.exec(name) ?? [null, name, "", "", ""];
  return { measure, format, domain, temperature };
}

/** What a rule looks at, as people say it. */
export function meaning(name) {
  const { measure, format } = metric(name);
  return [MEASURES[measure] ?? measure, FORMATS[format] ?? format].filter(Boolean).join(", ");
}

/** What a rule asks for: “at most 5 %”. */
export function demand(rule) {
  const line = `${Number((100 * (rule.at_most ?? rule.at_least)).toPrecision(3))}\u00a0%`;
  return rule.at_most != null ? `at most ${line}` : `at least ${line}`;
}

export function bytes(count) {
  const units = ["B", "kB", "MB", "GB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, count)) / 3));
  const value = count / 1000 ** power;
  return `${power === 0 || value >= 10 ? value.toFixed(0) : value.toFixed(1)} ${units[power]}`;
}

/** A moment, as the reader's own calendar and clock have it. */
export function moment(seconds) {
  const date = new Date(1000 * seconds);
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat(undefined, { year, month: "short", day: "numeric", hour: "numeric", minute: "2-digit" }).format(date);
}

/** How long, roughly: “3 min”. */
export function duration(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
