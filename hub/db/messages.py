"""Messages as the line writes them, and threads as people read them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, literal, or_, select, tuple_, update

from hub.db.session import Tx
from hub.db.tables.core import MESSAGE
from hub.types import AuthorView, Direction, ErrorView, MessageStatus, MessageView, StatusRank


@dataclass(frozen=True, slots=True)
class NewMessage:
    """An entry of a thread to be written. `parts` are JSON objects with a `type`.

    event_id  the journal row it came by; album: the platform's id of the album it is
    """

    id: str
    conversation_id: str
    channel_id: str
    sender_id: str | None
    direction: Direction
    author_type: str
    author_id: str | None
    author_name: str
    text: str
    parts: Sequence[Mapping[str, Any]]
    status: MessageStatus
    position: datetime
    sequence: int
    created_at: datetime
    external_id: str | None = None
    reply_to_id: str | None = None
    sent_at: datetime | None = None
    event_id: int | None = None
    album: str | None = None
    verified: bool = True
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class MessageRef:
    """Where a message of ours stands."""

    id: str
    conversation_id: str
    external_id: str | None
    status: MessageStatus


SortKey = tuple[datetime, int, str]
"""(position, sequence, id): the order of a thread."""


def insert(tx: Tx, messages: Sequence[NewMessage]) -> set[str]:
    """Write messages; return the ids of those that went in (the rest were there under the same provider id)."""
    rows = tx.insert_new(MESSAGE, [_row(tx, message) for message in messages], returning=("id",))
    return {row.id for row in rows}


def _row(tx: Tx, message: NewMessage) -> dict[str, object]:
    return {
        "id": message.id,
        "organization_id": tx.organization_id,
        "conversation_id": message.conversation_id,
        "channel_id": message.channel_id,
        "sender_id": message.sender_id,
        "direction": message.direction,
        "author_type": message.author_type,
        "author_id": message.author_id,
        "author_name": message.author_name[:200],
        "text": message.text,
        "parts": list(message.parts),
        "status": message.status,
        "external_id": message.external_id,
        "reply_to_id": message.reply_to_id,
        "position": message.position,
        "sequence": message.sequence,
        "sent_at": message.sent_at,
        "event_id": message.event_id,
        "album": message.album,
        "verified": message.verified,
        "automatic": message.automatic,
        "created_at": message.created_at,
    }


def below(status: MessageStatus) -> list[str]:
    """Return the states that a message may be raised from to this one."""
    rank = StatusRank[status.name]
    return [other.name.lower() for other in StatusRank if other < rank]


def raise_status(
    tx: Tx,
    message_id: str,
    status: MessageStatus,
    *,
    error: ErrorView | None = None,
    sent_at: datetime | None = None,
) -> bool:
    """Move a message forward to `status`; False when it is there or beyond (status never goes back).

    `sent_at` counts for a message that has none yet.
    """
    values: dict[str, object] = {
        "status": status,
        "error_kind": error.kind if error else None,
        "error_detail": error.detail if error else None,
    }
    if sent_at is not None:
        values["sent_at"] = func.coalesce(MESSAGE.c.sent_at, literal(sent_at, MESSAGE.c.sent_at.type))
    done = tx.execute(
        update(MESSAGE)
        .where(MESSAGE.c.organization_id == tx.organization_id, MESSAGE.c.id == message_id)
        .where(MESSAGE.c.status.in_(below(status)))
        .values(values)
    )
    return done.rowcount == 1


def learn_external_id(tx: Tx, message_id: str, external_id: str) -> bool:
    """Note the provider's id of a message that has none yet; False when it has one."""
    done = tx.execute(
        update(MESSAGE)
        .where(MESSAGE.c.organization_id == tx.organization_id, MESSAGE.c.id == message_id)
        .where(MESSAGE.c.external_id.is_(None))
        .values(external_id=external_id)
    )
    return done.rowcount == 1


def put_back(tx: Tx, message_id: str) -> None:
    """A message that was being sent and certainly was not, waits again."""
    tx.execute(
        update(MESSAGE)
        .where(MESSAGE.c.organization_id == tx.organization_id, MESSAGE.c.id == message_id)
        .where(MESSAGE.c.status == MessageStatus.SENDING)
        .values(status=MessageStatus.QUEUED)
    )


def move_to_sender(tx: Tx, message_id: str, sender_id: str) -> None:
    """Let another sender of the channel send it; what the provider called it before is forgotten."""
    tx.execute(
        update(MESSAGE)
        .where(MESSAGE.c.organization_id == tx.organization_id, MESSAGE.c.id == message_id)
        .values(sender_id=sender_id, external_id=None)
    )


def restart(tx: Tx, message_id: str) -> bool:
    """Put a failed or uncertain message back to queued for a new delivery: the one move against the ranks."""
    done = tx.execute(
        update(MESSAGE)
        .where(
            MESSAGE.c.organization_id == tx.organization_id,
            MESSAGE.c.id == message_id,
            MESSAGE.c.status.in_((MessageStatus.FAILED, MessageStatus.UNCERTAIN)),
        )
        .values(status=MessageStatus.QUEUED, error_kind=None, error_detail=None, sent_at=None)
    )
    return done.rowcount == 1


def find(tx: Tx, message_id: str) -> MessageView | None:
    row = tx.first(select(MESSAGE).where(MESSAGE.c.organization_id == tx.organization_id, MESSAGE.c.id == message_id))
    return _view(row) if row else None


def list_thread(tx: Tx, conversation_id: str, limit: int, after: SortKey | None) -> list[MessageView]:
    """Return a thread's messages in order, from behind `after`."""
    query = _thread(tx, conversation_id).order_by(MESSAGE.c.position, MESSAGE.c.sequence, MESSAGE.c.id).limit(limit)
    if after is not None:
        query = query.where(tuple_(MESSAGE.c.position, MESSAGE.c.sequence, MESSAGE.c.id) > tuple_(*after))
    return [_view(row) for row in tx.all(query)]


def list_thread_end(tx: Tx, conversation_id: str, limit: int) -> list[MessageView]:
    """Return the newest messages of a thread, in order."""
    query = (
        _thread(tx, conversation_id)
        .order_by(MESSAGE.c.position.desc(), MESSAGE.c.sequence.desc(), MESSAGE.c.id.desc())
        .limit(limit)
    )
    return [_view(row) for row in reversed(tx.all(query))]


def list_external_ids(tx: Tx, conversation_id: str, limit: int) -> list[str]:
    """Return the provider's ids of a conversation's messages, newest first."""
    rows = tx.all(
        select(MESSAGE.c.external_id)
        .where(
            MESSAGE.c.organization_id == tx.organization_id,
            MESSAGE.c.conversation_id == conversation_id,
            MESSAGE.c.external_id.is_not(None),
            or_(
                MESSAGE.c.direction == Direction.INBOUND,
                and_(MESSAGE.c.direction == Direction.OUTBOUND, MESSAGE.c.status != MessageStatus.QUEUED),
            ),
        )
        .order_by(MESSAGE.c.position.desc(), MESSAGE.c.sequence.desc(), MESSAGE.c.id.desc())
        .limit(limit)
    )
    return [row.external_id for row in rows]


def _thread(tx: Tx, conversation_id: str) -> Any:
    return select(MESSAGE).where(
        MESSAGE.c.organization_id == tx.organization_id, MESSAGE.c.conversation_id == conversation_id
    )


def _view(row: Any) -> MessageView:
    view = MessageView(
        id=row.id,
        conversation_id=row.conversation_id,
        channel_id=row.channel_id,
        direction=row.direction,
        author=AuthorView(row.author_type, row.author_id, row.author_name, row.verified),
        text=row.text,
        parts=tuple(row.parts),
        status=row.status,
        error=ErrorView(row.error_kind, row.error_detail or "") if row.error_kind else None,
        external_id=row.external_id,
        reply_to=row.reply_to_id,
        position=row.position,
        sequence=row.sequence,
        sent_at=row.sent_at,
        created_at=row.created_at,
        reactions=tuple(row.reactions),
        edited_at=row.edited_at,
        earlier=tuple(row.earlier),
        taken_back_at=row.taken_back_at,
        automatic=row.automatic,
        has_raw=row.event_id is not None,
    )
    return _silent(view) if row.suspended_at else view


def _silent(view: MessageView) -> MessageView:
    """It keeps its place in the thread and says nothing (B6)."""
    return replace(view, text="", parts=({"type": "suspended"},), reactions=(), earlier=(), has_raw=False)
