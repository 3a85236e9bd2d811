"""Comparing what the suppliers have with what the hub knows, one account at a time: accounts that were closed, numbers
that are lost, found or in another account, and those whose messages go elsewhere.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from hub import audit
from hub.channels.numbers import OwnedNumber
from hub.db import accounts, registrations, stock
from hub.db.accounts import CLOSED, OPENING, AccountRecord
from hub.db.session import PlatformWork, Tx
from hub.db.stock import StockRecord
from hub.errors import HubError, Unavailable
from hub.log import get_logger
from hub.numbers.policy import life
from hub.numbers.policy.life import NumberLife
from hub.numbers.supply import businesses
from hub.numbers.supply.accounts import acting, supplier_of
from hub.numbers.supply.noting import record_move
from hub.numbers.supply.opening import refresh_state
from hub.numbers.supply.places import find_at, list_places
from hub.numbers.supply.settling import BY_CLOCK, record_bought
from hub.types.numbers import NumberState, RegistrationState
from hub.wiring import Services

EVERY: Final = timedelta(hours=1)
_GONE: Final = "the supplier does not have this number any more; take another one, and look into the supplier's console"
_STILL_THERE: Final = (
    "it was given back, but the supplier lists it and may bill for it; release it in the supplier's console"
)
_HERE: Final = frozenset({NumberState.OWNED, NumberState.LENT, NumberState.QUARANTINED})

log = get_logger(__name__)


def compare_next(services: Services) -> None:
    """Compare the account whose turn it is, if one was not compared for an hour: no more than one at a time, as what
    else asks suppliers must not wait. While its supplier is away, all accounts there wait for their next turn.
    """
    now = services.clock()
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        account = accounts.take_to_compare(tx, tuple(services.suppliers), now - EVERY, now)
    if account is None:
        return
    try:
        compare(services, account.id)
    except Unavailable as error:
        log.warning("account.not_looked_at", account_id=account.id, reason=error.detail)
        with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            accounts.set_compared(tx, account.provider, now)


def compare(services: Services, account_id: str) -> None:
    """Compare an account with what its supplier has in it. Raises NotFound, Unavailable; any other trouble with the
    account is logged.
    """
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        account = accounts.get(tx, account_id)
    if account.state == OPENING:
        return
    businesses.subscribe(services, account)
    try:
        state = account.state if account.state == CLOSED else refresh_state(services, account)
        listed = {} if state == CLOSED else _listed(services, account)
    except Unavailable:
        raise
    except HubError as error:
        log.warning("account.not_compared", account_id=account.id, reason=error.detail)
        return
    _compare(services, account, listed)
    if state == CLOSED:
        _end_registrations(services, account)


def _listed(services: Services, account: AccountRecord) -> Mapping[str, OwnedNumber]:
    found = asyncio.run(supplier_of(services, account).list_numbers(acting(services, account)))
    return {each.number: each for each in found}


def _compare(services: Services, account: AccountRecord, listed: Mapping[str, OwnedNumber]) -> None:
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        numbers = stock.list_of_account(tx, account.id)
        elsewhere = stock.list_elsewhere(tx, account.id, tuple(listed))
    for number in numbers:
        found = listed.get(number.number)
        if found is not None:
            _find(services, account, number, found)
        else:
            _miss(services, account, number)
    for number in elsewhere:
        _look_for(services, [account], number)


# --- numbers that are not there ---------------------------------------------------------------------------


def _miss(services: Services, account: AccountRecord, number: StockRecord) -> None:
    """A number that an open account never listed cannot be lost: it may be one that only its messenger knows.

    It is looked for in its own account, too: it may have come there since the account was listed.
    """
    if number.life.state is NumberState.RETURNED and number.trouble == _STILL_THERE:
        _set_trouble(services, number.id, "")
    if number.life.state not in _HERE or not (number.external_id or account.state == CLOSED):
        return
    if not _look_for(services, list_places(services, number), number):
        _lose(services, number)


def _look_for(services: Services, places: Sequence[AccountRecord], number: StockRecord) -> bool:
    """Note in which of these accounts a number is; False when it is certain that it is in none."""
    try:
        found = asyncio.run(find_at(services, places, number.number))
    except HubError as error:
        log.warning("number.not_looked_for", number_id=number.id, reason=error.detail)
        return True
    if found is None:
        return False
    place, owned = found
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        known = stock.lock(tx, number.id)
        if known.life.state is NumberState.ORDERED or known.provider_account_id == place.id:
            return True
        registrations.move_number(tx, number.id, place.id, owned.external_id)
        moved = audit.difference({"account": known.provider_account_id}, {"account": place.id})
        audit.record(services, tx, BY_CLOCK, audit.Change("number.moved", "number", number.id, **moved), audit.PLATFORM)
    return True


def _lose(services: Services, number: StockRecord) -> None:
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        now = stock.lock(tx, number.id)
        if now.life.state not in _HERE or now.trouble == _GONE or now.provider_account_id != number.provider_account_id:
            return
        stock.set_trouble(tx, number.id, _GONE)
        if now.life.carries:
            # its channels stay with their senders: whether those are banned is decided by looking at them
            stock.have_looked_at(tx, number.id, services.clock())
            _note(services, tx, "number.missed", number.id, now.life, now.life)
            return
        _move(services, tx, "number.lost", number.id, now.life, life.lose(now.life))


def _end_registrations(services: Services, account: AccountRecord) -> None:
    """An account that is closed took its senders with it, so that its numbers may be registered anew."""
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        now = services.clock()
        for each in registrations.list_left(tx, account.id):
            over = {"removed_at": each.removed_at or now, "due_at": None, "code": None}
            registrations.change(tx, each.id, {**over, "state": RegistrationState.REMOVED})
            record_move(services, tx, each, RegistrationState.REMOVED)


# --- numbers that are there -------------------------------------------------------------------------------


def _find(services: Services, account: AccountRecord, number: StockRecord, owned: OwnedNumber) -> None:
    state = number.life.state
    if state is NumberState.FAILED and owned.number_id == number.id:
        record_bought(services, BY_CLOCK, number, owned)
    elif state is NumberState.RETURNED and number.trouble != _STILL_THERE:
        log.warning("number.still_there", number_id=number.id)
        _set_trouble(services, number.id, _STILL_THERE)
    elif state in _HERE or state is NumberState.LOST:
        _know(services, number, owned)
        _point(services, account, number, owned)


def _know(services: Services, number: StockRecord, owned: OwnedNumber) -> None:
    if number.life.state in _HERE and number.external_id == owned.external_id and number.trouble != _GONE:
        return
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        now = stock.lock(tx, number.id)
        stock.set_bought(tx, number.id, owned.external_id, "" if now.trouble == _GONE else now.trouble)
        if now.life.state is NumberState.LOST:
            _move(services, tx, "number.found", number.id, now.life, life.keep(now.life, services.clock()))


def _point(services: Services, account: AccountRecord, number: StockRecord, owned: OwnedNumber) -> None:
    """Point a number here that was bought by us and carries nothing; of others their senders' looks take care."""
    if owned.messages_here or owned.number_id != number.id or number.life.state not in _HERE or number.life.carries:
        return
    try:
        asyncio.run(supplier_of(services, account).point(acting(services, account), owned.external_id))
    except HubError as error:
        log.warning("number.not_pointed", number_id=number.id, reason=error.detail)
        return
    _set_trouble(services, number.id, "")


# --- what is noted ----------------------------------------------------------------------------------------


def _set_trouble(services: Services, number_id: str, trouble: str) -> None:
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        stock.set_trouble(tx, number_id, trouble)


def _move(services: Services, tx: Tx, action: str, number_id: str, was: NumberLife, now: NumberLife) -> None:
    stock.put_life(tx, number_id, now)
    _note(services, tx, action, number_id, was, now)


def _note(services: Services, tx: Tx, action: str, number_id: str, was: NumberLife, now: NumberLife) -> None:
    change = audit.Change(action, "number", number_id, {"state": was.state}, {"state": now.state})
    audit.record(services, tx, BY_CLOCK, change, audit.PLATFORM)
