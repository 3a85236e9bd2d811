"""Parameters of header values, `text/plain; charset=utf-8`, as mail programs write them (RFC 2231)."""

import re
from dataclasses import dataclass
from typing import Final

from hub.channels.email.charset import decode

_MAX_LENGTH: Final = 6_000
_MAX_SEGMENTS: Final = 100
_TOKEN = re.compile(r'"((?:[^"\\]|\\.)*+)(?:"|\\?\Z)|([^";]+)|;')
# `name`, `name*` (with charset), `name*0`, `name*0*`: segment and whether it is percent-encoded
_NAME = re.compile(r"([^*]{1,60})(?:\*([0-9]{1,3}))?(\*)?")
_ESCAPED = re.compile(rb"%([0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class Parameterised:
    """`text/plain; charset=utf-8` taken apart: lower-case value and parameter names."""

    value: str
    parameters: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Segment:
    at: int
    text: str
    encoded: bool


def parameterised(value: str) -> Parameterised:
    """Take `value; name=x; name*=utf-8''y; name*0*=…` apart; segments may come in any order. Never raises."""
    fields = _fields(value[:_MAX_LENGTH])
    plain: dict[str, str] = {}
    segments: dict[str, list[_Segment]] = {}
    for text in fields[1:]:
        name, equals, content = text.partition("=")
        found = _NAME.fullmatch(name.strip().lower()) if equals else None
        if found is None:
            continue
        if found[2] is None and found[3] is None:
            plain.setdefault(found[1], content.strip())
        elif len(segments.setdefault(found[1], [])) < _MAX_SEGMENTS:
            segments[found[1]].append(_Segment(int(found[2] or 0), content.strip(), found[3] is not None))
    # the encoded form says more than the plain one beside it
    encoded = {name: _joined(sorted(found, key=lambda each: each.at)) for name, found in segments.items()}
    return Parameterised(fields[0].strip().lower(), plain | encoded)


def _joined(segments: list[_Segment]) -> str:
    # decoded as one: a segment may end in the middle of a character
    charset, data = "utf-8", b""
    for each in segments:
        text = each.text
        if each.encoded and each.at == 0 and text.count("'") >= 2:
            charset, _, rest = text.partition("'")
            text = rest.partition("'")[2]
        raw = text.encode(_codec(charset, each), "replace")
        data += _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), raw) if each.encoded else raw
    return decode(data, charset or "utf-8")


def _codec(charset: str, segment: _Segment) -> str:
    # what stands there unencoded is text already: it goes through the charset of the whole and back
    if segment.encoded:
        return "utf-8"
    try:
        "".encode(charset or "utf-8")
    except (LookupError, ValueError):
        return "utf-8"
    return charset or "utf-8"


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
