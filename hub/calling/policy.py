"""When a call that was not taken is tried again. Pure: how often it was tried and the time in, when to try out."""

from datetime import datetime, timedelta
from typing import Final

GIVEN_UP_AFTER: Final = timedelta(hours=24)
"""So long after it was written a call is tried again."""
_WAITS: Final = (10, 30, 60, 120, 300, 600, 1_200, 1_800)
"""Seconds until the second attempt, the third, … ; every further one comes an hour after the one before."""
_LATER: Final = 3_600


def next_attempt(written_at: datetime, attempts: int, now: datetime) -> datetime | None:
    """Return when to try again after so many attempts; None when it is given up."""
    wait = _WAITS[attempts - 1] if attempts <= len(_WAITS) else _LATER
    due = now + timedelta(seconds=wait)
    return due if due < written_at + GIVEN_UP_AFTER else None
