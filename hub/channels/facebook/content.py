"""What a Messenger message other than text says, in one line for the operator."""

from typing import Any

from hub.types import JsonObject, Part, Text, Unsupported

# attachment type -> what the operator reads, and the fields that tell most (providers.md B2)
_ATTACHMENTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "image": ("Sent a picture", ()),
    "video": ("Sent a video", ()),
    "audio": ("Sent a voice message", ()),
    "file": ("Sent a file", ()),
    "sticker": ("Sent a sticker", ()),
    "reel": ("Shared a reel", ("title",)),
    "ig_reel": ("Shared a reel", ("title",)),
    "fallback": ("Shared a link", ("title", "url")),
    "template": ("Sent a template", ("title",)),
    "location": ("Shared a location", ("title", "lat", "long")),
}
_UNKNOWN = "Sent something this hub does not know yet"


def parts_of(message: JsonObject) -> tuple[Part, ...]:
    """Return a message's parts: text, then one line an attachment. Never empty."""
    words = message.get("text")
    text: tuple[Part, ...] = (Text(words),) if isinstance(words, str) and words else ()
    if message.get("is_deleted"):
        return (Unsupported("is_deleted", "Took back a message"),)
    attachments = _without_doubled_stickers(message.get("attachments"))
    parts = (*text, *(_attachment(found) for found in attachments))
    return parts or (Unsupported("message", _UNKNOWN),)


def _without_doubled_stickers(value: Any) -> list[JsonObject]:
    """Until 2026-08-30 a sticker came as an image and as a sticker; afterwards only as a sticker (Meta changelog)."""
    found = [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
    if not any(one.get("type") == "sticker" for one in found):
        return found
    return [one for one in found if one.get("type") != "image" or "sticker_id" not in _payload(one)]


def _attachment(found: JsonObject) -> Unsupported:
    what = str(found.get("type"))
    summary, fields = _ATTACHMENTS.get(what, (_UNKNOWN, ()))
    told = {**_payload(found), **{name: found[name] for name in fields if isinstance(found.get(name), str)}}
    words = [str(told[name]) for name in fields if told.get(name)]
    return Unsupported(what, f"{summary}: {', '.join(words)}" if words else summary)


def _payload(found: JsonObject) -> JsonObject:
    payload = found.get("payload")
    if not isinstance(payload, dict):
        return {}
    coordinates = payload.get("coordinates")
    return {**payload, **coordinates} if isinstance(coordinates, dict) else payload
