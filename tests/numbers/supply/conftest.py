"""A platform admin's door to the numbers, a clock that can be set, and the sandbox as the supplier."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from hub.db import accounts, journal_reading, stock
from hub.db.session import PlatformWork
from hub.db.stock import StockRecord
from hub.db.tables.core import SENDER
from hub.inbound import drain
from hub.numbers.supply import reconciling, settling
from hub.sandbox import seeds
from hub.sandbox.world import World as Providers
from hub.wiring import Services
from tests.audit.scene import Scene
from tests.line import post_twilio, sms_fields, webhooks

# fixtures are found by their names in this module
from tests.provisioning.conftest import Sandbox, rival, sandbox, sandbox_server, services  # noqa: F401
from tests.world import Organization, World

GERMAN = {"country": "DE", "kind": "mobile"}
AMERICAN = {"country": "US", "kind": "local"}


class Clock:
    """Says what it was set to."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def after(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass(frozen=True)
class Platform:
    """A platform admin with the API, the hub behind it, and what the supplier knows."""

    scene: Scene
    services: Services
    clock: Clock
    sandbox: Sandbox

    @property
    def providers(self) -> Providers:
        return self.sandbox.providers

    def call(self, method: str, path: str, **content: Any) -> httpx.Response:
        return self.scene.call(method, f"/platform{path}", **content)

    def done(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """The answer to a call that must go well."""
        answer = self.call(method, path, **({"json": body} if body else {}))
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def first(self, **wanted: Any) -> str:
        """The first number that a search finds."""
        return str(self.done("POST", "/numbers/search", **{**AMERICAN, **wanted})["items"][0]["number"])

    def order(self, number: str, **more: Any) -> httpx.Response:
        return self.call("POST", "/numbers/buy", json={"number": number, **AMERICAN, **more})

    def bought(self, **more: Any) -> dict[str, Any]:
        answer = self.order(self.first(), **more)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def lent(self, number_id: str, org: Organization, kind: str = "sms") -> dict[str, Any]:
        return self.done("POST", f"/numbers/{number_id}/assign", organization_id=org.id, kind=kind)

    def shown(self, number_id: str) -> dict[str, Any]:
        return self.done("GET", f"/numbers/{number_id}")

    def stock(self) -> list[StockRecord]:
        with self.services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
            return list(stock.list_page(tx, 50, None, stock.NumberFilter()).items)

    def at_supplier(self, number: str) -> list[dict[str, Any]]:
        return [each for each in self.providers.numbers.values() if each["phone_number"] == number]

    def fault(self, op: str, fault: str) -> None:
        """Let the supplier's next call of a sort go wrong."""
        order = {"provider": "twilio", "op": op, "fault": fault, "times": 1}
        httpx.post(f"{self.sandbox.url}/control/faults", json=order).raise_for_status()

    def settle(self) -> None:
        settling.settle_orders(self.services)

    def compare(self) -> None:
        """Compare every account with what the supplier has in it, as within the hour."""
        self.clock.after(hours=1)
        with self.services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
            known = accounts.list_all(tx)
        for _ in known:
            reconciling.compare_next(self.services)

    def actions(self) -> list[str]:
        """What the platform's chain says was done."""
        return [each.action for each in self.scene.entries("platform")]

    async def hear(
        self,
        number: str,
        sid: str,
        text: str = "Hello",
        account: str = seeds.ACCOUNT_SID,
        token: str = seeds.ACCOUNT_TOKEN,
    ) -> None:
        """Somebody writes to a number; the supplier tells the hub in an account's name."""
        async with webhooks(self.services) as client:
            answer = await post_twilio(client, sms_fields(number, sid, text, account), token)
        assert answer.status_code == 200, answer.text

    def drain(self) -> None:
        """Run the intake jobs of all senders."""
        with self.services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
            senders = [row.id for row in tx.all(select(SENDER.c.id))]
        for sender_id in senders:
            drain.drain(self.services, sender_id)

    def received(self, org: Organization) -> int:
        with self.services.db.platform_reading(PlatformWork.ADMINISTRATION) as tx:
            return journal_reading.balance(tx, org.id, None, 0).received


@pytest.fixture
def platform(services: Services, world: World, org: Organization, sandbox: Sandbox) -> Iterator[Platform]:  # noqa: F811
    clock = Clock(services.clock())
    timed = replace(services, clock=clock)
    yield Platform(Scene(timed, world, org, sandbox), timed, clock, sandbox)
