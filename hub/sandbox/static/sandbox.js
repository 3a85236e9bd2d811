"use strict";

const TICKS = { queued: "…", sending: "…", sent: "✓", delivered: "✓✓", read: "✓✓", failed: "✗" };
const NO_ANSWER = { connect: "no connection", read: "no answer" };
const phones = new Map([...document.querySelectorAll(".phone")].map((phone) => [phone.dataset.channel, phone]));

function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
}

async function post(path, body, method = "POST") {
  const answer = await fetch(path, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error((await answer.json()).detail || answer.statusText);
  return answer.json();
}

// --- phones

async function act(phone, path, body) {
  try {
    await post(path, { channel: phone.dataset.channel, person: phone.dataset.person, ...body });
    complain(phone, "");
  } catch (error) {
    complain(phone, error.message);
  }
}

function drawBubble(phone, can, bubble) {
  const own = bubble.sender === "customer";
  const item = element("li", `bubble${own ? " own" : ""}${bubble.status === "failed" ? " failed" : ""}${bubble.deleted ? " deleted" : ""}`);
  item.dataset.id = bubble.id;
  if (bubble.extra && bubble.extra.subject) item.append(element("span", "subject", bubble.extra.subject));
  if (bubble.reply_to) item.append(element("span", "answers", `↩ ${phone.words.get(bubble.reply_to) || bubble.reply_to}`));
  if (bubble.deleted) item.append(element("em", "", "taken back"));
  else item.append(...drawParts(bubble, (option) => act(phone, "/control/customer/send", { press: { ...option, message_id: bubble.id } })));
  item.append(drawFoot(phone, can, bubble, own));
  const reactions = drawReactions(bubble);
  if (reactions) item.append(reactions);
  return item;
}

function drawFoot(phone, can, bubble, own) {
  const foot = element("small", "", `${clock(bubble.at).slice(0, 5)}${bubble.edited ? " edited" : ""} `);
  const tick = element("span", bubble.status === "read" ? "read-tick" : "", TICKS[bubble.status] || "");
  tick.title = bubble.status;
  foot.append(tick, own ? "" : ` ${bubble.status}`);
  if (bubble.deleted) return foot;
  if (can.reacts && !own) foot.append(drawPicker(bubble, (emoji) => act(phone, "/control/customer/react", { message_id: bubble.id, emoji })));
  if (own && can.edits && bubble.text) foot.append(wordButton("edit", () => editBubble(phone, bubble)));
  if (own && can.deletes) foot.append(wordButton("take back", () => act(phone, "/control/customer/delete", { message_id: bubble.id })));
  return foot;
}

function wordButton(words, click) {
  const button = element("button", "link-button", words);
  button.type = "button";
  button.addEventListener("click", click);
  return button;
}

function editBubble(phone, bubble) {
  const text = window.prompt("New text", bubble.text);
  if (text && text !== bubble.text) act(phone, "/control/customer/edit", { message_id: bubble.id, text });
}

// --- what a phone can send besides text; a piece that it cannot say gets no button

const SENDABLE = [
  ["image", "Photo", { media: [{ kind: "image" }] }],
  ["album", "Album", { media: [{ kind: "image" }, { kind: "image" }, { kind: "image" }], album: true }],
  ["video", "Video", { media: [{ kind: "video" }] }],
  ["voice", "Voice", { media: [{ kind: "voice" }] }],
  ["audio", "Audio", { media: [{ kind: "audio" }] }],
  ["file", "File", { media: [{ kind: "file" }] }],
  ["sticker", "Sticker", { media: [{ kind: "sticker" }] }],
  ["location", "Location", { location: { latitude: 52.51627, longitude: 13.37770, name: "Brandenburg Gate", address: "Pariser Platz, Berlin" } }],
  ["contact", "Contact", { contact: { name: "Paula Example", phone: "+49305550100" } }],
];

function drawAttach(phone, can) {
  const known = JSON.stringify(can.says);
  const row = phone.querySelector(".attach");
  if (row.dataset.known === known) return;
  row.dataset.known = known;
  row.replaceChildren(...SENDABLE.filter(([piece]) => can.says.includes(piece)).map(([piece, label, body]) => {
    const button = element("button", "", label);
    button.type = "button";
    button.dataset.piece = piece;
    button.addEventListener("click", () => {
      const field = phone.querySelector("textarea");
      const text = body.media ? field.value.trim() : "";
      act(phone, "/control/customer/send", { ...body, text, to: phone.querySelector(".to select").value });
      if (text) field.value = "";
    });
    return button;
  }));
}

function drawDestinations(phone, places, automaticTo) {
  const select = phone.querySelector(".to select");
  const known = JSON.stringify([places, automaticTo]);
  if (select.dataset.known === known) return;
  const chosen = select.value;
  select.dataset.known = known;
  const automatic = element("option", "", `Automatic: ${automaticTo}`);
  automatic.value = "";
  select.replaceChildren(automatic, ...places.map((place) => {
    const option = element("option", "", `${place.name}${place.connected ? " · connected" : ""}`);
    option.value = place.to;
    return option;
  }));
  select.value = chosen;
}

function drawPhone(phone, view) {
  drawDestinations(phone, view.destinations, view.automatic);
  drawAttach(phone, view.can);
  const thread = phone.querySelector(".thread");
  const drawn = JSON.stringify(view.bubbles);
  if (thread.dataset.drawn === drawn) return;
  thread.dataset.drawn = drawn;
  phone.words = new Map(view.bubbles.map((bubble) => [bubble.id, bubble.text || "a file"]));
  thread.replaceChildren(...view.bubbles.map((bubble) => drawBubble(phone, view.can, bubble)));
  thread.scrollTop = thread.scrollHeight;
}

function complain(phone, text) {
  phone.querySelector(".problem")?.remove();
  if (text) phone.querySelector("form").before(element("p", "problem", text));
}

async function write(phone) {
  const field = phone.querySelector("textarea");
  const text = field.value.trim();
  if (!text) return;
  const { channel, person } = phone.dataset;
  try {
    await post("/control/customer/send", { channel, person, text, to: phone.querySelector("select").value });
    field.value = "";
    complain(phone, "");
  } catch (error) {
    complain(phone, error.message);
  }
}

for (const phone of phones.values()) {
  phone.querySelector("form").addEventListener("submit", (event) => { event.preventDefault(); write(phone); });
  phone.querySelector("textarea").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); write(phone); }
  });
}

// --- faults and webhooks

for (const button of document.querySelectorAll("[data-fault]")) {
  button.addEventListener("click", () => post("/control/faults", {
    provider: document.getElementById("provider").value,
    op: button.dataset.op,
    fault: button.dataset.fault,
    times: Number(document.getElementById("times").value) || 1,
  }));
}
document.getElementById("clear").addEventListener("click", () => post("/control/faults", {}, "DELETE"));

function drawWebhook(webhook) {
  const row = element("tr");
  const state = element("td");
  state.append(element("span", `state ${webhook.state}`, webhook.state));
  const answers = webhook.attempts.slice(-6).map((attempt) => NO_ANSWER[attempt[1]] || attempt[1]).join(", ");
  row.append(
    element("td", "", clock(webhook.created)), element("td", "", webhook.channel), element("td", "", webhook.what),
    state, element("td", "", webhook.tries), element("td", "", answers),
  );
  return row;
}

function draw(view) {
  for (const [channel, phone] of phones) drawPhone(phone, view.phones[channel]);
  document.getElementById("webhooks").replaceChildren(...view.webhooks.map(drawWebhook));
  const counted = Object.entries(view.counters).map(([name, count]) => `${count} ${name}`);
  document.getElementById("counters").textContent = counted.join(" · ");
  const waiting = view.faults.map((fault) => `${fault.times} × ${fault.fault} on ${fault.op}, ${fault.provider}`);
  drawBans(view);
  document.getElementById("waiting").textContent = waiting.length ? `Still to happen: ${waiting.join("; ")}` : "";
}

const link = document.getElementById("link");
const stream = new EventSource("/events");
stream.onopen = () => { link.textContent = "live"; link.className = "link live"; };
stream.onerror = () => { link.textContent = "connection lost, trying again"; link.className = "link"; };
stream.onmessage = (event) => draw(JSON.parse(event.data));
