// The signed safety report of a measured model, released or not.
import { bytes, call } from "./api.js";
import { h, problem } from "./dom.js";

/** The signed report: what it vouches for, and the file to keep. */
export function report(job) {
  const shown = h("dl");
  const path = `fine_tuning/jobs/${encodeURIComponent(job.id)}/safety_report`;
  const section = h("section", { "aria-labelledby": "report" }, h("h2", { id: "report" }, "Safety report"),
    h("div.card", {}, h("p", {}, "Signed by this service, and verifiable without it: ", h("code", {}, "./plumb verify report.json --key signing.pub")), shown,
      h("button", { type: "button", click: () => download(path, `${job.id}-safety-report.json`) }, "Download the report")));
  call(path).then((envelope) => {
    const vouched = JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(envelope.payload), (c) => c.charCodeAt(0))));
    const about = vouched.predicate ?? vouched;
    const lines = [["Model", about.model ?? "none: no checkpoint passed"], ["Base", `${about.base}, SHA-256 ${about.base_hash}`], ["Rows", `SHA-256 ${about.data_hash}`],
      ["Adapter", about.adapter_hash && `SHA-256 ${about.adapter_hash}`], ["Judge", about.judge],
      ["Defenses", about.defenses?.length ? about.defenses.map(({ type }) => type).join(", ") : "none"], ["Released at step", about.released_step]];
    shown.append(...lines.filter(([, value]) => value != null).flatMap(([name, value]) => [h("dt", {}, name), h("dd.wrap", {}, String(value))]));
  }).catch((error) => shown.replaceWith(problem(error)));
  return section;
}

async function download(path, name) {
  const address = URL.createObjectURL(await bytes(path));
  h("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
