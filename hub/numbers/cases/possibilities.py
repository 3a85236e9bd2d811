"""What could be put to a customer in place of a banned sender, by what the ban reaches, and what each takes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from hub.channels.base import Adapter
from hub.db import accounts, ban_places, registrations, reserved_numbers, stock
from hub.db.accounts import AccountRecord
from hub.db.ban_cases import CaseRecord
from hub.db.ban_places import SenderPlace
from hub.db.session import Tx
from hub.db.stock import StockRecord
from hub.numbers.policy.obstacles import SenderPlan, obstacles
from hub.numbers.policy.offers import suitable, suits
from hub.numbers.policy.pool import Market, PoolChoice, PoolNumber, Wish, choose, is_spare, readiness_of
from hub.numbers.policy.registering import ENDED
from hub.numbers.supply.accounts import find_own
from hub.numbers.supply.planning import Wished, plan_of
from hub.types import ChannelKind, Reach
from hub.types.bans import Possibility
from hub.types.numbers import Mender, NumberState, Obstacle, OfferKind, Readiness, Stage, Takes
from hub.wiring import Services

OWN_SENDER: Final = Obstacle(
    "own_sender",
    "the new sender is the customer's own; connect it with its credentials on the page of this ban",
    Mender.CUSTOMER,
    Takes.MINUTES,
    Stage.REGISTER,
)
"""What a bot, a page or a mailbox takes."""
NO_NUMBER: Final = Obstacle(
    "no_number",
    "no number of the pool is free; when it is asked for, the hub looks for one to buy, hour by hour",
    Mender.PLATFORM,
    Takes.DAYS,
    Stage.BUY,
)
"""What another number takes where none is at hand."""
_SPARE: Final = (NumberState.OWNED, NumberState.QUARANTINED)
_OF_ALL: Final = (Reach.PROVIDER_ACCOUNT, Reach.APP)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possibility, and what has to be put aside for it (`CaseRecord.reserved`)."""

    possibility: Possibility
    reserve: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Scene:
    """A case, where its sender stands, and everything else that is asked."""

    services: Services
    tx: Tx
    record: CaseRecord
    place: SenderPlace
    now: datetime

    @property
    def adapter(self) -> Adapter:
        return self.services.adapters[self.place.kind]


def candidates(
    services: Services, tx: Tx, record: CaseRecord, markets: Sequence[Market], now: datetime
) -> tuple[Candidate, ...]:
    """Return what suits the case, soonest first; also what cannot be had as things are. Platform work.

    markets  where the supplier sells numbers that the sender's kind can live on
    """
    scene = _Scene(services, tx, record, ban_places.get_place(tx, record.sender_id), now)
    found = [*_numbers(scene, markets), *_own(scene), *_other_kinds(scene)]
    case = record.case
    by_possibility = {id(each.possibility): each for each in found}
    fitting = suitable([each.possibility for each in found], case.level, case.reach)
    return tuple(by_possibility[id(each)] for each in fitting)


def wants_market(services: Services, tx: Tx, record: CaseRecord, now: datetime) -> SenderPlace | None:
    """Return the place of a sender for which no number of ours can be had within hours, so that one may be bought."""
    case = record.case
    scene = _Scene(services, tx, record, ban_places.get_place(tx, record.sender_id), now)
    if not scene.adapter.provider or not suits(OfferKind.ANOTHER_NUMBER, case.level, case.reach):
        return None
    soon = (Readiness.READY, Readiness.REGISTRABLE)
    return None if _fresh(scene, ()).readiness in soon else scene.place


# --- another number --------------------------------------------------------------------------------------


def _numbers(scene: _Scene, markets: Sequence[Market]) -> Iterator[Candidate]:
    if not scene.adapter.provider:
        return
    choice = _choice(scene, markets)
    number = stock.get(scene.tx, choice.number_id) if choice.number_id else None
    what = number.number if number else _to_buy(choice.country) if choice.country else ""
    reserve = {"number_id": number.id, "number": number.number} if number else {}
    if choice.country and number is None:
        reserve = {"country": choice.country}
    takes = choice.obstacles if reserve else (*choice.obstacles, NO_NUMBER)
    yield Candidate(
        Possibility(OfferKind.ANOTHER_NUMBER, scene.place.kind, choice.readiness, what, takes),
        reserve,
    )


def _choice(scene: _Scene, markets: Sequence[Market]) -> PoolChoice:
    """Choose a number; one that the customer has declined is better than none."""
    fresh = _fresh(scene, markets)
    return fresh if fresh.readiness is not Readiness.NONE else _chosen(scene, markets, frozenset())


def _fresh(scene: _Scene, markets: Sequence[Market]) -> PoolChoice:
    return _chosen(scene, markets, frozenset(each.what for each in scene.record.case.declined))


def _chosen(scene: _Scene, markets: Sequence[Market], declined: Set[str]) -> PoolChoice:
    tx, place = scene.tx, scene.place
    account = _account(scene)
    plan = plan_of(tx, scene.adapter, Wished(account, place.kind, place.sender_name or place.channel_name))
    reserved = reserved_numbers.list_reserved(tx)
    others = {number_id for number_id, held in reserved.items() if held.case_id != scene.record.id}
    free = [each for each in stock.list_in(tx, _SPARE) if each.id not in others and each.number not in declined]
    country = stock.get(tx, place.number_id).country if place.number_id else ""
    wish = Wish(place.organization_id, place.kind, country, plan)
    numbers = [_pool_number(scene, account, each) for each in free if not _is_barred(scene, each)]
    sold = [each for each in markets if _to_buy(each.country) not in declined]
    return choose(wish, numbers, sold, scene.now)


def _to_buy(country: str) -> str:
    return f"a new number ({country})"


def _account(scene: _Scene) -> AccountRecord:
    """Return the customer's own account at the supplier; without one that of the sender."""
    own = find_own(scene.tx, scene.place.organization_id, scene.adapter.provider)
    return own or accounts.get(scene.tx, scene.place.account_id or "")


def _is_barred(scene: _Scene, number: StockRecord) -> bool:
    """Whether the messenger did not take the number for this organization, or has it for somebody else."""
    known = registrations.find_standing(scene.tx, number.id, scene.place.kind)
    if known is None:
        return False
    is_ours, has_ended = known.organization_id == scene.place.organization_id, known.state in ENDED
    return has_ended if is_ours else not has_ended


def _pool_number(scene: _Scene, account: AccountRecord, number: StockRecord) -> PoolNumber:
    kinds = frozenset(map(ChannelKind, number.capabilities))
    standing = registrations.find_standing(scene.tx, number.id, scene.place.kind)
    here = standing is not None and standing.provider_account_id == account.id
    return PoolNumber(
        id=number.id,
        country=number.country,
        kinds=kinds,
        life=number.life,
        registration=standing.state if standing and here else None,
        registrations=registrations.list_attempts(scene.tx, number.id, scene.place.kind),
    )


# --- a sender of the customer's own ----------------------------------------------------------------------


def _own(scene: _Scene) -> Iterator[Candidate]:
    if scene.adapter.credential_fields:
        what = f"a new sender of your own on {scene.adapter.label}"
        yield Candidate(
            Possibility(OfferKind.OWN_SENDER, scene.place.kind, Readiness.READY, what, (OWN_SENDER,)),
        )


# --- another kind of channel -----------------------------------------------------------------------------


def _other_kinds(scene: _Scene) -> Iterator[Candidate]:
    """What is there already comes first, then the same number, then what has to be connected."""
    others = [each for each in scene.services.adapters.values() if _may_stand_in(scene, each)]
    there = ban_places.list_working_channels(scene.tx, scene.place.organization_id)
    kinds = {each.kind for each in others}
    for channel in there:
        if channel.kind in kinds and channel.id != scene.place.channel_id:
            found = Possibility(OfferKind.ANOTHER_KIND, channel.kind, Readiness.READY, channel.name)
            yield Candidate(found, {"channel_id": channel.id})
    yield from _same_number(scene, others)
    known = {each.kind for each in there}
    for adapter in others:
        if adapter.credential_fields and adapter.kind not in known and not adapter.missing_settings():
            what = f"a new channel of your own on {adapter.label}"
            yield Candidate(Possibility(OfferKind.ANOTHER_KIND, adapter.kind, Readiness.READY, what, (OWN_SENDER,)))


def _may_stand_in(scene: _Scene, adapter: Adapter) -> bool:
    """What hangs on the same account of the platform, or on the same app, would be hit, too."""
    if adapter.kind == scene.place.kind:
        return False
    return scene.record.case.reach not in _OF_ALL or adapter.signal_family != scene.adapter.signal_family


def _same_number(scene: _Scene, others: Iterable[Adapter]) -> Iterator[Candidate]:
    if scene.place.number_id is None:
        return
    number = stock.get(scene.tx, scene.place.number_id)
    held = reserved_numbers.list_reserved(scene.tx).get(number.id)
    if not _is_own(number, scene.place) or (held is not None and held.case_id != scene.record.id):
        return
    for adapter in others:
        if adapter.kind not in number.capabilities or adapter.kind in (*number.life.carries, *number.life.banned):
            continue
        plan = plan_of(scene.tx, adapter, Wished(_account(scene), adapter.kind, scene.place.channel_name, number.id))
        takes = obstacles(plan, scene.now)
        readiness = readiness_of(_soonest(plan), takes)
        possibility = Possibility(OfferKind.ANOTHER_KIND, adapter.kind, readiness, number.number, takes)
        yield Candidate(possibility, {"number_id": number.id, "number": number.number})


def _soonest(plan: SenderPlan) -> Readiness:
    return Readiness.READY if plan.business is None else Readiness.REGISTRABLE


def is_still_free(number: StockRecord, record: CaseRecord, place: SenderPlace, kind: ChannelKind) -> bool:
    """Whether a number, locked, can still be put aside for a case: it is spare, or the sender's own."""
    if number.id == place.number_id and _is_own(number, place):
        return kind not in (*number.life.carries, *number.life.banned)
    pool = PoolNumber(number.id, number.country, frozenset(map(ChannelKind, number.capabilities)), number.life)
    return is_spare(pool, record.organization_id, kind)


def _is_own(number: StockRecord, place: SenderPlace) -> bool:
    """Whether the sender's number is its organization's still, or rests after it had it."""
    return place.organization_id in (number.life.organization_id, number.life.former_id)
