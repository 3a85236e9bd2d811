"""Fixtures of the sandbox tests."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.sandbox.world import Received, Receiver, Sandbox, start


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.do_POST()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            call = Received(self.command, self.path, headers, body, time.time())
            found.calls.append(call)
            query = dict(parse_qsl(urlsplit(self.path).query))
            answer = query.get("hub.challenge", "").encode() or found.body(call)
            self.send_response(found.status(call))
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_arguments: Any) -> None:
            """Keep the test output quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found = Receiver(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def running() -> Iterator[Sandbox]:
    sandbox = start("--speed", "200")
    yield sandbox
    sandbox.process.terminate()
    sandbox.process.wait(5)


@pytest.fixture
def sandbox(running: Sandbox) -> Iterator[Sandbox]:
    running.post("/control/reset")
    yield running
    running.post("/control/reset")
