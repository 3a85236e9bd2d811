"""Looking at a hub from outside its processes: database, queue, workers, channels."""

from dataclasses import dataclass, replace
from datetime import timedelta

from hub import wiring
from hub.db import channels, gauges, migrate, quarantine
from hub.db.gauges import Gauges
from hub.db.session import PlatformWork
from hub.doctor.affairs import gather_affairs, judge_affairs
from hub.doctor.findings import ChannelFacts, Facts, Finding, Grade, Off, judge
from hub.errors import HubError
from hub.providers import activation
from hub.providers.activation import ProviderView
from hub.provisioning import probing
from hub.settings import Settings
from hub.types import Health, HealthState, Machine
from hub.wiring import Services

_NO_FILE = "there is no database in the data directory yet; run `hub migrate`, or start `hub up`"
_NOT_MIGRATED = "the schema is {found}, the hub needs {newest}; run `hub migrate`"
_DOCTOR = Machine("cli")
_NO_SENDER = Health(HealthState.BROKEN, ("its number was taken back; assign another one or delete the channel",))


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the database says; a problem when it cannot be used."""

    problem: str | None = None
    providers: tuple[ProviderView, ...] = ()
    channels: tuple[ChannelFacts, ...] = ()
    gauges: Gauges | None = None


def examine(settings: Settings) -> list[Finding]:
    """Look at the hub of these settings and return all findings. Asks every channel's provider; changes nothing."""
    try:
        services = wiring.build(settings)
    except HubError as error:
        return [Finding(Grade.BROKEN, "settings", error.detail)]
    try:
        facts = gather(services)
        affairs = [] if facts.database_problem else judge_affairs(gather_affairs(services))
        return judge(facts) + affairs
    finally:
        services.queue.close()
        services.db.dispose()


def gather(services: Services) -> Facts:
    """Return the facts to judge."""
    stored = _stored(services)
    settings = services.settings
    return Facts(
        now=services.clock(),
        public_url=settings.public_url,
        base_url=settings.base_url,
        off=[Off(a.label, missing) for a in services.adapters.values() if (missing := a.missing_settings())],
        database_problem=stored.problem,
        queue_answers=services.queue.ping(),
        queue_keeps=services.queue.keeps_on_disk(),
        embedded_queue=settings.redis_url is None,
        lanes=services.queue.workers_alive(),
        providers=stored.providers,
        channels=stored.channels,
        gauges=stored.gauges,
    )


def _stored(services: Services) -> _Stored:
    try:
        problem = _database_problem(services)
        if problem:
            return _Stored(problem)
        with services.db.platform_reading(PlatformWork.MONITORING) as tx:
            now, kept = services.clock(), timedelta(days=services.settings.quarantine_retention_days)
            found = replace(gauges.read(tx, now), forgotten=quarantine.count_forgotten(tx, now - kept))
        providers = activation.list_providers(services, _DOCTOR)
        return _Stored(providers=providers, channels=_channels(services), gauges=found)
    except HubError as error:
        return _Stored(f"{error.detail}; check HUB_DATABASE_URL and that the server runs")


def _database_problem(services: Services) -> str | None:
    path = services.settings.sqlite_path
    if path is not None and not path.exists():
        return _NO_FILE
    with services.db.platform_reading(PlatformWork.MONITORING):
        # opening a transaction raises Unavailable when the database is down
        pass
    found, newest = migrate.current_revision(services.db)
    return None if found == newest else _NOT_MIGRATED.format(found=found or "missing", newest=newest)


def _channels(services: Services) -> tuple[ChannelFacts, ...]:
    with services.db.platform_reading(PlatformWork.MONITORING) as tx:
        known = channels.list_ids_everywhere(tx)
    return tuple(_channel(services, organization_id, channel_id) for organization_id, channel_id in known)


def _channel(services: Services, organization_id: str, channel_id: str) -> ChannelFacts:
    with services.db.reading(organization_id) as tx:
        channel = channels.get(tx, channel_id)
    health = (
        probing.ask_health(services, organization_id, channel.sender.id) if channel.sender is not None else _NO_SENDER
    )
    return ChannelFacts(channel.id, services.adapters[channel.kind].label, channel.name, health)
