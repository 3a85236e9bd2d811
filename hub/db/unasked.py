"""Messages that nobody asked for: whether a sender may send any, and how many an organization has sent."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, case, cast, func, or_, select

from hub.db import ban_wishes
from hub.db.session import Tx
from hub.db.tables.core import CONVERSATION, DELIVERY, IDENTITY, MESSAGE, SENDER
from hub.numbers.policy.caps import Caps, Spent, share_of
from hub.types.bans import Act
from hub.types.numbers import Quality

_SILENT = tuple(each.value for each in Quality if share_of(1, each) == 0)
"""Qualities at which nothing goes out that nobody asked for."""


def forbidden(now: datetime) -> ColumnElement[bool]:
    """Whether a row of `senders` may send nothing unasked now."""
    named = cast(SENDER.c.forbids, Text).contains(f'"{Act.UNASKED.value}"')
    lasts = or_(SENDER.c.forbids_until.is_(None), SENDER.c.forbids_until > now)
    return or_(and_(named, lasts), SENDER.c.quality.in_(_SILENT))


def are_forbidden(tx: Tx, sender_id: str, now: datetime) -> bool:
    """Whether a sender may send nothing unasked now: its provider forbids it, or people complain about it."""
    mine = SENDER.c.organization_id == tx.organization_id, SENDER.c.id == sender_id
    return tx.scalar(select(SENDER.c.id).where(*mine, forbidden(now))) is not None


def caps_of(tx: Tx) -> Caps:
    """Return what the transaction's organization may send unasked; what it did not agree on is as usual."""
    agreed, usual = ban_wishes.get(tx, tx.organization_id).caps, Caps()
    return Caps(
        usual.recipients if agreed.recipients is None else agreed.recipients,
        usual.unasked if agreed.unasked is None else agreed.unasked,
    )


def lock(tx: Tx) -> None:
    """Let one transaction of the organization at a time count what was sent unasked, and add to it.

    SQLite's write lock does it already.
    """
    if not tx.is_sqlite:
        tx.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"unasked {tx.organization_id}", 0))))


def daily_limit_of(tx: Tx, sender_id: str) -> int | None:
    """Return to how many people a sender's messenger lets the organization write unasked within 24 hours."""
    mine = SENDER.c.organization_id == tx.organization_id, SENDER.c.id == sender_id
    found: int | None = tx.scalar(select(SENDER.c.daily_limit).where(*mine))
    return found


def spent(tx: Tx, identity_id: str, since: datetime) -> Spent:
    """Return what the organization has queued unasked since then, and whether this person is among the recipients."""
    there = select(IDENTITY.c.kind).where(IDENTITY.c.id == identity_id).scalar_subquery()
    sent = and_(DELIVERY.c.organization_id == tx.organization_id, DELIVERY.c.unasked, DELIVERY.c.created_at > since)
    row: Any = tx.first(
        select(
            func.count(DELIVERY.c.id).label("unasked"),
            func.count(func.distinct(CONVERSATION.c.identity_id)).label("recipients"),
            func.max(case((CONVERSATION.c.identity_id == identity_id, 1), else_=0)).label("known"),
            func.count(func.distinct(case((IDENTITY.c.kind == there, IDENTITY.c.id)))).label("there"),
        )
        .join(MESSAGE, MESSAGE.c.id == DELIVERY.c.message_id)
        .join(CONVERSATION, CONVERSATION.c.id == MESSAGE.c.conversation_id)
        .join(IDENTITY, IDENTITY.c.id == CONVERSATION.c.identity_id)
        .where(sent)
    )
    return Spent(int(row.recipients), int(row.unasked), bool(row.known), int(row.there))
