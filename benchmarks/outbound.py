"""Answers one worker sends a second for one sender, while its provider takes 150 ms a call.

Beside it what plain requests reach: as many of them under way at once as the channel allows itself, and no database.
Both are counted from the first answer of the provider to the last, so that neither the start nor the last call counts.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from pydantic import SecretStr
from sqlalchemy import func, select

from benchmarks.figures import Figure
from benchmarks.hubs import Hub, answers, free_port, process, running_hub, until
from benchmarks.scale import Scale
from hub.conversations import reading
from hub.conversations.apply import apply
from hub.conversations.arriving import Arrived, setting_of
from hub.conversations.changes import Changes
from hub.conversations.reading import ConversationQuery
from hub.db import senders
from hub.db.tables.core import MESSAGE
from hub.outbound import deliver
from hub.outbound.submit import Reply, submit
from hub.types import MessageReceived, Person, Text
from hub.wiring import Services, build
from tests.world import Channel, World

_DELAY = 0.15
_OF_THE_TARGET = 0.99
"""The targets are the paces that the hub keeps to (`sends_per_second`): it never gets beyond them."""
_PAGE = 200
_NUMBER = "+4915199000001"
_SENT = MESSAGE.c.status == "sent", MESSAGE.c.sent_at.is_not(None)
"""Lines of activity count as sent too, and never left."""


@dataclass(frozen=True, slots=True)
class Bench:
    """A hub whose providers take their time at `root`."""

    hub: Hub
    services: Services
    root: str


@dataclass(frozen=True, slots=True)
class Line:
    """One sender to measure: the rate it must reach, and whom it writes to (`address` and a number)."""

    kind: str
    what: str
    target: int
    address: str


_LINES = (
    Line("telegram", "messages sent for one bot", 30, "73{:07}"),
    Line("whatsapp", "messages sent for one number", 80, "+491513{:07}"),
)


def sending(scale: Scale) -> list[Figure]:
    """Send for one Telegram bot and for one WhatsApp sender, on each database."""
    return [_measured(database, line, scale) for database in scale.databases for line in _LINES]


def _measured(database: str, line: Line, scale: Scale) -> Figure:
    count = max(4, round(line.target * scale.sending))
    with running_hub(database) as hub, _provider(hub) as bench:
        channel = _channel(bench, line)
        rules = bench.services.adapters[line.kind].capabilities
        _let_them_write(bench, channel, [line.address.format(number) for number in range(count)])
        _answer_all(bench)
        sent = _sent_per_second(bench, channel, line, count)
        bare = asyncio.run(_bare_per_second(bench, rules.parallel_sends, count))
    return Figure(
        f"{line.what} by one worker, {database}",
        f"{sent:,.1f}/s",
        f"{bare:,.0f}/s ({rules.parallel_sends} plain requests at once)",
        sent / bare,
        f">= {line.target}/s at {_DELAY * 1000:.0f} ms a call",
        sent >= line.target * _OF_THE_TARGET,
    )


@contextmanager
def _provider(hub: Hub) -> Iterator[Bench]:
    port = free_port()
    environment = {**hub.environment, "HUB_PORT": str(port), "HUB_DELAY": str(_DELAY)}
    root = f"http://127.0.0.1:{port}"
    with process(environment, "-m", "benchmarks.provider") as started:
        until(lambda: answers(port, "/healthz"), started)
        names = ("telegram_api_url", "twilio_api_url", "twilio_messaging_url")
        changed = dict.fromkeys(names, root) | {
            "twilio_account_sid": "AC" + "0" * 32,
            "twilio_auth_token": SecretStr("benchmark"),
        }
        services = build(hub.services.settings.model_copy(update=changed))
        try:
            yield Bench(hub, services, root)
        finally:
            services.queue.close()
            services.db.dispose()


def _channel(bench: Bench, line: Line) -> Channel:
    if line.kind == "telegram":
        return bench.hub.telegram
    return World(bench.services).channel(bench.hub.organization, line.kind, _NUMBER)


def _let_them_write(bench: Bench, channel: Channel, addresses: list[str]) -> None:
    services, organization_id = bench.services, bench.hub.organization.id
    key, now = services.vault.of(organization_id), services.clock()
    with services.db.transaction(organization_id) as tx:
        state = senders.lock(tx, channel.sender_id)
        assert state is not None
        changes = Changes()
        events = [MessageReceived(f"in:{each}", Person(each), (Text("Hello"),)) for each in addresses]
        apply(tx, setting_of(services, state, key, now), [Arrived(each, now) for each in events], changes)
        changes.write(tx)


def _answer_all(bench: Bench) -> None:
    actor, cursor = bench.hub.organization.actor, None
    while True:
        page = reading.list_conversations(bench.services, actor, ConversationQuery(limit=_PAGE, cursor=cursor))
        for conversation in page.items:
            submit(bench.services, actor, conversation.id, Reply("Good morning"))
        if page.next is None:
            return
        cursor = page.next


def _sent_per_second(bench: Bench, channel: Channel, line: Line, count: int) -> float:
    began = time.perf_counter()
    while (sent := _count_sent(bench)) < count:
        deliver.drain(bench.services, channel.sender_id)
        if time.perf_counter() - began > 10 * count / line.target + 30:
            raise RuntimeError(f"not every message was sent: {sent} of {count}")
    with bench.services.db.reading(bench.hub.organization.id) as tx:
        rows = tx.all(select(MESSAGE.c.sent_at).where(*_SENT))
    return _per_second([row.sent_at.timestamp() for row in rows])


def _per_second(times: Sequence[float]) -> float:
    """Return how many came a second after the first; several may come at once."""
    first, last = min(times), max(times)
    return sum(each > first for each in times) / (last - first) if last > first else 0.0


def _count_sent(bench: Bench) -> int:
    with bench.services.db.reading(bench.hub.organization.id) as tx:
        return int(tx.scalar(select(func.count()).where(*_SENT)) or 0)


async def _bare_per_second(bench: Bench, at_once: int, count: int) -> float:
    slots = asyncio.Semaphore(at_once)
    times: list[float] = []
    async with httpx.AsyncClient(base_url=bench.root, timeout=30) as client:

        async def one() -> None:
            async with slots:
                response = await client.post("/bot1:benchmark/sendMessage", data={"chat_id": "1", "text": "bare"})
                response.raise_for_status()
                times.append(time.perf_counter())

        await asyncio.gather(*(one() for _ in range(count)))
    return _per_second(times)
