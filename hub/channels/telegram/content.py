"""What a message holds, as parts. Whatever is not understood is one line for the operator."""

import re
from collections.abc import Callable, Iterator

from hub.channels.telegram import fields, media
from hub.channels.telegram.marks import marks
from hub.channels.telegram.origin import forwarded, quote
from hub.channels.telegram.rare import find_rare, unknown
from hub.types import ContactCard, JsonObject, Location, Part, Referral, Text

_START = re.compile(r"/start(?:@\w+)? ([A-Za-z0-9_-]{1,64})\s*")
"""What pressing Start on a link sends: `https://t.me/<bot>?start=<payload>` (providers.md A4)."""
_CARD_LINE = re.compile(r"^(?:item\d+\.)?(TEL|EMAIL)[^:\r\n]{0,200}:(?:tel:)?([^\r\n]{1,200})", re.MULTILINE)


def parts_of(message: JsonObject) -> tuple[Part, ...]:
    """Return a message's parts: where it comes from, its content, its words. Never empty. Raises WrongShape."""
    content = _content(message)
    said = tuple(_words(message))
    if content is None and not said:
        content = unknown(message)
    return tuple(part for part in (forwarded(message), quote(message), content, *said) if part is not None)


def _content(message: JsonObject) -> Part | None:
    """Return what the message holds beside words; the first row that it has wins."""
    for name, read in _CONTENT.items():
        if message.get(name) is not None:
            return read(message, name)
    return None if "text" in message else find_rare(message)


def _words(message: JsonObject) -> Iterator[Part]:
    text = fields.text(message, "text")
    if text:
        yield Text(text, marks(text, fields.nodes(message, "entities")))
        started = _START.fullmatch(text)
        if started:
            yield Referral("link", started[1])
    caption = fields.text(message, "caption")
    if caption:
        yield Text(caption, marks(caption, fields.nodes(message, "caption_entities")))


def _location(message: JsonObject, name: str) -> Location:
    return _place(fields.needed(message, name))


def _place(place: JsonObject, name: str = "", address: str = "") -> Location:
    latitude, longitude = fields.degrees(place, "latitude", 90), fields.degrees(place, "longitude", 180)
    return Location(latitude, longitude, name, address, live=bool(fields.whole(place, "live_period")))


def _venue(message: JsonObject, name: str) -> Location:
    venue = fields.needed(message, name)
    return _place(fields.needed(venue, "location"), fields.text(venue, "title"), fields.text(venue, "address"))


def _contact(message: JsonObject, name: str) -> ContactCard:
    """Return a card. It is the author's own only if it carries their id: anybody can pass a card on."""
    card = fields.needed(message, name)
    author = fields.node(message, "from") or {}
    card_of = fields.whole(card, "user_id")
    lines = _CARD_LINE.findall(fields.text(card, "vcard"))
    numbers = [fields.text(card, "phone_number"), *(value for kind, value in lines if kind == "TEL")]
    return ContactCard(
        fields.words(card, "first_name", "last_name"),
        phones=_distinct(numbers),
        emails=_distinct([value for kind, value in lines if kind == "EMAIL"]),
        own=card_of is not None and card_of == author.get("id"),
    )


def _distinct(values: list[str]) -> tuple[str, ...]:
    """Return the values once each; a number is the same however it is grouped."""
    found: dict[str, str] = {}
    for value in map(str.strip, values):
        found.setdefault(re.sub(r"[\s()/.-]", "", value) if "@" not in value else value, value)
    return tuple(value for key, value in found.items() if key)


_CONTENT: dict[str, Callable[[JsonObject, str], Part]] = {
    # an animation also carries `document`, a venue also `location`, a live photo may carry `photo` (providers.md A4)
    "animation": media.animation,
    "venue": _venue,
    "live_photo": media.video,
    "photo": media.picture,
    "video": media.video,
    "video_note": media.video_note,
    "voice": media.voice,
    "audio": media.audio,
    "document": media.document,
    "sticker": media.sticker,
    "location": _location,
    "contact": _contact,
}
