"""The MIME tree of a mail, found by positions in its bytes: nothing is copied or decoded before it is wanted."""

import re
from dataclasses import dataclass, field

from hub.channels.email.guard import MAX_NESTING, MAX_PARTS, MAX_RAW, Excess, OverCaps
from hub.channels.email.headers import Headers, header_block, read_headers
from hub.channels.email.parameters import Parameterised, parameterised

_MAX_BOUNDARY = 200
_WORK_PER_BYTE = 8
"""How often one byte may be looked at while boundaries are searched; ordinary mail is nested two to four deep."""


@dataclass(frozen=True, slots=True)
class Entity:
    """A mail or a part of one. `body` are the bytes after its headers, still transfer-encoded.

    number   its place among all parts, from 1 for the mail itself, depth first
    """

    headers: Headers
    content_type: Parameterised
    source: bytes = field(repr=False)
    start: int
    end: int
    children: tuple["Entity", ...] = ()
    number: int = 1

    @property
    def body(self) -> bytes:
        return self.source[self.start : self.end]

    @property
    def size(self) -> int:
        """Bytes of the encoded body."""
        return self.end - self.start


def read_mail(raw: bytes) -> Entity:
    """Return the tree of a mail. Raises OverCaps; nothing else, whatever the bytes are."""
    if len(raw) > MAX_RAW:
        raise OverCaps(Excess.RAW)
    return _Walk(raw).entity(0, len(raw), 0, "text/plain")


def top_headers(raw: bytes) -> Headers:
    """Return the headers of a mail that is over the caps, as far as they may be read."""
    found = header_block(raw, 0, len(raw))
    return read_headers(raw[: found[0]] if found else raw[: 64 << 10])


class _Walk:
    """One pass over a mail, counting parts and looked-at bytes."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._parts = 0
        self._work = len(raw) * _WORK_PER_BYTE + (1 << 20)

    def entity(self, start: int, end: int, depth: int, default: str) -> Entity:
        """Read the entity in raw[start:end]."""
        number = self._count(depth)
        found = header_block(self._raw, start, end)
        if found is None:
            raise OverCaps(Excess.HEADER_BLOCK)
        headers = read_headers(self._raw[start : found[0]])
        content_type = parameterised(headers.first("content-type") or default)
        children = self._children(content_type, found[1], end, depth)
        return Entity(headers, content_type, self._raw, found[1], end, children, number)

    def _count(self, depth: int) -> int:
        self._parts += 1
        if self._parts > MAX_PARTS:
            raise OverCaps(Excess.PARTS)
        if depth > MAX_NESTING:
            raise OverCaps(Excess.NESTING)
        return self._parts

    def _children(self, kind: Parameterised, start: int, end: int, depth: int) -> tuple[Entity, ...]:
        boundary = kind.parameters.get("boundary", "")[:_MAX_BOUNDARY]
        if not kind.value.startswith("multipart/") or not boundary:
            return ()
        default = "message/rfc822" if kind.value == "multipart/digest" else "text/plain"
        spans = self._spans(boundary.encode("utf-8", "replace"), start, end)
        return tuple(self.entity(at, stop, depth + 1, default) for at, stop in spans)

    def _spans(self, boundary: bytes, start: int, end: int) -> list[tuple[int, int]]:
        self._spend(end - start)
        delimiter = re.compile(rb"\n--" + re.escape(boundary) + rb"(--)?[ \t]*\r?(?:\n|\Z)")
        spans: list[tuple[int, int]] = []
        opened: int | None = None
        # the delimiter of the first part may be the very first line of the body
        at = max(start - 1, 0)
        while match := delimiter.search(self._raw, at, end):
            if opened is not None:
                spans.append((opened, _without_return(self._raw, opened, match.start())))
            if len(spans) > MAX_PARTS:
                raise OverCaps(Excess.PARTS)
            opened = None if match[1] else match.end()
            if match[1]:
                break
            at = match.end() - 1
        return [*spans, (opened, end)] if opened is not None else spans

    def _spend(self, amount: int) -> None:
        self._work -= amount
        if self._work < 0:
            raise OverCaps(Excess.NESTING)


def _without_return(raw: bytes, start: int, end: int) -> int:
    end = max(start, end)
    return end - 1 if end > start and raw[end - 1 : end] == b"\r" else end
