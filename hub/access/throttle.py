"""Sign-in attempts per account and per address, and other uses that are bounded: counted in Redis, and in this process
while Redis is away."""

import hashlib
import threading
import time
from functools import lru_cache

import redis
from redis.exceptions import RedisError

from hub.errors import TooMany
from hub.queue import connect
from hub.wiring import Services

ATTEMPTS = 10
WINDOW_SECONDS = 15 * 60

_LOCAL_LIMIT = 10_000
_local: dict[str, tuple[int, float]] = {}
_lock = threading.Lock()


def attempt(services: Services, email: str, remote: str) -> None:
    """Count an attempt before its password is looked at. Raises TooMany after ten failures in 15 minutes."""
    for key in _keys(email, remote):
        count, seconds = _count(services, key)
        if count > ATTEMPTS:
            raise TooMany("too many failed sign-ins; wait a while before the next one", retry_after=seconds)


def succeeded(services: Services, email: str, remote: str) -> None:
    """Forget the account's failures, and this one attempt of the address."""
    account, address = _keys(email, remote)
    try:
        client = _client(services.queue.url)
        client.delete(account)
        if client.decr(address) <= 0:
            client.delete(address)
    except RedisError:
        with _lock:
            _local.pop(account, None)
            _local.pop(address, None)


def limit(services: Services, what: str, most: int) -> None:
    """Count a use of something. Raises TooMany when there are more than `most` in 15 minutes."""
    count, seconds = _count(services, f"limit:{what}")
    if count > most:
        raise TooMany("this was asked for too often; wait a while", retry_after=seconds)


def _keys(email: str, remote: str) -> tuple[str, str]:
    # hashed, so that the queue holds no addresses of people
    account = hashlib.sha256(email.encode("utf-8", "replace")).hexdigest()[:32]
    return f"signin:account:{account}", f"signin:address:{remote}"


def _count(services: Services, key: str) -> tuple[int, float]:
    try:
        client = _client(services.queue.url)
        with client.pipeline() as pipeline:
            pipeline.set(key, 0, ex=WINDOW_SECONDS, nx=True)
            pipeline.incr(key)
            pipeline.ttl(key)
            _, count, ttl = pipeline.execute()
    except RedisError:
        return _count_locally(key)
    return int(count), float(max(ttl, 1))


def _count_locally(key: str) -> tuple[int, float]:
    now = time.monotonic()
    with _lock:
        if len(_local) > _LOCAL_LIMIT:
            _local.clear()
        count, until = _local.get(key, (0, 0.0))
        if until <= now:
            count, until = 0, now + WINDOW_SECONDS
        _local[key] = (count + 1, until)
    return count + 1, until - now


@lru_cache(maxsize=4)
def _client(url: str) -> "redis.Redis":
    return connect(url)
