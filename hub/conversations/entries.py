"""Building the entries of a thread: customers' messages, activity lines, and the JSON form of parts."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from hub.db.conversations import ConversationRecord
from hub.db.messages import NewMessage
from hub.ids import new_id
from hub.types import Actor, Direction, FullText, MessageStatus, Part, Text, Unsupported

_TYPES = {Text: "text", FullText: "full_text", Unsupported: "unsupported"}


def parts_json(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """Return parts as the API shows them: `{"type": …}` and the part's own fields."""
    return [{"type": _TYPES[type(part)], **asdict(part)} for part in parts]


def text_of(parts: Sequence[Part]) -> str:
    """Return the text of a message, or what stands in for it."""
    said = [part.text for part in parts if isinstance(part, Text)]
    return "\n".join(said)


def preview_text(parts: Sequence[Part]) -> str:
    """Return the line that a list shows of a message."""
    return text_of(parts) or next((part.summary for part in parts if isinstance(part, Unsupported)), "")


def activity(
    record: ConversationRecord, what: str, text: str, now: datetime, by: Actor | None = None, **data: Any
) -> NewMessage:
    """An activity line: every change of a conversation leaves one. `what` is its kind, `data` joins its part."""
    part: Mapping[str, Any] = {"type": "activity", "what": what, **data}
    return NewMessage(
        id=new_id(),
        conversation_id=record.id,
        channel_id=record.channel_id,
        sender_id=None,
        direction=Direction.ACTIVITY,
        author_type="user" if by else "system",
        author_id=by.user_id if by else None,
        author_name=by.name if by else "",
        text=text,
        parts=[part],
        status=MessageStatus.SENT,
        position=now,
        sequence=0,
        created_at=now,
    )
