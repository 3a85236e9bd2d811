"""ISO-2022-JP as mailers really write it: with Microsoft's and NEC's characters, which Python's codecs refuse.

Escape sequences switch between character sets; each stretch is decoded by itself, and a broken one costs only itself.
"""

import re
from typing import Final

# ASCII and its Japanese twin; two generations of kanji; half-width katakana; supplementary kanji
_SHIFT = re.compile(rb"\x1b(\([BJI]|\$[@B]|\$\(D)")
_KANJI: Final = frozenset({b"$@", b"$B"})


def japanese(data: bytes) -> str:
    """Return the text of `data`; "" when it switches to no character set of Japanese."""
    pieces = _SHIFT.split(data)
    if len(pieces) == 1:
        return ""
    texts = [_plain(pieces[0])]
    texts += [_stretch(shift, stretch) for shift, stretch in zip(pieces[1::2], pieces[2::2], strict=True)]
    return "".join(texts)


def _stretch(shift: bytes, stretch: bytes) -> str:
    if shift in _KANJI:
        # the plane of JIS X 0213 holds what NEC put into row 13
        return _raised(stretch).decode("euc_jis_2004", "replace")
    if shift == b"(I":
        return _raised(stretch).decode("cp932", "replace")
    if shift == b"$(D":
        pairs = _raised(stretch)
        return b"".join(b"\x8f" + pairs[at : at + 2] for at in range(0, len(pairs), 2)).decode("euc_jp", "replace")
    return _plain(stretch)


def _plain(stretch: bytes) -> str:
    try:
        return stretch.decode("utf-8")
    except UnicodeDecodeError:
        return stretch.decode("cp932", "replace")


_RAISE: Final = bytes(at | 0x80 if 0x21 <= at <= 0x7E else at for at in range(256))


def _raised(stretch: bytes) -> bytes:
    return stretch.translate(_RAISE)
