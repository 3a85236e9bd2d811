"""What a number's past with us forbids, asked before it is bought again: bans, and an organization it rests for."""

from collections.abc import Collection
from datetime import datetime

from hub.db.stock import StockRecord
from hub.errors import Conflict
from hub.numbers.policy import life
from hub.types import ChannelKind
from hub.types.numbers import NumberState

AGAIN = frozenset({NumberState.RETURNED, NumberState.FAILED})
"""What is known and not ours: it may be ordered again."""


def check_past(known: StockRecord, organization_id: str | None, kinds: Collection[ChannelKind], now: datetime) -> None:
    """Raise Conflict when a number that may be ordered again could not be lent afterwards.

    For an organization every one of `kinds` must be possible, for the pool one of them.
    """
    after = life.bought(life.order_again(known.life), now)
    if organization_id is None:
        if after.banned >= frozenset(kinds):
            raise Conflict("the messenger has banned this number; take another one, or wait until it is reinstated")
        return
    for kind in kinds:
        life.lend(after, organization_id, kind)


def may_have(known: StockRecord, organization_id: str, kinds: Collection[ChannelKind], now: datetime) -> bool:
    """Whether an organization may have a number that is known, once it is bought again as all of `kinds`."""
    if known.life.state not in AGAIN:
        return False
    try:
        check_past(known, organization_id, kinds, now)
    except Conflict:
        return False
    return True
