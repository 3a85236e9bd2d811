"""What is wrong with business hours, in sentences for whoever set them."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import pairwise
from zoneinfo import available_timezones

from hub.routing.policy.holidays import is_place
from hub.routing.policy.limits import MOST_DAYS, MOST_INTERVALS
from hub.types import Hours, Interval

_DAY = 24 * 60
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def hours_problems(hours: Hours, whose: str) -> list[str]:
    """Return what is wrong with some hours, one sentence each; `whose` begins it ("the hours of Support")."""
    return [f"{whose} {problem}" for problem in _problems(hours)]


def _problems(hours: Hours) -> Iterator[str]:
    if hours.time_zone not in available_timezones():
        yield f"are in the time zone “{hours.time_zone}”, which does not exist; name one like Europe/Berlin"
    if hours.holidays and not is_place(hours.holidays):
        yield f"name the holidays of “{hours.holidays}”, which have no calendar; name a country and its part like DE-BE"
    if len(hours.week) != len(_DAYS):
        yield f"have {len(hours.week)} days a week; give all seven from Monday on, closed ones without intervals"
        return
    for day, intervals in zip(_DAYS, hours.week, strict=True):
        yield from _day_problems(f"on {day}", intervals)
    for extra, intervals in sorted(hours.extra.items()):
        yield from _day_problems(f"on {extra}", intervals)
    yield from _days_twice(hours)
    yield from _days_beyond(hours)
    if not any(hours.week) and not any(hours.extra.values()):
        yield "are never open, so that nobody would ever be served; give a day an interval, or have no hours at all"


def _days_twice(hours: Hours) -> Iterator[str]:
    twice: list[date] = sorted(set(hours.closed) & set(hours.extra))
    for day in twice:
        yield f"have {day} among the closed days and with hours of its own; take it out of one of the two"


def _days_beyond(hours: Hours) -> Iterator[str]:
    if len(hours.closed) > MOST_DAYS:
        yield f"have {len(hours.closed)} closed days; {MOST_DAYS} can be kept, so take out those that are over"
    if len(hours.extra) > MOST_DAYS:
        yield f"have {len(hours.extra)} days of their own; {MOST_DAYS} can be kept, so take out those that are over"


def _day_problems(when: str, intervals: Sequence[Interval]) -> Iterator[str]:
    if len(intervals) > MOST_INTERVALS:
        yield f"have {len(intervals)} intervals {when}; a day has {MOST_INTERVALS} at most, so join some"
        return
    for each in intervals:
        if not (0 <= each.since < _DAY and 0 <= each.until <= _DAY):
            yield f"have an interval {when} beyond the day; it begins from 00:00 to 23:59 and ends by 24:00"
            return
        if each.since == each.until:
            yield f"have an empty interval {when} at {_clock(each.since)}; end it later, or at 24:00 for a whole day"
    ordered = sorted(intervals, key=lambda each: (each.since, each.until))
    for first, second in pairwise(ordered):
        if second.since < first.until or first.until < first.since:
            yield f"have two intervals {when} that overlap ({_span(first)} and {_span(second)}); make one of them"


def _span(interval: Interval) -> str:
    return f"{_clock(interval.since)} to {_clock(interval.until)}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
