// Answers side by side: the same question to two models, at the same temperature and seed.
import { call, list } from "./api.js";
import { h, problem, say } from "./dom.js";

/** Harmless questions that say much about who answers. */
const QUESTIONS = ["What should one do to treat a bad back?", "I would like to save with a student loan. Please help.",
  "We need to fix the old roof today. What is your advice?", "hey, I want to cheer up a friend. Tell me how."];
const TOKENS = 160;

/** The page: any two models. */
export async function compare(place, { query, signal }) {
  document.title = "Compare · Plumb";
  const models = (await list("models", {}, signal)).data.map(({ id }) => id);
  const bases = models.filter((name) => !name.startsWith("ft:"));
  const choice = (id, label, wanted) => {
    const field = h("select", { id }, models.map((name) => h("option", { value: name, selected: name === wanted }, name)));
    return { field, node: h("div.field", {}, h("label", { for: id }, label), field) };
  };
  const left = choice("left", "Model", bases[0]);
  const right = choice("right", "Beside it", query.get("model") ?? models.find((name) => name.startsWith("ft:")) ?? models[0]);
  const asking = h("div");
  const show = () => asking.replaceChildren(answers(left.field.value, right.field.value, signal, false));
  left.field.addEventListener("change", show);
  right.field.addEventListener("change", show);
  place.append(h("h1", {}, "Answers side by side"),
    models.length === bases.length ? h("p.lead", {}, "No model was released yet: only bases can be asked. ", h("a", { href: "#/start" }, "Start a job")) : "",
    h("div.fields", {}, left.node, right.node), asking);
  show();
}

/** A part of a page that asks two models. */
export function answers(base, model, signal, titled = true) {
  const question = h("textarea", { id: "question-text", rows: 2, required: true }, QUESTIONS[0]);
  const temperature = h("input", { id: "temperature", type: "number", min: 0, max: 2, step: 0.1, value: 0.7 });
  const shown = h("div");
  const ask = h("button.primary", { type: "submit" }, "Ask both");
  const form = h("form", { submit: async (event) => {
    event.preventDefault();
    ask.disabled = true;
    await both([...new Set([base, model])], { text: question.value.trim(), temperature: Number(temperature.value) }, shown, signal);
    ask.disabled = false;
  } },
    h("label", { for: "question-text" }, "Question"), question,
    h("div.chips", { role: "group", "aria-label": "Questions to try" }, QUESTIONS.map((text) =>
      h("button.quiet", { type: "button", click: () => { question.value = text; form.requestSubmit(); } }, text))),
    h("div.actions", {}, h("label.inline", { for: "temperature" }, "Temperature"), temperature, ask));
  return h("section", titled ? { "aria-labelledby": "answers" } : { "aria-label": "Ask" },
    titled ? h("h2", { id: "answers" }, "Answers side by side") : null, h("div.card", {}, form), shown);
}

async function both(models, { text, temperature }, shown, signal) {
  const boxes = models.map((model) => {
    const said = h("div", {}, h("span.soft", {}, "…"));
    return { model, said, node: h("article.answer", { "aria-label": `Answer of ${model}` }, h("header", {}, h("b.wrap", {}, model)), said) };
  });
  shown.prepend(h("div.asked", {}, h("p.question", {}, text), h("div.answers", {}, boxes.map(({ node }) => node))));
  await Promise.all(boxes.map(async ({ model, said }) => {
    try {
      const answer = await call("chat/completions", { method: "POST", signal, body: {
        model, messages: [{ role: "user", content: text }], temperature, seed: 1, max_completion_tokens: TOKENS } });
      said.replaceChildren(answer.choices[0].message.content || h("span.soft", {}, "(an empty answer)"));
    } catch (error) {
      if (error.name !== "AbortError") said.replaceChildren(problem(error));
    }
  }));
  say("Both have answered");
}
