"""Which type the first bytes of a file say it has. Sources: the formats' own specifications.

A table of our own: the libraries there are know hundreds of types we would not show, answer with several guesses, or
are no longer kept, and what we show inline are a dozen.
"""

from typing import Final

_PREFIXES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"fLaC", "audio/flac"),
    (b"#!AMR", "audio/amr"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xf1", "audio/aac"),
    (b"\xff\xf9", "audio/aac"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"{\\rtf", "application/rtf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
)
_RIFF: Final = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BRANDS: Final = {
    b"qt  ": "video/quicktime",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heic",
    b"avif": "image/avif",
    b"avis": "image/avif",
}
"""Major brands of ISO base media files that are no MP4 video; 3GP brands begin with "3g"."""

_OGG: Final = (
    (b"\x80theora", "video/ogg"),
    (b"\x01vorbis", "audio/ogg"),
    (b"OpusHead", "audio/ogg"),
    (b"Speex   ", "audio/ogg"),
    (b"\x7fFLAC", "audio/ogg"),
)
_MP3_SYNC: Final = frozenset({0xFB, 0xFA, 0xF3, 0xF2, 0xE3, 0xE2})
"""Second bytes of a frame of layer III: MPEG 1, 2 and 2.5, with and without checksum."""


def type_of(body: bytes) -> str:
    """Return the content type of a binary format; "" when the bytes begin like none that is known."""
    for prefix, content_type in _PREFIXES:
        if body.startswith(prefix):
            return content_type
    return _in_container(body[:64]) or ("audio/mpeg" if _is_mp3_frame(body[:4]) else "")


def _in_container(head: bytes) -> str:
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12], "")
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12]) or ("video/3gpp" if head[8:10] == b"3g" else "video/mp4")
    if head[:4] == b"OggS":
        return next((found for mark, found in _OGG if head[28:].startswith(mark)), "application/ogg")
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return "video/webm" if b"webm" in head else "video/x-matroska"
    return ""


def _is_mp3_frame(head: bytes) -> bool:
    """A sync alone is two bytes: bit rate and sampling rate must be among those there are."""
    return len(head) == 4 and head[0] == 0xFF and head[1] in _MP3_SYNC and head[2] >> 4 != 15 and head[2] >> 2 & 3 != 3
