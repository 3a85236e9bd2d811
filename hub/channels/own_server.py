"""Calling an organization's own server: the one address that its admins named, and only on the public internet."""

from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import httpx

from hub.channels.egress import EgressRefused, Reach
from hub.channels.http import client_under, is_public
from hub.errors import Invalid

Addresses = frozenset[tuple[str, int]]
"""(host, port) of servers in the network of whoever runs the hub."""

_LONGEST: Final = 2_000
_PORTS: Final = {"https": 443, "http": 80}


class OwnServer:
    """The egress rule of one URL. `inside`: what whoever runs the hub allows beside public addresses."""

    def __init__(self, url: str, inside: Addresses) -> None:
        self._address = _address_of(httpx.URL(url))
        self._inside = inside

    def permit(self, host: str, port: int) -> Reach:
        """Raises EgressRefused for any other host than that of the URL."""
        if (host, port) != self._address:
            raise self.refusal(host, "it is not the server that the organization named")
        return Reach.ANY if self._address in self._inside else Reach.PUBLIC

    def refusal(self, host: str, reason: str) -> EgressRefused:
        return EgressRefused(f"refused to connect to {host}: {reason}")


def client_of(url: str, inside: Addresses) -> httpx.AsyncClient:
    """Return a client for this one server; redirects are not followed."""
    return client_under(OwnServer(url, inside))


def check_url(text: str, inside: Addresses) -> str:
    """Return the URL of an organization's own server as it is kept. Raises Invalid, naming the mend.

    What its name leads to is looked at when it is called, because that may change.
    """
    url = text.strip()
    if len(url) > _LONGEST:
        raise Invalid(f"the address of your server may have {_LONGEST} characters at most")
    try:
        (host, port), parts = _address_of(httpx.URL(url)), urlsplit(url)
        has_port = parts.port != 0
    except (httpx.InvalidURL, ValueError, UnicodeError):
        raise Invalid("this is no address of a server; write it like https://crm.example.com/hub") from None
    if (
        parts.username
        or parts.password
        or parts.fragment
        or not (host and has_port)
        or not url.isprintable()
        or " " in url
    ):
        raise Invalid("the address of your server needs a host, and no user, password, fragment or space")
    if (host, port) in inside and parts.scheme in _PORTS:
        return url
    if parts.scheme != "https":
        raise Invalid("your server must be reached by https; write its address like https://crm.example.com/hub")
    if not _may_be_public(host):
        raise Invalid("your server must be reachable on the public internet; this address leads inside a network")
    return url


def _address_of(url: httpx.URL) -> tuple[str, int]:
    return url.raw_host.decode("ascii"), url.port or _PORTS.get(url.scheme, 0)


def _may_be_public(host: str) -> bool:
    """A name may lead anywhere; an address says it at once, and names without a dot are a network's own."""
    try:
        return is_public(str(ip_address(host.strip("[]"))))
    except ValueError:
        return "." in host.strip(".") and not host.rstrip(".").endswith((".localhost", ".local", ".internal"))
