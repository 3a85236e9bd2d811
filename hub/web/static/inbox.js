// What the inbox does in the browser beyond htmx: it stays live, keeps drafts, counts characters and marks what was read.
// The server renders everything; this file only says when to ask for it again.
"use strict";

const SETTLE_MS = 120; // several notices of one change become one refresh
const CLOCK_MS = 60_000; // "3 min" grows old by itself
const PAGE = 50; // cards of one page, as the server counts them
const MOST = 200;
const RETRY_MS = [500, 1000, 2000, 5000, 10_000];
const find = (selector, within = document) => within.querySelector(selector);

// --- Asking again ------------------------------------------------------------------------------

const waiting = new Set();

function refresh(selector) {
  if (waiting.has(selector)) return;
  waiting.add(selector);
  setTimeout(() => {
    waiting.delete(selector);
    const element = find(selector);
    if (element) htmx.trigger(element, "refresh");
  }, SETTLE_MS);
}

const refreshAll = () => {
  refresh("#filters");
  refresh("#messages");
};

const openConversation = () => find("#head")?.dataset.conversation ?? null;

document.addEventListener("htmx:configRequest", (event) => {
  const { path, parameters } = event.detail;
  if (path === "/inbox/list" && event.target.id === "filters") {
    // a refresh shows as many pages as are shown now, and room for who comes
    const shown = document.querySelectorAll("#list .card").length;
    parameters.limit = String(Math.min(MOST, Math.ceil((shown + 1) / PAGE) * PAGE));
    parameters.open = openConversation() ?? "";
  }
});

// --- The live stream: EventSource resumes with Last-Event-ID, so nothing is missed -----------------

const lost = find("#lost");
let stream = null;
let failures = 0;
let timer = null;

function listen() {
  clearTimeout(timer);
  stream = new EventSource("/api/v1/stream");
  stream.addEventListener("open", () => {
    failures = 0;
    lost.hidden = true;
    document.body.dataset.live = "yes";
    refreshAll(); // what happened between rendering and listening
  });
  stream.addEventListener("error", () => {
    document.body.dataset.live = "no";
    showLost(navigator.onLine ? "The connection to the hub is lost. Trying again…" : "You are offline. What you type is kept.");
    if (stream.readyState === EventSource.CLOSED) {
      // the browser gives up after an answer that is no stream (a restart, a closed session): we do not
      timer = setTimeout(listen, RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)]);
      if (failures > 1) refresh("#filters"); // answers "sign in again" when the session is over
    }
  });
  for (const kind of ["message", "conversation"]) stream.addEventListener(kind, (event) => changed(JSON.parse(event.data), kind));
  stream.addEventListener("presence", () => refresh("#messages"));
  stream.addEventListener("reset", refreshAll);
}

function changed(notice, kind) {
  refresh("#filters");
  const about = kind === "message" ? notice.conversation_id : notice.id;
  if (about === openConversation()) refresh("#messages");
}

function showLost(text) {
  find("[data-text]", lost).textContent = text;
  lost.hidden = false;
}

addEventListener("online", () => stream?.readyState === EventSource.CLOSED && listen());
addEventListener("pagehide", () => stream?.close());
addEventListener("pageshow", (event) => event.persisted && listen());

// --- What changed on the page ------------------------------------------------------------------

let atEnd = true;

document.addEventListener("htmx:beforeSwap", (event) => {
  // an answer that is an error goes to the corner, whatever it was meant for
  const messages = find("#messages");
  if (messages) atEnd = messages.scrollHeight - messages.scrollTop - messages.clientHeight < 80;
  if (event.detail.xhr.status < 400) find("#toast").replaceChildren();
});

document.addEventListener("htmx:afterSettle", (event) => {
  const { target } = event.detail;
  if (target.id === "thread") opened();
  else if (target.id === "messages") grown(event.detail.requestConfig);
  showState();
});

document.addEventListener("htmx:sendError", () => showToast("The hub does not answer. What you wrote is still here; try again in a moment."));

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

function showState() {
  const open = openConversation();
  let unread = 0;
  for (const card of document.querySelectorAll("#list .card")) {
    if (card.dataset.id === open) card.setAttribute("aria-current", "true");
    else card.removeAttribute("aria-current");
    unread += Number(card.dataset.unread);
  }
  find("#about")?.setAttribute("aria-expanded", String(find("#thread").classList.contains("about")));
  document.title = (unread ? `(${unread}) ` : "") + "Inbox · Messenger Hub";
  showMode();
}

function showToast(text) {
  const alert = document.createElement("div");
  alert.className = "alert bad";
  alert.textContent = text;
  find("#toast").replaceChildren(alert);
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

// --- The composer ------------------------------------------------------------------------------

const draftName = (form) => `draft:${form.dataset.conversation}`;
const modeOf = (form) => form.elements.mode.value;

function prepareComposer() {
  const form = find("#composer");
  if (!form) return;
  const draft = JSON.parse(localStorage.getItem(draftName(form)) ?? "null");
  if (draft) {
    form.elements.text.value = draft.text;
    form.elements.mode.value = draft.mode;
  }
  showMode();
}

function showMode() {
  const form = find("#composer");
  if (!form) return;
  const note = modeOf(form) === "note";
  const shut = !note && find("#window").dataset.open === "no";
  const { text } = form.elements;
  text.placeholder = note ? text.dataset.note : text.dataset.reply;
  find("[data-label]", form).textContent = note ? "Add note" : "Send";
  const over = count(form, note);
  find("#send").disabled = shut || over || form.classList.contains("htmx-request");
  text.disabled = shut;
}

function count(form, note) {
  const counter = find("#counter");
  const limit = Number(form.dataset.limit);
  const length = [...form.elements.text.value].length;
  const over = !note && length > limit;
  counter.textContent = note || (length < limit * 0.5 && !over) ? "" : `${length} of ${limit} characters`;
  counter.classList.toggle("over", over);
  return over;
}

function keepDraft(form) {
  const text = form.elements.text.value;
  if (text.trim()) localStorage.setItem(draftName(form), JSON.stringify({ text, mode: modeOf(form) }));
  else localStorage.removeItem(draftName(form));
}

function freshKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("#composer");
  if (!form) return;
  keepDraft(form);
  showMode();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.id === "text") {
    event.preventDefault();
    if (!find("#send").disabled) event.target.form.requestSubmit();
  }
  if (event.key === "Escape") find(".menu[open]")?.removeAttribute("open");
});

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target;
  if (!event.detail.successful) return;
  if (form.id === "assign") form.reset();
  if (form.id !== "composer") return;
  // sent: forget the draft and take a new key; after a failure both stay, so that a second try cannot send twice
  form.elements.text.value = "";
  form.elements.key.value = freshKey();
  keepDraft(form);
  showMode();
  form.elements.text.focus();
});

// --- Start ---------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  if (event.target.closest("#about")) {
    find("#thread").classList.toggle("about");
    showState();
  }
  // the list may have been filtered anew since the thread was opened
  const back = event.target.closest("#back");
  if (back) back.href = `/inbox?${new URLSearchParams(new FormData(find("#filters")))}`;
  if (event.target.closest(".toast")) find("#toast").replaceChildren();
  const menu = find(".menu[open]");
  if (menu && !menu.contains(event.target)) menu.removeAttribute("open");
});

// a morph must not shut what the reader opened, nor undo what they chose and have not sent yet
Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) => !(name === "open" && node.tagName === "DETAILS");
Idiomorph.defaults.callbacks.beforeNodeMorphed = (node) => !(node.tagName === "SELECT" && node.closest("#assign") && node.value);

setInterval(() => refresh("#filters"), CLOCK_MS);
if (openConversation()) opened();
showState();
listen();
