"""The JSON form of parts, which is also what the API shows, and the words that stand for a message in a list.

`{"type": …}` and the part's own fields. A file's JSON never holds where it came from: it names its attachment.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from hub.types import (
    Button,
    ButtonPress,
    Buttons,
    ContactCard,
    FileState,
    Forwarded,
    FullText,
    Location,
    Mark,
    MarkKind,
    Media,
    MediaKind,
    Part,
    Quote,
    Referral,
    Template,
    Text,
    Unsupported,
)

PartJson = Mapping[str, Any]

_TYPES: Mapping[type[Part], str] = {
    Text: "text",
    FullText: "full_text",
    Location: "location",
    ContactCard: "contact",
    ButtonPress: "button_press",
    Referral: "referral",
    Quote: "quote",
    Forwarded: "forwarded",
    Unsupported: "unsupported",
    Buttons: "buttons",
    Template: "template",
}
_CALLED = {
    MediaKind.IMAGE: "Photo",
    MediaKind.VIDEO: "Video",
    MediaKind.VIDEO_NOTE: "Video note",
    MediaKind.ANIMATION: "Animation",
    MediaKind.AUDIO: "Audio",
    MediaKind.VOICE: "Voice note",
    MediaKind.STICKER: "Sticker",
    MediaKind.CONTACT: "Contact",
    MediaKind.FILE: "File",
}
_SHOWN_BY_NAME = frozenset({MediaKind.FILE, MediaKind.AUDIO, MediaKind.CONTACT})
TAKEN_BACK = "Message taken back"
"""What stands for a message whose author took it back."""
PIECE = "piece"
"""Beside the fields of any part: by which of an album's messages it came, as the provider's id of that message."""
MEDIA_TYPES = frozenset(MediaKind)
"""The types of parts that are files."""


def storable(text: str) -> str:
    """Return a text without what no database takes: NUL, and the halves of surrogate pairs that JSON lets through."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()


def parts_json(parts: Sequence[Part], files: FileState = FileState.READY) -> list[dict[str, Any]]:
    """Return parts as they are stored and as the API shows them.

    The `source` of a Media part is the id of its attachment here; `files` is the state that attachments are in.
    """
    return [_storable(_json(part, files)) for part in parts]


def _json(part: Part, files: FileState) -> dict[str, Any]:
    match part:
        case Media():
            return media_json(part, FileState.FAILED if part.problem else files)
        case Text(text, ()):
            return {"type": "text", "text": text}
        case _:
            return {"type": _TYPES[type(part)], **asdict(part)}


def media_json(media: Media, state: FileState) -> dict[str, Any]:
    """Return a file's part; `source` is the id of its attachment, "" where there is nothing to fetch."""
    values = asdict(media)
    values["attachment_id"] = values.pop("source") or None
    return {"type": values.pop("kind"), **values, "state": state}


def _storable(value: Any) -> Any:
    match value:
        case str():
            return storable(value)
        case Mapping():
            return {name: _storable(each) for name, each in value.items()}
        case list() | tuple():
            return [_storable(each) for each in value]
        case _:
            return value


# --- and back -------------------------------------------------------------------------------------------

_BESIDE_FIELDS = frozenset({"type", PIECE})


def parts_from_json(parts: Sequence[PartJson]) -> tuple[Part, ...]:
    """Return what `parts_json` was made of; `source` of a file is its attachment's id. Activity lines are left out."""
    return tuple(_read(part) for part in parts if part["type"] in _READERS or part["type"] in MEDIA_TYPES)


def _read(part: PartJson) -> Part:
    values = {name: value for name, value in part.items() if name not in _BESIDE_FIELDS}
    if part["type"] in MEDIA_TYPES:
        return _read_media(part["type"], values)
    return _READERS[part["type"]](values)


def _read_media(kind: str, values: Mapping[str, Any]) -> Media:
    names = ("name", "content_type", "size", "width", "height", "duration", "alt", "problem")
    given = {name: values[name] for name in names if name in values}
    return Media(MediaKind(kind), values.get("attachment_id") or "", **given)


def _read_text(values: Mapping[str, Any]) -> Text:
    marks = (Mark(MarkKind(each["kind"]), each["start"], each["end"], each["url"]) for each in values.get("marks", ()))
    return Text(values["text"], tuple(marks))


def _read_contact(values: Mapping[str, Any]) -> ContactCard:
    return ContactCard(values["name"], tuple(values["phones"]), tuple(values["emails"]), values["own"])


def _read_buttons(values: Mapping[str, Any]) -> Buttons:
    return Buttons(tuple(Button(each["label"], each["payload"]) for each in values["options"]))


def _read_template(values: Mapping[str, Any]) -> Template:
    pairs = tuple((name, value) for name, value in values["values"])
    return Template(values["external_id"], values["name"], values["language"], pairs)


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Part]] = {
    "text": _read_text,
    "full_text": lambda values: FullText(**values),
    "location": lambda values: Location(**values),
    "contact": _read_contact,
    "button_press": lambda values: ButtonPress(**values),
    "referral": lambda values: Referral(**values),
    "quote": lambda values: Quote(**values),
    "forwarded": lambda values: Forwarded(**values),
    "unsupported": lambda values: Unsupported(**values),
    "buttons": _read_buttons,
    "template": _read_template,
}


# --- words ----------------------------------------------------------------------------------------------


def text_of(parts: Sequence[Part]) -> str:
    """Return what was written in a message; "" where it says nothing in words."""
    said = [part.text for part in parts if isinstance(part, Text)]
    return storable("\n".join(said))


def preview_text(parts: Sequence[Part]) -> str:
    """Return the line that a list shows of a message: its text, else what stands in for it, in English."""
    said = text_of(parts)
    if said.strip():
        return said
    shown = [line for line in map(_line, parts) if line]
    if not shown:
        return ""
    more = len(shown) - 1
    return storable(f"{shown[0]} and {more} more" if more else shown[0])


def _line(part: Part) -> str:
    match part:
        case Media():
            return _media_line(part)
        case Location():
            named = part.name or part.address
            called = "Live location" if part.live else "Location"
            return f"{called}: {named}" if named else called
        case ContactCard():
            return f"Contact: {part.name or next(iter((*part.phones, *part.emails)), '')}".rstrip(": ")
        case ButtonPress():
            return part.label
        case Template():
            return part.name
        case Unsupported():
            return part.summary
        case Referral():
            return f"Came from {part.title or part.source}"
        case Forwarded() | Quote() | FullText() | Text() | Buttons():
            return ""


def _media_line(media: Media) -> str:
    called = _CALLED[media.kind]
    if media.name and media.kind in _SHOWN_BY_NAME:
        return media.name
    if media.duration:
        return f"{called} ({media.duration // 60}:{media.duration % 60:02d})"
    return f"{called} {media.alt}" if media.alt and media.kind is MediaKind.STICKER else called
