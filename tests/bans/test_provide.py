"""`hub numbers provide` on a whole hub: from nothing to the first message; run again, it changes and buys nothing."""

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from tests.bans import stage
from tests.bans.stage import WHATSAPP
from tests.databases import DATABASES, Templates
from tests.rig import HUB, ROOT, Rig, until
from tests.rigs import Rigs

PERSON = "+4915226200001"


@pytest.fixture(params=[DATABASES[0], pytest.param(DATABASES[1], marks=pytest.mark.bans)])
def rig(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, templates: Templates
) -> Iterator[Rig]:
    with Rigs(tmp_path_factory, templates, "provide") as rigs:
        yield rigs.on(request.param)


@pytest.mark.chaos
@pytest.mark.timeout(400)
def test_one_command_provides_a_number_that_carries_the_first_message(rig: Rig) -> None:
    bakery, butcher = rig.of_customer("bakery"), rig.of_customer("butcher")
    before = stage.owned_at_supplier(rig)

    waits = _provide(bakery)
    assert (waits.returncode, "sign up with the messenger first" in waits.stderr) == (1, True), waits
    business = stage.sign_up(rig, bakery)["business_id"]
    number = _provided(bakery, business)
    said = _first_message(bakery, number)
    assert said == ["Good morning, what can we do for you?"]
    numbers, supplied = _numbers(rig), stage.owned_at_supplier(rig)
    again = _provide(bakery, "--business-account", business)
    assert (again.returncode, "carries WhatsApp already" in again.stdout) == (0, True), again
    assert (_numbers(rig), stage.owned_at_supplier(rig)) == (numbers, supplied)

    rig.sandbox.post(
        "/control/faults", json={"provider": "twilio", "op": "purchase", "fault": "lost_answer", "times": 3}
    ).raise_for_status()
    theirs = ("--business-account", stage.sign_up(rig, butcher)["business_id"])
    _provide(butcher, *theirs)
    second = _provided(butcher, theirs[1])
    assert stage.owned_at_supplier(rig) - before == {number, second}
    mine = {
        each["number"]: each["organization"]["name"] for each in _numbers(rig) if each["number"] in (number, second)
    }
    assert mine == {number: "bakery", second: "butcher"}


def _provide(customer: Rig, *more: str) -> "subprocess.CompletedProcess[str]":
    wanted = ("--country", "US", "--organization", customer.organization_id, "--kind", WHATSAPP, "--wait", "60")
    return subprocess.run(
        [HUB, "numbers", "provide", *wanted, *more],
        cwd=ROOT,
        env=customer.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def _provided(customer: Rig, business: str) -> str:
    """Provide a number; return it."""
    done = _provide(customer, "--business-account", business)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip().splitlines()[-1].split()[1]


def _first_message(customer: Rig, number: str) -> list[str]:
    """A customer writes to the number, and an operator answers; return what arrives."""
    [channel] = customer.get("/api/v1/channels")["items"]
    assert (channel["sender"]["address"], channel["health"]["state"]) == (number, "ok")
    customer.channels["chat"], customer.addresses["chat"] = channel["id"], number
    stage.write_many(customer, WHATSAPP, "chat", {PERSON: "good morning"})
    talk = stage.talk_of(customer, "chat", "morning")
    customer.answer(talk["id"], "Good morning, what can we do for you?")
    return until("the answer", lambda: stage.arrived(customer, WHATSAPP, PERSON, number))


def _numbers(rig: Rig) -> list[dict[str, Any]]:
    """The platform's numbers, without what a look of the last seconds may have changed."""
    kept = ("id", "number", "state", "organization", "capabilities", "ordered_at", "created_at", "trouble")
    return [{name: each[name] for name in kept} for each in rig.get("/api/v1/platform/numbers?limit=200")["items"]]
