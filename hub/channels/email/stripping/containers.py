"""The elements of HTML by which mail programs tell what is quoted: marked, so that the text keeps it.

A quotation gets a mark before and behind it and becomes lines with `>`; from there on it is treated like any other,
so that answers inside and below it stay. Outlook puts `x_` before ids and classes of the mail it answers, and keeps
`data-` attributes.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from lxml.html import Element  # type: ignore[import-untyped]

from hub.channels.email.stripping.marks import ATTRIBUTED, CUT
from hub.channels.email.stripping.words import FORWARDS

_OPEN, _CLOSE = "\ue001", "\ue002"
_MARKS = dict.fromkeys(map(ord, (_OPEN, _CLOSE, CUT, ATTRIBUTED)))
_MAX_QUOTES = 2_000

_OUR_MARK = "data-hub"
# history begins at these, whatever element they are: Outlook on the web and on telephones, Hotmail
_CUT_IDS = frozenset({"divrplyfwdmsg", "appendonsend", "stopspelling", "replysplit", "divtagdefaultwrapperreply"})
# the line above the header block of Outlook on Windows and on the Mac
_CUT_STYLES = (
    "border-top:solid#e1e1e1",
    "border-top:solid#b5c4df",
    "border-top:1ptsolid",
    "border-top:#b5c4df1ptsolid",
)
_QUOTED_IDS = frozenset(
    {
        *("mail-editor-reference-message-container", "olk_src_body_section", "blockquote_zmail", "isreplycontent"),
        *("yahoo_quoted", "replymessage", "quotedtext", "reply_quote", "lotus_quote"),
    }
)
_QUOTED_CLASSES = frozenset(
    {
        *("protonmail_quote", "yahoo_quoted", "zmail_extra", "tutanota_quote", "freshdesk_quote", "front-blockquote"),
        *("zendesk_quote", "wm_quote", "hey_quote", "gmail_quote_blockquote", "spark_quote", "ms-outlook-quote"),
        *("mailru-blockquote", "spike-quote", "edo_quote", "history_container", "quoted-mail", "mailspring_quote"),
    }
)
_QUOTED_NAMES = frozenset({"quote", "messagereplysection", "quoted_message"})
_ATTRIBUTIONS = frozenset({"gmail_attr", "moz-cite-prefix", "moz-email-headers-table-reply", "airmail_on"})
_SIGNATURES = frozenset({"gmail_signature", "moz-signature", "protonmail_signature_block-user", "zm_signature"})


def without_marks(html: str) -> str:
    """Return the source without signs that we mark with; a person's mail has no use for them."""
    return html.translate(_MARKS)


def mark(tree: Any) -> None:
    """Put marks into a tree of lxml, at most 2,000 quotations of it."""
    for element in islice(_marked(tree), _MAX_QUOTES):
        kind = _kind(element)
        if kind == _OPEN:
            _wrap(element)
        elif kind == ATTRIBUTED:
            for child in list(element):
                element.remove(child)
            element.tag, element.text = "div", ATTRIBUTED
        else:
            _insert(element, kind)


def prefixed(text: str) -> str:
    """Turn the marks of quotations in a text into `> ` before each line between them."""
    depth = 0
    lines: list[str] = []
    for line in text.split("\n"):
        if _OPEN in line or _CLOSE in line:
            depth = max(0, depth + line.count(_OPEN) - line.count(_CLOSE))
            line = line.translate(_MARKS)  # noqa: PLW2901 - the same line without its marks
            if not line.strip():
                continue
        lines.append(f"> {line}" if depth else line)
    return "\n".join(lines)


def _marked(tree: Any) -> Iterator[Any]:
    # a list: the tree changes while it is walked
    yield from [element for element in tree.iter() if isinstance(element.tag, str) and _kind(element)]


def _kind(element: Any) -> str:
    """Return the mark an element gets, an empty text for none."""
    names = {_plain(name) for name in (element.get("class") or "")[:300].split()}
    own_id = _plain((element.get("id") or "")[:80])
    if own_id in _CUT_IDS or _is_outlook_line(element):
        return CUT
    if names & _ATTRIBUTIONS:
        return ATTRIBUTED
    if names & _SIGNATURES:
        return "-- "
    if _is_quoted(element, names, own_id) and not _is_forward(element):
        return _OPEN
    return ""


def _is_quoted(element: Any, names: set[str], own_id: str) -> bool:
    if element.get(_OUR_MARK) is not None or names & _QUOTED_CLASSES or own_id in _QUOTED_IDS:
        return True
    if own_id.startswith(("yahoo_quoted_", "ydp_quoted")) or (element.get("name") or "").lower() in _QUOTED_NAMES:
        return True
    if element.tag != "blockquote":
        return False
    return (element.get("type") or "").lower() == "cite" or "gmail_quote" in names or element.get("cite") is not None


def _is_outlook_line(element: Any) -> bool:
    style = (element.get("style") or "")[:300].lower().replace(" ", "")
    return "border-top:" in style and "border:none" in style and any(found in style for found in _CUT_STYLES)


def _is_forward(element: Any) -> bool:
    start = "".join(islice(element.itertext(), 12))[:200].strip().lower()
    return start.lstrip("-_ ").startswith(FORWARDS)


def _plain(name: str) -> str:
    name = name.lower()
    while name.startswith("x_"):
        name = name[2:]
    return name


def _wrap(element: Any) -> None:
    opening, closing = Element("div"), Element("div")
    opening.text, closing.text = _OPEN, _CLOSE
    opening.tail, element.text = element.text, None
    element.insert(0, opening)
    element.append(closing)


def _insert(element: Any, text: str) -> None:
    parent = element.getparent()
    if parent is None:
        return
    line = Element("div")
    line.text = text
    parent.insert(parent.index(element), line)
