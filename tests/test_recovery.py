"""What Twilio could not deliver while the hub was down is there within a minute of its restart.

Twilio tries a webhook once, and once more when no connection came about; after that only its list has the message.
"""

import time
from collections import Counter
from collections.abc import Iterator

import pytest

from hub.settings import Settings
from tests.databases import DATABASES, Templates
from tests.rig import Rig, until
from tests.rigs import Rigs

SPEED = 100
"""Simulated seconds in a real one."""
MINUTES = 10
CUSTOMERS = {"whatsapp": [f"+49152260{n:05d}" for n in range(100)], "sms": [f"+1202555{n:04d}" for n in range(100)]}
PROMISED_SECONDS = 60.0
AS_DELIVERED = {
    "HUB_RECOVER_EVERY": str(Settings.model_fields["recover_every"].default),
    "HUB_RECOVER_MIN_AGE": str(Settings.model_fields["recover_min_age"].default),
}


@pytest.fixture(params=[DATABASES[0], pytest.param(DATABASES[1], marks=pytest.mark.matrix)])
def rig(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, templates: Templates
) -> Iterator[Rig]:
    with Rigs(tmp_path_factory, templates, "recovery", speed=SPEED, settings=AS_DELIVERED) as rigs:
        yield rigs.on(request.param)


@pytest.mark.chaos
@pytest.mark.timeout(240)
def test_all_who_wrote_on_twilio_numbers_in_an_outage_are_there_within_a_minute_of_the_restart(rig: Rig) -> None:
    rig.stop_hub()
    _write_through_the_outage(rig)
    counts = until("Twilio to give up", lambda: _given_up(rig), 60)
    assert counts["abandoned"] == sum(map(len, CUSTOMERS.values()))

    rig.start_hub()
    restarted = time.monotonic()
    until("everybody", lambda: rig.balance()["handled"] >= counts["abandoned"], PROMISED_SECONDS)
    arrived = {kind: _said(rig, kind) for kind in CUSTOMERS}
    assert time.monotonic() - restarted < PROMISED_SECONDS
    assert arrived == {kind: Counter(f"{person} wrote" for person in people) for kind, people in CUSTOMERS.items()}
    balance = rig.balance()
    assert balance["recovered"] == balance["received"] == balance["handled"] == counts["abandoned"]


def _write_through_the_outage(rig: Rig) -> None:
    """Customers write every simulated minute, the last of them just before the hub is started again."""
    began = time.monotonic()
    for minute in range(1, MINUTES + 1):
        until(f"minute {minute}", lambda: time.monotonic() - began >= minute * 60 / SPEED)  # noqa: B023
        batch = [
            {"channel": kind, "person": person, "text": f"{person} wrote", "to": rig.addresses[kind]}
            for kind, people in CUSTOMERS.items()
            for person in people[minute - 1 :: MINUTES]
        ]
        rig.sandbox.post("/control/customer/send_many", json=batch).raise_for_status()


def _given_up(rig: Rig) -> dict[str, int] | None:
    counts = rig.webhook_counts()
    return counts if not counts["pending"] else None


def _said(rig: Rig, kind: str) -> Counter[str]:
    """What customers wrote on a channel, over all its conversations."""
    said: Counter[str] = Counter()
    cursor = ""
    while True:
        page = rig.get(f"/api/v1/conversations?channel={rig.channels[kind]}&limit=100{cursor}")
        for conversation in page["items"]:
            said.update(each["text"] for each in rig.thread(conversation["id"]) if each["direction"] == "inbound")
        if page["next"] is None:
            return said
        cursor = f"&cursor={page['next']}"
