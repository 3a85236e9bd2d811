"""The supplier's side of a number: ordered and sold, given back, lost, and kept after all."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from hub.errors import Conflict
from hub.numbers.policy.life.resting import quarantine_ends
from hub.numbers.policy.life.standing import NumberLife, free, move, quarantined
from hub.numbers.policy.limits import LIMITS
from hub.types.numbers import NumberState as S

_STILL_WRITTEN_TO: Final = (
    "people may still write to this number, and its next owner would get that; wait until its quarantine is over, or "
    "give the reason why it goes now"
)


def order_again(number: NumberLife) -> NumberLife:
    """Begin to buy a number that was given back, or whose order came to nothing. Raises Conflict."""
    return replace(number, state=move(number.state, S.ORDERED))


def bought(number: NumberLife, now: datetime) -> NumberLife:
    """Note that the provider sold it. Raises Conflict.

    One that was ours within the last quarantine begins a new one: nobody knows who wrote to it meanwhile.
    """
    ends = None if number.quiet_since is None else number.quiet_since + LIMITS.quarantine
    if number.former_id is None or (ends is not None and now >= ends):
        return free(number)
    return quarantined(number, number.former_id, now)


def not_sold(number: NumberLife) -> NumberLife:
    """Note that the provider refused to sell it, or never heard of the order. Raises Conflict."""
    return replace(number, state=move(number.state, S.FAILED))


def settle_order(number: NumberLife, found: str | None, ordered_at: datetime, now: datetime) -> NumberLife:
    """Decide what became of an order whose answer was lost. `found`: the provider's id of what it lists by our name.

    What is found is ours. What is not stays ordered until the provider's list would show it, and is never ordered anew.
    """
    if found is not None:
        return bought(number, now)
    return number if now - ordered_at < LIMITS.order_settles else not_sold(number)


def give_back(number: NumberLife, now: datetime, reason: str = "") -> NumberLife:
    """Begin to give a number back; the provider is asked after this is kept. Raises Conflict.

    reason  why one goes whose quarantine is not over: the provider sells it to strangers, who get what people write
    """
    ends = quarantine_ends(number)
    if ends is not None and now < ends and not reason:
        raise Conflict(_STILL_WRITTEN_TO)
    return replace(number, state=move(number.state, S.RETURNING))


def given_back(number: NumberLife) -> NumberLife:
    """Note that the provider took it back, or that a lost one is given up. Raises Conflict."""
    return replace(number, state=move(number.state, S.RETURNED))


def lose(number: NumberLife) -> NumberLife:
    """Note that the provider does not have it any more. Whoever had it may have it again. Raises Conflict."""
    former = number.organization_id or number.former_id
    return NumberLife(state=move(number.state, S.LOST), former_id=former, talked=number.talked, banned=number.banned)


def keep(number: NumberLife, now: datetime) -> NumberLife:
    """Keep a number that could not be given back, or that the provider has again after it was lost.

    One that carried conversations begins a new quarantine: nobody knows who wrote to it meanwhile. Raises Conflict.
    """
    if number.state not in (S.RETURNING, S.LOST):
        raise Conflict(f"a number that is {number.state} is neither on its way back nor lost; there is nothing to keep")
    if number.former_id is None:
        return free(number)
    return quarantined(number, number.former_id, now)
