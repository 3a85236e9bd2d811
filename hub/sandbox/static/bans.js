"use strict";

// --- bans: whom, what, and how they end. Uses `post` of sandbox.js and `element` of bubbles.js

const RATINGS = ["HIGH", "MEDIUM", "LOW"];
const banTarget = document.getElementById("ban-target");
const banButtons = document.getElementById("ban-buttons");
const banProblem = document.getElementById("ban-problem");
let banLevels = {};
let banRows = [];

async function order(path, body) {
  try {
    await post(path, body);
    banProblem.textContent = "";
  } catch (error) {
    banProblem.textContent = error.message;
  }
}

function banButton(words, name, click) {
  const button = element("button", "", words);
  button.type = "button";
  button.dataset.ban = name;
  button.addEventListener("click", click);
  return button;
}

function chosenBan() {
  return banRows[Number(banTarget.value)] || banRows[0];
}

function orderBan(row, level) {
  const forbids = [...document.querySelectorAll("[name=forbids]:checked")].map((box) => box.value);
  const seconds = Number(document.getElementById("ban-seconds").value) || 0;
  const person = row.reach === "recipient" ? phones.get(row.channel).dataset.person : undefined;
  const narrowed = level === "restricted" ? { forbids } : {};
  order("/control/bans", { channel: row.channel, reach: row.reach, to: row.to, level, person, seconds, ...narrowed });
}

function drawBanButtons() {
  const row = chosenBan();
  if (!row) return;
  const levels = Object.entries(banLevels[row.channel]).filter(([, reaches]) => reaches.includes(row.reach));
  const buttons = levels.map(([level]) => banButton(level.replace("_", " "), level, () => orderBan(row, level)));
  if (row.channel === "whatsapp" && row.reach === "sender") {
    buttons.push(...RATINGS.map((rating) => banButton(`quality ${rating}`, rating, () => order("/control/quality", { to: row.to, rating }))));
  }
  banButtons.replaceChildren(...buttons);
}

function drawBanTargets(rows, levels) {
  const known = JSON.stringify([rows, levels]);
  if (banTarget.dataset.known === known) return;
  const chosen = chosenBan();
  banTarget.dataset.known = known;
  banLevels = levels;
  banRows = rows;
  banTarget.replaceChildren(...rows.map((row, number) => {
    const option = element("option", "", `${row.channel} · ${row.reach.replace("_", " ")} · ${row.label}`);
    option.value = String(number);
    return option;
  }));
  const again = chosen ? rows.findIndex((row) => row.channel === chosen.channel && row.reach === chosen.reach && row.to === chosen.to) : 0;
  banTarget.value = String(Math.max(again, 0));
  drawBanButtons();
}

function drawBan(ban) {
  const row = element("tr");
  const state = element("td");
  const word = ban.in_force ? "in force" : "over";
  state.append(element("span", `state ${ban.in_force ? "refused" : "acknowledged"}`, word));
  const ways = element("td");
  if (ban.in_force) {
    ways.append(
      banButton("Lift", "lift", () => order(`/control/bans/${ban.id}/lift`, {})),
      banButton("Appeal: accept", "accepted", () => order(`/control/bans/${ban.id}/appeal`, { outcome: "accepted" })),
      banButton("Appeal: decline", "declined", () => order(`/control/bans/${ban.id}/appeal`, { outcome: "declined" })),
    );
  }
  const appeal = ban.appeal ? `${ban.appeal.outcome}${ban.appeal.heard ? "" : " soon"}` : "";
  row.append(
    element("td", "", ban.channel), element("td", "", ban.level.replace("_", " ")), element("td", "", ban.reach.replace("_", " ")),
    element("td", "", ban.person || ban.target), state, element("td", "", appeal), ways,
  );
  return row;
}

function drawBans(view) {
  drawBanTargets(view.ban_targets, view.ban_levels);
  document.getElementById("bans").replaceChildren(...view.bans.map(drawBan));
  const codes = view.codes.map((sent) => `${sent.number}: ${sent.code} by ${sent.method}`);
  document.getElementById("codes").textContent = codes.length ? `One-time codes on their way: ${codes.join("; ")}` : "";
}

banTarget.addEventListener("change", drawBanButtons);
