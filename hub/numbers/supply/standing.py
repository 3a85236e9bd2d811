"""Whether a number is a sender of a messenger already, before it is lent as one."""

import asyncio
from dataclasses import replace
from typing import Final

from hub.channels.base import Adapter
from hub.channels.numbers import RegisteredSender
from hub.db import accounts, registrations, stock
from hub.db.registrations import RegistrationRecord
from hub.db.session import PlatformWork, Tx
from hub.db.stock import StockRecord
from hub.errors import Conflict, HubError, Unavailable
from hub.ids import new_id
from hub.log import get_logger
from hub.numbers.supply.homing import desk_at
from hub.numbers.supply.noting import next_look
from hub.numbers.supply.registered import NEXT
from hub.types.numbers import RegistrationState as S
from hub.wiring import Services

ONLINE: Final = frozenset({S.ONLINE, S.UPDATING})
_NOT_ASKED: Final = "the supplier did not say whether the number is a sender; lend it a little later"

log = get_logger(__name__)


def senders_seen(services: Services, number_id: str, adapter: Adapter) -> tuple[RegisteredSender, ...] | None:
    """Return the senders that the supplier shows in a number's account; None when it could not be asked.

    Nothing is asked where the hub has registered the number itself. Raises NotFound.
    """
    if not adapter.registers_numbers:
        return ()
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        number = stock.get(tx, number_id)
        if registrations.find_standing(tx, number_id, adapter.kind) is not None:
            return ()
    try:
        desk = desk_at(services, number.provider_account_id)
        return tuple(asyncio.run(desk.supplier.list_senders(desk.account)))
    except HubError as error:
        log.warning("senders.not_listed", number_id=number_id, reason=error.detail)
        return None


def check(
    services: Services, tx: Tx, number: StockRecord, adapter: Adapter, seen: tuple[RegisteredSender, ...] | None
) -> None:
    """Raise Conflict unless a locked number is a sender that works, for the transaction's organization.

    One that was registered by hand is kept as a registration from now on. What could not be asked refuses nothing in an
    account of the platform's own, whose senders may be made by hand; in an organization's account the hub makes them:
    Unavailable.
    """
    standing = registrations.find_standing(tx, number.id, adapter.kind)
    if standing is not None:
        _check_standing(standing, tx.organization_id)
        return
    if seen is None:
        if accounts.get(tx, number.provider_account_id).organization_id is not None:
            raise Unavailable(_NOT_ASKED)
        return
    mine = next((each for each in seen if each.number == number.number), None)
    if mine is None:
        raise Conflict(f"the number is not a {adapter.label} sender yet; register it first")
    if mine.state not in ONLINE:
        raise Conflict(f"the number's {adapter.label} sender is {mine.state}; wait until it is online")
    registrations.add(tx, _by_hand(services, tx, number, adapter, mine))


def _check_standing(standing: RegistrationRecord, organization_id: str) -> None:
    if standing.organization_id != organization_id:
        raise Conflict("the number is registered for another organization; have that registration given up first")
    if standing.state not in ONLINE:
        wait = f": {NEXT[standing.state]}" if NEXT[standing.state] else ""
        raise Conflict(f"the number's registration is {standing.state}{wait}; lend it once it is online")


def _by_hand(
    services: Services, tx: Tx, number: StockRecord, adapter: Adapter, mine: RegisteredSender
) -> RegistrationRecord:
    now = services.clock()
    made = RegistrationRecord(
        id=new_id(),
        number_id=number.id,
        kind=adapter.kind,
        provider_account_id=number.provider_account_id,
        organization_id=tx.organization_id,
        created_at=now,
        display_name=mine.name,
        external_id=mine.external_id,
        state=mine.state,
        quality=mine.quality,
        daily_limit=mine.daily_limit,
        checked_at=now,
    )
    return replace(made, due_at=next_look(made, now))
