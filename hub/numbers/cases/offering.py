"""Offers: what is put to a customer in place of a banned sender, with a deadline, and put aside so that nobody else
gets it. A number that is put aside is locked first, before the sender and its case, as lending locks it."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from hub.access.permissions import Permission, require
from hub.channels.numbers import NumberForSale, NumberKind, NumberSearch
from hub.db import ban_cases, ban_places, ban_wishes, ban_work, reserved_numbers, stock
from hub.db.ban_cases import CaseRecord
from hub.db.ban_places import SenderPlace
from hub.db.session import PlatformWork, Tx
from hub.db.stock import StockRecord
from hub.errors import Invalid, Unavailable
from hub.failpoints import reach
from hub.ids import new_id
from hub.numbers.cases import acting, possibilities, reading
from hub.numbers.cases.possibilities import Candidate
from hub.numbers.cases.tasks import Done, Later, NotToBeHad, Task
from hub.numbers.policy import effects as e
from hub.numbers.policy import happenings as h
from hub.numbers.policy.case import MOVES, is_overdue
from hub.numbers.policy.masking import masked
from hub.numbers.policy.offers import is_declined
from hub.numbers.policy.pool import Market
from hub.numbers.supply import papers
from hub.numbers.supply.searching import Shop, carried_by, shop_at
from hub.types import Actor
from hub.types.bans import AcceptedBy, AppealState, BanWishes, Offer, Possibility, RemedyKind, RemedyState
from hub.types.numbers import Readiness
from hub.wiring import Services

_LOOK_AGAIN: Final = timedelta(hours=1)
_AT_ONCE: Final = 1_000
_PATIENCE: Final = 3
"""Attempts, the last of them after a minute."""
_BY_POLICY: Final = "the organization lets offers be accepted by themselves"
_KINDS: Final = (NumberKind.LOCAL, NumberKind.MOBILE, NumberKind.NATIONAL)


def make_offer(services: Services, task: Task) -> Done | Later:
    """Find what can be had soonest, put it aside and offer it; where nothing can be had, look again in an hour.

    What was declined comes last.
    """
    record = task.record
    if record.case.state not in MOVES[h.OfferMade]:
        return Done()
    found = _found(services, task)
    kind = task.data.get("channel_kind")
    wanted = [each for each in found if kind in (None, each.possibility.channel_kind)]
    wanted.sort(key=lambda each: is_declined(each.possibility, record.case.declined))
    chosen = next((each for each in wanted if each.possibility.readiness is not Readiness.NONE), None)
    if chosen is None:
        return Later(services.clock() + _LOOK_AGAIN, _why_nothing(wanted))
    reach("ban.offer_before")
    _offer(services, record, chosen)
    reach("ban.offer_after")
    return Done()


def list_possibilities(services: Services, actor: Actor, case_id: str) -> tuple[Possibility, ...]:
    """Return what could be offered in a case of the organization, soonest first, with what each takes; nothing is
    asked of a supplier, so numbers that would have to be bought are missing. Raises NotFound."""
    require(actor, Permission.READ_CHANNELS)
    return _possible(services, actor.organization_id, case_id)


def list_any_possibilities(services: Services, actor: Actor, case_id: str) -> tuple[Possibility, ...]:
    """Return the same for a case of any organization. Platform scope only. Raises NotFound."""
    return _possible(services, reading.organization_of(services, actor, case_id), case_id)


def _possible(services: Services, organization_id: str, case_id: str) -> tuple[Possibility, ...]:
    with services.db.reading(organization_id) as tx:
        record = ban_cases.get(tx, case_id)
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        found = possibilities.candidates(services, tx, record, (), services.clock())
        wishes = ban_wishes.get(tx, organization_id)
    return tuple(_as_wished(each, wishes) for each in found)


def _as_wished(found: Candidate, wishes: BanWishes) -> Possibility:
    number = found.reserve.get("number")
    if number is None or not wishes.masked_numbers:
        return found.possibility
    return replace(found.possibility, what=masked(number))


def end_overdue(services: Services) -> None:
    """End the offers whose deadline has passed; what was put aside is free again."""
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        overdue = ban_cases.list_overdue(tx, services.clock(), _AT_ONCE)
    for organization_id, case_id in overdue:
        now = services.clock()
        with services.db.transaction(organization_id) as tx:
            if is_overdue(acting.lock(tx, case_id).case, now):
                acting.happen(services, tx, case_id, h.DeadlinePassed(), acting.HUB, now)


def _found(services: Services, task: Task) -> tuple[Candidate, ...]:
    """Return what suits the case: of ours, and only where no number of ours can be had soon, for sale."""
    record = task.record
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        found = possibilities.candidates(services, tx, record, (), services.clock())
        place = possibilities.wants_market(services, tx, record, services.clock())
        number = stock.get(tx, place.number_id) if place and place.number_id else None
    if place is None or number is None or not number.country:
        return found
    markets = _markets_at_last(services, task, place, number)
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        return possibilities.candidates(services, tx, record, markets, services.clock())


def _offer(services: Services, before: CaseRecord, chosen: Candidate) -> None:
    now = services.clock()
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION, before.organization_id) as tx:
        _check_free(tx, before, chosen)
        record = acting.lock(tx, before.id)
        if record.case.state not in MOVES[h.OfferMade]:
            return
        wishes = ban_wishes.get(tx, record.organization_id)
        offer = Offer(new_id(), chosen.possibility, now + timedelta(days=wishes.offer_days))
        acting.put_aside(tx, record, chosen.reserve)
        record = acting.happen(services, tx, record.id, h.OfferMade(offer), acting.HUB, now)
        # whatever else was asked for has its answer
        ban_work.drop(tx, record.id, e.MakeOffer.__name__, now)
        for happening in _accepted_by_itself(record, offer, wishes):
            acting.happen(services, tx, record.id, happening, acting.HUB, now)
        reach("ban.offer_made")


def _check_free(tx: Tx, record: CaseRecord, chosen: Candidate) -> None:
    """Lock the number that is to be put aside. Raises Conflict when somebody else was faster."""
    number_id = chosen.reserve.get("number_id")
    if number_id is None:
        return
    number = stock.lock(tx, number_id)
    place = ban_places.get_place(tx, record.sender_id)
    held = reserved_numbers.list_reserved(tx).get(number_id)
    free = possibilities.is_still_free(number, record, place, chosen.possibility.channel_kind)
    if not free or (held is not None and held.case_id != record.id):
        raise NotToBeHad("the number that was to be offered was taken at this moment; another one is looked for")


def _accepted_by_itself(record: CaseRecord, offer: Offer, wishes: BanWishes) -> list[h.Happening]:
    """What the organization has decided beforehand; nothing, unless it has switched that on.

    Once a replacement has failed, people decide: what costs money is not tried over and over by itself.
    """
    if not wishes.automatic or _has_failed(record):
        return []
    found: list[h.Happening] = []
    if not record.case.cause:
        found.append(h.CauseRecorded(f"not looked into: {_BY_POLICY}"))
    if record.case.appeal is AppealState.NONE:
        found.append(h.AppealWaived(_BY_POLICY))
    return [*found, h.Accepted(offer.id, AcceptedBy.POLICY)]


def _has_failed(record: CaseRecord) -> bool:
    return any(each.kind is RemedyKind.REPLACE and each.state is RemedyState.FAILED for each in record.case.remedies)


def _why_nothing(found: Sequence[Candidate]) -> str:
    takes = dict.fromkeys(each.text for one in found for each in one.possibility.takes)
    return "; ".join(("nothing can be offered as things are", *takes))


# --- what can be bought ----------------------------------------------------------------------------------


def _markets_at_last(services: Services, task: Task, place: SenderPlace, number: StockRecord) -> tuple[Market, ...]:
    """Ask the supplier; one that does not answer for a minute keeps the customer from no other offer."""
    try:
        return _markets(services, place, number)
    except Unavailable:
        if task.attempts < _PATIENCE:
            raise
        return ()


def _markets(services: Services, place: SenderPlace, number: StockRecord) -> tuple[Market, ...]:
    """Ask the supplier whether a number can be bought where the banned one is from."""
    try:
        shop = shop_at(services, None)
    except Invalid:
        # no parent account: the hub buys nothing here
        return ()
    own = (each for each in _KINDS if each == number.number_kind)
    return asyncio.run(_ask(services, shop, place, number.country, tuple(dict.fromkeys((*own, *_KINDS)))))


async def _ask(
    services: Services, shop: Shop, place: SenderPlace, country: str, kinds: Sequence[NumberKind]
) -> tuple[Market, ...]:
    """Return the market for the first kind of number that is for sale and fits."""
    async with shop.supplier.open():
        for kind in kinds:
            found = await shop.supplier.search(shop.account, NumberSearch(country, kind))
            fitting = next((each for each in found if _carries(services, shop, place, each)), None)
            if fitting is not None:
                sort = papers.Sort(country, kind, fitting.address)
                checked = await papers.check(shop.supplier, shop.account, sort, shop.owner)
                return (Market(country, frozenset({place.kind}), checked.documents, checked.address),)
    return ()


def _carries(services: Services, shop: Shop, place: SenderPlace, found: NumberForSale) -> bool:
    return place.kind in carried_by(services, found.abilities, shop.supplier.provider)
