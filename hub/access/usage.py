"""What an organization's conversations took: waiting, first answers, handling, by group or by operator."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from hub.access.moments import require_moment
from hub.access.permissions import Permission, require
from hub.db import usage as queries
from hub.db.session import Tx
from hub.db.usage import By, Counts, Span, Times
from hub.errors import Invalid
from hub.types import Actor
from hub.wiring import Services

USUAL = timedelta(days=30)
LONGEST = timedelta(days=366)
_NONE = Times(0, 0.0, 0.0, 0.0)
_NO_ASSIGNMENTS = Counts(0, 0, 0)


@dataclass(frozen=True, slots=True)
class Line:
    """The numbers of one group or one person. `id` None: assignments without a group; `name` None: it is gone."""

    id: str | None
    name: str | None
    assignments: int
    by_hand: int
    beyond_slots: int
    waiting: Times
    first_answer: Times
    handling: Times


@dataclass(frozen=True, slots=True)
class Usage:
    """The numbers of what was assigned from `since` until before `until`. `items`: most assignments first."""

    since: datetime
    until: datetime
    by: By
    total: Line
    items: tuple[Line, ...]


def report(services: Services, actor: Actor, by: By, since: datetime | None, until: datetime | None) -> Usage:
    """Return the numbers; without times those of the last 30 days.

    Raises Invalid for a time of more than 366 days, and for one beyond 1970 to 2199.
    """
    require(actor, Permission.SEE_USAGE)
    end = require_moment(until or services.clock())
    begin = require_moment(since or end - USUAL)
    if not timedelta(0) < end - begin <= LONGEST:
        raise Invalid(f"`from` must be before `to`, by at most {LONGEST.days} days")
    with services.db.reading(actor.organization_id) as tx:
        [total] = _lines(tx, By.ORGANIZATION, begin, end) or [_line(None, None, _NO_ASSIGNMENTS, {})]
        items = _lines(tx, by, begin, end)
    return Usage(begin, end, by, total, tuple(sorted(items, key=lambda each: (-each.assignments, each.id or ""))))


def _lines(tx: Tx, by: By, since: datetime, until: datetime) -> list[Line]:
    counts = queries.count(tx, by, since, until)
    times = {span: queries.measure(tx, span, by, since, until) for span in Span}
    names = queries.list_names(tx, by)
    # somebody may have answered in conversations of others only
    keys = dict.fromkeys([*counts, *(key for found in times.values() for key in found)])
    spans = {key: {span: found[key] for span, found in times.items() if key in found} for key in keys}
    return [_line(key, names.get(key or ""), counts.get(key, _NO_ASSIGNMENTS), spans[key]) for key in keys]


def _line(key: str | None, name: str | None, found: Counts, times: Mapping[Span, Times]) -> Line:
    return Line(
        key,
        name,
        found.assignments,
        found.by_hand,
        found.beyond_slots,
        times.get(Span.WAITING, _NONE),
        times.get(Span.FIRST_ANSWER, _NONE),
        times.get(Span.HANDLING, _NONE),
    )
