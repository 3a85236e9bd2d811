"""What can be said on Telegram, and in which single messages."""

from collections.abc import Iterator

from hub.channels.composing import compose
from hub.channels.telegram.errands import REACTIONS
from hub.channels.telegram.render import ALBUM_LIMIT, ALONE, CAPTION_LIMIT, TEXT_LIMIT, WITHOUT_CAPTION
from hub.types import ButtonRule, Capabilities, Media, MediaKind, MediaRule, Reactions, Said

_MIB = 1 << 20
_UPLOAD = 50 * _MIB
_PHOTO = 10 * _MIB
_STICKER = _MIB // 2
_BUTTONS = 100
_LABEL = 64
_PHOTO_SIDES, _PHOTO_RATIO = 10_000, 20
"""Width and height of a photo together, and how much longer one side may be."""

CAPABILITIES = Capabilities(
    text_limit=TEXT_LIMIT,
    splits_text=True,
    media={
        MediaKind.IMAGE: MediaRule(_PHOTO, ("image/jpeg", "image/png", "image/webp")),
        MediaKind.VIDEO: MediaRule(_UPLOAD, ("video/mp4",)),
        MediaKind.VIDEO_NOTE: MediaRule(_UPLOAD, ("video/mp4",)),
        MediaKind.ANIMATION: MediaRule(_UPLOAD, ("image/gif", "video/mp4")),
        MediaKind.AUDIO: MediaRule(_UPLOAD, ("audio/mpeg", "audio/mp4", "audio/x-m4a")),
        MediaKind.VOICE: MediaRule(_UPLOAD, ("audio/ogg", "audio/mpeg", "audio/mp4", "audio/x-m4a")),
        MediaKind.STICKER: MediaRule(_STICKER, ("image/webp", "video/webm", "application/x-tgsticker")),
        MediaKind.FILE: MediaRule(_UPLOAD),
    },
    caption_limit=CAPTION_LIMIT,
    files_per_message=ALBUM_LIMIT,
    location=True,
    contact=True,
    reply_to=True,
    reactions=Reactions.LISTED,
    reaction_list=REACTIONS,
    edits=True,
    deletions=True,
    buttons=ButtonRule(most=_BUTTONS, label_limit=_LABEL),
    typing=True,
    polls=True,
    recovers=True,
    sends_per_second=30.0,
    to_one_per_second=1.0,
    parallel_sends=12,
)
"""Limits: providers.md A5 and A6; types: what Telegram shows as such, everything else goes as a document."""


def compose_for_telegram(label: str, said: Said) -> tuple[Said, ...]:
    """Say in which messages an answer goes out. Raises UnsupportedContent."""
    fitting = Said(said.text, tuple(_fitting(part) if isinstance(part, Media) else part for part in said.parts))
    return tuple(single for each in compose(label, CAPABILITIES, fitting) for single in _apart(each))


def _fitting(media: Media) -> Media:
    """A picture too long, or too heavy for a photo, goes as a plain file: as it is."""
    if media.kind is not MediaKind.IMAGE or _is_photo(media):
        return media
    return Media(MediaKind.FILE, media.source, media.name, media.content_type, media.size)


def _is_photo(media: Media) -> bool:
    width, height = media.width or 1, media.height or 1
    fits = width + height <= _PHOTO_SIDES and max(width, height) <= _PHOTO_RATIO * min(width, height)
    return (media.size or 0) <= _PHOTO and (fits or media.width is None)


def _apart(said: Said) -> Iterator[Said]:
    """Kinds that go into no album go alone, and those that show no words have their words before them."""
    kinds = {part.kind for part in said.parts if isinstance(part, Media)}
    if said.text and kinds & WITHOUT_CAPTION:
        yield Said(said.text)
        said = Said("", said.parts)
    if len(said.parts) > 1 and kinds & ALONE:
        first, *rest = said.parts
        yield Said(said.text, (first,))
        yield from (Said("", (part,)) for part in rest)
        return
    yield said
