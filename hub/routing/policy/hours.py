"""Business hours: whether a group works at a moment, and when it will again.

Hours are what a clock on the group's wall shows. Where the clock is put forward, the hour that is left out is nobody's;
where it is put back, the hour that comes twice is open both times, or closed both times. A span over midnight belongs
to the day it begins on, whatever the next day is.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hub.routing.policy.holidays import holidays_of
from hub.types import Hours, Interval

_DAY = timedelta(days=1)
_MINUTES = 24 * 60
_DAYS_AHEAD = 400
"""How far `next_opening` looks: a year's holidays, and whoever opens once a year."""


def is_open(hours: Hours, at: datetime) -> bool:
    """Whether the hours cover an aware moment; those in a time zone that is no more always do."""
    zone = zone_of(hours.time_zone)
    if zone is None:
        return True
    clock = at.astimezone(zone)
    today = clock.date()
    minute = clock.hour * 60 + clock.minute
    return _covers(hours, today, minute) or _covers(hours, today - _DAY, minute + _MINUTES)


def next_opening(hours: Hours, at: datetime) -> datetime | None:
    """Return the first moment from `at` on that is open, in UTC; None if there is none within 400 days."""
    zone = zone_of(hours.time_zone)
    if zone is None or is_open(hours, at):
        return at.astimezone(UTC)
    today = at.astimezone(zone).date()
    for ahead in range(_DAYS_AHEAD):
        moments = _beginnings(hours, today + ahead * _DAY, zone)
        found = [each for each in moments if each > at and is_open(hours, each)]
        if found:
            return min(found)
    return None


def intervals_on(hours: Hours, day: date) -> tuple[Interval, ...]:
    """Return the spans that begin on a day: its own where it has some, none on closed days, else those of the week."""
    if day in hours.extra:
        return hours.extra[day]
    if day in hours.closed or (hours.holidays and day in holidays_of(hours.holidays, day.year)):
        return ()
    return hours.week[day.weekday()]


def _covers(hours: Hours, day: date, minute: int) -> bool:
    """Whether a span that begins on a day covers a minute since that day's midnight; intervals are whole minutes."""
    return any(each.since <= minute < _end(each) for each in intervals_on(hours, day))


def _end(interval: Interval) -> int:
    return interval.until if interval.until > interval.since else interval.until + _MINUTES


def _beginnings(hours: Hours, day: date, zone: ZoneInfo) -> Iterator[datetime]:
    """Moments of a day at which a closed group may open: when a span begins, and when the clock is put on or back."""
    midnight = datetime.combine(day, time())
    for each in intervals_on(hours, day):
        wall = midnight + timedelta(minutes=each.since)
        for moment in {wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}:
            if moment.astimezone(zone).replace(tzinfo=None) == wall:
                yield moment
    yield from _clock_change(midnight, zone)


def _clock_change(midnight: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """The moment of a day, if any, from which on the clock differs from before."""
    low = midnight.replace(tzinfo=zone).astimezone(UTC)
    high = (midnight + _DAY).replace(tzinfo=zone).astimezone(UTC)
    before = low.astimezone(zone).utcoffset()
    if high.astimezone(zone).utcoffset() == before:
        return
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    yield high.replace(microsecond=0)


@lru_cache(maxsize=256)
def zone_of(name: str) -> ZoneInfo | None:
    """Return a time zone; None for one that the clocks do not know, or no longer: rules and hours name it as wrong."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
