// Files: what is there, what is wrong with it line by line, and a place to bring new ones.
import { call, list } from "./api.js";
import { code, confirmed, framed, h, problem, row as cells, say } from "./dom.js";
import { snippet } from "./jobs.js";
import { lineTable } from "./lines.js";
import { bytes, moment } from "./words.js";

const FILES = 50;
const HEADS = ["File", "Size", "Purpose", "Uploaded", "Do"];

export async function files(place, { query, signal }) {
  document.title = "Files · Plumb";
  const shown = h("div");
  const refresh = async () => shown.replaceChildren(...listing(await list("files", { limit: FILES, after: query.get("after") }, signal), query.get("after"), refresh));
  place.append(h("h1", {}, "Files"), uploading(refresh), shown);
  await refresh();
}

function uploading(refresh) {
  const file = h("input", { id: "file", type: "file", required: true, accept: ".jsonl,.json,.csv,.txt" });
  const result = h("div");
  const button = h("button.primary", { type: "submit" }, "Upload");
  const upload = async (event) => {
    event.preventDefault();
    button.disabled = true;
    result.replaceChildren(h("p.soft", {}, `Uploading ${file.files[0].name}…`));
    try {
      const form = new FormData();
      form.append("purpose", "fine-tune");
      form.append("file", file.files[0]);
      const stored = await call("files", { method: "POST", body: form });
      await refresh();
      result.replaceChildren(...(await checked(stored)));
      file.value = "";
    } catch (error) {
      result.replaceChildren(problem(error));
    }
    button.disabled = false;
  };
  return h("form.card", { submit: upload }, h("label", { for: "file" }, "Rows to train on: a chat a line, as JSONL"),
    h("div.actions", {}, file, button), result);
}

/** What the server says about the file's lines. */
async function checked(file) {
  const found = await call(`files/${encodeURIComponent(file.id)}/problems`);
  const rows = `${found.rows.toLocaleString()} row${found.rows === 1 ? "" : "s"}`;
  if (found.problems === 0) {
    say(`${file.filename} can be used`);
    return [h("p.fine-text", {}, `${file.filename}: ${rows}, every one can be used. `, h("a", { href: `#/start?file=${encodeURIComponent(file.id)}` }, "Start a job with it"))];
  }
  const more = found.problems - found.data.length;
  return [h("p.problem", { role: "alert" }, `${file.filename}: ${found.problems.toLocaleString()} of ${rows} cannot be used, and a job would refuse the file.`),
    lineTable(found.data), more > 0 ? h("p.soft", {}, `… and ${more.toLocaleString()} more`) : null].filter(Boolean);
}

function listing(page, after, refresh) {
  if (page.data.length === 0) {
    return [h("section.card.empty", {}, h("h2", {}, "No files yet"), h("p", {}, "Choose one above, or send one from a script:"), code(snippet()))];
  }
  return [h("div.card", {}, framed("Files, newest first", HEADS, h("tbody", {}, page.data.map((file) => rows(file, refresh))))),
    page.has_more || after ? h("nav.paging", { "aria-label": "Pages of files" }, after ? h("a.button", { href: "#/files" }, "Newest") : null,
      page.has_more ? h("a.button", { href: `#/files?after=${encodeURIComponent(page.last_id)}` }, "Older") : null) : null].filter(Boolean);
}

function rows(file, refresh) {
  const below = h("td", { colspan: 5 });
  const second = h("tr", { hidden: true }, below);
  const trouble = (error) => ((second.hidden = false), below.replaceChildren(problem(error)));
  const check = async () => {
    second.hidden = false;
    below.replaceChildren(h("p.soft", {}, "Reading every line…"));
    below.replaceChildren(...(await checked(file)));
  };
  const remove = async () => {
    if (!(await confirmed(`Delete ${file.filename}? Jobs that run with it go on.`, "Delete the file"))) return;
    await call(`files/${encodeURIComponent(file.id)}`, { method: "DELETE" });
    await refresh();
    document.getElementById("content").focus();
    say(`${file.filename} is deleted`);
  };
  const doing = (name, action) => h("button.quiet", { type: "button", "aria-label": `${name} ${file.filename}`, click: () => action().catch(trouble) }, name);
  const usable = file.purpose === "fine-tune";
  const train = h("a.button.quiet", { href: `#/start?file=${encodeURIComponent(file.id)}`, "aria-label": `Train on ${file.filename}` }, "Train");
  return [h("tr", {}, cells(HEADS, [
    [h("span.wrap", {}, file.filename), h("small.soft.block", {}, file.id)],
    bytes(file.bytes), file.purpose, moment(file.created_at),
    h("span.actions", {}, usable ? [doing("Check", check), train] : null, doing("Delete", remove)),
  ])), second];
}
