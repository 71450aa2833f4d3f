// The server's endpoints, with the key of whoever looks. The key lives as long as the tab.

const KEY = "plumb.key";
const PATIENCE = 1000;

export const session = {
  get key() { return sessionStorage.getItem(KEY); },
  open(key) { sessionStorage.setItem(KEY, key); },
  close() { sessionStorage.removeItem(KEY); },
};

/** The server said no, and why. */
export class Refused extends Error {
  constructor(status, error) {
    super(error?.message ?? `The server answered ${status}.`);
    this.status = status;
    this.code = error?.code ?? null;
  }
}

/** What clients are given as their base URL. */
export function base() {
  return new URL("v1", document.baseURI).href;
}

async function send(path, { method = "GET", body, signal, key = session.key } = {}) {
  const headers = { Authorization: `Bearer ${key}` };
  if (body && !(body instanceof FormData)) headers["Content-Type"] = "application/json";
  const answer = await fetch(`${base()}/${path}`, {
    method, headers, signal, body: body && !(body instanceof FormData) ? JSON.stringify(body) : body,
  }).catch((error) => {
    throw error.name === "AbortError" ? error : new Error("The server cannot be reached.");
  });
  if (answer.ok) return answer;
  const refused = new Refused(answer.status, (await answer.json().catch(() => ({}))).error);
  if (refused.status === 401 && session.key === key) {
    dispatchEvent(new CustomEvent("turned-away"));
  }
  throw refused;
}

/** An object; options as {method, body, signal, key}. */
export async function call(path, options) {
  return (await send(path, options)).json();
}

/** The bytes of an answer. */
export async function bytes(path, options) {
  return (await send(path, options)).blob();
}

/** A page of a list; query as an object. */
export async function list(path, query, signal) {
  const wanted = Object.entries(query).filter(([, value]) => value);
  return call(`${path}?${new URLSearchParams(wanted)}`, { signal });
}

/** Waits; also until somebody looks at the page again. */
export async function pause(signal, milliseconds = PATIENCE) {
  await new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });
  if (document.hidden) {
    await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true, signal }));
  }
  signal.throwIfAborted();
}
