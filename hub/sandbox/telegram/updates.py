"""What customers do on Telegram, and the updates it makes."""

import json
from time import time

from hub.sandbox.threads import new_bubble
from hub.sandbox.webhook import Webhook, webhook_id
from hub.sandbox.world import Bot, JsonObject, World

_UPDATES_KEPT = 10_000
_NOT_BY_DEFAULT = ("chat_member", "message_reaction", "message_reaction_count")


def user(bot: Bot) -> JsonObject:
    """Return a bot as the Bot API shows it."""
    return {"id": bot.id, "is_bot": True, "first_name": bot.name, "username": bot.username}


def find_bot(world: World, name: str) -> Bot:
    """Return a bot by token or id. Raises KeyError."""
    return next(bot for bot in world.bots.values() if name in {bot.token, str(bot.id)})


def customer_writes(world: World, bot: Bot, address: str, text: str) -> str:
    """A customer writes to a bot. Returns the message id as this sandbox names it (bot, chat, number)."""
    chat, message_id = int(address), world.next_id(f"telegram {bot.id}")
    bot.chats[address] = "open"
    name = world.people.name("telegram", address)
    bubble = new_bubble("telegram", address, str(bot.id), "customer", text, f"{bot.id}:{chat}:{message_id}")
    world.threads.add(bubble)
    message = {
        "message_id": message_id,
        "from": _person(chat, name) | {"is_bot": False, "language_code": "en"},
        "chat": _person(chat, name) | {"type": "private"},
        "date": int(bubble.at),
        "text": text,
    }
    _announce(world, bot, "message", message)
    return bubble.id


def customer_blocks(world: World, bot: Bot, address: str) -> None:
    """A customer blocks a bot."""
    chat = int(address)
    bot.chats[address] = "blocked"
    person = _person(chat, world.people.name("telegram", address))
    change = {
        "chat": person | {"type": "private"},
        "from": person | {"is_bot": False},
        "date": int(time()),
        "old_chat_member": {"user": user(bot), "status": "member"},
        "new_chat_member": {"user": user(bot), "status": "kicked", "until_date": 0},
    }
    _announce(world, bot, "my_chat_member", change)


def _person(chat: int, name: str) -> JsonObject:
    first, _, last = name.partition(" ")
    return {"id": chat, "first_name": first} | ({"last_name": last} if last else {})


def _announce(world: World, bot: Bot, what: str, content: JsonObject) -> None:
    wanted = what in bot.allowed if bot.allowed else what not in _NOT_BY_DEFAULT
    if wanted:
        hand_over(world, bot, {"update_id": world.next_id(f"update {bot.id}"), what: content})


def hand_over(world: World, bot: Bot, update: JsonObject) -> None:
    """Queue an update for the webhook, or keep it for getUpdates."""
    if not bot.url:
        bot.updates = [*bot.updates, update][-_UPDATES_KEPT:]
        return
    content = update.get("message") or update["my_chat_member"]
    chat = content["chat"]["id"]
    number = content.get("message_id")
    world.queue.put(
        Webhook(
            id=webhook_id(),
            channel="telegram",
            what="message" if number else "change",
            rule="telegram",
            lane=f"telegram:{bot.id}:{chat}",
            target=f"telegram:{bot.token}",
            body=json.dumps(update),
            content_type="application/json",
            created=time(),
            due=0.0,
            message_id=f"{bot.id}:{chat}:{number}",
        )
    )
