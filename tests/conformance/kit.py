"""What a channel kind brings to the conformance suite: how its provider signs, who the sender is, what the wire is."""

import importlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import HTTP
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Protocol, cast
from urllib.parse import parse_qs, urlencode

import httpx
import respx

from hub.channels.base import Adapter, AdapterContext
from hub.channels.egress import Egress
from hub.channels.http import HttpFactory
from hub.crypto import DataKey
from hub.settings import Settings
from hub.types import ChannelKind, Sender, WebhookRequest, WebhookSecret

RECEIVED_AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PUBLIC_URL = "https://hub.example.org"
FIXTURES = Path(__file__).parent.parent / "fixtures"
FAILURE_CASES = (
    "connect_error",
    "read_timeout",
    "rate_limited_with_wait",
    "rate_limited_without_wait",
    "unauthorized",
    "server_error",
    "not_json",
)


@cache
def _read_once(given: tuple[tuple[str, Any], ...]) -> Settings:
    """Settings with what a kit gives; reading them takes longer than most of the tests that need them."""
    return Settings(_env_file=None, public_url=PUBLIC_URL, **dict(given))  # type: ignore[call-arg]


class Wire(Protocol):
    """The provider's end of a send: `calls` are the requests made so far, in the shape of `outbound/<name>.json`."""

    @property
    def calls(self) -> list[dict[str, Any]]: ...


class Kit:
    """One channel kind under test. The class attributes without value must be set."""

    kind: ClassVar[ChannelKind]
    adapter: ClassVar[str]
    """`module:Class`."""
    settings: ClassVar[Mapping[str, Any]] = {}
    sender: ClassVar[Sender]
    """The sender the fixtures are for, with credentials."""
    secrets: ClassVar[Sequence[WebhookSecret]]
    """What core would find for `secret_query`; the first one signs."""
    foreign_secrets: ClassVar[Sequence[WebhookSecret]]
    """Another sender's or account's secrets, of the same length where that matters."""
    path: ClassVar[str]
    params: ClassVar[Mapping[str, str]] = {}
    headers: ClassVar[Mapping[str, str]] = {"content-type": "application/json"}
    signature_header: ClassVar[str] = ""
    covers_body: ClassVar[bool] = True
    """False where the provider's signature does not cover the body."""
    failure_cases: ClassVar[Sequence[str]] = FAILURE_CASES

    def sign(self, request: WebhookRequest, secret: WebhookSecret) -> WebhookRequest:
        """Return the request as the provider would have signed it with `secret`."""
        raise NotImplementedError

    def unsign(self, request: WebhookRequest) -> WebhookRequest:
        """Return the request without its signature."""
        return replace(request, headers={k: v for k, v in request.headers.items() if k != self.signature_header})

    def tamper(self, request: WebhookRequest) -> WebhookRequest:
        """Return the request with one character of its signature changed."""
        value = request.headers[self.signature_header]
        changed = value[:-2] + ("A" if value[-2] != "A" else "B") + value[-1]
        return replace(request, headers={**request.headers, self.signature_header: changed})

    def wire(self, answer: Mapping[str, Any]) -> AbstractContextManager[Wire]:
        """Stand in for the provider during one send: answer it with `answer` and keep the request."""
        raise NotImplementedError

    def build(self) -> Adapter:
        """Return the adapter with this kit's settings."""
        module, _, name = self.adapter.partition(":")
        cls = getattr(importlib.import_module(module), name)
        return cast(Adapter, cls(self.context()))

    def context(self) -> AdapterContext:
        """Return what the adapter is built with."""
        settings = _read_once(tuple(self.settings.items()))
        return AdapterContext(settings, HttpFactory(Egress(settings, frozenset)), lambda: DataKey(b"k" * 32))

    @property
    def folder(self) -> Path:
        """Where this kind's fixtures are."""
        return FIXTURES / self.kind

    def inbound_names(self) -> list[str]:
        """Return the names of the inbound fixtures."""
        return sorted(path.stem for path in (self.folder / "inbound").glob("*.body"))

    def outbound_names(self) -> list[str]:
        """Return the names of the send fixtures."""
        return sorted(p.stem for p in (self.folder / "outbound").glob("*.json") if p.stem != "failures")

    def request(self, name: str) -> WebhookRequest:
        """Return an inbound fixture as an unsigned webhook request."""
        body = (self.folder / "inbound" / f"{name}.body").read_bytes()
        file = self.folder / "inbound" / f"{name}.request.json"
        return self.make(body, json.loads(file.read_bytes()) if file.exists() else {})

    def make(self, body: bytes, changes: Mapping[str, Any] | None = None) -> WebhookRequest:
        """Return an unsigned request with this body and the kit's defaults, changed as a `.request.json` says."""
        changes = changes or {}
        path = changes.get("path", self.path)
        query = changes.get("query", {})
        return WebhookRequest(
            method=changes.get("method", "POST"),
            path=path,
            public_url=PUBLIC_URL + path + (f"?{urlencode(query)}" if query else ""),
            headers={**self.headers, **changes.get("headers", {})},
            body=body,
            received_at=RECEIVED_AT,
            params=changes.get("params", self.params),
            query=query,
        )

    def signed(self, name: str) -> WebhookRequest:
        """Return an inbound fixture as the provider would send it."""
        return self.sign(self.request(name), self.secrets[0])

    def expected(self, name: str) -> list[dict[str, Any]]:
        """Return what split and parse must say of an inbound fixture."""
        return cast(list[dict[str, Any]], self._read(f"inbound/{name}.expected.json"))

    def outbound(self, name: str) -> dict[str, Any]:
        """Return a send fixture."""
        return cast(dict[str, Any], self._read(f"outbound/{name}.json"))

    def failures(self) -> dict[str, dict[str, Any]]:
        """Return the failures table; empty without a file, which a test then complains about."""
        if not (self.folder / "outbound" / "failures.json").exists():
            return {}
        return cast(dict[str, dict[str, Any]], self._read("outbound/failures.json"))

    def _read(self, name: str) -> Any:
        return json.loads((self.folder / name).read_bytes())


class HttpWire:
    """The requests that left over HTTP."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    @property
    def calls(self) -> list[dict[str, Any]]:
        return [_described(request) for request in self.requests]


class HttpKit(Kit):
    """A kind whose sends are HTTP requests."""

    def wire(self, answer: Mapping[str, Any]) -> AbstractContextManager[Wire]:
        """Answer every HTTP request with `answer` (see README)."""
        return _http_wire(answer)


@contextmanager
def _http_wire(answer: Mapping[str, Any]) -> Iterator[Wire]:
    wire = HttpWire()

    def reply(request: httpx.Request) -> httpx.Response:
        wire.requests.append(request)
        if "raises" in answer:
            raise getattr(httpx, answer["raises"])("the wire was told to fail", request=request)
        body = {"json": answer["json"]} if "json" in answer else {"text": answer.get("text", "")}
        return httpx.Response(answer["status"], headers=answer.get("headers", {}), **body)

    with respx.mock(assert_all_called=False, assert_all_mocked=True) as router:
        router.route().mock(side_effect=reply)
        yield wire


def _described(request: httpx.Request) -> dict[str, Any]:
    content = request.content
    kind = request.headers.get("content-type", "").partition(";")[0]
    described: dict[str, Any] = {
        "method": request.method,
        "url": str(request.url),
        "headers": dict(request.headers),
    }
    if kind == "application/json":
        described["json"] = json.loads(content)
    elif kind == "application/x-www-form-urlencoded":
        fields = parse_qs(content.decode(), keep_blank_values=True)
        described["form"] = {name: _field(found) for name, found in fields.items()}
    elif kind == "multipart/form-data":
        described["multipart"] = _multipart(request)
    elif content:
        described["text"] = content.decode("utf-8", "replace")
    return described


def _multipart(request: httpx.Request) -> dict[str, Any]:
    """The fields of a form with files; JSON objects in it are decoded, a file is its name, type and text."""
    head = f"content-type: {request.headers['content-type']}\r\n\r\n".encode()
    parts = message_from_bytes(head + request.content, policy=HTTP).iter_parts()
    return {str(part.get_param("name", header="content-disposition")): _part(part) for part in parts}


def _part(part: Any) -> Any:
    text = part.get_payload(decode=True).decode("utf-8", "replace")
    if part.get_filename() is None:
        return _field([text])
    return {"name": part.get_filename(), "content_type": part.get_content_type(), "text": text}


def _field(values: list[str]) -> Any:
    """A form field; JSON objects in it are decoded, because the order of their members means nothing."""
    if len(values) > 1:
        return values
    return json.loads(values[0]) if values[0].startswith('{"') else values[0]


def load(kind: str) -> Kit:
    """Return the kit of a kind, from `tests/fixtures/<kind>/kit.py`."""
    return cast(Kit, importlib.import_module(f"tests.fixtures.{kind}.kit").KIT)
