// What every script of the pages uses: finding, words, asking the server, and telling the reader what went wrong.

export const find = (selector, within = document) => within.querySelector(selector);
export const all = (selector, within = document) => [...within.querySelectorAll(selector)];

const words = JSON.parse(find("meta[name=words]")?.content || "{}");
const put = (text, values) => text.replace(/\{(\w+)\}/g, (hole, name) => values[name] ?? hole);

// Returns an English text in the language of the page, {holes} filled in; English where it has none.
export const t = (text, values = {}) => put(words[text] ?? text, values);

export function sizeOf(octets) {
  const language = document.documentElement.lang;
  const write = (value, digits) => value.toLocaleString(language, { maximumFractionDigits: digits });
  if (octets >= 1_000_000) return `${write(octets / 1_000_000, octets < 10_000_000 ? 1 : 0)} MB`;
  return octets >= 1_000 ? `${write(octets / 1_000, octets < 10_000 ? 1 : 0)} kB` : `${octets} B`;
}

export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

export function icon(name) {
  const sprite = find("svg.icon use").getAttribute("href").split("#")[0];
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.classList.add("icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
}

export function freshKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// --- asking htmx for a part of the page again: several notices of one change become one refresh -----

const SETTLE_MS = 120;
const waiting = new Set();

export function refresh(selector) {
  if (waiting.has(selector)) return;
  waiting.add(selector);
  setTimeout(() => {
    waiting.delete(selector);
    const found = find(selector);
    if (found) htmx.trigger(found, "refresh");
  }, SETTLE_MS);
}

// --- the API, with the session's token ---------------------------------------------------------------

const UNREACHABLE = t("The hub does not answer. What you wrote is still here; try again in a moment.");

// Returns the answer, or null after having said what went wrong.
export async function api(method, path, body, { key = freshKey(), say = toast } = {}) {
  const headers = { "X-CSRF-Token": find("[name=csrf_token]").value };
  if (method === "POST") headers["Idempotency-Key"] = key;
  if (body !== undefined && !(body instanceof FormData)) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(body);
  }
  const answer = await fetch(`/api/v1${path}`, { method, headers, body }).catch(() => null);
  if (answer?.ok) return answer;
  say(answer ? await reasonOf(answer) : UNREACHABLE);
  return null;
}

export async function reasonOf(answer) {
  const problem = await answer.json().catch(() => ({}));
  const detail = problem.detail ?? t("The hub refused this and gave no reason.");
  return detail.charAt(0).toUpperCase() + detail.slice(1);
}

export function toast(text) {
  find("#toast").replaceChildren(element("div", { className: "alert bad", textContent: text }));
}

document.addEventListener("htmx:sendError", () => toast(UNREACHABLE));
