"""Removing what has had its time: raw bytes, quarantine, conversations beyond their organization's period, leftovers.

A portion is a transaction of its own, small enough to keep nobody waiting, and each may be repeated: what a process
that died left over goes with the next run. What waits for somebody is never removed: events that are
pending, failed or unreadable keep their bytes, genuine requests stay in quarantine. What was removed is said in the
log, and as counts in the audit log by the transaction that removed it.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from hub.db import retention
from hub.db.retention import DueOrganization, Store
from hub.db.session import PlatformWork
from hub.log import get_logger
from hub.retention import conversations
from hub.retention.run import Counts, Run, account, begin, reading, writing
from hub.types import Machine
from hub.wiring import Services

RETAIN_JOB = "workers.upkeep.retain"
QUEUE = "upkeep"
FROM_THE_START = "all"
"""The key of a run over everything. A run that goes on has the key of the place that the one before came to."""
COPIES_KEPT = timedelta(days=30)
"""How long the copy of an SQLite file from before a migration is kept."""
SYSTEM = Machine("system", name="retention")
_TURN_SECONDS = 1.0
"""After this long the job lets others have the worker, and goes on at its next turn."""
_PLATFORM = "platform"

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Turn:
    """What a turn removed. `reached`: behind which place the next one goes on, None when this one came to the end."""

    removed: Counts
    reached: str | None


def retain(services: Services, key: str = FROM_THE_START) -> Counts:
    """Remove for one turn, from behind the place `key`; wake the job again when something is left.

    Whoever has much to lose holds nobody up: the next turn goes on behind them, and comes back when all had theirs.
    """
    run = begin(services, SYSTEM, time.monotonic() + _TURN_SECONDS)
    turn = _remove(run, _behind(_places(run), key))
    if turn.reached is not None:
        services.queue.wake(QUEUE, RETAIN_JOB, turn.reached)
    elif (turn.removed or key != FROM_THE_START) and _is_left(run):
        services.queue.wake(QUEUE, RETAIN_JOB, FROM_THE_START)
    return turn.removed


def retain_all(services: Services, by: Machine = SYSTEM) -> Counts:
    """Remove all there is to remove now; return how much it was."""
    run = begin(services, by, float("inf"))
    return _remove(run, _places(run)).removed


def preview(services: Services) -> Counts:
    """Count what a run would remove now, and remove nothing."""
    run, found = begin(services, SYSTEM, float("inf")), Counts()
    with services.db.platform_reading(PlatformWork.UPKEEP) as tx:
        for store in retention.OF_PLATFORM:
            found[store.name] += retention.count(tx, store, run.cutoffs[store.name])
    for organization in _due(run):
        with services.db.reading(organization.id) as tx:
            for store in retention.OF_ORGANIZATIONS:
                found[store.name] += retention.count(tx, store, run.cutoffs[store.name])
            if organization.days is not None:
                found["conversations"] += retention.count_conversations(tx, _before(run, organization.days))
    found["copies"] += len(_old_copies(run))
    return +found


def _due(run: Run) -> list[DueOrganization]:
    with run.services.db.platform_reading(PlatformWork.UPKEEP) as tx:
        return retention.list_due(tx, run.cutoffs, run.now)


def _places(run: Run) -> list[DueOrganization | None]:
    """Where there may be something to remove: the platform (None) first, then organizations by id."""
    return [None, *_due(run)]


def _behind(places: Sequence[DueOrganization | None], key: str) -> list[DueOrganization | None]:
    if key == FROM_THE_START:
        return list(places)
    return [each for each in places if each is not None and (key == _PLATFORM or each.id > key)]


def _is_left(run: Run) -> bool:
    """Whether something is old still."""
    with run.services.db.platform_reading(PlatformWork.UPKEEP) as tx:
        if any(retention.find(tx, store, run.cutoffs[store.name]) for store in retention.OF_PLATFORM):
            return True
    return bool(_due(run))


def _remove(run: Run, places: Sequence[DueOrganization | None]) -> _Turn:
    """Remove from one place after the other; each that it comes to loses a portion of every kind at least."""
    total, reached = _remove_copies(run), None
    for place in places:
        if run.is_over and reached is not None:
            break
        total += _of_platform(run) if place is None else _of_organization(run, place)
        reached = _PLATFORM if place is None else place.id
    else:
        reached = None
    if total:
        log.info("retention.removed", **total)
    return _Turn(total, reached)


def _of_platform(run: Run) -> Counts:
    return +Counts({store.name: _empty(run, store, None) for store in retention.OF_PLATFORM})


def _of_organization(run: Run, organization: DueOrganization) -> Counts:
    removed = Counts({store.name: _empty(run, store, organization.id) for store in retention.OF_ORGANIZATIONS})
    if organization.days is not None:
        removed += conversations.remove(run, organization.id, _before(run, organization.days))
    return +removed


def _empty(run: Run, store: Store, organization_id: str | None) -> int:
    """Remove what is old of one kind, portion by portion; of one organization, or (None) of the platform."""
    before, removed = run.cutoffs[store.name], 0
    while not run.is_over or not removed:
        with reading(run, organization_id) as tx:
            ids = retention.find(tx, store, before)
        if not ids:
            break
        with writing(run, organization_id) as tx:
            portion = retention.remove(tx, store, before, ids)
            account(run, tx, +Counts({store.name: portion}), organization_id)
        if not portion:
            # somebody was quicker
            break
        removed += portion
    return removed


def _remove_copies(run: Run) -> Counts:
    old = _old_copies(run)
    for copy in old:
        copy.unlink(missing_ok=True)
    return +Counts({"copies": len(old)})


def _old_copies(run: Run) -> list[Path]:
    """Copies of an SQLite file from before its migrations."""
    path, before = run.services.settings.sqlite_path, (run.now - COPIES_KEPT).timestamp()
    if path is None:
        return []
    return [copy for copy in path.parent.glob(f"{path.name}.before-*") if copy.stat().st_mtime < before]


def _before(run: Run, days: int) -> datetime:
    return run.now - timedelta(days=days)
