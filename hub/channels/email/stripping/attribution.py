# ruff: noqa: RUF001
"""Finds the line above a quotation: `On … X <x@y> wrote:`, in any language, wrapped over up to five lines.

A line that only might be one needs a second proof: a quotation right below. A person may well write
"On Monday you wrote:" and go on.
"""

import re
from collections.abc import Sequence
from enum import Enum

from hub.channels.email.stripping.lines import Line
from hub.channels.email.stripping.words import LEADS, NOT_AN_ATTRIBUTION, VERBS

_MAX_LINES = 5
_MAX_LENGTH = 400
_MAX_NAME = 9
"""Words of the name that an attribution begins with, if with no date."""
_COLONS = (":", "：", "︰")
_LEADS = frozenset(word for words in LEADS.values() for word in words)
_ALL_VERBS = sorted({word for words in VERBS.values() for word in words}, key=len, reverse=True)
# Chinese, Japanese and Korean write no blanks between words
_SPACED = [re.escape(word) for word in _ALL_VERBS if word[0] < "\u2e80"]
_UNSPACED = [re.escape(word) for word in _ALL_VERBS if word[0] >= "\u2e80"]
_VERB = re.compile(rf"(?<!\w)(?:{'|'.join(_SPACED)})(?!\w)|{'|'.join(_UNSPACED)}")
_DATE = re.compile(
    r"(?<!\d)(?:19|20)\d\d(?!\d)|\d{1,2}[./-] ?\d{1,2}[./-] ?\d{2}|\d{1,2}[ .-]{1,2}\w{3,10}[ .-]{1,2}\d{2}(?!\d)"
)
_CLOCK = re.compile(r"(?<!\d)\d{1,2}[:.h]\d\d(?!\d)|\d ?[ap]\.?m\.?(?!\w)|\d{1,2}(?:点|时|時|시)")
_LED_BY_DATE = re.compile(r"\W{0,3}(?:\w{1,12}[.,]{0,2} ){0,2}\W?\d")
_OPENING = "<([《（"
_CLOSING = (">", ")", "]", "》", "）")


class Strength(Enum):
    """How sure it is that a line is an attribution."""

    CERTAIN = "whatever stands below"
    LIKELY = "when a quotation stands below"
    POSSIBLE = "when our own separator line stands below"


def find_attribution(lines: Sequence[Line], end: int) -> tuple[int, Strength] | None:
    """Return where the attribution begins whose last line is `end`, and how sure that is; None when it is none."""
    if not _may_end(lines[end].bare):
        return None
    text, found = "", None
    for start in range(end, max(-1, end - _MAX_LINES), -1):
        line = lines[start]
        if line.blank or (line.quoted and start < end) or not line.bare or len(text) + len(line.bare) > _MAX_LENGTH:
            break
        text = f"{line.bare} {text}".rstrip()
        if (start < end and _ends_sentence(line.bare)) or (strength := _strength(text)) is None:
            continue
        if strength is not Strength.POSSIBLE and _opens(line.bare):
            return start, strength
        # without an opening word it is at most two lines; a longer one must begin as they do
        if end - start < 2 and _begins_with_a_name(text) and (found is None or found[1] is not Strength.CERTAIN):
            found = start, strength
    return found


def _begins_with_a_name(text: str) -> bool:
    """An answer may run into the attribution in one line: then the line stays whole, because the answer would go."""
    verb = _VERB.search(text)
    ends = [at for at in (text.find("@"), verb.start() if verb else -1) if at >= 0]
    return len(text[: min(ends, default=0)].split()) <= _MAX_NAME


def shares_line(line: Line) -> bool:
    """Say whether the quotation begins in the line of a certain attribution, as in Yahoo's app."""
    head, gap, _ = line.bare.partition(":  ")
    return bool(gap) and _strength(f"{head}:") is Strength.CERTAIN


def _may_end(bare: str) -> bool:
    text = bare.rstrip(" -–—_=*>")
    return bare.endswith((*_COLONS, ">")) or text.endswith(_COLONS) or text.endswith(tuple(_ALL_VERBS))


def _strength(text: str) -> Strength | None:
    body = text.strip(" -–—_=*")
    if not body.endswith(_COLONS):
        return _strength_without_colon(text, body)
    verb, date = _VERB.search(body), _DATE.search(body)
    address, bracketed = has_address(body), _has_bracketed_address(body)
    if any(words in body for words in NOT_AN_ATTRIBUTION) and not bracketed:
        return Strength.LIKELY
    # "Am 20.11.2026 schickte ich an ada@example.com:" is a person's sentence
    if bracketed and (verb or (date and body.rstrip(":： ").endswith(_CLOSING))):
        return Strength.CERTAIN
    clock = _CLOCK.search(body)
    if verb and address and date and clock and _opens(body):
        return Strength.CERTAIN
    if verb or (address and date):
        return Strength.LIKELY
    return Strength.POSSIBLE if address or (date and clock) else None


def _strength_without_colon(text: str, body: str) -> Strength | None:
    if body.endswith(tuple(_ALL_VERBS)):
        if text.startswith("--") and text.endswith("--"):
            return Strength.CERTAIN
        if _opens(body) and _DATE.search(body):
            return Strength.CERTAIN if has_address(body) else Strength.LIKELY
    # an old form of Gmail: a date and the author
    if body.endswith(">") and has_address(body) and _DATE.match(body):
        return Strength.LIKELY
    return None


def has_address(text: str) -> bool:
    """Say whether a mail address in brackets, or a bare one as the last word but a verb, is in a short text."""
    if "@" not in text:
        return False
    if _has_bracketed_address(text):
        return True
    words = text.rstrip(":： ").split()
    return any("@" in word for word in words[-4:]) and any("@" in word and "." in word for word in words)


def _has_bracketed_address(text: str) -> bool:
    return any("@" in piece for opening in _OPENING for piece in text.split(opening)[1:])


def _opens(bare: str) -> bool:
    """A lead word with a number or a comma behind it, or a date, perhaps after the name of the day."""
    text = bare.lstrip(" -–—_=*")
    first = text.split(" ", 1)[0].rstrip(",.")
    if first in _LEADS and any(letter.isdigit() or letter == "@" for letter in text):
        return True
    led = _LED_BY_DATE.match(text) is not None and (_DATE.search(text) or _CLOCK.search(text)) is not None
    return led or text.startswith(("在", "于"))


def _ends_sentence(bare: str) -> bool:
    return bare.endswith((".", "!", "?")) and not bare[-2:-1].isdigit() and len(bare.rsplit(" ", 1)[-1]) > 6
