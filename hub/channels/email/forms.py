"""HTML forms read from bytes: mail in foreign charsets must not be forced through text, nor cut at a field limit."""

import binascii
from collections.abc import Callable
from dataclasses import dataclass, field

from python_multipart import MultipartParser, QuerystringParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from hub.channels.email.charset import decode
from hub.channels.email.guard import MAX_FORM_FIELDS


class BadForm(Exception):  # noqa: N818 - a finding about the caller's bytes
    """The body is not the form its content type says."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. `file_name` is set on uploaded files, be it empty."""

    name: str
    value: bytes = field(repr=False)
    file_name: str | None = None
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class FieldList:
    """The fields of a form in order."""

    fields: tuple[Field, ...]

    def first(self, name: str) -> bytes:
        """Return the first value of a field, b"" when it is absent."""
        return next((item.value for item in self.fields if item.name == name), b"")

    def last(self, name: str) -> bytes:
        """Return the last value of a field, b"" when it is absent."""
        return next((item.value for item in reversed(self.fields) if item.name == name), b"")

    def has(self, name: str) -> bool:
        """Tell whether the field is there."""
        return any(item.name == name for item in self.fields)

    def text(self, name: str) -> str:
        """Return the first value as text."""
        return decode(self.first(name), "utf-8")


def read_form(body: bytes, content_type: str) -> FieldList:
    """Read a urlencoded or multipart form. Raises BadForm."""
    kind, options = parse_options_header(content_type[:1_000])
    try:
        if kind == b"multipart/form-data":
            return FieldList(tuple(_multipart(body, options.get(b"boundary", b""))))
        if kind == b"application/x-www-form-urlencoded":
            return FieldList(tuple(_urlencoded(body)))
    except FormParserError as error:
        raise BadForm("the form is broken") from error
    raise BadForm("the content type is no form")


def _urlencoded(body: bytes) -> list[Field]:
    names: list[bytearray] = []
    values: list[bytearray] = []

    def start() -> None:
        _room(len(names))
        names.append(bytearray())
        values.append(bytearray())

    parser = QuerystringParser({"on_field_start": start, "on_field_name": _into(names), "on_field_data": _into(values)})
    parser.write(body)
    parser.finalize()
    return [Field(_plain(name).decode("latin-1"), _plain(value)) for name, value in zip(names, values, strict=True)]


def _multipart(body: bytes, boundary: bytes) -> list[Field]:
    if not boundary:
        raise BadForm("the form names no boundary")
    heads: list[list[bytearray]] = []
    values: list[bytearray] = []

    def begin() -> None:
        _room(len(values))
        heads.append([])
        values.append(bytearray())

    def header_field(data: bytes, start: int, end: int) -> None:
        # the parser hands name and value over in turn; a colon keeps them apart
        heads[-1].append(bytearray(data[start:end] + b":"))

    def header_value(data: bytes, start: int, end: int) -> None:
        heads[-1][-1] += data[start:end]

    parser = MultipartParser(
        boundary,
        {
            "on_part_begin": begin,
            "on_header_field": header_field,
            "on_header_value": header_value,
            "on_part_data": _into(values),
        },
    )
    parser.write(body)
    return [_part(head, bytes(value)) for head, value in zip(heads, values, strict=True)]


def _part(head: list[bytearray], value: bytes) -> Field:
    headers = {bytes(n).strip().lower(): bytes(v).strip() for n, _, v in (line.partition(b":") for line in head)}
    _, options = parse_options_header(headers.get(b"content-disposition", b"")[:4_000].decode("latin-1"))
    file_name = options.get(b"filename")
    return Field(
        options.get(b"name", b"").decode("latin-1"),
        value,
        None if file_name is None else decode(file_name, "utf-8"),
        headers.get(b"content-type", b"").decode("latin-1"),
    )


def _into(buffers: list[bytearray]) -> Callable[[bytes, int, int], None]:
    def add(data: bytes, start: int, end: int) -> None:
        buffers[-1] += data[start:end]

    return add


def _room(used: int) -> None:
    if used >= MAX_FORM_FIELDS:
        raise BadForm("the form has too many fields")


def _plain(value: bytearray) -> bytes:
    # percent-decoding at the speed of C: the same as quoted-printable with another sign. The library's decoder takes
    # half a second for a megabyte of `%`
    return binascii.a2b_qp(bytes(value).replace(b"+", b" ").replace(b"=", b"=3D").replace(b"%", b"="))
