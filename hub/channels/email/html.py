"""HTML to plain text, within bounds: capped input, elements and nesting, no layout that can multiply its size."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

from inscriptis.html_engine import Inscriptis
from lxml.etree import ParserError  # type: ignore[import-untyped]
from lxml.html import document_fromstring  # type: ignore[import-untyped]

from hub.channels.email.guard import MAX_HTML, MAX_HTML_ELEMENTS, MAX_HTML_NESTING
from hub.channels.email.stripping.containers import mark, prefixed, without_marks

# Tables and inline styles can pad a line to any width: 39 KB of table became 20 MB of blanks. Layout is not wanted
# anyway, so cells become blocks and styles go.
_AS = {"table": "div", "tbody": "div", "thead": "div", "tfoot": "div", "tr": "div", "th": "div", "td": "div"}
_DROPPED = ("style", "align", "valign", "height", "width")
_BLANKS = re.compile(r"[ \t\xa0]+")
_TAG = re.compile(r"<(/?)([a-zA-Z]{1,12})")
# end tags of these are optional or absent, so counting them says nothing about depth
_SHALLOW = frozenset(
    {
        *("p", "br", "hr", "li", "dd", "dt", "option", "tr", "td", "th", "tbody", "thead", "tfoot"),
        *("img", "input", "meta", "link", "area", "base", "col", "embed", "source", "track", "wbr"),
    }
)
# for pages that are not laid out: where a line ends, and what no reader sees. A tag ends before the next "<" at the
# latest, and what is not seen is looked for once: both keep the work linear
_LINE = re.compile(
    r"</?(?:address|article|blockquote|br|d[dlt]|div|footer|h[1-6r]|header|li|ol|p|pre|section|table|t[dhr]|ul)\b[^<>]*>?",
    re.IGNORECASE,
)
_ANY = re.compile(r"</?[a-zA-Z!?][^<>]*>?")
_UNSEEN = (
    (re.compile("<!--"), re.compile("-->")),
    (
        re.compile(r"<(?=(?:script|style|title)\b)", re.IGNORECASE),
        re.compile(r"</(?:script|style|title)\b[^<>]*>?", re.IGNORECASE),
    ),
)


def text_of(html: str) -> str:
    """Return the text of the first 300,000 characters of a page, in linear time. Never raises."""
    return _text(html, _unmarked)


def cut_html(html: str) -> str:
    """Return the text as `stripping.strip` wants it: quotations that a mail program marked have `>`, cuts a mark."""
    return prefixed(_text(without_marks(html), mark))


def _text(html: str, prepare: Callable[[Any], None]) -> str:
    html = html[:MAX_HTML]
    if not _is_modest(html):
        return _plain(html)
    try:
        return _tidy(_rendered(html, prepare))
    except (ParserError, ValueError, RecursionError):
        return _plain(html)


def _unmarked(tree: Any) -> None:
    """All of the mail is wanted."""


def _rendered(html: str, prepare: Callable[[Any], None]) -> str:
    # lxml refuses text that carries an XML encoding declaration
    tree = document_fromstring(html.partition("?>")[2] if html.lstrip().startswith("<?xml") else html)
    prepare(tree)
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        element.tag = _AS.get(element.tag, element.tag)
        for name in _DROPPED:
            element.attrib.pop(name, None)
    return str(Inscriptis(tree).get_text())


def _is_modest(html: str) -> bool:
    """Whether the page has few enough elements, and none too deep, to be laid out."""
    depth = elements = 0
    for match in _TAG.finditer(html):
        elements += not match[1]
        if match[2].lower() not in _SHALLOW:
            depth = max(0, depth + (-1 if match[1] else 1))
        if depth > MAX_HTML_NESTING or elements > MAX_HTML_ELEMENTS:
            return False
    return True


def _plain(html: str) -> str:
    """Return all of the text, a line for each element that begins or ends one, and nothing of its layout."""
    text = " ".join(html.splitlines())
    for begin, end in _UNSEEN:
        first, *rest = begin.split(text)
        text = first + "".join("".join(end.split(piece, maxsplit=1)[1:]) for piece in rest)
    return _tidy(unescape(_ANY.sub("", _LINE.sub("\n", text))))


def _tidy(text: str) -> str:
    lines = [_BLANKS.sub(" ", line).rstrip() for line in text.splitlines()]
    kept: list[str] = []
    for line in lines:
        if line.strip() or (kept and kept[-1]):
            kept.append(line.removeprefix(" "))
    return "\n".join(kept).strip()
