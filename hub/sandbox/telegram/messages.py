"""Messages as the Bot API shows them, in both directions."""

import json
from typing import Any

from hub.sandbox.files import StoredFile
from hub.sandbox.threads import Bubble
from hub.sandbox.world import Bot, JsonObject, World

# the hub's word for a file -> the field of a message it stands in
FIELDS = {
    "image": "photo",
    "video": "video",
    "video_note": "video_note",
    "animation": "animation",
    "audio": "audio",
    "voice": "voice",
    "sticker": "sticker",
    "file": "document",
}
_SMALL = "-s"
"""What the id of a picture's small size ends with."""


def user(bot: Bot) -> JsonObject:
    """Return a bot as the Bot API shows it."""
    return {"id": bot.id, "is_bot": True, "first_name": bot.name, "username": bot.username}


def person(world: World, address: str) -> JsonObject:
    """Return id and names of a customer."""
    first, _, last = world.people.name("telegram", address).partition(" ")
    return {"id": int(address), "first_name": first} | ({"last_name": last} if last else {})


def private_chat(world: World, address: str) -> JsonObject:
    return person(world, address) | {"type": "private"}


def customer(world: World, address: str) -> JsonObject:
    return person(world, address) | {"is_bot": False, "language_code": "en"}


def of_bubble(world: World, bot: Bot, bubble: Bubble) -> JsonObject:
    """Return the message a bubble stands for, as it was when it was made."""
    kept = (bubble.extra or {}).get("raw")
    if kept:
        found: JsonObject = json.loads(kept)
        return found
    author = customer(world, bubble.address) if bubble.sender == "customer" else user(bot)
    return {
        "message_id": number_of(bubble),
        "from": author,
        "chat": private_chat(world, bubble.address),
        "date": int(bubble.at),
        "text": bubble.text,
    }


def number_of(bubble: Bubble) -> int:
    return int(bubble.id.rpartition(":")[2])


def bubble_id(bot: Bot, address: str | int, message_id: int) -> str:
    """Return the id this sandbox names a message by: bot, chat, number."""
    return f"{bot.id}:{address}:{message_id}"


# --- contents -------------------------------------------------------------------------------------------


def file_field(stored: StoredFile) -> JsonObject:
    """Return the field of a message that shows a file; an animation shows as a document too."""
    field = FIELDS.get(stored.kind, "document")
    found = {field: _shapes(stored)[field]}
    return found | ({"document": _document(stored)} if field == "animation" else {})


def _shapes(stored: StoredFile) -> JsonObject:
    base, typed = _named(stored), {"mime_type": stored.content_type}
    size = {"width": stored.width or 640, "height": stored.height or 480}
    length = {"duration": stored.duration or 1}
    return {
        "photo": [_small(stored), base | size],
        "video": base | size | length | typed | {"file_name": stored.name},
        "video_note": base | length | {"length": stored.width or 240},
        "animation": base | size | length | typed | {"file_name": stored.name},
        "audio": base | length | typed | {"file_name": stored.name},
        "voice": base | length | typed,
        "sticker": base | size | _sticker(stored),
        "document": _document(stored),
    }


def _named(stored: StoredFile) -> JsonObject:
    return {"file_id": stored.id, "file_unique_id": stored.id[:16], "file_size": stored.size}


def _small(stored: StoredFile) -> JsonObject:
    names = {"file_id": stored.id + _SMALL, "file_unique_id": stored.id[16:]}
    return names | {"width": 90, "height": 68, "file_size": min(stored.size, 900)}


def _document(stored: StoredFile) -> JsonObject:
    return _named(stored) | {"file_name": stored.name, "mime_type": stored.content_type}


def _sticker(stored: StoredFile) -> JsonObject:
    animated, video = stored.name.endswith(".tgs"), stored.content_type.startswith("video/")
    return {"type": "regular", "is_animated": animated, "is_video": video, "emoji": "👍", "set_name": "sandbox_pack"}


def find_file(world: World, file_id: Any) -> StoredFile | None:
    return world.files.find(str(file_id or "").removesuffix(_SMALL))


def location_field(given: JsonObject) -> JsonObject:
    """Return location or venue of `{"latitude", "longitude", "name", "address", "live"}`."""
    place: JsonObject = {"latitude": given["latitude"], "longitude": given["longitude"]}
    if given.get("live"):
        place |= {"live_period": 900, "horizontal_accuracy": 12.5}
    if given.get("name") or given.get("address"):
        # a venue comes with its location beside it
        return {
            "location": place,
            "venue": {"location": place, "title": given["name"] or given["address"], "address": given["address"]},
        }
    return {"location": place}


def contact_field(given: JsonObject, address: str) -> JsonObject:
    """Return contact of `{"name", "phone", "own"}`."""
    first, _, last = given["name"].partition(" ")
    card: JsonObject = {"phone_number": given["phone"], "first_name": first} | ({"last_name": last} if last else {})
    return {"contact": card | ({"user_id": int(address)} if given.get("own") else {})}
