"""Taking back what a ban that is over has left on a number or a business account: the messenger gave it back later.

A ban that is open ends by what its sender does; one that was closed as lost marks for good what it hit, until somebody
of the platform says here that it works again.
"""

from dataclasses import replace
from typing import Final

from hub import audit
from hub.access.permissions import require_platform
from hub.db import accounts, ban_places, stock
from hub.db.session import PlatformWork
from hub.errors import Conflict, Invalid
from hub.numbers.policy import life
from hub.numbers.supply.accounts import show
from hub.numbers.supply.showing import show_number
from hub.numbers.supply.views import AccountView, NumberView
from hub.types import Actor, ChannelKind, Level, Machine
from hub.wiring import Services

LONGEST_REASON: Final = 2_000
_NOT_OVER: Final = "the ban that marks it is not over; it ends by itself when the sender works again, or is closed"
_NOT_BANNED: Final = "no messenger has banned the number as that; there is nothing to take back"
_NOT_HELD: Final = "nothing is held against the business account; there is nothing to take back"


def reinstate_number(services: Services, actor: Actor | Machine, number_id: str, kind: str, reason: str) -> NumberView:
    """Note that a kind's messenger has taken its ban of a number back. Raises NotFound, Invalid, Conflict."""
    require_platform(actor)
    by = _because(actor, reason)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        number = stock.lock(tx, number_id)
        if kind not in number.life.banned:
            raise Conflict(_NOT_BANNED)
        if ban_places.is_number_in_case(tx, number_id, kind):
            raise Conflict(_NOT_OVER)
        after = life.reinstate(number.life, ChannelKind(kind))
        stock.put_life(tx, number_id, after)
        differs = audit.difference({"banned": sorted(number.life.banned)}, {"banned": sorted(after.banned)})
        reinstated = audit.Change("number.reinstated", "number", number_id, **differs)
        audit.record(services, tx, by, reinstated, audit.PLATFORM)
        return show_number(services, tx, stock.get(tx, number_id))


def find_cases(services: Services, actor: Actor, number: NumberView) -> dict[str, str | None]:
    """Return for each kind as which a number is banned the id of the case that tells of it."""
    require_platform(actor)
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        return {kind: ban_places.find_case_on_number(tx, number.id, kind) for kind in number.banned}


def reinstate_account(services: Services, actor: Actor | Machine, account_id: str, reason: str) -> AccountView:
    """Note that the messenger has given an account's business account back. Raises NotFound, Invalid, Conflict."""
    require_platform(actor)
    by = _because(actor, reason)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        was = accounts.get(tx, account_id, lock=True)
        if was.level == Level.NONE and not was.forbids:
            raise Conflict(_NOT_HELD)
        if ban_places.is_account_in_case(tx, ban_places.list_account_ids(tx, account_id)):
            raise Conflict(_NOT_OVER)
        ban_places.reinstate_account(tx, account_id, services.clock())
        after = accounts.get(tx, account_id)
        held = [{"level": each.level, "forbids": sorted(each.forbids)} for each in (was, after)]
        differs = audit.difference(*held)
        reinstated = audit.Change("provider_account.reinstated", "provider_account", account_id, **differs)
        audit.record(services, tx, by, reinstated, audit.PLATFORM)
        return show(tx, after)


def _because(actor: Actor | Machine, reason: str) -> Actor | Machine:
    said = reason.strip()
    if not said or len(said) > LONGEST_REASON:
        raise Invalid(f"say in at most {LONGEST_REASON} characters how it is known; the reason stays in the audit log")
    return replace(actor, reason=said)
