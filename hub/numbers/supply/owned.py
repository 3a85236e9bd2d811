"""The numbers that are the platform's: listing them, taking in one bought elsewhere, noting what one costs."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import phonenumbers

from hub import audit
from hub.access.permissions import require_platform
from hub.channels.numbers import OwnedNumber
from hub.db import stock
from hub.db.accounts import AccountRecord
from hub.db.idempotency import EVERY_TIME, Once
from hub.db.session import PlatformWork
from hub.db.stock import NumberFilter, StockRecord
from hub.errors import Conflict, HubError, Invalid
from hub.ids import new_id
from hub.numbers.policy.life import NumberLife
from hub.numbers.supply.accounts import account_for, acting
from hub.numbers.supply.entered import costs_checked, e164, some_capabilities
from hub.numbers.supply.showing import show_number, show_numbers
from hub.numbers.supply.views import NumberView
from hub.provisioning.looking_up import look_up
from hub.types import Actor, ChannelKind, Machine, Page
from hub.types.numbers import NumberState
from hub.wiring import Services

ALL: Final = NumberFilter()


@dataclass(frozen=True, slots=True)
class NewNumber:
    """A number the platform owns. `number` in international form; `capabilities` are the channel kinds it can carry."""

    number: str
    capabilities: Sequence[str]
    provider_account_id: str | None = None


@dataclass(frozen=True, slots=True)
class NumberChanges:
    """What is noted anew; None: it stays. `monthly_cost` in hundredths of `currency`."""

    monthly_cost: int | None = None
    currency: str | None = None


def list_numbers(
    services: Services,
    actor: Actor | Machine,
    limit: int = 50,
    cursor: str | None = None,
    wanted: NumberFilter = ALL,
) -> Page[NumberView]:
    """Return the platform's numbers in the order in which it got them."""
    require_platform(actor)
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        page = stock.list_page(tx, limit, cursor, wanted)
        return Page(show_numbers(services, tx, page.items), page.next)


def get_number(services: Services, actor: Actor | Machine, number_id: str) -> NumberView:
    """Return a number. Raises NotFound."""
    require_platform(actor)
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        return show_number(services, tx, stock.get(tx, number_id))


def register_number(services: Services, actor: Actor | Machine, new: NewNumber, once: Once = EVERY_TIME) -> NumberView:
    """Add an owned number to the pool; a look-up at the provider that fails shows in its health and refuses nothing.

    Raises Invalid (number, kinds, account), Conflict (known already).
    """
    require_platform(actor)
    number, capabilities = e164(new.number), some_capabilities(services, new.capabilities)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        account = account_for(tx, services, new.provider_account_id)
    _check_provider(services, account, capabilities)
    found = _found(services, account, number)
    record = StockRecord(
        id=new_id(),
        number=number,
        capabilities=capabilities,
        provider_account_id=account.id,
        created_at=services.clock(),
        life=NumberLife(NumberState.OWNED),
        external_id=found.external_id if found else "",
        country=_country_of(number),
        health=asyncio.run(look_up(services, account, number, capabilities)),
    )
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        if not stock.add(tx, record):
            raise Conflict("this number is known already; see GET /platform/numbers")
        made = {"number": number, "capabilities": capabilities, "provider_account_id": account.id}
        registered = audit.Change("number.registered", "number", record.id, after=made)
        audit.record(services, tx, actor, registered, audit.PLATFORM)
        return once.keep(tx, show_number(services, tx, record))


def change_number(services: Services, actor: Actor | Machine, number_id: str, changes: NumberChanges) -> NumberView:
    """Note what a number costs. Raises NotFound, Invalid."""
    require_platform(actor)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        was = stock.lock(tx, number_id)
        cost = was.monthly_cost if changes.monthly_cost is None else changes.monthly_cost
        cost, currency = costs_checked(cost, was.currency if changes.currency is None else changes.currency)
        now = replace(was, monthly_cost=cost, currency=currency)
        stock.save(tx, now)
        difference = audit.difference(_noted(was), _noted(now))
        changed = audit.Change("number.changed", "number", number_id, **difference)
        audit.record(services, tx, actor, changed, audit.PLATFORM)
        return show_number(services, tx, now)


def _noted(record: StockRecord) -> Mapping[str, object]:
    return {"monthly_cost": record.monthly_cost, "currency": record.currency}


def _country_of(number: str) -> str:
    return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""


def _check_provider(services: Services, account: AccountRecord, kinds: Sequence[str]) -> None:
    if any(services.adapters[ChannelKind(kind)].provider != account.provider for kind in kinds):
        raise Invalid("the provider of this account does not supply these capabilities")


def _found(services: Services, account: AccountRecord, number: str) -> OwnedNumber | None:
    """Look for the number at its supplier, to know its id there; later looks find it too."""
    supplier = services.suppliers.get(account.provider)
    if supplier is None:
        return None
    try:
        return asyncio.run(supplier.find_number(acting(services, account), number))
    except HubError:
        # its health says what is wrong
        return None
