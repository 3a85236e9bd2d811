"""What becomes of a message after it was written: edited, taken back, reacted to, joined by more pictures."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from hub.db.session import Tx
from hub.db.tables.core import MESSAGE, SENDER
from hub.types import ChannelKind, Direction

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as this transaction holds it: what it says, and how it stands."""

    id: str
    conversation_id: str
    direction: Direction
    text: str
    parts: tuple[Json, ...]
    reactions: tuple[Json, ...]
    earlier: tuple[Json, ...]
    edited_at: datetime | None
    taken_back_at: datetime | None
    event_id: int | None


def lock(tx: Tx, message_id: str) -> StoredMessage | None:
    """Take a message for this transaction; None when it is gone."""
    row = tx.first(
        select(MESSAGE)
        .where(MESSAGE.c.organization_id == tx.organization_id, MESSAGE.c.id == message_id)
        .with_for_update(key_share=True)
    )
    return _stored(row) if row else None


def find_conversation(tx: Tx, message_id: str) -> str | None:
    """Return where a message stands; None when it is gone."""
    return tx.scalar(
        select(MESSAGE.c.conversation_id).where(
            MESSAGE.c.organization_id == tx.organization_id, MESSAGE.c.id == message_id
        )
    )


@dataclass(frozen=True, slots=True)
class Origin:
    """By which journal row a message came, and of which kind its sender is."""

    event_id: int
    kind: ChannelKind


def find_origin(tx: Tx, message_id: str) -> Origin | None:
    """Return where a message came from; None for what no provider sent."""
    row = tx.first(
        select(MESSAGE.c.event_id, SENDER.c.kind)
        .join(SENDER, SENDER.c.id == MESSAGE.c.sender_id)
        .where(
            MESSAGE.c.organization_id == tx.organization_id,
            MESSAGE.c.id == message_id,
            MESSAGE.c.event_id.is_not(None),
        )
    )
    return Origin(row.event_id, ChannelKind(row.kind)) if row else None


def save(tx: Tx, message: StoredMessage) -> None:
    """Write what may change of a message that this transaction has locked."""
    tx.execute(
        update(MESSAGE)
        .where(MESSAGE.c.organization_id == tx.organization_id, MESSAGE.c.id == message.id)
        .values(
            text=message.text,
            parts=list(message.parts),
            reactions=list(message.reactions),
            earlier=list(message.earlier),
            edited_at=message.edited_at,
            taken_back_at=message.taken_back_at,
            event_id=message.event_id,
        )
    )


def change_file(tx: Tx, message_id: str, attachment_id: str, values: Json) -> StoredMessage | None:
    """Change the part of a message that shows a file; None when there is no such part (any more)."""
    message = lock(tx, message_id)
    if message is None or not any(part.get("attachment_id") == attachment_id for part in message.parts):
        return None
    parts = [_with(part, values) if part.get("attachment_id") == attachment_id else part for part in message.parts]
    tx.execute(
        update(MESSAGE)
        .where(MESSAGE.c.organization_id == tx.organization_id, MESSAGE.c.id == message_id)
        .values(parts=parts)
    )
    return message


def find_newest(tx: Tx, conversation_id: str) -> str | None:
    """Return the newest message of a thread, notes and activity aside: the one that lists show."""
    return tx.scalar(
        select(MESSAGE.c.id)
        .where(
            MESSAGE.c.organization_id == tx.organization_id,
            MESSAGE.c.conversation_id == conversation_id,
            MESSAGE.c.direction.in_((Direction.INBOUND, Direction.OUTBOUND)),
        )
        .order_by(MESSAGE.c.position.desc(), MESSAGE.c.sequence.desc(), MESSAGE.c.id.desc())
        .limit(1)
    )


def _with(part: Json, values: Json) -> dict[str, Any]:
    return {**part, **values}


def _stored(row: Any) -> StoredMessage:
    return StoredMessage(
        row.id,
        row.conversation_id,
        Direction(row.direction),
        row.text,
        tuple(row.parts),
        tuple(row.reactions),
        tuple(row.earlier),
        row.edited_at,
        row.taken_back_at,
        row.event_id,
    )
