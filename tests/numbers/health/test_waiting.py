"""Whoever lets the hub wait - a provider, a customer's own server, a long job - delays no ban of anybody else."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from hub.access.organizations import OrganizationChanges, change_organization
from hub.calling import writing
from hub.channels.looking import unseen
from hub.db.tables.core import NOTIFICATION, OUTGOING_CALL
from hub.numbers import detecting, health
from hub.settings import Settings
from hub.types import Sender
from hub.types.bans import Look
from hub.wiring import Services, build
from tests.numbers.health.stage import HealthStage, WatchedProvider
from tests.world import Channel, Organization
from workers import bans, lane
from workers.main import LANES

RELEASED = threading.Event()


def hang(_key: str) -> None:
    """A job that does not end."""
    RELEASED.wait()


@dataclass
class SilentServer:
    """Takes every connection and never answers."""

    _socket: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def silent() -> Iterator[SilentServer]:
    made = SilentServer()
    yield made
    made.close()


@pytest.fixture
def services(settings: Settings, silent: SilentServer) -> Iterator[Services]:
    mail = SecretStr(f"smtp://{silent.host}?tls=off")
    built = build(settings.model_copy(update={"webhook_hosts": silent.host, "mail_primary_url": mail}))
    built.queue.redis.flushdb()
    yield built
    built.db.dispose()
    built.queue.close()


@pytest.fixture
def hands(stage: HealthStage, silent: SilentServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The lane that waits for others, with all of its hands, in this process."""
    monkeypatch.setattr("workers.services._services", stage.services)
    # a second of waiting for jobs at a time
    monkeypatch.setattr(lane, "_WORKER_TTL", 16)
    RELEASED.clear()
    threads = lane.start(LANES["waiting"], stage.services.queue.url)
    yield
    monkeypatch.setattr(lane.LaneWorker, "stopping", True)
    RELEASED.set()
    silent.close()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)


class SilentProvider(WatchedProvider):
    """Does not answer while it is looked at."""

    async def look(self, sender: Sender, now: datetime) -> Look:
        self.looked.append((sender.id, now))
        await asyncio.to_thread(RELEASED.wait)
        return unseen([], "the provider does not answer")


def until(what: str, find: Callable[[], Any], seconds: float = 30.0) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := find()):
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)
    return found


def test_nobody_who_does_not_answer_delays_a_ban(
    stage: HealthStage, silent: SilentServer, hands: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a look ends by itself after 15 seconds: here no hand comes free by that
    monkeypatch.setattr(health.looking, "_LONGEST", 600.0)
    page = stage.world.channel(stage.org, "facebook", "24000001", {"token": "x"})
    stage.works(page)
    hanging = [_hanging(stage, number) for number in range(12)]
    stage.services.adapters["whatsapp"] = SilentProvider(stage.services.adapters["whatsapp"])  # type: ignore[index, assignment]
    waited_for = [_with_silent_server(stage, name, silent) for name in ("One", "Two")]

    for channel in hanging:
        detecting.wake(stage.services, [channel.sender_id])
    for queue in ("asking", "media", "letters"):
        for number in range(5):
            stage.services.queue.wake(queue, f"{__name__}.hang", f"{queue} {number}")
    bans.tick("all")
    until("the provider to be asked", lambda: len(stage.watched("whatsapp").looked) == health.places.MOST)
    until("the silent servers to be called", lambda: all(_is_called(stage, each) for each in waited_for))

    begun = stage.clock.now
    stage.sees(page, "page/restricted")
    detecting.hasten(stage.services, stage.org.id, [page.sender_id])
    while not stage.confirmed(page):
        bans.tick("all")
        # the clock stands still until they have looked
        until("a look at the page", lambda: _looked_at(stage, page, stage.clock.now))
        stage.clock.now = max(stage.sender(page).look_at, stage.clock.now + timedelta(seconds=2))
        assert stage.clock.now - begun < timedelta(minutes=10)

    case = stage.case_of(page)
    assert case.confirmed_at - begun <= timedelta(seconds=35)
    assert stage.sender(page).forbids
    until("the admins to be told", lambda: stage.case_of(page).informed_at, seconds=10)
    assert _letters(stage)


def _hanging(stage: HealthStage, number: int) -> Channel:
    channel = stage.world.channel(stage.org, "whatsapp", f"+49151000000{number:02}", None)
    stage.works(channel)
    stage.set_sender(channel, look_at=stage.clock.now)
    return channel


def _with_silent_server(stage: HealthStage, name: str, silent: SilentServer) -> Organization:
    other = stage.world.organization(name)
    change_organization(stage.services, other.actor, OrganizationChanges(webhook_url=f"http://{silent.host}/{name}"))
    with stage.services.db.transaction(other.id) as tx:
        assert writing.tell(stage.services, tx, "test", name, {})
    return other


def _is_called(stage: HealthStage, other: Organization) -> bool:
    with stage.services.db.reading(other.id) as tx:
        return bool(tx.scalar(select(OUTGOING_CALL.c.attempts).where(OUTGOING_CALL.c.organization_id == other.id)))


def _looked_at(stage: HealthStage, channel: Channel, since: datetime) -> bool:
    at = stage.sender(channel).health.get("checked_at")
    return at is not None and datetime.fromisoformat(at) >= since


def _letters(stage: HealthStage) -> list[Any]:
    with stage.services.db.reading(stage.org.id) as tx:
        return list(tx.all(select(NOTIFICATION).where(NOTIFICATION.c.organization_id == stage.org.id)))
