"""The job behind exports and erasures: a turn of a case at a time, found again when its process died."""

from datetime import timedelta
from typing import assert_never

from hub.db import privacy as queries
from hub.db.privacy import CaseKind, CaseState, CaseView
from hub.db.session import PlatformWork
from hub.errors import Unavailable
from hub.log import get_logger, trace_of
from hub.privacy import erasing, exporting, stuck
from hub.privacy.cases import JOB, QUEUE
from hub.wiring import Services

TURN_SECONDS = 2.0
"""After so long a case lets the next job have the worker."""
_LOST_AFTER = timedelta(seconds=30)
_AT_ONCE = 1_000
"""More than there will be: a case that is stuck keeps nobody from being found."""


log = get_logger(__name__)


def work(services: Services, case_id: str) -> None:
    """Work on a case for one turn; what is left waits for the next wake-up."""
    services.queue.clear(JOB, case_id)
    if not work_on(services, case_id, TURN_SECONDS):
        services.queue.wake(QUEUE, JOB, case_id)


def work_on(services: Services, case_id: str, seconds: float) -> bool:
    """Work on a case for about so many seconds; True when there is nothing left to do.

    A case that moves on in none of five rounds fails, and says why.
    """
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        organization_id = queries.find_organization(tx, case_id)
    if organization_id is None:
        return True
    with services.db.reading(organization_id) as tx:
        case = queries.get(tx, case_id)
    if case.state is not CaseState.RECEIVED:
        return True
    why = "other work kept this from moving on"
    try:
        if _turn(services, organization_id, case, seconds):
            return True
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - the boundary of a case: whatever one does, it ends and says so
        why = _explained(case_id, error)
    return stuck.note(services, organization_id, case, why)


def _explained(case_id: str, error: Exception) -> str:
    log.error("privacy.round_failed", case_id=case_id, error=type(error).__name__, trace=trace_of(error))
    return f"an internal error ({type(error).__name__}); the log of the hub has more"


def _turn(services: Services, organization_id: str, case: CaseView, seconds: float) -> bool:
    match case.kind:
        case CaseKind.EXPORT:
            return exporting.run(services, organization_id, case, seconds)
        case CaseKind.ERASE:
            return erasing.run(services, organization_id, case, seconds)
        case CaseKind.RECTIFY | CaseKind.RESTRICT | CaseKind.UNRESTRICT:
            return True
        case _:
            assert_never(case.kind)


def wake_lost(services: Services) -> None:
    """Wake the cases that are received and not done: their job may have died with its process."""
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        lost = queries.list_received(tx, services.clock() - _LOST_AFTER, _AT_ONCE)
    if lost:
        services.queue.wake_many(QUEUE, JOB, [case_id for _organization, case_id in lost])
