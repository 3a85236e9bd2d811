"""The end of a number's quarantine: it may go to anybody once nobody wrote to it for the whole time.

What is written to it meanwhile is sorted by the intake (`hub.inbound.directory`).
"""

from hub import audit
from hub.access.permissions import require_platform
from hub.db import reserved_numbers, stock
from hub.db.session import PlatformWork
from hub.errors import Conflict
from hub.numbers.policy import life
from hub.numbers.supply import registering
from hub.numbers.supply.reserving import check_not_reserved
from hub.numbers.supply.settling import BY_CLOCK
from hub.numbers.supply.showing import show_number
from hub.numbers.supply.views import NumberView
from hub.types import Actor, Machine
from hub.types.numbers import NumberState
from hub.wiring import Services


def end_quarantine(services: Services, by: Actor | Machine, number_id: str) -> NumberView:
    """Free a number for anybody. Raises NotFound, Conflict before its quarantine is over, and while it is put aside."""
    require_platform(by)
    with services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        number = stock.lock(tx, number_id)
        check_not_reserved(tx, number_id)
        stock.put_life(tx, number_id, life.end_quarantine(number.life, services.clock()))
        registering.withdraw(services, tx, by, number_id)
        was = {"former_organization_id": number.life.former_id}
        ended = audit.Change("number.quarantine_ended", "number", number_id, before=was)
        audit.record(services, tx, by, ended, audit.PLATFORM)
        return show_number(services, tx, stock.get(tx, number_id))


def end_due(services: Services) -> None:
    """End every quarantine that is over; a number that is put aside for a ban of its former organization rests on."""
    now = services.clock()
    with services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        put_aside = reserved_numbers.list_reserved(tx)
        resting = [each for each in stock.list_in(tx, [NumberState.QUARANTINED]) if each.id not in put_aside]
    for number in resting:
        ends = life.quarantine_ends(number.life)
        if ends is not None and ends <= now:
            _end(services, number.id)


def _end(services: Services, number_id: str) -> None:
    try:
        end_quarantine(services, BY_CLOCK, number_id)
    except Conflict:
        # somebody wrote to it, or took it, at this very moment
        return
