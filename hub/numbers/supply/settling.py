"""What became of an order: the number is ours and its messages come here, or it came to nothing."""

import asyncio

from hub import audit
from hub.channels.numbers import OwnedNumber
from hub.db import accounts, stock
from hub.db.idempotency import EVERY_TIME, Once
from hub.db.session import PlatformWork
from hub.db.stock import StockRecord
from hub.errors import Conflict, HubError, Unavailable
from hub.failpoints import reach
from hub.log import get_logger
from hub.numbers.policy import life
from hub.numbers.supply.accounts import acting, supplier_of
from hub.numbers.supply.showing import show_number
from hub.numbers.supply.views import NumberView
from hub.types import Actor, Machine
from hub.types.numbers import NumberState
from hub.wiring import Services

BY_CLOCK = Machine("system", "supply")
NOT_KNOWN = "the supplier did not say whether it sold the number; this shows within half an hour, so look at it again"
_NOTHING = "the order came to nothing, and nothing was paid; order the number again"
_NOT_POINTED = "its messages do not come here yet, which is tried again"
_ON_ITS_WAY = frozenset({NumberState.ORDERED, NumberState.FAILED})

log = get_logger(__name__)


def settle_orders(services: Services) -> None:
    """Complete or undo what was interrupted. Safe to repeat, beside whoever is buying at this moment too."""
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        ordered = stock.list_in(tx, [NumberState.ORDERED])
    for record in ordered:
        try:
            record_bought(services, BY_CLOCK, record, look_for(services, record))
        except HubError as error:
            log.warning("order.not_settled", number_id=record.id, reason=error.detail)


def look_for(services: Services, record: StockRecord) -> OwnedNumber:
    """Return what was bought under an order. Raises Unavailable while nobody can say, Conflict when it was not sold:
    that is noted then.
    """
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        account = accounts.get(tx, record.provider_account_id)
    found = asyncio.run(supplier_of(services, account).find_bought(acting(services, account), record.id))
    if found is not None:
        return found
    ordered_at, now = record.ordered_at or record.created_at, services.clock()
    if life.settle_order(record.life, None, ordered_at, now).state is NumberState.ORDERED:
        raise Unavailable(NOT_KNOWN)
    refuse(services, record.id, _NOTHING)
    raise Conflict(_NOTHING)


def refuse(services: Services, number_id: str, why: str) -> None:
    """Note that a number was not sold, and why, in our words."""
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        record = stock.lock(tx, number_id)
        if record.life.state is not NumberState.ORDERED:
            return
        stock.put_life(tx, number_id, life.not_sold(record.life))
        stock.set_trouble(tx, number_id, why)
        failed = audit.Change("number.not_sold", "number", number_id, after={"why": why})
        audit.record(services, tx, BY_CLOCK, failed, audit.PLATFORM)


def record_bought(
    services: Services, by: Actor | Machine, record: StockRecord, bought: OwnedNumber, once: Once = EVERY_TIME
) -> NumberView:
    """Point a number that was bought here, and keep that it is ours. Nothing changes when that was done before."""
    trouble = _point(services, record, bought)
    reach("order.after_point")
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        known = stock.lock(tx, record.id)
        if known.life.state in _ON_ITS_WAY:
            number = life.bought(known.life, services.clock())
            stock.put_life(tx, record.id, number)
            stock.set_bought(tx, record.id, bought.external_id, trouble)
            made = {"number": known.number, "state": number.state}
            audit.record(
                services, tx, by, audit.Change("number.bought", "number", record.id, after=made), audit.PLATFORM
            )
        view = once.keep(tx, show_number(services, tx, stock.get(tx, record.id)))
        reach("order.before_record")
    reach("order.after_record")
    return view


def _point(services: Services, record: StockRecord, bought: OwnedNumber) -> str:
    """Have the number's messages sent here; return why they are not, "" when they are."""
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        account = accounts.get(tx, record.provider_account_id)
    try:
        asyncio.run(supplier_of(services, account).point(acting(services, account), bought.external_id))
    except HubError as error:
        log.warning("number.not_pointed", number_id=record.id, reason=error.detail)
        return f"{_NOT_POINTED}: {error.detail}"
    return ""
