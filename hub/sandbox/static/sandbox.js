"use strict";

const TICKS = { queued: "…", sending: "…", sent: "✓", delivered: "✓✓", read: "✓✓", failed: "✗" };
const NO_ANSWER = { connect: "no connection", read: "no answer" };
const phones = new Map([...document.querySelectorAll(".phone")].map((phone) => [phone.dataset.channel, phone]));

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
}

async function post(path, body, method = "POST") {
  const answer = await fetch(path, { method, headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error((await answer.json()).detail || answer.statusText);
  return answer.json();
}

// --- phones

function drawBubble(bubble) {
  const own = bubble.sender === "customer";
  const item = element("li", `bubble${own ? " own" : ""}${bubble.status === "failed" ? " failed" : ""}`);
  if (bubble.extra && bubble.extra.subject) item.append(element("span", "subject", bubble.extra.subject));
  item.append(bubble.text);
  const foot = element("small", "", `${clock(bubble.at).slice(0, 5)} `);
  const tick = element("span", bubble.status === "read" ? "read-tick" : "", TICKS[bubble.status] || "");
  tick.title = bubble.status;
  foot.append(tick, own ? "" : ` ${bubble.status}`);
  item.append(foot);
  return item;
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
  const thread = phone.querySelector(".thread");
  const drawn = JSON.stringify(view.bubbles);
  if (thread.dataset.drawn === drawn) return;
  thread.dataset.drawn = drawn;
  thread.replaceChildren(...view.bubbles.map(drawBubble));
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
  document.getElementById("waiting").textContent = waiting.length ? `Still to happen: ${waiting.join("; ")}` : "";
}

const link = document.getElementById("link");
const stream = new EventSource("/events");
stream.onopen = () => { link.textContent = "live"; link.className = "link live"; };
stream.onerror = () => { link.textContent = "connection lost, trying again"; link.className = "link"; };
stream.onmessage = (event) => draw(JSON.parse(event.data));
