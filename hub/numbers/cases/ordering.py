"""Buying the number of an accepted offer: chosen and noted before it is ordered, so that no second one is bought.

What is noted is noted under the lock of the account that buys, so that no two cases choose the same number. Locks: the
account, then the sender and its case (`acting.lock`).
"""

from dataclasses import replace
from datetime import datetime
from typing import Final

from hub.channels.numbers import NumberKind
from hub.db import accounts, reserved_numbers, stock
from hub.db.ban_cases import CaseRecord
from hub.db.session import PlatformWork
from hub.db.stock import StockRecord
from hub.errors import Conflict
from hub.failpoints import reach
from hub.numbers.cases import acting, succeeding
from hub.numbers.cases.tasks import NotToBeHad
from hub.numbers.policy import life
from hub.numbers.supply import buying, searching
from hub.numbers.supply.buying import NewOrder
from hub.numbers.supply.reserving import check_not_reserved
from hub.numbers.supply.searching import Wanted
from hub.types import ChannelKind
from hub.types.numbers import NumberState
from hub.wiring import Services

_KINDS: Final = (NumberKind.LOCAL, NumberKind.MOBILE, NumberKind.NATIONAL)
_OURS: Final = frozenset({NumberState.OWNED, NumberState.QUARANTINED})
_ON_ITS_WAY: Final = frozenset({NumberState.ORDERED, NumberState.FAILED, NumberState.RETURNED})


def buy_number(services: Services, record: CaseRecord, kind: ChannelKind) -> str | None:
    """Return the id of the number that was bought for a case, buying it if it was not; None: nothing is wanted now.

    Raises Conflict when nothing can be had, Unavailable while nobody can say whether it was sold.
    """
    chosen = record.reserved.get("buying") or _choose(services, record, kind)
    if chosen is None:
        return None
    reach("replacing.number_chosen")
    number, number_kind = chosen.split(" ")
    known = _known(services, number)
    if known is None or known.life.state in _ON_ITS_WAY:
        order = NewOrder(
            number, record.reserved["country"], number_kind, (kind,), organization_id=record.organization_id
        )
        number_id = buying.buy(services, acting.HUB, order).id
    elif known.life.state in _OURS:
        number_id = known.id
    else:
        raise NotToBeHad("the number that was to be bought is not to be had any more")
    reach("replacing.number_bought")
    return _keep_bought(services, record, number_id)


def _known(services: Services, number: str) -> StockRecord | None:
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        return stock.find(tx, number)


# --- which one --------------------------------------------------------------------------------------------


def _choose(services: Services, record: CaseRecord, kind: ChannelKind) -> str | None:
    """Note a number that is for sale, with its kind, and return it; what another job noted meanwhile stays.

    None: the case waits for no number any more. Raises Conflict.
    """
    for_sale = _without_past(services, _for_sale(services, record, kind), record, kind)
    account_id = searching.shop_at(services, None).record.id
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION, record.organization_id) as tx:
        accounts.get(tx, account_id, lock=True)
        present = acting.lock(tx, record.id)
        if not _waits_for(present, record):
            return None
        if "buying" in present.reserved:
            return present.reserved["buying"]
        of_others = reserved_numbers.list_ordered(tx)
        chosen = next((each for each in for_sale if each not in of_others), None)
        if chosen is None:
            raise NotToBeHad("no number of this country is for sale at present")
        acting.keep(services, tx, replace(present, reserved={**present.reserved, "buying": chosen}))
        return chosen


def _for_sale(services: Services, record: CaseRecord, kind: ChannelKind) -> list[str]:
    """Return what the supplier sells of the first kind of number that there is any of, each as `buying` has it."""
    for number_kind in _KINDS:
        wanted = Wanted(record.reserved["country"], number_kind, (kind,))
        found = searching.search(services, acting.HUB, wanted).items
        if found:
            return [f"{each.number} {number_kind}" for each in found]
    return []


def _without_past(services: Services, found: list[str], record: CaseRecord, kind: ChannelKind) -> list[str]:
    """Return those that the organization may have once they are bought, whatever they were to us before."""
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        known = {each: stock.find(tx, each.partition(" ")[0]) for each in sorted(found)}
    now = services.clock()
    return [each for each in found if _may_be_lent(known[each], record.organization_id, kind, now)]


def _may_be_lent(known: StockRecord | None, organization_id: str, kind: ChannelKind, now: datetime) -> bool:
    if known is None:
        return True
    try:
        life.lend(life.bought(life.order_again(known.life), now), organization_id, kind)
    except Conflict:
        return False
    return True


# --- once it is bought ------------------------------------------------------------------------------------


def _keep_bought(services: Services, record: CaseRecord, number_id: str) -> str | None:
    """Note what was bought; None: the case wants it no more, and it stays in the pool. Raises Conflict."""
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION, record.organization_id) as tx:
        number = stock.lock(tx, number_id)
        present = acting.lock(tx, record.id)
        if not _waits_for(present, record):
            return None
        check_not_reserved(tx, number_id, record.id)
        bought = {"number_id": number_id, "number": number.number}
        acting.keep(services, tx, replace(present, reserved={**present.reserved, **bought}))
    return number_id


def _waits_for(present: CaseRecord, record: CaseRecord) -> bool:
    """Whether a case, locked, still waits for the sender of the offer that was being made real."""
    before, now = record.case.offer, present.case.offer
    return succeeding.still_wanted(present) and before is not None and now is not None and before.id == now.id
