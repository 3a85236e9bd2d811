"""`hub worker`: three lanes side by side, so that neither a slow provider nor a large file delays intake, nor one the
other; or one lane of chosen queues.

The parent imports everything once and forks: the lanes share its memory. It opens no connection and runs no job.
"""

import argparse
import gc
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from types import FrameType

# imported for the lanes to share: RQ would import them at each lane's first job, and the first group that closes on
# public holidays would import their calendars (a quarter of a second) while nobody else may route
import holidays  # noqa: F401

import workers.delivery
import workers.intake
import workers.media
import workers.notifying
import workers.privacy
import workers.routing
import workers.upkeep  # noqa: F401
from hub import log, settings
from hub.errors import HubError
from hub.processes.launch import die_with_parent
from hub.queue import QUEUES, queue_url
from workers import lane

LANES: Mapping[str, tuple[str, ...]] = {
    "main": ("intake", "routing", "upkeep"),
    "delivery": ("delivery",),
    "media": ("asking", "media"),
}
_STOP_SECONDS = 7

_log = log.get_logger(__name__)


def main(arguments: Sequence[str]) -> int:
    """Run the worker; return its exit code."""
    queues = _chosen_queues(arguments)
    try:
        loaded = settings.load()
        url = queue_url(loaded)
    except HubError as error:
        print(f"hub: {error.detail}", file=sys.stderr)  # noqa: T201 - the reason a start ends, for the terminal
        return 1
    log.configure(loaded.log_level)
    if queues:
        lane.run(queues, url)
        return 0
    return _run_lanes(url)


def _chosen_queues(arguments: Sequence[str]) -> tuple[str, ...]:
    parser = argparse.ArgumentParser(prog="hub worker")
    parser.add_argument("--queues", default="", help=f"comma-separated, of {', '.join(QUEUES)}")
    chosen = tuple(name for name in parser.parse_args(arguments).queues.split(",") if name)
    unknown = sorted(set(chosen) - set(QUEUES))
    if unknown:
        parser.error(f"no such queue: {', '.join(unknown)}; there are {', '.join(QUEUES)}")
    return chosen


def _run_lanes(url: str) -> int:
    """Run every lane until told to stop. When one dies all end, and the supervisor starts the worker anew."""
    gc.collect()
    gc.freeze()
    lanes = {_fork(name, queues, url): name for name, queues in LANES.items()}
    stopping = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        _send(signal.SIGTERM, lanes)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    pid, _status = os.wait()
    name = lanes.pop(pid)
    if not stopping:
        _log.error("worker.lane_ended", lane=name)
        # once only: RQ takes a second signal as the order to drop the job at hand
        _send(signal.SIGTERM, lanes)
    _outlive(lanes)
    return 0 if stopping else 1


def _fork(name: str, queues: Sequence[str], url: str) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    die_with_parent(parent)
    code = 1
    try:
        lane.run(queues, url)
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
