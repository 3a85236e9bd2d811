"""Ending the cases in which everybody who can be invited was."""

from hub.db import asked_cases
from hub.db.session import PlatformWork
from hub.numbers.cases import acting
from hub.numbers.policy import happenings as h
from hub.numbers.policy.limits import LIMITS
from hub.wiring import Services

_AT_ONCE = 1_000


def end_won(services: Services) -> None:
    """End every case that has a ledger and in it nobody who may still be invited, or waits for an operator's word."""
    before = services.clock() - LIMITS.waited_for
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        found = asked_cases.list_asked(tx, before, _AT_ONCE)
    for organization_id, case_id in found:
        with services.db.transaction(organization_id) as tx:
            acting.lock(tx, case_id)
            if asked_cases.is_asked(tx, case_id, before):
                acting.happen(services, tx, case_id, h.EverybodyAsked(), acting.HUB, services.clock())
