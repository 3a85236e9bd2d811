"""One keep-alive HTTP/1.1 connection that does no more than a load client needs: send bytes, wait for the status."""

import asyncio
from collections.abc import Callable
from typing import cast

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length: "
_STATUS = slice(9, 12)


class Connection(asyncio.Protocol):
    """Calls `answered(status)` for each whole answer. One request at a time; no pipelining."""

    def __init__(self, answered: Callable[[bytes], None]) -> None:
        self._answered = answered
        self._held = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of asyncio's
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._held += data
        head = self._held.find(_HEAD_END)
        if head < 0:
            return
        start = self._held.lower().find(_LENGTH, 0, head)
        length = int(self._held[start + len(_LENGTH) : head].split(b"\r\n", 1)[0]) if start > 0 else 0
        if len(self._held) >= head + len(_HEAD_END) + length:
            status, self._held = self._held[_STATUS], b""
            self._answered(status)

    def connection_lost(self, _error: Exception | None) -> None:
        self._answered(b"")

    def send(self, request: bytes) -> None:
        if self._transport is not None:
            self._transport.write(request)

    def close(self) -> None:
        self._answered = _ignore
        if self._transport is not None:
            self._transport.close()


def _ignore(_status: bytes) -> None:
    """An answer nobody waits for."""
