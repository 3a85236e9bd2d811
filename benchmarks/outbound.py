"""Answers one worker sends a second for one sender, while its provider takes 150 ms a call.

Beside it what the sandbox itself can take: as many plain requests at once as its answers allow.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import SecretStr

from benchmarks.figures import Figure
from benchmarks.hubs import Hub, free_port, process, running_hub, until
from benchmarks.scale import Scale
from hub.conversations import reading
from hub.conversations.apply import apply
from hub.conversations.arriving import Arrived, setting_of
from hub.conversations.changes import Changes
from hub.conversations.reading import ConversationQuery
from hub.db import senders
from hub.outbound import deliver
from hub.outbound.submit import Reply, submit
from hub.types import MessageReceived, Person, Text
from hub.wiring import Services, build
from tests.world import Channel, World

_DELAY = 0.15
_AT_ONCE = 64
_PAGE = 200


@dataclass(frozen=True, slots=True)
class Bench:
    """A hub whose providers are a sandbox; `seeds` are the sandbox's."""

    hub: Hub
    services: Services
    sandbox: httpx.Client
    seeds: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One sender to measure: the rate it must reach, whom it writes to, and a bare request like its own."""

    kind: str
    what: str
    target: int
    channel: Callable[[Bench], Channel]
    person: Callable[[int], str]
    bare: Callable[[Bench, httpx.AsyncClient, str], Awaitable[httpx.Response]]


def sending(scale: Scale) -> list[Figure]:
    """Send for one Telegram bot and for one WhatsApp sender, on each database."""
    return [_measured(database, line, scale) for database in scale.databases for line in _LINES]


def _measured(database: str, line: Line, scale: Scale) -> Figure:
    count = max(4, round(line.target * scale.seconds))
    with running_hub(database) as hub, _sandbox(hub) as bench:
        channel = line.channel(bench)
        addresses = [line.person(number) for number in range(count)]
        _let_them_write(bench, line, channel, addresses)
        _answer_all(bench)
        _slow_down(bench, line)
        sent = _sent_per_second(bench, line, channel, count)
        bare = asyncio.run(_bare_per_second(bench, line, addresses))
    return Figure(
        f"{line.what} by one worker, {database}",
        f"{sent:,.1f}/s",
        f"{bare:,.0f}/s (the sandbox, {_AT_ONCE} plain requests at once)",
        sent / bare,
        f">= {line.target}/s at {_DELAY * 1000:.0f} ms a call",
        sent >= line.target,
    )


@contextmanager
def _sandbox(hub: Hub) -> Iterator[Bench]:
    port = free_port()
    arguments = ("-m", "hub.sandbox", "--port", str(port), "--smtp-port", str(free_port()))
    root = f"http://127.0.0.1:{port}"
    with process(hub.environment, *arguments) as started, httpx.Client(base_url=root, timeout=30) as sandbox:
        until(lambda: _answers(sandbox), started)
        seeds = sandbox.get("/control/seeds").json()
        services = build(hub.services.settings.model_copy(update=_settings(root, seeds)))
        try:
            yield Bench(hub, services, sandbox, seeds)
        finally:
            services.queue.close()
            services.db.dispose()


def _answers(sandbox: httpx.Client) -> bool:
    try:
        return sandbox.get("/control/seeds").is_success
    except httpx.TransportError:
        return False


def _settings(root: str, seeds: dict[str, Any]) -> dict[str, Any]:
    names = ("telegram_api_url", "twilio_api_url", "twilio_messaging_url", "twilio_numbers_url", "twilio_content_url")
    return dict.fromkeys(names, root) | {
        "twilio_account_sid": seeds["twilio"]["account_sid"],
        "twilio_auth_token": SecretStr(seeds["twilio"]["auth_token"]),
    }


def _let_them_write(bench: Bench, line: Line, channel: Channel, addresses: list[str]) -> None:
    """Each person writes: to the sandbox, which refuses to send to strangers, and to the hub."""
    said = [{"channel": line.kind, "person": each, "text": "Hello", "to": channel.address} for each in addresses]
    bench.sandbox.post("/control/customer/send_many", json={"messages": said}).raise_for_status()
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


def _slow_down(bench: Bench, line: Line) -> None:
    fault = {"provider": line.kind, "op": "send", "fault": "slow", "times": 10_000_000, "delay": _DELAY}
    bench.sandbox.post("/control/faults", json=fault).raise_for_status()


def _sent_per_second(bench: Bench, line: Line, channel: Channel, count: int) -> float:
    began = time.perf_counter()
    while _received(bench, line) < count:
        deliver.drain(bench.services, channel.sender_id)
        if time.perf_counter() - began > 10 * count / line.target + 30:
            raise RuntimeError(f"not every message was sent: {_received(bench, line)} of {count}")
    return count / (time.perf_counter() - began)


def _received(bench: Bench, line: Line) -> int:
    items = bench.sandbox.get("/control/outbox", params={"channel": line.kind}).json()["items"]
    return sum("Good morning" in item["text"] for item in items)


async def _bare_per_second(bench: Bench, line: Line, addresses: list[str]) -> float:
    slots = asyncio.Semaphore(_AT_ONCE)
    limits = httpx.Limits(max_connections=_AT_ONCE)
    async with httpx.AsyncClient(base_url=str(bench.sandbox.base_url), timeout=30, limits=limits) as client:

        async def one(address: str) -> None:
            async with slots:
                (await line.bare(bench, client, address)).raise_for_status()

        began = time.perf_counter()
        await asyncio.gather(*(one(each) for each in addresses))
        return len(addresses) / (time.perf_counter() - began)


def _bot(bench: Bench) -> Channel:
    seed = bench.seeds["telegram"]["bots"][0]
    world = World(bench.services)
    return world.channel(bench.hub.organization, "telegram", str(seed["id"]), {"bot_token": seed["token"]})


def _number(bench: Bench) -> Channel:
    number = next(each["number"] for each in bench.seeds["twilio"]["numbers"] if each.get("sender_sid"))
    return World(bench.services).channel(bench.hub.organization, "whatsapp", number)


async def _bare_bot(bench: Bench, client: httpx.AsyncClient, address: str) -> httpx.Response:
    token = bench.seeds["telegram"]["bots"][0]["token"]
    return await client.post(f"/bot{token}/sendMessage", data={"chat_id": address, "text": "bare"})


async def _bare_number(bench: Bench, client: httpx.AsyncClient, address: str) -> httpx.Response:
    twilio = bench.seeds["twilio"]
    number = next(each["number"] for each in twilio["numbers"] if each.get("sender_sid"))
    form = {"From": f"whatsapp:{number}", "To": f"whatsapp:{address}", "Body": "bare"}
    url = f"/2010-04-01/Accounts/{twilio['account_sid']}/Messages.json"
    return await client.post(url, data=form, auth=(twilio["account_sid"], twilio["auth_token"]))


_LINES = (
    Line("telegram", "messages sent for one bot", 30, _bot, lambda n: str(730_000_000 + n), _bare_bot),
    Line("whatsapp", "messages sent for one number", 80, _number, lambda n: f"+49151{30_000_000 + n}", _bare_number),
)
