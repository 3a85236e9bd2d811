// Answers that are offered under a text, as buttons or as a numbered list, within the channel's limits.
import { element, find, icon, t } from "./page.js";
import { composer, rulesOf, showMode } from "./composer.js";

const box = () => find("#choices");
const list = () => find("ol", box());

function add() {
  const { most, length } = rulesOf(composer()).buttons;
  if (list().children.length >= most) return;
  const input = element("input", { name: "button", maxLength: length, autocomplete: "off", required: true });
  input.setAttribute("aria-label", t("Answer {n}", { n: list().children.length + 1 }));
  const remove = element("button", { type: "button", className: "icon-button" }, icon("close"));
  remove.setAttribute("aria-label", t("Remove this answer"));
  const item = element("li", {}, input, remove);
  remove.addEventListener("click", () => {
    item.remove();
    if (list().children.length === 0) close();
    showFull();
    find("#text").focus();
  });
  list().append(item);
  showFull();
  input.focus();
}

function showFull() {
  find("[data-add-choice]", box()).disabled = list().children.length >= rulesOf(composer()).buttons.most;
}

function close() {
  list().replaceChildren();
  box().hidden = true;
  find("#offer").setAttribute("aria-expanded", "false");
  showMode();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-add-choice]")) add();
  if (!event.target.closest("#offer")) return;
  if (!box().hidden) return close();
  box().hidden = false;
  find("#offer").setAttribute("aria-expanded", "true");
  add();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.ctrlKey || event.metaKey || !event.target.closest("#choices input")) return;
  event.preventDefault();
  add();
});

document.addEventListener("hub:sent", () => box() && close());
