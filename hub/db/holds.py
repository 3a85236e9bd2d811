"""Holds of senders that failures make: a harder one takes the place of a weaker one, never the other way round."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import or_, select, update

from hub.db.session import Tx
from hub.db.tables.core import SENDER
from hub.types import Level, Reach
from hub.types.bans import Act

RATE = "rate"
CREDENTIALS, BANNED = "credentials", "banned"
_WEAKER = {CREDENTIALS: (RATE,), "restricted": (RATE,), BANNED: (RATE, "restricted", CREDENTIALS)}
"""Which hold takes the place of which others."""
_OF_CASES = (CREDENTIALS, BANNED, "restricted")
"""What a ban case makes and takes back."""
_NOT_HELD: Final = {"hold": None, "hold_until": None, "hold_reason": None}


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


# --- what a ban case holds -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Forbidden:
    """What a provider has forbidden a sender, in place of what it had forbidden before.

    hold  what holds everything: BANNED or CREDENTIALS; None: answers still go out
    """

    level: Level
    reach: Reach
    acts: Collection[Act]
    until: datetime | None
    hold: str | None
    reason: str


def forbid(tx: Tx, sender_id: str, forbidden: Forbidden) -> bool:
    """Hold exactly this of a sender, which is locked; True when answers were held before and go out again."""
    mine = SENDER.c.organization_id == tx.organization_id, SENDER.c.id == sender_id
    held = tx.first(select(SENDER.c.hold, SENDER.c.forbids).where(*mine))
    if held is None:
        return False
    values: dict[str, Any] = {
        "level": forbidden.level.value,
        "reach": forbidden.reach.value,
        "forbids": sorted(forbidden.acts),
        "forbids_until": forbidden.until,
    }
    freed = forbidden.hold is None and Act.REPLIES in held.forbids and held.hold in _OF_CASES
    if forbidden.hold is not None:
        values |= {"hold": forbidden.hold, "hold_until": forbidden.until, "hold_reason": forbidden.reason}
    elif freed:
        values |= _NOT_HELD
    tx.execute(update(SENDER).where(*mine).values(**values))
    return freed


def reopen(tx: Tx, sender_id: str) -> None:
    """Hold nothing of a sender any more but what its provider's rate asks for."""
    mine = SENDER.c.organization_id == tx.organization_id, SENDER.c.id == sender_id
    free: dict[str, Any] = {
        "level": Level.NONE.value,
        "reach": Reach.SENDER.value,
        "forbids": [],
        "forbids_until": None,
    }
    tx.execute(update(SENDER).where(*mine).values(**free))
    tx.execute(update(SENDER).where(*mine, SENDER.c.hold.in_(_OF_CASES)).values(**_NOT_HELD))


def look_at(tx: Tx, sender_id: str, at: datetime) -> None:
    """Have a sender looked at at its provider at a time."""
    mine = SENDER.c.organization_id == tx.organization_id, SENDER.c.id == sender_id
    tx.execute(update(SENDER).where(*mine).values(look_at=at))
