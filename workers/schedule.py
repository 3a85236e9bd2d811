"""`hub scheduler`: wakes the jobs that run by the clock. It knows their names only, which keeps it small."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from hub import log, settings
from hub.errors import HubError
from hub.queue import Queue, queue_url
from hub.settings import Settings

EVERYTHING = "all"
"""The key of jobs that look at everything there is."""

_RETRY = 1.0


@dataclass(frozen=True, slots=True)
class Timed:
    """A job by the clock: once at the start, then every so many seconds."""

    every: float
    job: str
    queue: str = "upkeep"


def timetable(loaded: Settings) -> tuple[Timed, ...]:
    """Return what runs how often."""
    return (
        Timed(2, "workers.upkeep.sweep"),
        Timed(2, "workers.upkeep.poll"),
        Timed(5, "workers.upkeep.files"),
        Timed(2, "workers.delivery.look_up", "asking"),
        Timed(loaded.recover_every, "workers.upkeep.recover"),
        Timed(60, "workers.upkeep.expire"),
        Timed(1, "workers.routing.say", "routing"),
        Timed(5, "workers.routing.presence", "routing"),
        Timed(5, "workers.routing.by_clock", "routing"),
        Timed(300, "workers.routing.tidy", "routing"),
        Timed(2, "workers.bans.tick"),
        Timed(30, "workers.numbers.approvals", "asking"),
        Timed(60, "workers.bans.minute"),
        Timed(2, "workers.numbers.tick"),
        Timed(30, "workers.numbers.settle", "asking"),
        Timed(10, "workers.numbers.compare", "asking"),
        Timed(3600, "workers.numbers.rest"),
        Timed(15, "workers.notifying.run", "letters"),
        Timed(5, "workers.calling.run", "calling"),
        Timed(3600, "workers.upkeep.retain"),
    )


def run(table: Sequence[Timed], queue: Queue) -> None:
    """Wake jobs for ever. Two schedulers at once do no harm: a job that waits already is not queued twice."""
    due = dict.fromkeys(table, time.monotonic())
    while True:
        for timed in table:
            due[timed] = wake_if_due(timed, time.monotonic(), due[timed], queue)
        time.sleep(max(0.0, min(due.values()) - time.monotonic()))


def wake_if_due(timed: Timed, now: float, due: float, queue: Queue) -> float:
    """Return when the job is due next, in seconds on the clock of `now`; soon again if the queue cannot be reached."""
    if now < due:
        return due
    woken = queue.wake(timed.queue, timed.job, EVERYTHING)
    return now + (timed.every if woken else _RETRY)


def main() -> int:
    """Run the scheduler; return its exit code."""
    try:
        loaded = settings.load()
        queue = Queue(queue_url(loaded))
    except HubError as error:
        print(f"hub: {error.detail}", file=sys.stderr)  # noqa: T201 - the reason a start ends, for the terminal
        return 1
    log.configure(loaded.log_level)
    run(timetable(loaded), queue)
    return 0


if __name__ == "__main__":
    sys.exit(main())
