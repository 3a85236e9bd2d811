// The page of a ban: asked for anew when the stream tells of it; what the reader opened or typed stays.
import { find, refresh, t } from "./page.js";

const box = find("#case");

if (box) {
  const stream = new EventSource("/api/v1/stream");
  for (const kind of ["ban", "reset"]) stream.addEventListener(kind, () => refresh("#case"));
  // what happened between rendering and listening
  stream.addEventListener("open", () => {
    document.body.dataset.live = "yes";
    refresh("#case");
  });
  addEventListener("pagehide", () => stream.close());
}

Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) => !(name === "open" && node.tagName === "DETAILS");
Idiomorph.defaults.callbacks.beforeNodeMorphed = (node) => !(/^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName) && node.type !== "hidden");

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const text = find(`#${button.dataset.copy}`);
  try {
    await navigator.clipboard.writeText(text.textContent);
  } catch {
    // without https the browser gives no clipboard: what is chosen can be copied by the keyboard
    getSelection().selectAllChildren(text);
    return;
  }
  button.lastChild.textContent = t("Copied");
});
