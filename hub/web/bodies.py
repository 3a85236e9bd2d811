"""Request bodies, read whole up to a limit."""

from starlette.requests import Request

from hub.errors import HubError

JSON_LIMIT = 1024 * 1024
UPLOAD_LIMIT = 25 * 1024 * 1024


class TooLarge(HubError):  # noqa: N818 - reads as the HTTP condition it becomes
    status = 413
    title = "Too large"


async def read_body(request: Request, limit: int) -> bytes:
    """Return the body. Raises TooLarge as soon as it is known to have more than `limit` bytes."""
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise _too_large(limit)
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        chunks.append(chunk)
    return b"".join(chunks)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the body has more than {limit} bytes; send a smaller one")
