"""Whether a group works now, and when that changes."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from hub.routing.policy.hours import intervals_on, is_open, next_opening, zone_of
from hub.types import Hours
from hub.web.language import marked
from hub.web.rendering import Times

_OPEN_UNTIL = marked("Open now, until {time}")
_OPEN = marked("Open now")
_CLOSED_UNTIL = marked("Closed now, opens {time}")
_CLOSED = marked("Closed, and no opening in sight")
_DAYS_AHEAD = 14


@dataclass(frozen=True, slots=True)
class Now:
    """How a group stands at this moment, in the reader's words."""

    open: bool
    text: str


def is_open_now(hours: Hours | None, now: datetime) -> bool | None:
    """None where there are no hours: always open."""
    return None if hours is None else is_open(hours, now)


def now_of(hours: Hours, times: Times) -> Now:
    """Say whether it is open, and until when."""
    say = times.language.text
    if is_open(hours, times.now):
        until = _next_closing(hours, times.now)
        return Now(True, say(_OPEN_UNTIL, {"time": times.full(until)}) if until else say(_OPEN))
    opening = next_opening(hours, times.now)
    return Now(False, say(_CLOSED_UNTIL, {"time": times.full(opening)}) if opening else say(_CLOSED))


def _next_closing(hours: Hours, now: datetime) -> datetime | None:
    """Return when an interval ends that no other one goes on from; None when there is none for two weeks."""
    zone = zone_of(hours.time_zone)
    if zone is None:
        return None
    today = now.astimezone(zone).date()
    for ahead in range(-1, _DAYS_AHEAD):
        day = today + timedelta(days=ahead)
        midnight = datetime.combine(day, time())
        for each in sorted(intervals_on(hours, day), key=lambda interval: interval.since):
            minutes = each.until if each.until > each.since else each.until + 24 * 60
            end = (midnight + timedelta(minutes=minutes)).replace(tzinfo=zone).astimezone(UTC)
            if end > now and not is_open(hours, end):
                return end
    return None
