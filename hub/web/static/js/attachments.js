// Files in the composer: chosen, pasted or dropped; checked against the channel's limits, uploaded at once, shown as
// they are, and removable until they are sent.
import { element, find, freshKey, icon, reasonOf, sizeOf, t, toast } from "./page.js";
import { composer, rulesOf, showMode } from "./composer.js";

const PREVIEW = 48;
const KINDS = [[/^image\//, "image"], [/^video\//, "video"], [/^audio\//, "audio"]];
const matches = (types, type) => types.length === 0 || types.some((each) => each === type || (each.endsWith("/*") && type.startsWith(each.slice(0, -1))));

// What speaks against a file, in words; "" when nothing does. A kind without its own rule goes as a plain file.
function objection(file, rules) {
  if (file.size === 0) return t("The file is empty.");
  if (file.size > rules.upload) return t("The file has {size}; the hub takes at most {most}.", { size: sizeOf(file.size), most: sizeOf(rules.upload) });
  const own = KINDS.find(([pattern]) => pattern.test(file.type))?.[1];
  const fitting = [rules.media[own], rules.media.file].filter((rule) => rule && matches(rule.types, file.type));
  if (fitting.length === 0) return t("This channel does not take files of the type {type}.", { type: file.type || t("unknown") });
  const most = Math.max(...fitting.map((rule) => rule.most));
  return file.size > most ? t("The file has {size}; this channel takes at most {most}.", { size: sizeOf(file.size), most: sizeOf(most) }) : "";
}

export function addFiles(files) {
  const form = composer();
  if (!form || form.dataset.editing || files.length === 0) return;
  if (!find("#attach", form)) return toast(t("This channel takes no files."));
  if (find("#attach", form).disabled) return toast(t("Files can be attached to answers only, and while they may be sent."));
  for (const file of files) add(form, file);
  showMode();
}

function add(form, file) {
  const refused = objection(file, rulesOf(form));
  const note = element("small", { textContent: refused || `${sizeOf(file.size)} · ${t("Uploading…")}` });
  const remove = element("button", { type: "button", className: "icon-button" }, icon("close"));
  remove.setAttribute("aria-label", t("Remove {name}", { name: file.name }));
  const item = element("li", { className: refused ? "refused" : "uploading" }, preview(file), element("span", {}, element("strong", { textContent: file.name }), note), remove);
  const stop = new AbortController();
  remove.addEventListener("click", () => {
    stop.abort();
    item.remove();
    showMode();
    find("#text").focus();
  });
  find("#tray", form).append(item);
  if (!refused) upload(form, file, item, note, stop.signal);
}

async function upload(form, file, item, note, signal) {
  const body = new FormData();
  body.append("file", file, file.name);
  const headers = { "X-CSRF-Token": form.elements.csrf_token.value, "Idempotency-Key": freshKey() };
  const answer = await fetch("/api/v1/uploads", { method: "POST", headers, body, signal }).catch(() => null);
  if (signal.aborted) return;
  item.className = answer?.ok ? "ready" : "refused";
  note.textContent = answer?.ok ? sizeOf(file.size) : answer ? await reasonOf(answer) : t("The upload broke off. Remove the file and try again.");
  if (answer?.ok) item.append(element("input", { type: "hidden", name: "attachment", value: (await answer.json()).id }));
  showMode();
}

// drawn on a canvas: the page's policy allows no picture from anywhere but the hub
function preview(file) {
  if (!file.type.startsWith("image/")) return icon(file.type.startsWith("audio/") ? "music" : "file");
  const canvas = element("canvas", { width: PREVIEW * 2, height: PREVIEW * 2 });
  canvas.setAttribute("aria-hidden", "true");
  createImageBitmap(file).then((image) => {
    const side = Math.min(image.width, image.height);
    const [left, top] = [(image.width - side) / 2, (image.height - side) / 2];
    canvas.getContext("2d").drawImage(image, left, top, side, side, 0, 0, canvas.width, canvas.height);
  }).catch(() => canvas.replaceWith(icon("file")));
  return canvas;
}

document.addEventListener("click", (event) => event.target.closest("#attach") && find("#files").click());

document.addEventListener("change", (event) => {
  if (event.target.id !== "files") return;
  addFiles([...event.target.files]);
  event.target.value = "";
});

document.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (files.length === 0 || !event.target.closest("#composer")) return;
  event.preventDefault();
  addFiles(files);
});

// --- dropping: anywhere on the open conversation ------------------------------------------------------

const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
const show = (on) => composer()?.classList.toggle("dropping", on);

document.addEventListener("dragover", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault(); // else the browser would leave the page for the file
  show(Boolean(event.target.closest?.("#thread")));
});
document.addEventListener("dragleave", (event) => event.relatedTarget === null && show(false));
document.addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  show(false);
  if (event.target.closest("#thread")) addFiles([...event.dataTransfer.files]);
});

document.addEventListener("hub:sent", () => find("#tray")?.replaceChildren());
