# ruff: noqa: RUF001
"""A mail's text as lines that were looked at once: what is blank, what is quoted, what may be a mark of history."""

from dataclasses import dataclass
from functools import cached_property

from hub.channels.email.stripping.words import VERBS

MAX_LINE = 400
"""Characters of a line that is looked at; a longer one is a person's paragraph, and no mark."""
MAX_LINES = 8_000
"""Lines that are looked at one by one, which is more than a mail of 150,000 characters has unless made to hang us."""

# what mail programs put around a mark: emphasis, boxes, directions of writing
_UNSEEN = " \t\r\n\x0b\x0c\xa0\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff"
_AROUND = f"{_UNSEEN}*_|"
_DASHES = " \t-–—‐‒―=_*#~"
_BLANKS = _AROUND + _DASHES
_TORN = frozenset(f"{verb}{colon}" for verbs in VERBS.values() for verb in verbs for colon in (":", " :"))
_QUOTES = (">", "&gt;", "｜>")


@dataclass(frozen=True)
class Line:
    """One line. `at` counts from 0 in the text as it came."""

    at: int
    raw: str

    @cached_property
    def bare(self) -> str:
        """The line without what mail programs put around it, in lower case; empty when it is blank or too long."""
        return "" if len(self.raw) > MAX_LINE else self.raw.replace("\xa0", " ").strip(_AROUND).lower()

    @cached_property
    def blank(self) -> bool:
        """Nothing to see."""
        return not self.raw or self.raw.isspace() or not self.raw.strip(_UNSEEN)

    @cached_property
    def quoted(self) -> bool:
        """Marked with `>` by a mail program. `>From ` is an escape of mailboxes, `>>>` a shell or an arrow."""
        start = self.raw[:MAX_LINE].lstrip(" \t\xa0\ufeff\u200b")
        if not start.startswith(_QUOTES) or start.startswith(">From "):
            return False
        # `<ada@example.com` was wrapped before its bracket: `> wrote:`
        return not (start.startswith(">>> ") and self.bare.endswith("<<<")) and self.bare.lstrip("> ") not in _TORN

    @cached_property
    def row(self) -> bool:
        """A row of dashes, underscores or the like, at least three, and nothing else."""
        return len(self.raw.strip(_UNSEEN)) >= 3 and not self.raw[:MAX_LINE].strip(_BLANKS)

    @cached_property
    def inner(self) -> str:
        """The line without dashes around it, in lower case."""
        return self.bare.strip(_DASHES)

    @cached_property
    def dashed(self) -> bool:
        """Two dashes or more stand before the words."""
        start = self.raw[:MAX_LINE].lstrip(_AROUND)
        return len(start) - len(start.lstrip(_DASHES)) >= 2 or self.raw.lstrip().startswith("__")


def read_lines(text: str) -> list[Line]:
    """Return the lines of a text; of a run of blank ones only the first, and what goes beyond MAX_LINES as one."""
    lines: list[Line] = []
    blank = False
    raws = text.split("\n")
    for at, raw in enumerate(raws):
        if blank and (not raw or raw.isspace()):
            continue
        if len(lines) == MAX_LINES:
            return [*lines, Line(at, "\n".join(raws[at:]))]
        line = Line(at, raw)
        if not (blank and line.blank):
            lines.append(line)
        blank = line.blank
    return lines


def is_visible(lines: list[Line]) -> bool:
    """Say whether anything is to be seen in these lines but rows of dashes."""
    return any(not line.blank and not line.row for line in lines)
