"""The accounts in which a number may be at its supplier: its own as the hub knows it, and those it went between."""

from collections.abc import Sequence

from hub.channels.numbers import OwnedNumber
from hub.db import accounts, registrations
from hub.db.accounts import CLOSED, OPENING, AccountRecord
from hub.db.session import PlatformWork
from hub.db.stock import StockRecord
from hub.numbers.supply.accounts import acting, supplier_of
from hub.wiring import Services


def list_places(services: Services, number: StockRecord) -> list[AccountRecord]:
    """Return the open accounts in which a number may be, first the one that its row names: a process that died may
    have moved it, and not have noted that.
    """
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        known = {each.id: each for each in accounts.list_all(tx)}
        registered = registrations.list_accounts(tx, number.id)
    own = known[number.provider_account_id]
    ids = dict.fromkeys([own.id, *([own.parent_id] if own.parent_id else []), *registered])
    return [known[each] for each in ids if known[each].state not in (OPENING, CLOSED)]


async def find_at(
    services: Services, places: Sequence[AccountRecord], number: str
) -> tuple[AccountRecord, OwnedNumber] | None:
    """Return in which of these accounts a number is; None: all answered, and none has it. Raises as `find_number`."""
    for place in places:
        supplier, account = supplier_of(services, place), acting(services, place)
        found = await supplier.find_number(account, number)
        if found is not None:
            return place, found
    return None
