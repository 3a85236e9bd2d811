"""A number in quarantine, and whose a message to it is.

It goes only to the organization whose conversations it carried, and to anybody else after nobody wrote to it for the
whole quarantine.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from hub.errors import Conflict
from hub.numbers.policy.life.standing import NumberLife, free
from hub.numbers.policy.limits import LIMITS
from hub.types.numbers import NumberState as S


class Contract(StrEnum):
    """Whether the organization that had a number is still a customer."""

    RUNS = "runs"
    ENDED = "ended"


class Inbound(StrEnum):
    """Whose a message to a number is. NOBODY: it is counted and discarded."""

    HOLDER = "holder"
    FORMER = "former"
    PLATFORM = "platform"
    NOBODY = "nobody"


def hear(number: NumberLife, contract: Contract, now: datetime) -> tuple[NumberLife, Inbound]:
    """Take note of a message to the number, and say whose it is. `contract`: of the organization that had it."""
    is_for = whose(number, contract)
    if is_for is Inbound.HOLDER:
        return replace(number, talked=True), is_for
    if is_for is Inbound.PLATFORM:
        return number, is_for
    return replace(number, quiet_since=_later(number.quiet_since, now)), is_for


def whose(number: NumberLife, contract: Contract) -> Inbound:
    """Say whose a message to the number is. `contract`: of the organization that had it."""
    if number.state is S.LENT:
        return Inbound.HOLDER
    if number.former_id is None:
        return Inbound.PLATFORM
    return Inbound.FORMER if contract is Contract.RUNS else Inbound.NOBODY


def _later(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else max(one, other)


def quarantine_ends(number: NumberLife, lasts: timedelta = LIMITS.quarantine) -> datetime | None:
    """Return when a number is free for anybody if nobody writes to it until then; None for one not in quarantine."""
    if number.state is not S.QUARANTINED or number.quiet_since is None:
        return None
    return number.quiet_since + lasts


def end_quarantine(number: NumberLife, now: datetime) -> NumberLife:
    """Free a number for anybody. Raises Conflict before the quarantine is over."""
    ends = quarantine_ends(number)
    if ends is None or now < ends:
        raise Conflict("the number's quarantine is not over; each message to it counts the time anew")
    return free(number)
