"""The HTTP factory: calls go to configured providers and to public addresses, nowhere else."""

import asyncio
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import httpx
import pytest

from hub.channels.http import EgressRefused, HttpFactory
from hub.settings import load


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


def test_a_configured_provider_may_have_any_address(port: int) -> None:
    assert _get(HttpFactory(frozenset({("127.0.0.1", port)})), f"http://127.0.0.1:{port}/") == 200


def test_another_port_of_a_configured_host_is_refused(port: int) -> None:
    factory = HttpFactory(frozenset({("127.0.0.1", port + 1)}))
    with pytest.raises(EgressRefused):
        _get(factory, f"http://127.0.0.1:{port}/")


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
    ],
)
def test_a_name_that_leads_to_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    answer = [(family, socket.SOCK_STREAM, 6, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: answer)
    with pytest.raises(EgressRefused, match="no public address"):
        _get(HttpFactory(frozenset()), "http://provider.example/")


def test_one_private_address_among_public_ones_is_enough_to_refuse(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 80)) for each in ("93.184.215.14", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_options: answer)
    with pytest.raises(EgressRefused):
        _get(HttpFactory(frozenset()), "http://provider.example/")


def test_a_name_that_does_not_exist_is_a_connection_that_never_was(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_args: object, **_options: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(httpx.ConnectError, match="cannot resolve"):
        _get(HttpFactory(frozenset()), "http://provider.example/")


def test_a_redirect_is_not_followed(port: int) -> None:
    assert _get(HttpFactory(frozenset({("127.0.0.1", port)})), f"http://127.0.0.1:{port}/elsewhere") == 302


def test_every_configured_url_is_a_provider_with_its_port() -> None:
    settings = load(
        _env_file=None,
        secret_key="a secret key for tests, long enough",
        telegram_api_url="http://127.0.0.1:8010",
        mail_primary_url="smtp://127.0.0.1:8025?tls=off",
    )
    hosts = settings.provider_hosts()
    assert {("127.0.0.1", 8010), ("127.0.0.1", 8025), ("graph.facebook.com", 443)} <= hosts
