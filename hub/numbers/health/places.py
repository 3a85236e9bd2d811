"""How many looks are under way at each provider, in this process: one that does not answer shall not have all hands."""

import threading
from collections import Counter
from typing import Final

MOST: Final = 3
"""At one provider. The lane has more hands for the looks by the clock, and more for those asked for (workers.main)."""

_taken: Counter[str] = Counter()
_lock = threading.Lock()


def take(family: str) -> bool:
    """Take a place among the looks at a provider, an adapter's `signal_family`; False when there is none."""
    with _lock:
        if _taken[family] >= MOST:
            return False
        _taken[family] += 1
        return True


def leave(family: str) -> None:
    """Give a place back."""
    with _lock:
        _taken[family] -= 1
