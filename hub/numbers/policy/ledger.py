"""The ledger of a ban: every person of the old sender, and how far they are on their way to the new one.

Opt-outs are carried over. Nothing but the person's own wish ends one: not an operator, not a code, not an erasure,
which leaves the opt-out and takes the rest (a keyed hash of the address is kept elsewhere).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from hub.errors import Conflict
from hub.types.numbers import RecipientState as S


class Event(StrEnum):
    """What happens to somebody on the way.

    INVITED       an invitation to them was queued
    WROTE         they wrote to the new sender from the identity known to us
    CODE_USED     somebody we do not know wrote to the new sender with their code
    CONFIRMED, DENIED   an operator says that this was them, or somebody else
    UNDONE        an operator takes a confirmation back
    OPTED_OUT, OPTED_IN   they said so themselves, on any channel
    OUT_OF_REACH, IN_REACH   every address of theirs is dead; one works again
    ERASED        what we know of them is erased
    """

    INVITED = "invited"
    WROTE = "wrote"
    CODE_USED = "code_used"
    CONFIRMED = "confirmed"
    DENIED = "denied"
    UNDONE = "undone"
    OPTED_OUT = "opted_out"
    OPTED_IN = "opted_in"
    OUT_OF_REACH = "out_of_reach"
    IN_REACH = "in_reach"
    ERASED = "erased"


MOVES: Final[Mapping[S, Mapping[Event, S]]] = {
    S.TO_RECRUIT: {
        Event.INVITED: S.INVITED,
        Event.WROTE: S.VERIFIED,
        Event.CODE_USED: S.CLAIMED,
        Event.OPTED_OUT: S.OPTED_OUT,
        Event.OUT_OF_REACH: S.UNREACHABLE,
        Event.ERASED: S.ERASED,
    },
    S.INVITED: {
        Event.INVITED: S.INVITED,
        Event.WROTE: S.VERIFIED,
        Event.CODE_USED: S.CLAIMED,
        Event.OPTED_OUT: S.OPTED_OUT,
        Event.OUT_OF_REACH: S.UNREACHABLE,
        Event.ERASED: S.ERASED,
    },
    S.CLAIMED: {
        Event.WROTE: S.VERIFIED,
        Event.CONFIRMED: S.VERIFIED,
        Event.DENIED: S.TO_RECRUIT,
        Event.OPTED_OUT: S.OPTED_OUT,
        Event.ERASED: S.ERASED,
    },
    S.VERIFIED: {
        Event.WROTE: S.VERIFIED,
        Event.UNDONE: S.CLAIMED,
        Event.OPTED_OUT: S.OPTED_OUT,
        Event.ERASED: S.ERASED,
    },
    S.UNREACHABLE: {
        Event.WROTE: S.VERIFIED,
        Event.CODE_USED: S.CLAIMED,
        Event.IN_REACH: S.TO_RECRUIT,
        Event.OPTED_OUT: S.OPTED_OUT,
        Event.ERASED: S.ERASED,
    },
    S.OPTED_OUT: {
        Event.WROTE: S.OPTED_OUT,
        Event.OPTED_OUT: S.OPTED_OUT,
        Event.OPTED_IN: S.TO_RECRUIT,
        Event.ERASED: S.OPTED_OUT,
    },
    S.ERASED: {Event.ERASED: S.ERASED},
}
"""What each event makes of somebody. Where this says TO_RECRUIT, whoever has written to the new sender goes back to
VERIFIED, and whoever was invited to INVITED."""

INVITABLE: Final = frozenset(state for state, events in MOVES.items() if Event.INVITED in events)


@dataclass(frozen=True, slots=True)
class Entry:
    """One person's line.

    invitations   sent so far
    claimed       what verified them was somebody unknown's claim
    wrote         they wrote to the new sender themselves
    """

    state: S = S.TO_RECRUIT
    invitations: int = 0
    claimed: bool = False
    wrote: bool = False


def entry_of(opted_out: str | None) -> Entry:
    """Return the line somebody begins with. `opted_out`: why they are not to be written to, if that was known."""
    return Entry() if opted_out is None else Entry(S.OPTED_OUT)


def may(entry: Entry, event: Event) -> bool:
    """Whether an event can happen to somebody who stands there. Only a confirmed claim can be undone."""
    return event in MOVES[entry.state] and (event is not Event.UNDONE or entry.claimed)


def advance(entry: Entry, event: Event) -> Entry:
    """Return where an event leads. Raises Conflict for one that cannot happen there."""
    if not may(entry, event):
        raise Conflict(f"nothing that is {event} can happen to a recipient who is {entry.state}; look at them again")
    to = _led(entry, MOVES[entry.state][event])
    invitations = entry.invitations + (event is Event.INVITED)
    wrote = event is Event.WROTE or (entry.wrote and event is not Event.ERASED)
    return Entry(to, invitations, _claimed(entry, event, to), wrote)


def _led(entry: Entry, to: S) -> S:
    if to is not S.TO_RECRUIT:
        return to
    if entry.wrote:
        return S.VERIFIED
    return S.INVITED if entry.invitations else to


def _claimed(entry: Entry, event: Event, to: S) -> bool:
    if to is S.CLAIMED or event is Event.CONFIRMED:
        return True
    return entry.claimed and event is not Event.WROTE and to is S.VERIFIED


# --- progress -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Progress:
    """How many people stand where. Everybody is counted once, at every moment."""

    counts: Mapping[S, int] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def total(self) -> int:
        """Everybody in the ledger."""
        return sum(self.counts.values())

    @property
    def winnable(self) -> int:
        """Those who can be won back, the ones who already are among them."""
        return self.total - self.of(S.OPTED_OUT) - self.of(S.ERASED)

    @property
    def left(self) -> int:
        """Those who still have to be won back."""
        return self.winnable - self.of(S.VERIFIED)

    def of(self, state: S) -> int:
        """Return how many stand there."""
        return self.counts.get(state, 0)
