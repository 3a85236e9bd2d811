"""Taking out of a picture what it says beside the picture: where and when it was taken, by whom, with what.

The pixels stay as they are, nothing is decoded. Only parts that are known to draw the picture are kept, so that no
maker's own field slips through; and whatever follows the picture's end, where phones hide a second one, goes too.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

Part = tuple[bytes, bytes]
"""What a piece of the file is called, and the whole piece."""

_PNG_BEGINS: Final = b"\x89PNG\r\n\x1a\n"
_PNG_DRAWS: Final = frozenset(b"IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP sBIT acTL fcTL fdAT".split())
_WEBP_DRAWS: Final = frozenset({b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP"})
_WEBP_SPOKEN: Final = 0x0C
"""The bits of an extended header that announce Exif and XMP (RFC 9649, 2.7)."""

_JPEG_BEGINS: Final = b"\xff\xd8"
_SCAN, _END, _EXIF, _COLOURS, _COMMENT = 0xDA, 0xD9, 0xE1, 0xE2, 0xFE
_OF_MAKERS: Final = frozenset(range(0xE0, 0xF0))
_JPEG_DRAWS: Final = {0xE0: b"JFIF\0", _COLOURS: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
"""The parts of makers by which browsers draw: the density, the colours, their model. Marker → how it begins."""
_RESTARTS: Final = frozenset({0x00, *range(0xD0, 0xD8)})
"""What follows a byte 0xFF within the picture itself (ITU-T T.81, B.1.1.5)."""
_EXIF_BEGINS: Final = b"Exif\0\0"
_ORIENTATION: Final = 0x0112
_ENTRY: Final = 12


def without_metadata(body: bytes, content_type: str) -> bytes:
    """Return a JPEG, PNG or WebP picture without its metadata; of a JPEG's which way is up stays.

    Raises ValueError for damaged bytes.
    """
    try:
        return _WITHOUT[content_type](body)
    except IndexError:
        raise ValueError("the picture ends in its middle") from None


def _png(body: bytes) -> bytes:
    kept = [piece for name, piece in _png_parts(body) if name in _PNG_DRAWS]
    return b"".join((_PNG_BEGINS, *kept))


def _png_parts(body: bytes) -> Iterator[Part]:
    at, name = len(_PNG_BEGINS), b""
    while name != b"IEND":
        name, end = body[at + 4 : at + 8], at + 12 + int.from_bytes(body[at : at + 4], "big")
        yield name, _piece(body, at, end)
        at = end


def _webp(body: bytes) -> bytes:
    kept = b"".join(_webp_drawn(name, piece) for name, piece in _webp_parts(body) if name in _WEBP_DRAWS)
    return b"RIFF" + (len(kept) + 4).to_bytes(4, "little") + b"WEBP" + kept


def _webp_parts(body: bytes) -> Iterator[Part]:
    at, whole = 12, min(len(body), 8 + int.from_bytes(body[4:8], "little"))
    while at < whole:
        size = int.from_bytes(body[at + 4 : at + 8], "little")
        end = at + 8 + size
        yield body[at : at + 4], _piece(body, at, end) + bytes(size % 2)
        at = end + size % 2


def _webp_drawn(name: bytes, piece: bytes) -> bytes:
    return piece[:8] + bytes([piece[8] & ~_WEBP_SPOKEN]) + piece[9:] if name == b"VP8X" else piece


def _jpeg(body: bytes) -> bytes:
    kept = [_jpeg_drawn(marker, piece) for marker, piece in _jpeg_parts(body)]
    return b"".join((_JPEG_BEGINS, *kept))


def _jpeg_parts(body: bytes) -> Iterator[tuple[int, bytes]]:
    """Each segment by its marker; one that begins a scan has the picture's own bytes with it."""
    at, marker = len(_JPEG_BEGINS), 0
    while marker != _END:
        if body[at] != 0xFF:
            raise ValueError("a segment of the picture is missing")
        while body[at + 1] == 0xFF:
            at += 1
        marker = body[at + 1]
        end = at + 2 if marker == _END else at + 2 + int.from_bytes(body[at + 2 : at + 4], "big")
        if marker == _SCAN:
            end = _end_of_scan(body, end)
        yield marker, _piece(body, at, end)
        at = end


def _end_of_scan(body: bytes, at: int) -> int:
    at = body.index(b"\xff", at)
    while body[at + 1] in _RESTARTS:
        at = body.index(b"\xff", at + 2)
    return at


def _jpeg_drawn(marker: int, piece: bytes) -> bytes:
    if marker == _EXIF:
        return _turned(_orientation(piece[4:]))
    if marker == _COMMENT or (marker in _OF_MAKERS and not _draws(marker, piece[4:])):
        return b""
    return piece


def _draws(marker: int, said: bytes) -> bool:
    return marker in _JPEG_DRAWS and said.startswith(_JPEG_DRAWS[marker])


def _orientation(said: bytes) -> int:
    """Return which way is up, 1 to 8; 1 where it is not said (Exif 2.32, 4.6.4; in the first directory of a TIFF)."""
    tiff = said.removeprefix(_EXIF_BEGINS)
    order: Final = "little" if tiff[:2] == b"II" else "big"

    def number(at: int, size: int) -> int:
        return int.from_bytes(tiff[at : at + size], order)

    first = number(4, 4)
    entries = (first + 2 + _ENTRY * each for each in range(min(number(first, 2), len(tiff) // _ENTRY)))
    found = next((number(at + 8, 2) for at in entries if number(at, 2) == _ORIENTATION), 1)
    return found if said.startswith(_EXIF_BEGINS) and 1 < found <= 8 else 1


def _turned(orientation: int) -> bytes:
    """A segment that says which way is up and nothing else; none where that is as it lies."""
    if orientation == 1:
        return b""
    entry = _ORIENTATION.to_bytes(2, "big") + b"\0\x03" + b"\0\0\0\x01" + orientation.to_bytes(2, "big") + bytes(2)
    said = _EXIF_BEGINS + b"MM\0*" + b"\0\0\0\x08" + b"\0\x01" + entry + bytes(4)
    return bytes([0xFF, _EXIF]) + (len(said) + 2).to_bytes(2, "big") + said


def _piece(body: bytes, start: int, end: int) -> bytes:
    if end > len(body):
        raise IndexError
    return body[start:end]


_WITHOUT: Final[Mapping[str, Callable[[bytes], bytes]]] = {"image/jpeg": _jpeg, "image/png": _png, "image/webp": _webp}
