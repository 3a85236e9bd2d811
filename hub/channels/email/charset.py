"""Bytes to text, whatever the label says: declared charset, then utf-8, then windows-1252, then latin-1.

The order that real mail needs (facts 1.4): labels are often wrong or unknown, and no label may lose a mail.
"""

import base64
import quopri
import re

from hub.channels.email.japanese import japanese
from hub.channels.email.uuencode import uudecoded

_ALIASES = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso-gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "x-gbk": "gb18030",
    "big5": "big5hkscs",
    "x-big5": "big5hkscs",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "x-windows-949": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "ms_kanji": "cp932",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "windows-874": "cp874",
    "tis-620": "cp874",
    # what is labelled Latin 1 is written in its superset
    "iso-8859-1": "windows-1252",
    "latin1": "windows-1252",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "utf8": "utf-8",
}
_FALLBACKS = ("utf-8", "windows-1252")
# codecs that are no charsets, or that a label must not choose: they are slow, lossy or change the bytes' meaning
_REFUSED = frozenset({"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "utf-7", "utf7"})
_INVISIBLE = dict.fromkeys(map(ord, "\x00\ufeff\u200b\u2060"))
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
# one encoded word of RFC 2047; every repetition excludes its own end, so a line is scanned once
_WORD = re.compile(r"=\?([A-Za-z0-9_.:+-]{1,40})(?:\*[A-Za-z-]{0,20})?\?([bBqQ])\?([^?]{0,900})\?=")


def decode(data: bytes, declared: str | None) -> str:
    """Return the text of `data`. Never raises; NUL, BOM and zero-width characters are dropped."""
    return clean(_decode(data, declared))


def clean(text: str) -> str:
    """Drop what no database or reader wants: NUL, BOM, zero-width characters, lone surrogates."""
    return text.translate(_INVISIBLE).encode("utf-8", "replace").decode()


def decode_words(value: str) -> str:
    """Decode the encoded words of a header (RFC 2047); what is none stays as it is."""
    pieces: list[str] = []
    run: list[tuple[str, bytes]] = []
    end = 0
    for match in _WORD.finditer(value):
        between = value[end : match.start()]
        if not run or between.strip():
            pieces.append(_joined(run) + between)
            run = []
        run.append((match[1].lower(), _word_bytes(match[2], match[3])))
        end = match.end()
    return clean("".join(pieces) + _joined(run) + value[end:])


def transfer_decoded(data: bytes, encoding: str) -> bytes:
    """Undo a Content-Transfer-Encoding leniently: broken base64 gives as much as can be read."""
    match encoding:
        case "base64":
            return _base64(data)
        case "quoted-printable":
            return quopri.decodestring(data)
        case "x-uuencode" | "uuencode" | "x-uue":
            return uudecoded(data)
        case _:
            return data


def _decode(data: bytes, declared: str | None) -> str:
    if found := _by_signs(data):
        return found
    for name in (_codec(declared), *_FALLBACKS):
        if name is None:
            continue
        try:
            return data.decode(name)
        except (LookupError, UnicodeError, ValueError):
            continue
    return data.decode("latin-1")


def _by_signs(data: bytes) -> str:
    """Decode what says of itself how it is written, whatever its label; "" when it says nothing."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    return japanese(data) if b"\x1b$" in data or b"\x1b(" in data else ""


def _codec(declared: str | None) -> str | None:
    name = (declared or "").strip("\"' ").lower()
    return None if not name or name in _REFUSED or len(name) > 40 else _ALIASES.get(name, name)


def _joined(run: list[tuple[str, bytes]]) -> str:
    # neighbours of one charset are joined before decoding: mailers cut inside a multi-byte character
    texts: list[str] = []
    at = 0
    while at < len(run):
        charset, stop = run[at][0], at
        while stop < len(run) and run[stop][0] == charset:
            stop += 1
        texts.append(_decode(b"".join(data for _, data in run[at:stop]), charset))
        at = stop
    return "".join(texts)


def _word_bytes(encoding: str, payload: str) -> bytes:
    data = payload.encode("utf-8", "replace")
    return _base64(data) if encoding in "bB" else quopri.decodestring(data, header=True)


def _base64(data: bytes) -> bytes:
    digits = _NOT_BASE64.sub(b"", data)
    # one digit too many carries no whole byte
    digits = digits[: len(digits) - 1] if len(digits) % 4 == 1 else digits
    return base64.b64decode(digits + b"=" * (-len(digits) % 4))
