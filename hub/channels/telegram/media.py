"""The files of a message. `Media.source` is Telegram's file_id, which only this bot can use (providers.md A5)."""

from collections.abc import Callable

from hub.channels.telegram import fields
from hub.types import JsonObject, Media, MediaKind

LARGEST_DOWNLOAD = 20 << 20
"""Bytes that the Bot API gives out."""
_TOO_LARGE = "too large for the platform: Telegram gives a bot files of at most 20 MB; ask for it by another way"


def picture(message: JsonObject, name: str) -> Media:
    """Return the largest of a photo's sizes. Telegram makes every photo a JPEG."""
    sizes = fields.nodes(message, name)
    if not sizes:
        raise fields.WrongShape(name)
    return _file(MediaKind.IMAGE, max(sizes, key=_area), "image/jpeg")


def _area(size: JsonObject) -> int:
    return fields.number(size, "width") * fields.number(size, "height")


def _read(kind: MediaKind, content_type: str) -> Callable[[JsonObject, str], Media]:
    def read(message: JsonObject, name: str) -> Media:
        return _file(kind, fields.needed(message, name), content_type)

    return read


video = _read(MediaKind.VIDEO, "video/mp4")
animation = _read(MediaKind.ANIMATION, "video/mp4")
voice = _read(MediaKind.VOICE, "audio/ogg")
document = _read(MediaKind.FILE, "")


def audio(message: JsonObject, name: str) -> Media:
    file = fields.needed(message, name)
    told = " - ".join(filter(None, (fields.text(file, "performer"), fields.text(file, "title"))))
    return _file(MediaKind.AUDIO, file, "audio/mpeg", told)


def video_note(message: JsonObject, name: str) -> Media:
    """Return a round video: as wide as it is high."""
    file = fields.needed(message, name)
    side = fields.whole(file, "length")
    return _file(MediaKind.VIDEO_NOTE, file | {"width": side, "height": side}, "video/mp4")


def sticker(message: JsonObject, name: str) -> Media:
    """Return a sticker: a WebP picture, a packed Lottie drawing, or a WebM video."""
    file = fields.needed(message, name)
    animated, moving = file.get("is_animated") is True, file.get("is_video") is True
    content_type = "application/x-tgsticker" if animated else "video/webm" if moving else "image/webp"
    return _file(MediaKind.STICKER, file, content_type, fields.text(file, "emoji"))


def _file(kind: MediaKind, file: JsonObject, content_type: str, alt: str = "") -> Media:
    size, source = fields.whole(file, "file_size"), fields.text(file, "file_id")
    if not source:
        raise fields.WrongShape("file_id")
    too_large = size is not None and size > LARGEST_DOWNLOAD
    return Media(
        kind,
        "" if too_large else source,
        name=fields.text(file, "file_name"),
        content_type=fields.text(file, "mime_type") or content_type,
        size=size,
        width=fields.whole(file, "width"),
        height=fields.whole(file, "height"),
        duration=fields.whole(file, "duration"),
        alt=alt,
        problem=_TOO_LARGE if too_large else "",
    )
