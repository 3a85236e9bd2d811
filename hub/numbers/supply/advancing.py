"""A registration goes on: what is due next is asked of the supplier, and kept. One at a time, safe to repeat.

Whoever takes a registration moves its `due_at` ahead first, so nobody else works on it meanwhile; if the process dies,
it is due again then. What makes or spends something is looked for before it is done again.
"""

import asyncio
from datetime import timedelta
from typing import Final

from hub.channels.numbers import CodeWay, RegisteredSender, Registration
from hub.db import accounts, registrations, stock
from hub.db.registrations import RegistrationRecord
from hub.db.session import PlatformWork, Tx
from hub.errors import Conflict, HubError, Invalid, NotFound, Unavailable
from hub.failpoints import reach
from hub.numbers.supply import codes, planning
from hub.numbers.supply.homing import Desk, bring_home, desk_at
from hub.numbers.supply.noting import LATEST, SOONEST, fail, note, note_in, put_off, record_move
from hub.types.numbers import RegistrationState as S
from hub.wiring import Services

QUEUE, JOB = "asking", "workers.numbers.register"
"""Its key is the registration's id."""
LEASE: Final = timedelta(seconds=90)
"""How long nobody else works on a registration that was taken; begun anew before each step that spends something."""
_AT_ONCE: Final = 200
_ELSEWHERE: Final = "the number is registered in another business account; its owner has to take it off there first"
_IN_THE_WAY: Final = "the sender that the number was before is being taken off; this goes on by itself"
_GONE: Final = "the supplier does not have it any more; register the number again"


def wake_due(services: Services) -> None:
    """Wake the registrations that are due."""
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        due = registrations.list_due(tx, services.clock(), _AT_ONCE)
    if due:
        services.queue.wake_many(QUEUE, JOB, due)


def wake(services: Services, tx: Tx, registration_id: str) -> None:
    """Have a registration go on as soon as the transaction is committed."""
    tx.after_commit(lambda: services.queue.wake(QUEUE, JOB, registration_id) and None)


def advance(services: Services, registration_id: str) -> None:
    """Do what is due for a registration, if anything is and nobody else does it. What goes wrong is kept with it."""
    services.queue.clear(JOB, registration_id)
    now = services.clock()
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        taken = registrations.claim(tx, registration_id, now, now + LEASE)
    if taken is None:
        return
    reach("registration.taken")
    try:
        _go_on(services, taken)
    except HubError as error:
        put_off(services, taken, error)


def _go_on(services: Services, taken: RegistrationRecord) -> None:
    if taken.removed_at is not None:
        _take_off(services, taken)
        return
    desk = desk_at(services, taken.provider_account_id)
    if taken.state is S.DRAFT:
        _submit(services, desk, taken)
    else:
        _look(services, desk, taken)


# --- asking for it --------------------------------------------------------------------------------------


def _submit(services: Services, desk: Desk, taken: RegistrationRecord) -> None:
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        business_id = accounts.get(tx, taken.provider_account_id).business_id
        given_up = registrations.list_to_remove(tx, taken.number_id, taken.kind)
    for old in given_up:
        _make_room(services, old)
    number = bring_home(services, desk, taken.number_id, taken.created_at)
    # it may have been asked for before, by a process that died then, or by hand
    seen = asyncio.run(desk.supplier.find_sender(desk.account, number.number))
    if seen is None:
        wanted = Registration(number.number, taken.display_name, business_id, CodeWay(taken.code_way))
        seen = _asked(services, desk, taken, wanted)
    if seen is None:
        return
    if business_id and seen.business_id not in ("", business_id):
        raise Conflict(_ELSEWHERE)
    note(services, taken.id, seen)


def _make_room(services: Services, old: RegistrationRecord) -> None:
    """Take off what the number was before. Raises Unavailable while somebody may be asking for it at this moment, or
    looking for it by its number: they would find, and delete, what comes after it.
    """
    if old.external_id and old.state is not S.DRAFT:
        _take_off(services, old)
        return
    now = services.clock()
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        claimed = registrations.claim(tx, old.id, now, now + LEASE)
    if claimed is None:
        raise Unavailable(_IN_THE_WAY)
    try:
        _take_off(services, claimed)
    except HubError as error:
        put_off(services, claimed, error)
        raise


def _asked(services: Services, desk: Desk, taken: RegistrationRecord, wanted: Registration) -> RegisteredSender | None:
    """Ask for the sender, after it was counted that it is asked for; None when something stands in the way."""
    now = services.clock()
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        if not registrations.renew(tx, taken, now + LEASE):
            return None
        found = planning.stopping(planning.obstacles_of(tx, services, taken, now))
        if found:
            waits = min((each.until for each in found if each.until), default=now + LATEST)
            stopped = {"problems": tuple(each.text for each in found), "due_at": max(waits, now + SOONEST)}
            registrations.change(tx, taken.id, stopped)
            return None
        asked = {"attempts": (*taken.attempts, now), "submitted_at": now, "codes_from": now, "codes_read": 0}
        registrations.change(tx, taken.id, {**asked, "problems": ()})
    reach("registration.before_submit")
    try:
        seen = asyncio.run(desk.supplier.register_sender(desk.account, wanted))
    except (Conflict, Invalid, NotFound) as error:
        fail(services, taken, error.detail)
        return None
    reach("registration.after_submit")
    return seen


# --- looking at it, and its code ------------------------------------------------------------------------


def _look(services: Services, desk: Desk, taken: RegistrationRecord) -> None:
    try:
        seen = asyncio.run(desk.supplier.fetch_sender(desk.account, taken.external_id))
    except NotFound:
        fail(services, taken, _GONE)
        return
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        if not registrations.renew(tx, taken, services.clock() + LEASE):
            # what somebody else has seen since is newer
            return
        stands = note_in(services, tx, registrations.get(tx, taken.id), seen)
    if stands.state is S.CODE_NEEDED and seen.state is S.CODE_NEEDED:
        _prove(services, desk, stands)


def _prove(services: Services, desk: Desk, stands: RegistrationRecord) -> None:
    """Hand the code in, if it has come; one whose answer was lost is handed in again, as the supplier waits still."""
    found = codes.find_code(services, stands)
    if found is None:
        return
    sealed = services.vault.platform().seal(found.code.encode(), registrations.SEALED)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        if not registrations.renew(tx, stands, services.clock() + LEASE):
            return
        registrations.change(tx, stands.id, {"code": sealed, **codes.counted(stands, found)})
    reach("registration.before_code")
    try:
        seen = asyncio.run(desk.supplier.hand_in_code(desk.account, stands.external_id, found.code))
    except Invalid:
        _note_wrong(services, stands, sealed)
        return
    except Conflict as error:
        _settle_code(services, desk, stands, error)
        return
    reach("registration.after_code")
    note(services, stands.id, seen)


def _note_wrong(services: Services, handed_in: RegistrationRecord, sealed: bytes) -> None:
    """Note that a code was wrong, unless another one was typed meanwhile or it was taken after all."""
    wrong = {"code": None, "problems": (codes.WRONG,), "due_at": services.clock() + SOONEST}
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        stands = registrations.get(tx, handed_in.id)
        if stands.state is S.CODE_NEEDED and stands.code == sealed:
            registrations.change(tx, stands.id, wrong)


def _settle_code(services: Services, desk: Desk, stands: RegistrationRecord, error: Conflict) -> None:
    """No code is waited for: it was taken before, by a process that died then; or too many were wrong."""
    seen = asyncio.run(desk.supplier.fetch_sender(desk.account, stands.external_id))
    if seen.state is S.CODE_NEEDED:
        fail(services, stands, error.detail)
        return
    note(services, stands.id, seen)


# --- taking it off --------------------------------------------------------------------------------------


def _take_off(services: Services, taken: RegistrationRecord) -> None:
    """Take a sender off the messenger, also one of which nobody knows whether it came to be."""
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        account = accounts.get(tx, taken.provider_account_id)
    # an account that is closed took its senders with it
    if account.state != accounts.CLOSED:
        _delete(services, desk_at(services, account.id), taken)
    reach("registration.taken_off")
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        before = registrations.get(tx, taken.id)
        registrations.change(tx, taken.id, {"state": S.REMOVED, "due_at": None, "code": None})
        record_move(services, tx, before, S.REMOVED)


def _delete(services: Services, desk: Desk, taken: RegistrationRecord) -> None:
    external_id = taken.external_id or _found_id(services, desk, taken)
    if external_id:
        asyncio.run(desk.supplier.delete_sender(desk.account, external_id))


def _found_id(services: Services, desk: Desk, taken: RegistrationRecord) -> str:
    if taken.submitted_at is None:
        return ""
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        number = stock.get(tx, taken.number_id).number
    found = asyncio.run(desk.supplier.find_sender(desk.account, number))
    return found.external_id if found else ""
