"""What stays of quotations marked with `>`: none below or above an answer, those between answers.

A chain is a run of quoted lines below an attribution, with the runs that follow it without one of their own: the person
answers between them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from hub.channels.email.stripping.attribution import Strength, find_attribution
from hub.channels.email.stripping.lines import Line
from hub.channels.email.stripping.marks import ATTRIBUTED, is_separator

_MAX_INSIDE = 4
"""Lines in which an attribution within a quotation is looked for."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Quoted lines from `start` up to, not including, `end`; `above` is where their attribution begins, if any."""

    above: int | None
    start: int
    end: int


def without_quotes(lines: Sequence[Line]) -> list[Line]:
    """Return the lines without quotations that are history, and without the attributions of those that stay."""
    runs = _runs(lines)
    dropped: set[int] = set()
    for number, run in enumerate(runs):
        following = runs[number + 1] if number + 1 < len(runs) else None
        if run.above is not None:
            dropped.update(range(run.above, run.start))
        if _is_history(lines, run, following):
            dropped.update(range(run.start, run.end))
    return [line for at, line in enumerate(lines) if at not in dropped]


def _is_history(lines: Sequence[Line], run: _Run, following: _Run | None) -> bool:
    alone = following is None or following.above is not None
    if run.above is not None and alone:
        return True
    if following is not None:
        return False
    # the rest of a chain, with nothing below. A command or two right below a sentence is part of it
    attached = run.start > 0 and not lines[run.start - 1].blank and run.end - run.start <= 2
    return run.end == len(lines) and not (attached and not _chained(lines, run))


def _chained(lines: Sequence[Line], run: _Run) -> bool:
    return any(line.quoted for line in lines[: run.start])


def _runs(lines: Sequence[Line]) -> list[_Run]:
    runs: list[_Run] = []
    at = 0
    while at < len(lines):
        if not lines[at].quoted:
            at += 1
            continue
        start = at
        at = _end_of_run(lines, start)
        inside = _attribution_inside(lines[start : start + _MAX_INSIDE])
        above = start if inside else _above(lines, start, runs[-1].end if runs else 0)
        runs.append(_Run(above, start + inside, at))
    return runs


def _attribution_inside(lines: Sequence[Line]) -> int:
    """Return how many quoted lines are the attribution, which Apple's programs put within the quotation."""
    bare = [Line(line.at, line.raw.lstrip("> \t")) for line in lines if line.quoted]
    for end in range(len(bare)):
        found = find_attribution(bare, end)
        if found and found[0] == 0 and found[1] is Strength.CERTAIN:
            following = bare[end + 1 : end + 2]
            return end + 1 + sum(line.blank for line in following)
    return 0


def _end_of_run(lines: Sequence[Line], start: int) -> int:
    end = at = start
    while at < len(lines):
        if lines[at].quoted:
            end = at + 1
        elif not lines[at].blank and not _torn(lines, at):
            break
        at += 1
    # blank lines at the very end of a mail belong to nothing
    return len(lines) if at == len(lines) else end


def _torn(lines: Sequence[Line], at: int) -> bool:
    """A link that was torn out of the quotation around it."""
    bare = lines[at].bare.strip("<>() ")
    between = 0 < at < len(lines) - 1 and lines[at - 1].quoted and lines[at + 1].quoted
    return between and bool(bare) and " " not in bare and ("://" in bare or "=" in bare)


def _above(lines: Sequence[Line], start: int, floor: int) -> int | None:
    end = start
    while end > floor and lines[end - 1].blank:
        end -= 1
    if end == floor or start - end > 4:
        return None
    if lines[end - 1].raw.strip() == ATTRIBUTED:
        return end - 1
    found = find_attribution(lines, end - 1)
    if found is None or found[0] < floor:
        return None
    ours = any(is_separator(line) for line in lines[start : start + 2])
    return found[0] if found[1] is not Strength.POSSIBLE or ours else None
