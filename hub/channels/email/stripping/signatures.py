# ruff: noqa: RUF001
"""Takes off what programs write below an answer: signatures below `-- `, taglines, footers of lists.

A closing formula and a name are left: they are the person's words, and only guesses tell them from an answer.
"""

from collections.abc import Sequence

from hub.channels.email.stripping.lines import Line
from hub.channels.email.stripping.taglines import DEVICES, ENDS, EXCUSES, MAX_MINE, MAX_WORDS, MINE, PAIRS, STARTS

_MAX_SIGNATURE = 20
"""Lines that are not blank below `-- `; a longer rest is an answer."""
_MAX_BARE = 10
"""The same below `--`, which people write too."""
_MAX_FOOTER = 8
_MAX_BELOW = 8
_LINKS = ("<http", "(http", "http", "[http", "www.")
_FOOTERS = ("mailing list", "mailinglist", "mailing-list", "unsubscribe", "listinfo", "@lists.", "groups.google.")


def without_tail(lines: Sequence[Line]) -> list[Line]:
    """Return the lines without footer, taglines and signature at their end, each once."""
    return _trimmed(_without_taglines(_trimmed(_without_signature(_trimmed(_without_footer(_trimmed(lines)))))))


def _trimmed(lines: Sequence[Line]) -> list[Line]:
    end = len(lines)
    while end and lines[end - 1].blank:
        end -= 1
    return list(lines[:end])


def _without_taglines(lines: list[Line]) -> list[Line]:
    """A tagline stands below or above the person's own signature: it is looked for in the last lines."""
    seen = 0
    dropped: set[int] = set()
    for at in range(len(lines) - 1, -1, -1):
        if lines[at].quoted or seen >= _MAX_BELOW:
            break
        if is_tagline(lines[at].bare):
            dropped.update(range(at, at + 1 + _is_link(lines[at + 1 : at + 2])))
        seen += not lines[at].blank
    first = min(dropped, default=len(lines))
    return lines[:first] + [line for at, line in enumerate(lines[first:], first) if at not in dropped]


def _is_link(lines: list[Line]) -> bool:
    """The address behind a link is put on a line of its own."""
    return any(line.bare.startswith(_LINKS) and " " not in line.bare for line in lines)


def is_tagline(bare: str) -> bool:
    """Say whether a line is one that a telephone or a program writes below a mail."""
    text = _without_links(bare).strip(" -–—_*|.!<>[]()")
    for excuse in EXCUSES:
        text = text.partition(excuse)[0].strip(" ,.;")
    words = len(text.split())
    if not text or words > MAX_WORDS or "," in text:
        return False
    if words <= MAX_MINE and any(text.startswith(f"{start} ") for start in MINE):
        return True
    return _is_phrased(text) and any(device in text for device in DEVICES)


def _is_phrased(text: str) -> bool:
    paired = any(text.startswith(starts) and text.endswith(ends) for starts, ends in PAIRS)
    return paired or text.startswith(STARTS) or text.endswith(ENDS)


def _without_links(text: str) -> str:
    words = (
        text.replace("<", " <").replace("http", " http").replace("( http", " (http").replace("< http", "<http").split()
    )
    return " ".join(word for word in words if not word.startswith(("<", "(http", "http", "[http")))


def _without_signature(lines: list[Line]) -> list[Line]:
    seen = 0
    for at in range(len(lines) - 1, -1, -1):
        line = lines[at]
        if line.blank:
            continue
        stripped = line.raw.strip("\xa0\t\u200b *")
        if stripped in {"-- ", "--"} or line.raw.strip() == "--":
            limit = _MAX_SIGNATURE if line.raw.rstrip("\xa0\t").endswith(" ") else _MAX_BARE
            return lines[:at] if seen <= limit else lines
        seen += 1
        if seen > _MAX_SIGNATURE or line.quoted:
            return lines
    return lines


def _without_footer(lines: list[Line]) -> list[Line]:
    seen = 0
    told = False
    for at in range(len(lines) - 1, -1, -1):
        line = lines[at]
        if line.row and seen:
            return lines[:at] if told and len(line.raw.strip()) >= 10 else lines
        seen += not line.blank
        told = told or any(word in line.bare for word in _FOOTERS)
        if seen > _MAX_FOOTER or line.quoted:
            return lines
    return lines
