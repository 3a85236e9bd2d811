"""Ids of the hub's rows: 26 characters, sortable by the time they were made (the ULID layout, Crockford base 32)."""

import os
import threading
import time
from datetime import datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS = [a + b for a in _ALPHABET for b in _ALPHABET]
_lock = threading.Lock()
_last = 0


def new_id() -> str:
    """Return a fresh id, larger than every id this process made before."""
    global _last
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    with _lock:
        if value <= _last:
            value = _last + 1
        _last = value
    return _encode(value)


def first_id_at(at: datetime) -> str:
    """Return an id that is smaller than all that are made from then on."""
    return _encode(int(at.timestamp() * 1000) << 80)


def _encode(value: int) -> str:
    pairs = []
    for _ in range(13):
        pairs.append(_PAIRS[value & 1023])
        value >>= 10
    return "".join(reversed(pairs))
