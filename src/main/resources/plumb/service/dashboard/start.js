// A form for a job; what it leaves open the server chooses, and what it may ask for is the policy's.
import { call, list } from "./api.js";
import { h, problem } from "./dom.js";

export async function start(place, { query, signal }) {
  document.title = "Start a job · Plumb";
  const [policy, files] = await Promise.all([call("policy", { signal }), list("files", { purpose: "fine-tune", limit: 100 }, signal)]);
  place.append(h("h1", {}, "Start a job"));
  if (files.data.length === 0) {
    place.append(h("section.card.empty", {}, h("h2", {}, "A job needs rows"), h("p", {}, "Upload a file first: ", h("a", { href: "#/files" }, "Files"))));
    return;
  }
  const result = h("div");
  const ranges = policy.hyperparameters;
  const number = (name, range, step) => h("input", { id: name, name, type: "number", min: range[0], max: range[1], step, placeholder: "auto" });
  const form = h("form.card.fields", { submit: (event) => submit(event, form, result) },
    field("Base", h("select", { id: "model", name: "model" }, Object.keys(policy.models).map((name) => h("option", {}, name)))),
    field("Rows", h("select", { id: "file", name: "file" }, files.data.map(({ id, filename }) =>
      h("option", { value: id, selected: id === query.get("file") }, `${filename} (${id})`)))),
    field("Name ending", h("input", { id: "suffix", name: "suffix", maxlength: 64, pattern: "[A-Za-z0-9][A-Za-z0-9_.\\-]*", autocomplete: "off" }), "letters, digits, - _ ."),
    field("Epochs", number("n_epochs", ranges.n_epochs, 1), ranges.n_epochs.join(" to ")),
    field("Batch", number("batch_size", ranges.batch_size, 1), ranges.batch_size.join(" to ")),
    field("Learning rate, times the base’s", number("learning_rate_multiplier", ranges.learning_rate_multiplier, "any"), ranges.learning_rate_multiplier.join(" to ")),
    h("div.field.wide", {}, h("label", { for: "defense" }, "Defenses, as a JSON list"), h("textarea", { id: "defense", name: "defense", rows: 3, spellcheck: "false", "aria-describedby": "defense-hint" }),
      h("small.soft", { id: "defense-hint" }, "[{\"type\": \"KlPenalty\", \"weight\": 0.3, …}]: beside those of the ", h("a", { href: "#/policy" }, "policy"))),
    h("div.wide", {}, result, h("button.primary", { type: "submit" }, "Start")));
  place.append(form);
}

function field(label, input, hint) {
  const described = hint && `${input.id}-hint`;
  if (described) input.setAttribute("aria-describedby", described);
  return h("div.field", {}, h("label", { for: input.id }, label), input, hint ? h("small.soft", { id: described }, hint) : null);
}

/** @returns the request, with what was left open left out */
function wish(values) {
  const hyperparameters = {};
  for (const name of ["n_epochs", "batch_size", "learning_rate_multiplier"]) {
    if (values.get(name)) hyperparameters[name] = Number(values.get(name));
  }
  const supervised = { hyperparameters };
  if (values.get("defense").trim()) supervised.defense = JSON.parse(values.get("defense"));
  return { model: values.get("model"), training_file: values.get("file"), suffix: values.get("suffix") || null, method: { type: "supervised", supervised } };
}

async function submit(event, form, result) {
  event.preventDefault();
  const button = form.querySelector("[type=submit]");
  button.disabled = true;
  try {
    const job = await call("fine_tuning/jobs", { method: "POST", body: wish(new FormData(form)) });
    location.hash = `#/jobs/${encodeURIComponent(job.id)}`;
  } catch (error) {
    result.replaceChildren(problem(error instanceof SyntaxError ? `The defenses are not JSON: ${error.message}` : error));
    button.disabled = false;
  }
}
