"""Mails of the hub's own that were written when something happened. `hub.db.notifications` has what becomes of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update

from hub.db.notifications import DELIVERED, FAILED, QUEUED, RANKS
from hub.db.session import Tx
from hub.db.tables.core import BAN_EVENT, CONVERSATION, NOTIFICATION, USER
from hub.types import Role, What


@dataclass(frozen=True, slots=True)
class NewLetter:
    """A mail about no conversation, written already, to a user of any organization.

    event_id   what it tells of, which each user is told of once
    trigger    what happened, in one word
    """

    id: str
    organization_id: str
    user_id: str
    event_id: str
    trigger: str
    subject: str
    text: str
    created_at: datetime


def add(tx: Tx, new: Sequence[NewLetter]) -> set[str]:
    """Write letters to be; return the ids of those that nobody was told of already. Platform work beyond the own."""
    rows = [
        {
            "id": each.id,
            "organization_id": each.organization_id,
            "user_id": each.user_id,
            "recipient": each.user_id,
            "what": What.BAN,
            "trigger": each.trigger,
            "event_id": each.event_id,
            "letter": {"subject": each.subject, "text": each.text},
            "state": QUEUED,
            "attempts": 0,
            "due_at": each.created_at,
            "created_at": each.created_at,
        }
        for each in new
    ]
    return {row.id for row in tx.insert_new(NOTIFICATION, rows, returning=("id",))}


@dataclass(frozen=True, slots=True)
class Fate:
    """What a relay says of a letter. `state`: sent, delivered or failed; `trouble`: what is wrong with the address."""

    letter_id: str
    state: str
    trouble: str | None = None


def hear(tx: Tx, fates: Sequence[Fate]) -> None:
    """Move letters on by what a relay says of them; of one that is gone nothing is kept. Work of the intake."""
    # always in this order, so that two commits do not wait for each other
    for fate in sorted(fates, key=lambda each: each.letter_id):
        lower = RANKS[: RANKS.index(fate.state) + bool(fate.trouble)]
        tx.execute(
            update(NOTIFICATION)
            .where(
                NOTIFICATION.c.id == fate.letter_id,
                NOTIFICATION.c.conversation_id.is_(None),
                NOTIFICATION.c.state.in_(lower),
            )
            .values(state=fate.state, error=fate.trouble, lease_until=None)
        )


@dataclass(frozen=True, slots=True)
class Untold:
    """An admin whose last letter about a ban did not reach them, or was not wanted, and why."""

    name: str
    why: str


def list_untold(tx: Tx, case_id: str) -> tuple[Untold, ...]:
    """Return the organization's people who are not reached by letters about a case."""
    rows = tx.all(
        select(NOTIFICATION.c.user_id, NOTIFICATION.c.error, USER.c.name)
        .join(USER, USER.c.id == NOTIFICATION.c.user_id)
        .join(BAN_EVENT, BAN_EVENT.c.id == NOTIFICATION.c.event_id)
        .where(
            NOTIFICATION.c.organization_id == tx.organization_id,
            USER.c.organization_id == tx.organization_id,
            BAN_EVENT.c.organization_id == tx.organization_id,
            BAN_EVENT.c.case_id == case_id,
            NOTIFICATION.c.state.in_((DELIVERED, FAILED)),
        )
        .order_by(NOTIFICATION.c.id)
    )
    last = {row.user_id: row for row in rows}
    return tuple(Untold(row.name, row.error) for row in last.values() if row.error)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who gets a letter. `language` and `time_zone` "": not chosen; then the organization's zone, and English."""

    id: str
    organization_id: str
    language: str
    time_zone: str


def list_readers(tx: Tx, roles: Collection[Role]) -> list[Reader]:
    """Return the organization's users with one of these roles who may sign in."""
    return _readers(tx, USER.c.organization_id == tx.organization_id, USER.c.role.in_(roles))


def list_platform_admins(tx: Tx) -> list[Reader]:
    """Return who runs the platform. Platform work."""
    return _readers(tx, USER.c.platform_admin.is_(True))


def _readers(tx: Tx, *conditions: ColumnElement[bool]) -> list[Reader]:
    columns = USER.c.id, USER.c.organization_id, USER.c.language, USER.c.time_zone
    rows = tx.all(select(*columns).where(*conditions, USER.c.disabled_at.is_(None)).order_by(USER.c.id))
    return [Reader(row.id, row.organization_id, row.language, row.time_zone) for row in rows]


@dataclass(frozen=True, slots=True)
class Touched:
    """How much hangs on a channel."""

    conversations: int
    recipients: int


def count_touched(tx: Tx, channel_id: str) -> Touched:
    """Return how many conversations a channel has, and with how many people."""
    row = tx.first(
        select(
            func.count().label("conversations"), func.count(CONVERSATION.c.identity_id.distinct()).label("recipients")
        ).where(CONVERSATION.c.organization_id == tx.organization_id, CONVERSATION.c.channel_id == channel_id)
    )
    return Touched(row.conversations, row.recipients) if row else Touched(0, 0)
