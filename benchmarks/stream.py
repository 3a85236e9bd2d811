"""From a webhook to the operator's live stream at 50 messages a second, beside the webhook's own acknowledgement."""

import asyncio
import json
import time
from dataclasses import dataclass, field

from sqlalchemy import select

from benchmarks import hubs
from benchmarks.figures import Figure
from benchmarks.hubs import Hub, running_hub
from benchmarks.load import percentile
from benchmarks.payloads import number_in
from benchmarks.scale import Scale
from benchmarks.wire import Connection
from hub.access import tokens
from hub.access.permissions import ORGANIZATION_SCOPES
from hub.db.tables.core import MESSAGE

_PER_SECOND = 50
_P50_SECONDS = 0.1
_P99_SECONDS = 0.5
_GRACE_SECONDS = 20.0


@dataclass
class _Times:
    """When each webhook was due and acknowledged, and when the notice of each message arrived (perf_counter)."""

    due: dict[int, float] = field(default_factory=dict)
    acknowledged: dict[int, float] = field(default_factory=dict)
    noticed: dict[str, float] = field(default_factory=dict)


def way_to_the_operator(scale: Scale) -> list[Figure]:
    """Run web, worker and scheduler on each database and follow every message to a server-sent event."""
    figures = []
    for database in scale.databases:
        with running_hub(database) as hub, hubs.web(hub.environment), hubs.background(hub.environment, hub.services):
            times = asyncio.run(_measure(hub, scale))
            figures += _figures(database, times, _numbers(hub))
    return figures


async def _measure(hub: Hub, scale: Scale) -> _Times:
    times = _Times()
    token = _token(hub)
    reader, writer = await asyncio.open_connection("127.0.0.1", hub.port)
    writer.write(f"GET /api/v1/stream HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {token}\r\n\r\n".encode())
    await reader.readuntil(b"retry:")
    listening = asyncio.create_task(_listen(reader, times, scale.stream))
    await _send(hub, times, scale)
    await asyncio.wait_for(listening, _GRACE_SECONDS)
    writer.close()
    await writer.wait_closed()
    return times


def _token(hub: Hub) -> str:
    with hub.services.db.transaction(hub.organization.id) as tx:
        issued = tokens.issue(hub.services, tx, hub.organization.actor.user_id, "benchmark", ORGANIZATION_SCOPES)
    # a plain str: a Secret hides itself when it is formatted
    return "".join(issued.token)


async def _listen(reader: asyncio.StreamReader, times: _Times, count: int) -> None:
    kind = ""
    while len(times.noticed) < count:
        line = (await reader.readline()).decode()
        if line.startswith("event: "):
            kind = line[7:].strip()
        elif line.startswith("data: ") and kind == "message":
            times.noticed.setdefault(json.loads(line[6:])["id"], time.perf_counter())


async def _send(hub: Hub, times: _Times, scale: Scale) -> None:
    """Post one webhook every 20 ms over one connection; a late one is sent at once and counts from when it was due."""
    targets, answers = hub.targets(scale.persons), asyncio.Queue[bytes]()
    connection = Connection(answers.put_nowait)
    await asyncio.get_running_loop().create_connection(lambda: connection, "127.0.0.1", hub.port)
    began = time.perf_counter()
    for number in range(1, scale.stream + 1):
        due = began + number / _PER_SECOND
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        times.due[number] = due
        connection.send(targets.telegram(number))
        if await answers.get() != b"200":
            raise RuntimeError("a webhook was not acknowledged")
        times.acknowledged[number] = time.perf_counter()
    connection.close()


def _numbers(hub: Hub) -> dict[str, int]:
    """Return which of our messages has which id."""
    with hub.services.db.reading(hub.organization.id) as tx:
        rows = tx.all(select(MESSAGE.c.id, MESSAGE.c.text).where(MESSAGE.c.direction == "inbound"))
    return {row.id: number_in(row.text) for row in rows}


def _figures(database: str, times: _Times, numbers: dict[str, int]) -> list[Figure]:
    seen = [at - times.due[numbers[message_id]] for message_id, at in times.noticed.items()]
    acknowledged = [at - times.due[number] for number, at in times.acknowledged.items()]
    return [
        _figure(f"webhook to stream, p50, {database}", seen, acknowledged, 0.5, _P50_SECONDS),
        _figure(f"webhook to stream, p99, {database}", seen, acknowledged, 0.99, _P99_SECONDS),
    ]


def _figure(what: str, seen: list[float], acknowledged: list[float], share: float, target: float) -> Figure:
    value, baseline = percentile(seen, share), percentile(acknowledged, share)
    return Figure(
        what,
        f"{value * 1000:.0f} ms",
        f"{baseline * 1000:.1f} ms (its acknowledgement)",
        None,
        f"< {target * 1000:.0f} ms",
        value < target,
    )
