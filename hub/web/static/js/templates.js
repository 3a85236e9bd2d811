// The template picker: the channel's approved templates, a field for each variable, a preview, and sending.
import { api, all, element, find, freshKey, refresh, t } from "./page.js";
import { composer } from "./composer.js";

const dialog = () => find("#templates");
let chosen = null;
let key = "";

async function open() {
  const box = dialog();
  chosen = null;
  find(".template-fill", box).hidden = true;
  find(".template-list", box).replaceChildren();
  say(t("Loading the templates…"));
  box.showModal();
  const answer = await api("GET", `/channels/${box.dataset.channel}/templates`);
  if (!answer) return say(t("The templates could not be loaded."));
  const usable = (await answer.json()).items.filter((each) => each.status === "approved");
  say(usable.length ? "" : t("There is no approved template yet. Templates are made and approved at the platform."));
  find(".template-list", box).append(...usable.map(row));
}

function say(text) {
  const state = find("[data-state]", dialog());
  state.textContent = text;
  state.hidden = text === "";
}

function row(template) {
  const about = element("small", { textContent: [template.language, template.category].filter(Boolean).join(" · ") });
  const button = element("button", { type: "button" }, element("strong", { textContent: template.name }), about, element("span", { textContent: template.text }));
  button.setAttribute("aria-pressed", "false");
  button.addEventListener("click", () => choose(template, button));
  return element("li", {}, button);
}

function choose(template, button) {
  chosen = template;
  key = freshKey();
  for (const each of all(".template-list button", dialog())) each.setAttribute("aria-pressed", String(each === button));
  const fields = template.variables.map((name) => {
    const input = element("input", { name, required: true, autocomplete: "off" });
    return element("label", { className: "field" }, element("span", { textContent: t("Value for {name}", { name }) }), input);
  });
  find("[data-fields]", dialog()).replaceChildren(...fields);
  find(".template-fill", dialog()).hidden = false;
  preview();
  find("[data-fields] input, [data-send]", dialog()).focus();
}

const values = () => Object.fromEntries(all("[data-fields] input", dialog()).map((input) => [input.name, input.value.trim()]));

function preview() {
  const given = values();
  find("[data-preview]", dialog()).textContent = chosen.text.replace(/\{\{\s*([\w.-]+)\s*\}\}/g, (hole, name) => given[name] || hole);
  find("[data-send]", dialog()).disabled = Object.values(given).some((value) => value === "");
}

async function send() {
  const button = find("[data-send]", dialog());
  button.disabled = true;
  const form = composer();
  const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value, key, mode: "reply", template: chosen.id });
  for (const [name, value] of Object.entries(values())) body.append(`value:${name}`, value);
  const path = `/inbox/${form.dataset.conversation}/messages`;
  await htmx.ajax("POST", path, { source: "#messages", target: "#messages", swap: "morph:innerHTML", values: Object.fromEntries(body) });
  button.disabled = false;
  if (find("#toast").childElementCount === 0) {
    dialog().close();
    refresh("#filters");
  }
}

document.addEventListener("click", (event) => {
  if (event.target.closest("#pick-template, [data-pick-template]")) open();
  if (!event.target.closest("#templates")) return;
  if (event.target.closest("[data-close]") || event.target === dialog()) dialog().close();
  if (event.target.closest("[data-send]")) send();
});
document.addEventListener("input", (event) => event.target.closest("#templates [data-fields]") && preview());
