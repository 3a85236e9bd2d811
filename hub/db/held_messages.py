"""Held messages: nobody sends them but a person, by a click.

They wait on a sender which is not its channel's current one any more, or whose people go on over another channel, or
waited too long on one that works again.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, func, or_, select, union_all, update

from hub.db.channels import CURRENT
from hub.db.deliveries import HELD, IS_HELD, QUEUED, UNDER_WAY
from hub.db.holds import RATE
from hub.db.session import Tx
from hub.db.tables.core import BAN_CASE, CHANNEL, CONVERSATION, DELIVERY, MESSAGE, SENDER
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
    return _count(tx, MESSAGE.c.conversation_id == conversation_id)


def list_of(tx: Tx, conversation_id: str) -> list[HeldMessage]:
    """Return the held messages of a conversation, oldest first."""
    held = _waiting(tx, MESSAGE.c.conversation_id == conversation_id)
    return [_held(row) for row in tx.all(select(held).order_by(held.c.position, held.c.id))]


def count_of_sender(tx: Tx, sender_id: str) -> int:
    """Count the held messages that wait on a sender."""
    return _count(tx, DELIVERY.c.sender_id == sender_id)


def list_on(tx: Tx, sender_id: str, limit: int) -> list[HeldMessage]:
    """Return held messages of a sender, conversation by conversation."""
    held = _waiting(tx, DELIVERY.c.sender_id == sender_id)
    ordered = select(held).order_by(held.c.conversation_id, held.c.position, held.c.id)
    return [_held(row) for row in tx.all(ordered.limit(limit))]


# --- holding them, and letting them go ------------------------------------------------------------------


def hold_all(tx: Tx, sender_id: str) -> None:
    """Hold all that is queued for a sender, which is locked: it comes back to a channel that went on without it, or
    another channel goes on in its place.
    """
    _hold(tx, sender_id)


def hold_left_behind(tx: Tx, sender_id: str) -> None:
    """Hold what came back to a sender, which is locked, while another channel goes on in its place."""
    if find_channel_instead(tx, sender_id) is not None:
        _hold(tx, sender_id)


def find_channel_instead(tx: Tx, sender_id: str) -> str | None:
    """Return the name of the channel that people go on over while a channel's current sender is held by its ban; None:
    there is none, or the sender can send.
    """
    newest = select(func.max(BAN_CASE.c.id)).where(
        BAN_CASE.c.organization_id == tx.organization_id, BAN_CASE.c.sender_id == sender_id
    )
    hit, new = SENDER.alias(), SENDER.alias()
    found: str | None = tx.scalar(
        select(CHANNEL.c.name)
        .select_from(BAN_CASE)
        .join(hit, hit.c.id == BAN_CASE.c.sender_id)
        .join(new, new.c.id == BAN_CASE.c.new_sender_id)
        .join(CHANNEL, CHANNEL.c.id == new.c.channel_id)
        .where(
            BAN_CASE.c.organization_id == tx.organization_id,
            BAN_CASE.c.id == newest.scalar_subquery(),
            hit.c.hold.is_not(None) & (hit.c.hold != RATE),
            new.c.channel_id != hit.c.channel_id,
        )
    )
    return found


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


def _count(tx: Tx, of: ColumnElement[bool]) -> int:
    return int(tx.scalar(select(func.count()).select_from(_waiting(tx, of))) or 0)


def _waiting(tx: Tx, of: ColumnElement[bool]) -> Subquery:
    """The messages that are held, and those that are queued on a sender its channel went on without."""
    messages = (
        select(MESSAGE, DELIVERY.c.id.label("delivery_id"), DELIVERY.c.sender_id.label("waits_on"))
        .join(DELIVERY, DELIVERY.c.message_id == MESSAGE.c.id)
        .where(MESSAGE.c.organization_id == tx.organization_id, of)
    )
    on_past = messages.join(SENDER, SENDER.c.id == DELIVERY.c.sender_id).where(
        DELIVERY.c.state == QUEUED, UNDER_WAY, SENDER.c.state != CURRENT
    )
    # two queries: by an OR that spans two tables SQLite finds no index
    return union_all(messages.where(IS_HELD), on_past).subquery()


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
