"""The HTTP factory: calls go to the hosts of registered providers, and for their files to public addresses only."""

import asyncio
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import httpx
import pytest

from hub.channels.egress import Egress, EgressRefused, configured_hosts
from hub.channels.http import HttpFactory
from hub.settings import load

FILE = "https://files.fbcdn.net/v/t1.jpg"
"""A host of the registry that no setting names: such an address comes with a message."""


class _Server(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/elsewhere":
            self.send_response(302)
            self.send_header("Location", "/")
        else:
            self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    server = HTTPServer(("127.0.0.1", 0), _Server)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def _get(factory: HttpFactory, url: str) -> int:
    async def call() -> int:
        async with factory.client() as client:
            return (await client.get(url)).status_code

    return asyncio.run(call())


def factory(root: str = "https://api.telegram.org") -> HttpFactory:
    """A factory of a hub whose Bot API is at `root`; no optional provider is activated."""
    settings = load(_env_file=None, secret_key="a secret key for tests, long enough", telegram_api_url=root)
    return HttpFactory(Egress(settings, frozenset))


def test_a_configured_provider_may_have_any_address(port: int) -> None:
    assert _get(factory(f"http://127.0.0.1:{port}"), f"http://127.0.0.1:{port}/") == 200


def test_another_port_of_a_configured_host_is_refused(port: int) -> None:
    with pytest.raises(EgressRefused):
        _get(factory(f"http://127.0.0.1:{port - 1}"), f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.5",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "::1",
        "fd00::1",
        "::ffff:10.0.0.5",
        "224.0.0.1",
    ],
)
def test_a_name_that_leads_to_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    answer = [(family, socket.SOCK_STREAM, 6, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: answer)
    with pytest.raises(EgressRefused, match="an address that is not public"):
        _get(factory(), FILE)


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 80)) for each in ("93.184.215.14", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: answer)
    with pytest.raises(EgressRefused):
        _get(factory(), FILE)


def test_a_name_that_does_not_exist_is_a_connection_that_never_was(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_args: object, **_options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(httpx.ConnectError, match="cannot resolve"):
        _get(factory(), FILE)


def test_a_redirect_is_not_followed(port: int) -> None:
    assert _get(factory(f"http://127.0.0.1:{port}"), f"http://127.0.0.1:{port}/elsewhere") == 302


def test_a_registered_file_host_is_reached_by_https_only(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: list[str] = []

    def unknown(host: str, *_args: object, **_options: object) -> None:
        looked_up.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    for refused in ("http://files.fbcdn.net/", "http://files.fbcdn.net:443/", "https://files.fbcdn.net:8443/"):
        with pytest.raises(EgressRefused):
            _get(factory(), refused)
    assert looked_up == []


@pytest.mark.parametrize(
    "url",
    [
        "https://provider.example/",
        "https://93.184.215.14/",
        "https://fbcdn.net.provider.example/",
        "https://evilfbcdn.net/",
        "https://api.telegram.org:8443/",
        "https://api.telegram.org./",
        "http://api.telegram.org/",
        "http://169.254.169.254/latest/meta-data",
    ],
)
def test_a_host_that_no_provider_has_is_refused_before_it_is_looked_up(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: pytest.fail("it was looked up"))
    with pytest.raises(EgressRefused, match=f"{httpx.URL(url).host}.*docs/providers.md"):
        _get(factory(), url)


def test_a_unix_socket_is_refused() -> None:
    backend = factory().transport()._pool._network_backend  # type: ignore[attr-defined]
    with pytest.raises(EgressRefused):
        asyncio.run(backend.connect_unix_socket("/run/secret.sock"))


def test_the_connection_itself_is_guarded_too() -> None:
    """What a library asks of the pool directly does not pass by the transport."""
    backend = factory().transport()._pool._network_backend  # type: ignore[attr-defined]
    with pytest.raises(EgressRefused):
        asyncio.run(backend.connect_tcp("provider.example", 443))


def test_every_providers_url_is_known_with_its_port() -> None:
    settings = load(
        _env_file=None,
        secret_key="a secret key for tests, long enough",
        telegram_api_url="http://127.0.0.1:8010",
        mail_primary_url="smtp://127.0.0.1:8025?tls=off",
        mail_backup_url="smtp://relay.example?tls=implicit",
        database_url="postgresql://db.example/hub",
    )
    hosts = set(configured_hosts(settings))
    assert {("127.0.0.1", 8010), ("127.0.0.1", 8025), ("graph.facebook.com", 443), ("relay.example", 465)} <= hosts
    assert "db.example" not in {host for host, _ in hosts}
