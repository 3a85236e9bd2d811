"""The application served by uvicorn on loopback, and a reader of its live stream."""

import json
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette

from hub.inbound.drain import drain
from hub.web.app import create_app
from hub.web.server import Server
from hub.wiring import Services
from tests.world import Channel

SECONDS = 10.0


@dataclass(frozen=True)
class Served:
    """A running web process in a thread."""

    url: str
    app: Starlette
    services: Services
    http: httpx.Client

    def hear(self, channel: Channel, text: str, update: int, person: int = 77) -> None:
        """A customer writes on Telegram, through the webhook and the drain."""
        sender = {"id": person, "is_bot": False, "first_name": "Carla"}
        message = {
            "message_id": update,
            "date": 1_790_000_000 + update,
            "chat": {"id": person, "type": "private", "first_name": "Carla"},
            "from": sender,
            "text": text,
        }
        answer = self.http.post(
            f"/webhooks/telegram/{channel.id}",
            json={"update_id": update, "message": message},
            headers={"X-Telegram-Bot-Api-Secret-Token": channel.webhook_secret},
        )
        assert answer.status_code == 200, answer.text
        drain(self.services, channel.sender_id)


@contextmanager
def serve(services: Services) -> Iterator[Served]:
    """Serve an application for as long as the block runs."""
    app = create_app(services)
    config = uvicorn.Config(app, port=0, log_config=None, access_log=False, timeout_graceful_shutdown=60)
    server = Server(config, app)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=url, timeout=SECONDS) as http:
            yield Served(url, app, services, http)
    finally:
        server.should_exit = True
        thread.join(SECONDS)
        assert not thread.is_alive(), "the web process did not stop"


def until(condition: Callable[[], object]) -> None:
    """Wait for a condition; fail after ten seconds."""
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


@dataclass(frozen=True)
class Event:
    """One server-sent event; `at` is when it arrived on this machine's monotonic clock."""

    id: str | None
    kind: str
    data: Any
    at: float


class Stream:
    """An open live stream, read in a thread of its own."""

    def __init__(self, served: Served, token: str, last: str | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}", **({"Last-Event-ID": last} if last is not None else {})}
        self.events: queue.Queue[Event] = queue.Queue()
        self.opening: dict[str, str] = {}
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._read, args=(f"{served.url}/api/v1/stream", headers))

    def __enter__(self) -> "Stream":
        self._thread.start()
        until(lambda: self.opening)
        return self

    def __exit__(self, *_error: object) -> None:
        if not self.ended.is_set():
            # wakes the reader, which a mere close would leave waiting for the next heartbeat
            self._response.extensions["network_stream"].get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        self._thread.join(SECONDS)

    def next(self) -> Event:
        return self.events.get(timeout=SECONDS)

    def _read(self, url: str, headers: dict[str, str]) -> None:
        try:
            with httpx.stream("GET", url, headers=headers, timeout=httpx.Timeout(SECONDS, read=60)) as response:
                self._response = response
                assert response.status_code == 200
                fields: dict[str, str] = {}
                for line in response.iter_lines():
                    fields = self._take(line, fields)
        except (httpx.HTTPError, httpx.StreamError, OSError, RuntimeError):
            pass
        finally:
            self.ended.set()

    def _take(self, line: str, fields: dict[str, str]) -> dict[str, str]:
        if line:
            name, _, value = line.partition(": ")
            return {**fields, name: value}
        if "retry" in fields:
            self.opening = fields
        if "data" in fields:
            kind, data = fields.get("event", "message"), json.loads(fields["data"])
            self.events.put(Event(fields.get("id"), kind, data, time.monotonic()))
        return {}
