"""What is put to a customer in place of a sender: by what the ban reaches, what is most like it first.

Source: providers.md, policy facts.
"""

from collections.abc import Iterable, Mapping

from hub.types import Level, Reach
from hub.types.bans import Possibility, RemedyKind
from hub.types.numbers import OfferKind, Readiness

_ELSEWHERE = frozenset({OfferKind.ANOTHER_KIND})

_BY_REACH: Mapping[Reach, frozenset[OfferKind]] = {
    Reach.RECIPIENT: frozenset(),
    Reach.SENDER: frozenset(OfferKind),
    # another number in a banned business account or portfolio would be banned, too
    Reach.BUSINESS_ACCOUNT: _ELSEWHERE,
    Reach.PORTFOLIO: _ELSEWHERE,
    # what the platform itself has lost: all that is left is what does not hang on it
    Reach.PROVIDER_ACCOUNT: _ELSEWHERE,
    Reach.APP: _ELSEWHERE,
}
_REPLACEABLE = frozenset({Level.RESTRICTED, Level.BANNED, Level.CREDENTIALS})
_SOONEST = tuple(Readiness)
_NEAREST = (OfferKind.ANOTHER_NUMBER, OfferKind.OWN_SENDER, OfferKind.ANOTHER_KIND)
"""What is most like the old sender, for the people who know it."""


def suits(kind: OfferKind, level: Level, reach: Reach) -> bool:
    """Whether a replacement of this kind would not be hit by the same ban."""
    return level in _REPLACEABLE and kind in _BY_REACH[reach]


def suitable(possibilities: Iterable[Possibility], level: Level, reach: Reach) -> tuple[Possibility, ...]:
    """Return what may be offered: what is most like the old sender first, among equals what can be had soonest.

    Last comes what cannot be had as things are (readiness none), with what it takes; it is shown, and not accepted.
    """
    fit = [each for each in possibilities if suits(each.kind, level, reach)]
    return tuple(sorted(fit, key=_rank))


def is_declined(found: Possibility, declined: Iterable[Possibility]) -> bool:
    """Whether the customer has declined just this in the same case; it is offered again when there is nothing else."""
    return _name(found) in {_name(each) for each in declined}


def _name(found: Possibility) -> tuple[OfferKind, str, str]:
    """What makes a possibility the same one again, whatever it takes by now."""
    return found.kind, found.channel_kind, found.what


def _rank(found: Possibility) -> tuple[bool, int, int]:
    return found.readiness is Readiness.NONE, _NEAREST.index(found.kind), _SOONEST.index(found.readiness)


def is_offered_at_once(level: Level, remedies: Iterable[RemedyKind]) -> bool:
    """Whether an offer goes with the remedies. Otherwise it waits until the customer wants it or no remedy helped."""
    return level is Level.BANNED and RemedyKind.REPLACE in set(remedies)
