"""Hearing what providers signal of senders: kept in the transaction of what brought it, looked into right after it.

Nothing is judged here. A signal that may mean trouble makes its sender due for a look, and the look judges
(`hub.numbers.health`). What is kept names nobody: numbers and ids are taken out of the provider's words, and people
and contents are told apart by fingerprints only.
"""

from hub.numbers.detecting.hearing import (
    CLOCK_JOB,
    CLOCK_QUEUE,
    LOOK_JOB,
    LOOK_QUEUE,
    hasten,
    hear,
    note_look,
    wake,
    wake_by_clock,
)
from hub.numbers.detecting.told import (
    Ear,
    Told,
    ear_of,
    hear_delivered,
    hear_told,
    told_by_failure,
    told_by_report,
    told_over,
)

__all__ = [
    "CLOCK_JOB",
    "CLOCK_QUEUE",
    "LOOK_JOB",
    "LOOK_QUEUE",
    "Ear",
    "Told",
    "ear_of",
    "hasten",
    "hear",
    "hear_delivered",
    "hear_told",
    "note_look",
    "told_by_failure",
    "told_by_report",
    "told_over",
    "wake",
    "wake_by_clock",
]
