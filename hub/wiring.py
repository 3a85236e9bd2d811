"""What a process is made of. Only the web, the workers and the CLI build it; everything else receives it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from hub.channels.base import AdapterContext
from hub.channels.egress import Egress
from hub.channels.http import HttpFactory
from hub.channels.registry import Adapters, build_adapters
from hub.channels.suppliers import Suppliers, build_suppliers
from hub.db.activations import ActivationReader
from hub.db.session import Database
from hub.key_ring import ring_of
from hub.media.scanning import Scanner, scanner_of
from hub.media.storage import Storage, storage_of
from hub.queue import Queue, queue_url
from hub.settings import Settings
from hub.vault import Vault

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
    suppliers: Suppliers
    vault: Vault
    storage: Storage
    scanner: Scanner
    clock: Clock = utc_now


def build(settings: Settings, clock: Clock = utc_now) -> Services:
    """Wire a process from its settings. Opens no connection yet."""
    db = Database(settings.database_dsn, settings.sqlite_path)
    vault = Vault(db, ring_of(settings))
    http = HttpFactory(Egress(settings, ActivationReader(db)))
    context = AdapterContext(settings, http, vault.platform)
    return Services(
        settings=settings,
        db=db,
        queue=Queue(queue_url(settings)),
        adapters=build_adapters(context),
        suppliers=build_suppliers(context),
        vault=vault,
        storage=storage_of(settings, http),
        scanner=scanner_of(settings),
        clock=clock,
    )
