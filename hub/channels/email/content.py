"""What a mail holds: texts and files, from its tree of parts. `reading.py` says what of it is shown."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from hub.channels.email.calendar import summary_of
from hub.channels.email.charset import decode, transfer_decoded
from hub.channels.email.files import File, file_name, media_type
from hub.channels.email.headers import subject as subject_of
from hub.channels.email.mime import Entity, top_headers
from hub.channels.email.parameters import Parameterised, parameterised
from hub.channels.email.pictures import plain_id
from hub.channels.email.sealed import CONTROL_PARTS, note_of, note_of_text
from hub.channels.email.tnef import Winmail, read_tnef
from hub.channels.email.uuencode import without_blocks
from hub.types import Unsupported

_MAX_ENCODED: Final = 2 << 20
_MAX_WINMAIL: Final = 36 << 20
_TEXTS: Final = frozenset({"text/plain", "text/html"})
_CALENDARS: Final = frozenset({"text/calendar", "application/ics"})
# other forms of a text that is there anyway: for watches, for Gmail's programs, for mail programs of old
_OTHER_FORMS: Final = frozenset(
    {"text/x-amp-html", "text/watch-html", "text/enriched", "text/richtext", "text/rtf", "text/x-aol"}
)
_LONG_LINE: Final = 400
_LINES_OF_HTML: Final = ("<br", "<p", "<div", "<li", "<tr")


@dataclass(frozen=True, slots=True)
class Piece:
    """One text part, as it came."""

    text: str
    html: bool = False

    @property
    def blank(self) -> bool:
        return not self.text.strip()


@dataclass(frozen=True, slots=True)
class Content:
    """Text pieces in order, files in order, and sentences about what cannot be shown.

    pages   every HTML text of the mail, also those that another form is shown of: they say where pictures stand
    """

    pieces: tuple[Piece, ...] = ()
    files: tuple[File, ...] = ()
    pages: tuple[str, ...] = ()
    notes: tuple[Unsupported, ...] = ()


def read_content(entity: Entity) -> Content:
    """Collect texts and files of a mail's tree."""
    return finished(_tree(entity))


def finished(found: Content) -> Content:
    """Take out what lies in a winmail.dat, say what appointments are about, leave out second copies of these."""
    opened = [_opened(file) for file in found.files]
    files = _each_once(chain.from_iterable(files for files, _ in opened))
    whole = replace(found, files=files, notes=(*found.notes, *_appointments(files)))
    if any(not piece.blank for piece in found.pieces):
        return whole
    return _with_text_of(whole, [winmail for _, winmail in opened if winmail])


# --- the tree -------------------------------------------------------------------------------------------


def _tree(entity: Entity) -> Content:
    if not entity.children:
        return _leaf(entity)
    inner = [_tree(child) for child in entity.children]
    found = Content(
        tuple(chain.from_iterable(content.pieces for content in inner)),
        tuple(chain.from_iterable(content.files for content in inner)),
        tuple(chain.from_iterable(content.pages for content in inner)),
        tuple(chain.from_iterable(content.notes for content in inner)),
    )
    if entity.content_type.value == "multipart/alternative":
        files = tuple(file for file in found.files if file.name or file.content_type not in _OTHER_FORMS)
        return replace(found, pieces=_best(inner), files=files)
    note = note_of(entity.content_type)
    return replace(found, notes=(note, *found.notes)) if note else found


def _best(inner: list[Content]) -> tuple[Piece, ...]:
    """Of the alternatives take plain text, HTML only where there is none, or none worth reading."""
    html = next((content.pieces for content in inner if any(p.html and not p.blank for p in content.pieces)), ())
    for content in inner:
        if any(not piece.html and not piece.blank for piece in content.pieces):
            return html if html and _degenerate(content.pieces, html) else content.pieces
    return html


def _degenerate(plain: tuple[Piece, ...], html: tuple[Piece, ...]) -> bool:
    """Some programs put the whole text into one line of the plain form."""
    texts = [piece.text.strip() for piece in plain if not piece.blank]
    if len(texts) != 1 or "\n" in texts[0] or len(texts[0]) < _LONG_LINE:
        return False
    page = "".join(piece.text for piece in html)[: _MAX_ENCODED // 4].lower()
    return sum(page.count(tag) for tag in _LINES_OF_HTML) >= 3


def _leaf(entity: Entity) -> Content:
    kind = entity.content_type.value
    if kind in CONTROL_PARTS:
        return Content()
    disposition = parameterised(entity.headers.first("content-disposition"))
    if not _is_text(entity, disposition):
        note = note_of(entity.content_type)
        return Content(files=(_file(entity, disposition),), notes=(note,) if note else ())
    text = text_of_part(entity)
    if kind == "text/html":
        return Content((Piece(text, html=True),), pages=(text,))
    text, blocks = without_blocks(text)
    files = tuple(
        File(f"part:{entity.number}/uu:{at}", file_name(block.name), media_type(""), block.body)
        for at, block in enumerate(blocks, 1)
    )
    note = note_of_text(text)
    return Content((Piece(text),), files, notes=(note,) if note else ())


def _is_text(entity: Entity, disposition: Parameterised) -> bool:
    """Tell whether a part is to be read. Everything that claims to be no text, or to be a file, is a file."""
    kind = entity.content_type.value
    if "/" not in kind or kind.startswith("multipart/"):
        # without a boundary that is found, or of no type at all: as good as plain text
        return not disposition.parameters.get("filename")
    if kind not in _TEXTS:
        return False
    named = disposition.value == "attachment" or bool(disposition.parameters.get("filename"))
    # a mail that is nothing but one text is read, whatever it is marked as
    return entity.number == 1 or not named


def text_of_part(entity: Entity) -> str:
    """Return the decoded text of a part, of at most 2 MiB of its bytes."""
    data = entity.source[entity.start : min(entity.end, entity.start + _MAX_ENCODED)]
    return decode(transfer_decoded(data, _encoding(entity)), entity.content_type.parameters.get("charset"))


def _file(entity: Entity, disposition: Parameterised) -> File:
    kind = media_type(entity.content_type.value)
    name = file_name(disposition.parameters.get("filename") or entity.content_type.parameters.get("name", ""))
    if not name and kind == "message/rfc822":
        name = file_name(f"{subject_of(top_headers(entity.body))[:80] or 'message'}.eml".replace("/", "-"))
    content_id = plain_id(entity.headers.first("content-id"))
    return File(f"part:{entity.number}", name, kind, entity.body, _encoding(entity), content_id)


def _encoding(entity: Entity) -> str:
    return entity.headers.first("content-transfer-encoding").partition(";")[0].strip().lower()


# --- what lies in files ---------------------------------------------------------------------------------


def _opened(file: File) -> tuple[tuple[File, ...], Winmail | None]:
    """Return the files of a winmail.dat; a file that is none, or cannot be read, as it is."""
    wrapped = "ms-tnef" in file.content_type or file.name.lower() == "winmail.dat"
    if not wrapped or len(file.encoded) > _MAX_WINMAIL:
        return (file,), None
    found = read_tnef(file.body)
    if found is None or not (found.files or found.text.strip() or found.html.strip()):
        return (file,), None
    inner = tuple(
        File(
            f"{file.source}/tnef:{at}",
            file_name(each.name),
            media_type(each.content_type),
            each.body,
            content_id=plain_id(each.content_id),
        )
        for at, each in enumerate(found.files, 1)
    )
    return inner, found


def _with_text_of(found: Content, winmails: list[Winmail]) -> Content:
    for each in winmails:
        if each.text.strip():
            return replace(found, pieces=(Piece(each.text),))
        if each.html.strip():
            return replace(found, pieces=(Piece(each.html, html=True),), pages=(*found.pages, each.html))
    return found


def _appointments(files: tuple[File, ...]) -> tuple[Unsupported, ...]:
    calendars = [file for file in files if _is_calendar(file)]
    return tuple(Unsupported("calendar", summary_of(decode(file.body[: 1 << 16], "utf-8"))) for file in calendars[:10])


def _each_once(files: Iterable[File]) -> tuple[File, ...]:
    """Leave out the second copy of an appointment: calendars send it as a form of the text and as a file."""
    kept: list[File] = []
    known: dict[bytes, int] = {}
    for file in files:
        at = known.setdefault(b"".join(file.body[: 1 << 20].split()), len(kept)) if _is_calendar(file) else len(kept)
        if at == len(kept):
            kept.append(file)
        elif file.name and not kept[at].name:
            kept[at] = file
    return tuple(kept)


def _is_calendar(file: File) -> bool:
    return file.content_type in _CALENDARS or file.name.lower().endswith(".ics")
