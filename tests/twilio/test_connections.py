"""Connections to Twilio: kept over many sends, and never beyond the event loop or for somebody else."""

import asyncio
import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from hub.channels.egress import Egress
from hub.channels.http import HttpFactory
from hub.channels.sms.adapter import SmsAdapter
from hub.types import OutboundMessage, Person, ProviderAccount, Secret, Sender
from tests.twilio.account import SMS


@dataclass
class Provider:
    """Counts connections, and keeps who asked."""

    url: str = ""
    connections: set[tuple[str, int]] = field(default_factory=set)
    asked_by: list[str] = field(default_factory=list)


@pytest.fixture
def provider() -> Iterator[Provider]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            found.connections.add(self.client_address)
            found.asked_by.append(self.headers["authorization"])
            body = b'{"sid":"SM1","status":"queued"}'
            self.send_response(201)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found = Provider(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def adapter_for(provider: Provider) -> SmsAdapter:
    context = SMS.context()
    settings = context.settings.model_copy(update={"twilio_api_url": provider.url})
    return SmsAdapter(replace(context, settings=settings, http=HttpFactory(Egress(settings, frozenset))))


async def send(adapter: SmsAdapter, sender: Sender = SMS.sender) -> None:
    await adapter.send(OutboundMessage("D1", "V1", Person("+4915254599371"), "Hallo"), sender)


def test_sends_within_open_share_their_connections(provider: Provider) -> None:
    adapter = adapter_for(provider)

    async def job() -> None:
        async with adapter.open():
            for _ in range(5):
                await send(adapter)

    asyncio.run(job())
    assert (len(provider.asked_by), len(provider.connections)) == (5, 1)
    # a second job has a loop of its own, and connections of its own
    asyncio.run(job())
    assert (len(provider.asked_by), len(provider.connections)) == (10, 2)


def test_sends_of_tasks_started_within_open_share_them_too(provider: Provider) -> None:
    adapter = adapter_for(provider)

    async def job() -> None:
        async with adapter.open():
            await send(adapter)
            async with asyncio.TaskGroup() as tasks:
                for _ in range(2):
                    tasks.create_task(send(adapter))
            await send(adapter)

    asyncio.run(job())
    assert len(provider.asked_by) == 4
    assert len(provider.connections) <= 2


def test_a_send_after_open_makes_its_own_connection(provider: Provider) -> None:
    adapter = adapter_for(provider)

    async def job() -> None:
        async with adapter.open():
            await send(adapter)
        await send(adapter)

    asyncio.run(job())
    assert len(provider.connections) == 2


def test_two_accounts_share_connections_but_not_credentials(provider: Provider) -> None:
    adapter = adapter_for(provider)
    other = ProviderAccount("P2", "AC2", {"auth_token": Secret("another-token")})

    async def job() -> None:
        async with adapter.open():
            await send(adapter)
            await send(adapter, replace(SMS.sender, account=other))

    asyncio.run(job())
    assert len(provider.connections) == 1
    assert len(set(provider.asked_by)) == 2
