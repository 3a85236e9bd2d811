"""Holds of senders that failures make: a harder one takes the place of a weaker one, never the other way round."""

from datetime import datetime

from sqlalchemy import or_, select, update

from hub.db.session import Tx
from hub.db.tables.core import SENDER

RATE = "rate"
_WEAKER = {"credentials": (RATE,), "restricted": (RATE,), "banned": (RATE, "restricted", "credentials")}
"""Which hold takes the place of which others."""


def stop(tx: Tx, sender_id: str, what: str, reason: str) -> str | None:
    """Hold a sender until somebody mends it; return its channel, None when that hold or a harder one stands."""
    weaker = _WEAKER.get(what, (RATE,))
    held = (
        update(SENDER)
        .where(
            SENDER.c.organization_id == tx.organization_id,
            SENDER.c.id == sender_id,
            or_(SENDER.c.hold.is_(None), SENDER.c.hold.in_(weaker)),
        )
        .values(hold=what, hold_until=None, hold_reason=reason)
    )
    row = tx.execute(held.returning(SENDER.c.channel_id)).first()
    return row.channel_id if row else None


def wait_until(tx: Tx, sender_id: str, until: datetime, reason: str) -> str | None:
    """Hold a sender until a time, never shorter than it is held; return its channel, None when it is held already."""
    held = (
        update(SENDER)
        .where(
            SENDER.c.organization_id == tx.organization_id,
            SENDER.c.id == sender_id,
            or_(SENDER.c.hold.is_(None), (SENDER.c.hold == RATE) & (SENDER.c.hold_until < until)),
        )
        .values(hold=RATE, hold_until=until, hold_reason=reason)
    )
    row = tx.execute(held.returning(SENDER.c.channel_id)).first()
    return row.channel_id if row else None


def held_until(tx: Tx, sender_id: str, now: datetime) -> datetime | None:
    """Return when a sender that only waits may go on; None when it does not wait, or nobody knows."""
    found = tx.first(
        select(SENDER.c.hold_until).where(
            SENDER.c.organization_id == tx.organization_id, SENDER.c.id == sender_id, SENDER.c.hold_until > now
        )
    )
    return found.hold_until if found else None
