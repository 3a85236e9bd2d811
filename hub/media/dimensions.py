"""Width and height of an image, read from its header only: nothing is decoded."""

from collections.abc import Callable, Mapping
from typing import Final

Size = tuple[int, int]

_MAX_SEGMENTS: Final = 500
_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})
_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers that begin a frame and say its size (ITU-T T.81, table B.1)."""


def size_of(body: bytes, content_type: str) -> Size | None:
    """Return (width, height) in pixels, as stored: a rotation in the metadata is not heeded.

    None for other types, and where the header is damaged. Never raises, whatever the bytes are.
    """
    read = _READERS.get(content_type)
    size = read(body) if read else None
    return size if size and all(size) else None


def _png(body: bytes) -> Size | None:
    if body[12:16] != b"IHDR" or len(body) < 24:
        return None
    return _big(body[16:20]), _big(body[20:24])


def _gif(body: bytes) -> Size | None:
    return (_little(body[6:8]), _little(body[8:10])) if len(body) >= 10 else None


def _webp(body: bytes) -> Size | None:
    """The three forms of RFC 9649: lossy, lossless, extended."""
    if len(body) < 30:
        return None
    match body[12:16]:
        case b"VP8 " if body[23:26] == b"\x9d\x01\x2a":
            return _little(body[26:28]) & 0x3FFF, _little(body[28:30]) & 0x3FFF
        case b"VP8L" if body[20] == 0x2F:
            bits = _little(body[21:25])
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            return _little(body[24:27]) + 1, _little(body[27:30]) + 1
        case _:
            return None


def _jpeg(body: bytes) -> Size | None:
    """Go from segment to segment until the frame begins."""
    at = 2
    for _ in range(_MAX_SEGMENTS):
        if body[at : at + 1] != b"\xff" or at + 9 > len(body):
            return None
        marker = body[at + 1]
        if marker in _FRAMES:
            return _big(body[at + 7 : at + 9]), _big(body[at + 5 : at + 7])
        if marker == 0xFF:
            at += 1
        elif marker in _ALONE:
            at += 2
        else:
            at += 2 + max(_big(body[at + 2 : at + 4]), 2)
    return None


def _big(piece: bytes) -> int:
    return int.from_bytes(piece, "big")


def _little(piece: bytes) -> int:
    return int.from_bytes(piece, "little")


_READERS: Final[Mapping[str, Callable[[bytes], Size | None]]] = {
    "image/png": _png,
    "image/gif": _gif,
    "image/webp": _webp,
    "image/jpeg": _jpeg,
}
