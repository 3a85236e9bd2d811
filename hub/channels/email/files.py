"""Files that hang on a mail: their bytes as they came, their names made plain, and the parts that show them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from hub.channels.email.charset import clean, decode_words, transfer_decoded
from hub.file_names import plain_name, shortened
from hub.types import Media, MediaKind

OPAQUE: Final = "application/octet-stream"
_MAX_DECLARED: Final = 2_000
_MAX_TYPE: Final = 80
_ROOM_FOR_NUMBER: Final = 100

_KINDS: Final = {"image": MediaKind.IMAGE, "video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}
_CARDS: Final = frozenset({"text/vcard", "text/x-vcard", "text/directory", "application/vcard"})
# pictures that are programs as well, or that no browser shows
_NO_PICTURES: Final = frozenset({"image/svg+xml", "image/x-eps", "image/vnd.dwg", "image/x-wmf", "image/x-emf"})
_BY_ENDING: Final = {
    **dict.fromkeys(("jpg", "jpeg", "png", "gif", "webp", "heic", "heif", "avif", "bmp"), MediaKind.IMAGE),
    **dict.fromkeys(("mp4", "mov", "m4v", "3gp", "webm"), MediaKind.VIDEO),
    **dict.fromkeys(("mp3", "m4a", "ogg", "oga", "opus", "wav", "amr", "aac"), MediaKind.AUDIO),
    "vcf": MediaKind.CONTACT,
}
# what a file without a name is called
_CALLED: Final = {
    MediaKind.IMAGE: "picture",
    MediaKind.VIDEO: "video",
    MediaKind.AUDIO: "recording",
    MediaKind.CONTACT: "contact",
}
_ENDINGS: Final = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
    "image/heic": "heic",
    "video/mp4": "mp4",
    "video/quicktime": "mov",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/ogg": "ogg",
    "audio/amr": "amr",
    "text/vcard": "vcf",
    "text/x-vcard": "vcf",
    "text/calendar": "ics",
    "text/plain": "txt",
    "text/html": "html",
    "text/csv": "csv",
    "application/pdf": "pdf",
    "application/zip": "zip",
    "application/ms-tnef": "dat",
    "application/pkcs7-mime": "p7m",
    "application/x-pkcs7-mime": "p7m",
    "application/pkcs7-signature": "p7s",
    "application/x-pkcs7-signature": "p7s",
    "application/pgp-signature": "asc",
    "message/rfc822": "eml",
    "message/delivery-status": "txt",
}


@dataclass(frozen=True, slots=True)
class File:
    """A file on a mail.

    source       what it is found by again in the same mail: `part:3`, `part:3/tnef:1`, `part:2/uu:1`, `field:4`
    name         plain, "" when it came without one
    encoded      its bytes as they stand in the mail, in `encoding` (a Content-Transfer-Encoding, lower case)
    content_id   by which the text may show it in its place, without brackets
    """

    source: str
    name: str
    content_type: str
    encoded: bytes = field(repr=False)
    encoding: str = ""
    content_id: str = ""

    @property
    def size(self) -> int:
        """Bytes after decoding; exact but for quoted-printable."""
        if self.encoding != "base64":
            return len(self.encoded)
        return len(self.encoded.translate(None, b"\r\n\t =")) * 3 // 4

    @property
    def body(self) -> bytes:
        """The bytes after decoding."""
        return transfer_decoded(self.encoded, self.encoding)


def file_name(text: str) -> str:
    """Return a declared name fit to show and to store: decoded, one line, without folders; "" when none is left."""
    # RFC 2047 forbids encoded words here, and half of the mail programs write them
    return plain_name(decode_words(" ".join(text[:_MAX_DECLARED].split())))


def media_type(text: str) -> str:
    """Return a content type fit to store: lower case, without parameters."""
    found = "".join(clean(text).partition(";")[0].split()).lower()[:_MAX_TYPE]
    return found if found.count("/") == 1 and found.isascii() else OPAQUE


def media_parts(files: Iterable[File]) -> Iterator[Media]:
    """Yield the parts that show the files; each name stands there once."""
    used: set[str] = set()
    for file in files:
        kind = _kind(file)
        yield Media(kind, file.source, _single(_named(file, kind), used), file.content_type, file.size)


def _kind(file: File) -> MediaKind:
    if file.content_type in _CARDS:
        return MediaKind.CONTACT
    if file.content_type in _NO_PICTURES:
        return MediaKind.FILE
    if file.content_type == OPAQUE:
        return _BY_ENDING.get(file.name.rpartition(".")[2].lower(), MediaKind.FILE)
    return _KINDS.get(file.content_type.partition("/")[0], MediaKind.FILE)


def _named(file: File, kind: MediaKind) -> str:
    if file.name:
        return file.name
    ending = _ENDINGS.get(file.content_type, "")
    return f"{_CALLED.get(kind, 'file')}{'.' if ending else ''}{ending}"


def _single(name: str, used: set[str]) -> str:
    stem, dot, ending = shortened(name, _ROOM_FOR_NUMBER).rpartition(".")
    tried, count = name, 1
    while tried.lower() in used:
        count += 1
        tried = f"{stem} ({count}){dot}{ending}" if stem else f"{ending} ({count})"
    used.add(tried.lower())
    return tried


def find_file(files: Iterable[File], source: str) -> File | None:
    """Return the file of this source."""
    return next((file for file in files if file.source == source), None)
