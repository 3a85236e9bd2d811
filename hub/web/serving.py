"""Answers that are files: what a stranger sent must never run as a page of ours."""

import re
from collections.abc import Mapping
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from hub.filing.reading import File
from hub.media.sniffing import inline_safe

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_KEPT_BY_BROWSERS = "private, max-age=300"
"""Short: what is erased, or taken back, goes from the browsers of those who saw it, too."""


def shown(request: Request, file: File) -> Response:
    """Answer with a file: shown in the page where that is safe, else offered for download."""
    return _answer(request, file, "inline" if inline_safe(file.view.content_type) else "attachment")


def offered(request: Request, file: File) -> Response:
    """Answer with a file, always as a download."""
    return _answer(request, file, "attachment")


def _answer(request: Request, file: File, disposition: str) -> Response:
    headers = {
        "Content-Type": file.view.content_type,
        "Content-Disposition": f"{disposition}; filename*=UTF-8''{quote(file.view.name, safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Accept-Ranges": "bytes",
        "Cache-Control": _KEPT_BY_BROWSERS,
    }
    return _part(request, file.body, headers)


def _part(request: Request, body: bytes, headers: Mapping[str, str]) -> Response:
    """Answer with the one range that was asked for (players seek by it), with everything to any other wish."""
    asked = _RANGE.fullmatch(request.headers.get("range", ""))
    if asked is None or not (asked[1] or asked[2]):
        return Response(body, headers=headers)
    start, end = _bounds(asked[1], asked[2], len(body))
    if start >= len(body) or end < start:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{len(body)}"})
    found = {**headers, "Content-Range": f"bytes {start}-{end}/{len(body)}"}
    return Response(body[start : end + 1], 206, found)


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """Return the first and last byte; without a first one the last so many are meant (RFC 9110, 14.1.2)."""
    if not first:
        return max(0, size - int(last)) if int(last) else size, size - 1
    return int(first), min(int(last), size - 1) if last else size - 1
