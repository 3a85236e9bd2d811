"""Where the hub connects to while tests run, seen below the egress rule and judged without it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiosmtplib import SMTP
from pydantic import SecretStr

from hub.channels import egress, http
from hub.channels.egress import Egress, EgressRefused
from hub.providers.registry import PROVIDERS
from hub.settings import Settings

_PORTS = {"https": {443}, "http": {80}, "smtp": {25, 465, 587}}


@dataclass
class Watch:
    """Every (host, port) connected to, and every one that a setting of a registered provider named."""

    connected: set[tuple[str, int]] = field(default_factory=set)
    named: set[tuple[str, int]] = field(default_factory=set)

    def know(self, settings: Settings) -> None:
        """Take the URLs of registered providers out of a hub's settings."""
        for name in (name for provider in PROVIDERS for name in provider.settings):
            value = getattr(settings, name)
            if value:
                url = urlsplit(value.get_secret_value() if isinstance(value, SecretStr) else value)
                ports = {url.port} if url.port else _PORTS[url.scheme]
                self.named |= {(str(url.hostname), port) for port in ports}
        self.named |= settings.webhook_addresses

    def unregistered(self) -> set[tuple[str, int]]:
        """Return what was connected to and belongs to nobody."""
        return {(host, port) for host, port in self.connected - self.named if not _keeps_files(host)}


WATCH = Watch()
"""The one over this whole run."""


def _keeps_files(host: str) -> bool:
    domains = [media.domain for provider in PROVIDERS for media in provider.media]
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


@contextmanager
def watching(watch: Watch) -> Iterator[Watch]:
    """Note every connection that the hub's factories open, also one that fails; refused ones were never opened."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Egress, "__init__", _knowing(watch, Egress.__init__))
        backend = http._GuardedBackend
        patch.setattr(backend, "connect_tcp", _noting(watch, backend.connect_tcp))
        patch.setattr(SMTP, "connect", _noting_mail(watch, SMTP.connect))
        yield watch


def _knowing(watch: Watch, original: Callable[..., None]) -> Callable[..., None]:
    def init(self: Egress, settings: Settings, activated: egress.Activated) -> None:
        watch.know(settings)
        original(self, settings, activated)

    return init


def _noting(watch: Watch, original: Callable[..., Any]) -> Callable[..., Any]:
    async def connect(self: object, host: str, port: int, *more: Any, **named: Any) -> Any:
        try:
            made = await original(self, host, port, *more, **named)
        except EgressRefused:
            raise
        except Exception:
            watch.connected.add((host, port))
            raise
        watch.connected.add((host, port))
        return made

    return connect


def _noting_mail(watch: Watch, original: Callable[..., Any]) -> Callable[..., Any]:
    async def connect(self: SMTP, *more: Any, **named: Any) -> Any:
        watch.connected.add((str(self.hostname), int(self.port or 0)))
        return await original(self, *more, **named)

    return connect
