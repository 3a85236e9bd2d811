// A list from a file is put where it could be typed, so that it is seen before it is entered.
import { find } from "./page.js";

document.addEventListener("change", async (event) => {
  const input = event.target.closest("input[type=file][data-into]");
  if (!input?.files.length) return;
  find(`#${input.dataset.into}`).value = await input.files[0].text();
});
