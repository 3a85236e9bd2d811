"""What a message says, as it is stored: parts that name their files, and what these are fetched by."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from hub.conversations.life import preview_of
from hub.conversations.parts import (
    MEDIA_TYPES,
    PIECE,
    TAKEN_BACK,
    PartJson,
    parts_from_json,
    parts_json,
    preview_text,
    text_of,
)
from hub.crypto import DataKey
from hub.db.attachments import SOURCE, AttachmentView, NewFile
from hub.ids import new_id
from hub.types import FileState, Media, MediaKind, Part


@dataclass(frozen=True, slots=True)
class Content:
    """Parts as they are stored. `sources`: attachment id → what its bytes are fetched by, sealed.

    event_id  the journal row it came by, which the bytes may be fetched with
    """

    parts: tuple[PartJson, ...]
    sources: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    event_id: int | None = None

    @property
    def text(self) -> str:
        return text_of(parts_from_json(self.parts))

    @property
    def preview(self) -> str:
        return preview_text(parts_from_json(self.parts))


def line_of(text: str, parts: Sequence[PartJson], taken_back_at: datetime | None) -> str:
    """Return the line that a list shows of a message that is written."""
    said = TAKEN_BACK if taken_back_at else text or Content(tuple(parts)).preview
    return preview_of(said)


def content_of(parts: Sequence[Part], event_id: int, key: DataKey) -> Content:
    """Give every file of a message an id, and seal what it is fetched by. `event_id`: 0 where there is none."""
    sources: dict[str, bytes] = {}
    named = [_named(part, sources, key) for part in parts]
    return Content(tuple(parts_json(named, FileState.FETCHING)), sources, event_id or None)


def _named(part: Part, sources: dict[str, bytes], key: DataKey) -> Part:
    if not isinstance(part, Media) or not part.source:
        return part
    attachment_id = new_id()
    sources[attachment_id] = key.seal(part.source.encode("utf-8", "surrogatepass"), SOURCE)
    return replace(part, source=attachment_id)


def of_piece(content: Content, external_id: str) -> Content:
    """Mark parts with the one of an album's messages they came by."""
    return replace(content, parts=tuple({**part, PIECE: external_id} for part in content.parts))


def files_of(content: Content, message_id: str, sender_id: str, now: datetime) -> list[NewFile]:
    """Return the files of a message that are to be fetched."""
    return [
        NewFile(_view(part, now), message_id, sender_id, content.event_id, content.sources[part["attachment_id"]])
        for part in content.parts
        if part.get("attachment_id") in content.sources
    ]


def _view(part: PartJson, now: datetime) -> AttachmentView:
    return AttachmentView(
        id=part["attachment_id"],
        name=part["name"],
        content_type=part["content_type"],
        size=min(part["size"] or 0, 2**31 - 1),
        created_at=now,
        kind=MediaKind(part["type"]),
        state=FileState.FETCHING,
        width=part["width"],
        height=part["height"],
        duration=part["duration"],
    )


def attachment_ids(parts: Sequence[PartJson]) -> list[str]:
    """Return the files that parts show."""
    return [part["attachment_id"] for part in parts if part["type"] in MEDIA_TYPES and part.get("attachment_id")]


def keeping_files(new: Content, old: Sequence[PartJson]) -> Content:
    """Return new content with the old files where they are the same: an edited caption fetches no picture again.

    Platforms name a file anew with every event, so the same is what has exactly as many bytes.
    """
    left = [part for part in old if part.get("attachment_id") and part.get("size")]
    parts, sources = [], dict(new.sources)
    for part in new.parts:
        same = next((each for each in left if part["type"] in MEDIA_TYPES and each["size"] == part["size"]), None)
        if same is not None:
            left.remove(same)
            sources.pop(part["attachment_id"], None)
        parts.append(part if same is None else same)
    return replace(new, parts=tuple(parts), sources=sources)


# --- the form in which it waits for its message ---------------------------------------------------------


def to_json(content: Content) -> dict[str, Any]:
    sources = {name: base64.b64encode(sealed).decode() for name, sealed in content.sources.items()}
    return {"parts": list(content.parts), "sources": sources, "event_id": content.event_id}


def from_json(saved: Mapping[str, Any]) -> Content:
    sources = {name: base64.b64decode(sealed) for name, sealed in saved["sources"].items()}
    return Content(tuple(saved["parts"]), sources, saved["event_id"])
