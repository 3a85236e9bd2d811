"""Showing a person that somebody of ours has read what they wrote, where the platform can show that."""

from datetime import timedelta

from hub.conversations.chores import ERRANDS_JOB
from hub.db import errands, reachability, targets
from hub.db.errands import NewErrand
from hub.db.session import Tx
from hub.types import ChannelKind, MarkSeen
from hub.wiring import Services

_WORTH_DOING = timedelta(hours=1)
_SEEN = "seen"


def mark_seen(services: Services, tx: Tx, conversation_id: str, kind: ChannelKind) -> None:
    """Store the errand that shows it: once for each newest message, and one at a time for each person."""
    if not services.adapters[kind].capabilities.seen:
        return
    listener = targets.find_listener(tx, conversation_id)
    if listener is None or listener.newest is None:
        return
    reachable = reachability.find(tx, listener.identity_id)
    errand = MarkSeen(listener.person, listener.newest)
    if reachable is None or reachable.opted_out or reachable.unreachable or _was_told(tx, listener.identity_id, errand):
        return
    errands.drop_untried(tx, _SEEN, None, listener.identity_id)
    now = services.clock()
    new = NewErrand(listener.sender_id, errand, now, now + _WORTH_DOING, identity_id=listener.identity_id)
    errands.insert(tx, new)
    tx.after_commit(lambda: services.queue.wake("delivery", ERRANDS_JOB, listener.sender_id))


def _was_told(tx: Tx, identity_id: str, errand: MarkSeen) -> bool:
    """Whether another operator read it before."""
    before = errands.newest(tx, _SEEN, identity_id)
    return isinstance(before, MarkSeen) and before.external_id == errand.external_id
