// Tells the hub that this page is open: whoever chose in the browser to be there is there while a page of theirs is.
import { find, freshKey } from "./page.js";

// of this loading of the page: what is told late by the one that was left cannot be taken for the new one
const tab = freshKey();
const fields = () => new URLSearchParams({ csrf_token: find("[name=csrf_token]").value, tab });

function beat() {
  // an ended session answers with the way to sign in, which is nobody's to follow here
  fetch("/inbox/presence/beat", { method: "POST", body: fields(), redirect: "manual", keepalive: true }).catch(() => null);
}

const leave = () => navigator.sendBeacon("/inbox/presence/leave", fields());

// browsers slow down the clocks of pages nobody looks at, but not those of their workers
new Worker(new URL("beats.js", import.meta.url)).addEventListener("message", beat);
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && beat());
addEventListener("online", beat);
addEventListener("pageshow", (event) => event.persisted && beat());
addEventListener("pagehide", leave);
// after signing out it could not be told any more
document.addEventListener("submit", (event) => event.target.getAttribute("action") === "/logout" && leave(), true);
beat();
