"""A hub to deliver to, a running sandbox, and the calls tests make of it."""

import hashlib
import hmac
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from hub.sandbox import seeds

WAIT = 15.0
Json = dict[str, Any]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(condition: Callable[[], Any], seconds: float = WAIT) -> Any:
    """Wait for something to become true and return it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError("it did not happen in time")


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))

    @property
    def json(self) -> Json:
        parsed: Json = json.loads(self.body)
        return parsed


@dataclass
class Receiver:
    """Keeps every call, and answers what `status` and `body` say."""

    url: str
    calls: list[Received] = field(default_factory=list)
    status: Callable[[Received], int] = lambda _call: 200
    body: Callable[[Received], bytes] = lambda _call: b""

    def of(self, path: str) -> list[Received]:
        return [call for call in self.calls if urlsplit(call.path).path == path]


@dataclass
class Sandbox:
    url: str
    smtp_port: int
    process: subprocess.Popen[bytes]

    def get(self, path: str) -> Json:
        answer = httpx.get(self.url + path)
        assert answer.is_success, answer.text
        found: Json = answer.json()
        return found

    def post(self, path: str, body: Any = None) -> Json:
        answer = httpx.post(self.url + path, json=body or {})
        assert answer.is_success, answer.text
        found: Json = answer.json()
        return found

    def write(self, channel: str, person: str, text: str, **more: str) -> str:
        return str(
            self.post("/control/customer/send", {"channel": channel, "person": person, "text": text, **more})["id"]
        )

    def fault(self, provider: str, op: str, fault: str, times: int = 1) -> None:
        self.post("/control/faults", {"provider": provider, "op": op, "fault": fault, "times": times})

    def outbox(self, channel: str, person: str) -> list[Json]:
        items: list[Json] = self.get(f"/control/outbox?channel={channel}&person={person}")["items"]
        return items

    def counters(self) -> dict[str, int]:
        counters: dict[str, int] = self.get("/control/webhooks")["counters"]
        return counters

    def idle(self) -> dict[str, int]:
        """Wait until nothing is pending, and return the counters."""
        until(lambda: self.counters()["pending"] == 0)
        return self.counters()


def start(*extra: str) -> Sandbox:
    port, smtp_port = free_port(), free_port()
    command = [sys.executable, "-m", "hub.sandbox", "--port", str(port), "--smtp-port", str(smtp_port), *extra]
    process = subprocess.Popen(command)
    sandbox = Sandbox(f"http://127.0.0.1:{port}", smtp_port, process)

    def up() -> bool:
        try:
            return httpx.get(sandbox.url + "/control").is_success
        except httpx.TransportError:
            assert process.poll() is None, "the sandbox ended instead of starting"
            return False

    until(up, 40)
    return sandbox


BOT = seeds.BOTS[0]
PAGE = seeds.PAGES[0]
WHATSAPP, SMS = seeds.NUMBERS[0], seeds.NUMBERS[1]


def bot_call(sandbox: Sandbox, method: str, token: str = BOT.token, **body: Any) -> httpx.Response:
    return httpx.post(f"{sandbox.url}/bot{token}/{method}", json=body)


def connect_bot(sandbox: Sandbox, receiver: Receiver) -> None:
    answer = bot_call(sandbox, "setWebhook", url=f"{receiver.url}/telegram", secret_token="s3cret-s3cret")
    assert answer.json() == {"ok": True, "result": True}


def texts(calls: list[Received]) -> list[str]:
    return [call.json["message"]["text"] for call in calls]


def graph(sandbox: Sandbox, path: str, body: Json, token: str = PAGE.token) -> httpx.Response:
    proof = hmac.new(seeds.APP_SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.post(f"{sandbox.url}/v26.0/{path}", json={**body, "appsecret_proof": proof}, headers=headers)


def connect_pages(sandbox: Sandbox, receiver: Receiver, **settings: Any) -> None:
    fields = "messages,message_deliveries,message_reads,message_echoes"
    for page in seeds.PAGES:
        assert graph(sandbox, f"{page.id}/subscribed_apps", {"subscribed_fields": fields}, page.token).is_success
    sandbox.post("/control/settings", {"facebook_webhook_url": f"{receiver.url}/facebook", **settings})


def send_on_page(sandbox: Sandbox, text: str) -> httpx.Response:
    message = {"text": text, "metadata": "delivery-1"}
    body = {"recipient": {"id": "24010000000000001"}, "messaging_type": "RESPONSE", "message": message}
    return graph(sandbox, "me/messages", body)
