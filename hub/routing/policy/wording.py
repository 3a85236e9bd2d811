"""Names and times in the sentences that decisions are explained with.

A reason is one sentence of clauses with "; " between them: where the conversation goes and why, then who gets it. Each
clause stands for itself, so that a page can tell them in another language one by one.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

CLAUSES = "; "
_LONGEST = 80
_UNITS = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1)))


def quoted(name: str) -> str:
    """Return a name as a sentence bears it: on one line, at most 80 characters, without what ends a clause."""
    line = " ".join(name.split()).replace(CLAUSES, ", ")
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def listed(words: Iterable[str]) -> str:
    """Return words with commas between them, shortened like a name."""
    return quoted(", ".join(words))


def time_between(earlier: datetime, later: datetime) -> str:
    """Return how long it is between two moments in the largest whole unit: "3 hours", "1 minute", "a moment"."""
    for unit, length in _UNITS:
        count = (later - earlier) // length
        if count > 0:
            return f"{count} {unit}" if count == 1 else f"{count} {unit}s"
    return "a moment"
