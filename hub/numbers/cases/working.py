"""The job of a ban case: its effects, one after the other, each noted with what follows from it."""

import time
from datetime import datetime, timedelta

from hub.db import ban_cases, ban_work
from hub.db.ban_cases import CaseRecord
from hub.db.ban_work import BanWorkRow
from hub.db.session import PlatformWork, Tx
from hub.errors import Conflict, HubError, Invalid
from hub.failpoints import reach
from hub.log import get_logger, trace_of
from hub.numbers.cases import acting, tasks
from hub.numbers.cases.effects import HANDLERS, QUICK, SLOW, STRANDS, Strand
from hub.numbers.cases.letters import STUCK
from hub.numbers.cases.tasks import TELL_JOB, TELL_QUEUE, WORK_JOB, WORK_QUEUE, Done, Later, Task
from hub.numbers.cases.wording import for_customer
from hub.numbers.policy.effects import TellPlatform
from hub.numbers.policy.happenings import Happening
from hub.wiring import Services

BACK_OFF = (2.0, 10.0, 60.0, 300.0, 900.0)
"""Seconds to wait after the first, second, … attempt that came to nothing."""
_TROUBLING = 5
"""After so many attempts whoever runs the platform is told."""
_AT_ONCE = 1_000
_TURN = 50
"""Effects after which a case lets the next job have the worker."""
_SECONDS = 60.0
"""After which it does so, too: a job has one time-out, and it must never hit an effect that was just begun."""

Strands = frozenset[Strand]

log = get_logger(__name__)


def tell(services: Services, case_id: str) -> None:
    """Do what is due for a case in the database alone: telling people above all."""
    services.queue.clear(TELL_JOB, case_id)
    if _work(services, case_id, QUICK):
        services.queue.wake(TELL_QUEUE, TELL_JOB, case_id)


def act(services: Services, case_id: str) -> None:
    """Do what else is due for a case: what asks providers, or takes long."""
    services.queue.clear(WORK_JOB, case_id)
    if _work(services, case_id, SLOW):
        services.queue.wake(WORK_QUEUE, WORK_JOB, case_id)


def work(services: Services, case_id: str) -> None:
    """Do all that is due for a case, as both jobs do together."""
    while _work(services, case_id, QUICK | SLOW):
        pass


def wake_due(services: Services) -> None:
    """Wake the cases that have something due: their job may have died, or it is time to try again."""
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        due = ban_work.list_due(tx, services.clock(), _AT_ONCE)
    tasks.wake(services, due)


def _work(services: Services, case_id: str, strands: Strands) -> bool:
    """Do what is due, each strand in its order; True when there may be more. What came to nothing is tried again later:
    a tick finds it."""
    with services.db.platform_reading(PlatformWork.SCHEDULE) as tx:
        organization_id = ban_cases.find_organization(tx, case_id)
    if organization_id is None:
        return False
    ends = time.monotonic() + _SECONDS
    for _ in range(_TURN):
        if not _work_once(services, organization_id, case_id, strands):
            return False
        if time.monotonic() > ends:
            break
    return True


def _work_once(services: Services, organization_id: str, case_id: str, strands: Strands) -> bool:
    """Do the next effect that is due; False when there is none."""
    with services.db.reading(organization_id) as tx:
        record, rows = ban_cases.find(tx, case_id), ban_work.list_open(tx, case_id)
    row = _next_due(rows, strands, services.clock())
    if record is None or row is None:
        return False
    reach("ban.effect_before")
    try:
        result = HANDLERS[row.effect](services, Task(row.id, record, row.effect, row.data, row.attempts))
    except Exception as error:  # noqa: BLE001 - the boundary of an effect: whatever one does, the case says so
        _put_off(services, record, row, _explained(record, row, error), for_customer(error))
        return True
    reach("ban.effect_after")
    _keep(services, record, row, result)
    reach("ban.effect_kept")
    return True


def _next_due(rows: list[BanWorkRow], strands: Strands, now: datetime) -> BanWorkRow | None:
    """Return the first effect that may be done now.

    One that waits for something lets the next ones pass; one that came to nothing lets those of other strands pass.
    """
    stuck = set()
    for row in rows:
        strand = STRANDS[row.effect]
        if strand not in strands or strand in stuck:
            continue
        if row.due_at <= now:
            return row
        if row.attempts and strand is not Strand.NONE:
            stuck.add(strand)
    return None


def _keep(services: Services, record: CaseRecord, row: BanWorkRow, result: Done | Later) -> None:
    now = services.clock()
    with services.db.transaction(record.organization_id) as tx:
        acting.lock(tx, record.id)
        if ban_work.lock_open(tx, row.id) is None:
            # another job was faster with the same effect
            return
        if isinstance(result, Later):
            ban_work.put_off(tx, row.id, result.due_at, 0, result.trouble or result.words, result.words)
            return
        ban_work.finish(tx, row.id, now, result.trouble)
        for happening in result.happenings:
            _happen(services, tx, record, happening, now)


def _happen(services: Services, tx: Tx, record: CaseRecord, happening: Happening, now: datetime) -> None:
    try:
        acting.happen(services, tx, record.id, happening, acting.HUB, now)
    except (Conflict, Invalid):
        # the case has moved on while the effect was done: what it brought counts for nothing there
        log.info("ban.overtaken", case_id=record.id, happening=type(happening).__name__)


def _put_off(services: Services, record: CaseRecord, row: BanWorkRow, why: str, said: str) -> None:
    now = services.clock()
    wait = timedelta(seconds=BACK_OFF[min(row.attempts, len(BACK_OFF) - 1)])
    with services.db.transaction(record.organization_id) as tx:
        acting.lock(tx, record.id)
        if ban_work.lock_open(tx, row.id) is not None:
            ban_work.put_off(tx, row.id, now + wait, row.attempts + 1, why, said)
            if row.attempts + 1 == _TROUBLING and STRANDS[row.effect] is not Strand.NONE:
                acting.add_work(
                    services, tx, record.id, TellPlatform.__name__, {"about": STUCK, "work_id": row.id}, now
                )


def _explained(record: CaseRecord, row: BanWorkRow, error: Exception) -> str:
    if isinstance(error, HubError):
        log.warning("ban.effect_waits", case_id=record.id, effect=row.effect, reason=error.detail)
        return error.detail
    log.error("ban.effect_failed", case_id=record.id, effect=row.effect, error=type(error).__name__, at=trace_of(error))
    return f"an internal error ({type(error).__name__}); the log of the hub has more"
