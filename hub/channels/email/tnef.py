"""Outlook's winmail.dat: files and text wrapped in TNEF. Read within bounds; what is broken ends the reading quietly.

Format: Microsoft's open specifications MS-OXTNEF (attributes) and MS-OXCDATA (types of properties).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from struct import Struct, error
from typing import Final

from hub.channels.email.charset import decode

SIGNATURE: Final = b"\x78\x9f\x3e\x22"
_MAX_FILES: Final = 100
_MAX_ATTRIBUTES: Final = 10_000
_MAX_PROPERTIES: Final = 2_000
_MAX_DEPTH: Final = 3

_U16, _U32 = Struct("<H"), Struct("<I")
_ATTRIBUTE = Struct("<BII")

# attributes: identifier and type in one number
_BODY: Final = 0x0002800C
_MAPI: Final = 0x00069003
_RENDERING: Final = 0x00069002
_TITLE: Final = 0x00018010
_DATA: Final = 0x0006800F
_ATTACHMENT: Final = 0x00069005

# properties
_TEXT, _HTML, _NAME, _LONG_NAME, _TYPE, _OBJECT, _CID = 0x1000, 0x1013, 0x3704, 0x3707, 0x370E, 0x3701, 0x3712
_STRING8, _UNICODE, _OBJECT_TYPE, _BINARY = 0x1E, 0x1F, 0x0D, 0x102
_VARIABLE: Final = frozenset({_STRING8, _UNICODE, _OBJECT_TYPE, _BINARY})
_FIXED: Final = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_MANY: Final = 0x1000
_NAMED: Final = 0x8000


@dataclass(frozen=True, slots=True)
class TnefFile:
    """A file of a winmail.dat."""

    name: str
    content_type: str
    body: bytes = field(repr=False)
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Winmail:
    """What a winmail.dat holds. `html` counts only where `text` is empty."""

    text: str = ""
    html: str = ""
    files: tuple[TnefFile, ...] = ()


def read_tnef(data: bytes, depth: int = 0) -> Winmail | None:
    """Return the contents; None when the bytes are no TNEF. Never raises."""
    if not data.startswith(SIGNATURE) or depth > _MAX_DEPTH:
        return None
    reading = _Reading(depth)
    for number, (name, value) in enumerate(_attributes(data)):
        if number >= _MAX_ATTRIBUTES:
            break
        reading.take(name, value)
    return reading.done()


class _Reading:
    """Gathers attributes: those of a file come in a row, from its rendering data on."""

    def __init__(self, depth: int) -> None:
        self._depth = depth
        self._text = self._html = ""
        self._files: list[TnefFile] = []
        self._title, self._data = "", b""
        self._properties: dict[int, bytes | str] = {}

    def take(self, name: int, value: bytes) -> None:
        if name == _RENDERING:
            self._close()
        elif name == _TITLE:
            self._title = _string8(value)
        elif name == _DATA:
            self._data = value
        elif name == _ATTACHMENT:
            self._properties = _properties(value)
        elif name == _BODY:
            self._text = _string8(value)
        elif name == _MAPI:
            found = _properties(value)
            self._text = self._text or _text(found.get(_TEXT))
            self._html = _text(found.get(_HTML))

    def done(self) -> Winmail:
        self._close()
        return Winmail(self._text, self._html, tuple(self._files))

    def _close(self) -> None:
        found, title, data = self._properties, self._title, self._data
        self._properties, self._title, self._data = {}, "", b""
        inner = found.get(_OBJECT)
        if isinstance(inner, bytes):
            # a mail within: the interface's id, then a TNEF of its own
            read = read_tnef(inner[16:], self._depth + 1)
            self._add(*(read.files if read else ()))
            data = data or (b"" if read else inner[16:])
        if data:
            name = _text(found.get(_LONG_NAME)) or _text(found.get(_NAME)) or title
            self._add(TnefFile(name, _text(found.get(_TYPE)), data, _text(found.get(_CID)).strip("<> ")))

    def _add(self, *files: TnefFile) -> None:
        self._files.extend(files[: _MAX_FILES - len(self._files)])


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 6
    while at + _ATTRIBUTE.size <= len(data):
        _, name, size = _ATTRIBUTE.unpack_from(data, at)
        at += _ATTRIBUTE.size
        if at + size > len(data):
            return
        yield name, data[at : at + size]
        # two bytes of a checksum follow, which mailers get wrong
        at += size + 2


def _properties(data: bytes) -> dict[int, bytes | str]:
    """Return the strings, objects and binaries among the properties, the first value of each."""
    found: dict[int, bytes | str] = {}
    try:
        count = min(_U32.unpack_from(data, 0)[0], _MAX_PROPERTIES)
        at = 4
        for _ in range(count):
            at = _property(data, at, found)
    except (error, _Broken):
        pass
    return found


class _Broken(Exception):  # noqa: N818 - ends the reading of one list, never leaves this module
    """The bytes stop, or are of no known type."""


def _property(data: bytes, at: int, found: dict[int, bytes | str]) -> int:
    kind, name = _U16.unpack_from(data, at)[0], _U16.unpack_from(data, at + 2)[0]
    at = _after_name(data, at + 4) if name >= _NAMED else at + 4
    many, kind = kind & _MANY, kind & ~_MANY
    if kind in _FIXED:
        number = _U32.unpack_from(data, at)[0] if many else 1
        return _within(data, at + (4 if many else 0) + _FIXED[kind] * number)
    if kind not in _VARIABLE:
        raise _Broken
    number, at = _U32.unpack_from(data, at)[0], at + 4
    for _ in range(min(number, _MAX_PROPERTIES)):
        size = _U32.unpack_from(data, at)[0]
        value = data[at + 4 : _within(data, at + 4 + size)]
        found.setdefault(name, value.decode("utf-16-le", "replace").rstrip("\0") if kind == _UNICODE else value)
        at = at + 4 + size + -size % 4
    return at


def _after_name(data: bytes, at: int) -> int:
    """Skip the name of a named property: its space's id, then a number or a string."""
    by_string, size = _U32.unpack_from(data, at + 16)[0], _U32.unpack_from(data, at + 20)[0]
    return at + 24 + (size + -size % 4 if by_string else 0)


def _within(data: bytes, at: int) -> int:
    if at > len(data):
        raise _Broken
    return at


def _text(value: bytes | str | None) -> str:
    return _string8(value) if isinstance(value, bytes) else value or ""


def _string8(value: bytes) -> str:
    return decode(value.rstrip(b"\0"), None)
