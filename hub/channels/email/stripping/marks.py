# ruff: noqa: RUF001
"""Finds the lines below which everything is history, or none of it: separators, header blocks, forwards."""

from collections.abc import Sequence

from hub.channels.email.stripping.attribution import has_address
from hub.channels.email.stripping.labels import FIELDS, MAX_LABEL, Field
from hub.channels.email.stripping.lines import Line
from hub.channels.email.stripping.words import FOREIGN_SEPARATORS, FORWARDS, ORIGINALS, SEPARATORS

CUT = "\ue003"
"""A line that the reading of HTML writes where a mail program's own mark says that history begins."""
ATTRIBUTED = "\ue004"
"""A line that the reading of HTML writes for an element that a mail program marked as attribution."""

_AROUND = " -–—_=*#~>|"
_OURS = frozenset(line.strip(_AROUND).lower() for line in SEPARATORS.values()) | frozenset(FOREIGN_SEPARATORS)
_ORIGINALS = frozenset(ORIGINALS)
_FORWARDS = frozenset(FORWARDS)
_BLOCK = 14
"""Lines over which a header block may spread: wrapped recipients, blank lines of HTML."""
_ENOUGH = 3


def is_separator(line: Line) -> bool:
    """Say whether this is our line at the top of a mail, quoted or not, in any of its languages."""
    text = line.bare.strip(_AROUND)
    return bool(text) and (text in _OURS or all(part.strip(_AROUND) in _OURS for part in text.split(" / ")))


def is_original(line: Line) -> bool:
    """Say whether this is a line such as `-----Original Message-----`."""
    return line.dashed and line.inner.rstrip(" :：") in _ORIGINALS


def is_forward(line: Line) -> bool:
    """Say whether a mail begins here that the person passes on."""
    text = line.inner
    if text.rstrip(" :：") not in _FORWARDS:
        # Notes: `----- Forwarded by Ada/ORG on 20.11.2026 10:00 -----`
        return line.dashed and text.startswith(("forwarded by ", "weitergeleitet von "))
    return line.dashed or line.bare.endswith((":", "："))


def field_of(line: Line) -> Field | None:
    """Return which field of a header block a line holds."""
    label, colon, _ = line.bare[: MAX_LABEL + 6].replace("：", ":").partition(":")
    return FIELDS.get(label.strip(" *_-\xa0")) if colon else None


def block_starts(lines: Sequence[Line], start: int) -> bool:
    """Say whether a header block begins in this line: labels in any order and language, one mail's worth of proof."""
    first = field_of(lines[start])
    if first is None or first is Field.OTHER:
        return False
    found: set[Field] = set()
    proven = False
    gap = 0
    for line in lines[start : start + _BLOCK]:
        field = field_of(line)
        if field is None or (line.quoted and not lines[start].quoted):
            gap += 1
            # a wrapped list of recipients goes on for some lines; a paragraph of a person ends the block
            if gap > 3 or line.quoted:
                break
            proven = proven or has_address(line.bare)
            continue
        gap = 0
        found.add(field)
        proven = proven or "@" in line.bare
    return _is_block(found - {Field.OTHER}, proven)


def _is_block(found: set[Field], proven: bool) -> bool:
    # three facts may also be those of a journey: from, to, date
    if len(found) >= _ENOUGH:
        return proven or Field.SUBJECT in found or Field.SENT in found
    return (
        proven and len(found) == 2 and bool(found & {Field.FROM, Field.SENT, Field.DATE}) and Field.SUBJECT not in found
    )


def is_mark(line: Line) -> bool:
    """Say whether the reading of HTML wrote this line."""
    return line.raw.strip() in {CUT, ATTRIBUTED}


def one_line_block(line: Line) -> bool:
    """Say whether a whole header block stands in one line, as it does when HTML lost its line breaks."""
    if field_of(line) is not Field.FROM:
        return False
    words = [piece.rsplit(" ", 2) for piece in line.bare.split(":")[:-1]]
    found = {FIELDS.get(" ".join(tail[-size:]).strip(" *")) for tail in words for size in (1, 2)}
    told = len(found - {None, Field.OTHER})
    return told >= _ENOUGH or (told == 2 and "@" in line.bare and Field.DATE in found)


def above(lines: Sequence[Line], end: int) -> int:
    """Return where the rows, blank lines and bare "Original message" begin that stand right above `end`."""
    while end and (lines[end - 1].blank or lines[end - 1].row or lines[end - 1].inner in _ORIGINALS):
        end -= 1
    return end
