"""Numbers about assignments: how long people waited, for their first answer, and how long they were handled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Float, case, cast, extract, func, select

from hub.db.session import Tx
from hub.db.tables.core import ASSIGNMENT, GROUP, USER


class By(StrEnum):
    """What assignments are counted by."""

    GROUP = "group"
    OPERATOR = "operator"
    ORGANIZATION = "organization"


class Span(StrEnum):
    """A time of an assignment: until it was given, until the first answer after it, and as long as it lasted."""

    WAITING = "waiting"
    FIRST_ANSWER = "first_answer"
    HANDLING = "handling"


_A = ASSIGNMENT.c
_KEYS: dict[By, Any] = {By.GROUP: _A.group_id, By.OPERATOR: _A.user_id, By.ORGANIZATION: _A.organization_id}
_ENDS: dict[Span, tuple[Any, Any]] = {
    Span.WAITING: (_A.waiting_since, _A.assigned_at),
    Span.FIRST_ANSWER: (_A.waiting_since, _A.first_answer_at),
    Span.HANDLING: (_A.assigned_at, _A.ended_at),
}
_NAMED: dict[By, Any] = {By.GROUP: GROUP, By.OPERATOR: USER}


@dataclass(frozen=True, slots=True)
class Times:
    """How long something took, in seconds. Median and p90 are times that occurred (nearest rank)."""

    count: int
    mean: float
    median: float
    p90: float


@dataclass(frozen=True, slots=True)
class Counts:
    """Assignments. `by_hand`: a person gave them; `beyond_slots`: more than the slots allow."""

    assignments: int
    by_hand: int
    beyond_slots: int


def count(tx: Tx, by: By, since: datetime, until: datetime) -> dict[str | None, Counts]:
    """Count what was assigned from `since` until before `until`, by the id of a group or a user (None: no group)."""
    key = _KEYS[by]
    numbers = func.count(), _sum(_A.by_hand), _sum(_A.beyond_slots)
    rows: Sequence[Any] = tx.all(select(key, *numbers).where(*_within(tx, since, until)).group_by(key))
    return {row[0]: Counts(int(row[1]), int(row[2]), int(row[3])) for row in rows}


def measure(tx: Tx, span: Span, by: By, since: datetime, until: datetime) -> dict[str | None, Times]:
    """Measure a span of what was assigned in that time. Assignments that do not have it are left out.

    A first answer counts for the operator who gave it, whoever had the conversation.
    """
    if by is By.OPERATOR and span is Span.FIRST_ANSWER:
        return _measure(tx, span, _A.answered_by, *_within(tx, since, until), _A.answered_by.is_not(None))
    return _measure(tx, span, _KEYS[by], *_within(tx, since, until))


def measure_lately(tx: Tx, span: Span, since: datetime) -> dict[str | None, Times]:
    """Measure a span of all that it ended for since then, by group. Platform work."""
    return _measure(tx, span, _A.group_id, _ENDS[span][1] >= since)


def count_lately(tx: Tx, since: datetime) -> dict[bool, int]:
    """Count what was given since then, by whether a person gave it. Platform work."""
    rows: Sequence[Any] = tx.all(select(_A.by_hand, func.count()).where(_A.assigned_at >= since).group_by(_A.by_hand))
    return {bool(row[0]): int(row[1]) for row in rows}


def _measure(tx: Tx, span: Span, key: Any, *which: ColumnElement[bool]) -> dict[str | None, Times]:
    begin, end = _ENDS[span]
    taken = (
        select(key.label("key"), _seconds(tx, begin, end).label("seconds"))
        .where(*which, begin.is_not(None), end.is_not(None))
        .subquery()
    )
    mine: Any = {"partition_by": taken.c.key}
    ranked = select(
        taken,
        func.row_number().over(order_by=taken.c.seconds, **mine).label("place"),
        func.count().over(**mine).label("of"),
    ).subquery()
    rows: Sequence[Any] = tx.all(
        select(ranked.c.key, func.count(), func.avg(ranked.c.seconds), _at(ranked, 5), _at(ranked, 9)).group_by(
            ranked.c.key
        )
    )
    return {row[0]: Times(int(row[1]), *map(_rounded, row[2:])) for row in rows}


def list_names(tx: Tx, by: By) -> dict[str, str]:
    """Return the names of all groups or of all users, by id; nothing for an organization."""
    table = _NAMED.get(by)
    if table is None:
        return {}
    rows = tx.all(select(table.c.id, table.c.name).where(table.c.organization_id == tx.organization_id))
    return {row.id: row.name for row in rows}


def _within(tx: Tx, since: datetime, until: datetime) -> Sequence[ColumnElement[bool]]:
    return _A.organization_id == tx.organization_id, _A.assigned_at >= since, _A.assigned_at < until


def _sum(flag: Any) -> Any:
    return func.coalesce(func.sum(case((flag.is_(True), 1), else_=0)), 0)


def _at(ranked: Any, tenths: int) -> Any:
    """The time at the nearest rank: the smallest that so many tenths of all do not exceed."""
    rank = (ranked.c.of * tenths + 9) // 10
    return func.max(case((ranked.c.place <= rank, ranked.c.seconds)))


def _rounded(seconds: Any) -> float:
    return round(float(seconds), 3)


def _seconds(tx: Tx, begin: Any, end: Any) -> Any:
    """Clocks of two processes may differ: nothing took less than no time."""
    if tx.is_sqlite:
        # to the microsecond it would need more digits than a day count has
        taken: Any = func.round((func.julianday(end) - func.julianday(begin)) * 86_400.0, 3)
        return func.max(taken, 0.0)
    return func.greatest(cast(extract("epoch", end - begin), Float), 0.0)
