"""A store that speaks what the hub uses of S3: PUT, GET, HEAD and DELETE of an object, path-style, signed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Store:
    """What it holds and was asked; `status` other than 0 is answered to everything."""

    port: int = 0
    bucket: str = "files"
    objects: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    signatures: list[dict[str, str]] = field(default_factory=list)
    status: int = 0
    location: str = ""


@contextmanager
def serve() -> Iterator[Store]:
    """Run a store until the end of the block."""
    store = Store()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("_Bound", (_Handler,), {"store": store}))
    store.port = server.server_port
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield store
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store: Store

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        self.path = url.path
        self.store.asked.append((self.command, self.path))
        self.store.signatures.append(dict(parse_qsl(url.query)))
        self.store.headers.append({name.lower(): value for name, value in self.headers.items()})
        self.close_connection = True
        if self.store.status:
            return self._say(self.store.status)
        if not {"X-Amz-Signature", "X-Amz-Credential", "X-Amz-Date"} <= set(self.store.signatures[-1]):
            return self._say(403)
        if not self.path.startswith(f"/{self.store.bucket}/"):
            return self._say(404, b"<Error><Code>NoSuchBucket</Code></Error>")
        return self._put(body) if self.command == "PUT" else getattr(self, f"_{self.command.lower()}")()

    do_GET = do_PUT = do_HEAD = do_DELETE = _answer  # noqa: N815 - the names are the base class's

    def _put(self, body: bytes) -> None:
        self.store.objects[self.path] = body
        self._say(200)

    def _get(self) -> None:
        found = self.store.objects.get(self.path)
        self._say(404) if found is None else self._say(200, found)

    def _head(self) -> None:
        self._get()

    def _delete(self) -> None:
        self._say(204 if self.store.objects.pop(self.path, None) is not None else 404)

    def _say(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("ETag", '"tag"')
        self.send_header("Last-Modified", "Sun, 22 Nov 2026 03:00:00 GMT")
        if self.store.location:
            self.send_header("Location", self.store.location)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing."""
