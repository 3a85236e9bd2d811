"""How far the people of a ban are: one count of them, from which bar, plot, table and every figure beside them come.

Pure. Whoever cannot be won back (opted out, erased) is on no line and in no piece; they are named beside the bar.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from hub.db.recipient_history import WayHistory
from hub.types import ChannelKind
from hub.types.numbers import RecipientState as S

WINNABLE: Final = (S.VERIFIED, S.CLAIMED, S.INVITED, S.TO_RECRUIT, S.UNREACHABLE)
"""Whom the bar is made of, in its order; their sum is everybody who can be won back."""
ASIDE: Final = (S.OPTED_OUT, S.ERASED)


def counted(history: Sequence[WayHistory]) -> Mapping[S, int]:
    """Return how many people stand where now."""
    found: Counter[S] = Counter()
    for each in history:
        found[each.state] += each.people
    return found


def standing(history: Sequence[WayHistory], state: S, moments: int) -> list[int]:
    """Return how many stood at a state at each moment, the last of which is now.

    Since when somebody is to be confirmed, or out of reach, is not kept: before now they count as invited, or as
    still to be won back.
    """
    now = counted(history)[state]
    people = [each for each in history if each.state in WINNABLE]
    before = range(moments - 1)
    if state is S.VERIFIED:
        return [*(sum(each.verified[at] for each in people) for at in before), now]
    if state is S.INVITED:
        return [*(sum(_asked(each, at) for each in people) for at in before), now]
    if state is S.TO_RECRUIT:
        return [*(sum(each.people - each.verified[at] - _asked(each, at) for each in people) for at in before), now]
    return [*(0 for _ in before), now]


def verified_by(history: Sequence[WayHistory], moments: int) -> list[tuple[ChannelKind | None, list[int]]]:
    """Return way, None: by themselves, with how many were verified by it at each moment; no way without anybody."""
    found: dict[ChannelKind | None, list[int]] = {}
    for each in history:
        if each.state in WINNABLE:
            now = each.people if each.state is S.VERIFIED else 0
            line = [*each.verified[: moments - 1], now]
            known = found.get(each.way, [0] * moments)
            found[each.way] = [one + other for one, other in zip(known, line, strict=True)]
    return [(way, line) for way, line in found.items() if any(line)]


def _asked(each: WayHistory, at: int) -> int:
    """Whoever was verified without having been invited is not among the invited."""
    return max(each.invited[at] - each.verified[at], 0)
