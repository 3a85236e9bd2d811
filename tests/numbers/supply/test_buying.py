"""Searching and buying at the API: what is asked before anything is paid, and what became of an order in the end."""

from pathlib import Path
from typing import Any

import pytest

from hub.db import stock
from hub.db.session import PlatformWork
from hub.db.stock import StockRecord
from hub.failpoints import FAILPOINTS
from hub.ids import new_id
from hub.numbers.policy.life import NumberLife
from hub.types import ChannelKind
from hub.types.numbers import NumberState
from tests.dying import die_at
from tests.numbers.supply.conftest import GERMAN, Platform

OF_ORDERS = [name for name in FAILPOINTS if name.startswith("order.")]
_BUY = """
from hub.numbers.supply.buying import NewOrder, buy
from hub.types import Machine
buy(services, Machine("cli"), NewOrder("{number}", "US", "local"))
"""


def codes(found: dict[str, Any]) -> list[str]:
    return [each["code"] for each in found["obstacles"]]


def test_a_search_goes_by_country_kind_channel_and_pattern(platform: Platform) -> None:
    found = platform.done("POST", "/numbers/search", **GERMAN, capabilities=["sms"], pattern="+49171", limit=5)
    assert len(found["items"]) == 5
    assert all(each["number"].startswith("+49171") and "sms" in each["capabilities"] for each in found["items"])
    # landlines there receive no SMS, so they carry the one kind only whose code can be spoken
    silent = platform.done("POST", "/numbers/search", country="DE", kind="local")["items"]
    assert {tuple(each["capabilities"]) for each in silent} == {("whatsapp",)}
    assert platform.done("POST", "/numbers/search", country="DE", kind="local", capabilities=["sms"])["items"] == []
    for wrong in ({"country": "1!"}, {"kind": "pager"}, {"pattern": "+"}, {"capabilities": ["telegram"]}):
        answer = platform.call("POST", "/numbers/search", json={"country": "DE", "kind": "mobile", **wrong})
        assert answer.status_code == 422, answer.text


def test_a_bought_number_is_ours_and_its_messages_come_here_with_retries(platform: Platform) -> None:
    made = platform.bought(monthly_cost=115, currency="usd")
    assert (made["state"], made["country"], made["kind"]) == ("owned", "US", "local")
    assert (made["monthly_cost"], made["currency"], made["trouble"]) == (115, "USD", "")
    (there,) = platform.at_supplier(made["number"])
    assert there["sms_url"] == "https://hub.example.com/webhooks/twilio/messages#rc=5&rp=all"
    assert there["friendly_name"] == f"hub {made['id']}"
    assert platform.actions()[-2:] == ["number.ordered", "number.bought"]
    again = platform.order(made["number"])
    assert (again.status_code, "the platform's already" in again.json()["detail"]) == (409, True)


def test_papers_are_looked_at_before_the_purchase(platform: Platform) -> None:
    number = platform.first(**GERMAN)
    bundles = platform.providers.provisioned.bundles
    for bundle in bundles.values():
        bundle["status"] = "twilio-rejected"
    found = platform.done("POST", "/numbers/search", **GERMAN)
    assert codes(found) == ["documents_refused"]
    refused = platform.order(number, **GERMAN)
    assert (refused.status_code, refused.json()["obstacles"]) == (409, ["documents_refused"])
    assert platform.stock() == []
    bundles.clear()
    assert codes(platform.done("POST", "/numbers/search", **GERMAN)) == ["documents_missing"]
    platform.providers.provisioned.addresses.clear()
    assert platform.order(platform.first(country="GB"), country="GB").json()["obstacles"] == ["address_missing"]
    assert "number.ordered" not in platform.actions()


def test_what_a_customers_business_account_allows_is_asked_before_the_purchase(platform: Platform) -> None:
    number, org = platform.first(), platform.scene.org
    refused = platform.order(number, organization_id=org.id, capabilities=["whatsapp"])
    assert (refused.status_code, refused.json()["obstacles"]) == (409, ["sign_up_needed"])
    assert platform.order(number, organization_id=org.id, capabilities=["sms"]).status_code == 201


def test_a_number_that_cannot_carry_what_it_shall_is_not_bought(platform: Platform) -> None:
    number = platform.first(country="DE", kind="local")
    answer = platform.order(number, country="DE", kind="local", capabilities=["sms"])
    assert (answer.status_code, platform.stock()) == (409, [])
    assert "cannot carry sms" in answer.json()["detail"]


def given_back(platform: Platform, life: NumberLife) -> str:
    """A number for sale that was ours and that we gave back; return it."""
    number = platform.first()
    account_id = platform.done("GET", "/provider-accounts")["items"][0]["id"]
    record = StockRecord(new_id(), number, ("sms", "whatsapp"), account_id, platform.clock(), life, country="US")
    with platform.services.db.platform_transaction(PlatformWork.ADMINISTRATION) as tx:
        assert stock.add(tx, record)
    return number


def test_a_number_that_rests_for_somebody_else_is_not_bought_for_an_organization(platform: Platform) -> None:
    # people wrote to it when it was another organization's, until a moment ago
    org = platform.scene.org
    rests = NumberLife(NumberState.RETURNED, former_id=org.id, talked=True, quiet_since=platform.clock())
    number = given_back(platform, rests)
    rival = platform.scene.world.organization("Butcher")
    refused = platform.order(number, organization_id=rival.id, capabilities=["sms"])
    assert (refused.status_code, "last organization" in refused.text) == (409, True), refused.text
    assert platform.at_supplier(number) == []
    platform.clock.after(days=91)
    assert platform.order(number, organization_id=rival.id, capabilities=["sms"]).status_code == 201


def test_a_number_that_is_banned_is_bought_for_what_it_can_still_carry_only(platform: Platform) -> None:
    number = given_back(platform, NumberLife(NumberState.RETURNED, banned=frozenset({ChannelKind("sms")})))
    for wanted in ({"organization_id": platform.scene.org.id, "capabilities": ["sms"]}, {"capabilities": ["sms"]}):
        refused = platform.order(number, **wanted)
        assert (refused.status_code, "has banned this number" in refused.text) == (409, True), refused.text
    assert platform.at_supplier(number) == []
    assert platform.order(number).status_code == 201


def test_a_number_that_is_no_sender_in_its_organizations_account_is_not_lent_as_one(platform: Platform) -> None:
    org = platform.scene.org
    account = platform.done("POST", "/provider-accounts/open", organization_id=org.id)
    path = f"/numbers/{platform.bought(provider_account_id=account['id'])['id']}/assign"
    body = {"organization_id": org.id, "kind": "whatsapp"}
    refused = platform.call("POST", path, json=body)
    assert (refused.status_code, "register it first" in refused.text) == (409, True), refused.text
    platform.sandbox.fault("twilio")
    assert platform.call("POST", path, json=body).status_code == 503
    assert platform.stock()[0].life.state is NumberState.OWNED


def test_an_order_whose_answer_is_lost_is_paid_once(platform: Platform) -> None:
    number = platform.first()
    platform.fault("purchase", "lost_answer")
    made = platform.order(number)
    assert (made.status_code, made.json()["state"]) == (201, "owned")
    assert len(platform.at_supplier(number)) == 1


def test_an_order_that_the_supplier_never_heard_of_comes_to_nothing_and_can_be_repeated(platform: Platform) -> None:
    number = platform.first()
    platform.fault("purchase", "close")
    unknown = platform.order(number)
    assert unknown.status_code == 503
    # repeating it asks what became of it, and never buys a second time
    assert platform.order(number).status_code == 503
    platform.settle()
    assert platform.stock()[0].life.state is NumberState.ORDERED
    platform.clock.after(minutes=31)
    platform.settle()
    (left,) = platform.stock()
    assert (left.life.state, "nothing was paid" in left.trouble) == (NumberState.FAILED, True)
    again = platform.order(number)
    assert (again.status_code, again.json()["id"], again.json()["trouble"]) == (201, left.id, "")
    assert len(platform.at_supplier(number)) == 1


def test_a_repeated_request_with_its_key_gets_its_first_answer(platform: Platform) -> None:
    number = platform.first()
    first, second = (
        platform.call(
            "POST", "/numbers/buy", json={"number": number, "country": "US", "kind": "local"},
            headers={"Idempotency-Key": "one"},
        )
        for _ in range(2)
    )  # fmt: skip
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert len(platform.at_supplier(number)) == 1


@pytest.mark.parametrize("point", OF_ORDERS)
def test_a_purchase_that_died_here_is_completed_or_undone_and_paid_once(
    platform: Platform, tmp_path: Path, point: str
) -> None:
    number = platform.first()
    die_at(platform.services.settings, tmp_path, point, _BUY.format(number=number))
    platform.settle()
    platform.clock.after(minutes=31)
    platform.settle()
    paid, rows = platform.at_supplier(number), platform.stock()
    if point == "order.before_commit":
        assert (paid, rows) == ([], [])
    elif point == "order.after_commit":
        assert ([each.life.state for each in rows], paid) == ([NumberState.FAILED], [])
    else:
        (there,), (row,) = paid, rows
        assert (row.life.state, row.external_id, row.trouble) == (NumberState.OWNED, there["sid"], "")
        assert there["sms_url"].startswith("https://hub.example.com/webhooks/twilio/messages")
    # whatever it was, the number can be had, once
    expected = 409 if paid else 201
    assert (platform.order(number).status_code, len(platform.at_supplier(number))) == (expected, 1)
