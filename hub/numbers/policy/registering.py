"""How a number becomes a sender of a messenger: the steps of its registration. What stands in the way: obstacles."""

from collections.abc import Mapping
from typing import Final

from hub.errors import Conflict
from hub.types.numbers import RegistrationState as S

_REFUSED: Final = "the provider refused it"
_REMOVED: Final = "it is taken off the messenger"
_ENDS: Final = {S.FAILED: _REFUSED, S.REMOVED: _REMOVED}

MOVES: Final[Mapping[S, Mapping[S, str]]] = {
    S.DRAFT: {S.SUBMITTED: "the provider took the request", **_ENDS},
    S.SUBMITTED: {
        S.CODE_NEEDED: "the messenger sends a code to the number",
        S.VERIFYING: "the provider knows the number already",
        **_ENDS,
    },
    S.CODE_NEEDED: {S.VERIFYING: "the code is handed in", **_ENDS},
    S.VERIFYING: {
        S.CODE_NEEDED: "the code was wrong or too late",
        S.IN_REVIEW: "the provider looks at it",
        S.ONLINE: "the number is a sender",
        **_ENDS,
    },
    S.IN_REVIEW: {S.ONLINE: "the number is a sender", **_ENDS},
    S.ONLINE: {S.UPDATING: "its profile changes", S.OFFLINE: "the messenger switched it off", **_ENDS},
    S.UPDATING: {S.ONLINE: "the change is made", S.OFFLINE: "the messenger switched it off", **_ENDS},
    S.OFFLINE: {S.ONLINE: "the messenger switched it on", S.SUBMITTED: "it is registered again", **_ENDS},
    S.FAILED: {S.SUBMITTED: "it is registered again", S.REMOVED: _REMOVED},
    S.REMOVED: {},
}
"""What we may do with a registration, with the reason each step is made for."""
ENDED: Final = frozenset({S.FAILED, S.OFFLINE})
"""Where a registration leads to no sender, unless it is begun anew."""


def _reachable(start: S) -> frozenset[S]:
    found, ahead = {start}, [start]
    while ahead:
        fresh = set(MOVES[ahead.pop()]) - found
        found |= fresh
        ahead += fresh
    return frozenset(found)


_LATER: Final[Mapping[S, frozenset[S]]] = {each: _reachable(each) for each in S}


def step(state: S, to: S) -> S:
    """Return the state that a step of ours leads to. Raises Conflict for one that is not in the table."""
    if to not in MOVES[state]:
        raise Conflict(f"a registration that is {state} cannot become {to}; look at where it stands now")
    return to


def observe(state: S, seen: S) -> S:
    """Return where a registration stands after the provider was asked.

    Looking now and then misses steps, so anything a chain of steps leads to is believed. What is left does not come
    from this registration (nothing follows the removal, nothing goes back to a draft): it changes nothing.
    """
    return seen if seen in _LATER[state] else state
