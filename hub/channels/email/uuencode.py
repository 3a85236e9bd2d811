"""Files that stand in the text itself: `begin 644 name` … `end` (POSIX uuencode), from before MIME."""

import binascii
import re
from dataclasses import dataclass, field
from typing import Final

_BEGIN = re.compile(r"^begin [0-7]{3,4} (\S[^\r\n]{0,250})\r?$", re.MULTILINE)
_LINE = re.compile(r"[ -`]{1,90}")
_MAX_BLOCKS: Final = 20
_MAX_LINES: Final = 400_000


@dataclass(frozen=True, slots=True)
class Block:
    """A file found in a text."""

    name: str
    body: bytes = field(repr=False)


def without_blocks(text: str) -> tuple[str, tuple[Block, ...]]:
    """Return the text without its files, and these. What only looks like the start of one stays text."""
    kept: list[str] = []
    found: list[Block] = []
    at = 0
    while len(found) < _MAX_BLOCKS and (start := _BEGIN.search(text, at)):
        end, body = _read(text, start.end() + 1)
        if body is None:
            kept.append(text[at : start.end()])
            at = start.end()
            continue
        kept.append(text[at : start.start()])
        found.append(Block(start[1].strip(), body))
        at = end
    return "".join((*kept, text[at:])), tuple(found)


def uudecoded(data: bytes) -> bytes:
    """Return the file of a part that is uuencoded as a whole; the bytes as they are when it holds none."""
    _, blocks = without_blocks(data.decode("latin-1"))
    return blocks[0].body if blocks else data


def _read(text: str, start: int) -> tuple[int, bytes | None]:
    """Return where the file ends and its bytes; None: there is no such file."""
    pieces: list[bytes] = []
    at = start
    for _ in range(_MAX_LINES):
        stop = text.find("\n", at)
        stop = len(text) if stop < 0 else stop
        line = text[at:stop].rstrip("\r\n ") if stop - at < 100 else ""
        at = stop + 1
        if line in {"end", "===="}:
            return at, b"".join(pieces)
        if line and not _LINE.fullmatch(line):
            break
        if line in {"", "`"} and stop == len(text):
            break
        try:
            pieces.append(binascii.a2b_uu(line) if line else b"")
        except binascii.Error:
            break
    return start, None
