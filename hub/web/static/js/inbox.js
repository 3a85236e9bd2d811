// The inbox in the browser beyond htmx. The server renders everything; these scripts say when to ask for it again.
import { all, find, refresh } from "./page.js";
import { prepareComposer, showMode } from "./composer.js";
import { listen } from "./live.js";
import "./attachments.js";
import "./choices.js";
import "./dialogs.js";
import "./entries.js";
import "./templates.js";

const CLOCK_MS = 60_000; // "3 min" grows old by itself
const PAGE = 50; // cards of one page, as the server counts them
const MOST = 200;
const title = document.title;

document.addEventListener("htmx:configRequest", (event) => {
  const { path, parameters } = event.detail;
  if (path === "/inbox/list" && event.target.id === "filters") {
    // a refresh shows as many pages as are shown now, and room for who comes
    const shown = all("#list .card").length;
    parameters.limit = String(Math.min(MOST, Math.ceil((shown + 1) / PAGE) * PAGE));
    parameters.open = openConversation() ?? "";
  }
});

export const openConversation = () => find("#head")?.dataset.conversation ?? null;

// --- What changed on the page ------------------------------------------------------------------

let atEnd = true;

// a refusal stays until its reader does something else: the page refreshes itself at any moment
const asked = ({ target, requestConfig }) => requestConfig.verb === "post" || target.id === "thread";

document.addEventListener("htmx:beforeSwap", (event) => {
  const messages = find("#messages");
  if (messages) atEnd = messages.scrollHeight - messages.scrollTop - messages.clientHeight < 80;
  if (event.detail.xhr.status < 400 && asked(event.detail)) find("#toast").replaceChildren();
});

document.addEventListener("htmx:afterSettle", (event) => {
  const { target } = event.detail;
  if (target.id === "thread") opened();
  else if (target.id === "messages") grown(event.detail.requestConfig);
  showState();
});

// what was handed over with one note is not handed over with it again
document.addEventListener("htmx:afterRequest", (event) => {
  if (event.target.id === "assign" && event.detail.successful) event.target.reset();
});

function opened() {
  find("#inbox").classList.add("open");
  const start = find("#divider");
  if (start) start.scrollIntoView({ block: "center" });
  else scrollToEnd();
  prepareComposer();
  if (matchMedia("(min-width: 721px)").matches) find("#text")?.focus();
  markRead();
}

function grown(request) {
  const own = request.verb === "post";
  if (atEnd || own) scrollToEnd();
  if (own) refresh("#filters");
  markRead();
}

function scrollToEnd() {
  const messages = find("#messages");
  if (messages) messages.scrollTop = messages.scrollHeight;
}

// pictures come after their message and push it up
document.addEventListener("load", (event) => event.target.closest?.("#messages") && atEnd && scrollToEnd(), true);

function showState() {
  const open = openConversation();
  let unread = 0;
  for (const card of all("#list .card")) {
    if (card.dataset.id === open) card.setAttribute("aria-current", "true");
    else card.removeAttribute("aria-current");
    unread += Number(card.dataset.unread);
  }
  find("#about")?.setAttribute("aria-expanded", String(find("#thread").classList.contains("about")));
  document.title = (unread ? `(${unread}) ` : "") + title;
  showMode();
}

// --- Read marks: per operator, and only while somebody looks ------------------------------------

async function markRead() {
  const head = find("#head");
  if (!head || head.dataset.unread === "0" || document.visibilityState !== "visible") return;
  const token = find("[name=csrf_token]").value;
  const answer = await fetch(`/inbox/${head.dataset.conversation}/read`, { method: "POST", headers: { "X-CSRF-Token": token } }).catch(() => null);
  if (answer?.ok) {
    head.dataset.unread = "0";
    refresh("#filters");
  }
}

document.addEventListener("visibilitychange", markRead);

// --- Clicks ----------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  if (event.target.closest("#about")) {
    find("#thread").classList.toggle("about");
    showState();
  }
  // the list may have been filtered anew since the thread was opened
  const back = event.target.closest("#back");
  if (back) back.href = `/inbox?${new URLSearchParams(new FormData(find("#filters")))}`;
  if (event.target.closest(".toast")) find("#toast").replaceChildren();
  for (const menu of all(".menu[open]")) if (!menu.contains(event.target)) menu.removeAttribute("open");
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = find(".menu[open]");
  menu?.removeAttribute("open");
  if (menu?.contains(document.activeElement)) find("summary", menu).focus();
});

// a morph must not shut what the reader opened, nor undo what they chose and have not sent yet
const KEPT = new Set(["open", "aria-expanded"]);
Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) =>
  !(KEPT.has(name) && (node.tagName === "DETAILS" || node.dataset.show)) && !(name === "hidden" && node.matches(".raw, .earlier-texts"));
Idiomorph.defaults.callbacks.beforeNodeMorphed = (node) =>
  !(/^(SELECT|TEXTAREA)$/.test(node.tagName) && node.closest("#assign") && node.value) && !(node.nodeType === 1 && node.matches(".raw:not([hidden]), [data-card][data-shown]"));

// --- Start -----------------------------------------------------------------------------------------

setInterval(() => refresh("#filters"), CLOCK_MS);
if (openConversation()) opened();
showState();
listen(openConversation);
