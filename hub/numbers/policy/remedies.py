"""What may help against a level at a reach: cheapest first, as data (providers.md F, policy facts), and what came of it
in a case.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from hub.errors import Invalid
from hub.types import Level, Reach
from hub.types.bans import BanCase, RemedyKind, RemedyState, RemedyStep


@dataclass(frozen=True, slots=True)
class Remedy:
    """What a remedy is good for, and what it asks of whom."""

    levels: frozenset[Level]
    reaches: frozenset[Reach]
    words: str


_OF_THE_CUSTOMER = frozenset({Reach.SENDER, Reach.BUSINESS_ACCOUNT, Reach.PORTFOLIO})
_ALL = frozenset(Reach)
_STOPPED = frozenset({Level.RESTRICTED, Level.BANNED})

REMEDIES: Mapping[RemedyKind, Remedy] = {
    RemedyKind.MEND_CREDENTIALS: Remedy(
        frozenset({Level.CREDENTIALS}), _ALL, "Enter a new token or connect the sender again"
    ),
    RemedyKind.PAY: Remedy(
        frozenset({Level.ACCOUNT, Level.CREDENTIALS}), _ALL, "Settle what is owed, or the means of payment"
    ),
    RemedyKind.REGISTER_AGAIN: Remedy(
        frozenset({*_STOPPED, Level.CREDENTIALS}),
        # a business account that is locked takes no registration
        frozenset({Reach.SENDER}),
        "Register the same sender again; its address stays",
    ),
    RemedyKind.WAIT: Remedy(
        frozenset({Level.RESTRICTED, Level.RATE_LIMITED}),
        _ALL,
        "Pause what is restricted, find the cause, and wait until the restriction ends",
    ),
    RemedyKind.APPEAL: Remedy(
        frozenset({*_STOPPED, Level.ACCOUNT, Level.CREDENTIALS}),
        _ALL,
        "Appeal at the provider, with the evidence kept here",
    ),
    RemedyKind.REPLACE: Remedy(
        frozenset({*_STOPPED, Level.CREDENTIALS}),
        frozenset({*_OF_THE_CUSTOMER, Reach.PROVIDER_ACCOUNT}),
        "Replace the sender by another one, which every person must be won for again",
    ),
}
"""In the order of their cost, which is the order of RemedyKind."""


def fitting(hints: Iterable[RemedyKind], level: Level, reach: Reach) -> tuple[RemedyKind, ...]:
    """Return those of the hinted remedies that are good for a level at a reach, cheapest first, each once."""
    wanted = set(hints)
    return tuple(
        kind
        for kind in RemedyKind
        if kind in wanted and level in REMEDIES[kind].levels and reach in REMEDIES[kind].reaches
    )


# --- in a case -------------------------------------------------------------------------------------------------


def steps(known: tuple[RemedyStep, ...], kinds: Iterable[RemedyKind]) -> tuple[RemedyStep, ...]:
    """Return the steps for remedies, cheapest first; what was tried before keeps its result."""
    tried = {each.kind: each for each in known if each.state is not RemedyState.PROPOSED}
    wanted = {*kinds, *tried}
    return tuple(tried.get(kind, RemedyStep(kind)) for kind in RemedyKind if kind in wanted)


def with_step(case: BanCase, step: RemedyStep) -> BanCase:
    """Return the case with what became of one of its remedies. Raises Invalid for one that is none of them."""
    if step.kind not in {each.kind for each in case.remedies}:
        raise Invalid(f"“{step.kind}” is not among the remedies of this ban case")
    return replace(case, remedies=tuple(step if each.kind is step.kind else each for each in case.remedies))


def replacing(case: BanCase, state: RemedyState, result: str = "") -> BanCase:
    """Return the case with how its replacement stands, whether one was proposed or the customer asked for it."""
    others = tuple(each for each in case.remedies if each.kind is not RemedyKind.REPLACE)
    # the last one of RemedyKind
    return replace(case, remedies=(*others, RemedyStep(RemedyKind.REPLACE, state, result)))


def ended(case: BanCase) -> BanCase:
    """Return a case that is over: what nobody tried was not taken, nor a replacement that did not come about."""
    return replace(case, remedies=tuple(_ended(each) for each in case.remedies))


def _ended(step: RemedyStep) -> RemedyStep:
    cut_short = step.kind is RemedyKind.REPLACE and step.state is RemedyState.UNDER_WAY
    not_taken = cut_short or step.state is RemedyState.PROPOSED
    return replace(step, state=RemedyState.NOT_TAKEN) if not_taken else step


def is_last_resort(case: BanCase) -> bool:
    """Whether all that is cheaper than a replacement has failed."""
    cheaper = [each for each in case.remedies if each.kind is not RemedyKind.REPLACE]
    return len(cheaper) < len(case.remedies) and all(each.state is RemedyState.FAILED for each in cheaper)
