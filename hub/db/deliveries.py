"""Deliveries: which are due, and what came of each attempt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, update

from hub.db.session import Tx
from hub.db.suspension import resting_senders
from hub.db.tables.core import ATTEMPT, CONTACT, CONVERSATION, DELIVERY, IDENTITY, MESSAGE, SENDER
from hub.ids import new_id
from hub.types import MessageStatus, Person

QUEUED = "queued"
SENDING = "sending"


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """A delivery whose time has come, with all that an adapter needs to know of its message."""

    id: str
    message_id: str
    conversation_id: str
    identity_id: str
    recipient: Person
    unreachable: str | None
    text: str
    topic: str | None
    author_name: str
    reply_to_external_id: str | None
    attempts: int


@dataclass(frozen=True, slots=True)
class DeliveryRef:
    """A delivery and the message it carries."""

    id: str
    message_id: str
    state: str


def insert(tx: Tx, sender_id: str, message_id: str, now: datetime) -> str:
    """Queue a message for sending; return the delivery's id."""
    delivery_id = new_id()
    tx.insert(
        DELIVERY,
        [
            {
                "id": delivery_id,
                "organization_id": tx.organization_id,
                "sender_id": sender_id,
                "message_id": message_id,
                "state": QUEUED,
                "attempts": 0,
                "due_at": now,
                "created_at": now,
            }
        ],
    )
    return delivery_id


def list_due(tx: Tx, sender_id: str, now: datetime, limit: int) -> list[DueDelivery]:
    """Return a sender's due deliveries, oldest first; of one conversation none overtakes an earlier one.

    Suspended messages (B6) and those to restricted contacts (F20) are not due, and let the others pass.
    """
    answered = MESSAGE.alias("answered")
    rows = tx.all(
        select(
            DELIVERY.c.id,
            DELIVERY.c.attempts,
            MESSAGE.c.id.label("message_id"),
            MESSAGE.c.conversation_id,
            MESSAGE.c.text,
            MESSAGE.c.author_name,
            CONVERSATION.c.topic,
            IDENTITY.c.id.label("identity_id"),
            IDENTITY.c.address,
            IDENTITY.c.scope,
            IDENTITY.c.unreachable,
            CONTACT.c.name.label("contact_name"),
            answered.c.external_id.label("reply_to_external_id"),
        )
        .join(MESSAGE, MESSAGE.c.id == DELIVERY.c.message_id)
        .join(CONVERSATION, CONVERSATION.c.id == MESSAGE.c.conversation_id)
        .join(IDENTITY, IDENTITY.c.id == CONVERSATION.c.identity_id)
        .join(CONTACT, CONTACT.c.id == CONVERSATION.c.contact_id)
        .outerjoin(answered, answered.c.id == MESSAGE.c.reply_to_id)
        .where(
            DELIVERY.c.organization_id == tx.organization_id,
            DELIVERY.c.sender_id == sender_id,
            DELIVERY.c.state == QUEUED,
            DELIVERY.c.due_at <= now,
            MESSAGE.c.suspended_at.is_(None),
            CONTACT.c.restricted_at.is_(None),
            ~_earlier(sender_id).exists(),
        )
        .order_by(DELIVERY.c.id)
        .limit(limit)
    )
    return [_due(row) for row in rows]


def _earlier(sender_id: str) -> Any:
    """Deliveries of the same conversation that are still under way before this one."""
    blocking = DELIVERY.alias("blocking")
    blocked_message = MESSAGE.alias("blocked_message")
    return (
        select(blocking.c.id)
        .join(blocked_message, blocked_message.c.id == blocking.c.message_id)
        .where(
            blocking.c.sender_id == sender_id,
            blocking.c.state.in_((QUEUED, SENDING)),
            blocking.c.id < DELIVERY.c.id,
            blocked_message.c.conversation_id == MESSAGE.c.conversation_id,
            or_(blocking.c.state == SENDING, blocked_message.c.suspended_at.is_(None)),
        )
    )


def _due(row: Any) -> DueDelivery:
    return DueDelivery(
        id=row.id,
        message_id=row.message_id,
        conversation_id=row.conversation_id,
        identity_id=row.identity_id,
        recipient=Person(row.address, row.scope, row.contact_name),
        unreachable=row.unreachable,
        text=row.text,
        topic=row.topic,
        author_name=row.author_name,
        reply_to_external_id=row.reply_to_external_id,
        attempts=row.attempts,
    )


def start_attempt(tx: Tx, delivery: DueDelivery, now: datetime, lease_until: datetime) -> None:
    """Mark a delivery as being sent, until a lease that outlives the longest possible call."""
    tx.execute(
        update(DELIVERY)
        .where(DELIVERY.c.id == delivery.id)
        .values(state=SENDING, lease_until=lease_until, attempts=delivery.attempts + 1)
    )
    tx.insert(
        ATTEMPT,
        [{"id": new_id(), "organization_id": tx.organization_id, "delivery_id": delivery.id, "started_at": now}],
    )


def finish_attempt(tx: Tx, delivery_id: str, outcome: str, code: str, detail: str, now: datetime) -> None:
    """Record what came of the running attempt."""
    tx.execute(
        update(ATTEMPT)
        .where(ATTEMPT.c.delivery_id == delivery_id, ATTEMPT.c.outcome.is_(None))
        .values(finished_at=now, outcome=outcome, code=code[:40], detail=detail)
    )


def requeue(tx: Tx, delivery_id: str, due_at: datetime, *, counted: bool) -> bool:
    """Put a delivery back to be tried at `due_at`; an attempt that does not count is taken off again.

    False when it is not being sent any more.
    """
    values: dict[str, Any] = {"state": QUEUED, "lease_until": None, "due_at": due_at}
    if not counted:
        values["attempts"] = DELIVERY.c.attempts - 1
    done = tx.execute(update(DELIVERY).where(DELIVERY.c.id == delivery_id, DELIVERY.c.state == SENDING).values(values))
    return done.rowcount == 1


def finish(tx: Tx, delivery_id: str, state: MessageStatus) -> bool:
    """End a delivery that is still under way; False when it had ended."""
    done = tx.execute(
        update(DELIVERY)
        .where(DELIVERY.c.id == delivery_id, DELIVERY.c.state.in_((QUEUED, SENDING)))
        .values(state=state, lease_until=None)
    )
    return done.rowcount == 1


def find(tx: Tx, delivery_id: str) -> DeliveryRef | None:
    row = tx.first(
        select(DELIVERY.c.id, DELIVERY.c.message_id, DELIVERY.c.state).where(
            DELIVERY.c.organization_id == tx.organization_id, DELIVERY.c.id == delivery_id
        )
    )
    return DeliveryRef(row.id, row.message_id, row.state) if row else None


def newest_of(tx: Tx, message_ids: Sequence[str]) -> dict[str, str]:
    """Return the newest delivery of each message: ranks compare within one."""
    rows = tx.all(
        select(DELIVERY.c.message_id, func.max(DELIVERY.c.id).label("id"))
        .where(DELIVERY.c.organization_id == tx.organization_id, DELIVERY.c.message_id.in_(message_ids))
        .group_by(DELIVERY.c.message_id)
    )
    return {row.message_id: row.id for row in rows}


def senders_due(tx: Tx, now: datetime) -> list[str]:
    """Return the senders that have something due and may send. Platform work."""
    rows = tx.all(
        select(DELIVERY.c.sender_id)
        .join(SENDER, SENDER.c.id == DELIVERY.c.sender_id)
        .join(MESSAGE, MESSAGE.c.id == DELIVERY.c.message_id)
        .join(CONVERSATION, CONVERSATION.c.id == MESSAGE.c.conversation_id)
        .join(CONTACT, CONTACT.c.id == CONVERSATION.c.contact_id)
        .where(
            DELIVERY.c.state == QUEUED,
            DELIVERY.c.due_at <= now,
            SENDER.c.hold.is_(None) | (SENDER.c.hold_until <= now),
            SENDER.c.id.not_in(resting_senders()),
            MESSAGE.c.suspended_at.is_(None),
            CONTACT.c.restricted_at.is_(None),
        )
        .group_by(DELIVERY.c.sender_id)
    )
    return [row.sender_id for row in rows]


def list_expired(tx: Tx, now: datetime) -> list[tuple[str, str]]:
    """Return (organization, delivery) of sends whose process died: the lease is over and nobody recorded an outcome."""
    rows = tx.all(
        select(DELIVERY.c.organization_id, DELIVERY.c.id).where(
            DELIVERY.c.state == SENDING, DELIVERY.c.lease_until <= now
        )
    )
    return [(row.organization_id, row.id) for row in rows]
