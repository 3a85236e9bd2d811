// The composer: drafts, the length counter, answering or editing one message, and what is sent with the form.
import { api, find, freshKey, refresh, t } from "./page.js";

const TYPING_MS = 5_000;

export const composer = () => find("#composer");
export const rulesOf = (form) => JSON.parse(form.dataset.rules);
const draftName = (form) => `draft:${form.dataset.conversation}`;
const modeOf = (form) => form.elements.mode.value;
const isNote = (form) => modeOf(form) === "note";
const isShut = (form) => !isNote(form) && find("#window").dataset.open === "no";

export function prepareComposer() {
  const form = composer();
  if (!form) return;
  const draft = JSON.parse(localStorage.getItem(draftName(form)) ?? "null");
  if (draft) {
    form.elements.text.value = draft.text;
    form.elements.mode.value = draft.mode;
  }
  showMode();
}

export function showMode() {
  const form = composer();
  if (!form) return;
  const note = isNote(form);
  const shut = isShut(form);
  const { text } = form.elements;
  text.placeholder = note ? text.dataset.note : text.dataset.reply;
  find("[data-label]", form).textContent = form.dataset.editing ? t("Save") : note ? t("Add note") : t("Send");
  const over = count(form, note);
  find("#send").disabled = shut || over || !isComplete(form) || form.classList.contains("htmx-request");
  text.disabled = shut;
  form.classList.toggle("shut", shut);
  for (const id of ["attach", "offer"]) {
    const button = find(`#${id}`, form);
    if (button) button.disabled = note || shut || Boolean(form.dataset.editing);
  }
  const more = find("#more", form);
  if (more) more.hidden = note || shut || Boolean(form.dataset.editing);
  // what a note cannot carry stays in the form, and is not sent with it
  for (const input of form.querySelectorAll(".tray input, .choices input")) input.disabled = note;
}

function isComplete(form) {
  const waits = find(".tray .uploading, .tray .refused", form) !== null;
  return isNote(form) || !waits;
}

function count(form, note) {
  const counter = find("#counter");
  const { limit, splits, caption } = rulesOf(form);
  const length = [...form.elements.text.value].length;
  const pieces = Math.ceil(length / limit);
  const over = !note && length > limit && !splits;
  const shown = !note && (over || length >= limit * 0.5);
  counter.textContent = shown ? t("{n} of {limit} characters", { n: length, limit }) : "";
  if (!note && splits && pieces > 1) counter.textContent = t("{n} characters, sent as {pieces} messages", { n: length, pieces });
  const apart = !note && find(".tray li", form) && length > (caption ?? 0);
  if (apart && !shown) counter.textContent = t("The text goes out as a message of its own.");
  counter.classList.toggle("over", over);
  return over;
}

function keepDraft(form) {
  if (form.dataset.editing) return;
  const text = form.elements.text.value;
  if (text.trim()) localStorage.setItem(draftName(form), JSON.stringify({ text, mode: modeOf(form) }));
  else localStorage.removeItem(draftName(form));
}

// --- one message that is answered or edited -------------------------------------------------------

export function answer(id, text) {
  forget(composer());
  composer().elements["reply-to"].value = id;
  showAbout(t("Answer to: {text}", { text }));
}

export function edit(id, text) {
  const form = composer();
  forget(form);
  form.dataset.editing = id;
  form.dataset.kept = form.elements.text.value;
  form.elements.mode.value = "reply";
  form.elements.text.value = text;
  showAbout(t("Editing: {text}", { text }));
}

function showAbout(text) {
  const box = find("#about-what");
  find("[data-what]", box).textContent = text;
  box.hidden = false;
  showMode();
  find("#text").focus();
}

function forget(form) {
  form.elements["reply-to"].value = "";
  find("#about-what").hidden = true;
  if (!form.dataset.editing) return;
  form.elements.text.value = form.dataset.kept;
  delete form.dataset.editing;
  showMode();
}

// in the capturing phase: an edit is not what htmx would send
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.id !== "composer" || !form.dataset.editing) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const done = await api("PATCH", `/messages/${form.dataset.editing}`, { text: form.elements.text.value });
  if (!done) return;
  forget(form);
  refresh("#messages");
}, true);

// --- typing, drafts, sending ------------------------------------------------------------------------

let lastTyped = 0;

function sayTyping(form) {
  if (!rulesOf(form).typing || isNote(form) || form.dataset.editing || Date.now() - lastTyped < TYPING_MS) return;
  lastTyped = Date.now();
  const headers = { "X-CSRF-Token": form.elements.csrf_token.value };
  // nobody waits for it, and a moment later it is worth nothing
  fetch(`/api/v1/conversations/${form.dataset.conversation}/typing`, { method: "POST", headers }).catch(() => null);
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("#composer");
  if (!form) return;
  keepDraft(form);
  showMode();
  if (event.target.id === "text" && event.target.value.trim()) sayTyping(form);
});

document.addEventListener("keydown", (event) => {
  if (event.target.id !== "text") return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    if (!find("#send").disabled) event.target.form.requestSubmit();
  }
  if (event.key === "Escape") forget(event.target.form);
});

document.addEventListener("click", (event) => event.target.closest("[data-forget]") && forget(composer()));

document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target;
  if (!event.detail.successful) return;
  if (form.id === "assign") form.reset();
  if (form.id !== "composer") return;
  // sent: forget the draft and take a new key; after a failure both stay, so that a second try cannot send twice
  form.elements.text.value = "";
  form.elements.key.value = freshKey();
  if (!isNote(form)) form.dispatchEvent(new CustomEvent("hub:sent", { bubbles: true }));
  forget(form);
  keepDraft(form);
  showMode();
  form.elements.text.focus();
});
