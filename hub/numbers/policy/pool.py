"""Which number a customer gets: a registered one, a spare one, one that is bought, or none, and what each takes.

The order of the checks: the account, the business account, the quota of its portfolio, a spare number, its
registration, the templates. A number of a banned business account would be banned too, so nothing is chosen there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from hub.numbers.policy.life import NumberLife
from hub.numbers.policy.obstacles import Review, SenderPlan, SignUp, obstacles
from hub.types import ChannelKind
from hub.types.numbers import NumberState, Obstacle, Readiness, RegistrationState, Stage, Takes


@dataclass(frozen=True, slots=True)
class PoolNumber:
    """A number of the pool, as it could serve one wish.

    country        ISO 3166-1, two letters
    kinds          channel kinds it can carry
    registration   as a sender of the wished kind in the customer's business account; None: not registered there
    registrations  when it was registered before, with anybody
    documents      whether those of its country stand, which moving it to the customer's account asks for
    """

    id: str
    country: str
    kinds: frozenset[ChannelKind]
    life: NumberLife
    registration: RegistrationState | None = None
    registrations: tuple[datetime, ...] = ()
    documents: Review = Review.NOT_NEEDED


@dataclass(frozen=True, slots=True)
class Market:
    """A country in which the provider sells numbers that can carry `kinds`, and what it wants for them."""

    country: str
    kinds: frozenset[ChannelKind]
    documents: Review = Review.NOT_NEEDED
    address: Review = Review.NOT_NEEDED


@dataclass(frozen=True, slots=True)
class Wish:
    """Who needs a number for which kind. `country`: of the number people know; `plan`: what holds of any number."""

    organization_id: str
    kind: ChannelKind
    country: str
    plan: SenderPlan


@dataclass(frozen=True, slots=True)
class PoolChoice:
    """What can be had. `number_id`: one of ours; without one it has to be bought in `country` ("": nowhere)."""

    readiness: Readiness
    number_id: str | None
    country: str
    obstacles: tuple[Obstacle, ...]
    reason: str


_SOONEST: Final[Sequence[Readiness]] = tuple(Readiness)
_REASONS: Final[Mapping[Readiness, str]] = {
    Readiness.READY: "a number is there that needs nothing more",
    Readiness.REGISTRABLE: "a spare number is there; it has to be registered, which takes hours",
    Readiness.BUYABLE: "a number can be bought and registered, which takes hours",
    Readiness.DOCUMENTS_NEEDED: "something has to be approved first, which takes days",
    Readiness.NONE: "no number can be had as things are",
}


def choose(wish: Wish, stock: Iterable[PoolNumber], markets: Iterable[Market], now: datetime) -> PoolChoice:
    """Choose what can be had soonest; among equals a number of the wished country, with the fewest obstacles.

    The same values give the same choice.
    """
    found = [*_of_stock(wish, stock, now), *_of_markets(wish, markets, now)]
    choices = [each for each in found if each.readiness is not Readiness.NONE]
    if not choices:
        return PoolChoice(Readiness.NONE, None, "", obstacles(wish.plan, now), _REASONS[Readiness.NONE])
    return min(choices, key=lambda each: _rank(wish, each))


def _rank(wish: Wish, choice: PoolChoice) -> tuple[int, bool, bool, int, str, str]:
    abroad = choice.country != wish.country
    costs = choice.number_id is None
    soonest = _SOONEST.index(choice.readiness)
    return soonest, abroad, costs, len(choice.obstacles), choice.country, choice.number_id or ""


def is_spare(number: PoolNumber, organization_id: str, kind: ChannelKind) -> bool:
    """Whether an organization could get a number: it is free, or in quarantine after that organization's own use."""
    life = number.life
    free = life.state is NumberState.OWNED
    own = life.state is NumberState.QUARANTINED and life.former_id == organization_id
    return (free or own) and kind in number.kinds and kind not in life.banned


def _of_stock(wish: Wish, stock: Iterable[PoolNumber], now: datetime) -> Iterator[PoolChoice]:
    for number in stock:
        if is_spare(number, wish.organization_id, wish.kind):
            found = obstacles(_plan_with(number, wish.plan), now)
            online = number.registration is RegistrationState.ONLINE
            soonest = Readiness.READY if online or wish.plan.business is None else Readiness.REGISTRABLE
            yield _choice(soonest, number.id, number.country, found)


def _plan_with(number: PoolNumber, plan: SenderPlan) -> SenderPlan:
    """What its registration has already asked for does not count a second time."""
    if number.registration is RegistrationState.ONLINE and plan.business is not None:
        return replace(plan, business=replace(plan.business, senders=0, sign_up=SignUp.DONE))
    return replace(plan, documents=number.documents, registrations=number.registrations)


def _of_markets(wish: Wish, markets: Iterable[Market], now: datetime) -> Iterator[PoolChoice]:
    for market in markets:
        if wish.kind in market.kinds:
            plan = replace(wish.plan, documents=market.documents, address=market.address, registrations=())
            yield _choice(Readiness.BUYABLE, None, market.country, obstacles(plan, now))


def readiness_of(soonest: Readiness, found: Iterable[Obstacle]) -> Readiness:
    """Return how soon something can be had that could be had `soonest` if nothing of this stood in its way."""
    return max(soonest, _as_soon_as(found), key=_SOONEST.index)


def _choice(soonest: Readiness, number_id: str | None, country: str, found: tuple[Obstacle, ...]) -> PoolChoice:
    readiness = readiness_of(soonest, found)
    return PoolChoice(readiness, number_id, country, found, _REASONS[readiness])


_SOON: Final[Mapping[Takes, Readiness]] = {
    Takes.MINUTES: Readiness.READY,
    Takes.HOURS: Readiness.REGISTRABLE,
    Takes.DAYS: Readiness.DOCUMENTS_NEEDED,
    Takes.FOR_EVER: Readiness.NONE,
}


def _as_soon_as(found: Iterable[Obstacle]) -> Readiness:
    """What only keeps people from being invited does not keep the sender from being there."""
    soon = (_SOON[each.takes] for each in found if each.stops is not Stage.INVITE)
    return max(soon, key=_SOONEST.index, default=Readiness.READY)
