"""Choosing an operator: the least busy of the group's online operators with a free slot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hub.types import Presence


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member of the group as routing sees them. `idle_since`: when they were last given a conversation."""

    user_id: str
    name: str
    presence: Presence
    slots: int
    taken: int
    idle_since: datetime | None


@dataclass(frozen=True, slots=True)
class Decision:
    """Who gets the conversation (None: it waits in the group) and why, in one sentence."""

    group_id: str | None
    user_id: str | None
    reason: str
    rule: str = "channel_group"


def choose(group_id: str | None, group_name: str, channel_name: str, candidates: Sequence[Candidate]) -> Decision:
    """Decide by free slots, ties by the longest idle, then by id so that the same input gives the same answer."""
    if group_id is None:
        return Decision(None, None, f"{channel_name} has no group, so the conversation waits for anybody to take it")
    online = [each for each in candidates if each.presence is Presence.ONLINE]
    free = [each for each in online if each.taken < each.slots]
    if not online:
        return Decision(group_id, None, f"{channel_name} belongs to {group_name}, where nobody is online")
    if not free:
        return Decision(
            group_id, None, f"{channel_name} belongs to {group_name}, where no online operator has a free slot"
        )
    best = min(free, key=_least_busy)
    reason = (
        f"{channel_name} belongs to {group_name}; of {len(free)} online with a free slot "
        f"{best.name} is the least busy ({best.taken} of {best.slots} taken)"
    )
    return Decision(group_id, best.user_id, reason)


def _least_busy(candidate: Candidate) -> tuple[int, float, str]:
    idle = candidate.idle_since.timestamp() if candidate.idle_since else 0.0
    return candidate.taken - candidate.slots, idle, candidate.user_id
