"""The only factory of HTTP clients. Requests go where the egress rule lets them (hub.channels.egress), nowhere else."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

import httpcore
import httpx

from hub.channels.egress import Egress, EgressRefused, Reach, Rule

TIMEOUT = httpx.Timeout(10.0, connect=5.0)
_PORTS: Final = {"http": 80, "https": 443}


_EMBEDDING = tuple(map(ipaddress.ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")))
"""NAT64 and 6to4: an IPv4 address within, a private one too, that the ranges of `ipaddress` do not look at."""


class _GuardedBackend(httpcore.AsyncNetworkBackend):
    """Resolves once, checks every address, and connects to exactly the address it checked."""

    def __init__(self, egress: Rule) -> None:
        self._egress = egress
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        reach = self._egress.permit(host, port)
        target = host if reach is Reach.ANY else await self._public_address(host, port)
        return await self._inner.connect_tcp(target, port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        raise EgressRefused(f"refused to connect to the Unix socket {path}")

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)

    async def _public_address(self, host: str, port: int) -> str:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(f"cannot resolve {host}") from error
        addresses = [str(info[4][0]) for info in found]
        if not addresses or not all(is_public(address) for address in addresses):
            raise self._egress.refusal(host, "its name leads to an address that is not public")
        return addresses[0]


def is_public(address: str) -> bool:
    """Say whether an IP address is on the public internet. Raises ValueError for what is none."""
    read = ipaddress.ip_address(address)
    if any(read in network for network in _EMBEDDING if network.version == read.version):
        return False
    return read.is_global and not read.is_multicast


class _GuardedTransport(httpx.AsyncHTTPTransport):
    """Asks the rule before each request, so that a connection kept open outlives no permission."""

    def __init__(self, egress: Rule) -> None:
        super().__init__(verify=_tls(), retries=0)
        self._egress = egress
        # httpx has no parameter for the network backend; its pool has
        self._pool._network_backend = _GuardedBackend(egress)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises EgressRefused before anything is resolved or connected."""
        url = request.url
        host = url.raw_host.decode("ascii")
        reach = self._egress.permit(host, url.port or _PORTS.get(url.scheme, 0))
        if reach is Reach.PUBLIC and url.scheme != "https":
            raise self._egress.refusal(host, "it is connected to by https only")
        return await super().handle_async_request(request)


@cache
def _tls() -> ssl.SSLContext:
    """One for the process: reading all certificate authorities takes 60 ms."""
    return httpx.create_ssl_context()


class HttpFactory:
    """Makes HTTP clients and transports with the hub's time-outs, limits and egress rule."""

    def __init__(self, egress: Egress) -> None:
        self.egress = egress

    def transport(self) -> httpx.AsyncHTTPTransport:
        """Return a transport for libraries that bring their own httpx client."""
        return _GuardedTransport(self.egress)

    def client(self, base_url: str = "", **options: Any) -> httpx.AsyncClient:
        """Return a client; redirects are not followed."""
        return httpx.AsyncClient(base_url=base_url, transport=self.transport(), timeout=TIMEOUT, **options)


def client_under(rule: Rule) -> httpx.AsyncClient:
    """Return a client that goes where a rule of its own lets it; redirects are not followed."""
    return httpx.AsyncClient(transport=_GuardedTransport(rule), timeout=TIMEOUT)
