"""The sandbox bans senders at each level and reach; looks with the real adapters find it, and nothing tells the hub."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from hub.db.tables.core import BAN_CASE, SENDER
from hub.numbers import health
from hub.sandbox import seeds
from hub.wiring import Services
from tests.outbound.stage import Clock
from tests.provisioning.conftest import Sandbox
from tests.world import Channel, Organization, World

BOT, PAGE, NUMBER = seeds.BOTS[0], seeds.PAGES[0], seeds.NUMBERS[0].number
SENDERS: dict[str, tuple[str, dict[str, str] | None]] = {
    "telegram": (str(BOT.id), {"bot_token": BOT.token}),
    "facebook": (PAGE.id, {"page_id": PAGE.id, "page_access_token": PAGE.token}),
    "whatsapp": (NUMBER, None),
    "email": ("help@shop.example", None),
}
# channel, level, reach of the ban; level and reach that the hub finds, None: it is no ban
BANS = [
    ("whatsapp", "banned", "sender", ("banned", "business_account")),
    ("whatsapp", "banned", "business_account", ("banned", "business_account")),
    ("whatsapp", "account", "provider_account", ("account", "provider_account")),
    ("telegram", "credentials", "sender", ("credentials", "sender")),
    ("facebook", "credentials", "sender", ("credentials", "sender")),
    ("telegram", "rate_limited", "sender", None),
]


class Watch:
    """One channel, looked at as the clock says."""

    def __init__(self, services: Services, kind: str) -> None:
        self.clock = Clock()
        self.services = replace(services, clock=self.clock)
        self.world = World(self.services)
        self.org: Organization = self.world.organization("Acme")
        address, credentials = SENDERS[kind]
        self.channel: Channel = self.world.channel(self.org, kind, address, credentials)

    def run(self, seconds: float) -> None:
        end = self.clock.now + timedelta(seconds=seconds)
        while self.clock.now < end:
            health.look(self.services, self.channel.sender_id)
            due = self.row(SENDER, SENDER.c.id).look_at
            self.clock.now = max(due, self.clock.now + timedelta(seconds=2))

    def row(self, table: Any, column: Any) -> Any:
        with self.services.db.reading(self.org.id) as tx:
            return tx.first(select(table).where(column == self.channel.sender_id))


@pytest.mark.parametrize(("channel", "level", "reach", "expected"), BANS, ids=str)
def test_looks_alone_find_what_the_provider_does(
    services: Services, sandbox: Sandbox, channel: str, level: str, reach: str, expected: tuple[str, str] | None
) -> None:
    watch = Watch(services, channel)
    watch.run(400)
    assert watch.row(SENDER, SENDER.c.id).health["problems"] == []
    ban = httpx.post(f"{sandbox.url}/control/bans", json={"channel": channel, "level": level, "reach": reach})
    assert ban.status_code == 200, ban.text
    watch.run(360 if level != "credentials" else 1200)
    case = watch.row(BAN_CASE, BAN_CASE.c.sender_id)
    if expected is None:
        assert case is None
        return
    assert case.confirmed_at is not None
    assert (case.level, case.reach) == expected
    httpx.post(f"{sandbox.url}/control/bans/{ban.json()['id']}/lift").raise_for_status()
    watch.run(700)
    after = watch.row(BAN_CASE, BAN_CASE.c.sender_id)
    assert (after.state, watch.row(SENDER, SENDER.c.id).hold) == ("reinstated", None)
