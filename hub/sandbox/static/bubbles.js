"use strict";

// What a bubble shows besides its text: files, places, cards, buttons, reactions. Everything as text or by our own URLs.

const PLAYED = { audio: "audio", voice: "audio", video: "video", video_note: "video", animation: "video" };
const REACTIONS = ["👍", "❤", "😂", "😢", "🙏"];

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function fileLine(part) {
  const link = element("a", "file", `${part.name || part.type} · ${Math.max(1, Math.round((part.size || 0) / 1024))} kB`);
  link.href = `/control/files/${part.file}`;
  link.target = "_blank";
  return link;
}

function drawFile(part) {
  const source = `/control/files/${part.file}`;
  const type = part.content_type || "";
  if (["image", "sticker"].includes(part.type) && type.startsWith("image/")) {
    const image = element("img", `media ${part.type}`);
    image.src = source;
    image.alt = part.name || part.type;
    return image;
  }
  if (PLAYED[part.type]) {
    const player = element(PLAYED[part.type], `media ${part.type}`);
    player.src = source;
    player.controls = true;
    player.preload = "metadata";
    player.title = part.name || part.type;
    return player;
  }
  return fileLine(part);
}

function drawPlace(part) {
  const place = element("div", "place");
  place.append(element("strong", "", part.name || (part.live ? "Live location" : "Location")));
  if (part.address) place.append(element("span", "", part.address));
  place.append(element("span", "", `${Number(part.latitude).toFixed(5)}, ${Number(part.longitude).toFixed(5)}`));
  return place;
}

function drawCard(part) {
  const card = element("div", "card");
  card.append(element("strong", "", part.name), element("span", "", part.phone || (part.phones || []).join(", ")));
  return card;
}

function drawButtons(part, press) {
  const row = element("div", "options");
  for (const option of part.options || []) {
    const button = element("button", "", option.label);
    button.type = "button";
    button.addEventListener("click", () => press(option));
    row.append(button);
  }
  return row;
}

function drawPart(part) {
  switch (part.type) {
    case "location": return drawPlace(part);
    case "contact": return drawCard(part);
    case "press": return element("span", "pressed", `▸ ${part.label}`);
    default: return element("span", "other", part.name || part.text || part.type);
  }
}

function drawParts(bubble, press) {
  const files = bubble.parts.filter((part) => part.file);
  const rest = bubble.parts.filter((part) => !part.file);
  const offered = rest.filter((part) => part.type === "buttons");
  const album = element("div", files.length > 1 ? "album" : "");
  album.append(...files.map(drawFile));
  const above = rest.filter((part) => part.type !== "buttons").map(drawPart);
  return [...(files.length ? [album] : []), ...above, bubble.text, ...offered.map((part) => drawButtons(part, press))];
}

function drawReactions(bubble) {
  const shown = Object.entries(bubble.reactions).map(([whose, emoji]) => {
    const mark = element("span", "", emoji);
    mark.title = whose;
    return mark;
  });
  if (!shown.length) return null;
  const row = element("span", "reactions");
  row.append(...shown);
  return row;
}

function drawPicker(bubble, react) {
  const picker = element("span", "picker");
  for (const emoji of REACTIONS) {
    const chosen = bubble.reactions.customer === emoji;
    const button = element("button", chosen ? "chosen" : "", emoji);
    button.type = "button";
    button.title = chosen ? `Take ${emoji} back` : `React with ${emoji}`;
    button.addEventListener("click", () => react(chosen ? null : emoji));
    picker.append(button);
  }
  return picker;
}
