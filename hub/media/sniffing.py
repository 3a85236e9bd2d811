"""What a file is: believed from its bytes. Its label only chooses among forms that the bytes allow."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from hub.media import magic
from hub.media.dimensions import size_of
from hub.media.naming import type_of_extension

OPAQUE: Final = "application/octet-stream"
"""The type of everything unknown, of everything a browser would run, and of files that are two things at once."""

Kind = Literal["image", "video", "audio", "file"]

_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
_REFINED: Final = {
    "video/mp4": {"audio/mp4": "audio/mp4", "audio/x-m4a": "audio/mp4", "audio/m4a": "audio/mp4"},
    "video/webm": {"audio/webm": "audio/webm"},
    "video/3gpp": {"audio/3gpp": "audio/3gpp"},
    "application/gzip": {"application/x-tgsticker": "application/x-tgsticker"},
    "application/zip": {
        each: each
        for each in (
            f"{_OFFICE}.wordprocessingml.document",
            f"{_OFFICE}.spreadsheetml.sheet",
            f"{_OFFICE}.presentationml.presentation",
            "application/vnd.oasis.opendocument.text",
            "application/vnd.oasis.opendocument.spreadsheet",
            "application/vnd.oasis.opendocument.presentation",
            "application/epub+zip",
        )
    },
    "application/x-ole-storage": {
        each: each
        for each in (
            "application/msword",
            "application/vnd.ms-excel",
            "application/vnd.ms-powerpoint",
            "application/vnd.ms-outlook",
        )
    },
    "text/plain": {each: each for each in ("text/csv", "application/json")},
}
"""What the bytes cannot tell apart: the type they show → what the label may say → the type it then is."""

_TEXTS: Final = (("BEGIN:VCARD", "text/vcard"), ("BEGIN:VCALENDAR", "text/calendar"))
_ACTIVE_LABEL: Final = re.compile(r"html|xml|svg|script|x-sh\b|x-httpd-php", re.IGNORECASE)
_MARKUP: Final = re.compile(
    r"<(?:!doctype|!--|\?|%|html|head|body|title|script|style|svg|math|xml|iframe|object|embed|img|link|meta|a\s)",
    re.IGNORECASE,
)
_MARKUP_BYTES: Final = re.compile(
    rb"<(?:!doctype|html|head|body|script|svg|iframe|object|embed|\?php|\?xml\s)", re.IGNORECASE
)
_CONTROLS: Final = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
_LOOKED_AT: Final = 4_096

_INLINE: Final = frozenset(
    {
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "audio/mpeg",
        "audio/mp4",
        "audio/aac",
        "audio/ogg",
        "audio/wav",
        "audio/flac",
        "audio/webm",
        "audio/amr",
        "audio/3gpp",
        "video/mp4",
        "video/webm",
        "video/ogg",
    }
)


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What a file is. `width` and `height` in pixels, of the images whose header says them."""

    content_type: str
    kind: Kind
    width: int | None = None
    height: int | None = None


def sniff(body: bytes, claimed_type: str, name: str) -> Sniffed:
    """Look at a file. `claimed_type` and `name` are what a stranger says of it. Never raises."""
    content_type = _type_of(body, (claimed_type.partition(";")[0].strip().lower(), type_of_extension(name)))
    size = size_of(body, content_type)
    width, height = size or (None, None)
    return Sniffed(content_type, _kind(content_type), width, height)


def inline_safe(content_type: str) -> bool:
    """Say whether a browser may show a file of this sniffed type in the page; all others are offered for download.

    No SVG, HTML or XML, which run scripts, and no PDF, whose viewers do too and whose pages can look like ours.
    """
    return content_type in _INLINE


def _kind(content_type: str) -> Kind:
    match content_type.partition("/")[0]:
        case "image":
            return "image"
        case "video":
            return "video"
        case "audio":
            return "audio"
        case _:
            return "file"


def _type_of(body: bytes, labels: tuple[str, str]) -> str:
    found = magic.type_of(body)
    if found and _kind(found) != "file" and _is_two_things(body):
        return OPAQUE
    if not found:
        found = _type_of_text(body, labels)
    refined = _REFINED.get(found, {})
    return next((refined[label] for label in labels if label in refined), found)


def _is_two_things(body: bytes) -> bool:
    """An image, a sound or a film that is also a page, a PDF or an archive to whoever reads it as one."""
    head = body[:_LOOKED_AT]
    return bool(_MARKUP_BYTES.search(head)) or b"%PDF-" in head[:1024] or _ends_as_zip(body)


def _ends_as_zip(body: bytes) -> bool:
    """Archives are read from their end: a record, its comment, and nothing after it (APPNOTE.TXT 4.3.16)."""
    at = body.rfind(b"PK\x05\x06", max(0, len(body) - 65_557))
    return at >= 0 and at + 22 + int.from_bytes(body[at + 20 : at + 22], "little") == len(body)


def _type_of_text(body: bytes, labels: tuple[str, str]) -> str:
    text = _decoded(body)
    if text is None or any(_ACTIVE_LABEL.search(label) for label in labels):
        return OPAQUE
    if text.startswith("#!") or _MARKUP.search(text[:_LOOKED_AT]):
        return OPAQUE
    start = text.lstrip()[:20].upper()
    return next((found for mark, found in _TEXTS if start.startswith(mark)), "text/plain")


def _decoded(body: bytes) -> str | None:
    """Return the text, or None where it is none: bytes of no encoding, control characters, nothing at all."""
    encoding = "utf-16" if body[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError:
        return None
    return text if text and not _CONTROLS.search(text) else None
