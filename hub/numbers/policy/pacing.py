"""How many invitations may go out now.

Every limit is a number of sends within a sliding time, so what counts is what the database says was sent: whoever goes
on after a crash counts again and is as far as before. Callers count and queue in one transaction, and hold the lock of
the counts (`hub.db.unasked.lock`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from hub.numbers.policy.caps import share_of
from hub.types.numbers import Quality

DAY: Final = timedelta(days=1)


class Scope(StrEnum):
    """Whose sends a limit counts together. PORTFOLIO: all that an organization has at one messenger."""

    SENDER = "sender"
    PORTFOLIO = "portfolio"
    ORGANIZATION = "organization"


class Nature(StrEnum):
    """TECHNICAL: how fast a sender can send. CAP: how much is good for it, which falls with its quality."""

    TECHNICAL = "technical"
    CAP = "cap"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` sends within any time as long as `per`."""

    most: int
    per: timedelta
    scope: Scope
    nature: Nature = Nature.CAP


@dataclass(frozen=True, slots=True)
class Sent:
    """What a limit counts: sends after `since(limit, now)`, and when the oldest of them was."""

    limit: Limit
    count: int = 0
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many may go out now; for 0 when to look again (None: not before the quality rises) and what held it."""

    count: int
    again_at: datetime | None = None
    by: Limit | None = None


def since(limit: Limit, now: datetime) -> datetime:
    """Return the moment after which sends count."""
    return now - limit.per


def most_of(limit: Limit, quality: Quality) -> int:
    """Return what a limit allows at a quality. At LOW nothing goes out, however fast the sender is."""
    if limit.nature is Nature.CAP or share_of(1, quality) == 0:
        return share_of(limit.most, quality)
    return limit.most


def allowance(limits: Sequence[Sent], now: datetime, quality: Quality = Quality.UNKNOWN) -> Allowance:
    """Return how many may go out now under all limits together. Without limits nothing may."""
    if not limits:
        return Allowance(0)
    tightest = min(limits, key=lambda each: most_of(each.limit, quality) - each.count)
    count = most_of(tightest.limit, quality) - tightest.count
    if count > 0:
        return Allowance(count)
    return Allowance(0, _again_at(limits, now, quality), tightest.limit)


def _again_at(limits: Iterable[Sent], now: datetime, quality: Quality) -> datetime | None:
    """When the oldest send of each limit that is used up has left it: looking sooner is in vain."""
    used_up = [each for each in limits if most_of(each.limit, quality) <= each.count]
    if any(most_of(each.limit, quality) == 0 for each in used_up):
        return None
    return max((each.oldest or now) + each.limit.per for each in used_up)
