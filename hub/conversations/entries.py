"""Building the entries of a thread: customers' messages and activity lines."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hub.conversations.content import Content
from hub.conversations.parts import storable
from hub.db.conversations import ConversationRecord
from hub.db.messages import NewMessage
from hub.db.people import IdentityRecord
from hub.db.senders import SenderState
from hub.ids import new_id
from hub.types import Actor, Direction, MessageReceived, MessageStatus, SentElsewhere


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
    content: Content,
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
        author_name=_called(event, identity),
        text=content.text,
        parts=content.parts,
        status=MessageStatus.RECEIVED,
        position=position,
        sequence=event.sequence,
        created_at=now,
        external_id=event.external_id,
        sent_at=event.position,
        event_id=content.event_id,
        album=event.album,
        verified=event.author.verified,
    )


def _called(event: MessageReceived, identity: IdentityRecord) -> str:
    """A name that people corrected goes before what the provider calls the person."""
    if identity.corrected and identity.name:
        return identity.name
    return storable(event.author.name) or identity.name or identity.address


def outside_entry(
    event: SentElsewhere,
    content: Content,
    record: ConversationRecord,
    sender: SenderState,
    position: datetime,
    now: datetime,
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
        text=content.text,
        parts=content.parts,
        status=MessageStatus.SENT,
        position=position,
        sequence=0,
        created_at=now,
        external_id=event.external_id,
        sent_at=position,
        event_id=content.event_id,
    )
