"""What a customer is to write, read from the body of `POST /control/customer/send`: one shape for all platforms."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from hub.sandbox import samples
from hub.sandbox.files import StoredFile
from hub.sandbox.people import UnknownPerson
from hub.sandbox.threads import Bubble
from hub.sandbox.world import JsonObject, World

MEDIA_KINDS = ("image", "video", "video_note", "animation", "audio", "voice", "sticker", "contact_file", "file")
_MOST_MEDIA = 10
_MOST_BYTES = 64 << 20


class Refused(Exception):  # noqa: N818
    """The control API cannot do that; the text says why and what would."""

    def __init__(self, detail: str, status: int = 422) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status


@dataclass(frozen=True)
class Written:
    """One message to be written by a customer: everything looked up.

    media       files, kept in `world.files` already; `album`: they go together
    location    {"latitude", "longitude", "name", "address", "live"}
    contact     {"name", "phone", "own"}
    press       {"label", "payload"} of the button pressed; `pressed` is the bubble it stands on
    answered    the bubble this replies to; `quote` what of it is quoted
    forwarded   whose message it is, "" when the customer's own
    ref         start parameter of the link the customer came by
    """

    channel: str
    address: str
    to: str
    text: str
    subject: str = ""
    media: tuple[StoredFile, ...] = ()
    album: bool = False
    location: JsonObject | None = None
    contact: JsonObject | None = None
    press: JsonObject | None = None
    pressed: Bubble | None = None
    answered: Bubble | None = None
    quote: str = ""
    forwarded: str = ""
    ref: str = ""

    @property
    def pieces(self) -> tuple[str, ...]:
        """Name what the message holds: media kinds and fields, "text" when it has words."""
        named = {
            "text": self.text,
            "location": self.location,
            "contact": self.contact,
            "press": self.press,
            "reply": self.answered,
            "album": self.album,
            "forwarded": self.forwarded,
            "ref": self.ref,
        }
        return (*(name for name, value in named.items() if value), *(each.kind for each in self.media))

    @property
    def parts(self) -> list[JsonObject]:
        """Return what the customer's own phone shows of it."""
        found: list[JsonObject] = [each.as_part() for each in self.media]
        if self.location:
            found.append({"type": "location"} | self.location)
        if self.contact:
            found.append({"type": "contact"} | self.contact)
        if self.press:
            found.append({"type": "press"} | self.press)
        return found


def read(world: World, item: Any) -> Written:
    """Return what a body asks for, `to` only as given. Keeps its files. Raises Refused."""
    if not isinstance(item, dict):
        raise Refused("a message must be a JSON object")
    channel, address = person(world, item)
    press = _press(item.get("press"))
    pressed = _bubble(world, item, item["press"].get("message_id"), address) if press else None
    written = Written(
        channel,
        address,
        str(item.get("to") or (pressed.endpoint if pressed else "")),
        _text(item.get("text")),
        str(item.get("subject") or ""),
        _media(world, item.get("media") or ()),
        item.get("album") is True,
        _location(item.get("location")),
        _contact(item.get("contact")),
        press,
        pressed,
        _bubble(world, item, item.get("reply_to"), address),
        str(item.get("quote") or ""),
        str(item.get("forwarded") or ""),
        str(item.get("ref") or ""),
    )
    if not written.pieces:
        raise Refused("a message needs channel, person and text, or media, location, contact, press")
    return written


def person(world: World, item: JsonObject) -> tuple[str, str]:
    """Return channel and address of `{"channel", "person", "name"?}`, and remember the name. Raises Refused."""
    channel, named = item.get("channel"), item.get("person")
    if not isinstance(channel, str) or named is None:
        raise Refused("a message needs channel, person and text")
    try:
        address = world.people.address(channel, str(named))
    except UnknownPerson as error:
        raise Refused(str(error)) from None
    world.people.remember(channel, address, str(item.get("name") or ""))
    return channel, address


def _text(value: Any) -> str:
    if value is not None and not isinstance(value, str):
        raise Refused("text must be a string")
    return value or ""


def _bubble(world: World, item: JsonObject, message_id: Any, address: str) -> Bubble | None:
    if not message_id:
        return None
    found = world.threads.find(str(message_id), str(item["channel"]), address)
    if found is None:
        raise Refused(f"there is no message {message_id} on this phone", 404)
    return found


def _media(world: World, items: Any) -> tuple[StoredFile, ...]:
    if not isinstance(items, list | tuple) or len(items) > _MOST_MEDIA:
        raise Refused(f"media must be a list of at most {_MOST_MEDIA}")
    return tuple(_one_file(world, item, position) for position, item in enumerate(items))


def _one_file(world: World, item: Any, position: int) -> StoredFile:
    kind = item.get("kind") if isinstance(item, dict) else None
    if kind not in MEDIA_KINDS:
        raise Refused(f"a file's kind must be one of {', '.join(MEDIA_KINDS)}")
    sample = samples.sample(kind, position)
    name, content_type = str(item.get("name") or sample.name), str(item.get("content_type") or sample.content_type)
    size, given = item.get("size"), item.get("base64")
    if isinstance(size, int) and given is None:
        return world.files.keep(kind, name, content_type, b"", size)
    if given is None:
        return world.files.keep(
            kind, name, content_type, sample.body, width=sample.width, height=sample.height, duration=sample.duration
        )
    return world.files.keep(kind, name, content_type, _decoded(given))


def _decoded(given: Any) -> bytes:
    try:
        body = base64.b64decode(given, validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise Refused("a file's bytes must be base64") from None
    if not body or len(body) > _MOST_BYTES:
        raise Refused(f"a file needs 1 to {_MOST_BYTES} bytes")
    return body


def _location(given: Any) -> JsonObject | None:
    if not given:
        return None
    try:
        latitude, longitude = float(given["latitude"]), float(given["longitude"])
    except (TypeError, KeyError, ValueError):
        raise Refused("a location needs latitude and longitude") from None
    words = {name: str(given.get(name) or "") for name in ("name", "address")}
    return {"latitude": latitude, "longitude": longitude, **words, "live": given.get("live") is True}


def _contact(given: Any) -> JsonObject | None:
    if not given:
        return None
    if not isinstance(given, dict) or not given.get("name") or not given.get("phone"):
        raise Refused("a contact needs name and phone")
    return {"name": str(given["name"]), "phone": str(given["phone"]), "own": given.get("own") is True}


def _press(given: Any) -> JsonObject | None:
    if not given:
        return None
    if not isinstance(given, dict) or not given.get("label"):
        raise Refused("a press needs the label of the button, and its message_id and payload where it has them")
    return {"label": str(given["label"]), "payload": str(given.get("payload") or "")}
