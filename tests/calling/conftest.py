"""A hub that may call one server in its own network, and that server."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from hub.calling import posting, writing
from hub.db.outgoing_calls import CallView
from hub.settings import Settings
from hub.types import Actor
from hub.web.app import create_app
from hub.wiring import Services, build
from tests.api.conftest import Api
from tests.calling.receiver import Receiver
from tests.outbound.stage import Clock
from tests.world import World


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def services(settings: Settings, receiver: Receiver) -> Iterator[Services]:
    built = build(settings.model_copy(update={"webhook_hosts": receiver.host}))
    built.queue.redis.flushdb()
    yield built
    built.db.dispose()
    built.queue.close()


@dataclass
class Called:
    """An organization with a webhook. `secret` is what its admins were shown."""

    services: Services
    clock: Clock
    api: Api
    receiver: Receiver
    secret: str = ""

    @property
    def owner(self) -> Actor:
        return self.api.org.actor

    def enter(self, url: str) -> None:
        answer = self.api.owner("PATCH", "/organization", json={"webhook": {"url": url}})
        assert answer.status_code == 200, answer.text
        self.secret = answer.json()["webhook"]["secret"]

    def tell(self, kind: str = "test", about: str = "") -> str:
        """Have the server told of something; return the call's id."""
        with self.services.db.transaction(self.api.org.id) as tx:
            made = writing.tell(self.services, tx, kind, about or f"about {kind}", {"what": kind})
        assert made
        return made

    def run(self, **span: float) -> None:
        """What the job does, as often as it wakes itself, after some time."""
        self.clock.forward(**span)
        for _ in range(10):
            posting.run(self.services)

    def calls(self) -> list[CallView]:
        return list(writing.list_calls(self.services, self.owner).items)

    def states(self) -> dict[str, str]:
        return {each.kind: each.state for each in self.calls()}


@pytest.fixture
def called(services: Services, receiver: Receiver) -> Called:
    clock = Clock()
    clock.now = datetime.now(UTC).replace(microsecond=0)
    staged = replace(services, clock=clock)
    world = World(staged)
    made = Called(staged, clock, Api(staged, create_app(staged), world, world.organization("Acme")), receiver)
    made.enter(receiver.url)
    return made
