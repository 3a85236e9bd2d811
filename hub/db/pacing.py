"""Times of a sender's queued deliveries: when the next one may be sent, and putting some off."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from hub.db.deliveries import QUEUED
from hub.db.session import Tx
from hub.db.tables.core import DELIVERY, MESSAGE
from hub.types import MessageStatus


def next_due(tx: Tx, sender_id: str, now: datetime) -> datetime | None:
    """Return when the next of a sender's queued deliveries that must wait may be sent."""
    waiting = DELIVERY.c.sender_id == sender_id, DELIVERY.c.state == QUEUED, DELIVERY.c.due_at > now
    found = tx.first(
        select(DELIVERY.c.due_at)
        .where(DELIVERY.c.organization_id == tx.organization_id, *waiting)
        .order_by(DELIVERY.c.due_at)
        .limit(1)
    )
    return found.due_at if found else None


def space_out(tx: Tx, sender_id: str, conversation_ids: Sequence[str], until: datetime) -> None:
    """Let what is queued in these conversations wait until a time: a person gets no more than so much at once."""
    theirs = tx.all(
        select(MESSAGE.c.id).where(
            MESSAGE.c.organization_id == tx.organization_id,
            MESSAGE.c.conversation_id.in_(conversation_ids),
            MESSAGE.c.status == MessageStatus.QUEUED,
        )
    )
    if not theirs:
        return
    tx.execute(
        update(DELIVERY)
        .where(
            DELIVERY.c.organization_id == tx.organization_id,
            DELIVERY.c.sender_id == sender_id,
            DELIVERY.c.state == QUEUED,
            DELIVERY.c.due_at < until,
            DELIVERY.c.message_id.in_([row.id for row in theirs]),
        )
        .values(due_at=until)
    )
