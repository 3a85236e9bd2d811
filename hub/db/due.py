"""What is due: a sender's queued deliveries whose time has come, with all that sending them needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update

from hub.db.deliveries import QUEUED, SENDING
from hub.db.session import Tx
from hub.db.tables.core import CONTACT, CONVERSATION, DELIVERY, IDENTITY, MESSAGE, ORGANIZATION, USER
from hub.types import JsonObject, MessageStatus, Person


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """A delivery whose time has come, with all that an adapter needs to know of its message.

    parts             the message's, as they are stored
    author_name       what the person may know of whoever wrote it: their alias, else the organization's name
    by_person         one of our people wrote it, nothing automatic
    last_inbound_at   when the person last wrote in this conversation: what reply windows are counted from
    attempts          how often it was tried before
    """

    id: str
    message_id: str
    conversation_id: str
    recipient: Person
    unreachable: str | None
    opted_out: bool
    text: str
    parts: tuple[JsonObject, ...]
    topic: str | None
    author_name: str
    by_person: bool
    last_inbound_at: datetime | None
    reply_to_external_id: str | None
    attempts: int


def list_due(tx: Tx, sender_id: str, now: datetime, limit: int) -> list[DueDelivery]:
    """Return a sender's due deliveries, oldest first; of one conversation none overtakes an earlier one.

    Suspended messages (B6) and those to restricted contacts (F20) are not due, and let the others pass.
    """
    due = (
        DELIVERY.c.sender_id == sender_id,
        DELIVERY.c.state == QUEUED,
        DELIVERY.c.due_at <= now,
        MESSAGE.c.suspended_at.is_(None),
        CONTACT.c.restricted_at.is_(None),
        ~_earlier(sender_id).exists(),
    )
    return [_due(row) for row in tx.all(_with_messages(tx).where(*due).order_by(DELIVERY.c.id).limit(limit))]


def find_tried(tx: Tx, delivery_id: str) -> DueDelivery | None:
    """Return a delivery in whatever state, as it was sent."""
    row = tx.first(_with_messages(tx).where(DELIVERY.c.id == delivery_id))
    return _due(row) if row else None


def _with_messages(tx: Tx) -> Any:
    answered = MESSAGE.alias("answered")
    return (
        select(
            DELIVERY.c.id,
            DELIVERY.c.attempts,
            MESSAGE.c.id.label("message_id"),
            MESSAGE.c.conversation_id,
            MESSAGE.c.text,
            MESSAGE.c.parts,
            MESSAGE.c.author_type,
            USER.c.alias,
            ORGANIZATION.c.name.label("organization_name"),
            MESSAGE.c.automatic,
            CONVERSATION.c.topic,
            CONVERSATION.c.last_inbound_at,
            IDENTITY.c.address,
            IDENTITY.c.scope,
            IDENTITY.c.unreachable,
            IDENTITY.c.opted_out_at,
            CONTACT.c.name.label("contact_name"),
            answered.c.external_id.label("reply_to_external_id"),
        )
        .join(MESSAGE, MESSAGE.c.id == DELIVERY.c.message_id)
        .join(CONVERSATION, CONVERSATION.c.id == MESSAGE.c.conversation_id)
        .join(IDENTITY, IDENTITY.c.id == CONVERSATION.c.identity_id)
        .join(CONTACT, CONTACT.c.id == CONVERSATION.c.contact_id)
        .join(ORGANIZATION, ORGANIZATION.c.id == DELIVERY.c.organization_id)
        .outerjoin(USER, USER.c.id == MESSAGE.c.author_id)
        .outerjoin(answered, answered.c.id == MESSAGE.c.reply_to_id)
        .where(DELIVERY.c.organization_id == tx.organization_id)
    )


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
        recipient=Person(row.address, row.scope, row.contact_name),
        unreachable=row.unreachable,
        opted_out=row.opted_out_at is not None,
        text=row.text,
        parts=tuple(row.parts),
        topic=row.topic,
        author_name=row.alias or row.organization_name,
        by_person=row.author_type == "user" and not row.automatic,
        last_inbound_at=row.last_inbound_at,
        reply_to_external_id=row.reply_to_external_id,
        attempts=row.attempts,
    )


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
    theirs = select(MESSAGE.c.id).where(
        MESSAGE.c.organization_id == tx.organization_id,
        MESSAGE.c.conversation_id.in_(conversation_ids),
        MESSAGE.c.status == MessageStatus.QUEUED,
    )
    tx.execute(
        update(DELIVERY)
        .where(
            DELIVERY.c.organization_id == tx.organization_id,
            DELIVERY.c.sender_id == sender_id,
            DELIVERY.c.state == QUEUED,
            DELIVERY.c.due_at < until,
            DELIVERY.c.message_id.in_(theirs),
        )
        .values(due_at=until)
    )
