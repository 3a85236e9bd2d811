"""Header lines read leniently, from bytes within the caps, without the standard library's header parser (facts 1.4)."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from hub.channels.email.charset import clean, decode_words
from hub.channels.email.guard import MAX_HEADER, MAX_HEADER_BLOCK, MAX_ID
from hub.channels.email.japanese import japanese

_MAX_ADDRESS = 320
_MAX_IDS = 50
_END = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
# Outlook folds a long id between its bracket and its first character
_ID = re.compile(r"<\s*([^<>\s\x00-\x1f\x7f]{1,998})\s*>")
_BARE_ID = re.compile(r"(?<![^\s,])[^<>\s,\x00-\x1f\x7f]{1,998}(?![^\s,])")
_COMMENT = re.compile(r"\(([^()]{1,200})\)\s*\Z")
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


def mailbox(value: str) -> tuple[str, str]:
    """Return (decoded name, lower-case address) of the first mailbox of a header; address "" when it has none."""
    value = _one_line(value[:MAX_HEADER])
    before, angle, after = value.rpartition("<")
    if angle and "@" in after:
        address = after.partition(">")[0]
        return _name(before), usable_address(address)
    bare = next((word for word in re.split(r"[\s,;<>()\[\]]+", value) if "@" in word), "")
    comment = _COMMENT.search(value.rstrip()[-400:])
    return _name(comment[1]) if comment else "", usable_address(bare)


def message_ids(values: Iterable[str]) -> list[str]:
    """Return the Message-IDs in header values, without angle brackets, in order, each once; at most 50."""
    found = [match for value in values for match in _ids(value[:MAX_HEADER])]
    return list(dict.fromkeys(text for text in found if len(text) <= MAX_ID))[:_MAX_IDS]


def _ids(value: str) -> list[str]:
    if "<" in value:
        return _ID.findall(value)
    return [word for word in _BARE_ID.findall(value) if "@" in word]


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
    if b"\x1b$" in data:
        return japanese(data)
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")
