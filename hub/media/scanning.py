"""Looking for malware: clamd by setting. What could not be scanned is never taken for clean."""

import re
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol
from urllib.parse import urlsplit

from hub.settings import Settings

_CHUNK: Final = 64 * 1024
_MAX_REPLY: Final = 4_096
_SECONDS: Final = 60.0
_FOUND: Final = re.compile(r"stream: (.{1,200}) FOUND")
_TOO_LONG: Final = "size limit exceeded"
_UNSEEN: Final = re.compile(r"[^\w.()-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Clean:
    """Scanned, nothing found."""


@dataclass(frozen=True, slots=True)
class Infected:
    """Scanned; `name` is what clamd calls the malware."""

    name: str


@dataclass(frozen=True, slots=True)
class NotScanned:
    """No scanner is set: whoever runs the hub decided that files are shown as they are."""


@dataclass(frozen=True, slots=True)
class Undecided:
    """A scanner is set but gave no verdict: the file waits and is scanned again. `reason` names cause and mend."""

    reason: str


Verdict = Clean | Infected | NotScanned | Undecided


class Scanner(Protocol):
    """Says what is in a file."""

    def scan(self, body: bytes) -> Verdict:
        """Scan the bytes of one file. Blocks for at most a minute; never raises."""


class NoScanner:
    """For a hub whose settings name no clamd."""

    def scan(self, body: bytes) -> Verdict:  # noqa: ARG002
        """Look at nothing."""
        return NotScanned()


class Clamd:
    """clamd's INSTREAM over TCP or a Unix socket, one connection a file (clamd(8), "COMMANDS").

    The address is the hub's own part, as database and queue are: whoever sets it answers for where it is.
    """

    def __init__(self, url: str, seconds: float = _SECONDS) -> None:
        self._url = urlsplit(url)
        self._seconds = seconds

    def scan(self, body: bytes) -> Verdict:
        """Send the file in chunks, each after its length in four bytes, then a length of zero; read one line."""
        deadline = time.monotonic() + self._seconds
        try:
            with self._connect() as connection:
                _send(connection, body, deadline)
                return _verdict(_reply(connection, deadline))
        except OSError:
            return Undecided("clamd does not answer: check that it runs and that HUB_CLAMD_URL is its address")

    def _connect(self) -> socket.socket:
        if self._url.scheme == "tcp":
            address = (self._url.hostname or "", self._url.port or 0)
            return socket.create_connection(address, min(self._seconds, 5.0))
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.settimeout(min(self._seconds, 5.0))
            connection.connect(self._url.path)
        except OSError:
            connection.close()
            raise
        return connection


def scanner_of(settings: Settings) -> Scanner:
    """Return the scanner that the settings name; nothing is opened yet."""
    return Clamd(settings.clamd_url) if settings.clamd_url else NoScanner()


def _send(connection: socket.socket, body: bytes, deadline: float) -> None:
    """clamd cuts the connection of a file that is too long for it, after it has said so: the reply tells more."""
    try:
        for piece in _pieces(body):
            _wait_until(connection, deadline)
            connection.sendall(piece)
    except (BrokenPipeError, ConnectionResetError):
        return


def _pieces(body: bytes) -> Iterator[bytes]:
    yield b"zINSTREAM\0"
    for start in range(0, len(body), _CHUNK):
        chunk = body[start : start + _CHUNK]
        yield struct.pack("!L", len(chunk)) + chunk
    yield struct.pack("!L", 0)


def _reply(connection: socket.socket, deadline: float) -> str:
    received = b""
    while b"\0" not in received and len(received) < _MAX_REPLY:
        _wait_until(connection, deadline)
        piece = connection.recv(_MAX_REPLY)
        if not piece:
            break
        received += piece
    line, end, _ = received.partition(b"\0")
    return line.decode("utf-8", "replace").strip() if end else ""


def _wait_until(connection: socket.socket, deadline: float) -> None:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    connection.settimeout(left)


def _verdict(reply: str) -> Verdict:
    if reply == "stream: OK":
        return Clean()
    if found := _FOUND.fullmatch(reply):
        return Infected(_UNSEEN.sub("_", found.group(1)))
    if _TOO_LONG in reply:
        return Undecided("the file is longer than clamd takes: raise StreamMaxLength in clamd.conf")
    return Undecided("clamd gave no verdict: look into its log")
