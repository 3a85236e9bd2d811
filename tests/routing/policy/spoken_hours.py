"""Hours as people say them: "mon-fri 09:00-17:30"."""

from collections.abc import Sequence

from hub.types import Interval

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Week = tuple[tuple[Interval, ...], ...]


def week_of(lines: Sequence[str]) -> Week:
    """Return the seven days that some lines ("mon-fri 09:00-12:00", "sun 22:00-02:00") speak of."""
    days: list[list[Interval]] = [[] for _ in DAYS]
    for line in lines:
        named, span = line.split(" ")
        first, _, last = named.partition("-")
        begin, length = DAYS.index(first), (DAYS.index(last or first) - DAYS.index(first)) % 7
        for offset in range(length + 1):
            days[(begin + offset) % 7].append(interval_of(span))
    return tuple(tuple(each) for each in days)


def interval_of(span: str) -> Interval:
    """Return what "22:00-02:00" says."""
    since, until = (_minutes(each) for each in span.split("-"))
    return Interval(since, until)


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)
