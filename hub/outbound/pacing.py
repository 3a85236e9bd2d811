"""The pace of a sender: how many sends may begin now, over all processes that send for it.

A bucket of tokens in Redis, counted by Redis' own clock in one step. Without Redis each process keeps its own: a lost
Redis must not stop sending, and a provider that finds it too fast says so (RATE_LIMITED).
"""

import time
from dataclasses import dataclass

from hub.queue import Queue

_TOLERANCE = 0.1
"""Seconds by which a send may be late without losing its place: what the bucket holds beyond one token."""
_FORGOTTEN_AFTER = 60
# `owed`: until when the tokens taken so far are paid for, at one every `interval` seconds
_TAKE = f"""
local clock = redis.call('TIME')
local now = clock[1] + clock[2] / 1000000
local interval, size, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local owed = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local free = math.floor(size - (owed - now) / interval + 0.000001)
local taken = math.max(math.min(wanted, free), math.min(wanted, 0))
owed = owed + taken * interval
redis.call('SET', KEYS[1], string.format('%.6f', owed), 'EX', {_FORGOTTEN_AFTER})
return {{tostring(taken), string.format('%.6f', math.max(owed + interval - size * interval - now, 0))}}
"""


@dataclass(frozen=True, slots=True)
class Grant:
    """How many sends may begin now, and in how many seconds the next one may."""

    count: int
    wait: float


class Pace:
    """The pace of one sender, `per_second` sends a second."""

    def __init__(self, queue: Queue, sender_id: str, per_second: float) -> None:
        self._queue = queue
        self._key = f"pace:{sender_id}"
        self._interval = 1.0 / per_second
        self._size = max(1.0, per_second * _TOLERANCE)
        self._owed = 0.0

    def take(self, most: int) -> Grant:
        """Take up to so many tokens; blocks for a round trip to Redis."""
        answer = self._queue.evaluate(_TAKE, self._key, self._interval, self._size, most)
        if answer is None:
            return self._take_own(most)
        taken, wait = answer
        return Grant(int(float(taken)), float(wait))

    def give_back(self, count: int) -> None:
        """Return tokens for which there was nothing to send."""
        if count and self._queue.evaluate(_TAKE, self._key, self._interval, self._size, -count) is None:
            self._owed -= count * self._interval

    def _take_own(self, most: int) -> Grant:
        now = time.monotonic()
        owed = max(self._owed, now)
        free = int(self._size - (owed - now) / self._interval + 1e-6)
        taken = max(min(most, free), 0)
        self._owed = owed + taken * self._interval
        return Grant(taken, max(self._owed + self._interval - self._size * self._interval - now, 0.0))
