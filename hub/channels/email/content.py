"""What a mail shows: its text and the files that hang on it."""

from dataclasses import dataclass
from itertools import chain

from hub.channels.email.charset import clean, decode, decode_words, transfer_decoded
from hub.channels.email.guard import MAX_TEXT
from hub.channels.email.headers import parameterised, subject
from hub.channels.email.html import text_of
from hub.channels.email.mime import Entity, top_headers
from hub.channels.email.quoting import stripped
from hub.types import FullText, Part, Text, Unsupported

_MAX_ENCODED = 2 << 20
_MAX_NAME = 120
_MAX_ATTACHMENTS = 100
_UNITS = ((1 << 20, "MB"), (1 << 10, "kB"))


@dataclass(frozen=True, slots=True)
class Piece:
    """One text part, as it came."""

    text: str
    html: bool = False

    @property
    def blank(self) -> bool:
        return not self.text.strip()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file on a mail. `size` in bytes after decoding."""

    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Content:
    """Text pieces in order and attachments in order."""

    pieces: tuple[Piece, ...] = ()
    attachments: tuple[Attachment, ...] = ()


def read_content(entity: Entity) -> Content:
    """Collect text and attachments of a mail's tree."""
    if entity.children:
        inner = [read_content(child) for child in entity.children]
        attachments = tuple(chain.from_iterable(content.attachments for content in inner))
        if entity.content_type.value == "multipart/alternative":
            return Content(_best(inner), attachments)
        return Content(tuple(chain.from_iterable(content.pieces for content in inner)), attachments)
    return _leaf(entity)


def shown(content: Content) -> tuple[Part, ...]:
    """Return the parts of the message: stripped text, full text where it differs, one line for each attachment."""
    full = _full_text(content.pieces)
    parts: list[Part] = []
    if full:
        short = stripped(full[:MAX_TEXT])
        parts.append(Text(short))
        if short != full[:MAX_TEXT]:
            parts.append(FullText(full[:MAX_TEXT]))
    if len(full) > MAX_TEXT:
        parts.append(Unsupported("long_text", f"Only the first {MAX_TEXT:,} characters of this mail are shown"))
    return (*parts, *_attachment_lines(content.attachments))


def _attachment_line(attachment: Attachment) -> Unsupported:
    media_type = " ".join(clean(attachment.media_type).split())
    return Unsupported("attachment", f"Attachment {attachment.name} ({media_type}, {_readable(attachment.size)})")


def file_name(text: str) -> str:
    """Return a file name that is safe to show: decoded, one line, without folders."""
    name = " ".join(decode_words(text[:600]).split())
    return clean(name.replace("\\", "/").rpartition("/")[2])[:_MAX_NAME].strip()


def _attachment_lines(attachments: tuple[Attachment, ...]) -> list[Unsupported]:
    lines = [_attachment_line(attachment) for attachment in attachments[:_MAX_ATTACHMENTS]]
    if len(attachments) > _MAX_ATTACHMENTS:
        left = len(attachments) - _MAX_ATTACHMENTS
        lines.append(Unsupported("attachment", f"{left} further attachments"))
    return lines


def _best(inner: list[Content]) -> tuple[Piece, ...]:
    """Of the alternatives take plain text, HTML only where there is none or it is blank."""
    for content in inner:
        if any(not piece.html and not piece.blank for piece in content.pieces):
            return content.pieces
    return next((content.pieces for content in inner if any(not p.blank for p in content.pieces)), ())


def _leaf(entity: Entity) -> Content:
    kind = entity.content_type.value
    disposition = parameterised(entity.headers.first("content-disposition"))
    if kind in {"text/plain", "text/html"} and disposition.value != "attachment":
        return Content((Piece(_text(entity), kind == "text/html"),))
    return Content(attachments=(_attachment(entity, disposition.parameters.get("filename", "")),))


def _text(entity: Entity) -> str:
    encoding = entity.headers.first("content-transfer-encoding").strip().lower()
    data = entity.source[entity.start : min(entity.end, entity.start + _MAX_ENCODED)]
    return decode(transfer_decoded(data, encoding), entity.content_type.parameters.get("charset"))


def _attachment(entity: Entity, declared: str) -> Attachment:
    kind = entity.content_type.value if "/" in entity.content_type.value else "application/octet-stream"
    name = file_name(declared or entity.content_type.parameters.get("name", ""))
    if not name and kind == "message/rfc822":
        name = f"{subject(top_headers(entity.body))[:80] or 'message'}.eml"
    return Attachment(name or "without a name", kind[:80], _decoded_size(entity))


def _decoded_size(entity: Entity) -> int:
    if entity.headers.first("content-transfer-encoding").strip().lower() != "base64":
        return entity.size
    digits = entity.body.translate(None, b"\r\n\t =")
    return len(digits) * 3 // 4


def _full_text(pieces: tuple[Piece, ...]) -> str:
    texts = [text_of(piece.text) if piece.html else piece.text for piece in pieces]
    joined = "\n\n".join(text.strip("\r\n") for text in texts if text.strip())
    return joined.replace("\r\n", "\n").replace("\r", "\n").strip("\n")


def _readable(size: int) -> str:
    for unit, word in _UNITS:
        if size >= unit:
            return f"{size / unit:.0f} {word}"
    return f"{size} bytes"
