"""The only factory of HTTP clients. Requests go to configured providers and to public addresses, nowhere else."""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Iterable
from functools import cache
from typing import Any

import httpcore
import httpx

TIMEOUT = httpx.Timeout(10.0, connect=5.0)


class EgressRefused(httpx.ConnectError):
    """The host resolves to a private address and is no configured provider."""


class _GuardedBackend(httpcore.AsyncNetworkBackend):
    """Resolves once, checks every address, and connects to exactly the address it checked."""

    def __init__(self, allowed: frozenset[tuple[str, int]]) -> None:
        self._allowed = allowed
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        target = host if (host, port) in self._allowed else await _public_address(host, port)
        return await self._inner.connect_tcp(target, port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.AsyncNetworkStream:
        raise EgressRefused(f"refused to connect to the Unix socket {path}")

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


async def _public_address(host: str, port: int) -> str:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore.ConnectError(f"cannot resolve {host}") from error
    addresses = [str(info[4][0]) for info in found]
    if not addresses or not all(ipaddress.ip_address(address).is_global for address in addresses):
        raise EgressRefused(f"refused to connect to {host}: it is no public address and no configured provider")
    return addresses[0]


@cache
def _tls() -> ssl.SSLContext:
    """One for the process: reading all certificate authorities takes 60 ms."""
    return httpx.create_ssl_context()


class HttpFactory:
    """Makes HTTP clients and transports with the hub's time-outs, limits and egress rule.

    allowed: (host, port) of the configured provider URLs, which may have any address.
    """

    def __init__(self, allowed: frozenset[tuple[str, int]]) -> None:
        self._allowed = allowed

    def transport(self) -> httpx.AsyncHTTPTransport:
        """Return a transport for libraries that bring their own httpx client."""
        transport = httpx.AsyncHTTPTransport(verify=_tls(), retries=0)
        # httpx has no parameter for the network backend; its pool has
        transport._pool._network_backend = _GuardedBackend(self._allowed)
        return transport

    def client(self, base_url: str = "", **options: Any) -> httpx.AsyncClient:
        """Return a client; redirects are not followed."""
        return httpx.AsyncClient(base_url=base_url, transport=self.transport(), timeout=TIMEOUT, **options)
