"""The queue: wake-ups for the workers and notices for the browsers. The only importer of RQ in the hub.

The database is the truth; Redis only wakes people up. So no method here raises when Redis is away: the outage is logged
once, False comes back, and the sweep finds the work later.
"""

import json
import os
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry
from rq import Queue as RqQueue
from rq.serializers import JSONSerializer

from hub.errors import Misconfigured
from hub.log import get_logger
from hub.settings import Settings

QUEUES = (
    "intake", "routing", "upkeep", "delivery", "urgent", "looking", "cases", "letters", "calling", "asking", "media",
)  # fmt: skip
"""urgent   looks at senders that somebody asked for, and those that are to confirm a suspicion
looking  looks by the clock
cases    what a ban case does in the database alone: telling people above all
letters  the hub's own mails
calling  calls of organizations' own servers
asking   whatever else asks a provider, or takes long
"""
NOTICES = "hub:notices:"
"""Prefix of the publish channels of live notices; the organization's id follows."""

JOB_TIMEOUT = 180
JOB_TIMEOUTS = dict.fromkeys(QUEUES, JOB_TIMEOUT) | {"media": 360}
"""Seconds after which a job of a queue is ended. A file is fetched, scanned and stored, each of which may be slow."""
_CONNECT_TIMEOUT = 2.0
_READ_TIMEOUT = 5.0
_WAKE_FLAG_SECONDS = 5
# a job nobody took in this time has long been woken again by the sweep
_JOB_TTL = 300
_FAILURE_TTL = 300
_BEAT_SECONDS = 15
# after a call that ran into its time-out nobody else shall wait for the same silence
_HOLD_OFF = 2.0
_WORKERS = "hub:workers:"

T = TypeVar("T")

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class EmbeddedQueue:
    """Where the embedded queue listens: a loopback port, and the password that keeps other programs out."""

    port: int
    password: str

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"


def embedded_queue_file(data_dir: Path) -> Path:
    """Return where the embedded queue's port and password are kept."""
    return data_dir / "queue.json"


def find_embedded_queue(data_dir: Path) -> EmbeddedQueue | None:
    """Return the embedded queue of a data directory, None when it never had one. Raises Misconfigured if unreadable."""
    file = embedded_queue_file(data_dir)
    try:
        kept = json.loads(file.read_text())
        return EmbeddedQueue(port=int(kept["port"]), password=str(kept["password"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        raise Misconfigured(f"{file} is not readable; remove it and `hub up` will write a new one") from None


def queue_url(settings: Settings) -> str:
    """Return the URL of the queue in use: HUB_REDIS_URL, else the embedded one of the data directory.

    Raises Misconfigured when there is neither.
    """
    if settings.redis_url:
        return settings.redis_url
    embedded = find_embedded_queue(settings.data_dir)
    if embedded is None:
        raise Misconfigured(
            f"there is no queue: HUB_REDIS_URL is not set and {settings.data_dir} has no embedded queue; "
            "set HUB_REDIS_URL, or start `hub up` on this data directory first"
        )
    return embedded.url


def connect(url: str, read_timeout: float = _READ_TIMEOUT) -> redis.Redis:
    """Return a Redis client with short time-outs that opens no socket yet and reconnects by itself."""
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=_CONNECT_TIMEOUT,
        socket_timeout=read_timeout,
        # once, at once: a pooled connection may be one the server closed when it restarted
        retry=Retry(NoBackoff(), 1),
    )


class Queue:
    """Wakes jobs and carries notices. Opens no socket before its first use; safe to share between threads."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.redis = connect(url)
        self._queues = {name: RqQueue(name, connection=self.redis, serializer=JSONSerializer) for name in QUEUES}
        self._lock = threading.Lock()
        self._down = False
        self._silent_until = 0.0

    def wake(self, queue_name: str, job: str, key: str) -> bool:
        """See to it that `job` (a dotted name) runs for `key` after now. False when the queue cannot be reached.

        Wake-ups are coalesced: one that waits already, by a flag the job clears before it reads, is enough.
        """
        return self.wake_many(queue_name, job, (key,))

    def wake_many(self, queue_name: str, job: str, keys: Sequence[str]) -> bool:
        """`wake` for several keys: one round trip, and a second one when any of them did not wait already."""
        return self._attempt(lambda: self._wake(queue_name, job, keys)) is not None

    def clear(self, job: str, key: str) -> None:
        """Take the wake flag back. A job calls this before it reads, so that no later wake-up is lost."""
        self._attempt(lambda: self.redis.delete(_flag(job, key)))

    def publish(self, channel: str, data: str) -> bool:
        """Publish to whoever listens now. False when the queue cannot be reached."""
        return self._attempt(lambda: self.redis.publish(channel, data)) is not None

    def notify(self, organization_id: str) -> bool:
        """Tell the web processes that an organization has new notices in the database."""
        return self.publish(NOTICES + organization_id, "")

    def evaluate(self, script: str, key: str, *arguments: float) -> list[bytes] | None:
        """Run a Lua script on one key, in one step for everybody; None when the queue cannot be reached."""
        return self._attempt(lambda: self.redis.eval(script, 1, key, *map(str, arguments)))

    def set_once(self, key: str, seconds: int) -> bool:
        """Set a flag that goes out by itself; False when it is set already. True when the queue cannot be reached."""
        return self._attempt(lambda: bool(self.redis.set(key, "1", nx=True, ex=seconds))) is not False

    def is_waiting(self, queue_name: str) -> bool:
        """Tell whether a job waits for a worker; True when the queue cannot be reached."""
        return self._attempt(lambda: self._queues[queue_name].count) != 0

    def ping(self) -> bool:
        """Tell whether the queue answers."""
        return self._attempt(self.redis.ping) is not None

    def keeps_on_disk(self) -> bool | None:
        """Tell whether the queue writes to disk all it is told; None when it does not say or cannot be reached."""
        answer = self._attempt(lambda: self.redis.config_get("appendonly"))
        return answer.get("appendonly") == "yes" if answer else None

    def beat(self, queues: Sequence[str]) -> bool:
        """Note that this process takes the jobs of `queues`; good for 15 seconds."""
        key = f"{_WORKERS}{'+'.join(queues)}:{os.getpid()}"
        return self._attempt(lambda: self.redis.set(key, "1", ex=_BEAT_SECONDS)) is not None

    def workers_alive(self) -> frozenset[str]:
        """Return the queues that some worker takes jobs of; none when the queue cannot be reached."""
        keys = self._attempt(lambda: list(self.redis.scan_iter(f"{_WORKERS}*", count=1000))) or []
        lanes = [key.decode().removeprefix(_WORKERS).rsplit(":", 1)[0] for key in keys]
        return frozenset(name for lane in lanes for name in lane.split("+"))

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        self.redis.close()

    def _wake(self, queue_name: str, job: str, keys: Sequence[str]) -> int:
        fresh = self._flag_all(job, keys)
        if fresh:
            self._enqueue(queue_name, job, fresh)
        return len(fresh)

    def _flag_all(self, job: str, keys: Sequence[str]) -> list[str]:
        with self.redis.pipeline(transaction=False) as pipeline:
            for key in keys:
                pipeline.set(_flag(job, key), "1", nx=True, ex=_WAKE_FLAG_SECONDS)
            return [key for key, was_set in zip(keys, pipeline.execute(), strict=True) if was_set]

    def _enqueue(self, queue_name: str, job: str, keys: Iterable[str]) -> None:
        self._queues[queue_name].enqueue_many(
            RqQueue.prepare_data(
                job,
                args=(key,),
                timeout=JOB_TIMEOUTS[queue_name],
                ttl=_JOB_TTL,
                result_ttl=0,
                failure_ttl=_FAILURE_TTL,
                description=job,
            )
            for key in keys
        )

    def _attempt(self, call: Callable[[], T]) -> T | None:
        if time.monotonic() < self._silent_until:
            return None
        try:
            result = call()
        except RedisError as error:
            self._note_outage(error)
            return None
        if self._down:
            self._note_return()
        return result

    def _note_outage(self, error: RedisError) -> None:
        with self._lock:
            first, self._down = not self._down, True
        if isinstance(error, RedisTimeoutError):
            self._silent_until = time.monotonic() + _HOLD_OFF
        if first:
            # the type only: the text of a Redis error may carry the URL with its password
            log.warning("queue.unreachable", error=type(error).__name__)

    def _note_return(self) -> None:
        with self._lock:
            back, self._down = self._down, False
        if back:
            log.info("queue.reachable")


def _flag(job: str, key: str) -> str:
    return f"wake:{job}:{key}"
