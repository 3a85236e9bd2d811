"""Messages one worker handles a second, routing on, against RQ's simple worker with one job a message."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass

from benchmarks.figures import Figure
from benchmarks.hubs import Hub, running_hub
from benchmarks.payloads import telegram_update
from benchmarks.scale import Scale
from hub.db import journal
from hub.db.journal import NewEvent
from hub.db.session import PlatformWork
from hub.inbound import drain
from hub.inbound.journal import balance

_TARGET = 1400
_TIMES = 10
_INSERTED_AT_ONCE = 500
_RQ_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Baseline:
    """RQ's simple worker, jobs a second: each handles one message by itself, and each does nothing."""

    handled: float
    empty: float


def handling(scale: Scale) -> list[Figure]:
    """Drain a full journal of one Telegram sender, once on each database."""
    figures = []
    for database in scale.databases:
        with running_hub(database) as hub:
            fill_journal(hub, scale, 1, scale.jobs)
            baseline = _baseline(hub, scale.jobs)
            fill_journal(hub, scale, scale.jobs + 1, scale.messages)
            figures.append(_figure(database, _drained_per_second(hub, scale), baseline))
    return figures


def fill_journal(hub: Hub, scale: Scale, first: int, count: int) -> None:
    """Write messages into the journal as intake does."""
    events = [_event(hub, number, scale.persons) for number in range(first, first + count)]
    for start in range(0, count, _INSERTED_AT_ONCE):
        with hub.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
            journal.insert(tx, events[start : start + _INSERTED_AT_ONCE])


def _event(hub: Hub, number: int, persons: int) -> NewEvent:
    body = journal.seal(hub.services.vault.of(hub.organization.id), telegram_update(number, persons))
    return NewEvent(
        organization_id=hub.organization.id,
        sender_id=hub.telegram.sender_id,
        key=str(number),
        headers={"content-type": "application/json"},
        body=body,
        envelope=body.fingerprint,
        received_at=hub.services.clock(),
        verdict="verified",
    )


def _drained_per_second(hub: Hub, scale: Scale) -> float:
    began = time.perf_counter()
    while balance(hub.services, None).pending:
        drain.drain(hub.services, hub.telegram.sender_id)
    seconds = time.perf_counter() - began
    counted = balance(hub.services, None)
    if counted.handled != scale.jobs + scale.messages:
        raise RuntimeError(f"not every message was handled: {counted}")
    return scale.messages / seconds


def _baseline(hub: Hub, jobs: int) -> Baseline:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.rq_worker", hub.telegram.sender_id, str(jobs)],
        env=hub.environment,
        cwd=hub.folder,
        capture_output=True,
        text=True,
        timeout=_RQ_SECONDS,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the baseline failed: {done.stderr[-2000:]}")
    return Baseline(**json.loads(done.stdout))


def _figure(database: str, drained: float, baseline: Baseline) -> Figure:
    ratio = drained / baseline.handled
    return Figure(
        f"messages handled by one worker, {database}",
        f"{drained:,.0f}/s",
        f"{baseline.handled:,.0f}/s (RQ, a job a message; empty jobs {baseline.empty:,.0f}/s)",
        ratio,
        f">= {_TARGET:,}/s and ratio >= {_TIMES}",
        drained >= _TARGET and ratio >= _TIMES,
    )
