"""What of a mail's content is shown: the person's own words, the whole text where it differs, and the files."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from hub.channels.email import pictures
from hub.channels.email.content import Content, Piece
from hub.channels.email.files import File, media_parts
from hub.channels.email.guard import MAX_HTML, MAX_TEXT
from hub.channels.email.html import cut_html, text_of
from hub.channels.email.stripping import Stripped, strip
from hub.types import FullText, Part, Text, Unsupported

_MAX_FILES: Final = 100
_SMALL: Final = 100_000
"""Bytes up to which a picture that only the history shows counts as a logo and is left out."""


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the text shows pictures: the ids in order, which of them stand in what is shown, whether some was cut."""

    ids: tuple[str, ...]
    kept: frozenset[int]
    cut: bool


def shown(content: Content, subject: str) -> tuple[Part, ...]:
    """Return the parts of the message, text first, files last. `subject`: the mail's."""
    read = cache(text_of)
    full = _joined(content.pieces, read)
    ids = _referred(content)
    short = _strip(content.pieces, ids, subject)
    places = _Places(ids, *_seen(content, short, ids, subject))
    whole = pictures.without_signs(_joined(content.pieces, read, lambda text: pictures.signed_text(text, ids)))
    parts: list[Part] = list(_texts(full, whole, short))
    if len(full) > MAX_TEXT:
        parts.append(Unsupported("long_text", f"Only the first {MAX_TEXT:,} characters of this mail are shown"))
    elif any(piece.html and len(piece.text) > MAX_HTML for piece in content.pieces):
        parts.append(Unsupported("long_text", "Only the beginning of this mail is shown: its page is too long"))
    files = list(_ordered(content.files, places))
    parts.extend((*content.notes, *media_parts(files[:_MAX_FILES])))
    if len(files) > _MAX_FILES:
        parts.append(Unsupported("attachment", f"{len(files) - _MAX_FILES} further attachments"))
    if not parts and any(not piece.blank for piece in content.pieces):
        parts.append(Unsupported("no_text", "This mail has no text of its own, only layout or pictures from elsewhere"))
    return tuple(parts)


def _texts(full: str, whole: str, short: Stripped) -> Iterator[Part]:
    """Yield what to show of `full`; `whole` is the same without the names of pictures that are shown themselves."""
    if not whole.strip():
        return
    words = pictures.without_signs(short.text)
    if short.cut_at is None or not words.strip():
        yield Text(whole[:MAX_TEXT])
    else:
        yield Text(words)
        yield FullText(full[:MAX_TEXT])


def _referred(content: Content) -> tuple[str, ...]:
    """Return the ids that pages refer to, when the mail brings one of them."""
    own = {file.content_id for file in content.files if file.content_id}
    return tuple(each for each in pictures.references(content.pages) if each in own) if own else ()


def _strip(pieces: Sequence[Piece], ids: Sequence[str], subject: str) -> Stripped:
    text = _joined(
        pieces,
        lambda page: cut_html(pictures.signed(page, ids) if ids else page),
        lambda plain: pictures.signed_text(plain, ids) if ids else plain,
    )
    return strip(text[:MAX_TEXT], subject=subject)


def _seen(content: Content, short: Stripped, ids: Sequence[str], subject: str) -> tuple[frozenset[int], bool]:
    """Say which pictures stand in the person's words; the plain form of a text shows none, so its page is asked."""
    if not ids:
        return frozenset(), False
    named = pictures.shown_in(short.text)
    if named or any(piece.html for piece in content.pieces):
        return named, short.cut_at is not None
    page = _strip([Piece(each, html=True) for each in content.pages], ids, subject)
    return pictures.shown_in(page.text), page.cut_at is not None


def _ordered(files: Sequence[File], places: _Places) -> Iterator[File]:
    """Yield the pictures of the text in its order, then the other files; logos in the history are left out."""
    at = {each: place for place, each in enumerate(places.ids)}
    inline = [file for file in files if at.get(file.content_id, -1) in places.kept]
    yield from sorted(inline, key=lambda file: at[file.content_id])
    for file in files:
        referred = file.content_id in at
        if not referred or (at[file.content_id] not in places.kept and not _is_old(file, places)):
            yield file


def _is_old(file: File, places: _Places) -> bool:
    return places.cut and file.content_type.startswith("image/") and file.size <= _SMALL


def _joined(pieces: Sequence[Piece], read_html: Callable[[str], str], read_plain: Callable[[str], str] = str) -> str:
    texts = [read_html(piece.text) if piece.html else read_plain(piece.text) for piece in pieces]
    joined = "\n\n".join(text.strip("\r\n") for text in texts if text.strip())
    return joined.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
