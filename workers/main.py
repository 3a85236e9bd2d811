"""`hub worker`: three lanes side by side, and with `--clock` the scheduler beside them; or one lane of chosen queues.

The parent imports everything once and forks: the lanes share its memory. It runs no job; the scheduler is a thread of
it, begun behind the forks.
Why there are so many, and which job is whose: docs/adr/0004.
"""

import argparse
import gc
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import FrameType

# imported for the lanes to share: RQ would import them at each lane's first job, and the first group that closes on
# public holidays would import their calendars (a quarter of a second) while nobody else may route
import holidays  # noqa: F401

import workers.bans
import workers.calling
import workers.delivery
import workers.intake
import workers.media
import workers.notifying
import workers.numbers
import workers.privacy
import workers.routing
import workers.upkeep  # noqa: F401
from hub import log, settings
from hub.errors import HubError
from hub.processes.launch import die_with_parent
from hub.queue import QUEUES, Queue, queue_url
from hub.settings import Settings
from workers import lane, schedule
from workers.lane import Hand

LANES: Mapping[str, tuple[Hand, ...]] = {
    "main": (("intake", "routing", "upkeep"),),
    "delivery": (("delivery",),),
    # all these wait for others, and none for what another of them waits for
    "waiting": (
        *(("urgent",),) * 4,
        *(("looking",),) * 4,
        *(("cases",),) * 2,
        ("letters",),
        ("calling",),
        *(("asking",),) * 3,
        ("media",),
    ),
}
_STOP_SECONDS = 7

_log = log.get_logger(__name__)


def main(arguments: Sequence[str]) -> int:
    """Run the worker; return its exit code."""
    chosen = _read(arguments)
    try:
        loaded = settings.load()
        url = queue_url(loaded)
    except HubError as error:
        print(f"hub: {error.detail}", file=sys.stderr)  # noqa: T201 - the reason a start ends, for the terminal
        return 1
    log.configure(loaded.log_level)
    if chosen.hands:
        lane.run(chosen.hands, url)
        return 0
    return _run_lanes(url, partial(_keep_time, loaded, url) if chosen.clock else lambda: None)


def _keep_time(loaded: Settings, url: str) -> None:
    """Be the scheduler beside what this process does."""
    arguments = schedule.timetable(loaded), Queue(url)
    threading.Thread(target=_run_schedule, args=arguments, daemon=True).start()


def _run_schedule(table: Sequence[schedule.Timed], queue: Queue) -> None:
    try:
        schedule.run(table, queue)
    finally:
        # without it nothing is found again that was lost: the supervisor starts all of it anew
        os.kill(os.getpid(), signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """What to run: hands of one lane, none for all lanes; `clock`: and the scheduler."""

    hands: Sequence[Hand]
    clock: bool


def _read(arguments: Sequence[str]) -> _Chosen:
    parser = argparse.ArgumentParser(prog="hub worker")
    parser.add_argument("--queues", default="", help=f"comma-separated, of {', '.join(QUEUES)}")
    parser.add_argument("--clock", action="store_true", help="wake the jobs by the clock, too: no `hub scheduler` then")
    read = parser.parse_args(arguments)
    queues = {name for name in read.queues.split(",") if name}
    unknown = sorted(queues - set(QUEUES))
    if unknown:
        parser.error(f"no such queue: {', '.join(unknown)}; there are {', '.join(QUEUES)}")
    if queues and read.clock:
        parser.error("--clock goes with all queues; run `hub scheduler` beside a worker of some")
    every = (tuple(name for name in hand if name in queues) for hands in LANES.values() for hand in hands)
    return _Chosen([hand for hand in every if hand], read.clock)


def _run_lanes(url: str, beside: Callable[[], None]) -> int:
    """Run every lane until told to stop. When one dies all end, and the supervisor starts the worker anew.

    `beside` is called once they are forked.
    """
    gc.collect()
    gc.freeze()
    lanes = {_fork(name, hands, url): name for name, hands in LANES.items()}
    stopping = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        _send(signal.SIGTERM, lanes)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    beside()
    pid, _status = os.wait()
    name = lanes.pop(pid)
    if not stopping:
        _log.error("worker.lane_ended", lane=name)
        # once only: RQ takes a second signal as the order to drop the job at hand
        _send(signal.SIGTERM, lanes)
    _outlive(lanes)
    return 0 if stopping else 1


def _fork(name: str, hands: Sequence[Hand], url: str) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    die_with_parent(parent)
    code = 1
    try:
        lane.run(hands, url)
        code = 0
    except Exception:  # noqa: BLE001 - the boundary of a process
        _log.exception("worker.lane_failed", lane=name)
    finally:
        sys.stderr.flush()
        os._exit(code)


def _outlive(lanes: dict[int, str]) -> None:
    """Wait for the lanes that were told to stop; kill them after `_STOP_SECONDS`."""
    signal.signal(signal.SIGALRM, lambda _signal, _frame: _send(signal.SIGKILL, lanes))
    signal.alarm(_STOP_SECONDS)
    while lanes:
        lanes.pop(os.wait()[0])


def _send(number: signal.Signals, lanes: Mapping[int, str]) -> None:
    for pid in list(lanes):
        os.kill(pid, number)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
