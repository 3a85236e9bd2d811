"""The state tables drawn as Mermaid text, for docs/numbers.md: what is drawn there is what the code does."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final, TypeVar

from hub.numbers.policy import case, ledger, life, registering
from hub.numbers.policy import happenings as h
from hub.numbers.policy.following import WITHDRAWN_FROM
from hub.types.bans import BanState
from hub.types.numbers import NumberState, RecipientState, RegistrationState

S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)

Arrow = tuple[str, str, str]
"""From, to, and why."""
_END: Final = "[*]"

_WORDS: Final[Mapping[type[h.Happening], str]] = {
    h.Confirmed: "a look confirms it",
    h.Dismissed: "there was nothing in it",
    h.Informed: "the admins are told",
    h.Proposed: "remedies are proposed",
    h.OfferMade: "a replacement is offered",
    h.Accepted: "the customer accepts, with cause and appeal",
    h.Declined: "the customer declines",
    h.DeadlinePassed: "the deadline passes",
    h.ReplacingBegun: "the new sender is being made",
    h.ReplacingFailed: "it failed",
    h.Replaced: "the channel has its new sender",
    h.EverybodyAsked: "nobody is left to be invited",
    h.Closed: "somebody closes it",
    h.Reinstated: "the provider gives the sender back",
}


def diagrams() -> Mapping[str, str]:
    """Return the diagrams by name: number, registration, recipient, ban_case."""
    return {
        "number": draw(NumberState.ORDERED, _by_state(life.MOVES)),
        "registration": draw(RegistrationState.DRAFT, _by_state(registering.MOVES)),
        "recipient": draw(RecipientState.TO_RECRUIT, _by_event(ledger.MOVES)),
        "ban_case": draw(BanState.SUSPECTED, _of_case()),
    }


def draw(first: str, arrows: Iterable[Arrow]) -> str:
    """Return a Mermaid state diagram that begins in `first`. States that nothing leaves lead to the end.

    Several reasons of one arrow stand on one line; an arrow from a state to itself is left out.
    """
    reasons: dict[tuple[str, str], list[str]] = {}
    for start, end, why in arrows:
        if start != end:
            reasons.setdefault((start, end), []).append(why)
    starts = {start for start, _ in reasons}
    ends = sorted({end for _, end in reasons} - starts - {_END})
    lines = [f"    {start} --> {end}: {' / '.join(dict.fromkeys(why))}" for (start, end), why in reasons.items()]
    return "\n".join(["stateDiagram-v2", f"    [*] --> {first}", *lines, *(f"    {end} --> [*]" for end in ends)])


def _plain(word: str) -> str:
    return word.replace("_", " ")


def _by_state(moves: Mapping[S, Mapping[S, str]]) -> list[Arrow]:
    return [(start, end, why) for start, row in moves.items() for end, why in row.items()]


def _by_event(moves: Mapping[S, Mapping[E, S]]) -> list[Arrow]:
    return [(start, end, _plain(event)) for start, row in moves.items() for event, end in row.items()]


def _of_case() -> list[Arrow]:
    moves = [(start, end, _WORDS[happening]) for happening, row in case.MOVES.items() for start, end in row.items()]
    again = [(BanState.REINSTATED, state, "the new sender stays, or it is banned again") for state in case.RETURNS]
    useless = [(state, BanState.REMEDY, "the offer has become useless") for state in WITHDRAWN_FROM]
    over = (BanState.REINSTATED, _END, "nothing was accepted, or the old sender stays")
    return [*moves, *useless, *again, over]
