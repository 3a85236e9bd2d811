"""What a process is made of. Only the web, the workers and the CLI build it; everything else receives it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from hub.channels.base import AdapterContext
from hub.channels.http import HttpFactory
from hub.channels.registry import Adapters, build_adapters
from hub.crypto import Keyring
from hub.db.session import Database
from hub.errors import Misconfigured
from hub.queue import Queue, queue_url
from hub.settings import Settings

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Services:
    """The hub's parts, built once a process."""

    settings: Settings
    db: Database
    queue: Queue
    adapters: Adapters
    keyring: Keyring
    clock: Clock = utc_now


def build(settings: Settings, clock: Clock = utc_now) -> Services:
    """Wire a process from its settings. Opens no connection yet."""
    if settings.secret_key is None:
        raise Misconfigured("HUB_SECRET_KEY is not set; read the settings with hub.settings.load")
    keyring = Keyring(settings.secret_key.get_secret_value())
    http = HttpFactory(settings.provider_hosts())
    return Services(
        settings=settings,
        db=Database(settings.database_dsn, settings.sqlite_path),
        queue=Queue(queue_url(settings)),
        adapters=build_adapters(AdapterContext(settings, http, keyring)),
        keyring=keyring,
        clock=clock,
    )
