"""Held messages: nobody sends them but a person, by a click.

They wait on a sender which is not its channel's current one any more, or waited too long on one that works again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, true, update

from hub.db.channels import CURRENT
from hub.db.deliveries import HELD, QUEUED
from hub.db.session import Tx
from hub.db.tables.core import CONVERSATION, DELIVERY, MESSAGE, SENDER
from hub.numbers.policy.caps import Sending
from hub.types import Direction


@dataclass(frozen=True, slots=True)
class HeldMessage:
    """One of them, and the delivery that waits."""

    message_id: str
    delivery_id: str
    sender_id: str
    conversation_id: str
    author_name: str
    text: str
    automatic: bool
    template: bool
    created_at: datetime


def count(tx: Tx, conversation_id: str) -> int:
    """Count the held messages of a conversation."""
    return int(tx.scalar(_of(tx, conversation_id, func.count())) or 0)


def list_of(tx: Tx, conversation_id: str) -> list[HeldMessage]:
    """Return the held messages of a conversation, oldest first."""
    rows: Sequence[Any] = tx.all(_of(tx, conversation_id, *_COLUMNS).order_by(MESSAGE.c.position, MESSAGE.c.id))
    return [_held(row) for row in rows]


@dataclass(frozen=True, slots=True)
class HeldThread:
    """A conversation with held messages, and since when the oldest of them waits."""

    conversation_id: str
    messages: int
    since: datetime


def count_of_sender(tx: Tx, sender_id: str) -> int:
    """Count the held messages that wait on a sender."""
    return int(tx.scalar(_on(tx, sender_id, func.count())) or 0)


def list_threads(tx: Tx, sender_id: str, limit: int, after: str = "") -> list[HeldThread]:
    """Return the conversations with held messages of a sender by their ids, from behind `after`."""
    place = MESSAGE.c.conversation_id
    grouped = _on(tx, sender_id, place, func.count().label("messages"), func.min(MESSAGE.c.created_at).label("since"))
    rows = tx.all(grouped.where(place > after).group_by(place).order_by(place).limit(limit))
    return [HeldThread(row.conversation_id, row.messages, row.since) for row in rows]


def list_on(tx: Tx, sender_id: str, limit: int) -> list[HeldMessage]:
    """Return held messages of a sender, conversation by conversation."""
    ordered = _on(tx, sender_id, *_COLUMNS).order_by(MESSAGE.c.conversation_id, MESSAGE.c.position, MESSAGE.c.id)
    return [_held(row) for row in tx.all(ordered.limit(limit))]


# --- holding them, and letting them go ------------------------------------------------------------------


def hold_all(tx: Tx, sender_id: str) -> None:
    """Hold all that is queued for a sender, which is locked: it comes back to a channel that went on without it."""
    _hold(tx, sender_id)


def hold_overtaken(tx: Tx, sender_id: str, before: datetime) -> None:
    """Hold what was queued for a sender before a time, or whose person got a later answer elsewhere. It is locked."""
    _hold(
        tx,
        sender_id,
        or_(DELIVERY.c.created_at < before, DELIVERY.c.message_id.in_(_answered_elsewhere(tx, sender_id))),
    )


def hand_over(tx: Tx, delivery_id: str, sender_id: str, sending: Sending, now: datetime) -> bool:
    """Let a sender send a held delivery now, as if it were new; False when it waits no more."""
    mine = DELIVERY.c.organization_id == tx.organization_id, DELIVERY.c.id == delivery_id
    values = {
        "sender_id": sender_id,
        "state": QUEUED,
        "due_at": now,
        "unasked": sending is Sending.UNASKED,
        "attempts": 0,
    }
    waits = DELIVERY.c.state.in_((QUEUED, HELD))
    return tx.execute(update(DELIVERY).where(*mine, waits).values(**values)).rowcount == 1


def move(tx: Tx, message_id: str, conversation_id: str) -> None:
    """Put a message into another conversation of the same channel: the one that its person writes in now."""
    mine = MESSAGE.c.organization_id == tx.organization_id, MESSAGE.c.id == message_id
    tx.execute(update(MESSAGE).where(*mine).values(conversation_id=conversation_id, reply_to_id=None))


_COLUMNS = MESSAGE, DELIVERY.c.id.label("delivery_id"), DELIVERY.c.sender_id.label("waits_on")


def _of(tx: Tx, conversation_id: str, *columns: Any) -> Select[Any]:
    # beside what either says: within an OR that spans two tables SQLite finds no index by it
    return _where(tx, columns, true()).where(MESSAGE.c.conversation_id == conversation_id)


def _on(tx: Tx, sender_id: str, *columns: Any) -> Select[Any]:
    return _where(tx, columns, DELIVERY.c.sender_id == sender_id)


def _where(tx: Tx, columns: Sequence[Any], of: ColumnElement[bool]) -> Select[Any]:
    # said with each of the two, so that each finds the index of its own
    held = and_(of, DELIVERY.c.state == HELD)
    on_past = and_(of, DELIVERY.c.state == QUEUED, SENDER.c.state != CURRENT)
    return (
        select(*columns)
        .select_from(MESSAGE)
        .join(DELIVERY, DELIVERY.c.message_id == MESSAGE.c.id)
        .join(SENDER, SENDER.c.id == DELIVERY.c.sender_id)
        .where(MESSAGE.c.organization_id == tx.organization_id, or_(held, on_past))
    )


def _hold(tx: Tx, sender_id: str, *which: ColumnElement[bool]) -> None:
    mine = DELIVERY.c.organization_id == tx.organization_id, DELIVERY.c.sender_id == sender_id
    tx.execute(update(DELIVERY).where(*mine, DELIVERY.c.state == QUEUED, *which).values(state=HELD))


def _answered_elsewhere(tx: Tx, sender_id: str) -> Select[Any]:
    """The messages that wait on a sender while a person wrote later to the same contact by another one."""
    waiting, talk, other, later = DELIVERY.alias(), CONVERSATION.alias(), CONVERSATION.alias(), MESSAGE.alias()
    return (
        select(MESSAGE.c.id)
        .join(waiting, waiting.c.message_id == MESSAGE.c.id)
        .join(talk, talk.c.id == MESSAGE.c.conversation_id)
        .join(other, other.c.contact_id == talk.c.contact_id)
        .join(later, later.c.conversation_id == other.c.id)
        .where(
            MESSAGE.c.organization_id == tx.organization_id,
            waiting.c.sender_id == sender_id,
            waiting.c.state == QUEUED,
            later.c.sender_id != sender_id,
            later.c.direction == Direction.OUTBOUND,
            later.c.author_type == "user",
            later.c.created_at > MESSAGE.c.created_at,
        )
    )


def _held(row: Any) -> HeldMessage:
    return HeldMessage(
        message_id=row.id,
        delivery_id=row.delivery_id,
        sender_id=row.waits_on,
        conversation_id=row.conversation_id,
        author_name=row.author_name,
        text=row.text,
        automatic=row.automatic,
        template=any(part["type"] == "template" for part in row.parts),
        created_at=row.created_at,
    )
