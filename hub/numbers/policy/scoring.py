"""Soft signals: none of them proves anything, so they are scored per sender in a sliding window."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hub.numbers.policy.levels import REACHES, Finding
from hub.numbers.policy.signals import CONFIRMED, SUSPECTED, Counts, Heard, Row, meaning
from hub.types.bans import Confidence, Signal, Volume

_HOUR = timedelta(hours=1)
"""The longest span of a volume: the one that had begun already counts as well."""


@dataclass(frozen=True, slots=True)
class _Points:
    """What one row of the table contributes."""

    row: Row
    points: float
    evidence: tuple[Signal, ...]


def soft_findings(heard: Sequence[Heard], volumes: Sequence[Volume], now: datetime) -> tuple[Finding, ...]:
    """Return what the scores amount to, one finding per level whose score reaches the threshold of suspicion.

    `heard`: signals that still stand, oldest first. Repeats of one person or of one content do not count.
    """
    rows = dict.fromkeys(id(each.row) for each in heard if each.row.weight)
    groups = ([each for each in heard if id(each.row) == row] for row in rows)
    scored = [found for group in groups if (found := _points(group, volumes, now))]
    levels = dict.fromkeys(each.row.level for each in scored)
    findings = (_finding([each for each in scored if each.row.level is level]) for level in levels)
    return tuple(each for each in findings if each.confidence is not Confidence.NONE)


def _points(group: Sequence[Heard], volumes: Sequence[Volume], now: datetime) -> _Points | None:
    """Score the signals of one row."""
    row = group[0].row
    recent = [each.signal for each in group if _is_recent(row, each.signal, now)]
    count = _count(row, recent)
    if not recent or count < row.least or _are_few(row, count, recent[0], volumes, now):
        return None
    return _Points(_escalated(row, group), min(row.weight * count, row.most), tuple(recent))


def _are_few(row: Row, count: int, oldest: Signal, volumes: Sequence[Volume], now: datetime) -> bool:
    """Whether so many are a small share of what was sent. Where nothing was, they are about what was sent earlier yet:
    nobody knows which share of that they are."""
    if not row.share:
        return False
    sent = sum(each.sent for each in volumes if _sent_from(row, oldest) - _HOUR < each.at <= now)
    return not sent or count < row.share * sent


def _sent_from(row: Row, oldest: Signal) -> datetime:
    """A window before the oldest that counts: what it is about was sent before it came."""
    return oldest.at - timedelta(seconds=row.window)


def volumes_from(signals: Iterable[Signal], now: datetime) -> datetime | None:
    """Return from when on it must be known how much was sent, so that signals can be judged now; None: it need not."""
    counted = ((meaning(each), each) for each in signals)
    times = (_sent_from(row, each) for row, each in counted if row.share and _is_recent(row, each, now))
    return min(times, default=None)


def _is_recent(row: Row, signal: Signal, now: datetime) -> bool:
    return now - timedelta(seconds=row.window) < signal.at <= now


def _count(row: Row, signals: Sequence[Signal]) -> int:
    match row.counts:
        case Counts.PEOPLE:
            return len({each.recipient for each in signals})
        case Counts.CONTENTS:
            return len({each.content for each in signals})
        case Counts.OCCASIONS:
            return _occasions(signals, row.apart)
        case Counts.TOPIC:
            return min(len(signals), 1)


def _occasions(signals: Iterable[Signal], apart: float) -> int:
    """Count a storm once: what comes within `apart` seconds of the last one counted is part of it."""
    count, last = 0, None
    for each in signals:
        if last is None or (each.at - last).total_seconds() >= apart:
            count, last = count + 1, each.at
    return count


def _escalated(row: Row, group: Sequence[Heard]) -> Row:
    """Return the row, as its escalation says when its signals have gone on for that long without a break."""
    if row.escalates is None:
        return row
    times = [each.signal.at for each in reversed(group)]
    begun = times[0]
    for earlier in times[1:]:
        if (begun - earlier).total_seconds() > row.window:
            break
        begun = earlier
    if (times[0] - begun).total_seconds() < row.escalates.after:
        return row
    return replace(row, level=row.escalates.level, remedies=row.escalates.remedies)


def _finding(scored: Sequence[_Points]) -> Finding:
    """Add up what says the same level; the row that says most gives reach, words and remedies."""
    total = sum(each.points for each in scored if each.row.counts is not Counts.TOPIC)
    for topic in {each.row.topic for each in scored}:
        once = [each.points for each in scored if each.row.topic == topic and each.row.counts is Counts.TOPIC]
        total += max(once, default=0.0)
    first = max(scored, key=lambda each: (each.points, REACHES.index(each.row.reach)))
    return Finding(
        level=first.row.level,
        reach=first.row.reach,
        confidence=_confidence(total),
        forbids=frozenset().union(*(each.row.forbids for each in scored)),
        remedies=first.row.remedies,
        words=first.row.words,
        evidence=tuple(sorted((one for each in scored for one in each.evidence), key=lambda one: one.at)),
    )


def _confidence(points: float) -> Confidence:
    if points >= CONFIRMED:
        return Confidence.CONFIRMED
    return Confidence.SUSPECTED if points >= SUSPECTED else Confidence.NONE
