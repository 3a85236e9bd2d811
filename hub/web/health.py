"""/healthz (the process), /readyz (database, queue, workers), /metrics (Prometheus)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from hub.db import gauges
from hub.db.gauges import Gauges
from hub.db.session import PlatformWork
from hub.db.usage import Span
from hub.errors import HubError
from hub.queue import QUEUES
from hub.web.threads import run
from hub.wiring import Services

_SPANS: Final = {
    Span.WAITING: "waits until somebody was given the conversation, in the last hour",
    Span.FIRST_ANSWER: "waits until the first answer after that, in the last hour",
    Span.HANDLING: "assignments from beginning to end, ended in the last hour",
}


def health_routes(services: Services, registry: CollectorRegistry) -> list[Route]:
    """Return the routes that operators of the platform watch; `registry` gets the hub's gauges."""
    registry.register(_HubGauges(services))

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_request: Request) -> Response:
        found = await run(_readiness, services)
        ready = all(state == "ok" for state in found.values())
        return JSONResponse({"ready": ready, **found}, 200 if ready else 503)

    async def metrics(_request: Request) -> Response:
        return Response(await run(generate_latest, registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


def _readiness(services: Services) -> dict[str, str]:
    queue_answers = services.queue.ping()
    alive = services.queue.workers_alive() if queue_answers else frozenset()
    missing = [lane for lane in QUEUES if lane not in alive]
    return {
        "database": _database_state(services),
        "queue": "ok" if queue_answers else "does not answer",
        "workers": f"no worker for {', '.join(missing)}" if missing else "ok",
    }


def _database_state(services: Services) -> str:
    try:
        services.db.ping()
    except HubError:
        return "does not answer"
    return "ok"


class _HubGauges(Collector):
    """Reads the database at each scrape; of a database that is away it only says that."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing: registering must not read the database."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            with self._services.db.platform_reading(PlatformWork.MONITORING) as tx:
                found = gauges.read(tx, self._services.clock())
        except HubError:
            yield GaugeMetricFamily("hub_database_up", "Whether the database answers", 0)
            return
        yield GaugeMetricFamily("hub_database_up", "Whether the database answers", 1)
        yield from _families(found, self._services.clock())


def _families(found: Gauges, now: datetime) -> Iterator[GaugeMetricFamily]:
    yield GaugeMetricFamily(
        "hub_oldest_event_seconds", "Age of the oldest pending event", _age(found.oldest_event, now)
    )
    yield GaugeMetricFamily(
        "hub_oldest_delivery_seconds", "Age of the oldest delivery under way", _age(found.oldest_delivery, now)
    )
    yield _by_state("hub_events", "Events of the journal that are not handled", found.events)
    yield _by_state("hub_deliveries", "Deliveries under way", found.deliveries)
    yield _by_state("hub_messages", "Messages that need a person", found.messages)
    yield GaugeMetricFamily("hub_unmatched_receipts", "Receipts whose message never came", found.unmatched)
    yield GaugeMetricFamily("hub_quarantined_requests", "Requests held in quarantine", found.quarantined)
    yield from _lines(found, now)
    yield from _assignments(found)
    yield from _senders(found)


def _lines(found: Gauges, now: datetime) -> Iterator[GaugeMetricFamily]:
    """By the group's id: names of groups are their organization's."""
    of = ["group"]
    length = GaugeMetricFamily("hub_queue_length", "Conversations that wait in a group without anybody", labels=of)
    wait = GaugeMetricFamily("hub_queue_longest_wait_seconds", "How long the first of them has waited", labels=of)
    for line in found.lines:
        length.add_metric([line.group_id], line.length)
        wait.add_metric([line.group_id], _age(line.oldest, now))
    yield length
    yield wait


def _senders(found: Gauges) -> Iterator[GaugeMetricFamily]:
    """By whose it is to mend, and by channel kind: never by sender."""
    wrong = GaugeMetricFamily(
        "hub_incidents", "What is wrong with senders now, by whose it is to mend", labels=["side"]
    )
    for side, count in found.incidents.items():
        wrong.add_metric([side], count)
    yield wrong
    silent = GaugeMetricFamily("hub_looks_unanswered", "Senders whose last look got no answer", labels=["kind"])
    for kind, count in found.unanswered.items():
        silent.add_metric([kind], count)
    yield silent


def _assignments(found: Gauges) -> Iterator[GaugeMetricFamily]:
    """By the group's id, "" for none; not by operator, who would be as many series as the hub has people."""
    given = GaugeMetricFamily(
        "hub_assignments", "Conversations that people were given in the last hour, by what gave them", labels=["by"]
    )
    for by, count in found.assignments.items():
        given.add_metric([by], count)
    yield given
    for span, times in found.times.items():
        count_of = GaugeMetricFamily(f"hub_{span}_measured", f"How many {_SPANS[span]}", labels=["group"])
        seconds = GaugeMetricFamily(f"hub_{span}_seconds", f"The time of {_SPANS[span]}", labels=["group", "of"])
        for group_id, each in times.items():
            count_of.add_metric([group_id or ""], each.count)
            for of, value in (("mean", each.mean), ("median", each.median), ("p90", each.p90)):
                seconds.add_metric([group_id or "", of], value)
        yield count_of
        yield seconds


def _age(oldest: datetime | None, now: datetime) -> float:
    return max((now - oldest).total_seconds(), 0.0) if oldest else 0.0


def _by_state(name: str, what: str, counts: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, what, labels=["state"])
    for state, count in counts.items():
        family.add_metric([state], count)
    return family
