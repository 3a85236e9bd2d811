"""Bringing a number into the account that its sender will belong to, and pointing it at the hub."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from hub.channels.numbers import NumberKind, NumberProvider, Papers
from hub.db import accounts, registrations, stock
from hub.db.session import PlatformWork
from hub.db.stock import StockRecord
from hub.errors import Conflict
from hub.failpoints import reach
from hub.numbers.supply import papers
from hub.numbers.supply.accounts import account_for, acting, supplier_of
from hub.numbers.supply.held import release_held
from hub.types import ProviderAccount
from hub.wiring import Services

_NOT_THERE = "the supplier does not have this number in the account it was bought in; look into the supplier's console"


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a number is worked on: who supplies it, the account it shall be in, the account that owns that one."""

    supplier: NumberProvider
    account: ProviderAccount
    parent: ProviderAccount


def desk_at(services: Services, account_id: str) -> Desk:
    """Return the desk of an account. Call it with no transaction open. Raises NotFound, Invalid, Unreadable."""
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        account = accounts.get(tx, account_id)
        parent = accounts.get(tx, account.parent_id) if account.parent_id else account_for(tx, services, None)
    return Desk(supplier_of(services, account), acting(services, account), acting(services, parent))


def calls_url(services: Services, desk: Desk) -> str:
    """Return where the supplier asks what to do with a call."""
    return f"{services.settings.base_url}/webhooks/{desk.supplier.provider}/voice"


def bring_home(services: Services, desk: Desk, number_id: str, since: datetime) -> StockRecord:
    """See to it that a number is in the desk's account and its messages and calls come here; safe to repeat.

    since  when it was decided that the number goes there: what is held since then is let in
    Raises Conflict when the supplier refuses (its documents are missing there, say), NotFound, Unavailable.
    """
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        number = stock.get(tx, number_id)
    external_id = _moved(services, desk, number)
    if (number.provider_account_id, number.external_id) != (desk.account.id, external_id):
        with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            stock.lock(tx, number_id)
            registrations.move_number(tx, number_id, desk.account.id, external_id)
    # what the supplier signed with the new account's token meanwhile was nobody's; an earlier try may have died here
    release_held(services, number.number, since)
    asyncio.run(desk.supplier.point(desk.account, external_id, calls_url(services, desk)))
    return number


def _moved(services: Services, desk: Desk, number: StockRecord) -> str:
    """Return the supplier's id of the number, which the desk's account has now."""
    found = asyncio.run(desk.supplier.find_number(desk.account, number.number))
    if found is not None:
        return found.external_id
    if number.provider_account_id == desk.account.id:
        raise Conflict(_NOT_THERE)
    start = desk_at(services, number.provider_account_id)
    owned = asyncio.run(start.supplier.find_number(start.account, number.number))
    if owned is None:
        raise Conflict(_NOT_THERE)
    its_papers = asyncio.run(_papers(desk, start, number))
    asyncio.run(desk.supplier.move(desk.parent, owned.external_id, start.account, desk.account, its_papers))
    reach("registration.number_moved")
    return owned.external_id


async def _papers(desk: Desk, start: Desk, number: StockRecord) -> Papers:
    """Return the papers of the desk's account for a number, as it was bought with them."""
    bought_with = Papers(number.papers.get("bundle_id", ""), number.papers.get("address_id", ""))
    if bought_with == Papers():
        return bought_with
    sort = papers.Sort(number.country, NumberKind(number.number_kind))
    return await papers.hand_over(desk.supplier, start.account, desk.account, sort, bought_with)
