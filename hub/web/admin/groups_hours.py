"""A group's hours as people type them, and back.

09:00-12:30, 13:30-18:00      a day with several intervals
22:00-06:00                   one that ends on the next day
2026-12-24: 09:00-12:00       a day that is unlike its weekday
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import groupby, pairwise
from typing import TypeVar
from zoneinfo import available_timezones

from hub.errors import Invalid
from hub.routing.policy.holidays import is_place
from hub.routing.policy.limits import MOST_DAYS, MOST_INTERVALS
from hub.types import Hours, Interval
from hub.web.admin.fields import Fields, Read
from hub.web.language import Language, marked

T = TypeVar("T")

DAYS = tuple(f"day-{number}" for number in range(7))
_USUAL_DAY = "09:00-17:00"
_DAY_MINUTES = 24 * 60
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?")
_DASH = re.compile(r"\s*[-\u2013\u2014]\s*")
_DAY = re.compile(r"(?:(\d{4})-(\d{1,2})-(\d{1,2})|(\d{1,2})\.(\d{1,2})\.(\d{4}))")
_BETWEEN = re.compile(r"[,;\n]+")
_NO_HOLIDAYS = marked("not on holidays of {place}")
_UNLIKE = marked("some days differ")


def read_hours(said: Read) -> tuple[Hours | None, Mapping[str, str]]:
    """Return the hours of a form (None: always open) and what is wrong, by the field's name; then they are None, too.

    What several fields say together is checked when the group is saved.
    """
    return read_week(said) if said("hours") == "week" else (None, {})


def read_week(said: Read) -> tuple[Hours | None, Mapping[str, str]]:
    """Return the hours that a form's fields say, and what is wrong, by the field's name; then they are None."""
    fields = Fields(said)
    hours = Hours(
        time_zone=fields.read("time_zone", _read_zone, ""),
        week=tuple(fields.read(name, read_intervals, ()) for name in DAYS),
        holidays=fields.read("holidays", _read_holidays, ""),
        closed=fields.read("closed", _read_days, ()),
        extra=fields.read("extra", _read_extra, {}),
    )
    return (None if fields.wrong else hours), fields.wrong


def hours_as_typed(hours: Hours | None, time_zone: str) -> dict[str, str]:
    """Return what the form shows. Without hours it proposes usual ones in the organization's time zone."""
    if hours is None:
        week = (_USUAL_DAY,) * 5 + ("", "")
        return {"hours": "always", "time_zone": time_zone, **dict(zip(DAYS, week, strict=True)),
                "holidays": "", "closed": "", "extra": ""}  # fmt: skip
    return {
        "hours": "week",
        "time_zone": hours.time_zone,
        **{name: write_intervals(each) for name, each in zip(DAYS, hours.week, strict=True)},
        "holidays": hours.holidays,
        "closed": ", ".join(day.isoformat() for day in sorted(hours.closed)),
        "extra": "\n".join(f"{day.isoformat()}: {write_intervals(hours.extra[day])}" for day in sorted(hours.extra)),
    }


def read_intervals(text: str) -> tuple[Interval, ...]:
    """Return a day's intervals by their beginning; none for an empty text. Raises Invalid."""
    pieces = [piece.strip() for piece in _BETWEEN.split(text) if piece.strip()]
    if len(pieces) > MOST_INTERVALS:
        raise Invalid(f"a day has at most {MOST_INTERVALS} intervals")
    found = tuple(sorted(map(_read_interval, pieces), key=lambda each: each.since))
    for before, after in pairwise(found):
        if _end(before) > after.since:
            raise Invalid(f"{_write(before)} and {_write(after)} overlap; make one of them")
    return found


def write_intervals(intervals: tuple[Interval, ...]) -> str:
    return ", ".join(map(_write, intervals))


def hours_in_short(hours: Hours, language: Language) -> str:
    """Return hours in one line: “Saturday 10:00-14:00, Sunday 10:00-12:00 (Europe/Berlin)”."""
    pieces = [f"{days} {write_intervals(times)}" for days, times in _days_together(hours, language) if times]
    if hours.holidays:
        pieces.append(language.text(_NO_HOLIDAYS, {"place": hours.holidays}))
    if hours.closed or hours.extra:
        pieces.append(language.text(_UNLIKE))
    return f"{', '.join(pieces)} ({hours.time_zone})"


def _days_together(hours: Hours, language: Language) -> Iterator[tuple[str, tuple[Interval, ...]]]:
    """Each run of days that are alike, by the names of its first and its last."""
    names = language.dates["weekdays"]
    for times, run in groupby(zip(names, hours.week, strict=False), key=lambda pair: pair[1]):
        days = [name for name, _ in run]
        yield (days[0] if len(days) == 1 else f"{days[0]}\u2013{days[-1]}"), times


def _write(interval: Interval) -> str:
    return f"{_write_clock(interval.since)}-{_write_clock(interval.until)}"


def _read_interval(text: str) -> Interval:
    ends = _DASH.split(text)
    if len(ends) != 2:
        raise _unclear(text)
    interval = Interval(_read_clock(ends[0]), _read_clock(ends[1]))
    if interval.since == interval.until or interval.since == _DAY_MINUTES:
        raise Invalid(f"from {ends[0]} to {ends[1]} is no time; for the whole day write 00:00-24:00")
    return interval


def _read_clock(text: str) -> int:
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        raise _unclear(text)
    hour, minute = int(found[1]), int(found[2] or 0)
    minutes = hour * 60 + minute
    if minute > 59 or minutes > _DAY_MINUTES:
        raise Invalid(f"there is no {text.strip()} o'clock; the day has 00:00 to 24:00")
    return minutes


def _write_clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _end(interval: Interval) -> int:
    """Where it ends, in minutes since the midnight it began after."""
    return interval.until if interval.until > interval.since else interval.until + _DAY_MINUTES


def _read_zone(text: str) -> str:
    zone = text.strip()
    if zone not in available_timezones():
        raise Invalid(f"there is no time zone “{zone[:40]}”; name one like Europe/Berlin")
    return zone


def _read_holidays(text: str) -> str:
    place = text.strip().upper()
    if place and not is_place(place):
        raise Invalid(f"there is no calendar of “{place[:20]}”; name a country and its part like DE-BE")
    return place


def _read_days(text: str) -> tuple[date, ...]:
    days = [_read_day(piece.strip()) for piece in _BETWEEN.split(text) if piece.strip()]
    return tuple(sorted(set(_few(days))))


def _read_extra(text: str) -> dict[date, tuple[Interval, ...]]:
    return dict(_few(list(_extra_days(text))))


def _extra_days(text: str) -> Iterator[tuple[date, tuple[Interval, ...]]]:
    for line in filter(None, map(str.strip, text.splitlines())):
        day, _, times = line.partition(":") if _DAY.match(line) else ("", "", "")
        if not day or not times.strip():
            raise Invalid(f"write “{line[:40]}” like 2026-12-24: 09:00-12:00")
        yield _read_day(day.strip()), read_intervals(times)


def _read_day(text: str) -> date:
    found = _DAY.fullmatch(text)
    if found is None:
        raise Invalid(f"write “{text[:40]}” like 2026-12-24")
    year, month, day = (found[1], found[2], found[3]) if found[1] else (found[6], found[5], found[4])
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise Invalid(f"the calendar has no {text}") from None


def _few(days: list[T]) -> list[T]:
    if len(days) > MOST_DAYS:
        raise Invalid(f"at most {MOST_DAYS} days can be kept here")
    return days


def _unclear(text: str) -> Invalid:
    return Invalid(f"write “{text.strip()[:40]}” like 09:00-12:30, 13:30-18:00")
