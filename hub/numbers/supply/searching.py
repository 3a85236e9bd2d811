"""Looking for numbers that can be bought, and for what their country wants to see first."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from hub.access.permissions import require_platform
from hub.channels.numbers import Ability, AddressNeed, NumberForSale, NumberProvider, NumberSearch
from hub.db import accounts
from hub.db.accounts import ACTIVE, AccountRecord
from hub.db.session import PlatformWork
from hub.errors import Invalid
from hub.numbers.policy.obstacles import SenderPlan, obstacles
from hub.numbers.supply import papers
from hub.numbers.supply.accounts import account_for, acting, supplier_of
from hub.numbers.supply.entered import check_capabilities, country_named, kind_named
from hub.numbers.supply.papers import Checked, Sort
from hub.numbers.supply.views import ForSaleView, SearchView
from hub.types import Actor, ChannelKind, Level, Machine, ProviderAccount
from hub.wiring import Services

_MOST = 100
_MORE: Final = 4
"""So many times what is wanted is asked for, where the supplier cannot filter by all that is asked."""
_SHORTEST_PATTERN = 2


@dataclass(frozen=True, slots=True)
class Wanted:
    """Numbers that are looked for.

    country       ISO 3166-1, two letters
    kind          `hub.channels.numbers.NumberKind`
    capabilities  channel kinds that all of them can carry
    pattern       at least two of: figures, letters (which stand for their keys), * for any figure, + first, $ last
    """

    country: str
    kind: str
    capabilities: Sequence[str] = ()
    pattern: str = ""
    limit: int = 20
    provider_account_id: str | None = None


@dataclass(frozen=True, slots=True)
class Shop:
    """Where it is bought: who supplies, and in which account's name. `owner`: the account that this one belongs to."""

    record: AccountRecord
    account: ProviderAccount
    supplier: NumberProvider
    owner: ProviderAccount | None = None


def search(services: Services, actor: Actor | Machine, wanted: Wanted) -> SearchView:
    """Return numbers for sale, with what has to be cleared before one may be bought.

    Raises Invalid (country, kind, pattern, account), Unavailable.
    """
    require_platform(actor)
    kinds, kind = check_capabilities(services, wanted.capabilities), kind_named(wanted.kind)
    asked = NumberSearch(country_named(wanted.country), kind, _needed(services, kinds), _pattern(wanted.pattern))
    shop = shop_at(services, wanted.provider_account_id)
    limit = max(1, min(wanted.limit, _MOST))

    async def ask() -> tuple[list[NumberForSale], Checked]:
        async with shop.supplier.open():
            found = await shop.supplier.search(shop.account, replace(asked, limit=limit * _MORE))
            need = found[0].address if found else AddressNeed.NONE
            sort = Sort(asked.country, kind, need)
            return found, await papers.check(shop.supplier, shop.account, sort, shop.owner)

    found, checked = asyncio.run(ask())
    items = (_show(services, each, shop.supplier.provider) for each in found)
    fitting = tuple(each for each in items if set(kinds) <= set(each.capabilities))
    return SearchView(fitting[:limit], obstacles(plan_of_any(shop.record, checked), services.clock()))


def shop_at(services: Services, account_id: str | None) -> Shop:
    """Return where numbers are bought. Call it with no transaction open. Raises Invalid, Unreadable."""
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        record = account_for(tx, services, account_id)
        parent = accounts.get(tx, record.parent_id) if record.parent_id else None
    owner = acting(services, parent) if parent else None
    return Shop(record, acting(services, record), supplier_of(services, record), owner)


def plan_of_any(account: AccountRecord, checked: Checked) -> SenderPlan:
    """Return what holds of any number that an account buys, whoever gets it."""
    level = Level.NONE if account.state == ACTIVE else Level.ACCOUNT
    return SenderPlan(None, account_level=level, documents=checked.documents, address=checked.address)


def carried_by(services: Services, abilities: frozenset[Ability], provider: str) -> tuple[str, ...]:
    """Return the channel kinds that a number of a provider with these abilities can carry."""
    return tuple(
        str(kind)
        for kind, adapter in services.adapters.items()
        if adapter.provider == provider and adapter.number_abilities & abilities
    )


def _pattern(written: str) -> str:
    pattern = "".join(written.split())
    if pattern and len(pattern) < _SHORTEST_PATTERN:
        raise Invalid("the pattern needs at least two characters of 0-9, a-z, *, + and $")
    return pattern


def _needed(services: Services, kinds: Sequence[str]) -> frozenset[Ability]:
    """What all that are found must have: what a kind can do without is looked at afterwards."""
    needs = [services.adapters[ChannelKind(kind)].number_abilities for kind in kinds]
    return frozenset(ability for need in needs if len(need) == 1 for ability in need)


def _show(services: Services, found: NumberForSale, provider: str) -> ForSaleView:
    return ForSaleView(
        number=found.number,
        country=found.country,
        kind=found.kind,
        abilities=tuple(sorted(found.abilities)),
        capabilities=carried_by(services, found.abilities, provider),
        address=found.address,
        locality=found.locality,
        region=found.region,
    )
