"""Where data goes (F10, K23): to registered and activated providers, and nothing in the hub can go elsewhere.

What the HTTP factory refuses is in tests/test_http.py, the relays are in tests/test_email_sending.py, the registry
in tests/test_registry.py, who activated what in tests/test_providers.py.
"""

import ast
import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from hub.channels.egress import Egress, EgressRefused
from hub.channels.http import HttpFactory
from hub.db.activations import ActivationReader
from hub.providers import activation
from hub.settings import Settings, load
from hub.types import Machine
from hub.wiring import Services
from tests.fixtures.email.smtp_wire import free_port
from tests.outgoing import WATCH, Watch
from tests.parsing import parsed

ROOT = Path(__file__).parent.parent
RUNNER = Machine("cli", origin="cli")
OPTIONAL = "mailgun"
BACKUP = "smtp://relay.example:587?tls=starttls"


def hub_with(**urls: str) -> Settings:
    return load(_env_file=None, secret_key="k" * 32, **urls)


# --- the rule -------------------------------------------------------------------------------------------


def test_a_refusal_names_the_host_and_the_mend_and_is_logged_once() -> None:
    egress = Egress(hub_with(mail_backup_url=BACKUP), frozenset)
    with capture_logs() as logged:
        for _ in range(3):
            with pytest.raises(EgressRefused, match=f"relay.example.*hub providers activate {OPTIONAL}"):
                egress.permit("relay.example", 587)
        with pytest.raises(EgressRefused, match=r"elsewhere.example.*docs/providers\.md"):
            egress.permit("elsewhere.example", 443)
    assert [(each["event"], each["host"]) for each in logged] == [
        ("egress.refused", "relay.example"),
        ("egress.refused", "elsewhere.example"),
    ]
    assert not egress.allows("relay.example", 587)


def test_an_activated_provider_may_be_connected_to_and_its_end_is_heeded(services: Services) -> None:
    def now() -> frozenset[str]:
        return ActivationReader(services.db)()

    egress = Egress(hub_with(mail_backup_url=BACKUP), now)
    assert not egress.allows("relay.example", 587)
    activation.activate(services, RUNNER, OPTIONAL)
    egress.permit("relay.example", 587)
    assert not egress.allows("relay.example", 25)
    activation.deactivate(services, RUNNER, OPTIONAL)
    assert not egress.allows("relay.example", 587)


def test_inherent_providers_are_reached_without_asking_the_database() -> None:
    egress = Egress(hub_with(), lambda: pytest.fail("it was asked"))
    for host in ("api.telegram.org", "graph.facebook.com", "api.twilio.com", "numbers.twilio.com"):
        assert egress.allows(host, 443)


def test_a_kept_connection_outlives_no_permission() -> None:
    asyncio.run(_keep_and_forbid())


async def _keep_and_forbid() -> None:
    heard: list[bytes] = []
    left = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            if line == b"\r\n":
                heard.append(line)
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()
        await writer.wait_closed()
        left.set()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    allowed = {OPTIONAL}
    egress = Egress(hub_with(mail_backup_url=f"smtp://127.0.0.1:{port}"), lambda: frozenset(allowed))
    async with server:
        async with HttpFactory(egress).client() as client:
            assert (await client.get(f"http://127.0.0.1:{port}/")).status_code == 204
            allowed.clear()
            with pytest.raises(EgressRefused):
                await client.get(f"http://127.0.0.1:{port}/")
        await left.wait()
    assert len(heard) == 1


# --- nobody else opens connections ----------------------------------------------------------------------

_MAY_CONNECT = {
    # the two factories
    "hub/channels/http.py",
    "hub/channels/email/client.py",
    # only signs with a library that could connect too; its requests go through the first of the factories
    "hub/media/s3.py",
    # the scanner is a part of the hub's own, as database and queue are
    "hub/media/scanning.py",
    # looks whether the hub's own port is free
    "hub/processes/embedded.py",
    # sets the demo up through the hub's own API, on this machine
    "hub/demo/calls.py",
}
_PEERS = ("hub/sandbox/",)
"""The simulators: a program of its own, which calls the hub as the providers do."""

_OPENERS = {
    "httpx": {
        "AsyncClient",
        "Client",
        "AsyncHTTPTransport",
        "HTTPTransport",
        "get",
        "post",
        "put",
        "request",
        "stream",
    },
    "aiosmtplib": {"SMTP", "send"},
    "smtplib": {"SMTP", "SMTP_SSL"},
    "socket": {"socket", "create_connection"},
    "asyncio": {"open_connection", "open_unix_connection"},
    "urllib.request": {"urlopen", "Request", "build_opener"},
    "http.client": {"HTTPConnection", "HTTPSConnection"},
    "urllib3": {"PoolManager"},
    "requests": {"get", "post", "put", "request", "Session"},
    "aiohttp": {"ClientSession"},
    "obstore.store": {"S3Store", "HTTPStore", "GCSStore", "AzureStore", "from_url"},
}


def openers(tree: ast.Module) -> Iterator[str]:
    """Yield what in a module opens connections, however it was imported; type annotations do not count."""
    modules: dict[str, str] = {}
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            modules |= {alias.asname or alias.name: alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    for node in ast.walk(tree):
        for used in _used(node):
            module, _, name = used.rpartition(".")
            whole = names.get(used) or f"{modules.get(module) or names.get(module, module)}.{name}"
            module, _, name = whole.rpartition(".")
            if name in _OPENERS.get(module, ()):
                yield whole


def _used(node: ast.AST) -> Iterator[str]:
    """What is called, and what a class inherits from."""
    match node:
        case ast.Call(func=func):
            yield ast.unparse(func)
        case ast.ClassDef(bases=bases):
            yield from map(ast.unparse, bases)


def test_only_the_factories_open_connections() -> None:
    found = {
        path
        for folder in ("hub", "workers")
        for file in sorted((ROOT / folder).rglob("*.py"))
        if not (path := file.relative_to(ROOT).as_posix()).startswith(_PEERS)
        and list(openers(parsed(file.read_text())))
    }
    assert found == _MAY_CONNECT


@pytest.mark.parametrize(
    "source",
    [
        "import httpx\nhttpx.AsyncClient()",
        "import httpx as h\nh.get('https://x.example')",
        "from httpx import AsyncClient as Web\nWeb()",
        "import httpx\nclass Mine(httpx.AsyncHTTPTransport): ...",
        "from aiosmtplib import SMTP\nSMTP()",
        "import socket\nsocket.create_connection(('x.example', 80))",
        "from urllib import request\nrequest.urlopen('https://x.example')",
        "import urllib.request\nurllib.request.urlopen('https://x.example')",
        "import asyncio\nasyncio.open_connection('x.example', 80)",
        "import requests\nrequests.get('https://x.example')",
        "from obstore.store import S3Store\nS3Store('bucket')",
    ],
)
def test_every_way_to_open_a_connection_would_be_found(source: str) -> None:
    assert list(openers(parsed(source)))


def test_the_watch_over_the_suite_sees_connections_and_knows_whose_they_are() -> None:
    """tests/conftest.py holds it over the whole run: without this test it might see nothing."""
    port = free_port()
    hub = hub_with(telegram_api_url=f"http://127.0.0.1:{port}")
    with pytest.raises(httpx.ConnectError):
        asyncio.run(get(HttpFactory(Egress(hub, frozenset)), f"http://127.0.0.1:{port}/"))
    assert ("127.0.0.1", port) in WATCH.connected & WATCH.named
    mine = Watch()
    mine.know(hub)
    mine.connected |= {("127.0.0.1", port), ("a.fbcdn.net", 443), ("graph.facebook.com", 443), ("nobody.example", 443)}
    assert mine.unregistered() == {("nobody.example", 443)}


async def get(factory: HttpFactory, url: str) -> int:
    async with factory.client() as client:
        return (await client.get(url)).status_code
