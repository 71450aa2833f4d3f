// Which page is shown: the address after # says so. Pages get their place, what the address says, and a signal that ends them.
import { call, session } from "./api.js";
import { h, problem, say } from "./dom.js";
import { compare } from "./compare.js";
import { files } from "./files.js";
import { job } from "./job.js";
import { jobs } from "./jobs.js";
import { policy } from "./policy.js";
import { start } from "./start.js";

const PAGES = { jobs, files, policy, compare, start };
const main = document.getElementById("content");
const nav = document.getElementById("pages");
const leave = document.getElementById("leave");
let leaving = new AbortController();

/** #/jobs/ftjob-1?after=… as {page, id, query}. */
function address() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  const [page, id] = path.split("/").map(decodeURIComponent);
  return { page: page || "jobs", id, query: new URLSearchParams(query) };
}

async function show() {
  leaving.abort(new DOMException("another page", "AbortError"));
  leaving = new AbortController();
  const { signal } = leaving;
  const { page, id, query } = address();
  const signedIn = session.key !== null;
  nav.hidden = leave.hidden = !signedIn;
  for (const link of nav.children) {
    if (link.hash === `#/${page}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  const place = h("div");
  main.replaceChildren(place);
  try {
    if (!signedIn) login(place);
    else if (page === "jobs" && id) await job(place, { id, signal });
    else await (PAGES[page] ?? jobs)(place, { query, signal });
  } catch (error) {
    if (error.name !== "AbortError" && !signal.aborted) {
      place.append(problem(error));
    }
  }
}

function login(place) {
  document.title = "Sign in · Plumb";
  const key = h("input", { id: "key", type: "password", autocomplete: "off", required: true, spellcheck: "false", "aria-describedby": "wrong" });
  const wrong = h("div", { id: "wrong" });
  const enter = async (event) => {
    event.preventDefault();
    try {
      await call("policy", { key: key.value.trim() });
      session.open(key.value.trim());
      show();
      main.focus({ preventScroll: true });
      say("Signed in");
    } catch (error) {
      wrong.replaceChildren(problem(error.status === 401 ? "The server does not know this key, or it has ended." : error));
      key.setAttribute("aria-invalid", "true");
      key.select();
    }
  };
  place.append(h("section.login.card", {},
    h("h1", {}, "Sign in"),
    h("form", { submit: enter }, h("label", { for: "key" }, "Key"), key, wrong, h("button.primary", { type: "submit" }, "Sign in")),
    h("p.small.soft", {}, "The server printed a key when it first started. For another one, run ", h("code", {}, "./plumb serve --new-key NAME"),
      " beside it. The key stays in this tab, and is gone with it.")));
  key.focus();
}

function signOut() {
  session.close();
  show();
}

leave.addEventListener("click", signOut);
addEventListener("turned-away", signOut);
addEventListener("hashchange", async () => {
  if (!location.hash.startsWith("#/")) return;
  scrollTo(0, 0);
  show();
  main.focus({ preventScroll: true });
});
document.querySelector(".skip").addEventListener("click", (event) => (event.preventDefault(), main.focus()));
show();
