"""A message as the thread shows it: its parts as blocks, in their order, pictures that belong together in one grid."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from jinja2.utils import urlize
from markupsafe import Markup

from hub.types import MessageView
from hub.web.inbox.marks import pieces, set_off
from hub.web.language import marked

Json = Mapping[str, Any]

ALBUM = "album"
_IN_ALBUMS = frozenset({"image", "video"})
_SILENT = frozenset({"text", "activity"})
_READY = "ready"
_LONGEST_QUOTE = 140

STATES: Mapping[str, str] = {
    "fetching": marked("This file is being fetched…"),
    "failed": marked("This file could not be fetched."),
    "gone": marked("The platform no longer has this file."),
    "too_large": marked("This file is too large."),
    "infected": marked("A virus was found in this file, so it was not kept."),
    "refused": marked("This file is of a kind that the hub does not keep."),
}
CALLED: Mapping[str, str] = {
    "image": marked("Photo"),
    "video": marked("Video"),
    "video_note": marked("Video note"),
    "animation": marked("Animation"),
    "audio": marked("Audio"),
    "voice": marked("Voice note"),
    "sticker": marked("Sticker"),
    "contact_file": marked("Contact"),
    "file": marked("File"),
    "location": marked("Location"),
    "contact": marked("Contact"),
}


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of an entry. `kind` is the part's type, `album` for several pictures; `parts` are one or those."""

    kind: str
    parts: tuple[Json, ...]

    @property
    def part(self) -> Json:
        return self.parts[0]


@dataclass(frozen=True, slots=True)
class Reaction:
    """One emoji under a message: by how many, and whether one of them is ours."""

    emoji: str
    count: int
    ours: bool


@dataclass(frozen=True, slots=True)
class Quoted:
    """The message that an entry answers; `id` empty when it is not among those shown.

    `stands_in` says in a word what a message without text is.
    """

    id: str = ""
    author: str = ""
    text: str = ""
    stands_in: str = ""


def blocks_of(parts: Sequence[Json]) -> list[Block]:
    """Return the blocks below an entry's text."""
    said = [part for part in parts if part["type"] not in _SILENT]
    return list(_grouped(said))


def _grouped(parts: Sequence[Json]) -> Iterator[Block]:
    for together, group in groupby(parts, _belongs_to_album):
        members = tuple(group)
        if together and len(members) > 1:
            yield Block(ALBUM, members)
        else:
            yield from (Block(part["type"], (part,)) for part in members)


def _belongs_to_album(part: Json) -> bool:
    return part["type"] in _IN_ALBUMS and is_ready(part)


def is_ready(part: Json) -> bool:
    """Tell whether a file can be shown."""
    return part.get("state", _READY) == _READY and bool(part.get("attachment_id"))


def file_url(part: Json) -> str:
    return f"/api/v1/attachments/{part['attachment_id']}"


def map_url(part: Json) -> str:
    """Where a place is on a map. Nothing is loaded from there until somebody follows it."""
    latitude, longitude = float(part["latitude"]), float(part["longitude"])
    place = urlencode({"mlat": f"{latitude:.6f}", "mlon": f"{longitude:.6f}"})
    return f"https://www.openstreetmap.org/?{place}#map=16/{latitude:.6f}/{longitude:.6f}"


def length(seconds: float) -> str:
    """Write a duration as players do: 0:07, 12:05, 1:02:05."""
    whole = round(seconds)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"


def text_of(message: MessageView) -> Markup:
    """Return what was written, as safe HTML, with its marks where the text has them and its addresses as links."""
    marks = _marks(message)
    return Markup("").join(set_off(text, over, _urlized(text)) for text, over in pieces(message.text, marks))


def _marks(message: MessageView) -> Sequence[Json]:
    """The marks of the one text that is the message's; of several texts the places would not fit."""
    texts = [part for part in message.parts if part["type"] == "text"]
    fits = len(texts) == 1 and texts[0]["text"] == message.text
    return texts[0].get("marks") or () if fits else ()


def _urlized(text: str) -> Markup:
    # it escapes everything else itself
    return Markup(urlize(text, target="_blank", rel="noopener noreferrer nofollow"))  # noqa: S704


def reactions_of(found: Sequence[Json]) -> list[Reaction]:
    """Return the reactions on a message, each emoji once, in the order they came."""
    by_emoji: dict[str, list[Json]] = {}
    for each in found:
        if each.get("emoji"):
            by_emoji.setdefault(each["emoji"], []).append(each)
    return [_reaction(emoji, all_of_it) for emoji, all_of_it in by_emoji.items()]


def _reaction(emoji: str, all_of_it: Sequence[Json]) -> Reaction:
    return Reaction(emoji, len(all_of_it), any(each.get("by") != "contact" for each in all_of_it))


def quoted(message: MessageView, known: Mapping[str, MessageView]) -> Quoted | None:
    """Return what an entry answers, from the messages at hand."""
    if message.reply_to is None:
        return None
    answered = known.get(message.reply_to)
    if answered is None:
        return Quoted()
    stands_in = (CALLED[part["type"]] for part in answered.parts if part["type"] in CALLED)
    return Quoted(answered.id, answered.author.name, answered.text.strip()[:_LONGEST_QUOTE], next(stands_in, ""))
