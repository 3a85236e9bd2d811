"""What a signal means: the rows of signals.toml, read once. Sources stand there, row by row."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import lru_cache
from importlib.resources import files
from itertools import groupby, islice, takewhile
from tomllib import loads
from typing import Any

from hub.types import Level, Reach
from hub.types.bans import Act, Confidence, RemedyKind, Signal, SignalSource

HARD = "hard"
_ANY = "*"


LOOKS = frozenset({SignalSource.POLL, SignalSource.PROBE, SignalSource.ACCOUNT})
"""Sources that are looks of our own."""


class Counts(StrEnum):
    """What is counted once, however often it comes."""

    PEOPLE = "people"
    CONTENTS = "contents"
    OCCASIONS = "occasions"
    TOPIC = "topic"


@dataclass(frozen=True, slots=True)
class Escalation:
    """What a row becomes: by its fellows' state, or after `after` seconds without a break."""

    level: Level
    remedies: tuple[RemedyKind, ...]
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """One row of signals.toml, under the names it has there; seconds everywhere. `hard`: its weight is "hard"."""

    family: str
    codes: tuple[str, ...]
    sources: frozenset[SignalSource] = frozenset(SignalSource)
    text: tuple[re.Pattern[str], ...] = ()
    over: float | None = None
    worked: bool = False
    level: Level = Level.NONE
    reach: Reach = Reach.SENDER
    topic: str = ""
    hard: bool = False
    weight: float = 0.0
    counts: Counts = Counts.PEOPLE
    apart: float = 0.0
    window: float = 0.0
    least: int = 1
    share: float = 0.0
    most: float = float("inf")
    itself: Level = Level.NONE
    word: bool = False
    supports: frozenset[str] = frozenset()
    clears: frozenset[str] = frozenset()
    fellows: Reach | None = None
    alone: Reach = Reach.SENDER
    widened: Escalation | None = None
    escalates: Escalation | None = None
    ends: bool = False
    credential: bool = False
    outage: bool = False
    forbids: frozenset[Act] = frozenset()
    remedies: tuple[RemedyKind, ...] = ()
    words: str = ""
    by: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Opening:
    """From which confidence on, and after how many seconds of trouble, a level opens a case."""

    confidence: Confidence
    after: float


_DATA: Mapping[str, Any] = loads((files(__package__) / "signals.toml").read_text("utf-8"))

ORDINARY: float = float(_DATA["looks"]["ordinary"])
"""Seconds between two looks at a sender without trouble."""
SUSPICIOUS: float = float(_DATA["looks"]["suspicious"])
"""Seconds between two looks at a sender under suspicion."""
SUSPECTED: float = float(_DATA["score"]["suspected"])
CONFIRMED: float = float(_DATA["score"]["confirmed"])
MEMORY: Mapping[str, float] = {name: float(seconds) for name, seconds in _DATA["memory"].items()}
FORBIDS: Mapping[Level, frozenset[Act]] = {
    level: frozenset(Act(each) for each in _DATA["forbids"][level.value]) for level in Level
}
FORBIDDEN_ON_SUSPICION: frozenset[Act] = frozenset(Act(each) for each in _DATA["forbids"]["suspected"])
OPENS: Mapping[Level, Opening] = {
    Level(level): Opening(Confidence(rule["confidence"]), float(rule["after"]))
    for level, rule in _DATA["opens"].items()
}
NAMES: tuple[tuple[Reach, re.Pattern[str]], ...] = tuple(
    (Reach(reach), re.compile("|".join(patterns), re.IGNORECASE)) for reach, patterns in _DATA["names"].items()
)
"""What in a provider's text tells the reach, the wider one first."""


def _row(raw: Mapping[str, Any]) -> Row:
    """Read one row. Raises TypeError for a name, ValueError for a word that no row may have."""
    level = Level(raw.get("level", Level.NONE))
    weight = raw.get("weight", 0.0)
    known = {
        **raw,
        "codes": tuple(raw["codes"]),
        "sources": frozenset(SignalSource(each) for each in raw.get("sources", SignalSource)),
        "text": tuple(re.compile(each, re.IGNORECASE) for each in raw.get("text", ())),
        "level": level,
        "reach": Reach(raw.get("reach", Reach.SENDER)),
        "hard": weight == HARD,
        "weight": 0.0 if weight == HARD else float(weight),
        "counts": Counts(raw.get("counts", Counts.PEOPLE)),
        "window": float(raw.get("window", _DATA["score"]["window"])),
        "itself": Level(raw.get("itself", Level.NONE)),
        "supports": frozenset(raw.get("supports", ())) | {raw.get("topic", "")},
        "clears": frozenset(raw.get("clears", ())),
        "fellows": Reach(raw["fellows"]) if "fellows" in raw else None,
        "alone": Reach(raw.get("alone", Reach.SENDER)),
        "widened": _escalation(raw.get("widened")),
        "escalates": _escalation(raw.get("escalates")),
        "forbids": frozenset(Act(each) for each in raw["forbids"]) if "forbids" in raw else FORBIDS[level],
        "remedies": tuple(RemedyKind(each) for each in raw.get("remedies", ())),
    }
    return Row(**known)


def _escalation(raw: Mapping[str, Any] | None) -> Escalation | None:
    if raw is None:
        return None
    return Escalation(
        Level(raw["level"]), tuple(RemedyKind(each) for each in raw["remedies"]), float(raw.get("after", 0))
    )


ROWS: tuple[Row, ...] = tuple(_row(raw) for raw in _DATA["row"])
_BY_FAMILY: Mapping[str, tuple[Row, ...]] = {
    family: tuple(row for row in ROWS if row.family in (family, _ANY)) for family in {row.family for row in ROWS}
}
UNKNOWN = Row(_ANY, ())
"""The meaning of a signal that no row fits: nothing but that somebody answered."""


def meaning(signal: Signal) -> Row:
    """Return the first row of the table that fits a signal, UNKNOWN where none does."""
    rows = _candidates(signal.family, signal.source, signal.code, signal.text)
    return next((row for row in rows if row.over is None or _wait(signal) > row.over), UNKNOWN)


def matters(signal: Signal) -> bool:
    """Whether a signal can change any judgement; one that cannot need not be kept."""
    row = meaning(signal)
    return row.hard or bool(row.weight or row.clears) or row.outage or row.itself is not Level.NONE


def taken_back(signal: Signal) -> frozenset[Level]:
    """Return what a signal says is over: the levels of what it clears. Empty: it says nothing of a ban."""
    over = meaning(signal).clears
    rows = _BY_FAMILY.get(signal.family, ())
    return frozenset(row.level for row in rows if row.topic in over)


DELIVERED = "message/delivered"
"""A message that nobody asked for, which costs something, reached its recipient."""


@lru_cache
def refuted_by_delivery(family: str) -> tuple[str, ...]:
    """Return the codes that say what such a message refutes, when it was sent later."""
    over = next((row.clears for row in _BY_FAMILY.get(family, ()) if DELIVERED in row.codes), frozenset())
    return tuple(code for row in _BY_FAMILY.get(family, ()) if row.hard and row.topic in over for code in row.codes)


@lru_cache(maxsize=1024)
def _candidates(family: str, source: SignalSource, code: str, text: str) -> tuple[Row, ...]:
    """Return the rows that fit but for the time to wait, in the order of the table."""
    rows = _BY_FAMILY.get(family, _BY_FAMILY[_ANY])
    return tuple(
        row
        for row in rows
        if source in row.sources
        and any(fnmatchcase(code, each) for each in row.codes)
        and (not row.text or any(pattern.search(text) for pattern in row.text))
    )


def _wait(signal: Signal) -> float:
    return (signal.until - signal.at).total_seconds() if signal.until else 0.0


def found_again(kept: Sequence[Signal], found: Sequence[Signal]) -> int:
    """Return how many of the last signals of a sender to replace by what a look found; 0: add it to them.

    Of looks that find the same one after the other the first and the last are kept: a ban may stand for weeks. `kept`:
    oldest first, those of one look at one time.
    """
    newest = takewhile(lambda each: each.source in LOOKS, reversed(kept))
    looks = [list(look) for _, look in islice(groupby(newest, key=lambda each: each.at), 2)]
    same = len(looks) == 2 and all(_are_same(look, found) for look in looks)
    return len(looks[0]) if same else 0


def _are_same(one: Sequence[Signal], other: Sequence[Signal]) -> bool:
    """What names an end is news each time."""
    if any(each.until for each in (*one, *other)):
        return False
    return sorted((each.code, each.text) for each in one) == sorted((each.code, each.text) for each in other)


@dataclass(frozen=True, slots=True)
class Heard:
    """A signal with its meaning."""

    signal: Signal
    row: Row


def is_answered_look(heard: Heard) -> bool:
    """Whether we looked and the provider answered, whatever it found."""
    return heard.signal.source in LOOKS and not heard.row.outage
