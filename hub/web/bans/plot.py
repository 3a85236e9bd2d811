"""How far the people of a ban are, over time, drawn as SVG. Pure: counts in, measures and paths out.

What is drawn stands in a table beside it, so that nobody needs the picture.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

WIDTH: Final = 720
HEIGHT: Final = 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 14, 12, 40
_MARKS: Final = 4
_STEPS: Final = (1, 2, 5, 10)
_LEAST_SPAN: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Curve:
    """One line: `label` in the reader's language, `tone` its class in numbers.css, a value for each moment."""

    label: str
    tone: str
    values: Sequence[int]


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across the picture, or below it, with what it stands for."""

    at: float
    value: int


@dataclass(frozen=True, slots=True)
class Moment:
    """A time below the picture. `anchor`: at which end of its text it stands."""

    at: float
    time: datetime
    anchor: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """A curve as a path."""

    label: str
    tone: str
    path: str
    last: int


@dataclass(frozen=True, slots=True)
class Plot:
    """Everything a template needs to draw; `rows` is the same as numbers, oldest first."""

    curves: Sequence[Drawn]
    marks: Sequence[Mark]
    moments: Sequence[Moment]
    rows: Sequence[tuple[datetime, Sequence[int]]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    bottom: int = HEIGHT - _BOTTOM


def plot(times: Sequence[datetime], curves: Sequence[Curve]) -> Plot | None:
    """Draw what was counted at each of `times`, oldest first; None while there is nothing to compare.

    Raises ValueError for a curve with another number of values.
    """
    if len(times) < 2 or not curves:
        return None
    largest = max((max(curve.values, default=0) for curve in curves), default=0)
    step = _step(largest)
    most = step * max(-(-largest // step), 1)
    across = _across(times)
    drawn = tuple(_drawn(curve, across, most) for curve in curves)
    marks = tuple(Mark(_up(value, most), value) for value in range(0, most + 1, step))
    rows = tuple(zip(times, zip(*(curve.values for curve in curves), strict=True), strict=True))
    return Plot(drawn, marks, _moments(times, across), rows)


def _drawn(curve: Curve, across: Sequence[float], most: int) -> Drawn:
    points = [(x, _up(value, most)) for x, value in zip(across, curve.values, strict=True)]
    # counts hold until the next one: a stair, not a slope
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}" + "".join(f"H{x:.1f}V{y:.1f}" for x, y in points[1:])
    return Drawn(curve.label, curve.tone, path, curve.values[-1])


def _across(times: Sequence[datetime]) -> list[float]:
    span = max(times[-1] - times[0], _LEAST_SPAN)
    room = WIDTH - _LEFT - _RIGHT
    return [_LEFT + room * ((time - times[0]) / span) for time in times]


def _up(value: int, most: int) -> float:
    room = HEIGHT - _TOP - _BOTTOM
    return HEIGHT - _BOTTOM - room * value / most


def _step(most: int) -> int:
    """The smallest round step of which four hold the highest value."""
    size = 1
    while True:
        for each in _STEPS:
            if each * size * _MARKS >= most:
                return each * size
        size *= 10


def _moments(times: Sequence[datetime], across: Sequence[float]) -> tuple[Moment, ...]:
    return (Moment(across[0], times[0], "start"), Moment(across[-1], times[-1], "end"))


@dataclass(frozen=True, slots=True)
class Slice:
    """A piece of a bar of 1,000 units: where it begins, how wide it is."""

    state: str
    count: int
    begin: float
    wide: float


def bar(counts: Sequence[tuple[str, int]]) -> tuple[Slice, ...]:
    """Divide a bar of 1,000 units by what was counted; what nobody is in has no piece."""
    total = sum(count for _, count in counts)
    found: list[Slice] = []
    begin = 0.0
    for state, count in counts:
        wide = 1000 * count / total if total else 0.0
        if count:
            found.append(Slice(state, count, begin, wide))
        begin += wide
    return tuple(found)
