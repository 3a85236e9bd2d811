// The live stream. EventSource resumes with Last-Event-ID, so nothing is missed; an open page is never reloaded.
import { find, refresh, t } from "./page.js";

const RETRY_MS = [500, 1000, 2000, 5000, 10_000];
const LOST = t("The connection to the hub is lost. Trying again…");
const OFFLINE = t("You are offline. What you type is kept.");

const lost = find("#lost");
let stream = null;
let failures = 0;
let timer = null;
let openConversation = () => null;

export function listen(which) {
  openConversation = which ?? openConversation;
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
    showLost(navigator.onLine ? LOST : OFFLINE);
    if (stream.readyState === EventSource.CLOSED) {
      // the browser gives up after an answer that is no stream (a restart, a closed session): we do not
      timer = setTimeout(listen, RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)]);
      if (failures > 1) refresh("#filters"); // answers "sign in again" when the session is over
    }
  });
  for (const kind of ["message", "conversation"]) stream.addEventListener(kind, (event) => changed(JSON.parse(event.data), kind));
  stream.addEventListener("waiting", () => refresh("#filters"));
  stream.addEventListener("ban", refreshAll);
  stream.addEventListener("presence", refreshAll); // the visitor's own standing comes with the list
  stream.addEventListener("reset", refreshAll);
}

function refreshAll() {
  refresh("#filters");
  refresh("#messages");
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
