"""A lane: one process that takes jobs of some queues one after the other, without a fork a job (docs/adr/0004)."""

import logging
import threading
import time
from collections.abc import Sequence
from types import FrameType, TracebackType

from redis.exceptions import RedisError
from rq import SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import DequeueStrategy

from hub.log import get_logger, trace_of
from hub.queue import Queue, connect

_BEAT_EVERY = 5.0
_RECONNECT_AFTER = 1.0
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


def run(queues: Sequence[str], url: str) -> None:
    """Work until told to stop (SIGTERM, SIGINT). A queue that cannot be reached is waited for."""
    logging.getLogger("rq.worker").addFilter(_is_no_outage)
    threading.Thread(target=_beat, args=(queues, url), daemon=True).start()
    while not LaneWorker.stopping:
        try:
            worker = LaneWorker(
                list(queues), connection=connect(url), serializer=JSONSerializer, worker_ttl=_WORKER_TTL
            )
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
