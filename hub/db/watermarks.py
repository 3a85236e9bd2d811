"""What a watermark reaches: a provider's word on all messages to one person up to a time."""

from datetime import datetime

from sqlalchemy import func, or_, select

from hub.db.deliveries import SENDING
from hub.db.messages import MessageRef
from hub.db.session import Tx
from hub.db.tables.core import ATTEMPT, CONVERSATION, DELIVERY, MESSAGE
from hub.types import Direction, FailureKind, MessageStatus

# one that is uncertain may never have arrived: that the person read up to a time later than it proves nothing
_MAY_RISE = (MessageStatus.SENT, MessageStatus.DELIVERED)


def list_sent(tx: Tx, sender_id: str, identity_id: str, until: datetime) -> list[MessageRef]:
    """Return a sender's outbound messages to one person up to a watermark that a receipt may still raise.

    What counts of our own is when the send began: the provider's time of it lies before its answer reached us.
    """
    began = (
        select(func.max(ATTEMPT.c.started_at))
        .join(DELIVERY, DELIVERY.c.id == ATTEMPT.c.delivery_id)
        .where(DELIVERY.c.message_id == MESSAGE.c.id)
        .scalar_subquery()
    )
    rows = tx.all(
        select(MESSAGE.c.id, MESSAGE.c.conversation_id, MESSAGE.c.external_id, MESSAGE.c.status)
        .join(CONVERSATION, CONVERSATION.c.id == MESSAGE.c.conversation_id)
        .where(
            MESSAGE.c.sender_id == sender_id,
            CONVERSATION.c.identity_id == identity_id,
            MESSAGE.c.direction == Direction.OUTBOUND,
            MESSAGE.c.status.in_(_MAY_RISE),
            func.coalesce(began, MESSAGE.c.sent_at) <= until,
        )
    )
    return [MessageRef(row.id, row.conversation_id, row.external_id, MessageStatus(row.status)) for row in rows]


def list_sending(tx: Tx, sender_id: str, identity_id: str, until: datetime) -> list[str]:
    """Return the deliveries to one person whose send began by `until` and has no outcome yet, or will be looked up."""
    rows = tx.all(
        select(DELIVERY.c.id)
        .join(ATTEMPT, ATTEMPT.c.delivery_id == DELIVERY.c.id)
        .join(MESSAGE, MESSAGE.c.id == DELIVERY.c.message_id)
        .join(CONVERSATION, CONVERSATION.c.id == MESSAGE.c.conversation_id)
        .where(
            DELIVERY.c.sender_id == sender_id,
            or_(DELIVERY.c.state == SENDING, DELIVERY.c.look_up_at.is_not(None)),
            CONVERSATION.c.identity_id == identity_id,
            or_(ATTEMPT.c.outcome.is_(None), ATTEMPT.c.outcome == FailureKind.UNCERTAIN),
            ATTEMPT.c.started_at <= until,
        )
    )
    return sorted({row.id for row in rows})
