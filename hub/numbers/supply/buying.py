"""Buying a number: all that could make it useless is asked first, and it is never paid for twice.

The row is there, `ordered`, before the supplier is asked, and the supplier keeps our id of it as the number's name.
Whatever is interrupted, `settle_orders` looks the number up by that name: it is ours, or the order came to nothing. A
number whose row says `ordered` is never asked for a second time.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from hub import audit
from hub.access.permissions import require_platform
from hub.channels.numbers import NumberForSale, NumberKind, NumberSearch, Order, OwnedNumber, Papers
from hub.db import stock
from hub.db.accounts import AccountRecord
from hub.db.idempotency import EVERY_TIME, Once
from hub.db.session import PlatformWork, Tx
from hub.db.stock import StockRecord
from hub.errors import Conflict, HubError, Unavailable
from hub.failpoints import reach
from hub.ids import new_id
from hub.numbers.policy import life
from hub.numbers.policy.life import NumberLife
from hub.numbers.policy.obstacles import SenderPlan, may_buy, obstacles
from hub.numbers.supply import papers
from hub.numbers.supply.accounts import check_organization, find_own
from hub.numbers.supply.entered import check_capabilities, costs_checked, country_named, e164, kind_named
from hub.numbers.supply.papers import Checked, Sort
from hub.numbers.supply.past import AGAIN, check_past
from hub.numbers.supply.planning import Wished, plan_of
from hub.numbers.supply.searching import Shop, carried_by, plan_of_any, shop_at
from hub.numbers.supply.settling import NOT_KNOWN, look_for, record_bought, refuse
from hub.numbers.supply.views import NumberView
from hub.types import Actor, ChannelKind, Machine
from hub.types.numbers import NumberState, Obstacle
from hub.wiring import Services

_OURS: Final = "the number is the platform's already; see GET /platform/numbers"


@dataclass(frozen=True, slots=True)
class NewOrder:
    """A number to be bought, as a search showed it.

    capabilities     channel kinds that it shall carry; none: all that it can
    organization_id  whom it is meant for: what its business account allows is asked first; None: the pool
    monthly_cost     in hundredths of `currency`; None: not entered
    """

    number: str
    country: str
    kind: str
    capabilities: Sequence[str] = ()
    provider_account_id: str | None = None
    organization_id: str | None = None
    monthly_cost: int | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class _Wish:
    """An order that was read."""

    number: str
    country: str
    kind: NumberKind
    capabilities: tuple[str, ...]
    cost: tuple[int | None, str]
    organization_id: str | None


def buy(services: Services, actor: Actor | Machine, order: NewOrder, once: Once = EVERY_TIME) -> NumberView:
    """Buy a number and point it here. One that is ordered already is looked for instead.

    Raises Invalid, Conflict (not for sale; papers, account or portfolio in the way; ours already), Unavailable (whether
    it was sold shows within half an hour; its row says so).
    """
    require_platform(actor)
    wish = _read(services, order)
    shop = shop_at(services, order.provider_account_id)
    known = _known(services, wish)
    if known is None or known.life.state is not NumberState.ORDERED:
        wish, its_papers = _checked(services, shop, wish, known)
        known = _ordered(services, actor, shop, wish, its_papers)
        bought = _bought(services, shop, known)
    else:
        bought = look_for(services, known)
    return record_bought(services, actor, known, bought, once)


def _read(services: Services, order: NewOrder) -> _Wish:
    return _Wish(
        number=e164(order.number),
        country=country_named(order.country),
        kind=kind_named(order.kind),
        capabilities=check_capabilities(services, order.capabilities),
        cost=costs_checked(order.monthly_cost, order.currency),
        organization_id=order.organization_id,
    )


def _known(services: Services, wish: _Wish) -> StockRecord | None:
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        check_organization(tx, wish.organization_id)
        known = stock.find(tx, wish.number)
    if known is not None and known.life.state not in (*AGAIN, NumberState.ORDERED):
        raise Conflict(_OURS)
    return known


# --- before the purchase ----------------------------------------------------------------------------------


def _checked(services: Services, shop: Shop, wish: _Wish, known: StockRecord | None) -> tuple[_Wish, Papers]:
    """Return the wish with what the number can carry, and its papers. Raises Conflict when it is of no use."""
    found, checked = asyncio.run(_asked(shop, wish))
    able = carried_by(services, found.abilities, shop.supplier.provider)
    missing = [kind for kind in wish.capabilities if kind not in able]
    if missing or not able:
        raise Conflict(f"this number cannot carry {', '.join(missing) or 'any channel'}; choose another one")
    wish = replace(wish, capabilities=wish.capabilities or able)
    if known is not None:
        check_past(known, wish.organization_id, list(map(ChannelKind, wish.capabilities)), services.clock())
    _refuse_useless(_in_the_way(services, shop, wish, checked, known))
    return wish, asyncio.run(papers.complete(shop.supplier, shop.account, checked, shop.owner))


async def _asked(shop: Shop, wish: _Wish) -> tuple[NumberForSale, Checked]:
    async with shop.supplier.open():
        wanted = NumberSearch(wish.country, wish.kind, pattern=wish.number.removeprefix("+"))
        found = await shop.supplier.search(shop.account, wanted)
        exact = next((each for each in found if each.number == wish.number), None)
        if exact is None:
            raise Conflict("the number is not for sale any more; choose another one")
        sort = Sort(wish.country, wish.kind, exact.address)
        return exact, await papers.check(shop.supplier, shop.account, sort, shop.owner)


def _in_the_way(
    services: Services, shop: Shop, wish: _Wish, checked: Checked, known: StockRecord | None
) -> tuple[Obstacle, ...]:
    """Return all obstacles: those of any number, and for whomever it is meant those of each kind it shall carry."""
    plans = [plan_of_any(shop.record, checked)]
    if wish.organization_id is not None:
        with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
            plans += _plans_for(services, tx, shop.record, wish.organization_id, wish.capabilities, known)
    now = services.clock()
    return tuple(dict.fromkeys(each for one in plans for each in obstacles(one, now)))


def _plans_for(
    services: Services,
    tx: Tx,
    shop: AccountRecord,
    organization_id: str,
    kinds: Sequence[str],
    known: StockRecord | None,
) -> list[SenderPlan]:
    # who has no account has signed up with no messenger and has no sender
    nothing = replace(shop, id="", business_id="", portfolio_id="", level="none", forbids=())
    account = find_own(tx, organization_id, shop.provider) or nothing
    adapters = [services.adapters[ChannelKind(kind)] for kind in kinds]
    number_id = known.id if known else None
    return [plan_of(tx, each, Wished(account, each.kind, "", number_id)) for each in adapters]


def _refuse_useless(found: Sequence[Obstacle]) -> None:
    in_the_way = [each for each in found if not may_buy([each])]
    if in_the_way:
        raise Conflict("; ".join(each.text for each in in_the_way), obstacles=[each.code for each in in_the_way])


# --- the purchase -----------------------------------------------------------------------------------------


def _ordered(services: Services, actor: Actor | Machine, shop: Shop, wish: _Wish, its_papers: Papers) -> StockRecord:
    """Keep that it is ordered, before anybody is asked to sell it. Raises Conflict when it is ours already."""
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        before = stock.find(tx, wish.number)
        record = _row(before, shop, wish, its_papers, services.clock())
        if before is not None:
            stock.save(tx, record)
        elif not stock.add(tx, record):
            raise Conflict("this number is being ordered at this moment; look at it again")
        made = {"number": wish.number, "capabilities": wish.capabilities, "provider_account_id": shop.record.id}
        ordered = audit.Change("number.ordered", "number", record.id, after=made)
        audit.record(services, tx, actor, ordered, audit.PLATFORM)
        reach("order.before_commit")
    reach("order.after_commit")
    return record


def _row(before: StockRecord | None, shop: Shop, wish: _Wish, its_papers: Papers, now: datetime) -> StockRecord:
    """One row for a number, however often it is bought: what is known of its past counts on."""
    if before is not None and before.life.state not in AGAIN:
        raise Conflict(_OURS)
    known = before or StockRecord(new_id(), wish.number, (), shop.record.id, now)
    return replace(
        known,
        life=life.order_again(before.life) if before else NumberLife(),
        capabilities=wish.capabilities,
        provider_account_id=shop.record.id,
        external_id="",
        country=wish.country,
        number_kind=wish.kind,
        papers={"bundle_id": its_papers.bundle_id, "address_id": its_papers.address_id},
        monthly_cost=wish.cost[0],
        currency=wish.cost[1],
        ordered_at=now,
        ordered_for_id=wish.organization_id,
        trouble="",
    )


def _bought(services: Services, shop: Shop, record: StockRecord) -> OwnedNumber:
    """Ask the supplier to sell it, unless it did so before. What it refuses for certain is noted as such."""
    papers_of = Papers(record.papers["bundle_id"], record.papers["address_id"])

    async def ask() -> OwnedNumber:
        async with shop.supplier.open():
            found = await shop.supplier.find_bought(shop.account, record.id)
            return found or await shop.supplier.buy(shop.account, Order(record.id, record.number, papers_of))

    try:
        bought = asyncio.run(ask())
    except Unavailable:
        raise Unavailable(NOT_KNOWN) from None
    except HubError as error:
        refuse(services, record.id, error.detail)
        raise
    reach("order.after_buy")
    return bought
