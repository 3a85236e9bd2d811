"""Finds the lines of a mail that are provably ours: the same words in the same order as in a mail that we sent.

Words, not lines, are compared, because mail programs wrap anew. Linear: runs of words are looked up in a set.
"""

import re
from collections.abc import Sequence

from hub.channels.email.stripping.lines import Line

_RUN = 6
"""Words in a row that must be the same."""
_MAX_WORDS = 40_000
"""Words of a mail that are compared."""
_MIN_LINES = 2
_MIN_LENGTH = 60
"""Characters that two lines or more must have together."""
_MIN_LINE = 100
"""Characters that a single line must have: a short answer may repeat a sentence of ours."""
# a sign of Chinese or Japanese counts as a word
_WORD = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff]|[^\W_\u2e80-\u9fff\uf900-\ufaff]+")


def own_positions(lines: Sequence[Line], sent: Sequence[str]) -> frozenset[int]:
    """Return the positions in `lines` that hold text of the mails we sent."""
    known = {run for text in sent for run in _runs(_words(text))}
    if not known:
        return frozenset()
    covered = _covered(lines, known)
    found: set[int] = set()
    block: list[int] = []
    for at, line in enumerate(lines):
        if line.blank:
            continue
        if covered[at]:
            block.append(at)
            continue
        found.update(_proven(lines, block))
        block = []
    found.update(_proven(lines, block))
    return frozenset(found)


def _proven(lines: Sequence[Line], block: list[int]) -> list[int]:
    length = sum(len(lines[at].raw) for at in block)
    enough = length >= _MIN_LENGTH if len(block) >= _MIN_LINES else length >= _MIN_LINE
    return block if enough else []


def _covered(lines: Sequence[Line], known: set[tuple[str, ...]]) -> list[bool]:
    words: list[str] = []
    owners: list[int] = []
    for at, line in enumerate(lines):
        found = _words(line.raw) if len(words) < _MAX_WORDS else []
        words.extend(found)
        owners.extend([at] * len(found))
    ours = [False] * len(words)
    for start, run in enumerate(_runs(words)):
        if run in known:
            ours[start : start + _RUN] = [True] * _RUN
    covered = [True] * len(lines)
    for owner, own in zip(owners, ours, strict=True):
        covered[owner] = covered[owner] and own
    told = set(owners)
    return [own and at in told for at, own in enumerate(covered)]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())[:_MAX_WORDS]


def _runs(words: list[str]) -> list[tuple[str, ...]]:
    return list(zip(*(words[at:] for at in range(_RUN)), strict=False))
