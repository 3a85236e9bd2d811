"""Text as people wrote it, made into safe HTML: every character escaped, set off by elements of a fixed list."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, Final
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from hub.types import MarkKind

_ELEMENTS: Final[Mapping[str, tuple[Markup, Markup]]] = {
    MarkKind.BOLD: (Markup("<strong>"), Markup("</strong>")),
    MarkKind.ITALIC: (Markup("<em>"), Markup("</em>")),
    MarkKind.UNDERLINE: (Markup("<u>"), Markup("</u>")),
    MarkKind.STRIKE: (Markup("<s>"), Markup("</s>")),
    MarkKind.SPOILER: (Markup('<span class="spoiler" tabindex="0">'), Markup("</span>")),
    MarkKind.CODE: (Markup("<code>"), Markup("</code>")),
    MarkKind.PRE: (Markup('<code class="pre">'), Markup("</code>")),
    MarkKind.QUOTE: (Markup("<q>"), Markup("</q>")),
}
_WHOLE_LINES = frozenset({MarkKind.CODE, MarkKind.PRE})
_SCHEMES = frozenset({"http", "https"})
_MOST_MARKS = 200
_REL = "noopener noreferrer nofollow"


def safe_url(url: str) -> str:
    """Return an address that may be a link, "" for every scheme but http and https."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return ""
    return url.strip() if parts.scheme in _SCHEMES and parts.netloc else ""


def pieces(text: str, marks: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, tuple[Mapping[str, Any], ...]]]:
    """Cut a text at the ends of its marks; yield each piece with the marks over it.

    Marks may overlap in any way, and lie outside the text: they come from strangers.
    """
    inside = [mark for mark in marks[:_MOST_MARKS] if 0 <= mark["start"] < mark["end"] <= len(text)]
    cuts = sorted({0, len(text), *(mark["start"] for mark in inside), *(mark["end"] for mark in inside)})
    for start, end in pairwise(cuts):
        yield text[start:end], tuple(mark for mark in inside if mark["start"] <= start and end <= mark["end"])


def linked(url: str, label: str) -> Markup:
    """Return a link to a foreign page that learns nothing of ours."""
    return Markup('<a href="{}" target="_blank" rel="{}">{}</a>').format(url, _REL, label)


def set_off(text: str, over: Sequence[Mapping[str, Any]], plain: Markup) -> Markup:
    """Return a piece of text inside the elements of the marks over it; `plain` is the piece with its links made."""
    kinds = [mark["kind"] for mark in over]
    url = next((found for mark in over if mark["kind"] == MarkKind.LINK and (found := safe_url(mark["url"]))), "")
    inner = linked(url, text) if url else escape(text) if _WHOLE_LINES.intersection(kinds) else plain
    for kind in kinds:
        if kind in _ELEMENTS:
            begin, end = _ELEMENTS[kind]
            inner = begin + inner + end
    return inner
