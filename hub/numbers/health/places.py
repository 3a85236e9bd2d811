"""How many looks are under way at each provider, in this process: one that does not answer shall not have all hands.

A provider is an adapter's `signal_family`.
"""

import threading
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Final

MOST: Final = 3
"""At one provider. The lane has more hands for the looks by the clock, and more for those asked for (workers.main)."""
BY_CLOCK: Final = MOST - 1
"""So many of them may be looks by the clock: those asked for need not wait for them."""

_taken: Counter[str] = Counter()
_by_clock: Counter[str] = Counter()
_waiting: defaultdict[str, dict[str, None]] = defaultdict(dict)
_lock = threading.Lock()


def take(family: str, sender_id: str) -> bool:
    """Take a place for a look that was asked for; False when there is none: it waits until `leave` names it."""
    with _lock:
        if _taken[family] >= MOST:
            _waiting[family][sender_id] = None
            return False
        _taken[family] += 1
        return True


def take_by_clock(family: str) -> bool:
    """Take a place for a look by the clock; False when there is none, and nothing waits: the clock comes again."""
    with _lock:
        if _taken[family] >= MOST or _by_clock[family] >= BY_CLOCK:
            return False
        _taken[family] += 1
        _by_clock[family] += 1
        return True


def leave(family: str) -> Sequence[str]:
    """Give a place back; return the sender that waited longest for one, for whoever leaves to wake its look."""
    with _lock:
        _taken[family] -= 1
        return _next_waiting(family)


def leave_by_clock(family: str) -> Sequence[str]:
    """The same for a place of a look by the clock."""
    with _lock:
        _taken[family] -= 1
        _by_clock[family] -= 1
        return _next_waiting(family)


def _next_waiting(family: str) -> Sequence[str]:
    first = next(iter(_waiting[family]), None)
    if first is None:
        return ()
    del _waiting[family][first]
    return (first,)
