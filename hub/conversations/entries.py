"""Building the entries of a thread: customers' messages, activity lines, and the JSON form of parts."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from hub.db.conversations import ConversationRecord
from hub.db.messages import NewMessage
from hub.db.people import IdentityRecord
from hub.db.senders import SenderState
from hub.ids import new_id
from hub.types import Actor, Direction, FullText, MessageReceived, MessageStatus, Part, SentElsewhere, Text, Unsupported

_TYPES = {Text: "text", FullText: "full_text", Unsupported: "unsupported"}


def storable(text: str) -> str:
    """Return a text without what no database takes: NUL, and the halves of surrogate pairs that JSON lets through."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()


def parts_json(parts: Sequence[Part]) -> list[dict[str, Any]]:
    """Return parts as the API shows them: `{"type": …}` and the part's own fields."""
    return [{"type": _TYPES[type(part)], **_storable(asdict(part))} for part in parts]


def _storable(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: storable(value) if isinstance(value, str) else value for name, value in values.items()}


def text_of(parts: Sequence[Part]) -> str:
    """Return the text of a message, or what stands in for it."""
    said = [part.text for part in parts if isinstance(part, Text)]
    return storable("\n".join(said))


def preview_text(parts: Sequence[Part]) -> str:
    """Return the line that a list shows of a message."""
    return text_of(parts) or storable(next((part.summary for part in parts if isinstance(part, Unsupported)), ""))


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


def customer_entry(
    event: MessageReceived,
    record: ConversationRecord,
    sender: SenderState,
    identity: IdentityRecord,
    position: datetime,
    now: datetime,
) -> NewMessage:
    """What a customer wrote to a sender of ours."""
    return NewMessage(
        id=new_id(),
        conversation_id=record.id,
        channel_id=sender.channel_id,
        sender_id=sender.id,
        direction=Direction.INBOUND,
        author_type="contact",
        author_id=identity.contact_id,
        author_name=storable(event.author.name) or identity.name or identity.address,
        text=text_of(event.parts),
        parts=parts_json(event.parts),
        status=MessageStatus.RECEIVED,
        position=position,
        sequence=event.sequence,
        created_at=now,
        external_id=event.external_id,
        sent_at=event.position,
    )


def outside_entry(
    event: SentElsewhere, record: ConversationRecord, sender: SenderState, position: datetime, now: datetime
) -> NewMessage:
    """What somebody answered in the provider's own inbox."""
    return NewMessage(
        id=new_id(),
        conversation_id=record.id,
        channel_id=sender.channel_id,
        sender_id=sender.id,
        direction=Direction.OUTBOUND,
        author_type="user",
        author_id=None,
        author_name="Answered outside the hub",
        text=text_of(event.parts),
        parts=parts_json(event.parts),
        status=MessageStatus.SENT,
        position=position,
        sequence=0,
        created_at=now,
        external_id=event.external_id,
        sent_at=position,
    )
