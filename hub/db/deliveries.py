"""Deliveries: one outbound message on its way each, and where it stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, literal_column, select, update

from hub.db import unasked
from hub.db.session import Tx
from hub.db.successions import PAST
from hub.db.suspension import resting_senders
from hub.db.tables.core import CONTACT, CONVERSATION, DELIVERY, MESSAGE, SENDER
from hub.ids import new_id
from hub.numbers.policy.caps import Sending
from hub.types import ChannelKind, MessageStatus

QUEUED = "queued"
SENDING = "sending"
HELD = "held"
UNDER_WAY = DELIVERY.c.state.in_((literal_column("'queued'"), literal_column("'sending'")))
"""Word for word as the index of what is under way says it: SQLite finds that by nothing else."""
IS_HELD = DELIVERY.c.state == literal_column("'held'")
"""The same for what is held."""
"""Nothing sends it by itself: a person lets it go, or discards it (`hub.db.held_messages`)."""
UNCERTAIN = "uncertain"


@dataclass(frozen=True, slots=True)
class DeliveryRef:
    """A delivery and the message it carries."""

    id: str
    message_id: str
    state: str


def insert(tx: Tx, sender_id: str, message_id: str, now: datetime, sending: Sending = Sending.ANSWER) -> str:
    """Queue a message for sending; return the delivery's id. `sending`: whether the person asked for it."""
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
                "unasked": sending is Sending.UNASKED,
                "attempts": 0,
                "due_at": now,
                "created_at": now,
            }
        ],
    )
    return delivery_id


def insert_again(tx: Tx, delivery_id: str, now: datetime) -> None:
    """Queue the message of a delivery that came back for the same sender, as a new delivery of the same age."""
    of = DELIVERY.c.organization_id == tx.organization_id, DELIVERY.c.id == delivery_id
    row = tx.first(select(DELIVERY).where(*of))
    if row is None:
        return
    again = {"id": new_id(), "state": QUEUED, "attempts": 0, "due_at": now}
    same = ("organization_id", "sender_id", "message_id", "unasked", "created_at")
    tx.insert(DELIVERY, [again | {name: getattr(row, name) for name in same}])


def was_tried(tx: Tx, delivery_id: str) -> bool:
    """Whether a provider may have something to say of a delivery: one that was never begun it does not know."""
    of = DELIVERY.c.organization_id == tx.organization_id, DELIVERY.c.id == delivery_id
    return tx.scalar(select(DELIVERY.c.id).where(*of, DELIVERY.c.attempts > 0)) is not None


def holds_lease(tx: Tx, delivery_id: str, lease_until: datetime) -> bool:
    """Tell whether a delivery is still being sent under this lease, and not under a later one."""
    found = tx.scalar(
        select(DELIVERY.c.id).where(
            DELIVERY.c.organization_id == tx.organization_id,
            DELIVERY.c.id == delivery_id,
            DELIVERY.c.state == SENDING,
            DELIVERY.c.lease_until == lease_until,
        )
    )
    return found is not None


def list_held(tx: Tx, delivery_ids: Sequence[str]) -> dict[str, datetime]:
    """Return delivery → its lease, of those that are still being sent and are their message's newest."""
    newer = DELIVERY.alias("newer")
    later = select(newer.c.id).where(newer.c.message_id == DELIVERY.c.message_id, newer.c.id > DELIVERY.c.id)
    rows = tx.all(
        select(DELIVERY.c.id, DELIVERY.c.lease_until).where(
            DELIVERY.c.organization_id == tx.organization_id,
            DELIVERY.c.id.in_(delivery_ids),
            DELIVERY.c.state == SENDING,
            ~later.exists(),
        )
    )
    return {row.id: row.lease_until for row in rows}


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
        .where(DELIVERY.c.id == delivery_id, DELIVERY.c.state.in_((QUEUED, SENDING, HELD)))
        .values(state=state, lease_until=None)
    )
    return done.rowcount == 1


def confirm(tx: Tx, delivery_ids: Sequence[str], state: MessageStatus) -> None:
    """End deliveries by the provider's own word, which also settles those that were uncertain."""
    tx.execute(
        update(DELIVERY)
        .where(
            DELIVERY.c.organization_id == tx.organization_id,
            DELIVERY.c.id.in_(delivery_ids),
            DELIVERY.c.state.in_((QUEUED, SENDING, HELD, UNCERTAIN)),
        )
        .values(state=state, lease_until=None, look_up_at=None)
    )


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
            SENDER.c.state != PAST,
            DELIVERY.c.unasked.is_(False) | ~unasked.forbidden(now),
            SENDER.c.id.not_in(resting_senders()),
            MESSAGE.c.suspended_at.is_(None),
            CONTACT.c.restricted_at.is_(None),
        )
        .group_by(DELIVERY.c.sender_id)
    )
    return [row.sender_id for row in rows]


@dataclass(frozen=True, slots=True)
class ExpiredLease:
    """A send whose process died: the lease is over and nobody recorded an outcome."""

    organization_id: str
    delivery_id: str
    kind: ChannelKind


def list_expired(tx: Tx, now: datetime) -> list[ExpiredLease]:
    """Return the sends whose lease is over. Platform work."""
    rows = tx.all(
        select(DELIVERY.c.organization_id, DELIVERY.c.id, SENDER.c.kind)
        .join(SENDER, SENDER.c.id == DELIVERY.c.sender_id)
        .where(DELIVERY.c.state == SENDING, DELIVERY.c.lease_until <= now)
    )
    return [ExpiredLease(row.organization_id, row.id, ChannelKind(row.kind)) for row in rows]
