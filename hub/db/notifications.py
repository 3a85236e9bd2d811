"""Queries on mails of the hub's own and what became of them. Who is told is in `hub.db.absences`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select, update

from hub.db.session import Tx
from hub.db.tables.core import CONTACT, IDENTITY, MESSAGE, NOTIFICATION
from hub.types import Direction, Person, Trigger, What

QUEUED, SENDING, SENT, UNCERTAIN, DELIVERED, FAILED, CANCELLED = (
    "queued", "sending", "sent", "uncertain", "delivered", "failed", "cancelled",
)  # fmt: skip
RANKS = (QUEUED, SENDING, UNCERTAIN, SENT, FAILED, DELIVERED)


@dataclass(frozen=True, slots=True)
class NewNotification:
    """A mail to be written. Exactly one of `identity_id` and `user_id` is its recipient."""

    id: str
    conversation_id: str
    identity_id: str | None
    user_id: str | None
    what: str
    trigger: str
    last_message_id: str
    due_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Notification:
    """A mail as it stands.

    `last_message_id` is what it was written for: with BY_MAIL the one answer it carries. It never changes.
    A letter (subject, text; `hub.db.letters`) is about no conversation and no message: both ids are "".
    """

    id: str
    conversation_id: str
    identity_id: str | None
    user_id: str | None
    what: str
    trigger: str
    last_message_id: str
    state: str
    attempts: int
    error: str | None
    created_at: datetime
    letter: tuple[str, str] | None = None


def add(tx: Tx, new: Sequence[NewNotification]) -> set[str]:
    """Write mails to be; return the ids of those that nobody was told already."""
    rows = [
        {
            "id": each.id,
            "organization_id": tx.organization_id,
            "conversation_id": each.conversation_id,
            "identity_id": each.identity_id,
            "user_id": each.user_id,
            "recipient": each.identity_id or each.user_id,
            "what": each.what,
            "trigger": each.trigger,
            "last_message_id": each.last_message_id,
            "state": QUEUED,
            "attempts": 0,
            "due_at": each.due_at,
            "created_at": each.created_at,
        }
        for each in new
    ]
    return {row.id for row in tx.insert_new(NOTIFICATION, rows, returning=("id",))}


def find_queued(tx: Tx, conversation_id: str) -> str | None:
    """Return the mail that waits to tell the person of a conversation of answers there."""
    found = tx.scalar(
        select(NOTIFICATION.c.id).where(
            NOTIFICATION.c.organization_id == tx.organization_id,
            NOTIFICATION.c.conversation_id == conversation_id,
            NOTIFICATION.c.what == What.ANSWER,
            NOTIFICATION.c.trigger != Trigger.BY_MAIL,
            NOTIFICATION.c.state.in_((QUEUED, SENDING)),
        )
    )
    return str(found) if found else None


def list_due(tx: Tx, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Return (organization, id) of mails whose time has come, those about bans first. Platform work."""
    rows = tx.all(
        select(NOTIFICATION.c.organization_id, NOTIFICATION.c.id)
        .where(NOTIFICATION.c.state == QUEUED, NOTIFICATION.c.due_at <= now)
        .order_by(NOTIFICATION.c.what != What.BAN, NOTIFICATION.c.due_at)
        .limit(limit)
    )
    return [(row.organization_id, row.id) for row in rows]


def list_interrupted(tx: Tx, now: datetime, unconfirmed_since: datetime) -> list[tuple[str, str, str]]:
    """Return (organization, id, state) of mails cut off while being sent, or confirmed by no relay. Platform work."""
    rows = tx.all(
        select(NOTIFICATION.c.organization_id, NOTIFICATION.c.id, NOTIFICATION.c.state).where(
            or_(
                and_(NOTIFICATION.c.state == SENDING, NOTIFICATION.c.lease_until <= now),
                and_(NOTIFICATION.c.state == UNCERTAIN, NOTIFICATION.c.due_at <= unconfirmed_since),
            )
        )
    )
    return [(row.organization_id, row.id, row.state) for row in rows]


def take(tx: Tx, notification_id: str, now: datetime, lease_until: datetime) -> Notification | None:
    """Mark a mail as being sent; None when somebody else did."""
    row = tx.execute(
        update(NOTIFICATION)
        .where(
            NOTIFICATION.c.organization_id == tx.organization_id,
            NOTIFICATION.c.id == notification_id,
            NOTIFICATION.c.state == QUEUED,
            NOTIFICATION.c.due_at <= now,
        )
        .values(state=SENDING, lease_until=lease_until, attempts=NOTIFICATION.c.attempts + 1)
        .returning(NOTIFICATION)
    ).first()
    return _notification(row) if row else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of sending a mail. `due_at`: when it is tried again, or looked at."""

    state: str
    due_at: datetime
    error: str | None = None
    external_id: str | None = None


def settle(tx: Tx, notification_id: str, outcome: Outcome) -> bool:
    """Write what came of a mail; False when it is not being sent any more."""
    done = tx.execute(
        update(NOTIFICATION)
        .where(
            NOTIFICATION.c.organization_id == tx.organization_id,
            NOTIFICATION.c.id == notification_id,
            NOTIFICATION.c.state == SENDING,
        )
        .values(
            lease_until=None,
            state=outcome.state,
            due_at=outcome.due_at,
            error=outcome.error,
            external_id=outcome.external_id,
        )
    )
    return done.rowcount == 1


def interrupt(tx: Tx, notification_id: str, error: str, now: datetime) -> Notification | None:
    """Turn a mail whose sending was cut off into an uncertain one; None when it is not being sent any more."""
    row = tx.execute(
        update(NOTIFICATION)
        .where(
            NOTIFICATION.c.organization_id == tx.organization_id,
            NOTIFICATION.c.id == notification_id,
            NOTIFICATION.c.state == SENDING,
            NOTIFICATION.c.lease_until <= now,
        )
        .values(state=UNCERTAIN, error=error, lease_until=None, due_at=now)
        .returning(NOTIFICATION)
    ).first()
    return _notification(row) if row else None


def raise_state(tx: Tx, notification_id: str, state: str, error: str | None) -> Notification | None:
    """Move a mail forward by what a relay says of it; None when there is none or it stands there or further."""
    lower = RANKS[: RANKS.index(state)]
    row = tx.execute(
        update(NOTIFICATION)
        .where(
            NOTIFICATION.c.organization_id == tx.organization_id,
            NOTIFICATION.c.id == notification_id,
            NOTIFICATION.c.state.in_(lower),
        )
        .values(state=state, error=error, lease_until=None)
        .returning(NOTIFICATION)
    ).first()
    return _notification(row) if row else None


def note_told(tx: Tx, notification_id: str, until: str) -> None:
    """Note the newest message that a mail which is being sent tells of."""
    mine = (NOTIFICATION.c.organization_id == tx.organization_id, NOTIFICATION.c.id == notification_id)
    tx.execute(update(NOTIFICATION).where(*mine).values(told_until=until))


def goes_by_mail(tx: Tx, message_id: str) -> bool:
    """Return whether a message goes by mail only; one that somebody sent again on its channel does not any more."""
    mine = (MESSAGE.c.organization_id == tx.organization_id, MESSAGE.c.id == message_id)
    ours = (MESSAGE.c.direction == Direction.OUTBOUND, MESSAGE.c.sender_id.is_(None))
    return tx.scalar(select(MESSAGE.c.id).where(*mine, *ours)) is not None


def end_for(tx: Tx, identity_id: str, now: datetime) -> bool:
    """Note that a person wants none of the hub's own mails; they are still answered. False when that was noted."""
    mine = (IDENTITY.c.organization_id == tx.organization_id, IDENTITY.c.id == identity_id)
    wanted = update(IDENTITY).where(*mine, IDENTITY.c.no_notifications_at.is_(None))
    return tx.execute(wanted.values(no_notifications_at=now)).rowcount == 1


def person_of(tx: Tx, identity_id: str) -> tuple[Person, str] | None:
    """Return an identity as a recipient, and why nothing may go there ("" when it may)."""
    row = tx.first(
        select(IDENTITY.c.address, IDENTITY.c.scope, IDENTITY.c.unreachable, IDENTITY.c.opted_out_at, CONTACT.c.name)
        .join(CONTACT, CONTACT.c.id == IDENTITY.c.contact_id)
        .where(IDENTITY.c.organization_id == tx.organization_id, IDENTITY.c.id == identity_id)
        .where(CONTACT.c.restricted_at.is_(None))
    )
    if row is None:
        return None
    why = row.unreachable or ("they do not want to be written to" if row.opted_out_at else "")
    return Person(row.address, row.scope, row.name), why


def list_newest(tx: Tx, conversation_id: str, limit: int) -> list[Notification]:
    """Return the newest mails about a conversation."""
    rows = tx.all(
        select(NOTIFICATION)
        .where(NOTIFICATION.c.organization_id == tx.organization_id, NOTIFICATION.c.conversation_id == conversation_id)
        .order_by(NOTIFICATION.c.id.desc())
        .limit(limit)
    )
    return [_notification(row) for row in rows]


def _notification(row: Any) -> Notification:
    letter = (row.letter["subject"], row.letter["text"]) if row.letter else None
    return Notification(
        row.id, row.conversation_id or "", row.identity_id, row.user_id, row.what, row.trigger,
        row.last_message_id or "", row.state, row.attempts, row.error, row.created_at, letter,
    )  # fmt: skip
