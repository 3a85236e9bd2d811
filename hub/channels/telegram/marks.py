"""Message entities as marks. Telegram counts UTF-16 code units, a Mark characters (providers.md A4)."""

from collections.abc import Callable, Iterator

from hub.channels.telegram import fields
from hub.types import JsonObject, Mark, MarkKind

_KINDS = {
    "bold": MarkKind.BOLD,
    "italic": MarkKind.ITALIC,
    "underline": MarkKind.UNDERLINE,
    "strikethrough": MarkKind.STRIKE,
    "spoiler": MarkKind.SPOILER,
    "code": MarkKind.CODE,
    "pre": MarkKind.PRE,
    "blockquote": MarkKind.QUOTE,
    "expandable_blockquote": MarkKind.QUOTE,
    "text_link": MarkKind.LINK,
    "url": MarkKind.LINK,
}
_LINKED = ("https://", "http://")
_MOST = 200


def marks(text: str, entities: list[JsonObject]) -> tuple[Mark, ...]:
    """Return the marks of a text; what points outside it, or is no formatting, is left out."""
    if not entities:
        return ()
    return tuple(_marks(text, entities[:_MOST]))


def _marks(text: str, entities: list[JsonObject]) -> Iterator[Mark]:
    place, length = _places(text)
    for entity in entities:
        kind = _KINDS.get(fields.text(entity, "type"))
        start = fields.number(entity, "offset")
        end = start + fields.number(entity, "length")
        if kind is None or not 0 <= start < end <= length:
            continue
        first, last = place(start), place(end)
        url = _url(entity, text[first:last]) if kind is MarkKind.LINK else ""
        if kind is not MarkKind.LINK or url:
            yield Mark(kind, first, last, url)


def _url(entity: JsonObject, shown: str) -> str:
    """Return where a link leads, "" when that is no web address."""
    url = fields.text(entity, "url") or shown
    if url.lower().startswith(_LINKED):
        return url
    return "" if ":" in url.partition("/")[0] else f"https://{url}"


def _places(text: str) -> tuple[Callable[[int], int], int]:
    """Return how a UTF-16 offset becomes a character's, and the text's length in UTF-16 units."""
    if text.isascii() or max(text, default="") <= "\uffff":
        return int, len(text)
    found: list[int] = []
    for position, character in enumerate(text):
        # the second half of a pair belongs to the same character
        found += [position] * (2 if character > "\uffff" else 1)
    found.append(len(text))
    return found.__getitem__, len(found) - 1
