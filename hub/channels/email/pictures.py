"""Pictures that stand in the text of a mail: which of them the person's own words hold, and which the history below.

Each `<img src="cid:…">` becomes a sign before the page is read as text; what is left of the signs after the history was
cut says where the pictures stood. A picture is in the text when the text refers to it, whatever its disposition says.
"""

import re
from collections.abc import Sequence
from urllib.parse import unquote

from hub.channels.email.guard import MAX_HTML

_OPEN, _CLOSE = "\ue010", "\ue011"
_SIGNS = dict.fromkeys(map(ord, _OPEN + _CLOSE))
_SIGN = re.compile(f"{_OPEN}([0-9]{{1,4}}){_CLOSE}")
_REFERENCE = re.compile(r"""cid:([^"'\s<>)]{1,250})""", re.IGNORECASE)
# what Outlook writes into its plain text
_PLACEHOLDER = re.compile(r"\[cid:([^\]\s]{1,250})\]", re.IGNORECASE)
_MAX_TAG = 8_000
_MAX_REFERENCES = 1_000


def plain_id(text: str) -> str:
    """Return a content id as it is compared: without brackets, percent signs undone, in lower case."""
    return unquote(text.strip().strip("<>").strip()).lower()[:250]


def references(pages: Sequence[str]) -> tuple[str, ...]:
    """Return the ids whose pictures the pages show, in order, each once. What only styles name is no picture."""
    found = (_shown_by(piece) for page in pages for piece in page[:MAX_HTML].split("<"))
    return tuple(dict.fromkeys(each for each in found if each))[:_MAX_REFERENCES]


def signed(page: str, known: Sequence[str]) -> str:
    """Return a page with a sign in the place of each picture it shows."""
    places = {each: at for at, each in enumerate(known)}
    first, *rest = page[:MAX_HTML].translate(_SIGNS).split("<")
    return first + "".join(_signed(piece, places) for piece in rest)


def signed_text(text: str, known: Sequence[str]) -> str:
    """Return a plain text with a sign in the place of each picture that it names."""
    places = {each: at for at, each in enumerate(known)}

    def sign(found: re.Match[str]) -> str:
        at = places.get(plain_id(found[1]))
        return found[0] if at is None else f"{_OPEN}{at}{_CLOSE}"

    return _PLACEHOLDER.sub(sign, text.translate(_SIGNS))


def _signed(piece: str, places: dict[str, int]) -> str:
    at = places.get(_shown_by(piece))
    return f"<{piece}" if at is None else f"{_OPEN}{at}{_CLOSE}{piece.partition('>')[2]}"


def _shown_by(piece: str) -> str:
    """Return the id in an image element, from behind its `<` on; "" when it is none."""
    if piece[:3].lower() != "img":
        return ""
    tag, closed, _ = piece.partition(">")
    found = _REFERENCE.search(tag[:_MAX_TAG]) if closed else None
    return plain_id(found[1]) if found else ""


def shown_in(text: str) -> frozenset[int]:
    """Return which of the known ids have a sign in the text."""
    return frozenset(int(each) for each in _SIGN.findall(text))


def without_signs(text: str) -> str:
    """Return the text as it is shown; a line that held nothing but pictures goes."""
    if _OPEN not in text:
        return text
    lines = [(line, _SIGN.sub("", line)) for line in text.split("\n")]
    kept = "\n".join(plain.rstrip() for line, plain in lines if plain.strip() or line == plain)
    return kept.translate(_SIGNS).strip("\n")
