// What is wrong with a file, line by line.
import { h, table } from "./dom.js";

/** The lines that a job's refusal names, as {line, message}. */
export function problems(refusal) {
  return [...refusal.matchAll(/^ *line (\d+) (.*)$/gm)].map(([, line, message]) => ({ line: Number(line), message }));
}

/** Problems as a table; one of the whole file has no line. */
export function lineTable(lines) {
  return h("div.card", {}, table("Problems by line", ["Line", "Problem"], lines.map(({ line, message }) => [line === null ? "all" : String(line), [message]])));
}
