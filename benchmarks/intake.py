"""Verified, durable acknowledgements a second against an endpoint that does nothing: alone, and while workers drain."""

from collections.abc import Mapping

from benchmarks import hubs, load
from benchmarks.figures import Figure
from benchmarks.hubs import Hub, running_hub
from benchmarks.load import Orders, Report
from benchmarks.scale import Scale
from hub.db import journal_reading
from hub.db.session import PlatformWork
from hub.inbound.journal import balance

_TARGETS = {"SQLite": 0.5, "PostgreSQL": 0.4}
_P99_SECONDS = 0.1
_SUSTAINED_TARGET = 0.15
# offered: a little more than the target, so that meeting it is no matter of rounding
_SUSTAINED_SHARE = 0.16
_BACKLOG_SECONDS = 1.0
# more than any endpoint answers here; all requests are made before the first is sent
_MOST_PER_SECOND = 20_000
_MOST_PERSONS = 1000


def acknowledgements(scale: Scale) -> list[Figure]:
    """Load the webhooks with 64 connections as fast as they answer, without workers."""
    figures = []
    for database, target in _TARGETS.items():
        with running_hub(database) as hub:
            bare = _bare(hub, scale)
            with hubs.web(hub.environment):
                report = load.run(_orders(hub, scale))
            _check_journal(hub, report)
        figures.append(_rate(database, report, bare, target))
        figures.append(_latency(database, report, bare))
    return figures


def sustained(scale: Scale) -> list[Figure]:
    """Offer 0.16 of the bare endpoint's rate while a worker and the scheduler drain; look at the backlog at the end."""
    figures = []
    for database in _TARGETS:
        with running_hub(database) as hub:
            bare = _bare(hub, scale)
            rate = bare.per_second * _SUSTAINED_SHARE
            orders = _orders(hub, scale, seconds=scale.sustained, rate=rate)
            with hubs.web(hub.environment), hubs.background(hub.environment, hub.services):
                report = load.run(orders)
                backlog = backlog_seconds(hub)
            _check_journal(hub, report)
        figures.append(_sustained(database, report, bare, backlog, scale.sustained))
    return figures


def backlog_seconds(hub: Hub) -> float:
    """Return the age of the oldest pending event, 0 when there is none."""
    with hub.services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
        oldest = journal_reading.oldest_pending(tx)
    return (hub.services.clock() - oldest).total_seconds() if oldest else 0.0


def _bare(hub: Hub, scale: Scale) -> Report:
    environment: Mapping[str, str] = {**hub.environment, "HUB_PORT": str(hubs.free_port())}
    with hubs.web(environment, "benchmarks.bare"):
        return load.run(_orders(hub, scale, port=int(environment["HUB_PORT"])))


def _orders(
    hub: Hub, scale: Scale, *, port: int | None = None, seconds: float | None = None, rate: float | None = None
) -> Orders:
    length = seconds or scale.seconds
    return Orders(
        port=port or hub.port,
        targets=hub.targets(min(scale.persons, _MOST_PERSONS)),
        seconds=length,
        first=1,
        most=scale.warm_up + int(length * (rate or _MOST_PER_SECOND)),
        warm_up=scale.warm_up,
        rate=rate,
    )


def _check_journal(hub: Hub, report: Report) -> None:
    """Every acknowledged webhook is one row of the journal, and none is there twice."""
    counted = balance(hub.services, None)
    if counted.received != report.acknowledged or counted.duplicates or counted.failed or counted.unreadable:
        raise RuntimeError(f"{report.acknowledged} webhooks were acknowledged, and the journal says {counted}")


def _rate(database: str, report: Report, bare: Report, target: float) -> Figure:
    ratio = report.per_second / bare.per_second
    return Figure(
        f"acknowledgements, {database}",
        f"{report.per_second:,.0f}/s",
        f"{bare.per_second:,.0f}/s (bare endpoint)",
        ratio,
        f"ratio >= {target}",
        ratio >= target,
    )


def _latency(database: str, report: Report, bare: Report) -> Figure:
    return Figure(
        f"their p99, {database}",
        f"{report.p99 * 1000:.0f} ms (p50 {report.p50 * 1000:.0f})",
        f"{bare.p99 * 1000:.0f} ms (p50 {bare.p50 * 1000:.0f})",
        None,
        f"< {_P99_SECONDS * 1000:.0f} ms",
        report.p99 < _P99_SECONDS,
    )


def _sustained(database: str, report: Report, bare: Report, backlog: float, seconds: float) -> Figure:
    ratio = report.per_second / bare.per_second
    return Figure(
        f"{seconds:.0f} s while draining, {database}",
        f"{report.per_second:,.0f}/s, backlog {backlog:.2f} s, p99 {report.p99 * 1000:.0f} ms",
        f"{bare.per_second:,.0f}/s (bare endpoint)",
        ratio,
        f"ratio >= {_SUSTAINED_TARGET}, backlog < {_BACKLOG_SECONDS:.0f} s",
        ratio >= _SUSTAINED_TARGET and backlog < _BACKLOG_SECONDS,
    )
