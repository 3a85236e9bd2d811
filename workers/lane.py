"""A lane: one process that takes jobs of some queues, without a fork a job (docs/adr/0004).

It has one hand or several. A hand does one job after the other, each hand of a lane with several in a thread of its
own: that is for jobs that wait for others, of which none shall wait for another hand's.
"""

import ctypes
import logging
import signal
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from types import FrameType, TracebackType
from typing import ClassVar

from redis.client import Pipeline
from redis.exceptions import RedisError
from rq import Queue as RqQueue
from rq import SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import TimerDeathPenalty
from rq.worker import DequeueStrategy

from hub.log import get_logger, trace_of
from hub.queue import Queue, connect

Hand = tuple[str, ...]
"""The queues it takes jobs of, in turn."""

_BEAT_EVERY = 5.0
_LOOK_EVERY = 1.0
_RECONNECT_AFTER = 1.0
# M_ARENA_MAX of <malloc.h>
_ARENAS = -8
# RQ waits for jobs in slices of this time-to-live minus 15 seconds
_WORKER_TTL = 20

log = get_logger(__name__)


class LaneWorker(SimpleWorker):
    """RQ's loop without its remote control, which nobody here uses and which costs a thread and a connection."""

    max_connection_wait_time = _RECONNECT_AFTER
    stopping = False

    def subscribe(self) -> None:
        """Listen to no commands."""

    def unsubscribe(self) -> None:
        """There is nothing to end."""

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Finish the job at hand, then stop."""
        LaneWorker.stopping = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def handle_exception(
        self,
        job: Job,
        *exc_info: type[BaseException] | BaseException | TracebackType | None,
    ) -> None:
        """Log a job that raised. Nothing is retried here: the sweep wakes what is left undone."""
        error = exc_info[1]
        if not isinstance(error, BaseException):
            return
        log.error("job.failed", job=job.func_name, error=type(error).__name__, at=trace_of(error))


class HandWorker(LaneWorker):
    """One of several hands: signals reach the main thread only, so it is stopped and timed without them.

    No two of them do the same at once: the second job of a kind with the same key waits for the first one, and holds
    up nobody.
    """

    death_penalty_class = TimerDeathPenalty
    _lock = threading.Lock()
    _under_way: ClassVar[dict[str, tuple[Job, RqQueue] | None]] = {}

    @classmethod
    def any_busy(cls) -> bool:
        """Tell whether some hand has a job."""
        return bool(cls._under_way)

    def execute_job(self, job: Job, queue: RqQueue) -> None:
        """Do a job, and then the one with its key that came meanwhile. What comes after the order to stop is left to
        the sweep."""
        key = f"{job.func_name}{job.args}"
        with self._lock:
            if LaneWorker.stopping:
                return
            if key in self._under_way:
                self._under_way[key] = (job, queue)
                return
            self._under_way[key] = None
        following: tuple[Job, RqQueue] | None = (job, queue)
        with ExitStack() as broken:
            broken.callback(self._give_back, key)
            while following:
                super().execute_job(*following)
                following = self._next_of(key)
            # the key may be another hand's by now
            broken.pop_all()

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """RQ's, which comes each time before it waits for a job again: the moment to stop."""
        if LaneWorker.stopping and pipeline is None:
            raise StopRequested
        super().heartbeat(timeout, pipeline)

    def _next_of(self, key: str) -> tuple[Job, RqQueue] | None:
        """Return the job that waits for the one that ended; when there is none, or it is to stop, give the key
        back."""
        with self._lock:
            following = self._under_way.pop(key)
            if following is None or LaneWorker.stopping:
                return None
            self._under_way[key] = None
            return following

    def _give_back(self, key: str) -> None:
        with self._lock:
            del self._under_way[key]

    def _install_signal_handlers(self) -> None:
        """The main thread has them."""


def run(hands: Sequence[Hand], url: str) -> None:
    """Work until told to stop (SIGTERM, SIGINT). A queue that cannot be reached is waited for."""
    logging.getLogger("rq.worker").addFilter(_is_no_outage)
    queues = tuple(dict.fromkeys(name for hand in hands for name in hand))
    threading.Thread(target=_beat, args=(queues, url), daemon=True).start()
    if len(hands) == 1:
        _work(LaneWorker, hands[0], url)
    else:
        _work_side_by_side(hands, url)


def _work_side_by_side(hands: Sequence[Hand], url: str) -> None:
    """Return once no hand has a job any more, or when one of them ended, which none does by itself."""
    _share_heap()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _signal, _frame: stop.set())
    threads = start(hands, url)
    while not stop.wait(_LOOK_EVERY):
        if not all(thread.is_alive() for thread in threads):
            return
    LaneWorker.stopping = True
    while HandWorker.any_busy():
        time.sleep(0.05)


def _share_heap() -> None:
    """Have the C library keep one heap for all threads: one for each of many that mostly wait takes 20 MB more."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).mallopt(_ARENAS, 1)


def start(hands: Sequence[Hand], url: str) -> list[threading.Thread]:
    """Start hands that end with their process; return their threads."""
    threads = [threading.Thread(target=_work, args=(HandWorker, hand, url), daemon=True) for hand in hands]
    for thread in threads:
        thread.start()
    return threads


def _work(kind: type[LaneWorker], queues: Hand, url: str) -> None:
    while not LaneWorker.stopping:
        try:
            worker = kind(list(queues), connection=connect(url), serializer=JSONSerializer, worker_ttl=_WORKER_TTL)
            # each queue in its turn: one with a long backlog must not keep the others from being served
            worker.work(logging_level="ERROR", dequeue_strategy=DequeueStrategy.ROUND_ROBIN)
            if not LaneWorker.stopping:
                time.sleep(_RECONNECT_AFTER)
        except RedisError:
            # the beat has logged the outage
            time.sleep(_RECONNECT_AFTER)
        except StopRequested:
            return


def _beat(queues: Sequence[str], url: str) -> None:
    queue = Queue(url)
    while True:
        queue.beat(queues)
        time.sleep(_BEAT_EVERY)


def _is_no_outage(record: logging.LogRecord) -> bool:
    """RQ would log every second of an outage."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, RedisError) and "could not connect to Redis" not in str(record.msg)
