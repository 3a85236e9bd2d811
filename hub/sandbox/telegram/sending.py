"""The Bot API's methods that send: text, files, albums, places, cards."""

import json
from collections.abc import Mapping
from typing import Any

from hub.sandbox.files import StoredFile
from hub.sandbox.telegram import messages
from hub.sandbox.telegram.refusing import Refused
from hub.sandbox.threads import Bubble, new_bubble
from hub.sandbox.world import Bot, JsonObject, World

_TEXT_LIMIT, _CAPTION_LIMIT, _DATA_LIMIT = 4096, 1024, 64
_MOST_BYTES, _MOST_PHOTO_BYTES = 50 << 20, 10 << 20
# method -> (its argument, the hub's word for the file)
FILES = {
    "sendphoto": ("photo", "image"),
    "sendvideo": ("video", "video"),
    "sendvideonote": ("video_note", "video_note"),
    "sendanimation": ("animation", "animation"),
    "sendaudio": ("audio", "audio"),
    "sendvoice": ("voice", "voice"),
    "sendsticker": ("sticker", "sticker"),
    "senddocument": ("document", "file"),
}
_OF_ALBUM = {"photo": "image", "video": "video", "audio": "audio", "document": "file"}


def structured(value: Any) -> Any:
    """Return a list or object; forms carry them as JSON text."""
    if isinstance(value, str):
        try:
            return json.loads(value)
        except ValueError:
            return None
    return value


def chat_of(bot: Bot, value: Any) -> int:
    """Return the chat that a call names. Raises Refused when nobody is there, or the customer blocked the bot."""
    if value is None or value == "":
        raise Refused(400, "chat_id is empty")
    chat = int(value) if str(value).lstrip("-").isdigit() else 0
    if str(chat) not in bot.chats:
        raise Refused(400, "chat not found")
    if bot.chats[str(chat)] == "blocked":
        raise Refused(403, "bot was blocked by the user")
    return chat


async def send_message(world: World, bot: Bot, arguments: JsonObject) -> JsonObject:
    text = str(arguments.get("text", ""))
    chat = chat_of(bot, arguments.get("chat_id"))
    if not text.strip():
        raise Refused(400, "message text is empty")
    if len(text) > _TEXT_LIMIT:
        raise Refused(400, "message is too long")
    return _put(world, bot, chat, text, [], arguments) | {"text": text}


async def send_file(world: World, bot: Bot, arguments: JsonObject, method: str) -> JsonObject:
    """Answer sendPhoto and its like: the file as bytes, or the id of one that is here already."""
    argument, kind = FILES[method]
    chat = chat_of(bot, arguments.get("chat_id"))
    stored = _file(world, arguments.get(argument), kind)
    caption = _caption(arguments.get("caption"))
    sent = _put(world, bot, chat, caption, [stored.as_part()], arguments)
    return sent | messages.file_field(stored) | ({"caption": caption} if caption else {})


def _file(world: World, given: Any, kind: str) -> StoredFile:
    stored = given if isinstance(given, StoredFile) else messages.find_file(world, given)
    if stored is None:
        if str(given).startswith(("http://", "https://")):
            raise Refused(400, "failed to get HTTP URL content")
        raise Refused(400, "wrong file identifier/HTTP URL specified" if given else "there is no file in the request")
    if stored.size > (_MOST_PHOTO_BYTES if kind == "image" else _MOST_BYTES):
        raise Refused(413)
    if not stored.body:
        raise Refused(400, "file must be non-empty")
    return world.files.recast(stored, kind)


def _caption(given: Any) -> str:
    caption = str(given or "")
    if len(caption) > _CAPTION_LIMIT:
        raise Refused(400, "message caption is too long")
    return caption


async def send_media_group(world: World, bot: Bot, arguments: JsonObject) -> list[JsonObject]:
    """An album becomes one bubble with several ids."""
    chat, items = chat_of(bot, arguments.get("chat_id")), structured(arguments.get("media"))
    if not isinstance(items, list) or not 2 <= len(items) <= 10:
        raise Refused(400, "group send requires between 2 and 10 media")
    kinds = {item.get("type") for item in items}
    if not kinds <= set(_OF_ALBUM) or (len(kinds) > 1 and not kinds <= {"photo", "video"}):
        raise Refused(400, "document can't be mixed with other media types")
    files = [_file(world, _attached(arguments, item), _OF_ALBUM[item["type"]]) for item in items]
    captions = [_caption(item.get("caption")) for item in items]
    group = {"media_group_id": str(world.next_id("telegram album"))}
    words = next(filter(None, captions), "")
    first = _put(world, bot, chat, words, [each.as_part() for each in files], arguments)
    bubble = world.threads.find(f"{chat}:{first['message_id']}", "telegram", str(chat))
    rest = [first | {"message_id": world.next_id(f"telegram {bot.id}")} for _ in files[1:]]
    if bubble:
        bubble.also = [f"{chat}:{each['message_id']}" for each in rest]
    return [
        message | messages.file_field(stored) | group | ({"caption": caption} if caption else {})
        for message, stored, caption in zip([first, *rest], files, captions, strict=True)
    ]


def _attached(arguments: JsonObject, item: Mapping[str, Any]) -> Any:
    named = str(item.get("media") or "")
    return arguments.get(named.removeprefix("attach://")) if named.startswith("attach://") else named


async def send_location(world: World, bot: Bot, arguments: JsonObject) -> JsonObject:
    place = _place(arguments)
    chat = chat_of(bot, arguments.get("chat_id"))
    sent = _put(world, bot, chat, "", [{"type": "location"} | place], arguments)
    return sent | messages.location_field(place)


def _place(arguments: JsonObject) -> JsonObject:
    try:
        latitude, longitude = float(arguments["latitude"]), float(arguments["longitude"])
    except (KeyError, TypeError, ValueError):
        raise Refused(400, "wrong latitude or longitude specified") from None
    words = {"name": str(arguments.get("title") or ""), "address": str(arguments.get("address") or "")}
    return {"latitude": latitude, "longitude": longitude, **words, "live": False}


async def send_contact(world: World, bot: Bot, arguments: JsonObject) -> JsonObject:
    chat = chat_of(bot, arguments.get("chat_id"))
    phone, first = arguments.get("phone_number"), arguments.get("first_name")
    if not phone or not first:
        raise Refused(400, "contact must have phone_number and first_name")
    name = " ".join(filter(None, (str(first), str(arguments.get("last_name") or ""))))
    card = {"name": name, "phone": str(phone), "own": False}
    sent = _put(world, bot, chat, "", [{"type": "contact"} | card], arguments)
    return sent | messages.contact_field(card, str(chat))


# --- the bubble -----------------------------------------------------------------------------------------


def _put(world: World, bot: Bot, chat: int, text: str, parts: list[JsonObject], arguments: JsonObject) -> JsonObject:
    """Put a message on the phone, and return what every answer holds."""
    answered = _answered(world, str(chat), structured(arguments.get("reply_parameters")))
    buttons = _buttons(structured(arguments.get("reply_markup")))
    message_id = world.next_id(f"telegram {bot.id}")
    name = messages.bubble_id(bot, chat, message_id)
    bubble = new_bubble("telegram", str(chat), str(bot.id), "hub", text, name)
    bubble.status = "delivered"
    bubble.extra = {"message_id": str(message_id)}
    bubble.parts = [*parts, *([{"type": "buttons", "options": buttons}] if buttons else [])]
    bubble.reply_to = answered.public_id if answered else ""
    world.threads.add(bubble)
    return {
        "message_id": message_id,
        "from": messages.user(bot),
        "chat": messages.private_chat(world, str(chat)),
        "date": int(bubble.at),
    }


def _answered(world: World, chat: str, reply: Any) -> Bubble | None:
    if not isinstance(reply, dict):
        return None
    found = world.threads.find(f"{chat}:{reply.get('message_id')}", "telegram", chat)
    if found is None and reply.get("allow_sending_without_reply") is not True:
        raise Refused(400, "message to be replied not found")
    return found


def _buttons(markup: Any) -> list[JsonObject]:
    rows = markup.get("inline_keyboard") or [] if isinstance(markup, dict) else []
    found = [button for row in rows for button in row]
    for button in found:
        if not 1 <= len(str(button.get("callback_data") or "x").encode()) <= _DATA_LIMIT:
            raise Refused(400, "BUTTON_DATA_INVALID")
    return [{"label": str(each.get("text")), "payload": str(each.get("callback_data") or "")} for each in found]
