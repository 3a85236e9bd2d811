"""A host of files that does what it is told, also what no host should, and remembers what it was asked with."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

Handler = BaseHTTPRequestHandler
Play = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Host:
    """`plays` by path; `asked` are paths, `headers` what came with them; `over` ends plays that last."""

    port: int = 0
    plays: dict[str, Play] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    sent: int = 0
    over: Event = field(default_factory=Event)

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def serve() -> Iterator[Host]:
    """Run a host until the end of the block."""
    host = Host()

    class Bound(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            host.asked.append(self.path)
            host.headers.append({name.lower(): value for name, value in self.headers.items()})
            with suppress(ConnectionError):
                host.plays[self.path](self)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Bound)
    host.port = server.server_port
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield host
    finally:
        host.over.set()
        server.shutdown()
        thread.join()
        server.server_close()


def says(status: int, body: bytes = b"", **headers: str) -> Play:
    """Answer with these headers; underscores in their names stand for hyphens."""

    def play(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return play


def endless(host: Host, piece: bytes, seconds_between: float = 0.0, **headers: str) -> Play:
    """Send a piece again and again, until nobody listens any more."""

    def play(handler: BaseHTTPRequestHandler) -> None:
        says(200, b"", **headers)(handler)
        while not host.over.wait(seconds_between):
            handler.wfile.write(piece)
            host.sent += len(piece)

    return play
