"""What a judgement reads: the sender's history, and what counts beside it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from hub.channels.base import Adapter
from hub.db import signals
from hub.db.looks import Neighbour, Watched
from hub.db.session import Tx
from hub.numbers.policy.scoring import volumes_from
from hub.types import Reach
from hub.types.bans import Fellow, History, Standing

_WEEK = timedelta(days=7)
_FRESH = timedelta(minutes=15)
"""An older look says nothing of how a sender fares now."""


def remember(tx: Tx, sender_id: str, now: datetime) -> History:
    """Return a sender's signals of the last week, of one in trouble those since a week before it began."""
    began = signals.trouble_began(tx, sender_id) or now
    kept = tuple(each.signal for each in signals.list_since(tx, sender_id, min(began, now) - _WEEK))
    since = volumes_from(kept, now)
    return History(kept, signals.count_sent(tx, sender_id, since) if since else ())


def standing_of(adapter: Adapter, watched: Watched, around: Sequence[Neighbour], now: datetime) -> Standing:
    """Return what counts beside the signals. `around`: the sender's own row first, then those it shares something with.

    A business account is shared by senders of one kind: a number's text messages go on when its messenger bans it.
    """
    this, others = around[0], around[1:]
    fellows = tuple(Fellow(reach, _online(other, now)) for other in others for reach in _shared(adapter, this, other))
    return Standing(watched.worked_at, watched.credentials_changed_at, fellows)


def _shared(adapter: Adapter, this: Neighbour, other: Neighbour) -> list[Reach]:
    same_account = this.account_id is not None and this.account_id == other.account_id
    found = [Reach.PROVIDER_ACCOUNT] if same_account else []
    if this.kind != other.kind:
        return found
    if this.account_id is None and other.account_id is None:
        found.append(Reach.APP)
    if _is_one_business(adapter, this, other, same_account):
        found.append(Reach.BUSINESS_ACCOUNT)
    if this.portfolio_id and this.portfolio_id == other.portfolio_id:
        found.append(Reach.PORTFOLIO)
    return found


def _is_one_business(adapter: Adapter, this: Neighbour, other: Neighbour, same_account: bool) -> bool:
    """Where each organization has an account of its own, that stands for its business account until they signed up."""
    if this.business_id or other.business_id:
        return this.business_id == other.business_id
    return same_account and adapter.one_organization_per_account


def _online(other: Neighbour, now: datetime) -> bool | None:
    if other.checked_at is None or now - other.checked_at > _FRESH:
        return None
    return other.online
