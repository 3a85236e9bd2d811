"""Finding a person in bytes and texts: their addresses in raw requests, their names in what colleagues wrote."""

import base64
import binascii
import quopri
import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import unquote_to_bytes

from hub import whole_words

NEUTRAL = "[erased]"
"""What stands where a name or an address was taken out of somebody else's text."""

SHORTEST_ADDRESS = 5
"""Shorter addresses are not looked for in bytes: three digits are in everything."""
SHORTEST_NAME = 6
"""A shorter name, or one of a single word, means nobody: people may call themselves "the" (docs/privacy.md)."""

_DEPTH = 3
"""A form field, percent-encoded, that holds a mail, that holds a part in base64: that deep it is looked."""
_MOST_TIMES, _ALWAYS = 32, 1 << 20
"""So many times its own size, and so many bytes in any case, the views of one text may have together: what is encoded
in ever new ways to make work is not followed further."""
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{16,}(?:\r?\n[A-Za-z0-9+/_-]+)*={0,2}")
_UNICODE = re.compile(rb"\\u([0-9a-fA-F]{4})")
_ENCODED_WORD = re.compile(rb"=\?[^?\s]+\?[qQ]\?([^?]*)\?=")


class Needles:
    """The addresses of a person as they can stand in bytes, each bounded by what belongs to no address."""

    def __init__(self, addresses: Iterable[str]) -> None:
        wanted = sorted({each for each in addresses if len(each) >= SHORTEST_ADDRESS}, key=len, reverse=True)
        # a number may stand without its plus: percent-decoding of a form turns it into a blank
        forms = [re.escape(form.encode()) for each in wanted for form in {each, each.lstrip("+")}]
        self._pattern = re.compile(rb"(?<![A-Za-z0-9])(?:" + b"|".join(forms) + rb")(?![A-Za-z0-9])", re.IGNORECASE)
        self._any = bool(wanted)

    def are_in(self, *texts: bytes) -> bool:
        """Tell whether an address stands in one of these, plain or in a common encoding."""
        return self._any and any(self._pattern.search(view) for text in texts for view in views(text))


def views(data: bytes) -> Iterator[bytes]:
    """Yield bytes as they are and as every common encoding in them reads, nested up to three deep; the flattest first,
    within bounds."""
    seen: set[bytes] = set()
    layer, left = [data], _MOST_TIMES * len(data) + _ALWAYS
    for _ in range(_DEPTH + 1):
        following: list[bytes] = []
        for view in layer:
            left -= len(view)
            if view in seen or left < 0:
                continue
            yield view
            seen.add(view)
            following += _decoded(view)
        layer = following


def _decoded(data: bytes) -> Iterator[bytes]:
    for sign, decode in _ENCODINGS:
        if sign in data:
            yield decode(data)
    # all runs of base64 are one view: a mail may have thousands of words that could be one
    if runs := _BASE64.findall(data):
        yield b"\n".join(map(_from_base64, runs))


def _from_base64(run: bytes) -> bytes:
    bare = run.translate(_URL_SAFE, b"\r\n=")
    try:
        return base64.b64decode(bare + b"=" * (-len(bare) % 4))
    except binascii.Error:
        return b""


def _without_escapes(data: bytes) -> bytes:
    plain = _UNICODE.sub(lambda found: chr(int(found[1], 16)).encode("utf-8", "ignore"), data)
    return plain.replace(b"\\/", b"/").replace(b'\\"', b'"').replace(b"\\n", b"\n")


def _of_form(data: bytes) -> bytes:
    return unquote_to_bytes(data.replace(b"+", b" "))


def _of_encoded_words(data: bytes) -> bytes:
    return _ENCODED_WORD.sub(lambda found: quopri.decodestring(found[1], header=True), data)


_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_ENCODINGS: tuple[tuple[bytes, Callable[[bytes], bytes]], ...] = (
    (b"%", _of_form),
    (b"\\", _without_escapes),
    (b"=?", _of_encoded_words),
    (b"=", quopri.decodestring),
)


class Names:
    """Names and addresses that mean this person alone, as whole words in either case."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = tuple(sorted(set(words), key=len, reverse=True))
        self._pattern = whole_words.pattern_of(self.words)

    def are_in(self, text: str) -> bool:
        return bool(self.words) and self._pattern.search(text) is not None

    def taken_from(self, text: str) -> str:
        """Return a text with a neutral word in their place."""
        return self._pattern.sub(NEUTRAL, text) if self.words else text

    def taken_from_json(self, value: object) -> object:
        """Return a JSON value with a neutral word in their place, in every string of it."""
        match value:
            case str():
                return self.taken_from(value)
            case dict():
                return {key: self.taken_from_json(item) for key, item in value.items()}
            case list():
                return [self.taken_from_json(item) for item in value]
            case _:
                return value

    def around(self, text: str, reach: int = 80) -> list[str]:
        """Return the places of a text that say them, with so many characters on either side."""
        if not self.words:
            return []
        return [text[max(0, found.start() - reach) : found.end() + reach] for found in self._pattern.finditer(text)]


def names_of(names: Iterable[str], addresses: Iterable[str], others: Iterable[str]) -> Names:
    """Return what means one person alone: not a name of one word, nor one that somebody else's name contains."""
    theirs = list(others)
    alone = [name for name in full_names(names) if not any(Names([name]).are_in(other) for other in theirs)]
    return Names([*alone, *(each for each in addresses if len(each) >= SHORTEST_ADDRESS)])


def full_names(names: Iterable[str]) -> set[str]:
    """Return the names that can mean one person: two words or more, and six letters."""
    tidy = {name.strip() for name in names}
    return {name for name in tidy if len(name.split()) > 1 and len(name) >= SHORTEST_NAME}
