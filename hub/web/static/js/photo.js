// Choosing a photo uploads it and sends the form that makes it somebody's.
import { api, find } from "./page.js";

const file = find("#photo-file");

file?.addEventListener("change", upload);
if (file) upload(); // it may have been chosen before this was loaded

async function upload() {
  if (!file.files.length) return;
  const body = new FormData();
  body.append("file", file.files[0]);
  const answer = await api("POST", "/uploads", body);
  file.value = "";
  if (!answer) return;
  const form = find("#photo-form");
  find("[name=photo]", form).value = (await answer.json()).id;
  form.submit();
}
