"""Giving numbers back to their supplier.

The row says `returning` before the supplier is asked, and asking twice does no harm: whatever is interrupted,
`settle_returns` goes on with it.
"""

import asyncio

from hub import audit
from hub.access.permissions import require_platform
from hub.db import stock
from hub.db.session import PlatformWork, Tx
from hub.db.stock import StockRecord
from hub.errors import Conflict, HubError, Invalid
from hub.failpoints import reach
from hub.log import get_logger
from hub.numbers.policy import life
from hub.numbers.supply import registering
from hub.numbers.supply.accounts import acting, supplier_of
from hub.numbers.supply.places import find_at, list_places
from hub.numbers.supply.reserving import check_not_reserved
from hub.numbers.supply.settling import BY_CLOCK
from hub.numbers.supply.showing import show_number
from hub.numbers.supply.views import NumberView
from hub.types import Actor, Machine
from hub.types.numbers import NumberState
from hub.wiring import Services

log = get_logger(__name__)


def return_number(services: Services, by: Actor | Machine, number_id: str) -> NumberView:
    """Give a number back for good; one that the supplier has no more is given up.

    by  with the reason, where the number's quarantine is not over. Raises NotFound, Conflict (lent, or people may still
    write to it and there is no reason, or the supplier refuses: it stays), Unavailable (it is tried again by itself).
    """
    require_platform(by)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        number = stock.lock(tx, number_id)
        if number.life.state is NumberState.LENT:
            raise Conflict("the number is lent; take it back first")
        if number.life.state is NumberState.LOST:
            # what its messenger has of it is taken off, too
            registering.withdraw(services, tx, by, number.id)
            return _given_back(services, tx, by, number)
        if number.life.state is not NumberState.RETURNING:
            _begin(services, tx, by, number)
    reach("return.after_commit")
    return _give_back(services, by, number)


def settle_returns(services: Services) -> None:
    """Go on with giving back what was interrupted. Safe to repeat."""
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        returning = stock.list_in(tx, [NumberState.RETURNING])
    for number in returning:
        try:
            _give_back(services, BY_CLOCK, number)
        except HubError as error:
            log.warning("number.not_returned", number_id=number.id, reason=error.detail)


def _begin(services: Services, tx: Tx, by: Actor | Machine, number: StockRecord) -> None:
    check_not_reserved(tx, number.id)
    stock.put_life(tx, number.id, life.give_back(number.life, services.clock(), by.reason))
    registering.withdraw(services, tx, by, number.id)
    was = {"number": number.number, "state": number.life.state}
    asked = audit.Change("number.return_asked", "number", number.id, before=was)
    audit.record(services, tx, by, asked, audit.PLATFORM)


def _give_back(services: Services, by: Actor | Machine, number: StockRecord) -> NumberView:
    try:
        asyncio.run(_released(services, number))
    except (Conflict, Invalid) as error:
        _keep(services, by, number.id, error.detail)
        raise Conflict(f"the number stays: {error.detail}") from None
    reach("return.after_release")
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        known = stock.lock(tx, number.id)
        if known.life.state is not NumberState.RETURNING:
            return show_number(services, tx, known)
        view = _given_back(services, tx, by, known)
        reach("return.before_record")
    return view


async def _released(services: Services, number: StockRecord) -> None:
    # the account and the id that are known may be those that it had before
    found = await find_at(services, list_places(services, number), number.number)
    if found is not None:
        record, owned = found
        await supplier_of(services, record).release(acting(services, record), owned.external_id)


def _given_back(services: Services, tx: Tx, by: Actor | Machine, number: StockRecord) -> NumberView:
    stock.put_life(tx, number.id, life.given_back(number.life))
    stock.set_trouble(tx, number.id, "")
    given = audit.Change("number.returned", "number", number.id, before={"number": number.number})
    audit.record(services, tx, by, given, audit.PLATFORM)
    return show_number(services, tx, stock.get(tx, number.id))


def _keep(services: Services, by: Actor | Machine, number_id: str, why: str) -> None:
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        number = stock.lock(tx, number_id)
        if number.life.state is not NumberState.RETURNING:
            return
        stock.put_life(tx, number_id, life.keep(number.life, services.clock()))
        stock.set_trouble(tx, number_id, why)
        kept = audit.Change("number.not_returned", "number", number_id, after={"why": why})
        audit.record(services, tx, by, kept, audit.PLATFORM)
