"""Header lines read leniently, from bytes within the caps, without the standard library's header parser (facts 1.4)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from hub.channels.email.charset import clean, decode_words
from hub.channels.email.guard import MAX_HEADER, MAX_HEADER_BLOCK, MAX_ID

_MAX_PARAMETERS = 1_000
_MAX_ADDRESS = 320
_MAX_IDS = 50
_END = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*+)(?:"|\\?\Z)|([^";]+)|;')
_ID = re.compile(r"<([^<>\s\x00-\x1f\x7f]{1,998})>")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True)
class Headers:
    """The headers of one entity in their order: lower-case names, unfolded raw values.

    cut_short  one of them was longer than 8 KiB and was cut there
    """

    pairs: tuple[tuple[str, str], ...] = ()
    cut_short: bool = False

    def first(self, name: str) -> str:
        """Return the first value of a header, "" when it is absent."""
        return next((value for key, value in self.pairs if key == name), "")

    def all(self, *names: str) -> list[str]:
        """Return every value of these headers, in the order of the mail."""
        return [value for key, value in self.pairs if key in names]

    def has(self, name: str) -> bool:
        """Tell whether the header is there, be it empty."""
        return any(key == name for key, _ in self.pairs)


@dataclass(frozen=True, slots=True)
class Parameterised:
    """`text/plain; charset=utf-8` taken apart: lower-case value and parameter names."""

    value: str
    parameters: dict[str, str]


def header_block(data: bytes, start: int, end: int) -> tuple[int, int] | None:
    """Return (end of headers, start of body) of an entity in `data[start:end]`; None: the block is over its cap."""
    if data.startswith((b"\n", b"\r\n"), start, end):
        return start, start + (1 if data.startswith(b"\n", start) else 2)
    found = _END.search(data, start, min(end, start + MAX_HEADER_BLOCK + 4))
    if found:
        return found.start(), found.end()
    return (end, end) if end - start <= MAX_HEADER_BLOCK else None


def read_headers(block: bytes) -> Headers:
    """Read a header block of at most 64 KiB. Lines that are no header are skipped."""
    pairs: list[tuple[str, str]] = []
    cut_short = False
    for line in _FOLD.sub(b"", block[:MAX_HEADER_BLOCK]).split(b"\n"):
        name, colon, value = line.partition(b":")
        if not colon or not name.strip() or b" " in name.strip():
            continue
        cut_short = cut_short or len(value) > MAX_HEADER
        pairs.append((_text(name).strip().lower(), _text(value[:MAX_HEADER]).strip()))
    return Headers(tuple(pairs), cut_short)


def from_pairs(pairs: Iterable[tuple[str, str]]) -> Headers:
    """Return headers that came already parsed (Mailgun's `message-headers`)."""
    # JSON can carry lone surrogates, which no database takes
    kept = [(clean(name).strip().lower(), clean(value).strip()) for name, value in pairs]
    return Headers(
        tuple((name, _one_line(value[:MAX_HEADER])) for name, value in kept),
        any(len(value) > MAX_HEADER for _, value in kept),
    )


def parameterised(value: str) -> Parameterised:
    """Take `value; name=x; name*=utf-8''y; name*0=…` apart. Never raises."""
    fields = _fields(value[:_MAX_PARAMETERS])
    parameters: dict[str, str] = {}
    for text in fields[1:]:
        name, equals, content = text.partition("=")
        if equals:
            _add(parameters, name.strip().lower(), content.strip())
    return Parameterised(fields[0].strip().lower(), parameters)


def mailbox(value: str) -> tuple[str, str]:
    """Return (decoded name, lower-case address) of the first mailbox of a header; address "" when it has none."""
    value = _one_line(value[:MAX_HEADER])
    before, angle, after = value.rpartition("<")
    if angle and "@" in after:
        address = after.partition(">")[0]
        return _name(before), usable_address(address)
    bare = next((word for word in re.split(r"[\s,;<>()]+", value) if "@" in word), "")
    return "", usable_address(bare)


def message_ids(values: Iterable[str]) -> list[str]:
    """Return the Message-IDs in header values, without angle brackets, in order, each once; at most 50."""
    found = [match for value in values for match in _ID.findall(value[:MAX_HEADER])]
    return list(dict.fromkeys(text for text in found if len(text) <= MAX_ID))[:_MAX_IDS]


def own_message_id(headers: Headers) -> str | None:
    """Return the Message-ID without angle brackets; None when it is missing, empty or longer than 250 characters."""
    value = _one_line(headers.first("message-id")).strip()
    inner = value.rpartition("<")[2].partition(">")[0] if "<" in value else value
    inner = "".join(inner.split())
    return inner if 0 < len(inner) <= MAX_ID else None


def sent_at(headers: Headers) -> datetime | None:
    """Return the Date header as aware UTC, None when it cannot be read."""
    try:
        found = parsedate_to_datetime(headers.first("date")[:100])
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def subject(headers: Headers) -> str:
    """Return the decoded subject on one line, at most 500 characters."""
    return _one_line(decode_words(headers.first("subject")[:2_000])).strip()[:500]


def _fields(value: str) -> list[str]:
    fields = [""]
    for match in _TOKEN.finditer(value):
        if match[0] == ";":
            fields.append("")
        elif match[2] is not None:
            fields[-1] += match[2]
        else:
            fields[-1] += re.sub(r"\\(.)", r"\1", match[1])
    return fields


def _add(parameters: dict[str, str], name: str, content: str) -> None:
    # RFC 2231: `name*=charset'lang'%41`, and continuations `name*0=`, `name*1*=` in order
    plain, star, _ = name.partition("*")
    if name.endswith("*"):
        content = _percent(content)
    if star and plain in parameters and not name.endswith(("*0", "*0*")) and name != plain + "*":
        parameters[plain] += content
    elif star or plain not in parameters:
        parameters[plain] = content


def _percent(content: str) -> str:
    charset, quote, rest = content.partition("'")
    text = rest.partition("'")[2] if quote else content
    data = re.sub(rb"%([0-9A-Fa-f]{2})", lambda m: bytes([int(m[1], 16)]), text.encode("utf-8", "replace"))
    try:
        return data.decode(charset if quote and charset else "utf-8")
    except (LookupError, UnicodeError, ValueError):
        return data.decode("latin-1")


def _name(text: str) -> str:
    name = text.rpartition(",")[2] if "," in text and '"' not in text else text
    return _one_line(decode_words(name.replace('"', " ").replace("\\", ""))).strip()[:200]


def usable_address(text: str) -> str:
    """Return an address in lower case; "" when it is none, or none that anything could be stored under."""
    address = clean(text).strip().strip("'\"").lower().removeprefix("mailto:")
    unfit = "@" not in address or len(address) > _MAX_ADDRESS or re.search(r"[\s\x00-\x1f\x7f]", address)
    return "" if unfit else address


def _one_line(text: str) -> str:
    return _CONTROL.sub(" ", text)


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
