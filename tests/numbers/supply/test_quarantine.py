"""A number that was taken back: whose its messages are, how long it rests, who may have it, and giving it back."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest

from hub.db import ban_cases
from hub.numbers.supply import quarantine, returning
from hub.types.numbers import NumberState, OfferKind
from tests.dying import die_at
from tests.line import conversations_of
from tests.numbers.accepted import accept
from tests.numbers.supply.conftest import Platform
from tests.world import Organization, World

_RETURN = """
from hub.numbers.supply.returning import return_number
from hub.types import Machine
return_number(services, Machine("cli"), "{id}")
"""


def hear(platform: Platform, number: dict[str, Any], sid: str, text: str = "Hello") -> None:
    anyio.run(platform.hear, number["number"], sid, text)


def resting(platform: Platform, org: Organization) -> dict[str, Any]:
    """A number that was lent as SMS, written to once, and taken back."""
    number = platform.bought()
    platform.lent(number["id"], org)
    hear(platform, number, "SM1")
    made = platform.done("POST", f"/numbers/{number['id']}/release")
    assert made["state"] == "quarantined"
    return made


def test_a_number_that_nobody_wrote_to_is_free_at_once(platform: Platform, rival: Organization) -> None:
    number = platform.bought()
    platform.lent(number["id"], platform.scene.org)
    assert platform.done("POST", f"/numbers/{number['id']}/release")["state"] == "owned"
    assert platform.lent(number["id"], rival)["organization"]["id"] == rival.id


def test_in_quarantine_a_number_goes_to_its_former_organization_only(platform: Platform, rival: Organization) -> None:
    org = platform.scene.org
    number = resting(platform, org)
    assert (number["former"]["id"], number["organization"], number["channels"]) == (org.id, None, [])
    to_rival = {"organization_id": rival.id, "kind": "sms"}
    assert platform.call("POST", f"/numbers/{number['id']}/assign", json=to_rival).status_code == 409
    assert platform.call("POST", f"/numbers/{number['id']}/end-quarantine").status_code == 409
    again = platform.lent(number["id"], org)
    assert (again["state"], again["former"]) == ("lent", None)


def test_what_comes_in_quarantine_is_the_former_organizations_and_counts_the_time_anew(
    platform: Platform, rival: Organization
) -> None:
    org = platform.scene.org
    number = resting(platform, org)
    before = platform.received(org)
    platform.clock.after(days=89)
    # the webhook's own clock is the web's
    hear(platform, number, "SM2", "Are you still there?")
    shown = platform.shown(number["id"])
    assert (platform.received(org) - before, shown["discarded"], shown["messages"]) == (1, 0, [])
    assert shown["quarantine_ends"] > number["quarantine_ends"]
    platform.drain()
    (conversation,) = conversations_of(platform.services, org.actor)
    assert conversation.last_message_at is not None
    platform.clock.after(days=2)
    quarantine.end_due(platform.services)
    assert platform.shown(number["id"])["state"] == "quarantined"
    platform.clock.after(days=90)
    quarantine.end_due(platform.services)
    freed = platform.shown(number["id"])
    assert (freed["state"], freed["former"], freed["quarantine_ends"]) == ("owned", None, None)
    assert platform.actions()[-1] == "number.quarantine_ended"
    assert platform.lent(number["id"], rival)["state"] == "lent"
    hear(platform, number, "SM3", "for the next one")
    assert (platform.received(rival), platform.received(org) - before) == (1, 1)


def test_after_the_contract_what_comes_is_counted_once_and_kept_nowhere(platform: Platform) -> None:
    org = platform.scene.org
    number = resting(platform, org)
    received = platform.received(org)
    platform.scene.call("POST", f"/platform/organizations/{org.id}/suspend", json={"reason": "the contract ended"})
    platform.clock.after(days=10)
    for sid in ("SM2", "SM2", "SM3"):
        hear(platform, number, sid, "nobody may read this")
    with_admin = next(each for each in platform.stock() if each.id == number["id"])
    assert (with_admin.discarded, platform.received(org) - received) == (2, 0)
    assert with_admin.life.quiet_since == platform.clock.now


def test_another_accounts_signature_reaches_no_number_in_quarantine(platform: Platform) -> None:
    org = platform.scene.org
    number = resting(platform, org)
    before = platform.received(org)
    new = {"external_id": "AC" + "7" * 32, "auth_token": "another-token-of-an-account", "name": "for Rival"}
    platform.done("POST", "/provider-accounts", **new)
    anyio.run(platform.hear, number["number"], "SM9", "Hello", new["external_id"], new["auth_token"])
    assert platform.received(org) == before
    assert platform.shown(number["id"])["quarantine_ends"] == number["quarantine_ends"]


# --- giving back ----------------------------------------------------------------------------------------


def test_a_number_is_given_back_once_it_is_nobodys(platform: Platform) -> None:
    number = platform.bought()
    platform.lent(number["id"], platform.scene.org)
    path = f"/numbers/{number['id']}/return"
    assert platform.call("POST", path).status_code == 409
    platform.done("POST", f"/numbers/{number['id']}/release")
    assert platform.done("POST", path)["state"] == "returned"
    assert platform.at_supplier(number["number"]) == []
    assert platform.call("POST", path).status_code == 409
    assert platform.actions()[-2:] == ["number.return_asked", "number.returned"]


@pytest.mark.parametrize("point", ["return.after_commit", "return.after_release", "return.before_record"])
def test_giving_back_that_died_here_is_gone_on_with(platform: Platform, tmp_path: Path, point: str) -> None:
    number = platform.bought()
    die_at(platform.services.settings, tmp_path, point, _RETURN.format(id=number["id"]))
    assert platform.shown(number["id"])["state"] == "returning"
    returning.settle_returns(platform.services)
    assert platform.shown(number["id"])["state"] == "returned"
    assert platform.at_supplier(number["number"]) == []


def test_a_supplier_that_does_not_answer_is_asked_again(platform: Platform) -> None:
    number = platform.bought()
    platform.sandbox.fault("twilio")
    assert platform.call("POST", f"/numbers/{number['id']}/return").status_code == 503
    platform.sandbox.mend()
    returning.settle_returns(platform.services)
    assert platform.shown(number["id"])["state"] == "returned"


# --- what the supplier has ------------------------------------------------------------------------------


def test_a_number_that_the_supplier_has_no_more_is_lost_and_may_be_found_again(platform: Platform) -> None:
    number = platform.bought()
    (there,) = platform.at_supplier(number["number"])
    del platform.providers.numbers[there["sid"]]
    platform.sandbox.fault("twilio")
    platform.compare()
    # who cannot be asked has lost nothing
    assert platform.shown(number["id"])["state"] == "owned"
    platform.sandbox.mend()
    platform.compare()
    lost = platform.shown(number["id"])
    assert (lost["state"], "does not have this number" in lost["trouble"]) == ("lost", True)
    platform.providers.numbers[there["sid"]] = there
    platform.compare()
    assert (platform.shown(number["id"])["state"], platform.shown(number["id"])["trouble"]) == ("owned", "")


def test_a_lent_number_that_is_gone_keeps_its_channel_which_is_looked_at(platform: Platform) -> None:
    number = platform.bought()
    platform.lent(number["id"], platform.scene.org)
    (there,) = platform.at_supplier(number["number"])
    del platform.providers.numbers[there["sid"]]
    platform.compare()
    shown = platform.shown(number["id"])
    assert (shown["state"], len(shown["channels"]), shown["trouble"] != "") == ("lent", 1, True)


def test_a_number_whose_messages_go_elsewhere_is_pointed_here_again(platform: Platform) -> None:
    number = platform.bought()
    (there,) = platform.at_supplier(number["number"])
    there["sms_url"] = "https://elsewhere.example/sms"
    platform.compare()
    assert there["sms_url"].startswith("https://hub.example.com/")


def test_a_number_that_is_bought_again_goes_on_resting(platform: Platform) -> None:
    number = resting(platform, platform.scene.org)
    path = f"/numbers/{number['id']}/return"
    refused = platform.call("POST", path, headers={"X-Reason": ""})
    assert (refused.status_code, "reason" in refused.text) == (409, True)
    assert platform.done("POST", path, reason="it was never printed anywhere")["state"] == "returned"
    asked, given = platform.scene.entries("platform")[-2:]
    assert [(each.content or {})["reason"] for each in (asked, given)] == ["it was never printed anywhere"] * 2
    platform.providers.provisioned.released.clear()
    again = platform.order(number["number"]).json()
    assert (again["id"], again["state"]) == (number["id"], NumberState.QUARANTINED)
    assert again["former"]["id"] == platform.scene.org.id


def test_costs_are_counted_for_each_organization(platform: Platform) -> None:
    platform.bought(monthly_cost=100, currency="EUR")
    first, second = platform.bought(monthly_cost=115, currency="EUR"), platform.bought()
    org = platform.scene.org
    for number in (first, second):
        platform.lent(number["id"], org)
    platform.done("PATCH", f"/numbers/{second['id']}", monthly_cost=85, currency="EUR")
    lines = platform.done("GET", "/numbers/costs")["items"]
    assert [(each["organization"] and each["organization"]["id"], each["numbers"], each["monthly_cost"])
            for each in lines] == [(org.id, 2, 200), (None, 1, 100)]  # fmt: skip


def test_a_resting_number_that_is_put_aside_for_a_ban_of_its_former_organization_rests_on(
    platform: Platform, world: World
) -> None:
    org = platform.scene.org
    number = resting(platform, org)
    hit = world.channel(org, "whatsapp", "+4930999")
    aside = {"number_id": number["id"], "number": number["number"]}
    case_id = accept(platform.services, org, hit, OfferKind.ANOTHER_NUMBER, "whatsapp", aside)
    platform.clock.after(days=91)
    quarantine.end_due(platform.services)
    assert platform.shown(number["id"])["state"] == "quarantined"
    refused = platform.call("POST", f"/numbers/{number['id']}/end-quarantine")
    assert (refused.status_code, "put aside" in refused.text) == (409, True)
    with platform.services.db.transaction(org.id) as tx:
        ban_cases.save(tx, replace(ban_cases.get(tx, case_id), reserved={}))
    quarantine.end_due(platform.services)
    assert platform.shown(number["id"])["state"] == "owned"
