// What is asked for in a dialog and sent by itself: an answer by mail, a location, a contact card.
import { api, find, freshKey, refresh, t } from "./page.js";
import { composer } from "./composer.js";

const PAIR = /^\s*(-?\d{1,2}(?:\.\d+)?)\s*[,;\s]\s*(-?\d{1,3}(?:\.\d+)?)\s*$/;

// What the API is told; null after having said in the form what is wrong.
const SAID = {
  "by-mail": ({ text }) => ({ text: text.value }),
  contact: ({ name, phone, email }) => ({ contact: { name: name.value.trim(), phones: [phone.value.trim()], emails: [email.value.trim()].filter(Boolean) } }),
  location({ coordinates, name, address }) {
    const place = placeIn(coordinates.value);
    coordinates.setCustomValidity(place ? "" : t("Write latitude and longitude, for example 52.51628, 13.37770."));
    return coordinates.reportValidity() ? { location: { ...place, name: name.value.trim(), address: address.value.trim() } } : null;
  },
};

function placeIn(text) {
  const [, latitude, longitude] = (PAIR.exec(text) ?? []).map(Number);
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : null;
}

function ask(name) {
  const box = find(`#ask-${name}`);
  const { elements } = find("form", box);
  if (elements.text && !elements.text.value) elements.text.value = composer().elements.text.value;
  box.showModal();
}

async function send(form) {
  const said = SAID[form.dataset.asked](form.elements);
  if (!said) return;
  const button = find(".primary", form);
  button.disabled = true;
  // the same key for the same words: a second try after a lost answer sends nothing twice
  const key = (form.dataset.key ||= freshKey());
  const done = await api("POST", form.dataset.to, said, { key, say: (text) => complain(form, text) });
  button.disabled = false;
  if (!done) return;
  forgetDraft(form);
  form.reset();
  delete form.dataset.key;
  find("[data-problem]", form).hidden = true;
  form.closest("dialog").close();
  refresh("#messages");
  refresh("#filters");
}

// in the dialog: the corner of the page lies under it
function complain(form, text) {
  const box = find("[data-problem]", form);
  box.textContent = text;
  box.hidden = false;
}

function changed(form, field) {
  delete form.dataset.key;
  find("[data-problem]", form).hidden = true;
  if (field.name === "coordinates") field.setCustomValidity("");
}

function forgetDraft(form) {
  const { text } = composer().elements;
  if (form.elements.text?.value !== text.value) return;
  text.value = "";
  text.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("click", (event) => {
  const wanted = event.target.closest("[data-ask-for]");
  if (wanted) {
    wanted.closest(".menu")?.removeAttribute("open");
    ask(wanted.dataset.askFor);
  }
  const box = event.target.closest("dialog[id^=ask-]");
  if (box && (event.target === box || event.target.closest("[data-close]"))) box.close();
});
document.addEventListener("submit", (event) => {
  if (!event.target.dataset.asked) return;
  event.preventDefault();
  send(event.target);
});
document.addEventListener("input", (event) => event.target.form?.dataset.asked && changed(event.target.form, event.target));
