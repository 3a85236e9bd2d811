// What can be done with one entry of a thread: answer it, react, edit, take back, look at what the platform sent.
import { api, element, find, refresh, t } from "./page.js";
import { answer, composer, edit } from "./composer.js";

const LONGEST = 80;

const ACTIONS = [
  ["[data-react]", react],
  ["[data-reply]", (entry) => composer() && answer(entry.dataset.message, saidIn(entry))],
  ["[data-edit]", (entry) => edit(entry.dataset.message, find("[data-text]", entry).innerText)],
  ["[data-delete]", takeBack],
  ["[data-ask]", () => find("#text")?.focus()],
  ["[data-raw]", showRaw],
  ["[data-read-card]", readCard],
];

function saidIn(entry) {
  const text = (find("[data-text]", entry)?.innerText ?? find(".bubble", entry).innerText).trim();
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

async function react(entry, button) {
  if (await api("POST", `/messages/${entry.dataset.message}/react`, { emoji: button.dataset.react })) refresh("#messages");
}

async function takeBack(entry) {
  if (!confirm(t("Take this message back? The person will no longer see it, as far as their app allows."))) return;
  if (await api("DELETE", `/messages/${entry.dataset.message}`)) refresh("#messages");
}

async function showRaw(entry) {
  const box = find(".raw", entry);
  if (!box.hidden) return void (box.hidden = true);
  const found = await api("GET", `/messages/${entry.dataset.message}/raw`);
  if (!found) return;
  // textContent: whatever was sent stays text
  box.textContent = (await found.json()).text;
  box.hidden = false;
  box.focus();
}

// --- vCards: read here, so that nothing of a stranger's file is ever more than text -------------------

const FIELDS = /^(FN|TEL|EMAIL|ORG|ADR)(?:[;:])/i;

async function readCard(entry, button) {
  const box = button.closest("[data-card]");
  const found = await fetch(box.dataset.card).catch(() => null);
  const lines = found?.ok ? (await found.text()).replace(/\r?\n[ \t]/g, "").split(/\r?\n/) : [];
  const said = lines.filter((line) => FIELDS.test(line)).map((line) => line.slice(line.indexOf(":") + 1).replace(/\\([,;nN])/g, "$1").replace(/;+/g, " ").trim());
  const shown = said.filter(Boolean).slice(0, 30);
  find("ul", box).replaceChildren(...(shown.length ? shown : [t("This card says nothing that can be shown.")]).map((text) => element("li", { textContent: text })));
  box.dataset.shown = "yes";
  button.remove();
}

// --- clicks -----------------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  const entry = event.target.closest(".entry");
  if (!entry) return;
  for (const [selector, act] of ACTIONS) {
    const button = event.target.closest(selector);
    if (!button) continue;
    button.closest(".menu")?.removeAttribute("open");
    act(entry, button);
  }
  const shown = event.target.closest("[data-show]");
  if (shown) {
    const box = document.getElementById(shown.dataset.show);
    box.hidden = !box.hidden;
    shown.setAttribute("aria-expanded", String(!box.hidden));
  }
  const jump = event.target.closest("[data-jump]");
  const goal = jump && document.getElementById(jump.dataset.jump);
  if (goal) {
    event.preventDefault();
    goal.scrollIntoView({ block: "center" });
    goal.classList.add("pointed");
    setTimeout(() => goal.classList.remove("pointed"), 1500);
  }
});
