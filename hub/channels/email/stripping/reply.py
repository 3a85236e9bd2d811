"""What the person wrote, without the history around it. Pure; linear; never raises; never leaves nothing.

Better to show too much than to lose a word. Where the rules find nothing that is certainly history, or nothing but
history, the whole text is returned.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from hub.channels.email.stripping.attribution import Strength, find_attribution, shares_line
from hub.channels.email.stripping.lines import Line, is_visible, read_lines
from hub.channels.email.stripping.marks import (
    ATTRIBUTED,
    CUT,
    above,
    block_starts,
    field_of,
    is_forward,
    is_mark,
    is_original,
    is_separator,
    one_line_block,
)
from hub.channels.email.stripping.ours import own_positions
from hub.channels.email.stripping.quotes import without_quotes
from hub.channels.email.stripping.signatures import without_tail
from hub.channels.email.stripping.words import FORWARD_SUBJECTS

_MAX_MARKED = 1_500
"""Lines, neither blank nor quoted, in which marks are looked for; below them everything is taken as written."""
_MAX_ROUNDS = 4


class Why(StrEnum):
    """What told that lines were not the person's."""

    NOTHING = "nothing was cut"
    SEPARATOR = "our separator line"
    MARK = "a mark of the mail program in HTML"
    ORIGINAL = "an original-message line"
    HEADERS = "a block of headers"
    ATTRIBUTION = "an attribution"
    QUOTES = "quotation marks"
    TAIL = "a signature, a tagline or a footer"
    OURS = "the text of a mail we sent"


@dataclass(frozen=True, slots=True)
class Stripped:
    """`text` is what to show. `cut_at` is the first line left out, from 0, None when there is none."""

    text: str
    why: Why = Why.NOTHING
    cut_at: int | None = None


@dataclass(frozen=True, slots=True)
class _Context:
    sent: Sequence[str]
    passed_on: bool


@dataclass(frozen=True, slots=True)
class _Cut:
    """Everything from `at` on is history; or, with `why` NOTHING, what the person passes on."""

    at: int
    why: Why


def strip(text: str, *, sent: Sequence[str] = (), subject: str = "") -> Stripped:
    """Return what the person wrote; stripping that again changes nothing.

    `sent`: texts of mails that we sent in this conversation; what is provably from them is left out. `subject`: that of
    the mail; the header block in a mail that is passed on (`WG:`) is no history.
    """
    lines = read_lines(text)
    context = _Context(sent, subject.strip().lower().startswith(FORWARD_SUBJECTS))
    kept, why = lines, Why.NOTHING
    for _ in range(_MAX_ROUNDS):
        shorter, found = _round(kept, context)
        if not is_visible(shorter):
            return Stripped(text)
        if len(shorter) == len(kept):
            return _stripped(text, lines, kept, why)
        kept, why = shorter, found if why is Why.NOTHING else why
    # history within history without end is made by hand: nothing of it is certain
    return Stripped(text)


def _stripped(text: str, lines: list[Line], kept: list[Line], why: Why) -> Stripped:
    held = {line.at for line in kept}
    cut_at = next((line.at for line in lines if line.at not in held and not line.blank), None)
    if cut_at is None:
        return Stripped(text)
    shown = [line for line in kept if not is_mark(line)]
    # where something between was left out, one blank line is enough
    single = [line.raw for at, line in enumerate(shown) if not (at and line.blank and shown[at - 1].blank)]
    return Stripped("\n".join(single).strip("\n"), why, cut_at)


def _round(lines: list[Line], context: _Context) -> tuple[list[Line], Why]:
    cut = _find_cut(lines, context)
    region, passed_on, why = lines, [], Why.NOTHING
    if cut and cut.why is Why.NOTHING:
        region, passed_on = lines[: cut.at], lines[cut.at :]
    elif cut:
        region, why = lines[: above(lines, cut.at)], cut.why
    for change, reason in _CHANGES if not passed_on else _CHANGES[1:2]:
        shorter = change(region)
        if len(shorter) < len(region) and is_visible(shorter):
            region, why = shorter, reason if why is Why.NOTHING else why
    shorter = _without_ours(region, context.sent)
    if len(shorter) < len(region) and is_visible(shorter):
        region, why = shorter, Why.OURS if why is Why.NOTHING else why
    return [*region, *passed_on], why


_CHANGES = ((without_tail, Why.TAIL), (without_quotes, Why.QUOTES), (without_tail, Why.TAIL))


def _without_ours(lines: list[Line], sent: Sequence[str]) -> list[Line]:
    ours = set(own_positions(lines, sent))
    for at in sorted(ours):
        start = at
        while start and start - 1 not in ours and _frames(lines[start - 1]):
            start -= 1
        found = find_attribution(lines, start - 1) if start and start - 1 not in ours else None
        ours.update(range(found[0] if found else start, at))
    return [line for at, line in enumerate(lines) if at not in ours]


def _frames(line: Line) -> bool:
    return line.blank or line.row or is_separator(line) or field_of(line) is not None


def _find_cut(lines: list[Line], context: _Context) -> _Cut | None:
    """Return the first line of certain history that has something above it."""
    looked_at, told = 0, False
    for at, line in enumerate(lines):
        if line.blank or line.quoted:
            continue
        looked_at += 1
        if looked_at > _MAX_MARKED:
            return None
        if found := _cut_at(lines, at, context):
            told = told and is_visible(lines[: found.at])
            return found if told or found.why is Why.NOTHING else None
        told = told or not (line.row or is_mark(line))
    return None


def _cut_at(lines: list[Line], at: int, context: _Context) -> _Cut | None:
    line = lines[at]
    if is_separator(line):
        return _Cut(_above_separator(lines, at), Why.SEPARATOR)
    if is_forward(line):
        return _Cut(at, Why.NOTHING)
    if line.raw.strip() == CUT:
        return None if context.passed_on else _Cut(at, Why.MARK)
    if is_original(line):
        return _Cut(at, Why.NOTHING if context.passed_on else Why.ORIGINAL)
    if block_starts(lines, at) or one_line_block(line):
        return _Cut(at, Why.NOTHING if context.passed_on else Why.HEADERS)
    return _attribution_at(lines, at)


def _above_separator(lines: list[Line], at: int) -> int:
    end = above(lines, at)
    found = find_attribution(lines, end - 1) if end else None
    return found[0] if found else at


def _attribution_at(lines: list[Line], at: int) -> _Cut | None:
    start, strength = at, Strength.CERTAIN
    if lines[at].raw.strip() != ATTRIBUTED and not shares_line(lines[at]):
        found = find_attribution(lines, at)
        if found is None:
            return None
        start, strength = found
    below = next((line for line in lines[at + 1 : at + 4] if not line.blank), None)
    if below is not None and below.quoted:
        return None
    marked = below is not None and below.raw.strip() == CUT
    return _Cut(start, Why.ATTRIBUTION) if strength is Strength.CERTAIN or marked else None
