"""What customers write on Telegram, and the updates it makes."""

import json
from collections.abc import Iterator
from time import time

from hub.sandbox.files import StoredFile
from hub.sandbox.telegram import messages
from hub.sandbox.threads import new_bubble
from hub.sandbox.webhook import Webhook, webhook_id
from hub.sandbox.world import Bot, JsonObject, World
from hub.sandbox.written import Written

_UPDATES_KEPT = 10_000
_QUERIES_KEPT = 1_000
_NOT_BY_DEFAULT = ("chat_member", "message_reaction", "message_reaction_count")


def find_bot(world: World, name: str) -> Bot:
    """Return a bot by token or id. Raises KeyError."""
    return next(bot for bot in world.bots.values() if name in {bot.token, str(bot.id)})


def customer_writes(world: World, bot: Bot, written: Written) -> list[str]:
    """A customer writes to a bot. Returns the messages' ids as this sandbox names them (bot, chat, number)."""
    bot.chats[written.address] = "open"
    if written.press:
        return [_press(world, bot, written)]
    return [_message(world, bot, written, files, fields) for files, fields in _contents(world, written)]


def _contents(world: World, written: Written) -> Iterator[tuple[tuple[StoredFile, ...], list[JsonObject]]]:
    """Yield one bubble's files and the fields of its messages at a time: an album is one bubble of many messages."""
    words = f"/start {written.ref}" if written.ref else written.text
    if written.media:
        yield from _with_files(world, written, words)
    elif words:
        yield (), [{"text": words} | _entities(words)]
    if written.location:
        yield (), [messages.location_field(written.location)]
    if written.contact:
        yield (), [messages.contact_field(written.contact, written.address)]


def _with_files(
    world: World, written: Written, words: str
) -> Iterator[tuple[tuple[StoredFile, ...], list[JsonObject]]]:
    fields = [messages.file_field(each) for each in written.media]
    if words:
        fields[0]["caption"] = words
    if written.album and len(fields) > 1:
        group = {"media_group_id": str(world.next_id("telegram album"))}
        yield written.media, [each | group for each in fields]
        return
    for stored, each in zip(written.media, fields, strict=True):
        yield (stored,), [each]


def _entities(text: str) -> JsonObject:
    if not text.startswith("/"):
        return {}
    length = len(text.split(maxsplit=1)[0])
    return {"entities": [{"type": "bot_command", "offset": 0, "length": length}]}


def _message(
    world: World, bot: Bot, written: Written, files: tuple[StoredFile, ...], contents: list[JsonObject]
) -> str:
    made = [_one(world, bot, written) | content for content in contents]
    first = made[0]
    name = messages.bubble_id(bot, written.address, first["message_id"])
    bubble = new_bubble("telegram", written.address, str(bot.id), "customer", _words(first), name)
    bubble.parts = [each.as_part() for each in files]
    if "location" in first and written.location:
        bubble.parts.append({"type": "location"} | written.location)
    if "contact" in first and written.contact:
        bubble.parts.append({"type": "contact"} | written.contact)
    if set(first) - {"message_id", "from", "chat", "date", "text"}:
        bubble.extra = {"raw": json.dumps(first)}
    bubble.also = [f"{written.address}:{each['message_id']}" for each in made[1:]]
    bubble.reply_to = written.answered.public_id if written.answered else ""
    world.threads.add(bubble)
    for each in made:
        announce(world, bot, "message", each)
    return bubble.id


def _words(message: JsonObject) -> str:
    return str(message.get("text") or message.get("caption") or "")


def _one(world: World, bot: Bot, written: Written) -> JsonObject:
    message: JsonObject = {
        "message_id": world.next_id(f"telegram {bot.id}"),
        "from": messages.customer(world, written.address),
        "chat": messages.private_chat(world, written.address),
        "date": int(time()),
    }
    if written.answered:
        message["reply_to_message"] = messages.of_bubble(world, bot, written.answered)
    if written.quote:
        message["quote"] = {"text": written.quote, "position": 0, "is_manual": True}
    if written.forwarded:
        origin = {"type": "hidden_user", "date": int(time()) - 3600, "sender_user_name": written.forwarded}
        message["forward_origin"] = origin
    return message


def _press(world: World, bot: Bot, written: Written) -> str:
    """A press makes no bubble: the phone shows nothing but the button's flash."""
    press = written.press or {}
    query_id = str(world.next_id("callback query") * 1_000_003)
    bot.queries = [*bot.queries, query_id][-_QUERIES_KEPT:]
    query: JsonObject = {
        "id": query_id,
        "from": messages.customer(world, written.address),
        "chat_instance": "-77001",
        "data": press["payload"],
    }
    if written.pressed:
        query["message"] = messages.of_bubble(world, bot, written.pressed) | _keyboard(written.pressed.parts)
    announce(world, bot, "callback_query", query, written.address)
    return f"{bot.id}:callback:{query_id}"


def _keyboard(parts: list[JsonObject]) -> JsonObject:
    rows = [
        [{"text": option["label"], "callback_data": option["payload"]}]
        for part in parts
        if part["type"] == "buttons"
        for option in part["options"]
    ]
    return {"reply_markup": {"inline_keyboard": rows}} if rows else {}


def announce(world: World, bot: Bot, what: str, content: JsonObject, address: str = "") -> None:
    """Tell the hub of one update, unless it did not ask for that kind."""
    wanted = what in bot.allowed if bot.allowed else what not in _NOT_BY_DEFAULT
    if wanted:
        update = {"update_id": world.next_id(f"update {bot.id}"), what: content}
        hand_over(world, bot, update, address or str(content["chat"]["id"]))


def take_back(world: World, bot: Bot) -> list[JsonObject]:
    """Collect every update that was not acknowledged, oldest first."""
    queued = [json.loads(hook.body) for hook in world.queue.withdraw(f"telegram:{bot.token}")]
    waiting, bot.updates = bot.updates + queued, []
    return sorted(waiting, key=lambda update: int(update["update_id"]))


def hand_over(world: World, bot: Bot, update: JsonObject, chat: str = "") -> None:
    """Queue an update for the webhook, or keep it for getUpdates."""
    if not bot.url:
        bot.updates = [*bot.updates, update][-_UPDATES_KEPT:]
        return
    what, content = next((name, value) for name, value in update.items() if name != "update_id")
    address = chat or str(content.get("chat", content.get("from", {})).get("id"))
    world.queue.put(
        Webhook(
            id=webhook_id(),
            channel="telegram",
            what="message" if what == "message" else "change",
            rule="telegram",
            lane=f"telegram:{bot.id}:{address}",
            target=f"telegram:{bot.token}",
            body=json.dumps(update),
            content_type="application/json",
            created=time(),
            due=0.0,
            message_id=f"{bot.id}:{address}:{content.get('message_id')}",
        )
    )
