"""The SMTP relays of the settings: `smtp://user:password@host:port?tls=off|auto|starttls|implicit`."""

import ipaddress
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import parse_qs, unquote, urlsplit

from hub.errors import Misconfigured
from hub.settings import Settings
from hub.types import Secret


class Tls(StrEnum):
    """How a relay is spoken to. `auto`: STARTTLS where offered; with a password it must be, except on loopback."""

    OFF = "off"
    AUTO = "auto"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


_PORTS = {Tls.OFF: 587, Tls.AUTO: 587, Tls.STARTTLS: 587, Tls.IMPLICIT: 465}


@dataclass(frozen=True, slots=True)
class Relay:
    """One relay. `setting` is the name of its setting, for error texts."""

    setting: str
    host: str
    port: int
    tls: Tls
    user: str = ""
    password: Secret = field(default=Secret(""))

    @property
    def is_loopback(self) -> bool:
        """Whether nobody can listen on the way, so that a password may travel without TLS."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def configured_relays(settings: Settings) -> tuple[Relay, ...]:
    """Return primary and backup relay as far as they are set; () when mail is off. Raises Misconfigured."""
    if settings.mail_primary_url is None:
        return ()
    urls = {"HUB_MAIL_PRIMARY_URL": settings.mail_primary_url, "HUB_MAIL_BACKUP_URL": settings.mail_backup_url}
    return tuple(read_relay(name, url.get_secret_value()) for name, url in urls.items() if url is not None)


def read_relay(setting: str, url: str) -> Relay:
    """Read one relay URL. Raises Misconfigured naming the setting, never the value."""
    parts = urlsplit(url)
    word = parse_qs(parts.query).get("tls", [Tls.AUTO.value])[-1]
    if word not in set(Tls):
        raise Misconfigured(f"{setting} must end in ?tls=off, auto, starttls or implicit")
    try:
        port = parts.port
    except ValueError:
        raise Misconfigured(f"{setting} has a port that is no number") from None
    tls = Tls(word)
    relay = Relay(
        setting,
        parts.hostname or "",
        port or _PORTS[tls],
        tls,
        unquote(parts.username or ""),
        Secret(unquote(parts.password or "")),
    )
    if relay.password and tls is Tls.OFF and not relay.is_loopback:
        raise Misconfigured(f"{setting} would send its password without TLS; use tls=starttls or tls=implicit")
    return relay
