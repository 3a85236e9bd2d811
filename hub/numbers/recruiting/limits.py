"""How many invitations may go out by a channel now."""

from datetime import datetime, timedelta
from typing import Final

from hub.db import sent_invitations, unasked
from hub.db.invitation_ways import ChannelWay
from hub.db.sent_invitations import Counted
from hub.db.session import Tx
from hub.numbers.policy.caps import Caps
from hub.numbers.policy.pacing import DAY, Allowance, Limit, Nature, Scope, Sent, allowance, since
from hub.wiring import Services

_SHARE: Final = 0.5
"""Of what a sender can send: the rest is for answers, which go out in the same line."""
_SPAN: Final = timedelta(seconds=10)
"""Over which a sender's speed is counted: invitations go out in portions."""


def limits_of_channel(services: Services, channel: ChannelWay) -> list[Limit]:
    """Return what binds one sender: how fast it is, and to how many people its messenger lets us write in a day."""
    per_second = services.adapters[channel.kind].capabilities.sends_per_second
    most = max(1, int(per_second * _SHARE * _SPAN.total_seconds()))
    limits = [Limit(most, _SPAN, Scope.SENDER, Nature.TECHNICAL)]
    return limits if channel.daily_limit is None else [*limits, Limit(channel.daily_limit, DAY, Scope.PORTFOLIO)]


def limit_of_organization(caps: Caps) -> Limit:
    """Return what binds all channels together: everything that is sent unasked counts, and each as a person more."""
    return Limit(min(caps.recipients, caps.unasked), DAY, Scope.ORGANIZATION)


def allowed(services: Services, tx: Tx, channel: ChannelWay, now: datetime) -> Allowance:
    """Return how many invitations may be queued on a channel now, from what the database says was queued.

    Whoever queues one on that holds `unasked.lock`.
    """
    counted = []
    for limit in limits_of_channel(services, channel):
        found = _count(tx, channel, limit, now)
        counted.append(Sent(limit, found.count, found.oldest))
    shared = limit_of_organization(unasked.caps_of(tx))
    found = sent_invitations.count_unasked(tx, since(shared, now))
    return allowance([*counted, Sent(shared, found.count, found.oldest)], now, channel.quality)


def _count(tx: Tx, channel: ChannelWay, limit: Limit, now: datetime) -> Counted:
    if limit.scope is Scope.PORTFOLIO:
        return sent_invitations.count_people(tx, channel.kind, since(limit, now))
    return sent_invitations.count_of_channel(tx, channel.channel_id, since(limit, now))
