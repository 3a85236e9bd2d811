"""Where connections may go: to the hosts of registered providers, and of the optional ones once activated (F10).

Everything else is refused before a connection is opened, by HTTP (hub.channels.http) and by SMTP alike.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from enum import Enum, auto
from typing import Final, Protocol

import httpx

from hub.log import get_logger
from hub.providers.registry import PROVIDERS, Need, Provider
from hub.settings import Settings

Activated = Callable[[], frozenset[str]]
"""Ids of the optional providers that somebody allowed; asked anew for each connection to one of them."""

_HTTPS: Final = 443
_REMEMBERED: Final = 1_000

log = get_logger(__name__)


class EgressRefused(httpx.ConnectError):
    """The hub may not connect to this host: nothing was sent."""


class Reach(Enum):
    """Which addresses of a host may be connected to.

    ANY      a URL of the settings: whoever runs the hub says where it is
    PUBLIC   a name that came from outside: public addresses only, and https only
    """

    ANY = auto()
    PUBLIC = auto()


class Rule(Protocol):
    """What says where a client may connect."""

    def permit(self, host: str, port: int) -> Reach:
        """Say which addresses of a host may be connected to. Raises EgressRefused."""

    def refusal(self, host: str, reason: str) -> EgressRefused:
        """Return the error to raise for a host."""


class Egress:
    """The rule for providers. Settings name their hosts; the registry adds hosts of their files."""

    def __init__(self, settings: Settings, activated: Activated) -> None:
        self._activated = activated
        self._configured = configured_hosts(settings)
        self._refused: set[str] = set()

    def permit(self, host: str, port: int) -> Reach:
        """Say which addresses of a host may be connected to. Raises EgressRefused, which is logged once a host."""
        configured = self._configured.get((host, port), ())
        if any(self._is_active(provider) for provider in configured):
            return Reach.ANY
        if any(self._is_active(provider) for provider in _keepers(host, port)):
            return Reach.PUBLIC
        raise self.refusal(host, _reason(configured))

    def allows(self, host: str, port: int) -> bool:
        """Say whether `permit` would raise nothing, without a word in the log."""
        providers = (*self._configured.get((host, port), ()), *_keepers(host, port))
        return any(self._is_active(provider) for provider in providers)

    def refusal(self, host: str, reason: str) -> EgressRefused:
        """Return the error to raise for a host; it is logged the first time."""
        if host not in self._refused and len(self._refused) < _REMEMBERED:
            self._refused.add(host)
            log.warning("egress.refused", host=host)
        return EgressRefused(f"refused to connect to {host}: {reason}")

    def _is_active(self, provider: Provider) -> bool:
        return provider.need is Need.INHERENT or provider.id in self._activated()


def configured_hosts(settings: Settings) -> dict[tuple[str, int], tuple[Provider, ...]]:
    """Return (host, port) → whose they are, of all provider URLs that are set."""
    found: defaultdict[tuple[str, int], tuple[Provider, ...]] = defaultdict(tuple)
    for provider in PROVIDERS:
        for setting in provider.settings:
            if address := settings.address_of(setting):
                found[address] += (provider,)
    return dict(found)


def _keepers(host: str, port: int) -> Iterator[Provider]:
    """Yield the providers that keep files on a host."""
    for provider in PROVIDERS:
        for media in provider.media:
            if port == _HTTPS and f".{host}".endswith(f".{media.domain}"):
                yield provider


def _reason(configured: tuple[Provider, ...]) -> str:
    if not configured:
        return "it belongs to no provider of the registry (docs/providers.md); correct the address or the HUB_…_URL"
    ids = ", ".join(provider.id for provider in configured)
    return f"its provider is not activated; read docs/providers.md, then run `hub providers activate {ids}`"
